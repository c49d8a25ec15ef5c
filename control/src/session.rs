//! Sessions: who is signed in, by the cookie.
//!
//! A session says who somebody is. What they may do in a tenant is for the tenant's object to say, on every
//! request; nothing of it is kept here.

use crate::database::{self, Statement};
use crate::deed::{self, Deed, Why};
use crate::signed::Signed;
use crate::visitor;
use neureus_core::error::{ApiError, Code};
use neureus_core::id::{PasskeyId, SessionId, TenantId, UserId};
use neureus_core::secret::{Secret, SecretHash};
use neureus_core::session::{self, Cookie, Stored, Upkeep, Verdict};
use neureus_shell::clock::now_ms;
use neureus_shell::gate::Gate;
use neureus_shell::incoming::{Incoming, random};
use serde::Deserialize;
use serde_json::{Value, json};

#[derive(Deserialize)]
struct Row {
    id: SessionId,
    user_id: UserId,
    name: String,
    passkey_id: Option<PasskeyId>,
    tenant_id: Option<TenantId>,
    hash: SecretHash,
    next_hash: Option<SecretHash>,
    next_at_ms: Option<u64>,
    previous_hash: Option<SecretHash>,
    rotated_at_ms: u64,
    created_at_ms: u64,
    last_seen_at_ms: u64,
}

/// The cookie of this deployment.
pub(crate) fn cookie(gate: &Gate) -> Cookie {
    Cookie {
        local: gate.bindings.backends.local,
    }
}

/// The token that was sent, if it has the form of one.
pub(crate) fn token(gate: &Gate, incoming: &Incoming) -> Option<Secret> {
    cookie(gate).find(&incoming.exchange.header("cookie"))
}

/// Who is signed in.
///
/// 1. The cookie's token, by its hash (503).
/// 2. The session is judged; what has to be written of it is written. A new token goes out with the answer.
/// 3. Anything but reading has to come from a page of ours (403).
///
/// # Errors
/// As said. `None` when nobody is.
pub(crate) async fn caller(gate: &Gate, incoming: &Incoming) -> Result<Option<Signed>, ApiError> {
    let Some(signed) = find(gate, incoming).await? else {
        return Ok(None);
    };
    if !matches!(incoming.method.as_str(), "GET" | "HEAD") {
        visitor::require_same_origin(gate, incoming)?;
    }
    Ok(Some(signed))
}

/// The same where somebody has to be.
///
/// # Errors
/// 401 when nobody is, and as [`caller`].
pub(crate) async fn require(gate: &Gate, incoming: &Incoming) -> Result<Signed, ApiError> {
    // Keys are for programs, and these routes are about a person.
    if !incoming.authorization.is_empty() {
        return Err(ApiError::new(
            Code::Forbidden,
            "This needs a signed-in person; no key may do it",
        ));
    }
    let signed = caller(gate, incoming).await?;
    signed.ok_or_else(ApiError::unauthorized)
}

