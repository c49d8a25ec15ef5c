//! What happens to every request, whichever module it is for: its route, its record, the headers that
//! every answer has.

use crate::clock;
use crate::gate::Gate;
use crate::glue::Exchange;
use crate::incoming::Incoming;
use crate::reply::Reply;
use crate::task;
use crate::trace::Trace;
use neureus_core::chat::end::Outcome;
use neureus_core::chat::surface::Surface;
use neureus_core::error::{ApiError, Code};
use neureus_core::route::{self, Access, Match, Params, Route};
use std::rc::Rc;
use worker::wasm_bindgen::JsValue;
use worker::{Env, web_sys};

/// How long a browser may remember a preflight, in seconds.
const PREFLIGHT_S: &str = "86400";

/// A request on its way to its handler.
pub struct Asked<'a> {
    /// What the isolate keeps.
    pub gate: &'a Rc<Gate>,
    /// The request.
    pub incoming: &'a Incoming,
    /// The row of the table that it fits.
    pub route: &'static Route,
    /// The values of the path's `:` segments, in order.
    pub params: Params<'a>,
}

/// Begins to answer a request by one of these routes: `dispatch` finds its handler, and `answer` is called
/// with the response.
pub fn handle(
    request: web_sys::Request,
    env: &Env,
    context: JsValue,
    answer: JsValue,
    routes: &'static [Route],
    dispatch: impl AsyncFnOnce(&Asked<'_>, &mut Trace) -> Result<Reply, ApiError> + 'static,
) {
    clock::advance();
    let exchange = Exchange::new(request, context, answer);
    match Gate::of(env) {
        Ok(gate) => task::spawn(async move {
            let incoming = Incoming::read(exchange);
            let reply = respond(&gate, &incoming, routes, dispatch).await;
            reply.send(&incoming.exchange);
        }),
        Err(cause) => {
            worker::console_error!("{}", cause);
            Reply::error(&ApiError::internal(), Surface::Native).send(&exchange);
        }
    }
}

async fn respond(
    gate: &Rc<Gate>,
    incoming: &Incoming,
    routes: &'static [Route],
    dispatch: impl AsyncFnOnce(&Asked<'_>, &mut Trace) -> Result<Reply, ApiError>,
) -> Reply {
    let mut trace = Trace::of(incoming);
    let found = match route::find(routes, &incoming.method, &incoming.path) {
        Match::Found(route, params) => Ok(Asked {
            gate,
            incoming,
            route,
            params,
        }),
        Match::Preflight(_) => return preflight(incoming),
        Match::WrongMethod(_) if is_hidden(gate, &incoming.path) => Err(no_such_path()),
        Match::WrongMethod(allow) => Err(ApiError::method_not_allowed(&allow)),
        Match::NotFound => Err(no_such_path()),
    };
    let answered = match found {
        Ok(asked) => {
            if asked.route.access != Access::Public {
                trace.route = asked.route.path;
            }
            dispatch(&asked, &mut trace).await
        }
        Err(error) => Err(error),
    };
    let mut reply = answered.unwrap_or_else(|error| Reply::error(&error, incoming.api));
    if !reply.streamed && !trace.route.is_empty() {
        gate.ended(&trace, reply.status, outcome(incoming, reply.status));
    }
    if !trace.route.is_empty() {
        gate.await_interval(&incoming.exchange);
    }
    if reply.status >= 500 {
        worker::console_error!("{} answered {}", incoming.id, reply.status);
    }
    let timing = trace.server_timing();
    if !timing.is_empty() {
        reply = reply.header("server-timing", &timing);
    }
    if route::is_cross_origin(routes, &incoming.path) {
        reply = shared(reply);
    }
    if incoming.method == "HEAD" {
        reply = reply.without_body();
    }
    reply.header("x-request-id", incoming.id.as_str())
}

/// Whether a path does not exist because the deployment has no operator token.
fn is_hidden(gate: &Gate, path: &str) -> bool {
    gate.bindings.operator_token.is_empty() && path.starts_with("/operator/")
}

/// The one 404 for paths.
#[must_use]
pub fn no_such_path() -> ApiError {
    ApiError::new(Code::NotFound, "There is no such path")
}

/// How a request that was answered at once ended. A caller that has left stops the backend's call,
/// which then fails: the failure is the caller's leaving.
#[must_use]
pub fn outcome(incoming: &Incoming, status: u16) -> Outcome {
    match Code::ALL.into_iter().find(|code| code.status() == status) {
        Some(Code::UpstreamError) if incoming.exchange.left() => Outcome::Cancelled,
        Some(code) => Outcome::Failed(code),
        None => Outcome::Complete,
    }
}

/// Lets pages of any origin read an answer. There are no cookies here: whoever shows a key may know
/// what it is answered, and the key decides which origins it serves.
fn shared(reply: Reply) -> Reply {
    reply.usual("access-control-allow-origin", "*").usual(
        "access-control-expose-headers",
        "Retry-After, retry-after-ms, x-should-retry, x-request-id, RateLimit, RateLimit-Policy, Server-Timing, \
         x-neureus-model, x-neureus-route, x-neureus-backend, x-neureus-attempts, x-neureus-fallback, x-neureus-key",
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
