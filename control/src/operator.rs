//! `/operator/*`: tenants and keys, by the bearer of the operator token.
//!
//! Every change goes the one way of all changes ([`crate::change`]), and is in the audit log.

use crate::access::{self, Verified};
use crate::body::{present, read, reply};
use crate::{change, drift, projection, signed, table};
use neureus_core::change::{Act, NewTenant};
use neureus_core::chat::Invalid;
use neureus_core::error::ApiError;
use neureus_core::id::{KeyId, TenantId};
use neureus_core::key::{ApiKey, Kind};
use neureus_core::manage::{Farewell, Suspension};
use neureus_core::message::{self, Settings};
use neureus_core::money::NanoUsd;
use neureus_core::provision::{NewKey, NewSettings};
use neureus_core::query;
use neureus_shell::gate::Gate;
use neureus_shell::incoming::random;
use neureus_shell::object;
use neureus_shell::reply::Reply;
use neureus_shell::server::Asked;
use serde_json::{Value, json};

/// `POST /operator/keys`: makes a key, and its tenant if it is new.
///
/// 1. Read and validate the body (400, 413, 415).
/// 2. Object, KV, D1 (503 when one cannot be reached; the key is then revoked again).
/// 3. 201 with the key's text, which is never shown again.
pub(crate) async fn make_key(asked: &Asked<'_>) -> Result<Reply, ApiError> {
    let new = read::<NewKey>(asked).await?.validate(|model| {
        let catalog = asked.gate.catalog();
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
    let make = Act::MakeTenant(NewTenant::default());
    change::by_operator(asked, &tenant, make).await?;
    let make = Act::MakeKey(Box::new(record.clone()));
    let made = change::by_operator(asked, &tenant, make).await?;
    if !made.carried {
        // Nobody will be given this key. Revoking it is tidiness, so its failure changes nothing.
        let revoke = Act::RevokeKey(record.id);
        let _tidied = change::by_operator(asked, &tenant, revoke).await;
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
    reply(201, &body)
}

/// `PUT /operator/tenants/:tenant`: makes a tenant or replaces its settings.
///
/// 1. Read and validate the body (400, 413, 415).
/// 2. Object (503). The next request of the tenant feels it.
/// 3. 200 with the settings.
pub(crate) async fn put_tenant(asked: &Asked<'_>, tenant: &str) -> Result<Reply, ApiError> {
    let tenant = tenant_of(tenant)?;
    let settings = Settings::from(read::<NewSettings>(asked).await?);
    let act = Act::Provision(settings);
    let changed = change::by_operator(asked, &tenant, act).await?;
    let settings = changed.settings()?;
    reply(200, &show(&tenant, settings))
}

fn show(tenant: &TenantId, settings: &Settings) -> Value {
    json!({
        "tenantId": tenant,
        "plan": settings.plan,
        "maxPlan": settings.max_plan,
        "rpm": settings.rpm,
        "tpm": settings.tpm,
        "concurrency": settings.concurrency,
        "budgetUsd": settings.budget.map(NanoUsd::to_json),
        "shadow": settings.shadow,
        "profile": settings.profile,
    })
}

/// How many tenants a page has.
const PAGE: usize = 100;

/// `GET /operator/tenants`: a page of them, by id; those that were deleted, too.
///
/// 1. `cursor` (400). 2. 200 (503).
pub(crate) async fn tenants(asked: &Asked<'_>) -> Result<Reply, ApiError> {
    let cursor = query::value(&asked.incoming.query, "cursor")?;
    let mut rows = table::tenants_of_operator(asked.gate, cursor.as_deref(), PAGE + 1).await?;
    let more = rows.len() > PAGE;
    rows.truncate(PAGE);
    let next = rows.last().filter(|_| more).map(|row| row.id.clone());
    let tenants: Vec<Value> = rows
        .into_iter()
        .map(|row| {
            present(json!({
                "id": row.id,
                "name": row.name,
                "plan": row.plan,
                "shadow": row.shadow > 0,
                "suspended": row.suspended > 0,
                "createdAtMs": row.created_at_ms,
                "deletedAtMs": row.deleted_at_ms,
                "members": row.members,
                "keys": row.keys,
            }))
        })
        .collect();
    let body = present(json!({ "tenants": tenants, "next": next }));
    reply(200, &body)
}

/// A tenant that the path names.
///
/// # Errors
/// 404 for what cannot be one.
pub(crate) fn named(tenant: &str) -> Result<Verified, ApiError> {
    TenantId::parse(tenant)
        .map(Verified::by_operator)
        .map_err(|_| signed::no_such_tenant())
}

/// `GET /operator/tenants/:tenant`: its settings as they hold. 404.
pub(crate) async fn tenant(gate: &Gate, tenant: &str) -> Result<Reply, ApiError> {
    let tenant = named(tenant)?;
    let settings = access::settings(gate, &tenant).await?;
    let mut body = show(tenant.id(), &settings);
    if let Value::Object(fields) = &mut body {
        let own = settings.own;
        let more = json!({
            "name": settings.name,
            "chosenPlan": settings.chosen,
            "own": {
                "rpm": own.rpm,
                "tpm": own.tpm,
                "concurrency": own.concurrency,
                "budgetUsd": own.budget.map(NanoUsd::to_json),
            },
            "ownProfile": settings.privacy.profile,
            "suspended": settings.suspended,
            "createdAtMs": settings.created_at_ms,
            "version": settings.version,
        });
        if let Value::Object(more) = more {
            fields.extend(more);
        }
    }
    reply(200, &body)
}

/// `PUT /operator/tenants/:tenant/suspension`: stops a tenant's model calls and changes, or lets them go on.
///
/// 1. The body (400). 2. The object (404, 503). 3. 200.
pub(crate) async fn suspend(asked: &Asked<'_>, tenant: &str) -> Result<Reply, ApiError> {
    let tenant = named(tenant)?;
    let wanted: Suspension = read(asked).await?;
    let act = Act::Suspend(wanted.suspended);
    change::by_operator(asked, tenant.id(), act).await?;
    let body = json!({ "tenantId": tenant.id(), "suspended": wanted.suspended });
    reply(200, &body)
}

/// `DELETE /operator/tenants/:tenant`: deletes it and all it has.
///
/// 1. The body names it once more (400). 2. The object (404, 409, 503). 3. 204.
pub(crate) async fn delete(asked: &Asked<'_>, tenant: &str) -> Result<Reply, ApiError> {
    let tenant = named(tenant)?;
    let farewell: Farewell = read(asked).await?;
    if farewell.confirm != tenant.id().as_str() {
        return Err(ApiError::from(Invalid {
            path: "$.confirm".to_owned(),
            message: "To delete the tenant, give its id here".to_owned(),
        }));
    }
    let act = Act::DeleteTenant;
    change::by_operator(asked, tenant.id(), act).await?;
    Ok(Reply::empty(204))
}

/// `POST /operator/tenants/:tenant/check`: compares the stores, and mends what differs.
///
/// 1. What was not carried yet is. 2. 200 with what differed (404, 503).
pub(crate) async fn check(gate: &Gate, tenant: &str) -> Result<Reply, ApiError> {
    let tenant = named(tenant)?;
    projection::empty(gate, tenant.id()).await?;
    let drift = drift::mend(gate, tenant.id()).await?;
    reply(200, &drift)
}

/// `DELETE /operator/tenants/:tenant/keys/:key`: revokes a key for good.
///
/// 1. Object (404 when it does not know the key, 503): from here on the key is refused everywhere.
/// 2. 200.
pub(crate) async fn revoke_key(
    asked: &Asked<'_>,
    tenant: &str,
    key: &str,
) -> Result<Reply, ApiError> {
    let unknown = |_| object::refused(&message::Refusal::NotFound, Kind::Standard);
    let tenant = TenantId::parse(tenant).map_err(unknown)?;
    let key = KeyId::parse(key).map_err(unknown)?;
    let act = Act::RevokeKey(key.clone());
    change::by_operator(asked, &tenant, act).await?;
    let body = json!({ "tenantId": tenant, "keyId": key, "revoked": true });
    reply(200, &body)
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
