//! Coming in by a one-time link: into a tenant, or back into one's own account.

use crate::body::reply;
use crate::ceremony::{self, Begun, Context, Purpose};
use crate::database::{self, Rows, Statement};
use crate::deed::{self, Deed, Why};
use crate::link::{self, Open};
use crate::passkey::{self, New};
use crate::session::{self, Proof};
use crate::signed::Signed;
use crate::{change, person, recovery, visitor};
use neureus_core::account::{Accept, JoinOptions, Look};
use neureus_core::change::{Act, By};
use neureus_core::chat::Invalid;
use neureus_core::error::{ApiError, Code};
use neureus_core::id::UserId;
use neureus_core::link::Kind;
use neureus_core::member::Creator;
use neureus_core::webauthn::options;
use neureus_core::webauthn::registration::RegistrationJson;
use neureus_shell::clock::now_ms;
use neureus_shell::gate::Gate;
use neureus_shell::incoming::Incoming;
use neureus_shell::reply::Reply;
use serde_json::{Value, json};

/// Where `?1` has used a link up.
const CLAIMED: &str = "EXISTS (SELECT 1 FROM links WHERE claim = ?1)";

/// `POST /api/links/look`: what a link is for. Uses nothing up.
///
/// 1. A page of ours, not too often (403, 429). 400 when the body has another form.
/// 2. 404 when it is unknown, used, withdrawn or expired; 200 with what it is for.
pub(crate) async fn look(
    gate: &Gate,
    incoming: &Incoming,
    limit: usize,
) -> Result<Reply, ApiError> {
    let asked: Look = visitor::asks(gate, incoming, limit).await?;
    let signed = session::caller(gate, incoming).await?;
    let by = signed.as_ref().map(|signed| &signed.user);
    let statement = link::open(&asked.secret.hash(), by);
    let rows = database::run(gate, &[statement]).await?;
    reply(200, &found(&rows, 0)?.to_json())
}

impl Open {
    fn to_json(&self) -> Value {
        let mut json = json!({ "kind": self.kind, "expiresAtMs": self.expires_at_ms });
        if let Some(object) = json.as_object_mut() {
            // Whoever finds a recovery link need not learn where that person works.
            if let Some(role) = self.role {
                let tenant = json!({"id": self.tenant_id, "name": self.tenant_name});
                object.insert("tenant".to_owned(), tenant);
                object.insert("role".to_owned(), role.as_str().into());
            }
            if let Some(name) = &self.user_name {
                object.insert("user".to_owned(), json!({ "name": name }));
            }
        }
        json
    }
}

fn found(rows: &Rows, place: usize) -> Result<Open, ApiError> {
    let open: Vec<Open> = rows.at(place)?;
    open.into_iter().next().ok_or_else(link::no_such_link)
}

/// `POST /api/links/options`: a challenge for the passkey that the link lets somebody make.
///
/// 1. A page of ours, not too often (403, 429). 400 when the body has another form, or a new person has no
///    name.
/// 2. 404 when the link is not good. 200 with the options; the link is still unused.
pub(crate) async fn begin(
    gate: &Gate,
    incoming: &Incoming,
    limit: usize,
) -> Result<Reply, ApiError> {
    let asked: JoinOptions = visitor::asks(gate, incoming, limit).await?;
    let party = visitor::party(gate, incoming)?;
    let rows = database::run(gate, &[link::open(&asked.secret.hash(), None)]).await?;
    let open = found(&rows, 0)?;
    let (user, name, known) = match (&open.user_id, &open.user_name) {
        (Some(user), Some(name)) => (
            user.clone(),
            name.clone(),
            passkey::known(gate, user).await?,
        ),
        _ => {
            let name = asked.name.ok_or_else(|| missing("$.name"))?;
            (person::new_id()?, name.into(), Vec::new())
        }
    };
    let context = Context {
        user: Some(&user),
        name: Some(&name),
        link: Some(&open.id),
    };
    let (id, challenge) = ceremony::begin(gate, Purpose::Join, &context).await?;
    let options = options::creation(&party, &challenge, &user, &name, &known);
    let body = json!({ "challengeId": id, "publicKey": options });
    reply(200, &body)
}

