//! `GET /monitoring/status`, and the operator's word on incidents.

use crate::body::{read, reply};
use crate::monitor;
use neureus_core::error::ApiError;
use neureus_core::monitoring::monitor::Message;
use neureus_core::monitoring::query::invalid;
use neureus_core::monitoring::status::Status;
use neureus_core::monitoring::{PLATFORM, page};
use neureus_shell::clock::now_ms;
use neureus_shell::gate::Gate;
use neureus_shell::incoming::Incoming;
use neureus_shell::reply::Reply;
use neureus_shell::server::Asked;
use serde::Deserialize;

/// The longest note, in characters.
const NOTE_MAX: usize = 2_000;

/// The public status: HTML for a browser, JSON for `Accept: application/json`.
///
/// 1. 200 with what the deployment's monitor saw last (503 when it does not answer). Neither KV nor D1 is
///    asked, and anybody on the way may keep the answer for half a minute.
pub(crate) async fn handle(gate: &Gate, incoming: &Incoming) -> Result<Reply, ApiError> {
    let status = monitor::ask(gate, PLATFORM, &Message::Status).await?;
    let status: Status = serde_json::from_value(status).map_err(|_| ApiError::internal())?;
    let now_ms = now_ms();
    let reply = if incoming.exchange.header("accept").contains("text/html") {
        let page = page::html(&status, now_ms);
        Reply::text(200, page.as_bytes(), "text/html; charset=utf-8")
            .header(
                "content-security-policy",
                "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; frame-ancestors 'none'",
            )
            .header("x-content-type-options", "nosniff")
            .header("referrer-policy", "no-referrer")
    } else {
        let page = page::json(&status, now_ms);
        Reply::text(200, page.to_string().as_bytes(), "application/json")
    };
    Ok(reply
        .header("cache-control", "public, max-age=30")
        .header("vary", "accept"))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Note {
    text: String,
}

/// `POST /operator/incidents/:incident/notes`: adds a word to an incident.
///
/// 1. Read the body (400, 413, 415).
/// 2. 200 (404 for an unknown incident, 503).
pub(crate) async fn note(asked: &Asked<'_>, incident: &str) -> Result<Reply, ApiError> {
    let note: Note = read(asked).await?;
    if note.text.trim().is_empty() || note.text.chars().count() > NOTE_MAX {
        return Err(invalid("$.text", "A note is a text of 1 to 2,000 characters").into());
    }
    let message = Message::Note(incident.to_owned(), note.text);
    reply(200, &monitor::ask(asked.gate, PLATFORM, &message).await?)
}
