//! Changes of alerts: `PUT /api/alerts/rules`, `/api/alerts/webhooks`. What only looks is asked of the monitor as it is.

use super::{Asker, tell};
use crate::body::{read, reply};
use crate::{monitor, provider, version};
use neureus_core::change::Wrong;
use neureus_core::error::ApiError;
use neureus_core::key::Kind;
use neureus_core::message::Refusal;
use neureus_core::monitoring::monitor::Message;
use neureus_core::monitoring::query::invalid;
use neureus_core::monitoring::rewrap::{Rewrap, Rewrapped};
use neureus_core::monitoring::rule::{self, Rule};
use neureus_core::monitoring::webhook::{Draft, Shape};
use neureus_core::outbound::{self, Reach};
use neureus_shell::clock::now_ms;
use neureus_shell::incoming::with_random;
use neureus_shell::object;
use neureus_shell::reply::Reply;
use neureus_shell::server::Asked;
use serde::Deserialize;
use serde_json::Value;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Rules {
    rules: Vec<Rule>,
}

/// `GET /api/alerts/rules`: 200 with the rules and their version.
pub(crate) async fn rules(asked: &Asked<'_>, asker: &Asker) -> Result<Reply, ApiError> {
    shown(&monitor::ask(asked.gate, asker.name(), &Message::Rules).await?)
}

/// `PUT /api/alerts/rules`: other rules. Kinds that are not named get their defaults back.
///
/// 1. Read and validate the body (400, 413, 415) and the version that was seen; another one refuses (409).
/// 2. The audit log has it before it is done (403, 503).
/// 3. 200 with the rules as they are (503). Somebody who was faster since then is a 409, too: the log then has
///    both.
pub(crate) async fn put_rules(asked: &Asked<'_>, asker: &Asker) -> Result<Reply, ApiError> {
    let sent: Rules = read(asked).await?;
    let rules = rule::validate(&sent.rules)?;
    let message = match version::seen(asked.incoming)? {
        None => Message::PutRules(rules),
        Some(seen) => {
            let now = monitor::ask(asked.gate, asker.name(), &Message::Rules).await?;
            let now = version_of(&now);
            if now != seen {
                let stale = Refusal::Change(Wrong::Stale(now));
                return Err(object::refused(&stale, Kind::Standard));
            }
            Message::ReplaceRules(rules, seen)
        }
    };
    asker.note(asked, "alert_rules.changed", None).await?;
    shown(&monitor::ask(asked.gate, asker.name(), &message).await?)
}

fn version_of(rules: &Value) -> u64 {
    rules.get("version").and_then(Value::as_u64).unwrap_or(1)
}

fn shown(rules: &Value) -> Result<Reply, ApiError> {
    version::reply(200, version_of(rules), rules)
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
/// 1. Read and validate the body (400, 413, 415): the URL may lead only where backends may.
/// 2. The audit log has it before it is done (403, 503).
/// 3. 201 with its secret, which is never shown again (409 when there are too many or the
///    deployment has no key to seal it with, 503).
pub(crate) async fn add(asked: &Asked<'_>, asker: &Asker) -> Result<Reply, ApiError> {
    let new: NewWebhook = read(asked).await?;
    let reach = Reach::of(asked.gate.bindings.backends.local);
    outbound::allowed(&new.url, reach).map_err(|why| invalid("$.url", &why.to_string()))?;
    let draft = with_random(|bytes| Draft::new(new.url, new.shape, now_ms(), bytes))?;
    asker.note(asked, "webhook.added", Some(draft.id())).await?;
    let answer = monitor::ask(asked.gate, asker.name(), &Message::AddWebhook(draft)).await?;
    reply(201, &answer)
}

/// `DELETE /api/alerts/webhooks/:webhook`: one less.
///
/// 1. The monitor (404, 503). 2. The audit log (403, 503). 3. 200.
pub(crate) async fn drop(asked: &Asked<'_>, asker: &Asker, id: &str) -> Result<Reply, ApiError> {
    let answer = tell(asked, asker, &Message::DropWebhook(id.to_owned())).await?;
    asker.note(asked, "webhook.removed", Some(id)).await?;
    Ok(answer)
}

/// Has the secrets of a monitor's webhooks sealed under the present master key.
///
/// # Errors
/// 409 where there is none, or the monitor has another, and 503.
pub(crate) async fn rewrap(asked: &Asked<'_>, name: &str) -> Result<Rewrapped, ApiError> {
    let masters = &asked.gate.bindings.masters;
    let rewrap = with_random(|bytes| Rewrap::new(masters, bytes))?;
    let rewrap = rewrap.ok_or_else(provider::no_master)?;
    let done = monitor::ask(asked.gate, name, &Message::Rewrap(rewrap)).await?;
    serde_json::from_value(done).map_err(|_| ApiError::internal())
}
