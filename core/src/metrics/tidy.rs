//! Keeping the windows and the log small: short windows become longer ones, old rows are forgotten.
//!
//! Done when the object's alarm rings anyway, at most every few minutes, and a bounded part at a time.

use crate::journal::{Kept, Lookup, Write};
use crate::limits::Plan;
use crate::metrics::collector::Collector;
use crate::metrics::log::retention;
use crate::metrics::window::{Grain, WindowRow, lengthen};
use crate::texts;

/// How often it is done while an object is busy, in ms.
const EVERY_MS: u64 = 600_000;
/// How many logged requests make it due earlier.
const LOGGED_MAX: u32 = 2_000;
/// The most rows that are read at once.
const ROWS_MAX: u32 = 2_000;

/// When it was done last, and what has come since.
#[derive(Debug, Default)]
pub struct Tidy {
    done_ms: u64,
    logged: u32,
}

impl Tidy {
    /// Notes writes that were made.
    pub fn note(&mut self, writes: &[Write]) {
        let logged = writes.iter().filter(|write| matches!(write, Write::Log(_)));
        let logged = u32::try_from(logged.count()).unwrap_or(u32::MAX);
        self.logged = self.logged.saturating_add(logged);
    }

    /// What has to be read first, if it is due.
    #[must_use]
    pub fn lookup(&self, now_ms: u64) -> Option<Lookup> {
        let due = now_ms.abs_diff(self.done_ms) >= EVERY_MS || self.logged >= LOGGED_MAX;
        due.then(|| {
            let before = |grain: Grain| Grain::Hour.begin(now_ms.saturating_sub(grain.kept_ms()));
            Lookup::Old(before(Grain::Minute), before(Grain::Hour), ROWS_MAX)
        })
    }

    /// Does it, with the rows that were found.
    pub fn run(
        &mut self,
        old: &[WindowRow],
        plan: Option<Plan>,
        collector: &mut Collector,
        now_ms: u64,
        writes: &mut Vec<Write>,
    ) {
        // What was not read for its number is read next time.
        let more = u32::try_from(old.len()).unwrap_or(u32::MAX) >= ROWS_MAX;
        self.done_ms = if more { 0 } else { now_ms };
        self.logged = 0;
        for grain in Grain::ALL {
            let Some(longer) = grain.longer() else {
                continue;
            };
            let rows: Vec<_> = old
                .iter()
                .filter(|row| row.grain == grain)
                .cloned()
                .collect();
            writes.extend(rows.iter().map(|row| Write::WindowGone(row.id)));
            for mut row in lengthen(&rows, longer) {
                row.id = collector.next_id();
                writes.push(Write::Window(row));
            }
        }
        let (kept_ms, log_rows) = retention(plan);
        writes.push(Write::Trim(Kept {
            log_from_ms: now_ms.saturating_sub(kept_ms),
            log_rows,
            texts_from_ms: now_ms.saturating_sub(texts::KEPT_MS),
            texts_rows: texts::ROWS_MAX,
            days_from_ms: now_ms.saturating_sub(Grain::Day.kept_ms()),
        }));
    }
}
