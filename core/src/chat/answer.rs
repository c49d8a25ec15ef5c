//! A whole answer: what a backend gave, and the native JSON of it.
//!
//! Out of scope: reading the backends' forms ([`super::openai`], [`super::workers_ai`]).

use super::backend::{self, Call};
use super::call::{ToolCall, write_calls};
use super::json::Json;
use super::usage::{Reported, Usage};
use super::write::{self, Array, Object};
use crate::error::{ApiError, Code};
use crate::money::NanoUsd;
use std::fmt;

/// Why the model stopped.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Finish {
    /// It was done, or met a stop sequence.
    Stop,
    /// It met the output cap.
    Length,
    /// It wants tools called.
    ToolCalls,
    /// The backend's filter cut it off.
    ContentFilter,
}

impl Finish {
    /// The word in `finish_reason` and `finishReason`.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Stop => "stop",
            Self::Length => "length",
            Self::ToolCalls => "tool_calls",
            Self::ContentFilter => "content_filter",
        }
    }

    /// Reads a backend's word; `None` when it gave none. Words that nobody knows mean
    /// [`Finish::Stop`].
    #[must_use]
    pub fn read(word: &Json<'_>) -> Option<Self> {
        Some(match word.as_str()? {
            "length" | "max_tokens" => Self::Length,
            "tool_calls" | "function_call" | "tool_use" => Self::ToolCalls,
            "content_filter" => Self::ContentFilter,
            _ => Self::Stop,
        })
    }

    /// The reason to give when the backend gave none.
    #[must_use]
    pub fn or_by_calls(finish: Option<Self>, called_tools: bool) -> Self {
        finish.unwrap_or(if called_tools {
            Self::ToolCalls
        } else {
            Self::Stop
        })
    }
}

/// A backend's whole answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answer {
    /// What the model said; empty when it only calls tools.
    pub text: String,
    /// The tools it wants called.
    pub tool_calls: Vec<ToolCall>,
    /// What it thought, when the backend tells.
    pub reasoning: Option<String>,
    /// Why it stopped.
    pub finish: Finish,
    /// The backend's count, as far as it gave one.
    pub usage: Reported,
}

impl Answer {
    /// Bytes the model produced, to estimate a usage that is missing.
    #[must_use]
    pub fn produced_bytes(&self) -> u64 {
        let calls = self
            .tool_calls
            .iter()
            .map(|call| call.name.len() + call.arguments.len());
        let reasoning = self.reasoning.as_ref().map_or(0, String::len);
        let bytes = calls.fold(
            self.text.len().saturating_add(reasoning),
            usize::saturating_add,
        );
        u64::try_from(bytes).unwrap_or(u64::MAX)
    }
}

/// Why a backend's answer cannot be used. The caller gets a 502.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BadAnswer {
    /// It is not JSON: empty, HTML, cut short.
    NotJson,
    /// It is JSON without an answer in it.
    NoAnswer,
    /// It says that the backend failed.
    Error,
}

impl fmt::Display for BadAnswer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::NotJson => "the model backend's answer is not JSON",
            Self::NoAnswer => "the model backend's answer holds no message",
            Self::Error => "the model backend reported an error",
        })
    }
}

impl std::error::Error for BadAnswer {}

impl From<BadAnswer> for ApiError {
    fn from(bad: BadAnswer) -> Self {
        Self::new(Code::UpstreamError, bad.to_string())
    }
}

/// The whole tool calls in a backend's answer.
pub(super) fn read_calls(calls: Option<&Json<'_>>) -> Result<Vec<ToolCall>, BadAnswer> {
    let calls = calls.map_or(&[][..], Json::items);
    let read = |(position, call)| {
        let call = Call::read(call, position).with_id();
        let name = call.name.ok_or(BadAnswer::NoAnswer)?;
        Ok(ToolCall {
            name: name.to_owned(),
            id: call.id.unwrap_or_default().into_owned(),
            arguments: call.arguments.unwrap_or_default().into_owned(),
        })
    };
    (0u64..).zip(calls).map(read).collect()
}

/// The first of these fields that holds text.
pub(super) fn first_text(object: &Json<'_>, names: &[&str]) -> Option<String> {
    let texts = names
        .iter()
        .filter_map(|name| object.get(name))
        .map(backend::text);
    texts
        .into_iter()
        .find(|text| !text.is_empty())
        .map(std::borrow::Cow::into_owned)
}

/// What the gateway adds to an answer.
#[derive(Clone, Copy, Debug)]
pub struct Meta<'a> {
    /// The log entry of this call.
    pub log_id: &'a str,
    /// The catalog id of the model that answered.
    pub model: &'a str,
    /// When the answer began, in seconds since 1970.
    pub created_s: u64,
    /// What was settled.
    pub usage: Usage,
    /// Whether any of `usage` is an estimate.
    pub estimated: bool,
    /// Whether the answer was replayed rather than made.
    pub cached: bool,
    /// What it cost; `None` leaves money out, as for widget keys.
    pub cost: Option<NanoUsd>,
}

impl Meta<'_> {
    /// The native fields that say what it cost, and that this is an estimate; each only where it holds.
    pub(crate) fn write_cost(&self, object: &mut Object<'_>) {
        if let Some(cost) = self.cost {
            object.json("costUsd", &cost.to_string());
        }
        if self.estimated {
            object.boolean("usageEstimated", true);
        }
    }
}

