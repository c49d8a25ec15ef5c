//! A limit as it stands, and which one of whom it is.

use crate::lease::Lease;
use crate::money::is_zero;
use serde::{Deserialize, Serialize};

/// Which limit of whom.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Broken {
    /// What it counts.
    pub kind: LimitKind,
    /// Whose it is.
    pub source: LimitSource,
}

impl Broken {
    /// The limit's name, as in `RateLimit` and in metrics.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match (self.source, self.kind) {
            (LimitSource::Tenant, LimitKind::Requests) => "tenant-requests",
            (LimitSource::Tenant, LimitKind::Tokens) => "tenant-tokens",
            (LimitSource::Tenant, LimitKind::Concurrency) => "tenant-concurrency",
            (LimitSource::Tenant, LimitKind::Spend) => "tenant-spend",
            (LimitSource::Key, LimitKind::Requests) => "key-requests",
            (LimitSource::Key, LimitKind::Tokens) => "key-tokens",
            (LimitSource::Key, LimitKind::Concurrency) => "key-concurrency",
            (LimitSource::Key, LimitKind::Spend) => "key-spend",
            (LimitSource::Visitor, LimitKind::Requests) => "visitor-requests",
            // A visitor has no other limit.
            (LimitSource::Visitor, _) => "visitor",
        }
    }
}

/// Whose limit it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LimitSource {
    /// The whole tenant's.
    Tenant,
    /// The one key's.
    Key,
    /// One visitor's of a widget key.
    Visitor,
}

impl LimitSource {
    /// The source's name, as in `details.limit_source`.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Tenant => "tenant",
            Self::Key => "key",
            Self::Visitor => "visitor",
        }
    }
}

/// What a limit counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LimitKind {
    /// Requests per minute.
    Requests,
    /// Input and output tokens per minute.
    Tokens,
    /// Requests at the same time.
    Concurrency,
    /// Spend per calendar month, in nano-USD.
    Spend,
}

/// One limit as it stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LimitState {
    /// What it counts.
    pub kind: LimitKind,
    /// Whose it is.
    pub source: LimitSource,
    /// How many in a window; also the burst. For spend: nano-USD.
    pub limit: u64,
    /// The window in seconds; 0 where there is none.
    pub window_s: u32,
    /// How many are left now. For spend: nano-USD.
    pub remaining: u64,
    /// For spend: what is charged to this month, in nano-USD; else 0.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub spent: u64,
    /// Milliseconds until all are there again; 0 where nobody knows.
    pub reset_ms: u64,
}

/// How many times what a request holds has to be left for it to count as [`ample`].
const AMPLE: u64 = 16;

/// Whether nobody would be refused for what this lease holds a moment longer than it needs it: no limit is on
/// concurrency, and of what else is limited much more is left.
#[must_use]
pub fn ample(limits: &[LimitState], lease: &Lease) -> bool {
    limits.iter().all(|state| {
        let held = match state.kind {
            LimitKind::Concurrency => return false,
            // What was counted stays counted.
            LimitKind::Requests => return true,
            LimitKind::Tokens => lease.tokens(),
            LimitKind::Spend => lease.cost.0,
        };
        state.remaining >= held.saturating_mul(AMPLE)
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::id::{KeyId, RequestId};
    use crate::money::NanoUsd;

    #[test]
    fn a_lease_may_linger_only_where_much_is_left_of_everything_it_gives_back() {
        let lease = Lease {
            request: RequestId::parse("req_0123456789abcdefABCDEF").unwrap(),
            key: KeyId::parse("key_0123456789abcdef").unwrap(),
            model: String::new(),
            admitted_ms: 0,
            input_tokens: 10,
            output_cap: 90,
            cost: NanoUsd(1_000),
            own: false,
        };
        let state = |kind, remaining| LimitState {
            kind,
            source: LimitSource::Key,
            limit: 1_000_000,
            window_s: 60,
            remaining,
            spent: 0,
            reset_ms: 0,
        };
        assert!(ample(&[], &lease));
        for (kind, remaining, wanted) in [
            (LimitKind::Requests, 0, true),
            (LimitKind::Tokens, 1_599, false),
            (LimitKind::Tokens, 1_600, true),
            (LimitKind::Spend, 15_999, false),
            (LimitKind::Spend, 16_000, true),
            (LimitKind::Concurrency, 1_000, false),
        ] {
            let others = [state(LimitKind::Requests, 1), state(kind, remaining)];
            assert_eq!(ample(&others, &lease), wanted, "{kind:?} {remaining}");
        }
    }
}
