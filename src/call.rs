//! Calls to model backends: begun, judged by their status, and read whole.

use crate::lease::Hold;
use neureus_core::backend::Target;
use neureus_core::catalog::Dialect;
use neureus_core::error::{ApiError, Code};
use neureus_core::message::Charge;
use neureus_core::resilience::failure::{Failure, Status};
use neureus_shell::clock::now_ms;
use neureus_shell::gate::Gate;
use neureus_shell::glue::{Turns, Upstream};
use neureus_shell::incoming::Incoming;
use worker::js_sys::Uint8Array;
use worker::wasm_bindgen::{JsCast, JsValue};

/// The longest plain answer, in bytes.
const ANSWER_MAX: usize = 16 << 20;

/// Calls a backend for a plain answer and reads all of it within `left_ms`.
///
/// # Errors
/// Why there is none.
pub(crate) async fn plain(
    gate: &Gate,
    incoming: &Incoming,
    target: &Target<'_>,
    content: &[u8],
    hold: &Hold,
    left_ms: u32,
) -> Result<Vec<u8>, Failure> {
    let begun = begin(gate, incoming, target, content, ANSWER_MAX, left_ms).await;
    let answer = match held(begun, hold).await?.dyn_into::<Uint8Array>() {
        Ok(whole) => return Ok(whole.to_vec()),
        Err(other) => other,
    };
    if answer.is_null() {
        return Err(no_answer("The model backend's answer is too long"));
    }
    // Only a status that is no success is left unread.
    succeeded(answer.unchecked_into())?;
    Err(Failure::NoAnswer(ApiError::internal()))
}

/// Calls a backend for a streamed answer and waits for its headers, `left_ms` at most.
///
/// # Errors
/// Why there is none.
pub(crate) async fn stream(
    gate: &Gate,
    incoming: &Incoming,
    target: &Target<'_>,
    content: &[u8],
    hold: &Hold,
    left_ms: u32,
) -> Result<Upstream, Failure> {
    let headers_ms = gate.bindings.deadlines.headers.min(left_ms);
    let begun = begin(gate, incoming, target, content, 0, headers_ms).await;
    succeeded(held(begun, hold).await?.unchecked_into())
}

async fn begin(
    gate: &Gate,
    incoming: &Incoming,
    target: &Target<'_>,
    content: &[u8],
    limit: usize,
    ms: u32,
) -> Result<JsValue, JsValue> {
    let exchange = &incoming.exchange;
    if target.dialect == Dialect::WorkersAi {
        let inputs = core::str::from_utf8(content).unwrap_or_default();
        let ai = &gate.bindings.ai;
        return Upstream::run(ai, target.model, inputs, exchange, limit, ms).await;
    }
    let (headers, content) = (target.header_lines(), Uint8Array::from(content));
    let secret = target.own().is_some();
    Upstream::fetch(&target.url, &headers, secret, content, exchange, limit, ms).await
}

/// What a promise of the glue comes to. Whenever a turn passes meanwhile, the lease is extended.
///
/// # Errors
/// What the glue rejects with.
pub(crate) async fn held(
    mut settled: Result<JsValue, JsValue>,
    hold: &Hold,
) -> Result<JsValue, Failure> {
    loop {
        match settled.map(JsValue::dyn_into::<Turns>) {
            Ok(Ok(turns)) => {
                hold.extend(Charge::default());
                settled = turns.next().await;
            }
            Ok(Err(value)) => return Ok(value),
            Err(cause) => {
                return Err(match cause.as_string().as_deref() {
                    Some("timeout") => Failure::Overdue,
                    Some("cut") => no_answer("The model backend's answer was cut short"),
                    _ => Failure::Unreachable,
                });
            }
        }
    }
}

/// A success that is none, as the caller is told.
pub(crate) fn no_answer(message: &str) -> Failure {
    Failure::NoAnswer(ApiError::new(Code::UpstreamError, message))
}

fn succeeded(upstream: Upstream) -> Result<Upstream, Failure> {
    let status = upstream.status();
    if (200..300).contains(&status) {
        return Ok(upstream);
    }
    let headers =
        ["retry-after", "retry-after-ms", "x-should-retry"].map(|name| upstream.header(name));
    upstream.stop();
    let headers = headers.each_ref().map(String::as_str);
    match Status::read(status, headers, now_ms()) {
        Some(status) => Err(Failure::Status(status)),
        None => Ok(upstream),
    }
}
