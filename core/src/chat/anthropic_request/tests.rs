use super::*;
use crate::chat::message::{Content, Part};
use crate::chat::tool::{ResponseFormat, ToolChoice};

fn read(body: &str) -> Result<ChatRequest, (String, String)> {
    let json = Json::parse_request(body.as_bytes()).map_err(|it| (it.path, it.message))?;
    from_json(json).map_err(|it| (it.path, it.message))
}

/// A request with these messages and these fields besides.
fn with(messages: &str, fields: &str) -> Result<ChatRequest, (String, String)> {
    read(&format!(
        r#"{{"model":"m","max_tokens":9,"messages":[{messages}]{fields}}}"#
    ))
}

fn path(messages: &str, fields: &str) -> String {
    with(messages, fields).unwrap_err().0
}

const HI: &str = r#"{"role":"user","content":"hi"}"#;

#[test]
fn reads_every_field() {
    let request = with(
        HI,
        r#","system":[{"type":"text","text":"a"},{"type":"text","text":"b","cache_control":{"type":"ephemeral"}}],
        "stream":true,"stop_sequences":["x"],"temperature":0.5,"top_p":1,"top_k":5,"metadata":{"user_id":"u"},
        "tools":[{"name":"f","description":"d","input_schema":{"type":"object"}}],
        "tool_choice":{"type":"tool","name":"f","disable_parallel_tool_use":true},
        "thinking":{"type":"disabled"},"service_tier":"auto""#,
    )
    .unwrap();
    assert_eq!(request.system_prompt.as_deref(), Some("a\nb"));
    assert_eq!((request.max_tokens, request.top_k), (Some(9), Some(5)));
    assert_eq!(
        request.tools[0].parameters.as_deref(),
        Some(r#"{"type":"object"}"#)
    );
    assert_eq!(request.tool_choice, Some(ToolChoice::Function("f".into())));
    assert_eq!(request.parallel_tool_calls, Some(false));
    assert!(request.stream && request.writes_cache);
    assert_eq!(request.rest.first(), None);
}

#[test]
fn a_form_of_the_answer_is_known_to_other_backends_too() {
    let format = r#","output_config":{"format":{"type":"json_schema","schema":{"type":"object"}}}"#;
    let request = with(HI, format).unwrap();
    let Some(ResponseFormat::JsonSchema { schema, strict, .. }) = &request.response_format else {
        panic!("{request:?}")
    };
    assert_eq!(
        (schema.as_deref(), *strict),
        (Some(r#"{"type":"object"}"#), Some(true))
    );
    assert!(!super::super::anthropic::answers_by_tool(&request));
    assert_eq!(request.rest.first(), None);
    let older = r#","output_format":{"type":"json_schema","schema":{"type":"object"}}"#;
    assert_eq!(
        with(HI, older).unwrap().response_format,
        request.response_format
    );
    assert_eq!(path(HI, &format!("{format}{older}")), "$.output_format");
    let effort = with(HI, r#","output_config":{"effort":"low"}"#).unwrap();
    assert_eq!(effort.rest.first(), Some("$.output_config.effort"));
    for (format, at) in [
        (r#"{"type":"xml"}"#, "$.output_config.format.type"),
        (r#"{"schema":{}}"#, "$.output_config.format.type"),
        (r#"{"type":"json_schema"}"#, "$.output_config.format.schema"),
        (
            r#"{"type":"json_schema","schema":1}"#,
            "$.output_config.format.schema",
        ),
    ] {
        assert_eq!(
            path(HI, &format!(r#","output_config":{{"format":{format}}}"#)),
            at
        );
    }
}

#[test]
fn a_wish_for_eager_pieces_of_input_is_no_reason_to_refuse() {
    let tools = r#","tools":[{"name":"f","input_schema":{},"eager_input_streaming":true}]"#;
    assert_eq!(with(HI, tools).unwrap().rest.first(), None);
}

#[test]
fn blocks_become_parts_calls_and_results() {
    let request = with(
        concat!(
            r#"{"role":"user","content":[{"type":"text","text":"see"},{"type":"image","source":{"type":"base64","media_type":"image/png","data":"AA=="}},"#,
            r#"{"type":"image","source":{"type":"url","url":"https://x/"}}]},"#,
            r#"{"role":"assistant","content":[{"type":"thinking","thinking":"hm","signature":"s"},{"type":"text","text":"so"},"#,
            r#"{"type":"tool_use","id":"c","name":"f","input":{"z":1,"a":2}}]},"#,
            r#"{"role":"user","content":[{"type":"tool_result","tool_use_id":"c","content":[{"type":"text","text":"1"}],"is_error":true},{"type":"text","text":"go on"}]},"#,
            r#"{"role":"user","content":[{"type":"tool_result","tool_use_id":"d"}]}"#,
        ),
        "",
    )
    .unwrap();
    let roles: Vec<_> = request.messages.iter().map(|it| it.role.as_str()).collect();
    assert_eq!(roles, ["user", "assistant", "tool", "user", "tool"]);
    assert_eq!(request.images(), 2);
    let Content::Parts(parts) = &request.messages[0].content else {
        panic!("no parts");
    };
    let Part::Image { url, .. } = &parts[1] else {
        panic!("no image");
    };
    assert_eq!(url, "data:image/png;base64,AA==");
    assert_eq!(
        request.messages[1].tool_calls[0].arguments,
        r#"{"z":1,"a":2}"#
    );
    assert_eq!(request.messages[2].content, Content::Text("1".into()));
    // The thought is nothing another backend is told, but one of the same dialect reads it.
    assert!(request.rest.bytes() > 0);
    assert_eq!(request.rest.first(), None);
}

#[test]
fn images_in_results_are_counted_and_need_the_same_dialect() {
    let request = with(
        r#"{"role":"user","content":[{"type":"tool_result","tool_use_id":"c","content":[{"type":"image","source":{"type":"url","url":"https://x/"}}]}]}"#,
        "",
    )
    .unwrap();
    assert_eq!(request.images(), 1);
    assert_eq!(
        request.rest.first(),
        Some("$.messages[0].content[0].content[0]")
    );
}

#[test]
fn what_is_missing_or_wrong_is_refused_by_its_path() {
    assert_eq!(
        read(r#"{"model":"m","max_tokens":1}"#).unwrap_err().0,
        "$.messages"
    );
    assert_eq!(
        read(&format!(r#"{{"model":"m","messages":[{HI}]}}"#))
            .unwrap_err()
            .0,
        "$.max_tokens"
    );
    assert_eq!(
        read(&format!(r#"{{"max_tokens":1,"messages":[{HI}]}}"#))
            .unwrap_err()
            .0,
        "$.model"
    );
    for (messages, at) in [
        ("", "$.messages"),
        (r#"{"role":"system","content":"x"}"#, "$.messages[0].role"),
        (r#"{"role":"user"}"#, "$.messages[0].content"),
        (r#"{"role":"user","content":7}"#, "$.messages[0].content"),
        (
            r#"{"role":"user","content":[{"type":"document"}]}"#,
            "$.messages[0].content[0].type",
        ),
        (
            r#"{"role":"user","content":[{"type":"tool_use"}]}"#,
            "$.messages[0].content[0].type",
        ),
        (
            r#"{"role":"user","content":[{"type":"text"}]}"#,
            "$.messages[0].content[0].text",
        ),
        (
            r#"{"role":"user","content":[{"type":"image","source":{"type":"file","file_id":"f"}}]}"#,
            "$.messages[0].content[0].source.type",
        ),
        (
            r#"{"role":"user","content":[{"type":"image","source":{"type":"base64","media_type":"image/bmp","data":""}}]}"#,
            "$.messages[0].content[0].source.media_type",
        ),
        (
            r#"{"role":"user","content":[{"type":"tool_result"}]}"#,
            "$.messages[0].content[0].tool_use_id",
        ),
        (
            r#"{"role":"assistant","content":[{"type":"tool_use","id":"c","name":"f","input":"x"}]}"#,
            "$.messages[0].content[0].input",
        ),
    ] {
        assert_eq!(path(messages, ""), at, "{messages}");
    }
}

#[test]
fn what_changes_the_price_is_refused_by_name() {
    for (fields, at) in [
        (r#","service_tier":"priority""#, "$.service_tier"),
        (r#","mcp_servers":[]"#, "$.mcp_servers"),
        (r#","container":"c""#, "$.container"),
        (r#","inference_geo":"us""#, "$.inference_geo"),
        (r#","speed":"fast""#, "$.speed"),
        (
            r#","tools":[{"type":"web_search_20250305","name":"w"}]"#,
            "$.tools[0].type",
        ),
        (
            r#","cache_control":{"type":"ephemeral","ttl":"1h"}"#,
            "$.cache_control.ttl",
        ),
        (r#","temperature":1.5"#, "$.temperature"),
        (
            r#","tool_choice":{"type":"tool","name":"f"}"#,
            "$.tool_choice.function.name",
        ),
    ] {
        assert_eq!(path(HI, fields), at, "{fields}");
    }
}

#[test]
fn what_another_dialect_cannot_be_told_is_noted() {
    for (fields, at) in [
        (
            r#","thinking":{"type":"enabled","budget_tokens":1024}"#,
            "$.thinking",
        ),
        (
            r#","output_config":{"effort":"low"}"#,
            "$.output_config.effort",
        ),
        (r#","later":1"#, "$.later"),
    ] {
        assert_eq!(with(HI, fields).unwrap().rest.first(), Some(at));
    }
}
