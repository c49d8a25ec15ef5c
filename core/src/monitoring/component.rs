//! A component of the service: how it does, and its last 90 days.
//!
//! A state holds once it was seen `TURN_AFTER` times in a row. A look that tells nothing counts for nothing: the
//! day keeps no data, since silence is not uptime.

use serde::{Deserialize, Serialize};

/// Looks in a row until a state holds.
const TURN_AFTER: u32 = 2;
/// Looks without data until nothing is known any more.
pub(crate) const UNKNOWN_AFTER: u32 = 5;
/// The days that are shown.
pub const DAYS: u32 = 90;

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

    pub(crate) fn is_trouble(self) -> bool {
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

impl Component {
    /// Takes what a look has seen on this day.
    pub(crate) fn see(&mut self, seen: State, today: u32, now_ms: u64) {
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
