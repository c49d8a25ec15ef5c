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

mod status;

pub use status::{Failure, Status};

use super::answer::{Finish, Meta};
use super::anthropic::read::{self, Said};
use super::anthropic_answer::Events;
use super::backend::{self, Call, DeltaNames};
use super::chunk::{Chunk, Delta};
use super::json::Json;
use super::openai_answer::Chunks;
use super::surface::Surface;
use super::usage::Reported;
use super::write::{self, Array, Object};
use crate::catalog::Dialect;
use crate::error::ApiError;
use crate::scan::guard::{Guard, Part, Withheld};
use crate::sse::{Event, Parser};
use crate::texts::Excerpt;
use std::borrow::Cow;

/// A cap on one event that fits any chunk of a model, whole tool calls included: 1 MiB.
pub const MAX_EVENT_BYTES: usize = 1 << 20;

/// More bytes than any tokenizer makes of one token over any length of text that says something.
const MOST_BYTES_PER_TOKEN: u64 = 16;
/// Bytes above that before a stream counts as beyond its cap.
const SLACK_BYTES: u64 = 1_024;

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

/// What writes the caller's frames.
#[derive(Debug)]
enum Writer {
    Native,
    OpenAi(Chunks),
    Anthropic(Events),
}

/// Reads a backend's stream and writes the caller's.
#[derive(Debug)]
pub struct Transcoder {
    parser: Parser,
    state: State,
}

#[derive(Debug)]
struct State {
    /// The reader of Anthropic's events, where those are what comes.
    anthropic: Option<read::Events>,
    writer: Writer,
    /// Whether events are passed on as they come.
    passes: bool,
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
    guard: Option<Guard>,
    /// What is kept of the answer for the request log, if anything is.
    kept: Option<Excerpt>,
}

impl Transcoder {
    /// A transcoder that fails on events beyond `max_event_bytes`, and ends the stream when the
    /// backend has gone beyond `output_cap` tokens.
    ///
    /// A backend was told that cap. That it ignores it shows in its own count, or in more bytes than
    /// so many tokens can be; the stream then ends well-formed, as one that was cut at its cap.
    #[must_use]
    pub fn new(max_event_bytes: usize, output_cap: u32, plan: &Plan<'_>) -> Self {
        let writer = match plan.surface {
            Surface::Native => Writer::Native,
            Surface::OpenAi => Writer::OpenAi(Chunks::new(
                plan.log_id,
                plan.model,
                plan.created_s,
                plan.include_usage,
            )),
            Surface::Anthropic => {
                Writer::Anthropic(Events::new(plan.log_id, plan.model, plan.input_estimate))
            }
        };
        let anthropic = plan.dialect == Dialect::Anthropic;
        Self {
            parser: Parser::new(max_event_bytes),
            state: State {
                anthropic: anthropic.then(|| read::Events::new(plan.by_tool)),
                writer,
                passes: plan.surface.speaks(plan.dialect),
                status: Status::Open,
                usage: Reported::default(),
                finish: None,
                produced_bytes: 0,
                whole_calls: 0,
                called_tools: false,
                closed: false,
                output_cap: u64::from(output_cap),
                overrun: false,
                guard: None,
                kept: None,
            },
        }
    }

    /// The same with a guard over what the model says. Unless that only looks, no event is passed on as it
    /// came: there may be something in it that nobody here knows of.
    #[must_use]
    pub fn guarded(mut self, guard: Option<Guard>) -> Self {
        self.state.passes &= guard.as_ref().is_none_or(Guard::passes);
        self.state.guard = guard;
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
        self.state
            .guard
            .as_ref()
            .map(Guard::found)
            .unwrap_or_default()
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
        let finish = self.finish();
        let found = self.found();
        if !found.is_empty() && !matches!(self.state.writer, Writer::Native) {
            // The forms of these streams have no place for it but a comment.
            out.extend_from_slice(format!(": found {}\n\n", found.join(",")).as_bytes());
        }
        match &mut self.state.writer {
            Writer::Native => {}
            Writer::OpenAi(chunks) => {
                chunks.done(finish, meta, out);
                return true;
            }
            Writer::Anthropic(events) => {
                events.done(finish, meta, out);
                return true;
            }
        }
        out.extend_from_slice(b"data: ");
        let mut frame = Object::open(out);
        frame.boolean("done", true);
        frame.string("logId", meta.log_id);
        frame.integer("inputTokens", meta.usage.input_tokens);
        frame.integer("outputTokens", meta.usage.output_tokens);
        meta.write_cost(&mut frame);
        frame.string("finishReason", finish.as_str());
        if !found.is_empty() {
            let mut names = Array::open(frame.field("found"));
            for name in found {
                write::string(names.item(), &name);
            }
            names.close();
        }
        frame.close();
        out.extend_from_slice(b"\n\n");
        true
    }
}

