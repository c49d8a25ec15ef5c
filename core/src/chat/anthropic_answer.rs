//! Answers in Anthropic's form: a message, and the events of its stream.
//!
//! Caveat: `message_start` comes before anything is counted, so its usage is an estimate of the input;
//! `message_delta` at the end has all counts.
//!
//! Source: Anthropic API reference, "Create a Message" and "Streaming Messages".

use super::answer::{Answer, Finish, Meta};
use super::backend::Call;
use super::json::Json;
use super::pass;
use super::usage::Usage;
use super::write::{self, Array, Object};

/// A whole answer.
pub(super) fn render(answer: &Answer, meta: &Meta<'_>) -> Vec<u8> {
    let mut out = Vec::with_capacity(answer.text.len().saturating_add(512));
    let mut body = Object::open(&mut out);
    write_heading(&mut body, meta.log_id, meta.model);
    let mut content = Array::open(body.field("content"));
    if let Some(reasoning) = &answer.reasoning {
        let mut block = Object::open(content.item());
        block.string("type", "thinking");
        block.string("thinking", reasoning);
        block.string("signature", "");
        block.close();
    }
    if !answer.text.is_empty() {
        let mut block = Object::open(content.item());
        block.string("type", "text");
        block.string("text", &answer.text);
        block.close();
    }
    for call in &answer.tool_calls {
        let mut block = Object::open(content.item());
        block.string("type", "tool_use");
        block.string("id", &call.id);
        block.string("name", &call.name);
        match Json::parse(call.arguments.as_bytes()) {
            Some(input @ Json::Object(_)) => input.write(block.field("input")),
            // Cut short, or none at all: the form has no place for anything but an object.
            _ => block.json("input", "{}"),
        }
        block.close();
    }
    content.close();
    body.string("stop_reason", stop_reason(answer.finish));
    body.json("stop_sequence", "null");
    write_usage(meta, body.field("usage"));
    body.close();
    out
}

fn write_heading(message: &mut Object<'_>, log_id: &str, model: &str) {
    message.string("id", &format!("msg_{log_id}"));
    message.string("type", "message");
    message.string("role", "assistant");
    message.string("model", model);
}

fn stop_reason(finish: Finish) -> &'static str {
    match finish {
        Finish::Stop => "end_turn",
        Finish::Length => "max_tokens",
        Finish::ToolCalls => "tool_use",
        Finish::ContentFilter => "refusal",
    }
}

/// Appends `usage`. Cached tokens are counted apart from the input's.
pub(super) fn write_usage(meta: &Meta<'_>, out: &mut Vec<u8>) {
    let Usage {
        input_tokens,
        output_tokens,
        cached_input_tokens: read,
        cache_write_tokens: written,
        ..
    } = meta.usage;
    let plain = input_tokens.saturating_sub(read.saturating_add(written));
    let mut usage = Object::open(out);
    usage.integer("input_tokens", plain);
    usage.integer("cache_creation_input_tokens", written);
    usage.integer("cache_read_input_tokens", read);
    usage.integer("output_tokens", output_tokens);
    usage.close();
}

/// What a block holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Text,
    Thinking,
    /// The call of this index.
    Call(u64),
}

/// Writes the events of a stream.
///
/// Blocks of text and thoughts end when something else begins. Calls end together and last, since backends may
/// send pieces of several in turn, and text between them.
#[derive(Debug)]
pub(super) struct Events {
    log_id: String,
    model: String,
    input_estimate: u64,
    begun: bool,
    /// Whether a backend of the same dialect has told why the message ended.
    stopped: bool,
    open: Vec<(Kind, u64)>,
    next: u64,
}

impl Events {
    pub(super) fn new(log_id: &str, model: &str, input_estimate: u64) -> Self {
        Self {
            log_id: log_id.to_owned(),
            model: model.to_owned(),
            input_estimate,
            begun: false,
            stopped: false,
            open: Vec::new(),
            next: 0,
        }
    }

    /// Appends the events of a delta that is not empty.
    pub(super) fn delta(
        &mut self,
        content: &str,
        reasoning: &str,
        calls: &mut dyn Iterator<Item = Call<'_>>,
        out: &mut Vec<u8>,
    ) {
        self.begin(out);
        for (kind, word, text) in [
            (Kind::Thinking, "thinking", reasoning),
            (Kind::Text, "text", content),
        ] {
            if text.is_empty() {
                continue;
            }
            let index = self.block(kind, out, |block| {
                block.string("type", word);
                block.string(word, "");
                if kind == Kind::Thinking {
                    block.string("signature", "");
                }
            });
            write_delta(index, word, word, text, out);
        }
        for call in calls {
            let index = self.block(Kind::Call(call.index), out, |block| {
                block.string("type", "tool_use");
                match &call.id {
                    Some(id) => block.string("id", id),
                    None => block.string("id", &format!("call_{}", call.index)),
                }
                block.string("name", call.name.unwrap_or_default());
                block.json("input", "{}");
            });
            if let Some(arguments) = call.arguments.filter(|it| !it.is_empty()) {
                write_delta(index, "input_json", "partial_json", &arguments, out);
            }
        }
    }

