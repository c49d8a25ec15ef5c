//! Alerts: firing and resolving, once each, without flapping.
//!
//! An alert fires when its rule has seen too much in `FIRE_AFTER` looks in a row, and resolves when it
//! has seen less than `CALM` of the threshold, or nothing, in `RESOLVE_AFTER` looks in a row. Every
//! change is told once.

use crate::monitoring::rule::Kind;
use crate::monitoring::sight::Sight;
use serde::{Deserialize, Serialize};

/// Looks in a row above the threshold until an alert fires. Money and revoked keys fire at once.
const FIRE_AFTER: u32 = 2;
/// Looks in a row below it until the alert resolves.
const RESOLVE_AFTER: u32 = 3;
/// The part of the threshold that counts as below it.
const CALM: f64 = 0.8;
/// How many alerts that are over are kept.
const HISTORY: usize = 100;
/// The most alerts at once. What is more is not told apart.
const ALERTS_MAX: usize = 100;

/// An alert, firing or over.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Alert {
    /// Names it.
    pub id: String,
    /// The rule.
    pub kind: Kind,
    /// What it is about: a model, a key, a part of the budget; empty for the whole tenant.
    pub subject: String,
    /// The last value that was seen while it fired.
    pub value: f64,
    /// From where on the rule fires.
    pub threshold: f64,
    /// When it began to fire, in milliseconds since the Unix epoch.
    pub fired_at_ms: u64,
    /// When it was over.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub resolved_at_ms: Option<u64>,
}

/// What may become an alert, and what is one.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
struct Watched {
    /// Looks in a row above, or below while it fires.
    streak: u32,
    alert: Option<Alert>,
}

/// All alerts of a tenant, or of the whole deployment.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Alerts {
    watched: Vec<(Kind, String, Watched)>,
    past: Vec<Alert>,
    last: u64,
}

/// An alert that has just begun to fire, or is just over.
#[derive(Clone, Debug, PartialEq)]
pub enum Change {
    /// It fires.
    Fired(Alert),
    /// It is over.
    Resolved(Alert),
}

impl Change {
    /// The alert.
    #[must_use]
    pub fn alert(&self) -> &Alert {
        match self {
            Self::Fired(alert) | Self::Resolved(alert) => alert,
        }
    }
}

/// Money that is spent stays spent, and a key that was revoked should not be used even once.
fn is_sudden(kind: Kind) -> bool {
    matches!(kind, Kind::Spend | Kind::RevokedKey | Kind::SpendForecast)
}

impl Alerts {
    /// Takes what the rules see now, and gives what changes by it.
    pub fn step(&mut self, sights: &[Sight], now_ms: u64) -> Vec<Change> {
        for sight in sights.iter().filter(|sight| sight.value >= sight.threshold) {
            let known = self
                .watched
                .iter()
                .any(|(kind, subject, _)| *kind == sight.kind && *subject == sight.subject);
            if !known && self.watched.len() < ALERTS_MAX {
                let watched = Watched::default();
                self.watched
                    .push((sight.kind, sight.subject.clone(), watched));
            }
        }
        let mut changes = Vec::new();
        for (kind, subject, watched) in &mut self.watched {
            let sight = sights
                .iter()
                .find(|sight| sight.kind == *kind && sight.subject == *subject);
            let over = sight.is_some_and(|sight| sight.value >= sight.threshold);
            let calm = sight.is_none_or(|sight| sight.value < sight.threshold * CALM);
            match &mut watched.alert {
                None => {
                    watched.streak = if over { watched.streak + 1 } else { 0 };
                    let needed = if is_sudden(*kind) { 1 } else { FIRE_AFTER };
                    if let Some(sight) = sight.filter(|_| watched.streak >= needed) {
                        self.last += 1;
                        let alert = Alert {
                            id: format!("alr_{}", self.last),
                            kind: *kind,
                            subject: subject.clone(),
                            value: sight.value,
                            threshold: sight.threshold,
                            fired_at_ms: now_ms,
                            resolved_at_ms: None,
                        };
                        watched.streak = 0;
                        watched.alert = Some(alert.clone());
                        changes.push(Change::Fired(alert));
                    }
                }
                Some(alert) => {
                    watched.streak = if calm { watched.streak + 1 } else { 0 };
                    if let Some(sight) = sight.filter(|_| over) {
                        alert.value = sight.value;
                        alert.threshold = sight.threshold;
                    }
                    if watched.streak >= RESOLVE_AFTER {
                        let mut alert = alert.clone();
                        alert.resolved_at_ms = Some(now_ms);
                        watched.alert = None;
                        watched.streak = 0;
                        self.past.push(alert.clone());
                        changes.push(Change::Resolved(alert));
                    }
                }
            }
        }
        self.watched
            .retain(|(.., watched)| watched.alert.is_some() || watched.streak > 0);
        let surplus = self.past.len().saturating_sub(HISTORY);
        self.past.drain(..surplus);
        changes
    }

