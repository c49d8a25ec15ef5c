//! Words and labels that mean something, in two tables that the compiler builds.
//!
//! Only part of each hash is kept, so the tables are small: of the words that are not in them, about one in fifty
//! thousand is taken for one that is, and a phrase for a label as seldom. A test goes through those of the corpus.

use super::hash::{Marks, Words, join};
use super::labels::LABELS;
use super::sense::{CASE, DOT, Flags, Sense};
use super::typo;
use super::words::WORDS;

const WORD_SLOTS: usize = 2048;
const LABEL_SLOTS: usize = 4096;

/// Entries by the low bits of their hashes, the next free slot if one is taken. Of a hash only the upper half is
/// kept, and nothing of a free slot: the tables are much of what the scanner weighs.
struct Table<T: 'static, const GROUPS: usize, const ENTRIES: usize> {
    /// For every 64 slots: which are taken, and how many before them.
    taken: [u64; GROUPS],
    before: [u16; GROUPS],
    prints: [u16; ENTRIES],
    values: [T; ENTRIES],
}

/// The same with room for every slot, for the compiler to fill.
struct Sparse<T: 'static, const SLOTS: usize> {
    prints: [u16; SLOTS],
    values: [T; SLOTS],
    entries: usize,
}

const SPARSE_WORDS: Sparse<Flags, WORD_SLOTS> = word_table();
const SPARSE_LABELS: Sparse<Sense, LABEL_SLOTS> = label_table();
const WORD_ENTRIES: usize = SPARSE_WORDS.entries;
const LABEL_ENTRIES: usize = SPARSE_LABELS.entries;

static WORD_TABLE: Table<Flags, { WORD_SLOTS / 64 }, WORD_ENTRIES> = dense(&SPARSE_WORDS);
static LABEL_TABLE: Table<Sense, { LABEL_SLOTS / 64 }, LABEL_ENTRIES> = dense(&SPARSE_LABELS);
/// Which hashes may mean anything by themselves: the first words of labels, and the words of [`ALONE`].
static NOTABLE: Marks<128> = notable();
/// Which first two words may go on: those of labels of three words and more.
static LONGER: Marks<16> = longer();
/// What a word means wherever it stands.
const ALONE: Flags = CASE | DOT;

const fn print(hash: u32) -> u16 {
    let print = ((hash ^ hash << 5) >> 16) as u16;
    if print == 0 { 1 } else { print }
}

#[expect(
    clippy::indexing_slicing,
    reason = "evaluated by the compiler, which refuses a slot out of range"
)]
const fn dense<T: Copy, const SLOTS: usize, const GROUPS: usize, const ENTRIES: usize>(
    sparse: &Sparse<T, SLOTS>,
) -> Table<T, GROUPS, ENTRIES> {
    let mut table = Table {
        taken: [0; GROUPS],
        before: [0; GROUPS],
        prints: [0; ENTRIES],
        values: [sparse.values[0]; ENTRIES],
    };
    let (mut slot, mut entry) = (0, 0);
    while slot < SLOTS {
        if slot % 64 == 0 {
            #[expect(clippy::cast_possible_truncation, reason = "fewer than 4096")]
            {
                table.before[slot / 64] = entry as u16;
            }
        }
        if sparse.prints[slot] != 0 {
            table.taken[slot / 64] |= 1 << (slot % 64);
            table.prints[entry] = sparse.prints[slot];
            table.values[entry] = sparse.values[slot];
            entry += 1;
        }
        slot += 1;
    }
    table
}

/// The slot of the hash, or the free one where it would be.
#[expect(
    clippy::indexing_slicing,
    reason = "evaluated by the compiler, which refuses a slot out of range"
)]
const fn place(prints: &[u16], hash: u32) -> usize {
    let mut place = hash as usize & (prints.len() - 1);
    while prints[place] != 0 && prints[place] != print(hash) {
        place = (place + 1) & (prints.len() - 1);
    }
    place
}

#[expect(
    clippy::indexing_slicing,
    reason = "evaluated by the compiler, which refuses a slot out of range"
)]
const fn word_table() -> Sparse<Flags, WORD_SLOTS> {
    let mut table = Sparse {
        prints: [0; WORD_SLOTS],
        values: [0; WORD_SLOTS],
        entries: 0,
    };
    let mut list = WORDS;
    while let [(flag, words), rest @ ..] = list {
        let mut words = Words(words.as_bytes());
        while let Some((hash, _)) = words.next() {
            let place = place(&table.prints, hash);
            table.entries += (table.prints[place] == 0) as usize;
            table.prints[place] = print(hash);
            table.values[place] |= *flag;
        }
        list = rest;
    }
    table
}

