//! Every target, briefly and always with the same inputs; `FUZZ_SECONDS` makes it longer.

use neureus_fuzz::TARGETS;
use std::time::{Duration, Instant};

/// Inputs per target without `FUZZ_SECONDS`: a second or two together in a debug build.
const INPUTS: u64 = 2_000;

fn check(name: &str) -> Result<(), String> {
    let seconds = std::env::var("FUZZ_SECONDS")
        .ok()
        .and_then(|text| text.parse().ok());
    let end = seconds.map(|seconds| Instant::now() + Duration::from_secs(seconds));
    let mut more = |count| end.map_or(count < INPUTS, |end| Instant::now() < end);
    let target = TARGETS.into_iter().find(|target| target.name == name);
    match target.map(|target| target.run(1, &mut more)) {
        Some(Ok(_)) => Ok(()),
        Some(Err(input)) => Err(format!("broken by b\"{}\"", input.escape_ascii())),
        None => Err("there is no such target".to_owned()),
    }
}

#[test]
fn messages_keeps_its_promises() -> Result<(), String> {
    check("messages")
}

#[test]
fn sse_keeps_its_promises() -> Result<(), String> {
    check("sse")
}

#[test]
fn provider_key_keeps_its_promises() -> Result<(), String> {
    check("provider-key")
}

#[test]
fn scan_keeps_its_promises() -> Result<(), String> {
    check("scan")
}

#[test]
fn guard_keeps_its_promises() -> Result<(), String> {
    check("guard")
}

#[test]
fn patterns_keeps_its_promises() -> Result<(), String> {
    check("patterns")
}

#[test]
fn request_keeps_its_promises() -> Result<(), String> {
    check("request")
}

#[test]
fn openai_request_keeps_its_promises() -> Result<(), String> {
    check("openai-request")
}

#[test]
fn anthropic_request_keeps_its_promises() -> Result<(), String> {
    check("anthropic-request")
}

#[test]
fn embeddings_keeps_its_promises() -> Result<(), String> {
    check("embeddings")
}

#[test]
fn catalog_keeps_its_promises() -> Result<(), String> {
    check("catalog")
}

#[test]
fn answer_keeps_its_promises() -> Result<(), String> {
    check("answer")
}

#[test]
fn usage_keeps_its_promises() -> Result<(), String> {
    check("usage")
}

#[test]
fn stream_keeps_its_promises() -> Result<(), String> {
    check("stream")
}

#[test]
fn outbound_keeps_its_promises() -> Result<(), String> {
    check("outbound")
}

#[test]
fn cbor_keeps_its_promises() -> Result<(), String> {
    check("cbor")
}

#[test]
fn client_data_keeps_its_promises() -> Result<(), String> {
    check("client-data")
}

#[test]
fn signature_keeps_its_promises() -> Result<(), String> {
    check("signature")
}

#[test]
fn credential_keeps_its_promises() -> Result<(), String> {
    check("credential")
}

#[test]
fn base64url_keeps_its_promises() -> Result<(), String> {
    check("base64url")
}

#[test]
fn cookie_keeps_its_promises() -> Result<(), String> {
    check("cookie")
}

#[test]
fn the_same_seed_gives_the_same_inputs() {
    use std::cell::Cell;
    thread_local!(static SUM: Cell<u64> = const { Cell::new(0) });
    let mut target = TARGETS[0];
    target.check = |input| {
        SUM.set(input.iter().fold(SUM.get(), |sum, byte| {
            sum.wrapping_mul(31) + u64::from(*byte)
        }))
    };
    let sum = |seed| {
        SUM.set(0);
        target
            .run(seed, &mut |count| count < 500)
            .expect("nothing to break");
        SUM.get()
    };
    assert_eq!(sum(7), sum(7));
    assert_ne!(sum(7), sum(8));
}
