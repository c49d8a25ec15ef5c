//! Bearer secrets that the gateway makes: the tokens of sessions and of one-time links.
//!
//! In scope: 256 random bits as 43 letters of base64url, and their hash. Whoever shows the text is let in,
//! so only the hash is stored. Out of scope: API keys, which have a form of their own ([`crate::key`]).

use crate::base62::Random;
use crate::base64url;
use core::fmt;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

/// A secret. `Debug` hides it, and there is no `Display`.
#[derive(Clone, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub struct Secret(String);

impl Secret {
    /// A new one from random bytes.
    pub fn generate(random: Random<'_>) -> Self {
        let mut bytes = [0; 32];
        random(&mut bytes);
        Self(base64url::encode(&bytes))
    }

    /// Parses one; `None` for a text of another form.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        base64url::decode_exactly::<32>(text).map(|_| Self(text.to_owned()))
    }

    /// Its text, for whom it is made, once. Never log or store it.
    #[must_use]
    pub fn reveal(&self) -> &str {
        &self.0
    }

    /// The SHA-256 of the text in hex: all that is ever stored.
    #[must_use]
    pub fn hash(&self) -> SecretHash {
        SecretHash(hex::encode(Sha256::digest(self.0.as_bytes())))
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret([hidden])")
    }
}

impl TryFrom<String> for Secret {
    type Error = &'static str;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        Self::parse(&text).ok_or("not a secret of this gateway")
    }
}

/// What is stored of a [`Secret`]. Looking one up by it needs no constant time: who can choose the hash
/// knows the secret.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct SecretHash(String);

impl SecretHash {
    /// 64 lower-case hex digits.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Stored for as long as sessions and links last.
    #[test]
    fn the_form_and_its_hash_are_pinned() {
        let secret = Secret::generate(&mut |bytes| bytes.fill(0xFF));
        assert_eq!(
            secret.reveal(),
            "__________________________________________8"
        );
        assert_eq!(
            secret.hash().as_str(),
            "225f7e75329dd45aa354975d73987319309393af3a4c6733bc13601a4f1b8796"
        );
        assert_eq!(format!("{secret:?}"), "Secret([hidden])");
        assert_eq!(Secret::parse(secret.reveal()), Some(secret));
    }

    #[test]
    fn no_other_text_is_one() {
        for text in ["", &"A".repeat(42), &"A".repeat(44), &"=".repeat(43)] {
            assert_eq!(Secret::parse(text), None);
        }
        // Bits after the 256th.
        assert_eq!(Secret::parse(&format!("{}B", "A".repeat(42))), None);
    }
}
