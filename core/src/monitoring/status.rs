//! The status of the service: its components, 90 days of them, and incidents.
//!
//! A component is judged by real traffic of the last minutes, or, where there is too little of it, by the
//! last probe. Without either it is unknown. A trouble opens an incident, its end closes it.

use crate::error::Code;
use crate::metrics::window::MINUTE_MS;
use crate::monitoring::component::{Component, State};
use crate::monitoring::incident::Incidents;
use crate::monitoring::sight::Minute;
use crate::monitoring::summary::faults;
use crate::monitoring::{ADMISSION, API, CANARY};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// The minutes that traffic is judged by.
const MINUTES: u64 = 5;
/// With fewer requests than this, traffic says nothing.
const LEAST: i64 = 5;
/// How many backends are told apart.
const COMPONENTS_MAX: usize = 20;

/// The status of the service.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Status {
    /// By name.
    pub components: BTreeMap<String, Component>,
    /// Their times of trouble.
    pub incidents: Incidents,
    /// When it was last looked at, in milliseconds since the Unix epoch.
    pub looked_at_ms: u64,
}

/// How a probe went: the component, and the status that it answered; 0 for no answer in time.
pub type Probe = (String, u16);

/// What a probe says. A backend that refuses is there. The canary asks for a chat, so only a chat is well; when its
/// key or its budget is no good, nothing was found out.
fn by_probe((name, status): &Probe) -> Option<State> {
    match status {
        0 | 500.. => Some(State::Down),
        200..300 => Some(State::Operational),
        _ if name == CANARY => None,
        _ => Some(State::Operational),
    }
}

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
    /// As it is shown: the gateway's own parts are there before anything is known of them.
    #[must_use]
    pub fn shown(mut self) -> Self {
        for name in [API, ADMISSION] {
            self.components.entry(name.to_owned()).or_default();
        }
        self
    }

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
        for name in [API, ADMISSION].into_iter().chain(names) {
            if !self.components.contains_key(name) && self.components.len() < COMPONENTS_MAX {
                self.components
                    .insert(name.to_owned(), Component::default());
            }
        }
        let today = crate::calendar::Day::of(now_ms).0;
        for (name, component) in &mut self.components {
            let probed = probes.iter().find(|(of, _)| of == name);
            let probed = probed.and_then(by_probe);
            let (requests, failed) = sums.get(name.as_str()).copied().unwrap_or_default();
            let seen = by_traffic(requests, failed).or(probed).unwrap_or_default();
            let before = component.state;
            component.see(seen, today, now_ms);
            if before != component.state {
                self.incidents.turn(name, component, now_ms);
            }
        }
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
}

/// Whether a component is the gateway's own, and not a backend.
fn is_own(name: &str) -> bool {
    matches!(name, API | ADMISSION | CANARY)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::metrics::cell::Cell;
    use crate::monitoring::component::UNKNOWN_AFTER;

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

    fn look(status: &mut Status, traffic: &[(&str, i64, i64)], probes: &[(&str, u16)]) {
        let minutes: Vec<_> = traffic
            .iter()
            .map(|(key, requests, failed)| minute(key, *requests, *failed))
            .collect();
        let probes: Vec<_> = probes
            .iter()
            .map(|(name, status)| ((*name).to_owned(), *status))
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
        assert!(status.incidents.note("inc_1", "We are on it", NOW_MS));
        assert!(!status.incidents.note("inc_2", "?", NOW_MS));
        for _ in 0..2 {
            look(&mut status, &[("sandbox", 10, 0)], &[]);
        }
        assert_eq!(status.overall(), State::Operational);
        assert_eq!(status.incidents.newest().count(), 1);
        assert!(status.incidents.newest().all(|it| it.ended_at_ms.is_some()));
        let day = status.components["sandbox"].days[0];
        assert_eq!((day.good, day.down), (3, 2));
        assert_eq!(day.uptime(), Some(60_000));
    }

    #[test]
    fn with_little_traffic_the_probe_tells_and_all_backends_down_are_an_outage() {
        let mut status = Status::default();
        for _ in 0..2 {
            look(&mut status, &[("sandbox", 1, 1)], &[("sandbox", 0)]);
        }
        assert_eq!(status.overall(), State::Down);
        for _ in 0..2 {
            look(&mut status, &[("sandbox", 10, 2)], &[("sandbox", 404)]);
        }
        assert_eq!(status.overall(), State::Degraded);
        for _ in 0..UNKNOWN_AFTER {
            look(&mut status, &[], &[]);
        }
        assert_eq!(status.components["sandbox"].state, State::Unknown);
        assert!(status.incidents.newest().all(|it| it.ended_at_ms.is_some()));
    }

    #[test]
    fn a_canary_without_a_good_key_says_nothing_and_a_failing_one_is_an_outage() {
        let mut status = Status::default();
        look(&mut status, &[], &[(CANARY, 200)]);
        for code in [401, 402, 429] {
            look(&mut status, &[], &[(CANARY, code)]);
        }
        assert_eq!(status.components[CANARY].state, State::Operational);
        for code in [502, 0] {
            look(&mut status, &[], &[(CANARY, code)]);
        }
        assert_eq!(status.overall(), State::Down);
        let incident = status.incidents.newest().next().unwrap();
        assert_eq!(incident.component, CANARY);
    }

    #[test]
    fn what_is_stored_is_read_back() {
        let mut status = Status::default();
        look(&mut status, &[("sandbox", 10, 10)], &[]);
        let json = serde_json::to_string(&status).unwrap();
        assert_eq!(serde_json::from_str::<Status>(&json).unwrap(), status);
    }
}
