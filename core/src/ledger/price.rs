//! What a request may cost, and how much output it may reserve.

use crate::lease::Want;

/// The part of a token limit that a request without an output cap may reserve at most.
const UNCAPPED_PART: u32 = 4;
/// What such a request may reserve of a smaller limit all the same, in tokens.
const UNCAPPED_LEAST: u32 = 1_024;

/// Nano-USD for input and output tokens, each at its price per million, rounded up once.
#[must_use]
pub fn price(input: (u32, u64), output: (u32, u64)) -> u64 {
    let sum =
        u128::from(input.0) * u128::from(input.1) + u128::from(output.0) * u128::from(output.1);
    u64::try_from(sum.div_ceil(1_000_000)).unwrap_or(u64::MAX)
}

/// The most output tokens that `room` nano-USD pay for.
pub(super) fn affordable(want: &Want, room: u64) -> u32 {
    let input = u128::from(want.input_tokens) * u128::from(want.input_price);
    let left = (u128::from(room) * 1_000_000).saturating_sub(input);
    let free = u128::from(u32::MAX);
    let most = left.checked_div(u128::from(want.output_price));
    u32::try_from(most.unwrap_or(free)).unwrap_or(u32::MAX)
}

/// What a request without a cap may reserve of a token limit, as output.
pub(super) fn share(limit: u32, input_tokens: u32) -> u32 {
    (limit / UNCAPPED_PART)
        .max(UNCAPPED_LEAST)
        .min(limit.saturating_sub(input_tokens))
}
