//! What was counted, as Prometheus text (exposition format 0.0.4).
//!
//! Counters begin at midnight (UTC), as the ledger's days do; a scraper takes that for a reset, as after a
//! restart. Caveat: a correction of a request that was thought to have expired may lower one. Labels are the gateway's own words and the tenant's ids, and at
//! most [`SERIES_MAX`] of each.

use crate::metrics::cell::{Cell, OTHER};
use crate::metrics::histogram::Histogram;
use crate::metrics::window::{SERIES_MAX, Told};
use crate::monitoring::summary;
use std::collections::BTreeMap;
use std::fmt::Write as _;

/// Upper bounds of the buckets, in ms: powers of two, at which the counts are exact.
const BOUNDS_MS: [u64; 14] = [
    16, 32, 64, 128, 256, 512, 1_024, 2_048, 4_096, 8_192, 16_384, 32_768, 65_536, 131_072,
];

/// What is shown: sums by key and model.
#[derive(Clone, Debug, Default)]
pub struct Exposition {
    series: BTreeMap<(String, String), Cell>,
}

impl Exposition {
    /// Adds rows. One that cannot be read is passed over.
    pub fn add(&mut self, rows: &[Told]) {
        for row in rows {
            let Ok(cell) = serde_json::from_str::<Cell>(&row.cell) else {
                continue;
            };
            let pair = (row.key.clone(), row.model.clone());
            let known = self.series.len() < SERIES_MAX || self.series.contains_key(&pair);
            let pair = if known {
                pair
            } else {
                (OTHER.to_owned(), OTHER.to_owned())
            };
            self.series.entry(pair).or_default().merge(&cell);
        }
    }

    /// The text; `key` names the label that tells keys apart.
    #[must_use]
    pub fn render(&self, key: &str, gauges: &[(&str, &str, f64)]) -> String {
        let mut text = Text {
            text: String::new(),
            key,
        };
        let all = || self.series.iter();
        for (name, help, number) in COUNTS {
            text.head(name, help, "counter");
            for (pair, cell) in all() {
                let value = number(cell);
                if value != 0 || name == REQUESTS {
                    text.sample(name, pair, &[], &value.to_string());
                }
            }
        }
        text.head(COST, "Charged, in USD.", "counter");
        for (pair, cell) in all() {
            text.sample(COST, pair, &[], &usd(cell.cost));
        }
        for (name, help, label, counts) in NAMED {
            text.head(name, help, "counter");
            for (pair, cell) in all() {
                for (value, count) in counts(cell) {
                    text.sample(name, pair, &[(label, &value)], &count.to_string());
                }
            }
        }
        for (name, help, histogram) in DURATIONS {
            text.head(name, help, "histogram");
            for (pair, cell) in all() {
                text.histogram(name, pair, histogram(cell));
            }
        }
        for (name, help, value) in gauges {
            text.head(name, help, "gauge");
            let _infallible = writeln!(text.text, "{name} {value}");
        }
        text.text
    }
}

type Number = fn(&Cell) -> i64;
type Named = fn(&Cell) -> Vec<(String, i64)>;
type Duration = fn(&Cell) -> &Histogram;

const REQUESTS: &str = "neureus_requests_total";
const COST: &str = "neureus_cost_usd_total";

const COUNTS: [(&str, &str, Number); 6] = [
    (
        REQUESTS,
        "Model calls admitted, those that go on included.",
        |cell| cell.requests,
    ),
    (
        "neureus_requests_charged_total",
        "Model calls that were charged.",
        |cell| cell.charged,
    ),
    (
        "neureus_requests_estimated_total",
        "Model calls charged with an estimate in it.",
        |cell| cell.estimated,
    ),
    (
        "neureus_input_tokens_total",
        "Input tokens, cached ones included.",
        |cell| cell.input_tokens,
    ),
    (
        "neureus_cached_tokens_total",
        "Input tokens that backends had cached.",
        |cell| cell.cached_tokens,
    ),
    ("neureus_output_tokens_total", "Output tokens.", |cell| {
        cell.output_tokens
    }),
];

const NAMED: [(&str, &str, &str, Named); 3] = [
    (
        "neureus_errors_total",
        "Requests that ended with an error, admitted or not, by its code.",
        "code",
        |cell| owned(summary::errors(cell)),
    ),
    (
        "neureus_limited_total",
        "Requests that a limit refused, or would have.",
        "limit",
        |cell| owned(cell.limited.iter()),
    ),
    (
        "neureus_auth_events_total",
        "How authentication ended.",
        "outcome",
        |cell| owned(summary::auth(cell).iter()),
    ),
];

const DURATIONS: [(&str, &str, Duration); 2] = [
    (
        "neureus_request_duration_seconds",
        "From arrival to the end of the answer.",
        |cell| &cell.latency,
    ),
    (
        "neureus_time_to_first_token_seconds",
        "From arrival to the first content of a stream.",
        |cell| &cell.first_token,
    ),
];

fn owned<'a>(counts: impl Iterator<Item = (&'a str, i64)>) -> Vec<(String, i64)> {
    counts
        .filter(|(_, count)| *count != 0)
        .map(|(name, count)| (name.to_owned(), count))
        .collect()
}

