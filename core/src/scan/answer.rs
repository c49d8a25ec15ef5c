//! A text of a model's answer under a regulated profile: what is found in it, and what goes on of it.
//!
//! Purpose: the rules for requests, applied to text that comes in pieces. What may still turn out to be
//! part of a finding is held back, so that a value split over pieces cannot pass: at most
//! [`HOLD`] bytes, or one word longer than that up to [`LONGEST`].
//!
//! Out of scope: which fields of an answer are text, and what a caller is told.
//!
//! Caveats: a label is known for [`CONTEXT`] bytes, so that the rows of a long table lose their header; what
//! is hidden under an encoding is redacted together with all that is held.

use super::wanted::{Span, Wanted, What};
use super::{Found, Rules};
use crate::profile::Profiles;
use std::rc::Rc;

/// Most bytes held back: a label, what may stand between, and a value.
pub const HOLD: usize = 256;
/// Longest word held back, in bytes.
pub const LONGEST: usize = 1024;
/// How much of what was let go is still looked at, in bytes.
pub const CONTEXT: usize = 512;
/// New text is looked at in steps of so many bytes.
const STEP: usize = 64;

/// What is done with a finding in an answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Policy {
    /// It goes on, and is reported.
    Flag,
    /// The value is replaced by its kind: `[ssn]`.
    Redact,
    /// Nothing goes on any more.
    Block,
}

/// What goes on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Release {
    /// This text, perhaps empty.
    Text(String),
    /// Nothing, from here on.
    Blocked,
}

/// Where JSON text is: what replaces a number has to be a string.
#[derive(Clone, Copy, Debug, Default)]
struct Quotes {
    inside: bool,
    escaped: bool,
}

impl Quotes {
    fn feed(&mut self, text: &str) {
        for byte in text.bytes() {
            self.inside ^= byte == b'"' && !self.escaped;
            self.escaped = byte == b'\\' && self.inside && !self.escaped;
        }
    }
}

/// A text of an answer on its way. Under no regulated profile it passes everything on unseen.
#[derive(Clone, Debug)]
pub struct Filter {
    wanted: Rc<Wanted>,
    policy: Policy,
    found: Found,
    /// What was let go last, with values struck out.
    context: String,
    held: String,
    /// How much was held when it was looked at last.
    seen: usize,
    blocked: bool,
    /// Where it is, if it is JSON.
    quotes: Option<Quotes>,
}

impl Filter {
    /// A text under these profiles.
    #[must_use]
    pub fn new(profiles: Profiles, policy: Policy) -> Self {
        let patterns = &[];
        Self::of(Rc::new(Wanted::new(Rules { profiles, patterns })), policy)
    }

    /// A text in which this is looked for.
    pub(super) fn of(wanted: Rc<Wanted>, policy: Policy) -> Self {
        Self {
            wanted,
            policy,
            found: Found::default(),
            context: String::new(),
            held: String::new(),
            seen: 0,
            blocked: false,
            quotes: None,
        }
    }

    /// A text that is JSON, and stays so as far as possible.
    pub(super) fn of_json(wanted: Rc<Wanted>, policy: Policy) -> Self {
        Self {
            quotes: Some(Quotes::default()),
            ..Self::of(wanted, policy)
        }
    }

    /// What was found so far.
    #[must_use]
    pub fn found(&self) -> Found {
        self.found
    }

    /// Takes the next piece; returns what may go on.
    pub fn push(&mut self, piece: &str) -> Release {
        if self.wanted.is_nothing() {
            return Release::Text(piece.to_owned());
        }
        if self.blocked {
            return Release::Blocked;
        }
        self.held.push_str(piece);
        if self.held.len() < self.seen + STEP {
            return self.passed(piece, String::new());
        }
        let out = self.look(HOLD);
        self.passed(piece, out)
    }

    /// The end of the answer: what is still held, as far as it may go on.
    pub fn end(&mut self) -> Release {
        if self.blocked {
            return Release::Blocked;
        }
        let out = self.look(0);
        self.passed("", out)
    }

    /// What the policy lets on, now: `piece` as it came, or what was looked at.
    fn passed(&mut self, piece: &str, looked: String) -> Release {
        match self.policy {
            Policy::Flag => Release::Text(piece.to_owned()),
            Policy::Block if !self.found.is_empty() => {
                self.blocked = true;
                self.held.clear();
                self.context.clear();
                Release::Blocked
            }
            Policy::Block | Policy::Redact => Release::Text(looked),
        }
    }

