//! OpenAI's dialect: chat completions, as OpenAI, Ollama, llama.cpp, vLLM and others speak it.
//!
//! Out of scope: streams ([`super::stream`]).
//!
//! Source: OpenAI API reference, "Create chat completion".

use super::answer::{Answer, BadAnswer, Finish, first_text, read_calls};
use super::encode::{self, Dialect};
use super::json::Json;
use super::request::ChatRequest;
use super::usage::Reported;
use super::write::Object;

/// What the gateway decides about a request to a backend.
#[derive(Clone, Copy, Debug)]
pub struct Upstream<'a> {
    /// The backend's own name of the model.
    pub model: &'a str,
    /// The output cap that the reservation covers; the caller's own cap holds where it is lower.
    pub max_tokens: Option<u32>,
    /// What the backend calls that cap: OpenAI has a newer word for it that others do not know.
    pub cap_field: &'static str,
}

/// The body of `POST …/chat/completions`.
#[must_use]
pub fn encode(request: &ChatRequest, upstream: &Upstream<'_>) -> Vec<u8> {
    let mut out = Vec::with_capacity(encode::capacity(request));
    let mut body = Object::open(&mut out);
    body.string("model", upstream.model);
    let cap = (upstream.cap_field, upstream.max_tokens);
    encode::write_request(&mut body, request, cap, Dialect::OpenAi);
    body.close();
    out
}

/// Reads a `chat.completion`.
///
/// # Errors
/// [`BadAnswer`] when it is none.
pub fn parse(body: &[u8]) -> Result<Answer, BadAnswer> {
    from_json(&Json::parse(body).ok_or(BadAnswer::NotJson)?)
}

