//! The course of one request's attempts: which backend next, and after what pause.

use super::Policy;
use super::failure::{Failure, KeyOwner};

/// The first pause before the same backend is asked again, at most, in ms; each next one is four times that.
const PAUSE_MS: u32 = 200;
/// How long a backend that asks for it is waited for, in ms, where no other can answer: a caller who has to
/// wait longer is told so, rather than kept.
const PATIENCE_MS: u32 = 5_000;
/// The same where another can.
const PATIENCE_WITH_OTHERS_MS: u32 = 500;

/// What to do after a failure.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    /// Wait so many milliseconds, then ask the same backend again.
    Again(u32),
    /// Ask the next candidate.
    Next,
    /// Give up: the caller is told.
    Stop,
}

/// The attempts of one request so far.
#[derive(Clone, Copy, Debug)]
pub struct Course {
    policy: Policy,
    /// When all of it has to be over, in milliseconds since the Unix epoch.
    ends_ms: u64,
    /// Attempts with the present candidate that have failed.
    failed: u32,
    /// Candidates after the present one.
    others: usize,
    /// Calls so far.
    pub attempts: u32,
}

impl Course {
    /// A course that may still ask `others` candidates after the first, and has to end at `ends_ms`.
    #[must_use]
    pub fn new(policy: Policy, others: usize, ends_ms: u64) -> Self {
        Self {
            policy,
            ends_ms,
            failed: 0,
            others: others.min(policy.fallbacks),
            attempts: 0,
        }
    }

    /// Milliseconds until it has to be over.
    #[must_use]
    pub fn left_ms(&self, now_ms: u64) -> u32 {
        u32::try_from(self.ends_ms.saturating_sub(now_ms)).unwrap_or(u32::MAX)
    }

    /// Notes that a backend is called.
    pub fn begin(&mut self) {
        self.attempts = self.attempts.saturating_add(1);
    }

    /// What to do after this failure of the present candidate, which was called with this key. `random` is
    /// any number; it spreads the pauses of those who failed together.
    pub fn after(&mut self, failure: &Failure, key: KeyOwner, now_ms: u64, random: u32) -> Step {
        self.failed = self.failed.saturating_add(1);
        let left_ms = self.left_ms(now_ms);
        let others = self.others > 0 && failure.may_fall_back(key);
        if failure.may_retry() && self.failed <= self.policy.retries {
            let (wait_ms, patience_ms) = self.pause(failure, others, random);
            if wait_ms <= patience_ms && wait_ms < left_ms {
                return Step::Again(wait_ms);
            }
        }
        if others && left_ms > 0 {
            self.others -= 1;
            self.failed = 0;
            return Step::Next;
        }
        Step::Stop
    }

