//! Token usage as backends report it, in whatever form, and what to do when they do not.
//!
//! In scope: OpenAI's names (also Workers AI's), Anthropic's, partial reports, nonsense, estimates.
//! Out of scope: prices and the reservation's upper bound.
//!
//! Caveat: an estimate is for settling what nobody counted. It is not a bound.

use super::json::Json;

/// Counts above this (10¹² tokens) are nonsense and count as not reported.
const ABSURD: u64 = 1 << 40;
/// Bytes of UTF-8 per token, for estimates.
const BYTES_PER_TOKEN: u64 = 4;

/// Tokens of one answer.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Usage {
    /// All input tokens, cached ones included.
    pub input_tokens: u64,
    /// All output tokens, reasoning included.
    pub output_tokens: u64,
    /// Input tokens that the backend read from its prompt cache; at most `input_tokens`.
    pub cached_input_tokens: u64,
    /// Input tokens that the backend wrote into its prompt cache; part of `input_tokens`, too.
    pub cache_write_tokens: u64,
    /// Output tokens spent on reasoning; at most `output_tokens`.
    pub reasoning_tokens: u64,
}

/// Whose numbers a [`Usage`] holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum UsageSource {
    /// The backend's.
    Reported,
    /// Ours, at least in part.
    Estimated,
}

/// What a backend reported: each count by itself, as any may be missing.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Reported {
    /// All input tokens, cached ones included.
    pub input: Option<u64>,
    /// All output tokens.
    pub output: Option<u64>,
    /// Input and output.
    pub total: Option<u64>,
    /// Input tokens read from the backend's cache.
    pub cached_input: Option<u64>,
    /// Input tokens written into the backend's cache.
    pub cache_write: Option<u64>,
    /// Output tokens spent on reasoning.
    pub reasoning: Option<u64>,
}

impl Reported {
    /// Reads a `usage` value. What is absent, `null`, negative, fractional, absurd or of the wrong
    /// type counts as not reported; a zero is a zero.
    ///
    /// Anthropic counts cached tokens apart from `input_tokens`, so they are added there.
    #[must_use]
    pub fn read(usage: &Json<'_>) -> Self {
        let count = |name: &str| usage.get(name).and_then(tokens);
        let detail = |object: &str, name: &str| usage.get(object)?.get(name).and_then(tokens);
        let cache_read = count("cache_read_input_tokens");
        let cache_write = count("cache_creation_input_tokens");
        let apart = cache_read
            .unwrap_or(0)
            .saturating_add(cache_write.unwrap_or(0));
        Self {
            input: count("prompt_tokens")
                .or_else(|| count("input_tokens").map(|input| input.saturating_add(apart))),
            output: count("completion_tokens").or_else(|| count("output_tokens")),
            total: count("total_tokens"),
            cached_input: detail("prompt_tokens_details", "cached_tokens")
                .or_else(|| detail("input_tokens_details", "cached_tokens"))
                .or(cache_read),
            cache_write,
            reasoning: detail("completion_tokens_details", "reasoning_tokens")
                .or_else(|| detail("output_tokens_details", "reasoning_tokens")),
        }
    }

