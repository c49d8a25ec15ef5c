//! Street addresses and postal codes next to their labels.

use super::kind::Kind;
use super::lexicon;
use super::sense::{Link, MONTH, PARTICLE, STREET, STREET_WEAK};
use super::view::{DIGITS, View, Word, all, any, is_alnum, is_digit, is_letter};

type Found = Option<(Kind, usize)>;

/// An address as a label announces it: a number and a name, a post-office box, or a name and a number.
pub(super) fn address(view: View<'_>, at: usize, link: Link) -> Found {
    let found = |end| Some((Kind::StreetAddress, end));
    if let Some(end) = box_number(view, at) {
        return found(end);
    }
    if is_digit(view.at(at)) {
        let mut end = view.digits_end(at);
        if end - at > 6 || view.slice(end, end + 9) == b" Downing " {
            return None;
        }
        if is_letter(view.at(end)) && !is_alnum(view.at(end + 1)) {
            end += 1;
        }
        let mut next = view.skip_spaces(end + usize::from(view.at(end) == b','));
        if next == end {
            return None;
        }
        for place in 0..5 {
            let word = view.word(next)?;
            let flags = lexicon::flags(word.hash);
            if flags & (STREET | STREET_WEAK) != 0
                && (place > 0 || (link.explicit && flags & STREET != 0))
            {
                return found(word.end);
            }
            if flags & MONTH != 0 && place == 0 {
                return None;
            }
            if place == 0 && !link.far && link.explicit && view.is_capitalised(word) {
                return found(word.end);
            }
            next = view.skip_spaces(word.end + usize::from(view.at(word.end) == b'.'));
            if is_digit(view.at(next)) {
                // 5th, 42nd.
                next = view.skip_spaces(view.token_end(next));
            }
        }
        return None;
    }
    // Hauptstrasse 12; Rua Augusta 1500.
    if !link.explicit || link.far {
        return None;
    }
    let mut next = at;
    for place in 0..5 {
        let small = |word: &Word| place > 0 && lexicon::flags(word.hash) & PARTICLE != 0;
        let word = view
            .word(next)
            .filter(|word| view.is_capitalised(*word) || small(word))?;
        next = view.skip_spaces(word.end + usize::from(matches!(view.at(word.end), b'.' | b',')));
        if is_digit(view.at(next)) {
            let end = view.digits_end(next);
            let plain = !is_alnum(view.at(end)) && view.at(end) != b'.' && end - next <= 4;
            return (plain && lexicon::flags(word.hash) & MONTH == 0)
                .then_some((Kind::StreetAddress, end));
        }
    }
    None
}

/// `P.O. Box 123`.
pub(super) fn box_number(view: View<'_>, at: usize) -> Option<usize> {
    if !matches!(view.at(at), b'P' | b'p') {
        return None;
    }
    let mut next = at + 1;
    let mut take = |letters: &[u8]| {
        while next - at < 8 && matches!(view.at(next), b'.' | b' ') {
            next += 1;
        }
        let fits = view.says(next, letters);
        next += letters.len();
        fits
    };
    if !take(b"o") || !take(b"box") {
        return None;
    }
    let number = view.skip_spaces(next + usize::from(view.at(next) == b'#'));
    is_digit(view.at(number)).then(|| view.digits_end(number))
}

/// A postal code: five digits or nine (US and elsewhere), or the British and Canadian forms.
pub(super) fn zip(view: View<'_>, at: usize) -> Found {
    let found = |end| Some((Kind::StreetAddress, end));
    let end = view.token_end(at);
    let token = view.slice(at, end);
    if token.len() == 5 && all(token, DIGITS) {
        return found(end);
    }
    let next = view.skip_spaces(end);
    let inward = view.slice(next, view.token_end(next));
    let outward =
        matches!(token.len(), 2..=4) && token.first().is_some_and(|byte| is_letter(*byte));
    let digit = any(token, DIGITS) && any(inward, DIGITS);
    if outward && digit && inward.len() == 3 {
        return found(view.token_end(next));
    }
    None
}
