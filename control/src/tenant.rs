//! A tenant's routes: its settings, and which handler does what.

use crate::access::{self, Entered};
use crate::body::{present, read, reply};
use crate::{audit, billing, change, invitation, key, member, privacy, provider, version};
use neureus_core::catalog::page::Page;
use neureus_core::change::Act;
use neureus_core::chat::Invalid;
use neureus_core::error::ApiError;
use neureus_core::manage::{Farewell, TenantPatch};
use neureus_core::message::Settings;
use neureus_core::profile::Profile;
use neureus_core::route::Manage;
use neureus_shell::reply::Reply;
use neureus_shell::server::Asked;
use neureus_shell::trace::Trace;
use serde_json::json;

/// Lets the caller in and does what is asked.
pub(crate) async fn dispatch(
    what: Manage,
    asked: &Asked<'_>,
    trace: &mut Trace,
) -> Result<Reply, ApiError> {
    let entered = access::enter(asked, trace).await?;
    let id = asked.params.first().copied().unwrap_or_default();
    match what {
        Manage::Models => {
            let catalog = asked.gate.catalog()?;
            reply(200, &Page::of(catalog, &catalog.auto()))
        }
        Manage::Tenant => look(asked, &entered).await,
        Manage::Rename => rename(asked, &entered).await,
        Manage::Delete => delete(asked, &entered).await,
        Manage::Keys => key::list(asked, &entered).await,
        Manage::MakeKey => key::make(asked, &entered).await,
        Manage::EditKey => key::edit(asked, &entered, id).await,
        Manage::RevokeKey => key::revoke(asked, &entered, id).await,
        Manage::RotateKey => key::rotate(asked, &entered, id).await,
        Manage::MakeWidgetKey => key::make_widget(asked, &entered).await,
        Manage::RevokeWidgetKey => key::revoke_widget(asked, &entered).await,
        Manage::PlaygroundKey => key::playground(asked, &entered).await,
        Manage::Providers => provider::list(asked, &entered).await,
        Manage::SetProviderKey => provider::set(asked, &entered, id).await,
        Manage::RotateProviderKey => provider::rotate(asked, &entered, id).await,
        Manage::DropProviderKey => provider::delete(asked, &entered, id).await,
        Manage::Members => member::list(asked, &entered).await,
        Manage::SetRole => member::set_role(asked, &entered, id).await,
        Manage::RemoveMember => member::remove(asked, &entered, id).await,
        Manage::Recover => member::recover(asked, &entered, id).await,
        Manage::Invitations => invitation::list(asked, &entered).await,
        Manage::Invite => invitation::make(asked, &entered).await,
        Manage::Uninvite => invitation::withdraw(asked, &entered, id).await,
        Manage::Billing => billing::look(asked, &entered).await,
        Manage::SetBilling => billing::set(asked, &entered).await,
        Manage::Usage => billing::usage(asked, &entered).await,
        Manage::UsageCsv => billing::usage_csv(asked, &entered).await,
        Manage::Privacy => privacy::look(asked, &entered).await,
        Manage::SetPrivacy => privacy::set(asked, &entered).await,
        Manage::TryPrivacy => privacy::scan(asked, &entered).await,
        Manage::Audit => audit::list(asked, &entered.tenant).await,
        Manage::AuditCsv => audit::csv(asked, &entered.tenant).await,
    }
}

fn show(settings: &Settings, entered: &Entered) -> Result<Reply, ApiError> {
    let id = entered.tenant.id().as_str();
    let name = settings.name.as_str();
    let own = settings.privacy.profile.or(settings.profile);
    let body = present(json!({
        "id": id,
        "name": if name.is_empty() { id } else { name },
        "plan": settings.plan(),
        "profile": own.unwrap_or(Profile::General),
        "createdAtMs": settings.created_at_ms,
        "version": settings.version,
        "role": entered.standing.role,
        "suspended": settings.suspended,
        "shadow": settings.shadow,
    }));
    version::reply(200, settings.version, &body)
}

/// `GET /api/tenant`: 200 with its settings.
async fn look(asked: &Asked<'_>, entered: &Entered) -> Result<Reply, ApiError> {
    let settings = access::settings(asked.gate, &entered.tenant).await?;
    show(&settings, entered)
}

/// `PATCH /api/tenant`: another name.
///
/// 1. The body (400) and the version that was seen.
/// 2. The object (403, 409).
/// 3. 200 with the settings.
async fn rename(asked: &Asked<'_>, entered: &Entered) -> Result<Reply, ApiError> {
    let patch: TenantPatch = read(asked).await?;
    let act = Act::Rename(patch.name.into());
    let changed = change::entered(asked, entered, act).await?;
    show(changed.settings()?, entered)
}

/// `DELETE /api/tenant`: deletes it and all it has, for good.
///
/// 1. The body names the tenant (400): nobody does this by mistake.
/// 2. The object (403). From here on nothing of it works.
/// 3. 204. What KV and D1 have of it goes at once, or soon.
async fn delete(asked: &Asked<'_>, entered: &Entered) -> Result<Reply, ApiError> {
    let farewell: Farewell = read(asked).await?;
    if farewell.confirm != entered.tenant.id().as_str() {
        return Err(ApiError::invalid(Invalid {
            path: "$.confirm".into(),
            message: "To delete the tenant, give its id here".into(),
        }));
    }
    change::entered(asked, entered, Act::DeleteTenant).await?;
    Ok(Reply::empty(204))
}
