//! Which backend answers for a model, and how long it may take.
//!
//! In scope: the choice from the deployment's settings, and whether a URL may be called. Out of
//! scope: calling it. Backends of several dialects, fallbacks and tenants' own keys will join.

use crate::catalog::{Backend, Model};
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
    /// Base URL of the sandbox that stands in for every backend of a local run.
    pub sandbox_url: Setting,
    /// Whether there is a Workers AI binding.
    pub workers_ai: bool,
}

/// Where a request for a model goes.
#[derive(Clone, PartialEq, Eq)]
pub enum Target<'a> {
    /// An OpenAI-compatible server.
    OpenAi {
        /// Its name in metrics.
        name: &'static str,
        /// The URL of its chat completions.
        url: String,
        /// Its bearer key; empty for none.
        key: &'a str,
        /// The model's name there.
        model: &'a str,
    },
    /// Workers AI, by the model's name there.
    WorkersAi(&'a str),
}

impl Target<'_> {
    /// The backend's name in metrics and headers.
    #[must_use]
    pub fn name(&self) -> &'static str {
        match self {
            Self::OpenAi { name, .. } => name,
            Self::WorkersAi(_) => "workers-ai",
        }
    }
}

/// Why no backend can be called.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NoBackend {
    /// The deployment has none for this model.
    NotConfigured,
    /// The configured URL may not be called.
    BadUrl,
}

impl fmt::Display for NoBackend {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::NotConfigured => "This deployment has no backend for this model",
            Self::BadUrl => {
                "MODEL_BACKEND_URL has to be https outside a local run, without credentials, \
                 and not a private or local host"
            }
        })
    }
}

impl Settings {
    /// Where a request for this model goes.
    ///
    /// A configured server answers for every model; else the sandbox of a local run does; else the
    /// model's own backend.
    ///
    /// # Errors
    /// [`NoBackend`] when there is none, or its URL may not be called.
    pub fn target<'a>(&'a self, model: &'a Model) -> Result<Target<'a>, NoBackend> {
        if let Some(url) = self.url.get() {
            return Ok(Target::OpenAi {
                name: "openai-compatible",
                url: self.chat_url(url)?,
                key: self.key.get().unwrap_or_default(),
                model: self.model.get().unwrap_or(&model.upstream),
            });
        }
        if let Some(url) = self.sandbox_url.get().filter(|_| self.local) {
            let url = self.chat_url(url)?;
            return Ok(Target::OpenAi {
                name: "sandbox",
                url,
                key: "",
                model: &model.upstream,
            });
        }
        if model.backend == Backend::WorkersAi && self.workers_ai {
            return Ok(Target::WorkersAi(&model.upstream));
        }
        Err(NoBackend::NotConfigured)
    }

    /// `…/chat/completions` below a base URL; a base without a path gets `/v1`.
    fn chat_url(&self, base: &str) -> Result<String, NoBackend> {
        let base = base.trim_end_matches('/');
        let (scheme, rest) = base.split_once("://").ok_or(NoBackend::BadUrl)?;
        let (authority, path) = rest
            .split_once('/')
            .map_or((rest, None), |(a, p)| (a, Some(p)));
        let safe = match scheme {
            "https" => self.local || is_public(authority),
            "http" => self.local,
            _ => false,
        };
        if !safe
            || authority.is_empty()
            || authority.contains('@')
            || base.contains(['?', '#', '\\'])
        {
            return Err(NoBackend::BadUrl);
        }
        Ok(if path.is_some() {
            format!("{base}/chat/completions")
        } else {
            format!("{base}/v1/chat/completions")
        })
    }
}

/// Whether a URL's host is a public name: no address literal, no local or internal name.
///
/// A Worker cannot resolve a name before it fetches, so a public name that resolves to a private
/// address is not seen here; the operator sets the URL, never a tenant.
fn is_public(authority: &str) -> bool {
    let host = authority
        .split(':')
        .next()
        .unwrap_or_default()
        .to_ascii_lowercase();
    let last = host
        .trim_end_matches('.')
        .rsplit('.')
        .next()
        .unwrap_or_default();
    let local = [
        "localhost",
        "local",
        "internal",
        "lan",
        "home",
        "arpa",
        "test",
        "invalid",
    ];
    host.contains('.')
        && !local.contains(&last)
        && last.bytes().any(|b| b.is_ascii_alphabetic())
        && !last.starts_with("0x")
        && host
            .bytes()
            .all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'.'))
}

