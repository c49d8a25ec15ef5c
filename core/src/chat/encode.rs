//! The request body for a backend, shared by the dialects.

use super::call::write_calls;
use super::message::{Content, Message, Part};
use super::request::ChatRequest;
use super::tool::{ResponseFormat, Tool, ToolChoice};
use super::write::{self, Array, Object};

/// Where the dialects part.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Dialect {
    OpenAi,
    WorkersAi,
}

/// Appends everything but the model, which only one dialect has.
pub(super) fn write_request(
    body: &mut Object<'_>,
    request: &ChatRequest,
    (cap_field, max_tokens): (&str, Option<u32>),
    dialect: Dialect,
) {
    write_messages(body.field("messages"), request, dialect);
    if request.stream {
        body.boolean("stream", true);
        body.json("stream_options", r#"{"include_usage":true}"#);
    }
    if let Some(cap) = lower(max_tokens, request.max_tokens) {
        body.integer(cap_field, u64::from(cap));
    }
    if let Some(temperature) = request.temperature {
        body.float("temperature", temperature);
    }
    if let Some(top_p) = request.top_p {
        body.float("top_p", top_p);
    }
    if !request.stop.is_empty() {
        let mut stops = Array::open(body.field("stop"));
        for stop in &request.stop {
            write::string(stops.item(), stop);
        }
        stops.close();
    }
    if !request.tools.is_empty() {
        let mut tools = Array::open(body.field("tools"));
        for tool in &request.tools {
            write_tool(tools.item(), tool);
        }
        tools.close();
        if let (Dialect::OpenAi, Some(parallel)) = (dialect, request.parallel_tool_calls) {
            body.boolean("parallel_tool_calls", parallel);
        }
        // Backends refuse a choice without tools, and without tools there is nothing to choose.
        if let Some(choice) = &request.tool_choice {
            write_choice(body.field("tool_choice"), choice);
        }
    }
    if let (Dialect::WorkersAi, Some(top_k)) = (dialect, request.top_k) {
        body.integer("top_k", u64::from(top_k));
    }
    if let Some(format) = &request.response_format {
        write_format(body.field("response_format"), format, dialect);
    }
}

/// The cap that holds: the lower one of ours and the caller's.
pub(super) fn lower(ours: Option<u32>, theirs: Option<u32>) -> Option<u32> {
    match (ours, theirs) {
        (Some(ours), Some(theirs)) => Some(ours.min(theirs)),
        (ours, theirs) => ours.or(theirs),
    }
}

fn write_messages(out: &mut Vec<u8>, request: &ChatRequest, dialect: Dialect) {
    let mut messages = Array::open(out);
    if let Some(prompt) = &request.system_prompt {
        let mut system = Object::open(messages.item());
        system.string("role", "system");
        system.string("content", prompt);
        system.close();
    }
    for message in &request.messages {
        write_message(messages.item(), message, dialect);
    }
    messages.close();
}

fn write_message(out: &mut Vec<u8>, message: &Message, dialect: Dialect) {
    let mut object = Object::open(out);
    object.string("role", message.role.as_str());
    write_content(object.field("content"), &message.content, dialect);
    if let Some(name) = &message.name {
        object.string("name", name);
    }
    if !message.tool_calls.is_empty() {
        write_calls(object.field("tool_calls"), &message.tool_calls);
    }
    if let Some(id) = &message.tool_call_id {
        object.string("tool_call_id", id);
    }
    object.close();
}

fn write_content(out: &mut Vec<u8>, content: &Content, dialect: Dialect) {
    let only_text = |parts: &[Part]| parts.iter().all(|part| matches!(part, Part::Text(_)));
    match content {
        // Workers AI's schema wants a string.
        Content::None if dialect == Dialect::WorkersAi => out.extend_from_slice(b"\"\""),
        Content::None => out.extend_from_slice(b"null"),
        Content::Text(text) => write::string(out, text),
        // Most models of Workers AI take strings only.
        Content::Parts(parts) if dialect == Dialect::WorkersAi && only_text(parts) => {
            let texts: Vec<&str> = parts
                .iter()
                .filter_map(|part| match part {
                    Part::Text(text) => Some(text.as_str()),
                    Part::Image { .. } => None,
                })
                .collect();
            write::string(out, &texts.join("\n"));
        }
        Content::Parts(parts) => {
            let mut array = Array::open(out);
            for part in parts {
                write_part(array.item(), part);
            }
            array.close();
        }
    }
}

fn write_part(out: &mut Vec<u8>, part: &Part) {
    let mut object = Object::open(out);
    match part {
        Part::Text(text) => {
            object.string("type", "text");
            object.string("text", text);
        }
        Part::Image { url, detail } => {
            object.string("type", "image_url");
            let mut image = Object::open(object.field("image_url"));
            image.string("url", url);
            if let Some(detail) = detail {
                image.string("detail", detail.as_str());
            }
            image.close();
        }
    }
    object.close();
}

fn write_tool(out: &mut Vec<u8>, tool: &Tool) {
    let mut object = Object::open(out);
    object.string("type", "function");
    let mut function = Object::open(object.field("function"));
    function.string("name", &tool.name);
    if let Some(description) = &tool.description {
        function.string("description", description);
    }
    if let Some(parameters) = &tool.parameters {
        function.json("parameters", parameters);
    }
    if let Some(strict) = tool.strict {
        function.boolean("strict", strict);
    }
    function.close();
    object.close();
}

fn write_choice(out: &mut Vec<u8>, choice: &ToolChoice) {
    match choice {
        ToolChoice::None => write::string(out, "none"),
        ToolChoice::Auto => write::string(out, "auto"),
        ToolChoice::Required => write::string(out, "required"),
        ToolChoice::Function(name) => {
            let mut object = Object::open(out);
            object.string("type", "function");
            let mut function = Object::open(object.field("function"));
            function.string("name", name);
            function.close();
            object.close();
        }
    }
}

fn write_format(out: &mut Vec<u8>, format: &ResponseFormat, dialect: Dialect) {
    let mut object = Object::open(out);
    match format {
        ResponseFormat::Text => object.string("type", "text"),
        ResponseFormat::JsonObject => object.string("type", "json_object"),
        // Workers AI takes the schema itself where OpenAI takes a named wrapper.
        ResponseFormat::JsonSchema { schema, .. } if dialect == Dialect::WorkersAi => {
            object.string("type", "json_schema");
            object.json("json_schema", schema.as_deref().unwrap_or("{}"));
        }
        ResponseFormat::JsonSchema {
            name,
            description,
            schema,
            strict,
        } => {
            object.string("type", "json_schema");
            let mut wrapper = Object::open(object.field("json_schema"));
            wrapper.string("name", name);
            if let Some(description) = description {
                wrapper.string("description", description);
            }
            if let Some(schema) = schema {
                wrapper.json("schema", schema);
            }
            if let Some(strict) = strict {
                wrapper.boolean("strict", *strict);
            }
            wrapper.close();
        }
    }
    object.close();
}

/// Room for the body of most requests, so that it is allocated once.
pub(super) fn capacity(request: &ChatRequest) -> usize {
    let text = usize::try_from(request.input_bytes()).unwrap_or(0);
    // Escapes take about a tenth on top of prose; a message's own fields about 40 bytes.
    text.saturating_add(text / 8)
        .saturating_add(request.message_count().saturating_mul(48))
        .saturating_add(256)
}
