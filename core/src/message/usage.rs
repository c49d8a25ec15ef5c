//! What was used, by day, key and model, and the ledger as it stands.

use crate::calendar::{Day, Month};
use crate::limits::Limits;
use crate::money::{NanoUsd, is_zero};
use serde::{Deserialize, Serialize};

/// Days of usage to read, both included.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Span {
    /// The first day.
    pub from: Day,
    /// The last day.
    pub to: Day,
}

/// What one key used of one model on one day.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Used {
    /// The day of admission.
    pub day: Day,
    /// The key's public identifier.
    pub key: String,
    /// The model's catalog id.
    pub model: String,
    /// Requests that were charged.
    pub requests: u64,
    /// Of these, how many with an estimate in it.
    pub estimated: u64,
    /// Input tokens, cached ones included.
    pub input_tokens: u64,
    /// Input tokens that backends had cached.
    pub cached_tokens: u64,
    /// Output tokens.
    pub output_tokens: u64,
    /// What was charged.
    pub cost: NanoUsd,
    /// Of the requests, how many were answered with the tenant's own provider key.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub own_key: u64,
}

/// Usage, and the ledger as it stands.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Usage {
    /// One row per day, key and model.
    pub rows: Vec<Used>,
    /// The calendar month that the sums below are of.
    pub month: Month,
    /// Charged to the tenant in this month.
    pub spent: NanoUsd,
    /// Reserved for requests that are going on, or that may have been when the object last restarted.
    pub reserved: NanoUsd,
    /// Requests going on.
    pub in_flight: u32,
    /// The tenant's limits as they hold.
    pub limits: Limits,
    /// Whether they are only counted.
    #[serde(default, skip_serializing_if = "core::ops::Not::not")]
    pub shadow: bool,
}
