//! `GET /api/logs`, `GET /api/logs/:id`: what happened to each request.

use super::Asker;
use crate::access::Entered;
use crate::body::reply;
use neureus_core::calendar::rfc3339;
use neureus_core::error::{ApiError, Code};
use neureus_core::id::{RequestId, TenantId};
use neureus_core::key::Kind;
use neureus_core::message::{self, Call, LogPage};
use neureus_core::metrics::log::{LogRow, Note};
use neureus_core::monitoring::query::{invalid, value};
use neureus_core::texts::Excerpt;
use neureus_shell::clock::now_ms;
use neureus_shell::gate::Gate;
use neureus_shell::object;
use neureus_shell::reply::Reply;
use neureus_shell::server::Asked;
use serde_json::{Value, json};

/// Rows of a page: as many as asked for, up to this.
const ROWS_MAX: u32 = 200;
const ROWS: u32 = 50;

/// A page of the log, the newest first.
///
/// 1. Read the query (400).
/// 2. 200 with the rows, and where to go on (503).
pub(crate) async fn list(asked: &Asked<'_>, asker: &Asker) -> Result<Reply, ApiError> {
    let tenant = entered(asker)?.tenant.id();
    let page = page(&asked.incoming.query, now_ms())?;
    let limit = usize::try_from(page.limit).unwrap_or_default();
    let mut rows = read(
        asked.gate,
        tenant,
        LogPage {
            limit: page.limit + 1,
            ..page
        },
    )
    .await?;
    let more = rows.len() > limit;
    rows.truncate(limit);
    let mut answer = json!({ "logs": rows.iter().map(render).collect::<Vec<_>>() });
    if let (true, Some(last), Some(fields)) = (more, rows.last(), answer.as_object_mut()) {
        let cursor = format!("{}.{}", last.at_ms, last.request.as_str());
        fields.insert("next".to_owned(), json!(cursor));
    }
    reply(200, &answer)
}

/// One request: its receipt, and what was said, where that is kept and the caller may read it.
///
/// 1. 200 (404 for one that the log does not have, 503).
pub(crate) async fn one(asked: &Asked<'_>, asker: &Asker, id: &str) -> Result<Reply, ApiError> {
    let entered = entered(asker)?;
    let unknown = || ApiError::new(Code::NotFound, "The log has no such request");
    let request = RequestId::try_from(id.to_owned()).map_err(|_| unknown())?;
    let page = LogPage {
        request: Some(request),
        to_ms: u64::MAX >> 12,
        limit: 1,
        reader: Some(entered.by.clone()),
        ..LogPage::default()
    };
    let rows = read(asked.gate, entered.tenant.id(), page).await?;
    let row = rows.first().ok_or_else(unknown)?;
    let mut answer = render(row);
    if let Some(fields) = answer.as_object_mut() {
        let excerpt = |it: &Excerpt| json!({ "text": it.text, "cut": it.cut });
        let texts = row.went.texts.as_ref().map(|it| {
            json!({ "prompt": excerpt(&it.prompt), "answer": it.answer.as_ref().map(excerpt) })
        });
        fields.insert("texts".to_owned(), json!(texts));
    }
    reply(200, &answer)
}

fn entered(asker: &Asker) -> Result<&Entered, ApiError> {
    match asker {
        Asker::Tenant(entered) => Ok(entered),
        Asker::Operator => Err(ApiError::new(
            Code::Forbidden,
            "Requests are their tenants' own: ask with a key of the tenant",
        )),
    }
}

async fn read(gate: &Gate, tenant: &TenantId, page: LogPage) -> Result<Vec<LogRow>, ApiError> {
    match object::call(gate, tenant, &Call::Log(page)).await? {
        message::Reply::Log(rows) => Ok(rows),
        message::Reply::Refused(refusal) => Err(object::refused(&refusal, Kind::Standard)),
        _ => Err(ApiError::internal()),
    }
}

/// `from`, `to` (milliseconds), `key`, `model`, `status` (an outcome, or `error`), `limit`, `cursor`.
fn page(query: &str, now_ms: u64) -> Result<LogPage, ApiError> {
    let number = |name: &str, default: u64| -> Result<u64, ApiError> {
        value(query, name)?.map_or(Ok(default), |text| {
            let number = text.parse::<u64>().ok().filter(|ms| *ms < 1 << 53);
            number.ok_or_else(|| invalid(name, "This is a number of milliseconds").into())
        })
    };
    let word = |name: &str| -> Result<Option<String>, ApiError> {
        let Some(text) = value(query, name)?.filter(|text| !text.is_empty()) else {
            return Ok(None);
        };
        // Ids of models may hold a slash, which clients write as %2F.
        let text = text.replace("%2F", "/").replace("%2f", "/");
        let fits = text.len() <= 100
            && text
                .bytes()
                .all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_' | b'.' | b'/'));
        if fits {
            Ok(Some(text))
        } else {
            Err(invalid(name, "This is not a name that there may be").into())
        }
    };
    let limit = match value(query, "limit")? {
        None => ROWS,
        Some(text) => text
            .parse()
            .ok()
            .filter(|limit| (1..=ROWS_MAX).contains(limit))
            .ok_or_else(|| invalid("limit", "A limit is 1 to 200"))?,
    };
    let mut page = LogPage {
        request: None,
        from_ms: number("from", 0)?,
        to_ms: number("to", now_ms.saturating_add(60_000))?,
        below: None,
        key: word("key")?,
        model: word("model")?,
        how: word("status")?,
        limit,
        reader: None,
    };
    if let Some(cursor) = value(query, "cursor")? {
        let wrong = || invalid("cursor", "This cursor is none of ours");
        let (at_ms, request) = cursor.split_once('.').ok_or_else(wrong)?;
        page.to_ms = at_ms
            .parse()
            .ok()
            .filter(|ms| *ms < 1 << 53)
            .ok_or_else(wrong)?;
        let request = RequestId::try_from(request.to_owned()).map_err(|_| wrong())?;
        page.below = Some(request.as_str().to_owned());
    }
    Ok(page)
}

fn render(row: &LogRow) -> Value {
    let note = Note::parse(&row.went.note);
    let [auth, admit, upstream] = note.steps_ms;
    let text = |text: &str| (!text.is_empty()).then(|| text.to_owned());
    json!({
        "logId": row.request.as_str(),
        "at": rfc3339(row.at_ms),
        "atMs": row.at_ms,
        "outcome": row.went.how,
        "status": (note.status > 0).then_some(note.status),
        "route": text(&note.route),
        "surface": text(&note.surface),
        "key": text(&row.key),
        "model": text(&row.model),
        "backend": text(&note.backend),
        "limit": text(&note.limit),
        "ownKey": note.own_key,
        "latencyMs": row.went.ms,
        "timeToFirstTokenMs": row.went.first_ms,
        "timingsMs": { "auth": auth, "admit": admit, "upstream": upstream },
        "receipt": row.charge.map(|charge| json!({
            "priceVersion": text(&note.price),
            "inputTokens": charge.input_tokens,
            "cachedTokens": charge.cached_tokens,
            "outputTokens": charge.output_tokens,
            "costUsd": charge.cost.to_json(),
            "estimated": charge.estimated,
        })),
    })
}
