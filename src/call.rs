//! Calls to model backends: begun, judged by their status, and read whole.

use crate::lease::Hold;
use neureus_core::backend::Target;
use neureus_core::catalog::Dialect;
use neureus_core::error::{ApiError, Code};
use neureus_core::message::Charge;
use neureus_shell::gate::Gate;
use neureus_shell::glue::{Turns, Upstream};
use neureus_shell::incoming::Incoming;
use worker::js_sys::Uint8Array;
use worker::wasm_bindgen::{JsCast, JsValue};

/// The longest plain answer, in bytes.
const ANSWER_MAX: usize = 16 << 20;
/// The longest wait that a backend may ask our caller for, in seconds.
const RETRY_AFTER_MAX: u32 = 3_600;

/// Calls a backend for a plain answer and reads all of it.
///
/// # Errors
/// 502 when it cannot be reached, fails, or answers at too great length, 503 when it is overloaded,
/// 504 when it takes too long, 400 when it finds the request invalid.
pub(crate) async fn plain(
    gate: &Gate,
    incoming: &Incoming,
    target: &Target<'_>,
    content: &[u8],
    hold: &Hold,
) -> Result<Vec<u8>, ApiError> {
    let total_ms = gate.bindings.deadlines.total;
    let begun = begin(gate, incoming, target, content, ANSWER_MAX, total_ms).await;
    let answer = held(begun, hold).await?;
    let answer = match answer.dyn_into::<Uint8Array>() {
        Ok(whole) => return Ok(whole.to_vec()),
        Err(other) => other,
    };
    if answer.is_null() {
        return Err(ApiError::new(
            Code::UpstreamError,
            "The model backend's answer is too long",
        ));
    }
    // Only a status that is no success is left unread.
    succeeded(incoming, target, answer.unchecked_into())?;
    Err(ApiError::internal())
}

/// Calls a backend for a streamed answer and waits for its headers.
///
/// # Errors
/// As for [`plain`].
pub(crate) async fn stream(
    gate: &Gate,
    incoming: &Incoming,
    target: &Target<'_>,
    content: &[u8],
    hold: &Hold,
) -> Result<Upstream, ApiError> {
    let headers_ms = gate.bindings.deadlines.headers;
    let begun = begin(gate, incoming, target, content, 0, headers_ms).await;
    let answer = held(begun, hold).await?;
    succeeded(incoming, target, answer.unchecked_into())
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
    Upstream::fetch(&target.url, &headers, content, exchange, limit, ms).await
}

/// What a promise of the glue comes to. Whenever a turn passes meanwhile, the lease is extended.
pub(crate) async fn held(
    mut settled: Result<JsValue, JsValue>,
    hold: &Hold,
) -> Result<JsValue, ApiError> {
    loop {
        match settled.map(JsValue::dyn_into::<Turns>) {
            Ok(Ok(turns)) => {
                hold.extend(Charge::default());
                settled = turns.next().await;
            }
            Ok(Err(value)) => return Ok(value),
            Err(cause) => return Err(failed(&cause)),
        }
    }
}

fn succeeded(
    incoming: &Incoming,
    target: &Target<'_>,
    upstream: Upstream,
) -> Result<Upstream, ApiError> {
    let status = upstream.status();
    let Some(error) = judged(status, &upstream.header("retry-after")) else {
        return Ok(upstream);
    };
    worker::console_error!(
        "{} backend {} answered {}",
        incoming.id,
        target.name,
        status
    );
    upstream.stop();
    Err(error)
}

/// What the glue rejects with, as the caller sees it.
pub(crate) fn failed(cause: &JsValue) -> ApiError {
    if cause.as_string().as_deref() == Some("timeout") {
        overdue()
    } else {
        ApiError::new(
            Code::UpstreamError,
            "The model backend could not be reached",
        )
    }
}

/// The 504.
pub(crate) fn overdue() -> ApiError {
    ApiError::new(
        Code::UpstreamTimeout,
        "The model backend did not answer in time",
    )
}

/// A backend's status that is no success, as the caller sees it: its 401 is never ours, and nothing
/// of its body is passed on.
fn judged(status: u16, retry_after: &str) -> Option<ApiError> {
    let error = |code, message: &str| Some(ApiError::new(code, message));
    match status {
        200..=299 => None,
        400 | 413 | 422 => error(
            Code::BadRequest,
            "The model backend refused this request as invalid for the model",
        ),
        401 | 403 => error(
            Code::UpstreamError,
            "The model backend refused the gateway's own credentials; yours were accepted",
        ),
        408 | 504 => Some(overdue()),
        429 | 503 | 529 => {
            let wait_s = retry_after.trim().parse().unwrap_or(1).min(RETRY_AFTER_MAX);
            Some(ApiError::overloaded(
                "The model backend is overloaded",
                wait_s,
            ))
        }
        _ => error(Code::UpstreamError, "The model backend failed"),
    }
}
