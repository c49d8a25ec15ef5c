//! What was used, as the usage routes take and give it.
//!
//! In scope: the query, and the answer as JSON with money in USD. Out of scope: counting (`ledger`).

use crate::calendar::{Day, rfc3339};
use crate::chat::Invalid;
use crate::message::{Span, Usage, Used};
use crate::money::NanoUsd;
use serde_json::{Value, json};

/// The most days that one answer covers: a quarter of a year.
pub const MAX_DAYS: u32 = 92;

/// Reads `from=YYYY-MM-DD&to=YYYY-MM-DD`, days in UTC, both included. `to` is today when it is absent,
/// and `from` the first day of its month. Other parameters are passed over.
///
/// # Errors
/// [`Invalid`] with the parameter's name: not a day, named twice, in the wrong order, or more than
/// [`MAX_DAYS`].
pub fn span(query: &str, now_ms: u64) -> Result<Span, Invalid> {
    let to = day(query, "to")?.unwrap_or(Day::of(now_ms));
    let from = day(query, "from")?.unwrap_or(to.month().first_day());
    if from > to {
        return Err(invalid("from", "The first day is after the last"));
    }
    if to.0 - from.0 >= MAX_DAYS {
        return Err(invalid("from", "At most 92 days can be asked for at once"));
    }
    Ok(Span { from, to })
}

fn day(query: &str, name: &str) -> Result<Option<Day>, Invalid> {
    let mut values = query
        .split('&')
        .map(|pair| pair.split_once('=').unwrap_or((pair, "")))
        .filter(|(key, _)| *key == name)
        .map(|(_, value)| value);
    let Some(value) = values.next() else {
        return Ok(None);
    };
    if values.next().is_some() {
        return Err(invalid(name, "This parameter is named twice"));
    }
    Day::parse(value)
        .map(Some)
        .ok_or_else(|| invalid(name, "A day is YYYY-MM-DD"))
}

fn invalid(name: &str, message: &str) -> Invalid {
    Invalid {
        path: name.to_owned(),
        message: message.to_owned(),
    }
}

/// The answer: the month and its limits as they stand, and the rows of the days that were asked for.
#[must_use]
pub fn render(usage: &Usage) -> Value {
    let limits = usage.limits;
    json!({
        "month": usage.month.to_string(),
        "spent_usd": usage.spent.to_json(),
        "reserved_usd": usage.reserved.to_json(),
        "in_flight": usage.in_flight,
        "limits": {
            "rpm": limits.rpm,
            "tpm": limits.tpm,
            "concurrency": limits.concurrency,
            "budget_usd": limits.budget.map(NanoUsd::to_json),
        },
        "shadow": usage.shadow,
        "resets_at": rfc3339(usage.month.ends_ms()),
        "days": usage.rows.iter().map(row).collect::<Vec<_>>(),
    })
}

fn row(used: &Used) -> Value {
    json!({
        "day": used.day.to_string(),
        "key": used.key,
        "model": used.model,
        "requests": used.requests,
        "estimated_requests": used.estimated,
        "input_tokens": used.input_tokens,
        "cached_tokens": used.cached_tokens,
        "output_tokens": used.output_tokens,
        "cost_usd": used.cost.to_json(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::calendar::Month;
    use crate::limits::Limits;

    /// 2026-11-23T01:00:00Z.
    const NOW_MS: u64 = 1_795_395_600_000;

    #[test]
    fn without_days_it_is_this_month_up_to_now() {
        for (query, from, to) in [
            ("", "2026-11-01", "2026-11-23"),
            ("colour=red&fromage=1", "2026-11-01", "2026-11-23"),
            ("to=2026-02-10", "2026-02-01", "2026-02-10"),
            ("from=2026-10-05", "2026-10-05", "2026-11-23"),
            ("to=2026-04-01&from=2026-01-01", "2026-01-01", "2026-04-01"),
            ("from=2026-11-23&to=2026-11-23", "2026-11-23", "2026-11-23"),
        ] {
            let span = span(query, NOW_MS).unwrap();
            assert_eq!(
                (span.from.to_string(), span.to.to_string()),
                (from.to_owned(), to.to_owned()),
                "{query}"
            );
        }
    }

    #[test]
    fn what_is_wrong_is_named() {
        for (query, name) in [
            ("from=", "from"),
            ("from", "from"),
            ("to=today", "to"),
            ("to=2026-02-30", "to"),
            ("from=2026-11-01&from=2026-11-02", "from"),
            ("from=2026-11-24", "from"),
            ("from=2026-11-02&to=2026-11-01", "from"),
            ("from=2026-01-01&to=2026-04-03", "from"),
            ("from=1969-12-31", "from"),
        ] {
            assert_eq!(span(query, NOW_MS).unwrap_err().path, name, "{query}");
        }
        assert!(span("from=2026-01-01&to=2026-04-02", NOW_MS).is_ok());
    }

    #[test]
    fn the_answer_has_money_in_usd_and_says_when_the_month_ends() {
        let usage = Usage {
            rows: vec![Used {
                day: Day::of(NOW_MS),
                key: "key_0123456789abcdef".into(),
                model: "meta-llm".into(),
                requests: 3,
                estimated: 1,
                input_tokens: 20,
                cached_tokens: 4,
                output_tokens: 7,
                cost: NanoUsd(5_282),
            }],
            month: Month::of(NOW_MS),
            spent: NanoUsd(1_500_000_000),
            reserved: NanoUsd(0),
            in_flight: 2,
            limits: Limits {
                rpm: Some(60),
                budget: Some(NanoUsd(5_000_000_000)),
                ..Limits::default()
            },
            shadow: true,
        };
        assert_eq!(
            render(&usage),
            json!({
                "month": "2026-11",
                "spent_usd": 1.5,
                "reserved_usd": 0,
                "in_flight": 2,
                "limits": { "rpm": 60, "tpm": null, "concurrency": null, "budget_usd": 5 },
                "shadow": true,
                "resets_at": "2026-12-01T00:00:00Z",
                "days": [{
                    "day": "2026-11-23",
                    "key": "key_0123456789abcdef",
                    "model": "meta-llm",
                    "requests": 3,
                    "estimated_requests": 1,
                    "input_tokens": 20,
                    "cached_tokens": 4,
                    "output_tokens": 7,
                    "cost_usd": 0.000_005_282,
                }],
            })
        );
    }
}
