//! Streams with a guard, in every API.

use super::*;
use crate::profile::{Profile, Profiles};
use crate::scan::Rules;
use crate::scan::answer::Policy;

fn guard(policy: Policy) -> Option<Guard> {
    let profiles = Profiles::default().with(Profile::Finance);
    let patterns = &[];
    Some(Guard::new(Rules { profiles, patterns }, policy))
}

/// The frames of `stream`, read byte by byte, and how it ended; the last frame written if it is complete.
fn guarded(plan: &Plan<'_>, stream: &str, policy: Policy) -> (String, Status) {
    let mut transcoder = Transcoder::new(1 << 16, u32::MAX, plan).guarded(guard(policy));
    let mut out = Vec::new();
    for byte in stream.as_bytes().chunks(1) {
        transcoder.push(byte, &mut out);
    }
    let status = transcoder.end(&mut out);
    transcoder.write_done(&meta(None, false), &mut out);
    (String::from_utf8(out).unwrap(), status)
}

/// A stream that says this in pieces of so many bytes.
fn says(dialect: Dialect, text: &str, piece: usize) -> String {
    let pieces = text.as_bytes().chunks(piece);
    let mut stream = String::new();
    if dialect == Dialect::Anthropic {
        stream.push_str("event: message_start\ndata: {\"type\":\"message_start\",\"message\":{\"id\":\"x\",\"content\":[],\"usage\":{\"input_tokens\":1,\"output_tokens\":1}}}\n\nevent: content_block_start\ndata: {\"type\":\"content_block_start\",\"index\":0,\"content_block\":{\"type\":\"text\",\"text\":\"\"}}\n\n");
    }
    for piece in pieces {
        let piece = serde_json::to_string(std::str::from_utf8(piece).unwrap()).unwrap();
        stream.push_str(&match dialect {
            Dialect::Anthropic => format!("event: content_block_delta\ndata: {{\"type\":\"content_block_delta\",\"index\":0,\"delta\":{{\"type\":\"text_delta\",\"text\":{piece}}}}}\n\n"),
            _ => format!("data: {{\"choices\":[{{\"index\":0,\"delta\":{{\"content\":{piece}}},\"logprobs\":{{\"content\":[{{\"token\":{piece}}}]}}}}]}}\n\n"),
        });
    }
    stream.push_str(match dialect {
        Dialect::Anthropic => "event: content_block_stop\ndata: {\"type\":\"content_block_stop\",\"index\":0}\n\nevent: message_delta\ndata: {\"type\":\"message_delta\",\"delta\":{\"stop_reason\":\"end_turn\"},\"usage\":{\"output_tokens\":9}}\n\nevent: message_stop\ndata: {\"type\":\"message_stop\"}\n\n",
        _ => "data: [DONE]\n\n",
    });
    stream
}

const SECRET: &str = "Here is the card: 4111 1111 1111 1111. And that was it, as far as cards are concerned; nothing more.";

#[test]
fn no_value_passes_a_guard_in_any_api() {
    for surface in [Surface::Native, Surface::OpenAi, Surface::Anthropic] {
        for dialect in [Dialect::Openai, Dialect::WorkersAi, Dialect::Anthropic] {
            let plan = Plan {
                dialect,
                surface,
                ..PLAN
            };
            for piece in [1, 3, 17, 400] {
                let stream = says(dialect, SECRET, piece);
                let (frames, status) = guarded(&plan, &stream, Policy::Redact);
                assert_eq!(status, Status::Complete);
                assert!(
                    !frames.contains("1111") && !frames.contains("411"),
                    "{frames}"
                );
                assert!(frames.contains("[payment_card]"), "{surface:?} {frames}");
                assert!(frames.contains("concerned") && frames.contains("nothing more."));

                let (frames, status) = guarded(&plan, &stream, Policy::Block);
                assert!(matches!(status, Status::Failed(Failure::Withheld)));
                assert!(
                    !frames.contains("1111") && !frames.contains("[DONE]"),
                    "{frames}"
                );
                assert!(!frames.contains("message_stop") && !frames.contains("\"done\":true"));
            }
        }
    }
}

#[test]
fn what_is_flagged_is_told_at_the_end() {
    for (surface, told) in [
        (Surface::Native, r#""found":["payment_card"]"#),
        (Surface::OpenAi, ": found payment_card\n\n"),
        (Surface::Anthropic, ": found payment_card\n\n"),
    ] {
        let plan = Plan { surface, ..PLAN };
        let stream = says(Dialect::Openai, SECRET, 400);
        let (frames, status) = guarded(&plan, &stream, Policy::Flag);
        assert_eq!(status, Status::Complete);
        assert!(
            frames.contains("4111 1111 1111 1111") && frames.contains(told),
            "{frames}"
        );
        let (frames, _) = guarded(&plan, &says(Dialect::Openai, "hello", 2), Policy::Flag);
        assert!(!frames.contains("found"), "{frames}");
    }
}

#[test]
fn the_arguments_of_calls_are_guarded_each_for_itself() {
    let call = |index: u32, head: &str, arguments: &str| {
        let arguments = serde_json::to_string(arguments).unwrap();
        format!(
            "data: {{\"choices\":[{{\"delta\":{{\"tool_calls\":[{{\"index\":{index},{head}\"function\":{{\"arguments\":{arguments}}}}}]}}}}]}}\n\n"
        )
    };
    let stream = [
        says(Dialect::Openai, "I call.", 3).replace("data: [DONE]\n\n", ""),
        call(0, r#""id":"a","type":"function","#, "{\"ssn\": 0780"),
        call(1, r#""id":"b","type":"function","#, "{\"x\":1"),
        call(0, "", "51120}"),
        call(1, "", "}"),
        "data: [DONE]\n\n".to_owned(),
    ]
    .concat();
    for surface in [Surface::Native, Surface::OpenAi, Surface::Anthropic] {
        let plan = Plan { surface, ..PLAN };
        let (frames, _) = guarded(&plan, &stream, Policy::Redact);
        assert!(
            !frames.contains("0780") && !frames.contains("51120"),
            "{frames}"
        );
        assert!(frames.contains(r#"{\"ssn\": \"[ssn]\"}"#), "{frames}");
        assert!(frames.contains(r#"{\"x\":1}"#), "{frames}");
        let text = frames.find("I call.").unwrap();
        assert!(text < frames.find("[ssn]").unwrap(), "{frames}");
    }
}
