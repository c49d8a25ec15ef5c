//! The headers that tell a client where it stands.
//!
//! `RateLimit-Policy` and `RateLimit` are the IETF's structured fields
//! (draft-ietf-httpapi-ratelimit-headers-10), one item per limit; `x-ratelimit-*` are OpenAI's, for
//! the clients that read them, and show the tightest limit.

use crate::message::{LimitKind, LimitSource, LimitState};
use std::fmt::Write as _;

/// A header's name and value.
pub type Header = (&'static str, String);

/// The headers for the limits that apply. None where there is no limit.
#[must_use]
pub fn render(limits: &[LimitState]) -> Vec<Header> {
    let Some(tightest) = limits.iter().min_by_key(|limit| limit.remaining) else {
        return Vec::new();
    };
    let (mut policy, mut state) = (String::new(), String::new());
    for limit in limits {
        let comma = if policy.is_empty() { "" } else { ", " };
        let name = name(limit);
        // Writing to a String cannot fail.
        let _infallible = write!(
            policy,
            "{comma}\"{name}\";q={};w={}",
            limit.limit, limit.window_s
        );
        let _infallible = write!(
            state,
            "{comma}\"{name}\";r={};t={}",
            limit.remaining,
            limit.reset_ms.div_ceil(1_000)
        );
    }
    vec![
        ("RateLimit-Policy", policy),
        ("RateLimit", state),
        ("x-ratelimit-limit-requests", tightest.limit.to_string()),
        (
            "x-ratelimit-remaining-requests",
            tightest.remaining.to_string(),
        ),
        ("x-ratelimit-reset-requests", go_duration(tightest.reset_ms)),
    ]
}

/// Whole seconds for `Retry-After` (RFC 9110 §10.2.3), at least 1.
#[must_use]
pub fn retry_after_s(wait_ms: u64) -> u64 {
    wait_ms.div_ceil(1_000).max(1)
}

fn name(limit: &LimitState) -> &'static str {
    match (limit.source, limit.kind) {
        (LimitSource::Tenant, LimitKind::Requests) => "tenant-requests",
        (LimitSource::Key, LimitKind::Requests) => "key-requests",
    }
}

/// OpenAI's form of a duration: `120ms`, `3s`, `1m30s`.
fn go_duration(ms: u64) -> String {
    let seconds = ms.div_ceil(1_000);
    match ms {
        0..1_000 => format!("{ms}ms"),
        _ if seconds < 60 => format!("{seconds}s"),
        _ => format!("{}m{}s", seconds / 60, seconds % 60),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn limit(source: LimitSource, remaining: u64, reset_ms: u64) -> LimitState {
        LimitState {
            kind: LimitKind::Requests,
            source,
            limit: 20,
            window_s: 60,
            remaining,
            reset_ms,
        }
    }

    #[test]
    fn there_is_one_item_per_limit_and_openai_sees_the_tightest() {
        let headers = render(&[
            limit(LimitSource::Tenant, 19, 3_000),
            limit(LimitSource::Key, 4, 48_001),
        ]);
        assert_eq!(
            headers,
            [
                (
                    "RateLimit-Policy",
                    r#""tenant-requests";q=20;w=60, "key-requests";q=20;w=60"#.into()
                ),
                (
                    "RateLimit",
                    r#""tenant-requests";r=19;t=3, "key-requests";r=4;t=49"#.into()
                ),
                ("x-ratelimit-limit-requests", "20".to_owned()),
                ("x-ratelimit-remaining-requests", "4".to_owned()),
                ("x-ratelimit-reset-requests", "49s".to_owned()),
            ]
        );
    }

    #[test]
    fn no_limits_no_headers() {
        assert_eq!(render(&[]), []);
    }

    #[test]
    fn waits_round_up_and_are_never_zero() {
        assert_eq!([0, 1, 1_000, 1_001].map(retry_after_s), [1, 1, 1, 2]);
        assert_eq!(
            [0, 999, 1_000, 59_001, 90_000].map(go_duration),
            ["0ms", "999ms", "1s", "1m0s", "1m30s"]
        );
    }
}
