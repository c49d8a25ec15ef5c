//! What an object refused, as its caller is told.
//!
//! In scope: the code, the words, `details` and the headers of the error itself. Out of scope: the
//! headers about every limit (`limit_headers`), and the shapes of other surfaces.
//!
//! Caveat: a widget key's caller is a visitor of somebody's page. They learn that a limit holds and
//! whose it is, but no amount of money and no number of the tenant's.

use crate::calendar::{Month, rfc3339};
use crate::change::Wrong;
use crate::error::{ApiError, Code};
use crate::key::Kind;
use crate::limit_headers::{is_shown, is_worth_retrying, retry_after_s};
use crate::message::{LimitKind, LimitSource, LimitState, Refusal};
use crate::money::NanoUsd;
use serde_json::json;

/// Half a day in milliseconds: more than two clocks differ by, less than half a month.
const HALF_DAY_MS: u64 = 43_200_000;

/// The error for a refusal, as the caller of a key of this kind is told it at `now_ms`.
#[must_use]
pub fn error(refusal: &Refusal, reader: Kind, now_ms: u64) -> ApiError {
    match refusal {
        Refusal::Key(_) => ApiError::unauthorized(),
        Refusal::Forbidden(why) => ApiError::new(Code::Forbidden, why.message()),
        Refusal::NotFound => ApiError::new(Code::NotFound, "There is no such tenant or key"),
        Refusal::Conflict => {
            ApiError::new(Code::Conflict, "This contradicts what is known of the key")
        }
        Refusal::Change(wrong) => {
            let error = ApiError::new(Code::Conflict, wrong.message());
            match wrong {
                Wrong::Stale(version) => error.with_details(json!({ "version": version })),
                _ => error,
            }
        }
        Refusal::OwnKeys => ApiError::overloaded(
            "Your organisation's provider keys have just been changed; try again",
            1,
        ),
        Refusal::Limited {
            limits,
            broken,
            wait_ms,
            never,
        } => {
            let shown = limits
                .iter()
                .find(|limit| limit.kind == broken.kind && limit.source == broken.source)
                .filter(|limit| is_shown(limit, reader));
            if broken.kind == LimitKind::Spend {
                payment_required(broken.source, shown, now_ms)
            } else {
                rate_limited(broken.source, shown, *wait_ms, *never)
            }
        }
    }
}

/// 402. It is never worth retrying: what helps is another limit, or another month.
fn payment_required(source: LimitSource, shown: Option<&LimitState>, now_ms: u64) -> ApiError {
    let (message, details) = match shown {
        Some(limit) => spend(limit, now_ms),
        None => (
            "A spend limit is reached; whoever made this key can upgrade the plan".to_owned(),
            json!({ "limit_source": source.as_str() }),
        ),
    };
    ApiError::new(Code::PaymentRequired, message)
        .with_details(details)
        .with_header("x-should-retry", "false")
}

/// Which of the three it is: used up, held by requests that are going on, or too little for this one.
fn spend(limit: &LimitState, now_ms: u64) -> (String, serde_json::Value) {
    let source = limit.source.as_str();
    let (most, spent) = (NanoUsd(limit.limit), NanoUsd(limit.spent));
    let reserved = limit
        .limit
        .saturating_sub(limit.spent.saturating_add(limit.remaining));
    let what = if spent >= most {
        format!("The {source} limit of {most} USD a month is used up")
    } else if reserved > 0 {
        format!(
            "{spent} USD of the {source} limit of {most} USD a month are spent, requests in flight hold \
             {} USD, and the rest is not enough for this one",
            NanoUsd(reserved)
        )
    } else {
        format!(
            "{spent} USD of the {source} limit of {most} USD a month are spent, and the rest is not \
             enough for this request"
        )
    };
    let remedy = match limit.source {
        LimitSource::Tenant => "upgrade the plan",
        LimitSource::Key | LimitSource::Visitor => "raise the key's limit or upgrade the plan",
    };
    let details = json!({
        "limit_source": source,
        "limit_usd": most.to_json(),
        "spent_usd": spent.to_json(),
        "resets_at": rfc3339(resets_ms(limit.reset_ms, now_ms)),
    });
    (format!("{what}; {remedy}"), details)
}

