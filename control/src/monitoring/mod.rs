//! `/monitoring/*`, `/api/alerts/*`, `/api/logs`: what was counted, judged and logged.
//!
//! With a key it is of the key's tenant, with a session of the tenant that it names; with the operator token
//! it is of the whole deployment.

pub(crate) mod alerts;
pub(crate) mod logs;
pub(crate) mod metrics;
pub(crate) mod object;
pub(crate) mod status;

use crate::{change, operator, session};
use neureus_core::change::{Act, By, Claim, Note};
use neureus_core::error::ApiError;
use neureus_core::id::TenantId;
use neureus_core::key::{Kind, secrets_match};
use neureus_core::message::{self, Call, Refusal};
use neureus_core::monitoring::PLATFORM;
use neureus_core::monitoring::monitor::Message;
use neureus_core::role::Permission;
use neureus_core::route::Endpoint;
use neureus_shell::auth;
use neureus_shell::gate::Gate;
use neureus_shell::glue;
use neureus_shell::incoming::Incoming;
use neureus_shell::object as tenants;
use neureus_shell::reply::Reply;
use neureus_shell::server::{self, Asked};
use neureus_shell::trace::Trace;
use serde_json::Value;

/// Finds the handler.
///
/// # Errors
/// As the handlers.
pub(crate) async fn dispatch(asked: &Asked<'_>, trace: &mut Trace) -> Result<Reply, ApiError> {
    let (gate, incoming, limit) = (asked.gate, asked.incoming, asked.route.body_limit);
    let first = asked.params.first().copied().unwrap_or_default();
    let named = || first.to_owned();
    match asked.route.endpoint {
        Endpoint::Status => status::handle(gate, incoming).await,
        Endpoint::Metrics => metrics::handle(gate, incoming, trace).await,
        Endpoint::Alerts => alerts::read(gate, incoming, Message::Alerts, trace).await,
        Endpoint::AlertRules => alerts::read(gate, incoming, Message::Rules, trace).await,
        Endpoint::PutAlertRules => alerts::put_rules(gate, incoming, limit, trace).await,
        Endpoint::Webhooks => alerts::manage(gate, incoming, Message::Webhooks, trace).await,
        Endpoint::AddWebhook => alerts::add(gate, incoming, limit, trace).await,
        Endpoint::DropWebhook => {
            let change = Message::DropWebhook(named());
            alerts::change(gate, incoming, "webhook.removed", first, change, trace).await
        }
        Endpoint::TestWebhook => {
            alerts::manage(gate, incoming, Message::TestWebhook(named()), trace).await
        }
        Endpoint::Logs => logs::list(gate, incoming, trace).await,
        Endpoint::Log => logs::one(gate, incoming, first, trace).await,
        _ => Err(server::no_such_path()),
    }
}

/// A healthy monitor answers in milliseconds; after this long it counts as down.
const DEADLINE_MS: u32 = 5_000;

/// Of what a caller may know.
pub(crate) enum Scope {
    /// Their tenant.
    Tenant(TenantId),
    /// The whole deployment: the operator.
    Platform,
}

impl Scope {
    /// The name of the objects that know it.
    pub(crate) fn name(&self) -> &str {
        match self {
            Self::Tenant(tenant) => tenant.as_str(),
            Self::Platform => PLATFORM,
        }
    }
}

/// Who asks.
pub(crate) struct Asker {
    /// Of what they may know.
    pub(crate) scope: Scope,
    by: By,
}

/// Who asks, and of what they may know: by the operator token, a key, or a session.
///
/// # Errors
/// 401, 403, 404 for a tenant that a signed-in person does not belong to, or 503 when the object does not
/// answer.
pub(crate) async fn asker(
    gate: &Gate,
    incoming: &Incoming,
    needs: Permission,
    trace: &mut Trace,
) -> Result<Asker, ApiError> {
    let token = &gate.bindings.operator_token;
    let presented = auth::bearer(&incoming.authorization).unwrap_or_default();
    if !token.is_empty() && secrets_match(presented, token) {
        operator::authorize(gate, incoming, trace)?;
        return Ok(Asker {
            scope: Scope::Platform,
            by: By::Operator,
        });
    }
    if incoming.authorization.is_empty()
        && let Some(signed) = session::caller(gate, incoming).await?
    {
        let tenant = signed.tenant(gate, incoming).await?;
        let by = By::Member(signed.user);
        let claim = Claim {
            by: by.clone(),
            needs,
        };
        return match tenants::call(gate, &tenant, &Call::Who(claim)).await? {
            message::Reply::Who(_) => {
                trace.auth = "ok";
                tenant.as_str().clone_into(&mut trace.tenant);
                Ok(Asker {
                    scope: Scope::Tenant(tenant),
                    by,
                })
            }
            message::Reply::Refused(Refusal::Key(_) | Refusal::NotFound) => {
                Err(session::no_such_tenant())
            }
            message::Reply::Refused(refusal) => Err(tenants::refused(&refusal, Kind::Standard)),
            _ => Err(ApiError::internal()),
        };
    }
    let caller = auth::identify(gate, incoming, trace).await?;
    let ask = caller.ask(needs, incoming, None);
    caller.confirm(gate, ask, trace).await?;
    Ok(Asker {
        scope: Scope::Tenant(caller.tenant),
        by: By::Key(caller.hash),
    })
}

/// As [`asker`], where nothing is changed.
pub(crate) async fn scope(
    gate: &Gate,
    incoming: &Incoming,
    needs: Permission,
    trace: &mut Trace,
) -> Result<Scope, ApiError> {
    asker(gate, incoming, needs, trace)
        .await
        .map(|asker| asker.scope)
}

impl Asker {
    /// Writes a change of alerts into the tenant's audit log, before it is made.
    ///
    /// # Errors
    /// What the tenant's object refuses, and 503.
    pub(crate) async fn note(
        &self,
        gate: &Gate,
        incoming: &Incoming,
        action: &str,
        target: Option<&str>,
    ) -> Result<(), ApiError> {
        let Scope::Tenant(tenant) = &self.scope else {
            return Ok(());
        };
        let note = Note {
            needs: Permission::AlertRules,
            action: action.to_owned(),
            target: target.map(str::to_owned),
            details: None,
        };
        let act = Act::Note(note);
        change::make(gate, incoming, tenant, self.by.clone(), None, act)
            .await
            .map(|_| ())
    }
}

/// Tells a monitor something, and gives its answer.
///
/// # Errors
/// What it refuses: 404, 409. 503 when it does not answer.
pub(crate) async fn ask(gate: &Gate, name: &str, message: &Message) -> Result<Value, ApiError> {
    let text = serde_json::to_string(message).map_err(|_| ApiError::internal())?;
    let answer = glue::call(&gate.bindings.monitors, name, &text, DEADLINE_MS)
        .await
        .map_err(|cause| {
            worker::console_error!("monitor call failed: {:?}", cause);
            ApiError::overloaded("Monitoring does not answer right now", 1)
        })?;
    let text = answer.as_string().unwrap_or_default();
    let value: Value = serde_json::from_str(&text).map_err(|_| ApiError::internal())?;
    match value.get("refused").and_then(Value::as_str) {
        None => Ok(value),
        Some(code) => {
            let message = value.get("message").and_then(Value::as_str);
            Err(object::refused(code, message.unwrap_or_default()))
        }
    }
}

/// A JSON answer.
pub(crate) fn json(status: u16, value: &Value) -> Reply {
    Reply::json(status, value.to_string().as_bytes())
}
