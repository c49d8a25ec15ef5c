//! Carries what a tenant's object has written down for the other stores to KV and D1.
//!
//! Everything may be carried twice, in any order, by several at once, and cut off anywhere: each statement
//! says by itself whether it is still news ([`neureus_core::outbox`] has the rules). KV first, then D1 in one
//! transaction, then, of a deleted tenant, its monitor, then the object is told; whatever dies in between is done again by the object's alarm.

use crate::database::{self, Statement, Value};
use crate::{monitor, person};
use neureus_core::error::ApiError;
use neureus_core::id::TenantId;
use neureus_core::key::KeyHash;
use neureus_core::limits::{Limits, Plan};
use neureus_core::member::{Creator, Member};
use neureus_core::message::{Call, KeyRecord, Reply, Settings};
use neureus_core::money::NanoUsd;
use neureus_core::monitoring::monitor::Message;
use neureus_core::outbox::{Event, Item, Row};
use neureus_core::profile::Profile;
use neureus_core::vault::Listed;
use neureus_shell::auth::Projection;
use neureus_shell::gate::Gate;
use neureus_shell::{glue, object};
use serde::de::IgnoredAny;
use worker::wasm_bindgen::JsValue;

/// A write to KV that takes longer has failed.
const KV_MS: u32 = 10_000;
/// The most batches of one errand.
const BATCHES: usize = 40;

/// The tables that have a `tenant_id`: their rows go with the tenant. Of the audit log, the end stays.
const OF_A_TENANT: [&str; 5] = [
    "api_keys",
    "links",
    "memberships",
    "people_log",
    "provider_keys",
];

/// Whether a tenant may still be written: where it stands, `?1` is the tenant.
const LIVES: &str =
    "NOT EXISTS (SELECT 1 FROM tenants WHERE id = ?1 AND deleted_at_ms IS NOT NULL)";

/// Carries these items, and tells the object so.
///
/// # Errors
/// 503 when KV or D1 cannot be reached. The object keeps the items then, and has them carried later.
pub(crate) async fn carry(gate: &Gate, tenant: &TenantId, items: &[Item]) -> Result<(), ApiError> {
    let (Some(first), Some(last)) = (items.first(), items.last()) else {
        return Ok(());
    };
    put_pointers(gate, tenant, items).await?;
    let mut statements = statements(tenant, items);
    let last_place = statements.len();
    statements.push(Statement::new(
        "SELECT id FROM tenants WHERE id = ?1 AND deleted_at_ms IS NOT NULL",
        [tenant.as_str().into()],
    ));
    let rows = database::run(gate, &statements).await?;
    if !rows.at::<IgnoredAny>(last_place)?.is_empty() {
        forget_pointers(gate, items).await?;
        monitor::ask(gate, tenant.as_str(), &Message::Forget).await?;
    }
    // Should this get lost, it is carried again.
    let _heard = object::call(gate, tenant, &Call::Projected(first.seq, last.seq)).await;
    Ok(())
}

/// Where to find a key's tenant, or that nobody need look.
async fn put_pointers(gate: &Gate, tenant: &TenantId, items: &[Item]) -> Result<(), ApiError> {
    for item in items {
        match &item.row {
            // A pointer never changes, and leads to the object's refusal when the key has ended.
            Row::Key(key) if key.revoked_at_ms.is_none() => {
                point(gate, tenant, key.hash).await?;
            }
            Row::Gone { keys, .. } => {
                for key in keys {
                    forget_pointer(gate, *key).await?;
                }
            }
            _ => {}
        }
    }
    Ok(())
}

/// What came late of a tenant that is gone by now.
async fn forget_pointers(gate: &Gate, items: &[Item]) -> Result<(), ApiError> {
    for item in items {
        if let Row::Key(key) = &item.row {
            forget_pointer(gate, key.hash).await?;
        }
    }
    Ok(())
}

async fn forget_pointer(gate: &Gate, key: KeyHash) -> Result<(), ApiError> {
    glue::kv_delete(&gate.bindings.keys, &key.to_hex(), KV_MS)
        .await
        .map(|_| ())
        .map_err(|cause| failed(&cause))
}

/// Makes a key's tenant known to KV.
///
/// # Errors
/// 503.
pub(crate) async fn point(gate: &Gate, tenant: &TenantId, key: KeyHash) -> Result<(), ApiError> {
    let pointer = Projection {
        tenant: tenant.clone(),
    };
    let pointer = serde_json::to_string(&pointer).map_err(|_| ApiError::internal())?;
    glue::kv_put(&gate.bindings.keys, &key.to_hex(), &pointer, KV_MS)
        .await
        .map(|_| ())
        .map_err(|cause| failed(&cause))
}

