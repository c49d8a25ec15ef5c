//! A text as the detectors see it: normalised bytes that can be read at any place.
//!
//! Every byte below 0x80 is itself; [`LETTER`] stands for a letter outside ASCII, [`SYMBOL`] for
//! anything else. Reading past the end gives 0, which no normalised text holds.

use super::hash;

/// Stands for a letter that has no ASCII look-alike.
pub(super) const LETTER: u8 = 0x80;
/// Stands for a character that is neither letter, digit, space nor ASCII.
pub(super) const SYMBOL: u8 = 0x81;

const UPPER: u8 = 1;
const LOWER: u8 = 2;
const DIGIT: u8 = 4;
const BLANK: u8 = 8;
/// `|`, tab, `,` and `;`, of which the first in a row that has it sets its cells apart.
pub(super) const MARKS: [u8; 4] = [b'|', b'\t', b',', b';'];
/// The bit of the first of [`MARKS`]; the others have the next ones.
const MARK: u8 = 16;

const CLASS: [u8; 256] = classes();

#[expect(
    clippy::indexing_slicing,
    reason = "evaluated by the compiler, within 0..256"
)]
const fn classes() -> [u8; 256] {
    let mut table = [0; 256];
    let mut byte = 0;
    while byte < 256 {
        #[expect(clippy::cast_possible_truncation, reason = "below 256")]
        let it = byte as u8;
        table[byte] = match it {
            b'A'..=b'Z' => UPPER,
            b'a'..=b'z' | LETTER => LOWER,
            b'0'..=b'9' => DIGIT,
            b' ' | b'\n' | b'\r' => BLANK,
            _ => 0,
        };
        byte += 1;
    }
    table[b'|' as usize] = MARK;
    table[b'\t' as usize] = BLANK | MARK << 1;
    table[b',' as usize] = MARK << 2;
    table[b';' as usize] = MARK << 3;
    table
}

fn class(byte: u8) -> u8 {
    CLASS.get(usize::from(byte)).copied().unwrap_or(0)
}

/// Small and capital letters.
pub(super) const LETTERS: u8 = UPPER | LOWER;
/// Capital letters.
pub(super) const CAPITALS: u8 = UPPER;
/// Digits.
pub(super) const DIGITS: u8 = DIGIT;

/// How many of the bytes are of these classes. Not in line: the loop is asked for in many places.
#[inline(never)]
pub(super) fn how_many(bytes: &[u8], classes: u8) -> usize {
    let them = bytes.iter().filter(|byte| class(**byte) & classes != 0);
    them.count()
}

/// Whether all of the bytes are of these classes.
pub(super) fn all(bytes: &[u8], classes: u8) -> bool {
    how_many(bytes, classes) == bytes.len()
}

/// Whether any of the bytes is of these classes.
pub(super) fn any(bytes: &[u8], classes: u8) -> bool {
    how_many(bytes, classes) != 0
}

/// Whether all of the bytes are hexadecimal digits.
#[inline(never)]
pub(super) fn all_hexadecimal(bytes: &[u8]) -> bool {
    bytes.iter().all(u8::is_ascii_hexdigit)
}

/// Whether this is a letter.
pub(super) fn is_letter(byte: u8) -> bool {
    class(byte) & (UPPER | LOWER) != 0
}

/// Whether this is a capital letter.
pub(super) fn is_upper(byte: u8) -> bool {
    class(byte) & UPPER != 0
}

/// Whether this is a digit.
pub(super) fn is_digit(byte: u8) -> bool {
    class(byte) & DIGIT != 0
}

/// Whether this is a letter or a digit.
pub(super) fn is_alnum(byte: u8) -> bool {
    class(byte) & (UPPER | LOWER | DIGIT) != 0
}

/// Whether this is a space, a tab or a line break.
pub(super) fn is_blank(byte: u8) -> bool {
    class(byte) & BLANK != 0
}

