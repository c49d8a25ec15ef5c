//! Windows of three lengths, and how short ones become long ones.
//!
//! What was counted lies in exactly one row: in its minute for some hours, then in its hour, then in
//! its day. There may be more than one row of a window, key and model; together they are the window.

use crate::calendar::DAY_MS;
use crate::lease::Lease;
use crate::metrics::cell::{Cell, OTHER};
use serde::{Deserialize, Serialize};

/// A minute, in ms.
pub const MINUTE_MS: u64 = 60_000;
/// An hour, in ms.
pub const HOUR_MS: u64 = 3_600_000;
/// Pairs of key and model that a window tells apart. What is more is counted under [`OTHER`].
pub const SERIES_MAX: usize = 40;

/// How long a window is. The number is stored: never change one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Grain {
    /// Kept for two hours and more.
    Minute,
    /// Kept for 31 days and more.
    Hour,
    /// Kept for 400 days.
    Day,
}

impl Grain {
    /// Every grain, shortest first.
    pub const ALL: [Self; 3] = [Self::Minute, Self::Hour, Self::Day];

    /// The stored number.
    #[must_use]
    pub fn number(self) -> u8 {
        match self {
            Self::Minute => 0,
            Self::Hour => 1,
            Self::Day => 2,
        }
    }

    /// Its length in ms.
    #[must_use]
    pub fn ms(self) -> u64 {
        match self {
            Self::Minute => MINUTE_MS,
            Self::Hour => HOUR_MS,
            Self::Day => DAY_MS,
        }
    }

    /// How long windows of this length are kept, in ms.
    #[must_use]
    pub fn kept_ms(self) -> u64 {
        match self {
            Self::Minute => 2 * HOUR_MS,
            Self::Hour => 31 * DAY_MS,
            Self::Day => 400 * DAY_MS,
        }
    }

    /// What its windows become when they are older than that; days are forgotten.
    #[must_use]
    pub fn longer(self) -> Option<Self> {
        match self {
            Self::Minute => Some(Self::Hour),
            Self::Hour => Some(Self::Day),
            Self::Day => None,
        }
    }

    /// When the window began that holds this time.
    #[must_use]
    pub fn begin(self, at_ms: u64) -> u64 {
        at_ms - at_ms % self.ms()
    }
}

/// A stored row: what was counted in one window of one key and one model, or a part of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WindowRow {
    /// Names the row.
    pub id: u64,
    /// The window's length.
    pub grain: Grain,
    /// When it began, in milliseconds since the Unix epoch.
    pub at_ms: u64,
    /// The key's id, or a backend's name where the whole deployment is counted.
    pub key: String,
    /// The model's catalog id.
    pub model: String,
    /// What was counted.
    pub cell: Cell,
}

/// Adds rows of one length up to rows of the next one, without ids. Beyond [`SERIES_MAX`] pairs a window
/// keeps those with the most requests.
#[must_use]
pub fn lengthen(rows: &[WindowRow], into: Grain) -> Vec<WindowRow> {
    let mut sums: Vec<WindowRow> = Vec::new();
    for row in rows {
        let at_ms = into.begin(row.at_ms);
        let known = sums
            .iter_mut()
            .find(|sum| sum.at_ms == at_ms && sum.key == row.key && sum.model == row.model);
        match known {
            Some(sum) => sum.cell.merge(&row.cell),
            None => sums.push(WindowRow {
                id: 0,
                grain: into,
                at_ms,
                ..row.clone()
            }),
        }
    }
    sums.sort_by_key(|row| (row.at_ms, -row.cell.requests));
    let (mut window, mut pairs) = (0, 0);
    let mut kept: Vec<WindowRow> = Vec::with_capacity(sums.len());
    for row in sums {
        pairs = if row.at_ms == window { pairs + 1 } else { 1 };
        window = row.at_ms;
        match kept.last_mut() {
            Some(last) if pairs > SERIES_MAX + 1 => last.cell.merge(&row.cell),
            _ if pairs == SERIES_MAX + 1 => kept.push(WindowRow {
                key: OTHER.to_owned(),
                model: OTHER.to_owned(),
                ..row
            }),
            _ => kept.push(row),
        }
    }
    kept
}

/// Windows as a reader gets them: the cell is the text that is stored.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Told {
    /// When the window began, in milliseconds since the Unix epoch.
    pub at_ms: u64,
    /// The key's id, or a backend's name.
    pub key: String,
    /// The model's catalog id.
    pub model: String,
    /// A [`Cell`] as JSON.
    pub cell: String,
}

impl Told {
    /// A request that is going on.
    #[must_use]
    pub fn going_on(lease: &Lease) -> Self {
        Self {
            at_ms: Grain::Minute.begin(lease.admitted_ms),
            key: lease.key.as_str().to_owned(),
            model: lease.model.clone(),
            cell: r#"{"n":1}"#.to_owned(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(at_ms: u64, key: &str, requests: i64) -> WindowRow {
        WindowRow {
            id: 1,
            grain: Grain::Minute,
            at_ms,
            key: key.into(),
            model: "meta-llm".into(),
            cell: Cell {
                requests,
                ..Cell::default()
            },
        }
    }

    #[test]
    fn minutes_become_hours_by_key_and_model() {
        let rows = [
            row(0, "a", 1),
            row(MINUTE_MS, "a", 2),
            row(MINUTE_MS, "b", 4),
            row(HOUR_MS, "a", 8),
        ];
        let hours = lengthen(&rows, Grain::Hour);
        let told: Vec<_> = hours
            .iter()
            .map(|row| (row.at_ms, row.key.as_str(), row.cell.requests))
            .collect();
        assert_eq!(told, [(0, "b", 4), (0, "a", 3), (HOUR_MS, "a", 8)]);
        assert!(hours.iter().all(|row| row.grain == Grain::Hour));
    }

    #[test]
    fn a_window_of_too_many_pairs_keeps_the_busiest() {
        let rows: Vec<_> = (0..100)
            .map(|n| row(0, &format!("k{n}"), n))
            .chain([row(HOUR_MS, "k", 1)])
            .collect();
        let hours = lengthen(&rows, Grain::Hour);
        assert_eq!(hours.len(), SERIES_MAX + 2);
        let other = hours.iter().find(|row| row.key == OTHER).unwrap();
        assert_eq!(other.cell.requests, (0..60).sum::<i64>());
        let sum: i64 = hours.iter().map(|row| row.cell.requests).sum();
        assert_eq!(sum, (0..100).sum::<i64>() + 1);
    }

    #[test]
    fn a_grain_is_kept_at_least_as_long_as_the_next_one_needs() {
        for grain in Grain::ALL {
            if let Some(longer) = grain.longer() {
                assert!(grain.kept_ms() > longer.ms());
            }
            assert_eq!(grain.begin(grain.ms() + 5), grain.ms());
        }
    }
}
