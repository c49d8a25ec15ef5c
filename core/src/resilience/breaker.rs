//! Backends that fail again and again are left alone for a while.
//!
//! Closed: calls go through, and failures in a row are counted. Open: no call for a while, which doubles
//! each time. Half-open: the time is over, and one call goes through to see; the others wait for what
//! becomes of it. If nothing is heard of that one, the next goes when as much time has passed again.
//!
//! In scope: what one isolate has seen. There is nothing to agree on with others: an isolate that has seen
//! no failure asks. Caveat: forgotten backends ([`MOST`]) are asked again at once.

use std::collections::BTreeMap;

/// How long a backend is left alone at first, in ms.
pub const REST_MS: u64 = 5_000;
/// How long at most.
pub const REST_MAX_MS: u64 = 60_000;
/// How many backends are remembered.
pub const MOST: usize = 64;
/// Failures further apart than this are not in a row, in ms.
const ROW_MS: u64 = 60_000;

/// What is known of a backend that has failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Circuit {
    /// Calls go through.
    Closed { failures: u32, failed_ms: u64 },
    /// No call before this time.
    Open { until_ms: u64, rest_ms: u64 },
    /// One call finds out, and no other goes before this time.
    Probing { until_ms: u64, rest_ms: u64 },
}

impl Circuit {
    fn open(now_ms: u64, rest_ms: u64) -> Self {
        Self::Open {
            until_ms: now_ms.saturating_add(rest_ms),
            rest_ms,
        }
    }

    /// When something was last heard of it.
    fn heard_ms(&self) -> u64 {
        match *self {
            Self::Closed { failed_ms, .. } => failed_ms,
            Self::Open { until_ms, .. } | Self::Probing { until_ms, .. } => until_ms,
        }
    }
}

/// What is known of the backends that have failed of late; of the others, nothing.
#[derive(Clone, Debug, Default)]
pub struct Breakers(BTreeMap<String, Circuit>);

impl Breakers {
    /// Whether no backend has failed: then there is nothing to ask or to tell.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Whether this backend may be called now. After a rest one call is let through to find out.
    ///
    /// # Errors
    /// How many milliseconds it is left alone.
    pub fn admit(&mut self, name: &str, now_ms: u64) -> Result<(), u64> {
        let Some(circuit) = self.0.get_mut(name) else {
            return Ok(());
        };
        let (until_ms, rest_ms) = match *circuit {
            Circuit::Closed { .. } => return Ok(()),
            Circuit::Open { until_ms, rest_ms } | Circuit::Probing { until_ms, rest_ms } => {
                (until_ms, rest_ms)
            }
        };
        let left_ms = until_ms.saturating_sub(now_ms);
        // More than a rest is left only where the clock has gone back.
        if (1..=rest_ms).contains(&left_ms) {
            return Err(left_ms);
        }
        *circuit = Circuit::Probing {
            until_ms: now_ms.saturating_add(rest_ms),
            rest_ms,
        };
        Ok(())
    }

    /// It has answered: all is forgotten.
    pub fn answered(&mut self, name: &str) {
        self.0.remove(name);
    }

    /// It has failed. `threshold` failures in a row are too many; 0 is never.
    pub fn failed(&mut self, name: &str, threshold: u32, now_ms: u64) {
        if threshold == 0 {
            return;
        }
        if !self.0.contains_key(name) {
            self.make_room();
        }
        let circuit = self.0.entry(name.to_owned()).or_insert(Circuit::Closed {
            failures: 0,
            failed_ms: now_ms,
        });
        match *circuit {
            Circuit::Closed {
                failures,
                failed_ms,
            } => {
                let in_a_row = now_ms.saturating_sub(failed_ms) < ROW_MS;
                let failures = if in_a_row { failures + 1 } else { 1 };
                *circuit = if failures >= threshold {
                    Circuit::open(now_ms, REST_MS)
                } else {
                    Circuit::Closed {
                        failures,
                        failed_ms: now_ms,
                    }
                };
            }
            // A call that had begun before: nothing new.
            Circuit::Open { .. } => {}
            Circuit::Probing { rest_ms, .. } => {
                *circuit = Circuit::open(now_ms, rest_ms.saturating_mul(2).min(REST_MAX_MS));
            }
        }
    }

