//! Somebody who is signed in: who they are, and which tenants there are for them.

use crate::database::{self, Statement};
use neureus_core::error::{ApiError, Code};
use neureus_core::id::{PasskeyId, SessionId, TenantId, UserId};
use neureus_core::name::Name;
use neureus_core::role::Role;
use neureus_shell::clock::now_ms;
use neureus_shell::gate::Gate;
use neureus_shell::incoming::Incoming;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

/// Somebody who is signed in.
pub(crate) struct Signed {
    pub(crate) id: SessionId,
    pub(crate) user: UserId,
    pub(crate) name: String,
    /// The passkey that it began with, unless that was removed.
    pub(crate) passkey: Option<PasskeyId>,
    /// The tenant that the person chose, in this session or the one before, unless it is known that they were
    /// removed from it.
    pub(crate) chosen: Option<TenantId>,
}

/// A tenant that a person belongs to, as D1 has it: for lists and for a choice, not for permissions.
#[derive(Deserialize, Serialize)]
pub(crate) struct Membership {
    pub(crate) id: TenantId,
    pub(crate) name: String,
    pub(crate) role: Role,
}

impl Signed {
    /// The tenants that the person belongs to, in the order of joining.
    ///
    /// # Errors
    /// 503 without D1.
    pub(crate) async fn memberships(&self, gate: &Gate) -> Result<Vec<Membership>, ApiError> {
        database::query(
            gate,
            "SELECT t.id, CASE t.name WHEN '' THEN t.id ELSE t.name END AS name, m.role
             FROM memberships m JOIN tenants t ON t.id = m.tenant_id
             WHERE m.user_id = ? AND m.removed_at_ms IS NULL AND t.deleted_at_ms IS NULL
             ORDER BY m.joined_at_ms, t.id",
            [self.user.as_str().into()],
        )
        .await
    }

    /// The tenant that a request is about: the one it names, else the one that was chosen, else the first.
    ///
    /// # Errors
    /// 404 when there is none, 503 without D1.
    pub(crate) async fn tenant(
        &self,
        gate: &Gate,
        incoming: &Incoming,
    ) -> Result<TenantId, ApiError> {
        let named = incoming.exchange.header("x-neureus-tenant");
        if !named.is_empty() {
            return TenantId::parse(&named).map_err(|_| no_such_tenant());
        }
        if let Some(chosen) = &self.chosen {
            return Ok(chosen.clone());
        }
        let memberships = self.memberships(gate).await?;
        let first = memberships.into_iter().next();
        first.map(|it| it.id).ok_or_else(no_such_tenant)
    }

    /// The same person, at work in another tenant: in this session and in the next ones.
    ///
    /// # Errors
    /// 503 without D1.
    pub(crate) async fn choose(self, gate: &Gate, tenant: TenantId) -> Result<Self, ApiError> {
        let statements = [
            Statement::new(
                "UPDATE sessions SET tenant_id = ?2 WHERE id = ?1",
                [self.id.as_str().into(), tenant.as_str().into()],
            ),
            Statement::new(
                "UPDATE users SET tenant_id = ?2 WHERE id = ?1",
                [self.user.as_str().into(), tenant.as_str().into()],
            ),
        ];
        database::run(gate, &statements).await?;
        Ok(Self {
            chosen: Some(tenant),
            ..self
        })
    }

    /// The same person by another name.
    pub(crate) fn named(self, name: Name) -> Self {
        Self {
            name: name.into(),
            ..self
        }
    }

    /// What a page is told of whoever is signed in.
    ///
    /// # Errors
    /// 503 without D1.
    pub(crate) async fn to_json(&self, gate: &Gate) -> Result<Value, ApiError> {
        let memberships = self.memberships(gate).await?;
        let chosen = self.chosen.as_ref();
        let chosen = memberships.iter().find(|it| Some(&it.id) == chosen);
        let tenant = chosen.or(memberships.first()).map(|it| &it.id);
        Ok(json!({
            "signedIn": true,
            "user": {"id": self.user, "name": self.name},
            "session": self.id,
            "tenants": memberships,
            "tenant": tenant,
            "nowMs": now_ms(),
        }))
    }
}

/// The one 404 for tenants that a person does not belong to, whether they exist or not.
pub(crate) fn no_such_tenant() -> ApiError {
    ApiError::new(Code::NotFound, "There is no such tenant")
}
