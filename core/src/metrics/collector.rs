//! Counting in memory, between one write and the next.
//!
//! `account` takes what the ledger wrote down about the end of a request, `refuse` what was not admitted,
//! `gather` gives the rows that changed. Whoever holds a collector makes its rows durable together with
//! the ledger's, so that neither is ever without the other.
//!
//! A window whose row is no longer in memory is continued in another row; rows are added up by their
//! readers, and when they become part of a longer window.

use crate::journal::{ChargeRow, Ending, UsedChange, Write};
use crate::lease::Lease;
use crate::metrics::cell::{Cell, OTHER};
use crate::metrics::log::{COMPLETE, EXPIRED, LogRow, Went};
use crate::metrics::window::{Grain, SERIES_MAX, WindowRow};

/// How long a window's row stays in memory, in ms.
const LINGER_MS: u64 = 300_000;
/// The most refused requests that are logged between two writes; the others are only counted.
const REFUSED_MAX: usize = 50;

/// A window's row in memory.
#[derive(Debug)]
struct Open {
    row: WindowRow,
    changed: bool,
}

/// What was counted and what was not written yet.
#[derive(Debug, Default)]
pub struct Collector {
    open: Vec<Open>,
    log: Vec<LogRow>,
    refused: usize,
    last_id: u64,
}

impl Collector {
    /// An empty one. `last_id` is the highest id of a stored row.
    #[must_use]
    pub fn new(last_id: u64) -> Self {
        Self {
            last_id,
            ..Self::default()
        }
    }

    /// Counts what happens at this time with this key and model.
    pub fn count(&mut self, at_ms: u64, key: &str, model: &str, change: impl FnOnce(&mut Cell)) {
        let at_ms = Grain::Minute.begin(at_ms);
        if let Some(place) = self.place(at_ms, key, model) {
            return self.change(place, change);
        }
        let pairs = self.open.iter().filter(|open| open.row.at_ms == at_ms);
        let (key, model) = if pairs.count() < SERIES_MAX {
            (key, model)
        } else {
            (OTHER, OTHER)
        };
        let place = self.place(at_ms, key, model).unwrap_or_else(|| {
            self.last_id += 1;
            self.open.push(Open {
                row: WindowRow {
                    id: self.last_id,
                    grain: Grain::Minute,
                    at_ms,
                    key: key.to_owned(),
                    model: model.to_owned(),
                    cell: Cell::default(),
                },
                changed: false,
            });
            self.open.len() - 1
        });
        self.change(place, change);
    }

    fn place(&self, at_ms: u64, key: &str, model: &str) -> Option<usize> {
        self.open.iter().rposition(|Open { row, .. }| {
            row.at_ms == at_ms && row.key == key && row.model == model
        })
    }

    fn change(&mut self, place: usize, change: impl FnOnce(&mut Cell)) {
        if let Some(open) = self.open.get_mut(place) {
            open.changed = true;
            change(&mut open.row.cell);
        }
    }

    /// Counts what the ledger has written down: the charges among these writes, each with its sums.
    pub fn account(&mut self, writes: &[Write], went: Option<&Went>) {
        for pair in writes.windows(2) {
            if let [Write::Charge(row), Write::Used(change)] = pair {
                self.charged(row, change, went);
            }
        }
    }

    fn charged(&mut self, row: &ChargeRow, change: &UsedChange, went: Option<&Went>) {
        let expired = row.ending == Ending::Expired;
        let how = if expired { EXPIRED } else { COMPLETE };
        let went = went.cloned().unwrap_or_else(|| Went {
            how: how.to_owned(),
            ..Went::default()
        });
        self.count(row.admitted_ms, &change.key, &change.model, |cell| {
            for (sum, more) in [
                (&mut cell.requests, change.requests),
                (&mut cell.charged, change.requests),
                (&mut cell.estimated, change.estimated),
                (&mut cell.input_tokens, change.input_tokens),
                (&mut cell.cached_tokens, change.cached_tokens),
                (&mut cell.output_tokens, change.output_tokens),
                (&mut cell.cost, change.cost),
            ] {
                *sum = sum.saturating_add(more);
            }
            if change.requests == 0 {
                // A request that was thought to have expired is heard of after all.
                cell.ends.add(EXPIRED, -1);
            }
            ended(cell, &went);
        });
        self.log.push(LogRow {
            at_ms: row.admitted_ms,
            request: row.request.clone(),
            key: change.key.clone(),
            model: change.model.clone(),
            went,
            charge: Some(row.charge),
        });
    }

    /// Counts a request that was admitted and used nothing.
    pub fn released(&mut self, lease: &Lease, went: Went) {
        self.count(
            lease.admitted_ms,
            lease.key.as_str(),
            &lease.model,
            |cell| {
                cell.requests = cell.requests.saturating_add(1);
                ended(cell, &went);
            },
        );
        self.log.push(LogRow {
            at_ms: lease.admitted_ms,
            request: lease.request.clone(),
            key: lease.key.as_str().to_owned(),
            model: lease.model.clone(),
            went,
            charge: None,
        });
    }

    /// Logs a request that was not admitted; [`Self::count`] counts it.
    pub fn refused(&mut self, row: LogRow) {
        if self.refused < REFUSED_MAX {
            self.refused += 1;
            self.log.push(row);
        }
    }

    /// Texts that were not written yet are never written.
    pub fn forget_texts(&mut self) {
        for row in &mut self.log {
            row.went.texts = None;
        }
    }

    /// Whether [`Self::gather`] would give anything.
    #[must_use]
    pub fn is_waiting(&self) -> bool {
        !self.log.is_empty() || self.open.iter().any(|open| open.changed)
    }

