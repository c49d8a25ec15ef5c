//! What rules see in the windows of the last minutes, and of the month's money.
//!
//! Whether that is told to anybody is decided elsewhere ([`crate::monitoring::alert`]).

use crate::calendar::Month;
use crate::message::Usage;
use crate::metrics::cell::Cell;
use crate::metrics::window::MINUTE_MS;
use crate::monitoring::rule::{Kind, Rule};
use crate::monitoring::summary::faults;
use crate::monitoring::{ADMISSION, API, CANARY};
use std::collections::BTreeMap;

/// What was counted of one minute, key (or backend) and model.
#[derive(Clone, Debug, PartialEq)]
pub struct Minute {
    /// When it began, in milliseconds since the Unix epoch.
    pub at_ms: u64,
    /// The key's id, or the backend's name.
    pub key: String,
    /// The model's catalog id.
    pub model: String,
    /// The counts.
    pub cell: Cell,
}

/// The month's money as it stands.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Spend {
    /// Nano-USD charged in this month.
    pub spent: u64,
    /// The month's limit; `None` for no limit.
    pub budget: Option<u64>,
    /// How much of the month has passed: 0 to 1.
    pub passed: f64,
}

impl Spend {
    /// As it stands at `now_ms`.
    #[must_use]
    #[expect(
        clippy::cast_precision_loss,
        reason = "times are below 2^53, and this is judged, not charged"
    )]
    pub fn of(usage: &Usage, now_ms: u64) -> Self {
        let month = Month::of(now_ms);
        let begins_ms = month.first_day().begins_ms();
        let length_ms = month.ends_ms().saturating_sub(begins_ms).max(1);
        Self {
            spent: usage.spent.0,
            budget: usage.limits.budget.map(|budget| budget.0),
            passed: now_ms.saturating_sub(begins_ms) as f64 / length_ms as f64,
        }
    }
}

/// The deployment's windows as its rules take them: backends in the place of models, and of the gateway's
/// own parts only who was refused.
#[must_use]
pub fn of_backends(minutes: &[Minute]) -> Vec<Minute> {
    minutes
        .iter()
        .map(|minute| {
            if matches!(minute.key.as_str(), API | ADMISSION | CANARY) {
                Minute {
                    cell: Cell {
                        auth: minute.cell.auth.clone(),
                        ..Cell::default()
                    },
                    model: String::new(),
                    ..minute.clone()
                }
            } else {
                Minute {
                    model: minute.key.clone(),
                    ..minute.clone()
                }
            }
        })
        .collect()
}

/// What a rule sees of one thing.
#[derive(Clone, Debug, PartialEq)]
pub struct Sight {
    /// The rule's kind.
    pub kind: Kind,
    /// What it is seen of: a model, a key, a percentage; empty for the whole tenant.
    pub subject: String,
    /// The value.
    pub value: f64,
    /// From here on it fires.
    pub threshold: f64,
}

#[expect(
    clippy::cast_precision_loss,
    reason = "counts and money are below 2^53, and this is judged, not charged"
)]
fn number(value: i64) -> f64 {
    value as f64
}

fn percent(part: f64, whole: f64) -> f64 {
    if whole > 0.0 {
        100.0 * part / whole
    } else {
        0.0
    }
}

