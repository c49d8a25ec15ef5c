//! The catalog: which models there are, where they run and what they cost.
//!
//! `config/catalog.json` is compiled in. A test refuses one that is wrong, so that it cannot ship. A
//! deployment may replace and add models with its variable `CATALOG`; a wrong one is refused as well.
//! Prices are USD per million tokens as the provider publishes them, with source and date.

mod class;
mod near;
pub mod page;
mod price;

pub use class::{AUTO, Class};
pub use near::near;
pub use price::Price;

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
    /// The protocol it is spoken to there.
    pub dialect: Dialect,
    /// Its name there.
    pub upstream: String,
    /// The largest number of input and output tokens together.
    pub context_window: u32,
    /// The largest number of output tokens; 0 for an embedding model.
    pub max_output: u32,
    /// What it can do; a request that needs more is refused.
    pub capabilities: Vec<Capability>,
    /// What `auto` takes it for before others.
    #[serde(default)]
    pub good_at: Vec<Class>,
    /// Ids of models that may answer in its place, the best first.
    #[serde(default)]
    pub fallbacks: Vec<String>,
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

/// The protocol of a backend.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Dialect {
    /// Inputs of Workers AI, through its binding.
    WorkersAi,
    /// OpenAI's chat completions and embeddings.
    Openai,
    /// Anthropic's messages.
    Anthropic,
}

/// Something that not every model can do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Capability {
    /// Calls tools.
    Tools,
    /// Looks at images.
    Vision,
    /// Answers in JSON of a given form.
    JsonSchema,
    /// Thinks before it answers, and tells what.
    Reasoning,
    /// Answers as a stream.
    Streaming,
}

impl Capability {
    /// Its word in the catalog and in headers.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Tools => "tools",
            Self::Vision => "vision",
            Self::JsonSchema => "json_schema",
            Self::Reasoning => "reasoning",
            Self::Streaming => "streaming",
        }
    }
}

/// Every model there is.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Catalog {
    /// The id that a chat without `model` gets; `auto` is one, too.
    pub default: String,
    /// The id that embeddings without `model` get.
    pub default_embedding: String,
    /// The models, in the order they are listed.
    pub models: Vec<Model>,
}

/// What a deployment changes.
#[derive(Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct Changes {
    default: Option<String>,
    default_embedding: Option<String>,
    /// Ids that the deployment does not have.
    remove: Vec<String>,
    /// In place of the models of the same ids, or besides the others.
    models: Vec<Model>,
}

/// The catalog as it ships.
pub const SHIPPED: &str = include_str!("../../../config/catalog.json");

impl Catalog {
    /// Parses and validates a catalog.
    ///
    /// # Errors
    /// A sentence that names what is wrong.
    pub fn parse(json: &str) -> Result<Self, String> {
        let catalog: Self = serde_json::from_str(json).map_err(|error| error.to_string())?;
        catalog.validate()?;
        Ok(catalog)
    }

    /// The shipped catalog with a deployment's changes: an object with `default`,
    /// `default_embedding`, `remove` (ids) and `models` (in place of those of the same ids, or added).
    /// Empty text changes nothing.
    ///
    /// # Errors
    /// A sentence that names what is wrong.
    pub fn of_deployment(changes: &str) -> Result<Self, String> {
        if changes.trim().is_empty() {
            return Self::parse(SHIPPED);
        }
        // Serde would take an array for a struct.
        if !changes.trim_start().starts_with('{') {
            return Err("it is not an object".into());
        }
        let changes: Changes = serde_json::from_str(changes).map_err(|error| error.to_string())?;
        let mut catalog: Self = serde_json::from_str(SHIPPED).map_err(|error| error.to_string())?;
        for id in &changes.remove {
            let before = catalog.models.len();
            catalog.models.retain(|model| model.id != *id);
            if catalog.models.len() == before {
                return Err(format!("{id}: there is no such model to remove"));
            }
            // What is gone on purpose is no fallback any more.
            for model in &mut catalog.models {
                model.fallbacks.retain(|fallback| fallback != id);
            }
        }
        for model in changes.models {
            match catalog.models.iter_mut().find(|it| it.id == model.id) {
                Some(present) => *present = model,
                None => catalog.models.push(model),
            }
        }
        catalog.default = changes.default.unwrap_or(catalog.default);
        catalog.default_embedding = changes
            .default_embedding
            .unwrap_or(catalog.default_embedding);
        catalog.validate()?;
        Ok(catalog)
    }

    /// The model with this id or alias.
    #[must_use]
    pub fn find(&self, name: &str) -> Option<&Model> {
        self.models
            .iter()
            .find(|model| model.id == name || model.aliases.iter().any(|a| a == name))
    }

