//! What was used, as the usage routes take and give it.
//!
//! In scope: the query, and the answer as JSON with money in USD. Out of scope: counting (`ledger`).

use crate::calendar::{Day, rfc3339};
use crate::chat::Invalid;
use crate::csv::Csv;
use crate::message::{Span, Usage, Used};
use crate::money::NanoUsd;
use serde_json::{Value, json};
use std::collections::BTreeMap;

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
        "own_key_requests": used.own_key,
    })
}

/// By what usage is summed up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Grouping {
    /// One row per day.
    Day,
    /// One row per model.
    Model,
    /// One row per key.
    Key,
}

impl Grouping {
    /// Reads `by=day|model|key`; by day where nothing is said.
    ///
    /// # Errors
    /// [`Invalid`] for anything else.
    pub fn of(query: &str) -> Result<Self, Invalid> {
        match crate::query::value(query, "by")?.as_deref() {
            None | Some("day") => Ok(Self::Day),
            Some("model") => Ok(Self::Model),
            Some("key") => Ok(Self::Key),
            Some(_) => Err(invalid("by", "This is day, model or key")),
        }
    }

    /// The column's name, as in JSON and CSV.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Day => "day",
            Self::Model => "model",
            Self::Key => "key",
        }
    }
}

/// The columns besides the one that usage is summed up by.
const SUMS: [&str; 7] = [
    "requests",
    "inputTokens",
    "outputTokens",
    "cachedTokens",
    "costUsd",
    "estimatedRequests",
    "ownKeyRequests",
];

/// What was used, summed up; in the order of days, models or keys.
#[must_use]
pub fn grouped(rows: &[Used], by: Grouping) -> Vec<(String, Used)> {
    let mut groups: BTreeMap<String, Used> = BTreeMap::new();
    for row in rows {
        let name = match by {
            Grouping::Day => row.day.to_string(),
            Grouping::Model => row.model.clone(),
            Grouping::Key => row.key.clone(),
        };
        let sum = groups.entry(name).or_default();
        sum.requests += row.requests;
        sum.estimated += row.estimated;
        sum.input_tokens += row.input_tokens;
        sum.cached_tokens += row.cached_tokens;
        sum.output_tokens += row.output_tokens;
        sum.cost = sum.cost.plus(row.cost);
        sum.own_key += row.own_key;
    }
    groups.into_iter().collect()
}

/// The answer of `GET /api/usage`.
#[must_use]
pub fn grouped_json(rows: &[Used], by: Grouping) -> Value {
    let rows = grouped(rows, by).into_iter().map(|(name, sum)| {
        json!({
            by.as_str(): name,
            "requests": sum.requests,
            "inputTokens": sum.input_tokens,
            "outputTokens": sum.output_tokens,
            "cachedTokens": sum.cached_tokens,
            "costUsd": sum.cost.to_json(),
            "estimatedRequests": sum.estimated,
            "ownKeyRequests": sum.own_key,
        })
    });
    json!({ "rows": rows.collect::<Vec<_>>() })
}

/// The same as CSV.
#[must_use]
pub fn grouped_csv(rows: &[Used], by: Grouping) -> String {
    let columns: Vec<&str> = core::iter::once(by.as_str()).chain(SUMS).collect();
    let mut csv = Csv::new(&columns);
    for (name, sum) in grouped(rows, by) {
        csv.row(&[
            name,
            sum.requests.to_string(),
            sum.input_tokens.to_string(),
            sum.output_tokens.to_string(),
            sum.cached_tokens.to_string(),
            sum.cost.to_string(),
            sum.estimated.to_string(),
            sum.own_key.to_string(),
        ]);
    }
    csv.into_text()
}

/// What the month comes to if it goes on as it has: in proportion to the time that has passed.
#[must_use]
pub fn forecast(usage: &Usage, now_ms: u64) -> NanoUsd {
    let (start_ms, end_ms) = (usage.month.first_day().begins_ms(), usage.month.ends_ms());
    // In its first hour a month says nothing yet.
    let passed = u128::from(now_ms.saturating_sub(start_ms).max(3_600_000));
    let all = u128::from(end_ms.saturating_sub(start_ms)).max(passed);
    let forecast = u128::from(usage.spent.0) * all / passed;
    NanoUsd(u64::try_from(forecast).unwrap_or(u64::MAX))
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
                own_key: 2,
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
                    "own_key_requests": 2,
                }],
            })
        );
    }

    #[test]
    fn usage_is_summed_up_by_day_model_or_key() {
        let row = |day, key: &str, model: &str, requests| Used {
            day: Day(day),
            key: key.into(),
            model: model.into(),
            requests,
            cost: NanoUsd(requests * 1_500_000_000),
            ..Used::default()
        };
        let rows = [
            row(20_000, "key_a", "m1", 1),
            row(20_000, "key_b", "m1", 2),
            row(20_001, "key_a", "=m2", 4),
        ];
        for (by, sums) in [
            (Grouping::Day, vec![("2024-10-04", 3), ("2024-10-05", 4)]),
            (Grouping::Model, vec![("=m2", 4), ("m1", 3)]),
            (Grouping::Key, vec![("key_a", 5), ("key_b", 2)]),
        ] {
            let groups = grouped(&rows, by);
            let found: Vec<_> = groups
                .iter()
                .map(|(n, s)| (n.as_str(), s.requests))
                .collect();
            assert_eq!(found, sums);
        }
        let csv = grouped_csv(&rows, Grouping::Model);
        assert_eq!(
            csv,
            "model,requests,inputTokens,outputTokens,cachedTokens,costUsd,estimatedRequests,ownKeyRequests\r\n\
             \"'=m2\",4,0,0,0,6,0,0\r\nm1,3,0,0,0,4.5,0,0\r\n"
        );
    }

    #[test]
    fn a_forecast_goes_on_as_the_month_has() {
        let usage = Usage {
            month: Month::of(NOW_MS),
            spent: NanoUsd(22),
            ..Usage::default()
        };
        let start = usage.month.first_day().begins_ms();
        assert_eq!(forecast(&usage, start + 22 * 86_400_000), NanoUsd(30));
        assert_eq!(forecast(&usage, start + 40 * 86_400_000), NanoUsd(22));
        assert_eq!(forecast(&usage, start), NanoUsd(22 * 720));
    }
}
