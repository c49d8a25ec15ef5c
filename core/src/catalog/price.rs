//! What a model costs.

use crate::chat::request::IMAGE_TOKENS;
use crate::chat::usage::Usage;
use crate::money::NanoUsd;
use serde::{Deserialize, Serialize};

/// A price in USD per million tokens.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Price {
    /// Input tokens.
    pub input: f64,
    /// Output tokens.
    pub output: f64,
    /// Input tokens that the backend had cached; as `input` where absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cached_input: Option<f64>,
    /// Input tokens that the backend puts into its cache because the caller asks for it; without a
    /// price such requests are refused.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cache_write: Option<f64>,
    /// USD for an image, on top of its tokens; nothing where absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub image: Option<f64>,
    /// Where the price was read.
    pub source: String,
    /// When it was read, `YYYY-MM-DD`.
    pub date: String,
}

impl Price {
    /// Nano-USD per million input tokens, at the dearest rate that may apply, and per million output
    /// tokens: what a reservation is priced with. `writes_cache` says that the caller asks for it.
    #[must_use]
    pub fn highest(&self, writes_cache: bool) -> (u64, u64) {
        let others = [self.cached_input, self.cache_write.filter(|_| writes_cache)];
        let input = others.into_iter().flatten().fold(self.input, f64::max);
        (nanos_per_million(input), nanos_per_million(self.output))
    }

    /// The price of an answer, rounded up once to the next nano-USD.
    #[must_use]
    pub fn of(&self, usage: &Usage, images: u32) -> NanoUsd {
        let cached = usage.cached_input_tokens.min(usage.input_tokens);
        let uncached = usage.input_tokens - cached;
        let written = usage.cache_write_tokens.min(uncached);
        let sum = [
            (uncached - written, self.input),
            (cached, self.cached_input.unwrap_or(self.input)),
            (written, self.cache_write.unwrap_or(self.input)),
            (usage.output_tokens, self.output),
            // Per image and not per million of them.
            (u64::from(images) * 1_000_000, self.image.unwrap_or(0.0)),
        ]
        .into_iter()
        .fold(0_u128, |sum, (tokens, price)| {
            sum.saturating_add(u128::from(tokens) * u128::from(nanos_per_million(price)))
        });
        NanoUsd(u64::try_from(sum.div_ceil(1_000_000)).unwrap_or(u64::MAX))
    }

    pub(super) fn validate(&self) -> Result<(), &'static str> {
        let prices = [
            Some(self.input),
            Some(self.output),
            self.cached_input,
            self.cache_write,
            self.image,
        ];
        if !prices
            .iter()
            .flatten()
            .all(|p| (0.0..=10_000.0).contains(p))
        {
            return Err("a price is not between 0 and 10,000 USD per million tokens");
        }
        // A reservation takes an image for so many input tokens, and must not be less than the price.
        if nanos_per_million(self.image.unwrap_or(0.0)) / IMAGE_TOKENS
            > nanos_per_million(self.input) / 1_000_000
        {
            return Err("an image costs more than the input tokens reserved for it");
        }
        if self.source.is_empty() {
            return Err("the price has no source");
        }
        if !is_date(&self.date) {
            return Err("the price's date is not YYYY-MM-DD");
        }
        Ok(())
    }
}

fn is_date(text: &str) -> bool {
    let number = |part: &str, digits: usize, range: core::ops::RangeInclusive<u32>| {
        part.len() == digits
            && part.bytes().all(|b| b.is_ascii_digit())
            && part.parse().is_ok_and(|number| range.contains(&number))
    };
    let mut parts = text.split('-');
    let mut next = |digits, range| parts.next().is_some_and(|part| number(part, digits, range));
    next(4, 2000..=2999) && next(2, 1..=12) && next(2, 1..=31) && parts.next().is_none()
}

/// A price in nano-USD per million tokens: exact for prices of up to nine decimals.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "prices are validated to lie between 0 and 10,000 USD"
)]
fn nanos_per_million(usd: f64) -> u64 {
    (usd * 1e9).round() as u64
}

#[cfg(test)]
mod tests {
    use super::*;

    fn price() -> Price {
        Price {
            input: 0.15,
            output: 0.6,
            cached_input: Some(0.075),
            cache_write: Some(0.3),
            image: None,
            source: "test".into(),
            date: "2026-11-01".into(),
        }
    }

    fn of(price: &Price, input: u64, cached: u64, written: u64, output: u64) -> NanoUsd {
        let usage = Usage {
            input_tokens: input,
            output_tokens: output,
            cached_input_tokens: cached,
            cache_write_tokens: written,
            reasoning_tokens: 0,
        };
        price.of(&usage, 0)
    }

    #[test]
    fn a_price_is_rounded_up_once() {
        let price = price();
        assert_eq!(of(&price, 0, 0, 0, 0), NanoUsd(0));
        assert_eq!(of(&price, 1_000_000, 0, 0, 0), NanoUsd(150_000_000));
        assert_eq!(of(&price, 10, 0, 0, 30), NanoUsd(1_500 + 18_000));
        assert_eq!(of(&price, 10, 10, 0, 0), NanoUsd(750));
        assert_eq!(of(&price, 10, 2, 5, 0), NanoUsd(450 + 150 + 1_500));
        // More cached than input is the backend's mistake, not a discount below zero.
        assert_eq!(of(&price, 10, 99, 99, 0), NanoUsd(750));
        let odd = Price {
            input: 0.000_000_001,
            ..price
        };
        assert_eq!(of(&odd, 1, 0, 0, 0), NanoUsd(1));
        assert_eq!(of(&odd, u64::MAX, 0, 0, u64::MAX), NanoUsd(u64::MAX));
    }

    #[test]
    fn a_reservation_is_priced_at_the_dearest_rate_that_may_apply() {
        assert_eq!(price().highest(false), (150_000_000, 600_000_000));
        assert_eq!(price().highest(true), (300_000_000, 600_000_000));
    }

    #[test]
    fn an_image_has_its_own_price_which_its_reserved_tokens_cover() {
        let with = |image| Price {
            image: Some(image),
            ..price()
        };
        let usage = Usage::default();
        assert_eq!(with(0.005).of(&usage, 2), NanoUsd(10_000_000));
        assert_eq!(with(0.005).validate(), Ok(()));
        assert!(with(0.05).validate().is_err());
    }

    #[test]
    fn a_date_is_one() {
        for (date, good) in [
            ("2026-11-22", true),
            ("2026-13-01", false),
            ("2026-1-011", false),
            ("22-11-2026", false),
            ("2026-11-22-", false),
            ("----------", false),
        ] {
            assert_eq!(is_date(date), good, "{date}");
        }
    }
}
