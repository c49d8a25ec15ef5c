//! The tables of tenants in D1, for lists. Every query is about one tenant that its caller was let into.

use crate::access::{Entered, Verified};
use crate::body::present;
use crate::database::{self, Statement, Value};
use neureus_core::error::ApiError;
use neureus_core::id::KeyId;
use neureus_core::key::Kind;
use neureus_core::money::NanoUsd;
use neureus_core::profile::Profile;
use neureus_core::role::Role;
use neureus_core::visitor;
use neureus_shell::gate::Gate;
use serde::Deserialize;
use serde_json::json;

/// Which keys to list.
pub(crate) struct KeyFilter<'a> {
    pub(crate) kind: Option<Kind>,
    /// Only those of this creator, and the key itself.
    pub(crate) own: Option<(&'a str, &'a str)>,
    /// Those that pages made for themselves, and no others.
    pub(crate) passing: bool,
    /// Only those made before this one.
    pub(crate) before: Option<(u64, String)>,
    pub(crate) most: usize,
}

/// A key as D1 has it, with whose it is.
#[derive(Deserialize)]
pub(crate) struct KeyRow {
    pub(crate) id: String,
    pub(crate) kind: Kind,
    name: String,
    role: Role,
    preview: String,
    creator: Option<String>,
    creator_name: Option<String>,
    creator_role: Option<Role>,
    pub(crate) created_at_ms: u64,
    last_used_at_ms: Option<u64>,
    expires_at_ms: Option<u64>,
    revoked_at_ms: Option<u64>,
    rpm: Option<u32>,
    tpm: Option<u32>,
    concurrency: Option<u32>,
    budget_nano: Option<u64>,
    models: String,
    origins: String,
    visitor_rpm: Option<u32>,
    profile: Option<Profile>,
    pub(crate) version: u64,
}

impl KeyRow {
    /// As its tenant's people are shown it.
    pub(crate) fn show(&self, entered: &Entered) -> serde_json::Value {
        let list = |text: &str| serde_json::from_str::<Vec<String>>(text).unwrap_or_default();
        let creator = self.creator.as_deref();
        let own = creator == Some(entered.owner()) || self.id == entered.id();
        let role = self.creator_role.map_or(self.role, |it| it.min(self.role));
        present(json!({
            "id": self.id,
            "type": self.kind,
            "name": self.name,
            "role": self.role,
            "effectiveRole": role,
            "preview": self.preview,
            "creator": creator.map(|id| json!({
                "id": id,
                "name": self.creator_name.as_deref().unwrap_or(id),
            })),
            "createdAtMs": self.created_at_ms,
            "lastUsedAtMs": self.last_used_at_ms,
            "expiresAtMs": self.expires_at_ms,
            "revokedAtMs": self.revoked_at_ms,
            "limits": present(json!({
                "rpm": self.rpm,
                "tpm": self.tpm,
                "concurrency": self.concurrency,
                "budgetUsd": self.budget_nano.map(|nanos| NanoUsd(nanos).to_json()),
            })),
            "models": list(&self.models),
            "profile": self.profile,
            "origins": list(&self.origins),
            "visitorRpm": visitor::of_each(self.kind, self.visitor_rpm),
            "own": own,
            "version": self.version,
        }))
    }
}

const KEYS: &str = "SELECT k.id, k.kind, k.name, k.role, k.preview, k.creator,
    COALESCE(u.name, NULLIF(c.name, '')) AS creator_name, m.role AS creator_role, k.created_at_ms,
    k.last_used_at_ms, k.expires_at_ms, k.revoked_at_ms, k.rpm, k.tpm, k.concurrency, k.budget_nano,
    k.models, k.origins, k.visitor_rpm, k.profile, k.version
  FROM api_keys k LEFT JOIN users u ON u.id = k.creator
    LEFT JOIN api_keys c ON c.tenant_id = k.tenant_id AND c.id = k.creator
    LEFT JOIN memberships m ON m.tenant_id = k.tenant_id AND m.user_id = k.creator
      AND m.removed_at_ms IS NULL
  WHERE k.tenant_id = ?1";

