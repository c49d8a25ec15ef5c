//! The same answers from every dialect to every surface.

use super::*;

pub(super) fn plan(dialect: Dialect, surface: Surface) -> Plan<'static> {
    Plan {
        dialect,
        surface,
        include_usage: true,
        ..PLAN
    }
}

/// The frames of a whole stream, and what is known of it.
pub(super) fn relay(
    plan: &Plan<'_>,
    stream: &[u8],
    piece: usize,
    cap: u32,
) -> (String, Transcoder) {
    let (mut transcoder, mut out) = (Transcoder::new(1 << 12, cap, plan), Vec::new());
    for bytes in stream.chunks(piece.max(1)) {
        transcoder.push(bytes, &mut out);
    }
    transcoder.end(&mut out);
    transcoder.write_done(&meta(None, false), &mut out);
    (String::from_utf8(out).unwrap(), transcoder)
}

pub(super) fn frames(dialect: Dialect, surface: Surface, stream: &str) -> String {
    relay(
        &plan(dialect, surface),
        stream.as_bytes(),
        usize::MAX,
        u32::MAX,
    )
    .0
}

/// The name and the data of each event.
pub(super) fn events(frames: &str) -> Vec<(String, serde_json::Value)> {
    let mut events = Vec::new();
    let mut parser = Parser::new(1 << 20);
    let mut keep = |event: Event<'_>| {
        let data = serde_json::from_str(event.data).unwrap_or_else(|_| event.data.into());
        events.push((event.name.to_owned(), data));
    };
    parser.push(frames.as_bytes(), &mut keep).unwrap();
    events
}

pub(super) const ANTHROPIC: &str = concat!(
    "event: message_start\ndata: {\"type\":\"message_start\",\"message\":{\"id\":\"msg_1\",\"type\":\"message\",\"role\":\"assistant\",\"model\":\"up\",\"content\":[],\"usage\":{\"input_tokens\":3,\"cache_read_input_tokens\":4,\"cache_creation_input_tokens\":1,\"output_tokens\":1}}}\n\n",
    "event: ping\ndata: {\"type\":\"ping\"}\n\n",
    "event: content_block_start\ndata: {\"type\":\"content_block_start\",\"index\":0,\"content_block\":{\"type\":\"thinking\",\"thinking\":\"\",\"signature\":\"\"}}\n\n",
    "event: content_block_delta\ndata: {\"type\":\"content_block_delta\",\"index\":0,\"delta\":{\"type\":\"thinking_delta\",\"thinking\":\"hm\"}}\n\n",
    "event: content_block_delta\ndata: {\"type\":\"content_block_delta\",\"index\":0,\"delta\":{\"type\":\"signature_delta\",\"signature\":\"s\"}}\n\n",
    "event: content_block_stop\ndata: {\"type\":\"content_block_stop\",\"index\":0}\n\n",
    "event: content_block_start\ndata: {\"type\":\"content_block_start\",\"index\":1,\"content_block\":{\"type\":\"text\",\"text\":\"\"}}\n\n",
    "event: content_block_delta\ndata: {\"type\":\"content_block_delta\",\"index\":1,\"delta\":{\"type\":\"text_delta\",\"text\":\"Hé\"}}\n\n",
    "event: content_block_stop\ndata: {\"type\":\"content_block_stop\",\"index\":1}\n\n",
    "event: content_block_start\ndata: {\"type\":\"content_block_start\",\"index\":2,\"content_block\":{\"type\":\"tool_use\",\"id\":\"t1\",\"name\":\"f\",\"input\":{}}}\n\n",
    "event: content_block_delta\ndata: {\"type\":\"content_block_delta\",\"index\":2,\"delta\":{\"type\":\"input_json_delta\",\"partial_json\":\"{\\\"a\\\":\"}}\n\n",
    "event: content_block_delta\ndata: {\"type\":\"content_block_delta\",\"index\":2,\"delta\":{\"type\":\"input_json_delta\",\"partial_json\":\"1}\"}}\n\n",
    "event: content_block_stop\ndata: {\"type\":\"content_block_stop\",\"index\":2}\n\n",
    "event: content_block_start\ndata: {\"type\":\"content_block_start\",\"index\":3,\"content_block\":{\"type\":\"tool_use\",\"id\":\"t2\",\"name\":\"g\",\"input\":{\"b\":2}}}\n\n",
    "event: content_block_stop\ndata: {\"type\":\"content_block_stop\",\"index\":3}\n\n",
    "event: later\ndata: {\"type\":\"later\",\"x\":1}\n\n",
    "event: message_delta\ndata: {\"type\":\"message_delta\",\"delta\":{\"stop_reason\":\"tool_use\",\"stop_sequence\":null},\"usage\":{\"output_tokens\":9}}\n\n",
    "event: message_stop\ndata: {\"type\":\"message_stop\"}\n\n",
);

