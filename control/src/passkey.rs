//! Passkeys in D1: registered, listed, renamed, removed.

use crate::body::{self, reply};
use crate::ceremony::{self, Begun, Context, Purpose};
use crate::database::{self, Statement};
use crate::deed::{self, Deed, Why};
use crate::{session, visitor, webcrypto};
use neureus_core::account::{AddPasskey, Nothing, PASSKEYS_MAX, Rename, passkey_name};
use neureus_core::base64url;
use neureus_core::chat::Invalid;
use neureus_core::error::{ApiError, Code};
use neureus_core::id::{PasskeyId, UserId};
use neureus_core::name::Name;
use neureus_core::webauthn::options::{self, Known};
use neureus_core::webauthn::registration::{NewPasskey, RegistrationJson};
use neureus_core::webauthn::relying_party::RelyingParty;
use neureus_shell::clock::now_ms;
use neureus_shell::gate::Gate;
use neureus_shell::incoming::{Incoming, random};
use neureus_shell::reply::Reply;
use serde::Deserialize;
use serde_json::{Value, json};

/// Whether `?1` is a passkey of the person `?2`.
const THEIRS: &str = "EXISTS (SELECT 1 FROM passkeys WHERE id = ?1 AND user_id = ?2)";

/// A passkey to keep.
pub(crate) struct New {
    pub(crate) id: PasskeyId,
    pub(crate) credential_id: String,
    name: String,
    passkey: NewPasskey,
}

/// Checks a registration.
///
/// # Errors
/// 400 when the ceremony is over or the credential is no good for it. Nothing secret is at stake, so the
/// caller may know; which check failed is for the log.
pub(crate) async fn register(
    begun: Option<&Begun>,
    party: &RelyingParty,
    credential: &RegistrationJson,
    name: Option<&Name>,
) -> Result<New, ApiError> {
    let begun = begun.ok_or_else(|| {
        ApiError::from(Invalid {
            path: "$.challengeId".to_owned(),
            message: "This took too long or was answered before; try again".to_owned(),
        })
    })?;
    let wrong = |why: &str| {
        worker::console_warn!("a registration was refused: {}", why);
        ApiError::from(Invalid {
            path: "$.credential".to_owned(),
            message: "The passkey could not be registered; try again".to_owned(),
        })
    };
    let passkey = credential
        .verify(&begun.challenge, party)
        .map_err(|why| wrong(why.as_str()))?;
    if !webcrypto::is_key(&passkey.public_key).await {
        return Err(wrong("not a key"));
    }
    let id = random(|bytes| PasskeyId::generate(bytes).into())?;
    let name = name.map_or(
        passkey_name(passkey.backup_eligible, &passkey.transports),
        Name::as_str,
    );
    Ok(New {
        id: PasskeyId::parse(&id).map_err(|_| ApiError::internal())?,
        credential_id: base64url::encode(&passkey.credential_id),
        name: name.to_owned(),
        passkey,
    })
}

impl New {
    /// Keeps it for a person, unless somebody has it, or the person has too many. With a link's claim, only
    /// where that claim holds.
    pub(crate) fn keep(&self, user: &UserId, claim: Option<&str>) -> Statement {
        let most = u64::try_from(PASSKEYS_MAX).unwrap_or_default();
        Statement::new(
            "INSERT INTO passkeys (id, user_id, credential_id, public_key, counter, backup_eligible,
                                   backed_up, aaguid, transports, name, created_at_ms)
             SELECT ?1, u.id, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11 FROM users u
             WHERE u.id = ?2
               AND (?12 IS NULL OR EXISTS (SELECT 1 FROM links WHERE claim = ?12))
               AND NOT EXISTS (SELECT 1 FROM passkeys WHERE credential_id = ?3)
               AND (SELECT COUNT(*) FROM passkeys WHERE user_id = ?2) < ?13
             RETURNING id",
            [
                self.id.as_str().into(),
                user.as_str().into(),
                self.credential_id.as_str().into(),
                base64url::encode(&self.passkey.cose_key).into(),
                self.passkey.counter.into(),
                self.passkey.backup_eligible.into(),
                self.passkey.backed_up.into(),
                hex::encode(self.passkey.aaguid).into(),
                self.passkey.transports.join(",").into(),
                self.name.as_str().into(),
                now_ms().into(),
                claim.into(),
                most.into(),
            ],
        )
    }
}

