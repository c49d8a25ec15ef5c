//! Whom a passkey is for: this deployment, by the origin of its pages.

use sha2::{Digest, Sha256};

/// An origin and the relying party id that goes with it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RelyingParty {
    origin: String,
    host: usize,
    end: usize,
}

impl RelyingParty {
    /// The relying party of a URL: its origin, and its host as the id (WebAuthn § 5.1.2).
    ///
    /// `None` where browsers offer no passkeys: without TLS, but for `localhost` in the local mode, and at
    /// an IP address.
    #[must_use]
    pub fn of(url: &str, local: bool) -> Option<Self> {
        let (scheme, rest) = url.split_once("://")?;
        let authority = rest.split(['/', '?', '#']).next()?;
        let host = authority.split(':').next()?;
        let port = authority.strip_prefix(host)?;
        let is_port = |text: &str| {
            text.strip_prefix(':')
                .is_some_and(|digits| digits.parse::<u16>().is_ok())
        };
        let is_name = |name: &str| {
            (1..=253).contains(&name.len())
                && name
                    .bytes()
                    .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b"-._".contains(&b))
                && name.bytes().any(|b| b.is_ascii_lowercase())
        };
        let trusted = scheme == "https" || (local && scheme == "http" && is_local(host));
        (trusted && is_name(host) && (port.is_empty() || is_port(port))).then(|| Self {
            origin: format!("{scheme}://{authority}"),
            host: scheme.len() + 3,
            end: scheme.len() + 3 + host.len(),
        })
    }

    /// The origin of its pages.
    #[must_use]
    pub fn origin(&self) -> &str {
        &self.origin
    }

    /// The relying party id.
    #[must_use]
    pub fn id(&self) -> &str {
        self.origin.get(self.host..self.end).unwrap_or_default()
    }

    /// What authenticators sign of it.
    #[must_use]
    pub fn id_hash(&self) -> [u8; 32] {
        Sha256::digest(self.id().as_bytes()).into()
    }
}

/// `localhost` and names below it never leave the machine (RFC 6761 § 6.3).
fn is_local(host: &str) -> bool {
    host == "localhost" || host.ends_with(".localhost")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_id_is_the_host_and_the_origin_keeps_the_port() {
        let party = RelyingParty::of("https://app.example.com/api/session?x", false).unwrap();
        assert_eq!(party.origin(), "https://app.example.com");
        assert_eq!(party.id(), "app.example.com");
        let local = RelyingParty::of("http://localhost:8787/", true).unwrap();
        assert_eq!(local.origin(), "http://localhost:8787");
        assert_eq!(local.id(), "localhost");
    }

    #[test]
    fn without_tls_only_the_local_host_in_local_mode() {
        for (url, local) in [
            ("http://localhost:8787/", false),
            ("http://app.example.com/", true),
            ("http://127.0.0.1:8787/", true),
            ("https://127.0.0.1/", true),
            ("https://[::1]/", true),
            ("https://evil@app.example.com/", false),
            ("https://app.example.com:x/", false),
            ("https://app.example.com:99999/", false),
            ("https://APP.example.com/", false),
            ("https:///", false),
            ("app.example.com", true),
            ("http://evillocalhost/", true),
        ] {
            assert_eq!(RelyingParty::of(url, local), None, "{url}");
        }
        assert!(RelyingParty::of("http://a.localhost/", true).is_some());
    }
}
