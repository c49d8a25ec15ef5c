//! Challenges: made with the options of a ceremony, used up by its first answer.

use crate::database::{self, Rows, Statement};
use neureus_core::base64url;
use neureus_core::error::ApiError;
use neureus_core::id::{CeremonyId, LinkId, UserId};
use neureus_core::webauthn::{CEREMONY_MS, Challenge};
use neureus_shell::clock::now_ms;
use neureus_shell::gate::Gate;
use neureus_shell::incoming::random;
use serde::Deserialize;

/// What a ceremony is for. An answer to one is none to another.
#[derive(Clone, Copy)]
pub(crate) enum Purpose {
    SignIn,
    Join,
    SignUp,
    Passkey,
}

impl Purpose {
    fn as_str(self) -> &'static str {
        match self {
            Self::SignIn => "signin",
            Self::Join => "join",
            Self::SignUp => "signup",
            Self::Passkey => "passkey",
        }
    }
}

/// What has to be known again when the answer comes.
#[derive(Default)]
pub(crate) struct Context<'a> {
    pub(crate) user: Option<&'a UserId>,
    pub(crate) name: Option<&'a str>,
    pub(crate) link: Option<&'a LinkId>,
}

/// A ceremony that was begun, as it is found again.
pub(crate) struct Begun {
    pub(crate) challenge: Challenge,
    pub(crate) user: Option<UserId>,
    pub(crate) name: Option<String>,
    pub(crate) link: Option<LinkId>,
}

#[derive(Deserialize)]
struct Row {
    challenge: String,
    user_id: Option<UserId>,
    name: Option<String>,
    link_id: Option<LinkId>,
    expires_at_ms: u64,
}

/// Makes a challenge and notes what it is for. Those that nobody answered in time go.
///
/// # Errors
/// 500 without randomness, 503 without D1.
pub(crate) async fn begin(
    gate: &Gate,
    purpose: Purpose,
    context: &Context<'_>,
) -> Result<(CeremonyId, Challenge), ApiError> {
    let mut challenge = Challenge([0; 32]);
    let id = random(|bytes| {
        bytes(&mut challenge.0);
        CeremonyId::generate(bytes).into()
    })?;
    let id = CeremonyId::parse(&id).map_err(|_| ApiError::internal())?;
    let now = now_ms();
    let statements = [
        Statement::new(
            "DELETE FROM ceremonies WHERE expires_at_ms <= ?",
            [now.into()],
        ),
        Statement::new(
            "INSERT INTO ceremonies (id, purpose, challenge, user_id, name, link_id, expires_at_ms)
             VALUES (?, ?, ?, ?, ?, ?, ?)",
            [
                id.as_str().into(),
                purpose.as_str().into(),
                base64url::encode(&challenge.0).into(),
                context.user.map(UserId::as_str).into(),
                context.name.into(),
                context.link.map(LinkId::as_str).into(),
                now.saturating_add(CEREMONY_MS).into(),
            ],
        ),
    ];
    database::run(gate, &statements).await?;
    Ok((id, challenge))
}

/// Uses up a challenge: whoever deletes the row has it, and nobody else.
pub(crate) fn take(id: &CeremonyId, purpose: Purpose) -> Statement {
    Statement::new(
        "DELETE FROM ceremonies WHERE id = ? AND purpose = ?
         RETURNING challenge, user_id, name, link_id, expires_at_ms",
        [id.as_str().into(), purpose.as_str().into()],
    )
}

/// Uses up a challenge; `None` where there was none, or too late.
///
/// # Errors
/// 503 without D1.
pub(crate) async fn finish(
    gate: &Gate,
    id: &CeremonyId,
    purpose: Purpose,
) -> Result<Option<Begun>, ApiError> {
    taken(&database::run(gate, &[take(id, purpose)]).await?, 0)
}

/// What was taken by the statement at this place; `None` where there was nothing, or too late.
///
/// # Errors
/// 500 when the row is of another form.
pub(crate) fn taken(rows: &Rows, place: usize) -> Result<Option<Begun>, ApiError> {
    let row = rows.at::<Row>(place)?.into_iter().next();
    let row = row.filter(|row| now_ms() < row.expires_at_ms);
    Ok(row.and_then(|row| {
        Some(Begun {
            challenge: Challenge(base64url::decode_exactly(&row.challenge)?),
            user: row.user_id,
            name: row.name,
            link: row.link_id,
        })
    }))
}
