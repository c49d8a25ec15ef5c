//! Compares KV and D1 with what a tenant's object says they should hold, and mends what is not so.
//!
//! The object is right, with one exception: a key that D1 has as revoked is revoked in the object, too. No
//! repair un-revokes.

use crate::change;
use crate::database::{self, Statement};
use crate::{person, projection};
use neureus_core::change::Act;
use neureus_core::error::ApiError;
use neureus_core::id::{KeyId, TenantId, UserId};
use neureus_core::key::Kind;
use neureus_core::message::{Call, KeyRecord, Refusal, Reply};
use neureus_core::outbox::{Item, Row};
use neureus_core::provider_key::Provider;
use neureus_shell::auth::Projection;
use neureus_shell::clock::now_ms;
use neureus_shell::gate::Gate;
use neureus_shell::{glue, object};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

/// The most pointers that are looked at in KV: a Worker may call others only so often.
const POINTERS: usize = 400;
const KV_MS: u32 = 3_000;

/// What was found, and mended.
#[derive(Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Drift {
    /// Rows that D1 lacked or had in an older state.
    stale: Vec<String>,
    /// Rows of D1 that the object does not know: they are ended there.
    unknown: Vec<String>,
    /// Keys that were revoked in D1 alone: they are now in the object.
    revoked: Vec<String>,
    /// Keys that KV did not lead to the tenant.
    pointers: Vec<String>,
}

impl Drift {
    /// Whether the stores agree.
    pub(crate) fn is_empty(&self) -> bool {
        let Self {
            stale,
            unknown,
            revoked,
            pointers,
        } = self;
        [stale, unknown, revoked, pointers]
            .iter()
            .all(|list| list.is_empty())
    }
}

#[derive(Deserialize)]
struct KeyRow {
    id: KeyId,
    version: u64,
    revoked_at_ms: Option<u64>,
    expires_at_ms: Option<u64>,
}

#[derive(Deserialize)]
struct VersionRow {
    id: String,
    version: u64,
    ended: u8,
}

/// All that the object says the other stores should hold.
async fn snapshot(gate: &Gate, tenant: &TenantId) -> Result<Vec<Item>, ApiError> {
    let mut all: Vec<Item> = Vec::new();
    let mut after = None;
    loop {
        let page = match object::call(gate, tenant, &Call::Snapshot(after)).await? {
            Reply::Items(page) => page,
            _ => return Err(ApiError::internal()),
        };
        after = page.iter().rev().find_map(|item| match &item.row {
            Row::Key(key) => Some(key.hash),
            _ => None,
        });
        all.extend(page);
        if after.is_none() {
            return Ok(all);
        }
    }
}

/// Compares and mends.
///
/// # Errors
/// 404 for a tenant that the object does not know; 503.
pub(crate) async fn mend(gate: &Gate, tenant: &TenantId) -> Result<Drift, ApiError> {
    let mut drift = Drift::default();
    let items = snapshot(gate, tenant).await?;
    if items.is_empty() {
        return Err(object::refused(&Refusal::NotFound, Kind::Standard));
    }
    let id = || tenant.as_str().into();
    let rows = database::run(
        gate,
        &[
            Statement::new(
                "SELECT id, version, deleted_at_ms IS NOT NULL AS ended FROM tenants WHERE id = ?1",
                [id()],
            ),
            Statement::new(
                "SELECT user_id AS id, version, removed_at_ms IS NOT NULL AS ended
                 FROM memberships WHERE tenant_id = ?1",
                [id()],
            ),
            Statement::new(
                "SELECT 'provider_key/' || provider AS id, version, deleted AS ended
                 FROM provider_keys WHERE tenant_id = ?1",
                [id()],
            ),
            Statement::new(
                "SELECT id, version, revoked_at_ms, expires_at_ms FROM api_keys WHERE tenant_id = ?1",
                [id()],
            ),
        ],
    )
    .await?;
    let mut others = Vec::new();
    for place in 0..3 {
        others.extend(rows.at::<VersionRow>(place)?);
    }
    let keys: BTreeMap<KeyId, KeyRow> = rows
        .at::<KeyRow>(3)?
        .into_iter()
        .map(|row| (row.id.clone(), row))
        .collect();
    let versions: BTreeMap<&str, u64> = others
        .iter()
        .map(|row| (row.id.as_str(), row.version))
        .collect();
    let known: BTreeSet<&str> = items.iter().filter_map(name).collect();

    revoke_here(gate, tenant, &items, &keys, &mut drift).await;
    let stale: Vec<Item> = items
        .iter()
        .filter(|item| {
            let there = match &item.row {
                Row::Key(key) => keys.get(&key.id).map(|row| row.version),
                _ => name(item).and_then(|name| versions.get(name).copied()),
            };
            there != Some(item.seq)
        })
        .cloned()
        .collect();
    drift.stale = stale.iter().filter_map(name).map(str::to_owned).collect();
    let mut statements = projection::statements(tenant, &stale);
    end_there(tenant, &others, &keys, &known, &mut statements, &mut drift);
    statements.extend(person::go());
    database::run(gate, &statements).await?;
    mend_pointers(gate, tenant, &items, &mut drift).await?;
    if !drift.is_empty() {
        worker::console_log!(
            "{}: the stores differed and were mended: {:?}",
            tenant,
            drift
        );
    }
    Ok(drift)
}

