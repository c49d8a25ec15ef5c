//! One-time links in D1: made, listed, withdrawn, used up.
//!
//! Order of making one: the tenant's object allows it and writes it into the audit log, then the row is made
//! and the address given back, once. A link whose row was not made lets nobody in.

use crate::database::{self, Statement};
use crate::visitor;
use neureus_core::error::{ApiError, Code};
use neureus_core::id::{LinkId, TenantId, UserId};
use neureus_core::link::{self, Kind};
use neureus_core::role::Role;
use neureus_core::secret::{Secret, SecretHash};
use neureus_shell::clock::now_ms;
use neureus_shell::gate::Gate;
use neureus_shell::incoming::{Incoming, random};
use serde::Deserialize;
use serde_json::Value;

/// How long an ended link is kept, to tell which one somebody asks about, in ms.
const KEEP_MS: u64 = 30 * 24 * 3_600_000;

/// A link to make.
pub(crate) struct Wanted<'a> {
    pub(crate) id: &'a LinkId,
    pub(crate) kind: Kind,
    pub(crate) tenant: &'a TenantId,
    /// What it makes of whom it lets in; none for a recovery.
    pub(crate) role: Option<Role>,
    /// Whom a recovery gives another passkey.
    pub(crate) user: Option<&'a UserId>,
    pub(crate) note: &'a str,
    /// The member or key that asks for it; none for the operator.
    pub(crate) created_by: Option<&'a str>,
    pub(crate) lasts_ms: u64,
}

/// A link that was made.
pub(crate) struct Made {
    /// Its address: shown once.
    pub(crate) url: String,
    pub(crate) expires_at_ms: u64,
}

/// A name for a link to make.
///
/// # Errors
/// 500 without randomness.
pub(crate) fn new_id() -> Result<LinkId, ApiError> {
    let text = random(|bytes| LinkId::generate(bytes).into())?;
    LinkId::parse(&text).map_err(|_| ApiError::internal())
}

/// Makes a link that was allowed.
///
/// # Errors
/// 500 without randomness, 503 without D1.
pub(crate) async fn make(
    gate: &Gate,
    incoming: &Incoming,
    wanted: &Wanted<'_>,
) -> Result<Made, ApiError> {
    let text = random(|bytes| Secret::generate(bytes).reveal().to_owned())?;
    let secret = Secret::parse(&text).ok_or_else(ApiError::internal)?;
    let now = now_ms();
    let expires_at_ms = now.saturating_add(wanted.lasts_ms);
    let statements = [
        Statement::new(
            "DELETE FROM links WHERE expires_at_ms <= ?",
            [now.saturating_sub(KEEP_MS).into()],
        ),
        Statement::new(
            "INSERT INTO links (id, hash, kind, tenant_id, role, user_id, note, created_by,
                                created_at_ms, expires_at_ms)
             VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            [
                wanted.id.as_str().into(),
                secret.hash().as_str().into(),
                wanted.kind.as_str().into(),
                wanted.tenant.as_str().into(),
                wanted.role.map(Role::as_str).into(),
                wanted.user.map(UserId::as_str).into(),
                wanted.note.into(),
                wanted.created_by.into(),
                now.into(),
                expires_at_ms.into(),
            ],
        ),
    ];
    database::run(gate, &statements).await?;
    Ok(Made {
        url: link::url(visitor::own_origin(gate, incoming), &secret),
        expires_at_ms,
    })
}

/// A link that waits to be used.
#[derive(Deserialize)]
pub(crate) struct Open {
    pub(crate) id: LinkId,
    pub(crate) kind: Kind,
    pub(crate) tenant_id: TenantId,
    /// What people call the tenant.
    pub(crate) tenant_name: String,
    pub(crate) role: Option<Role>,
    pub(crate) user_id: Option<UserId>,
    /// Whom a recovery is for, by name.
    pub(crate) user_name: Option<String>,
    /// The member or key that made it; none for the operator.
    pub(crate) created_by: Option<String>,
    pub(crate) expires_at_ms: u64,
}

/// Finds the link of a secret that may be used now: by anybody, or by this person, who has begun to.
pub(crate) fn open(secret: &SecretHash, by: Option<&UserId>) -> Statement {
    Statement::new(
        "SELECT l.id, l.kind, l.tenant_id,
                CASE COALESCE(t.name, '') WHEN '' THEN l.tenant_id ELSE t.name END AS tenant_name,
                l.role, l.user_id, u.name AS user_name, l.created_by, l.expires_at_ms
         FROM links l LEFT JOIN tenants t ON t.id = l.tenant_id LEFT JOIN users u ON u.id = l.user_id
         WHERE l.hash = ?1 AND l.revoked_at_ms IS NULL AND l.expires_at_ms > ?2
           AND t.deleted_at_ms IS NULL
           AND (l.claim IS NULL OR (l.used_by = ?3 AND l.done_at_ms IS NULL))",
        [
            secret.as_str().into(),
            now_ms().into(),
            by.map(UserId::as_str).into(),
        ],
    )
}

/// Uses a link up for a person. Of several at once, the first has it: it alone gets a row back. Whoever has it
/// may go on with it until it is [`done`].
///
/// `claim` names the request, and `credential` a passkey that nobody may have yet.
pub(crate) fn claim(
    id: &LinkId,
    claim: &str,
    user: &UserId,
    credential: Option<&str>,
) -> Statement {
    Statement::new(
        "UPDATE links SET claim = ?2, used_by = ?3, used_at_ms = ?4
         WHERE id = ?1 AND revoked_at_ms IS NULL AND expires_at_ms > ?4
           AND (claim IS NULL OR (used_by = ?3 AND done_at_ms IS NULL AND ?5 IS NULL))
           AND NOT EXISTS (SELECT 1 FROM passkeys WHERE credential_id = ?5)
         RETURNING id",
        [
            id.as_str().into(),
            claim.into(),
            user.as_str().into(),
            now_ms().into(),
            credential.into(),
        ],
    )
}

/// Gives a link back that was used up in vain.
pub(crate) fn release(claim: &str) -> Statement {
    Statement::new(
        "UPDATE links SET claim = NULL, used_by = NULL, used_at_ms = NULL
         WHERE claim = ? AND done_at_ms IS NULL",
        [claim.into()],
    )
}

/// Notes that what a link is for was done.
pub(crate) fn done(id: &LinkId) -> Statement {
    Statement::new(
        "UPDATE links SET done_at_ms = ?2 WHERE id = ?1",
        [id.as_str().into(), now_ms().into()],
    )
}

/// Withdraws a link of a tenant. Says whether there was one to withdraw.
///
/// # Errors
/// 503 without D1.
pub(crate) async fn revoke(gate: &Gate, tenant: &TenantId, id: &LinkId) -> Result<bool, ApiError> {
    let gone: Vec<Value> = database::query(
        gate,
        "UPDATE links SET revoked_at_ms = ?3
         WHERE tenant_id = ?1 AND id = ?2 AND revoked_at_ms IS NULL AND claim IS NULL RETURNING id",
        [tenant.as_str().into(), id.as_str().into(), now_ms().into()],
    )
    .await?;
    Ok(!gone.is_empty())
}

/// The one 404 for links: unknown, used, withdrawn, expired.
pub(crate) fn no_such_link() -> ApiError {
    ApiError::new(
        Code::NotFound,
        "This link is not good, or not any more; ask for another one",
    )
}
