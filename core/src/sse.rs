//! Server-sent events, read without I/O: bytes in, events out.
//!
//! Purpose: the event stream format of the WHATWG HTML standard, § 9.2.6 "Interpreting an event
//! stream" (<https://html.spec.whatwg.org/multipage/server-sent-events.html>), for streams of model
//! backends. However the bytes are cut into pieces, the events are the same.
//!
//! In scope: CR, LF and CRLF line ends, a leading byte order mark, comments, `data` over several
//! lines, `event` names, and a cap on what one event may hold.
//!
//! Out of scope: `id` and `retry`, which only matter to a client that reconnects; a half answer of a
//! model cannot be resumed.
//!
//! Caveat: bytes that are not UTF-8 become U+FFFD, as the standard says. It is decoded event by
//! event, which gives the same text as decoding the whole stream, because a line end is never part
//! of a longer character.

use std::borrow::Cow;
use std::fmt;

/// The UTF-8 byte order mark, allowed once at the start of a stream.
const BOM: &[u8] = b"\xEF\xBB\xBF";

/// One event, borrowed from the parser for the time of the call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Event<'a> {
    /// The `event` field; empty when the stream gave none (the standard's default, `message`).
    pub name: &'a str,
    /// The `data` lines, joined by `\n`. May be empty: `data:` alone is an event.
    pub data: &'a str,
}

/// A line or an event is longer than the parser's cap. The parser stays in this state.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TooLarge;

impl fmt::Display for TooLarge {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an event of the stream is too large")
    }
}

impl std::error::Error for TooLarge {}

/// An event-stream parser.
///
/// Holds at most three times `max_bytes` (a line, data, a name), and nothing at all between events that arrive whole: those
/// are handed out from the caller's bytes without a copy.
#[derive(Clone, Debug)]
pub struct Parser {
    max_bytes: usize,
    /// The beginning of a line whose end has not come yet.
    line: Vec<u8>,
    /// `data` of the event so far, without the last line end.
    data: Vec<u8>,
    has_data: bool,
    name: Vec<u8>,
    /// The last byte was a CR: an LF that follows belongs to it.
    after_cr: bool,
    first_line: bool,
    failed: bool,
}

impl Parser {
    /// A parser that refuses lines, and `data` of events, longer than `max_bytes`.
    #[must_use]
    pub fn new(max_bytes: usize) -> Self {
        Self {
            max_bytes,
            line: Vec::new(),
            data: Vec::new(),
            has_data: false,
            name: Vec::new(),
            after_cr: false,
            first_line: true,
            failed: false,
        }
    }

