//! From a backend's event stream to the caller's, without I/O.
//!
//! Purpose: bytes of OpenAI's or Workers AI's chunks, or of Anthropic's events, in; frames of the
//! caller's [`Surface`] out. OpenAI's and Workers AI's chunks are told apart one by one. Where caller and
//! backend speak the same dialect, events are passed on with all that is in them.
//!
//! The end takes two steps, since it carries the cost: [`Transcoder::push`] says
//! [`Status::Complete`], the caller settles what [`Transcoder::usage`] says, and
//! [`Transcoder::write_done`] writes the last frame.
//!
//! Caveat: only the dialect's own last word (`[DONE]`, `message_stop`) is an end. A stream that stops
//! without it has failed, even after a `finish_reason`.

mod numbering;
mod state;
mod status;
mod writer;

pub use status::{Failure, Status};

use super::answer::{Finish, Meta};
use super::surface::Surface;
use super::usage::Reported;
use crate::catalog::Dialect;
use crate::error::ApiError;
use crate::scan::guard::{Guard, Withheld};
use crate::sse::{Event, Parser};
use crate::texts::Excerpt;
use state::{State, is_done};

/// A cap on one event that fits any chunk of a model, whole tool calls included: 1 MiB.
pub const MAX_EVENT_BYTES: usize = 1 << 20;

/// What becomes of a stream: who sends it, who gets it, and what its frames say of the answer.
#[derive(Clone, Copy, Debug)]
pub struct Plan<'a> {
    /// The backend's dialect.
    pub dialect: Dialect,
    /// The caller's API.
    pub surface: Surface,
    /// The log entry of this call.
    pub log_id: &'a str,
    /// The catalog id of the model.
    pub model: &'a str,
    /// When the answer began, in seconds since 1970.
    pub created_s: u64,
    /// Whether an OpenAI client wants to be told the usage.
    pub include_usage: bool,
    /// Whether the answer comes as the arguments of a tool
    /// ([`super::anthropic::answers_by_tool`]).
    pub by_tool: bool,
    /// Input tokens, before the backend has counted them.
    pub input_estimate: u64,
}

/// Reads a backend's stream and writes the caller's.
#[derive(Debug)]
pub struct Transcoder {
    parser: Parser,
    state: State,
}

impl Transcoder {
    /// A transcoder that fails on events beyond `max_event_bytes`, and ends the stream when the
    /// backend has gone beyond `output_cap` tokens.
    ///
    /// A backend was told that cap. That it ignores it shows in its own count, or in more bytes than
    /// so many tokens can be; the stream then ends well-formed, as one that was cut at its cap.
    #[must_use]
    pub fn new(max_event_bytes: usize, output_cap: u32, plan: &Plan<'_>) -> Self {
        Self {
            parser: Parser::new(max_event_bytes),
            state: State::new(output_cap, plan),
        }
    }

    /// The same with a guard over what the model says. Unless that only looks, no event is passed on as it
    /// came: there may be something in it that nobody here knows of.
    #[must_use]
    pub fn guarded(mut self, guard: Option<Guard>) -> Self {
        self.state.writer.guard(guard);
        self
    }

    /// The same that also keeps an excerpt of the answer.
    #[must_use]
    pub fn keeping(mut self, keeps: bool) -> Self {
        self.state.kept = keeps.then(Excerpt::default);
        self
    }

    /// What was kept of the answer so far.
    pub fn take_kept(&mut self) -> Option<Excerpt> {
        self.state.kept.take()
    }

    /// The names of the personal data found in the answer so far.
    #[must_use]
    pub fn found(&self) -> Vec<String> {
        self.state.writer.found()
    }

    /// What the caller is told of a failure in the middle of the answer.
    #[must_use]
    pub fn error(&self, failure: Failure) -> ApiError {
        match failure {
            Failure::Withheld => Withheld.error(&self.found()),
            failure => failure.into(),
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

    /// Says that the bytes have ended. A stream still open has failed, unless its last word was its last
    /// line: some backends leave out the blank line after it.
    pub fn end(&mut self, out: &mut Vec<u8>) -> Status {
        let state = &mut self.state;
        if state.status == Status::Open {
            let mut last = |event: Event<'_>| {
                // Anything else may be half an event.
                if is_done(event.data) || event.name == "message_stop" {
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
        self.state.usage()
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
        self.state.finish()
    }

    /// Appends the last frame of a complete stream, once. Whether it was written: there is no clean
    /// end for a stream that is not complete.
    pub fn write_done(&mut self, meta: &Meta<'_>, out: &mut Vec<u8>) -> bool {
        self.state.write_done(meta, out)
    }
}

#[cfg(test)]
mod tests;