async fn find(gate: &Gate, incoming: &Incoming) -> Result<Option<Signed>, ApiError> {
    let Some(token) = token(gate, incoming) else {
        return Ok(None);
    };
    let shown = token.hash();
    let rows: Vec<Row> = database::query(
        gate,
        "SELECT s.id, s.user_id, u.name, s.passkey_id, s.hash, s.next_hash, s.next_at_ms,
                s.previous_hash, s.rotated_at_ms, s.created_at_ms, s.last_seen_at_ms,
                CASE WHEN m.removed_at_ms IS NULL AND t.deleted_at_ms IS NULL
                     THEN s.tenant_id END AS tenant_id
         FROM sessions s JOIN users u ON u.id = s.user_id
         LEFT JOIN tenants t ON t.id = s.tenant_id
         LEFT JOIN memberships m ON m.tenant_id = s.tenant_id AND m.user_id = s.user_id
         WHERE s.hash = ?1 OR s.next_hash = ?1 OR s.previous_hash = ?1",
        [shown.as_str().into()],
    )
    .await?;
    let Some(row) = rows.into_iter().next() else {
        return Ok(None);
    };
    let stored = Stored {
        hash: row.hash,
        next_hash: row.next_hash,
        next_at_ms: row.next_at_ms,
        previous_hash: row.previous_hash,
        rotated_at_ms: row.rotated_at_ms,
        created_at_ms: row.created_at_ms,
        last_seen_at_ms: row.last_seen_at_ms,
    };
    match stored.judge(&shown, now_ms()) {
        Verdict::Good(upkeep) => {
            if let Err(error) = keep_up(gate, incoming, &row.id, &stored, &shown, upkeep).await {
                // The session is as good as it was; the next request tries again.
                worker::console_error!("a session was not kept up: {}", error.message);
            }
        }
        Verdict::Unknown => return Ok(None),
        verdict @ (Verdict::Over | Verdict::Copied) => {
            if verdict == Verdict::Copied {
                worker::console_warn!("{} ends: an old token of it was shown", row.id);
            }
            incoming.exchange.set_cookie(&cookie(gate).forget());
            let [told, gone] = deed::end_sessions(
                incoming,
                Why::OldToken,
                "s.id = ?1",
                [row.id.as_str().into()],
            )?;
            // That its time is over is nobody's deed.
            if verdict == Verdict::Copied {
                database::run(gate, &[told, gone]).await?;
            } else {
                database::run(gate, &[gone]).await?;
            }
            return Ok(None);
        }
    }
    Ok(Some(Signed {
        id: row.id,
        user: row.user_id,
        name: row.name,
        passkey: row.passkey_id,
        chosen: row.tenant_id,
    }))
}

async fn keep_up(
    gate: &Gate,
    incoming: &Incoming,
    id: &SessionId,
    stored: &Stored,
    shown: &SecretHash,
    upkeep: Upkeep,
) -> Result<(), ApiError> {
    let now = now_ms();
    let used = Stored {
        last_seen_at_ms: now,
        ..stored.clone()
    };
    let ends = used.ends_at_ms();
    if upkeep.promote {
        let promote = Statement::new(
            "UPDATE sessions SET previous_hash = hash, hash = next_hash, next_hash = NULL,
                    next_at_ms = NULL, rotated_at_ms = ?3, last_seen_at_ms = ?3, expires_at_ms = ?4
             WHERE id = ?1 AND next_hash = ?2",
            [
                id.as_str().into(),
                shown.as_str().into(),
                now.into(),
                ends.into(),
            ],
        );
        database::run(gate, &[promote]).await?;
        return Ok(());
    }
    if upkeep.rotate {
        let next = new_token()?;
        let won: Vec<Value> = database::query(
            gate,
            "UPDATE sessions SET next_hash = ?3, next_at_ms = ?4
             WHERE id = ?1 AND hash = ?2 AND next_at_ms IS ?5 RETURNING id",
            [
                id.as_str().into(),
                shown.as_str().into(),
                next.hash().as_str().into(),
                now.into(),
                stored.next_at_ms.into(),
            ],
        )
        .await?;
        if !won.is_empty() {
            incoming.exchange.set_cookie(&cookie(gate).keep(&next));
        }
    }
    if upkeep.touch {
        let touch = Statement::new(
            "UPDATE sessions SET last_seen_at_ms = ?2, expires_at_ms = ?3 WHERE id = ?1",
            [id.as_str().into(), now.into(), ends.into()],
        );
        database::run(gate, &[touch]).await?;
    }
    Ok(())
}

fn new_token() -> Result<Secret, ApiError> {
    let text = random(|bytes| Secret::generate(bytes).reveal().to_owned())?;
    Secret::parse(&text).ok_or_else(ApiError::internal)
}

