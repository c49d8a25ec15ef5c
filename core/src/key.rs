//! API keys: their form, checksum, hash and preview.
//!
//! In scope: what can be said of a key from its text alone. Out of scope: whether it is known, which
//! only the tenant's object can say.
//!
//! A key is `nru_` or `pk_`, 32 base62 characters from the system's random source (190.5 bits), and
//! the CRC-32 (ISO-HDLC, as in zlib) of all before it as 6 base62 characters. The checksum lets a
//! mistyped or made-up key be refused without a look-up; it is no protection against guessing.

use crate::{base62, hexadecimal};
use core::fmt;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

/// What a key may be used for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Kind {
    /// `nru_`: everything its role allows. Secret.
    #[serde(rename = "nru")]
    Standard,
    /// `pk_`: chat only, from allowed origins. May stand in public pages.
    #[serde(rename = "pk")]
    Widget,
}

impl Kind {
    /// The kind's name, as in JSON.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Standard => "nru",
            Self::Widget => "pk",
        }
    }

    /// The text that a key of this kind starts with.
    #[must_use]
    pub fn prefix(self) -> &'static str {
        match self {
            Self::Standard => "nru_",
            Self::Widget => "pk_",
        }
    }
}

const SECRET_LEN: usize = 32;
const CHECK_LEN: usize = 6;

/// A well-formed API key. Its text is a secret: `Debug` hides it and there is no `Display`.
#[derive(Clone, PartialEq, Eq)]
pub struct ApiKey {
    kind: Kind,
    text: String,
}

impl fmt::Debug for ApiKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ApiKey({}[hidden])", self.kind.prefix())
    }
}

impl ApiKey {
    /// A new key from random bytes.
    pub fn generate(kind: Kind, random: base62::Random<'_>) -> Self {
        let mut text = base62::random_string(kind.prefix(), SECRET_LEN, random);
        let check = check_digits(text.as_bytes());
        text.extend(check.iter().map(|b| char::from(*b)));
        Self { kind, text }
    }

    /// Parses a key: prefix, alphabet, length and checksum. `None` when any of them is wrong.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let kind = [Kind::Standard, Kind::Widget]
            .into_iter()
            .find(|kind| text.starts_with(kind.prefix()))?;
        let rest = text.strip_prefix(kind.prefix())?;
        if rest.len() != SECRET_LEN + CHECK_LEN || !base62::is_base62(rest.as_bytes()) {
            return None;
        }
        let (body, check) = text.split_at_checked(text.len() - CHECK_LEN)?;
        (check_digits(body.as_bytes()) == check.as_bytes()).then(|| Self {
            kind,
            text: text.to_owned(),
        })
    }

    /// What the key may be used for.
    #[must_use]
    pub fn kind(&self) -> Kind {
        self.kind
    }

    /// The key's text, for its maker, once. Never log or store it.
    #[must_use]
    pub fn reveal(&self) -> &str {
        &self.text
    }

    /// The SHA-256 of the text: all that is ever stored.
    #[must_use]
    pub fn hash(&self) -> KeyHash {
        KeyHash(Sha256::digest(self.text.as_bytes()).into())
    }

    /// A preview to recognise the key by: `nru_ab…wxyz`.
    #[must_use]
    pub fn preview(&self) -> String {
        let start = self.kind.prefix().len() + 2;
        let head = self.text.get(..start).unwrap_or_default();
        let tail = self
            .text
            .get(self.text.len().saturating_sub(4)..)
            .unwrap_or_default();
        format!("{head}…{tail}")
    }
}

fn check_digits(bytes: &[u8]) -> [u8; CHECK_LEN] {
    base62::digits(crc32(bytes))
}

/// CRC-32/ISO-HDLC, bit by bit: 42 bytes a request need no table.
fn crc32(bytes: &[u8]) -> u32 {
    !bytes.iter().fold(u32::MAX, |crc, byte| {
        (0..8).fold(crc ^ u32::from(*byte), |crc, _| {
            (crc >> 1) ^ (0xEDB8_8320 & (crc & 1).wrapping_neg())
        })
    })
}

/// The SHA-256 of a key's text, in hex where it is written.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct KeyHash([u8; 32]);

impl KeyHash {
    /// 64 lower-case hex digits.
    #[must_use]
    pub fn to_hex(self) -> String {
        hex::encode(self.0)
    }

