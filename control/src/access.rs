//! The one gate of a tenant's routes: who asks, in which tenant, and whether the route is theirs.
//!
//! A session or a key names somebody; the tenant's object says what they may do there now, on every request.
//! Which permission a route needs stands in its row of the table and nowhere else.

use crate::{session, signed};
use neureus_core::change::{By, Claim, Standing};
use neureus_core::error::ApiError;
use neureus_core::id::TenantId;
use neureus_core::key::Kind;
use neureus_core::message::{Call, Refusal, Reply, Settings};
use neureus_core::role::Permission;
use neureus_core::route::Access;
use neureus_shell::gate::Gate;
use neureus_shell::server::Asked;
use neureus_shell::trace::Trace;
use neureus_shell::{auth, object};

/// A tenant that the caller was let into. Every query of D1 that is about a tenant takes one, so that none is
/// about another.
pub(crate) struct Verified(TenantId);

impl Verified {
    /// The operator may look at any.
    pub(crate) fn by_operator(tenant: TenantId) -> Self {
        Self(tenant)
    }

    pub(crate) fn id(&self) -> &TenantId {
        &self.0
    }
}

/// Somebody who was let in.
pub(crate) struct Entered {
    pub(crate) tenant: Verified,
    pub(crate) by: By,
    pub(crate) standing: Standing,
}

/// Lets the caller in.
///
/// 1. Who: a key where one is sent, else the session (401, 503).
/// 2. Where: the key's tenant, or the one that the session's request names (404).
/// 3. Whether: the tenant's object says (401, 403 with the role that is needed, 404, 503).
///
/// # Errors
/// As said.
pub(crate) async fn enter(asked: &Asked<'_>, trace: &mut Trace) -> Result<Entered, ApiError> {
    let Access::Key(needs) = asked.route.access else {
        return Err(ApiError::internal());
    };
    let (gate, incoming) = (asked.gate, asked.incoming);
    if incoming.authorization.is_empty() {
        let signed = session::caller(gate, incoming).await?;
        let signed = signed.ok_or_else(ApiError::unauthorized)?;
        let tenant = signed.tenant(gate, incoming).await?;
        trace.tenant = tenant.as_str().to_owned();
        let by = By::Member(signed.user);
        let standing = ask(gate, &tenant, by.clone(), needs).await?;
        let standing = standing.map_err(|refusal| {
            trace.auth = "forbidden";
            match refusal {
                // Not a member, or no such tenant: the same to whoever asks.
                Refusal::NotFound | Refusal::Key(_) => signed::no_such_tenant(),
                refusal => object::refused(&refusal, Kind::Standard),
            }
        })?;
        trace.auth = "ok";
        return Ok(Entered {
            tenant: Verified(tenant),
            by,
            standing,
        });
    }
    let caller = auth::identify(gate, incoming, trace).await?;
    let by = By::Key(caller.hash);
    let standing = ask(gate, &caller.tenant, by.clone(), needs).await?;
    let standing = standing.map_err(|refusal| caller.refused(gate, &refusal, trace))?;
    trace.auth = "ok";
    trace.key = standing.actor.id.clone().unwrap_or_default();
    let named = incoming.exchange.header("x-neureus-tenant");
    if !named.is_empty() && named != caller.tenant.as_str() {
        return Err(signed::no_such_tenant());
    }
    Ok(Entered {
        tenant: Verified(caller.tenant),
        by,
        standing,
    })
}

async fn ask(
    gate: &Gate,
    tenant: &TenantId,
    by: By,
    needs: Permission,
) -> Result<Result<Standing, Refusal>, ApiError> {
    match object::call(gate, tenant, &Call::Who(Claim { by, needs })).await? {
        Reply::Who(standing) => Ok(Ok(standing)),
        Reply::Refused(refusal) => Ok(Err(refusal)),
        _ => Err(ApiError::internal()),
    }
}

impl Entered {
    /// Whose the caller's own keys are, as D1 has it.
    pub(crate) fn owner(&self) -> &str {
        self.standing
            .owner
            .as_ref()
            .map(neureus_core::member::Creator::as_str)
            .unwrap_or_default()
    }

    /// The member's or key's id.
    pub(crate) fn id(&self) -> &str {
        self.standing.actor.id.as_deref().unwrap_or_default()
    }

    pub(crate) fn may(&self, permission: Permission) -> bool {
        self.standing.role.may(permission)
    }
}

/// A tenant's settings, from its object.
///
/// # Errors
/// 404 for a tenant that is not known or was deleted, 503.
pub(crate) async fn settings(gate: &Gate, tenant: &Verified) -> Result<Settings, ApiError> {
    match object::call(gate, tenant.id(), &Call::Settings).await? {
        Reply::Settings(settings) if settings.deleted_at_ms.is_none() => Ok(*settings),
        Reply::Settings(_) | Reply::Refused(_) => Err(signed::no_such_tenant()),
        _ => Err(ApiError::internal()),
    }
}
