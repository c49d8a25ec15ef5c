//! The one way of a request that calls a model, one step after the other, whatever API it came through.
//!
//! 1. Authenticate: find the key's tenant (401).
//! 2. Read the body (413, 415), scan it under the profiles that apply (422).
//! 3. Parse and validate it (400); a profile of its own is scanned for as well (422). Choose the backend.
//! 4. Admit: the tenant's object confirms the key, recognises a repeat (409, or the same answer), and
//!    sets aside what the request may use of the limits (401, 402, 403, 429, 503).
//! 5. Call the backend (502, 503, 504), answer plain or as events: [`crate::chat`], [`crate::embeddings`].
//! 6. Settle what was used, or release the lease; record.
//!
//! An error before step 4 is given only to a caller whose key the object confirms: else it is 401.

use crate::admission::{self, Admitted, Granted, Refused};
use crate::job::Job;
use crate::prepared::{self, Asked, Prepared};
use crate::scanned;
use crate::{chat, embeddings};
use neureus_core::catalog::Kind as ModelKind;
use neureus_core::chat::surface::Surface;
use neureus_core::error::{ApiError, Code};
use neureus_core::fallback::Terms;
use neureus_core::id::TenantId;
use neureus_core::key::Kind;
use neureus_core::limit_headers;
use neureus_core::message::{Admit, Principal, Repeated};
use neureus_core::repeat;
use neureus_core::role::Permission;
use neureus_core::texts::Texts;
use neureus_core::visitor::Visitor;
use neureus_shell::auth;
use neureus_shell::gate::Gate;
use neureus_shell::incoming::Incoming;
use neureus_shell::reply::Reply;
use neureus_shell::server;
use neureus_shell::trace::Trace;
use serde_json::json;
use std::rc::Rc;

/// Handles a request of this kind; see the module for its steps and status codes.
pub(crate) async fn handle(
    gate: &Rc<Gate>,
    incoming: &Incoming,
    body_limit: usize,
    kind: ModelKind,
    trace: &mut Trace,
) -> Result<Reply, ApiError> {
    let caller = auth::identify(gate, incoming, trace).await?;
    let needs = needs(kind == ModelKind::Chat, caller.kind);
    let body = incoming.body(body_limit).await;
    let prepare = |principal: &Principal| -> Result<_, ApiError> {
        let body = body.as_ref().map_err(ApiError::clone)?;
        let prepared = prepared::prepare(gate, incoming, kind, body, principal)?;
        Ok((prepared, idempotency_key(incoming, kind, caller.kind)?))
    };
    // What the object said last saves a call, unless the request is to be refused: then the object
    // is asked first, so that nobody is told of more than 401 whose key is no good any more.
    let (mut principal, (mut prepared, key)) =
        match caller.remembered.as_ref().map(|p| (p.clone(), prepare(p))) {
            Some((principal, Ok(prepared))) => (principal, prepared),
            _ => {
                let ask = caller.ask(needs, incoming, None);
                let principal = caller.confirm(gate, ask, trace).await?;
                let prepared =
                    prepare(&principal).inspect_err(|error| scanned::forget_tag(error, trace))?;
                (principal, prepared)
            }
        };
    trace.streamed = matches!(&prepared.asked, Asked::Chat(request) if request.stream);
    trace.model = prepared.model.id.clone();
    let bytes = body.as_deref().unwrap_or_default();
    let route = trace.route;
    let admit = |prepared: &Prepared<'_>| Admit {
        ask: caller.ask(needs, incoming, Some(prepared.model.id.clone())),
        request: incoming.id.clone(),
        want: prepared::want(prepared, caller.kind),
        repeat: key
            .map(|(api_key, key)| repeat::identify(api_key, route, prepared.scanned, key, bytes)),
        own: prepared.own_keys(),
        visitor: (caller.kind == Kind::Widget).then(|| Visitor::of(&caller.hash, &incoming.client)),
    };
    let mut admitted = admission::admit(&caller, gate, incoming, admit(&prepared), trace).await;
    let chosen = prepared.route.is_some();
    let is_anew =
        |refused: &Refused| refused.outdated || chosen && refused.error.code == Code::Forbidden;
    if admitted.as_ref().is_err_and(is_anew) {
        // The key may call other models than the isolate remembers, or other providers with keys of the
        // tenant's own: the choice is made anew.
        let ask = caller.ask(needs, incoming, None);
        principal = caller.confirm(gate, ask, trace).await?;
        (prepared, _) = prepare(&principal)?;
        trace.model = prepared.model.id.clone();
        admitted = admission::admit(&caller, gate, incoming, admit(&prepared), trace).await;
    }
    let (limits, answered) = match admitted {
        Ok(Admitted::Now(mut granted)) => {
            let answered = match prepared.unlock(gate, &caller.tenant, granted.own.as_ref()) {
                Ok(()) => {
                    let lent = &mut granted;
                    respond(
                        gate,
                        (incoming, &caller.tenant),
                        &prepared,
                        bytes,
                        lent,
                        trace,
                    )
                    .await
                }
                Err(error) => Err(error),
            };
            if let Err(error) = &answered {
                let status = error.code.status();
                let went = trace.went(status, server::outcome(incoming, status));
                granted.hold.release(went);
            }
            (granted.limits, answered)
        }
        Ok(Admitted::Before(principal, before, id)) => {
            let answered = prepared::rescan(&prepared, &principal, incoming, bytes)
                .and_then(|()| again(incoming, &caller.tenant, before, &id));
            (Vec::new(), answered)
        }
        Err(Refused { error, limits, .. }) => (limits, Err(error)),
    };
    let reply = answered.unwrap_or_else(|error| Reply::error(&error, incoming.api));
    let headers = limit_headers::render(
        limits
            .iter()
            .filter(|limit| limit_headers::is_shown(limit, principal.kind)),
    );
    let reply = headers.into_iter().fold(reply, |reply, (name, value)| {
        if limit_headers::is_policy(name) {
            reply.usual(name, &value)
        } else {
            reply.header(name, &value)
        }
    });
    Ok(told(reply, &prepared, trace))
}

