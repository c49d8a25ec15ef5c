//! Identifiers that cannot be wrong: parsed once at the edge, then carried as types.
//!
//! In scope: form and length. Out of scope: whether the thing exists.

use crate::base62;
use core::fmt;
use serde::{Deserialize, Serialize};

/// A tenant's identifier: 1–40 of `a-z`, `0-9` and `-`, not starting or ending with `-`.
///
/// It names the tenant's Durable Object and is the index of its metrics (at most 96 bytes).
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct TenantId(String);

/// An API key's public identifier: `key_` and 16 base62 characters. Not a secret.
///
/// Like a request's it is kept in place: an admission copies both several times.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct KeyId([u8; KEY_PREFIX.len() + KEY_RANDOM]);

/// A request's identifier, given back as `x-request-id` and `logId`: `req_` and 22 base62 characters.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct RequestId([u8; REQUEST_PREFIX.len() + REQUEST_RANDOM]);

/// A person's identifier: `usr_` and 16 base62 characters. Passkeys carry it as their user handle.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct UserId(String);

/// A passkey's identifier with us, not the authenticator's: `pky_` and 16 base62 characters.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct PasskeyId(String);

/// A session's public identifier, which is no secret: `ses_` and 16 base62 characters.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct SessionId(String);

/// The public identifier of a one-time link, such as an invitation: `inv_` and 16 base62 characters.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct LinkId(String);

/// A ceremony's identifier, from the options to the answer: `cer_` and 16 base62 characters.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct CeremonyId(String);

/// The text is not an identifier of the wanted kind.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BadId(&'static str);

impl fmt::Display for BadId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0)
    }
}

/// The longest tenant identifier, in characters.
const TENANT_MAX: usize = 40;
const KEY_PREFIX: &str = "key_";
/// 95 bits: enough that none is ever made twice.
const KEY_RANDOM: usize = 16;
const REQUEST_PREFIX: &str = "req_";
const REQUEST_RANDOM: usize = 22;

impl TenantId {
    /// Parses a tenant identifier.
    ///
    /// # Errors
    /// When the text has another form than the one documented on the type.
    pub fn parse(text: &str) -> Result<Self, BadId> {
        let fits = (1..=TENANT_MAX).contains(&text.len())
            && text
                .bytes()
                .all(|b| matches!(b, b'a'..=b'z' | b'0'..=b'9' | b'-'))
            && !text.starts_with('-')
            && !text.ends_with('-');
        fits.then(|| Self(text.to_owned())).ok_or(BadId(
            "a tenant is 1 to 40 of a-z, 0-9 and -, with no - at either end",
        ))
    }
}

macro_rules! in_place {
    ($id:ident, $prefix:expr, $random:expr, $wrong:literal) => {
        impl $id {
            /// A new identifier from random bytes.
            pub fn generate(random: base62::Random<'_>) -> Self {
                let text = base62::random_string($prefix, $random, random);
                Self(core::array::from_fn(|at| {
                    text.as_bytes().get(at).copied().unwrap_or_default()
                }))
            }

            /// Parses an identifier.
            ///
            /// # Errors
            /// When the text has another form than the one documented on the type.
            pub fn parse(text: &str) -> Result<Self, BadId> {
                let bytes = text.as_bytes().try_into().ok();
                bytes.and_then(Self::of_bytes).ok_or(BadId($wrong))
            }

            /// The identifier that these bytes are.
            pub(crate) fn of_bytes(bytes: &[u8; $prefix.len() + $random]) -> Option<Self> {
                has_form(bytes, $prefix, $random).then_some(Self(*bytes))
            }

            /// The identifier's text, in bytes.
            pub(crate) fn as_bytes(&self) -> &[u8; $prefix.len() + $random] {
                &self.0
            }

            /// The identifier as text.
            #[must_use]
            pub fn as_str(&self) -> &str {
                // Parsed or made of letters and digits.
                core::str::from_utf8(&self.0).unwrap_or_default()
            }
        }

        impl fmt::Debug for $id {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(self.as_str())
            }
        }

        impl From<$id> for String {
            fn from(id: $id) -> Self {
                id.as_str().to_owned()
            }
        }

        reads_and_shows!($id);
    };
}