fn missing(path: &str) -> ApiError {
    ApiError::from(Invalid {
        path: path.to_owned(),
        message: "This field is needed".to_owned(),
    })
}

/// `POST /api/links/accept`: uses a link up.
///
/// 1. A page of ours, not too often (403, 429). 400 when the body has another form.
/// 2. With a credential: a new person with a passkey, or one more passkey for who has lost theirs. Without
///    one: whoever is signed in comes into another tenant.
/// 3. The link is used up by exactly one of those who try (404 for the others).
/// 4. The tenant's object lets the person in, if who made the link may still do so. 200 as `GET /api/session`.
pub(crate) async fn accept(
    gate: &Gate,
    incoming: &Incoming,
    limit: usize,
) -> Result<Reply, ApiError> {
    let asked: Accept = visitor::asks(gate, incoming, limit).await?;
    let signed = match (&asked.challenge_id, &asked.credential) {
        (Some(_), Some(credential)) => by_credential(gate, incoming, &asked, credential).await?,
        (None, None) => by_session(gate, incoming, &asked).await?,
        (Some(_), None) => return Err(missing("$.credential")),
        (None, Some(_)) => return Err(missing("$.challengeId")),
    };
    reply(200, &signed.to_json(gate).await?)
}

async fn by_session(gate: &Gate, incoming: &Incoming, asked: &Accept) -> Result<Signed, ApiError> {
    let signed = session::caller(gate, incoming).await?;
    let signed = signed.ok_or_else(|| missing("$.credential"))?;
    let by = Some(&signed.user);
    let rows = database::run(gate, &[link::open(&asked.secret.hash(), by)]).await?;
    let open = found(&rows, 0)?;
    if open.kind == Kind::Recovery {
        return Err(missing("$.credential"));
    }
    let claim = link::claim(&open.id, incoming.id.as_str(), &signed.user, None);
    let rows = database::run(gate, &[claim]).await?;
    if rows.at::<Value>(0)?.is_empty() {
        return Err(link::no_such_link());
    }
    enter(gate, incoming, &open, &signed.user).await?;
    signed.choose(gate, open.tenant_id).await
}

async fn by_credential(
    gate: &Gate,
    incoming: &Incoming,
    asked: &Accept,
    credential: &RegistrationJson,
) -> Result<Signed, ApiError> {
    let challenge_id = asked.challenge_id.as_ref();
    let challenge_id = challenge_id.ok_or_else(|| missing("$.challengeId"))?;
    let party = visitor::party(gate, incoming)?;
    let statements = [
        ceremony::take(challenge_id, Purpose::Join),
        link::open(&asked.secret.hash(), None),
    ];
    let rows = database::run(gate, &statements).await?;
    let begun = ceremony::taken(&rows, 0)?;
    let open = found(&rows, 1)?;
    // The challenge was made for this link and no other.
    let begun = begun.filter(|begun| begun.link.as_ref() == Some(&open.id));
    let new = passkey::register(begun.as_ref(), &party, credential, None).await?;
    let Some(Begun {
        user: Some(user),
        name: Some(name),
        ..
    }) = begun
    else {
        return Err(ApiError::internal());
    };
    let name = asked.name.clone().map_or(name, String::from);
    let by = match open.kind {
        Kind::Recovery => {
            recover(gate, incoming, &open, &user, &new).await?;
            Proof::Recovery
        }
        Kind::Invitation | Kind::Owner => {
            make_person(gate, incoming, &open, &user, &name, &new).await?;
            Proof::Link
        }
    };
    let name = open.user_name.as_ref().unwrap_or(&name);
    session::begin(gate, incoming, &user, name, &new.id, by).await
}

