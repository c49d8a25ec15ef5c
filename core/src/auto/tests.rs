use super::*;
use crate::catalog::{Backend, SHIPPED};
use crate::chat::path::Path;

fn request(fields: &str) -> ChatRequest {
    ChatRequest::parse(format!("{{{fields}}}").as_bytes()).unwrap()
}

fn says(text: &str) -> ChatRequest {
    let text = serde_json::Value::from(text);
    request(&format!(
        r#""messages":[{{"role":"user","content":{text}}}]"#
    ))
}

const HI: &str = r#""messages":[{"role":"user","content":"Hi, how are you?"}]"#;
const CODE: &str = "Write a Python function that reverses a string";
const TOOLS: &str = r#","tools":[{"type":"function","function":{"name":"f"}}]"#;

/// The choice where every model has a backend, and can do what the catalog says.
fn id(request: &ChatRequest, allowed: &[&str]) -> String {
    let catalog = Catalog::parse(SHIPPED).unwrap();
    let choice = choose(
        &catalog,
        request,
        |model| allowed.is_empty() || allowed.contains(&model.id.as_str()),
        |model| Some(fit::model(request, model)),
    );
    choice.unwrap().model.id.clone()
}

#[test]
fn the_cheapest_that_is_made_for_the_class_is_chosen() {
    assert_eq!(id(&says("Hi, how are you?"), &[]), "gpt-4o-mini");
    assert_eq!(id(&says(CODE), &[]), "qwen/coder-32b");
    let hard = "Prove that the square root of 2 is irrational.";
    assert_eq!(id(&says(hard), &[]), "moonshot/kimi-k2");
    let long = format!(
        "What was said about the car? {}",
        "It rained. ".repeat(8_000)
    );
    assert_eq!(id(&says(&long), &[]), "gpt-4o-mini");
}

#[test]
fn what_a_request_needs_comes_before_what_it_is_about() {
    let image = r#""messages":[{"role":"user","content":[{"type":"text","text":"Turn this screenshot into HTML and CSS"},
        {"type":"image_url","image_url":{"url":"https://x/"}}]}]"#;
    assert_eq!(class(&request(image)), Class::Code);
    assert_eq!(id(&request(image), &[]), "moonshot/kimi-k2");
    let code = format!(r#""messages":[{{"role":"user","content":"{CODE}"}}]{TOOLS}"#);
    assert_eq!(id(&request(&code), &[]), "moonshot/kimi-k2");
    let local = ["meta-llm", "qwen/coder-32b"];
    assert_eq!(id(&request(&code), &local), "meta-llm");
}

#[test]
fn only_models_that_the_key_may_call_are_chosen() {
    assert_eq!(id(&says(CODE), &["claude-opus-4-8", "gpt-4o"]), "gpt-4o");
    let catalog = Catalog::parse(SHIPPED).unwrap();
    let none = choose(
        &catalog,
        &says(CODE),
        |model| model.id == "bge-base-en",
        |_| Some(Ok(())),
    );
    assert_eq!(none, Err(NoChoice::NotAllowed));
}

#[test]
fn only_models_with_a_backend_are_chosen() {
    let catalog = Catalog::parse(SHIPPED).unwrap();
    let asked = says("Hi, how are you?");
    let chosen = |backend: Option<Backend>| {
        choose(
            &catalog,
            &asked,
            |_| true,
            |model| (Some(model.backend) == backend).then_some(Ok(())),
        )
        .map(|choice| choice.model.id.as_str())
    };
    assert_eq!(chosen(Some(Backend::WorkersAi)), Ok("meta-llm"));
    assert_eq!(chosen(Some(Backend::Anthropic)), Ok("claude-haiku-4-5"));
    assert_eq!(chosen(None), Err(NoChoice::NoBackend));
}

#[test]
fn room_for_input_and_output_comes_first() {
    // Some 10,000 tokens: more than the window of the smallest model.
    let long = says(&"word ".repeat(6_000));
    let local = ["meta-llm", "meta/llama-3.3-70b"];
    assert_eq!(id(&long, &local), "meta/llama-3.3-70b");
    let wordy = request(&format!(r#"{HI},"maxTokens":30000"#));
    assert_eq!(
        id(&wordy, &["gpt-4o-mini", "claude-haiku-4-5"]),
        "claude-haiku-4-5"
    );
    // Where no model has room, the one that lacks least.
    let endless = says(&"word ".repeat(100_000));
    assert_eq!(id(&endless, &local), "meta/llama-3.3-70b");
}

#[test]
fn where_no_model_can_do_it_the_cheapest_ones_refusal_is_told() {
    let catalog = Catalog::parse(SHIPPED).unwrap();
    let refuse = |model: &Model| Path::ROOT.field("tools").invalid(&model.id);
    let none = choose(
        &catalog,
        &says("hi"),
        |_| true,
        |model| Some(Err(refuse(model))),
    );
    let Err(NoChoice::Unable(invalid)) = none else {
        panic!("{none:?}")
    };
    assert_eq!(invalid.message, "gpt-4o-mini");
}

#[test]
fn the_choice_says_why() {
    let catalog = Catalog::parse(SHIPPED).unwrap();
    let asked = request(&format!(r#"{HI},"stream":true{TOOLS}"#));
    let choice = choose(
        &catalog,
        &asked,
        |_| true,
        |model| Some(fit::model(&asked, model)),
    );
    assert_eq!(
        choice.unwrap().header(),
        r#"auto;class=chat;needs="tools streaming";tokens=6;of=5"#
    );
    let choice = choose(&catalog, &says(CODE), |_| true, |_| Some(Ok(()))).unwrap();
    assert_eq!(choice.header(), "auto;class=code;tokens=16;of=6");
}

#[test]
fn only_the_beginning_and_the_end_of_a_long_text_count() {
    let middle = format!(
        "{} {CODE} {}",
        "Tell me. ".repeat(300),
        "Tell me. ".repeat(300)
    );
    assert_eq!(class(&says(&middle)), Class::Chat);
    let end = format!("{} {CODE}", "Tell me. ".repeat(300));
    assert_eq!(class(&says(&end)), Class::Code);
}

#[test]
fn what_was_said_before_decides_only_what_is_open() {
    let chat = |last: &str| {
        class(&request(&format!(
            r#""messages":[{{"role":"user","content":"I have a Postgres database and Django"}},
            {{"role":"assistant","content":"Good."}},{{"role":"user","content":"{last}"}}]"#
        )))
    };
    assert_eq!(chat("rename a column"), Class::Code);
    assert_eq!(chat("thanks, good night"), Class::Chat);
}

#[test]
fn texts_in_any_script_are_read_to_their_end() {
    for text in [
        "",
        "é",
        "证",
        "证明",
        "🙂🙂",
        "\u{feff}",
        "a#",
        "+++",
        "c++ c#",
        "«¿²∑»",
    ] {
        assert_ne!(class(&says(text)), Class::Long, "{text}");
    }
    assert_eq!(class(&says("证明根号2是无理数")), Class::Reasoning);
}