/// By what somebody came in.
#[derive(Clone, Copy)]
pub(crate) enum Proof {
    Passkey,
    Link,
    SignUp,
    Recovery,
}

impl Proof {
    fn as_str(self) -> &'static str {
        match self {
            Self::Passkey => "passkey",
            Self::Link => "link",
            Self::SignUp => "signup",
            Self::Recovery => "recovery",
        }
    }
}

/// Ends the session that one of these tokens is of.
///
/// # Errors
/// 500 without randomness.
pub(crate) fn ended_by_token(
    incoming: &Incoming,
    why: Why,
    token: &SecretHash,
) -> Result<[Statement; 2], ApiError> {
    let which = "s.hash = ?1 OR s.next_hash = ?1 OR s.previous_hash = ?1";
    deed::end_sessions(incoming, why, which, [token.as_str().into()])
}

/// Begins a session of a person who has just shown a passkey, and ends the one that the browser had, so that
/// nobody can lay one under it. The cookie goes out with the answer.
///
/// # Errors
/// 500 without randomness, 503 without D1.
pub(crate) async fn begin(
    gate: &Gate,
    incoming: &Incoming,
    user: &UserId,
    name: &str,
    passkey: &PasskeyId,
    by: Proof,
) -> Result<Signed, ApiError> {
    let token = new_token()?;
    let id = random(|bytes| SessionId::generate(bytes).into())?;
    let id = SessionId::parse(&id).map_err(|_| ApiError::internal())?;
    let now = now_ms();
    let agent = session::user_agent(&incoming.exchange.header("user-agent"));
    let keep = u64::try_from(session::MAX.saturating_sub(1)).unwrap_or_default();
    let mut statements = vec![
        Statement::new(
            "SELECT tenant_id FROM users WHERE id = ?",
            [user.as_str().into()],
        ),
        Statement::new(
            "DELETE FROM sessions WHERE expires_at_ms <= ?",
            [now.into()],
        ),
    ];
    if let Some(before) = self::token(gate, incoming) {
        statements.extend(ended_by_token(incoming, Why::Replaced, &before.hash())?);
    }
    statements.extend(deed::end_sessions(
        incoming,
        Why::TooMany,
        "s.user_id = ?1 AND s.id NOT IN
         (SELECT id FROM sessions WHERE user_id = ?1 ORDER BY last_seen_at_ms DESC LIMIT ?2)",
        [user.as_str().into(), keep.into()],
    )?);
    statements.push(Statement::new(
        "INSERT INTO sessions (id, user_id, passkey_id, tenant_id, hash, rotated_at_ms,
                               created_at_ms, last_seen_at_ms, expires_at_ms, user_agent)
         SELECT ?1, id, ?3, tenant_id, ?4, ?5, ?5, ?5, ?6, ?7 FROM users WHERE id = ?2",
        [
            id.as_str().into(),
            user.as_str().into(),
            passkey.as_str().into(),
            token.hash().as_str().into(),
            now.into(),
            now.saturating_add(session::IDLE_MS).into(),
            agent.into(),
        ],
    ));
    let began = Deed {
        user,
        action: "session.began",
        target: id.as_str(),
        details: Some(json!({ "by": by.as_str(), "passkey": passkey })),
    };
    let is_there = "EXISTS (SELECT 1 FROM sessions WHERE id = ?1)";
    statements.push(began.told(incoming, is_there, [id.as_str().into()])?);
    #[derive(Deserialize)]
    struct Chosen {
        tenant_id: Option<TenantId>,
    }
    let rows = database::run(gate, &statements).await?;
    let chosen = rows.at::<Chosen>(0)?.into_iter().next();
    incoming.exchange.set_cookie(&cookie(gate).keep(&token));
    Ok(Signed {
        id,
        user: user.clone(),
        name: name.to_owned(),
        passkey: Some(passkey.clone()),
        chosen: chosen.and_then(|it| it.tenant_id),
    })
}
