//! Calls to a tenant's object.
//!
//! An object that is down, overloaded or silent refuses: 503, never an open door. A call whose
//! deadline passed may still take effect there, so nothing is tried twice.

use crate::gate::Gate;
use crate::glue;
use neureus_core::error::{ApiError, Code};
use neureus_core::id::TenantId;
use neureus_core::key::Kind;
use neureus_core::limit_headers::retry_after_s;
use neureus_core::message::{self, Call, LimitSource, LimitState, Refusal, Reply};
use serde_json::json;

/// A healthy object answers in milliseconds; after this long it counts as down.
const DEADLINE_MS: u32 = 3_000;

/// Asks a tenant's object.
///
/// # Errors
/// 503 when it does not answer in time or at all.
pub(crate) async fn call(gate: &Gate, tenant: &TenantId, call: &Call) -> Result<Reply, ApiError> {
    let message = message::to_wire(call).map_err(|_| ApiError::internal())?;
    let answer = glue::call(
        &gate.bindings.tenants,
        tenant.as_str(),
        &message,
        DEADLINE_MS,
    )
    .await
    .map_err(|cause| {
        worker::console_error!("object call failed: {:?}", cause);
        ApiError::overloaded("The gateway cannot admit requests right now", 1)
    })?;
    let text = answer.as_string().unwrap_or_default();
    serde_json::from_str(&text).map_err(|cause| {
        worker::console_error!("object answer unreadable: {}", cause);
        ApiError::internal()
    })
}

/// A refusal as the caller sees it. A widget key's caller is a visitor: the tenant's limit is not
/// theirs to see.
pub(crate) fn refused(refusal: &Refusal, kind: Kind) -> ApiError {
    match refusal {
        Refusal::Key(_) => ApiError::unauthorized(),
        Refusal::Forbidden(why) => ApiError::new(Code::Forbidden, why.message()),
        Refusal::NotFound => ApiError::new(Code::NotFound, "There is no such tenant or key"),
        Refusal::Conflict => {
            ApiError::new(Code::Conflict, "This contradicts what is known of the key")
        }
        Refusal::Limited {
            limits,
            source,
            wait_ms,
        } => {
            let limit = limits
                .iter()
                .find(|limit| limit.source == *source)
                .map_or(0, |limit: &LimitState| limit.limit);
            let (source, hidden) = (
                source.as_str(),
                kind == Kind::Widget && *source == LimitSource::Tenant,
            );
            let (message, details) = if hidden {
                let details = json!({ "limit_source": source, "retry_after_ms": wait_ms });
                ("Too many requests right now".to_owned(), details)
            } else {
                let message =
                    format!("The {source} limit of {limit} requests per minute is reached");
                let details = json!({
                    "limit_source": source, "limit": limit, "retry_after_ms": wait_ms,
                });
                (message, details)
            };
            ApiError::new(Code::RateLimited, message)
                .with_details(details)
                .with_header("Retry-After", retry_after_s(*wait_ms).to_string())
        }
    }
}