/// Keys, newest first.
///
/// # Errors
/// 503 without D1.
pub(crate) async fn keys(
    gate: &Gate,
    tenant: &Verified,
    filter: &KeyFilter<'_>,
) -> Result<Vec<KeyRow>, ApiError> {
    let (owner, itself) = filter.own.unzip();
    let before = filter.before.as_ref();
    database::query(
        gate,
        &format!(
            "{KEYS} AND k.passing = ?8 AND (?2 IS NULL OR k.kind = ?2)
             AND (?3 IS NULL OR k.creator = ?3 OR k.id = ?4)
             AND (?5 IS NULL OR k.created_at_ms < ?5 OR (k.created_at_ms = ?5 AND k.id < ?6))
             ORDER BY k.created_at_ms DESC, k.id DESC LIMIT ?7"
        ),
        [
            tenant.id().as_str().into(),
            filter.kind.map(Kind::as_str).into(),
            owner.into(),
            itself.into(),
            before.map(|(at_ms, _)| *at_ms).into(),
            before.map(|(_, id)| id.as_str()).into(),
            u64::try_from(filter.most).unwrap_or_default().into(),
            filter.passing.into(),
        ],
    )
    .await
}

/// One key.
///
/// # Errors
/// 503 without D1.
pub(crate) async fn key(
    gate: &Gate,
    tenant: &Verified,
    id: &KeyId,
) -> Result<Option<KeyRow>, ApiError> {
    let sql = format!("{KEYS} AND k.id = ?2");
    let values = [tenant.id().as_str().into(), id.as_str().into()];
    let rows = database::query(gate, &sql, values).await?;
    Ok(rows.into_iter().next())
}

/// A member as D1 has them, with the person's name.
#[derive(Deserialize)]
pub(crate) struct MemberRow {
    pub(crate) id: String,
    pub(crate) name: Option<String>,
    pub(crate) role: Role,
    pub(crate) joined_at_ms: u64,
    pub(crate) last_seen_at_ms: Option<u64>,
    pub(crate) version: u64,
}

/// The members, highest role first.
///
/// # Errors
/// 503 without D1.
pub(crate) async fn members(gate: &Gate, tenant: &Verified) -> Result<Vec<MemberRow>, ApiError> {
    let mut rows: Vec<MemberRow> = database::query(
        gate,
        "SELECT m.user_id AS id, u.name, m.role, m.joined_at_ms, m.version,
           (SELECT MAX(s.last_seen_at_ms) FROM sessions s WHERE s.user_id = m.user_id)
             AS last_seen_at_ms
         FROM memberships m LEFT JOIN users u ON u.id = m.user_id
         WHERE m.tenant_id = ?1 AND m.removed_at_ms IS NULL ORDER BY m.joined_at_ms, m.user_id",
        [tenant.id().as_str().into()],
    )
    .await?;
    rows.sort_by_key(|row| core::cmp::Reverse(row.role));
    Ok(rows)
}

/// An invitation that nobody has used yet.
#[derive(Deserialize)]
pub(crate) struct InvitationRow {
    pub(crate) id: String,
    pub(crate) role: Option<Role>,
    pub(crate) note: String,
    pub(crate) created_by: Option<String>,
    pub(crate) creator_name: Option<String>,
    pub(crate) created_at_ms: u64,
    pub(crate) expires_at_ms: u64,
}

/// The open invitations, newest first.
///
/// # Errors
/// 503 without D1.
pub(crate) async fn invitations(
    gate: &Gate,
    tenant: &Verified,
    now_ms: u64,
) -> Result<Vec<InvitationRow>, ApiError> {
    database::query(
        gate,
        "SELECT l.id, l.role, l.note, l.created_by, COALESCE(u.name, k.name) AS creator_name,
           l.created_at_ms, l.expires_at_ms
         FROM links l LEFT JOIN users u ON u.id = l.created_by
           LEFT JOIN api_keys k ON k.tenant_id = l.tenant_id AND k.id = l.created_by
         WHERE l.tenant_id = ?1 AND l.kind IN ('invitation', 'owner') AND l.claim IS NULL
           AND l.revoked_at_ms IS NULL AND l.expires_at_ms > ?2
         ORDER BY l.created_at_ms DESC LIMIT 500",
        [tenant.id().as_str().into(), now_ms.into()],
    )
    .await
}