#[expect(
    clippy::indexing_slicing,
    reason = "evaluated by the compiler, which refuses a slot out of range"
)]
const fn label_table() -> Sparse<Sense, LABEL_SLOTS> {
    let mut table = Sparse {
        prints: [0; LABEL_SLOTS],
        values: [Sense::Nothing; LABEL_SLOTS],
        entries: 0,
    };
    let mut list = LABELS;
    while let [(sense, labels), rest @ ..] = list {
        let mut words = Words(labels.as_bytes());
        let mut label = None;
        while let Some((word, last)) = words.next() {
            let hash = match label {
                None => word,
                Some(label) => join(label, word),
            };
            label = Some(hash);
            if last {
                let place = place(&table.prints, hash);
                if table.prints[place] == 0 {
                    table.prints[place] = print(hash);
                    table.values[place] = *sense;
                    table.entries += 1;
                }
                label = None;
            }
        }
        list = rest;
    }
    table
}

const fn notable() -> Marks<128> {
    let mut marks = Marks::NONE;
    typo::mark(&mut marks);
    let mut list = LABELS;
    while let [(_, labels), rest @ ..] = list {
        let mut words = Words(labels.as_bytes());
        let mut first = true;
        while let Some((hash, last)) = words.next() {
            if first {
                marks.mark(hash);
            }
            first = last;
        }
        list = rest;
    }
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

const fn longer() -> Marks<16> {
    let mut marks = Marks::NONE;
    let mut list = LABELS;
    while let [(_, labels), rest @ ..] = list {
        let mut words = Words(labels.as_bytes());
        let (mut label, mut count) = (0, 0);
        while let Some((word, last)) = words.next() {
            count += 1;
            label = if count == 1 { word } else { join(label, word) };
            if count == 2 && !last {
                marks.mark(label);
            }
            if last {
                count = 0;
            }
        }
        list = rest;
    }
    marks
}

/// Whether a label may go on after these two words: most do not.
#[inline]
pub(super) fn goes_on(hash: u32) -> bool {
    LONGER.has(hash)
}

/// Whether the word of this hash may start a label, or be [`CASE`] or [`DOT`]: most words are neither.
#[inline]
pub(super) fn is_notable(hash: u32) -> bool {
    NOTABLE.has(hash)
}

/// The entry of the hash.
fn look(taken: &[u64], before: &[u16], prints: &[u16], hash: u32) -> Option<usize> {
    let wanted = print(hash);
    let mut slot = hash as usize;
    loop {
        let group = (slot / 64) & (taken.len() - 1);
        let bits = *taken.get(group)?;
        let lower = bits & ((1 << (slot % 64)) - 1);
        let entry = usize::from(*before.get(group)?) + lower.count_ones() as usize;
        // The entries of slots in a row are in a row, too.
        let run = (bits >> (slot % 64)).trailing_ones() as usize;
        let mut prints = prints.get(entry..entry + run)?.iter();
        if let Some(place) = prints.position(|it| *it == wanted) {
            return Some(entry + place);
        }
        if slot % 64 + run < 64 {
            return None;
        }
        slot += run;
    }
}

/// The properties of the word of this hash.
pub(super) fn flags(hash: u32) -> Flags {
    let Table {
        taken,
        before,
        prints,
        values,
    } = &WORD_TABLE;
    look(taken, before, prints, hash)
        .and_then(|entry| values.get(entry).copied())
        .unwrap_or(0)
}

/// What the label of this hash announces.
pub(super) fn sense(hash: u32) -> Sense {
    let Table {
        taken,
        before,
        prints,
        values,
    } = &LABEL_TABLE;
    look(taken, before, prints, hash)
        .and_then(|entry| values.get(entry).copied())
        .unwrap_or(Sense::Nothing)
}

#[cfg(test)]
mod tests {
    use super::super::hash;
    use super::super::sense::GIVEN;
    use super::*;

    fn hash(text: &str) -> u32 {
        let words = text.split(' ').map(|word| hash::hash(word.as_bytes()));
        words.reduce(join).unwrap_or(hash::SEED)
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
            assert_eq!(sense(hash(label)), wanted, "{label}");
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

    #[test]
    fn the_tables_are_half_empty() {
        let (words, labels) = (WORD_TABLE.prints.len(), LABEL_TABLE.prints.len());
        assert!(words < WORD_SLOTS * 2 / 3, "{words}");
        assert!(labels < LABEL_SLOTS * 2 / 3, "{labels}");
    }

    #[test]
    fn finds_words_and_labels_whatever_their_case() {
        assert_eq!(sense(hash("Social Security")), Sense::Ssn);
        assert_eq!(sense(hash("nonsense")), Sense::Nothing);
        assert!(is_notable(hash("social")) && is_notable(hash("dob")));
        assert_ne!(flags(hash("John")) & GIVEN, 0);
        assert_eq!(flags(hash("xyzzy")), 0);
    }
}
