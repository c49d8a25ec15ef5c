//! The catalog: which models there are, where they run and what they cost.
//!
//! `config/catalog.json` is compiled in. A test refuses one that is wrong, so that it cannot ship.
//! Prices are USD per million tokens as the provider publishes them, with source and date.

use crate::money::NanoUsd;
use serde::{Deserialize, Serialize};

/// A model of the catalog.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Model {
    /// The public id.
    pub id: String,
    /// Other names for it.
    #[serde(default)]
    pub aliases: Vec<String>,
    /// What it is for.
    pub kind: Kind,
    /// Where it runs.
    pub backend: Backend,
    /// Its name there.
    pub upstream: String,
    /// The largest number of input and output tokens together.
    pub context_window: u32,
    /// The largest number of output tokens; 0 for an embedding model.
    pub max_output: u32,
    /// USD per million tokens.
    pub price: Price,
}

/// What a model is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// Answers chats.
    Chat,
    /// Turns text into vectors.
    Embedding,
}

/// Where a model runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Backend {
    /// Cloudflare Workers AI.
    WorkersAi,
    /// OpenAI's API.
    Openai,
    /// Anthropic's API.
    Anthropic,
}

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
    /// Where the price was read.
    pub source: String,
    /// When it was read, `YYYY-MM-DD`.
    pub date: String,
}

impl Price {
    /// Nano-USD per million input tokens, at the dearest rate that may apply, and per million output
    /// tokens: what a reservation is priced with.
    #[must_use]
    pub fn highest(&self) -> (u64, u64) {
        let input = self
            .cached_input
            .map_or(self.input, |it| it.max(self.input));
        (nanos_per_million(input), nanos_per_million(self.output))
    }

    /// The price of an answer, rounded up once to the next nano-USD. `cached` is part of `input`.
    #[must_use]
    pub fn of(&self, input: u64, cached: u64, output: u64) -> NanoUsd {
        let cached = cached.min(input);
        let sum = [
            (input - cached, self.input),
            (cached, self.cached_input.unwrap_or(self.input)),
            (output, self.output),
        ]
        .into_iter()
        .fold(0_u128, |sum, (tokens, price)| {
            sum.saturating_add(u128::from(tokens) * u128::from(nanos_per_million(price)))
        });
        NanoUsd(u64::try_from(sum.div_ceil(1_000_000)).unwrap_or(u64::MAX))
    }
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

/// Every model there is.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Catalog {
    /// The id that a chat without `model` gets.
    pub default: String,
    /// The models, in the order they are listed.
    pub models: Vec<Model>,
}

/// The catalog as it ships.
pub const SHIPPED: &str = include_str!("../../config/catalog.json");

impl Catalog {
    /// Parses and validates a catalog.
    ///
    /// # Errors
    /// A sentence that names what is wrong.
    pub fn parse(json: &str) -> Result<Self, String> {
        let catalog: Self = serde_json::from_str(json).map_err(|error| error.to_string())?;
        let mut names: Vec<&str> = catalog
            .models
            .iter()
            .flat_map(|model| model.aliases.iter().chain([&model.id]))
            .map(String::as_str)
            .collect();
        let count = names.len();
        names.sort_unstable();
        names.dedup();
        if names.len() != count {
            return Err("two models have the same id or alias".into());
        }
        if !catalog
            .find(&catalog.default)
            .is_some_and(|model| model.kind == Kind::Chat)
        {
            return Err(format!(
                "the default {} is not a chat model",
                catalog.default
            ));
        }
        for model in &catalog.models {
            model
                .validate()
                .map_err(|wrong| format!("{}: {wrong}", model.id))?;
        }
        Ok(catalog)
    }

    /// The model with this id or alias.
    #[must_use]
    pub fn find(&self, name: &str) -> Option<&Model> {
        self.models
            .iter()
            .find(|model| model.id == name || model.aliases.iter().any(|a| a == name))
    }
}