/// How long a backend may take, in milliseconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Deadlines {
    /// Until the response headers of a stream.
    pub headers: u32,
    /// From the headers to the first byte of a stream.
    pub first: u32,
    /// Between two bytes of a stream.
    pub idle: u32,
    /// For the whole answer; for a plain one also until its headers.
    pub total: u32,
}

impl Default for Deadlines {
    /// Large models think for a minute; nothing useful takes ten.
    fn default() -> Self {
        Self {
            headers: 60_000,
            first: 60_000,
            idle: 60_000,
            total: 600_000,
        }
    }
}

impl Deadlines {
    /// Four numbers of milliseconds, `headers,first,idle,total`; the defaults for anything else.
    #[must_use]
    pub fn parse(text: &str) -> Self {
        let mut numbers = text
            .split(',')
            .map(|number| number.trim().parse::<u32>().ok());
        let mut next = || numbers.next().flatten().filter(|ms| *ms > 0);
        match (next(), next(), next(), next()) {
            (Some(headers), Some(first), Some(idle), Some(total)) => Self {
                headers,
                first,
                idle,
                total,
            },
            _ => Self::default(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalog::{Catalog, SHIPPED};

    fn settings(url: &str) -> Settings {
        Settings {
            url: Setting::from(url.to_owned()),
            ..Settings::default()
        }
    }

    fn shipped() -> Catalog {
        Catalog::parse(SHIPPED).unwrap()
    }

    fn url(settings: &Settings) -> Result<String, NoBackend> {
        settings
            .target(&shipped().models[0])
            .map(|target| match target {
                Target::OpenAi { url, .. } => url,
                Target::WorkersAi(_) => panic!("not by URL"),
            })
    }

    #[test]
    fn a_base_url_is_taken_as_clients_take_it() {
        for base in [
            "https://api.example.com",
            "https://api.example.com/v1",
            "https://api.example.com/v1/",
        ] {
            assert_eq!(
                url(&settings(base)).unwrap(),
                "https://api.example.com/v1/chat/completions"
            );
        }
    }

    #[test]
    fn outside_a_local_run_only_public_https_hosts_are_called() {
        for bad in [
            "http://api.example.com",
            "https://localhost",
            "https://10.0.0.1",
            "https://[::1]/v1",
            "https://0x7f.0x1",
            "https://2130706433",
            "https://a.internal",
            "https://metadata",
            "https://user@api.example.com",
            "ftp://api.example.com",
            "api.example.com",
            "https://api.example.com/v1?x=1",
            "https://",
            "https://printer.local.",
        ] {
            assert_eq!(url(&settings(bad)), Err(NoBackend::BadUrl), "{bad}");
        }
        let local = Settings {
            local: true,
            ..settings("http://127.0.0.1:11434/v1")
        };
        assert_eq!(
            url(&local).unwrap(),
            "http://127.0.0.1:11434/v1/chat/completions"
        );
    }

    #[test]
    fn the_sandbox_stands_in_only_in_a_local_run_and_only_when_nothing_is_configured() {
        let catalog = shipped();
        let sandbox = Setting::from("http://127.0.0.1:8788".to_owned());
        let local = Settings {
            local: true,
            sandbox_url: sandbox,
            workers_ai: true,
            ..Settings::default()
        };
        for model in &catalog.models {
            assert_eq!(
                local.target(model).map(|target| target.name()),
                Ok("sandbox")
            );
        }
        let deployed = Settings {
            local: false,
            ..local.clone()
        };
        let name = |settings: &Settings, id: &str| {
            settings
                .target(catalog.find(id).unwrap())
                .map(|target| target.name())
        };
        assert_eq!(name(&deployed, "meta-llm"), Ok("workers-ai"));
        assert_eq!(name(&deployed, "gpt-4o"), Err(NoBackend::NotConfigured));
        let configured = Settings {
            url: Setting::from("https://api.example.com".to_owned()),
            ..local
        };
        assert_eq!(name(&configured, "gpt-4o"), Ok("openai-compatible"));
    }

    #[test]
    fn secrets_do_not_show() {
        let secret = Settings {
            key: Setting::from("sk-secret".to_owned()),
            ..Settings::default()
        };
        assert!(!format!("{secret:?}").contains("sk-secret"));
    }

    #[test]
    fn deadlines_are_four_numbers_or_the_defaults() {
        assert_eq!(
            Deadlines::parse("1, 2,3,4"),
            Deadlines {
                headers: 1,
                first: 2,
                idle: 3,
                total: 4
            }
        );
        for wrong in ["", "1,2,3", "1,2,3,x", "0,1,2,3"] {
            assert_eq!(Deadlines::parse(wrong), Deadlines::default());
        }
    }
}
