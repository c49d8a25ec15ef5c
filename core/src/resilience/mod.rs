//! What is done when a model backend fails before its answer has begun: again, elsewhere, or not at all.
//!
//! In scope: what a failure means ([`failure`]), the order of attempts ([`course`]), and backends that are
//! left alone for a while ([`breaker`]). Out of scope: calling anything, and who may answer instead of whom
//! ([`crate::fallback`]).
//!
//! Nothing here happens once a byte of an answer has gone to the caller, and no attempt that did not
//! answer costs the tenant anything: there is one lease, settled once, with what answered.

pub mod breaker;
pub mod course;
pub mod failure;

pub use breaker::Breakers;
pub use course::{Course, Step};
pub use failure::Failure;

/// How hard to try. A deployment sets it as `RESILIENCE`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Policy {
    /// How often the same backend is asked again.
    pub retries: u32,
    /// How many other models may be asked.
    pub fallbacks: usize,
    /// After how many failures in a row a backend is left alone; 0 is never.
    pub breaker: u32,
}

impl Default for Policy {
    /// Clients retry as well, so a gateway that tries hard makes an outage worse.
    fn default() -> Self {
        Self {
            retries: 1,
            fallbacks: 2,
            breaker: 5,
        }
    }
}

/// More would be no help, only load.
const MOST: u32 = 10;

impl Policy {
    /// Words such as `retries=1 fallbacks=2 breaker=5`, each a number from 0 to 10; what is not named, or
    /// is not one, stays as it is by default.
    #[must_use]
    pub fn parse(text: &str) -> Self {
        let mut policy = Self::default();
        for word in text.split([' ', ',']) {
            let Some((name, number)) = word.split_once('=') else {
                continue;
            };
            let Some(number) = number.parse::<u32>().ok().filter(|it| *it <= MOST) else {
                continue;
            };
            match name {
                "retries" => policy.retries = number,
                "fallbacks" => policy.fallbacks = number as usize,
                "breaker" => policy.breaker = number,
                _ => {}
            }
        }
        policy
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_policy_is_words_and_numbers() {
        assert_eq!(Policy::parse(""), Policy::default());
        assert_eq!(
            Policy::parse("retries=0, breaker=0 fallbacks=10"),
            Policy {
                retries: 0,
                fallbacks: 10,
                breaker: 0
            }
        );
        assert_eq!(
            Policy::parse("retries=11 breaker=-1 fallbacks x=1"),
            Policy::default()
        );
    }
}
