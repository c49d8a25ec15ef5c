//! `GET /monitoring/alerts`, `/api/alerts/rules`, `/api/alerts/webhooks`.

use super::{ask, asker, scope};
use neureus_core::error::ApiError;
use neureus_core::monitoring::monitor::Message;
use neureus_core::monitoring::query::invalid;
use neureus_core::monitoring::rule::{self, Rule};
use neureus_core::monitoring::webhook::{Draft, Shape};
use neureus_core::outbound::{self, Reach};
use neureus_core::role::Permission;
use neureus_shell::clock::now_ms;
use neureus_shell::gate::Gate;
use neureus_shell::incoming::Incoming;
use neureus_shell::reply::Reply;
use neureus_shell::trace::Trace;
use serde::Deserialize;

/// What fires, and what did.
///
/// 1. Authenticate and confirm (401, 403, 503).
/// 2. 200 (503).
pub(crate) async fn read(
    gate: &Gate,
    incoming: &Incoming,
    message: Message,
    trace: &mut Trace,
) -> Result<Reply, ApiError> {
    let scope = scope(gate, incoming, Permission::Read, trace).await?;
    let answer = ask(gate, scope.name(), &message).await?;
    Ok(super::json(200, &answer))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Rules {
    rules: Vec<Rule>,
}

/// `PUT /api/alerts/rules`: other rules. Kinds that are not named get their defaults back.
///
/// 1. Authenticate and confirm (401, 403, 503).
/// 2. Read and validate the body (400, 413, 415).
/// 3. 200 with the rules as they are (503).
pub(crate) async fn put_rules(
    gate: &Gate,
    incoming: &Incoming,
    body_limit: usize,
    trace: &mut Trace,
) -> Result<Reply, ApiError> {
    let asker = asker(gate, incoming, Permission::AlertRules, trace).await?;
    let body = incoming.body(body_limit).await?;
    let sent: Rules = read_body(&body)?;
    let rules = rule::validate(&sent.rules)?;
    asker
        .note(gate, incoming, "alert_rules.changed", None)
        .await?;
    let answer = ask(gate, asker.scope.name(), &Message::PutRules(rules)).await?;
    Ok(super::json(200, &answer))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct NewWebhook {
    url: String,
    #[serde(default = "json_shape")]
    shape: Shape,
}

fn json_shape() -> Shape {
    Shape::Json
}

/// `POST /api/alerts/webhooks`: one more.
///
/// 1. Authenticate and confirm (401, 403, 503).
/// 2. Read and validate the body (400, 413, 415): the URL may lead only where backends may.
/// 3. 201 with its secret, which is never shown again (409 when there are too many or the
///    deployment has no key to seal it with, 503).
pub(crate) async fn add(
    gate: &Gate,
    incoming: &Incoming,
    body_limit: usize,
    trace: &mut Trace,
) -> Result<Reply, ApiError> {
    let asker = asker(gate, incoming, Permission::AlertRules, trace).await?;
    let body = incoming.body(body_limit).await?;
    let new: NewWebhook = read_body(&body)?;
    let reach = Reach::of(gate.bindings.backends.local);
    outbound::allowed(&new.url, reach).map_err(|why| invalid("$.url", &why.to_string()))?;
    let mut failed = false;
    let mut random = |bytes: &mut [u8]| failed |= getrandom::fill(bytes).is_err();
    let draft = Draft::new(new.url, new.shape, now_ms(), &mut random);
    if failed {
        return Err(ApiError::internal());
    }
    let id = draft.id().to_owned();
    asker
        .note(gate, incoming, "webhook.added", Some(&id))
        .await?;
    let answer = ask(gate, asker.scope.name(), &Message::AddWebhook(draft)).await?;
    Ok(super::json(201, &answer))
}

/// The webhooks, or a test of one of them.
///
/// 1. Authenticate and confirm (401, 403, 503).
/// 2. 200 (404 for an unknown one, 503).
pub(crate) async fn manage(
    gate: &Gate,
    incoming: &Incoming,
    message: Message,
    trace: &mut Trace,
) -> Result<Reply, ApiError> {
    let scope = scope(gate, incoming, Permission::AlertRules, trace).await?;
    let answer = ask(gate, scope.name(), &message).await?;
    Ok(super::json(200, &answer))
}

/// A change of a webhook, which the audit log has.
///
/// 1. Authenticate and confirm (401, 403, 503).
/// 2. 200 (404 for an unknown one, 503).
pub(crate) async fn change(
    gate: &Gate,
    incoming: &Incoming,
    action: &str,
    target: &str,
    message: Message,
    trace: &mut Trace,
) -> Result<Reply, ApiError> {
    let asker = asker(gate, incoming, Permission::AlertRules, trace).await?;
    let answer = ask(gate, asker.scope.name(), &message).await?;
    asker.note(gate, incoming, action, Some(target)).await?;
    Ok(super::json(200, &answer))
}

/// Reads a body, and names the field that is wrong.
fn read_body<'de, T: Deserialize<'de>>(body: &'de [u8]) -> Result<T, ApiError> {
    let from = &mut serde_json::Deserializer::from_slice(body);
    serde_path_to_error::deserialize(from).map_err(|error| {
        let path = error.path().to_string();
        let path = if path == "." {
            "$".to_owned()
        } else {
            format!("$.{path}")
        };
        invalid(&path, "This field is missing, unknown or of another type").into()
    })
}
