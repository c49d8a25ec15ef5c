//! What backends send that no document says they do.

use super::surfaces::{ANTHROPIC, CALLS, frames, plan, relay};
use super::*;
use crate::chat::usage::UsageSource;

const SURFACES: [Surface; 3] = [Surface::Native, Surface::OpenAi, Surface::Anthropic];
const DIALECTS: [(Dialect, &str); 2] = [(Dialect::Openai, CALLS), (Dialect::Anthropic, ANTHROPIC)];

fn status(dialect: Dialect, surface: Surface, stream: &str) -> Status {
    let plan = plan(dialect, surface);
    let (_, transcoder) = relay(&plan, stream.as_bytes(), usize::MAX, u32::MAX);
    transcoder.status()
}

fn delta(choice: &str) -> String {
    format!("data: {{\"choices\":[{{\"index\":0,{choice}}}]}}\n\n")
}

#[test]
fn what_comes_after_the_end_changes_nothing_in_any_form() {
    let late = [
        CALLS,
        ANTHROPIC,
        "data: {\"choices\":[],\"usage\":{\"prompt_tokens\":900,\"completion_tokens\":900}}\n\n",
        "event: error\ndata: {\"type\":\"error\",\"error\":{\"type\":\"api_error\",\"message\":\"late\"}}\n\n",
        "data: {\"error\":{\"message\":\"late\"}}\n\n",
        "data: <html>",
    ];
    for (dialect, stream) in DIALECTS {
        for surface in SURFACES {
            let plan = plan(dialect, surface);
            let whole = relay(&plan, stream.as_bytes(), usize::MAX, u32::MAX);
            for late in late {
                for piece in [usize::MAX, 7] {
                    let more = format!("{stream}{late}");
                    let with = relay(&plan, more.as_bytes(), piece, u32::MAX);
                    assert_eq!(with.0, whole.0, "{dialect:?} {surface:?} {late}");
                    assert_eq!(with.1.usage(), whole.1.usage());
                    assert_eq!(with.1.status(), Status::Complete);
                }
            }
        }
    }
}

#[test]
fn chunks_without_choices_say_nothing() {
    let empty = "data: {\"id\":\"x\",\"choices\":[]}\n\n";
    let stream = CALLS.replace("data: {\"choices\"", &format!("{empty}data: {{\"choices\""));
    for surface in [Surface::Native, Surface::Anthropic] {
        let (whole, with) = (
            frames(Dialect::Openai, surface, CALLS),
            frames(Dialect::Openai, surface, &format!("{empty}{stream}")),
        );
        assert_eq!(with, whole, "{surface:?}");
    }
    for surface in SURFACES {
        let stream = format!("{empty}{stream}");
        assert_eq!(status(Dialect::Openai, surface, &stream), Status::Complete);
        let only = format!("{empty}data: [DONE]\n\n");
        assert_eq!(status(Dialect::Openai, surface, &only), Status::Complete);
    }
}

#[test]
fn usage_on_each_event_counts_once() {
    let usage =
        |output| format!("\"usage\":{{\"prompt_tokens\":7,\"completion_tokens\":{output}}}");
    let openai: String = (1..=5)
        .map(|n| {
            let choice = format!("\"delta\":{{\"content\":\"a{n}\"}}");
            delta(&choice).replace("]}\n", &format!("],{}}}\n", usage(n)))
        })
        .chain(["data: [DONE]\n\n".to_owned()])
        .collect();
    let start = ANTHROPIC
        .split("event: content_block_start")
        .next()
        .unwrap();
    let anthropic: String = (1..=5)
        .map(|n| {
            format!(
                "event: message_delta\ndata: {{\"type\":\"message_delta\",\"delta\":{{\"stop_reason\":\"end_turn\"}},\"usage\":{{\"output_tokens\":{n}}}}}\n\n"
            )
        })
        .chain(["event: message_stop\ndata: {\"type\":\"message_stop\"}\n\n".to_owned()])
        .collect();
    let anthropic = format!("{start}{anthropic}");
    for (dialect, stream, input) in [
        (Dialect::Openai, &openai, 7),
        (Dialect::Anthropic, &anthropic, 8),
    ] {
        for surface in SURFACES {
            let plan = plan(dialect, surface);
            let (_, transcoder) = relay(&plan, stream.as_bytes(), usize::MAX, u32::MAX);
            let (usage, source) = transcoder.usage().or_estimate(99, 99);
            assert_eq!(transcoder.status(), Status::Complete);
            assert_eq!(
                (usage.input_tokens, usage.output_tokens, source),
                (input, 5, UsageSource::Reported),
                "{dialect:?} {surface:?}"
            );
        }
    }
}

