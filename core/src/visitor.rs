//! The visitors of widget keys: who they are, and how many requests a minute each may make.
//!
//! A widget key stands in public pages, and all who read them share it and its limits. So that one of them
//! cannot use it up, each has a lower limit of their own, besides the key's and the tenant's. A visitor is the
//! network that a call comes from ([`crate::client`]). How they are counted is in [`crate::visits`].

use crate::base64url;
use crate::client;
use crate::key::{KeyHash, Kind};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

/// Requests per minute of one visitor, where a widget key names none: one every three seconds.
pub const VISITOR_RPM: u32 = 20;
/// The highest limit that a widget key may name for a visitor.
pub const VISITOR_RPM_MAX: u32 = 600;

/// A visitor of one widget key: a digest of the key and of the network that the call comes from, so that no
/// address is told or stored.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Visitor([u8; 16]);

impl Visitor {
    /// Whoever calls with this key from this address.
    #[must_use]
    pub fn of(key: &KeyHash, address: &str) -> Self {
        let mut digest = Sha256::new();
        digest.update(key.to_hex());
        digest.update(client::network(address));
        let digest: [u8; 32] = digest.finalize().into();
        let mut short = [0; 16];
        for (to, from) in short.iter_mut().zip(digest) {
            *to = from;
        }
        Self(short)
    }
}

impl From<Visitor> for String {
    fn from(visitor: Visitor) -> Self {
        base64url::encode(&visitor.0)
    }
}

impl TryFrom<String> for Visitor {
    type Error = &'static str;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        base64url::decode_exactly(&text)
            .map(Self)
            .ok_or("not a visitor")
    }
}

/// Requests per minute of each visitor of a key of this kind that names so many, or none; `None` where it has no
/// visitors.
#[must_use]
pub fn of_each(kind: Kind, named: Option<u32>) -> Option<u32> {
    (kind == Kind::Widget).then(|| named.unwrap_or(VISITOR_RPM))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_visitor_is_a_network_with_a_key_and_no_address_is_told() {
        let [one, other] =
            [1, 2].map(|byte| KeyHash::from_hex(&format!("0{byte}").repeat(32)).unwrap());
        let of = Visitor::of;
        assert_eq!(of(&one, "2001:db8::1"), of(&one, "2001:db8::2"));
        assert_ne!(of(&one, "2001:db8::1"), of(&one, "2001:db8:1::1"));
        assert_ne!(of(&one, "192.0.2.7"), of(&other, "192.0.2.7"));
        let json = serde_json::to_string(&of(&one, "192.0.2.7")).unwrap();
        assert_eq!(json, r#""a3hy2-f-pctrueRLVRem1A""#);
        assert_eq!(
            serde_json::from_str::<Visitor>(&json).unwrap(),
            of(&one, "192.0.2.7")
        );
        assert!(serde_json::from_str::<Visitor>("\"short\"").is_err());
    }
}