    /// Whether nothing was reported that can be settled.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.input.is_none() && self.output.is_none() && self.total.is_none()
    }

    /// Takes a later report of the same answer: it replaces this one, unless it is empty.
    pub fn replace_with(&mut self, later: Self) {
        if !later.is_empty() {
            *self = later;
        }
    }

    /// Takes a later report that may hold less than this one: what it says replaces what was said. Of input, it may
    /// tell only what did not pass a cache, as Anthropic counts those apart: what was said of caches stays part of it.
    pub fn merge(&mut self, later: Self) {
        let untold = |now: Option<u64>, before: Option<u64>| match now {
            None => before.unwrap_or(0),
            Some(_) => 0,
        };
        let cached = untold(later.cached_input, self.cached_input)
            .saturating_add(untold(later.cache_write, self.cache_write));
        *self = Self {
            input: later
                .input
                .map(|input| input.saturating_add(cached))
                .or(self.input),
            output: later.output.or(self.output),
            total: later.total.or(self.total),
            cached_input: later.cached_input.or(self.cached_input),
            cache_write: later.cache_write.or(self.cache_write),
            reasoning: later.reasoning.or(self.reasoning),
        };
    }

    /// The usage to settle of an answer of `produced_bytes` bytes; what was not reported is estimated
    /// from them, and from `input_tokens`.
    #[must_use]
    pub fn or_estimate(&self, input_tokens: u64, produced_bytes: u64) -> (Usage, UsageSource) {
        self.resolve(Usage {
            input_tokens,
            output_tokens: estimate_tokens(produced_bytes),
            ..Usage::default()
        })
    }

    /// The usage to settle, with `estimate` for what is missing.
    ///
    /// Two counts give the third. A total alone is kept as it is and split by the estimate.
    #[must_use]
    pub fn resolve(&self, estimate: Usage) -> (Usage, UsageSource) {
        let (input, output, source) = match (self.input, self.output, self.total) {
            (Some(input), Some(output), _) => (input, output, UsageSource::Reported),
            (Some(input), None, Some(total)) if total >= input => {
                (input, total - input, UsageSource::Reported)
            }
            (None, Some(output), Some(total)) if total >= output => {
                (total - output, output, UsageSource::Reported)
            }
            (None, None, Some(total)) => {
                let output = estimate.output_tokens.min(total);
                (total - output, output, UsageSource::Estimated)
            }
            (input, output, _) => (
                input.unwrap_or(estimate.input_tokens),
                output.unwrap_or(estimate.output_tokens),
                UsageSource::Estimated,
            ),
        };
        let cached = self.cached_input.unwrap_or(0).min(input);
        let usage = Usage {
            input_tokens: input,
            output_tokens: output,
            cached_input_tokens: cached,
            cache_write_tokens: self.cache_write.unwrap_or(0).min(input - cached),
            reasoning_tokens: self.reasoning.unwrap_or(0).min(output),
        };
        (usage, source)
    }
}

/// A count of tokens; integers may come as floats.
fn tokens(value: &Json<'_>) -> Option<u64> {
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        clippy::cast_precision_loss,
        reason = "checked to be a whole number from 0 to 2^40, exact in both types"
    )]
    match value {
        Json::Unsigned(count) => Some(*count).filter(|count| *count <= ABSURD),
        Json::Float(count) if count.fract() == 0.0 && (0.0..=ABSURD as f64).contains(count) => {
            Some(*count as u64)
        }
        _ => None,
    }
}

/// Tokens in about this many bytes of UTF-8: one per four bytes, rounded up.
///
/// English prose has 4 to 4.5 bytes per token with the vocabularies in use; code and most other
/// languages have less, so this leans to the caller's side.
#[must_use]
pub fn estimate_tokens(bytes: u64) -> u64 {
    bytes.div_ceil(BYTES_PER_TOKEN)
}

#[cfg(test)]
mod tests {
    use super::*;

    const ESTIMATE: Usage = Usage {
        input_tokens: 100,
        output_tokens: 10,
        cached_input_tokens: 0,
        cache_write_tokens: 0,
        reasoning_tokens: 0,
    };

    fn read(text: &str) -> Reported {
        Reported::read(&Json::parse(text.as_bytes()).unwrap())
    }

    /// (input, output, whether estimated)
    fn settled(text: &str) -> (u64, u64, bool) {
        let (usage, source) = read(text).resolve(ESTIMATE);
        (
            usage.input_tokens,
            usage.output_tokens,
            source == UsageSource::Estimated,
        )
    }

    #[test]
    fn reads_every_dialect() {
        for text in [
            r#"{"prompt_tokens":7,"completion_tokens":3,"total_tokens":10}"#,
            r#"{"prompt_tokens":7.0,"completion_tokens":3e0}"#,
            r#"{"input_tokens":7,"output_tokens":3}"#,
            r#"{"input_tokens":2,"cache_read_input_tokens":4,"cache_creation_input_tokens":1,"output_tokens":3}"#,
            r#"{"prompt_tokens":7,"total_tokens":10}"#,
            r#"{"completion_tokens":3,"total_tokens":10}"#,
        ] {
            assert_eq!(settled(text), (7, 3, false), "{text}");
        }
    }