/// Whether the word is one of those in the list, with blanks between them, whatever its case.
#[inline(never)]
pub(super) fn is_one_of(list: &str, word: &[u8]) -> bool {
    list.as_bytes()
        .split(|byte| *byte == b' ')
        .any(|it| it.eq_ignore_ascii_case(word))
}

/// A word, or the part of one that camelCase sets off.
#[derive(Clone, Copy, Debug)]
pub(super) struct Word {
    pub(super) start: usize,
    pub(super) end: usize,
    /// Of its letters in lower case.
    pub(super) hash: u32,
}

#[cfg(test)]
thread_local! {
    static STEPS: std::cell::Cell<usize> = const { std::cell::Cell::new(0) };
}

/// How many bytes `work` looked at.
#[cfg(test)]
pub(super) fn counted(work: impl FnOnce()) -> usize {
    STEPS.set(0);
    work();
    STEPS.get()
}

/// Notes that so many bytes were looked at, where tests count them.
#[inline]
pub(super) fn count(_steps: usize) {
    #[cfg(test)]
    STEPS.set(STEPS.get() + _steps);
}

/// Letters and digits that stand together, as one look at them shows.
#[derive(Clone, Copy, Debug)]
pub(super) struct Token {
    pub(super) end: usize,
    /// There is a digit among them.
    pub(super) digits: bool,
    /// There is a letter among them.
    pub(super) letters: bool,
    /// Of all of them in lower case, where they are one word.
    pub(super) word: Option<u32>,
}

/// Normalised text.
#[derive(Clone, Copy, Debug)]
pub(super) struct View<'t>(pub(super) &'t [u8]);

impl<'t> View<'t> {
    pub(super) fn len(self) -> usize {
        self.0.len()
    }

    /// The byte there, 0 past the end.
    #[inline(never)]
    pub(super) fn at(self, index: usize) -> u8 {
        count(1);
        self.0.get(index).copied().unwrap_or(0)
    }

    /// The byte before, 0 at the start.
    pub(super) fn before(self, index: usize) -> u8 {
        self.at(index.wrapping_sub(1))
    }

