//! Members: listed, given another role, removed, let back in.

use crate::access::Entered;
use crate::body::{present, read, reply};
use crate::version;
use crate::{change, link, recovery, table};
use neureus_core::change::Act;
use neureus_core::error::{ApiError, Code};
use neureus_core::id::UserId;
use neureus_core::link::Kind;
use neureus_core::manage::MemberPatch;
use neureus_shell::reply::Reply;
use neureus_shell::server::Asked;
use serde_json::{Value, json};

fn user_id(text: &str) -> Result<UserId, ApiError> {
    UserId::parse(text).map_err(|_| no_such_member())
}

fn no_such_member() -> ApiError {
    ApiError::new(Code::NotFound, "There is no such member")
}

/// `GET /api/members`: 200 with all of them.
pub(crate) async fn list(asked: &Asked<'_>, entered: &Entered) -> Result<Reply, ApiError> {
    let rows = table::members(asked.gate, &entered.tenant).await?;
    let members: Vec<Value> = rows.iter().map(|row| show(row, entered)).collect();
    reply(200, &json!({ "members": members }))
}

fn show(row: &table::MemberRow, entered: &Entered) -> Value {
    present(json!({
        "id": row.id,
        "name": row.name.as_deref().unwrap_or(&row.id),
        "role": row.role,
        "joinedAtMs": row.joined_at_ms,
        "lastSeenAtMs": row.last_seen_at_ms,
        "you": row.id == entered.id(),
        "version": row.version,
    }))
}

/// `PATCH /api/members/:member`: another role.
///
/// 1. The body (400) and the version that was seen.
/// 2. The object (403 with the role that is needed, 404, 409 for the last owner or another version).
/// 3. 200 with the member. Their keys may do no more than they from here on.
pub(crate) async fn set_role(
    asked: &Asked<'_>,
    entered: &Entered,
    id: &str,
) -> Result<Reply, ApiError> {
    let id = user_id(id)?;
    let patch: MemberPatch = read(asked).await?;
    let changed = change::entered(asked, entered, Act::SetRole(id.clone(), patch.role)).await?;
    let member = changed.member()?;
    let rows = table::members(asked.gate, &entered.tenant).await?;
    let name = rows.into_iter().find(|row| row.id == id.as_str());
    let row = table::MemberRow {
        id: id.into(),
        role: member.role,
        joined_at_ms: member.joined_at_ms,
        version: member.version,
        last_seen_at_ms: name.as_ref().and_then(|row| row.last_seen_at_ms),
        name: name.and_then(|row| row.name),
    };
    version::reply(200, member.version, &show(&row, entered))
}

/// `DELETE /api/members/:member`: removes a member, or lets one leave. Their keys end in the same step.
///
/// 1. The object (403, 404, 409 for the last owner).
/// 2. 204.
pub(crate) async fn remove(
    asked: &Asked<'_>,
    entered: &Entered,
    id: &str,
) -> Result<Reply, ApiError> {
    let id = user_id(id)?;
    change::entered(asked, entered, Act::RemoveMember(id)).await?;
    Ok(Reply::empty(204))
}

/// `POST /api/members/:member/recovery`: a link that lets a member back in who has lost their passkeys.
///
/// 1. The member is of this tenant alone (403: else it is the operator's to give).
/// 2. The object: of a lower role than the caller (403, 404). It is in the audit log.
/// 3. 201 with the link, which is shown once.
pub(crate) async fn recover(
    asked: &Asked<'_>,
    entered: &Entered,
    id: &str,
) -> Result<Reply, ApiError> {
    let user = user_id(id)?;
    let (gate, incoming) = (asked.gate, asked.incoming);
    let act = Act::Recover(user.clone());
    let rows = table::members(gate, &entered.tenant).await?;
    if rows.iter().all(|row| row.id != user.as_str()) {
        return Err(no_such_member());
    }
    if !recovery::is_alone(gate, entered.tenant.id(), &user).await? {
        let message =
            "This person belongs to other tenants, too; only the operator may let them back in";
        return Err(ApiError::new(Code::Forbidden, message));
    }
    change::entered(asked, entered, act).await?;
    let wanted = link::Wanted {
        id: &link::new_id()?,
        kind: Kind::Recovery,
        tenant: entered.tenant.id(),
        role: None,
        user: Some(&user),
        note: "",
        created_by: Some(entered.id()),
        lasts_ms: Kind::Recovery.lasts_ms(None)?,
    };
    let made = link::make(gate, incoming, &wanted).await?;
    reply(
        201,
        &json!({ "url": made.url, "expiresAtMs": made.expires_at_ms }),
    )
}
