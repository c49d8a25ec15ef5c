//! What the metrics route is asked: `window=1h|24h|30d|90d|13mo` and `step=`.

use crate::calendar::DAY_MS;
use crate::chat::Invalid;
use crate::message::Stretch;
use crate::metrics::window::{Grain, HOUR_MS, MINUTE_MS};

/// How far back, and how finely.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Query {
    /// The window's name.
    pub window: &'static str,
    /// From the beginning of the oldest step.
    pub from_ms: u64,
    /// The present.
    pub to_ms: u64,
    /// The length of a step, in ms.
    pub step_ms: u64,
}

/// A window: its name, its length, the steps that it may be cut into, the first of which is the default.
const WINDOWS: [(&str, u64, &[u64]); 5] = [
    (
        "1h",
        HOUR_MS,
        &[MINUTE_MS, 5 * MINUTE_MS, 15 * MINUTE_MS, HOUR_MS],
    ),
    ("24h", DAY_MS, &[HOUR_MS, 6 * HOUR_MS, DAY_MS]),
    ("30d", 30 * DAY_MS, &[DAY_MS, HOUR_MS, 6 * HOUR_MS]),
    ("90d", 90 * DAY_MS, &[DAY_MS]),
    // The longest month twelve times, and this one.
    ("13mo", 396 * DAY_MS, &[DAY_MS]),
];

/// The length of time that one message of the object is asked for, in ms: of hours, and of days.
const SLICE_MS: u64 = 5 * DAY_MS;
const LONG_SLICE_MS: u64 = 60 * DAY_MS;

impl Query {
    /// Reads the query. Other parameters are passed over.
    ///
    /// # Errors
    /// [`Invalid`] with the parameter's name: named twice, or not one of those there are.
    pub fn parse(query: &str, now_ms: u64) -> Result<Self, Invalid> {
        let name = value(query, "window")?.unwrap_or("1h");
        let found = WINDOWS.iter().find(|(window, ..)| *window == name);
        let (window, length_ms, steps) =
            *found.ok_or_else(|| invalid("window", "A window is 1h, 24h, 30d, 90d or 13mo"))?;
        let default = steps.first().copied().unwrap_or(HOUR_MS);
        let step_ms = match value(query, "step")? {
            None => default,
            Some(step) => duration(step)
                .filter(|step| steps.contains(step))
                .ok_or_else(|| {
                    let steps = steps.iter().map(|step| name_of(*step)).collect::<Vec<_>>();
                    invalid(
                        "step",
                        &format!("A step of {window} is {}", steps.join(", ")),
                    )
                })?,
        };
        // The step that holds the present counts as one, and the first one is whole.
        let begun = now_ms - now_ms % step_ms;
        let from_ms = begun
            .saturating_add(step_ms)
            .saturating_sub(length_ms.max(step_ms));
        Ok(Self {
            window,
            from_ms,
            to_ms: now_ms.saturating_add(1),
            step_ms,
        })
    }

    /// Pieces of the window that are not too much for one message.
    pub fn slices(self) -> impl Iterator<Item = Stretch> {
        let mut from_ms = self.from_ms;
        // What is that old lies in windows of days.
        let days_ms = self.to_ms.saturating_sub(Grain::Hour.kept_ms() + DAY_MS);
        core::iter::from_fn(move || {
            let begins_ms = from_ms;
            let ends_ms = if from_ms < days_ms {
                from_ms.saturating_add(LONG_SLICE_MS).min(days_ms)
            } else {
                from_ms.saturating_add(SLICE_MS)
            };
            from_ms = ends_ms.min(self.to_ms);
            (begins_ms < from_ms).then_some(Stretch {
                from_ms: begins_ms,
                to_ms: from_ms,
            })
        })
    }

    /// When each step begins.
    pub fn steps(self) -> impl Iterator<Item = u64> {
        let count = self
            .to_ms
            .saturating_sub(self.from_ms)
            .div_ceil(self.step_ms);
        (0..count).map(move |n| self.from_ms + n * self.step_ms)
    }
}

