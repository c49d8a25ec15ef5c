//! A request that was scanned and found valid: which model it asks for, who might answer, what it may need.

use crate::auto;
use crate::scanned;
use neureus_core::backend::NoBackend;
use neureus_core::catalog::{Kind as ModelKind, Model};
use neureus_core::chat::request::ChatRequest;
use neureus_core::chat::{Invalid, fit};
use neureus_core::embedding;
use neureus_core::error::ApiError;
use neureus_core::fallback::{self, Candidate};
use neureus_core::id::TenantId;
use neureus_core::key::Kind;
use neureus_core::message::{OwnKeys, Principal, Want};
use neureus_core::profile::Profiles;
use neureus_core::provider_key::Provider;
use neureus_core::provision::WIDGET_MAX_TOKENS;
use neureus_core::scan::Pattern;
use neureus_core::scan::Rules;
use neureus_core::vault::Lent;
use neureus_shell::gate::Gate;
use neureus_shell::incoming::Incoming;

/// What is asked of a model.
pub(crate) enum Asked {
    Chat(Box<ChatRequest>),
    Embeddings(embedding::Request),
}

/// A request that was scanned and found valid.
pub(crate) struct Prepared<'a> {
    pub(crate) asked: Asked,
    pub(crate) model: &'a Model,
    /// Why it was chosen, where the gateway chose it.
    pub(crate) route: Option<String>,
    /// Where it goes, if the deployment has a backend for it.
    pub(crate) candidate: Result<Candidate<'a>, NoBackend>,
    /// Who might answer instead.
    pub(crate) others: Vec<Candidate<'a>>,
    /// The providers that the tenant has keys of its own for, as the isolate knew.
    own: Vec<Provider>,
    /// The profiles the body was scanned under.
    pub(crate) scanned: Profiles,
    /// The tenant's patterns that it was scanned for.
    pub(crate) patterns: Vec<Pattern>,
}

impl Prepared<'_> {
    pub(crate) fn candidates(&self) -> impl Iterator<Item = &Candidate<'_>> {
        self.candidate.iter().chain(&self.others)
    }

    /// What the tenant's object is told of the tenant's own provider keys: nothing where there are none.
    pub(crate) fn own_keys(&self) -> Option<OwnKeys> {
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
    pub(crate) fn unlock(
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

/// How much of the limits a request may come to need.
pub(crate) fn want(prepared: &Prepared<'_>, kind: Kind) -> Want {
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

/// Scans, parses and validates a body that was read.
pub(crate) fn prepare<'a>(
    gate: &'a Gate,
    incoming: &Incoming,
    kind: ModelKind,
    body: &[u8],
    principal: &Principal,
) -> Result<Prepared<'a>, ApiError> {
    let api = incoming.api;
    let (json, scanned) = scanned::read(incoming, body, principal)?;
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

/// The object may know of profiles and patterns that the isolate did not: then the body is scanned again.
pub(crate) fn rescan(
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
    scanned::scan_all(Rules { profiles, patterns }, incoming, body)
}