    /// The 64 lower-case hex digits, in bytes.
    pub(crate) fn digits(self) -> [u8; 64] {
        let mut text = [0; 64];
        let numbers = self.0.as_chunks().0.iter();
        for (digits, number) in text.as_chunks_mut().0.iter_mut().zip(numbers) {
            *digits = hexadecimal::digits(u32::from_be_bytes(*number));
        }
        text
    }

    /// Reads 64 lower-case hex digits; `None` for anything else.
    pub(crate) fn of_digits(text: &[u8; 64]) -> Option<Self> {
        let mut hash = [0; 32];
        let numbers = hash.as_chunks_mut().0.iter_mut();
        for (number, digits) in numbers.zip(text.as_chunks().0) {
            *number = hexadecimal::number(*digits)?.to_be_bytes();
        }
        Some(Self(hash))
    }

    /// Parses 64 hex digits; `None` for anything else.
    #[must_use]
    pub fn from_hex(text: &str) -> Option<Self> {
        let mut hash = [0; 32];
        hex::decode_to_slice(text, &mut hash).ok()?;
        Some(Self(hash))
    }
}

impl fmt::Debug for KeyHash {
    /// The first four bytes: enough to tell two apart, too few to look one up.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [a, b, c, d, ..] = self.0;
        write!(f, "KeyHash({a:02x}{b:02x}{c:02x}{d:02x}…)")
    }
}

impl From<KeyHash> for String {
    fn from(hash: KeyHash) -> Self {
        hash.to_hex()
    }
}

impl TryFrom<String> for KeyHash {
    type Error = &'static str;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        Self::from_hex(&text).ok_or("not a SHA-256 in hex")
    }
}

/// Whether two secrets are equal, in a time that does not depend on where they differ.
///
/// Both sides are hashed first, so that not even the length shows.
#[must_use]
pub fn secrets_match(presented: &str, expected: &str) -> bool {
    let (a, b) = (
        Sha256::digest(presented.as_bytes()),
        Sha256::digest(expected.as_bytes()),
    );
    let difference = a.iter().zip(b.iter()).fold(0, |sum, (x, y)| sum | (x ^ y));
    core::hint::black_box(difference) == 0
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn sample(kind: Kind) -> ApiKey {
        let mut next = 1_u8;
        ApiKey::generate(kind, &mut |bytes| {
            for byte in bytes {
                *byte = next;
                next = next.wrapping_mul(13).wrapping_add(7);
            }
        })
    }

    #[test]
    fn the_checksum_is_the_crc_32_of_zlib() {
        assert_eq!(crc32(b"123456789"), 0xCBF4_3926);
    }

    /// The persisted and printed form: changing it locks every customer out.
    #[test]
    fn the_form_is_pinned() {
        let key = ApiKey::generate(Kind::Standard, &mut |bytes| bytes.fill(10));
        assert_eq!(key.reveal(), "nru_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA2m73Gj");
        assert_eq!(
            key.hash().to_hex(),
            hex::encode(Sha256::digest(key.reveal().as_bytes()))
        );
        assert_eq!(key.preview(), "nru_AA…73Gj");
    }

    #[test]
    fn a_made_key_parses_back_to_itself() {
        for kind in [Kind::Standard, Kind::Widget] {
            let key = sample(kind);
            assert_eq!(ApiKey::parse(key.reveal()), Some(key.clone()));
            assert_eq!(
                key.reveal().len(),
                kind.prefix().len() + SECRET_LEN + CHECK_LEN
            );
        }
    }

    #[test]
    fn the_text_does_not_show_in_debug() {
        let key = sample(Kind::Standard);
        assert_eq!(format!("{key:?}"), "ApiKey(nru_[hidden])");
        assert!(!format!("{:?}", key.hash()).contains(&key.hash().to_hex()));
    }

    #[test]
    fn secrets_match_only_when_equal() {
        assert!(secrets_match("abc", "abc"));
        assert!(!secrets_match("abc", "abd"));
        assert!(!secrets_match("", "abc"));
        assert!(!secrets_match("abcd", "abc"));
    }

    proptest! {
        #[test]
        fn any_one_changed_letter_is_refused(at in 0_usize..42, letter in "[0-9A-Za-z_]") {
            let key = sample(Kind::Standard);
            let mut text = key.reveal().to_owned();
            text.replace_range(at..=at, &letter);
            prop_assert_eq!(ApiKey::parse(&text).is_some(), text == key.reveal());
        }

        #[test]
        fn arbitrary_text_never_panics(text in ".*") {
            let _parsed = ApiKey::parse(&text);
        }
    }
}
