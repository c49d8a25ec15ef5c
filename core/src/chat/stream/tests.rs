//! Behaviour of the transcoder, one test each.

use super::state::{MOST_BYTES_PER_TOKEN, SLACK_BYTES};
use super::*;
use crate::chat::usage::{Usage, estimate_tokens};
use crate::error::ApiError;
use crate::money::NanoUsd;
use proptest::prelude::*;

mod guard;
mod scripts;
mod surfaces;
mod upstream;

/// A native caller of a backend that speaks OpenAI's dialect.
const PLAN: Plan<'_> = Plan {
    dialect: Dialect::Openai,
    surface: Surface::Native,
    log_id: "log_1",
    model: "m",
    created_s: 5,
    include_usage: false,
    by_tool: false,
    input_estimate: 11,
};

struct Read {
    frames: String,
    transcoder: Transcoder,
    status: Status,
}

fn read_pieces<'b>(pieces: impl IntoIterator<Item = &'b [u8]>) -> Read {
    let mut transcoder = Transcoder::new(256, u32::MAX, &PLAN);
    let mut out = Vec::new();
    for piece in pieces {
        transcoder.push(piece, &mut out);
    }
    let status = transcoder.end(&mut out);
    Read {
        frames: String::from_utf8(out).unwrap(),
        transcoder,
        status,
    }
}

fn read(stream: &str) -> Read {
    read_pieces([stream.as_bytes()])
}

fn frame(delta: &str) -> String {
    format!("data: {{\"delta\":{delta},\"done\":false}}\n\n")
}

fn meta(cost: Option<NanoUsd>, estimated: bool) -> Meta<'static> {
    let usage = Usage {
        input_tokens: 7,
        output_tokens: 2,
        ..Usage::default()
    };
    Meta {
        log_id: "log_1",
        model: "m",
        created_s: 5,
        usage,
        estimated,
        cached: false,
        cost,
    }
}

const OPENAI: &str = concat!(
    "data: {\"id\":\"x\",\"object\":\"chat.completion.chunk\",\"choices\":[{\"index\":0,\"delta\":{\"role\":\"assistant\",\"content\":\"\"},\"finish_reason\":null}]}\n\n",
    ": ping\n\n",
    "data: {\"choices\":[{\"delta\":{\"content\":\"Hé\"}}],\"usage\":null}\r\n\r\n",
    "data: {\"choices\":[{\"delta\":{\"content\":\"\\n!\"}}]}\n\n",
    "data: {\"choices\":[{\"delta\":{},\"finish_reason\":\"length\"}]}\n\n",
    "data: {\"choices\":[],\"usage\":{\"prompt_tokens\":7,\"completion_tokens\":2}}\n\n",
    "data: [DONE]\n\n",
);

