//! Calls to a tenant's object.
//!
//! An object that is down, overloaded or silent refuses: 503, never an open door. A call whose
//! deadline passed may still take effect there, so nothing is tried twice.

use crate::clock::now_ms;
use crate::gate::Gate;
use crate::glue;
use neureus_core::error::ApiError;
use neureus_core::id::TenantId;
use neureus_core::key::Kind;
use neureus_core::message::{Call, Refusal, Reply};
use neureus_core::refusal;

/// A healthy object answers in milliseconds; after this long it counts as down.
const DEADLINE_MS: u32 = 3_000;

/// Asks a tenant's object.
///
/// # Errors
/// 503 when it does not answer in time or at all.
pub async fn call(gate: &Gate, tenant: &TenantId, call: &Call) -> Result<Reply, ApiError> {
    let message = serde_json::to_string(call).map_err(|_| ApiError::internal())?;
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

/// A refusal as the caller of a key of this kind sees it.
pub fn refused(refusal: &Refusal, kind: Kind) -> ApiError {
    refusal::error(refusal, kind, now_ms())
}
