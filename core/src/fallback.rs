//! Which other models may answer a chat in place of the one that was asked for.
//!
//! A fallback may change the model, and nothing else: it can do all that the request needs, its answer may be
//! as long, what it may cost at most is set aside, the key may call it, and under a regulated profile the
//! provider stays the same. It is called with the tenant's own key where there is one for its provider, else with
//! the deployment's, at the catalog's price. Embeddings have none: vectors of two models cannot be compared.
//!
//! In scope: the choice. Out of scope: when one is asked ([`crate::resilience`]).

use crate::backend::{Settings, Target};
use crate::catalog::{Catalog, Kind, Model};
use crate::chat::fit;
use crate::chat::request::ChatRequest;
use crate::chat::surface::Surface;
use crate::lease::{Lease, Want};
use crate::money::NanoUsd;
use crate::provider_key::Provider;

/// An answer that nobody limited has at least so much room, in tokens, or it would be cut short.
const ROOM: u32 = 256;

/// A model that may answer, and where.
#[derive(Clone, PartialEq)]
pub struct Candidate<'a> {
    /// The model.
    pub model: &'a Model,
    /// Where it is called.
    pub target: Target<'a>,
    /// The most output tokens that it and the kind of key allow for this request.
    pub output_most: u32,
}

/// The models that could answer this chat instead of `asked`, the best first. `output_most` says how long
/// an answer of a model may be.
pub fn candidates<'a>(
    asked: &Candidate<'_>,
    request: &ChatRequest,
    surface: Surface,
    (catalog, settings, own): (&'a Catalog, &'a Settings, &[Provider]),
    output_most: impl Fn(&Model) -> u32,
) -> Vec<Candidate<'a>> {
    let mut found: Vec<Candidate<'a>> = Vec::new();
    for id in &asked.model.fallbacks {
        let Some(model) = catalog.models.iter().find(|model| model.id == *id) else {
            continue;
        };
        let Ok(target) = settings.target(model, own) else {
            continue;
        };
        let candidate = Candidate {
            model,
            output_most: output_most(model),
            target,
        };
        let same = |other: &Candidate<'_>| other.target == candidate.target;
        let needed = request.max_tokens.unwrap_or(ROOM.min(asked.output_most));
        if model.kind == Kind::Chat
            && needed <= candidate.output_most
            && !same(asked)
            && !found.iter().any(same)
            && fits(&candidate, request, surface, settings)
        {
            found.push(candidate);
        }
    }
    found
}

/// Whether model and backend can do what the request needs.
fn fits(
    candidate: &Candidate<'_>,
    request: &ChatRequest,
    surface: Surface,
    settings: &Settings,
) -> bool {
    let able =
        !settings.is_described(&candidate.target) || fit::model(request, candidate.model).is_ok();
    able && fit::dialect(request, surface, candidate.target.dialect).is_ok()
}

/// What has to hold of an admitted request for a fallback to be asked.
#[derive(Clone, Copy, Debug)]
pub struct Terms<'a> {
    /// What was set aside.
    pub lease: &'a Lease,
    /// The models that the key may call; empty is all.
    pub models: &'a [String],
    /// Whether a regulated profile applies.
    pub regulated: bool,
    /// Whether the request writes to the provider's cache, which has a price of its own.
    pub writes_cache: bool,
}

impl Terms<'_> {
    /// Whether `other` may be asked in place of `asked`.
    #[must_use]
    pub fn allow(&self, asked: &Model, other: &Candidate<'_>) -> bool {
        let listed = self.models.is_empty() || self.models.contains(&other.model.id);
        let at_home = !self.regulated || asked.backend == other.model.backend;
        listed && at_home && other.most(self.lease, self.writes_cache) <= self.lease.cost
    }
}

impl Candidate<'_> {
    /// What its answer may be charged at most: within what was set aside, which may be for a dearer one.
    #[must_use]
    pub fn bound(&self, lease: &Lease, writes_cache: bool) -> NanoUsd {
        self.most(lease, writes_cache).min(lease.cost)
    }

    /// Nano-USD per million input and output tokens, at the dearest rate that may apply: nothing where the
    /// tenant pays the provider itself.
    #[must_use]
    pub fn price(&self, writes_cache: bool) -> (u64, u64) {
        match self.target.own() {
            Some(_) => (0, 0),
            None => self.model.price.highest(writes_cache),
        }
    }

    /// What its answer may cost at most.
    fn most(&self, lease: &Lease, writes_cache: bool) -> NanoUsd {
        let (input_price, output_price) = self.price(writes_cache);
        NanoUsd(crate::ledger::price(
            (lease.input_tokens, input_price),
            (lease.output_cap.min(self.output_most), output_price),
        ))
    }
}

