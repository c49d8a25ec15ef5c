//! Money: integer nano-USD, rounded up once per request.
//!
//! In scope: amounts and the price of a number of tokens. Out of scope: budgets and the ledger.

use core::fmt;
use serde::{Deserialize, Serialize};

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

impl NanoUsd {
    /// No money.
    pub const ZERO: Self = Self(0);

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

#[cfg(test)]
mod tests {
    use super::*;

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
    fn a_sum_saturates() {
        assert_eq!(NanoUsd(u64::MAX).plus(NanoUsd(1)), NanoUsd(u64::MAX));
    }
}
