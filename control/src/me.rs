//! One's own account: the name, the sessions, the tenant to work in.

use crate::body::{self, reply};
use crate::database::{self, Statement};
use crate::deed::{self, Deed, Why};
use crate::{session, signed};
use neureus_core::account::{Choose, Rename};
use neureus_core::error::{ApiError, Code};
use neureus_core::id::SessionId;
use neureus_shell::clock::now_ms;
use neureus_shell::gate::Gate;
use neureus_shell::incoming::Incoming;
use neureus_shell::reply::Reply;
use serde::Deserialize;
use serde_json::{Value, json};

/// `PATCH /api/me`: another name. 400, 401, 403, or 200 as `GET /api/session`.
pub(crate) async fn rename(
    gate: &Gate,
    incoming: &Incoming,
    limit: usize,
) -> Result<Reply, ApiError> {
    let signed = session::require(gate, incoming).await?;
    let asked: Rename = body::of(incoming, limit).await?;
    let rename = Statement::new(
        "UPDATE users SET name = ?2 WHERE id = ?1",
        [signed.user.as_str().into(), asked.name.as_str().into()],
    );
    let told = Deed {
        user: &signed.user,
        action: "person.renamed",
        target: signed.user.as_str(),
        details: Some(json!({ "name": asked.name.as_str() })),
    };
    let told = told.told(incoming, "TRUE", [])?;
    database::run(gate, &[rename, told]).await?;
    let renamed = signed.named(asked.name);
    reply(200, &renamed.to_json(gate).await?)
}

#[derive(Deserialize)]
struct Row {
    id: SessionId,
    created_at_ms: u64,
    last_seen_at_ms: u64,
    user_agent: String,
}

/// `GET /api/sessions`: one's own, the last used first. 401 for nobody, 403 for a key.
pub(crate) async fn sessions(gate: &Gate, incoming: &Incoming) -> Result<Reply, ApiError> {
    let signed = session::require(gate, incoming).await?;
    let rows: Vec<Row> = database::query(
        gate,
        "SELECT id, created_at_ms, last_seen_at_ms, user_agent FROM sessions
         WHERE user_id = ? AND expires_at_ms > ? ORDER BY last_seen_at_ms DESC, id",
        [signed.user.as_str().into(), now_ms().into()],
    )
    .await?;
    let sessions: Vec<Value> = rows
        .iter()
        .map(|row| {
            json!({
                "id": row.id,
                "createdAtMs": row.created_at_ms,
                "lastSeenAtMs": row.last_seen_at_ms,
                "userAgent": row.user_agent,
                "current": row.id == signed.id,
            })
        })
        .collect();
    reply(200, &json!({ "sessions": sessions }))
}

/// `DELETE /api/sessions/:id`: ends one of one's own. 401, 403, 404, or 204. It is refused from the next
/// request on.
pub(crate) async fn end(gate: &Gate, incoming: &Incoming, id: &str) -> Result<Reply, ApiError> {
    let signed = session::require(gate, incoming).await?;
    let ended = deed::end_sessions(
        incoming,
        Why::Ended,
        "s.id = ?1 AND s.user_id = ?2",
        [id.into(), signed.user.as_str().into()],
    )?;
    let gone: Vec<Value> = database::run(gate, &ended).await?.at(1)?;
    if gone.is_empty() {
        return Err(ApiError::new(Code::NotFound, "There is no such session"));
    }
    if id == signed.id.as_str() {
        incoming
            .exchange
            .set_cookie(&session::cookie(gate).forget());
    }
    Ok(Reply::empty(204))
}

/// `DELETE /api/sessions`: ends all of one's own but this one. 401, 403, or 204.
pub(crate) async fn end_others(gate: &Gate, incoming: &Incoming) -> Result<Reply, ApiError> {
    let signed = session::require(gate, incoming).await?;
    let ended = deed::end_sessions(
        incoming,
        Why::Ended,
        "s.user_id = ?1 AND s.id <> ?2",
        [signed.user.as_str().into(), signed.id.as_str().into()],
    )?;
    database::run(gate, &ended).await?;
    Ok(Reply::empty(204))
}

/// `PUT /api/session/tenant`: the tenant to work in, in this session and the next ones.
///
/// 1. A signed-in person, on a page of ours (401, 403). 400 when the body has another form.
/// 2. 404 for a tenant that the person does not belong to. 200 as `GET /api/session`.
pub(crate) async fn choose(
    gate: &Gate,
    incoming: &Incoming,
    limit: usize,
) -> Result<Reply, ApiError> {
    let signed = session::require(gate, incoming).await?;
    let asked: Choose = body::of(incoming, limit).await?;
    let memberships = signed.memberships(gate).await?;
    if !memberships.iter().any(|it| it.id == asked.tenant) {
        return Err(signed::no_such_tenant());
    }
    let signed = signed.choose(gate, asked.tenant).await?;
    reply(200, &signed.to_json(gate).await?)
}
