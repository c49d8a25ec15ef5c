//! The status of the service: its components, 90 days of them, and incidents.
//!
//! A component is judged by real traffic of the last minutes, or, where there is too little of it, by the
//! last probe. Without either it is unknown, and its day keeps no data: silence is not uptime. A state
//! holds once it was seen `TURN_AFTER` times in a row; a trouble opens an incident, its end closes it.

use crate::error::Code;
use crate::metrics::window::MINUTE_MS;
use crate::monitoring::rule::Minute;
use crate::monitoring::summary::faults;
use crate::monitoring::{ADMISSION, API, CANARY};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Looks in a row until a state holds.
const TURN_AFTER: u32 = 2;
/// Looks without data until nothing is known any more.
const UNKNOWN_AFTER: u32 = 5;
/// The minutes that traffic is judged by.
const MINUTES: u64 = 5;
/// With fewer requests than this, traffic says nothing.
const LEAST: i64 = 5;
/// The days that are shown.
pub const DAYS: u32 = 90;
/// How many incidents are kept.
const INCIDENTS_MAX: usize = 100;
/// How many backends are told apart.
const COMPONENTS_MAX: usize = 20;

/// How a component does.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum State {
    /// Nothing is known.
    #[default]
    Unknown,
    /// All is well.
    Operational,
    /// Some requests fail.
    Degraded,
    /// Most do.
    Down,
}

impl State {
    /// The state's name.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Unknown => "unknown",
            Self::Operational => "operational",
            Self::Degraded => "degraded",
            Self::Down => "down",
        }
    }

    fn is_trouble(self) -> bool {
        matches!(self, Self::Degraded | Self::Down)
    }
}

/// One day of a component, in looks.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Day {
    /// The day, since 1970-01-01.
    pub day: u32,
    /// Looks that found it operational.
    pub good: u32,
    /// Looks that found it degraded.
    pub degraded: u32,
    /// Looks that found it down.
    pub down: u32,
}

impl Day {
    /// The part of looks at which it was not down, in thousandths of a percent; `None` without any.
    #[must_use]
    pub fn uptime(self) -> Option<u32> {
        let all = u64::from(self.good) + u64::from(self.degraded) + u64::from(self.down);
        let up = u64::from(self.good) + u64::from(self.degraded);
        u32::try_from((up * 100_000).checked_div(all)?).ok()
    }
}

/// A component.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Component {
    /// How it does.
    pub state: State,
    /// Since when, in milliseconds since the Unix epoch.
    pub since_ms: u64,
    /// What was seen last, and how many times in a row.
    seen: (State, u32),
    /// Its days, oldest first. Those without a look are not there.
    pub days: Vec<Day>,
}

/// A time of trouble.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Incident {
    /// Names it.
    pub id: String,
    /// The component.
    pub component: String,
    /// The worst that it came to.
    pub state: State,
    /// When it began, in milliseconds since the Unix epoch.
    pub started_at_ms: u64,
    /// When it was over.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ended_at_ms: Option<u64>,
    /// What the operator says of it.
    #[serde(default)]
    pub notes: Vec<Note>,
}

/// A word of the operator.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Note {
    /// When it was said, in milliseconds since the Unix epoch.
    pub at_ms: u64,
    /// What.
    pub text: String,
}

/// The status of the service.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Status {
    /// By name.
    pub components: BTreeMap<String, Component>,
    /// The oldest first.
    pub incidents: Vec<Incident>,
    /// When it was last looked at, in milliseconds since the Unix epoch.
    pub looked_at_ms: u64,
    last: u64,
}

/// How a probe went: the component, and whether it answered.
pub type Probe = (String, bool);

/// What traffic says; `None` where there is too little of it.
fn by_traffic(requests: i64, failed: i64) -> Option<State> {
    if requests < LEAST {
        return None;
    }
    Some(if failed * 10 >= requests * 9 {
        State::Down
    } else if failed * 10 >= requests {
        State::Degraded
    } else {
        State::Operational
    })
}

