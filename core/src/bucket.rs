//! A token bucket for limits per minute, in exact integers.
//!
//! Rate: `per_minute` tokens a minute, refilled continuously. Burst: `per_minute` (the limit itself).
//! One token is 60,000 units, and a millisecond refills `per_minute` units, so nothing is rounded.
//!
//! Crash safety without a write per request: a durable record sets aside up to a tenth of the limit
//! ahead of need ([`Stored::owed`]); takes are served from memory until it is used up. Whoever loads
//! the record after a crash subtracts all that was set aside, so a crash forfeits at most a tenth of
//! the limit and never admits one request too many.
//!
//! Caveat: a clock that goes back refills nothing until it has caught up; one that is more than a
//! window behind is believed, since waiting for it could take for ever.

/// Units in one token; also the window in milliseconds.
const WINDOW_MS: u64 = 60_000;

/// The share of the limit that is set aside ahead of need: one part in this many.
const BLOCK_PART: u64 = 10;

/// The highest limit per minute: capacity in units stays below 2^53, as SQL integers must.
pub const MAX_PER_MINUTE: u32 = 10_000_000;

/// What is kept durably of a bucket. All values are at most 2^53.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Stored {
    /// Units in the bucket, before `owed` is subtracted.
    pub level: u64,
    /// When the level was right, in milliseconds since the Unix epoch.
    pub at_ms: u64,
    /// Tokens set aside that may have been taken since.
    pub owed: u64,
}

/// A token bucket. See the module for its arithmetic.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Bucket {
    per_minute: u64,
    level: u64,
    at_ms: u64,
    set_aside: u64,
}

impl Bucket {
    /// A full bucket. `per_minute` is capped at [`MAX_PER_MINUTE`].
    #[must_use]
    pub fn full(per_minute: u32, now_ms: u64) -> Self {
        let per_minute = u64::from(per_minute.min(MAX_PER_MINUTE));
        Self {
            per_minute,
            level: per_minute * WINDOW_MS,
            at_ms: now_ms,
            set_aside: 0,
        }
    }

    /// A bucket as it stands after a restart: all that was set aside counts as taken.
    #[must_use]
    pub fn restore(per_minute: u32, stored: Stored, now_ms: u64) -> Self {
        let mut bucket = Self::full(per_minute, stored.at_ms);
        bucket.level = stored.level.min(bucket.capacity());
        bucket.refill(now_ms);
        bucket.level = bucket
            .level
            .saturating_sub(stored.owed.saturating_mul(WINDOW_MS));
        bucket
    }

    /// The limit per minute.
    #[must_use]
    pub fn per_minute(&self) -> u32 {
        u32::try_from(self.per_minute).unwrap_or(MAX_PER_MINUTE)
    }

    /// Refills to `now_ms`, then says how long until one token is there: 0 if it is there now.
    ///
    /// A limit of zero admits nothing; its wait is a whole window.
    pub fn wait_ms(&mut self, now_ms: u64) -> u64 {
        self.refill(now_ms);
        if self.per_minute == 0 {
            return WINDOW_MS;
        }
        WINDOW_MS
            .saturating_sub(self.level)
            .div_ceil(self.per_minute)
    }

    /// Takes one token; call only after [`Self::wait_ms`] was 0 at the same time.
    ///
    /// Gives what must be durable before the take counts, or `None` if it was set aside before.
    pub fn take(&mut self) -> Option<Stored> {
        self.level = self.level.saturating_sub(WINDOW_MS);
        if let Some(left) = self.set_aside.checked_sub(1) {
            self.set_aside = left;
            return None;
        }
        self.set_aside = (self.per_minute / BLOCK_PART).min(self.level / WINDOW_MS);
        Some(Stored {
            level: self.level,
            at_ms: self.at_ms,
            owed: self.set_aside,
        })
    }

    /// The exact state, with nothing set aside: written when the bucket has been quiet for a while.
    pub fn settle(&mut self) -> Stored {
        self.set_aside = 0;
        Stored {
            level: self.level,
            at_ms: self.at_ms,
            owed: 0,
        }
    }

    /// Whole tokens in the bucket, as of the last refill.
    #[must_use]
    pub fn remaining(&self) -> u32 {
        u32::try_from(self.level / WINDOW_MS).unwrap_or(u32::MAX)
    }

