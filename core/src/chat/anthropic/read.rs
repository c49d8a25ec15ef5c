//! What Anthropic's API answers: whole messages, and the events of a stream.

use crate::chat::answer::{Answer, BadAnswer, Finish};
use crate::chat::backend::Call;
use crate::chat::call::ToolCall;
use crate::chat::json::Json;
use crate::chat::usage::Reported;
use std::borrow::Cow;

/// Most blocks of one answer that are told apart.
const MAX_BLOCKS: usize = 1024;

/// Reads a whole message. `by_tool` says that the answer comes as the arguments of a tool.
///
/// # Errors
/// [`BadAnswer`] when it is none.
pub fn parse(body: &[u8], by_tool: bool) -> Result<Answer, BadAnswer> {
    let json = Json::parse(body).ok_or(BadAnswer::NotJson)?;
    let field = |object: &Json<'_>, name: &str| {
        let text = object.get(name).and_then(Json::as_str);
        text.unwrap_or_default().to_owned()
    };
    if json.get("type").and_then(Json::as_str) == Some("error") || json.get("error").is_some() {
        return Err(BadAnswer::Error);
    }
    let Some(Json::Array(blocks)) = json.get("content") else {
        return Err(BadAnswer::NoAnswer);
    };
    let (mut text, mut reasoning, mut tool_calls) = (String::new(), String::new(), Vec::new());
    for block in blocks {
        match block.get("type").and_then(Json::as_str) {
            Some("text") if !by_tool => text.push_str(&field(block, "text")),
            Some("thinking") => reasoning.push_str(&field(block, "thinking")),
            Some("tool_use") => {
                let input = block.get("input").map(Json::to_text).unwrap_or_default();
                if by_tool {
                    text = input;
                } else {
                    tool_calls.push(ToolCall {
                        id: field(block, "id"),
                        name: field(block, "name"),
                        arguments: input,
                    });
                }
            }
            _ => {}
        }
    }
    let finish = json
        .get("stop_reason")
        .and_then(|word| finish(word, by_tool));
    Ok(Answer {
        text,
        reasoning: Some(reasoning).filter(|it| !it.is_empty()),
        finish: Finish::or_by_calls(finish, !tool_calls.is_empty()),
        tool_calls,
        usage: json.get("usage").map(Reported::read).unwrap_or_default(),
    })
}

/// Reads a stop reason; words that nobody knows mean that the model was done.
fn finish(word: &Json<'_>, by_tool: bool) -> Option<Finish> {
    Some(match word.as_str()? {
        "max_tokens" | "model_context_window_exceeded" => Finish::Length,
        "tool_use" if !by_tool => Finish::ToolCalls,
        "refusal" => Finish::ContentFilter,
        _ => Finish::Stop,
    })
}

