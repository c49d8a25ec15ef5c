//! Durations as counts in buckets: small, mergeable, and percentiles of a stated error.
//!
//! The buckets are log-linear, as in HdrHistogram: each octave of milliseconds is cut into
//! `PARTS` equal parts. A percentile is the middle of the bucket it falls into, so it is off by at most
//! [`RELATIVE_ERROR`] of the exact one and half a millisecond; up to 64 ms it is exact. Bounds are whole
//! numbers and no floating point decides a bucket, so that all machines agree, and merging is adding.
//!
//! A bucket holds its upper bound: `2^n` milliseconds are the last of theirs. That is what a bucket of
//! Prometheus means, too.

use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// Parts of an octave, a power of two.
const PARTS: u64 = 32;
/// log2 of [`PARTS`].
const PARTS_LOG2: u32 = 5;
/// How far a percentile may be from the exact one, as a part of it.
pub const RELATIVE_ERROR: f64 = 1.0 / 64.0;
/// The longest duration that is told apart, in ms: about 12 days.
const LONGEST_MS: u64 = (1 << 30) - 1;

/// Counts of durations in milliseconds.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Histogram {
    /// The sum of all durations, exact.
    sum_ms: u64,
    /// Bucket and count, by bucket.
    buckets: Vec<(u32, u64)>,
}

/// The bucket of a duration.
fn bucket(ms: u64) -> u32 {
    // Upper bounds belong to their bucket.
    let value = ms.min(LONGEST_MS).saturating_sub(1);
    let place = if value < PARTS {
        value
    } else {
        let octave = value.ilog2() - PARTS_LOG2;
        u64::from(octave) * PARTS + (value >> octave)
    };
    u32::try_from(place).unwrap_or(u32::MAX)
}

/// The shortest and the longest duration in a bucket, in ms.
fn bounds(bucket: u32) -> (u64, u64) {
    let bucket = u64::from(bucket);
    if bucket < 2 * PARTS {
        let ms = bucket + 1;
        return (if bucket == 0 { 0 } else { ms }, ms);
    }
    let octave = bucket / PARTS - 1;
    let first = (bucket % PARTS + PARTS) << octave;
    (first + 1, first + (1 << octave))
}

impl Histogram {
    /// Counts one duration.
    pub fn record(&mut self, ms: u64) {
        self.sum_ms = self.sum_ms.saturating_add(ms);
        self.add(bucket(ms), 1);
    }

    fn add(&mut self, bucket: u32, count: u64) {
        match self.buckets.binary_search_by_key(&bucket, |(at, _)| *at) {
            Ok(place) => {
                if let Some((_, known)) = self.buckets.get_mut(place) {
                    *known = known.saturating_add(count);
                }
            }
            Err(place) => self.buckets.insert(place, (bucket, count)),
        }
    }

    /// Adds all that another one counted.
    pub fn merge(&mut self, other: &Self) {
        self.sum_ms = self.sum_ms.saturating_add(other.sum_ms);
        for (bucket, count) in &other.buckets {
            self.add(*bucket, *count);
        }
    }

    /// Whether nothing was counted.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.buckets.is_empty()
    }

    /// How many durations were counted.
    #[must_use]
    pub fn count(&self) -> u64 {
        self.buckets
            .iter()
            .fold(0, |sum, (_, n)| sum.saturating_add(*n))
    }

    /// Their sum, in ms.
    #[must_use]
    pub fn sum_ms(&self) -> u64 {
        self.sum_ms
    }

    /// How many were at most this long. Exact for powers of two and below 64 ms.
    #[must_use]
    pub fn at_most(&self, ms: u64) -> u64 {
        self.buckets
            .iter()
            .take_while(|(at, _)| bounds(*at).1 <= ms)
            .fold(0, |sum, (_, n)| sum.saturating_add(*n))
    }

    /// The duration that `per_mille` of a thousand are at most as long as (the nearest rank), within
    /// [`RELATIVE_ERROR`] and half a millisecond. `None` where nothing was counted.
    #[must_use]
    pub fn percentile_ms(&self, per_mille: u64) -> Option<u64> {
        let rank = u128::from(self.count()) * u128::from(per_mille);
        let rank = rank.div_ceil(1_000).max(1);
        let mut seen = 0_u128;
        for (at, count) in &self.buckets {
            seen += u128::from(*count);
            if seen >= rank {
                let (first, last) = bounds(*at);
                return Some(last - (last - first) / 2);
            }
        }
        None
    }
}

