//! A token bucket for limits per minute, in exact integers.
//!
//! Rate: `per_minute` tokens a minute, refilled continuously. Burst: `per_minute` (the limit itself).
//! One token is 60,000 units, and a millisecond refills `per_minute` units, so nothing is rounded.
//!
//! Crash safety without a write per request: a durable record sets aside up to a tenth of the limit
//! (at least as much as was just taken) ahead of need ([`Stored::owed`]); takes are served from memory
//! until it is used up. Whoever loads the record after a crash subtracts all that was set aside, so a
//! crash forfeits at most that and never admits one request too many.
//!
//! What was taken as an upper bound may be given back in part ([`Bucket::refund`]). A bucket that had
//! taken only the real amount would have stopped refilling when full; so a refund is worth only what
//! fits beside the level, at every moment since the take. Then no window admits more than its share.
//!
//! What is given back may be taken again without a new record, since it cancels what the record counts
//! as taken. Not so once the bucket was full in between: its lost refills are not lost to the record,
//! which stands below full. Hence a full bucket keeps at most what was set aside.
//!
//! Caveat: a clock that goes back refills nothing until it has caught up; one that is more than a
//! window behind is believed, since waiting for it could take for ever.

use std::collections::VecDeque;

/// Units in one token; also the window in milliseconds.
const WINDOW_MS: u64 = 60_000;

/// The share of the limit that is set aside ahead of need: one part in this many.
const BLOCK_PART: u64 = 10;

/// The highest limit per minute: capacity in units stays below 2^53, as SQL integers must.
pub const MAX_PER_MINUTE: u32 = 100_000_000;

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
    /// Tokens that may be taken before the next durable record.
    set_aside: u64,
    /// As in the last durable record, [`Stored::owed`].
    owed: u64,
    refundable: Refundable,
}

/// Units that may still be given back, by reservation, oldest first. Their sum and the level never
/// exceed the capacity: what refills beyond that is lost to the oldest.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Refundable {
    parts: VecDeque<(Ticket, u64)>,
    sum: u64,
    next: Ticket,
}

/// Names a reservation of a bucket, in this process only.
pub type Ticket = u64;

impl Refundable {
    fn add(&mut self, units: u64) -> Ticket {
        let ticket = self.next;
        self.next += 1;
        self.parts.push_back((ticket, units));
        self.sum += units;
        ticket
    }

    /// What is left of a reservation, which thereby ends.
    fn remove(&mut self, ticket: Ticket) -> u64 {
        let found = self.parts.binary_search_by_key(&ticket, |part| part.0);
        let part = found.ok().and_then(|at| self.parts.get_mut(at));
        let units = part.map_or(0, |part| core::mem::take(&mut part.1));
        self.sum -= units;
        self.trim();
        units
    }

    /// Keeps at most `room` units.
    fn fit(&mut self, room: u64) {
        while self.sum > room
            && let Some(oldest) = self.parts.front_mut()
        {
            let cut = oldest.1.min(self.sum - room);
            oldest.1 -= cut;
            self.sum -= cut;
            self.trim();
        }
    }

    fn trim(&mut self) {
        while self.parts.front().is_some_and(|part| part.1 == 0) {
            self.parts.pop_front();
        }
    }
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
            owed: 0,
            refundable: Refundable::default(),
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

    /// Changes the limit: what is left stays, as far as it fits. Gives what must be durable before
    /// anything more is taken.
    pub fn resize(&mut self, per_minute: u32, now_ms: u64) -> Stored {
        self.refill(now_ms);
        self.per_minute = u64::from(per_minute.min(MAX_PER_MINUTE));
        self.level = self.level.min(self.capacity());
        self.refundable.fit(self.capacity() - self.level);
        self.settle()
    }

    /// The limit per minute.
    #[must_use]
    pub fn per_minute(&self) -> u32 {
        u32::try_from(self.per_minute).unwrap_or(MAX_PER_MINUTE)
    }

