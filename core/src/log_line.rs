//! The log's line of a request: JSON, without secrets and without a word of what was said.

use crate::calendar::rfc3339;
use crate::record::{Record, label};
use serde::Serialize;

/// Which requests have a line.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum Level {
    /// None.
    Off,
    /// Those that failed by the gateway's or a backend's fault.
    Error,
    /// Those that were refused, too.
    Warn,
    /// All.
    #[default]
    Info,
}

#[derive(Serialize)]
struct Line<'a> {
    level: &'static str,
    at: String,
    request: &'a str,
    #[serde(skip_serializing_if = "str::is_empty")]
    tenant: &'a str,
    #[serde(skip_serializing_if = "str::is_empty")]
    key: &'a str,
    route: &'a str,
    status: u16,
    outcome: &'a str,
    auth: &'a str,
    #[serde(skip_serializing_if = "str::is_empty")]
    model: &'a str,
    #[serde(skip_serializing_if = "str::is_empty")]
    backend: &'a str,
    #[serde(skip_serializing_if = "str::is_empty")]
    limit: &'a str,
    ms: u64,
    #[serde(skip_serializing_if = "is_zero")]
    first_ms: u64,
    #[serde(skip_serializing_if = "core::ops::Not::not")]
    own_key: bool,
}

fn is_zero(ms: &u64) -> bool {
    *ms == 0
}

impl Level {
    /// Reads a setting: `off`, `error`, `warn` or `info`, which is also what anything else means.
    #[must_use]
    pub fn parse(text: &str) -> Self {
        match text.trim() {
            "off" => Self::Off,
            "error" => Self::Error,
            "warn" => Self::Warn,
            _ => Self::Info,
        }
    }

    /// A request's line, if it has one.
    #[must_use]
    pub fn line(self, record: &Record<'_>, arrived_ms: u64) -> Option<String> {
        let outcome = label(record.outcome);
        let (level, name) = match record.status {
            500.. => (Self::Error, "error"),
            400.. => (Self::Warn, "warn"),
            _ if !matches!(outcome, "complete" | "cancelled") => (Self::Error, "error"),
            _ => (Self::Info, "info"),
        };
        if level > self {
            return None;
        }
        serde_json::to_string(&Line {
            level: name,
            at: rfc3339(arrived_ms),
            request: record.request,
            tenant: record.tenant,
            key: record.key,
            route: record.route,
            status: record.status,
            outcome,
            auth: record.auth,
            model: record.model,
            backend: record.backend,
            limit: record.limit,
            ms: record.latency_ms,
            first_ms: record.first_token_ms,
            own_key: record.own_key,
        })
        .ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::chat::end::Outcome;
    use crate::error::Code;
    use crate::record::example;

    fn record(status: u16, outcome: Outcome) -> Record<'static> {
        Record {
            status,
            outcome,
            limit: "",
            ..example()
        }
    }

    #[test]
    fn a_line_is_json_and_pinned() {
        let line = Level::Info.line(&record(200, Outcome::Complete), 1_795_395_723_004);
        assert_eq!(
            line.unwrap(),
            r#"{"level":"info","at":"2026-11-23T01:02:03Z","request":"req_1","tenant":"demo","key":"key_1","route":"/ai/chat","status":200,"outcome":"complete","auth":"ok","model":"meta-llm","backend":"sandbox","ms":120,"first_ms":20}"#
        );
    }

    #[test]
    fn a_level_keeps_what_is_worse_and_a_stream_that_fails_later_is_an_error() {
        let complete = record(200, Outcome::Complete);
        let refused = record(429, Outcome::Failed(Code::RateLimited));
        let broken = record(200, Outcome::Failed(Code::UpstreamError));
        for (level, lines) in [
            ("off", [false, false, false]),
            ("error", [false, false, true]),
            ("warn", [false, true, true]),
            ("", [true, true, true]),
        ] {
            let level = Level::parse(level);
            let has = |record| level.line(record, 0).is_some();
            assert_eq!([has(&complete), has(&refused), has(&broken)], lines);
        }
    }
}