    /// Appends an event that a backend of the same dialect sent; its last one waits for
    /// [`Events::done`].
    pub(super) fn pass(&mut self, kind: &str, event: &Json<'_>, out: &mut Vec<u8>) {
        let index = match event.get("index") {
            Some(Json::Unsigned(index)) => *index,
            _ => 0,
        };
        let counts = |of: Option<&Json<'_>>| {
            let usage = of.and_then(|of| of.get("usage"));
            usage.is_some_and(|usage| !usage.is_null())
        };
        match kind {
            "message_stop" => return,
            // Clients read the usage there: where the backend tells none, it is ours that is told.
            "message_start" if !counts(event.get("message")) => return self.begin(out),
            "message_delta" if !counts(Some(event)) => return,
            "message_start" => self.begun = true,
            "message_delta" => self.stopped = true,
            "content_block_start" => {
                self.open.retain(|(_, open)| *open != index);
                self.open.push((Kind::Text, index));
            }
            "content_block_stop" => self.open.retain(|(_, open)| *open != index),
            _ => {}
        }
        pass::event(kind, event, &self.model, out);
    }

    /// Appends the end.
    pub(super) fn done(&mut self, finish: Finish, meta: &Meta<'_>, out: &mut Vec<u8>) {
        self.begin(out);
        self.close(out, |_| true);
        if !self.stopped {
            out.extend_from_slice(b"event: message_delta\ndata: ");
            let mut event = Object::open(out);
            event.string("type", "message_delta");
            let mut delta = Object::open(event.field("delta"));
            delta.string("stop_reason", stop_reason(finish));
            delta.json("stop_sequence", "null");
            delta.close();
            write_usage(meta, event.field("usage"));
            event.close();
            out.extend_from_slice(b"\n\n");
        }
        out.extend_from_slice(b"event: message_stop\ndata: {\"type\":\"message_stop\"}\n\n");
    }

    fn begin(&mut self, out: &mut Vec<u8>) {
        if std::mem::replace(&mut self.begun, true) {
            return;
        }
        out.extend_from_slice(b"event: message_start\ndata: ");
        let mut event = Object::open(out);
        event.string("type", "message_start");
        let mut message = Object::open(event.field("message"));
        write_heading(&mut message, &self.log_id, &self.model);
        message.json("content", "[]");
        message.json("stop_reason", "null");
        message.json("stop_sequence", "null");
        let mut usage = Object::open(message.field("usage"));
        usage.integer("input_tokens", self.input_estimate);
        usage.integer("cache_creation_input_tokens", 0);
        usage.integer("cache_read_input_tokens", 0);
        usage.integer("output_tokens", 0);
        usage.close();
        message.close();
        event.close();
        out.extend_from_slice(b"\n\n");
    }

    /// The index of the block of this kind; one that is not open begins, after the end of text and thoughts.
    fn block(&mut self, kind: Kind, out: &mut Vec<u8>, write: impl FnOnce(&mut Object<'_>)) -> u64 {
        if let Some((_, index)) = self.open.iter().find(|(open, _)| *open == kind) {
            return *index;
        }
        self.close(out, |open| !matches!(open, Kind::Call(_)));
        let index = self.next;
        self.next = index.saturating_add(1);
        self.open.push((kind, index));
        out.extend_from_slice(b"event: content_block_start\ndata: ");
        let mut event = Object::open(out);
        event.string("type", "content_block_start");
        event.integer("index", index);
        let mut block = Object::open(event.field("content_block"));
        write(&mut block);
        block.close();
        event.close();
        out.extend_from_slice(b"\n\n");
        index
    }

    fn close(&mut self, out: &mut Vec<u8>, which: impl Fn(Kind) -> bool) {
        for (_, index) in self.open.extract_if(.., |(kind, _)| which(*kind)) {
            out.extend_from_slice(
                b"event: content_block_stop\ndata: {\"type\":\"content_block_stop\",\"index\":",
            );
            write::integer(out, index);
            out.extend_from_slice(b"}\n\n");
        }
    }
}

fn write_delta(index: u64, kind: &str, field: &str, text: &str, out: &mut Vec<u8>) {
    out.extend_from_slice(
        b"event: content_block_delta\ndata: {\"type\":\"content_block_delta\",\"index\":",
    );
    write::integer(out, index);
    out.extend_from_slice(b",\"delta\":{\"type\":\"");
    out.extend_from_slice(kind.as_bytes());
    out.extend_from_slice(b"_delta\",");
    write::string(out, field);
    out.push(b':');
    write::string(out, text);
    out.extend_from_slice(b"}}\n\n");
}