fn is_done(data: &str) -> bool {
    data.trim() == "[DONE]"
}

impl State {
    fn read(&mut self, event: Event<'_>, out: &mut Vec<u8>) {
        if self.status != Status::Open {
            return;
        }
        if self.anthropic.is_some() {
            self.read_anthropic(event, out);
        } else if is_done(event.data) {
            self.status = Status::Complete;
        } else if event.name == "error" {
            self.status = Status::Failed(Failure::Backend);
        } else if !event.data.is_empty() {
            match Chunk::parse(event.data) {
                Some(chunk) if chunk.is_error() => self.status = Status::Failed(Failure::Backend),
                Some(chunk) => self.chunk(&chunk, event.data, out),
                None => self.status = Status::Failed(Failure::Malformed),
            }
        }
        if self.status == Status::Open && self.is_beyond_cap() {
            self.overrun = true;
            self.finish = Some(Finish::Length);
            self.status = Status::Complete;
        }
        if self.status == Status::Complete {
            self.guard_end(out);
        }
    }

    fn read_anthropic(&mut self, event: Event<'_>, out: &mut Vec<u8>) {
        let Some(mut reader) = self.anthropic.take() else {
            return;
        };
        match Json::parse(event.data.as_bytes()) {
            _ if event.data.is_empty() => {}
            Some(json) => {
                let said = reader.read(&json);
                let failed = matches!(said, Said::Error | Said::Malformed);
                match (&mut self.writer, json.get("type").and_then(Json::as_str)) {
                    (Writer::Anthropic(events), Some(kind)) if self.passes && !failed => {
                        events.pass(kind, &json, out);
                    }
                    _ => {}
                }
                self.said(said, out);
            }
            None => self.status = Status::Failed(Failure::Malformed),
        }
        self.usage = reader.usage;
        self.finish = reader.finish;
        self.anthropic = Some(reader);
    }

