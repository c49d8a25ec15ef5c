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
use neureus_core::message::wire::{self, Unreadable};
use neureus_core::message::{Call, Refusal, Reply, along};
use neureus_core::refusal;

/// A healthy object answers in milliseconds; after this long it counts as down.
const DEADLINE_MS: u32 = 3_000;

/// Asks a tenant's object. The ends of leases that wait for something to go along with go along.
///
/// # Errors
/// 503 when it does not answer in time or at all.
pub async fn call(gate: &Gate, tenant: &TenantId, call: &Call) -> Result<Reply, ApiError> {
    let message = wire::write_call(call).map_err(|_| ApiError::internal())?;
    let unreadable = |cause: Unreadable| {
        worker::console_error!("object answer unreadable: {}", cause);
        ApiError::internal()
    };
    let (told, message) = gate.ends_for(tenant, |ends| match ends.take_along(now_ms()) {
        None => (None, message),
        Some((id, ends)) => {
            let ends = ends.iter().map(String::as_str);
            (Some(id), along::write(ends, &message))
        }
    });
    let answer = send(gate, tenant, &message).await;
    let (mark, reply) = along::split(answer.as_deref().unwrap_or_default());
    if let Some(id) = told {
        gate.ends_for(tenant, |ends| ends.heard(id, mark));
    }
    let read = wire::read_reply(reply);
    answer?;
    match read {
        // It is of another release and has done nothing.
        Err(Unreadable::Form) => {
            let message = serde_json::to_string(call).map_err(|_| ApiError::internal())?;
            let answer = send(gate, tenant, &message).await?;
            wire::read_reply(&answer).map_err(unreadable)
        }
        read => read.map_err(unreadable),
    }
}

async fn send(gate: &Gate, tenant: &TenantId, message: &str) -> Result<String, ApiError> {
    let answer = glue::call(
        &gate.bindings.tenants,
        tenant.as_str(),
        message,
        DEADLINE_MS,
    )
    .await;
    let answer = answer.map_err(|cause| {
        worker::console_error!("object call failed: {:?}", cause);
        ApiError::overloaded("The gateway cannot admit requests right now", 1)
    })?;
    Ok(answer.as_string().unwrap_or_default())
}

/// A refusal as the caller of a key of this kind sees it.
pub fn refused(refusal: &Refusal, kind: Kind) -> ApiError {
    refusal::error(refusal, kind, now_ms())
}
