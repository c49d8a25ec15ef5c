//! Counting the requests of a widget key's [visitors](crate::visitor).
//!
//! Each visitor has a token bucket, kept as what is missing in it, in the exact integers of
//! [`bucket`](crate::bucket): a token is 60,000 units, and a millisecond refills as many units as the limit is.
//!
//! **Bounded.** At most [`MOST`] visitors are remembered. Whose bucket is full again need not be, and goes
//! first; only where nobody's is, the one goes that would be full soonest, and has its burst again. No more
//! than that is to be had by it: each of the others was admitted within the last minute, and the limits of
//! key and tenant, which are counted elsewhere, count every one of them. As long as a tenant's widget keys
//! admit at most half of [`MOST`] a minute together, nobody is forgotten too early.
//!
//! Caveat: written down by the sweep, before the platform would evict the object. A crash forgets the
//! seconds since.

use crate::journal::{VisitorRow, Write};
use crate::limit_state::{LimitKind, LimitSource, LimitState};
use crate::visitor::{VISITOR_RPM_MAX, Visitor};
use std::collections::BTreeMap;

/// The most visitors of a tenant that are remembered.
pub const MOST: usize = 10_000;

/// Units in one token; also the window in milliseconds.
const WINDOW_MS: u64 = 60_000;
const WINDOW_S: u32 = 60;

/// A visitor's request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Visit {
    /// Whose.
    pub visitor: Visitor,
    /// How many a minute are theirs; at least 1.
    pub per_minute: u32,
}

/// What is missing in one visitor's bucket.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Missing {
    units: u64,
    at_ms: u64,
    per_minute: u32,
    written: bool,
}

impl Missing {
    /// Refills to `now_ms`. A clock that went back refills nothing until it has caught up, unless it is more
    /// than a window behind.
    fn refill(&mut self, now_ms: u64) {
        if now_ms < self.at_ms && self.at_ms - now_ms <= WINDOW_MS {
            return;
        }
        let elapsed = now_ms.saturating_sub(self.at_ms).min(WINDOW_MS);
        let refilled = elapsed * u64::from(self.per_minute);
        self.units = self.units.saturating_sub(refilled);
        self.at_ms = now_ms;
    }

    fn resize(&mut self, per_minute: u32) {
        self.per_minute = per_minute;
        self.units = self.units.min(capacity(per_minute));
    }

    fn full_in_ms(&self) -> u64 {
        self.units.div_ceil(u64::from(self.per_minute.max(1)))
    }
}

fn capacity(per_minute: u32) -> u64 {
    u64::from(per_minute) * WINDOW_MS
}

/// The visitors of a tenant's widget keys, as its object holds them in memory.
#[derive(Debug, Default)]
pub struct Visitors {
    known: BTreeMap<Visitor, Missing>,
    /// Whether rows may be on the disk.
    stored: bool,
}

impl Visitors {
    /// The visitors as they were written.
    #[must_use]
    pub fn load(rows: &[VisitorRow]) -> Self {
        let known = rows.iter().map(|row| {
            let mut missing = Missing {
                units: row.missing,
                at_ms: row.at_ms,
                per_minute: 0,
                written: true,
            };
            missing.resize(row.per_minute.clamp(1, VISITOR_RPM_MAX));
            (row.visitor, missing)
        });
        Self {
            known: known.collect(),
            stored: !rows.is_empty(),
        }
    }

    fn missing(&self, visit: Visit, now_ms: u64) -> Missing {
        let mut missing = self.known.get(&visit.visitor).copied().unwrap_or(Missing {
            units: 0,
            at_ms: now_ms,
            per_minute: visit.per_minute,
            written: false,
        });
        missing.refill(now_ms);
        missing.resize(visit.per_minute);
        missing
    }

    /// How long until this visitor may make one more request, in ms: 0 if now.
    #[must_use]
    pub fn wait_ms(&self, visit: Visit, now_ms: u64) -> u64 {
        let needed = self.missing(visit, now_ms).units + WINDOW_MS;
        needed
            .saturating_sub(capacity(visit.per_minute))
            .div_ceil(u64::from(visit.per_minute.max(1)))
    }

