//! A stream as far as it was read: what each event comes to, and what is known of the answer.

use super::numbering::Numbering;
use super::writer::Writer;
use super::{Failure, Plan, Status};
use crate::catalog::Dialect;
use crate::chat::answer::{Finish, Meta};
use crate::chat::anthropic::read::{self, Said};
use crate::chat::backend::{self, Call};
use crate::chat::chunk::{Chunk, Delta};
use crate::chat::json::Json;
use crate::chat::usage::Reported;
use crate::scan::guard::Withheld;
use crate::sse::Event;
use crate::texts::Excerpt;
use std::borrow::Cow;

/// More bytes than any tokenizer makes of one token over any length of text that says something.
pub(super) const MOST_BYTES_PER_TOKEN: u64 = 16;
/// Bytes above that before a stream counts as beyond its cap.
pub(super) const SLACK_BYTES: u64 = 1_024;

/// Whether this is the data of OpenAI's last event.
pub(super) fn is_done(data: &str) -> bool {
    data.trim() == "[DONE]"
}

/// How far a stream is, and what came of it.
#[derive(Debug)]
pub(super) struct State {
    /// The reader of Anthropic's events, where those are what comes.
    anthropic: Option<read::Events>,
    pub(super) writer: Writer,
    pub(super) status: Status,
    usage: Reported,
    finish: Option<Finish>,
    pub(super) produced_bytes: u64,
    numbering: Numbering,
    called_tools: bool,
    closed: bool,
    output_cap: u64,
    pub(super) overrun: bool,
    /// What is kept of the answer for the request log, if anything is.
    pub(super) kept: Option<Excerpt>,
}

impl State {
    pub(super) fn new(output_cap: u32, plan: &Plan<'_>) -> Self {
        let anthropic = plan.dialect == Dialect::Anthropic;
        Self {
            anthropic: anthropic.then(|| read::Events::new(plan.by_tool)),
            writer: Writer::new(plan),
            status: Status::Open,
            usage: Reported::default(),
            finish: None,
            produced_bytes: 0,
            numbering: Numbering::default(),
            called_tools: false,
            closed: false,
            output_cap: u64::from(output_cap),
            overrun: false,
            kept: None,
        }
    }

    /// See [`super::Transcoder::usage`].
    pub(super) fn usage(&self) -> Reported {
        let mut usage = self.usage;
        if self.overrun {
            let cap = self.output_cap;
            usage.output = Some(usage.output.map_or(cap, |output| output.min(cap)));
        }
        usage
    }

    pub(super) fn finish(&self) -> Finish {
        Finish::or_by_calls(self.finish, self.called_tools)
    }

    /// See [`super::Transcoder::write_done`].
    pub(super) fn write_done(&mut self, meta: &Meta<'_>, out: &mut Vec<u8>) -> bool {
        if self.status != Status::Complete || std::mem::replace(&mut self.closed, true) {
            return false;
        }
        self.writer.done(self.finish(), meta, out);
        true
    }

    /// Reads an event and appends the frames that it gives. What comes after an end or a failure is ignored.
    pub(super) fn read(&mut self, event: Event<'_>, out: &mut Vec<u8>) {
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
            let ended = self.writer.end(out);
            self.hold(ended);
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
                if !matches!(said, Said::Error | Said::Malformed) {
                    self.writer.pass_event(&json, out);
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
            let stopped = !choice.finish_reason.is_null();
            self.writer.pass_chunk(data, stopped, out);
            self.finish = Finish::read(&choice.finish_reason).or(self.finish);
            if let Some(delta) = &choice.delta {
                self.openai_delta(delta, out);
            }
            return;
        }
        let mut numbering = std::mem::take(&mut self.numbering);
        let calls = chunk.tool_calls.items().iter();
        let mut calls = calls.map(|call| numbering.whole(call));
        self.write_delta(&backend::text(&chunk.response), "", &mut calls, out);
        self.numbering = numbering;
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
        let mut numbering = std::mem::take(&mut self.numbering);
        let calls = delta.tool_calls.items().iter();
        let mut calls = calls.map(|call| numbering.piece(call));
        self.write_delta(&content, &reasoning, &mut calls, out);
        self.numbering = numbering;
    }

    /// Counts what was produced, and appends a frame of it, unless that would be empty.
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
        let written = self.writer.delta(content, reasoning, &mut counted, out);
        self.kept = kept;
        self.produced(bytes);
        self.hold(written);
    }

    /// Fails where the guard keeps something in.
    fn hold(&mut self, written: Result<(), Withheld>) {
        if let Err(Withheld) = written {
            self.status = Status::Failed(Failure::Withheld);
        }
    }

    fn produced(&mut self, bytes: usize) {
        let bytes = u64::try_from(bytes).unwrap_or(u64::MAX);
        self.produced_bytes = self.produced_bytes.saturating_add(bytes);
    }
}
