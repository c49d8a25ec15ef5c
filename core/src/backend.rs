//! Which backend answers for a model, and how long it may take ([`Deadlines`]).
//!
//! In scope: the choice from the deployment's settings, and whether a URL may be called. Out of
//! scope: calling it.
//!
//! A model whose provider the tenant has a key of its own for is called at the provider, with that key and no
//! other: never at a server that answers for every model, and never with the deployment's key.

mod deadline;

pub use deadline::Deadlines;

use crate::catalog::{Backend, Dialect, Kind, Model};
use crate::chat::anthropic;
use crate::outbound::{self, Reach};
use crate::provider_key::{Provider, ProviderKey};
use core::fmt;

/// A setting's text; empty is absent. `Debug` hides it, as some are secrets.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Setting(String);

impl From<String> for Setting {
    fn from(text: String) -> Self {
        Self(text.trim().to_owned())
    }
}

impl Setting {
    /// The text, if there is any.
    #[must_use]
    pub fn get(&self) -> Option<&str> {
        (!self.0.is_empty()).then_some(self.0.as_str())
    }
}

impl fmt::Debug for Setting {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if self.0.is_empty() { "unset" } else { "set" })
    }
}

/// The deployment's settings for backends.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Settings {
    /// Whether this is a local run: plain `http` and local names are allowed only then.
    pub local: bool,
    /// Base URL of an OpenAI-compatible server, as clients take it: `https://host/v1`.
    pub url: Setting,
    /// Its bearer key.
    pub key: Setting,
    /// The one model name that it knows; without it the catalog's upstream name is sent.
    pub model: Setting,
    /// Base URL of OpenAI's API, where it is not the provider's own.
    pub openai_url: Setting,
    /// The key for it.
    pub openai_key: Setting,
    /// Base URL of Anthropic's API, where it is not the provider's own.
    pub anthropic_url: Setting,
    /// The key for it.
    pub anthropic_key: Setting,
    /// Base URL of the sandbox that stands in for every backend of a local run.
    pub sandbox_url: Setting,
    /// Whether there is a Workers AI binding.
    pub workers_ai: bool,
}

/// Where OpenAI's API is, unless the deployment says otherwise.
const OPENAI_URL: &str = "https://api.openai.com/v1";
/// Where Anthropic's API is, unless the deployment says otherwise.
const ANTHROPIC_URL: &str = "https://api.anthropic.com/v1";

/// Where a request for a model goes. There is no `Debug`: it holds a key.
#[derive(Clone, PartialEq, Eq)]
pub struct Target<'a> {
    /// The backend's name in metrics and headers.
    pub name: &'static str,
    /// The protocol that it is spoken to.
    pub dialect: Dialect,
    /// The model's name there.
    pub model: &'a str,
    /// What it calls the output cap, where it speaks OpenAI's dialect.
    pub cap_field: &'static str,
    /// The URL to call; empty for the binding of Workers AI.
    pub url: String,
    key: Key<'a>,
}

/// What a target is called with.
#[derive(Clone, PartialEq, Eq)]
enum Key<'a> {
    /// The deployment's key; empty where it has none.
    Gateway(&'a str),
    /// The tenant's own for this provider, once it was opened.
    Own(Provider, Option<ProviderKey>),
}

impl Target<'_> {
    /// The headers that a request there has besides its content type, as lines: name, value, name,
    /// value. They hold the key.
    #[must_use]
    pub fn header_lines(&self) -> String {
        let key = match &self.key {
            Key::Gateway(key) => *key,
            Key::Own(_, key) => key.as_ref().map_or("", ProviderKey::reveal),
        };
        match self.dialect {
            Dialect::Anthropic if key.is_empty() => {
                format!("anthropic-version\n{}", anthropic::VERSION)
            }
            Dialect::Anthropic => {
                format!(
                    "anthropic-version\n{}\nx-api-key\n{key}",
                    anthropic::VERSION
                )
            }
            _ if key.is_empty() => String::new(),
            _ => format!("authorization\nBearer {key}"),
        }
    }

    /// The provider whose key of the tenant's own it is called with.
    #[must_use]
    pub fn own(&self) -> Option<Provider> {
        match self.key {
            Key::Gateway(_) => None,
            Key::Own(provider, _) => Some(provider),
        }
    }

    /// Gives it the tenant's own key, if it is called with one. Whether it may be called now.
    pub fn unlock(&mut self, opened: &[(Provider, ProviderKey)]) -> bool {
        let Key::Own(provider, key) = &mut self.key else {
            return true;
        };
        let mine = opened.iter().find(|(of, _)| of == provider);
        *key = mine.map(|(_, key)| key.clone());
        key.is_some()
    }
}

