//! Metrics data points that cannot exceed Analytics Engine's limits.
//!
//! A point has one index of at most 96 bytes, at most 20 blobs of together at most 16 KB, and at most
//! 20 doubles. Here that holds by construction: the numbers of blobs and doubles are constants
//! checked by the compiler, and each blob is cut to 512 bytes (20 × 512 B = 10 KB).
//!
//! The columns of the three datasets are documented in `docs/metrics.md`.

use crate::record::{Record, label};
use serde::Serialize;

const INDEX_MAX: usize = 96;
const BLOB_MAX: usize = 512;
const BLOBS_MAX: usize = 20;
const DOUBLES_MAX: usize = 20;

/// A data point as `writeDataPoint` takes it.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct DataPoint<'a> {
    indexes: [&'a str; 1],
    blobs: Vec<&'a str>,
    doubles: Vec<f64>,
}

impl<'a> DataPoint<'a> {
    /// A point. Too many columns do not compile; what is too long is cut at a character's border;
    /// numbers that are not finite become 0.
    #[must_use]
    pub fn new<const B: usize, const D: usize>(
        index: &'a str,
        blobs: [&'a str; B],
        doubles: [f64; D],
    ) -> Self {
        const {
            assert!(
                B <= BLOBS_MAX && D <= DOUBLES_MAX,
                "more columns than a point can have"
            )
        };
        Self {
            indexes: [cut(index, INDEX_MAX)],
            blobs: blobs.map(|blob| cut(blob, BLOB_MAX)).to_vec(),
            doubles: doubles
                .map(|d| if d.is_finite() { d } else { 0.0 })
                .to_vec(),
        }
    }
}

fn cut(text: &str, max: usize) -> &str {
    text.get(..text.floor_char_boundary(max)).unwrap_or(text)
}

/// The three points of a request, one per dataset at most.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Points<'a> {
    /// For `neureus_requests`.
    pub requests: DataPoint<'a>,
    /// For `neureus_tokens`; only where a backend was called.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tokens: Option<DataPoint<'a>>,
    /// For `neureus_auth`.
    pub auth: DataPoint<'a>,
}

/// The index of points without a tenant.
const NOBODY: &str = "-";

#[expect(
    clippy::cast_precision_loss,
    reason = "metrics are doubles; counts stay below 2^53"
)]
fn double(count: u64) -> f64 {
    count as f64
}

/// The points of a request. A change of columns is a change of `docs/metrics.md`.
#[must_use]
pub fn points<'a>(record: &'a Record<'a>) -> Points<'a> {
    let index = if record.tenant.is_empty() {
        NOBODY
    } else {
        record.tenant
    };
    let mode = if record.streamed { "stream" } else { "plain" };
    let payer = if record.own_key { "own" } else { "" };
    let source = if record.estimated {
        "estimated"
    } else {
        "reported"
    };
    Points {
        requests: DataPoint::new(
            index,
            [
                record.request,
                record.route,
                record.surface,
                record.model,
                record.backend,
                record.key,
                label(record.outcome),
                mode,
                record.limit,
                record.found,
                record.asked,
                record.fallback,
            ],
            [
                f64::from(record.status),
                double(record.latency_ms),
                double(record.first_token_ms),
                f64::from(record.attempts),
            ],
        ),
        tokens: (!record.backend.is_empty()).then(|| {
            DataPoint::new(
                index,
                [
                    record.request,
                    record.model,
                    record.backend,
                    record.key,
                    record.surface,
                    source,
                    payer,
                ],
                [
                    double(record.input_tokens),
                    double(record.output_tokens),
                    double(record.cached_tokens),
                    double(record.cost.0),
                ],
            )
        }),
        auth: DataPoint::new(
            index,
            [record.request, record.auth, record.route, record.key],
            [1.0],
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::record::example;
    use proptest::prelude::*;

    #[test]
    fn the_columns_are_pinned() {
        assert_eq!(
            serde_json::to_value(points(&example())).unwrap(),
            serde_json::json!({
                "requests": {
                    "indexes": ["demo"],
                    "blobs": ["req_1", "/ai/chat", "docs", "meta-llm", "sandbox", "key_1", "complete", "stream", "key-spend", "ssn", "gpt-4o", "overloaded"],
                    "doubles": [200.0, 120.0, 20.0, 2.0],
                },
                "tokens": {
                    "indexes": ["demo"],
                    "blobs": ["req_1", "meta-llm", "sandbox", "key_1", "docs", "reported", ""],
                    "doubles": [10.0, 30.0, 0.0, 5.0],
                },
                "auth": {
                    "indexes": ["demo"],
                    "blobs": ["req_1", "ok", "/ai/chat", "key_1"],
                    "doubles": [1.0],
                },
            })
        );
    }

    #[test]
    fn where_no_backend_was_called_there_is_no_token_point() {
        let refused = Record {
            backend: "",
            tenant: "",
            ..example()
        };
        let points = points(&refused);
        assert_eq!(points.tokens, None);
        assert_eq!(points.auth.indexes, ["-"]);
    }

    proptest! {
        #[test]
        fn no_text_exceeds_a_limit(text in ".{0,2000}", number: f64) {
            let point = DataPoint::new(&text, [text.as_str(); 20], [number; 20]);
            prop_assert!(point.indexes[0].len() <= 96);
            prop_assert!(point.blobs.iter().map(|b| b.len()).sum::<usize>() <= 16 << 10);
            prop_assert!(point.doubles.iter().all(|d| d.is_finite()));
        }
    }
}