/// The end of the month that the limit counts: the one nearest to what the object said, since its
/// clock and the Worker's differ.
fn resets_ms(reset_ms: u64, now_ms: u64) -> u64 {
    if reset_ms == 0 {
        return Month::of(now_ms).ends_ms();
    }
    let near = now_ms.saturating_add(reset_ms).saturating_add(HALF_DAY_MS);
    Month::of(near).first_day().begins_ms()
}

/// 429, with the wait; and whether a client library should sit it out by itself.
fn rate_limited(
    source: LimitSource,
    shown: Option<&LimitState>,
    wait_ms: u64,
    never: bool,
) -> ApiError {
    let wait_ms = wait_ms.max(1);
    let (message, details) = match shown {
        Some(limit) => count(limit, wait_ms, never),
        None => (
            "Too many requests right now".to_owned(),
            json!({ "limit_source": source.as_str(), "retry_after_ms": wait_ms }),
        ),
    };
    let error = ApiError::new(Code::RateLimited, message)
        .with_details(details)
        .with_header("Retry-After", retry_after_s(wait_ms).to_string());
    if is_worth_retrying(wait_ms, never) {
        error.with_header("retry-after-ms", wait_ms.to_string())
    } else {
        error.with_header("x-should-retry", "false")
    }
}

fn count(limit: &LimitState, wait_ms: u64, never: bool) -> (String, serde_json::Value) {
    let (source, most) = (limit.source.as_str(), limit.limit);
    let (kind, what) = match limit.kind {
        LimitKind::Requests => ("requests", "requests per minute"),
        LimitKind::Tokens => ("tokens", "tokens per minute"),
        LimitKind::Concurrency => ("concurrency", "concurrent requests"),
        LimitKind::Spend => ("spend", "nano-USD a month"),
    };
    let message = match (never, limit.kind) {
        (true, LimitKind::Tokens) => {
            format!("This request needs more than the {source} limit of {most} {what} ever allows")
        }
        _ => format!("The {source} limit of {most} {what} is reached"),
    };
    let details = json!({
        "limit_source": source,
        "limit_kind": kind,
        "limit": most,
        "retry_after_ms": wait_ms,
    });
    (message, details)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::message::{BadKey, Broken, Forbidden};
    use crate::role::Role;

    /// 2026-11-23T01:00:00Z.
    const NOW_MS: u64 = 1_795_395_600_000;
    const DECEMBER_MS: u64 = 1_796_083_200_000;

    fn limit(kind: LimitKind, source: LimitSource) -> LimitState {
        LimitState {
            kind,
            source,
            limit: 20,
            window_s: 60,
            remaining: 0,
            spent: 0,
            reset_ms: 60_000,
        }
    }

    fn budget(source: LimitSource, spent: u64, remaining: u64) -> LimitState {
        LimitState {
            limit: 2_500_000_000,
            spent,
            remaining,
            reset_ms: DECEMBER_MS - NOW_MS,
            ..limit(LimitKind::Spend, source)
        }
    }

    fn told(state: LimitState, wait_ms: u64, never: bool, reader: Kind) -> ApiError {
        let refusal = Refusal::Limited {
            // Another limit before it, with other numbers.
            limits: vec![
                LimitState {
                    limit: 999,
                    ..limit(
                        match state.kind {
                            LimitKind::Requests => LimitKind::Tokens,
                            _ => LimitKind::Requests,
                        },
                        state.source,
                    )
                },
                state,
            ],
            broken: Broken {
                kind: state.kind,
                source: state.source,
            },
            wait_ms,
            never,
        };
        error(&refusal, reader, NOW_MS)
    }

    #[test]
    fn a_limit_of_counts_is_a_429_that_names_it() {
        for (kind, name, words) in [
            (LimitKind::Requests, "requests", "20 requests per minute"),
            (LimitKind::Tokens, "tokens", "20 tokens per minute"),
            (
                LimitKind::Concurrency,
                "concurrency",
                "20 concurrent requests",
            ),
        ] {
            let error = told(limit(kind, LimitSource::Key), 2_874, false, Kind::Standard);
            assert_eq!(error.code, Code::RateLimited);
            assert_eq!(
                error.message,
                format!("The key limit of {words} is reached")
            );
            assert_eq!(
                error.details,
                Some(json!({
                    "limit_source": "key", "limit_kind": name, "limit": 20, "retry_after_ms": 2_874,
                }))
            );
            assert_eq!(
                error.headers,
                [
                    ("Retry-After", "3".to_owned()),
                    ("retry-after-ms", "2874".to_owned())
                ]
            );
        }
    }

    #[test]
    fn a_wait_that_is_long_or_in_vain_is_not_to_be_sat_out() {
        let state = limit(LimitKind::Tokens, LimitSource::Tenant);
        let long = told(state, 60_001, false, Kind::Standard);
        assert_eq!(
            long.headers,
            [
                ("Retry-After", "61".to_owned()),
                ("x-should-retry", "false".to_owned())
            ]
        );
        let never = told(state, 60_000, true, Kind::Standard);
        assert_eq!(
            never.headers.last(),
            Some(&("x-should-retry", "false".to_owned()))
        );
        assert_eq!(
            never.message,
            "This request needs more than the tenant limit of 20 tokens per minute ever allows"
        );
    }

    #[test]
    fn a_spend_limit_is_a_402_with_money_in_usd_and_the_end_of_the_month() {
        let state = budget(LimitSource::Tenant, 2_500_000_000, 0);
        let error = told(state, 1, false, Kind::Standard);
        assert_eq!(error.code.status(), 402);
        assert_eq!(
            error.native_body(),
            concat!(
                r#"{"error":"PAYMENT_REQUIRED","#,
                r#""message":"The tenant limit of 2.5 USD a month is used up; upgrade the plan","#,
                r#""details":{"limit_source":"tenant","limit_usd":2.5,"#,
                r#""resets_at":"2026-12-01T00:00:00Z","spent_usd":2.5}}"#
            )
        );
        assert_eq!(error.headers, [("x-should-retry", "false".to_owned())]);
    }

    #[test]
    fn what_is_held_by_others_and_what_is_not_enough_is_said_to_be() {
        let held = told(
            budget(LimitSource::Key, 400_000_000, 0),
            1,
            false,
            Kind::Standard,
        );
        assert_eq!(
            held.message,
            "0.4 USD of the key limit of 2.5 USD a month are spent, requests in flight hold 2.1 USD, and \
             the rest is not enough for this one; raise the key's limit or upgrade the plan"
        );
        let little = told(
            budget(LimitSource::Key, 2_400_000_000, 100_000_000),
            1,
            true,
            Kind::Standard,
        );
        assert!(little.message.contains("not enough for this request"));
        assert!(!little.message.contains("in flight"));
    }

    #[test]
    fn a_visitor_is_told_neither_money_nor_the_tenants_numbers() {
        for source in [LimitSource::Tenant, LimitSource::Key] {
            let error = told(budget(source, 1, 2), 1, false, Kind::Widget);
            assert_eq!(error.code, Code::PaymentRequired);
            assert_eq!(
                error.details,
                Some(json!({ "limit_source": source.as_str() }))
            );
            assert!(!error.message.contains(|c: char| c.is_ascii_digit()));
        }
        let tenants = told(
            limit(LimitKind::Requests, LimitSource::Tenant),
            7,
            false,
            Kind::Widget,
        );
        assert_eq!(
            tenants.details,
            Some(json!({ "limit_source": "tenant", "retry_after_ms": 7 }))
        );
        let own = told(
            limit(LimitKind::Requests, LimitSource::Key),
            7,
            false,
            Kind::Widget,
        );
        assert_eq!(own.details.unwrap()["limit"], 20);
    }

    #[test]
    fn a_month_ends_at_its_end_whatever_the_clocks_say() {
        for (reset_ms, now_ms) in [
            (0, NOW_MS),
            (DECEMBER_MS - NOW_MS, NOW_MS),
            (5, DECEMBER_MS - 5_000),
            (1, DECEMBER_MS + 5_000),
        ] {
            assert_eq!(resets_ms(reset_ms, now_ms), DECEMBER_MS);
        }
    }

    #[test]
    fn the_other_refusals_have_their_codes() {
        for (refusal, code) in [
            (Refusal::Key(BadKey::Revoked), Code::Unauthorized),
            (
                Refusal::Forbidden(Forbidden::Role(Role::Admin)),
                Code::Forbidden,
            ),
            (Refusal::NotFound, Code::NotFound),
            (Refusal::Conflict, Code::Conflict),
        ] {
            assert_eq!(error(&refusal, Kind::Standard, NOW_MS).code, code);
        }
    }
}