    /// Scans what is held after what went before; lets all go but the last `hold` bytes.
    fn look(&mut self, hold: usize) -> String {
        let start = self.context.len();
        let text = format!("{}{}", self.context, self.held);
        let mut spans = self.wanted.spans(&text);
        // What ends in the context went on before there was a reason to keep it.
        spans.retain(|(_, _, end)| *end > start);
        spans.sort_unstable_by_key(|(_, from, to)| (*from, std::cmp::Reverse(*to)));
        for (what, ..) in &spans {
            match what {
                What::Kind(kind) => self.found.kinds.insert(*kind),
                What::Pattern(place) => self.found.patterns |= 1 << place,
            }
        }
        let cut = cut(&text, start, hold, &spans);
        let (mut out, mut struck) = (String::new(), String::new());
        let mut at = start;
        let mut quotes = self.quotes;
        let mut outside = |text: &str| {
            let Some(quotes) = &mut quotes else {
                return false;
            };
            quotes.feed(text);
            !quotes.inside
        };
        for (what, from, to) in spans {
            if to <= at || from >= cut {
                continue;
            }
            let from = from.max(at);
            let before = text.get(at..from).unwrap_or_default();
            out.push_str(before);
            struck.push_str(before);
            let opens = outside(before);
            let closes = outside(text.get(from..to).unwrap_or_default());
            out.push_str(if opens { "\"[" } else { "[" });
            out.push_str(self.wanted.name(what));
            out.push_str(if closes { "]\"" } else { "]" });
            struck.push('*');
            at = to;
        }
        let rest = text.get(at..cut.max(at)).unwrap_or_default();
        outside(rest);
        self.quotes = quotes;
        out.push_str(rest);
        struck.push_str(rest);
        self.held = text.get(cut.max(at)..).unwrap_or_default().to_owned();
        self.seen = self.held.len();
        self.context.push_str(&struck);
        let drop = self.context.len().saturating_sub(CONTEXT);
        let drop = (drop..=self.context.len()).find(|place| self.context.is_char_boundary(*place));
        self.context.drain(..drop.unwrap_or(0));
        out
    }
}

/// A whole text: what goes on of it.
pub(super) fn whole(text: &str, filter: &mut Filter) -> Release {
    if filter.wanted.is_nothing() {
        return Release::Text(text.to_owned());
    }
    text.clone_into(&mut filter.held);
    let out = filter.look(0);
    filter.passed(text, out)
}

