//! Money: integer nano-USD, rounded up once per request.
//!
//! In scope: amounts and the price of a number of tokens. Out of scope: budgets and the ledger.

use core::fmt;
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// An amount of money in nano-USD (10⁻⁹ USD). Never negative; saturates instead of overflowing.
///
/// Amounts stay below 2⁵³ (about 9 million USD) wherever they pass through JavaScript numbers.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
#[serde(transparent)]
pub struct NanoUsd(pub u64);

/// One US dollar in nano-USD.
const NANOS_PER_USD: u64 = 1_000_000_000;
/// 2⁵¹, about 2 million USD. Up to here reading USD as a double is off by less than half a nano-USD:
/// 0.24 from the double nearest to the amount, and 0.13 from multiplying.
const EXACT: u64 = 1 << 51;

impl NanoUsd {
    /// No money.
    pub const ZERO: Self = Self(0);

    /// An amount given as a JSON number of USD.
    ///
    /// Exact: a JSON number is read as the double nearest to it, and up to 2⁵¹ nano-USD every amount of
    /// whole nano-USD has a double of its own, which this finds again. `None` for what is negative, has
    /// more than nine decimals, or is above that.
    #[must_use]
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "checked to be from 0 to 2^51; what is cut off is found by the way back"
    )]
    pub fn from_usd(usd: f64) -> Option<Self> {
        let nanos = (usd * NANOS_PER_USD as f64).round();
        if !(0.0..=EXACT as f64).contains(&nanos) {
            return None;
        }
        let amount = Self(nanos as u64);
        (amount.as_usd() == usd).then_some(amount)
    }

    /// This amount as a JSON number of USD, for people and for programs that do not add up.
    #[must_use]
    pub fn to_json(self) -> Value {
        if self.0.is_multiple_of(NANOS_PER_USD) {
            Value::from(self.0 / NANOS_PER_USD)
        } else {
            Value::from(self.as_usd())
        }
    }

    /// The sum of both amounts, saturating at the largest representable amount.
    #[must_use]
    pub fn plus(self, other: Self) -> Self {
        Self(self.0.saturating_add(other.0))
    }

    /// This amount as a floating-point number of USD, for JSON and metrics only, never for sums.
    #[must_use]
    #[expect(
        clippy::cast_precision_loss,
        reason = "display only; amounts stay below 2^53"
    )]
    pub fn as_usd(self) -> f64 {
        self.0 as f64 / NANOS_PER_USD as f64
    }
}

impl fmt::Display for NanoUsd {
    /// USD as a plain decimal without trailing zeros (`0.00042`, `1`, `0`): also a JSON number.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (whole, rest) = (self.0 / NANOS_PER_USD, self.0 % NANOS_PER_USD);
        if rest == 0 {
            return write!(f, "{whole}");
        }
        let digits = format!("{rest:09}");
        write!(f, "{whole}.{}", digits.trim_end_matches('0'))
    }
}

/// A count that is left out when it is none.
pub(crate) fn is_zero(number: &u64) -> bool {
    *number == 0
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn shows_an_exact_decimal_without_trailing_zeros() {
        for (nanos, shown) in [
            (0, "0"),
            (1, "0.000000001"),
            (420_000, "0.00042"),
            (1_000_000_000, "1"),
            (12_340_000_000, "12.34"),
        ] {
            assert_eq!(NanoUsd(nanos).to_string(), shown);
        }
    }

    #[test]
    fn a_json_number_of_usd_is_read_exactly_or_not_at_all() {
        for (text, nanos) in [
            ("0", Some(0)),
            ("-0.0", Some(0)),
            ("5", Some(5_000_000_000)),
            ("0.1", Some(100_000_000)),
            ("0.000000001", Some(1)),
            ("1e-9", Some(1)),
            ("999999.999999999", Some(999_999_999_999_999)),
            ("1000000", Some(1_000_000_000_000_000)),
            ("0.0000000001", None),
            ("0.0000000015", None),
            ("999999.9999999995", None),
            ("-0.000000001", None),
            ("-1", None),
            ("1e300", None),
        ] {
            let usd: f64 = serde_json::from_str(text).unwrap();
            assert_eq!(NanoUsd::from_usd(usd).map(|usd| usd.0), nanos, "{text}");
        }
        assert_eq!(NanoUsd::from_usd(f64::NAN), None);
    }

    proptest! {
        #[test]
        fn every_amount_that_is_shown_is_read_back(nanos in 0..=EXACT) {
            let amount = NanoUsd(nanos);
            let shown: f64 = serde_json::from_str(&amount.to_string()).unwrap();
            prop_assert_eq!(NanoUsd::from_usd(shown), Some(amount));
            let json: f64 = serde_json::from_str(&amount.to_json().to_string()).unwrap();
            prop_assert_eq!(NanoUsd::from_usd(json), Some(amount));
        }
    }

    #[test]
    fn a_sum_saturates() {
        assert_eq!(NanoUsd(u64::MAX).plus(NanoUsd(1)), NanoUsd(u64::MAX));
    }
}
