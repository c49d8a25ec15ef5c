//! `POST /operator/rewrap`: has all that the master key before has sealed sealed under the present one: tenants' own
//! provider keys, and the secrets of webhooks, those of the deployment included.
//!
//! Nobody lists which monitors have webhooks, so each tenant's is asked.

use crate::body::{present, reply};
use crate::database;
use crate::monitoring::alerts;
use crate::provider;
use neureus_core::error::ApiError;
use neureus_core::id::TenantId;
use neureus_core::monitoring::PLATFORM;
use neureus_core::query;
use neureus_shell::reply::Reply;
use neureus_shell::server::Asked;
use serde::Deserialize;
use serde_json::json;

/// How many tenants are looked at by one request: each takes a handful of calls.
const TENANTS: usize = 20;

#[derive(Deserialize)]
struct Row {
    id: TenantId,
    /// 1 where the tenant has provider keys.
    keys: u8,
}

/// What became of all that is sealed for a tenant, or for the deployment.
#[derive(Default)]
struct Done {
    anew: bool,
    already: bool,
    failures: Vec<String>,
}

impl Done {
    fn keys(&mut self, done: Result<bool, ApiError>) {
        match done {
            Ok(anew) => {
                self.anew |= anew;
                self.already |= !anew;
            }
            Err(error) => self.failures.push(error.message),
        }
    }

    async fn webhooks(&mut self, asked: &Asked<'_>, name: &str) {
        match alerts::rewrap(asked, name).await {
            Ok(done) => {
                self.anew |= done.rewrapped > 0;
                self.already |= done.already > 0;
                if !done.unopened.is_empty() {
                    self.failures.push(format!(
                        "The secrets of these webhooks cannot be opened, make them anew: {}",
                        done.unopened.join(", ")
                    ));
                }
            }
            Err(error) => self.failures.push(error.message),
        }
    }
}

/// A page of tenants at a time. Once every page is through and nothing has failed, the master key before may be
/// taken away.
///
/// 1. `cursor` (400), a master key (409). 2. D1 (503).
/// 3. 200 with those of whom something was sealed anew, how many needed nothing, and what failed.
pub(crate) async fn handle(asked: &Asked<'_>) -> Result<Reply, ApiError> {
    let cursor = query::value(&asked.incoming.query, "cursor")?.unwrap_or_default();
    if !asked.gate.bindings.masters.is_set() {
        return Err(provider::no_master());
    }
    let rows: Vec<Row> = database::query(
        asked.gate,
        "SELECT id, EXISTS (SELECT 1 FROM provider_keys p WHERE p.tenant_id = t.id AND p.deleted = 0) AS keys
         FROM tenants t WHERE deleted_at_ms IS NULL AND id > ?1 ORDER BY id LIMIT ?2",
        [
            cursor.as_str().into(),
            u64::try_from(TENANTS).unwrap_or_default().into(),
        ],
    )
    .await?;
    let (mut rewrapped, mut already, mut failed) = (Vec::new(), 0, Vec::new());
    let mut note = |name: &str, done: Done| {
        if done.anew {
            rewrapped.push(name.to_owned());
        } else if done.already && done.failures.is_empty() {
            already += 1;
        }
        for message in done.failures {
            failed.push(json!({ "tenantId": name, "message": message }));
        }
    };
    if cursor.is_empty() {
        let mut done = Done::default();
        done.webhooks(asked, PLATFORM).await;
        note(PLATFORM, done);
    }
    for row in &rows {
        let mut done = Done::default();
        if row.keys > 0 {
            done.keys(provider::rewrap(asked, &row.id).await);
        }
        done.webhooks(asked, row.id.as_str()).await;
        note(row.id.as_str(), done);
    }
    let next = rows.last().filter(|_| rows.len() == TENANTS);
    let body = present(json!({
        "rewrapped": rewrapped,
        "already": already,
        "failed": failed,
        "next": next.map(|row| &row.id),
    }));
    reply(200, &body)
}
