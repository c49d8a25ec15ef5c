//! A tenant's own patterns: a value of a shape, after one of its labels or by itself.
//!
//! In a shape `9` is a digit, `A` a letter, `X` either, and everything else itself. The work at a place is bounded by
//! the bounds of [`crate::privacy`], so the time is linear.

use super::lexicon;
use super::normal;
use super::sense::{FILLER, IS};
use super::view::{View, is_alnum, is_digit, is_letter};
use serde::{Deserialize, Serialize};

/// A kind of value that a tenant knows and nobody else: what stands before it, and what it looks like.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Pattern {
    /// What findings are called.
    pub name: String,
    /// What announces a value.
    #[serde(default)]
    pub labels: Vec<String>,
    /// What a value looks like.
    pub shape: String,
}

/// How far from a label its value may start, in bytes.
const REACH: usize = 40;
/// Most words between that are neither the value nor fillers.
const MAX_OTHERS: usize = 2;

/// Patterns as the scanner compares them; places are those in the tenant's list.
#[derive(Clone, Debug, Default)]
pub(super) struct Ready {
    patterns: Vec<(Vec<Vec<u8>>, Vec<u8>)>,
}

fn plain(text: &str) -> Vec<u8> {
    let text = text.as_bytes();
    normal::normal(text, normal::needs(text)).into_owned()
}

impl Ready {
    pub(super) fn new(patterns: &[Pattern]) -> Self {
        let ready = |pattern: &Pattern| {
            let labels = pattern.labels.iter().map(|label| plain(label)).collect();
            (labels, plain(&pattern.shape))
        };
        Self {
            patterns: patterns.iter().map(ready).collect(),
        }
    }

    /// Sets the bit of each pattern that is in the text.
    pub(super) fn find(&self, view: View<'_>, found: &mut u32) {
        self.report(view, &mut |place, _, _| *found |= 1 << place);
    }

    /// Reports each value that a pattern has in the text: the pattern's place, start and end.
    #[inline(never)]
    pub(super) fn report(&self, view: View<'_>, each: &mut dyn FnMut(usize, usize, usize)) {
        let mut at = 0;
        while at < view.len() && !self.patterns.is_empty() {
            if !is_alnum(view.at(at)) {
                at += 1;
                continue;
            }
            for (place, (labels, shape)) in self.patterns.iter().enumerate() {
                let after = |label: &Vec<u8>| follows(view, same(view, at, label)?, shape);
                let found = if labels.is_empty() {
                    fits(view, at, shape)
                } else {
                    labels.iter().find_map(after)
                };
                if let Some((start, end)) = found {
                    each(place, start, end);
                }
            }
            at = view.token_end(at);
        }
    }
}

/// The end of the label at `at`: its words whatever their case, with blanks, `_`, `-` or nothing between.
fn same(view: View<'_>, at: usize, label: &[u8]) -> Option<usize> {
    let mut end = at;
    for byte in label {
        if is_alnum(*byte) {
            if !view.at(end).eq_ignore_ascii_case(byte) {
                return None;
            }
            end += 1;
        } else if matches!(view.at(end), b' ' | b'_' | b'-' | b'.' | b'#') {
            end += 1;
        }
    }
    let last = view.before(end);
    // `badgeNo` ends where the next word begins.
    let whole = !is_alnum(view.at(end)) || is_digit(view.at(end)) != is_digit(last);
    (end > at && whole).then_some(end)
}

/// Where the value of the shape is that follows a label.
fn follows(view: View<'_>, end: usize, shape: &[u8]) -> Option<(usize, usize)> {
    let (mut at, mut others) = (end, 0);
    while at < end + REACH && at < view.len() {
        if !is_alnum(view.at(at)) {
            at += 1;
            continue;
        }
        if let Some(found) = fits(view, at, shape) {
            return Some(found);
        }
        let word = view.word(at).map_or(0, |word| lexicon::flags(word.hash));
        others += usize::from(word & (FILLER | IS) == 0);
        if others > MAX_OTHERS {
            return None;
        }
        at = view.token_end(at);
    }
    None
}

/// Where a value of the shape is that stands at `at`, or just before it where the shape begins with marks.
fn fits(view: View<'_>, at: usize, shape: &[u8]) -> Option<(usize, usize)> {
    let marks = shape.iter().take_while(|byte| !is_alnum(**byte)).count();
    let start = at.checked_sub(marks)?;
    let same = shape.iter().zip(start..).all(|(form, at)| {
        let byte = view.at(at);
        match form {
            b'9' => is_digit(byte),
            b'A' => is_letter(byte),
            b'X' => is_alnum(byte),
            form => byte.eq_ignore_ascii_case(form),
        }
    });
    let end = start + shape.len();
    let whole = !(is_alnum(view.before(end)) && is_alnum(view.at(end)));
    (same && whole).then_some((start, end))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pattern(labels: &[&str], shape: &str) -> Pattern {
        Pattern {
            name: "badge".to_owned(),
            labels: labels.iter().map(ToString::to_string).collect(),
            shape: shape.to_owned(),
        }
    }

    fn finds(pattern: &Pattern, text: &str) -> bool {
        let mut found = 0;
        let plain = plain(text);
        Ready::new(core::slice::from_ref(pattern)).find(View(&plain), &mut found);
        found == 1
    }

    #[test]
    fn a_labelled_value_is_found_however_it_is_written() {
        let badge = pattern(&["badge no", "Ausweis"], "A-9999");
        for text in [
            "Badge No: K-1234",
            "badge_no=k-1234",
            "badgeNo \"K-1234\"",
            "his badge no. is K-1234.",
            "AUSWEIS K\u{2011}１２３４",
        ] {
            assert!(finds(&badge, text), "{text}");
        }
        for text in [
            "K-1234",
            "badge K-1234",
            "badge no: K-12345",
            "badge no: none",
            "badge no",
        ] {
            assert!(!finds(&badge, text), "{text}");
        }
    }

    #[test]
    fn a_shape_without_labels_stands_alone() {
        let case = pattern(&[], "#CX-9999/XX");
        assert!(finds(&case, "see #C7-1234/a9, please"));
        assert!(!finds(&case, "see C7-1234/a9"));
        assert!(!finds(&case, "see #C7-1234/a99"));
    }
}
