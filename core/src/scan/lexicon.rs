//! Words and labels that mean something, in dictionaries that the compiler builds.

use super::dictionary::{Dictionary, Sparse, bytes};
use super::hash::{Marks, Words, join};
use super::labels::LABELS;
use super::sense::{CASE, DOT, Flags, Sense};
use super::spelling;
use super::words::WORDS;

const WORD_SLOTS: usize = 2048;
const WORD_BITS: usize = 11;
const LABEL_SLOTS: usize = 4096;
/// More than of words, since with every label longer ones are looked up.
const LABEL_BITS: usize = 12;

const SPARSE_WORDS: Sparse<Flags, WORD_BITS, WORD_SLOTS> = flags_of_words();
const SPARSE_LABELS: Sparse<Sense, LABEL_BITS, LABEL_SLOTS> = senses_of_labels();
const WORD_COUNT: usize = SPARSE_WORDS.length;
const LABEL_COUNT: usize = SPARSE_LABELS.length;
const FLAGS_AND_PLACES: ([Flags; FLAG_ROOM], [u8; WORD_SLOTS]) = flags_and_places();

/// Where in [`FLAGS`] is what a word means: that are few, and a place is half as long.
static PLACES: Dictionary<
    u8,
    WORD_BITS,
    { WORD_SLOTS / 64 },
    { bytes(WORD_BITS, WORD_COUNT) },
    WORD_COUNT,
> = SPARSE_WORDS.with(FLAGS_AND_PLACES.1).dense();
static FLAGS: [Flags; FLAG_ROOM] = FLAGS_AND_PLACES.0;
const FLAG_ROOM: usize = 64;
static SENSES: Dictionary<
    Sense,
    LABEL_BITS,
    { LABEL_SLOTS / 64 },
    { bytes(LABEL_BITS, LABEL_COUNT) },
    LABEL_COUNT,
> = SPARSE_LABELS.dense();
/// Which hashes may mean anything by themselves: the first words of labels, and the words of [`ALONE`].
static NOTABLE: Marks<128> = notable();
/// Which first two words may go on: those of labels of three words and more.
static LONGER: Marks<32> = longer();
/// What a word means wherever it stands.
const ALONE: Flags = CASE | DOT;

#[expect(
    clippy::indexing_slicing,
    reason = "evaluated by the compiler, which refuses a slot out of range"
)]
const fn flags_of_words() -> Sparse<Flags, WORD_BITS, WORD_SLOTS> {
    let mut flags = Sparse::new(0);
    let mut list = WORDS;
    while let [(flag, words), rest @ ..] = list {
        let mut words = Words(words.as_bytes());
        while let Some((hash, _)) = words.next() {
            flags.enter(hash, 0);
            let (slot, _) = flags.slot(hash);
            flags.values[slot] |= *flag;
        }
        list = rest;
    }
    flags
}

/// All that a word may mean, each once, and for each slot where that is.
#[expect(
    clippy::indexing_slicing,
    reason = "evaluated by the compiler, which refuses a slot out of range"
)]
const fn flags_and_places() -> ([Flags; FLAG_ROOM], [u8; WORD_SLOTS]) {
    let (mut flags, mut places) = ([0; FLAG_ROOM], [0; WORD_SLOTS]);
    let mut slot = 0;
    while slot < WORD_SLOTS {
        let mut place = 0;
        while flags[place] != SPARSE_WORDS.values[slot] && flags[place] != 0 {
            place += 1;
        }
        flags[place] = SPARSE_WORDS.values[slot];
        #[expect(clippy::cast_possible_truncation, reason = "fewer than 64")]
        {
            places[slot] = place as u8;
        }
        slot += 1;
    }
    (flags, places)
}

const fn senses_of_labels() -> Sparse<Sense, LABEL_BITS, LABEL_SLOTS> {
    let mut senses = Sparse::new(Sense::Nothing);
    let mut list = LABELS;
    while let [(sense, labels), rest @ ..] = list {
        let mut labels = Labels::of(labels);
        while let Some((hash, _, last)) = labels.next() {
            if last {
                senses.enter(hash, *sense);
            }
        }
        list = rest;
    }
    senses
}

const fn longer() -> Marks<32> {
    let mut marks = Marks::NONE;
    let mut list = LABELS;
    while let [(_, labels), rest @ ..] = list {
        let mut labels = Labels::of(labels);
        while let Some((hash, count, last)) = labels.next() {
            if count == 2 && !last {
                marks.mark(hash);
            }
        }
        list = rest;
    }
    marks
}

/// Labels of a list as they are read in a text, word by word.
struct Labels {
    words: Words<'static>,
    phrase: u32,
    count: usize,
}

impl Labels {
    const fn of(list: &'static str) -> Self {
        Self {
            words: Words(list.as_bytes()),
            phrase: 0,
            count: 0,
        }
    }

    /// The hash of a label up to its next word, how many words that are, and whether it is whole.
    const fn next(&mut self) -> Option<(u32, usize, bool)> {
        let Some((word, last)) = self.words.next() else {
            return None;
        };
        let meant = spelling::meant_by_compiler(word);
        let hash = match self.count {
            0 if last => meant.alone,
            0 => meant.among,
            _ => join(self.phrase, meant.among),
        };
        self.phrase = hash;
        let count = self.count + 1;
        self.count = if last { 0 } else { count };
        Some((hash, count, last))
    }
}

