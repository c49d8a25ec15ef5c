//! People in D1: made, and gone again.
//!
//! A person belongs to no tenant. Whose only tenants are deleted goes with the last of them, with passkeys,
//! sessions and links: the transaction that carries the deletion says who might have to, and looks whether they
//! do. Somebody who uses a link into another tenant at that very moment stays: their membership may not be known
//! yet. They are looked at again with every comparison of the stores.

use crate::database::{Statement, Value};
use neureus_core::error::ApiError;
use neureus_core::id::{TenantId, UserId};
use neureus_shell::clock::now_ms;
use neureus_shell::incoming::random;

/// How long a link that was used keeps a person from going, in ms: longer than D1 takes to hear of what came of it.
const JOINING_MS: u64 = 3_600_000;

/// A name for a person to make.
///
/// # Errors
/// 500 without randomness.
pub(crate) fn new_id() -> Result<UserId, ApiError> {
    let text = random(|bytes| UserId::generate(bytes).into())?;
    UserId::parse(&text).map_err(|_| ApiError::internal())
}

/// Makes a person who begins in this tenant, where `only` holds: a condition with `?1` for its value.
pub(crate) fn make(
    user: &UserId,
    name: &str,
    tenant: &TenantId,
    only: &str,
    value: &str,
) -> Statement {
    Statement::new(
        format!(
            "INSERT INTO users (id, name, tenant_id, created_at_ms) SELECT ?2, ?3, ?4, ?5 WHERE {only}"
        ),
        [
            value.into(),
            user.as_str().into(),
            name.into(),
            tenant.as_str().into(),
            now_ms().into(),
        ],
    )
}

/// Unmakes a person whom no tenant has let in.
pub(crate) fn unmake(user: &UserId) -> Statement {
    Statement::new("DELETE FROM users WHERE id = ?", [user.as_str().into()])
}

/// Notes that the people of a tenant may have to go, before their memberships do.
pub(crate) fn may_go(tenant: &TenantId) -> Statement {
    let values: [Value; 2] = [tenant.as_str().into(), now_ms().into()];
    Statement::new(
        "INSERT INTO leaving (user_id, at_ms) SELECT user_id, ?2 FROM memberships WHERE tenant_id = ?1
         ON CONFLICT (user_id) DO NOTHING",
        values,
    )
}

/// Of those who may have to go: who belongs to a tenant stays, the others go.
pub(crate) fn go() -> [Statement; 3] {
    [
        Statement::new(
            "DELETE FROM leaving WHERE EXISTS (SELECT 1 FROM memberships m
             WHERE m.user_id = leaving.user_id AND m.removed_at_ms IS NULL)",
            [],
        ),
        Statement::new(
            "DELETE FROM users WHERE id IN (SELECT user_id FROM leaving) AND NOT EXISTS
             (SELECT 1 FROM links WHERE used_by = users.id AND used_at_ms > ?1)",
            [now_ms().saturating_sub(JOINING_MS).into()],
        ),
        Statement::new(
            "DELETE FROM leaving WHERE NOT EXISTS (SELECT 1 FROM users WHERE id = leaving.user_id)",
            [],
        ),
    ]
}