/// What an event of a stream comes to.
#[derive(Debug)]
pub(in crate::chat) enum Said<'j> {
    /// Nothing for the caller.
    Nothing,
    /// The model wrote text.
    Text(Cow<'j, str>),
    /// The model thought.
    Reasoning(&'j str),
    /// A call, or a piece of one.
    Call(Call<'j>),
    /// Something that was produced but is not the answer.
    Aside(usize),
    /// The end.
    Stop,
    /// The backend failed.
    Error,
    /// It makes no sense.
    Malformed,
}

/// Reads the events of a stream.
#[derive(Debug, Default)]
pub(in crate::chat) struct Events {
    by_tool: bool,
    /// The index of each call's block.
    calls: Vec<u64>,
    /// What was reported, as far as it is final.
    pub(in crate::chat) usage: Reported,
    pub(in crate::chat) finish: Option<Finish>,
}

impl Events {
    pub(in crate::chat) fn new(by_tool: bool) -> Self {
        Self {
            by_tool,
            ..Self::default()
        }
    }

    /// Reads the data of an event.
    pub(in crate::chat) fn read<'j>(&mut self, event: &'j Json<'_>) -> Said<'j> {
        let Some(kind) = event.get("type").and_then(Json::as_str) else {
            return Said::Malformed;
        };
        match kind {
            "message_start" => {
                let usage = event
                    .get("message")
                    .and_then(|message| message.get("usage"));
                let mut reported = usage.map(Reported::read).unwrap_or_default();
                // Only the beginning of the answer is counted there.
                reported.output = None;
                self.usage.merge(reported);
                Said::Nothing
            }
            "content_block_start" => self.begin(event),
            "content_block_delta" => self.delta(event),
            "message_delta" => {
                let usage = event.get("usage").map(Reported::read).unwrap_or_default();
                self.usage.merge(usage);
                let reason = event
                    .get("delta")
                    .and_then(|delta| delta.get("stop_reason"));
                let reason = reason.and_then(|word| finish(word, self.by_tool));
                self.finish = reason.or(self.finish);
                Said::Nothing
            }
            "message_stop" => Said::Stop,
            "error" => Said::Error,
            // Pings, ends of blocks, and what is yet to be invented.
            _ => Said::Nothing,
        }
    }

    fn begin<'j>(&mut self, event: &'j Json<'_>) -> Said<'j> {
        let Some(block) = event.get("content_block") else {
            return Said::Malformed;
        };
        let text = |name: &str| block.get(name).and_then(Json::as_str);
        match text("type") {
            Some("text") if !self.by_tool => {
                Said::Text(Cow::Borrowed(text("text").unwrap_or_default()))
            }
            Some("thinking") => Said::Reasoning(text("thinking").unwrap_or_default()),
            Some("tool_use") => {
                if self.calls.len() >= MAX_BLOCKS {
                    return Said::Malformed;
                }
                // Some servers give the whole input at once.
                let whole = match block.get("input") {
                    Some(input @ Json::Object(fields)) if !fields.is_empty() => input.to_text(),
                    _ => String::new(),
                };
                let position = self.calls.len();
                self.calls.push(index(event));
                if self.by_tool {
                    return Said::Text(Cow::Owned(whole));
                }
                Said::Call(Call {
                    index: u64::try_from(position).unwrap_or(u64::MAX),
                    id: text("id").map(Cow::Borrowed),
                    name: text("name"),
                    arguments: Some(Cow::Owned(whole)),
                })
            }
            _ => Said::Nothing,
        }
    }

    fn delta<'j>(&mut self, event: &'j Json<'_>) -> Said<'j> {
        let Some(delta) = event.get("delta") else {
            return Said::Malformed;
        };
        let text = |name: &str| delta.get(name).and_then(Json::as_str);
        match text("type") {
            Some("text_delta") => match text("text") {
                Some(text) if self.by_tool => Said::Aside(text.len()),
                Some(text) => Said::Text(Cow::Borrowed(text)),
                None => Said::Malformed,
            },
            Some("thinking_delta") => Said::Reasoning(text("thinking").unwrap_or_default()),
            Some("input_json_delta") => {
                let Some(piece) = text("partial_json") else {
                    return Said::Malformed;
                };
                if self.by_tool {
                    return Said::Text(Cow::Borrowed(piece));
                }
                let wanted = index(event);
                // The last one, should a server give several blocks the same index.
                let Some(position) = self.calls.iter().rposition(|it| *it == wanted) else {
                    // Of a tool of the provider, or of nothing that has begun.
                    return Said::Aside(piece.len());
                };
                Said::Call(Call {
                    index: u64::try_from(position).unwrap_or(u64::MAX),
                    id: None,
                    name: None,
                    arguments: Some(Cow::Borrowed(piece)),
                })
            }
            // Signatures, citations, and what is yet to be invented.
            _ => Said::Nothing,
        }
    }
}

fn index(event: &Json<'_>) -> u64 {
    match event.get("index") {
        Some(Json::Unsigned(index)) => *index,
        _ => 0,
    }
}