/// `5m`, `1h`, `1d`.
fn duration(text: &str) -> Option<u64> {
    let (number, unit) = text.split_at_checked(text.len().checked_sub(1)?)?;
    let unit = match unit {
        "m" => MINUTE_MS,
        "h" => HOUR_MS,
        "d" => DAY_MS,
        _ => return None,
    };
    number.parse::<u64>().ok()?.checked_mul(unit)
}

/// A length of time in the largest unit that it is a multiple of.
#[must_use]
pub fn name_of(ms: u64) -> String {
    for (unit, letter) in [(DAY_MS, 'd'), (HOUR_MS, 'h')] {
        if ms >= unit && ms.is_multiple_of(unit) {
            return format!("{}{letter}", ms / unit);
        }
    }
    format!("{}m", ms / MINUTE_MS)
}

/// The one value of a parameter.
///
/// # Errors
/// [`Invalid`] when it is named twice.
pub fn value<'a>(query: &'a str, name: &str) -> Result<Option<&'a str>, Invalid> {
    let mut values = query
        .split('&')
        .map(|pair| pair.split_once('=').unwrap_or((pair, "")))
        .filter(|(key, _)| *key == name)
        .map(|(_, value)| value);
    let first = values.next();
    if values.next().is_some() {
        return Err(invalid(name, "This parameter is named twice"));
    }
    Ok(first)
}

/// A parameter that cannot be read.
#[must_use]
pub fn invalid(name: &str, message: &str) -> Invalid {
    Invalid {
        path: name.to_owned(),
        message: message.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// 2026-11-23T01:02:03.004Z.
    const NOW_MS: u64 = 1_795_395_723_004;

    #[test]
    fn windows_begin_with_a_step_and_hold_the_present() {
        for (text, window, step_ms, steps) in [
            ("", "1h", MINUTE_MS, 60),
            ("window=1h&step=5m", "1h", 5 * MINUTE_MS, 12),
            ("window=24h", "24h", HOUR_MS, 24),
            ("step=6h&window=24h&x=1", "24h", 6 * HOUR_MS, 4),
            ("window=30d", "30d", DAY_MS, 30),
            ("window=30d&step=1h", "30d", HOUR_MS, 720),
            ("window=90d", "90d", DAY_MS, 90),
            ("window=13mo&step=1d", "13mo", DAY_MS, 396),
        ] {
            let query = Query::parse(text, NOW_MS).unwrap();
            assert_eq!((query.window, query.step_ms), (window, step_ms), "{text}");
            let begins: Vec<_> = query.steps().collect();
            assert_eq!(begins.len(), steps, "{text}");
            assert!(begins.iter().all(|at| at % step_ms == 0));
            assert!(*begins.last().unwrap() <= NOW_MS);
            assert!(begins.last().unwrap() + step_ms > NOW_MS);
            let slices: Vec<_> = query.slices().collect();
            assert_eq!(slices.first().unwrap().from_ms, query.from_ms);
            assert_eq!(slices.last().unwrap().to_ms, query.to_ms);
            assert!(slices.len() <= 16, "{} messages", slices.len());
            assert!(
                slices
                    .windows(2)
                    .all(|pair| pair[0].to_ms == pair[1].from_ms)
            );
        }
    }

    #[test]
    fn what_is_wrong_is_named() {
        for (text, name) in [
            ("window=2h", "window"),
            ("window=", "window"),
            ("window=1h&window=1h", "window"),
            ("step=1s", "step"),
            ("step=", "step"),
            ("window=24h&step=1m", "step"),
            ("step=99999999999999999999d", "step"),
        ] {
            assert_eq!(Query::parse(text, NOW_MS).unwrap_err().path, name, "{text}");
        }
        let told = Query::parse("window=24h&step=7h", NOW_MS).unwrap_err();
        assert_eq!(told.message, "A step of 24h is 1h, 6h, 1d");
    }
}
