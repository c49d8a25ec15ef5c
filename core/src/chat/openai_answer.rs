//! Answers in OpenAI's form: `chat.completion` and its chunks.
//!
//! Source: OpenAI API reference, "The chat completion object" and "… chunk object".

use super::answer::{Answer, Finish, Meta};
use super::backend::{self, Call, DeltaNames};
use super::call::write_calls;
use super::pass;
use super::usage::Usage;
use super::write::{Array, Object};

const NAMES: DeltaNames = DeltaNames {
    reasoning: "reasoning_content",
    calls: "tool_calls",
};

/// A whole answer.
pub(super) fn render(answer: &Answer, meta: &Meta<'_>) -> Vec<u8> {
    let mut out = Vec::with_capacity(answer.text.len().saturating_add(512));
    let mut body = Object::open(&mut out);
    body.string("id", &id(meta.log_id));
    body.string("object", "chat.completion");
    body.integer("created", meta.created_s);
    body.string("model", meta.model);
    let mut choices = Array::open(body.field("choices"));
    let mut choice = Object::open(choices.item());
    choice.integer("index", 0);
    let mut message = Object::open(choice.field("message"));
    message.string("role", "assistant");
    if answer.text.is_empty() && !answer.tool_calls.is_empty() {
        message.json("content", "null");
    } else {
        message.string("content", &answer.text);
    }
    message.json("refusal", "null");
    if let Some(reasoning) = &answer.reasoning {
        message.string("reasoning_content", reasoning);
    }
    if !answer.tool_calls.is_empty() {
        write_calls(message.field("tool_calls"), &answer.tool_calls);
    }
    message.close();
    choice.json("logprobs", "null");
    choice.string("finish_reason", answer.finish.as_str());
    choice.close();
    choices.close();
    write_usage(meta, body.field("usage"));
    body.close();
    out
}

fn id(log_id: &str) -> String {
    format!("chatcmpl-{log_id}")
}

/// Appends `usage`. Cached tokens are part of the prompt's.
pub(super) fn write_usage(meta: &Meta<'_>, out: &mut Vec<u8>) {
    let Usage {
        input_tokens,
        output_tokens,
        cached_input_tokens,
        reasoning_tokens,
        ..
    } = meta.usage;
    let mut usage = Object::open(out);
    usage.integer("prompt_tokens", input_tokens);
    usage.integer("completion_tokens", output_tokens);
    usage.integer("total_tokens", input_tokens.saturating_add(output_tokens));
    let mut details = Object::open(usage.field("prompt_tokens_details"));
    details.integer("cached_tokens", cached_input_tokens);
    details.close();
    let mut details = Object::open(usage.field("completion_tokens_details"));
    details.integer("reasoning_tokens", reasoning_tokens);
    details.close();
    usage.close();
}

/// Writes the chunks of a stream.
#[derive(Debug)]
pub(super) struct Chunks {
    /// What every chunk begins with: all fields before `choices`, with the comma.
    head: Vec<u8>,
    model: String,
    include_usage: bool,
    begun: bool,
    /// Whether a chunk of the backend has told why the answer ended.
    stopped: bool,
}

impl Chunks {
    pub(super) fn new(log_id: &str, model: &str, created_s: u64, include_usage: bool) -> Self {
        let mut head = b"data: ".to_vec();
        let mut chunk = Object::open(&mut head);
        chunk.string("id", &id(log_id));
        chunk.string("object", "chat.completion.chunk");
        chunk.integer("created", created_s);
        chunk.string("model", model);
        if include_usage {
            chunk.json("usage", "null");
        }
        Self {
            head,
            model: model.to_owned(),
            include_usage,
            begun: false,
            stopped: false,
        }
    }

    /// Appends the chunk of a delta that is not empty.
    pub(super) fn delta(
        &mut self,
        content: &str,
        reasoning: &str,
        calls: &mut dyn Iterator<Item = Call<'_>>,
        out: &mut Vec<u8>,
    ) {
        self.chunk("null", out, |delta| {
            backend::write_delta(delta, &NAMES, [content, reasoning], calls);
        });
    }

    /// Appends a chunk that a backend of the same dialect sent.
    pub(super) fn pass(&mut self, data: &str, stopped: bool, out: &mut Vec<u8>) {
        self.begun = true;
        self.stopped |= stopped;
        pass::chunk(data, &self.model, out);
    }

    /// Appends the end.
    pub(super) fn done(&mut self, finish: Finish, meta: &Meta<'_>, out: &mut Vec<u8>) {
        if !self.stopped {
            self.chunk(&format!("\"{}\"", finish.as_str()), out, |_| {});
        }
        if self.include_usage {
            out.extend_from_slice(b"data: ");
            let mut chunk = Object::open(out);
            chunk.string("id", &id(meta.log_id));
            chunk.string("object", "chat.completion.chunk");
            chunk.integer("created", meta.created_s);
            chunk.string("model", meta.model);
            chunk.json("choices", "[]");
            write_usage(meta, chunk.field("usage"));
            chunk.close();
            out.extend_from_slice(b"\n\n");
        }
        out.extend_from_slice(b"data: [DONE]\n\n");
    }

    fn chunk(&mut self, finish: &str, out: &mut Vec<u8>, write: impl FnOnce(&mut Object<'_>)) {
        out.extend_from_slice(&self.head);
        out.extend_from_slice(b",\"choices\":[{\"index\":0,\"delta\":");
        let mut delta = Object::open(out);
        if !std::mem::replace(&mut self.begun, true) {
            delta.string("role", "assistant");
        }
        write(&mut delta);
        delta.close();
        out.extend_from_slice(b",\"logprobs\":null,\"finish_reason\":");
        out.extend_from_slice(finish.as_bytes());
        out.extend_from_slice(b"}]}\n\n");
    }
}