    fn said(&mut self, said: Said<'_>, out: &mut Vec<u8>) {
        match said {
            Said::Nothing => {}
            Said::Text(text) => self.write_delta(&text, "", &mut core::iter::empty(), out),
            Said::Reasoning(text) => self.write_delta("", text, &mut core::iter::empty(), out),
            Said::Call(call) => self.write_delta("", "", &mut core::iter::once(call), out),
            Said::Aside(bytes) => self.produced(bytes),
            Said::Stop => self.status = Status::Complete,
            Said::Error => self.status = Status::Failed(Failure::Backend),
            Said::Malformed => self.status = Status::Failed(Failure::Malformed),
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

    fn chunk(&mut self, chunk: &Chunk<'_>, data: &str, out: &mut Vec<u8>) {
        if !chunk.usage.is_null() {
            self.usage.replace_with(Reported::read(&chunk.usage));
        }
        // A request asks for one choice, so others are not the caller's.
        if let Some(choice) = chunk.choices.as_ref().and_then(|choices| choices.first()) {
            if let (Writer::OpenAi(chunks), true) = (&mut self.writer, self.passes) {
                chunks.pass(data, !choice.finish_reason.is_null(), out);
            }
            self.finish = Finish::read(&choice.finish_reason).or(self.finish);
            if let Some(delta) = &choice.delta {
                self.openai_delta(delta, out);
            }
            return;
        }
        let calls = chunk.tool_calls.items();
        let first = self.whole_calls;
        self.whole_calls = first.saturating_add(u64::try_from(calls.len()).unwrap_or(u64::MAX));
        let mut calls = (first..)
            .zip(calls)
            .map(|(position, call)| Call::read(call, position).with_id());
        self.write_delta(&backend::text(&chunk.response), "", &mut calls, out);
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
        let mut calls = (0u64..)
            .zip(calls)
            .map(|(position, call)| Call::read(call, position));
        self.write_delta(&content, &reasoning, &mut calls, out);
    }

    /// Counts what was produced, and appends a frame of it: unless that would be empty, or the event
    /// itself was passed on.
    fn write_delta(
        &mut self,
        content: &str,
        reasoning: &str,
        calls: &mut dyn Iterator<Item = Call<'_>>,
        out: &mut Vec<u8>,
    ) {
        let mut calls = calls.peekable();
        if content.is_empty() && reasoning.is_empty() && calls.peek().is_none() {
            return;
        }
        self.produced(content.len());
        self.produced(reasoning.len());
        self.called_tools |= calls.peek().is_some();
        let mut bytes = 0usize;
        let mut kept = self.kept.take();
        if let Some(kept) = &mut kept {
            kept.push(content);
        }
        let mut counted = calls.inspect(|call| {
            bytes = bytes.saturating_add(call.bytes());
            if let Some(kept) = &mut kept {
                kept.call(call.name, call.arguments.as_deref().unwrap_or_default());
            }
        });
        if self.guard.is_some() {
            self.guard_delta(content, reasoning, &mut counted, out);
        } else {
            self.write(content, reasoning, &mut counted, out);
        }
        self.kept = kept;
        self.produced(bytes);
    }

    /// Appends a frame, unless the event itself was passed on.
    fn write(
        &mut self,
        content: &str,
        reasoning: &str,
        calls: &mut dyn Iterator<Item = Call<'_>>,
        out: &mut Vec<u8>,
    ) {
        match &mut self.writer {
            _ if self.passes => calls.for_each(drop),
            Writer::Native => write_native(content, reasoning, calls, out),
            Writer::OpenAi(chunks) => chunks.delta(content, reasoning, calls, out),
            Writer::Anthropic(events) => events.delta(content, reasoning, calls, out),
        }
    }

    /// The same, through the guard.
    fn guard_delta(
        &mut self,
        content: &str,
        reasoning: &str,
        calls: &mut dyn Iterator<Item = Call<'_>>,
        out: &mut Vec<u8>,
    ) {
        let Some(mut guard) = self.guard.take() else {
            return;
        };
        let mut guarded = || {
            self.guard_part(&mut guard, Part::Reasoning, reasoning, None, out)?;
            self.guard_part(&mut guard, Part::Text, content, None, out)?;
            for mut call in &mut *calls {
                let (part, arguments) = (Part::Arguments(call.index), call.arguments.take());
                let head = Some(call).filter(|call| call.id.is_some() || call.name.is_some());
                self.guard_part(&mut guard, part, &arguments.unwrap_or_default(), head, out)?;
            }
            Ok(())
        };
        let guarded = guarded();
        // What is left of them was produced, too.
        calls.for_each(drop);
        self.guard = Some(guard);
        if let Err(Withheld) = guarded {
            self.status = Status::Failed(Failure::Withheld);
        }
    }

    /// Appends what may go on of a piece; `head` begins a call.
    fn guard_part(
        &mut self,
        guard: &mut Guard,
        part: Part,
        piece: &str,
        head: Option<Call<'_>>,
        out: &mut Vec<u8>,
    ) -> Result<(), Withheld> {
        if piece.is_empty() && head.is_none() {
            return Ok(());
        }
        guard.turn_to(part, &mut |part, text| self.write_part(part, &text, out))?;
        if let Some(call) = head {
            self.write("", "", &mut core::iter::once(call), out);
        }
        guard.push(part, piece, &mut |part, text| {
            self.write_part(part, &text, out)
        })
    }

    /// Appends what the guard still holds at the end.
    fn guard_end(&mut self, out: &mut Vec<u8>) {
        let Some(mut guard) = self.guard.take() else {
            return;
        };
        let ended = guard.end(&mut |part, text| self.write_part(part, &text, out));
        self.guard = Some(guard);
        if let Err(Withheld) = ended {
            self.status = Status::Failed(Failure::Withheld);
        }
    }

    fn write_part(&mut self, part: Part, text: &str, out: &mut Vec<u8>) {
        let call = |index| Call {
            index,
            id: None,
            name: None,
            arguments: Some(Cow::Borrowed(text)),
        };
        match part {
            Part::Text => self.write(text, "", &mut core::iter::empty(), out),
            Part::Reasoning => self.write("", text, &mut core::iter::empty(), out),
            Part::Arguments(index) => {
                self.write("", "", &mut core::iter::once(call(index)), out);
            }
        }
    }

    fn produced(&mut self, bytes: usize) {
        let bytes = u64::try_from(bytes).unwrap_or(u64::MAX);
        self.produced_bytes = self.produced_bytes.saturating_add(bytes);
    }
}

/// What a native frame calls the parts of a delta.
const NATIVE_NAMES: DeltaNames = DeltaNames {
    reasoning: "reasoning",
    calls: "toolCalls",
};

/// Appends a native frame.
fn write_native(
    content: &str,
    reasoning: &str,
    calls: &mut dyn Iterator<Item = Call<'_>>,
    out: &mut Vec<u8>,
) {
    out.extend_from_slice(b"data: {\"delta\":");
    let mut delta = Object::open(out);
    backend::write_delta(&mut delta, &NATIVE_NAMES, [content, reasoning], calls);
    delta.close();
    out.extend_from_slice(b",\"done\":false}\n\n");
}

#[cfg(test)]
mod tests;