/// Makes a person with a passkey, and lets them in.
async fn make_person(
    gate: &Gate,
    incoming: &Incoming,
    open: &Open,
    user: &UserId,
    name: &str,
    new: &New,
) -> Result<(), ApiError> {
    let claim = incoming.id.as_str();
    let statements = [
        link::claim(&open.id, claim, user, Some(&new.credential_id)),
        person::make(user, name, &open.tenant_id, CLAIMED, claim),
        new.keep(user, Some(claim)),
    ];
    let rows = database::run(gate, &statements).await?;
    if rows.at::<Value>(0)?.is_empty() {
        return Err(lost(gate, open, new).await);
    }
    let entered = enter(gate, incoming, open, user).await;
    let refused = entered.as_ref().err().map(|error| error.code);
    // After a mere failure the person may sign in with the passkey and use the link again. Whoever is not let in
    // for good leaves nothing behind; a link into a tenant that is full stays good for when it is not.
    if refused.is_some_and(|code| code != Code::Overloaded) {
        let full = refused == Some(Code::Conflict);
        let mut statements = vec![person::unmake(user)];
        if full {
            statements.push(link::release(claim));
        }
        database::run(gate, &statements).await?;
    }
    entered
}

/// Why a link was not to be had: somebody was quicker, or the passkey is known.
async fn lost(gate: &Gate, open: &Open, new: &New) -> ApiError {
    let known = Statement::new(
        "SELECT p.id FROM passkeys p, links l
         WHERE p.credential_id = ? AND l.id = ? AND l.claim IS NULL",
        [new.credential_id.as_str().into(), open.id.as_str().into()],
    );
    match database::run(gate, &[known]).await {
        Ok(rows) if rows.at::<Value>(0).is_ok_and(|rows| !rows.is_empty()) => {
            passkey::known_already()
        }
        Ok(_) => link::no_such_link(),
        Err(error) => error,
    }
}

/// Has the tenant's object let a person in by a link that is used up.
async fn enter(
    gate: &Gate,
    incoming: &Incoming,
    open: &Open,
    user: &UserId,
) -> Result<(), ApiError> {
    let role = open.role.ok_or_else(ApiError::internal)?;
    let invited_by = match &open.created_by {
        None => None,
        Some(text) => Some(Creator::try_from(text.clone()).map_err(|_| ApiError::internal())?),
    };
    let act = Act::Join { role, invited_by };
    let by = By::Guest(user.clone());
    let joined = change::make(gate, incoming, &open.tenant_id, by, None, act).await;
    joined.map_err(|error| match error.code {
        // Who made the link may not do so any more, or the tenant is gone: whoever holds it need not know.
        Code::Forbidden | Code::NotFound | Code::Unauthorized => link::no_such_link(),
        _ => error,
    })?;
    database::run(gate, &[link::done(&open.id)]).await?;
    Ok(())
}

/// Gives a person one more passkey, and ends all their sessions: the lost authenticator may be in somebody
/// else's hands.
async fn recover(
    gate: &Gate,
    incoming: &Incoming,
    open: &Open,
    user: &UserId,
    new: &New,
) -> Result<(), ApiError> {
    recovery::still_allowed(gate, open, user).await?;
    let claim = incoming.id.as_str();
    let mut statements = vec![
        link::claim(&open.id, claim, user, Some(&new.credential_id)),
        new.keep(user, Some(claim)),
        Deed {
            user,
            action: "recovery.used",
            target: user.as_str(),
            details: Some(json!({ "link": open.id })),
        }
        .told(incoming, CLAIMED, [claim.into()])?,
        new.told(incoming, user)?,
        Statement::new(
            "UPDATE links SET done_at_ms = ?2 WHERE claim = ?1",
            [claim.into(), now_ms().into()],
        ),
    ];
    statements.extend(deed::end_sessions(
        incoming,
        Why::Recovery,
        &format!("s.user_id = ?2 AND {CLAIMED}"),
        [claim.into(), user.as_str().into()],
    )?);
    let rows = database::run(gate, &statements).await?;
    if rows.at::<Value>(0)?.is_empty() {
        return Err(lost(gate, open, new).await);
    }
    if rows.at::<Value>(1)?.is_empty() {
        return Err(ApiError::new(
            Code::Conflict,
            "There are too many passkeys; ask for help to remove one",
        ));
    }
    Ok(())
}
