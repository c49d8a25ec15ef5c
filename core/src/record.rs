//! What is known of a request when it ends: the source of its data points ([`crate::point`]) and of its line in
//! the log ([`crate::log_line`]).

use crate::chat::end::Outcome;
use crate::money::NanoUsd;

/// An outcome as a metric label.
#[must_use]
pub fn label(outcome: Outcome) -> &'static str {
    match outcome {
        Outcome::Complete => "complete",
        Outcome::Failed(code) => code.as_str(),
        Outcome::Cancelled => "cancelled",
    }
}

/// What is known of a request when it ends. Empty text and zero where a step was not reached.
#[derive(Clone, Debug)]
pub struct Record<'a> {
    /// The request id.
    pub request: &'a str,
    /// The tenant, empty when nobody was recognised.
    pub tenant: &'a str,
    /// The key id.
    pub key: &'a str,
    /// The route's path, a pattern of the routes table.
    pub route: &'static str,
    /// The tag of `x-neureus-surface`.
    pub surface: &'a str,
    /// The catalog id of the model.
    pub model: &'a str,
    /// The backend's name.
    pub backend: &'static str,
    /// The HTTP status that was sent.
    pub status: u16,
    /// How it ended.
    pub outcome: Outcome,
    /// The limit that refused the request, or would have, were limits enforced; else empty.
    pub limit: &'static str,
    /// The kinds of personal data found in the answer, where that is looked for.
    pub found: &'a str,
    /// The model that was asked for, where another was asked in its place.
    pub asked: &'a str,
    /// Why that was.
    pub fallback: &'static str,
    /// How often a backend was called.
    pub attempts: u32,
    /// Whether the answer was streamed.
    pub streamed: bool,
    /// How authentication ended: `ok` or a reason.
    pub auth: &'a str,
    /// Milliseconds from arrival to the end of the answer.
    pub latency_ms: u64,
    /// Milliseconds from arrival to the first byte of the answer's content.
    pub first_token_ms: u64,
    /// Input tokens.
    pub input_tokens: u64,
    /// Output tokens.
    pub output_tokens: u64,
    /// The part of the input tokens that the backend had cached.
    pub cached_tokens: u64,
    /// The price of the answer.
    pub cost: NanoUsd,
    /// Whether the tokens were estimated, since the backend reported none.
    pub estimated: bool,
    /// Whether the backend was called with the tenant's own key.
    pub own_key: bool,
}

/// A record with something in every field.
#[cfg(test)]
pub(crate) fn example() -> Record<'static> {
    Record {
        request: "req_1",
        tenant: "demo",
        key: "key_1",
        route: "/ai/chat",
        surface: "docs",
        model: "meta-llm",
        backend: "sandbox",
        status: 200,
        outcome: Outcome::Complete,
        limit: "key-spend",
        found: "ssn",
        asked: "gpt-4o",
        fallback: "overloaded",
        attempts: 2,
        streamed: true,
        auth: "ok",
        latency_ms: 120,
        first_token_ms: 20,
        input_tokens: 10,
        output_tokens: 30,
        cached_tokens: 0,
        cost: NanoUsd(5),
        estimated: false,
        own_key: false,
    }
}