/// The identifier of a row that has a version.
fn name(item: &Item) -> Option<&str> {
    match &item.row {
        Row::Tenant(settings) => settings.id.as_ref().map(TenantId::as_str),
        Row::Key(key) => Some(key.id.as_str()),
        Row::Member(member) => Some(member.id.as_str()),
        Row::ProviderKey(listed) => Some(listed.provider.row_name()),
        _ => None,
    }
}

/// What was revoked in D1 is revoked.
async fn revoke_here(
    gate: &Gate,
    tenant: &TenantId,
    items: &[Item],
    keys: &BTreeMap<KeyId, KeyRow>,
    drift: &mut Drift,
) {
    for key in live(items) {
        let there = keys.get(&key.id).and_then(|row| row.revoked_at_ms);
        if there.is_none() {
            continue;
        }
        let act = Act::RevokeKey(key.id.clone());
        match change::by_system(gate, tenant, act).await {
            Ok(()) => drift.revoked.push(key.id.as_str().to_owned()),
            Err(error) => worker::console_error!("{}: {}", key.id, error.message),
        }
    }
}

fn live(items: &[Item]) -> impl Iterator<Item = &KeyRecord> {
    let now_ms = now_ms();
    items.iter().filter_map(move |item| match &item.row {
        Row::Key(key) if key.is_live(now_ms) => Some(&**key),
        _ => None,
    })
}

/// What the object does not know is no good: the object would refuse it.
fn end_there(
    tenant: &TenantId,
    others: &[VersionRow],
    keys: &BTreeMap<KeyId, KeyRow>,
    known: &BTreeSet<&str>,
    statements: &mut Vec<Statement>,
    drift: &mut Drift,
) {
    let now = now_ms();
    for row in keys.values() {
        let ended = row.revoked_at_ms.is_some() || row.expires_at_ms.is_some_and(|end| end <= now);
        if !ended && !known.contains(row.id.as_str()) {
            drift.unknown.push(row.id.as_str().to_owned());
            statements.push(Statement::new(
                "UPDATE api_keys SET revoked_at_ms = COALESCE(revoked_at_ms, ?3)
                 WHERE tenant_id = ?1 AND id = ?2",
                [tenant.as_str().into(), row.id.as_str().into(), now.into()],
            ));
        }
    }
    for row in others {
        if row.ended == 0 && UserId::parse(&row.id).is_ok() && !known.contains(row.id.as_str()) {
            drift.unknown.push(row.id.clone());
            statements.push(Statement::new(
                "UPDATE memberships SET removed_at_ms = ?3 WHERE tenant_id = ?1 AND user_id = ?2",
                [tenant.as_str().into(), row.id.as_str().into(), now.into()],
            ));
        }
        let provider = Provider::ALL.into_iter().find(|it| it.row_name() == row.id);
        if let Some(provider) = provider.filter(|it| !known.contains(it.row_name())) {
            drift.unknown.push(row.id.clone());
            statements.push(Statement::new(
                "DELETE FROM provider_keys WHERE tenant_id = ?1 AND provider = ?2",
                [tenant.as_str().into(), provider.as_str().into()],
            ));
        }
    }
}

async fn mend_pointers(
    gate: &Gate,
    tenant: &TenantId,
    items: &[Item],
    drift: &mut Drift,
) -> Result<(), ApiError> {
    for key in live(items).take(POINTERS) {
        let found = glue::kv_get(&gate.bindings.keys, &key.hash.to_hex(), KV_MS).await;
        let pointer = found.ok().and_then(|text| text.as_string());
        let pointer = pointer.and_then(|text| serde_json::from_str::<Projection>(&text).ok());
        if pointer.is_none_or(|pointer| pointer.tenant != *tenant) {
            projection::point(gate, tenant, key.hash).await?;
            drift.pointers.push(key.id.as_str().to_owned());
        }
    }
    Ok(())
}
