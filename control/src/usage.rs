//! `GET /ai/usage` and `GET /operator/tenants/:tenant/usage`: what a tenant used, and how its limits stand.

use crate::access;
use crate::body::reply;
use neureus_core::error::ApiError;
use neureus_core::id::TenantId;
use neureus_core::key::Kind;
use neureus_core::message::{self, Call, Refusal};
use neureus_core::usage;
use neureus_shell::clock::now_ms;
use neureus_shell::object;
use neureus_shell::reply::Reply;
use neureus_shell::server::Asked;
use neureus_shell::trace::Trace;

/// The caller's own tenant.
///
/// 1. A key or a session (401, 403, 404, 503).
/// 2. Read the days from the query (400).
/// 3. 200 with what the object counted (503).
pub(crate) async fn own(asked: &Asked<'_>, trace: &mut Trace) -> Result<Reply, ApiError> {
    let entered = access::enter(asked, trace).await?;
    tell(asked, entered.tenant.id()).await
}

/// Any tenant, for the operator.
///
/// 1. Read the tenant (404) and the days from the query (400).
/// 2. 200 with what the object counted (404 when there is no such tenant, 503).
pub(crate) async fn of_tenant(asked: &Asked<'_>, tenant: &str) -> Result<Reply, ApiError> {
    let tenant =
        TenantId::parse(tenant).map_err(|_| object::refused(&Refusal::NotFound, Kind::Standard))?;
    tell(asked, &tenant).await
}

async fn tell(asked: &Asked<'_>, tenant: &TenantId) -> Result<Reply, ApiError> {
    let span = usage::span(&asked.incoming.query, now_ms())?;
    match object::call(asked.gate, tenant, &Call::Usage(span)).await? {
        message::Reply::Usage(used) => reply(200, &usage::render(&used)),
        message::Reply::Refused(refusal) => Err(object::refused(&refusal, Kind::Standard)),
        _ => Err(ApiError::internal()),
    }
}
