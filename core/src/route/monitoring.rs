//! Routes of monitoring: metrics, alerts, the status page, the request log. They are the control plane's.
//!
//! Where a key's permission is named, the operator token is as good, and shows the whole deployment.

use super::{Access, Endpoint, Route};
use crate::role::Permission;

/// 16 KiB: rules.
const BODY: usize = 16 << 10;
const READ: Access = Access::Key(Permission::Read);
const RULES: Access = Access::Key(Permission::AlertRules);

/// Every route of monitoring.
pub(super) const MONITORING: &[Route] = &[
    Route::get("/monitoring/status", Endpoint::Status, Access::Public),
    Route::get("/monitoring/metrics", Endpoint::Metrics, READ),
    Route::get("/monitoring/alerts", Endpoint::Alerts, READ),
    Route::get("/api/alerts/rules", Endpoint::AlertRules, READ),
    Route::of(
        "PUT",
        "/api/alerts/rules",
        Endpoint::PutAlertRules,
        RULES,
        BODY,
    ),
    Route::get("/api/alerts/webhooks", Endpoint::Webhooks, RULES),
    Route::of(
        "POST",
        "/api/alerts/webhooks",
        Endpoint::AddWebhook,
        RULES,
        BODY,
    ),
    Route::of(
        "DELETE",
        "/api/alerts/webhooks/:webhook",
        Endpoint::DropWebhook,
        RULES,
        0,
    ),
    Route::of(
        "POST",
        "/api/alerts/webhooks/:webhook/test",
        Endpoint::TestWebhook,
        RULES,
        0,
    ),
    Route::get("/api/logs", Endpoint::Logs, READ),
    Route::get("/api/logs/:request", Endpoint::Log, READ),
    Route::of(
        "POST",
        "/operator/incidents/:incident/notes",
        Endpoint::OperatorNote,
        Access::Operator,
        BODY,
    ),
];