    /// The alerts that fire, the newest first.
    #[must_use]
    pub fn firing(&self) -> Vec<&Alert> {
        let alerts = self.watched.iter();
        let mut alerts: Vec<_> = alerts.filter_map(|(.., it)| it.alert.as_ref()).collect();
        alerts.sort_by_key(|alert| core::cmp::Reverse(alert.fired_at_ms));
        alerts
    }

    /// The alerts that are over, the newest first.
    pub fn past(&self) -> impl Iterator<Item = &Alert> {
        self.past.iter().rev()
    }

    /// Whether there is something that the next look may change.
    #[must_use]
    pub fn is_restless(&self) -> bool {
        !self.watched.is_empty()
    }
}

/// An alert in words.
#[must_use]
pub fn describe(alert: &Alert) -> String {
    let Alert {
        value,
        threshold,
        subject,
        ..
    } = alert;
    match alert.kind {
        Kind::ErrorRate => format!("{value:.1} % of requests failed (limit {threshold:.1} %)"),
        Kind::LatencyP95 => {
            format!("95 % of requests take up to {value:.0} ms (limit {threshold:.0} ms)")
        }
        Kind::Spend => format!("{value:.1} % of this month's budget is spent (limit {subject})"),
        Kind::SpendForecast => {
            format!("by the end of the month {value:.0} % of its budget will be spent")
        }
        Kind::AuthFailures => {
            format!("{value:.0} requests with a bad key (limit {threshold:.0})")
        }
        Kind::BackendDown => format!("{value:.0} % of calls of {subject} failed"),
        Kind::RevokedKey => format!("the revoked key {subject} was used {value:.0} times"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn sight(value: f64) -> Sight {
        Sight {
            kind: Kind::ErrorRate,
            subject: String::new(),
            value,
            threshold: 10.0,
        }
    }

    /// `f` for one that fired, `r` for one that is over, `-` for no change, by look.
    fn told(alerts: &mut Alerts, values: &[f64]) -> String {
        let mut text = String::new();
        for (n, value) in values.iter().enumerate() {
            let changes = alerts.step(&[sight(*value)], n as u64);
            assert!(changes.len() <= 1);
            text.push(match changes.first() {
                None => '-',
                Some(Change::Fired(_)) => 'f',
                Some(Change::Resolved(_)) => 'r',
            });
        }
        text
    }

    #[test]
    fn one_look_fires_nothing_and_two_in_a_row_fire_once() {
        let mut alerts = Alerts::default();
        assert_eq!(told(&mut alerts, &[50.0, 0.0, 50.0, 50.0, 50.0]), "---f-");
        assert_eq!(alerts.firing().len(), 1);
    }

    #[test]
    fn it_resolves_only_after_three_calm_looks() {
        let mut alerts = Alerts::default();
        let values = [20.0, 20.0, 9.0, 9.0, 9.0, 7.0, 7.0, 9.0, 7.0, 7.0, 7.0];
        assert_eq!(told(&mut alerts, &values), "-f--------r");
        assert_eq!(alerts.past().count(), 1);
        assert!(!alerts.is_restless());
    }

    #[test]
    fn one_that_is_not_seen_any_more_resolves_too() {
        let mut alerts = Alerts::default();
        alerts.step(&[sight(50.0)], 0);
        alerts.step(&[sight(50.0)], 1);
        let over: Vec<_> = (2..6).map(|n| alerts.step(&[], n).len()).collect();
        assert_eq!(over, [0, 0, 1, 0]);
    }

    #[test]
    fn money_fires_at_once() {
        let mut alerts = Alerts::default();
        let spent = Sight {
            kind: Kind::Spend,
            subject: "80%".into(),
            value: 81.0,
            threshold: 80.0,
        };
        let changes = alerts.step(core::slice::from_ref(&spent), 7);
        assert_eq!(changes.len(), 1);
        assert_eq!(changes[0].alert().id, "alr_1");
        assert!(describe(changes[0].alert()).contains("81.0 %"));
        assert!(alerts.step(&[spent], 8).is_empty());
    }

    proptest! {
        #[test]
        fn firing_and_resolving_alternate(values in proptest::collection::vec(0.0_f64..20.0, 0..200)) {
            let mut alerts = Alerts::default();
            let told: String = told(&mut alerts, &values).chars().filter(|c| *c != '-').collect();
            prop_assert!(!told.contains("ff") && !told.contains("rr") && !told.starts_with('r'));
        }

        #[test]
        fn what_is_stored_is_read_back(values in proptest::collection::vec(0_u8..20, 0..20)) {
            let mut alerts = Alerts::default();
            let values: Vec<_> = values.into_iter().map(f64::from).collect();
            told(&mut alerts, &values);
            let json = serde_json::to_string(&alerts).unwrap();
            prop_assert_eq!(serde_json::from_str::<Alerts>(&json).unwrap(), alerts);
        }
    }
}
