//! Signing up without an invitation, where the deployment allows it (`SIGNUP=open`).

use crate::body::reply;
use crate::ceremony::{self, Begun, Context, Purpose};
use crate::database;
use crate::session::{self, Proof};
use crate::{change, passkey, person, visitor};
use neureus_core::account::{SignUp, SignUpOptions, TENANT_RANDOM, tenant_id};
use neureus_core::base62;
use neureus_core::change::{Act, By, NewTenant};
use neureus_core::error::{ApiError, Code};
use neureus_core::id::{TenantId, UserId};
use neureus_core::limits::Plan;
use neureus_core::role::Role;
use neureus_core::webauthn::options;
use neureus_shell::gate::Gate;
use neureus_shell::incoming::{Incoming, random};
use neureus_shell::reply::Reply;
use serde_json::{Value, json};

/// What a tenant that signs up by itself begins with.
const PLAN: Plan = Plan::Free;

fn require_open(gate: &Gate) -> Result<(), ApiError> {
    if gate.bindings.signup_open {
        return Ok(());
    }
    Err(ApiError::new(
        Code::Forbidden,
        "Nobody signs up here without an invitation",
    ))
}

/// `POST /api/signup/options`: a challenge for a new person's passkey.
///
/// 1. Where it is open (403), a page of ours, not too often (403, 429). 400 when the body has another form.
/// 2. 200 with the options.
pub(crate) async fn begin(
    gate: &Gate,
    incoming: &Incoming,
    limit: usize,
) -> Result<Reply, ApiError> {
    require_open(gate)?;
    let asked: SignUpOptions = visitor::asks(gate, incoming, limit).await?;
    let party = visitor::party(gate, incoming)?;
    let user = person::new_id()?;
    let name = asked.name.as_str();
    let context = Context {
        user: Some(&user),
        name: Some(name),
        link: None,
    };
    let (id, challenge) = ceremony::begin(gate, Purpose::SignUp, &context).await?;
    let options = options::creation(&party, &challenge, &user, name, &[]);
    let body = json!({ "challengeId": id, "publicKey": options });
    reply(200, &body)
}

/// `POST /api/signup`: a new person, and a tenant of theirs on the smallest plan.
///
/// 1. Where it is open (403), a page of ours, not too often (403, 429). 400 when the body has another form.
/// 2. The challenge is used up; the credential is checked (400) and kept (409 when somebody has it).
/// 3. The tenant's object is made, and lets the person in as its owner (503). If it cannot, the person goes.
/// 4. 201 as `GET /api/session`, and the cookie of a new session.
pub(crate) async fn sign_up(
    gate: &Gate,
    incoming: &Incoming,
    limit: usize,
) -> Result<Reply, ApiError> {
    require_open(gate)?;
    let asked: SignUp = visitor::asks(gate, incoming, limit).await?;
    let party = visitor::party(gate, incoming)?;
    let begun = ceremony::finish(gate, &asked.challenge_id, Purpose::SignUp).await?;
    let new = passkey::register(begun.as_ref(), &party, &asked.credential, None).await?;
    let Some(Begun {
        user: Some(user), ..
    }) = begun
    else {
        return Err(ApiError::internal());
    };
    let letters = random(|bytes| base62::random_string("", TENANT_RANDOM, bytes))?;
    let tenant = tenant_id(&asked.tenant_name, &letters).ok_or_else(ApiError::internal)?;
    let statements = [
        person::make(
            &user,
            asked.name.as_str(),
            &tenant,
            "NOT EXISTS (SELECT 1 FROM passkeys WHERE credential_id = ?1)",
            &new.credential_id,
        ),
        new.keep(&user, None),
    ];
    let rows = database::run(gate, &statements).await?;
    if rows.at::<Value>(1)?.is_empty() {
        return Err(passkey::known_already());
    }
    let made = make_tenant(gate, incoming, &tenant, asked.tenant_name.as_str(), &user).await;
    if let Err(error) = made {
        database::run(gate, &[person::unmake(&user)]).await?;
        return Err(error);
    }
    let name = asked.name.as_str();
    let signed = session::begin(gate, incoming, &user, name, &new.id, Proof::SignUp).await?;
    reply(201, &signed.to_json(gate).await?)
}

async fn make_tenant(
    gate: &Gate,
    incoming: &Incoming,
    tenant: &TenantId,
    name: &str,
    owner: &UserId,
) -> Result<(), ApiError> {
    let new = NewTenant {
        name: name.to_owned(),
        plan: Some(PLAN),
    };
    let make = Act::MakeTenant(new);
    change::make(gate, incoming, tenant, By::System, None, make).await?;
    let join = Act::Join {
        role: Role::Owner,
        invited_by: None,
    };
    let by = By::Guest(owner.clone());
    change::make(gate, incoming, tenant, by, None, join).await?;
    Ok(())
}