    /// Milliseconds until the bucket is full, as of the last refill.
    #[must_use]
    pub fn full_in_ms(&self) -> u64 {
        (self.capacity() - self.level).div_ceil(self.per_minute.max(1))
    }

    fn capacity(&self) -> u64 {
        self.per_minute * WINDOW_MS
    }

    fn refill(&mut self, now_ms: u64) {
        if now_ms < self.at_ms {
            if self.at_ms - now_ms > WINDOW_MS {
                self.at_ms = now_ms;
            }
            return;
        }
        let elapsed = (now_ms - self.at_ms).min(WINDOW_MS);
        self.level = (self.level + elapsed * self.per_minute).min(self.capacity());
        self.at_ms = now_ms;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn admit(bucket: &mut Bucket, now_ms: u64) -> bool {
        let there = bucket.wait_ms(now_ms) == 0;
        if there {
            let _stored = bucket.take();
        }
        there
    }

    #[test]
    fn the_burst_is_the_limit_and_then_one_every_sixtieth() {
        let mut bucket = Bucket::full(20, 0);
        assert_eq!((0..200).filter(|_| admit(&mut bucket, 0)).count(), 20);
        assert_eq!(bucket.wait_ms(0), 3_000);
        assert!(!admit(&mut bucket, 2_999));
        assert!(admit(&mut bucket, 3_000));
        assert!(!admit(&mut bucket, 3_000));
    }

    #[test]
    fn a_wait_is_exact_when_the_rate_does_not_divide_a_minute() {
        let mut bucket = Bucket::full(7, 0);
        for _ in 0..7 {
            assert!(admit(&mut bucket, 0));
        }
        let wait = bucket.wait_ms(0);
        assert_eq!(wait, 8_572);
        assert!(!admit(&mut bucket, wait - 1));
        assert!(admit(&mut bucket, wait));
    }

    #[test]
    fn a_limit_of_zero_admits_nothing() {
        let mut bucket = Bucket::full(0, 0);
        assert_eq!(bucket.wait_ms(u64::MAX / 2), WINDOW_MS);
        assert_eq!(bucket.full_in_ms(), 0);
    }

    #[test]
    fn a_clock_that_goes_back_gives_nothing_away() {
        let mut bucket = Bucket::full(60, 100_000);
        for _ in 0..60 {
            assert!(admit(&mut bucket, 100_000));
        }
        assert!(!admit(&mut bucket, 90_000));
        assert!(!admit(&mut bucket, 100_500));
        assert!(admit(&mut bucket, 101_000));
    }

    #[test]
    fn small_limits_are_durable_at_each_take_and_large_ones_by_the_block() {
        let mut small = Bucket::full(9, 0);
        let mut large = Bucket::full(1_000, 0);
        assert_eq!((0..9).filter(|_| small.take().is_some()).count(), 9);
        // Block of 100: the write that sets it aside covers its own take and the next hundred.
        assert_eq!((0..202).filter(|_| large.take().is_some()).count(), 2);
    }

    proptest! {
        /// Over any run of attempts with crashes anywhere, no window of any length admits more than
        /// the burst and what refills in it.
        #[test]
        fn never_one_more_whatever_crashes(
            per_minute in 1_u32..300,
            steps in prop::collection::vec((0_u64..3_000, 0_u8..12), 1..400),
        ) {
            let mut bucket = Bucket::full(per_minute, 0);
            let mut durable: Option<Stored> = None;
            let (mut now, mut admitted) = (0_u64, Vec::new());
            for (gap, action) in steps {
                now += if action < 8 { 0 } else { gap };
                match action {
                    10 => if let Some(stored) = durable {
                        bucket = Bucket::restore(per_minute, stored, now);
                    },
                    11 => durable = Some(bucket.settle()),
                    _ => if bucket.wait_ms(now) == 0 {
                        if let Some(stored) = bucket.take() {
                            durable = Some(stored);
                        }
                        admitted.push(now);
                    },
                }
            }
            for (first, from) in admitted.iter().enumerate() {
                for (last, to) in admitted.iter().enumerate().skip(first) {
                    let refilled = (to - from) * u64::from(per_minute) / WINDOW_MS;
                    prop_assert!((last - first + 1) as u64 <= u64::from(per_minute) + refilled);
                }
            }
        }
    }
}