/// Nano-USD as a plain decimal of USD.
fn usd(nano: i64) -> String {
    let sign = if nano < 0 { "-" } else { "" };
    format!("{sign}{}", crate::money::NanoUsd(nano.unsigned_abs()))
}

struct Text<'a> {
    text: String,
    key: &'a str,
}

// Writing to a String cannot fail.
impl Text<'_> {
    fn head(&mut self, name: &str, help: &str, of: &str) {
        let _infallible = writeln!(self.text, "# HELP {name} {help}\n# TYPE {name} {of}");
    }

    fn sample(
        &mut self,
        name: &str,
        (key, model): &(String, String),
        more: &[(&str, &str)],
        value: &str,
    ) {
        let _infallible = write!(self.text, "{name}{{");
        let own = [(self.key, key.as_str()), ("model", model.as_str())];
        for (n, (label, value)) in own.iter().chain(more).enumerate() {
            let comma = if n == 0 { "" } else { "," };
            let _infallible = write!(self.text, "{comma}{label}=\"{}\"", escaped(value));
        }
        let _infallible = writeln!(self.text, "}} {value}");
    }

    fn histogram(&mut self, name: &str, pair: &(String, String), histogram: &Histogram) {
        if histogram.is_empty() {
            return;
        }
        let bucket = format!("{name}_bucket");
        let count = histogram.count().to_string();
        for bound in BOUNDS_MS {
            let most = histogram.at_most(bound).to_string();
            self.sample(&bucket, pair, &[("le", &seconds(bound))], &most);
        }
        self.sample(&bucket, pair, &[("le", "+Inf")], &count);
        self.sample(
            &format!("{name}_sum"),
            pair,
            &[],
            &seconds(histogram.sum_ms()),
        );
        self.sample(&format!("{name}_count"), pair, &[], &count);
    }
}

/// Milliseconds as seconds.
fn seconds(ms: u64) -> String {
    let text = format!("{}.{:03}", ms / 1_000, ms % 1_000);
    let trimmed = text.trim_end_matches('0').trim_end_matches('.');
    trimmed.to_owned()
}

/// A label's value: backslash, quote and line end are written with a backslash.
fn escaped(value: &str) -> String {
    value
        .replace('\\', "\\\\")
        .replace('"', "\\\"")
        .replace('\n', "\\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(key: &str, cell: &Cell) -> Told {
        Told {
            at_ms: 0,
            key: key.into(),
            model: "meta-llm".into(),
            cell: serde_json::to_string(cell).unwrap(),
        }
    }

    #[test]
    fn every_metric_has_its_head_once_and_buckets_add_up() {
        let mut cell = Cell {
            requests: 2,
            charged: 2,
            cost: 1_500_000,
            ..Cell::default()
        };
        cell.ends.add("UPSTREAM_ERROR", 1);
        cell.latency.record(16);
        cell.latency.record(1_500);
        let mut exposition = Exposition::default();
        exposition.add(&[told("key_1", &cell), told("a\"b\\c\nd", &cell)]);
        let text = exposition.render("key", &[("neureus_requests_in_flight", "Now.", 3.0)]);
        for line in [
            "# TYPE neureus_requests_total counter",
            r#"neureus_requests_total{key="key_1",model="meta-llm"} 2"#,
            r#"neureus_requests_total{key="a\"b\\c\nd",model="meta-llm"} 2"#,
            r#"neureus_cost_usd_total{key="key_1",model="meta-llm"} 0.0015"#,
            r#"neureus_errors_total{key="key_1",model="meta-llm",code="UPSTREAM_ERROR"} 1"#,
            r#"neureus_auth_events_total{key="key_1",model="meta-llm",outcome="ok"} 2"#,
            r#"neureus_request_duration_seconds_bucket{key="key_1",model="meta-llm",le="0.016"} 1"#,
            r#"neureus_request_duration_seconds_bucket{key="key_1",model="meta-llm",le="2.048"} 2"#,
            r#"neureus_request_duration_seconds_bucket{key="key_1",model="meta-llm",le="+Inf"} 2"#,
            r#"neureus_request_duration_seconds_sum{key="key_1",model="meta-llm"} 1.516"#,
            "neureus_requests_in_flight 3",
        ] {
            assert!(text.lines().any(|known| known == line), "{line}\n{text}");
        }
        let heads = text.lines().filter(|line| line.starts_with("# TYPE"));
        assert_eq!(heads.count(), 6 + 1 + 3 + 2 + 1);
    }

    #[test]
    fn series_are_bounded() {
        let cell = Cell {
            requests: 1,
            ..Cell::default()
        };
        let mut exposition = Exposition::default();
        for n in 0..200 {
            exposition.add(&[told(&format!("key_{n}"), &cell)]);
        }
        let text = exposition.render("key", &[]);
        let samples = text
            .lines()
            .filter(|line| line.starts_with("neureus_requests_total{"));
        assert_eq!(samples.count(), SERIES_MAX + 1);
        assert!(text.contains(r#"neureus_requests_total{key="other",model="other"} 160"#));
    }
}
