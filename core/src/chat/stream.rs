//! From a backend's event stream to the native one, without I/O.
//!
//! Purpose: bytes of OpenAI chunks or Workers AI chunks in, native frames out, one frame for each
//! event that adds something. The dialect is told by each event, so no configuration can be wrong.
//!
//! The end takes two steps, since it carries the cost: [`Transcoder::push`] says
//! [`Status::Complete`], the caller settles what [`Transcoder::usage`] says, and
//! [`Transcoder::write_done`] writes the last frame.
//!
//! Caveat: only `[DONE]` is an end. A stream that stops without it has failed, even after a
//! `finish_reason`.

use super::answer::{Finish, Meta};
use super::backend::{self, Call};
use super::chunk::{Chunk, Delta};
use super::json::Json;
use super::usage::Reported;
use super::write::{Array, Object};
use crate::error::{ApiError, Code};
use crate::sse::{Event, Parser};
use std::borrow::Cow;
use std::fmt;

/// A cap on one event that fits any chunk of a model, whole tool calls included: 1 MiB.
pub const MAX_EVENT_BYTES: usize = 1 << 20;

/// More bytes than any tokenizer makes of one token over any length of text that says something.
const MOST_BYTES_PER_TOKEN: u64 = 16;
/// Bytes above that before a stream counts as beyond its cap.
const SLACK_BYTES: u64 = 1_024;

/// How far a stream is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Status {
    /// More may come.
    Open,
    /// The backend ended it.
    Complete,
    /// It cannot be completed. The caller gets an error frame, never a clean end.
    Failed(Failure),
}

/// Why a stream failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Failure {
    /// The backend sent an error.
    Backend,
    /// An event is not the JSON of a chunk.
    Malformed,
    /// An event is beyond the cap.
    TooLarge,
    /// The bytes ended before the stream did.
    Truncated,
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Backend => "the model backend failed in the middle of its answer",
            Self::Malformed => "the model backend sent an event that cannot be read",
            Self::TooLarge => "the model backend sent an event that is too large",
            Self::Truncated => "the model backend's answer was cut short",
        })
    }
}

impl std::error::Error for Failure {}

impl From<Failure> for ApiError {
    fn from(failure: Failure) -> Self {
        Self::new(Code::UpstreamError, failure.to_string())
    }
}

/// Reads a backend's stream and writes the native one.
#[derive(Debug)]
pub struct Transcoder {
    parser: Parser,
    state: State,
}

#[derive(Debug)]
struct State {
    status: Status,
    usage: Reported,
    finish: Option<Finish>,
    produced_bytes: u64,
    /// Whole calls seen so far, which Workers AI does not number.
    whole_calls: u64,
    called_tools: bool,
    closed: bool,
    output_cap: u64,
    overrun: bool,
}

impl Transcoder {
    /// A transcoder that fails on events beyond `max_event_bytes`, and ends the stream when the
    /// backend has gone beyond `output_cap` tokens.
    ///
    /// A backend was told that cap. That it ignores it shows in its own count, or in more bytes than
    /// so many tokens can be; the stream then ends well-formed, as one that was cut at its cap.
    #[must_use]
    pub fn new(max_event_bytes: usize, output_cap: u32) -> Self {
        Self {
            parser: Parser::new(max_event_bytes),
            state: State {
                status: Status::Open,
                usage: Reported::default(),
                finish: None,
                produced_bytes: 0,
                whole_calls: 0,
                called_tools: false,
                closed: false,
                output_cap: u64::from(output_cap),
                overrun: false,
            },
        }
    }

    /// Reads the next bytes and appends the frames they give to `out`. What comes after an end or a
    /// failure is ignored.
    pub fn push(&mut self, bytes: &[u8], out: &mut Vec<u8>) -> Status {
        let state = &mut self.state;
        if state.status == Status::Open {
            let read = self.parser.push(bytes, &mut |event| state.read(event, out));
            // The excess may come after the end, where it no longer matters.
            if read.is_err() && state.status == Status::Open {
                state.status = Status::Failed(Failure::TooLarge);
            }
        }
        state.status
    }

    /// Says that the bytes have ended. A stream still open has failed, unless `[DONE]` was its last
    /// line: some backends leave out the blank line after it.
    pub fn end(&mut self, out: &mut Vec<u8>) -> Status {
        let state = &mut self.state;
        if state.status == Status::Open {
            let mut last = |event: Event<'_>| {
                // Anything else may be half an event.
                if is_done(event.data) {
                    state.read(event, out);
                }
            };
            let read = self.parser.finish(&mut last);
            if read.is_err() || state.status == Status::Open {
                state.status = Status::Failed(Failure::Truncated);
            }
        }
        state.status
    }

    /// How far the stream is.
    #[must_use]
    pub fn status(&self) -> Status {
        self.state.status
    }

    /// The backend's last report of its usage; of one that went beyond its cap, no more than that.
    #[must_use]
    pub fn usage(&self) -> Reported {
        let mut usage = self.state.usage;
        if self.state.overrun {
            let cap = self.state.output_cap;
            usage.output = Some(usage.output.map_or(cap, |output| output.min(cap)));
        }
        usage
    }

    /// Whether the stream was ended at its cap, which the backend ignored: its own count is then no
    /// measure any more.
    #[must_use]
    pub fn is_overrun(&self) -> bool {
        self.state.overrun
    }

    /// Bytes that the model produced so far: text, reasoning, and names and arguments of calls. For
    /// an estimate where usage is missing or the caller left.
    #[must_use]
    pub fn produced_bytes(&self) -> u64 {
        self.state.produced_bytes
    }

    /// Why the model stopped, as far as the backend said.
    #[must_use]
    pub fn finish(&self) -> Finish {
        Finish::or_by_calls(self.state.finish, self.state.called_tools)
    }

    /// Appends the last frame of a complete stream, once. Whether it was written: there is no clean
    /// end for a stream that is not complete.
    pub fn write_done(&mut self, meta: &Meta<'_>, out: &mut Vec<u8>) -> bool {
        if self.state.status != Status::Complete || std::mem::replace(&mut self.state.closed, true)
        {
            return false;
        }
        out.extend_from_slice(b"data: ");
        let mut frame = Object::open(out);
        frame.boolean("done", true);
        frame.string("logId", meta.log_id);
        frame.integer("inputTokens", meta.usage.input_tokens);
        frame.integer("outputTokens", meta.usage.output_tokens);
        if let Some(cost) = meta.cost {
            frame.json("costUsd", &cost.to_string());
        }
        if meta.estimated {
            frame.boolean("usageEstimated", true);
        }
        frame.string("finishReason", self.finish().as_str());
        frame.close();
        out.extend_from_slice(b"\n\n");
        true
    }
}

