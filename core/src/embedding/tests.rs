use super::*;
use crate::chat::usage::Usage;
use crate::money::NanoUsd;

fn read(body: &str) -> Result<Request, String> {
    let json = Json::parse_request(body.as_bytes()).map_err(|it| it.path)?;
    Request::from_json(json).map_err(|it| it.path)
}

fn meta() -> Meta<'static> {
    Meta {
        log_id: "log_1",
        model: "bge",
        created_s: 1,
        usage: Usage {
            input_tokens: 7,
            ..Usage::default()
        },
        estimated: true,
        cached: false,
        cost: Some(NanoUsd(469)),
    }
}

#[test]
fn reads_texts_and_tokens_and_bounds_them() {
    for (input, bound, estimate) in [
        (r#""héllo""#, 6 + 8, 2),
        (r#"["a","bcdef"]"#, 6 + 16, 3),
        ("[1,2,3]", 3 + 8, 3),
        ("[[1,2],[3]]", 3 + 16, 3),
    ] {
        let request = read(&format!(r#"{{"input":{input}}}"#)).unwrap();
        assert_eq!(request.input_token_bound(), bound, "{input}");
        assert_eq!(request.input_estimate(), estimate, "{input}");
        assert_eq!(request.model, "");
    }
}

#[test]
fn what_is_wrong_is_refused_by_its_path() {
    let many = format!(r#"{{"input":[{}"x"]}}"#, r#""x","#.repeat(MAX_INPUTS));
    for (body, path) in [
        ("{}", "$.input"),
        (r#"{"input":7}"#, "$.input"),
        (r#"{"input":""}"#, "$.input"),
        (r#"{"input":[]}"#, "$.input"),
        (r#"{"input":["a",""]}"#, "$.input[1]"),
        (r#"{"input":["a",[]]}"#, "$.input[1]"),
        (r#"{"input":[1,"a"]}"#, "$.input"),
        (r#"{"input":[-1]}"#, "$.input[0]"),
        (
            r#"{"input":"a","encoding_format":"hex"}"#,
            "$.encoding_format",
        ),
        (r#"{"input":"a","dimensions":0}"#, "$.dimensions"),
        (r#"{"input":"a","later":1}"#, "$.later"),
        (many.as_str(), "$.input"),
    ] {
        assert_eq!(read(body).unwrap_err(), path, "{body}");
    }
}

#[test]
fn encodes_for_each_backend() {
    let request = read(
        r#"{"model":"m","input":["a",[1,2]],"encoding_format":"base64","dimensions":4,"user":"u"}"#,
    )
    .unwrap();
    let sent = request.encode(Dialect::Openai, "up").unwrap();
    assert_eq!(
        String::from_utf8(sent).unwrap(),
        r#"{"model":"up","input":["a",[1,2]],"encoding_format":"base64","dimensions":4}"#
    );
    let path = |body: &str| {
        read(body)
            .unwrap()
            .encode(Dialect::WorkersAi, "up")
            .unwrap_err()
            .path
    };
    assert_eq!(path(r#"{"input":"a","dimensions":4}"#), "$.dimensions");
    assert_eq!(path(r#"{"input":["a",[1,2]]}"#), "$.input[1]");
    let sent = read(r#"{"input":"a"}"#)
        .unwrap()
        .encode(Dialect::WorkersAi, "up")
        .unwrap();
    assert_eq!(sent, br#"{"text":["a"]}"#);
}

#[test]
fn openais_vectors_are_passed_on_as_they_are() {
    let request = read(r#"{"input":"a"}"#).unwrap();
    let data = r#"[{"object":"embedding","index":0,"embedding":[0.10, -1e-3]}]"#;
    let body = format!(
        r#"{{"object":"list","data":{data},"model":"up","usage":{{"prompt_tokens":7,"total_tokens":7}}}}"#
    );
    let vectors = Vectors::parse(body.as_bytes(), Dialect::Openai, &request).unwrap();
    assert_eq!(vectors.usage.input, Some(7));
    assert_eq!(
        String::from_utf8(vectors.render(&meta(), false)).unwrap(),
        format!(
            r#"{{"object":"list","data":{data},"model":"bge","usage":{{"prompt_tokens":7,"total_tokens":7}}}}"#
        )
    );
    let native = String::from_utf8(vectors.render(&meta(), true)).unwrap();
    assert!(
        native.ends_with(r#""logId":"log_1","costUsd":0.000000469,"usageEstimated":true}"#),
        "{native}"
    );
}

#[test]
fn workers_ai_vectors_get_openais_form() {
    let body = br#"{"shape":[2,2],"data":[[0.1,-0.5],[1,2]],"pooling":"mean"}"#;
    let rendered = |format: &str| {
        let request = format!(r#"{{"input":["a","b"],"encoding_format":"{format}"}}"#);
        let request = read(&request).unwrap();
        let vectors = Vectors::parse(body, Dialect::WorkersAi, &request).unwrap();
        assert!(vectors.usage.is_empty());
        String::from_utf8(vectors.render(&meta(), false)).unwrap()
    };
    assert!(
        rendered("float").starts_with(
            r#"{"object":"list","data":[{"object":"embedding","index":0,"embedding":[0.1,-0.5]},{"object":"embedding","index":1,"embedding":[1.0,2.0]}],"#
        ),
        "{}",
        rendered("float")
    );
    assert!(
        rendered("base64").contains(r#""embedding":"zczMPQAAAL8=""#),
        "{}",
        rendered("base64")
    );
}

#[test]
fn base64_is_padded() {
    let text = |row: &[f32]| {
        let mut out = Vec::new();
        write_base64(row, &mut out);
        String::from_utf8(out).unwrap()
    };
    assert_eq!(text(&[]), "");
    assert_eq!(text(&[1.0]), "AACAPw==");
    assert_eq!(text(&[1.0, 2.0, 3.0]), "AACAPwAAAEAAAEBA");
}

#[test]
fn what_is_no_answer_is_told_apart() {
    let request = read(r#"{"input":["a","b"]}"#).unwrap();
    for dialect in [Dialect::Openai, Dialect::WorkersAi] {
        let good = br#"{"data":[[1],[2]],"usage":null}"#;
        assert!(Vectors::parse(good, dialect, &request).is_ok());
        for (body, bad) in [
            (r#"{"data":[[1],[2]"#, BadAnswer::NotJson),
            (r#"{"data":[]}"#, BadAnswer::NoAnswer),
            (r#"{"data":[[1]]}"#, BadAnswer::NoAnswer),
            (r#"{"data":[[1],[2],[3]]}"#, BadAnswer::NoAnswer),
            (r#"{"data":null}"#, BadAnswer::NoAnswer),
            (r#"{"choices":[]}"#, BadAnswer::NoAnswer),
            ("", BadAnswer::NotJson),
            ("<html>", BadAnswer::NotJson),
            ("{}", BadAnswer::NoAnswer),
            (r#"{"data":{}}"#, BadAnswer::NoAnswer),
            (r#"{"error":{"message":"x"}}"#, BadAnswer::Error),
        ] {
            let parsed = Vectors::parse(body.as_bytes(), dialect, &request);
            assert_eq!(parsed.unwrap_err(), bad, "{body}");
        }
    }
}
