//! One alarm for many purposes: an object has a single alarm, so due times share it.
//!
//! In scope: which purposes are due, and when to wake next. The shell keeps the table in SQL and
//! sets the platform's alarm to [`Schedule::next_ms`].

use std::collections::BTreeMap;

/// What an alarm is for. The text is a primary key in the object's storage: never rename one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Purpose {
    /// Expire leases and write down what is only in memory; see [`crate::ledger`].
    Sweep,
    /// Carry changes to the other stores; see [`crate::outbox`].
    Project,
    /// Compare the other stores with this one.
    Check,
    /// Forget what the request log may not keep any longer; see [`crate::metrics::tidy`].
    Tidy,
}

impl Purpose {
    /// Every purpose.
    pub const ALL: [Self; 4] = [Self::Sweep, Self::Project, Self::Check, Self::Tidy];

    /// The stored name.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Sweep => "sweep",
            Self::Project => "project",
            Self::Check => "check",
            Self::Tidy => "tidy",
        }
    }

    /// Whether it must be written down that it is due. The sweep is due at every alarm.
    #[must_use]
    pub fn is_durable(self) -> bool {
        self != Self::Sweep
    }

    /// Reads a stored name; `None` for one of another release.
    #[must_use]
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL
            .into_iter()
            .find(|purpose| purpose.as_str() == name)
    }
}

/// Due times by purpose, in milliseconds since the Unix epoch.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Schedule(BTreeMap<Purpose, u64>);

impl Schedule {
    /// Makes a purpose due at `due_ms`, unless it is already due earlier. Whether anything changed.
    pub fn wake_by(&mut self, purpose: Purpose, due_ms: u64) -> bool {
        if self
            .0
            .get(&purpose)
            .is_some_and(|present| *present <= due_ms)
        {
            return false;
        }
        self.0.insert(purpose, due_ms);
        true
    }

    /// When to wake next, if at all.
    #[must_use]
    pub fn next_ms(&self) -> Option<u64> {
        self.0.values().min().copied()
    }

    /// Removes and gives the purposes that are due, in a fixed order.
    pub fn take_due(&mut self, now_ms: u64) -> Vec<Purpose> {
        let due: Vec<_> = self
            .0
            .iter()
            .filter(|(_, at)| **at <= now_ms)
            .map(|(purpose, _)| *purpose)
            .collect();
        self.0.retain(|_, at| *at > now_ms);
        due
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_earliest_wins_and_what_is_due_is_given_once() {
        let mut schedule = Schedule::default();
        assert_eq!(schedule.next_ms(), None);
        assert!(schedule.wake_by(Purpose::Sweep, 50));
        assert!(!schedule.wake_by(Purpose::Sweep, 60));
        assert!(schedule.wake_by(Purpose::Sweep, 40));
        assert_eq!(schedule.next_ms(), Some(40));
        assert_eq!(schedule.take_due(39), []);
        assert_eq!(schedule.take_due(40), [Purpose::Sweep]);
        assert_eq!(schedule.take_due(40), []);
    }

    #[test]
    fn stored_names_parse_back_and_others_are_ignored() {
        for purpose in Purpose::ALL {
            assert_eq!(Purpose::parse(purpose.as_str()), Some(purpose));
        }
        assert_eq!(Purpose::parse("from_the_future"), None);
    }
}
