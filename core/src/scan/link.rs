//! From a label to its value: what may stand between them.

use super::date;
use super::kind::Kind;
use super::label::Label;
use super::lexicon;
use super::person;
use super::sense::{CASE, FILLER, IS, Link, NUMBER, SOMEBODY, Sense};
use super::shape;
use super::view::{View, is_alnum, is_blank, is_digit, is_letter};

/// How far from a label its value may start, in bytes.
const REACH: usize = 80;
/// Most words between that say nothing.
const MAX_FILLERS: usize = 8;
/// Most other words between; then "is" or a colon has to follow.
const MAX_OTHERS: usize = 5;

/// How far after a label a value may have its first digit, in bytes.
pub(super) const AHEAD: usize = REACH + 128;
/// How far before a label a value may end, in bytes.
pub(super) const BACK: usize = 44;

/// Whether a value of this sense may be without any digit.
pub(super) fn is_wordy(sense: Sense) -> bool {
    matches!(
        sense,
        Sense::Name | Sense::NameWeak | Sense::Role | Sense::Email | Sense::Ip | Sense::Mac
    )
}

type Found = Option<(Kind, usize, usize)>;

/// The value after the label.
pub(super) fn forward(view: View<'_>, label: &Label) -> Found {
    // "My name is", "me llamo".
    let says = || {
        view.word_before(label.end, 1)
            .is_some_and(|last| lexicon::flags(last.hash) & IS != 0)
    };
    let mut link = Link {
        explicit: label.sense == Sense::Name && says(),
        sure: label.sure,
        far: false,
    };
    let named = matches!(label.sense, Sense::Name | Sense::NameWeak | Sense::Role);
    let (mut at, mut fillers, mut others, mut lines) = (label.end, 0, 0, 0);
    if view.slice(at, at + 2) == b"'s" {
        if label.sense == Sense::Role {
            return None;
        }
        at += 2;
    }
    // `<age unit="a">92</age>`
    if label.sense == Sense::Age && view.before(label.start) == b'<' && view.at(at) == b' ' {
        let tag = view.slice(at, at + 40);
        let close = tag.iter().position(|byte| *byte == b'>').unwrap_or(0);
        if !tag.get(..close).is_some_and(|it| it.contains(&b'v')) {
            at += close;
        }
    }
    while at < label.end + REACH {
        let byte = view.at(at);
        if byte == 0 {
            return None;
        }
        if !is_alnum(byte) {
            match byte {
                b':' | b'=' | b'#' | b'|' | b'>' | b'"' => link.explicit = true,
                b'\n' => {
                    lines += 1;
                    if lines > 2 {
                        return None;
                    }
                }
                // `Patient name - Jane Doe`
                b'-' if label.sense == Sense::Name
                    && label.sure
                    && is_blank(view.before(at))
                    && is_blank(view.at(at + 1)) =>
                {
                    link.explicit = true;
                }
                b';' if named => return None,
                b'(' if is_digit(view.at(at + 1)) || label.sense == Sense::Phone => {
                    if let Some(found) = tried(view, label, at, link) {
                        return Some(found);
                    }
                }
                b'.' | b'!' | b'?' if is_blank(view.at(at + 1)) && at > label.end + 2 && named => {
                    return None;
                }
                _ => {}
            }
            at += 1;
            continue;
        }
        let token = view.token(at);
        let (token_end, digits) = (token.end, token.digits);
        let word = view.first_word(at, token);
        let flags = word.map_or(0, |word| lexicon::flags(word.hash));
        let candidate = digits || named || is_candidate(label.sense, view, at, token_end);
        let plain = flags & (FILLER | IS) != 0 && !digits;
        // The next label of a form that was left blank.
        if named
            && lines > 0
            && let Some(word) = word
            && lexicon::is_notable(word.hash)
            && super::label::read(view, word)
                .is_some_and(|it| !matches!(it.sense, Sense::Title | Sense::Role))
        {
            return None;
        }
        if candidate && (named || !plain) && (link.explicit || !link.far) {
            if let Some(found) = tried(view, label, at, link) {
                return Some(found);
            }
            if named && !plain {
                return None;
            }
        }
        let Some(word) = word.filter(|_| !digits) else {
            // A number or a code that is not the value: `SSN (9 digits): …`.
            others += 1;
            if others > MAX_OTHERS {
                return None;
            }
            link.far = true;
            link.explicit = false;
            at = token_end;
            continue;
        };
        if flags & IS != 0 {
            link.explicit = true;
        } else if flags & FILLER != 0 {
            fillers += 1;
            link.sure |= flags & NUMBER != 0;
        } else {
            // Another label takes the value for itself; so does this one when it comes again.
            let other = lexicon::is_notable(word.hash)
                && super::label::read(view, word).is_some_and(|it| {
                    it.sense == Sense::Other
                        || it.sense == label.sense
                        || stronger(it.sense, label.sense)
                });
            others += 1;
            if other || named || others > MAX_OTHERS {
                return None;
            }
            link.far = true;
            link.explicit = false;
        }
        if fillers > MAX_FILLERS {
            return None;
        }
        at = word.end;
    }
    None
}