/// As a flat list: the sum, then bucket and count in turn.
impl Serialize for Histogram {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        let mut flat = Vec::with_capacity(1 + 2 * self.buckets.len());
        flat.push(self.sum_ms);
        for (bucket, count) in &self.buckets {
            flat.extend([u64::from(*bucket), *count]);
        }
        flat.serialize(to)
    }
}

impl<'de> Deserialize<'de> for Histogram {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let flat = Vec::<u64>::deserialize(from)?;
        let mut numbers = flat.into_iter();
        let mut histogram = Self {
            sum_ms: numbers.next().unwrap_or_default(),
            buckets: Vec::new(),
        };
        while let (Some(bucket), Some(count)) = (numbers.next(), numbers.next()) {
            histogram.add(u32::try_from(bucket).unwrap_or(u32::MAX), count);
        }
        Ok(histogram)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// The nearest rank.
    fn exact(sorted: &[u64], per_mille: u64) -> u64 {
        let rank = (sorted.len() as u64 * per_mille).div_ceil(1_000).max(1);
        sorted[usize::try_from(rank).unwrap() - 1]
    }

    #[test]
    fn buckets_follow_each_other_without_gap_or_overlap() {
        let mut next = 0;
        for at in 0..PARTS as u32 * 20 {
            let (first, last) = bounds(at);
            assert_eq!(first, next, "{at}");
            assert!(bucket(first) == at && bucket(last) == at, "{at}");
            next = last + 1;
        }
    }

    #[test]
    fn powers_of_two_are_upper_bounds() {
        let mut histogram = Histogram::default();
        for ms in [1, 2, 64, 65, 1_024, 1_025, 65_536, 65_537] {
            histogram.record(ms);
        }
        assert_eq!(histogram.at_most(64), 3);
        assert_eq!(histogram.at_most(1_024), 5);
        assert_eq!(histogram.at_most(65_536), 7);
        assert_eq!(histogram.count(), 8);
        assert_eq!(histogram.sum_ms(), 133_254);
    }

    #[test]
    fn nothing_has_no_percentile_and_what_is_too_long_is_counted() {
        let mut histogram = Histogram::default();
        assert_eq!(histogram.percentile_ms(500), None);
        histogram.record(u64::MAX);
        assert_eq!(histogram.count(), 1);
        assert!(histogram.percentile_ms(990) >= Some(1 << 29));
    }

    #[test]
    fn the_stored_form_is_pinned() {
        let mut histogram = Histogram::default();
        for ms in [3, 3, 1_000] {
            histogram.record(ms);
        }
        let json = "[1006,2,2,190,1]";
        assert_eq!(serde_json::to_string(&histogram).unwrap(), json);
        assert_eq!(serde_json::from_str::<Histogram>(json).unwrap(), histogram);
    }

    proptest! {
        #[test]
        fn percentiles_are_within_the_stated_error(
            mut durations in proptest::collection::vec(
                prop_oneof![0_u64..200, 0_u64..20_000, 0_u64..1_000_000], 1..400),
            per_mille in 0_u64..=1_000,
        ) {
            let mut histogram = Histogram::default();
            for ms in &durations {
                histogram.record(*ms);
            }
            durations.sort_unstable();
            let exact = exact(&durations, per_mille);
            let told = histogram.percentile_ms(per_mille).unwrap();
            let off = told.abs_diff(exact) as f64;
            // Zero and one share a bucket.
            let allowed = (exact as f64 * RELATIVE_ERROR + 0.5).max(f64::from(u8::from(exact == 0)));
            prop_assert!(off <= allowed, "{told} for {exact}");
            prop_assert_eq!(histogram.count(), durations.len() as u64);
            prop_assert_eq!(histogram.sum_ms(), durations.iter().sum::<u64>());
        }

        #[test]
        fn merged_parts_are_the_whole(
            durations in proptest::collection::vec(0_u64..1_000_000, 0..200),
            cut in 0_usize..200,
        ) {
            let mut whole = Histogram::default();
            let (mut one, mut other) = (Histogram::default(), Histogram::default());
            for (at, ms) in durations.iter().enumerate() {
                whole.record(*ms);
                if at < cut { one.record(*ms) } else { other.record(*ms) }
            }
            one.merge(&other);
            prop_assert_eq!(&one, &whole);
            let json = serde_json::to_string(&whole).unwrap();
            prop_assert_eq!(serde_json::from_str::<Histogram>(&json).unwrap(), whole);
        }
    }
}
