//! Workers AI's dialect: OpenAI's request without the model, which is named in the call, and
//! answers of the form `{"response","tool_calls","usage"}`.
//!
//! Newer models answer in OpenAI's form; over HTTP the answer is wrapped in `{"result":…}`. All of
//! these are read.
//!
//! Source: Cloudflare, Workers AI, text generation models.

use super::answer::{Answer, BadAnswer, Finish, first_text, read_calls};
use super::backend;
use super::encode::{self, Dialect};
use super::json::Json;
use super::openai;
use super::request::ChatRequest;
use super::usage::Reported;
use super::write::Object;

/// The input of `env.AI.run(model, input)`. `max_tokens` is the output cap that the reservation
/// covers; the caller's own cap holds where it is lower.
#[must_use]
pub fn encode(request: &ChatRequest, max_tokens: Option<u32>) -> Vec<u8> {
    let mut out = Vec::with_capacity(encode::capacity(request));
    let mut body = Object::open(&mut out);
    let cap = ("max_tokens", max_tokens);
    encode::write_request(&mut body, request, cap, Dialect::WorkersAi);
    body.close();
    out
}

/// Reads a whole answer.
///
/// # Errors
/// [`BadAnswer`] when it is none.
pub fn parse(body: &[u8]) -> Result<Answer, BadAnswer> {
    let json = Json::parse(body).ok_or(BadAnswer::NotJson)?;
    let failed = |json: &Json<'_>| {
        json.get("error").is_some_and(|error| !error.is_null())
            || json
                .get("errors")
                .is_some_and(|errors| !errors.items().is_empty())
    };
    let result = json
        .get("result")
        .filter(|result| matches!(result, Json::Object(_)));
    let result = result.unwrap_or(&json);
    if failed(&json) || failed(result) {
        return Err(BadAnswer::Error);
    }
    if result
        .get("choices")
        .is_some_and(|choices| !choices.items().is_empty())
    {
        return openai::from_json(result);
    }
    let tool_calls = read_calls(result.get("tool_calls"))?;
    let response = result
        .get("response")
        .filter(|response| !response.is_null());
    if response.is_none() && tool_calls.is_empty() {
        return Err(BadAnswer::NoAnswer);
    }
    let finish = result.get("finish_reason").and_then(Finish::read);
    Ok(Answer {
        text: response
            .map(|response| backend::text(response).into_owned())
            .unwrap_or_default(),
        reasoning: first_text(result, &["reasoning_content", "reasoning"]),
        finish: Finish::or_by_calls(finish, !tool_calls.is_empty()),
        tool_calls,
        usage: result.get("usage").map(Reported::read).unwrap_or_default(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn encodes_without_a_model_and_with_plain_strings() {
        let request = ChatRequest::parse(
            br#"{"model":"meta-llm","messages":[
                {"role":"user","content":[{"type":"text","text":"a"},{"type":"text","text":"b"}]},
                {"role":"assistant","tool_calls":[{"id":"c","type":"function","function":{"name":"f","arguments":"{}"}}]}],
                "response_format":{"type":"json_schema","json_schema":{"name":"n","schema":{"type":"object"}}}}"#,
        )
        .unwrap();
        assert_eq!(
            String::from_utf8(encode(&request, Some(5))).unwrap(),
            concat!(
                r#"{"messages":[{"role":"user","content":"a\nb"},{"role":"assistant","content":"","tool_calls":"#,
                r#"[{"id":"c","type":"function","function":{"name":"f","arguments":"{}"}}]}],"max_tokens":5,"#,
                r#""response_format":{"type":"json_schema","json_schema":{"type":"object"}}}"#
            )
        );
    }

    #[test]
    fn reads_every_form_of_answer() {
        for body in [
            r#"{"response":"hi","usage":{"prompt_tokens":7,"completion_tokens":3}}"#,
            r#"{"result":{"response":"hi","tool_calls":[],"usage":{"prompt_tokens":7,"completion_tokens":3}},"success":true,"errors":[]}"#,
            r#"{"choices":[{"message":{"content":"hi"},"finish_reason":"stop"}],"usage":{"prompt_tokens":7,"completion_tokens":3}}"#,
            r#"{"response":null,"choices":[{"message":{"content":"hi"}}],"usage":{"prompt_tokens":7,"completion_tokens":3}}"#,
        ] {
            let answer = parse(body.as_bytes()).unwrap();
            assert_eq!(
                (answer.text.as_str(), answer.finish),
                ("hi", Finish::Stop),
                "{body}"
            );
            assert_eq!(
                (answer.usage.input, answer.usage.output),
                (Some(7), Some(3)),
                "{body}"
            );
        }
    }

    #[test]
    fn a_response_that_is_no_string_becomes_its_json() {
        let text = |body: &str| parse(body.as_bytes()).unwrap().text;
        assert_eq!(
            text(r#"{"response":{"z":1,"a":[true]}}"#),
            r#"{"z":1,"a":[true]}"#
        );
        assert_eq!(text(r#"{"response":42}"#), "42");
        assert_eq!(text(r#"{"response":[1,2]}"#), "[1,2]");
        assert_eq!(text(r#"{"response":""}"#), "");
    }

    #[test]
    fn tool_calls_get_ids_and_textual_arguments() {
        let answer =
            parse(br#"{"response":null,"tool_calls":[{"name":"f","arguments":{"a":1}}]}"#).unwrap();
        let call = &answer.tool_calls[0];
        assert_eq!(
            (
                call.id.as_str(),
                call.name.as_str(),
                call.arguments.as_str()
            ),
            ("call_0", "f", r#"{"a":1}"#)
        );
        assert_eq!(answer.finish, Finish::ToolCalls);
    }

    #[test]
    fn what_is_no_answer_is_told_apart() {
        for (body, bad) in [
            ("", BadAnswer::NotJson),
            ("{}", BadAnswer::NoAnswer),
            (r#"{"response":null}"#, BadAnswer::NoAnswer),
            (
                r#"{"result":null,"success":false,"errors":[{"code":1}]}"#,
                BadAnswer::Error,
            ),
            (r#"{"error":"x"}"#, BadAnswer::Error),
        ] {
            assert_eq!(parse(body.as_bytes()), Err(bad), "{body}");
        }
    }
}