const fn notable() -> Marks<128> {
    let mut marks = Marks::NONE;
    let mut list = LABELS;
    while let [(_, labels), rest @ ..] = list {
        let mut words = Words(labels.as_bytes());
        let mut first = true;
        while let Some((hash, last)) = words.next() {
            if first {
                marks.mark(hash);
            }
            if first && !last {
                marks.mark(spelling::meant_by_compiler(hash).among);
            }
            first = last;
        }
        list = rest;
    }
    spelling::mark(&mut marks);
    let mut list = WORDS;
    while let [(flag, words), rest @ ..] = list {
        let mut words = Words(words.as_bytes());
        while *flag & ALONE != 0
            && let Some((hash, _)) = words.next()
        {
            marks.mark(hash);
        }
        list = rest;
    }
    marks
}

/// Whether the word of this hash may start a label, or be [`CASE`] or [`DOT`]: most words are neither.
#[inline]
pub(super) fn is_notable(hash: u32) -> bool {
    NOTABLE.has(hash)
}

/// Whether a label may go on after the two words of this hash: most do not.
#[inline]
pub(super) fn goes_on(hash: u32) -> bool {
    LONGER.has(hash)
}

/// The properties of the word of this hash.
pub(super) fn flags(hash: u32) -> Flags {
    let place = PLACES.get(hash).map(usize::from);
    let flags = place.and_then(|place| FLAGS.get(place).copied());
    flags.unwrap_or(0)
}

/// What the label of this hash announces; `None` if there is no such label.
pub(super) fn sense(hash: u32) -> Option<Sense> {
    SENSES.get(hash)
}

#[cfg(test)]
mod tests {
    use super::super::hash;
    use super::super::sense::GIVEN;
    use super::*;
    use std::collections::BTreeSet;

    fn hash(text: &str) -> u32 {
        let words = text.split(' ').map(|word| hash::hash(word.as_bytes()));
        let words: Vec<_> = words.map(spelling::meant).collect();
        match words.as_slice() {
            [word] => word.alone,
            words => {
                let words = words.iter().map(|word| word.among);
                words.reduce(join).unwrap_or(hash::SEED)
            }
        }
    }

    #[test]
    fn no_word_and_no_label_takes_the_place_of_another() {
        let mut labels = std::collections::BTreeMap::new();
        for (sense, list) in LABELS {
            for label in list.split([',', '\n']).map(str::trim) {
                labels.entry(label).or_insert(*sense);
            }
        }
        for (label, wanted) in labels {
            assert_eq!(sense(hash(label)), Some(wanted), "{label}");
        }
        let mut words = std::collections::BTreeMap::new();
        for (flag, list) in WORDS {
            for word in list.split_whitespace() {
                *words.entry(word).or_insert(0) |= flag;
            }
        }
        for (word, wanted) in words {
            assert_eq!(flags(hash(word)), wanted, "{word}");
        }
    }

    /// The words of the corpus, in small letters, by line.
    fn corpus() -> Vec<Vec<String>> {
        let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/corpus/dev");
        let files = std::fs::read_dir(folder).unwrap();
        let text = files.map(|file| std::fs::read_to_string(file.unwrap().path()).unwrap());
        let lines = text.collect::<String>().to_lowercase();
        let words = |line: &str| -> Vec<String> {
            let words = line.split(|letter: char| !letter.is_ascii_alphabetic());
            words
                .filter(|it| !it.is_empty())
                .map(str::to_owned)
                .collect()
        };
        lines.lines().map(words).collect()
    }

    #[test]
    fn hardly_anything_is_taken_for_a_word_or_a_label_that_is_none() {
        let meant = |words: &[&str]| -> Vec<u32> {
            let of = |word: &str| spelling::meant(hash::hash(word.as_bytes()));
            match words {
                [word] => vec![of(word).alone],
                words => words.iter().map(|word| of(word).among).collect(),
            }
        };
        let labels = LABELS.iter().flat_map(|(_, list)| list.split([',', '\n']));
        let labels = labels.map(|label| meant(&label.split_whitespace().collect::<Vec<_>>()));
        let labels: BTreeSet<_> = labels.collect();
        let words = WORDS.iter().flat_map(|(_, list)| list.split_whitespace());
        let words: BTreeSet<_> = words.collect();
        let (mut singles, mut pairs) = (BTreeSet::new(), BTreeSet::new());
        let lines = corpus();
        for line in &lines {
            singles.extend(line.iter().map(String::as_str));
            pairs.extend(line.windows(2).map(|it| [it[0].as_str(), it[1].as_str()]));
        }
        let wrong = |label: &[&str]| {
            let label = meant(label);
            !labels.contains(&label) && sense(label.into_iter().reduce(join).unwrap()).is_some()
        };
        let unknown =
            |word: &&&str| !words.contains(**word) && flags(hash::hash(word.as_bytes())) != 0;
        let wrong_words = singles.iter().filter(unknown).count();
        let wrong_labels = singles
            .iter()
            .filter(|word| is_notable(hash(word)) && wrong(&[word]));
        let wrong_labels = wrong_labels.count();
        let wrong_pairs = pairs.iter().filter(|pair| wrong(*pair)).count();
        assert!(wrong_words * 2000 <= singles.len(), "{wrong_words}");
        assert!(wrong_labels * 4000 <= singles.len(), "{wrong_labels}");
        assert!(
            wrong_pairs * 3000 <= pairs.len(),
            "{wrong_pairs} of {}",
            pairs.len()
        );
    }

    #[test]
    fn the_dictionaries_are_half_empty() {
        let (words, labels) = (PLACES.full(), SENSES.full());
        assert!(words < 60 && labels < 60, "{words} % and {labels} %");
    }

    #[test]
    fn finds_words_and_labels_whatever_their_case() {
        assert_eq!(sense(hash("Social Security")), Some(Sense::Ssn));
        assert_eq!(sense(hash("nonsense")), None);
        assert!(is_notable(hash("social")) && is_notable(hash("dob")));
        assert_ne!(flags(hash("John")) & GIVEN, 0);
        assert_eq!(flags(hash("xyzzy")), 0);
    }
}