/// What a label that other things have, too, may call a person, if a person is there: start and end.
pub(super) fn perhaps(view: View<'_>, label: &Label) -> Option<(usize, usize)> {
    let (mut at, mut lines) = (label.end, 0);
    while !is_alnum(view.at(at)) {
        lines += usize::from(view.at(at) == b'\n');
        if at - label.end > 12 || lines > 1 || matches!(view.at(at), 0 | b'.' | b'?' | b'!' | b';')
        {
            return None;
        }
        at += 1;
    }
    // FHIR's `"name":[{"text":"Jane Doe"}]`.
    if view.slice(at, at + 5) == b"text\"" {
        at += 5;
        while !is_alnum(view.at(at)) && at - label.end < 24 {
            at += 1;
        }
    }
    let part = label.sense == Sense::NamePart;
    let explicit = view
        .slice(label.end, at)
        .iter()
        .any(|byte| matches!(byte, b':' | b'=' | b'>' | b'-' | b'#' | b'|'));
    if !explicit && part {
        return None;
    }
    person::capitalised(view, at, part).map(|end| (at, end))
}

/// Whether another label takes the value for itself.
fn stronger(other: Sense, this: Sense) -> bool {
    other != this
        && !matches!(
            other,
            Sense::Role
                | Sense::Title
                | Sense::Name
                | Sense::NameWeak
                | Sense::NamePart
                | Sense::Nothing
        )
}

/// Whether a value of this sense may start with letters alone.
fn is_candidate(sense: Sense, view: View<'_>, at: usize, end: usize) -> bool {
    match sense {
        Sense::Dob
        | Sense::Born
        | Sense::Care
        | Sense::Email
        | Sense::Address
        | Sense::Ip
        | Sense::Mac => true,
        Sense::Iban
        | Sense::Plate
        | Sense::Nino
        | Sense::Dea
        | Sense::License
        | Sense::Zip
        | Sense::Mrn
        | Sense::Plan
        | Sense::Admin
        | Sense::Device
        | Sense::Passport
        | Sense::Account
        | Sense::National
        | Sense::TaxId => {
            end - at <= 5
                && view
                    .slice(at, end)
                    .iter()
                    .all(|byte| byte.is_ascii_uppercase())
        }
        _ => false,
    }
}

fn tried(view: View<'_>, label: &Label, at: usize, link: Link) -> Found {
    if link.far && !link.explicit {
        return None;
    }
    shape::fits(view, label.sense, at, link).map(|(kind, end)| (kind, at, end))
}

/// Where the fillers and marks after a label of something else end.
pub(super) fn passed(view: View<'_>, end: usize) -> usize {
    let mut at = end;
    for _ in 0..12 {
        if let Some(word) = view.word(at) {
            if lexicon::flags(word.hash) & (FILLER | IS) == 0 {
                break;
            }
            at = word.end;
        } else if view.at(at) == 0 || is_digit(view.at(at)) {
            break;
        } else {
            at += 1;
        }
    }
    at
}

/// The value before the label: `… is my SSN`, `… (SSN)`.
pub(super) fn backward(view: View<'_>, label: &Label) -> Found {
    if matches!(
        label.sense,
        Sense::Name
            | Sense::NameWeak
            | Sense::NamePart
            | Sense::Role
            | Sense::PhoneWeak
            | Sense::Address
            | Sense::Age
            | Sense::Email
    ) {
        return None;
    }
    let mut at = label.start;
    let (mut explicit, mut words) = (false, 0);
    while label.start - at < 40 && at > 0 {
        let byte = view.before(at);
        if is_digit(byte) {
            break;
        }
        if is_letter(byte) {
            let word = view.word_before(at, 1)?;
            if is_digit(view.before(word.start)) {
                break;
            }
            let flags = lexicon::flags(word.hash);
            let person = flags & (SOMEBODY | CASE) != 0;
            let capitals = view.slice(word.start, word.end);
            if flags & IS != 0 || capitals == b"as" || capitals == b"for" {
                explicit = true;
            } else if flags & FILLER == 0 && !person {
                break;
            }
            words += 1;
            if words > 6 {
                return None;
            }
            at = word.start;
            continue;
        }
        match byte {
            b'(' | b'[' | b'=' | b'<' => explicit = true,
            b' ' | b'-' | b'\'' | b')' | b',' | b'"' | b'*' | b'`' => {}
            _ => return None,
        }
        at -= 1;
    }
    let end = at;
    // "is 021000021 the right routing number"
    let asked = || {
        let value = view.token_start(end, 40);
        let verb = view.word_before(value, 2);
        verb.is_some_and(|word| lexicon::flags(word.hash) & IS != 0)
    };
    if !explicit && !asked() {
        return None;
    }
    // Try each token start in reach, the farthest last.
    let mut start = end;
    let link = Link {
        explicit: true,
        sure: true,
        far: false,
    };
    let mut best = None;
    for _ in 0..6 {
        let token = view.token_start(start, 40);
        if token == start || end - token > 40 {
            break;
        }
        let dated = matches!(label.sense, Sense::Dob | Sense::Born | Sense::Care);
        let fits = if dated {
            date::read(view, token)
                .filter(|date| date.end == end)
                .map(|_| ())
        } else {
            None
        };
        let shaped = shape::fits(view, label.sense, token, link)
            .filter(|(_, to)| *to == end || fits.is_some());
        if let Some((kind, to)) = shaped {
            best = Some((kind, token, to));
        }
        start = token;
        let mut gap = 0;
        while gap < 2
            && start > 0
            && matches!(
                view.before(start),
                b' ' | b'-' | b'/' | b'.' | b',' | b'(' | b')'
            )
        {
            start -= 1;
            gap += 1;
        }
        if gap == 0 {
            break;
        }
    }
    best
}
