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
use crate::{auto, chat, embeddings};
use neureus_core::backend::NoBackend;
use neureus_core::catalog::{Kind as ModelKind, Model};
use neureus_core::chat::json::Json;
use neureus_core::chat::request::ChatRequest;
use neureus_core::chat::surface::Surface;
use neureus_core::chat::{Invalid, fit};
use neureus_core::embedding;
use neureus_core::error::{ApiError, Code};
use neureus_core::fallback::{self, Candidate, Terms};
use neureus_core::id::TenantId;
use neureus_core::key::Kind;
use neureus_core::limit_headers;
use neureus_core::message::{Admit, OwnKeys, Principal, Repeated, Want};
use neureus_core::profile::{Profile, Profiles};
use neureus_core::provider_key::Provider;
use neureus_core::provision::WIDGET_MAX_TOKENS;
use neureus_core::repeat;
use neureus_core::role::Permission;
use neureus_core::scan::Pattern;
use neureus_core::scan::{Rules, stage};
use neureus_core::texts::Texts;
use neureus_core::vault::Lent;
use neureus_core::visitor::Visitor;
use neureus_shell::auth;
use neureus_shell::gate::Gate;
use neureus_shell::incoming::Incoming;
use neureus_shell::reply::Reply;
use neureus_shell::server;
use neureus_shell::trace::Trace;
use serde_json::json;
use std::rc::Rc;

/// What is asked of a model.
pub(crate) enum Asked {
    Chat(Box<ChatRequest>),
    Embeddings(embedding::Request),
}

/// A request that was scanned and found valid.
pub(crate) struct Prepared<'a> {
    asked: Asked,
    model: &'a Model,
    /// Why it was chosen, where the gateway chose it.
    route: Option<String>,
    /// Where it goes, if the deployment has a backend for it.
    candidate: Result<Candidate<'a>, NoBackend>,
    /// Who might answer instead.
    others: Vec<Candidate<'a>>,
    /// The providers that the tenant has keys of its own for, as the isolate knew.
    own: Vec<Provider>,
    /// The profiles the body was scanned under.
    pub(crate) scanned: Profiles,
    /// The tenant's patterns that it was scanned for.
    patterns: Vec<Pattern>,
}

impl Prepared<'_> {
    fn candidates(&self) -> impl Iterator<Item = &Candidate<'_>> {
        self.candidate.iter().chain(&self.others)
    }

    /// What the tenant's object is told of the tenant's own provider keys: nothing where there are none.
    fn own_keys(&self) -> Option<OwnKeys> {
        if self.own.is_empty() {
            return None;
        }
        let needed = |provider: &Provider| {
            let mut own = self.candidates().filter_map(|it| it.target.own());
            own.any(|it| it == *provider)
        };
        Some(OwnKeys {
            known: self.own.clone(),
            needed: self.own.iter().copied().filter(needed).collect(),
            pays: self
                .candidate
                .as_ref()
                .is_ok_and(|it| it.target.own().is_some()),
        })
    }

    /// Opens the tenant's own provider keys, where the models are called with them. A fallback whose key does
    /// not open is none.
    ///
    /// # Errors
    /// 503 when that of the model that was asked for does not: it is never called with another.
    fn unlock(
        &mut self,
        gate: &Gate,
        tenant: &TenantId,
        lent: Option<&Lent>,
    ) -> Result<(), ApiError> {
        if self.own.is_empty() {
            return Ok(());
        }
        let opened = lent.map(|lent| lent.open(&gate.bindings.masters, tenant));
        let opened = opened.unwrap_or_default();
        self.others.retain_mut(|other| other.target.unlock(&opened));
        let Ok(candidate) = &mut self.candidate else {
            return Ok(());
        };
        if candidate.target.unlock(&opened) {
            return Ok(());
        }
        let name = candidate.target.name;
        worker::console_error!("{}: the own key for {} does not open", tenant, name);
        Err(ApiError::overloaded(
            &format!(
                "Your organisation's own key for {name} cannot be opened by this deployment; its operator has to \
                 restore the master key, or the key has to be set again"
            ),
            60,
        ))
    }
}

