//! The audit log: who changed what, when, from where.

use crate::access::Verified;
use crate::body::{present, reply};
use crate::table::{self, EventFilter, EventRow};
use neureus_core::calendar::{Day, rfc3339};
use neureus_core::chat::Invalid;
use neureus_core::csv::Csv;
use neureus_core::error::ApiError;
use neureus_core::query;
use neureus_shell::reply::Reply;
use neureus_shell::server::Asked;
use serde_json::{Value, json};

/// The most events of a page.
const PAGE: usize = 50;
/// The most events of a table.
const ROWS: usize = 5_000;
const DAY_MS: u64 = 86_400_000;

fn day(text: &str, name: &str) -> Result<Option<u64>, Invalid> {
    let Some(value) = query::value(text, name)? else {
        return Ok(None);
    };
    let day = Day::parse(&value).ok_or_else(|| Invalid {
        path: name.to_owned(),
        message: "A day is YYYY-MM-DD".to_owned(),
    })?;
    Ok(Some(day.begins_ms()))
}

/// `actor`, `action`, `from` and `to` (days in UTC, both included), `cursor`.
fn filter(text: &str, most: usize) -> Result<EventFilter, Invalid> {
    Ok(EventFilter {
        actor: query::value(text, "actor")?,
        action: query::value(text, "action")?,
        from_ms: day(text, "from")?,
        before_ms: day(text, "to")?.map(|at_ms| at_ms.saturating_add(DAY_MS)),
        before: query::cursor(text)?,
        most,
    })
}

fn show(row: &EventRow) -> Value {
    let details = row.details.as_deref();
    let details = details.and_then(|json| serde_json::from_str::<Value>(json).ok());
    let name = row.actor_name.as_deref().filter(|name| !name.is_empty());
    present(json!({
        "id": row.id,
        "atMs": row.at_ms,
        "actor": present(json!({ "kind": row.actor_kind, "id": row.actor_id, "name": name })),
        "action": row.action,
        "target": row.target,
        "details": details,
        "ip": Some(&row.ip).filter(|ip| !ip.is_empty()),
        "requestId": row.request_id,
    }))
}

/// `GET /api/audit`: a page, newest first.
///
/// 1. The filter (400). 2. 200 (503).
pub(crate) async fn list(asked: &Asked<'_>, tenant: &Verified) -> Result<Reply, ApiError> {
    let filter = filter(&asked.incoming.query, PAGE + 1)?;
    let mut rows = table::events(asked.gate, tenant, &filter).await?;
    let more = rows.len() > PAGE;
    rows.truncate(PAGE);
    let next = rows
        .last()
        .filter(|_| more)
        .map(|row| query::place(row.at_ms, &row.id));
    let events: Vec<Value> = rows.iter().map(show).collect();
    reply(200, &present(json!({ "events": events, "next": next })))
}

/// `GET /api/audit.csv`: the same as a table, of up to 5,000 events.
pub(crate) async fn csv(asked: &Asked<'_>, tenant: &Verified) -> Result<Reply, ApiError> {
    let filter = filter(&asked.incoming.query, ROWS)?;
    let rows = table::events(asked.gate, tenant, &filter).await?;
    let mut csv = Csv::new(&[
        "id",
        "at",
        "actorKind",
        "actorId",
        "actorName",
        "action",
        "target",
        "details",
        "ip",
        "requestId",
    ]);
    for row in rows {
        csv.row(&[
            row.id,
            rfc3339(row.at_ms),
            row.actor_kind,
            row.actor_id.unwrap_or_default(),
            row.actor_name.unwrap_or_default(),
            row.action,
            row.target.unwrap_or_default(),
            row.details.unwrap_or_default(),
            row.ip,
            row.request_id,
        ]);
    }
    Ok(Reply::csv("audit.csv", &csv.into_text()))
}
