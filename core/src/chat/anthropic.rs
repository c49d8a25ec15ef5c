//! Anthropic's dialect: the canonical form as a request for messages.
//!
//! What differs: system prompts stand apart, results of tools belong to the user and come first in the
//! next message, turns alternate, and there is no format of the answer: for JSON the model is made to
//! call one tool whose arguments are the answer ([`read`] takes them for its text).
//!
//! Source: Anthropic API reference, "Create a Message".

pub mod read;

use super::Invalid;
use super::call::ToolCall;
use super::encode::{self, lower};
use super::json::Json;
use super::message::{Content, Message, Part, Role};
use super::path::Path;
use super::request::ChatRequest;
use super::tool::{ResponseFormat, Tool, ToolChoice};
use super::write::{self, Array, Object};

/// The version of the API that is spoken.
pub const VERSION: &str = "2023-06-01";
/// The tool whose arguments are the answer, where any JSON object will do.
const JSON_TOOL: &str = "json";
/// The kinds of images that there are.
const MEDIA: [&str; 4] = ["image/jpeg", "image/png", "image/gif", "image/webp"];

/// Whether the answer comes as the arguments of a tool.
#[must_use]
pub fn answers_by_tool(request: &ChatRequest) -> bool {
    let formed = matches!(
        request.response_format,
        Some(ResponseFormat::JsonObject | ResponseFormat::JsonSchema { .. })
    );
    formed && !request.anthropic_format
}

/// The body of `POST …/messages`. `cap` is the output cap that the reservation covers; the caller's own
/// cap holds where it is lower.
///
/// # Errors
/// [`Invalid`] for what this dialect cannot say: arguments of a call that are no object, an image that is
/// neither at a URL nor in base64, a conversation without a message.
pub fn encode(request: &ChatRequest, model: &str, cap: u32) -> Result<Vec<u8>, Invalid> {
    let mut out = Vec::with_capacity(encode::capacity(request));
    let mut body = Object::open(&mut out);
    body.string("model", model);
    let cap = lower(Some(cap), request.max_tokens).unwrap_or(cap);
    body.integer("max_tokens", u64::from(cap));
    let system = system(request);
    if !system.is_empty() {
        body.string("system", &system);
    }
    write_messages(body.field("messages"), &request.messages)?;
    if request.stream {
        body.boolean("stream", true);
    }
    if let Some(temperature) = request.temperature {
        body.float("temperature", temperature);
    }
    if let Some(top_p) = request.top_p {
        body.float("top_p", top_p);
    }
    if let Some(top_k) = request.top_k {
        body.integer("top_k", u64::from(top_k));
    }
    if !request.stop.is_empty() {
        let mut stops = Array::open(body.field("stop_sequences"));
        for stop in &request.stop {
            write::string(stops.item(), stop);
        }
        stops.close();
    }
    write_tools(&mut body, request);
    body.close();
    Ok(out)
}

/// All instructions, wherever they stand.
fn system(request: &ChatRequest) -> String {
    let mut texts: Vec<&str> = request.system_prompt.as_deref().into_iter().collect();
    let systems = request.messages.iter().filter(|it| it.role == Role::System);
    for message in systems {
        match &message.content {
            Content::Text(text) => texts.push(text),
            Content::Parts(parts) => texts.extend(parts.iter().filter_map(|part| match part {
                Part::Text(text) => Some(text.as_str()),
                Part::Image { .. } => None,
            })),
            Content::None => {}
        }
    }
    texts.retain(|text| !text.is_empty());
    texts.join("\n\n")
}

/// Whether a message is of the assistant's turns, and not the user's.
fn is_assistant(message: &Message) -> bool {
    message.role == Role::Assistant
}

/// Messages of one side that follow each other are one turn.
fn write_messages(out: &mut Vec<u8>, messages: &[Message]) -> Result<(), Invalid> {
    let root = Path::ROOT;
    let at = root.field("messages");
    let mut turns = Array::open(out);
    let mut said: Vec<(usize, &Message)> = messages.iter().enumerate().collect();
    said.retain(|(_, message)| message.role != Role::System);
    let mut rest = said.as_slice();
    let mut empty = true;
    while let Some((_, first)) = rest.first() {
        let same = |(_, other): &&(usize, &Message)| is_assistant(other) == is_assistant(first);
        let count = rest.iter().take_while(same).count();
        let (turn, tail) = rest.split_at(count);
        rest = tail;
        if turn.iter().any(|(_, message)| !is_silent(message)) {
            empty = false;
            write_turn(turns.item(), turn, &at)?;
        }
    }
    turns.close();
    if empty {
        return Err(at.invalid("must hold a message that is not empty, besides the system's"));
    }
    Ok(())
}

/// Whether a message would be no block at all: empty text is refused.
fn is_silent(message: &Message) -> bool {
    let silent = match &message.content {
        Content::None => true,
        Content::Text(text) => text.is_empty(),
        Content::Parts(parts) => parts
            .iter()
            .all(|part| matches!(part, Part::Text(text) if text.is_empty())),
    };
    silent && message.tool_calls.is_empty() && message.role != Role::Tool
}