/// Appends the frame that ends a stream that failed: the native error body as data.
pub fn write_error(error: &ApiError, out: &mut Vec<u8>) {
    out.extend_from_slice(b"data: ");
    out.extend_from_slice(error.native_body().as_bytes());
    out.extend_from_slice(b"\n\n");
}

fn is_done(data: &str) -> bool {
    data.trim() == "[DONE]"
}

impl State {
    fn read(&mut self, event: Event<'_>, out: &mut Vec<u8>) {
        if self.status != Status::Open {
            return;
        }
        if is_done(event.data) {
            self.status = Status::Complete;
        } else if event.name == "error" {
            self.status = Status::Failed(Failure::Backend);
        } else if !event.data.is_empty() {
            match Chunk::parse(event.data) {
                Some(chunk) if chunk.is_error() => self.status = Status::Failed(Failure::Backend),
                Some(chunk) => self.chunk(&chunk, out),
                None => self.status = Status::Failed(Failure::Malformed),
            }
        }
        if self.status == Status::Open && self.is_beyond_cap() {
            self.overrun = true;
            self.finish = Some(Finish::Length);
            self.status = Status::Complete;
        }
    }

    fn is_beyond_cap(&self) -> bool {
        let most_bytes = self
            .output_cap
            .saturating_mul(MOST_BYTES_PER_TOKEN)
            .saturating_add(SLACK_BYTES);
        self.produced_bytes > most_bytes
            || self
                .usage
                .output
                .is_some_and(|output| output > self.output_cap)
    }

    fn chunk(&mut self, chunk: &Chunk<'_>, out: &mut Vec<u8>) {
        if !chunk.usage.is_null() {
            self.usage.replace_with(Reported::read(&chunk.usage));
        }
        // A request asks for one choice, so others are not the caller's.
        if let Some(choice) = chunk.choices.as_ref().and_then(|choices| choices.first()) {
            self.finish = Finish::read(&choice.finish_reason).or(self.finish);
            if let Some(delta) = &choice.delta {
                self.openai_delta(delta, out);
            }
            return;
        }
        let calls = chunk.tool_calls.items();
        let first = self.whole_calls;
        self.whole_calls = first.saturating_add(u64::try_from(calls.len()).unwrap_or(u64::MAX));
        let calls = (first..)
            .zip(calls)
            .map(|(position, call)| Call::read(call, position).with_id());
        self.write_delta(&backend::text(&chunk.response), "", calls, out);
    }

    fn openai_delta(&mut self, delta: &Delta<'_>, out: &mut Vec<u8>) {
        let first_of = |one, other| {
            let text: Cow<'_, str> = backend::text(one);
            if text.is_empty() {
                backend::text(other)
            } else {
                text
            }
        };
        let content = first_of(&delta.content, &delta.refusal);
        let reasoning = first_of(&delta.reasoning_content, &delta.reasoning);
        let calls: &[Json<'_>] = delta.tool_calls.items();
        let calls = (0u64..)
            .zip(calls)
            .map(|(position, call)| Call::read(call, position));
        self.write_delta(&content, &reasoning, calls, out);
    }

    /// Appends a frame, unless it would be empty.
    fn write_delta<'j>(
        &mut self,
        content: &str,
        reasoning: &str,
        calls: impl Iterator<Item = Call<'j>>,
        out: &mut Vec<u8>,
    ) {
        let mut calls = calls.peekable();
        if content.is_empty() && reasoning.is_empty() && calls.peek().is_none() {
            return;
        }
        self.produced(content.len());
        self.produced(reasoning.len());
        out.extend_from_slice(b"data: {\"delta\":");
        let mut delta = Object::open(out);
        if !content.is_empty() {
            delta.string("content", content);
        }
        if !reasoning.is_empty() {
            delta.string("reasoning", reasoning);
        }
        if calls.peek().is_some() {
            self.called_tools = true;
            let mut array = Array::open(delta.field("toolCalls"));
            for call in calls {
                self.produced(call.bytes());
                call.write(array.item());
            }
            array.close();
        }
        delta.close();
        out.extend_from_slice(b",\"done\":false}\n\n");
    }

    fn produced(&mut self, bytes: usize) {
        let bytes = u64::try_from(bytes).unwrap_or(u64::MAX);
        self.produced_bytes = self.produced_bytes.saturating_add(bytes);
    }
}

#[cfg(test)]
mod tests;