    /// The pause before the same backend is asked again, and the longest that makes sense.
    fn pause(&self, failure: &Failure, others: bool, random: u32) -> (u32, u32) {
        let patience_ms = if others {
            PATIENCE_WITH_OTHERS_MS
        } else {
            PATIENCE_MS
        };
        let most_ms = PAUSE_MS.saturating_mul(4_u32.saturating_pow(self.failed.saturating_sub(1)));
        let half_ms = most_ms / 2;
        let spread_ms = half_ms.saturating_add(random % half_ms.saturating_add(1));
        match failure.wait_ms() {
            // What it asks for, and a little more, so that not all come back at once.
            Some(wait_ms) => (
                wait_ms.saturating_add(random % PAUSE_MS),
                patience_ms.saturating_add(PAUSE_MS),
            ),
            // One that has too much to do is not asked again where another can answer.
            None if failure.is_overload() && others => (spread_ms, 0),
            None => (spread_ms, patience_ms),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::failure::Status;
    use super::*;
    use proptest::prelude::*;

    const OURS: KeyOwner = KeyOwner::Gateway;

    fn status(status: u16, wait_ms: Option<u32>) -> Failure {
        Failure::Status(Status {
            status,
            wait_ms,
            says_retry: None,
        })
    }

    fn course(retries: u32, others: usize) -> Course {
        let policy = Policy {
            retries,
            ..Policy::default()
        };
        Course::new(policy, others, 100_000)
    }

    #[test]
    fn a_lost_connection_is_made_again_once_and_then_the_next_is_asked() {
        let mut course = course(1, 1);
        let mut after = |random| course.after(&Failure::Unreachable, OURS, 0, random);
        assert_eq!(after(0), Step::Again(100));
        assert_eq!(after(0), Step::Next);
        assert_eq!(after(100), Step::Again(200));
        assert_eq!(after(0), Step::Stop);
    }

    #[test]
    fn pauses_grow_and_are_spread() {
        let mut course = course(3, 0);
        let mut after = |random| course.after(&Failure::Unreachable, OURS, 0, random);
        assert_eq!(after(0), Step::Again(100));
        assert_eq!(after(u32::MAX), Step::Again(400 + u32::MAX % 401));
        assert_eq!(after(1), Step::Again(1_601));
        assert_eq!(after(0), Step::Stop);
    }

    #[test]
    fn a_backend_that_asks_for_a_wait_gets_it_if_it_is_short() {
        let mut alone = course(1, 0);
        assert_eq!(
            alone.after(&status(429, Some(2_000)), OURS, 0, 7),
            Step::Again(2_007)
        );
        let mut alone = course(1, 0);
        let long = status(429, Some(60_000));
        assert_eq!(alone.after(&long, OURS, 0, 0), Step::Stop);
        let mut with_others = course(1, 1);
        let wait = status(429, Some(2_000));
        assert_eq!(with_others.after(&wait, OURS, 0, 0), Step::Next);
        let mut with_others = course(1, 1);
        let short = status(503, Some(100));
        assert_eq!(with_others.after(&short, OURS, 0, 0), Step::Again(100));
    }

    #[test]
    fn an_overloaded_backend_is_not_asked_again_where_another_can_answer() {
        assert_eq!(
            course(1, 1).after(&status(503, None), OURS, 0, 0),
            Step::Next
        );
        assert_eq!(
            course(1, 0).after(&status(503, None), OURS, 0, 0),
            Step::Again(100)
        );
    }

    #[test]
    fn what_is_wrong_with_the_request_or_the_tenants_key_ends_it() {
        for failure in [status(400, None), status(413, None), status(422, Some(1))] {
            assert_eq!(course(3, 2).after(&failure, OURS, 0, 0), Step::Stop);
        }
        let refused = status(401, None);
        assert_eq!(course(3, 2).after(&refused, OURS, 0, 0), Step::Next);
        let stop = course(3, 2).after(&refused, KeyOwner::Tenant, 0, 0);
        assert_eq!(stop, Step::Stop);
    }

    #[test]
    fn nothing_is_begun_that_cannot_be_in_time() {
        let mut late = course(1, 1);
        assert_eq!(
            late.after(&Failure::Unreachable, OURS, 99_999, 0),
            Step::Next
        );
        let mut over = course(1, 1);
        assert_eq!(
            over.after(&Failure::Unreachable, OURS, 100_000, 0),
            Step::Stop
        );
    }

    #[test]
    fn a_policy_may_forbid_either() {
        let policy = Policy {
            retries: 0,
            fallbacks: 0,
            breaker: 0,
        };
        let mut course = Course::new(policy, 3, 1_000);
        assert_eq!(course.after(&Failure::Unreachable, OURS, 0, 0), Step::Stop);
    }

    proptest! {
        #[test]
        fn every_course_ends_after_a_bounded_number_of_steps(
            retries in 0_u32..=10,
            others in 0_usize..20,
            codes in proptest::collection::vec((0_u16..600, proptest::option::of(0_u32..10_000)), 400),
            random: u32,
        ) {
            let policy = Policy { retries, ..Policy::default() };
            let mut course = Course::new(policy, others, 1_000_000);
            let (mut steps, mut now_ms) = (0_u32, 0_u64);
            for (code, wait_ms) in codes {
                let failure = if code < 200 { Failure::Unreachable } else { status(code, wait_ms) };
                steps += 1;
                match course.after(&failure, OURS, now_ms, random) {
                    Step::Again(wait_ms) => {
                        prop_assert!(wait_ms <= 100_000);
                        now_ms += u64::from(wait_ms);
                        prop_assert!(now_ms < 1_000_000);
                    }
                    Step::Next => {}
                    Step::Stop => break,
                }
            }
            let most = (retries + 1) * 3;
            prop_assert!(steps <= most, "{} steps", steps);
        }
    }
}