/// Where to cut: before the last `hold` bytes, between words, and in no finding.
fn cut(text: &str, start: usize, hold: usize, spans: &[Span]) -> usize {
    if hold == 0 {
        return text.len();
    }
    let most = text.len().saturating_sub(hold).max(start);
    let bytes = text.as_bytes();
    let window = bytes.get(start..most).unwrap_or_default();
    let blank = window.iter().rposition(u8::is_ascii_whitespace);
    let cut = match blank {
        Some(place) => start + place + 1,
        // One word without an end: it cannot be held for ever.
        None if text.len() - start > LONGEST => (start..=most)
            .rev()
            .find(|it| text.is_char_boundary(*it))
            .unwrap_or(start),
        None => start,
    };
    // A finding that the cut would split is let go as a whole only when it has ended for certain.
    spans
        .iter()
        .filter(|(_, from, to)| *from < cut && cut < *to)
        .map(|(_, from, _)| (*from).max(start))
        .min()
        .unwrap_or(cut)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::profile::Profile;
    use crate::scan::{Kind, Kinds};
    use proptest::prelude::*;

    fn healthcare() -> Profiles {
        Profiles::default().with(Profile::Healthcare)
    }

    fn whole(text: &str, profiles: Profiles, policy: Policy) -> (Release, Kinds) {
        let mut filter = Filter::new(profiles, policy);
        (super::whole(text, &mut filter), filter.found().kinds)
    }

    fn streamed(pieces: &[&str], policy: Policy) -> (String, bool, Kinds) {
        let mut filter = Filter::new(healthcare(), policy);
        let mut out = String::new();
        let mut blocked = false;
        let mut take = |release| match release {
            Release::Text(text) => out.push_str(&text),
            Release::Blocked => blocked = true,
        };
        for piece in pieces {
            take(filter.push(piece));
        }
        take(filter.end());
        (out, blocked, filter.found().kinds)
    }

    const TEXT: &str = "Here is what I know of the patient. The SSN is 078-05-1120 and the card is \
        4111 1111 1111 1111; write to jane.doe@example.com or call (415) 555-0123. The MRN: 00482913 is old. \
        That is all there is to say about it, and the rest of this text is only here to make it long enough that \
        something has to be let go before its end, as it would be in a stream of any length that people read.";

    #[test]
    fn values_are_replaced_by_their_kinds() {
        let (Release::Text(text), found) = whole(TEXT, healthcare(), Policy::Redact) else {
            panic!("redacting lets text go on")
        };
        assert!(
            text.contains(
                "The SSN is [ssn] and the card is [payment_card]; write to [email] or call [phone]."
            ),
            "{text}"
        );
        assert!(text.contains("MRN: [mrn] is old"), "{text}");
        assert_eq!(
            found.names(),
            ["email", "mrn", "payment_card", "phone", "ssn"]
        );
    }

    #[test]
    fn disguised_values_are_replaced_as_a_whole() {
        let text = "a 0\u{200b}7\u{200b}8-05-１１２０ b";
        let (release, _) = whole(text, healthcare(), Policy::Redact);
        assert_eq!(release, Release::Text("a [ssn] b".to_owned()));
        let (release, found) = whole("x MDc4LTA1LTExMjA= y", healthcare(), Policy::Redact);
        assert_eq!(release, Release::Text("[ssn]".to_owned()));
        assert!(found.contains(Kind::Ssn));
    }

    #[test]
    fn flagging_holds_nothing_back_and_blocking_ends_the_answer() {
        let pieces: Vec<&str> = TEXT.split_inclusive(' ').collect();
        let (text, blocked, found) = streamed(&pieces, Policy::Flag);
        assert!(text == TEXT && !blocked && found.contains(Kind::Ssn));
        let (text, blocked, _) = streamed(&pieces, Policy::Block);
        assert!(blocked && !text.contains("078"), "{text}");
    }

    #[test]
    fn without_a_profile_everything_passes_at_once() {
        let mut filter = Filter::new(Profiles::default(), Policy::Block);
        assert_eq!(
            filter.push("SSN 078-05-1120"),
            Release::Text("SSN 078-05-1120".to_owned())
        );
        assert_eq!(filter.end(), Release::Text(String::new()));
    }

    #[test]
    fn a_value_in_two_pieces_is_found_wherever_it_is_split() {
        for (cut, _) in TEXT.char_indices() {
            let (head, tail) = TEXT.split_at(cut);
            let (out, _, found) = streamed(&[head, tail], Policy::Redact);
            assert!(
                ["078-05", "4111 1111", "jane.doe", "555-0123", "00482913"]
                    .iter()
                    .all(|value| !out.contains(value)),
                "{cut}: {out}"
            );
            assert_eq!(found.names().len(), 5, "{cut}");
            let (out, blocked, _) = streamed(&[head, tail], Policy::Block);
            assert!(blocked && !out.contains("078"), "{cut}: {out}");
        }
    }

    proptest! {
        #[test]
        fn no_split_lets_a_value_pass(cuts in proptest::collection::vec(0usize..TEXT.len(), 0..40), times in 1usize..4) {
            let text = TEXT.repeat(times);
            let mut cuts: Vec<usize> = cuts.into_iter().flat_map(|cut| (0..times).map(move |n| cut + n * TEXT.len())).collect();
            cuts.extend([0, text.len()]);
            cuts.sort_unstable();
            let pieces: Vec<&str> = cuts.windows(2).filter_map(|cut| text.get(cut[0]..cut[1])).collect();
            let (out, _, _) = streamed(&pieces, Policy::Redact);
            for value in ["078-05", "4111 1111", "jane.doe", "555-0123", "00482913"] {
                prop_assert!(!out.contains(value), "{out}");
            }
            prop_assert!(out.contains("only here to make it long enough"));
        }

        #[test]
        fn what_has_nothing_in_it_comes_out_as_it_went_in(pieces in proptest::collection::vec("[a-z é.\n]{0,40}", 0..60)) {
            let pieces: Vec<&str> = pieces.iter().map(String::as_str).collect();
            let (out, _, found) = streamed(&pieces, Policy::Redact);
            prop_assume!(found.is_empty());
            prop_assert_eq!(out, pieces.concat());
        }
    }
}