/// What step 5 works with.
pub(crate) struct Job<'a> {
    pub(crate) gate: &'a Rc<Gate>,
    pub(crate) incoming: &'a Incoming,
    /// The body that was read.
    pub(crate) body: &'a [u8],
    /// Who may be asked: first the model that was, then those that may answer instead.
    pub(crate) candidates: Vec<&'a Candidate<'a>>,
    pub(crate) principal: &'a Principal,
    pub(crate) tenant: &'a TenantId,
    /// Every profile that applies.
    pub(crate) profiles: Profiles,
}

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
        let prepared = prepare(gate, incoming, kind, body, principal)?;
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
                let prepared = prepare(&principal).inspect_err(|error| forget_tag(error, trace))?;
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
        want: want(prepared, caller.kind),
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
            let answered = rescan(&prepared, &principal, incoming, bytes)
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
    let reply = headers
        .into_iter()
        .fold(reply, |reply, (name, value)| reply.header(name, &value));
    Ok(told(reply, &prepared, trace))
}

/// The headers that say which model was called, where, how often, and why. What a repeat was answered with
/// is not known here.
fn told(reply: Reply, prepared: &Prepared<'_>, trace: &Trace) -> Reply {
    if trace.backend.is_empty() {
        return reply;
    }
    let mut reply = reply
        .header("x-neureus-model", &trace.model)
        .header("x-neureus-backend", trace.backend);
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

/// How much of the limits a request may come to need.
fn want(prepared: &Prepared<'_>, kind: Kind) -> Want {
    let price = |writes_cache| match &prepared.candidate {
        Ok(candidate) => candidate.price(writes_cache),
        Err(_) => prepared.model.price.highest(writes_cache),
    };
    match &prepared.asked {
        Asked::Chat(request) => {
            let (input_price, output_price) = price(request.writes_cache);
            let mut want = Want {
                input_tokens: request.input_token_bound(),
                output_cap: request.max_tokens,
                output_most: output_cap(prepared.model, request.input_bytes(), kind),
                input_price,
                output_price,
                ..Want::default()
            };
            fallback::price_in(&mut want, &prepared.others, request.writes_cache);
            want
        }
        Asked::Embeddings(request) => {
            let (input_price, output_price) = price(false);
            Want {
                input_tokens: request.input_token_bound(),
                output_cap: Some(0),
                input_price,
                output_price,
                ..Want::default()
            }
        }
    }
}

/// Steps 2 and 3 for a body that was read.
fn prepare<'a>(
    gate: &'a Gate,
    incoming: &Incoming,
    kind: ModelKind,
    body: &[u8],
    principal: &Principal,
) -> Result<Prepared<'a>, ApiError> {
    let api = incoming.api;
    let (json, scanned) = scanned(incoming, body, principal)?;
    let asked = match kind {
        ModelKind::Chat => Asked::Chat(Box::new(api.read(json)?)),
        ModelKind::Embedding => Asked::Embeddings(embedding::Request::from_json(json)?),
    };
    let name = match &asked {
        Asked::Chat(request) => &request.model,
        Asked::Embeddings(request) => &request.model,
    };
    let (model, route) = match &asked {
        Asked::Chat(request) if auto::is_asked(gate, name)? => {
            auto::choose(gate, api, request, (&principal.models, &principal.own))?
        }
        _ => (model_of(gate, kind, name)?, None),
    };
    let backends = &gate.bindings.backends;
    let mut others = Vec::new();
    let mut candidate = backends
        .target(model, &principal.own)
        .map(|target| Candidate {
            model,
            target,
            output_most: model.max_output,
        });
    if let (Asked::Chat(request), Ok(candidate)) = (&asked, &mut candidate) {
        if backends.is_described(&candidate.target) {
            fit::model(request, model)?;
        }
        fit::dialect(request, api, candidate.target.dialect)?;
        candidate.output_most = output_cap(model, request.input_bytes(), principal.kind);
        if gate.bindings.resilience.fallbacks > 0 && incoming.may_fall_back {
            let known = (gate.catalog()?, backends, principal.own.as_slice());
            others = fallback::candidates(candidate, request, api, known, |model| {
                output_cap(model, request.input_bytes(), principal.kind)
            });
        }
    }
    Ok(Prepared {
        asked,
        model,
        route,
        candidate,
        others,
        own: principal.own.clone(),
        scanned,
        patterns: principal.patterns.clone(),
    })
}

