//! Alert rules: what is looked at, and from where on it is too much.
//!
//! There is one rule of each kind, all on from the start. In scope: their settings. Out of scope: what they see
//! ([`crate::monitoring::sight`]), firing and resolving ([`crate::monitoring::alert`]).

use crate::chat::Invalid;
use crate::monitoring::query::invalid;
use serde::{Deserialize, Serialize};

/// What a rule looks at.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// The part of requests that ended by the backend's or the gateway's fault, in percent.
    ErrorRate,
    /// The 95th percentile of latency, in ms.
    LatencyP95,
    /// What is spent of the month's budget, in percent; also at half and at four fifths of it.
    Spend,
    /// What will be spent of it by the month's end, in percent, if it goes on like this.
    SpendForecast,
    /// Refused authentications.
    AuthFailures,
    /// The part of calls of one model (or backend) that failed, in percent.
    BackendDown,
    /// Uses of a key that was revoked.
    RevokedKey,
}

impl Kind {
    /// Every kind, in the order of the documentation.
    pub const ALL: [Self; 7] = [
        Self::ErrorRate,
        Self::LatencyP95,
        Self::Spend,
        Self::SpendForecast,
        Self::AuthFailures,
        Self::BackendDown,
        Self::RevokedKey,
    ];

    /// The kind's name, as in JSON.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::ErrorRate => "error_rate",
            Self::LatencyP95 => "latency_p95",
            Self::Spend => "spend",
            Self::SpendForecast => "spend_forecast",
            Self::AuthFailures => "auth_failures",
            Self::BackendDown => "backend_down",
            Self::RevokedKey => "revoked_key",
        }
    }

    /// The rule as it is unless somebody changes it.
    #[must_use]
    pub fn default_rule(self) -> Rule {
        let (threshold, minutes, least) = match self {
            Self::ErrorRate => (5.0, 5, 20),
            Self::LatencyP95 => (30_000.0, 5, 20),
            Self::Spend | Self::SpendForecast => (100.0, 1, 0),
            Self::AuthFailures => (20.0, 5, 0),
            Self::BackendDown => (90.0, 5, 5),
            Self::RevokedKey => (1.0, 5, 0),
        };
        Rule {
            kind: self,
            enabled: true,
            threshold,
            minutes,
            least,
        }
    }
}

/// A rule's settings.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Rule {
    /// What it looks at.
    pub kind: Kind,
    /// Whether it is looked at.
    #[serde(default = "on")]
    pub enabled: bool,
    /// From here on it fires.
    pub threshold: f64,
    /// How many of the last minutes it looks at: 1 to 60.
    #[serde(rename = "windowMinutes")]
    pub minutes: u32,
    /// With fewer requests than this it says nothing.
    #[serde(rename = "minimumRequests", default)]
    pub least: u32,
}

fn on() -> bool {
    true
}

/// The rules as they are unless somebody changes them.
#[must_use]
pub fn defaults() -> Vec<Rule> {
    Kind::ALL.map(Kind::default_rule).to_vec()
}

/// Checks rules that somebody sent; kinds that are absent keep their defaults.
///
/// # Errors
/// [`Invalid`] with the field's path.
pub fn validate(sent: &[Rule]) -> Result<Vec<Rule>, Invalid> {
    for (n, rule) in sent.iter().enumerate() {
        let wrong =
            |field: &str, message: &str| Err(invalid(&format!("$.rules[{n}].{field}"), message));
        if sent.iter().filter(|other| other.kind == rule.kind).count() > 1 {
            return wrong("kind", "There is one rule of each kind");
        }
        if !(rule.threshold > 0.0 && rule.threshold <= 1e9) {
            return wrong(
                "threshold",
                "A threshold is above 0 and at most 1,000,000,000",
            );
        }
        if !(1..=60).contains(&rule.minutes) {
            return wrong("windowMinutes", "A window has 1 to 60 minutes");
        }
    }
    Ok(Kind::ALL
        .into_iter()
        .map(|kind| {
            let sent = sent.iter().find(|rule| rule.kind == kind).copied();
            sent.unwrap_or_else(|| kind.default_rule())
        })
        .collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_sent_is_checked_and_the_rest_keeps_its_defaults() {
        let own = Rule {
            threshold: 1.0,
            ..Kind::ErrorRate.default_rule()
        };
        let rules = validate(&[own]).unwrap();
        assert_eq!(rules.len(), Kind::ALL.len());
        assert_eq!(rules[0].threshold, 1.0);
        assert_eq!(rules[1], Kind::LatencyP95.default_rule());
        for (wrong, path) in [
            (vec![own, own], "$.rules[0].kind"),
            (
                vec![Rule {
                    threshold: 0.0,
                    ..own
                }],
                "$.rules[0].threshold",
            ),
            (
                vec![Rule {
                    threshold: f64::NAN,
                    ..own
                }],
                "$.rules[0].threshold",
            ),
            (vec![Rule { minutes: 0, ..own }], "$.rules[0].windowMinutes"),
        ] {
            assert_eq!(validate(&wrong).unwrap_err().path, path);
        }
    }
}
