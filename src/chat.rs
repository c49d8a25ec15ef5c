//! `POST /ai/chat`: the way of a request, one step after the other.
//!
//! 1. Authenticate: find the key's tenant (401).
//! 2. Read the body (413, 415), scan it under the profiles that apply (422).
//! 3. Parse and validate it (400); a profile of its own is scanned for as well (422).
//! 4. Admit: the tenant's object confirms the key, recognises a repeat (409, or the same answer), and
//!    sets aside what the request may use of the limits (401, 402, 403, 429, 503).
//! 5. Call the backend (502, 503, 504), answer plain or as events.
//! 6. Settle what was used, or release the lease; record.
//!
//! An error before step 4 is given only to a caller whose key the object confirms: else it is 401.

use crate::auth::{self, Admitted, Refused};
use crate::call;
use crate::clock::now_ms;
use crate::gate::Gate;
use crate::incoming::Incoming;
use crate::lease::Hold;
use crate::relay;
use crate::reply::Reply;
use crate::trace::Trace;
use neureus_core::backend::Target;
use neureus_core::catalog::{Kind as ModelKind, Model};
use neureus_core::chat::answer::{self, Answer, Meta};
use neureus_core::chat::json::Json;
use neureus_core::chat::request::ChatRequest;
use neureus_core::chat::usage::{UsageSource, estimate_tokens};
use neureus_core::chat::{Invalid, openai, workers_ai};
use neureus_core::error::{ApiError, Code};
use neureus_core::id::TenantId;
use neureus_core::key::Kind;
use neureus_core::limit_headers;
use neureus_core::message::{Admit, Principal, Repeated, Want};
use neureus_core::profile::{Profile, Profiles, scan, scan_text};
use neureus_core::provision::WIDGET_MAX_TOKENS;
use neureus_core::repeat;
use neureus_core::role::Permission;
use serde_json::json;
use std::rc::Rc;

/// A request that was scanned and found valid.
struct Prepared<'a> {
    request: ChatRequest,
    model: &'a Model,
    /// The profiles the body was scanned under.
    scanned: Profiles,
}

/// Handles a chat; see the module for its steps and status codes.
pub(crate) async fn handle(
    gate: &Rc<Gate>,
    incoming: &Incoming,
    body_limit: usize,
    trace: &mut Trace,
) -> Result<Reply, ApiError> {
    let caller = auth::identify(gate, incoming, trace).await?;
    let body = incoming.body(body_limit).await;
    let prepare = |principal: &Principal| {
        let body = body.as_ref().map_err(ApiError::clone)?;
        prepare(gate, incoming, body, principal.profiles)
    };
    // What the object said last saves a call, unless the request is to be refused: then the object
    // is asked first, so that nobody is told of more than 401 whose key is no good any more.
    let (principal, prepared) = match caller.remembered.as_ref().map(|p| (p.clone(), prepare(p))) {
        Some((principal, Ok(prepared))) => (principal, prepared),
        _ => {
            let ask = caller.ask(Permission::CallModels, incoming, None);
            let principal = caller.confirm(gate, ask, trace).await?;
            let prepared = prepare(&principal).inspect_err(|error| {
                // What was refused may be the tag, and the metrics keep that.
                if error.code == Code::ValidationError {
                    trace.surface.clear();
                }
            })?;
            (principal, prepared)
        }
    };
    trace.streamed = prepared.request.stream;
    trace.model = prepared.model.id.clone();
    let key = idempotency_key(incoming, caller.kind)?;
    let bytes = body.as_deref().unwrap_or_default();
    let admit = Admit {
        ask: caller.ask(
            Permission::CallModels,
            incoming,
            Some(prepared.model.id.clone()),
        ),
        request: incoming.id.clone(),
        want: want(&prepared, caller.kind),
        repeat: key.map(|(api_key, key)| {
            repeat::identify(api_key, trace.route, prepared.scanned, key, bytes)
        }),
    };
    let (limits, answered) = match caller.admit(gate, incoming, admit, trace).await {
        Ok(Admitted::Now(principal, hold, limits)) => (
            limits,
            respond(gate, incoming, &prepared, bytes, &principal, hold, trace).await,
        ),
        Ok(Admitted::Before(principal, before, id)) => {
            let answered = rescan(&prepared, &principal, incoming, bytes)
                .and_then(|()| again(incoming, &caller.tenant, before, &id));
            (Vec::new(), answered)
        }
        Err(Refused { error, limits }) => (limits, Err(error)),
    };
    let reply = answered.unwrap_or_else(|error| Reply::error(&error));
    let headers = limit_headers::render(
        limits
            .iter()
            .filter(|limit| limit_headers::is_shown(limit, principal.kind)),
    );
    Ok(headers
        .into_iter()
        .fold(reply, |reply, (name, value)| reply.header(name, &value)))
}

