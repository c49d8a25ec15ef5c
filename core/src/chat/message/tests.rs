use super::*;

fn list(text: &str) -> Result<Vec<Message>, Invalid> {
    let messages = Path::ROOT.field("messages");
    Message::list(
        Json::parse(text.as_bytes()).unwrap(),
        &messages,
        &mut Rest::strict(),
    )
}

fn refused(message: &str) -> String {
    list(&format!("[{message}]"))
        .unwrap_err()
        .path
        .replace("$.messages[0]", "")
}

#[test]
fn reads_every_kind_of_message() {
    let messages = list(
        r#"[{"role":"system","content":"s"},
            {"role":"user","name":"ann","content":[
                {"type":"text","text":"see"},
                {"type":"image_url","image_url":{"url":"https://x/y.png","detail":"low"}}]},
            {"role":"assistant","content":null,"tool_calls":[
                {"id":"c1","type":"function","function":{"name":"f","arguments":"{}"}}]},
            {"role":"tool","tool_call_id":"c1","content":"42"}]"#,
    )
    .unwrap();
    assert_eq!(
        messages
            .iter()
            .map(|message| message.role)
            .collect::<Vec<_>>(),
        [Role::System, Role::User, Role::Assistant, Role::Tool]
    );
    let Content::Parts(parts) = &messages[1].content else {
        panic!("parts")
    };
    assert_eq!(parts[0], Part::Text("see".to_owned()));
    assert!(matches!(
        &parts[1],
        Part::Image {
            detail: Some(Detail::Low),
            ..
        }
    ));
    assert_eq!(messages[2].content, Content::None);
    assert_eq!(messages[2].tool_calls[0].arguments, "{}");
    assert_eq!(messages[3].tool_call_id.as_deref(), Some("c1"));
}

#[test]
fn names_what_is_wrong_by_path() {
    for (message, path) in [
        ("7", ""),
        ("{}", ".role"),
        (r#"{"role":"robot","content":"x"}"#, ".role"),
        (r#"{"role":null,"content":"x"}"#, ".role"),
        (r#"{"role":"user"}"#, ".content"),
        (r#"{"role":"assistant","content":null}"#, ".content"),
        (r#"{"role":"assistant","tool_calls":[]}"#, ".content"),
        (r#"{"role":"user","content":7}"#, ".content"),
        (r#"{"role":"user","content":[]}"#, ".content"),
        (r#"{"role":"user","content":["x"]}"#, ".content[0]"),
        (
            r#"{"role":"user","content":[{"type":"audio"}]}"#,
            ".content[0].type",
        ),
        (
            r#"{"role":"user","content":[{"text":"x"}]}"#,
            ".content[0].type",
        ),
        (
            r#"{"role":"user","content":[{"type":"text"}]}"#,
            ".content[0].text",
        ),
        (
            r#"{"role":"user","content":[{"type":"image_url"}]}"#,
            ".content[0].image_url",
        ),
        (
            r#"{"role":"user","content":[{"type":"image_url","image_url":{"url":"http://x"}}]}"#,
            ".content[0].image_url.url",
        ),
        (
            r#"{"role":"system","content":[{"type":"image_url","image_url":{"url":"https://x"}}]}"#,
            ".content[0].type",
        ),
        (r#"{"role":"user","content":"x","extra":1}"#, ".extra"),
        (r#"{"role":"user","content":"x","name":""}"#, ".name"),
        (r#"{"role":"tool","content":"x"}"#, ".tool_call_id"),
        (
            r#"{"role":"user","content":"x","tool_call_id":"c"}"#,
            ".tool_call_id",
        ),
        (
            r#"{"role":"user","content":"x","tool_calls":[{"id":"c","type":"function","function":{"name":"f","arguments":""}}]}"#,
            ".tool_calls",
        ),
        (
            r#"{"role":"assistant","tool_calls":[{"id":"c","type":"function","function":{"name":"f","arguments":{}}}]}"#,
            ".tool_calls[0].function.arguments",
        ),
    ] {
        assert_eq!(refused(message), path, "{message}");
    }
}

#[test]
fn takes_one_to_a_thousand_and_twenty_four_messages() {
    let one = r#"{"role":"user","content":"x"}"#;
    let many = |count: usize| format!("[{}]", vec![one; count].join(","));
    assert_eq!(list(&many(MAX_MESSAGES)).unwrap().len(), MAX_MESSAGES);
    assert_eq!(
        list(&many(MAX_MESSAGES + 1)).unwrap_err().path,
        "$.messages"
    );
    assert_eq!(list("[]").unwrap_err().path, "$.messages");
}
