//! The gateway Worker: events in, decisions by the core, answers out.
//!
//! A request finds its route in the core's table and its handler here. Everything that crosses into
//! JavaScript does so through `glue.js`.

mod auth;
mod bindings;
mod call;
mod chat;
mod clock;
mod embeddings;
mod gate;
mod glue;
mod incoming;
mod lease;
mod models;
mod object;
mod operator;
mod relay;
mod reply;
mod task;
mod trace;
mod usage;
mod way;

pub use neureus_durable_objects::Tenant;

use gate::Gate;
use glue::Exchange;
use incoming::Incoming;
use neureus_core::catalog::Kind;
use neureus_core::chat::end::Outcome;
use neureus_core::chat::surface::Surface;
use neureus_core::error::{ApiError, Code};
use neureus_core::route::{self, Access, Endpoint, Match, Params, Route};
use reply::Reply;
use std::rc::Rc;
use trace::Trace;
use worker::wasm_bindgen::prelude::*;
use worker::{Env, event, web_sys};

/// `GET /health`, to the letter.
const HEALTH: &[u8] = br#"{"status":"ok","product":"neureus"}"#;

/// How long a browser may remember a preflight, in seconds.
const PREFLIGHT_S: &str = "86400";

#[event(start)]
fn start() {
    console_error_panic_hook::set_once();
}

/// Begins to answer a request; `answer` is called with the response. Called by `entry.js`.
#[wasm_bindgen]
pub fn handle(request: web_sys::Request, env: &Env, context: JsValue, answer: JsValue) {
    clock::advance();
    let exchange = Exchange::new(request, context, answer);
    match Gate::of(env) {
        Ok(gate) => task::spawn(async move {
            let incoming = Incoming::read(exchange);
            respond(&gate, &incoming).await.send(&incoming.exchange);
        }),
        Err(cause) => {
            worker::console_error!("{}", cause);
            Reply::error(&ApiError::internal(), Surface::Native).send(&exchange);
        }
    }
}

async fn respond(gate: &Rc<Gate>, incoming: &Incoming) -> Reply {
    let mut trace = Trace::of(incoming);
    let (found, params) = match route::find(&incoming.method, &incoming.path) {
        Match::Found(route, params) => (Ok(route), params),
        Match::Preflight(_) => return preflight(incoming),
        Match::WrongMethod(_) if operator::is_hidden(gate, &incoming.path) => {
            (Err(no_such_path()), Params::new())
        }
        Match::WrongMethod(allow) => (Err(ApiError::method_not_allowed(&allow)), Params::new()),
        Match::NotFound => (Err(no_such_path()), Params::new()),
    };
    let answered = match found {
        Ok(route) => dispatch(gate, incoming, route, &params, &mut trace).await,
        Err(error) => Err(error),
    };
    let mut reply = answered.unwrap_or_else(|error| Reply::error(&error, incoming.api));
    if !reply.streamed && !trace.route.is_empty() {
        trace.write(gate, reply.status, outcome(incoming, reply.status));
    }
    if reply.status >= 500 {
        worker::console_error!("{} answered {}", incoming.id, reply.status);
    }
    let timing = trace.server_timing();
    if !timing.is_empty() {
        reply = reply.header("server-timing", &timing);
    }
    if route::is_cross_origin(&incoming.path) {
        reply = shared(reply);
    }
    if incoming.method == "HEAD" {
        reply = reply.without_body();
    }
    reply.header("x-request-id", incoming.id.as_str())
}

async fn dispatch(
    gate: &Rc<Gate>,
    incoming: &Incoming,
    route: &'static Route,
    params: &Params<'_>,
    trace: &mut Trace,
) -> Result<Reply, ApiError> {
    let limit = route.body_limit;
    if route.access != Access::Public {
        trace.route = route.path;
    }
    match (route.endpoint, params.as_slice()) {
        (Endpoint::Health, _) => Ok(Reply::json(200, HEALTH)),
        (Endpoint::Chat, _) => way::handle(gate, incoming, limit, Kind::Chat, trace).await,
        (Endpoint::Embeddings, _) => {
            way::handle(gate, incoming, limit, Kind::Embedding, trace).await
        }
        (Endpoint::Models, _) => models::handle(gate, incoming, trace).await,
        (Endpoint::OpenAiModels, _) => models::list(gate, incoming, trace).await,
        (Endpoint::OpenAiModel, name) => models::one(gate, incoming, name, trace).await,
        (Endpoint::Usage, _) => usage::own(gate, incoming, trace).await,
        (operators, params) => {
            operator::authorize(gate, incoming, trace)?;
            match (operators, params) {
                (Endpoint::OperatorMakeKey, _) => operator::make_key(gate, incoming, limit).await,
                (Endpoint::OperatorPutTenant, [tenant]) => {
                    operator::put_tenant(gate, incoming, limit, tenant).await
                }
                (Endpoint::OperatorUsage, [tenant]) => {
                    usage::of_tenant(gate, incoming, tenant).await
                }
                (Endpoint::OperatorRevokeKey, [tenant, key]) => {
                    operator::revoke_key(gate, tenant, key).await
                }
                _ => Err(no_such_path()),
            }
        }
    }
}

/// The one 404 for paths.
fn no_such_path() -> ApiError {
    ApiError::new(Code::NotFound, "There is no such path")
}

/// How a request that was answered at once ended. A caller that has left stops the backend's call,
/// which then fails: the failure is the caller's leaving.
fn outcome(incoming: &Incoming, status: u16) -> Outcome {
    match Code::ALL.into_iter().find(|code| code.status() == status) {
        Some(Code::UpstreamError) if incoming.exchange.left() => Outcome::Cancelled,
        Some(code) => Outcome::Failed(code),
        None => Outcome::Complete,
    }
}

/// Lets pages of any origin read an answer. There are no cookies here: whoever shows a key may know
/// what it is answered, and the key decides which origins it serves.
fn shared(reply: Reply) -> Reply {
    reply.header("access-control-allow-origin", "*").header(
        "access-control-expose-headers",
        "Retry-After, retry-after-ms, x-should-retry, x-request-id, RateLimit, RateLimit-Policy, Server-Timing",
    )
}

/// The answer to a preflight (Fetch standard, CORS protocol): any origin, no credentials.
fn preflight(incoming: &Incoming) -> Reply {
    Reply::empty(204)
        .header("access-control-allow-origin", "*")
        .header("access-control-allow-methods", "POST")
        .header(
            "access-control-allow-headers",
            // The star covers what client libraries add, but never `authorization`.
            "authorization, content-type, idempotency-key, x-neureus-surface, x-api-key, *",
        )
        .header("access-control-max-age", PREFLIGHT_S)
        .header("x-request-id", incoming.id.as_str())
}
