//! Names of people, where a label or a title announces them.

use super::kind::Kind;
use super::sense::{GIVEN, Link, MONTH, PARTICLE, STOP, Sense};
use super::view::{
    CAPITALS, LETTERS, View, Word, all, how_many, is_alnum, is_letter, is_one_of, is_upper,
};
use super::{hash, lexicon};

/// A word as a name is written: whole, capitalised, no code around it.
struct Part {
    end: usize,
    capital: bool,
    given: bool,
    stop: bool,
    letters: usize,
}

fn part(view: View<'_>, at: usize) -> Option<Part> {
    let word = view.word(at)?;
    let token_end = view.token_end(at);
    let word = if word.end == token_end {
        word
    } else {
        inner_capital(view, at, token_end)?
    };
    let mut end = word.end;
    // O'Brien, Smith-Jones.
    while matches!(view.at(end), b'\'' | b'-') && is_letter(view.at(end + 1)) {
        let more = view.token_end(end + 1);
        if view.slice(end + 1, more) == b"s" {
            break;
        }
        end = more;
    }
    let code = matches!(
        view.at(end),
        b'(' | b'[' | b'=' | b'_' | b'{' | b'/' | b'\\' | b'$' | b'@'
    ) || (view.at(end) == b'.' && is_letter(view.at(end + 1)))
        || (view.at(end) == b':' && view.at(end + 1) == b':')
        // `Name<T>`, but not `Name</nm>`.
        || (view.at(end) == b'<' && view.at(end + 1) != b'/');
    if code {
        return None;
    }
    let flags = lexicon::flags(word.hash);
    Some(Part {
        end,
        capital: is_upper(view.at(at)),
        given: flags & GIVEN != 0,
        stop: flags & (STOP | MONTH) != 0 && flags & GIVEN == 0,
        letters: end - at,
    })
}

/// `McDonald`, `DeLuca`: a capital inside after a short beginning.
fn inner_capital(view: View<'_>, at: usize, end: usize) -> Option<Word> {
    let letters = view.slice(at, end);
    let known = [
        &b"Mc"[..],
        b"Mac",
        b"De",
        b"Di",
        b"La",
        b"Le",
        b"Van",
        b"Du",
        b"Fitz",
    ]
    .iter()
    .any(|start| letters.starts_with(start));
    let capitals = how_many(letters, CAPITALS);
    let only_letters = all(letters, LETTERS);
    (known && capitals == 2 && only_letters).then_some(Word {
        start: at,
        end,
        hash: hash::SEED,
    })
}

/// The part after `end`, with a comma, a middle initial or a small word between.
fn next(view: View<'_>, end: usize) -> Option<Part> {
    let mut at = view.skip_spaces(end + usize::from(view.at(end) == b','));
    if at == end && view.at(at) != b'^' {
        return None;
    }
    let first = part(view, at)?;
    if first.letters == 1 && first.capital {
        at = view.skip_spaces(first.end + usize::from(view.at(first.end) == b'.'));
        return part(view, at).filter(|_| at > first.end).or(Some(first));
    }
    let small = lexicon::flags(hash::hash(view.slice(at, first.end))) & PARTICLE != 0;
    if small {
        return part(view, view.skip_spaces(first.end)).or(Some(first));
    }
    Some(first)
}

/// The name that a label announces.
pub(super) fn named(view: View<'_>, sense: Sense, at: usize, link: Link) -> Option<(Kind, usize)> {
    let found = |end| Some((Kind::PersonName, end));
    if link.far {
        return None;
    }
    // A title in between: `Patient: Mr. Smith`.
    if let Some(word) = view.word(at)
        && lexicon::sense(word.hash) == Some(Sense::Title)
        && (link.explicit || sense != Sense::NameWeak)
    {
        return titled(view, word.end).and_then(|(end, _)| found(end));
    }
    let first = part(view, at)?;
    if first.stop {
        return None;
    }
    let second = next(view, first.end).filter(|part| !part.stop);
    if company(view, second.as_ref().map_or(first.end, |part| part.end)) {
        return None;
    }
    let pair = |second: &Part| second.letters > 1 && (second.capital || !first.capital);
    match (sense, second) {
        (Sense::Name, second) if link.explicit => {
            let capital = first.capital
                && (first.letters > 1 || second.as_ref().is_some_and(|it| it.capital));
            let lower = !first.capital
                && first.given
                && second.as_ref().is_none_or(|it| !it.capital)
                && !is_alnum(view.at(first.end));
            let shout = first.letters <= 3
                && !first.given
                && second.is_none()
                && shouted(view, at, first.end);
            ((capital && !shout) || lower).then(|| found(second.map_or(first.end, |it| it.end)))?
        }
        (Sense::Role, Some(second)) if link.explicit => {
            let both = first.capital && second.capital && first.letters > 1 && second.letters > 1;
            (both || first.given && pair(&second)).then(|| found(second.end))?
        }
        (_, Some(second)) if first.given || second.given => {
            let ordered = first.given || view.at(first.end) == b',';
            let explicit = link.explicit || first.capital && second.capital;
            (ordered && explicit && pair(&second)).then(|| found(second.end))?
        }
        _ => None,
    }
}

/// Whether what goes on after `end` is a company's: up to two more words, and its form.
fn company(view: View<'_>, end: usize) -> bool {
    let mut at = end;
    for _ in 0..3 {
        at = view.skip_spaces(at + usize::from(view.at(at) == b','));
        let to = view.token_end(at);
        let token = view.slice(at, to);
        if is_one_of("llc inc ltd gmbh corp llp plc limited", token) {
            return true;
        }
        if !is_upper(view.at(at)) {
            return false;
        }
        at = to;
    }
    false
}

/// Two words as a name is written, or one where `single` is enough; for labels that are weak evidence by themselves.
pub(super) fn capitalised(view: View<'_>, at: usize, single: bool) -> Option<usize> {
    let first = part(view, at).filter(|part| part.capital && !part.stop)?;
    let second = next(view, first.end).filter(|part| part.capital && !part.stop);
    if company(view, second.as_ref().map_or(first.end, |part| part.end)) {
        return None;
    }
    match second {
        Some(second) if second.letters > 1 => Some(second.end),
        _ => (single && first.letters > 1).then_some(first.end),
    }
}

fn shouted(view: View<'_>, start: usize, end: usize) -> bool {
    all(view.slice(start, end), CAPITALS)
}

/// The name after a title that ends at `end`, and whether it is a whole name.
pub(super) fn titled(view: View<'_>, end: usize) -> Option<(usize, bool)> {
    let at = view.skip_spaces(end + usize::from(view.at(end) == b'.'));
    if at == end {
        return None;
    }
    let first = part(view, at).filter(|part| part.capital && !part.stop)?;
    if first.letters < 2 && view.at(first.end) != b'.' {
        return None;
    }
    let more = view.at(first.end) == b' ' || view.at(first.end) == b'.';
    let second = more
        .then(|| next(view, first.end + usize::from(view.at(first.end) == b'.')))
        .flatten()
        .filter(|part| part.capital && !part.stop && part.letters > 1);
    let title = view.slice(end.saturating_sub(3), end);
    let doctor = title.ends_with(b"Dr") || title.ends_with(b"DR");
    let civil = (matches!(view.before(end) | 0x20, b'r' | b's' | b'u') && !doctor)
        || [&b"ora"[..], b"ame", b"ore"].contains(&title);
    // Doctors are historical, too: "Dr. Martin Luther King".
    let whole = second.is_some() && (first.given || civil);
    Some((second.map_or(first.end, |part| part.end), whole))
}