pub(super) fn from_json(body: &Json<'_>) -> Result<Answer, BadAnswer> {
    if body.get("error").is_some_and(|error| !error.is_null()) {
        return Err(BadAnswer::Error);
    }
    let choice = body
        .get("choices")
        .and_then(|choices| choices.items().first());
    let choice = choice.ok_or(BadAnswer::NoAnswer)?;
    let message = choice
        .get("message")
        .filter(|message| matches!(message, Json::Object(_)));
    let message = message.ok_or(BadAnswer::NoAnswer)?;
    let tool_calls = read_calls(message.get("tool_calls"))?;
    let finish = choice.get("finish_reason").and_then(Finish::read);
    Ok(Answer {
        text: first_text(message, &["content", "refusal"]).unwrap_or_default(),
        reasoning: first_text(message, &["reasoning_content", "reasoning"]),
        finish: Finish::or_by_calls(finish, !tool_calls.is_empty()),
        tool_calls,
        usage: body.get("usage").map(Reported::read).unwrap_or_default(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn encoded(body: &str, max_tokens: Option<u32>) -> String {
        let request = ChatRequest::parse(body.as_bytes()).unwrap();
        String::from_utf8(encode(
            &request,
            &Upstream {
                model: "llama",
                max_tokens,
                cap_field: "max_tokens",
            },
        ))
        .unwrap()
    }

    #[test]
    fn encodes_the_least_request() {
        assert_eq!(
            encoded(r#"{"messages":[{"role":"user","content":"hi"}]}"#, None),
            r#"{"model":"llama","messages":[{"role":"user","content":"hi"}]}"#
        );
    }

    #[test]
    fn encodes_every_field() {
        let schema = r#"{"type":"object","properties":{"z":{},"a":{}}}"#;
        let tools = format!(
            r#"[{{"type":"function","function":{{"name":"f","description":"d","parameters":{schema},"strict":false}}}}]"#
        );
        let choice = r#"{"type":"function","function":{"name":"f"}}"#;
        let format = format!(
            r#"{{"type":"json_schema","json_schema":{{"name":"n","description":"d","schema":{schema},"strict":true}}}}"#
        );
        let messages = concat!(
            r#"{"role":"user","content":[{"type":"text","text":"x"},{"type":"image_url","image_url":{"url":"https://x/","detail":"high"}}],"name":"ann"},"#,
            r#"{"role":"assistant","content":null,"tool_calls":[{"id":"c","type":"function","function":{"name":"f","arguments":"{}"}}]},"#,
            r#"{"role":"tool","content":"1","tool_call_id":"c"}"#,
        );
        let body = format!(
            r#"{{"messages":[{messages}],"systemPrompt":"s","stream":true,"temperature":0.7,"top_p":1,"stop":"end","tools":{tools},"tool_choice":{choice},"response_format":{format}}}"#
        );
        assert_eq!(
            encoded(&body, Some(9)),
            format!(
                r#"{{"model":"llama","messages":[{{"role":"system","content":"s"}},{messages}],"stream":true,"stream_options":{{"include_usage":true}},"max_tokens":9,"temperature":0.7,"top_p":1.0,"stop":["end"],"tools":{tools},"tool_choice":{choice},"response_format":{format}}}"#
            )
        );
    }

    #[test]
    fn the_lower_cap_holds() {
        for (theirs, ours, sent) in [(5, Some(9), 5), (9, Some(5), 5), (7, None, 7)] {
            let body = format!(
                r#"{{"messages":[{{"role":"user","content":"hi"}}],"maxTokens":{theirs}}}"#
            );
            assert!(encoded(&body, ours).ends_with(&format!(r#""max_tokens":{sent}}}"#)));
        }
    }

    #[test]
    fn a_choice_without_tools_is_left_out() {
        let body =
            r#"{"messages":[{"role":"user","content":"hi"}],"tool_choice":"none","tools":[]}"#;
        assert!(!encoded(body, None).contains("tool"));
    }

    #[test]
    fn reads_a_completion() {
        let answer = parse(
            br#"{"id":"x","object":"chat.completion","choices":[{"index":0,"message":{"role":"assistant",
                "content":"hi","reasoning_content":"hm","refusal":null},"finish_reason":"length","logprobs":null}],
                "usage":{"prompt_tokens":7,"completion_tokens":3,"total_tokens":10}}"#,
        )
        .unwrap();
        assert_eq!(
            (answer.text.as_str(), answer.reasoning.as_deref()),
            ("hi", Some("hm"))
        );
        assert_eq!(
            (answer.finish, answer.usage.output),
            (Finish::Length, Some(3))
        );
    }

    #[test]
    fn reads_tool_calls_whatever_their_arguments_are() {
        let answer = parse(
            br#"{"choices":[{"message":{"content":null,"tool_calls":[
                {"id":"c1","type":"function","function":{"name":"f","arguments":"{\"a\":1}"}},
                {"function":{"name":"g","arguments":{"b":2}}},{"function":{"name":"h"}}]}}]}"#,
        )
        .unwrap();
        let calls: Vec<_> = answer
            .tool_calls
            .iter()
            .map(|it| (it.id.as_str(), it.arguments.as_str()))
            .collect();
        assert_eq!(
            calls,
            [
                ("c1", r#"{"a":1}"#),
                ("call_1", r#"{"b":2}"#),
                ("call_2", "")
            ]
        );
        assert_eq!(
            (answer.finish, answer.text.as_str()),
            (Finish::ToolCalls, "")
        );
        assert!(answer.usage.is_empty());
    }

    #[test]
    fn reads_content_in_parts_and_refusals() {
        let text = |message: &str| {
            parse(format!(r#"{{"choices":[{{"message":{message}}}]}}"#).as_bytes())
                .unwrap()
                .text
        };
        assert_eq!(
            text(r#"{"content":[{"type":"text","text":"a"},{"type":"text","text":"b"}]}"#),
            "ab"
        );
        assert_eq!(text(r#"{"content":null,"refusal":"no"}"#), "no");
        assert_eq!(text(r#"{"content":""}"#), "");
    }

    #[test]
    fn what_is_no_answer_is_told_apart() {
        for (body, bad) in [
            ("", BadAnswer::NotJson),
            ("<html>502</html>", BadAnswer::NotJson),
            (r#"{"choices":[{"mess"#, BadAnswer::NotJson),
            ("[]", BadAnswer::NoAnswer),
            ("{}", BadAnswer::NoAnswer),
            (r#"{"choices":[]}"#, BadAnswer::NoAnswer),
            (r#"{"choices":[{"message":"x"}]}"#, BadAnswer::NoAnswer),
            (
                r#"{"choices":[{"message":{"tool_calls":[{"id":"c"}]}}]}"#,
                BadAnswer::NoAnswer,
            ),
            (r#"{"error":{"message":"x"}}"#, BadAnswer::Error),
        ] {
            assert_eq!(parse(body.as_bytes()), Err(bad), "{body}");
        }
    }
}
