//! Fuzz targets: functions of bytes that panic when a parser breaks a promise.
//!
//! Purpose: one target for each parser of bytes that others send. They run on stable Rust through
//! [`Target::run`], and under libFuzzer by calling them directly.
//!
//! Out of scope: coverage feedback; that needs a nightly compiler (see the README).

mod mutate;
mod seeds;

use mutate::Rng;
use neureus_core::chat::answer::{Answer, Meta, render};
use neureus_core::chat::json::Json;
use neureus_core::chat::message::{Message, Role};
use neureus_core::chat::openai::{self, Upstream};
use neureus_core::chat::request::ChatRequest;
use neureus_core::chat::stream::{Status, Transcoder};
use neureus_core::chat::usage::{Reported, Usage};
use neureus_core::chat::workers_ai;
use neureus_core::money::NanoUsd;
use neureus_core::profile::{Profile, Profiles};
use neureus_core::scan;
use neureus_core::sse::Parser;
use serde_json::Value;
use std::panic::catch_unwind;

/// A parser under test.
#[derive(Clone, Copy, Debug)]
pub struct Target {
    /// Its name on the command line.
    pub name: &'static str,
    /// The function; it panics when a promise is broken.
    pub check: fn(&[u8]),
    /// Inputs to start from.
    pub seeds: &'static [&'static [u8]],
}

/// Every target.
pub const TARGETS: [Target; 6] = [
    Target {
        name: "sse",
        check: sse,
        seeds: seeds::STREAMS,
    },
    Target {
        name: "request",
        check: request,
        seeds: seeds::REQUESTS,
    },
    Target {
        name: "scan",
        check: scan,
        seeds: seeds::PERSONAL,
    },
    Target {
        name: "answer",
        check: answer,
        seeds: seeds::ANSWERS,
    },
    Target {
        name: "usage",
        check: usage,
        seeds: seeds::USAGES,
    },
    Target {
        name: "stream",
        check: stream,
        seeds: seeds::STREAMS,
    },
];

impl Target {
    /// Checks every seed, then mutations of them as long as `more` (given the number of inputs so
    /// far) says so. The same `seed` gives the same inputs. Returns how many were checked.
    ///
    /// # Errors
    /// The input that broke a promise.
    pub fn run(&self, seed: u64, more: &mut dyn FnMut(u64) -> bool) -> Result<u64, Vec<u8>> {
        let mut rng = Rng::new(seed);
        let mut count = 0u64;
        for input in self.seeds {
            self.try_one(input)?;
            count += 1;
        }
        while more(count) {
            let input = mutate::input(&mut rng, self.seeds);
            self.try_one(&input)?;
            count += 1;
        }
        Ok(count)
    }

    /// Checks one input.
    ///
    /// # Errors
    /// The input, when it broke a promise.
    pub fn try_one(&self, input: &[u8]) -> Result<(), Vec<u8>> {
        catch_unwind(|| (self.check)(input)).map_err(|_| input.to_vec())
    }
}

/// Small, so that mutated seeds pass it.
const SMALL_CAP: usize = 96;

/// The event-stream parser: any split gives the same events, and without a cap in the way they are
/// those of `reference_events`.
pub fn sse(data: &[u8]) {
    let whole = events([data], SMALL_CAP);
    assert_eq!(events(data.chunks(1), SMALL_CAP), whole, "byte by byte");
    assert_eq!(events(split(data), SMALL_CAP), whole, "in pieces");
    let (uncapped, failed) = events([data], data.len());
    assert!(!failed, "nothing is longer than the whole");
    assert_eq!(uncapped, reference_events(data), "against the standard");
}

type Events = Vec<(String, String)>;

fn events<'d>(pieces: impl IntoIterator<Item = &'d [u8]>, cap: usize) -> (Events, bool) {
    let (mut parser, mut events, mut failed) = (Parser::new(cap), Vec::new(), false);
    for piece in pieces {
        let mut keep = |event: neureus_core::sse::Event<'_>| {
            events.push((event.name.to_owned(), event.data.to_owned()));
        };
        failed = parser.push(piece, &mut keep).is_err();
    }
    (events, failed)
}

