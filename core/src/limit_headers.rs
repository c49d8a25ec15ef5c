//! The headers that tell a client where it stands, and whether to come back.
//!
//! `RateLimit-Policy` and `RateLimit` are the IETF's structured fields
//! (draft-ietf-httpapi-ratelimit-headers-10), one item per limit; `x-ratelimit-*` are OpenAI's, for
//! the clients that read them, and show the tightest limit of requests and of tokens.
//!
//! The draft registers units for requests and concurrent requests. For tokens and money there are none,
//! so theirs are this gateway's own: `tokens` and `micro-usd`.

use crate::key::Kind;
use crate::limit_state::{Broken, LimitKind, LimitSource, LimitState};
use std::fmt::Write as _;

/// A header's name and value.
pub type Header = (&'static str, String);

/// The longest wait, in milliseconds, that a client library should sit out by itself.
const RETRY_MOST_MS: u64 = 60_000;
/// Nano-USD in a micro-USD, the unit of money in `RateLimit`.
const NANOS_PER_MICRO: u64 = 1_000;
/// Room for the items of three limits.
const ITEMS: usize = 128;

/// Whether the caller may see this limit. A widget key's caller is a visitor: money and the tenant's
/// limits are not theirs to see.
#[must_use]
pub fn is_shown(limit: &LimitState, reader: Kind) -> bool {
    reader == Kind::Standard
        || (limit.source != LimitSource::Tenant && limit.kind != LimitKind::Spend)
}

/// The headers for the limits that apply. None where there is no limit.
///
/// `t` is left out where a limit has nothing to wait for, or nobody knows how long.
#[must_use]
pub fn render<'a>(limits: impl IntoIterator<Item = &'a LimitState>) -> Vec<Header> {
    let (mut policy, mut state) = (String::new(), String::new());
    let (mut requests, mut tokens) = (None, None);
    for limit in limits {
        if policy.is_empty() {
            policy.reserve(ITEMS);
            state.reserve(ITEMS);
        } else {
            policy.push_str(", ");
            state.push_str(", ");
        }
        write_item(&mut policy, &mut state, limit);
        match limit.kind {
            LimitKind::Requests => requests = Some(tighter(requests, limit)),
            LimitKind::Tokens => tokens = Some(tighter(tokens, limit)),
            LimitKind::Concurrency | LimitKind::Spend => {}
        }
    }
    if policy.is_empty() {
        return Vec::new();
    }
    let mut headers = Vec::with_capacity(8);
    headers.extend([("RateLimit-Policy", policy), ("RateLimit", state)]);
    if let Some(limit) = requests {
        headers.extend([
            ("x-ratelimit-limit-requests", limit.limit.to_string()),
            (
                "x-ratelimit-remaining-requests",
                limit.remaining.to_string(),
            ),
            ("x-ratelimit-reset-requests", go_duration(limit.reset_ms)),
        ]);
    }
    if let Some(limit) = tokens {
        headers.extend([
            ("x-ratelimit-limit-tokens", limit.limit.to_string()),
            ("x-ratelimit-remaining-tokens", limit.remaining.to_string()),
            ("x-ratelimit-reset-tokens", go_duration(limit.reset_ms)),
        ]);
    }
    headers
}

/// Whether a header says what the limits are, and not where the caller stands: many answers have the same.
#[must_use]
pub fn is_policy(name: &str) -> bool {
    name == "RateLimit-Policy" || name.starts_with("x-ratelimit-limit-")
}

/// Whole seconds for `Retry-After` (RFC 9110 §10.2.3), at least 1.
#[must_use]
pub fn retry_after_s(wait_ms: u64) -> u64 {
    wait_ms.div_ceil(1_000).max(1)
}

/// Whether a client library should wait and ask again by itself. If not, `x-should-retry: false` goes
/// with the refusal, else `retry-after-ms`; OpenAI's and Anthropic's clients read both.
///
/// `never` says that the request is more than the limit ever allows.
#[must_use]
pub fn is_worth_retrying(wait_ms: u64, never: bool) -> bool {
    !never && wait_ms <= RETRY_MOST_MS
}

/// One item for each of the two fields (RFC 9651 §3.1, §3.3.3).
fn write_item(policy: &mut String, state: &mut String, limit: &LimitState) {
    let broken = Broken {
        kind: limit.kind,
        source: limit.source,
    };
    let name = broken.as_str();
    let (unit, divisor) = match limit.kind {
        LimitKind::Requests => ("", 1),
        LimitKind::Tokens => ("tokens", 1),
        LimitKind::Concurrency => ("concurrent-requests", 1),
        LimitKind::Spend => ("micro-usd", NANOS_PER_MICRO),
    };
    // Writing to a String cannot fail. Money is rounded down: what is told can be spent.
    let _infallible = write!(policy, "\"{name}\";q={}", limit.limit / divisor);
    if !unit.is_empty() {
        let _infallible = write!(policy, ";qu=\"{unit}\"");
    }
    if limit.window_s > 0 {
        let _infallible = write!(policy, ";w={}", limit.window_s);
    }
    let _infallible = write!(state, "\"{name}\";r={}", limit.remaining / divisor);
    if limit.reset_ms > 0 {
        let _infallible = write!(state, ";t={}", limit.reset_ms.div_ceil(1_000));
    }
}