impl Status {
    /// Looks at the windows of the last minutes and at probes, at `now_ms`.
    pub fn look(&mut self, minutes: &[Minute], probes: &[Probe], now_ms: u64) {
        self.looked_at_ms = now_ms;
        let from_ms = now_ms.saturating_sub(MINUTES * MINUTE_MS);
        let mut sums: BTreeMap<&str, (i64, i64)> = BTreeMap::new();
        for Minute {
            at_ms, key, cell, ..
        } in minutes
        {
            if *at_ms + MINUTE_MS > from_ms && !key.is_empty() {
                let (requests, failed) = sums.entry(key).or_default();
                *requests += cell.requests;
                // A backend's fault is not the gateway's.
                *failed += if key == API {
                    cell.ends.get(Code::InternalError.as_str())
                } else {
                    faults(cell)
                };
            }
        }
        let names = sums.keys().copied();
        let names = names.chain(probes.iter().map(|(name, _)| name.as_str()));
        for name in names.chain([API, ADMISSION]) {
            if !self.components.contains_key(name) && self.components.len() < COMPONENTS_MAX {
                self.components
                    .insert(name.to_owned(), Component::default());
            }
        }
        let today = crate::calendar::Day::of(now_ms).0;
        for (name, component) in &mut self.components {
            let probed = probes.iter().find(|(of, _)| of == name);
            let probed = probed.map(|(_, answered)| {
                if *answered {
                    State::Operational
                } else {
                    State::Down
                }
            });
            let (requests, failed) = sums.get(name.as_str()).copied().unwrap_or_default();
            let seen = by_traffic(requests, failed).or(probed).unwrap_or_default();
            let before = component.state;
            component.see(seen, today, now_ms);
            if before != component.state {
                turn(&mut self.incidents, &mut self.last, name, component, now_ms);
            }
        }
        let surplus = self.incidents.len().saturating_sub(INCIDENTS_MAX);
        self.incidents.drain(..surplus);
    }

    /// How the service does as a whole: as its own parts do; a backend that is down degrades it, and all
    /// of them take it down.
    #[must_use]
    pub fn overall(&self) -> State {
        let known = |own: bool| {
            let components = self.components.iter();
            components
                .filter(move |(name, it)| is_own(name) == own && it.state != State::Unknown)
                .map(|(_, it)| it.state)
        };
        let own = known(true).max().unwrap_or(State::Operational);
        let backends = if known(false).count() > 0 && known(false).all(|it| it == State::Down) {
            State::Down
        } else if known(false).any(State::is_trouble) {
            State::Degraded
        } else {
            State::Operational
        };
        own.max(backends)
    }

    /// Adds the operator's word to an incident; whether there is such a one.
    pub fn note(&mut self, incident: &str, text: &str, now_ms: u64) -> bool {
        let Some(incident) = self.incidents.iter_mut().find(|it| it.id == incident) else {
            return false;
        };
        incident.notes.push(Note {
            at_ms: now_ms,
            text: text.to_owned(),
        });
        true
    }
}

/// Whether a component is the gateway's own, and not a backend.
fn is_own(name: &str) -> bool {
    matches!(name, API | ADMISSION | CANARY)
}

impl Component {
    fn see(&mut self, seen: State, today: u32, now_ms: u64) {
        let (before, streak) = self.seen;
        let streak = if before == seen { streak + 1 } else { 1 };
        self.seen = (seen, streak);
        let needed = match (self.state, seen) {
            // Nothing is contradicted.
            (State::Unknown, State::Operational) => 1,
            (_, State::Unknown) => UNKNOWN_AFTER,
            _ => TURN_AFTER,
        };
        if seen != self.state && streak >= needed {
            self.state = seen;
            self.since_ms = now_ms;
        }
        if seen == State::Unknown {
            return;
        }
        if self.days.last().is_none_or(|last| last.day < today) {
            self.days.push(Day {
                day: today,
                ..Day::default()
            });
            self.days.retain(|it| today - it.day.min(today) < DAYS);
        }
        if let Some(day) = self.days.last_mut() {
            let count = match self.state {
                State::Down => &mut day.down,
                State::Degraded => &mut day.degraded,
                State::Operational | State::Unknown => &mut day.good,
            };
            *count = count.saturating_add(1);
        }
    }
}

