//! Ends of leases that go along with another message, so that a request costs its tenant's object one call.
//!
//! A message with ends is lines: the tag [`ALONG`], the ends one after the other, each in a line of JSON or in the short
//! form of a settlement ([`wire::write_end`]), and after an empty line the message they go along with, if any. The
//! object takes the ends first. What it answers to such a message begins with two lines as well:
//! the tag [`MARKED`] and a [`Mark`], which says when the ends will have been written. Whether they have been is
//! asked by [`ask`] and answered by [`WRITTEN`] or [`LOST`].
//!
//! An object of a release that knows none of this has done nothing, and says so as to any unknown form
//! ([`super::wire::UNKNOWN`]).

use super::Call;
use super::wire::{self, Unreadable};

/// What begins a message with ends.
pub const ALONG: &str = "2f\n";
/// What begins the answer to one.
pub const MARKED: &str = "2E\n";
/// What begins the question whether a mark has been reached.
const ASKED: &str = "2w\n";
/// They were written.
pub const WRITTEN: &str = "2W";
/// They were not, and never will be: the object has lost its memory since.
pub const LOST: &str = "2L";

/// A point in the life of an object's memory: once that memory has written so many times, what it was told by then
/// is durable.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Mark {
    /// Which memory: a number by chance, another one after every restart.
    pub memory: u64,
    /// How many times it will have written.
    pub write: u64,
}

/// What was read.
#[derive(Debug)]
pub enum Asked<'t> {
    /// Ends, none or more, and the message they go along with, which may be empty.
    Message(Vec<Call>, &'t [u8]),
    /// Whether this mark has been reached.
    Written(Mark),
}

/// Writes a message with ends, each written by [`wire::write_end`].
#[must_use]
pub fn write<'e>(ends: impl Iterator<Item = &'e str>, message: &str) -> String {
    let mut text = String::from(ALONG);
    for (place, end) in ends.enumerate() {
        if place > 0 {
            text.push('\n');
        }
        text.push_str(end);
    }
    if !message.is_empty() {
        text.push_str("\n\n");
        text.push_str(message);
    }
    text
}

/// Reads any message to an object as far as it says what goes along.
///
/// # Errors
/// [`Unreadable::Value`] and [`Unreadable::Json`] for ends or marks that are none.
pub fn read(text: &[u8]) -> Result<Asked<'_>, Unreadable> {
    if let Some(mark) = text.strip_prefix(ASKED.as_bytes()) {
        let mark = core::str::from_utf8(mark).ok().and_then(parse);
        return mark.map(Asked::Written).ok_or(Unreadable::Value);
    }
    let Some(rest) = text.strip_prefix(ALONG.as_bytes()) else {
        return Ok(Asked::Message(Vec::new(), text));
    };
    let (ends, message) = wire::read_ends(rest)?;
    if ends.is_empty() || !ends.iter().all(Call::is_end) {
        return Err(Unreadable::Value);
    }
    Ok(Asked::Message(ends, message))
}

/// What begins the answer to a message with ends: the answer to the message follows, if there was one.
#[must_use]
pub fn marked(mark: Mark) -> String {
    format!("{MARKED}{:x}.{:x}\n", mark.memory, mark.write)
}

/// The mark of an answer, if it has one, and the answer to the message itself.
#[must_use]
pub fn split(answer: &str) -> (Option<Mark>, &str) {
    let marked = answer.strip_prefix(MARKED);
    let marked = marked.and_then(|rest| rest.split_once('\n'));
    match marked {
        Some((mark, rest)) => (parse(mark), rest),
        None => (None, answer),
    }
}

/// The question whether this mark has been reached.
#[must_use]
pub fn ask(mark: Mark) -> String {
    format!("{ASKED}{:x}.{:x}", mark.memory, mark.write)
}

fn parse(text: &str) -> Option<Mark> {
    let number = |digits| u64::from_str_radix(digits, 16).ok();
    let (memory, write) = text.split_once('.')?;
    Some(Mark {
        memory: number(memory)?,
        write: number(write)?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const RELEASE: &str = r#"{"release":{"request":"req_0123456789abcdefABCDEF"}}"#;

    /// How many ends, and the message they go along with.
    fn read_ends(text: &str) -> Option<(usize, &str)> {
        match read(text.as_bytes()) {
            Ok(Asked::Message(ends, rest)) => Some((ends.len(), core::str::from_utf8(rest).ok()?)),
            _ => None,
        }
    }

    #[test]
    fn ends_go_before_the_message_that_takes_them_along() {
        let both = write([RELEASE, RELEASE].into_iter(), "2a\nrest");
        assert_eq!(both, format!("2f\n{RELEASE}\n{RELEASE}\n\n2a\nrest"));
        assert_eq!(read_ends(&both), Some((2, "2a\nrest")));
        let alone = write([RELEASE].into_iter(), "");
        assert_eq!(read_ends(&alone), Some((1, "")));
        assert_eq!(read_ends("2a\nrest"), Some((0, "2a\nrest")));
        assert_eq!(read_ends("{\"confirm\":1}"), Some((0, "{\"confirm\":1}")));
    }

    #[test]
    fn what_is_no_end_goes_along_with_nothing() {
        for text in [
            "2f\n",
            "2f\n\n",
            "2f\n\n2a\n",
            "2f\n\"settings\"",
            "2f\n{\"release\":{}}",
            "2f\n2a",
            "2f\ns",
            "2f\ns\n\n2a\n",
            "2w\n",
            "2w\n1",
            "2w\n1.x",
            "2w\n1.2.3",
        ] {
            assert!(read(text.as_bytes()).is_err(), "{text}");
        }
    }

    proptest! {
        #[test]
        fn marks_are_read_as_they_were_written(memory: u64, write: u64, answer in "[ -~\n]{0,20}") {
            let mark = Mark { memory, write };
            let whole = marked(mark) + &answer;
            prop_assert_eq!(split(&whole), (Some(mark), answer.as_str()));
            let asked = ask(mark);
            prop_assert!(matches!(read(asked.as_bytes()), Ok(Asked::Written(it)) if it == mark));
        }
    }
}