    #[test]
    fn an_explicit_zero_stays_zero() {
        assert_eq!(
            settled(r#"{"prompt_tokens":0,"completion_tokens":0,"total_tokens":0}"#),
            (0, 0, false)
        );
        assert_eq!(
            settled(r#"{"prompt_tokens":5,"completion_tokens":0}"#),
            (5, 0, false)
        );
        assert_eq!(settled(r#"{"total_tokens":0}"#), (0, 0, true));
    }

    #[test]
    fn what_makes_no_sense_counts_as_missing() {
        for text in [
            "null",
            "[]",
            "7",
            "{}",
            r#"{"prompt_tokens":null}"#,
            r#"{"prompt_tokens":-1,"completion_tokens":"3"}"#,
            r#"{"prompt_tokens":1.5,"completion_tokens":1e300,"total_tokens":1099511627777}"#,
        ] {
            assert!(read(text).is_empty(), "{text}");
            assert_eq!(settled(text), (100, 10, true), "{text}");
        }
        assert_eq!(
            settled(r#"{"prompt_tokens":7,"completion_tokens":-1}"#),
            (7, 10, true)
        );
        assert_eq!(
            settled(r#"{"prompt_tokens":7,"total_tokens":3}"#),
            (7, 10, true)
        );
    }

    #[test]
    fn a_total_alone_is_kept_and_split_by_the_estimate() {
        assert_eq!(settled(r#"{"total_tokens":50}"#), (40, 10, true));
        assert_eq!(settled(r#"{"total_tokens":4}"#), (0, 4, true));
    }

    #[test]
    fn cached_and_reasoning_tokens_are_parts_of_the_whole() {
        let reported = read(
            r#"{"prompt_tokens":7,"completion_tokens":3,"prompt_tokens_details":{"cached_tokens":9},
                "completion_tokens_details":{"reasoning_tokens":2}}"#,
        );
        let (usage, _) = reported.resolve(ESTIMATE);
        assert_eq!((usage.cached_input_tokens, usage.reasoning_tokens), (7, 2));
    }

    #[test]
    fn the_last_report_that_says_something_wins() {
        let mut reported = read(r#"{"prompt_tokens":7,"completion_tokens":1}"#);
        reported.replace_with(read(r#"{"prompt_tokens":7,"completion_tokens":3}"#));
        reported.replace_with(read("null"));
        assert_eq!(reported.output, Some(3));
    }

    #[test]
    fn reports_in_pieces_add_up() {
        let mut reported = read(
            r#"{"input_tokens":2,"cache_read_input_tokens":4,"cache_creation_input_tokens":1}"#,
        );
        reported.merge(read(r#"{"output_tokens":3}"#));
        reported.merge(read("null"));
        let (usage, source) = reported.resolve(ESTIMATE);
        assert_eq!(source, UsageSource::Reported);
        assert_eq!((usage.input_tokens, usage.output_tokens), (7, 3));
        assert_eq!(
            (usage.cached_input_tokens, usage.cache_write_tokens),
            (4, 1)
        );
    }

    #[test]
    fn a_later_report_without_caches_does_not_make_them_free() {
        let first = r#"{"input_tokens":3,"cache_read_input_tokens":4,"cache_creation_input_tokens":1,"output_tokens":1}"#;
        for (later, input) in [
            (r#"{"input_tokens":3,"output_tokens":9}"#, 8),
            (
                r#"{"input_tokens":3,"cache_read_input_tokens":4,"output_tokens":9}"#,
                8,
            ),
            (
                r#"{"input_tokens":2,"cache_read_input_tokens":0,"cache_creation_input_tokens":0,"output_tokens":9}"#,
                2,
            ),
            (r#"{"output_tokens":9}"#, 8),
        ] {
            let mut reported = read(first);
            reported.merge(read(later));
            assert_eq!(
                (reported.input, reported.output),
                (Some(input), Some(9)),
                "{later}"
            );
            reported.merge(read(later));
            assert_eq!(reported.input, Some(input), "said twice: {later}");
        }
    }

    #[test]
    fn an_estimate_is_a_token_per_four_bytes_rounded_up() {
        assert_eq!(
            [0, 1, 4, 5, u64::MAX].map(estimate_tokens),
            [0, 1, 1, 2, 1 << 62]
        );
    }
}