macro_rules! made_of_random {
    ($id:ident, $prefix:literal, $wrong:literal) => {
        impl $id {
            /// A new identifier from random bytes.
            pub fn generate(random: base62::Random<'_>) -> Self {
                Self(base62::random_string($prefix, KEY_RANDOM, random))
            }

            /// Parses an identifier.
            ///
            /// # Errors
            /// When the text has another form than the one documented on the type.
            pub fn parse(text: &str) -> Result<Self, BadId> {
                has_form(text.as_bytes(), $prefix, KEY_RANDOM)
                    .then(|| Self(text.to_owned()))
                    .ok_or(BadId($wrong))
            }
        }

        text_of!($id);
    };
}

fn has_form(text: &[u8], prefix: &str, random: usize) -> bool {
    text.strip_prefix(prefix.as_bytes())
        .is_some_and(|rest| rest.len() == random && base62::is_base62(rest))
}

macro_rules! text_of {
    ($id:ident) => {
        impl $id {
            /// The identifier as text.
            #[must_use]
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl From<$id> for String {
            fn from(id: $id) -> Self {
                id.0
            }
        }

        reads_and_shows!($id);
    };
}

macro_rules! reads_and_shows {
    ($id:ident) => {
        impl fmt::Display for $id {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(self.as_str())
            }
        }

        impl TryFrom<String> for $id {
            type Error = BadId;

            fn try_from(text: String) -> Result<Self, BadId> {
                Self::parse(&text)
            }
        }
    };
}

made_of_random!(UserId, "usr_", "a person is usr_ and 16 letters or digits");
made_of_random!(
    PasskeyId,
    "pky_",
    "a passkey is pky_ and 16 letters or digits"
);
made_of_random!(
    SessionId,
    "ses_",
    "a session is ses_ and 16 letters or digits"
);
made_of_random!(LinkId, "inv_", "a link is inv_ and 16 letters or digits");
made_of_random!(
    CeremonyId,
    "cer_",
    "a ceremony is cer_ and 16 letters or digits"
);
text_of!(TenantId);
in_place!(
    KeyId,
    KEY_PREFIX,
    KEY_RANDOM,
    "a key id is key_ and 16 letters or digits"
);
in_place!(
    RequestId,
    REQUEST_PREFIX,
    REQUEST_RANDOM,
    "a request id is req_ and 22 letters or digits"
);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tenant_is_a_short_lower_case_name() {
        for good in ["demo", "a", "team-7", &"x".repeat(40)] {
            assert_eq!(TenantId::parse(good).unwrap().as_str(), good);
        }
        for bad in [
            "",
            "-a",
            "a-",
            "Demo",
            "a b",
            "a/b",
            "ä",
            "a\0",
            &"x".repeat(41),
        ] {
            assert!(TenantId::parse(bad).is_err(), "{bad:?}");
        }
    }

    #[test]
    fn a_key_id_round_trips_through_json_and_refuses_other_text() {
        let id = KeyId::generate(&mut |bytes| bytes.fill(7));
        let json = serde_json::to_string(&id).unwrap();
        assert_eq!(serde_json::from_str::<KeyId>(&json).unwrap(), id);
        assert!(serde_json::from_str::<KeyId>("\"key_short\"").is_err());
        assert!(serde_json::from_str::<RequestId>("\"req_short\"").is_err());
    }

    #[test]
    fn an_identifier_of_one_kind_is_none_of_another() {
        let user = UserId::generate(&mut |bytes| bytes.fill(7));
        assert_eq!(user.as_str(), "usr_7777777777777777");
        assert_eq!(UserId::parse(user.as_str()), Ok(user.clone()));
        assert!(PasskeyId::parse(user.as_str()).is_err());
        assert!(SessionId::parse("ses_777777777777777").is_err());
        assert!(LinkId::parse("inv_777777777777777-").is_err());
        assert!(CeremonyId::parse("").is_err());
    }
}
