//! `GET /ai/usage` and `GET /operator/tenants/:tenant/usage`: what a tenant used, and how its limits stand.

use neureus_core::error::ApiError;
use neureus_core::id::TenantId;
use neureus_core::key::Kind;
use neureus_core::message::{self, Call, Refusal, Span};
use neureus_core::role::Permission;
use neureus_core::usage;
use neureus_shell::auth;
use neureus_shell::clock::now_ms;
use neureus_shell::gate::Gate;
use neureus_shell::incoming::Incoming;
use neureus_shell::object;
use neureus_shell::reply::Reply;
use neureus_shell::trace::Trace;

/// The caller's own tenant.
///
/// 1. Authenticate and confirm the key (401, 403, 503).
/// 2. Read the days from the query (400).
/// 3. 200 with what the object counted (503).
pub(crate) async fn own(
    gate: &Gate,
    incoming: &Incoming,
    trace: &mut Trace,
) -> Result<Reply, ApiError> {
    let caller = auth::identify(gate, incoming, trace).await?;
    caller
        .confirm(gate, caller.ask(Permission::Read, incoming, None), trace)
        .await?;
    let span = usage::span(&incoming.query, now_ms())?;
    tell(gate, &caller.tenant, span).await
}

/// Any tenant, for the operator.
///
/// 1. Read the tenant (404) and the days from the query (400).
/// 2. 200 with what the object counted (404 when there is no such tenant, 503).
pub(crate) async fn of_tenant(
    gate: &Gate,
    incoming: &Incoming,
    tenant: &str,
) -> Result<Reply, ApiError> {
    let tenant =
        TenantId::parse(tenant).map_err(|_| object::refused(&Refusal::NotFound, Kind::Standard))?;
    let span = usage::span(&incoming.query, now_ms())?;
    tell(gate, &tenant, span).await
}

async fn tell(gate: &Gate, tenant: &TenantId, span: Span) -> Result<Reply, ApiError> {
    match object::call(gate, tenant, &Call::Usage(span)).await? {
        message::Reply::Usage(used) => {
            let body = usage::render(&used).to_string();
            Ok(Reply::json(200, body.as_bytes()))
        }
        message::Reply::Refused(refusal) => Err(object::refused(&refusal, Kind::Standard)),
        _ => Err(ApiError::internal()),
    }
}
