//! `/operator/*`: tenants and keys, by the bearer of the operator token.
//!
//! Every change goes the one way of all changes ([`crate::change`]), and is in the audit log.

use crate::change;
use neureus_core::change::{Act, By, NewTenant};
use neureus_core::chat::Invalid;
use neureus_core::error::ApiError;
use neureus_core::id::{KeyId, TenantId};
use neureus_core::key::{ApiKey, Kind, secrets_match};
use neureus_core::message::{self, Settings};
use neureus_core::money::NanoUsd;
use neureus_core::provision::{self, NewKey, NewSettings};
use neureus_shell::auth;
use neureus_shell::gate::Gate;
use neureus_shell::incoming::{Incoming, random};
use neureus_shell::reply::Reply;
use neureus_shell::trace::Trace;
use neureus_shell::{object, server};
use serde_json::json;

/// Lets the bearer of the operator token through.
///
/// # Errors
/// 404 where the deployment has no token, as if there were no such path; 401 for a wrong one.
pub(crate) fn authorize(
    gate: &Gate,
    incoming: &Incoming,
    trace: &mut Trace,
) -> Result<(), ApiError> {
    let token = &gate.bindings.operator_token;
    if token.is_empty() {
        return Err(server::no_such_path());
    }
    let presented = auth::bearer(&incoming.authorization).unwrap_or_default();
    if !secrets_match(presented, token) {
        trace.auth = "unknown";
        return Err(ApiError::unauthorized());
    }
    trace.auth = "operator";
    Ok(())
}

/// `POST /operator/keys`: makes a key, and its tenant if it is new.
///
/// 1. Read and validate the body (400, 413, 415).
/// 2. Object, KV, D1 (503 when one cannot be reached; the key is then revoked again).
/// 3. 201 with the key's text, which is never shown again.
pub(crate) async fn make_key(
    gate: &Gate,
    incoming: &Incoming,
    body_limit: usize,
) -> Result<Reply, ApiError> {
    let body = incoming.body(body_limit).await?;
    let new = provision::parse::<NewKey>(&body)?.validate(|model| {
        let catalog = gate.catalog();
        catalog.is_ok_and(|it| it.models.iter().any(|known| known.id == model))
    })?;
    let mut key = None;
    let id = random(|bytes| {
        key = Some(ApiKey::generate(new.kind, bytes));
        KeyId::generate(bytes).into()
    })?;
    let (Some(key), Ok(id)) = (key, KeyId::parse(&id)) else {
        return Err(ApiError::internal());
    };
    let record = new.record(id, &key);

    let tenant = new.tenant.clone();
    let by = || By::Operator;
    let make = Act::MakeTenant(NewTenant::default());
    change::make(gate, incoming, &tenant, by(), None, make).await?;
    let make = Act::MakeKey(Box::new(record.clone()));
    let made = change::make(gate, incoming, &tenant, by(), None, make).await?;
    if !made.carried {
        // Nobody will be given this key. Revoking it is tidiness, so its failure changes nothing.
        let revoke = Act::RevokeKey(record.id);
        let _tidied = change::make(gate, incoming, &tenant, by(), None, revoke).await;
        return Err(unreachable());
    }
    let body = json!({
        "key": key.reveal(),
        "keyId": record.id,
        "tenantId": new.tenant,
        "keyPreview": key.preview(),
        "type": record.kind,
        "role": record.role,
    });
    Ok(Reply::json(201, body.to_string().as_bytes()))
}

/// `PUT /operator/tenants/:tenant`: makes a tenant or replaces its settings.
///
/// 1. Read and validate the body (400, 413, 415).
/// 2. Object (503). The next request of the tenant feels it.
/// 3. 200 with the settings.
pub(crate) async fn put_tenant(
    gate: &Gate,
    incoming: &Incoming,
    body_limit: usize,
    tenant: &str,
) -> Result<Reply, ApiError> {
    let tenant = tenant_of(tenant)?;
    let body = incoming.body(body_limit).await?;
    let settings = Settings::from(provision::parse::<NewSettings>(&body)?);
    let act = Act::Provision(settings);
    let changed = change::make(gate, incoming, &tenant, By::Operator, None, act).await?;
    let settings = changed.settings()?;
    let body = json!({
        "tenantId": tenant,
        "plan": settings.plan,
        "maxPlan": settings.max_plan,
        "rpm": settings.rpm,
        "tpm": settings.tpm,
        "concurrency": settings.concurrency,
        "budgetUsd": settings.budget.map(NanoUsd::to_json),
        "shadow": settings.shadow,
        "profile": settings.profile,
    });
    Ok(Reply::json(200, body.to_string().as_bytes()))
}

/// `DELETE /operator/tenants/:tenant/keys/:key`: revokes a key for good.
///
/// 1. Object (404 when it does not know the key, 503): from here on the key is refused everywhere.
/// 2. 200.
pub(crate) async fn revoke_key(
    gate: &Gate,
    incoming: &Incoming,
    tenant: &str,
    key: &str,
) -> Result<Reply, ApiError> {
    let unknown = |_| object::refused(&message::Refusal::NotFound, Kind::Standard);
    let tenant = TenantId::parse(tenant).map_err(unknown)?;
    let key = KeyId::parse(key).map_err(unknown)?;
    let act = Act::RevokeKey(key.clone());
    change::make(gate, incoming, &tenant, By::Operator, None, act).await?;
    let body = json!({ "tenantId": tenant, "keyId": key, "revoked": true });
    Ok(Reply::json(200, body.to_string().as_bytes()))
}

fn unreachable() -> ApiError {
    ApiError::overloaded("The change could not be stored", 1)
}

fn tenant_of(text: &str) -> Result<TenantId, ApiError> {
    TenantId::parse(text).map_err(|wrong| {
        ApiError::from(Invalid {
            path: "$.tenant".to_owned(),
            message: wrong.to_string(),
        })
    })
}
