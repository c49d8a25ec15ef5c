//! Labels: the longest phrase of the dictionary that starts at a word.

use super::sense::{NUMBER, Sense};
use super::view::{View, Word, is_digit, is_letter, is_one_of, is_upper};
use super::{hash, lexicon, spelling};

/// Most words in a label.
const MAX_WORDS: usize = 5;

/// The hashes of the words that others stand for in "no." and in "number".
const NO: u32 = hash::hash(b"no");
const SPELLED: u32 = hash::hash(b"number");

/// A label in the text.
#[derive(Clone, Copy, Debug)]
pub(super) struct Label {
    pub(super) sense: Sense,
    pub(super) start: usize,
    pub(super) end: usize,
    /// Whether it means an identifier by itself: more than one word, or an abbreviation.
    pub(super) sure: bool,
}

/// The longest label that starts with `first`.
pub(super) fn read(view: View<'_>, first: Word) -> Option<Label> {
    let mut found = None;
    // The last word that was read, and the end of the one before.
    let mut ahead = None;
    let meant = spelling::meant(first.hash);
    let (mut phrase, mut word) = (meant.among, first);
    let mut sense = lexicon::sense(meant.alone);
    for count in 1..=MAX_WORDS {
        if let Some(sense) = sense.filter(|it| *it != Sense::Nothing) {
            let length = word.end - first.start;
            found = Some(Label {
                sense,
                start: first.start,
                end: word.end,
                sure: count > 1 || length <= 4 || says_number(view, word.end),
            });
        }
        let numbered = hash::join(phrase, NO);
        if let Some(end) = hash_sign(view, word.end) {
            if let Some(sense) = lexicon::sense(numbered) {
                found = Some(Label {
                    sense,
                    start: first.start,
                    end,
                    sure: true,
                });
            }
            break;
        }
        if count == 2 && !lexicon::goes_on(phrase) {
            break;
        }
        let Some(next) = following(view, word.end) else {
            break;
        };
        ahead = Some((word.end, next));
        let among = spelling::meant(next.hash).among;
        phrase = hash::join(phrase, among);
        word = next;
        sense = lexicon::sense(phrase);
        // What has a `no` of its own has a number, too, but a `lot no` may be anything's.
        if sense.is_none() && among == SPELLED {
            sense = lexicon::sense(numbered);
        }
    }
    let mut label = found?;
    // `passport` is in the dictionary; `passport no.` and `passport id number` are not.
    let mut numbers = 0;
    while !NO_NUMBER.contains(&label.sense)
        && numbers < 2
        && let Some(word) = match ahead {
            Some((end, word)) if end == label.end => Some(word),
            _ => following(view, label.end),
        }
        && lexicon::flags(word.hash) & NUMBER != 0
        // Norway's accounts begin with `NO`.
        && !(label.sense == Sense::Iban && is_digit(view.at(word.end)))
    {
        label.end = word.end;
        label.sure = true;
        numbers += 1;
    }
    // CVV2, CVC2.
    if label.sense == Sense::Cvv && view.at(label.end) == b'2' && !is_digit(view.at(label.end + 1))
    {
        label.end += 1;
    }
    // Single letters are labels only as abbreviations: `S.S.N.`, and never a bare `SN` in small letters.
    // They are as keys, too: `dl=D1234567`.
    let key = matches!(view.at(label.end), b'=' | b':' | b'"');
    let long = label.end - label.start > 2 || is_upper(view.at(label.start)) || key;
    (long || matches!(label.sense, Sense::Title | Sense::Ip)).then_some(label)
}

/// Whether a compound ends with its language's "number": `Reisepassnummer`.
fn says_number(view: View<'_>, end: usize) -> bool {
    matches!(view.before(end), b'r' | b'R')
        && is_one_of("nummer number", view.slice(end.saturating_sub(6), end))
}

/// The end of a `#` right after a word, or after a blank: it says "number".
fn hash_sign(view: View<'_>, end: usize) -> Option<usize> {
    let at = end + usize::from(view.at(end) == b' ');
    (view.at(at) == b'#').then_some(at + 1)
}

/// What has no number of its own.
const NO_NUMBER: [Sense; 11] = [
    Sense::Address,
    Sense::Age,
    Sense::Born,
    Sense::Care,
    Sense::Dob,
    Sense::Email,
    Sense::Name,
    Sense::NameWeak,
    Sense::NamePart,
    Sense::Role,
    Sense::Title,
];

/// The next word of a label: after a space, `_`, `-`, `.`, `/` or a change of case.
fn following(view: View<'_>, end: usize) -> Option<Word> {
    let mut at = end;
    // The patient's name.
    if view.at(at) == b'\'' && matches!(view.at(at + 1), b's' | b'S') && !is_letter(view.at(at + 2))
    {
        at += 2;
    }
    let from = at;
    // `Né(e) le`.
    let ending = |at: usize| {
        (view.at(at) == b'(' && view.at(at + 2) == b')')
            || (view.at(at) == b')' && view.before(at - 1) == b'(')
    };
    while at - from < 3
        && (matches!(view.at(at), b' ' | b'_' | b'-' | b'.' | b'/' | b'\'' | b'+') || ending(at))
    {
        at += 1;
    }
    view.word(at)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sense(text: &str) -> Option<(Sense, usize)> {
        let view = View(text.as_bytes());
        read(view, view.word(0)?).map(|label| (label.sense, label.end))
    }

    #[test]
    fn labels_are_read_in_every_spelling() {
        for text in [
            "social security number",
            "SocialSecurityNumber",
            "social_security_number",
            "SOCIAL-SECURITY-NUMBER",
        ] {
            assert_eq!(sense(text), Some((Sense::Ssn, text.len())), "{text}");
        }
        assert_eq!(sense("driver's license"), Some((Sense::License, 16)));
        assert_eq!(sense("S.S.N."), Some((Sense::Ssn, 5)));
        assert_eq!(sense("SSNs"), Some((Sense::Ssn, 4)));
        assert_eq!(sense("assn"), None);
        assert_eq!(sense("license plate"), Some((Sense::Plate, 13)));
        assert_eq!(sense("passport id no. 1"), Some((Sense::Passport, 14)));
        assert_eq!(sense("patient no"), Some((Sense::Mrn, 10)));
        assert_eq!(sense("MR# 1"), Some((Sense::Mrn, 3)));
        assert_eq!(sense("auth #1"), Some((Sense::Admin, 6)));
        assert_eq!(sense("iban NO4374"), Some((Sense::Iban, 4)));
        assert_eq!(sense("dl=1"), Some((Sense::LicenseWeak, 2)));
        assert_eq!(sense("dl 1"), None);
    }
}
