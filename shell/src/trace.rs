//! What is learned of a request on its way, for its metrics and `Server-Timing`.

use crate::bindings::Bindings;
use crate::clock::now_ms;
use crate::glue;
use crate::incoming::Incoming;
use neureus_core::catalog::Model;
use neureus_core::chat::end::Outcome;
use neureus_core::chat::usage::{Usage, UsageSource};
use neureus_core::message::{Broken, Charge};
use neureus_core::metrics::log::{Note, Went};
use neureus_core::money::NanoUsd;
use neureus_core::point;
use neureus_core::record::{self, Record};
use std::cell::Cell;
use std::fmt::Write as _;

/// A request's record in the making. Empty and zero where a step was not reached.
#[derive(Clone, Default)]
pub struct Trace {
    /// The request's id.
    pub request: String,
    /// When it came, in ms since the Unix epoch.
    pub arrived_ms: u64,
    /// The caller's tenant.
    pub tenant: String,
    /// The id of the caller's key.
    pub key: String,
    /// The path of its route.
    pub route: &'static str,
    /// The caller's own tag.
    pub surface: String,
    /// The catalog id of the model.
    pub model: String,
    /// The backend's name.
    pub backend: &'static str,
    /// How often a backend was called.
    pub attempts: u32,
    /// The model that was asked for, where another was asked in its place.
    pub asked: String,
    /// Why that was.
    pub fallback: &'static str,
    /// Whether the backend is called with the tenant's own key.
    pub own_key: bool,
    /// How authentication went.
    pub auth: &'static str,
    /// Whether it is answered as events.
    pub streamed: bool,
    /// From arrival to the first token, in ms.
    pub first_token_ms: u64,
    /// Tokens of the request.
    pub input_tokens: u64,
    /// Tokens of the answer.
    pub output_tokens: u64,
    /// Tokens of the request that the backend had cached.
    pub cached_tokens: u64,
    /// What it is charged.
    pub cost: NanoUsd,
    /// Whether the usage is an estimate.
    pub estimated: bool,
    /// The kinds of personal data found in the answer, separated by commas.
    pub found: String,
    /// The limit that refused the request, or would have, were limits enforced.
    pub broken: Option<Broken>,
    /// The date of the price that is charged.
    pub price: String,
    /// Whether the tenant's object knows how the request went.
    pub told: Cell<bool>,
    timings: Vec<(&'static str, u64)>,
}

impl Trace {
    /// The record of a request of which nothing is known yet.
    pub fn of(incoming: &Incoming) -> Self {
        Self {
            request: incoming.id.as_str().to_owned(),
            arrived_ms: incoming.arrived_ms,
            surface: incoming.surface.clone(),
            auth: "none",
            ..Self::default()
        }
    }

    /// Fixes the tokens of the answer and their price, which is never above what was reserved.
    pub fn charge(
        &mut self,
        model: &Model,
        usage: Usage,
        source: UsageSource,
        images: u32,
        reserved: NanoUsd,
    ) -> Charge {
        self.input_tokens = usage.input_tokens;
        self.output_tokens = usage.output_tokens;
        self.cached_tokens = usage.cached_input_tokens;
        self.estimated = source == UsageSource::Estimated;
        // Where the tenant pays the provider itself, there is no price.
        self.price = if self.own_key {
            String::new()
        } else {
            model.price.date.clone()
        };
        self.cost = model.price.of(&usage, images).min(reserved);
        Charge {
            input_tokens: usage.input_tokens,
            cached_tokens: usage.cached_input_tokens,
            output_tokens: usage.output_tokens,
            cost: self.cost,
            estimated: self.estimated,
        }
    }

    /// Notes how long a step took that began at `since_ms`.
    pub fn timed(&mut self, step: &'static str, since_ms: u64) {
        self.timings.push((step, now_ms().saturating_sub(since_ms)));
    }

    /// Whether a step was taken.
    #[must_use]
    pub fn was_timed(&self, step: &str) -> bool {
        self.timings.iter().any(|(known, _)| *known == step)
    }

    /// `Server-Timing` (W3C). Steps that took no measurable time are left out: where the clock stands
    /// still between I/O, zero would be a guess.
    pub fn server_timing(&self) -> String {
        let mut text = String::new();
        for (step, ms) in self.timings.iter().filter(|(_, ms)| *ms > 0) {
            let comma = if text.is_empty() { "" } else { ", " };
            // Writing to a String cannot fail.
            let _infallible = write!(text, "{comma}{step};dur={ms}");
        }
        text
    }

    /// How the request went, for its tenant's object, which now knows.
    pub fn went(&self, status: u16, outcome: Outcome) -> Went {
        self.told.set(true);
        let step = |name| {
            let timed = self.timings.iter().find(|(step, _)| *step == name);
            timed.map_or(0, |(_, ms)| *ms)
        };
        let note = Note {
            status,
            route: self.route.to_owned(),
            surface: self.surface.clone(),
            backend: self.backend.to_owned(),
            price: self.price.clone(),
            limit: self.broken.map_or("", Broken::as_str).to_owned(),
            steps_ms: [step("auth"), step("admit"), step("upstream")],
            own_key: self.own_key,
        };
        Went {
            how: record::label(outcome).to_owned(),
            ms: now_ms().saturating_sub(self.arrived_ms),
            first_ms: (self.streamed && self.first_token_ms > 0).then_some(self.first_token_ms),
            note: note.render(),
            texts: None,
        }
    }

    /// Writes the request's line of the log and its data points. They are observations: a failure is logged and harms nothing.
    pub(crate) fn write(&self, bindings: &Bindings, status: u16, outcome: Outcome) {
        let record = Record {
            request: &self.request,
            tenant: &self.tenant,
            key: &self.key,
            route: self.route,
            surface: &self.surface,
            model: &self.model,
            backend: self.backend,
            status,
            outcome,
            limit: self.broken.map_or("", Broken::as_str),
            found: &self.found,
            asked: &self.asked,
            fallback: self.fallback,
            attempts: self.attempts,
            streamed: self.streamed,
            auth: self.auth,
            latency_ms: now_ms().saturating_sub(self.arrived_ms),
            first_token_ms: self.first_token_ms,
            input_tokens: self.input_tokens,
            output_tokens: self.output_tokens,
            cached_tokens: self.cached_tokens,
            cost: self.cost,
            estimated: self.estimated,
            own_key: self.own_key,
        };
        if let Some(line) = bindings.log.line(&record, self.arrived_ms) {
            glue::log_line(&line);
        }
        let Ok(json) = serde_json::to_string(&point::points(&record)) else {
            return;
        };
        let written =
            glue::write_points(&bindings.requests, &bindings.tokens, &bindings.auth, &json);
        if let Err(cause) = written {
            worker::console_error!("{} metrics not written: {:?}", self.request, cause);
        }
    }
}