#[test]
fn a_stream_without_usage_is_estimated_by_what_it_produced() {
    let openai = format!(
        "{}data: [DONE]\n\n",
        delta("\"delta\":{\"content\":\"12345678\"}")
    );
    let anthropic = concat!(
        "event: message_start\ndata: {\"type\":\"message_start\",\"message\":{\"role\":\"assistant\"}}\n\n",
        "event: content_block_start\ndata: {\"type\":\"content_block_start\",\"index\":0,\"content_block\":{\"type\":\"text\",\"text\":\"\"}}\n\n",
        "event: content_block_delta\ndata: {\"type\":\"content_block_delta\",\"index\":0,\"delta\":{\"type\":\"text_delta\",\"text\":\"12345678\"}}\n\n",
        "event: content_block_stop\ndata: {\"type\":\"content_block_stop\",\"index\":0}\n\n",
        "event: message_stop\ndata: {\"type\":\"message_stop\"}\n\n",
    );
    for (dialect, stream) in [
        (Dialect::Openai, openai.as_str()),
        (Dialect::Anthropic, anthropic),
    ] {
        for surface in SURFACES {
            let plan = plan(dialect, surface);
            let (_, transcoder) = relay(&plan, stream.as_bytes(), usize::MAX, u32::MAX);
            assert_eq!(transcoder.status(), Status::Complete);
            let produced = transcoder.produced_bytes();
            let (usage, source) = transcoder.usage().or_estimate(11, produced);
            assert_eq!(
                (produced, usage.input_tokens, usage.output_tokens, source),
                (8, 11, 2, UsageSource::Estimated)
            );
        }
    }
}

#[test]
fn interleaved_calls_keep_to_their_index_in_every_form() {
    let anthropic = {
        let block = |index: u64, name: &str| {
            format!(
                "event: content_block_start\ndata: {{\"type\":\"content_block_start\",\"index\":{index},\"content_block\":{{\"type\":\"tool_use\",\"id\":\"t{index}\",\"name\":\"{name}\",\"input\":{{}}}}}}\n\n"
            )
        };
        let piece = |index: u64, json: &str| {
            format!(
                "event: content_block_delta\ndata: {{\"type\":\"content_block_delta\",\"index\":{index},\"delta\":{{\"type\":\"input_json_delta\",\"partial_json\":\"{json}\"}}}}\n\n"
            )
        };
        let start = ANTHROPIC
            .split("event: content_block_start")
            .next()
            .unwrap();
        let end = ANTHROPIC.split("event: later").nth(1).unwrap();
        [
            start,
            &block(0, "f"),
            &block(1, "g"),
            &piece(1, "{\\\"b\\\""),
            &piece(0, "{}"),
            &piece(1, ":2}"),
            "event: later",
            end,
        ]
        .concat()
    };
    for (dialect, stream) in [
        (Dialect::Openai, CALLS),
        (Dialect::Anthropic, anthropic.as_str()),
    ] {
        for (surface, at) in [
            (Surface::Native, "/delta/toolCalls"),
            (Surface::OpenAi, "/choices/0/delta/tool_calls"),
        ] {
            let mut calls = [String::new(), String::new()];
            for (_, data) in surfaces::events(&frames(dialect, surface, stream)) {
                let pieces = data.pointer(at).and_then(serde_json::Value::as_array);
                for call in pieces.into_iter().flatten() {
                    let index = usize::try_from(call["index"].as_u64().unwrap()).unwrap();
                    let said = &call["function"];
                    calls[index].push_str(said["name"].as_str().unwrap_or_default());
                    calls[index].push_str(said["arguments"].as_str().unwrap_or_default());
                }
            }
            assert_eq!(calls, ["f{}", "g{\"b\":2}"], "{dialect:?} {surface:?}");
        }
    }
}