fn failed(cause: &JsValue) -> ApiError {
    worker::console_error!("KV failed: {:?}", cause);
    ApiError::overloaded("The change could not be stored everywhere", 1)
}

/// Carries all that there is to carry, oldest first.
///
/// # Errors
/// 503 when a store cannot be reached.
pub(crate) async fn empty(gate: &Gate, tenant: &TenantId) -> Result<(), ApiError> {
    for _ in 0..BATCHES {
        let Reply::Items(items) = object::call(gate, tenant, &Call::Outbox).await? else {
            return Err(ApiError::internal());
        };
        if items.is_empty() {
            return Ok(());
        }
        carry(gate, tenant, &items).await?;
    }
    Ok(())
}

/// The statements that bring D1 up to these items.
pub(crate) fn statements(tenant: &TenantId, items: &[Item]) -> Vec<Statement> {
    let mut statements = Vec::new();
    // What refers to the tenant may come before what tells of it.
    statements.push(Statement::new(
        "INSERT INTO tenants (id, created_at_ms) VALUES (?1, 0) ON CONFLICT (id) DO NOTHING",
        [tenant.as_str().into()],
    ));
    for Item { seq, row } in items {
        match row {
            Row::Tenant(settings) => settings_of(tenant, *seq, settings, &mut statements),
            Row::Key(key) => statements.push(key_of(tenant, *seq, key)),
            Row::Member(member) => statements.push(member_of(tenant, *seq, member)),
            Row::ProviderKey(listed) => statements.push(provider_key_of(tenant, *seq, listed)),
            Row::Seen(hash, at_ms) => statements.push(Statement::new(
                "UPDATE api_keys SET last_used_at_ms = MAX(COALESCE(last_used_at_ms, 0), ?3)
                 WHERE tenant_id = ?1 AND hash = ?2",
                [
                    tenant.as_str().into(),
                    hash.to_hex().into(),
                    (*at_ms).into(),
                ],
            )),
            Row::Event(event) => statements.push(event_of(tenant, *seq, event)),
            // Of these, D1 was told with the tenant.
            Row::Gone { .. } => {}
        }
    }
    statements
}

fn money(limits: Limits) -> Value {
    limits.budget.map(|NanoUsd(nanos)| nanos).into()
}

fn settings_of(tenant: &TenantId, seq: u64, settings: &Settings, to: &mut Vec<Statement>) {
    let limits = settings.overrides();
    to.push(Statement::new(
        "INSERT INTO tenants (id, name, plan, max_plan, chosen_plan, rpm, tpm, concurrency, budget_nano,
           shadow, suspended, profile, created_at_ms, deleted_at_ms, version)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15)
         ON CONFLICT (id) DO UPDATE SET name = excluded.name, plan = excluded.plan,
           max_plan = excluded.max_plan, chosen_plan = excluded.chosen_plan, rpm = excluded.rpm,
           tpm = excluded.tpm, concurrency = excluded.concurrency, budget_nano = excluded.budget_nano,
           shadow = excluded.shadow, suspended = excluded.suspended, profile = excluded.profile,
           created_at_ms = excluded.created_at_ms, deleted_at_ms = excluded.deleted_at_ms,
           version = excluded.version
         WHERE excluded.version >= version AND deleted_at_ms IS NULL",
        [
            tenant.as_str().into(),
            settings.name.as_str().into(),
            settings.plan.map(Plan::as_str).into(),
            settings.max_plan.map(Plan::as_str).into(),
            settings.chosen.map(Plan::as_str).into(),
            limits.rpm.into(),
            limits.tpm.into(),
            limits.concurrency.into(),
            money(limits),
            settings.shadow.into(),
            settings.suspended.into(),
            settings.profile.map(Profile::as_str).into(),
            settings.created_at_ms.into(),
            settings.deleted_at_ms.into(),
            seq.into(),
        ],
    ));
    if settings.deleted_at_ms.is_some() {
        to.push(person::may_go(tenant));
        to.extend(OF_A_TENANT.iter().map(|table| {
            let sql = format!("DELETE FROM {table} WHERE tenant_id = ?1");
            Statement::new(sql, [tenant.as_str().into()])
        }));
        to.extend(person::go());
        // That it was deleted, and by whom, stays.
        to.push(Statement::new(
            "DELETE FROM audit_log WHERE tenant_id = ?1 AND seq < ?2",
            [tenant.as_str().into(), seq.into()],
        ));
    }
}