/// The one with less left; of equals the one that takes longer to be whole again.
fn tighter<'a>(one: Option<&'a LimitState>, other: &'a LimitState) -> &'a LimitState {
    match one {
        Some(one)
            if (one.remaining, core::cmp::Reverse(one.reset_ms))
                <= (other.remaining, core::cmp::Reverse(other.reset_ms)) =>
        {
            one
        }
        _ => other,
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

    fn limit(kind: LimitKind, source: LimitSource, remaining: u64, reset_ms: u64) -> LimitState {
        LimitState {
            kind,
            source,
            limit: 20,
            window_s: 60,
            remaining,
            spent: 0,
            reset_ms,
        }
    }

    fn value<'a>(headers: &'a [Header], name: &str) -> Option<&'a str> {
        headers
            .iter()
            .find(|header| header.0 == name)
            .map(|header| header.1.as_str())
    }

    #[test]
    fn there_is_one_item_per_limit_and_openai_sees_the_tightest() {
        let headers = render(&[
            limit(LimitKind::Requests, LimitSource::Tenant, 19, 3_000),
            limit(LimitKind::Requests, LimitSource::Key, 4, 48_001),
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
    fn every_kind_has_its_name_and_unit_and_money_is_rounded_down_to_micro_usd() {
        let headers = render(&[
            limit(LimitKind::Tokens, LimitSource::Tenant, 7, 39_000),
            LimitState {
                window_s: 0,
                ..limit(LimitKind::Concurrency, LimitSource::Key, 19, 0)
            },
            LimitState {
                limit: 5_000_000_999,
                window_s: 2_592_000,
                remaining: 1_999,
                spent: 4_999_999_000,
                ..limit(LimitKind::Spend, LimitSource::Tenant, 0, 60_000)
            },
        ]);
        assert_eq!(
            value(&headers, "RateLimit-Policy"),
            Some(concat!(
                r#""tenant-tokens";q=20;qu="tokens";w=60, "#,
                r#""key-concurrency";q=20;qu="concurrent-requests", "#,
                r#""tenant-spend";q=5000000;qu="micro-usd";w=2592000"#
            ))
        );
        assert_eq!(
            value(&headers, "RateLimit"),
            Some(r#""tenant-tokens";r=7;t=39, "key-concurrency";r=19, "tenant-spend";r=1;t=60"#)
        );
        assert_eq!(value(&headers, "x-ratelimit-limit-requests"), None);
        assert_eq!(value(&headers, "x-ratelimit-limit-tokens"), Some("20"));
        assert_eq!(value(&headers, "x-ratelimit-remaining-tokens"), Some("7"));
        assert_eq!(value(&headers, "x-ratelimit-reset-tokens"), Some("39s"));
    }

    #[test]
    fn of_two_limits_with_as_little_left_openai_sees_the_slower_one() {
        let [fast, slow] =
            [1_000, 9_000].map(|reset_ms| limit(LimitKind::Tokens, LimitSource::Key, 3, reset_ms));
        for both in [[fast, slow], [slow, fast]] {
            assert_eq!(
                value(&render(&both), "x-ratelimit-reset-tokens"),
                Some("9s")
            );
        }
    }

    #[test]
    fn no_limits_no_headers() {
        assert_eq!(render(&[]), []);
    }

    #[test]
    fn a_visitor_sees_neither_money_nor_the_tenants_limits() {
        let all: Vec<LimitState> = [LimitSource::Tenant, LimitSource::Key]
            .into_iter()
            .flat_map(|source| {
                [
                    LimitKind::Requests,
                    LimitKind::Tokens,
                    LimitKind::Concurrency,
                    LimitKind::Spend,
                ]
                .map(|kind| limit(kind, source, 1, 1))
            })
            .collect();
        let headers = render(all.iter().filter(|limit| is_shown(limit, Kind::Widget)));
        assert_eq!(
            value(&headers, "RateLimit"),
            Some(r#""key-requests";r=1;t=1, "key-tokens";r=1;t=1, "key-concurrency";r=1;t=1"#)
        );
        assert!(all.iter().all(|limit| is_shown(limit, Kind::Standard)));
    }

    #[test]
    fn waits_round_up_and_are_never_zero() {
        assert_eq!([0, 1, 1_000, 1_001].map(retry_after_s), [1, 1, 1, 2]);
        assert_eq!(
            [0, 999, 1_000, 59_001, 90_000].map(go_duration),
            ["0ms", "999ms", "1s", "1m0s", "1m30s"]
        );
    }

    #[test]
    fn a_client_is_told_to_retry_only_what_a_minute_can_mend() {
        assert!(is_worth_retrying(0, false) && is_worth_retrying(60_000, false));
        assert!(!is_worth_retrying(60_001, false) && !is_worth_retrying(1, true));
    }
}