/// The model of this kind with this name; the default one for none.
pub(crate) fn model_of<'a>(
    gate: &'a Gate,
    kind: ModelKind,
    name: &str,
) -> Result<&'a Model, ApiError> {
    let catalog = gate.catalog()?;
    let name = match (name, kind) {
        ("", ModelKind::Chat) => &catalog.default,
        ("", ModelKind::Embedding) => &catalog.default_embedding,
        (name, _) => name,
    };
    if let Some(model) = catalog.find(name).filter(|model| model.kind == kind) {
        return Ok(model);
    }
    let near = catalog.near(name, kind);
    let what = match kind {
        ModelKind::Chat => "chat model",
        ModelKind::Embedding => "embedding model",
    };
    let mut message = format!("There is no such {what}; GET /ai/models lists them");
    if !near.is_empty() {
        message = format!("{message}. Did you mean {}?", near.join(" or "));
    }
    Err(ApiError::invalid(Invalid {
        path: "$.model".to_owned(),
        message,
    }))
}

/// Reads a body and scans it under the profiles of its tenant, its key and its own.
///
/// # Errors
/// 422 for what was found, 400 for what cannot be scanned or is not JSON.
pub(crate) fn scanned<'b>(
    incoming: &Incoming,
    body: &'b [u8],
    principal: &Principal,
) -> Result<(Json<'b>, Profiles), ApiError> {
    let (profiles, patterns) = (principal.profiles, principal.patterns.as_slice());
    scan_all(Rules { profiles, patterns }, incoming, body)?;
    let json = Json::parse_request(body)?;
    // A profile that the request asks for holds before anything else is said of its content.
    let asked = json
        .get("profile")
        .and_then(Json::as_str)
        .and_then(Profile::parse);
    let scanned = asked.map_or(profiles, |profile| profiles.with(profile));
    if scanned != profiles {
        let profiles = scanned;
        scan_all(Rules { profiles, patterns }, incoming, body)?;
    }
    Ok((json, scanned))
}

/// What was refused may be the tag, and the metrics keep that.
pub(crate) fn forget_tag(error: &ApiError, trace: &mut Trace) {
    if error.code == Code::ValidationError {
        trace.surface.clear();
    }
}

/// Scans the body, and the headers of the caller's own words that are stored or recorded.
fn scan_all(rules: Rules<'_>, incoming: &Incoming, body: &[u8]) -> Result<(), ApiError> {
    stage::check(rules, body)?;
    stage::check_text(rules, &incoming.idempotency_key)?;
    stage::check_text(rules, &incoming.surface)
}

/// The object may know of profiles and patterns that the isolate did not: then the body is scanned again.
fn rescan(
    prepared: &Prepared<'_>,
    principal: &Principal,
    incoming: &Incoming,
    body: &[u8],
) -> Result<(), ApiError> {
    let patterns = principal.patterns.as_slice();
    if prepared.scanned.covers(principal.profiles) && prepared.patterns == patterns {
        return Ok(());
    }
    let profiles = prepared.scanned.union(principal.profiles);
    scan_all(Rules { profiles, patterns }, incoming, body)
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
    rescan(prepared, principal, incoming, body)?;
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
