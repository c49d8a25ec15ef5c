//! Recovery: a link that gives somebody who has lost their passkeys another one.
//!
//! Whoever holds such a link becomes that person, in every tenant of theirs. So a tenant's admins give one
//! only to people of a lower role who belong to this tenant alone; for all others it is the operator's. Both
//! are asked for when the link is made, and again when it is used: a role may have changed meanwhile.

use crate::database;
use crate::link::{self, Open};
use neureus_core::change::{By, Claim, Standing};
use neureus_core::error::ApiError;
use neureus_core::id::{TenantId, UserId};
use neureus_core::key::KeyHash;
use neureus_core::member::Creator;
use neureus_core::message::{Call, Reply};
use neureus_core::role::{Permission, Role};
use neureus_shell::gate::Gate;
use neureus_shell::object;
use serde::Deserialize;

/// What somebody may do in a tenant now; `None` when it is not enough for this, or nothing at all.
async fn standing(
    gate: &Gate,
    tenant: &TenantId,
    by: By,
    needs: Permission,
) -> Result<Option<Role>, ApiError> {
    match object::call(gate, tenant, &Call::Who(Claim { by, needs })).await? {
        Reply::Who(Standing { role, .. }) => Ok(Some(role)),
        Reply::Refused(_) => Ok(None),
        _ => Err(ApiError::internal()),
    }
}

/// Whether a person belongs to this tenant and no other.
///
/// # Errors
/// 503 without D1.
pub(crate) async fn is_alone(
    gate: &Gate,
    tenant: &TenantId,
    user: &UserId,
) -> Result<bool, ApiError> {
    #[derive(Deserialize)]
    struct Row {
        tenant_id: TenantId,
    }
    let rows: Vec<Row> = database::query(
        gate,
        "SELECT tenant_id FROM memberships WHERE user_id = ? AND removed_at_ms IS NULL LIMIT 2",
        [user.as_str().into()],
    )
    .await?;
    Ok(matches!(rows.as_slice(), [only] if only.tenant_id == *tenant))
}

/// Whether a recovery link may still be used.
///
/// # Errors
/// 404 when it may not, 503 when nobody can tell.
pub(crate) async fn still_allowed(gate: &Gate, open: &Open, user: &UserId) -> Result<(), ApiError> {
    let Some(creator) = &open.created_by else {
        return Ok(());
    };
    let tenant = &open.tenant_id;
    let by = match Creator::try_from(creator.clone()) {
        Ok(Creator::Member(id)) => By::Member(id),
        Ok(Creator::Key(id)) => by_key(gate, tenant, id.as_str()).await?,
        Err(_) => return Err(ApiError::internal()),
    };
    let theirs = standing(gate, tenant, By::Member(user.clone()), Permission::Read).await?;
    let makers = standing(gate, tenant, by, Permission::Team).await?;
    let lower = matches!((theirs, makers), (Some(theirs), Some(makers)) if theirs < makers);
    if lower && is_alone(gate, tenant, user).await? {
        Ok(())
    } else {
        Err(link::no_such_link())
    }
}

async fn by_key(gate: &Gate, tenant: &TenantId, id: &str) -> Result<By, ApiError> {
    #[derive(Deserialize)]
    struct Row {
        hash: KeyHash,
    }
    let rows: Vec<Row> = database::query(
        gate,
        "SELECT hash FROM api_keys WHERE tenant_id = ? AND id = ?",
        [tenant.as_str().into(), id.into()],
    )
    .await?;
    let row = rows.into_iter().next().ok_or_else(link::no_such_link)?;
    Ok(By::Key(row.hash))
}
