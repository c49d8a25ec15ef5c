//! What a request asks for, what is set aside for it, and what it has used.

use crate::id::{KeyId, RequestId};
use crate::money::{NanoUsd, is_zero};
use serde::{Deserialize, Serialize};

/// An upper bound of what a request may use, and its price.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Want {
    /// No tokenizer makes more of the input.
    pub input_tokens: u32,
    /// The output cap that the caller set; `None` leaves it to the limits.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub output_cap: Option<u32>,
    /// The largest output that the model and the kind of key allow.
    pub output_most: u32,
    /// Nano-USD per million input tokens, at the dearest rate that may apply.
    pub input_price: u64,
    /// Nano-USD per million output tokens.
    pub output_price: u64,
    /// The same prices of the dearest model that may answer in its place. What that may cost more is set
    /// aside only where there is room for it, and decides about nothing.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub dearest_input: u64,
    /// For its output.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub dearest_output: u64,
}

/// What was set aside for a request. The Worker gives it back with every later word on the lease, so
/// that an object which has lost its memory can still settle it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Lease {
    /// The request that holds it.
    pub request: RequestId,
    /// The key it was admitted with.
    pub key: KeyId,
    /// The catalog id of its model; empty where none is called.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub model: String,
    /// When it was admitted, in milliseconds since the Unix epoch.
    pub admitted_ms: u64,
    /// Input tokens reserved.
    pub input_tokens: u32,
    /// Output tokens reserved: the cap to send the backend.
    pub output_cap: u32,
    /// The price of both.
    pub cost: NanoUsd,
    /// The backend that is asked now is called with the tenant's own key.
    #[serde(default, skip_serializing_if = "core::ops::Not::not")]
    pub own: bool,
}

impl Lease {
    /// All tokens reserved.
    #[must_use]
    pub fn tokens(&self) -> u64 {
        u64::from(self.input_tokens) + u64::from(self.output_cap)
    }
}

/// What a request has used.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Charge {
    /// Input tokens, cached ones included.
    pub input_tokens: u64,
    /// Input tokens that the backend had cached.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub cached_tokens: u64,
    /// Output tokens.
    pub output_tokens: u64,
    /// Their price.
    pub cost: NanoUsd,
    /// Whether any of it is an estimate.
    #[serde(default, skip_serializing_if = "core::ops::Not::not")]
    pub estimated: bool,
}

/// What was set aside for a request that was admitted; with what it asked for, a [`Lease`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Granted {
    /// When, in milliseconds since the Unix epoch.
    pub admitted_ms: u64,
    /// The output cap to send the backend, in tokens.
    pub output_cap: u32,
    /// The price of all that was reserved.
    pub cost: NanoUsd,
}
