//! The writer of a stream: the frames of the caller's API, through the guard where there is one.
//!
//! Where caller and backend speak the same dialect, events are passed on as they came and nothing else is written
//! but the end.

use super::Plan;
use crate::chat::answer::{Finish, Meta};
use crate::chat::anthropic_answer::Events;
use crate::chat::backend::{self, Call, DeltaNames};
use crate::chat::json::Json;
use crate::chat::openai_answer::Chunks;
use crate::chat::surface::Surface;
use crate::chat::write::{self, Array, Object};
use crate::scan::guard::{Guard, Part, Withheld};
use std::borrow::Cow;

/// What a native frame calls the parts of a delta.
const NATIVE_NAMES: DeltaNames = DeltaNames {
    reasoning: "reasoning",
    calls: "toolCalls",
};

/// The caller's API, with what its frames need to know of those before.
#[derive(Debug)]
enum Form {
    Native,
    OpenAi(Chunks),
    Anthropic(Events),
}

/// Writes the caller's frames.
#[derive(Debug)]
pub(super) struct Writer {
    form: Form,
    /// Whether events are passed on as they come.
    passes: bool,
    guard: Option<Guard>,
}

impl Writer {
    pub(super) fn new(plan: &Plan<'_>) -> Self {
        let form = match plan.surface {
            Surface::Native => Form::Native,
            Surface::OpenAi => Form::OpenAi(Chunks::new(
                plan.log_id,
                plan.model,
                plan.created_s,
                plan.include_usage,
            )),
            Surface::Anthropic => {
                Form::Anthropic(Events::new(plan.log_id, plan.model, plan.input_estimate))
            }
        };
        Self {
            form,
            passes: plan.surface.speaks(plan.dialect),
            guard: None,
        }
    }

    /// Puts a guard over what the model says. Unless that only looks, no event is passed on as it came: there may
    /// be something in it that nobody here knows of.
    pub(super) fn guard(&mut self, guard: Option<Guard>) {
        self.passes &= guard.as_ref().is_none_or(Guard::passes);
        self.guard = guard;
    }

    /// The names of the personal data found so far.
    pub(super) fn found(&self) -> Vec<String> {
        self.guard.as_ref().map(Guard::found).unwrap_or_default()
    }

    /// Appends a chunk of OpenAI's, if that is what the caller reads. `stopped` says that it tells why the answer
    /// ended.
    pub(super) fn pass_chunk(&mut self, data: &str, stopped: bool, out: &mut Vec<u8>) {
        if let (Form::OpenAi(chunks), true) = (&mut self.form, self.passes) {
            chunks.pass(data, stopped, out);
        }
    }

    /// Appends an event of Anthropic's, if that is what the caller reads.
    pub(super) fn pass_event(&mut self, event: &Json<'_>, out: &mut Vec<u8>) {
        let kind = event.get("type").and_then(Json::as_str);
        if let (Form::Anthropic(events), Some(kind), true) = (&mut self.form, kind, self.passes) {
            events.pass(kind, event, out);
        }
    }

    /// Appends the frame of a delta that is not empty, unless its event was passed on. All of `calls` are taken,
    /// whatever comes of them.
    ///
    /// # Errors
    /// [`Withheld`] where the guard keeps it in.
    pub(super) fn delta(
        &mut self,
        content: &str,
        reasoning: &str,
        calls: &mut dyn Iterator<Item = Call<'_>>,
        out: &mut Vec<u8>,
    ) -> Result<(), Withheld> {
        let Some(mut guard) = self.guard.take() else {
            self.write(content, reasoning, calls, out);
            return Ok(());
        };
        let mut guarded = || {
            self.guarded(&mut guard, Part::Reasoning, reasoning, None, out)?;
            self.guarded(&mut guard, Part::Text, content, None, out)?;
            for mut call in &mut *calls {
                let (part, arguments) = (Part::Arguments(call.index), call.arguments.take());
                let head = Some(call).filter(|call| call.id.is_some() || call.name.is_some());
                self.guarded(&mut guard, part, &arguments.unwrap_or_default(), head, out)?;
            }
            Ok(())
        };
        let guarded = guarded();
        // What is left of them was produced, too.
        calls.for_each(drop);
        self.guard = Some(guard);
        guarded
    }

    /// Appends what may go on of a piece; `head` begins a call.
    fn guarded(
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
    ///
    /// # Errors
    /// [`Withheld`] where it keeps that in.
    pub(super) fn end(&mut self, out: &mut Vec<u8>) -> Result<(), Withheld> {
        let Some(mut guard) = self.guard.take() else {
            return Ok(());
        };
        let ended = guard.end(&mut |part, text| self.write_part(part, &text, out));
        self.guard = Some(guard);
        ended
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

    fn write(
        &mut self,
        content: &str,
        reasoning: &str,
        calls: &mut dyn Iterator<Item = Call<'_>>,
        out: &mut Vec<u8>,
    ) {
        match &mut self.form {
            _ if self.passes => calls.for_each(drop),
            Form::Native => write_native(content, reasoning, calls, out),
            Form::OpenAi(chunks) => chunks.delta(content, reasoning, calls, out),
            Form::Anthropic(events) => events.delta(content, reasoning, calls, out),
        }
    }

    /// Appends the end.
    pub(super) fn done(&mut self, finish: Finish, meta: &Meta<'_>, out: &mut Vec<u8>) {
        let found = self.found();
        if !found.is_empty() && !matches!(self.form, Form::Native) {
            // The forms of these streams have no place for it but a comment.
            out.extend_from_slice(format!(": found {}\n\n", found.join(",")).as_bytes());
        }
        match &mut self.form {
            Form::Native => write_native_done(finish, meta, &found, out),
            Form::OpenAi(chunks) => chunks.done(finish, meta, out),
            Form::Anthropic(events) => events.done(finish, meta, out),
        }
    }
}

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

/// Appends the last native frame.
fn write_native_done(finish: Finish, meta: &Meta<'_>, found: &[String], out: &mut Vec<u8>) {
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
            write::string(names.item(), name);
        }
        names.close();
    }
    frame.close();
    out.extend_from_slice(b"\n\n");
}