/// The caller's API key and idempotency key, if it named one. A widget key's visitors share one key,
/// so theirs is not looked at.
fn idempotency_key(incoming: &Incoming, kind: Kind) -> Result<Option<(&str, &str)>, ApiError> {
    if kind == Kind::Widget {
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

/// How much of the limits a request may come to need.
fn want(prepared: &Prepared<'_>, kind: Kind) -> Want {
    let Prepared { request, model, .. } = prepared;
    let (input_price, output_price) = model.price.highest();
    Want {
        input_tokens: request.input_token_bound(),
        output_cap: request.max_tokens,
        output_most: output_cap(model, request.input_bytes(), kind),
        input_price,
        output_price,
    }
}

/// Steps 2 and 3 for a body that was read.
fn prepare<'a>(
    gate: &'a Gate,
    incoming: &Incoming,
    body: &[u8],
    profiles: Profiles,
) -> Result<Prepared<'a>, ApiError> {
    scan_all(profiles, incoming, body)?;
    let json = Json::parse_request(body)?;
    // A profile that the request asks for holds before anything else is said of its content.
    let asked = json
        .get("profile")
        .and_then(Json::as_str)
        .and_then(Profile::parse);
    let scanned = asked.map_or(profiles, |profile| profiles.with(profile));
    if scanned != profiles {
        scan_all(scanned, incoming, body)?;
    }
    let request = ChatRequest::from_json(json)?;
    let model = gate
        .catalog
        .find(&request.model)
        .filter(|model| model.kind == ModelKind::Chat)
        .ok_or_else(|| Invalid {
            path: "$.model".to_owned(),
            message: "There is no such chat model; GET /ai/models lists them".to_owned(),
        })?;
    Ok(Prepared {
        request,
        model,
        scanned,
    })
}

/// Scans the body, and the headers of the caller's own words that are stored or recorded.
fn scan_all(profiles: Profiles, incoming: &Incoming, body: &[u8]) -> Result<(), ApiError> {
    scan(profiles, body)?;
    scan_text(profiles, &incoming.idempotency_key)?;
    scan_text(profiles, &incoming.surface)
}

/// The object may know of profiles that the isolate did not: then the body is scanned again.
fn rescan(
    prepared: &Prepared<'_>,
    principal: &Principal,
    incoming: &Incoming,
    body: &[u8],
) -> Result<(), ApiError> {
    if prepared.scanned.covers(principal.profiles) {
        return Ok(());
    }
    scan_all(prepared.scanned.union(principal.profiles), incoming, body)
}

/// Step 5 for an admitted request. Whatever goes wrong before there is an answer costs nothing: the
/// lease is dropped, and thereby released.
async fn respond(
    gate: &Rc<Gate>,
    incoming: &Incoming,
    prepared: &Prepared<'_>,
    body: &[u8],
    principal: &Principal,
    mut hold: Hold,
    trace: &mut Trace,
) -> Result<Reply, ApiError> {
    rescan(prepared, principal, incoming, body)?;
    let Prepared {
        request,
        model,
        scanned,
    } = prepared;
    let target = gate
        .bindings
        .backends
        .target(model)
        .map_err(|why| ApiError::new(Code::UpstreamError, why.to_string()))?;
    trace.backend = target.name();
    let input_bytes = request.input_bytes();
    let cap = hold.lease.output_cap;
    let content = match &target {
        Target::OpenAi { model, .. } => openai::encode(
            request,
            &openai::Upstream {
                model,
                max_tokens: Some(cap),
            },
        ),
        Target::WorkersAi(_) => workers_ai::encode(request, Some(cap)),
    };
    let since_ms = now_ms();
    let shows_money = principal.kind == Kind::Standard;
    if request.stream {
        let priced = relay::Priced {
            model: (*model).clone(),
            input_estimate: estimate_tokens(input_bytes),
            shows_money,
        };
        let upstream = call::stream(gate, incoming, &target, &content, &hold).await?;
        return relay::start(gate, &upstream, priced, hold, since_ms, trace).await;
    }
    let whole = call::plain(gate, incoming, &target, &content, &hold).await?;
    trace.timed("upstream", since_ms);
    let answer = match target {
        Target::OpenAi { .. } => openai::parse(&whole)?,
        Target::WorkersAi(_) => workers_ai::parse(&whole)?,
    };
    let (usage, source) = answer
        .usage
        .or_estimate(estimate_tokens(input_bytes), answer.produced_bytes());
    trace.first_token_ms = now_ms().saturating_sub(trace.arrived_ms);
    let charge = trace.charge(model, usage, source, hold.lease.cost);
    let meta = Meta {
        log_id: &trace.request,
        model: &model.id,
        usage,
        estimated: source == UsageSource::Estimated,
        cached: false,
        cost: shows_money.then_some(trace.cost),
    };
    let keeps = !scanned.union(principal.profiles).is_regulated();
    let sealed = hold
        .repeat()
        .filter(|_| keeps)
        .and_then(|id| keep(incoming, hold.tenant(), id, &answer, &meta));
    hold.settle(charge, sealed);
    Ok(Reply::json(200, &answer::render(&answer, &meta)))
}

/// The answer as a repeat gets it, sealed. `None` where there is no randomness for it, or too much of it.
fn keep(
    incoming: &Incoming,
    tenant: &TenantId,
    id: &str,
    answer: &Answer,
    meta: &Meta<'_>,
) -> Option<String> {
    let api_key = auth::bearer(&incoming.authorization)?;
    let mut nonce = [0; 12];
    getrandom::fill(&mut nonce).ok()?;
    let kept = Meta {
        cached: true,
        ..*meta
    };
    repeat::seal(&answer::render(answer, &kept), api_key, tenant, id, nonce)
}

/// The largest output that the model, its context window and the kind of key allow, in tokens.
///
/// The input is taken at three bytes a token: more than most text has, so that input and output
/// together stay inside the window.
fn output_cap(model: &Model, input_bytes: u64, kind: Kind) -> u32 {
    let input = u32::try_from(input_bytes.div_ceil(3)).unwrap_or(u32::MAX);
    let room = model.context_window.saturating_sub(input).max(1);
    let cap = model.max_output.min(room);
    if kind == Kind::Widget {
        cap.min(WIDGET_MAX_TOKENS)
    } else {
        cap
    }
}
