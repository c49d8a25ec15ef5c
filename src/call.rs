//! Calls to model backends: begun, judged by their status, and read whole.

use crate::gate::Gate;
use crate::glue::{self, Upstream};
use crate::incoming::{Incoming, now_ms};
use neureus_core::backend::Target;
use neureus_core::error::{ApiError, Code};
use worker::js_sys::Uint8Array;
use worker::wasm_bindgen::{JsCast, JsValue};

/// The longest plain answer, in bytes.
const ANSWER_MAX: usize = 16 << 20;
/// The longest wait that a backend may ask our caller for, in seconds.
const RETRY_AFTER_MAX: u32 = 3_600;

/// A backend that has begun to answer, by dialect.
pub(crate) enum Called {
    OpenAi(Upstream),
    WorkersAi(Upstream),
}

impl Called {
    pub(crate) fn upstream(&self) -> &Upstream {
        match self {
            Self::OpenAi(upstream) | Self::WorkersAi(upstream) => upstream,
        }
    }
}

/// Calls the backend and waits for its headers.
///
/// # Errors
/// 502 when it cannot be reached or refuses, 503 when it is overloaded, 504 when it takes too long,
/// 400 when it finds the request invalid.
pub(crate) async fn begin(
    gate: &Gate,
    incoming: &Incoming,
    target: &Target<'_>,
    content: &[u8],
    stream: bool,
) -> Result<Called, ApiError> {
    let deadlines = gate.bindings.deadlines;
    let headers_ms = if stream {
        deadlines.headers
    } else {
        deadlines.total
    };
    let signal = incoming.signal();
    let called = match target {
        Target::OpenAi { url, key, .. } => {
            Upstream::fetch(url, key, Uint8Array::from(content), &signal, headers_ms)
                .await
                .map(|upstream| Called::OpenAi(upstream.unchecked_into()))
        }
        Target::WorkersAi(model) => {
            let inputs = core::str::from_utf8(content).map_err(|_| ApiError::internal())?;
            Upstream::run(&gate.bindings.ai, model, inputs, &signal, headers_ms)
                .await
                .map(|upstream| Called::WorkersAi(upstream.unchecked_into()))
        }
    };
    let called = called.map_err(|cause| failed(&cause))?;
    let upstream = called.upstream();
    if let Some(error) = judged(upstream.status(), &upstream.header("retry-after")) {
        worker::console_error!(
            "{} backend {} answered {}",
            incoming.id,
            target.name(),
            upstream.status()
        );
        upstream.stop();
        return Err(error);
    }
    Ok(called)
}

/// Reads a plain answer.
///
/// # Errors
/// 502 when it is cut or too long, 504 when it takes too long.
pub(crate) async fn whole(
    gate: &Gate,
    called: &Called,
    since_ms: u64,
) -> Result<Vec<u8>, ApiError> {
    let spent_ms = u32::try_from(now_ms().saturating_sub(since_ms)).unwrap_or(u32::MAX);
    let left_ms = gate
        .bindings
        .deadlines
        .total
        .saturating_sub(spent_ms)
        .max(1);
    let read = called.upstream().bytes(ANSWER_MAX, left_ms).await;
    let read = read.map_err(|cause| failed(&cause))?;
    glue::bytes_of(read).ok_or_else(|| {
        called.upstream().stop();
        ApiError::new(
            Code::UpstreamError,
            "The model backend's answer is too long",
        )
    })
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
