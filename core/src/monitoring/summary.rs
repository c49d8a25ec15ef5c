//! Windows added up, and as JSON.
//!
//! Caveat: a key's or model's name is the gateway's own or its tenant's id, never a caller's text.

use crate::calendar::rfc3339;
use crate::message::Usage;
use crate::metrics::cell::{Cell, Counts};
use crate::metrics::histogram::{Histogram, RELATIVE_ERROR};
use crate::metrics::window::Told;
use crate::money::NanoUsd;
use crate::monitoring::query::{Query, name_of};
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;

/// The sums of a window.
#[derive(Clone, Debug, Default)]
pub struct Summary {
    /// All of it.
    pub total: Cell,
    /// By the time when the step began.
    pub steps: BTreeMap<u64, Cell>,
    /// By model.
    pub models: BTreeMap<String, Cell>,
    /// By key, or by backend where the whole deployment is counted.
    pub keys: BTreeMap<String, Cell>,
}

impl Summary {
    /// Adds rows. One that cannot be read is passed over.
    pub fn add(&mut self, rows: &[Told], query: &Query) {
        for row in rows {
            let Ok(cell) = serde_json::from_str::<Cell>(&row.cell) else {
                continue;
            };
            self.total.merge(&cell);
            let step = row.at_ms - row.at_ms % query.step_ms;
            self.steps.entry(step).or_default().merge(&cell);
            for (sums, name) in [(&mut self.models, &row.model), (&mut self.keys, &row.key)] {
                if !name.is_empty() {
                    sums.entry(name.clone()).or_default().merge(&cell);
                }
            }
        }
    }

    /// As JSON: `scope` names what the keys are.
    #[must_use]
    pub fn render(&self, query: &Query, keys: &str, usage: Option<&Usage>) -> Value {
        let named = |sums: &BTreeMap<String, Cell>, name: &str| {
            let mut sums: Vec<_> = sums.iter().collect();
            sums.sort_by_key(|(_, cell)| -cell.requests);
            let rows = sums.into_iter().map(|(of, cell)| {
                let mut row = sums_of(cell);
                row.insert(name.to_owned(), json!(of));
                Value::Object(row)
            });
            rows.collect::<Vec<_>>()
        };
        let steps = query.steps().map(|at_ms| {
            let mut row = self
                .steps
                .get(&at_ms)
                .map_or_else(|| sums_of(&Cell::default()), sums_of);
            row.insert("at".to_owned(), json!(rfc3339(at_ms)));
            row.insert("atMs".to_owned(), json!(at_ms));
            Value::Object(row)
        });
        let steps = steps.collect::<Vec<_>>();
        let mut answer = sums_of(&self.total);
        answer.insert("window".to_owned(), json!(query.window));
        answer.insert("step".to_owned(), json!(name_of(query.step_ms)));
        answer.insert("from".to_owned(), json!(rfc3339(query.from_ms)));
        answer.insert("to".to_owned(), json!(rfc3339(query.to_ms)));
        answer.insert("relativeError".to_owned(), json!(RELATIVE_ERROR));
        answer.insert("models".to_owned(), json!(named(&self.models, "model")));
        answer.insert(format!("{keys}s"), json!(named(&self.keys, keys)));
        answer.insert("steps".to_owned(), json!(steps));
        if let Some(usage) = usage {
            answer.insert("inFlight".to_owned(), json!(usage.in_flight));
            answer.insert(
                "month".to_owned(),
                json!({
                    "month": usage.month.to_string(),
                    "spentUsd": usage.spent.to_json(),
                    "reservedUsd": usage.reserved.to_json(),
                    "budgetUsd": usage.limits.budget.map(NanoUsd::to_json),
                }),
            );
        }
        Value::Object(answer)
    }
}

/// The names of ends that are no error.
const NO_ERRORS: [&str; 2] = [crate::metrics::log::CANCELLED, crate::metrics::log::EXPIRED];

/// Errors by code.
pub fn errors(cell: &Cell) -> impl Iterator<Item = (&str, i64)> {
    cell.ends
        .iter()
        .filter(|(name, count)| !NO_ERRORS.contains(name) && *count != 0)
}

/// Ends that are the backend's or the gateway's fault.
pub const FAULTS: [&str; 4] = [
    "UPSTREAM_ERROR",
    "UPSTREAM_TIMEOUT",
    "OVERLOADED",
    "INTERNAL_ERROR",
];