/// The headers that say which model was called, where, how often, and why. What a repeat was answered with
/// is not known here.
fn told(reply: Reply, prepared: &Prepared<'_>, trace: &Trace) -> Reply {
    if trace.backend.is_empty() {
        return reply;
    }
    let mut reply = reply
        .usual("x-neureus-model", &trace.model)
        .usual("x-neureus-backend", trace.backend);
    if let Some(route) = &prepared.route {
        reply = reply.header("x-neureus-route", route);
    }
    if trace.own_key {
        reply = reply.header("x-neureus-key", "own");
    }
    if trace.attempts > 1 {
        reply = reply.header("x-neureus-attempts", &trace.attempts.to_string());
    }
    if !trace.fallback.is_empty() {
        reply = reply.header("x-neureus-fallback", trace.fallback);
    }
    reply
}

/// The permission for a chat, or for what else is asked of models. A widget key may only chat: for anything
/// else it would need one that it never has.
pub(crate) fn needs(is_chat: bool, kind: Kind) -> Permission {
    match (is_chat, kind) {
        (false, Kind::Widget) => Permission::Read,
        _ => Permission::CallModels,
    }
}

/// The caller's API key and idempotency key, if it named one. A widget key's visitors share one key,
/// so theirs is not looked at; neither is one that comes with something else than a chat, or through
/// Anthropic's API, which has none.
fn idempotency_key(
    incoming: &Incoming,
    of: ModelKind,
    kind: Kind,
) -> Result<Option<(&str, &str)>, ApiError> {
    if kind == Kind::Widget || of != ModelKind::Chat || incoming.api == Surface::Anthropic {
        return Ok(None);
    }
    let key = repeat::parse_key(&incoming.idempotency_key)?;
    Ok(auth::bearer(&incoming.authorization).zip(key))
}

/// What a repeat is answered.
fn again(
    incoming: &Incoming,
    tenant: &TenantId,
    before: Repeated,
    id: &str,
) -> Result<Reply, ApiError> {
    let conflict = |message: &str| ApiError::new(Code::Conflict, message);
    match before {
        Repeated::Answer(sealed) => {
            let api_key = auth::bearer(&incoming.authorization).unwrap_or_default();
            let answer = repeat::open(&sealed, api_key, tenant, id);
            let answer = answer.ok_or_else(ApiError::internal)?;
            Ok(Reply::json(200, &answer).header("idempotent-replayed", "true"))
        }
        Repeated::Running => Err(conflict("A request with this Idempotency-Key is running")
            .with_header("Retry-After", "1")),
        Repeated::OtherBody => Err(conflict(
            "This Idempotency-Key was used for a request with another body",
        )
        .with_header("x-should-retry", "false")),
        Repeated::NotKept(request) => Err(conflict(
            "A request with this Idempotency-Key has finished, and its answer was not kept",
        )
        .with_details(json!({ "logId": request }))
        .with_header("x-should-retry", "false")),
    }
}

/// Step 5 for an admitted request. Whatever goes wrong before there is an answer costs nothing: the
/// lease is dropped, and thereby released.
async fn respond(
    gate: &Rc<Gate>,
    (incoming, tenant): (&Incoming, &TenantId),
    prepared: &Prepared<'_>,
    body: &[u8],
    granted: &mut Granted,
    trace: &mut Trace,
) -> Result<Reply, ApiError> {
    let Granted {
        principal, hold, ..
    } = granted;
    prepared::rescan(prepared, principal, incoming, body)?;
    let candidate = prepared
        .candidate
        .as_ref()
        .map_err(|why| ApiError::new(Code::UpstreamError, why.to_string()))?;
    let profiles = prepared.scanned.union(principal.profiles);
    if let (Asked::Chat(request), true) = (&prepared.asked, principal.texts)
        && !profiles.is_regulated()
    {
        hold.keep(Texts::asked(request));
    }
    let mut candidates = vec![candidate];
    if let (Asked::Chat(request), false) = (&prepared.asked, prepared.others.is_empty()) {
        let terms = Terms {
            lease: &hold.lease,
            models: &principal.models,
            regulated: profiles.is_regulated(),
            writes_cache: request.writes_cache,
        };
        let others = prepared.others.iter();
        candidates.extend(others.filter(|it| terms.allow(prepared.model, it)));
    }
    let job = Job {
        gate,
        incoming,
        body,
        candidates,
        principal,
        tenant,
        profiles,
    };
    match &prepared.asked {
        Asked::Chat(request) => chat::respond(&job, request, hold, trace).await,
        Asked::Embeddings(request) => embeddings::respond(&job, request, hold, trace).await,
    }
}
