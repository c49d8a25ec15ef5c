use super::*;
use crate::chat::json::Json;

fn request(messages: &str, fields: &str) -> ChatRequest {
    let body = format!(r#"{{"messages":[{messages}]{fields}}}"#);
    ChatRequest::from_openai(Json::parse_request(body.as_bytes()).unwrap()).unwrap()
}

fn encoded(messages: &str, fields: &str) -> String {
    String::from_utf8(encode(&request(messages, fields), "u", 7).unwrap()).unwrap()
}

fn refused(messages: &str) -> String {
    encode(&request(messages, ""), "u", 7).unwrap_err().path
}

const HI: &str = r#"{"role":"user","content":"hi"}"#;
const HI_TURN: &str = r#"{"role":"user","content":[{"type":"text","text":"hi"}]}"#;

#[test]
fn encodes_the_least_request() {
    assert_eq!(
        encoded(HI, ""),
        format!(r#"{{"model":"u","max_tokens":7,"messages":[{HI_TURN}]}}"#)
    );
}

#[test]
fn instructions_stand_apart_and_fields_have_their_names() {
    let fields = r#","stream":true,"temperature":0.5,"top_p":1,"stop":["a"],"max_tokens":3"#;
    let messages = format!(
        r#"{{"role":"system","content":"a"}},{HI},{{"role":"developer","content":[{{"type":"text","text":"b"}},{{"type":"text","text":""}}]}}"#
    );
    assert_eq!(
        encoded(&messages, fields),
        format!(
            r#"{{"model":"u","max_tokens":3,"system":"a\n\nb","messages":[{HI_TURN}],"stream":true,"temperature":0.5,"top_p":1.0,"stop_sequences":["a"]}}"#
        )
    );
}

#[test]
fn turns_alternate_and_results_come_first() {
    let call = |id: &str| {
        format!(
            r#"{{"id":"{id}","type":"function","function":{{"name":"f","arguments":"{{\"z\":1,\"a\":2}}"}}}}"#
        )
    };
    let messages = format!(
        r#"{HI},{HI},{{"role":"assistant","content":"so","tool_calls":[{},{}]}},{{"role":"tool","tool_call_id":"c","content":"1"}},{{"role":"tool","tool_call_id":"d","content":[{{"type":"text","text":"2"}}]}},{HI}"#,
        call("c"),
        call("d")
    );
    let text = r#"{"type":"text","text":"hi"}"#;
    let used = |id: &str| {
        format!(r#"{{"type":"tool_use","id":"{id}","name":"f","input":{{"z":1,"a":2}}}}"#)
    };
    let wanted = format!(
        concat!(
            r#"{{"role":"user","content":[{text},{text}]}},"#,
            r#"{{"role":"assistant","content":[{{"type":"text","text":"so"}},{one},{two}]}},"#,
            r#"{{"role":"user","content":[{{"type":"tool_result","tool_use_id":"c","content":"1"}},"#,
            r#"{{"type":"tool_result","tool_use_id":"d","content":[{{"type":"text","text":"2"}}]}},{text}]}}"#
        ),
        text = text,
        one = used("c"),
        two = used("d")
    );
    let sent = encoded(&messages, "");
    assert!(
        sent.contains(&format!(r#""messages":[{wanted}]"#)),
        "{sent}"
    );
}

#[test]
fn images_come_by_url_and_by_data() {
    let image = |url: &str| {
        format!(
            r#"{{"role":"user","content":[{{"type":"image_url","image_url":{{"url":"{url}"}}}}]}}"#
        )
    };
    assert!(
        encoded(&image("https://x/"), "")
            .contains(r#"{"type":"image","source":{"type":"url","url":"https://x/"}}"#)
    );
    assert!(encoded(&image("data:image/png;base64,AA=="), "").contains(
        r#"{"type":"image","source":{"type":"base64","media_type":"image/png","data":"AA=="}}"#
    ));
    let at = "$.messages[0].content[0].image_url.url";
    assert_eq!(refused(&image("data:image/svg+xml;base64,AA==")), at);
    assert_eq!(refused(&image("data:image/png,AA")), at);
}

#[test]
fn tools_and_choices() {
    let tools = r#","tools":[{"type":"function","function":{"name":"f","description":"d","parameters":{"type":"object","b":1,"a":2},"strict":true}},{"type":"function","function":{"name":"g"}}]"#;
    let sent = encoded(HI, tools);
    assert!(
        sent.ends_with(
            r#","tools":[{"name":"f","description":"d","input_schema":{"type":"object","b":1,"a":2},"strict":true},{"name":"g","input_schema":{"type":"object"}}]}"#
        ),
        "{sent}"
    );
    for (choice, wanted) in [
        (r#""none""#, r#"{"type":"none"}"#),
        (r#""auto""#, r#"{"type":"auto"}"#),
        (r#""required""#, r#"{"type":"any"}"#),
        (
            r#"{"type":"function","function":{"name":"g"}}"#,
            r#"{"type":"tool","name":"g"}"#,
        ),
        (
            r#""auto","parallel_tool_calls":false"#,
            r#"{"type":"auto","disable_parallel_tool_use":true}"#,
        ),
        (
            r#"null,"parallel_tool_calls":false"#,
            r#"{"type":"auto","disable_parallel_tool_use":true}"#,
        ),
    ] {
        let sent = encoded(HI, &format!(r#"{tools},"tool_choice":{choice}"#));
        assert!(
            sent.ends_with(&format!(r#","tool_choice":{wanted}}}"#)),
            "{sent}"
        );
    }
}

#[test]
fn a_form_of_the_answer_is_a_tool_that_has_to_be_called() {
    let format = r#","response_format":{"type":"json_schema","json_schema":{"name":"n","schema":{"type":"object","x":1}}}"#;
    let sent = encoded(HI, format);
    assert!(
        sent.ends_with(
            r#""tools":[{"name":"n","description":"Gives the answer, as JSON.","input_schema":{"type":"object","x":1}}],"tool_choice":{"type":"tool","name":"n","disable_parallel_tool_use":true}}"#
        ),
        "{sent}"
    );
    assert!(answers_by_tool(&request(HI, format)));
    let any = r#","response_format":{"type":"json_object"}"#;
    assert!(encoded(HI, any).contains(r#"{"name":"json","#));
    assert!(!answers_by_tool(&request(
        HI,
        r#","response_format":{"type":"text"}"#
    )));
}

#[test]
fn what_cannot_be_said_is_refused_by_its_path() {
    assert_eq!(refused(r#"{"role":"system","content":"x"}"#), "$.messages");
    assert_eq!(refused(r#"{"role":"user","content":""}"#), "$.messages");
    let call = r#"{"role":"assistant","tool_calls":[{"id":"c","type":"function","function":{"name":"f","arguments":"[1"}}]}"#;
    assert_eq!(
        refused(call),
        "$.messages[0].tool_calls[0].function.arguments"
    );
    let empty = call.replace("[1\"", "\"");
    assert!(encoded(&empty, "").contains(r#""input":{}"#));
}

#[test]
fn reads_a_message() {
    let answer = read::parse(
        br#"{"id":"msg_1","type":"message","role":"assistant","content":[{"type":"thinking","thinking":"hm","signature":"s"},
            {"type":"redacted_thinking","data":"x"},{"type":"text","text":"a"},{"type":"text","text":"b"},
            {"type":"tool_use","id":"t","name":"f","input":{"z":1,"a":2}}],"stop_reason":"tool_use",
            "usage":{"input_tokens":3,"cache_read_input_tokens":4,"cache_creation_input_tokens":1,"output_tokens":9}}"#,
        false,
    )
    .unwrap();
    assert_eq!(
        (answer.text.as_str(), answer.reasoning.as_deref()),
        ("ab", Some("hm"))
    );
    assert_eq!(answer.finish.as_str(), "tool_calls");
    assert_eq!(answer.tool_calls[0].arguments, r#"{"z":1,"a":2}"#);
    assert_eq!(
        (answer.usage.input, answer.usage.output),
        (Some(8), Some(9))
    );
}

#[test]
fn reads_an_answer_by_tool() {
    let body = br#"{"content":[{"type":"text","text":"Sure:"},{"type":"tool_use","id":"t","name":"n","input":{"z":1}}],"stop_reason":"tool_use"}"#;
    let answer = read::parse(body, true).unwrap();
    assert_eq!(
        (answer.text.as_str(), answer.finish.as_str()),
        (r#"{"z":1}"#, "stop")
    );
    assert!(answer.tool_calls.is_empty());
}

#[test]
fn stop_reasons_come_down_to_four() {
    for (word, finish) in [
        ("end_turn", "stop"),
        ("stop_sequence", "stop"),
        ("max_tokens", "length"),
        ("model_context_window_exceeded", "length"),
        ("refusal", "content_filter"),
        ("pause_turn", "stop"),
    ] {
        let body = format!(r#"{{"content":[],"stop_reason":"{word}"}}"#);
        let answer = read::parse(body.as_bytes(), false).unwrap();
        assert_eq!(answer.finish.as_str(), finish, "{word}");
    }
}

#[test]
fn what_is_no_message_is_told_apart() {
    use crate::chat::answer::BadAnswer;
    for (body, bad) in [
        ("", BadAnswer::NotJson),
        ("<html>", BadAnswer::NotJson),
        ("[]", BadAnswer::NoAnswer),
        (r#"{"content":"x"}"#, BadAnswer::NoAnswer),
        (
            r#"{"type":"error","error":{"type":"overloaded_error","message":"x"}}"#,
            BadAnswer::Error,
        ),
    ] {
        assert_eq!(read::parse(body.as_bytes(), false), Err(bad), "{body}");
    }
}
