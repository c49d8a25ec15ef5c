//! Signing in and out, and what a page is told before.

use crate::body::reply;
use crate::ceremony::{self, Context, Purpose};
use crate::database::{self, Statement};
use crate::deed::Why;
use crate::session::{self, Proof};
use crate::{visitor, webcrypto};
use neureus_core::account::{Nothing, SignIn};
use neureus_core::base64url;
use neureus_core::error::ApiError;
use neureus_core::id::{PasskeyId, UserId};
use neureus_core::webauthn::Refused;
use neureus_core::webauthn::assertion::Stored;
use neureus_core::webauthn::cose::PublicKey;
use neureus_core::webauthn::options;
use neureus_shell::clock::now_ms;
use neureus_shell::gate::Gate;
use neureus_shell::incoming::Incoming;
use neureus_shell::reply::Reply;
use serde::Deserialize;
use serde_json::{Value, json};

/// `GET /api/session`: who is signed in, or how to come in. 200 either way.
pub(crate) async fn look(gate: &Gate, incoming: &Incoming) -> Result<Reply, ApiError> {
    let body = match session::caller(gate, incoming).await? {
        Some(signed) => signed.to_json(gate).await?,
        None => json!({
            "signedIn": false,
            "signup": if gate.bindings.signup_open { "open" } else { "invitation" },
            "local": gate.bindings.backends.local,
        }),
    };
    reply(200, &body)
}

/// `POST /api/signin/options`: a challenge for any passkey.
///
/// 1. A page of ours, not too often (403, 429). 400 for a body that is not `{}`.
/// 2. 200 with the options.
pub(crate) async fn begin(
    gate: &Gate,
    incoming: &Incoming,
    limit: usize,
) -> Result<Reply, ApiError> {
    visitor::asks::<Nothing>(gate, incoming, limit).await?;
    let party = visitor::party(gate, incoming)?;
    let (id, challenge) = ceremony::begin(gate, Purpose::SignIn, &Context::default()).await?;
    let options = options::request(&party, &challenge);
    let body = json!({ "challengeId": id, "publicKey": options });
    reply(200, &body)
}

#[derive(Deserialize)]
struct Row {
    id: PasskeyId,
    user_id: UserId,
    name: String,
    public_key: String,
    counter: u32,
    backup_eligible: u8,
}

/// `POST /api/signin`: a session for whoever shows a passkey.
///
/// 1. A page of ours, not too often (403, 429). 400 when the body has another form.
/// 2. The challenge is used up, whatever becomes of it; the passkey is looked up.
/// 3. Everything is checked, the signature last. Any failure is the one 401; the log has the reason.
/// 4. The counter goes up, unless somebody was quicker: 401.
/// 5. 200 with who it is, and the cookie of a new session.
pub(crate) async fn sign_in(
    gate: &Gate,
    incoming: &Incoming,
    limit: usize,
) -> Result<Reply, ApiError> {
    let asked: SignIn = visitor::asks(gate, incoming, limit).await?;
    let party = visitor::party(gate, incoming)?;
    let credential_id = asked.credential.credential_id().map_err(refused)?;
    let statements = [
        ceremony::take(&asked.challenge_id, Purpose::SignIn),
        Statement::new(
            "SELECT p.id, p.user_id, u.name, p.public_key, p.counter, p.backup_eligible
             FROM passkeys p JOIN users u ON u.id = p.user_id WHERE p.credential_id = ?",
            [base64url::encode(&credential_id).into()],
        ),
    ];
    let rows = database::run(gate, &statements).await?;
    let begun = ceremony::taken(&rows, 0)?.ok_or_else(|| refused(Refused::Challenge))?;
    let row: Option<Row> = rows.at(1)?.into_iter().next();
    // An unknown credential is as good as one whose signature is wrong.
    let row = row.ok_or_else(|| refused(Refused::Signature))?;
    let key = base64url::decode(&row.public_key)
        .and_then(|bytes| PublicKey::parse(&bytes).ok())
        .ok_or_else(ApiError::internal)?;
    let stored = Stored {
        user_handle: options::user_handle(&row.user_id),
        public_key: key,
        counter: row.counter,
        backup_eligible: row.backup_eligible != 0,
    };
    let question = asked
        .credential
        .verify(&begun.challenge, &party, &stored)
        .map_err(refused)?;
    if !webcrypto::is_good(&question).await {
        return Err(refused(Refused::Signature));
    }
    let moved: Vec<Value> = database::query(
        gate,
        "UPDATE passkeys SET counter = ?2, backed_up = ?3, last_used_at_ms = ?4
         WHERE id = ?1 AND (counter < ?2 OR (counter = 0 AND ?2 = 0)) RETURNING id",
        [
            row.id.as_str().into(),
            question.counter.into(),
            question.backed_up.into(),
            now_ms().into(),
        ],
    )
    .await?;
    if moved.is_empty() {
        return Err(refused(Refused::Counter));
    }
    let signed = session::begin(
        gate,
        incoming,
        &row.user_id,
        &row.name,
        &row.id,
        Proof::Passkey,
    )
    .await?;
    reply(200, &signed.to_json(gate).await?)
}

/// The one answer to a passkey that is no good. Why is for the log.
fn refused(why: Refused) -> ApiError {
    worker::console_warn!("a passkey was refused: {}", why);
    ApiError::unauthorized()
}

/// `POST /api/signout`: ends the session, whether there is one or not.
///
/// 1. A page of ours (403).
/// 2. The session ends, by whichever of its tokens (503). 204, and the cookie goes.
pub(crate) async fn sign_out(gate: &Gate, incoming: &Incoming) -> Result<Reply, ApiError> {
    visitor::require_same_origin(gate, incoming)?;
    if let Some(token) = session::token(gate, incoming) {
        let hash = token.hash();
        let ended = session::ended_by_token(incoming, Why::SignedOut, &hash)?;
        database::run(gate, &ended).await?;
    }
    incoming
        .exchange
        .set_cookie(&session::cookie(gate).forget());
    Ok(Reply::empty(204))
}