fn write_turn(out: &mut Vec<u8>, turn: &[(usize, &Message)], at: &Path<'_>) -> Result<(), Invalid> {
    let assistant = turn
        .first()
        .is_some_and(|(_, message)| is_assistant(message));
    let mut object = Object::open(out);
    object.string("role", if assistant { "assistant" } else { "user" });
    let mut blocks = Array::open(object.field("content"));
    // Results answer the calls before them, so they come before anything else is said.
    for (_, message) in turn.iter().filter(|(_, it)| it.role == Role::Tool) {
        write_result(blocks.item(), message);
    }
    for (index, message) in turn.iter().filter(|(_, it)| it.role != Role::Tool) {
        let at = at.index(*index);
        match &message.content {
            Content::None => {}
            Content::Text(text) => write_text(&mut blocks, text),
            Content::Parts(parts) => {
                let content = at.field("content");
                for (index, part) in parts.iter().enumerate() {
                    match part {
                        Part::Text(text) => write_text(&mut blocks, text),
                        Part::Image { url, .. } => {
                            write_image(blocks.item(), url, &content.index(index))?;
                        }
                    }
                }
            }
        }
        let calls = at.field("tool_calls");
        for (index, call) in message.tool_calls.iter().enumerate() {
            write_call(blocks.item(), call, &calls.index(index))?;
        }
    }
    blocks.close();
    object.close();
    Ok(())
}

fn write_text(blocks: &mut Array<'_>, text: &str) {
    if text.is_empty() {
        return;
    }
    let mut block = Object::open(blocks.item());
    block.string("type", "text");
    block.string("text", text);
    block.close();
}

fn write_image(out: &mut Vec<u8>, url: &str, at: &Path<'_>) -> Result<(), Invalid> {
    let mut block = Object::open(out);
    block.string("type", "image");
    let mut source = Object::open(block.field("source"));
    match url.strip_prefix("data:") {
        Some(data) => {
            let (media, data) = data
                .split_once(";base64,")
                .filter(|(media, _)| MEDIA.contains(media))
                .ok_or_else(|| {
                    let at = at.field("image_url");
                    at.field("url")
                        .invalid("must be JPEG, PNG, GIF or WebP in base64 for this model")
                })?;
            source.string("type", "base64");
            source.string("media_type", media);
            source.string("data", data);
        }
        None => {
            source.string("type", "url");
            source.string("url", url);
        }
    }
    source.close();
    block.close();
    Ok(())
}

fn write_call(out: &mut Vec<u8>, call: &ToolCall, at: &Path<'_>) -> Result<(), Invalid> {
    let mut block = Object::open(out);
    block.string("type", "tool_use");
    block.string("id", &call.id);
    block.string("name", &call.name);
    let arguments = call.arguments.trim();
    match Json::parse(arguments.as_bytes()) {
        Some(input @ Json::Object(_)) => input.write(block.field("input")),
        _ if arguments.is_empty() => block.json("input", "{}"),
        _ => {
            let function = at.field("function");
            return Err(function
                .field("arguments")
                .invalid("must be the text of a JSON object for this model"));
        }
    }
    block.close();
    Ok(())
}

fn write_result(out: &mut Vec<u8>, message: &Message) {
    let mut block = Object::open(out);
    block.string("type", "tool_result");
    block.string(
        "tool_use_id",
        message.tool_call_id.as_deref().unwrap_or_default(),
    );
    match &message.content {
        Content::None => {}
        Content::Text(text) if text.is_empty() => {}
        Content::Text(text) => block.string("content", text),
        Content::Parts(parts) => {
            let mut blocks = Array::open(block.field("content"));
            for part in parts {
                if let Part::Text(text) = part {
                    write_text(&mut blocks, text);
                }
            }
            blocks.close();
        }
    }
    block.close();
}

fn write_tools(body: &mut Object<'_>, request: &ChatRequest) {
    let any = r#"{"type":"object"}"#;
    if let Some((name, description, schema)) = match &request.response_format {
        Some(ResponseFormat::JsonObject) => Some((JSON_TOOL, None, None)),
        Some(ResponseFormat::JsonSchema {
            name,
            description,
            schema,
            ..
        }) => Some((name.as_str(), description.as_deref(), schema.as_deref())),
        Some(ResponseFormat::Text) | None => None,
    } {
        let mut tools = Array::open(body.field("tools"));
        let mut object = Object::open(tools.item());
        object.string("name", name);
        object.string(
            "description",
            description.unwrap_or("Gives the answer, as JSON."),
        );
        object.json("input_schema", schema.unwrap_or(any));
        object.close();
        tools.close();
        let mut choice = Object::open(body.field("tool_choice"));
        choice.string("type", "tool");
        choice.string("name", name);
        choice.boolean("disable_parallel_tool_use", true);
        choice.close();
        return;
    }
    if request.tools.is_empty() {
        return;
    }
    let mut tools = Array::open(body.field("tools"));
    for tool in &request.tools {
        write_tool(tools.item(), tool, any);
    }
    tools.close();
    let sequential = request.parallel_tool_calls == Some(false);
    if request.tool_choice.is_some() || sequential {
        let mut choice = Object::open(body.field("tool_choice"));
        match request.tool_choice.as_ref().unwrap_or(&ToolChoice::Auto) {
            ToolChoice::None => choice.string("type", "none"),
            ToolChoice::Auto => choice.string("type", "auto"),
            ToolChoice::Required => choice.string("type", "any"),
            ToolChoice::Function(name) => {
                choice.string("type", "tool");
                choice.string("name", name);
            }
        }
        if sequential && request.tool_choice != Some(ToolChoice::None) {
            choice.boolean("disable_parallel_tool_use", true);
        }
        choice.close();
    }
}

fn write_tool(out: &mut Vec<u8>, tool: &Tool, any: &str) {
    let mut object = Object::open(out);
    object.string("name", &tool.name);
    if let Some(description) = &tool.description {
        object.string("description", description);
    }
    object.json("input_schema", tool.parameters.as_deref().unwrap_or(any));
    if tool.strict == Some(true) {
        object.boolean("strict", true);
    }
    object.close();
}

#[cfg(test)]
mod tests;
