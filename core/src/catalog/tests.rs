use super::*;

fn shipped() -> Catalog {
    Catalog::parse(SHIPPED).unwrap()
}

#[test]
fn the_shipped_catalog_is_valid_and_has_the_promised_ids() {
    let catalog = shipped();
    for id in [
        "meta-llm",
        "claude-opus-4-8",
        "claude-sonnet-4-6",
        "claude-haiku-4-5",
        "gpt-4o",
        "gpt-4o-mini",
        "meta/llama-3.3-70b",
        "meta/llama-3.1-8b",
        "deepseek/r1-32b",
        "qwen/coder-32b",
        "moonshot/kimi-k2",
        "bge-base-en",
    ] {
        assert!(catalog.find(id).is_some(), "{id}");
    }
    assert_eq!(catalog.default, "meta-llm");
    assert_eq!(catalog.find("nothing"), None);
    assert!(catalog.find("gpt-4o").unwrap().can(Capability::Vision));
    assert!(!catalog.find("meta-llm").unwrap().can(Capability::Vision));
}

#[test]
fn a_wrong_catalog_is_refused_with_the_reason() {
    let json = |from: &str, to: &str| {
        let changed = SHIPPED.replacen(from, to, 1);
        assert_ne!(changed, SHIPPED, "{from}");
        Catalog::parse(&changed).unwrap_err()
    };
    let meta = r#""default": "meta-llm""#;
    assert!(json(meta, r#""default": "bge-base-en""#).contains("not a model for chat"));
    let bge = r#""default_embedding": "bge-base-en""#;
    assert!(json(bge, r#""default_embedding": "auto""#).contains("for embedding"));
    assert!(json(r#""id": "gpt-4o""#, r#""id": "gpt-4o-mini""#).contains("same id"));
    assert!(json(r#""id": "gpt-4o""#, r#""id": "auto""#).contains("own choice"));
    assert!(json(r#""input": 2.5"#, r#""input": -2.5"#).contains("gpt-4o: a price"));
    assert!(json(r#""id": "gpt-4o""#, r#""id": "GPT 4o""#).contains("an id or alias"));
    assert!(json(r#""kind": "chat""#, r#""kind": "chat", "colour": 1"#).contains("colour"));
    assert!(json(r#""dialect": "openai""#, r#""dialect": "anthropic""#).contains("speak"));
    assert!(json(r#""tools", "#, r#""tools", "tools", "#).contains("capability"));
    assert!(json(r#""tools""#, r#""juggling""#).contains("juggling"));
    let fallback = r#""fallbacks": ["gpt-4o"]"#;
    for wrong in ["nope", "auto", "claude-sonnet-4-6", "bge-base-en"] {
        let to = format!(r#""fallbacks": ["{wrong}"]"#);
        assert!(json(fallback, &to).contains("a fallback is not"), "{wrong}");
    }
    assert!(json(fallback, r#""fallbacks": ["gpt-4o", "gpt-4o"]"#).contains("twice"));
}

#[test]
fn a_deployment_replaces_adds_and_removes_models() {
    assert_eq!(Catalog::of_deployment(" ").unwrap(), shipped());
    let model = |id: &str| {
        format!(
            r#"{{"id":"{id}","kind":"chat","backend":"openai","dialect":"openai","upstream":"u",
            "context_window":10,"max_output":5,"capabilities":[],
            "price":{{"input":1,"output":2,"source":"s","date":"2026-11-23"}}}}"#
        )
    };
    let changes = format!(
        r#"{{"default":"own","remove":["claude-opus-4-8"],"models":[{},{}]}}"#,
        model("own"),
        model("gpt-4o")
    );
    let catalog = Catalog::of_deployment(&changes).unwrap();
    assert_eq!(catalog.models.len(), shipped().models.len());
    assert_eq!(catalog.find("gpt-4o").unwrap().upstream, "u");
    assert_eq!(catalog.default, "own");
    assert_eq!(catalog.find("claude-opus-4-8"), None);
    let catalog = Catalog::of_deployment(r#"{"default":"auto"}"#).unwrap();
    assert_eq!(catalog.default, "auto");
}

#[test]
fn wrong_changes_are_refused_with_the_reason() {
    for (changes, reason) in [
        ("{", "EOF"),
        ("[]", "object"),
        (r#"{"model":[]}"#, "unknown field"),
        (r#"{"default":"nope"}"#, "the default nope"),
        (r#"{"remove":["nope"]}"#, "no such model"),
        (r#"{"remove":["meta-llm"]}"#, "the default meta-llm"),
    ] {
        let refused = Catalog::of_deployment(changes).unwrap_err();
        assert!(refused.contains(reason), "{changes}: {refused}");
    }
}

#[test]
fn near_names_are_of_the_kind_that_was_asked_for() {
    let catalog = shipped();
    assert_eq!(catalog.near("aut", Kind::Chat), ["auto"]);
    assert_eq!(catalog.near("gpt-4", Kind::Chat), ["gpt-4o", "gpt-4o-mini"]);
    assert!(catalog.near("bge-base", Kind::Chat).is_empty());
    assert_eq!(catalog.near("bge-base", Kind::Embedding), ["bge-base-en"]);
}