impl Model {
    fn validate(&self) -> Result<(), &'static str> {
        let prices = [
            Some(self.price.input),
            Some(self.price.output),
            self.price.cached_input,
        ];
        let is_id = |text: &str| {
            (1..=64).contains(&text.len())
                && text
                    .bytes()
                    .all(|b| matches!(b, b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'/'))
        };
        let ids_fit = self.aliases.iter().chain([&self.id]).all(|id| is_id(id));
        let chat = self.kind == Kind::Chat;
        let date = self.price.date.as_bytes();
        match () {
            () if !ids_fit => Err("an id or alias is 1 to 64 of a-z, 0-9, - . and /"),
            () if self.upstream.is_empty() => Err("upstream is empty"),
            () if self.context_window == 0 => Err("context_window is 0"),
            () if chat && self.max_output == 0 => Err("max_output of a chat model is 0"),
            () if self.max_output > self.context_window => {
                Err("max_output is above context_window")
            }
            () if !prices
                .iter()
                .flatten()
                .all(|p| (0.0..=10_000.0).contains(p)) =>
            {
                Err("a price is not between 0 and 10,000 USD per million tokens")
            }
            () if self.price.source.is_empty() => Err("the price has no source"),
            () if date.len() != 10 || date.iter().filter(|b| **b == b'-').count() != 2 => {
                Err("the price's date is not YYYY-MM-DD")
            }
            () => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shipped() -> Catalog {
        Catalog::parse(SHIPPED).unwrap()
    }

    #[test]
    fn the_shipped_catalog_is_valid_and_has_the_promised_ids() {
        let catalog = shipped();
        for id in [
            "meta-llm",
            "auto",
            "claude-opus-4-8",
            "claude-sonnet-4-6",
            "claude-haiku-4-5",
            "gpt-4o",
            "gpt-4o-mini",
            "meta/llama-3.3-70b",
            "meta/llama-3.1-8b",
            "deepseek/r1-32b",
            "qwen/coder-32b",
            "moonshot/kimi-k2",
            "bge-base-en",
        ] {
            assert!(catalog.find(id).is_some(), "{id}");
        }
        assert_eq!(catalog.default, "meta-llm");
        assert_eq!(catalog.find("nothing"), None);
    }

    #[test]
    fn a_price_is_rounded_up_once() {
        let price = Price {
            input: 0.15,
            output: 0.6,
            cached_input: Some(0.075),
            source: "test".into(),
            date: "2026-11-01".into(),
        };
        assert_eq!(price.of(0, 0, 0), NanoUsd(0));
        assert_eq!(price.of(1_000_000, 0, 0), NanoUsd(150_000_000));
        assert_eq!(price.of(10, 0, 30), NanoUsd(1_500 + 18_000));
        assert_eq!(price.of(10, 10, 0), NanoUsd(750));
        // More cached than input is the backend's mistake, not a discount below zero.
        assert_eq!(price.of(10, 99, 0), NanoUsd(750));
        let odd = Price {
            input: 0.000_000_001,
            ..price
        };
        assert_eq!(odd.of(1, 0, 0), NanoUsd(1));
        assert_eq!(odd.of(u64::MAX, 0, u64::MAX), NanoUsd(u64::MAX));
    }

    #[test]
    fn a_wrong_catalog_is_refused_with_the_reason() {
        let json = |from: &str, to: &str| {
            let changed = SHIPPED.replacen(from, to, 1);
            assert_ne!(changed, SHIPPED, "{from}");
            Catalog::parse(&changed).unwrap_err()
        };
        assert!(
            json(r#""default": "meta-llm""#, r#""default": "bge-base-en""#).contains("default")
        );
        assert!(json(r#""id": "gpt-4o""#, r#""id": "gpt-4o-mini""#).contains("same id"));
        assert!(json(r#""input": 2.5"#, r#""input": -2.5"#).contains("gpt-4o: a price"));
        assert!(json(r#""id": "gpt-4o""#, r#""id": "GPT 4o""#).contains("an id or alias"));
        assert!(json(r#""kind": "chat""#, r#""kind": "chat", "colour": 1"#).contains("colour"));
    }
}
