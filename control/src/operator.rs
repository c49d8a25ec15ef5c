//! `/operator/*`: tenants and keys, by the bearer of the operator token.
//!
//! One provisioning path: the tenant's object first, then KV, then D1. Dying between two steps
//! leaves at worst a key whose text nobody was given; doing it again makes another.

use neureus_core::chat::Invalid;
use neureus_core::error::ApiError;
use neureus_core::id::{KeyId, TenantId};
use neureus_core::key::{ApiKey, Kind, secrets_match};
use neureus_core::limits::Plan;
use neureus_core::message::{self, Call, KeyRecord, Settings};
use neureus_core::money::NanoUsd;
use neureus_core::provision::{self, NewKey, NewSettings};
use neureus_shell::auth::{self, Projection};
use neureus_shell::clock::now_ms;
use neureus_shell::gate::Gate;
use neureus_shell::incoming::{Incoming, random};
use neureus_shell::reply::Reply;
use neureus_shell::trace::Trace;
use neureus_shell::{glue, object, server};
use serde_json::json;
use worker::js_sys::Array;
use worker::wasm_bindgen::JsValue;

/// A write to KV or D1 that takes longer has failed.
const WRITE_MS: u32 = 10_000;

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

    tell(gate, &new.tenant, &Call::EnsureTenant).await?;
    tell(gate, &new.tenant, &Call::PutKey(record.clone())).await?;
    if let Err(error) = project(gate, &new, &record, &key).await {
        // Nobody will be given this key. Revoking it is tidiness, so its failure changes nothing.
        let _tidied = tell(gate, &new.tenant, &Call::RevokeKey(record.id)).await;
        return Err(error);
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
/// 2. Object, D1 (503). The next request of the tenant feels it.
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
    tell(gate, &tenant, &Call::PutTenant(settings.clone())).await?;
    let profile = settings.profile.map(neureus_core::profile::Profile::as_str);
    run(
        gate,
        "INSERT INTO tenants
         (id, plan, rpm, tpm, concurrency, budget_nano, shadow, profile, created_at_ms)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)
         ON CONFLICT (id) DO UPDATE SET plan = excluded.plan, rpm = excluded.rpm,
         tpm = excluded.tpm, concurrency = excluded.concurrency,
         budget_nano = excluded.budget_nano, shadow = excluded.shadow, profile = excluded.profile",
        [
            tenant.as_str().into(),
            settings.plan.map(Plan::as_str).into(),
            settings.rpm.into(),
            settings.tpm.into(),
            settings.concurrency.into(),
            money(settings.budget),
            u32::from(settings.shadow).into(),
            profile.into(),
            number(now_ms()),
        ],
    )
    .await?;
    let body = json!({
        "tenantId": tenant,
        "plan": settings.plan,
        "rpm": settings.rpm,
        "tpm": settings.tpm,
        "concurrency": settings.concurrency,
        "budgetUsd": settings.budget.map(NanoUsd::to_json),
        "shadow": settings.shadow,
        "profile": profile,
    });
    Ok(Reply::json(200, body.to_string().as_bytes()))
}

/// `DELETE /operator/tenants/:tenant/keys/:key`: revokes a key for good.
///
/// 1. Object (404 when it does not know the key, 503): from here on the key is refused everywhere.
/// 2. D1 (503; asking again is safe). KV keeps its pointer, which leads to the object's refusal.
/// 3. 200.
pub(crate) async fn revoke_key(gate: &Gate, tenant: &str, key: &str) -> Result<Reply, ApiError> {
    let unknown = |_| object::refused(&message::Refusal::NotFound, Kind::Standard);
    let tenant = TenantId::parse(tenant).map_err(unknown)?;
    let key = KeyId::parse(key).map_err(unknown)?;
    tell(gate, &tenant, &Call::RevokeKey(key.clone())).await?;
    run(
        gate,
        "UPDATE api_keys SET revoked_at_ms = COALESCE(revoked_at_ms, ?3)
         WHERE tenant_id = ?1 AND id = ?2",
        [
            tenant.as_str().into(),
            key.as_str().into(),
            number(now_ms()),
        ],
    )
    .await?;
    let body = json!({ "tenantId": tenant, "keyId": key, "revoked": true });
    Ok(Reply::json(200, body.to_string().as_bytes()))
}

/// The projections of a new key: KV, then D1.
async fn project(
    gate: &Gate,
    new: &NewKey,
    record: &KeyRecord,
    key: &ApiKey,
) -> Result<(), ApiError> {
    let hash = record.hash.to_hex();
    let projection = serde_json::to_string(&Projection {
        tenant: new.tenant.clone(),
    })
    .map_err(|_| ApiError::internal())?;
    glue::kv_put(&gate.bindings.keys, &hash, &projection, WRITE_MS)
        .await
        .map_err(unreachable)?;
    let now = number(now_ms());
    run(
        gate,
        "INSERT INTO tenants (id, created_at_ms) VALUES (?1, ?2) ON CONFLICT (id) DO NOTHING",
        [new.tenant.as_str().into(), now.clone()],
    )
    .await?;
    run(
        gate,
        "INSERT INTO api_keys
         (id, tenant_id, hash, kind, role, name, preview, created_at_ms, expires_at_ms,
          rpm, tpm, concurrency, budget_nano)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13)",
        [
            record.id.as_str().into(),
            new.tenant.as_str().into(),
            hash.into(),
            record.kind.as_str().into(),
            record.role.as_str().into(),
            new.name.as_str().into(),
            key.preview().into(),
            now,
            record.expires_at_ms.map_or(JsValue::NULL, number),
            record.rpm.into(),
            record.tpm.into(),
            record.concurrency.into(),
            money(record.budget),
        ],
    )
    .await
}

/// Tells an object of a change that it can only do or refuse.
async fn tell(gate: &Gate, tenant: &TenantId, call: &Call) -> Result<(), ApiError> {
    match object::call(gate, tenant, call).await? {
        message::Reply::Done => Ok(()),
        message::Reply::Refused(refusal) => Err(object::refused(&refusal, Kind::Standard)),
        _ => Err(ApiError::internal()),
    }
}

async fn run<const N: usize>(gate: &Gate, sql: &str, values: [JsValue; N]) -> Result<(), ApiError> {
    let values: Array = values
        .into_iter()
        // D1 refuses undefined.
        .map(|value| {
            if value.is_undefined() {
                JsValue::NULL
            } else {
                value
            }
        })
        .collect();
    glue::d1_run(&gate.bindings.database, sql, &values, WRITE_MS)
        .await
        .map(|_| ())
        .map_err(unreachable)
}

fn unreachable(cause: JsValue) -> ApiError {
    worker::console_error!("storage failed: {:?}", cause);
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

/// Nano-USD for a column, or NULL.
fn money(amount: Option<NanoUsd>) -> JsValue {
    amount.map_or(JsValue::NULL, |amount| number(amount.0))
}

/// Milliseconds since 1970 or nano-USD as a JavaScript number.
#[expect(
    clippy::cast_precision_loss,
    reason = "times and the largest budget are below 2^53"
)]
fn number(value: u64) -> JsValue {
    JsValue::from_f64(value as f64)
}
