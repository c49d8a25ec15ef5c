//! Invitations: one-time links into a tenant.

use crate::access::Entered;
use crate::body::{present, read, reply};
use crate::table::{self, InvitationRow};
use crate::{change, link};
use neureus_core::change::Act;
use neureus_core::error::ApiError;
use neureus_core::id::LinkId;
use neureus_core::link::Kind;
use neureus_core::manage::InvitationBody;
use neureus_shell::clock::now_ms;
use neureus_shell::reply::Reply;
use neureus_shell::server::Asked;
use serde_json::{Value, json};

/// `GET /api/invitations`: 200 with those that are open.
pub(crate) async fn list(asked: &Asked<'_>, entered: &Entered) -> Result<Reply, ApiError> {
    let rows = table::invitations(asked.gate, &entered.tenant, now_ms()).await?;
    let invitations: Vec<Value> = rows.iter().map(show).collect();
    reply(200, &json!({ "invitations": invitations }))
}

fn show(row: &InvitationRow) -> Value {
    let creator = row.created_by.as_deref().map(|id| {
        let name = row.creator_name.as_deref().unwrap_or(id);
        json!({ "id": id, "name": name })
    });
    present(json!({
        "id": row.id,
        "role": row.role,
        "note": row.note,
        "createdBy": creator,
        "createdAtMs": row.created_at_ms,
        "expiresAtMs": row.expires_at_ms,
    }))
}

/// `POST /api/invitations`: a link that lets one person in.
///
/// 1. The body (400).
/// 2. The object: the caller may give that role (403). It is in the audit log.
/// 3. 201 with the link, which is shown once (503: then there is none).
pub(crate) async fn make(asked: &Asked<'_>, entered: &Entered) -> Result<Reply, ApiError> {
    let wanted = read::<InvitationBody>(asked).await?.validate()?;
    let lasts_ms = Kind::Invitation.lasts_ms(wanted.expires_in_s)?;
    let id = link::new_id()?;
    change::entered(asked, entered, Act::Invite(id.clone(), wanted.role)).await?;
    let made = link::make(
        asked.gate,
        asked.incoming,
        &link::Wanted {
            id: &id,
            kind: Kind::Invitation,
            tenant: entered.tenant.id(),
            role: Some(wanted.role),
            user: None,
            note: &wanted.note,
            created_by: Some(entered.id()),
            lasts_ms,
        },
    )
    .await?;
    let body = json!({
        "id": id,
        "url": made.url,
        "role": wanted.role,
        "note": wanted.note,
        "createdAtMs": now_ms(),
        "expiresAtMs": made.expires_at_ms,
    });
    reply(201, &body)
}

/// `DELETE /api/invitations/:invitation`: the link lets nobody in any more.
///
/// 1. D1, where links are (404, 503). 2. The audit log. 3. 204.
pub(crate) async fn withdraw(
    asked: &Asked<'_>,
    entered: &Entered,
    id: &str,
) -> Result<Reply, ApiError> {
    let id = LinkId::parse(id).map_err(|_| link::no_such_link())?;
    if !link::revoke(asked.gate, entered.tenant.id(), &id).await? {
        return Err(link::no_such_link());
    }
    change::entered(asked, entered, Act::Uninvite(id)).await?;
    Ok(Reply::empty(204))
}