impl New {
    /// Tells that the person has it, if they have.
    ///
    /// # Errors
    /// 500 without randomness.
    pub(crate) fn told(&self, incoming: &Incoming, user: &UserId) -> Result<Statement, ApiError> {
        let added = Deed {
            user,
            action: "passkey.added",
            target: self.id.as_str(),
            details: Some(json!({ "name": self.name })),
        };
        let is_there = "EXISTS (SELECT 1 FROM passkeys WHERE id = ?1)";
        added.told(incoming, is_there, [self.id.as_str().into()])
    }
}

/// Somebody has this credential. It says of nobody who.
pub(crate) fn known_already() -> ApiError {
    ApiError::new(Code::Conflict, "This passkey is registered already")
}

#[derive(Deserialize)]
struct KnownRow {
    credential_id: String,
    transports: String,
}

/// The passkeys of a person, so that an authenticator does not make a second one.
///
/// # Errors
/// 503 without D1.
pub(crate) async fn known(gate: &Gate, user: &UserId) -> Result<Vec<Known>, ApiError> {
    let rows: Vec<KnownRow> = database::query(
        gate,
        "SELECT credential_id, transports FROM passkeys WHERE user_id = ?",
        [user.as_str().into()],
    )
    .await?;
    let known = rows.into_iter().filter_map(|row| {
        let transports = row.transports.split(',').filter(|it| !it.is_empty());
        Some(Known {
            credential_id: base64url::decode(&row.credential_id)?,
            transports: transports.map(str::to_owned).collect(),
        })
    });
    Ok(known.collect())
}

#[derive(Deserialize)]
struct Row {
    id: PasskeyId,
    name: String,
    created_at_ms: u64,
    last_used_at_ms: Option<u64>,
}

impl Row {
    fn to_json(&self, current: bool) -> Value {
        let mut json = json!({
            "id": self.id,
            "name": self.name,
            "createdAtMs": self.created_at_ms,
            "current": current,
        });
        if let (Some(object), Some(at)) = (json.as_object_mut(), self.last_used_at_ms) {
            object.insert("lastUsedAtMs".to_owned(), at.into());
        }
        json
    }
}

/// `GET /api/passkeys`: one's own. 401 for nobody, 403 for a key.
pub(crate) async fn list(gate: &Gate, incoming: &Incoming) -> Result<Reply, ApiError> {
    let signed = session::require(gate, incoming).await?;
    let rows: Vec<Row> = database::query(
        gate,
        "SELECT id, name, created_at_ms, last_used_at_ms FROM passkeys WHERE user_id = ?
         ORDER BY created_at_ms, id",
        [signed.user.as_str().into()],
    )
    .await?;
    let current = |row: &Row| signed.passkey.as_ref() == Some(&row.id);
    let passkeys: Vec<Value> = rows.iter().map(|row| row.to_json(current(row))).collect();
    reply(200, &json!({ "passkeys": passkeys }))
}

/// `POST /api/passkeys/options`: a challenge for one more.
///
/// 1. A signed-in person, on a page of ours (401, 403). 400 for a body that is not `{}`.
/// 2. 200 with the options.
pub(crate) async fn begin(
    gate: &Gate,
    incoming: &Incoming,
    limit: usize,
) -> Result<Reply, ApiError> {
    let signed = session::require(gate, incoming).await?;
    let party = visitor::party(gate, incoming)?;
    body::of::<Nothing>(incoming, limit).await?;
    let context = Context {
        user: Some(&signed.user),
        ..Context::default()
    };
    let known = known(gate, &signed.user).await?;
    let (id, challenge) = ceremony::begin(gate, Purpose::Passkey, &context).await?;
    let options = options::creation(&party, &challenge, &signed.user, &signed.name, &known);
    let body = json!({ "challengeId": id, "publicKey": options });
    reply(200, &body)
}

