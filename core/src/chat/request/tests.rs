use super::*;
use crate::chat::message::Role;
use proptest::prelude::*;

/// A body with one user message and these further fields.
fn body(fields: &str) -> String {
    format!(r#"{{"messages":[{{"role":"user","content":"hello"}}]{fields}}}"#)
}

fn parse(fields: &str) -> Result<ChatRequest, Invalid> {
    ChatRequest::parse(body(fields).as_bytes())
}

#[test]
fn the_least_request_has_the_documented_defaults() {
    let request = parse("").unwrap();
    assert_eq!(request.model, "");
    assert!(!request.stream);
    assert_eq!(request.max_tokens, None);
    assert_eq!(request.messages[0].role, Role::User);
    assert_eq!(
        (
            request.input_bytes(),
            request.images(),
            request.message_count()
        ),
        (5, 0, 1)
    );
}

#[test]
fn reads_every_field() {
    let request = parse(
        r#","model":"auto","stream":true,"temperature":0.5,"maxTokens":7,"max_tokens":7,
           "systemPrompt":"be brief","stop":["a","b"],"top_p":1,"profile":"healthcare",
           "tools":[{"type":"function","function":{"name":"f"}}],"tool_choice":"required",
           "response_format":{"type":"json_object"}"#,
    )
    .unwrap();
    assert_eq!(request.temperature, Some(0.5));
    assert_eq!(request.max_tokens, Some(7));
    assert_eq!(request.system_prompt.as_deref(), Some("be brief"));
    assert_eq!(request.stop, ["a", "b"]);
    assert_eq!(request.top_p, Some(1.0));
    assert_eq!(request.profile, Some(Profile::Healthcare));
    assert_eq!(request.tool_choice, Some(ToolChoice::Required));
    assert_eq!(request.response_format, Some(ResponseFormat::JsonObject));
    assert!(request.stream && request.model == "auto" && request.tools.len() == 1);
}

#[test]
fn null_is_the_same_as_left_out() {
    let nulls = [
        "model",
        "stream",
        "temperature",
        "maxTokens",
        "max_tokens",
        "systemPrompt",
        "tools",
        "tool_choice",
        "stop",
        "top_p",
        "response_format",
        "profile",
    ]
    .map(|name| format!(",\"{name}\":null"))
    .concat();
    assert_eq!(parse(&nulls), parse(""));
    assert_eq!(
        ChatRequest::parse(br#"{"messages":null}"#)
            .unwrap_err()
            .path,
        "$.messages"
    );
}

#[test]
fn names_what_is_wrong_by_path() {
    let long = format!(r#","model":"{}""#, "é".repeat(129));
    for (fields, path) in [
        (r#","foo":1"#, "$.foo"),
        (r#","foo":null"#, "$.foo"),
        (r#","stream":true,"stream":false"#, "$.stream"),
        (r#","model":"""#, "$.model"),
        (&long, "$.model"),
        (r#","stream":"true""#, "$.stream"),
        (r#","temperature":2.01"#, "$.temperature"),
        (r#","temperature":-0.1"#, "$.temperature"),
        (r#","temperature":"1""#, "$.temperature"),
        (r#","temperature":99999999999"#, "$.temperature"),
        (r#","top_p":1.5"#, "$.top_p"),
        (r#","maxTokens":0"#, "$.maxTokens"),
        (r#","maxTokens":-1"#, "$.maxTokens"),
        (r#","max_tokens":1.0"#, "$.max_tokens"),
        (r#","max_tokens":1e2"#, "$.max_tokens"),
        (r#","max_tokens":2147483649"#, "$.max_tokens"),
        (r#","max_tokens":99999999999999999999"#, "$.max_tokens"),
        (r#","maxTokens":1,"max_tokens":2"#, "$.maxTokens"),
        (r#","systemPrompt":[]"#, "$.systemPrompt"),
        (r#","stop":["a","b","c","d","e"]"#, "$.stop"),
        (r#","stop":["a",""]"#, "$.stop[1]"),
        (r#","stop":"""#, "$.stop"),
        (r#","stop":7"#, "$.stop"),
        (r#","profile":"military""#, "$.profile"),
        (r#","tool_choice":"required""#, "$.tool_choice"),
        (
            r#","tools":[{"type":"function","function":{"name":"f","parameters":{"a":1,"a":2}}}]"#,
            "$.tools[0].function.parameters.a",
        ),
    ] {
        assert_eq!(parse(fields).unwrap_err().path, path, "{fields}");
    }
    assert_eq!(ChatRequest::parse(b"[]").unwrap_err().path, "$");
    assert_eq!(ChatRequest::parse(b"{}").unwrap_err().path, "$.messages");
    assert_eq!(
        parse(r#","maxTokens":2147483648"#).unwrap().max_tokens,
        Some(1 << 31)
    );
}

#[test]
fn a_refusal_never_quotes_a_value() {
    for fields in [
        r#","model":7,"x":"SECRET""#,
        r#","profile":"SECRET""#,
        r#","stop":["SECRET",7]"#,
        r#","temperature":"SECRET""#,
        r#","tool_choice":"SECRET""#,
        r#","a":"SECRET" oops"#,
    ] {
        let invalid = parse(fields).unwrap_err();
        assert!(!format!("{invalid:?}").contains("SECRET"), "{invalid:?}");
    }
}

#[test]
fn counts_the_text_and_the_images_of_the_input() {
    let request = ChatRequest::parse(
        br#"{"systemPrompt":"12","messages":[{"role":"user","name":"n","content":[
            {"type":"text","text":"123"},
            {"type":"image_url","image_url":{"url":"https://example.com/long"}}]}]}"#,
    )
    .unwrap();
    assert_eq!(
        (
            request.input_bytes(),
            request.images(),
            request.message_count()
        ),
        (6, 1, 2)
    );
}

proptest! {
    #[test]
    fn no_body_makes_it_panic(body in proptest::collection::vec(any::<u8>(), 0..200)) {
        prop_assert!(ChatRequest::parse(&body).is_err());
    }
}