/// Which events to list.
#[derive(Default)]
pub(crate) struct EventFilter {
    /// A kind of actor, or one actor's id.
    pub(crate) actor: Option<String>,
    /// An action, or the noun that actions begin with.
    pub(crate) action: Option<String>,
    pub(crate) from_ms: Option<u64>,
    pub(crate) before_ms: Option<u64>,
    /// Only those before this one.
    pub(crate) before: Option<(u64, String)>,
    pub(crate) most: usize,
}

/// An entry of the audit log, of the tenant or of its people, with the person's name.
#[derive(Deserialize)]
pub(crate) struct EventRow {
    pub(crate) id: String,
    pub(crate) at_ms: u64,
    pub(crate) actor_kind: String,
    pub(crate) actor_id: Option<String>,
    pub(crate) actor_name: Option<String>,
    pub(crate) action: String,
    pub(crate) target: Option<String>,
    pub(crate) details: Option<String>,
    pub(crate) ip: String,
    pub(crate) request_id: String,
}

/// Entries of the audit log, newest first.
///
/// # Errors
/// 503 without D1.
pub(crate) async fn events(
    gate: &Gate,
    tenant: &Verified,
    filter: &EventFilter,
) -> Result<Vec<EventRow>, ApiError> {
    let most = u64::try_from(filter.most).unwrap_or_default();
    let before = filter.before.as_ref();
    database::query(
        gate,
        "SELECT e.id, e.at_ms, e.actor_kind, e.actor_id, COALESCE(u.name, e.actor_name) AS actor_name,
           e.action, e.target, e.details, e.ip, e.request_id
         FROM (
           SELECT printf('aud_%016d', seq) AS id, at_ms, actor_kind, actor_id, actor_name, action,
             target, details, ip, request_id
           FROM audit_log WHERE tenant_id = ?1
           UNION ALL
           SELECT id, at_ms, 'member', user_id, '', action, target, details, ip, request_id
           FROM people_log WHERE tenant_id = ?1
         ) e LEFT JOIN users u ON u.id = e.actor_id
         WHERE (?2 IS NULL OR e.actor_kind = ?2 OR e.actor_id = ?2)
           AND (?3 IS NULL OR e.action = ?3 OR substr(e.action, 1, length(?3) + 1) = ?3 || '.')
           AND (?4 IS NULL OR e.at_ms >= ?4) AND (?5 IS NULL OR e.at_ms < ?5)
           AND (?6 IS NULL OR e.at_ms < ?6 OR (e.at_ms = ?6 AND e.id < ?7))
         ORDER BY e.at_ms DESC, e.id DESC LIMIT ?8",
        [
            tenant.id().as_str().into(),
            filter.actor.as_deref().into(),
            filter.action.as_deref().into(),
            filter.from_ms.into(),
            filter.before_ms.into(),
            before.map(|(at_ms, _)| *at_ms).into(),
            before.map(|(_, id)| id.as_str()).into(),
            most.into(),
        ],
    )
    .await
}

/// A tenant as the operator's list shows it.
#[derive(Deserialize)]
pub(crate) struct TenantRow {
    pub(crate) id: String,
    pub(crate) name: String,
    pub(crate) plan: Option<String>,
    pub(crate) shadow: u8,
    pub(crate) suspended: u8,
    pub(crate) created_at_ms: u64,
    pub(crate) deleted_at_ms: Option<u64>,
    pub(crate) members: u64,
    pub(crate) keys: u64,
}

/// Tenants in the order of their ids: the operator's alone.
///
/// # Errors
/// 503 without D1.
pub(crate) async fn tenants_of_operator(
    gate: &Gate,
    after: Option<&str>,
    most: usize,
) -> Result<Vec<TenantRow>, ApiError> {
    let values: Vec<Value> = vec![after.into(), u64::try_from(most).unwrap_or_default().into()];
    let sql = "SELECT t.id, t.name, COALESCE(t.chosen_plan, t.plan) AS plan, t.shadow, t.suspended,
         t.created_at_ms, t.deleted_at_ms,
         (SELECT COUNT(*) FROM memberships m WHERE m.tenant_id = t.id AND m.removed_at_ms IS NULL)
           AS members,
         (SELECT COUNT(*) FROM api_keys k WHERE k.tenant_id = t.id AND k.revoked_at_ms IS NULL)
           AS keys
       FROM tenants t WHERE (?1 IS NULL OR t.id > ?1) ORDER BY t.id LIMIT ?2";
    database::run(gate, &[Statement::of(sql, values)])
        .await?
        .at(0)
}
