//! The routes of a tenant: for its members, signed in or with a key.

use super::{Access, Endpoint, Route};
use crate::role::Permission;

/// 16 KiB: names, limits and lists of origins.
const BODY: usize = 16 << 10;
/// 400 KiB: a text of 64 KiB, even with every byte escaped.
const TRIAL_BODY: usize = 400 << 10;

/// What is asked about a tenant.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Manage {
    /// The models and their prices.
    Models,
    /// Its settings.
    Tenant,
    /// Another name.
    Rename,
    /// The end of it.
    Delete,
    /// Its keys.
    Keys,
    /// One more.
    MakeKey,
    /// Change one.
    EditKey,
    /// Revoke one.
    RevokeKey,
    /// Replace one.
    RotateKey,
    /// A widget key.
    MakeWidgetKey,
    /// Revoke a widget key.
    RevokeWidgetKey,
    /// A key for an hour.
    PlaygroundKey,
    /// Its own keys for model providers.
    Providers,
    /// Set or replace one.
    SetProviderKey,
    /// Replace one, or the key that seals them.
    RotateProviderKey,
    /// Delete one.
    DropProviderKey,
    /// Its members.
    Members,
    /// Another role for one.
    SetRole,
    /// One less.
    RemoveMember,
    /// A link that lets a member back in.
    Recover,
    /// Its open invitations.
    Invitations,
    /// One more.
    Invite,
    /// One less.
    Uninvite,
    /// Plan, limits and the month so far.
    Billing,
    /// Another plan or other limits.
    SetBilling,
    /// What was used.
    Usage,
    /// The same as a table.
    UsageCsv,
    /// Profile and patterns.
    Privacy,
    /// Others.
    SetPrivacy,
    /// What a text would be refused for.
    TryPrivacy,
    /// What was changed, by whom.
    Audit,
    /// The same as a table.
    AuditCsv,
}

const fn row(
    method: &'static str,
    path: &'static str,
    what: Manage,
    needs: Permission,
    body: usize,
) -> Route {
    Route::of(
        method,
        path,
        Endpoint::Manage(what),
        Access::Key(needs),
        body,
    )
}

const fn get(path: &'static str, what: Manage, needs: Permission) -> Route {
    row("GET", path, what, needs, 0)
}

/// Every route of a tenant. What an act is done to may ask for more than is said here: its object decides.
pub(super) const TENANT: &[Route] = &[
    get("/api/models", Manage::Models, Permission::Read),
    get("/api/tenant", Manage::Tenant, Permission::Read),
    row(
        "PATCH",
        "/api/tenant",
        Manage::Rename,
        Permission::Team,
        BODY,
    ),
    row(
        "DELETE",
        "/api/tenant",
        Manage::Delete,
        Permission::DeleteTenant,
        BODY,
    ),
    get("/api/keys", Manage::Keys, Permission::OwnKeys),
    row(
        "POST",
        "/api/keys",
        Manage::MakeKey,
        Permission::OwnKeys,
        BODY,
    ),
    row(
        "PATCH",
        "/api/keys/:key",
        Manage::EditKey,
        Permission::OwnKeys,
        BODY,
    ),
    row(
        "DELETE",
        "/api/keys/:key",
        Manage::RevokeKey,
        Permission::OwnKeys,
        0,
    ),
    row(
        "POST",
        "/api/keys/:key/rotate",
        Manage::RotateKey,
        Permission::OwnKeys,
        BODY,
    ),
    row(
        "POST",
        "/ai/widget/key",
        Manage::MakeWidgetKey,
        Permission::AllKeys,
        BODY,
    ),
    row(
        "DELETE",
        "/ai/widget/key",
        Manage::RevokeWidgetKey,
        Permission::AllKeys,
        BODY,
    ),
    row(
        "POST",
        "/api/playground/key",
        Manage::PlaygroundKey,
        Permission::CallModels,
        0,
    ),
    get("/ai/providers", Manage::Providers, Permission::ProviderKeys),
    row(
        "PUT",
        "/ai/providers/:provider/key",
        Manage::SetProviderKey,
        Permission::ProviderKeys,
        BODY,
    ),
    row(
        "POST",
        "/ai/providers/:provider/rotate",
        Manage::RotateProviderKey,
        Permission::ProviderKeys,
        BODY,
    ),
    row(
        "DELETE",
        "/ai/providers/:provider/key",
        Manage::DropProviderKey,
        Permission::ProviderKeys,
        0,
    ),
    get("/api/members", Manage::Members, Permission::Read),
    row(
        "PATCH",
        "/api/members/:member",
        Manage::SetRole,
        Permission::Read,
        BODY,
    ),
    row(
        "DELETE",
        "/api/members/:member",
        Manage::RemoveMember,
        Permission::Read,
        0,
    ),
    row(
        "POST",
        "/api/members/:member/recovery",
        Manage::Recover,
        Permission::Team,
        0,
    ),
    get("/api/invitations", Manage::Invitations, Permission::Team),
    row(
        "POST",
        "/api/invitations",
        Manage::Invite,
        Permission::Team,
        BODY,
    ),
    row(
        "DELETE",
        "/api/invitations/:invitation",
        Manage::Uninvite,
        Permission::Team,
        0,
    ),
    get("/api/billing", Manage::Billing, Permission::Read),
    row(
        "PATCH",
        "/api/billing",
        Manage::SetBilling,
        Permission::Billing,
        BODY,
    ),
    get("/api/usage", Manage::Usage, Permission::Read),
    get("/api/usage.csv", Manage::UsageCsv, Permission::Read),
    get("/api/privacy", Manage::Privacy, Permission::Read),
    row(
        "PUT",
        "/api/privacy",
        Manage::SetPrivacy,
        Permission::Privacy,
        BODY,
    ),
    row(
        "POST",
        "/api/privacy/scan",
        Manage::TryPrivacy,
        Permission::CallModels,
        TRIAL_BODY,
    ),
    get("/api/audit", Manage::Audit, Permission::AuditLog),
    get("/api/audit.csv", Manage::AuditCsv, Permission::AuditLog),
];
