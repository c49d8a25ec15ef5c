//! What a request may cost, and how much output it may reserve.

use crate::lease::Want;

/// Prices are for so many tokens.
const MILLION: u64 = 1_000_000;
/// The part of a token limit that a request without an output cap may reserve at most.
const UNCAPPED_PART: u32 = 4;
/// What such a request may reserve of a smaller limit all the same, in tokens.
const UNCAPPED_LEAST: u32 = 1_024;

/// Nano-USD for input and output tokens, each at its price per million, rounded up once.
#[must_use]
pub fn price(input: (u32, u64), output: (u32, u64)) -> u64 {
    let of = |(tokens, price): (u32, u64)| u128::from(tokens) * u128::from(price);
    quotient(of(input) + of(output) + u128::from(MILLION - 1), MILLION)
}

/// Rounded down, and at most what fits: of nothing, there is room for any number. Wasm divides 64 bits at most, and more
/// are rare.
fn quotient(sum: u128, by: u64) -> u64 {
    let quotient = match u64::try_from(sum) {
        Ok(sum) => sum.checked_div(by),
        Err(_) => sum
            .checked_div(u128::from(by))
            .and_then(|it| u64::try_from(it).ok()),
    };
    quotient.unwrap_or(u64::MAX)
}

/// The most output tokens that `room` nano-USD pay for.
pub(super) fn affordable(want: &Want, room: u64) -> u32 {
    let input = u128::from(want.input_tokens) * u128::from(want.input_price);
    let left = (u128::from(room) * u128::from(MILLION)).saturating_sub(input);
    u32::try_from(quotient(left, want.output_price)).unwrap_or(u32::MAX)
}

/// What a request without a cap may reserve of a token limit, as output.
pub(super) fn share(limit: u32, input_tokens: u32) -> u32 {
    (limit / UNCAPPED_PART)
        .max(UNCAPPED_LEAST)
        .min(limit.saturating_sub(input_tokens))
}