    /// Reads the next bytes of the stream and calls `on_event` for each event they complete.
    ///
    /// # Errors
    /// [`TooLarge`] for a line or event beyond the cap, and from then on always.
    pub fn push(
        &mut self,
        bytes: &[u8],
        on_event: &mut dyn FnMut(Event<'_>),
    ) -> Result<(), TooLarge> {
        if self.failed {
            return Err(TooLarge);
        }
        let read = self.read(bytes, on_event);
        self.failed = read.is_err();
        read
    }

    /// Ends the stream as if a blank line had followed.
    ///
    /// The standard drops an event that no blank line ends. Some backends close right after their
    /// last line, so whoever reads them may ask for it; it may be cut short.
    ///
    /// # Errors
    /// [`TooLarge`] when the parser had failed already, or fails now.
    pub fn finish(&mut self, on_event: &mut dyn FnMut(Event<'_>)) -> Result<(), TooLarge> {
        // An LF after a CR would be swallowed, so CR it is: it always ends a line.
        self.push(b"\r", on_event)?;
        self.push(b"\r", on_event)
    }

    fn read(&mut self, bytes: &[u8], on_event: &mut dyn FnMut(Event<'_>)) -> Result<(), TooLarge> {
        let mut rest = bytes;
        // The value of the event's only data line, as long as it lies in `bytes`.
        let mut held: Option<&[u8]> = None;
        while let Some(&first) = rest.first() {
            if std::mem::take(&mut self.after_cr) && first == b'\n' {
                rest = rest.get(1..).unwrap_or_default();
                continue;
            }
            let Some(end) = rest.iter().position(|&byte| byte == b'\n' || byte == b'\r') else {
                self.within_cap(self.line.len().saturating_add(rest.len()))?;
                self.line.extend_from_slice(rest);
                break;
            };
            let (piece, tail) = rest.split_at(end);
            self.after_cr = tail.first() == Some(&b'\r');
            rest = tail.get(1..).unwrap_or_default();
            self.within_cap(self.line.len().saturating_add(piece.len()))?;
            if self.line.is_empty() {
                self.line(piece, &mut held, on_event)?;
            } else {
                let mut line = std::mem::take(&mut self.line);
                line.extend_from_slice(piece);
                // A line that began in an earlier piece is not blank (a lone byte order mark begins
                // the stream, where nothing is pending), and no other comes before it in `bytes`.
                let mut value = None;
                self.line(&line, &mut value, on_event)?;
                self.keep(value)?;
                line.clear();
                self.line = line;
            }
        }
        self.keep(held)
    }

    /// Interprets one whole line, which may end an event.
    fn line<'l>(
        &mut self,
        line: &'l [u8],
        held: &mut Option<&'l [u8]>,
        on_event: &mut dyn FnMut(Event<'_>),
    ) -> Result<(), TooLarge> {
        let line = match std::mem::take(&mut self.first_line) {
            true => line.strip_prefix(BOM).unwrap_or(line),
            false => line,
        };
        if line.is_empty() {
            self.dispatch(held.take(), on_event);
            return Ok(());
        }
        let (field, value) = match line.iter().position(|&byte| byte == b':') {
            Some(colon) => {
                let (field, value) = line.split_at(colon);
                let value = value.get(1..).unwrap_or_default();
                (field, value.strip_prefix(b" ").unwrap_or(value))
            }
            None => (line, [].as_slice()),
        };
        match field {
            b"data" if self.has_data || held.is_some() => {
                self.keep(held.take())?;
                self.keep(Some(value))?;
            }
            b"data" => *held = Some(value),
            b"event" => {
                self.name.clear();
                self.name.extend_from_slice(value);
            }
            // Comments (an empty field), `id`, `retry`, and fields that nobody knows.
            _ => {}
        }
        Ok(())
    }

    /// Moves a data line from the caller's bytes into the parser.
    fn keep(&mut self, value: Option<&[u8]>) -> Result<(), TooLarge> {
        let Some(value) = value else { return Ok(()) };
        let joint = usize::from(self.has_data);
        self.within_cap(
            self.data
                .len()
                .saturating_add(value.len())
                .saturating_add(joint),
        )?;
        if self.has_data {
            self.data.push(b'\n');
        }
        self.data.extend_from_slice(value);
        self.has_data = true;
        Ok(())
    }

    fn dispatch(&mut self, held: Option<&[u8]>, on_event: &mut dyn FnMut(Event<'_>)) {
        if self.has_data || held.is_some() {
            let name: Cow<'_, str> = String::from_utf8_lossy(&self.name);
            let data = String::from_utf8_lossy(held.unwrap_or(&self.data));
            on_event(Event {
                name: &name,
                data: &data,
            });
        }
        self.name.clear();
        self.data.clear();
        self.has_data = false;
    }

    fn within_cap(&self, bytes: usize) -> Result<(), TooLarge> {
        if bytes > self.max_bytes {
            Err(TooLarge)
        } else {
            Ok(())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const CAP: usize = 64;

    /// Every event as (name, data), fed piece by piece, and whether the stream was too large.
    fn read<'b>(pieces: impl IntoIterator<Item = &'b [u8]>) -> (Vec<(String, String)>, bool) {
        let mut parser = Parser::new(CAP);
        let mut events = Vec::new();
        let mut failed = false;
        for piece in pieces {
            failed = parser
                .push(piece, &mut |event| {
                    events.push((event.name.to_owned(), event.data.to_owned()));
                })
                .is_err();
        }
        (events, failed)
    }

    fn data(stream: &[u8]) -> Vec<String> {
        let (events, failed) = read([stream]);
        assert!(!failed);
        events.into_iter().map(|(_, data)| data).collect()
    }

    #[test]
    fn every_line_end_ends_a_line() {
        for stream in [
            "data: a\n\ndata: b\n\n",
            "data: a\r\rdata: b\r\r",
            "data: a\r\n\r\ndata: b\r\n\r\n",
            "data: a\r\n\ndata: b\n\r\n",
        ] {
            assert_eq!(data(stream.as_bytes()), ["a", "b"], "{stream:?}");
        }
    }

    #[test]
    fn a_crlf_cut_in_two_is_one_line_end() {
        let (events, _) = read([b"data: a\r".as_slice(), b"\ndata: b\r", b"\n\r", b"\n"]);
        assert_eq!(events, [(String::new(), "a\nb".to_owned())]);
    }

    #[test]
    fn data_lines_are_joined_by_a_line_feed() {
        assert_eq!(data(b"data: a\ndata\ndata:b\n\n"), ["a\n\nb"]);
    }

    #[test]
    fn one_space_after_the_colon_is_dropped_and_only_one() {
        assert_eq!(data(b"data:  a \n\ndata:\tb\n\n"), [" a ", "\tb"]);
    }

    #[test]
    fn an_empty_data_line_is_an_event_and_a_name_alone_is_not() {
        assert_eq!(data(b"data\n\nevent: x\n\ndata:\n\n"), ["", ""]);
    }

    #[test]
    fn the_name_belongs_to_one_event() {
        let (events, _) = read([b"event: a\nevent: ping\ndata: 1\n\ndata: 2\n\n".as_slice()]);
        assert_eq!(
            events,
            [
                ("ping".to_owned(), "1".to_owned()),
                (String::new(), "2".to_owned())
            ]
        );
    }

    #[test]
    fn comments_and_unknown_fields_are_passed_over() {
        assert_eq!(
            data(b": keep-alive\nid: 1\nretry: 5\nDATA: x\n data: y\ndata: a\n\n"),
            ["a"]
        );
    }

    #[test]
    fn a_byte_order_mark_is_dropped_at_the_start_only() {
        assert_eq!(
            data(b"\xEF\xBB\xBFdata: a\n\n\xEF\xBB\xBFdata: b\n\n"),
            ["a"]
        );
        assert_eq!(data(b"\xEF\xBB\xBF\ndata: a\n\n"), ["a"]);
    }

    #[test]
    fn a_character_may_be_cut_between_pieces() {
        let (events, _) = read("data: \u{1F600}\n\n".as_bytes().chunks(1));
        assert_eq!(events, [(String::new(), "\u{1F600}".to_owned())]);
    }

    #[test]
    fn what_is_not_utf8_becomes_the_replacement_character() {
        assert_eq!(data(b"data: a\xFF\xE2\x82\n\n"), ["a\u{FFFD}\u{FFFD}"]);
    }

    #[test]
    fn an_event_without_its_blank_line_is_held_back_until_asked_for() {
        for stream in ["data: [DONE]", "data: [DONE]\n", "data: [DONE]\r"] {
            let mut parser = Parser::new(CAP);
            let mut seen = Vec::new();
            parser
                .push(stream.as_bytes(), &mut |_| panic!("too early"))
                .unwrap();
            parser
                .finish(&mut |event| seen.push(event.data.to_owned()))
                .unwrap();
            assert_eq!(seen, ["[DONE]"], "{stream:?}");
        }
    }

    #[test]
    fn a_line_beyond_the_cap_fails_the_stream_for_good() {
        let long = vec![b'x'; CAP + 1];
        let mut parser = Parser::new(CAP);
        assert_eq!(parser.push(&long, &mut |_| {}), Err(TooLarge));
        assert_eq!(
            parser.push(b"\n\ndata: a\n\n", &mut |_| panic!("failed")),
            Err(TooLarge)
        );
        assert_eq!(parser.finish(&mut |_| panic!("failed")), Err(TooLarge));
    }

    #[test]
    fn many_lines_of_one_event_are_capped_together() {
        let line = format!("data: {}\n", "x".repeat(CAP / 2));
        assert!(!read([line.as_bytes(), b"\n", line.as_bytes(), b"\n"]).1);
        assert!(read([line.as_bytes(), line.as_bytes()]).1);
    }

    /// Streams made of the pieces that matter, so that most of them hold events.
    fn stream() -> impl Strategy<Value = Vec<u8>> {
        let piece = prop_oneof![
            Just(b"data:".to_vec()),
            Just(b"data: x".to_vec()),
            Just(b"event: e".to_vec()),
            Just(b":".to_vec()),
            Just(b"\n".to_vec()),
            Just(b"\r".to_vec()),
            Just(b"\r\n".to_vec()),
            Just(b"\n\n".to_vec()),
            Just(BOM.to_vec()),
            Just("\u{1F600}".as_bytes().to_vec()),
            Just(vec![b'y'; CAP / 3]),
            proptest::collection::vec(any::<u8>(), 0..4),
        ];
        proptest::collection::vec(piece, 0..40).prop_map(|pieces| pieces.concat())
    }

    proptest! {
        #[test]
        fn any_split_gives_the_events_of_one_push(
            stream in stream(),
            cuts in proptest::collection::vec(0usize..200, 0..8),
        ) {
            let mut cuts: Vec<usize> = cuts.into_iter().map(|cut| cut.min(stream.len())).collect();
            cuts.extend([0, stream.len()]);
            cuts.sort_unstable();
            let whole = read([stream.as_slice()]);
            prop_assert_eq!(&read(cuts.windows(2).map(|cut| &stream[cut[0]..cut[1]])), &whole);
            prop_assert_eq!(&read(stream.chunks(1)), &whole);
        }
    }
}