/// The standard's algorithm (WHATWG HTML § 9.2.6), word by word and without any care for speed.
fn reference_events(data: &[u8]) -> Events {
    let text = String::from_utf8_lossy(data);
    let text = text.strip_prefix('\u{FEFF}').unwrap_or(&text);
    let text = text.replace("\r\n", "\n").replace('\r', "\n");
    // What follows the last line end is no line yet.
    let lines = text.rsplit_once('\n').map_or("", |(lines, _)| lines);
    let (mut events, mut name, mut data) = (Vec::new(), String::new(), String::new());
    if text.contains('\n') {
        for line in lines.split('\n') {
            let (field, value) = line.split_once(':').unwrap_or((line, ""));
            let value = value.strip_prefix(' ').unwrap_or(value);
            match field {
                "" if line.is_empty() => {
                    let name = std::mem::take(&mut name);
                    let data = std::mem::take(&mut data);
                    if let Some(data) = data.strip_suffix('\n') {
                        events.push((name, data.to_owned()));
                    }
                }
                "data" => data = data + value + "\n",
                "event" => value.clone_into(&mut name),
                _ => {}
            }
        }
    }
    events
}

/// Cuts at places that the data itself decides.
fn split(data: &[u8]) -> Vec<&[u8]> {
    let mut rng = Rng::new(data.iter().fold(data.len() as u64, |sum, byte| {
        sum * 31 % 65_521 + u64::from(*byte)
    }));
    let (mut pieces, mut rest) = (Vec::new(), data);
    while !rest.is_empty() {
        let (piece, tail) = rest.split_at(rng.below(rest.len() + 1).min(rng.below(64)));
        pieces.push(piece);
        rest = tail;
    }
    pieces
}

/// The scanner: never panics; more profiles never find less; what is scanned as a text is found in a body,
/// too; and a refusal says nothing of the body.
pub fn scan(data: &[u8]) {
    let legal = Profiles::default().with(Profile::Legal);
    let all = legal.with(Profile::Healthcare).with(Profile::Finance);
    if let Err(unscannable) = scan::body(data, all) {
        assert!(unscannable.path.starts_with('$') && unscannable.path.len() < 1024);
        assert!(!unscannable.message.is_empty());
    }
    let text = String::from_utf8_lossy(data);
    let found = scan::text(&text, all);
    assert_eq!(
        found.union(scan::text(&text, legal)),
        found,
        "more profiles"
    );
    assert!(found.names().is_sorted(), "names are sorted");
    let body = serde_json::json!({ "messages": [{ "role": "user", "content": text }] });
    let in_body = scan::body(body.to_string().as_bytes(), all);
    assert_eq!(
        in_body.map(|kinds| kinds.union(found) == kinds),
        Ok(true),
        "in a body"
    );
}

/// The chat schema: never panics; what is accepted encodes to JSON, and OpenAI's form of it is a
/// native request that means the same.
pub fn request(data: &[u8]) {
    let mut request = match ChatRequest::parse(data) {
        Ok(request) => request,
        Err(invalid) => {
            assert!(invalid.path.starts_with('$') && invalid.path.len() < 1024);
            assert!(!invalid.message.is_empty());
            return;
        }
    };
    for body in [
        openai::encode(
            &request,
            &Upstream {
                model: "m",
                max_tokens: Some(7),
            },
        ),
        workers_ai::encode(&request, None),
    ] {
        assert!(
            serde_json::from_slice::<Value>(&body).is_ok(),
            "encodes to JSON"
        );
    }
    request.stream = false;
    let upstream = Upstream {
        model: &request.model,
        max_tokens: None,
    };
    let Ok(again) = ChatRequest::parse(&openai::encode(&request, &upstream)) else {
        let full = request.message_count() > neureus_core::chat::message::MAX_MESSAGES;
        assert!(full, "only the system prompt may be one message too many");
        return;
    };
    if let Some(prompt) = request.system_prompt.take() {
        let system = Message {
            role: Role::System,
            content: neureus_core::chat::message::Content::Text(prompt),
            name: None,
            tool_calls: Vec::new(),
            tool_call_id: None,
        };
        request.messages.insert(0, system);
    }
    assert_eq!(again.messages, request.messages);
    assert_eq!(
        (again.model, again.max_tokens, again.stop),
        (request.model, request.max_tokens, request.stop)
    );
    assert_eq!(again.tools.len(), request.tools.len());
    assert_eq!(
        again.response_format.is_some(),
        request.response_format.is_some()
    );
}