#[test]
fn an_event_that_is_no_json_fails_in_every_form() {
    for (dialect, stream) in DIALECTS {
        let first = stream.split_inclusive("\n\n").next().unwrap();
        for broken in [
            "{\"choices\":[{",
            "<html><body>502</body></html>",
            "[]",
            "\"text\"",
            "{\"type\":",
        ] {
            let name = if dialect == Dialect::Anthropic {
                "event: content_block_delta\n"
            } else {
                ""
            };
            for surface in SURFACES {
                let stream = format!("{first}{name}data: {broken}\n\n{stream}");
                let failed = status(dialect, surface, &stream);
                assert_eq!(failed, Status::Failed(Failure::Malformed), "{broken}");
                let frames = frames(dialect, surface, &stream);
                assert!(!frames.contains("[DONE]") && !frames.contains("message_stop"));
                assert!(!frames.contains("\"done\":true") && !frames.contains("html"));
            }
        }
    }
}

/// Anthropic's events between a beginning and an end.
fn anthropic(events: &[&str]) -> String {
    let start = ANTHROPIC
        .split("event: content_block_start")
        .next()
        .unwrap();
    let end = ANTHROPIC.split("event: later").nth(1).unwrap();
    let event = |data: &&str| {
        let name = data.split('"').nth(3).unwrap();
        format!("event: {name}\ndata: {data}\n\n")
    };
    let events: String = events.iter().map(event).collect();
    format!("{start}{events}event: later{end}")
}

#[test]
fn of_blocks_with_the_same_index_the_last_one_goes_on() {
    let stream = anthropic(&[
        r#"{"type":"content_block_start","content_block":{"type":"tool_use","id":"a","name":"f"}}"#,
        r#"{"type":"content_block_delta","delta":{"type":"input_json_delta","partial_json":"{}"}}"#,
        r#"{"type":"content_block_start","content_block":{"type":"tool_use","id":"b","name":"g"}}"#,
        r#"{"type":"content_block_delta","delta":{"type":"input_json_delta","partial_json":"[]"}}"#,
    ]);
    let frames = frames(Dialect::Anthropic, Surface::Native, &stream);
    assert!(
        frames.contains(r#"{"index":0,"function":{"arguments":"{}"}}"#),
        "{frames}"
    );
    assert!(
        frames.contains(r#"{"index":1,"function":{"arguments":"[]"}}"#),
        "{frames}"
    );
}

#[test]
fn blocks_that_are_open_when_a_stream_is_cut_at_its_cap_are_closed_each() {
    let text = "x".repeat(3_000);
    let long = format!(
        r#"{{"type":"content_block_delta","index":1,"delta":{{"type":"input_json_delta","partial_json":"{text}"}}}}"#
    );
    let stream = anthropic(&[
        r#"{"type":"content_block_start","index":0,"content_block":{"type":"tool_use","id":"a","name":"f","input":{}}}"#,
        r#"{"type":"content_block_start","index":1,"content_block":{"type":"tool_use","id":"b","name":"g","input":{}}}"#,
        &long,
        r#"{"type":"content_block_stop","index":1}"#,
    ]);
    let plan = plan(Dialect::Anthropic, Surface::Anthropic);
    let (frames, transcoder) = relay(&plan, stream.as_bytes(), usize::MAX, 2);
    assert!(transcoder.is_overrun());
    for index in [0, 1] {
        let stop = format!(r#"{{"type":"content_block_stop","index":{index}}}"#);
        assert_eq!(frames.matches(&stop).count(), 1, "{frames}");
    }
}