/// What the rules see at `now_ms`. A rule that has too little to say anything sees nothing.
#[must_use]
pub fn look(rules: &[Rule], minutes: &[Minute], spend: Spend, now_ms: u64) -> Vec<Sight> {
    let mut sights = Vec::new();
    for rule in rules.iter().filter(|rule| rule.enabled) {
        let from_ms = now_ms.saturating_sub(u64::from(rule.minutes) * MINUTE_MS);
        let within = || {
            minutes
                .iter()
                .filter(|minute| minute.at_ms + MINUTE_MS > from_ms)
        };
        let mut see = |subject: &str, value: f64, threshold: f64| {
            sights.push(Sight {
                kind: rule.kind,
                subject: subject.to_owned(),
                value,
                threshold,
            });
        };
        let least = i64::from(rule.least);
        match rule.kind {
            Kind::ErrorRate | Kind::LatencyP95 => {
                let mut sum = Cell::default();
                within().for_each(|minute| sum.merge(&minute.cell));
                if sum.requests < least.max(1) {
                    continue;
                }
                if rule.kind == Kind::ErrorRate {
                    let rate = percent(number(faults(&sum)), number(sum.requests));
                    see("", rate, rule.threshold);
                } else if let Some(ms) = sum.latency.percentile_ms(950) {
                    see(
                        "",
                        number(i64::try_from(ms).unwrap_or(i64::MAX)),
                        rule.threshold,
                    );
                }
            }
            Kind::Spend | Kind::SpendForecast => {
                let Some(budget) = spend.budget.filter(|budget| *budget > 0) else {
                    continue;
                };
                let money = |nano: u64| number(i64::try_from(nano).unwrap_or(i64::MAX));
                let spent = percent(money(spend.spent), money(budget));
                if rule.kind == Kind::Spend {
                    for part in [0.5, 0.8, 1.0] {
                        let threshold = rule.threshold * part;
                        see(&format!("{threshold:.0}%"), spent, threshold);
                    }
                } else if spend.passed >= 0.1 && spent < rule.threshold {
                    // The first days of a month tell too little.
                    see("", spent / spend.passed, rule.threshold);
                }
            }
            Kind::AuthFailures => {
                let failed = within()
                    .flat_map(|minute| minute.cell.auth.iter())
                    .filter(|(how, _)| !matches!(*how, "ok" | "operator" | "forbidden"))
                    .map(|(_, count)| count)
                    .sum();
                see("", number(failed), rule.threshold);
            }
            Kind::BackendDown => {
                let mut sums: BTreeMap<&str, Cell> = BTreeMap::new();
                for minute in within().filter(|minute| !minute.model.is_empty()) {
                    sums.entry(&minute.model).or_default().merge(&minute.cell);
                }
                for (model, sum) in sums {
                    if sum.requests >= least.max(1) {
                        let rate = percent(number(faults(&sum)), number(sum.requests));
                        see(model, rate, rule.threshold);
                    }
                }
            }
            Kind::RevokedKey => {
                let mut uses: BTreeMap<&str, i64> = BTreeMap::new();
                for minute in within() {
                    let count = minute.cell.auth.get("revoked");
                    if count > 0 {
                        *uses.entry(&minute.key).or_default() += count;
                    }
                }
                for (key, count) in uses {
                    see(key, number(count), rule.threshold);
                }
            }
        }
    }
    sights
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::monitoring::rule::defaults;

    const NOW_MS: u64 = 1_795_395_723_004;

    fn minute(ago: u64, model: &str, requests: i64, failed: i64, ms: u64) -> Minute {
        let mut cell = Cell {
            requests,
            ..Cell::default()
        };
        if failed > 0 {
            cell.ends.add("UPSTREAM_ERROR", failed);
        }
        for _ in 0..requests {
            cell.latency.record(ms);
        }
        Minute {
            at_ms: NOW_MS - NOW_MS % MINUTE_MS - ago * MINUTE_MS,
            key: "key_1".into(),
            model: model.into(),
            cell,
        }
    }

    fn value(sights: &[Sight], kind: Kind, subject: &str) -> Option<f64> {
        let found = sights
            .iter()
            .find(|sight| sight.kind == kind && sight.subject == subject);
        found.map(|sight| sight.value)
    }

    #[test]
    fn rates_are_of_the_rules_minutes_and_need_enough_requests() {
        let minutes = [
            minute(0, "a", 30, 3, 40),
            minute(3, "b", 10, 10, 64),
            minute(30, "a", 100, 100, 9_000),
        ];
        let sights = look(&defaults(), &minutes, Spend::default(), NOW_MS);
        assert_eq!(value(&sights, Kind::ErrorRate, ""), Some(32.5));
        assert_eq!(value(&sights, Kind::LatencyP95, ""), Some(64.0));
        assert_eq!(value(&sights, Kind::BackendDown, "a"), Some(10.0));
        assert_eq!(value(&sights, Kind::BackendDown, "b"), Some(100.0));
        assert_eq!(value(&sights, Kind::Spend, "50%"), None);
        let few = look(&defaults(), &minutes[1..2], Spend::default(), NOW_MS);
        assert_eq!(value(&few, Kind::ErrorRate, ""), None);
    }

    #[test]
    fn money_is_seen_at_three_heights_and_ahead() {
        let spend = Spend {
            spent: 60,
            budget: Some(100),
            passed: 0.5,
        };
        let sights = look(&defaults(), &[], spend, NOW_MS);
        for height in ["50%", "80%", "100%"] {
            assert_eq!(value(&sights, Kind::Spend, height), Some(60.0));
        }
        assert_eq!(value(&sights, Kind::SpendForecast, ""), Some(120.0));
        let early = Spend {
            passed: 0.05,
            ..spend
        };
        let sights = look(&defaults(), &[], early, NOW_MS);
        assert_eq!(value(&sights, Kind::SpendForecast, ""), None);
    }

    #[test]
    fn refused_keys_are_counted_and_revoked_ones_named() {
        let mut refused = minute(1, "", 0, 0, 0);
        refused.cell.auth.add("revoked", 3);
        refused.cell.auth.add("expired", 2);
        refused.cell.auth.add("ok", 50);
        let sights = look(&defaults(), &[refused], Spend::default(), NOW_MS);
        assert_eq!(value(&sights, Kind::AuthFailures, ""), Some(5.0));
        assert_eq!(value(&sights, Kind::RevokedKey, "key_1"), Some(3.0));
    }
}