/// Whole answers of backends: never panics; what is accepted renders to JSON.
pub fn answer(data: &[u8]) {
    for answer in [openai::parse(data), workers_ai::parse(data)]
        .into_iter()
        .flatten()
    {
        check_answer(&answer);
    }
}

fn check_answer(answer: &Answer) {
    let (usage, _) = answer.usage.resolve(Usage::default());
    let body = render(answer, &meta(usage));
    let body = serde_json::from_slice::<Value>(&body).unwrap_or_default();
    let text = body.get("text").and_then(Value::as_str);
    assert_eq!(text, Some(answer.text.as_str()));
}

fn meta(usage: Usage) -> Meta<'static> {
    Meta {
        log_id: "log",
        model: "m",
        usage,
        estimated: false,
        cached: false,
        cost: Some(NanoUsd(1)),
    }
}

/// Usage reports: never panics, parts never exceed the whole.
pub fn usage(data: &[u8]) {
    let Some(json) = Json::parse(data) else {
        return;
    };
    let reported = Reported::read(&json);
    let estimate = Usage {
        input_tokens: 100,
        output_tokens: 10,
        ..Usage::default()
    };
    let (usage, _) = reported.resolve(estimate);
    assert!(usage.cached_input_tokens <= usage.input_tokens);
    assert!(usage.reasoning_tokens <= usage.output_tokens);
    assert!(usage.input_tokens.max(usage.output_tokens) < 1 << 43);
    assert!(
        !reported.is_empty()
            || usage == estimate
            || usage.cached_input_tokens + usage.reasoning_tokens > 0
    );
}

/// The stream transcoder: any split gives the same frames, each of them one event of JSON, and there
/// is no clean end without the backend's.
pub fn stream(data: &[u8]) {
    let (whole, frames) = transcode([data]);
    for (other, others) in [transcode(data.chunks(1)), transcode(split(data))] {
        assert_eq!(others, frames, "the same frames");
        assert_eq!(other.status(), whole.status());
        assert_eq!(other.usage(), whole.usage());
        assert_eq!(other.produced_bytes(), whole.produced_bytes());
    }
    let (events, failed) = events([frames.as_slice()], frames.len());
    assert!(!failed);
    for (name, data) in &events {
        let frame = serde_json::from_str::<Value>(data).unwrap_or_default();
        assert!(name.is_empty() && (frame.get("delta").is_some() || frame.get("done").is_some()));
    }
    let ends = events
        .iter()
        .filter(|(_, data)| data.starts_with("{\"done\":true"))
        .count();
    assert_eq!(ends, usize::from(whole.status() == Status::Complete));
}

fn transcode<'d>(pieces: impl IntoIterator<Item = &'d [u8]>) -> (Transcoder, Vec<u8>) {
    let (mut transcoder, mut frames) = (Transcoder::new(512, 4_096), Vec::new());
    for piece in pieces {
        transcoder.push(piece, &mut frames);
    }
    transcoder.end(&mut frames);
    let (usage, _) = transcoder.usage().resolve(Usage::default());
    transcoder.write_done(&meta(usage), &mut frames);
    (transcoder, frames)
}
