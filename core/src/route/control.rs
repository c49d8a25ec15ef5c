//! The control plane's routes: what operators and tenants manage.

use super::{Access, Endpoint, Route};
use crate::role::Permission;

/// 16 KiB: settings and lists of origins.
const BODY: usize = 16 << 10;

/// What operators and tenants manage.
pub(super) const CONTROL: &[Route] = &[
    Route::get("/ai/usage", Endpoint::Usage, Access::Key(Permission::Read)),
    Route::of(
        "POST",
        "/operator/keys",
        Endpoint::OperatorMakeKey,
        Access::Operator,
        BODY,
    ),
    Route::of(
        "PUT",
        "/operator/tenants/:tenant",
        Endpoint::OperatorPutTenant,
        Access::Operator,
        BODY,
    ),
    Route::of(
        "DELETE",
        "/operator/tenants/:tenant/keys/:key",
        Endpoint::OperatorRevokeKey,
        Access::Operator,
        0,
    ),
    Route::get(
        "/operator/tenants",
        Endpoint::OperatorTenants,
        Access::Operator,
    ),
    Route::get(
        "/operator/tenants/:tenant",
        Endpoint::OperatorTenant,
        Access::Operator,
    ),
    Route::of(
        "DELETE",
        "/operator/tenants/:tenant",
        Endpoint::OperatorDelete,
        Access::Operator,
        BODY,
    ),
    Route::of(
        "PUT",
        "/operator/tenants/:tenant/suspension",
        Endpoint::OperatorSuspend,
        Access::Operator,
        BODY,
    ),
    Route::of(
        "POST",
        "/operator/tenants/:tenant/check",
        Endpoint::OperatorCheck,
        Access::Operator,
        0,
    ),
    Route::of(
        "POST",
        "/operator/rewrap",
        Endpoint::OperatorRewrap,
        Access::Operator,
        0,
    ),
    Route::get(
        "/operator/tenants/:tenant/audit",
        Endpoint::OperatorAudit,
        Access::Operator,
    ),
    Route::get(
        "/operator/tenants/:tenant/usage",
        Endpoint::OperatorUsage,
        Access::Operator,
    ),
];