pub(super) const CALLS: &str = concat!(
    "data: {\"id\":\"x\",\"model\":\"up\",\"system_fingerprint\":\"fp\",\"choices\":[{\"index\":0,\"delta\":{\"role\":\"assistant\",\"content\":\"so\"},\"logprobs\":{\"content\":[]},\"finish_reason\":null}],\"usage\":{\"prompt_tokens\":7,\"completion_tokens\":1}}\n\n",
    "data: {\"choices\":[{\"index\":0,\"delta\":{\"tool_calls\":[{\"index\":0,\"id\":\"c0\",\"type\":\"function\",\"function\":{\"name\":\"f\",\"arguments\":\"\"}}]}}]}\n\n",
    "data: {\"choices\":[{\"index\":0,\"delta\":{\"tool_calls\":[{\"index\":1,\"id\":\"c1\",\"type\":\"function\",\"function\":{\"name\":\"g\",\"arguments\":\"{\\\"b\\\"\"}}]}}]}\n\n",
    "data: {\"choices\":[{\"index\":0,\"delta\":{\"tool_calls\":[{\"index\":0,\"function\":{\"arguments\":\"{}\"}},{\"index\":1,\"function\":{\"arguments\":\":2}\"}}]}}]}\n\n",
    "data: {\"choices\":[{\"index\":0,\"delta\":{},\"finish_reason\":\"tool_calls\"}]}\n\n",
    "data: {\"choices\":[],\"usage\":{\"prompt_tokens\":7,\"completion_tokens\":2}}\n\n",
    "data: [DONE]\n\n",
);

#[test]
fn anthropics_stream_becomes_native_frames() {
    let (frames, transcoder) = relay(
        &plan(Dialect::Anthropic, Surface::Native),
        ANTHROPIC.as_bytes(),
        usize::MAX,
        u32::MAX,
    );
    let wanted = [
        r#"{"reasoning":"hm"}"#,
        r#"{"content":"Hé"}"#,
        r#"{"toolCalls":[{"index":0,"id":"t1","type":"function","function":{"name":"f","arguments":""}}]}"#,
        r#"{"toolCalls":[{"index":0,"function":{"arguments":"{\"a\":"}}]}"#,
        r#"{"toolCalls":[{"index":0,"function":{"arguments":"1}"}}]}"#,
        r#"{"toolCalls":[{"index":1,"id":"t2","type":"function","function":{"name":"g","arguments":"{\"b\":2}"}}]}"#,
    ]
    .map(frame)
    .concat();
    assert!(frames.starts_with(&wanted), "{frames}");
    assert!(
        frames.ends_with("\"finishReason\":\"tool_calls\"}\n\n"),
        "{frames}"
    );
    let (usage, _) = transcoder.usage().resolve(Usage::default());
    assert_eq!((usage.input_tokens, usage.output_tokens), (8, 9));
    assert_eq!(
        (usage.cached_input_tokens, usage.cache_write_tokens),
        (4, 1)
    );
}