/// A request that tells whether a backend answers.
#[derive(Clone, PartialEq, Eq)]
pub struct Probe {
    /// The backend's name in metrics.
    pub name: &'static str,
    /// What to get.
    pub url: String,
    /// As [`Target::header_lines`]: they hold the key.
    pub header_lines: String,
}

/// Why no backend can be called.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NoBackend {
    /// The deployment has none for this model.
    NotConfigured,
    /// The configured URL may not be called: the setting's name.
    BadUrl(&'static str),
}

impl fmt::Display for NoBackend {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotConfigured => f.write_str("This deployment has no backend for this model"),
            Self::BadUrl(setting) => write!(
                f,
                "{setting} has to be https outside a local run, without credentials, and not a private or \
                 local host"
            ),
        }
    }
}

/// A configured server.
struct Server<'a> {
    name: &'static str,
    /// The setting that its URL comes from.
    setting: &'static str,
    base: &'a str,
    key: Key<'a>,
    dialect: Dialect,
    /// Its one model, where it has its own name for it.
    model: Option<&'a str>,
    cap_field: &'static str,
}

impl Settings {
    /// Whether the catalog's word on a model holds where it is called: a server that answers for every
    /// model has models of its own.
    #[must_use]
    pub fn is_described(&self, target: &Target<'_>) -> bool {
        target.name != COMPATIBLE
    }