fn key_of(tenant: &TenantId, seq: u64, key: &KeyRecord) -> Statement {
    let limits = key.limits();
    let list = |list: &[String]| serde_json::to_string(list).unwrap_or_default();
    Statement::new(
        format!(
            "INSERT INTO api_keys (tenant_id, id, hash, kind, role, name, preview, creator, created_at_ms,
               expires_at_ms, revoked_at_ms, rpm, tpm, concurrency, budget_nano, models, origins, profile,
               rotated_to, passing, visitor_rpm, version)
             SELECT ?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18, ?19, ?20,
               ?21, ?22
             WHERE {LIVES}
             ON CONFLICT (id) DO UPDATE SET role = excluded.role, name = excluded.name,
               expires_at_ms = excluded.expires_at_ms,
               revoked_at_ms = COALESCE(revoked_at_ms, excluded.revoked_at_ms), rpm = excluded.rpm,
               tpm = excluded.tpm, concurrency = excluded.concurrency,
               budget_nano = excluded.budget_nano, models = excluded.models, origins = excluded.origins,
               rotated_to = excluded.rotated_to, visitor_rpm = excluded.visitor_rpm,
               version = excluded.version
             WHERE excluded.version >= version AND tenant_id = ?1"
        ),
        [
            tenant.as_str().into(),
            key.id.as_str().into(),
            key.hash.to_hex().into(),
            key.kind.as_str().into(),
            key.role.as_str().into(),
            key.name.as_str().into(),
            key.preview.as_str().into(),
            key.creator.as_ref().map(Creator::as_str).into(),
            key.created_at_ms.into(),
            key.expires_at_ms.into(),
            key.revoked_at_ms.into(),
            limits.rpm.into(),
            limits.tpm.into(),
            limits.concurrency.into(),
            money(limits),
            list(&key.models).into(),
            list(&key.origins).into(),
            key.profile.map(Profile::as_str).into(),
            key.rotated_to.as_ref().map(|id| id.as_str()).into(),
            key.passing.into(),
            key.visitor_rpm.into(),
            seq.into(),
        ],
    )
}

fn member_of(tenant: &TenantId, seq: u64, member: &Member) -> Statement {
    Statement::new(
        format!(
            "INSERT INTO memberships (tenant_id, user_id, role, joined_at_ms, removed_at_ms, version)
             SELECT ?1, ?2, ?3, ?4, ?5, ?6 WHERE {LIVES}
             ON CONFLICT (tenant_id, user_id) DO UPDATE SET role = excluded.role,
               joined_at_ms = excluded.joined_at_ms, removed_at_ms = excluded.removed_at_ms,
               version = excluded.version
             WHERE excluded.version >= version"
        ),
        [
            tenant.as_str().into(),
            member.id.as_str().into(),
            member.role.as_str().into(),
            member.joined_at_ms.into(),
            member.removed_at_ms.into(),
            seq.into(),
        ],
    )
}

fn provider_key_of(tenant: &TenantId, seq: u64, listed: &Listed) -> Statement {
    Statement::new(
        format!(
            "INSERT INTO provider_keys (tenant_id, provider, preview, key_version, changed_at_ms, deleted, version)
             SELECT ?1, ?2, ?3, ?4, ?5, ?6, ?7 WHERE {LIVES}
             ON CONFLICT (tenant_id, provider) DO UPDATE SET preview = excluded.preview,
               key_version = excluded.key_version, changed_at_ms = excluded.changed_at_ms,
               deleted = excluded.deleted, version = excluded.version
             WHERE excluded.version >= version"
        ),
        [
            tenant.as_str().into(),
            listed.provider.as_str().into(),
            listed.preview.as_str().into(),
            listed.version.into(),
            listed.at_ms.into(),
            listed.deleted.into(),
            seq.into(),
        ],
    )
}

fn event_of(tenant: &TenantId, seq: u64, event: &Event) -> Statement {
    Statement::new(
        format!(
            "INSERT INTO audit_log (tenant_id, seq, at_ms, actor_kind, actor_id, actor_name, action, target,
               details, ip, request_id)
             SELECT ?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11
             WHERE ?7 = 'tenant.deleted' OR {LIVES}
             ON CONFLICT (tenant_id, seq) DO NOTHING"
        ),
        [
            tenant.as_str().into(),
            seq.into(),
            event.at_ms.into(),
            event.actor.kind.as_str().into(),
            event.actor.id.as_deref().into(),
            event.actor.name.as_str().into(),
            event.action.as_str().into(),
            event.target.as_deref().into(),
            event.details.as_ref().map(ToString::to_string).into(),
            event.ip.as_str().into(),
            event.request.as_str().into(),
        ],
    )
}