#[test]
fn anthropics_stream_becomes_openais_chunks() {
    let events = events(&frames(Dialect::Anthropic, Surface::OpenAi, ANTHROPIC));
    let deltas: Vec<String> = events
        .iter()
        .filter_map(|(_, data)| data.pointer("/choices/0/delta").map(ToString::to_string))
        .collect();
    assert_eq!(
        deltas[0],
        r#"{"reasoning_content":"hm","role":"assistant"}"#
    );
    assert_eq!(deltas[1], r#"{"content":"Hé"}"#);
    assert!(
        deltas[5].contains(r#""index":1"#) && deltas[5].contains("t2"),
        "{}",
        deltas[5]
    );
    let last = &events[events.len() - 3].1;
    assert_eq!(last["choices"][0]["finish_reason"], "tool_calls");
    assert_eq!(
        (&last["id"], &last["created"]),
        (&"chatcmpl-log_1".into(), &5.into())
    );
    let usage = &events[events.len() - 2].1;
    assert_eq!(usage["choices"], serde_json::json!([]));
    assert_eq!(usage["usage"]["total_tokens"], 9);
    assert_eq!(events[events.len() - 1].1, "[DONE]");
}

#[test]
fn the_usage_chunk_is_for_those_who_asked() {
    let quiet = Plan {
        include_usage: false,
        ..plan(Dialect::Anthropic, Surface::OpenAi)
    };
    let (frames, _) = relay(&quiet, ANTHROPIC.as_bytes(), usize::MAX, u32::MAX);
    assert!(!frames.contains("usage"), "{frames}");
    let quiet = Plan {
        dialect: Dialect::Openai,
        ..quiet
    };
    let (frames, _) = relay(&quiet, CALLS.as_bytes(), usize::MAX, u32::MAX);
    assert!(!frames.contains("usage"), "{frames}");
    assert!(frames.ends_with("data: [DONE]\n\n"));
}

#[test]
fn anthropics_stream_is_passed_on_but_for_the_models_name() {
    let frames = frames(Dialect::Anthropic, Surface::Anthropic, ANTHROPIC);
    assert_eq!(frames, ANTHROPIC.replace("\"up\"", "\"m\""));
}

#[test]
fn openais_chunks_are_passed_on_but_for_model_and_usage() {
    let frames = frames(Dialect::Openai, Surface::OpenAi, CALLS);
    assert!(frames.starts_with(
        r#"data: {"id":"x","model":"m","system_fingerprint":"fp","choices":[{"index":0,"delta":{"role":"assistant","content":"so"},"logprobs":{"content":[]},"finish_reason":null}]}"#
    ), "{frames}");
    assert_eq!(frames.matches("finish_reason\":\"tool_calls").count(), 1);
    assert_eq!(frames.matches("\"usage\":").count(), 1, "the settled one");
}

#[test]
fn openais_chunks_become_anthropics_events_with_interleaved_calls() {
    let events = events(&frames(Dialect::Openai, Surface::Anthropic, CALLS));
    let shown: Vec<String> = events
        .iter()
        .map(|(name, data)| {
            assert_eq!(*name, data["type"]);
            match data.pointer("/delta/partial_json") {
                Some(piece) => format!("{} {}", data["index"], piece.as_str().unwrap()),
                None => format!("{name} {}", data["index"]),
            }
        })
        .collect();
    assert_eq!(
        shown,
        [
            "message_start null",
            "content_block_start 0",
            "content_block_delta 0",
            "content_block_stop 0",
            "content_block_start 1",
            "content_block_start 2",
            "2 {\"b\"",
            "1 {}",
            "2 :2}",
            "content_block_stop 1",
            "content_block_stop 2",
            "message_delta null",
            "message_stop null",
        ]
    );
    assert_eq!(events[0].1["message"]["usage"]["input_tokens"], 11);
    let delta = &events[11].1;
    assert_eq!(delta["delta"]["stop_reason"], "tool_use");
    assert_eq!(delta["usage"]["output_tokens"], 2);
}

#[test]
fn an_answer_by_tool_is_text() {
    let by_tool = Plan {
        by_tool: true,
        ..plan(Dialect::Anthropic, Surface::Native)
    };
    let (frames, transcoder) = relay(&by_tool, ANTHROPIC.as_bytes(), usize::MAX, u32::MAX);
    assert!(
        frames.contains(&frame(r#"{"content":"{\"a\":"}"#)),
        "{frames}"
    );
    assert!(!frames.contains("toolCalls"));
    assert_eq!(transcoder.finish(), Finish::Stop);
}

#[test]
fn only_message_stop_ends_anthropics_stream() {
    let cut = ANTHROPIC.split("event: message_stop").next().unwrap();
    let tried = [
        cut.to_owned(),
        format!("{cut}data: [DONE]\n\n"),
        format!(
            "{cut}event: error\ndata: {{\"type\":\"error\",\"error\":{{\"type\":\"overloaded_error\",\"message\":\"x\"}}}}\n\n"
        ),
        format!("{cut}event: x\ndata: {{}}\n\n"),
        "event: content_block_delta\ndata: {\"type\":\"content_block_delta\",\"index\":0}\n\n"
            .to_owned(),
    ];
    for stream in tried {
        for surface in [Surface::Native, Surface::OpenAi, Surface::Anthropic] {
            let plan = plan(Dialect::Anthropic, surface);
            let (frames, transcoder) = relay(&plan, stream.as_bytes(), usize::MAX, u32::MAX);
            assert!(matches!(transcoder.status(), Status::Failed(_)), "{stream}");
            assert!(!frames.contains("[DONE]") && !frames.contains("message_stop"));
            assert!(!frames.contains("\"done\":true") && !frames.contains("event: error"));
        }
    }
    let (_, bare) = relay(
        &plan(Dialect::Anthropic, Surface::Native),
        format!("{cut}event: message_stop\ndata: {{\"type\":\"message_stop\"}}").as_bytes(),
        usize::MAX,
        u32::MAX,
    );
    assert_eq!(
        bare.status(),
        Status::Complete,
        "without the last blank line"
    );
}

#[test]
fn a_stream_cut_before_its_count_has_only_its_input_counted() {
    let cut = ANTHROPIC.split("event: message_delta").next().unwrap();
    let plan = plan(Dialect::Anthropic, Surface::Native);
    let (_, transcoder) = relay(&plan, cut.as_bytes(), usize::MAX, u32::MAX);
    assert_eq!(
        (transcoder.usage().input, transcoder.usage().output),
        (Some(8), None)
    );
    assert!(transcoder.produced_bytes() > 0);
}

#[test]
fn a_stream_beyond_its_cap_ends_well_formed_in_every_form() {
    let text = "x".repeat(3_000);
    let anthropic = ANTHROPIC.replace("Hé", &text);
    let openai = CALLS.replace("\"so\"", &format!("\"{text}\""));
    for (dialect, stream) in [(Dialect::Anthropic, &anthropic), (Dialect::Openai, &openai)] {
        for surface in [Surface::Native, Surface::OpenAi, Surface::Anthropic] {
            let plan = plan(dialect, surface);
            let (frames, transcoder) = relay(&plan, stream.as_bytes(), usize::MAX, 2);
            assert!(transcoder.is_overrun());
            let events = events(&frames);
            match surface {
                Surface::Native => assert!(frames.contains("\"finishReason\":\"length\"")),
                Surface::OpenAi => {
                    assert_eq!(frames.matches("finish_reason\":\"length").count(), 1);
                    assert!(frames.ends_with("data: [DONE]\n\n"));
                }
                Surface::Anthropic => {
                    let count = |name: &str| events.iter().filter(|(it, _)| it == name).count();
                    assert_eq!(count("content_block_start"), count("content_block_stop"));
                    assert_eq!(
                        events[events.len() - 2].1["delta"]["stop_reason"],
                        "max_tokens"
                    );
                    assert_eq!(events[events.len() - 1].0, "message_stop");
                }
            }
        }
    }
}

proptest! {
    #[test]
    fn any_split_gives_the_same_frames(piece in 1usize..200, which in 0usize..9) {
        let surface = [Surface::Native, Surface::OpenAi, Surface::Anthropic][which % 3];
        let (dialect, stream) = [
            (Dialect::Anthropic, ANTHROPIC),
            (Dialect::Openai, CALLS),
            (Dialect::WorkersAi, OPENAI),
        ][which / 3];
        let plan = plan(dialect, surface);
        let (whole, _) = relay(&plan, stream.as_bytes(), usize::MAX, u32::MAX);
        let (pieces, transcoder) = relay(&plan, stream.as_bytes(), piece, u32::MAX);
        prop_assert_eq!(pieces, whole);
        prop_assert_eq!(transcoder.status(), Status::Complete);
    }
}