/// Opens, deepens or closes a component's incident.
fn turn(
    incidents: &mut Vec<Incident>,
    last: &mut u64,
    name: &str,
    component: &Component,
    now_ms: u64,
) {
    let open = incidents
        .iter_mut()
        .find(|it| it.component == name && it.ended_at_ms.is_none());
    match (open, component.state.is_trouble()) {
        (Some(open), true) => open.state = open.state.max(component.state),
        (Some(open), false) => open.ended_at_ms = Some(now_ms),
        (None, true) => {
            *last += 1;
            incidents.push(Incident {
                id: format!("inc_{last}"),
                component: name.to_owned(),
                state: component.state,
                started_at_ms: now_ms,
                ended_at_ms: None,
                notes: Vec::new(),
            });
        }
        (None, false) => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::metrics::cell::Cell;

    const NOW_MS: u64 = 1_795_395_723_004;

    fn minute(key: &str, requests: i64, failed: i64) -> Minute {
        let mut cell = Cell {
            requests,
            ..Cell::default()
        };
        cell.ends.add("UPSTREAM_ERROR", failed);
        Minute {
            at_ms: NOW_MS,
            key: key.into(),
            model: String::new(),
            cell,
        }
    }

    fn look(status: &mut Status, traffic: &[(&str, i64, i64)], probes: &[(&str, bool)]) {
        let minutes: Vec<_> = traffic
            .iter()
            .map(|(key, requests, failed)| minute(key, *requests, *failed))
            .collect();
        let probes: Vec<_> = probes
            .iter()
            .map(|(name, up)| ((*name).to_owned(), *up))
            .collect();
        status.look(&minutes, &probes, NOW_MS);
    }

    #[test]
    fn silence_is_neither_uptime_nor_trouble() {
        let mut status = Status::default();
        look(&mut status, &[], &[]);
        assert_eq!(status.overall(), State::Operational);
        assert!(
            status
                .components
                .values()
                .all(|it| it.state == State::Unknown && it.days.is_empty())
        );
    }

    #[test]
    fn a_backend_that_fails_opens_one_incident_and_its_recovery_closes_it() {
        let mut status = Status::default();
        look(&mut status, &[("sandbox", 10, 0), ("api", 10, 0)], &[]);
        assert_eq!(status.overall(), State::Operational);
        look(&mut status, &[("sandbox", 10, 10), ("other", 10, 0)], &[]);
        assert_eq!(status.overall(), State::Operational);
        look(&mut status, &[("sandbox", 10, 10), ("other", 10, 0)], &[]);
        assert_eq!(status.overall(), State::Degraded);
        assert_eq!(status.components["sandbox"].state, State::Down);
        assert!(status.note("inc_1", "We are on it", NOW_MS));
        assert!(!status.note("inc_2", "?", NOW_MS));
        for _ in 0..2 {
            look(&mut status, &[("sandbox", 10, 0)], &[]);
        }
        assert_eq!(status.overall(), State::Operational);
        assert_eq!(status.incidents.len(), 1);
        assert!(status.incidents[0].ended_at_ms.is_some());
        let day = status.components["sandbox"].days[0];
        assert_eq!((day.good, day.down), (3, 2));
        assert_eq!(day.uptime(), Some(60_000));
    }

    #[test]
    fn with_little_traffic_the_probe_tells_and_all_backends_down_are_an_outage() {
        let mut status = Status::default();
        for _ in 0..2 {
            look(&mut status, &[("sandbox", 1, 1)], &[("sandbox", false)]);
        }
        assert_eq!(status.overall(), State::Down);
        for _ in 0..2 {
            look(&mut status, &[("sandbox", 10, 2)], &[("sandbox", true)]);
        }
        assert_eq!(status.overall(), State::Degraded);
        for _ in 0..UNKNOWN_AFTER {
            look(&mut status, &[], &[]);
        }
        assert_eq!(status.components["sandbox"].state, State::Unknown);
        assert!(status.incidents.iter().all(|it| it.ended_at_ms.is_some()));
    }

    #[test]
    fn what_is_stored_is_read_back() {
        let mut status = Status::default();
        look(&mut status, &[("sandbox", 10, 10)], &[]);
        let json = serde_json::to_string(&status).unwrap();
        assert_eq!(serde_json::from_str::<Status>(&json).unwrap(), status);
    }
}
