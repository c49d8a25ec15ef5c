//! Fuzz targets: functions of bytes that panic when a parser breaks a promise.
//!
//! Purpose: one target for each parser of bytes that others send. They run on stable Rust through
//! [`Target::run`], and under libFuzzer by calling them directly.
//!
//! Out of scope: coverage feedback; that needs a nightly compiler (see the README).

mod mutate;
pub mod privacy;
pub mod provider_key;
mod seeds;
pub mod webauthn;
pub mod wire;

use mutate::Rng;
use neureus_core::catalog::{Catalog, Dialect};
use neureus_core::chat::answer::{Answer, Meta};
use neureus_core::chat::anthropic;

use neureus_core::chat::json::Json;
use neureus_core::chat::message::{Message, Role};
use neureus_core::chat::openai::{self, Upstream};
use neureus_core::chat::pass;
use neureus_core::chat::request::ChatRequest;
use neureus_core::chat::stream::{Plan, Status, Transcoder};
use neureus_core::chat::surface::Surface;
use neureus_core::chat::usage::{Reported, Usage};
use neureus_core::chat::workers_ai;
use neureus_core::embedding::{self, Vectors};
use neureus_core::money::NanoUsd;
use neureus_core::outbound::{self, Reach};
use neureus_core::sse::Parser;
use serde_json::Value;
use std::panic::catch_unwind;
use url::{Host, Url};

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
pub const TARGETS: [Target; 21] = [
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
        name: "openai-request",
        check: openai_request,
        seeds: seeds::REQUESTS,
    },
    Target {
        name: "anthropic-request",
        check: anthropic_request,
        seeds: seeds::ANTHROPIC_REQUESTS,
    },
    Target {
        name: "embeddings",
        check: embeddings,
        seeds: seeds::EMBEDDINGS,
    },
    Target {
        name: "catalog",
        check: catalog,
        seeds: seeds::CATALOGS,
    },
    Target {
        name: "scan",
        check: privacy::scan,
        seeds: seeds::PERSONAL,
    },
    Target {
        name: "guard",
        check: privacy::guard,
        seeds: seeds::PERSONAL,
    },
    Target {
        name: "patterns",
        check: privacy::patterns,
        seeds: seeds::PATTERNS,
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
    Target {
        name: "outbound",
        check: outbound,
        seeds: seeds::URLS,
    },
    Target {
        name: "provider-key",
        check: provider_key::provider_key,
        seeds: provider_key::KEYS,
    },
    Target {
        name: "cbor",
        check: webauthn::cbor,
        seeds: webauthn::CBOR,
    },
    Target {
        name: "client-data",
        check: webauthn::client_data,
        seeds: webauthn::CLIENT_DATA,
    },
    Target {
        name: "signature",
        check: webauthn::signature,
        seeds: webauthn::SIGNATURES,
    },
    Target {
        name: "credential",
        check: webauthn::credential,
        seeds: webauthn::CREDENTIALS,
    },
    Target {
        name: "base64url",
        check: webauthn::base64url,
        seeds: webauthn::CLIENT_DATA,
    },
    Target {
        name: "cookie",
        check: webauthn::cookie,
        seeds: webauthn::COOKIES,
    },
    Target {
        name: "messages",
        check: wire::messages,
        seeds: wire::MESSAGES,
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
                cap_field: "max_tokens",
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
    if request.model.is_empty() {
        "m".clone_into(&mut request.model);
    }
    let upstream = Upstream {
        model: &request.model,
        max_tokens: None,
        cap_field: "max_tokens",
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

/// OpenAI's form of a request: never panics; what is accepted is passed on as JSON that reads the same,
/// and encodes for every other backend or is refused by a path.
pub fn openai_request(data: &[u8]) {
    let field = "max_completion_tokens";
    if let Some((request, again)) = passed_on(data, Surface::OpenAi, pass::openai_request, field) {
        assert!(again.max_tokens <= Some(7) && again.include_usage == request.stream);
    }
}

/// Anthropic's form of a request: the same.
pub fn anthropic_request(data: &[u8]) {
    let _read = passed_on(data, Surface::Anthropic, pass::request, "max_tokens");
}

type Pass = fn(&[u8], &ChatRequest, &Upstream<'_>) -> Option<Vec<u8>>;

/// A request that is accepted, and as it reads once it was passed on.
fn passed_on(
    data: &[u8],
    surface: Surface,
    pass: Pass,
    cap_field: &'static str,
) -> Option<(ChatRequest, ChatRequest)> {
    let request = read(data, surface)?;
    let upstream = Upstream {
        model: "m",
        max_tokens: Some(7),
        cap_field,
    };
    let passed = pass(data, &request, &upstream).unwrap_or_default();
    let again = read(&passed, surface);
    assert!(again.is_some(), "is a request still");
    let again = again?;
    assert_eq!(again.messages, request.messages);
    assert_eq!((&again.tools, &again.rest), (&request.tools, &request.rest));
    check_encoded(&request);
    Some((request, again))
}

fn read(data: &[u8], surface: Surface) -> Option<ChatRequest> {
    let read = Json::parse_request(data).and_then(|json| surface.read(json));
    if let Err(invalid) = &read {
        assert!(invalid.path.starts_with('$') && invalid.path.len() < 1024);
        assert!(!invalid.message.is_empty());
    }
    read.ok()
}

fn check_encoded(request: &ChatRequest) {
    let is_json = |body: &[u8]| serde_json::from_slice::<Value>(body).is_ok();
    assert!(is_json(&workers_ai::encode(request, Some(7))));
    match anthropic::encode(request, "m", 7) {
        Ok(body) => {
            assert!(is_json(&body));
            assert!(
                read(&body, Surface::Anthropic).is_some(),
                "reads as what it is"
            );
        }
        Err(invalid) => assert!(invalid.path.starts_with('$')),
    }
    assert!(
        u64::from(request.input_token_bound()) >= request.input_bytes().min(u64::from(u32::MAX))
    );
}

/// Embeddings, both ways: never panics; what is accepted gives JSON.
pub fn embeddings(data: &[u8]) {
    let is_json = |body: &[u8]| serde_json::from_slice::<Value>(body).is_ok();
    let request = |data: &[u8]| {
        let json = Json::parse_request(data);
        json.and_then(embedding::Request::from_json)
    };
    if let Ok(request) = request(data) {
        for dialect in [Dialect::Openai, Dialect::WorkersAi] {
            assert!(
                request
                    .encode(dialect, "m")
                    .map_or(true, |body| is_json(&body))
            );
        }
        assert!(
            u64::from(request.input_token_bound())
                >= request.input_estimate().min(u64::from(u32::MAX))
        );
    }
    for asked in [
        &br#"{"input":"a"}"#[..],
        br#"{"input":"a","encoding_format":"base64"}"#,
    ] {
        let Ok(asked) = request(asked) else { continue };
        for dialect in [Dialect::Openai, Dialect::WorkersAi] {
            if let Ok(vectors) = Vectors::parse(data, dialect, &asked) {
                assert!(is_json(&vectors.render(&meta(Usage::default()), true)));
            }
        }
    }
}

/// A deployment's changes of the catalog: never panics; what is accepted has its defaults.
pub fn catalog(data: &[u8]) {
    let Ok(text) = core::str::from_utf8(data) else {
        return;
    };
    match Catalog::of_deployment(text) {
        Ok(catalog) => {
            assert!(catalog.find(&catalog.default).is_some());
            assert!(catalog.find(&catalog.default_embedding).is_some());
        }
        Err(reason) => assert!(!reason.is_empty()),
    }
}

const SURFACES: [Surface; 3] = [Surface::Native, Surface::OpenAi, Surface::Anthropic];

/// Whole answers of backends: never panics; what is accepted renders to JSON in every API's form.
pub fn answer(data: &[u8]) {
    for (dialect, answer) in [
        (Dialect::Openai, openai::parse(data)),
        (Dialect::WorkersAi, workers_ai::parse(data)),
        (Dialect::Anthropic, anthropic::read::parse(data, false)),
        (Dialect::Anthropic, anthropic::read::parse(data, true)),
    ] {
        if let Ok(answer) = answer {
            check_answer(&answer, data, dialect);
        }
    }
}

fn check_answer(answer: &Answer, data: &[u8], dialect: Dialect) {
    let (usage, _) = answer.usage.resolve(Usage::default());
    for surface in SURFACES {
        let body = surface.render(answer, data, dialect, &meta(usage));
        let body = serde_json::from_slice::<Value>(&body).unwrap_or_default();
        if surface == Surface::Native {
            let text = body.get("text").and_then(Value::as_str);
            assert_eq!(text, Some(answer.text.as_str()));
        }
        assert!(body.get("model").is_some() || surface.speaks(dialect));
    }
}

fn meta(usage: Usage) -> Meta<'static> {
    Meta {
        log_id: "log",
        model: "m",
        created_s: 1,
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
    for dialect in [Dialect::Openai, Dialect::WorkersAi, Dialect::Anthropic] {
        for surface in SURFACES {
            for by_tool in [false, true] {
                check_stream(data, &plan(dialect, surface, by_tool));
            }
        }
    }
}

fn plan(dialect: Dialect, surface: Surface, by_tool: bool) -> Plan<'static> {
    Plan {
        dialect,
        surface,
        log_id: "log",
        model: "m",
        created_s: 1,
        include_usage: by_tool,
        by_tool,
        input_estimate: 1,
    }
}

fn check_stream(data: &[u8], plan: &Plan<'_>) {
    let (whole, frames) = transcode([data], plan);
    for (other, others) in [
        transcode(data.chunks(1), plan),
        transcode(split(data), plan),
    ] {
        assert_eq!(others, frames, "the same frames");
        assert_eq!(other.status(), whole.status());
        assert_eq!(other.usage(), whole.usage());
        assert_eq!(other.produced_bytes(), whole.produced_bytes());
    }
    let (events, failed) = events([frames.as_slice()], frames.len());
    assert!(!failed);
    if plan.surface != Surface::Native {
        for (name, data) in &events {
            assert!(data == "[DONE]" || serde_json::from_str::<Value>(data).is_ok());
            assert_eq!(name.is_empty(), plan.surface == Surface::OpenAi);
        }
        let is_end = |(name, data): &&(String, String)| data == "[DONE]" || name == "message_stop";
        let ends = events.iter().filter(is_end).count();
        assert_eq!(ends, usize::from(whole.status() == Status::Complete));
        return;
    }
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

fn transcode<'d>(
    pieces: impl IntoIterator<Item = &'d [u8]>,
    plan: &Plan<'_>,
) -> (Transcoder, Vec<u8>) {
    let (mut transcoder, mut frames) = (Transcoder::new(512, 4_096, plan), Vec::new());
    for piece in pieces {
        transcoder.push(piece, &mut frames);
    }
    transcoder.end(&mut frames);
    let (usage, _) = transcoder.usage().resolve(Usage::default());
    transcoder.write_done(&meta(usage), &mut frames);
    (transcoder, frames)
}

/// The rule for URLs that are called: what it allows, the standard's parser reads the same way, and as a
/// public name.
pub fn outbound(data: &[u8]) {
    let Ok(text) = core::str::from_utf8(data) else {
        return;
    };
    if let Ok(ours) = outbound::allowed(text, Reach::Public) {
        let theirs = Url::parse(text).ok();
        let host = theirs.as_ref().and_then(Url::host).map(|it| it.to_owned());
        let name = ours.host.to_ascii_lowercase();
        // The letters of an `xn--` label may stand for no name at all: then nothing can be called.
        assert!(
            host == Some(Host::Domain(name.clone())) || host.is_none() && name.contains("xn--"),
            "read as {host:?}"
        );
        if let Some(url) = theirs {
            assert_eq!(url.scheme(), "https");
            assert!(url.username().is_empty() && url.password().is_none());
            assert!(name.contains('.') && !name.ends_with(".local") && name != "localhost");
        }
        assert!(
            outbound::allowed(text, Reach::Local).is_ok(),
            "local is wider"
        );
    }
    if let Ok(ours) = outbound::allowed(text, Reach::Local) {
        assert_eq!(format!("{}{}", ours.origin, ours.rest), text);
    }
}