/// `POST /api/passkeys`: adds one.
///
/// 1. A signed-in person, on a page of ours (401, 403).
/// 2. The challenge is used up; everything is checked (400).
/// 3. It is kept (409 when somebody has it, or the person has too many). 201 with it.
pub(crate) async fn add(gate: &Gate, incoming: &Incoming, limit: usize) -> Result<Reply, ApiError> {
    let signed = session::require(gate, incoming).await?;
    let party = visitor::party(gate, incoming)?;
    let asked: AddPasskey = body::of(incoming, limit).await?;
    let begun = ceremony::finish(gate, &asked.challenge_id, Purpose::Passkey).await?;
    let begun = begun.filter(|it| it.user.as_ref() == Some(&signed.user));
    let name = asked.name.as_ref();
    let new = register(begun.as_ref(), &party, &asked.credential, name).await?;
    let user = &signed.user;
    let statements = [new.keep(user, None), new.told(incoming, user)?];
    let rows = database::run(gate, &statements).await?;
    if rows.at::<Value>(0)?.is_empty() {
        let count = known(gate, &signed.user).await?.len();
        return Err(if count < PASSKEYS_MAX {
            known_already()
        } else {
            ApiError::new(
                Code::Conflict,
                "You have too many passkeys; remove one first",
            )
        });
    }
    let row = Row {
        id: new.id,
        name: new.name,
        created_at_ms: now_ms(),
        last_used_at_ms: None,
    };
    reply(201, &row.to_json(false))
}

/// `PATCH /api/passkeys/:id`: another name for it. 401, 403, 404, or 200 with it.
pub(crate) async fn rename(
    gate: &Gate,
    incoming: &Incoming,
    limit: usize,
    id: &str,
) -> Result<Reply, ApiError> {
    let signed = session::require(gate, incoming).await?;
    let asked: Rename = body::of(incoming, limit).await?;
    let user = &signed.user;
    let renamed = Deed {
        user,
        action: "passkey.renamed",
        target: id,
        details: Some(json!({ "name": asked.name.as_str() })),
    };
    let theirs = [id.into(), user.as_str().into()];
    let statements = [
        Statement::new(
            "UPDATE passkeys SET name = ?3 WHERE id = ?1 AND user_id = ?2
             RETURNING id, name, created_at_ms, last_used_at_ms",
            [id.into(), user.as_str().into(), asked.name.as_str().into()],
        ),
        renamed.told(incoming, THEIRS, theirs)?,
    ];
    let rows: Vec<Row> = database::run(gate, &statements).await?.at(0)?;
    let row = rows.into_iter().next().ok_or_else(no_such_passkey)?;
    let current = signed.passkey.as_ref() == Some(&row.id);
    reply(200, &row.to_json(current))
}

/// `DELETE /api/passkeys/:id`: removes one, and ends the other sessions that began with it.
///
/// 1. A signed-in person, on a page of ours (401, 403).
/// 2. 404 when it is not theirs; 409 for the last one, without which nobody comes in again. 204.
pub(crate) async fn remove(gate: &Gate, incoming: &Incoming, id: &str) -> Result<Reply, ApiError> {
    let signed = session::require(gate, incoming).await?;
    let theirs = || [id.into(), signed.user.as_str().into()];
    let another = format!("{THEIRS} AND (SELECT COUNT(*) FROM passkeys WHERE user_id = ?2) > 1");
    let removed = Deed {
        user: &signed.user,
        action: "passkey.removed",
        target: id,
        details: None,
    };
    let [told, ended] = deed::end_sessions(
        incoming,
        Why::Passkey,
        &format!("s.passkey_id = ?1 AND s.user_id = ?2 AND s.id <> ?3 AND {another}"),
        [
            id.into(),
            signed.user.as_str().into(),
            signed.id.as_str().into(),
        ],
    )?;
    let statements = [
        Statement::new(format!("SELECT 1 WHERE {THEIRS}"), theirs()),
        removed.told(incoming, &another, theirs())?,
        told,
        ended,
        Statement::new(
            format!("DELETE FROM passkeys WHERE id = ?1 AND {another} RETURNING id"),
            theirs(),
        ),
    ];
    let rows = database::run(gate, &statements).await?;
    if rows.at::<Value>(0)?.is_empty() {
        return Err(no_such_passkey());
    }
    if rows.at::<Value>(4)?.is_empty() {
        return Err(ApiError::new(
            Code::Conflict,
            "This is your last passkey; add another one first",
        ));
    }
    Ok(Reply::empty(204))
}

fn no_such_passkey() -> ApiError {
    ApiError::new(Code::NotFound, "There is no such passkey")
}