    /// Forgets the backend of which nothing was heard for the longest time.
    fn make_room(&mut self) {
        if self.0.len() < MOST {
            return;
        }
        let oldest = self
            .0
            .iter()
            .min_by_key(|(_, circuit)| circuit.heard_ms())
            .map(|(name, _)| name.clone());
        if let Some(name) = oldest {
            self.0.remove(&name);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn open() -> Breakers {
        let mut breakers = Breakers::default();
        for _ in 0..3 {
            assert_eq!(breakers.admit("a", 0), Ok(()));
            breakers.failed("a", 3, 0);
        }
        breakers
    }

    #[test]
    fn too_many_failures_in_a_row_open_it_and_only_it() {
        let mut breakers = open();
        assert_eq!(breakers.admit("a", 1), Err(REST_MS - 1));
        assert_eq!(breakers.admit("b", 1), Ok(()));
    }

    #[test]
    fn an_answer_begins_the_row_anew() {
        let mut breakers = Breakers::default();
        for _ in 0..10 {
            breakers.failed("a", 3, 0);
            breakers.failed("a", 3, 0);
            breakers.answered("a");
        }
        assert!(breakers.is_empty());
    }

    #[test]
    fn failures_far_apart_are_not_in_a_row() {
        let mut breakers = Breakers::default();
        for at in 0..10 {
            breakers.failed("a", 3, at * ROW_MS);
            assert_eq!(breakers.admit("a", at * ROW_MS), Ok(()));
        }
    }

    #[test]
    fn after_its_rest_one_call_finds_out() {
        let mut breakers = open();
        assert_eq!(breakers.admit("a", REST_MS), Ok(()));
        assert_eq!(breakers.admit("a", REST_MS), Err(REST_MS));
        breakers.answered("a");
        assert_eq!(breakers.admit("a", REST_MS), Ok(()));
        assert!(breakers.is_empty());
    }

    #[test]
    fn each_failed_try_doubles_the_rest_up_to_a_minute() {
        let mut breakers = open();
        let (mut now_ms, mut rests) = (0, Vec::new());
        for _ in 0..6 {
            let rest_ms = breakers.admit("a", now_ms).unwrap_err();
            rests.push(rest_ms);
            now_ms += rest_ms;
            assert_eq!(breakers.admit("a", now_ms), Ok(()));
            breakers.failed("a", 3, now_ms);
        }
        assert_eq!(rests, [5_000, 10_000, 20_000, 40_000, 60_000, 60_000]);
    }

    #[test]
    fn a_try_of_which_nothing_is_heard_is_followed_by_another() {
        let mut breakers = open();
        assert_eq!(breakers.admit("a", REST_MS), Ok(()));
        assert_eq!(breakers.admit("a", 2 * REST_MS - 1), Err(1));
        assert_eq!(breakers.admit("a", 2 * REST_MS), Ok(()));
    }

    #[test]
    fn failures_of_calls_that_had_begun_before_change_nothing() {
        let mut breakers = open();
        for _ in 0..5 {
            breakers.failed("a", 3, 100);
        }
        assert_eq!(breakers.admit("a", 100), Err(REST_MS - 100));
    }

    #[test]
    fn a_clock_that_goes_back_does_not_prolong_the_rest() {
        let mut breakers = Breakers::default();
        for _ in 0..3 {
            breakers.failed("a", 3, 1_000_000);
        }
        assert_eq!(breakers.admit("a", 10), Ok(()));
    }

    #[test]
    fn what_is_remembered_is_bounded_and_may_be_switched_off() {
        let mut breakers = Breakers::default();
        for number in 0..1_000_u32 {
            breakers.failed(&format!("{number}"), 1, u64::from(number));
        }
        assert_eq!(breakers.0.len(), MOST);
        assert_eq!(breakers.admit("0", 1_000), Ok(()));
        assert!(breakers.admit("999", 1_000).is_err());
        let mut off = Breakers::default();
        off.failed("a", 0, 0);
        assert!(off.is_empty());
    }
}
