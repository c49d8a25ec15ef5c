//! `POST /v1/messages/count_tokens`: about how many input tokens a message has.

use crate::auto;
use crate::{prepared, scanned, way};
use neureus_core::catalog::Kind;
use neureus_core::chat::anthropic_request;
use neureus_core::error::ApiError;
use neureus_shell::auth;
use neureus_shell::gate::Gate;
use neureus_shell::incoming::Incoming;
use neureus_shell::reply::Reply;
use neureus_shell::trace::Trace;

/// Counts, without asking a backend: nothing leaves, and nothing is charged.
///
/// 1. Authenticate and confirm the key (401, 403, 503).
/// 2. Read the body (413, 415), scan it (422) as the message itself will be, parse and validate it (400),
///    also its model.
/// 3. 200 with the estimate, and what it can be at most.
pub(crate) async fn count(
    gate: &Gate,
    incoming: &Incoming,
    body_limit: usize,
    trace: &mut Trace,
) -> Result<Reply, ApiError> {
    let caller = auth::identify(gate, incoming, trace).await?;
    let ask = caller.ask(way::needs(false, caller.kind), incoming, None);
    let principal = caller.confirm(gate, ask, trace).await?;
    let body = incoming.body(body_limit).await?;
    let (json, _) = scanned::read(incoming, &body, &principal)
        .inspect_err(|error| scanned::forget_tag(error, trace))?;
    let request = anthropic_request::to_count(json)?;
    if !auto::is_asked(gate, &request.model)? {
        prepared::model_of(gate, Kind::Chat, &request.model)?;
    }
    let (estimate, bound) = (request.input_tokens(), request.input_token_bound());
    let body = format!(r#"{{"input_tokens":{estimate},"estimated":true,"at_most":{bound}}}"#);
    Ok(Reply::json(200, body.as_bytes()))
}