    /// Where a request for this model goes.
    ///
    /// The provider answers for its models where the tenant has an `own` key for it, or where a key or URL of
    /// it is configured; else a configured
    /// server that answers for every model; else the sandbox of a local run; else Workers AI.
    ///
    /// # Errors
    /// [`NoBackend`] when there is none, or its URL may not be called.
    pub fn target<'a>(
        &'a self,
        model: &'a Model,
        own: &[Provider],
    ) -> Result<Target<'a>, NoBackend> {
        let Some(server) = self.server(model, own) else {
            if model.backend == Backend::WorkersAi && self.workers_ai {
                return Ok(Target {
                    name: "workers-ai",
                    dialect: Dialect::WorkersAi,
                    model: &model.upstream,
                    cap_field: "max_tokens",
                    url: String::new(),
                    key: Key::Gateway(""),
                });
            }
            return Err(NoBackend::NotConfigured);
        };
        let path = match (server.dialect, model.kind) {
            (Dialect::Anthropic, _) => "messages",
            (_, Kind::Embedding) => "embeddings",
            (_, Kind::Chat) => "chat/completions",
        };
        let url = self
            .url_of(server.base, path, server.dialect)
            .ok_or(NoBackend::BadUrl(server.setting))?;
        Ok(Target {
            name: server.name,
            dialect: server.dialect,
            model: server.model.unwrap_or(&model.upstream),
            cap_field: server.cap_field,
            url,
            key: server.key,
        })
    }

    /// The requests that tell whether backends answer, and cost nothing: lists of models. Of servers that
    /// the deployment names a URL for; of `all`, also providers that are paid, and the sandbox.
    #[must_use]
    pub fn probes(&self, all: bool) -> Vec<Probe> {
        let mut probes = Vec::new();
        let mut add = |name, base: &str, key: &str, dialect| {
            if let Some(url) = self.url_of(base, "models", dialect) {
                let target = Target {
                    name,
                    dialect,
                    model: "",
                    cap_field: "",
                    url: String::new(),
                    key: Key::Gateway(key),
                };
                probes.push(Probe {
                    name,
                    url,
                    header_lines: target.header_lines(),
                });
            }
        };
        if let Some(base) = self.url.get() {
            add(
                COMPATIBLE,
                base,
                self.key.get().unwrap_or_default(),
                Dialect::Openai,
            );
        }
        if all {
            if let Some(key) = self.openai_key.get() {
                let base = self.openai_url.get().unwrap_or(OPENAI_URL);
                add("openai", base, key, Dialect::Openai);
            }
            if let Some(key) = self.anthropic_key.get() {
                let base = self.anthropic_url.get().unwrap_or(ANTHROPIC_URL);
                add("anthropic", base, key, Dialect::Anthropic);
            }
            if let Some(base) = self.sandbox_url.get().filter(|_| self.local) {
                add("sandbox", base, "", Dialect::Openai);
            }
        }
        probes
    }

    fn server<'a>(&'a self, model: &Model, own: &[Provider]) -> Option<Server<'a>> {
        let provider = Provider::of(model.backend);
        if let Some(provider) = provider.filter(|it| own.contains(it)) {
            return Some(self.provider(provider, Key::Own(provider, None)));
        }
        let provider = provider.and_then(|provider| {
            let (url, key) = match provider {
                Provider::Openai => (&self.openai_url, &self.openai_key),
                Provider::Anthropic => (&self.anthropic_url, &self.anthropic_key),
            };
            url.get().or(key.get())?;
            let key = Key::Gateway(key.get().unwrap_or_default());
            Some(self.provider(provider, key))
        });
        let compatible = || {
            self.url.get().map(|base| Server {
                name: COMPATIBLE,
                setting: "MODEL_BACKEND_URL",
                base,
                key: Key::Gateway(self.key.get().unwrap_or_default()),
                dialect: Dialect::Openai,
                model: self.model.get(),
                cap_field: "max_tokens",
            })
        };
        let sandbox = || {
            let base = self.sandbox_url.get().filter(|_| self.local)?;
            Some(Server {
                name: "sandbox",
                setting: "SANDBOX_URL",
                base,
                key: Key::Gateway(""),
                dialect: match model.dialect {
                    Dialect::Anthropic => Dialect::Anthropic,
                    Dialect::Openai | Dialect::WorkersAi => Dialect::Openai,
                },
                model: None,
                cap_field: "max_tokens",
            })
        };
        provider.or_else(compatible).or_else(sandbox)
    }

    /// The provider's own API.
    fn provider<'a>(&'a self, provider: Provider, key: Key<'a>) -> Server<'a> {
        let (setting, url, default, dialect) = match provider {
            Provider::Openai => (
                "OPENAI_BASE_URL",
                &self.openai_url,
                OPENAI_URL,
                Dialect::Openai,
            ),
            Provider::Anthropic => (
                "ANTHROPIC_BASE_URL",
                &self.anthropic_url,
                ANTHROPIC_URL,
                Dialect::Anthropic,
            ),
        };
        Server {
            name: provider.as_str(),
            setting,
            base: url.get().unwrap_or(default),
            key,
            dialect,
            model: None,
            // The newer word; servers that only look like OpenAI's know the older one at least.
            cap_field: if url.get().is_none() {
                "max_completion_tokens"
            } else {
                "max_tokens"
            },
        }
    }

    /// `path` below a base URL, as clients take it: one without a path gets `/v1`, and Anthropic's always
    /// unless it is there. `None` where it may not be called.
    fn url_of(&self, base: &str, path: &str, dialect: Dialect) -> Option<String> {
        let base = base.trim_end_matches('/');
        let below = outbound::allowed(base, Reach::of(self.local)).ok()?.rest;
        if below.contains('?') {
            return None;
        }
        let versioned = match dialect {
            Dialect::Anthropic => base.ends_with("/v1"),
            Dialect::Openai | Dialect::WorkersAi => !below.is_empty(),
        };
        Some(if versioned {
            format!("{base}/{path}")
        } else {
            format!("{base}/v1/{path}")
        })
    }
}

/// The name of a server that answers for every model.
const COMPATIBLE: &str = "openai-compatible";

#[cfg(test)]
mod tests;