#[test]
fn an_openai_stream_becomes_native_frames() {
    let mut read = read(OPENAI);
    assert_eq!(read.status, Status::Complete);
    assert_eq!(
        read.frames,
        frame(r#"{"content":"Hé"}"#) + &frame(r#"{"content":"\n!"}"#)
    );
    assert_eq!(read.transcoder.usage().output, Some(2));
    assert_eq!(read.transcoder.produced_bytes(), 5);

    let mut out = Vec::new();
    assert!(
        read.transcoder
            .write_done(&meta(Some(NanoUsd(1_500)), false), &mut out)
    );
    assert_eq!(
        String::from_utf8(out).unwrap(),
        "data: {\"done\":true,\"logId\":\"log_1\",\"inputTokens\":7,\"outputTokens\":2,\"costUsd\":0.0000015,\"finishReason\":\"length\"}\n\n"
    );
}

#[test]
fn a_workers_ai_stream_becomes_native_frames() {
    let read = read(concat!(
        "data: {\"response\":\"Hi\",\"p\":\"abcd\"}\n\n",
        "data: {\"response\":42}\n\n",
        "data: {\"response\":\"\",\"tool_calls\":[{\"name\":\"f\",\"arguments\":{\"a\":1}}]}\n\n",
        "data: {\"response\":null,\"tool_calls\":[{\"name\":\"g\",\"arguments\":\"{}\"}]}\n\n",
        "data: {\"response\":\"\",\"usage\":{\"prompt_tokens\":7,\"completion_tokens\":2,\"total_tokens\":9}}\n\n",
        "data: [DONE]\n\n",
    ));
    assert_eq!(
            read.frames,
            [
                r#"{"content":"Hi"}"#,
                r#"{"content":"42"}"#,
                r#"{"toolCalls":[{"index":0,"id":"call_0","type":"function","function":{"name":"f","arguments":"{\"a\":1}"}}]}"#,
                r#"{"toolCalls":[{"index":1,"id":"call_1","type":"function","function":{"name":"g","arguments":"{}"}}]}"#,
            ]
            .map(frame)
            .concat()
        );
    assert_eq!(
        (read.status, read.transcoder.finish()),
        (Status::Complete, Finish::ToolCalls)
    );
    assert_eq!(read.transcoder.usage().input, Some(7));
    assert_eq!(read.transcoder.produced_bytes(), 2 + 2 + 8 + 3);
}

#[test]
fn tool_call_deltas_keep_their_pieces() {
    let read = read(concat!(
        "data: {\"choices\":[{\"delta\":{\"tool_calls\":[{\"index\":1,\"id\":\"c\",\"type\":\"function\",\"function\":{\"name\":\"f\",\"arguments\":\"\"}}]}}]}\n\n",
        "data: {\"choices\":[{\"delta\":{\"tool_calls\":[{\"index\":1,\"function\":{\"arguments\":\"{\\\"a\\\"\"}}]}}]}\n\n",
        "data: [DONE]\n\n",
    ));
    assert_eq!(
        read.frames,
        frame(
            r#"{"toolCalls":[{"index":1,"id":"c","type":"function","function":{"name":"f","arguments":""}}]}"#
        ) + &frame(r#"{"toolCalls":[{"index":1,"function":{"arguments":"{\"a\""}}]}"#)
    );
}

#[test]
fn reasoning_has_a_field_of_its_own_and_is_not_doubled() {
    let read = read(concat!(
        "data: {\"choices\":[{\"delta\":{\"reasoning_content\":\"hm\",\"reasoning\":\"hm\"}}]}\n\n",
        "data: {\"choices\":[{\"delta\":{\"content\":\"a\",\"reasoning\":\"b\"}}]}\n\n",
        "data: [DONE]\n\n",
    ));
    assert_eq!(
        read.frames,
        frame(r#"{"reasoning":"hm"}"#) + &frame(r#"{"content":"a","reasoning":"b"}"#)
    );
}

#[test]
fn the_last_usage_wins_and_a_missing_one_can_be_estimated() {
    let done = "data: [DONE]\n\n";
    let chunk = |tokens: u32| {
        format!(
            "data: {{\"choices\":[{{\"delta\":{{\"content\":\"word\"}}}}],\"usage\":{{\"prompt_tokens\":7,\"completion_tokens\":{tokens}}}}}\n\n"
        )
    };
    assert_eq!(
        read(&(chunk(1) + &chunk(2) + done))
            .transcoder
            .usage()
            .output,
        Some(2)
    );
    let read = read(&format!("data: {{\"response\":\"five!\"}}\n\n{done}"));
    assert!(read.transcoder.usage().is_empty());
    assert_eq!(estimate_tokens(read.transcoder.produced_bytes()), 2);
}

#[test]
fn the_end_of_the_bytes_is_no_end_of_the_answer() {
    for stream in [
        "",
        "data: {\"choices\":[{\"delta\":{\"content\":\"a\"},\"finish_reason\":\"stop\"}]}\n\n",
        "data: [DON",
        "data: {\"choices\"",
    ] {
        let mut read = read(stream);
        assert_eq!(read.status, Status::Failed(Failure::Truncated), "{stream}");
        assert!(
            !read
                .transcoder
                .write_done(&meta(None, false), &mut Vec::new())
        );
    }
    assert_eq!(read("data: [DONE]").status, Status::Complete);
}

#[test]
fn a_failure_in_the_middle_keeps_what_came_before() {
    let first = "data: {\"response\":\"a\"}\n\n";
    for (event, failure) in [
        (
            "data: {\"error\":{\"message\":\"secret\"}}\n\n".to_owned(),
            Failure::Backend,
        ),
        (
            "data: {\"object\":\"error\",\"message\":\"secret\"}\n\n".to_owned(),
            Failure::Backend,
        ),
        (
            "event: error\ndata: secret\n\n".to_owned(),
            Failure::Backend,
        ),
        ("data: {\"response\":\n\n".to_owned(), Failure::Malformed),
        ("data: <html>\n\n".to_owned(), Failure::Malformed),
        ("data: []\n\n".to_owned(), Failure::Malformed),
        ("data: {\"choices\":7}\n\n".to_owned(), Failure::Malformed),
        (format!("data: {}", "x".repeat(300)), Failure::TooLarge),
    ] {
        let read = read(&format!("{first}{event}{first}data: [DONE]\n\n"));
        assert_eq!(read.status, Status::Failed(failure), "{event}");
        assert_eq!(read.frames, frame(r#"{"content":"a"}"#), "{event}");
    }
}

#[test]
fn what_comes_after_the_end_is_ignored() {
    let long = "x".repeat(300);
    let read = read(&format!(
        "data: [DONE]\n\ndata: {{\"response\":\"late\"}}\n\ndata: {long}\n\n"
    ));
    assert_eq!((read.status, read.frames.as_str()), (Status::Complete, ""));
}

#[test]
fn the_last_frame_is_written_once_and_without_money_if_so_asked() {
    let mut read = read("data: [DONE]\n\n");
    let mut out = Vec::new();
    assert!(read.transcoder.write_done(&meta(None, true), &mut out));
    assert!(!read.transcoder.write_done(&meta(None, true), &mut out));
    assert_eq!(
        String::from_utf8(out).unwrap(),
        "data: {\"done\":true,\"logId\":\"log_1\",\"inputTokens\":7,\"outputTokens\":2,\"usageEstimated\":true,\"finishReason\":\"stop\"}\n\n"
    );
}

#[test]
fn an_error_frame_is_the_native_error_on_one_line() {
    let mut out = Vec::new();
    Surface::Native.write_stream_error(&ApiError::from(Failure::Truncated), &mut out);
    assert_eq!(
        String::from_utf8(out).unwrap(),
        "data: {\"error\":\"UPSTREAM_ERROR\",\"message\":\"the model backend's answer was cut short\"}\n\n"
    );
}

proptest! {
    #[test]
    fn any_split_gives_the_same_frames(cuts in proptest::collection::vec(0..OPENAI.len(), 0..10)) {
        let mut cuts = cuts;
        cuts.extend([0, OPENAI.len()]);
        cuts.sort_unstable();
        let pieces = cuts.windows(2).map(|cut| &OPENAI.as_bytes()[cut[0]..cut[1]]);
        let (split, whole) = (read_pieces(pieces), read(OPENAI));
        prop_assert_eq!(split.frames, whole.frames);
        prop_assert_eq!(split.status, whole.status);
        prop_assert_eq!(split.transcoder.usage(), whole.transcoder.usage());
    }

    #[test]
    fn no_bytes_make_it_panic(bytes in proptest::collection::vec(any::<u8>(), 0..300)) {
        read_pieces([bytes.as_slice()]);
    }
}

/// A stream that was told to end after `cap` tokens.
fn capped(cap: u32, chunks: &[String]) -> (Transcoder, Vec<u8>, Status) {
    let (mut transcoder, mut out) = (Transcoder::new(1 << 20, cap, &PLAN), Vec::new());
    let mut status = Status::Open;
    for chunk in chunks {
        status = transcoder.push(format!("data: {chunk}\n\n").as_bytes(), &mut out);
    }
    (transcoder, out, status)
}

fn delta(text: &str) -> String {
    format!(r#"{{"choices":[{{"delta":{{"content":"{text}"}}}}]}}"#)
}

#[test]
fn a_backend_that_says_it_went_beyond_its_cap_is_cut_off_there() {
    let report = r#"{"choices":[],"usage":{"prompt_tokens":3,"completion_tokens":11}}"#;
    let chunks = [delta("a"), report.to_owned(), delta("b")];
    let (transcoder, out, status) = capped(10, &chunks);
    assert_eq!(status, Status::Complete);
    assert!(transcoder.is_overrun());
    assert_eq!(transcoder.finish(), Finish::Length);
    assert_eq!(transcoder.usage().output, Some(10));
    let out = String::from_utf8(out).unwrap();
    assert!(out.contains(r#""a""#) && !out.contains(r#""b""#), "{out}");
}

#[test]
fn a_backend_that_sends_more_than_its_cap_can_be_is_cut_off() {
    let most = usize::try_from(10 * MOST_BYTES_PER_TOKEN + SLACK_BYTES).unwrap();
    let (within, _, status) = capped(10, &[delta(&"x".repeat(most))]);
    assert_eq!(status, Status::Open);
    assert!(!within.is_overrun());
    let (beyond, _, status) = capped(10, &[delta(&"x".repeat(most)), delta("y"), delta("z")]);
    assert_eq!(status, Status::Complete);
    assert_eq!(beyond.produced_bytes(), (most + 1) as u64);
    assert_eq!(beyond.usage().output, Some(10));
}