    pub(super) fn slice(self, start: usize, end: usize) -> &'t [u8] {
        count(end.saturating_sub(start));
        self.0.get(start..end).unwrap_or_default()
    }

    /// Whether these bytes are here, whatever their case.
    #[inline(never)]
    pub(super) fn says(self, start: usize, letters: &[u8]) -> bool {
        self.slice(start, start + letters.len())
            .eq_ignore_ascii_case(letters)
    }

    /// The letters and digits from the one that is here.
    #[inline(always)] // It is asked for every token.
    pub(super) fn token(self, start: usize) -> Token {
        let (first, rest) = match self.0.get(start..) {
            Some([first, rest @ ..]) => (*first, rest),
            _ => (0, &[][..]),
        };
        // Of the first one a capital says nothing.
        let (mut length, mut classes, mut hash) = (1, 0, hash::step(hash::SEED, first));
        let first = class(first);
        for byte in rest {
            let class = class(*byte);
            if class & (UPPER | LOWER | DIGIT) == 0 {
                break;
            }
            classes |= class;
            hash = hash::step(hash, *byte);
            length += 1;
        }
        count(length);
        let all = first | classes;
        // `Word`, `word`, `WORD`; anything else may be several.
        let one = all & DIGIT == 0 && (classes & UPPER == 0 || all == UPPER);
        Token {
            end: start + length,
            digits: all & DIGIT != 0,
            letters: all & (UPPER | LOWER) != 0,
            word: (one && length <= 32).then_some(hash),
        }
    }

    /// The first word of the token that starts here.
    pub(super) fn first_word(self, start: usize, token: Token) -> Option<Word> {
        let Some(hash) = token.word else {
            return self.word(start);
        };
        Some(Word {
            start,
            end: token.end,
            hash,
        })
    }

    /// The end of the letters and digits that start here.
    #[inline(never)]
    pub(super) fn token_end(self, start: usize) -> usize {
        let rest = self.0.get(start..).unwrap_or_default();
        let length = rest
            .iter()
            .position(|byte| !is_alnum(*byte))
            .unwrap_or(rest.len());
        count(length);
        start + length
    }

    /// The start of the letters and digits that end here, at most `most` back.
    #[inline(never)]
    pub(super) fn token_start(self, end: usize, most: usize) -> usize {
        let mut start = end;
        while end - start < most && is_alnum(self.before(start)) {
            start -= 1;
        }
        start
    }

    /// The end of the digits that start here.
    #[inline(never)]
    pub(super) fn digits_end(self, start: usize) -> usize {
        let rest = self.0.get(start..).unwrap_or_default();
        let length = rest
            .iter()
            .position(|byte| !is_digit(*byte))
            .unwrap_or(rest.len());
        count(length);
        start + length
    }

    /// The length of the line that starts here, and a bit for each of [`MARKS`] in it.
    pub(super) fn line(self, start: usize) -> (usize, u8) {
        let rest = self.0.get(start..).unwrap_or_default();
        let (mut length, mut marks) = (0, 0);
        for byte in rest {
            if *byte == b'\n' {
                break;
            }
            marks |= class(*byte);
            length += 1;
        }
        count(length);
        (length, marks / MARK)
    }

    /// Skips spaces and tabs, at most three.
    #[inline(never)]
    pub(super) fn skip_spaces(self, mut at: usize) -> usize {
        let most = at + 3;
        while at < most && matches!(self.at(at), b' ' | b'\t') {
            at += 1;
        }
        at
    }

    /// The word at this letter, or `None`. `ssnNumber` is two words, `SSNNumber`, too. Only the first
    /// 32 letters of a word are read.
    pub(super) fn word(self, start: usize) -> Option<Word> {
        let rest = self.0.get(start..).unwrap_or_default();
        let class_at = |place: usize| rest.get(place).map_or(0, |byte| class(*byte));
        let (mut length, mut hash, mut before) = (0, hash::SEED, 0);
        for byte in rest.iter().take(32) {
            let class = class(*byte);
            if class & (UPPER | LOWER) == 0 {
                break;
            }
            // A capital begins a word after a small letter, or before one; not before a plural s (`SSNs`).
            if class & UPPER != 0 && length > 0 {
                let plural = rest.get(length + 1) == Some(&b's')
                    && class_at(length + 2) & (UPPER | LOWER) == 0;
                if before & UPPER == 0 || (class_at(length + 1) & LOWER != 0 && !plural) {
                    break;
                }
            }
            hash = hash::step(hash, *byte);
            before = class;
            length += 1;
        }
        count(length + 1);
        (length > 0).then_some(Word {
            start,
            end: start + length,
            hash,
        })
    }

    /// The hash of the letters and digits that start here.
    pub(super) fn token_hash(self, start: usize) -> u32 {
        hash::hash(self.slice(start, self.token_end(start)))
    }

    /// The last word that ends at or before `end`, with at most `gap` other characters between.
    pub(super) fn word_before(self, end: usize, gap: usize) -> Option<Word> {
        let mut last = end;
        while !is_letter(self.before(last)) {
            if last == 0 || end - last >= gap || is_digit(self.before(last)) {
                return None;
            }
            last -= 1;
        }
        let mut start = last;
        while last - start < 32 && is_letter(self.before(start)) {
            start -= 1;
        }
        let hash = hash::hash(self.slice(start, last));
        Some(Word {
            start,
            end: last,
            hash,
        })
    }

    /// Whether the word starts with a capital and has no capital inside, or has only capitals.
    pub(super) fn is_capitalised(self, word: Word) -> bool {
        is_upper(self.at(word.start))
    }
}