    /// Counts a request. What is not there is not taken.
    pub fn count(&mut self, visit: Visit, now_ms: u64) {
        let mut missing = self.missing(visit, now_ms);
        missing.units = (missing.units + WINDOW_MS).min(capacity(visit.per_minute));
        missing.written = false;
        if self.known.len() >= MOST && !self.known.contains_key(&visit.visitor) {
            self.make_room(now_ms);
        }
        self.known.insert(visit.visitor, missing);
    }

    /// Forgets whoever's bucket is full; if nobody's is, the one that would be soonest.
    fn make_room(&mut self, now_ms: u64) {
        self.forget_full(now_ms);
        if self.known.len() >= MOST {
            let full_ms = |missing: &Missing| missing.at_ms.saturating_add(missing.full_in_ms());
            let soonest = self.known.iter().min_by_key(|(_, it)| full_ms(it));
            if let Some(visitor) = soonest.map(|(visitor, _)| *visitor) {
                self.known.remove(&visitor);
            }
        }
    }

    fn forget_full(&mut self, now_ms: u64) {
        self.known.retain(|_, missing| {
            missing.refill(now_ms);
            missing.units > 0
        });
    }

    /// The visitor's limit as it stands.
    #[must_use]
    pub fn state(&self, visit: Visit, now_ms: u64) -> LimitState {
        let missing = self.missing(visit, now_ms);
        LimitState {
            kind: LimitKind::Requests,
            source: LimitSource::Visitor,
            limit: u64::from(visit.per_minute),
            window_s: WINDOW_S,
            remaining: capacity(visit.per_minute).saturating_sub(missing.units) / WINDOW_MS,
            spent: 0,
            reset_ms: missing.full_in_ms(),
        }
    }

    /// Writes down who came since the last time, and forgets whom there is no need to know.
    pub fn sweep(&mut self, now_ms: u64, writes: &mut Vec<Write>) {
        self.forget_full(now_ms);
        let before = writes.len();
        for (visitor, missing) in &mut self.known {
            if !core::mem::replace(&mut missing.written, true) {
                writes.push(Write::Visitor(VisitorRow {
                    visitor: *visitor,
                    missing: missing.units,
                    at_ms: missing.at_ms,
                    per_minute: missing.per_minute,
                }));
            }
        }
        let written = writes.len() > before;
        if written || (self.stored && self.known.is_empty()) {
            // After a window every bucket is full.
            writes.push(Write::VisitorsGone(now_ms.saturating_sub(WINDOW_MS)));
        }
        self.stored = !self.known.is_empty();
    }

