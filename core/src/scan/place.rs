//! Street addresses, towns with postal codes, and great ages, by their form.

use super::lexicon;
use super::run::Run;
use super::sense::{GIVEN, MONTH, SOMEBODY, STATE, STREET, STREET_WEAK, UNIT};
use super::view::{
    CAPITALS, View, all, is_alnum, is_blank, is_digit, is_letter, is_one_of, is_upper,
};

/// The end of `1600 Pennsylvania Avenue`: a number, capitalised words, a street word.
pub(super) fn street(view: View<'_>, run: &Run) -> Option<usize> {
    let (mut length, mut end) = (run.length(0), run.end(0));
    if length == 0 {
        // 221B
        end = view.digits_end(run.start);
        length = end - run.start;
        if is_letter(view.at(end)) && !is_alnum(view.at(end + 1)) {
            end += 1;
        }
    }
    let mut at = view.skip_spaces(end);
    if !(1..=6).contains(&length) || at == end || view.before(run.start) == b'.' {
        return None;
    }
    for place in 0..5 {
        if is_digit(view.at(at)) {
            // 42nd
            let token = view.token_end(at);
            if place > 1 || !is_letter(view.before(token)) {
                return None;
            }
            at = view.skip_spaces(token);
            continue;
        }
        let word = view.word(at).filter(|word| view.is_capitalised(*word))?;
        let flags = lexicon::flags(word.hash);
        let seat = view.slice(word.start, word.end) == b"Downing";
        if place == 0 && (flags & MONTH != 0 || seat) {
            return None;
        }
        let after = view.skip_spaces(word.end + usize::from(view.at(word.end) == b'.'));
        let comma = matches!(
            view.at(after),
            b',' | b'\n' | b'\r' | 0 | b'"' | b'|' | b'#' | b'<' | b';' | b')'
        );
        let stop =
            view.at(word.end) == b'.' && (view.at(after) == 0 || is_upper(view.at(after)) || comma);
        if place > 0 && flags & STREET != 0 {
            // `10 Wall Street Banks` goes on with a capital; an address with a comma, a town or a unit.
            let goes_on = is_upper(view.at(after)) && !unit(view, after) && !town(view, after);
            return (!goes_on || stop).then_some(word.end);
        }
        if place > 0
            && flags & STREET_WEAK != 0
            && (comma || stop || unit(view, after) || town(view, after))
        {
            return Some(word.end);
        }
        at = after;
    }
    None
}

/// Apartment, suite and the like.
fn unit(view: View<'_>, at: usize) -> bool {
    lexicon::flags(view.token_hash(at)) & UNIT != 0
}

/// One to three capitalised words, then a comma and a capital: `Springfield, IL`.
fn town(view: View<'_>, at: usize) -> bool {
    let mut next = at;
    for _ in 0..3 {
        let Some(word) = view.word(next).filter(|word| view.is_capitalised(*word)) else {
            return false;
        };
        if view.at(word.end) == b',' {
            return is_upper(view.at(view.skip_spaces(word.end + 1)));
        }
        next = view.skip_spaces(word.end);
        let state = view.slice(next, view.token_end(next));
        if state.len() == 2 && all(state, CAPITALS) {
            return true;
        }
    }
    false
}

/// Whether the five digits from `run` are the postal code after `, IL`.
pub(super) fn postal(view: View<'_>, run: &Run) -> bool {
    if run.length(0) != 5 {
        return false;
    }
    let Some(state) = view.word_before(run.start, 3) else {
        return false;
    };
    let capitals = all(view.slice(state.start, state.end), CAPITALS);
    let known = state.end - state.start == 2 && capitals && lexicon::flags(state.hash) & STATE != 0;
    let mut before = state.start;
    while state.start - before < 3 && is_blank(view.before(before)) {
        before -= 1;
    }
    known && view.before(before) == b','
}

/// After a number: its years of age, without what stands between the words.
const YEARS: &str = "yearsold yearold yo yrold yrsold yearsofage yof yom jahre jahrig jahrige jahriger anos ans anni jaar";