    /// What `auto` may come to, as a model of its own: all that any chat model can do, at the price of the
    /// dearest. It is only shown; what is chosen is charged.
    #[must_use]
    pub fn auto(&self) -> Model {
        let chats = || self.models.iter().filter(|it| it.kind == Kind::Chat);
        let most = |of: fn(&Model) -> u32| chats().map(of).max().unwrap_or_default();
        let dearest = |of: fn(&Price) -> f64| chats().map(|it| of(&it.price)).fold(0.0, f64::max);
        let mut capabilities: Vec<_> = chats().flat_map(|it| it.capabilities.clone()).collect();
        capabilities.sort_unstable();
        capabilities.dedup();
        Model {
            id: AUTO.to_owned(),
            aliases: Vec::new(),
            kind: Kind::Chat,
            backend: Backend::WorkersAi,
            dialect: Dialect::WorkersAi,
            upstream: String::new(),
            context_window: most(|it| it.context_window),
            max_output: most(|it| it.max_output),
            capabilities,
            good_at: Class::ALL.to_vec(),
            fallbacks: Vec::new(),
            price: Price {
                input: dearest(|it| it.input),
                output: dearest(|it| it.output),
                cached_input: None,
                cache_write: None,
                image: None,
                source: "at most: the price of the model that is chosen is charged".to_owned(),
                date: chats()
                    .map(|it| it.price.date.clone())
                    .max()
                    .unwrap_or_default(),
            },
        }
    }

    /// The ids and aliases of this kind that are most like a name that nobody has.
    #[must_use]
    pub fn near(&self, name: &str, kind: Kind) -> Vec<&str> {
        let models = self.models.iter().filter(|model| model.kind == kind);
        let auto = (kind == Kind::Chat).then_some(AUTO);
        near(name, models.flat_map(Model::names).chain(auto))
    }

    fn validate(&self) -> Result<(), String> {
        let mut names: Vec<&str> = self.models.iter().flat_map(Model::names).collect();
        let count = names.len();
        names.sort_unstable();
        names.dedup();
        if names.len() != count {
            return Err("two models have the same id or alias".into());
        }
        if names.contains(&AUTO) {
            return Err(format!(
                "{} is the gateway's own choice, and no model's name",
                AUTO
            ));
        }
        for (id, kind, what) in [
            (&self.default, Kind::Chat, "chat"),
            (&self.default_embedding, Kind::Embedding, "embedding"),
        ] {
            let is_auto = kind == Kind::Chat && id == AUTO;
            if !is_auto && !self.find(id).is_some_and(|model| model.kind == kind) {
                return Err(format!("the default {id} is not a model for {what}"));
            }
        }
        for model in &self.models {
            model
                .validate()
                .and_then(|()| self.validate_fallbacks(model))
                .map_err(|wrong| format!("{}: {wrong}", model.id))?;
        }
        Ok(())
    }

    fn validate_fallbacks(&self, model: &Model) -> Result<(), &'static str> {
        let fallbacks = &model.fallbacks;
        let is_other = |id: &String| {
            let other = self.models.iter().find(|it| it.id == *id);
            *id != model.id && other.is_some_and(|other| other.kind == model.kind)
        };
        if !fallbacks.iter().all(is_other) {
            return Err("a fallback is not the id of another model of the same kind");
        }
        if has_twice(fallbacks) {
            return Err("a fallback is named twice");
        }
        Ok(())
    }
}

fn has_twice<T: PartialEq>(items: &[T]) -> bool {
    let mut seen = items.iter().enumerate();
    seen.any(|(at, item)| items.iter().take(at).any(|other| other == item))
}

impl Model {
    /// Whether it can do this.
    #[must_use]
    pub fn can(&self, what: Capability) -> bool {
        self.capabilities.contains(&what)
    }

    /// Its id and its aliases.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        let names = core::iter::once(&self.id).chain(&self.aliases);
        names.map(String::as_str)
    }

    fn validate(&self) -> Result<(), &'static str> {
        let is_id = |text: &str| {
            (1..=64).contains(&text.len())
                && text
                    .bytes()
                    .all(|b| matches!(b, b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'/'))
        };
        let chat = self.kind == Kind::Chat;
        let spoken = match self.backend {
            Backend::WorkersAi => self.dialect == Dialect::WorkersAi,
            Backend::Openai => self.dialect == Dialect::Openai,
            Backend::Anthropic => self.dialect == Dialect::Anthropic && chat,
        };
        match () {
            () if !self.names().all(is_id) => {
                Err("an id or alias is 1 to 64 of a-z, 0-9, - . and /")
            }
            () if !spoken => Err("its backend does not speak this dialect, or has no embeddings"),
            () if self.upstream.is_empty() => Err("upstream is empty"),
            () if self.context_window == 0 => Err("context_window is 0"),
            () if chat == (self.max_output == 0) => {
                Err("max_output of a chat model is 0, or of an embedding model is not")
            }
            () if self.max_output > self.context_window => {
                Err("max_output is above context_window")
            }
            () if has_twice(&self.capabilities) => Err("a capability is named twice"),
            () if has_twice(&self.good_at) => Err("a class is named twice in good_at"),
            () if !(chat || self.capabilities.is_empty() && self.good_at.is_empty()) => {
                Err("an embedding model has no capabilities")
            }
            () if !chat && !self.fallbacks.is_empty() => {
                Err("an embedding model has no fallbacks: vectors of two cannot be compared")
            }
            () => self.price.validate(),
        }
    }
}

#[cfg(test)]
mod tests;