    /// Refills to `now_ms`, then says how long until `tokens` are there: 0 if they are there now.
    ///
    /// More than the limit are never there; for them, and for a limit of zero, it is a whole window.
    pub fn wait_ms(&mut self, tokens: u64, now_ms: u64) -> u64 {
        self.refill(now_ms);
        if tokens > self.per_minute || self.per_minute == 0 {
            return WINDOW_MS;
        }
        match (tokens * WINDOW_MS).saturating_sub(self.level) {
            // Nearly always, and then without a division.
            0 => 0,
            short => short.div_ceil(self.per_minute),
        }
    }

    /// Takes tokens; call only after [`Self::wait_ms`] was 0 for as many at the same time. What is not
    /// there is not taken.
    ///
    /// Gives what must be durable before the take counts, or `None` if it was set aside before.
    pub fn take(&mut self, tokens: u64) -> Option<Stored> {
        let units = tokens.saturating_mul(WINDOW_MS).min(self.level);
        self.level -= units;
        if let Some(left) = self.set_aside.checked_sub(tokens) {
            self.set_aside = left;
            return None;
        }
        let block = (self.per_minute / BLOCK_PART).max(tokens.saturating_sub(1));
        Some(self.record(block.min(self.level / WINDOW_MS)))
    }

    /// As [`Self::take`], of an upper bound: what turns out not to be needed may be given back.
    pub fn reserve(&mut self, tokens: u64) -> (Ticket, Option<Stored>) {
        let before = self.level;
        let stored = self.take(tokens);
        (self.refundable.add(before - self.level), stored)
    }

    /// Ends a reservation of which `unused` tokens were not needed.
    pub fn refund(&mut self, ticket: Ticket, unused: u64, now_ms: u64) {
        self.refill(now_ms);
        let back = self
            .refundable
            .remove(ticket)
            .min(unused.saturating_mul(WINDOW_MS));
        self.level += back;
        self.set_aside += back / WINDOW_MS;
    }

    /// The exact state, with nothing set aside: written when the bucket has been quiet for a while.
    pub fn settle(&mut self) -> Stored {
        self.record(0)
    }

    /// The state from now on, with tokens set aside.
    fn record(&mut self, owed: u64) -> Stored {
        self.set_aside = owed;
        self.owed = owed;
        Stored {
            level: self.level,
            at_ms: self.at_ms,
            owed,
        }
    }