/// The end of `92 years old`, said of somebody.
pub(super) fn age(view: View<'_>, run: &Run) -> Option<usize> {
    let end = view.digits_end(run.start);
    let old = matches!(
        view.slice(run.start, end),
        [b'9', _] | [b'1', b'0' | b'1', _]
    );
    if !old || matches!(view.before(run.start), b'.' | b'-' | b'$' | b',') {
        return None;
    }
    if said_of_somebody(view, run.start, end) {
        return Some(end);
    }
    // What follows: years old, -year-old, yo, y/o, y.o., yr old.
    let mut at = end;
    let mut letters = [0u8; 12];
    let mut count = 0;
    while at - end < 16 && count < letters.len() {
        let byte = view.at(at);
        if is_letter(byte) {
            if let Some(place) = letters.get_mut(count) {
                *place = byte.to_ascii_lowercase();
            }
            count += 1;
        } else if !matches!(byte, b' ' | b'-' | b'/' | b'.') {
            break;
        }
        at += 1;
        let said = letters.get(..count).unwrap_or_default();
        if is_one_of(YEARS, said) && !is_letter(view.at(at)) {
            return (said == b"yearsofage" || somebody(view, run.start, at)).then_some(at);
        }
    }
    None
}

/// `my grandmother is 94 and …`, `dad turned 91`; and `93F with …`.
fn said_of_somebody(view: View<'_>, start: usize, end: usize) -> bool {
    let sex = matches!(view.at(end), b'F' | b'M' | b'f' | b'm') && !is_alnum(view.at(end + 1));
    let next = view.skip_spaces(end + usize::from(sex));
    let follows = |words: &str| is_one_of(words, view.slice(next, view.token_end(next)));
    if sex {
        return follows(
            "with w presents presenting presented pw c admitted hx s adm here who found transferred",
        );
    }
    let ends = matches!(view.at(next), b',' | b'!' | b'?' | b';' | 0 | b'\n')
        || (view.at(next) == b'.' && !is_digit(view.at(next + 1)));
    if !ends && !follows("and with who now but so years this") {
        return false;
    }
    let Some(says) = view.word_before(start, 2) else {
        return false;
    };
    let verb = view.slice(says.start, says.end);
    if !is_one_of("is turned turns was s now age", verb) {
        return false;
    }
    let mut before = says.start;
    for _ in 0..3 {
        let Some(word) = view.word_before(before, 2) else {
            return false;
        };
        if word.end - word.start > 1 && lexicon::flags(word.hash) & SOMEBODY != 0 {
            return true;
        }
        before = word.start;
    }
    false
}

/// Whether a person is named just before `start` or just after `end`.
fn somebody(view: View<'_>, start: usize, end: usize) -> bool {
    let is_person = |hash: u32| lexicon::flags(hash) & (SOMEBODY | GIVEN) != 0;
    let abbreviated = matches!(view.before(end), b'f' | b'm')
        || view.says(end.saturating_sub(2), b"yo")
        || matches!(view.slice(end.saturating_sub(3), end), b"y/o" | b"y.o");
    let mut at = end;
    for place in 0..3 {
        while at - end < 40 && (is_blank(view.at(at)) || matches!(view.at(at), b'-' | b',' | b'/'))
        {
            at += 1;
        }
        let Some(word) = view.word(at) else { break };
        // `92 yo, F`; but not `a 100 year old house, should I`.
        if is_person(word.hash) && (place == 0 || word.end - word.start > 1) {
            return true;
        }
        at = word.end;
    }
    let mut before = start;
    for _ in 0..6 {
        let Some(word) = view.word_before(before, 4) else {
            break;
        };
        if is_person(word.hash) {
            return true;
        }
        before = word.start;
    }
    abbreviated
}

#[cfg(test)]
mod tests {
    use super::*;

    fn run(text: &str) -> (View<'_>, Run) {
        let view = View(text.as_bytes());
        let start = text.find(|c: char| c.is_ascii_digit()).unwrap();
        (view, Run::read(view, start))
    }

    #[test]
    fn streets() {
        for text in [
            "1600 Pennsylvania Avenue NW",
            "at 742 Evergreen Terrace, Springfield",
            "221B Baker Street",
            "12 Oak Ct, Dayton",
            "350 W 42nd Street",
            "1 Main St.",
            "99 Elm Drive Apt 4",
        ] {
            let (view, run) = run(text);
            assert!(street(view, &run).is_some(), "{text}");
        }
        for text in [
            "10 Wall Street Banks",
            "5 Best Way to",
            "3 ways",
            "2 may drive",
            "100 Main ideas",
        ] {
            let (view, run) = run(text);
            assert!(street(view, &run).is_none(), "{text}");
        }
    }

    #[test]
    fn great_ages_are_somebodys() {
        for text in [
            "a 92-year-old man",
            "she is 101 years old",
            "94 yo with chest pain",
            "my 90 year old mother",
        ] {
            let (view, run) = run(text);
            assert!(age(view, &run).is_some(), "{text}");
        }
        for text in [
            "a 100-year-old bridge",
            "89 years old man",
            "my house is 95 years old",
            "90 years ago he",
        ] {
            let (view, run) = run(text);
            assert!(age(view, &run).is_none(), "{text}");
        }
    }
}