    /// When the next sweep has something to do, in milliseconds since the Unix epoch.
    #[must_use]
    pub fn next_sweep_ms(&self, now_ms: u64) -> Option<u64> {
        self.stored.then(|| now_ms.saturating_add(2 * WINDOW_MS))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base64url;
    use proptest::prelude::*;

    fn visitor(number: u32) -> Visitor {
        let mut bytes = [0; 16];
        bytes[..4].copy_from_slice(&number.to_be_bytes());
        Visitor::try_from(base64url::encode(&bytes)).unwrap()
    }

    fn visit(number: u32, per_minute: u32) -> Visit {
        Visit {
            visitor: visitor(number),
            per_minute,
        }
    }

    fn try_once(visitors: &mut Visitors, visit: Visit, now_ms: u64) -> bool {
        let may = visitors.wait_ms(visit, now_ms) == 0;
        if may {
            visitors.count(visit, now_ms);
        }
        may
    }

    /// What a restart leaves of it.
    fn restarted(disk: &mut BTreeMap<Visitor, VisitorRow>, writes: Vec<Write>) -> Visitors {
        for write in writes {
            match write {
                Write::Visitor(row) => drop(disk.insert(row.visitor, row)),
                Write::VisitorsGone(before_ms) => disk.retain(|_, row| row.at_ms >= before_ms),
                other => panic!("{other:?}"),
            }
        }
        Visitors::load(&disk.values().copied().collect::<Vec<_>>())
    }

    #[test]
    fn a_visitor_has_a_burst_and_then_one_at_a_time_and_takes_nothing_from_another() {
        let mut visitors = Visitors::default();
        for number in [1, 2] {
            for _ in 0..20 {
                assert!(try_once(&mut visitors, visit(number, 20), 5));
            }
            assert_eq!(visitors.wait_ms(visit(number, 20), 5), 3_000);
        }
        assert!(!try_once(&mut visitors, visit(1, 20), 3_004));
        assert!(try_once(&mut visitors, visit(1, 20), 3_005));
        let state = visitors.state(visit(2, 20), 3_005);
        assert_eq!(
            (state.limit, state.remaining, state.reset_ms),
            (20, 1, 57_000)
        );
    }

    #[test]
    fn a_lower_limit_holds_at_once_and_a_higher_one_refills_from_what_was_left() {
        let mut visitors = Visitors::default();
        for _ in 0..20 {
            visitors.count(visit(1, 20), 0);
        }
        assert_eq!(visitors.wait_ms(visit(1, 5), 0), 12_000);
        assert_eq!(visitors.wait_ms(visit(1, 40), 0), 0);
        assert_eq!(visitors.state(visit(1, 40), 0).remaining, 20);
    }

    #[test]
    fn who_has_been_away_is_forgotten_and_what_was_written_goes() {
        let mut visitors = Visitors::default();
        visitors.count(visit(1, 20), 0);
        let mut writes = Vec::new();
        visitors.sweep(1_000, &mut writes);
        assert_eq!(writes.len(), 2);
        assert!(visitors.next_sweep_ms(1_000).is_some());
        writes.clear();
        visitors.sweep(2_000, &mut writes);
        assert_eq!(writes, [], "nothing is news");
        visitors.sweep(121_000, &mut writes);
        assert_eq!(writes, [Write::VisitorsGone(61_000)]);
        assert!(visitors.known.is_empty() && visitors.next_sweep_ms(121_000).is_none());
    }

    #[test]
    fn however_many_come_the_memory_is_bounded_and_whoever_is_far_from_full_stays() {
        let mut visitors = Visitors::default();
        for _ in 0..20 {
            visitors.count(visit(0, 20), 0);
        }
        let most = u32::try_from(MOST).unwrap();
        for number in 1..most + 50 {
            visitors.count(visit(number, 20), 0);
            assert!(visitors.known.len() <= MOST);
        }
        assert!(visitors.wait_ms(visit(0, 20), 0) > 0);
        // A minute later nobody has to be remembered.
        visitors.count(visit(most + 50, 20), 60_000);
        assert_eq!(visitors.known.len(), 1);
    }

    proptest! {
        /// In any stretch of time: the limit, and what refills in that time. Whatever restarts there are
        /// after a sweep.
        #[test]
        fn no_stretch_of_time_admits_more_than_its_share(
            per_minute in 1_u32..=VISITOR_RPM_MAX,
            steps in prop::collection::vec((0_u64..8_000, 0_u32..3, prop::bool::weighted(0.2)), 1..300),
        ) {
            let mut visitors = Visitors::default();
            let mut disk = BTreeMap::new();
            let mut now_ms = 1_000_000;
            let mut admitted: BTreeMap<u32, Vec<u64>> = BTreeMap::new();
            for (pause_ms, number, restart) in steps {
                now_ms += pause_ms / (u64::from(number) + 1);
                if restart {
                    let mut writes = Vec::new();
                    visitors.sweep(now_ms, &mut writes);
                    visitors = restarted(&mut disk, writes);
                }
                for _ in 0..=per_minute / 7 {
                    if try_once(&mut visitors, visit(number, per_minute), now_ms) {
                        admitted.entry(number).or_default().push(now_ms);
                    }
                }
            }
            for times in admitted.values() {
                for (first, from_ms) in times.iter().enumerate().step_by(5) {
                    for (last, to_ms) in times.iter().enumerate().skip(first).step_by(3) {
                        let units = u64::from(per_minute) * (WINDOW_MS + to_ms - from_ms);
                        let count = u64::try_from(last - first + 1).unwrap();
                        prop_assert!(count * WINDOW_MS <= units);
                    }
                }
            }
        }
    }
}