    /// Whether tokens are set aside that [`Self::settle`] would give back.
    #[must_use]
    pub fn is_ahead(&self) -> bool {
        self.set_aside > 0
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
        self.refundable.fit(self.capacity() - self.level);
        if self.level == self.capacity() {
            // Refills are lost from here on, of which the record knows nothing: beyond what it owes, nothing may go.
            self.set_aside = self.set_aside.min(self.owed);
        }
        self.at_ms = now_ms;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn admit(bucket: &mut Bucket, now_ms: u64) -> bool {
        let there = bucket.wait_ms(1, now_ms) == 0;
        if there {
            let _stored = bucket.take(1);
        }
        there
    }

    #[test]
    fn the_burst_is_the_limit_and_then_one_every_sixtieth() {
        let mut bucket = Bucket::full(20, 0);
        assert_eq!((0..200).filter(|_| admit(&mut bucket, 0)).count(), 20);
        assert_eq!(bucket.wait_ms(1, 0), 3_000);
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
        let wait = bucket.wait_ms(1, 0);
        assert_eq!(wait, 8_572);
        assert!(!admit(&mut bucket, wait - 1));
        assert!(admit(&mut bucket, wait));
    }

    #[test]
    fn a_limit_of_zero_admits_nothing() {
        let mut bucket = Bucket::full(0, 0);
        assert_eq!(bucket.wait_ms(1, u64::MAX / 2), WINDOW_MS);
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
        assert_eq!((0..9).filter(|_| small.take(1).is_some()).count(), 9);
        // Block of 100: the write that sets it aside covers its own take and the next hundred.
        assert_eq!((0..202).filter(|_| large.take(1).is_some()).count(), 2);
    }

    #[test]
    fn what_was_not_needed_comes_back_and_not_more() {
        let mut bucket = Bucket::full(100, 0);
        let (ticket, _stored) = bucket.reserve(60);
        bucket.refund(ticket, 50, 0);
        assert_eq!(bucket.remaining(), 90);
        // The same again comes from nowhere.
        bucket.refund(ticket, 50, 0);
        assert_eq!(bucket.remaining(), 90);
        assert_eq!(bucket.wait_ms(101, 0), WINDOW_MS);
    }

    #[test]
    fn a_refund_is_not_worth_what_a_full_bucket_would_not_have_refilled() {
        let mut bucket = Bucket::full(100, 0);
        let (ticket, _stored) = bucket.reserve(60);
        // Thirty seconds later half of it has refilled: 40 + 50. A bucket that had taken only 10 would
        // be full, so at most 10 may come back.
        assert_eq!(bucket.wait_ms(90, 30_000), 0);
        let _stored = bucket.take(90);
        bucket.refund(ticket, 50, 30_000);
        assert_eq!(bucket.remaining(), 10);
    }

    #[test]
    fn what_was_given_back_and_lay_full_is_not_there_twice_after_a_crash() {
        let mut bucket = Bucket::full(407, 0);
        assert_eq!(bucket.wait_ms(182, 0), 0);
        let (ticket, stored) = bucket.reserve(182);
        let mut durable = stored.unwrap();
        bucket.refund(ticket, 182, 754);
        for tokens in [99, 139, 65] {
            assert_eq!(bucket.wait_ms(tokens, 8_905), 0);
            durable = bucket.reserve(tokens).1.unwrap_or(durable);
        }
        let mut restored = Bucket::restore(407, durable, 9_884);
        assert!(bucket.wait_ms(407, 9_884) <= restored.wait_ms(407, 9_884));
        assert!(restored.level <= bucket.level);
    }

    proptest! {
        /// Reservations, of which a part is given back whenever they end: by the time they began, no
        /// window of any length sees more real use than the burst and what refills in it.
        #[test]
        fn refunds_give_nothing_away(
            per_minute in 10_u32..500,
            steps in prop::collection::vec((0_u64..5_000, 0_u8..10, 1_u64..200, 0_u64..200), 1..200),
        ) {
            let mut bucket = Bucket::full(per_minute, 0);
            let mut now = 0;
            let mut durable = None;
            // (when, reserved, used, the ticket while open)
            let mut takes: Vec<(u64, u64, u64, Option<Ticket>)> = Vec::new();
            for (gap, action, tokens, used) in steps {
                now += if action < 6 { 0 } else { gap };
                match action {
                    0..=4 => if bucket.wait_ms(tokens, now) == 0 {
                        let (ticket, stored) = bucket.reserve(tokens);
                        durable = stored.or(durable);
                        takes.push((now, tokens, used.min(tokens), Some(ticket)));
                    },
                    9 => if let Some(stored) = durable {
                        bucket = Bucket::restore(per_minute, stored, now);
                        // What was open is forgotten: it counts in full.
                        for take in takes.iter_mut().filter(|take| take.3.is_some()) {
                            *take = (take.0, take.1, take.1, None);
                        }
                    },
                    _ => {
                        let mut open: Vec<_> = takes.iter_mut().filter(|take| take.3.is_some()).collect();
                        let at = usize::try_from(used).unwrap() % open.len().max(1);
                        if let Some(take) = open.get_mut(at) && let Some(ticket) = take.3.take() {
                            bucket.refund(ticket, take.1 - take.2, now);
                        }
                    },
                }
                prop_assert!(bucket.level + bucket.refundable.sum <= bucket.capacity());
                // Whoever finds the record after a crash never has more than there was.
                let _wait = bucket.wait_ms(1, now);
                let restored = durable.map(|stored| Bucket::restore(per_minute, stored, now));
                prop_assert!(restored.is_none_or(|restored| restored.level <= bucket.level));
            }
            for (first, from) in takes.iter().enumerate() {
                let mut used = 0;
                for to in takes.iter().skip(first) {
                    used += if to.3.is_some() { to.1 } else { to.2 };
                    let refilled = (to.0 - from.0) * u64::from(per_minute) / WINDOW_MS;
                    prop_assert!(used <= u64::from(per_minute) + refilled, "{used} in {}", to.0 - from.0);
                }
            }
        }

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
                    _ => if bucket.wait_ms(1, now) == 0 {
                        if let Some(stored) = bucket.take(1) {
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