/// The native answer, as JSON.
#[must_use]
pub fn render(answer: &Answer, meta: &Meta<'_>) -> Vec<u8> {
    // The text goes out three times; the rest is a few hundred bytes.
    let mut out = Vec::with_capacity(answer.text.len().saturating_mul(3).saturating_add(512));
    let mut escaped = Vec::with_capacity(answer.text.len().saturating_add(16));
    write::string(&mut escaped, &answer.text);
    let text = core::str::from_utf8(&escaped).unwrap_or("\"\"");
    let mut body = Object::open(&mut out);
    body.json("text", text);
    body.json("content", text);

    let mut choices = Array::open(body.field("choices"));
    let mut choice = Object::open(choices.item());
    choice.integer("index", 0);
    let mut message = Object::open(choice.field("message"));
    message.string("role", "assistant");
    if answer.text.is_empty() && !answer.tool_calls.is_empty() {
        message.json("content", "null");
    } else {
        message.json("content", text);
    }
    if !answer.tool_calls.is_empty() {
        write_calls(message.field("tool_calls"), &answer.tool_calls);
    }
    message.close();
    choice.string("finish_reason", answer.finish.as_str());
    choice.close();
    choices.close();

    if !answer.tool_calls.is_empty() {
        write_calls(body.field("toolCalls"), &answer.tool_calls);
    }
    if let Some(reasoning) = &answer.reasoning {
        body.string("reasoning", reasoning);
    }
    body.string("logId", meta.log_id);
    body.string("model", meta.model);
    body.integer("inputTokens", meta.usage.input_tokens);
    body.integer("outputTokens", meta.usage.output_tokens);
    let mut usage = Object::open(body.field("usage"));
    usage.integer("prompt_tokens", meta.usage.input_tokens);
    usage.integer("completion_tokens", meta.usage.output_tokens);
    let total = meta
        .usage
        .input_tokens
        .saturating_add(meta.usage.output_tokens);
    usage.integer("total_tokens", total);
    usage.close();
    body.boolean("cached", meta.cached);
    meta.write_cost(&mut body);
    body.close();
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answer() -> Answer {
        Answer {
            text: "hi \"you\"".to_owned(),
            tool_calls: Vec::new(),
            reasoning: None,
            finish: Finish::Stop,
            usage: Reported::default(),
        }
    }

    fn meta() -> Meta<'static> {
        Meta {
            log_id: "log_1",
            model: "meta-llm",
            created_s: 1,
            usage: Usage {
                input_tokens: 7,
                output_tokens: 3,
                ..Usage::default()
            },
            estimated: false,
            cached: false,
            cost: Some(NanoUsd(420_000)),
        }
    }

    fn rendered(answer: &Answer, meta: &Meta<'_>) -> String {
        String::from_utf8(render(answer, meta)).unwrap()
    }

    #[test]
    fn a_plain_answer_is_the_documented_one_to_the_byte() {
        assert_eq!(
            rendered(&answer(), &meta()),
            concat!(
                r#"{"text":"hi \"you\"","content":"hi \"you\"","choices":[{"index":0,"#,
                r#""message":{"role":"assistant","content":"hi \"you\""},"finish_reason":"stop"}],"#,
                r#""logId":"log_1","model":"meta-llm","inputTokens":7,"outputTokens":3,"#,
                r#""usage":{"prompt_tokens":7,"completion_tokens":3,"total_tokens":10},"#,
                r#""cached":false,"costUsd":0.00042}"#
            )
        );
    }

    #[test]
    fn tool_calls_and_reasoning_are_shown_when_there_are_any() {
        let call = ToolCall {
            id: "c1".to_owned(),
            name: "f".to_owned(),
            arguments: "{\"a\":1}".to_owned(),
        };
        let calling = Answer {
            text: String::new(),
            tool_calls: vec![call],
            reasoning: Some("hm".to_owned()),
            finish: Finish::ToolCalls,
            ..answer()
        };
        assert_eq!(calling.produced_bytes(), 2 + 1 + 7);
        let text = rendered(&calling, &meta());
        let calls =
            r#"[{"id":"c1","type":"function","function":{"name":"f","arguments":"{\"a\":1}"}}]"#;
        assert!(
            text.contains(&format!(
                r#""content":null,"tool_calls":{calls}}},"finish_reason":"tool_calls""#
            )),
            "{text}"
        );
        assert!(
            text.contains(&format!(r#""toolCalls":{calls},"reasoning":"hm","logId""#)),
            "{text}"
        );
        assert!(text.starts_with(r#"{"text":"","content":"","#));
    }

    #[test]
    fn money_is_left_out_and_estimates_are_marked() {
        let text = rendered(
            &answer(),
            &Meta {
                cost: None,
                estimated: true,
                cached: true,
                ..meta()
            },
        );
        assert!(
            text.ends_with(r#""cached":true,"usageEstimated":true}"#),
            "{text}"
        );
    }

    #[test]
    fn a_bad_answer_is_a_502_without_the_backends_words() {
        let error = ApiError::from(BadAnswer::NotJson);
        assert_eq!(error.code.status(), 502);
    }

    #[test]
    fn finish_reasons_come_down_to_four() {
        let read = |word: &'static str| Finish::read(&Json::Text(word.into())).unwrap().as_str();
        assert_eq!(
            [
                "stop",
                "length",
                "tool_calls",
                "content_filter",
                "function_call",
                "eos"
            ]
            .map(read),
            [
                "stop",
                "length",
                "tool_calls",
                "content_filter",
                "tool_calls",
                "stop"
            ]
        );
        assert_eq!(
            Finish::or_by_calls(Finish::read(&Json::Null), true),
            Finish::ToolCalls
        );
    }
}