/// How many requests ended by such a fault.
#[must_use]
pub fn faults(cell: &Cell) -> i64 {
    FAULTS.iter().map(|code| cell.ends.get(code)).sum()
}

/// Authentication events: whoever was admitted was authenticated.
#[must_use]
pub fn auth(cell: &Cell) -> Counts {
    let mut auth = cell.auth.clone();
    if cell.requests != 0 {
        auth.add("ok", cell.requests);
    }
    auth
}

fn sums_of(cell: &Cell) -> Map<String, Value> {
    let mut row = Map::new();
    let counts = |counts: &mut dyn Iterator<Item = (&str, i64)>| {
        let counts: Map<_, _> = counts
            .map(|(name, count)| (name.to_owned(), json!(count)))
            .collect();
        Value::Object(counts)
    };
    let cost = NanoUsd(u64::try_from(cell.cost).unwrap_or_default());
    let auth = auth(cell);
    for (name, value) in [
        ("requests", json!(cell.requests)),
        ("charged", json!(cell.charged)),
        ("estimated", json!(cell.estimated)),
        ("inputTokens", json!(cell.input_tokens)),
        ("cachedTokens", json!(cell.cached_tokens)),
        ("outputTokens", json!(cell.output_tokens)),
        ("costUsd", cost.to_json()),
        ("errors", counts(&mut errors(cell))),
        ("cancelled", json!(cell.ends.get(NO_ERRORS[0]))),
        ("expired", json!(cell.ends.get(NO_ERRORS[1]))),
        ("limited", counts(&mut cell.limited.iter())),
        ("auth", counts(&mut auth.iter())),
        ("latencyMs", percentiles(&cell.latency)),
        ("timeToFirstTokenMs", percentiles(&cell.first_token)),
    ] {
        row.insert(name.to_owned(), value);
    }
    row
}

fn percentiles(histogram: &Histogram) -> Value {
    let mean = histogram.sum_ms().checked_div(histogram.count());
    json!({
        "count": histogram.count(),
        "mean": mean,
        "p50": histogram.percentile_ms(500),
        "p95": histogram.percentile_ms(950),
        "p99": histogram.percentile_ms(990),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::metrics::window::MINUTE_MS;

    fn told(at_ms: u64, key: &str, model: &str, cell: &Cell) -> Told {
        Told {
            at_ms,
            key: key.into(),
            model: model.into(),
            cell: serde_json::to_string(cell).unwrap(),
        }
    }

    #[test]
    fn rows_are_added_up_by_step_model_and_key() {
        let now_ms = 1_795_395_723_004;
        let query = Query::parse("window=1h&step=5m", now_ms).unwrap();
        let minute = now_ms - now_ms % MINUTE_MS;
        let mut one = Cell {
            requests: 3,
            charged: 2,
            cost: 1_500_000_000,
            ..Cell::default()
        };
        one.ends.add("UPSTREAM_ERROR", 1);
        one.ends.add("cancelled", 1);
        one.latency.record(40);
        let refused = Cell {
            auth: {
                let mut auth = Counts::default();
                auth.add("revoked", 2);
                auth
            },
            ..Cell::default()
        };
        let mut summary = Summary::default();
        let rows = [
            told(minute, "key_1", "meta-llm", &one),
            told(minute - 20 * MINUTE_MS, "key_2", "gpt-4o", &one),
            told(minute, "key_1", "", &refused),
            Told {
                cell: "nonsense".into(),
                ..told(minute, "key_1", "x", &one)
            },
        ];
        summary.add(&rows, &query);
        let json = summary.render(&query, "key", None);
        assert_eq!(json["requests"], json!(6));
        assert_eq!(json["costUsd"], json!(3));
        assert_eq!(json["errors"], json!({ "UPSTREAM_ERROR": 2 }));
        assert_eq!(json["cancelled"], json!(2));
        assert_eq!(json["auth"], json!({ "ok": 6, "revoked": 2 }));
        assert_eq!(json["latencyMs"]["p95"], json!(40));
        assert_eq!(json["models"].as_array().unwrap().len(), 2);
        assert_eq!(json["keys"][0]["key"], json!("key_1"));
        let steps = json["steps"].as_array().unwrap();
        assert_eq!(steps.len(), 12);
        assert_eq!(steps[11]["requests"], json!(3));
        assert_eq!(steps[10]["requests"], json!(0));
        assert_eq!(steps[10]["latencyMs"]["p50"], Value::Null);
    }
}