    /// What changed, to be written.
    pub fn gather(&mut self, now_ms: u64, writes: &mut Vec<Write>) {
        for open in &mut self.open {
            if core::mem::take(&mut open.changed) {
                writes.push(Write::Window(open.row.clone()));
            }
        }
        self.refused = 0;
        writes.extend(self.log.drain(..).map(Write::Log));
        self.forget(now_ms);
    }

    /// Rows that may still change are of the last minutes; a clock that went back makes others.
    fn forget(&mut self, now_ms: u64) {
        let oldest_ms = Grain::Minute.begin(now_ms.saturating_sub(LINGER_MS));
        self.open.retain(|open| open.row.at_ms >= oldest_ms);
    }

    /// A name for another row.
    pub fn next_id(&mut self) -> u64 {
        self.last_id += 1;
        self.last_id
    }
}

fn ended(cell: &mut Cell, went: &Went) {
    if went.how != COMPLETE {
        cell.ends.add(&went.how, 1);
    }
    if went.how != EXPIRED {
        cell.latency.record(went.ms);
    }
    if let Some(ms) = went.first_ms {
        cell.first_token.record(ms);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::id::RequestId;
    use crate::lease::Charge;
    use crate::metrics::window::MINUTE_MS;

    fn request() -> RequestId {
        RequestId::try_from("req_0123456789abcdefABCDEF".to_owned()).unwrap()
    }

    fn windows(writes: &[Write]) -> Vec<WindowRow> {
        let rows = writes.iter().filter_map(|write| match write {
            Write::Window(row) => Some(row.clone()),
            _ => None,
        });
        rows.collect()
    }

    fn gather(collector: &mut Collector, now_ms: u64) -> Vec<Write> {
        let mut writes = Vec::new();
        collector.gather(now_ms, &mut writes);
        writes
    }

    #[test]
    fn only_what_changed_is_written_and_under_the_same_id() {
        let mut collector = Collector::new(7);
        collector.count(5, "key", "model", |cell| cell.requests += 1);
        collector.count(6, "key", "model", |cell| cell.requests += 1);
        collector.count(MINUTE_MS, "key", "model", |cell| cell.requests += 1);
        let rows = windows(&gather(&mut collector, MINUTE_MS));
        assert_eq!(
            rows.iter()
                .map(|row| (row.id, row.at_ms))
                .collect::<Vec<_>>(),
            [(8, 0), (9, MINUTE_MS)]
        );
        assert!(!collector.is_waiting());
        collector.count(7, "key", "model", |cell| cell.requests += 1);
        let rows = windows(&gather(&mut collector, MINUTE_MS));
        assert_eq!((rows.len(), rows[0].id, rows[0].cell.requests), (1, 8, 3));
    }

    #[test]
    fn a_window_that_was_forgotten_goes_on_in_another_row() {
        let mut collector = Collector::new(0);
        collector.count(0, "key", "model", |cell| cell.requests += 1);
        assert_eq!(
            windows(&gather(&mut collector, LINGER_MS + MINUTE_MS))[0].id,
            1
        );
        collector.count(0, "key", "model", |cell| cell.requests += 1);
        let rows = windows(&gather(&mut collector, LINGER_MS + MINUTE_MS));
        assert_eq!((rows[0].id, rows[0].cell.requests), (2, 1));
    }

    #[test]
    fn pairs_beyond_the_bound_are_counted_together() {
        let mut collector = Collector::new(0);
        for key in 0..100 {
            collector.count(0, &format!("key-{key}"), "model", |cell| cell.requests += 1);
        }
        let rows = windows(&gather(&mut collector, 0));
        assert_eq!(rows.len(), SERIES_MAX + 1);
        assert_eq!(
            rows.last().map(|row| (row.key.as_str(), row.cell.requests)),
            Some((OTHER, 60))
        );
    }

    #[test]
    fn a_charge_is_counted_with_how_it_went_and_a_correction_takes_the_guess_back() {
        let mut collector = Collector::new(0);
        let charge = ChargeRow {
            admitted_ms: 5,
            request: request(),
            charge: Charge {
                output_tokens: 9,
                ..Charge::default()
            },
            ending: Ending::Expired,
        };
        let change = UsedChange {
            key: "key".into(),
            model: "model".into(),
            requests: 1,
            output_tokens: 9,
            cost: 50,
            ..UsedChange::default()
        };
        collector.account(
            &[Write::Charge(charge.clone()), Write::Used(change.clone())],
            None,
        );
        let corrected = UsedChange {
            requests: 0,
            output_tokens: -4,
            cost: -20,
            ..change
        };
        let went = Went {
            how: "cancelled".into(),
            ms: 70,
            first_ms: Some(20),
            ..Went::default()
        };
        let settled = ChargeRow {
            ending: Ending::Settled,
            ..charge
        };
        collector.account(
            &[Write::Charge(settled), Write::Used(corrected)],
            Some(&went),
        );
        let writes = gather(&mut collector, 5);
        let cell = &windows(&writes)[0].cell;
        assert_eq!(
            (cell.requests, cell.charged, cell.output_tokens, cell.cost),
            (1, 1, 5, 30)
        );
        assert_eq!((cell.ends.get(EXPIRED), cell.ends.get("cancelled")), (0, 1));
        assert_eq!((cell.latency.count(), cell.first_token.count()), (1, 1));
        let logged = writes
            .iter()
            .filter(|write| matches!(write, Write::Log(_)))
            .count();
        assert_eq!(logged, 2);
    }
}
