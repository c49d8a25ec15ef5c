//! `POST /operator/tenants/:tenant/links`: the operator's one-time links.

use crate::body::{read, reply};
use crate::change;
use crate::link::{self, Wanted};
use neureus_core::change::Act;
use neureus_core::chat::Invalid;
use neureus_core::error::ApiError;
use neureus_core::id::TenantId;
use neureus_core::link::NewLink;
use neureus_core::name::Name;
use neureus_core::role::Role;
use neureus_shell::reply::Reply;
use neureus_shell::server::Asked;
use serde_json::json;

/// Makes a link into a tenant, or one that lets a person of it back in.
///
/// 1. Read and validate the body (400, 413, 415).
/// 2. The tenant's object allows it and writes it into the audit log (404 when it knows no such tenant or
///    person, 503).
/// 3. 201 with the address, which is never shown again.
pub(crate) async fn make(asked: &Asked<'_>, tenant: &str) -> Result<Reply, ApiError> {
    let tenant = TenantId::parse(tenant).map_err(|wrong| Invalid {
        path: "$.tenant".to_owned(),
        message: wrong.to_string(),
    })?;
    let wanted: NewLink = read(asked).await?;
    let kind = wanted.kind()?;
    let lasts_ms = kind.lasts_ms(wanted.expires_in_s)?;
    let id = link::new_id()?;
    let (act, role) = match &wanted.user {
        Some(user) => (Act::Recover(user.clone()), None),
        None => {
            let role = wanted.role.unwrap_or(Role::Owner);
            (Act::Invite(id.clone(), role), Some(role))
        }
    };
    change::by_operator(asked, &tenant, act).await?;
    let link = Wanted {
        id: &id,
        kind,
        tenant: &tenant,
        role,
        user: wanted.user.as_ref(),
        note: wanted.note.as_ref().map_or("", Name::as_str),
        created_by: None,
        lasts_ms,
    };
    let made = link::make(asked.gate, asked.incoming, &link).await?;
    let body = json!({
        "id": id,
        "kind": kind,
        "tenantId": tenant,
        "role": role,
        "url": made.url,
        "expiresAtMs": made.expires_at_ms,
    });
    reply(201, &body)
}