/// Has the dearest of these priced in: what it costs more is set aside if there is room for it.
pub fn price_in(want: &mut Want, others: &[Candidate<'_>], writes_cache: bool) {
    for other in others {
        let (input, output) = other.price(writes_cache);
        want.dearest_input = want.dearest_input.max(input);
        want.dearest_output = want.dearest_output.max(output);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::backend::Setting;
    use crate::catalog::SHIPPED;
    use crate::chat::json::Json;
    use crate::id::{KeyId, RequestId};

    fn catalog() -> Catalog {
        Catalog::parse(SHIPPED).unwrap()
    }

    fn settings() -> Settings {
        Settings {
            openai_key: Setting::from("sk-1".to_owned()),
            anthropic_key: Setting::from("sk-2".to_owned()),
            workers_ai: true,
            ..Settings::default()
        }
    }

    fn request(fields: &str) -> ChatRequest {
        let body = format!(r#"{{"messages":[{{"role":"user","content":"hi"}}]{fields}}}"#);
        ChatRequest::from_openai(Json::parse_request(body.as_bytes()).unwrap()).unwrap()
    }

    fn ids(asked: &str, fields: &str, settings: &Settings) -> Vec<String> {
        let catalog = catalog();
        let model = catalog.find(asked).unwrap();
        let asked = Candidate {
            model,
            target: settings.target(model, &[]).unwrap(),
            output_most: model.max_output,
        };
        let found = candidates(
            &asked,
            &request(fields),
            Surface::OpenAi,
            (&catalog, settings, &[]),
            |model| model.max_output,
        );
        found.iter().map(|it| it.model.id.clone()).collect()
    }

    #[test]
    fn a_fallback_can_do_all_that_the_request_needs() {
        let settings = settings();
        assert_eq!(ids("gpt-4o", "", &settings), ["claude-sonnet-4-6"]);
        // Not to be said in the other dialect.
        assert!(ids("gpt-4o", r#","seed":7"#, &settings).is_empty());
        assert!(ids("gpt-4o", r#","temperature":1.5"#, &settings).is_empty());
        // It cannot call tools.
        let tools = r#","tools":[{"type":"function","function":{"name":"f"}}]"#;
        assert_eq!(ids("qwen/coder-32b", "", &settings), ["meta/llama-3.3-70b"]);
        assert!(ids("moonshot/kimi-k2", tools, &settings) == ["meta/llama-3.3-70b"]);
        // Its answers are shorter than what was asked for.
        assert!(ids("claude-sonnet-4-6", r#","max_tokens":20000"#, &settings).is_empty());
        assert_eq!(
            ids("claude-sonnet-4-6", r#","max_tokens":2000"#, &settings),
            ["gpt-4o"]
        );
    }

    #[test]
    fn one_that_has_no_backend_or_the_same_one_is_none() {
        let alone = Settings {
            anthropic_key: Setting::default(),
            ..settings()
        };
        assert!(ids("gpt-4o", "", &alone).is_empty());
        let one = Settings {
            url: Setting::from("https://api.example.com".to_owned()),
            model: Setting::from("llama".to_owned()),
            ..Settings::default()
        };
        assert!(ids("gpt-4o", "", &one).is_empty());
    }

    #[test]
    fn an_admitted_request_falls_back_only_within_its_terms() {
        let (catalog, settings) = (catalog(), settings());
        let (gpt, claude) = (
            catalog.find("gpt-4o").unwrap(),
            catalog.find("claude-sonnet-4-6").unwrap(),
        );
        let other = Candidate {
            model: claude,
            target: settings.target(claude, &[]).unwrap(),
            output_most: 1_000,
        };
        let mut want = Want::default();
        price_in(&mut want, core::slice::from_ref(&other), false);
        assert_eq!(
            (want.dearest_input, want.dearest_output),
            claude.price.highest(false)
        );
        let bound = crate::ledger::price((10, want.dearest_input), (100, want.dearest_output));
        let lease = Lease {
            request: RequestId::try_from("req_0123456789abcdefABCDEF".to_owned()).unwrap(),
            key: KeyId::parse("key_0123456789abcdef").unwrap(),
            model: gpt.id.clone(),
            admitted_ms: 0,
            input_tokens: 10,
            output_cap: 100,
            cost: NanoUsd(bound),
            own: false,
        };
        let terms = |models, regulated, lease| Terms {
            lease,
            models,
            regulated,
            writes_cache: false,
        };
        let (all, listed, unlisted) = ([], [gpt.id.clone(), claude.id.clone()], [gpt.id.clone()]);
        assert!(terms(&all, false, &lease).allow(gpt, &other));
        assert!(terms(&listed, false, &lease).allow(gpt, &other));
        assert!(!terms(&unlisted, false, &lease).allow(gpt, &other));
        assert!(!terms(&all, true, &lease).allow(gpt, &other));
        assert_eq!(other.bound(&lease, false), lease.cost);
        let roomy = Lease {
            cost: NanoUsd(bound + 7),
            ..lease.clone()
        };
        assert_eq!(other.bound(&roomy, false), NanoUsd(bound));
        let scarce = Lease {
            cost: NanoUsd(bound - 1),
            ..lease.clone()
        };
        assert!(!terms(&all, false, &scarce).allow(gpt, &other));
    }
}
