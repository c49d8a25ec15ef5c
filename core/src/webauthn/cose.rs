//! Public keys as authenticators give them: `COSE_Key` (RFC 9052 § 7, RFC 9053, RFC 8230).
//!
//! In scope: the keys of the three algorithms that are offered, and their form as JSON Web Keys, which
//! `WebCrypto` imports. Out of scope: whether a point lies on its curve, which the import finds out.

use super::Refused;
use super::cbor::Reader;
use crate::base64url;
use serde_json::json;

/// A signature algorithm that is offered (WebAuthn § 5.8.5).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Algorithm {
    /// ECDSA over P-256 with SHA-256.
    Es256,
    /// RSASSA-PKCS1-v1_5 with SHA-256.
    Rs256,
    /// Ed25519.
    EdDsa,
}

impl Algorithm {
    /// Those that are offered, the best liked first.
    pub const ALL: [Self; 3] = [Self::EdDsa, Self::Es256, Self::Rs256];

    /// Its name in JOSE.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Es256 => "ES256",
            Self::Rs256 => "RS256",
            Self::EdDsa => "EdDSA",
        }
    }

    /// Its number in COSE.
    #[must_use]
    pub fn number(self) -> i64 {
        match self {
            Self::Es256 => -7,
            Self::EdDsa => -8,
            Self::Rs256 => -257,
        }
    }
}

/// A public key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PublicKey {
    /// A point on P-256.
    Es256 {
        /// The first coordinate.
        x: [u8; 32],
        /// The second.
        y: [u8; 32],
    },
    /// A modulus of 2048 to 4096 bits and an exponent.
    Rs256 {
        /// The modulus, without leading zeros.
        n: Vec<u8>,
        /// The exponent, without leading zeros.
        e: Vec<u8>,
    },
    /// A point on edwards25519, compressed.
    EdDsa {
        /// The point.
        x: [u8; 32],
    },
}

/// The sizes of an RSA modulus, in bytes. Below, it is too weak; above, a check takes too long.
const MODULUS: core::ops::RangeInclusive<usize> = 256..=512;
/// The longest RSA exponent, in bytes. Nobody uses another than 65537.
const EXPONENT_MAX: usize = 4;

/// The parameters of a `COSE_Key` that are looked at; the last three mean different things in each type.
#[derive(Default)]
struct Parameters<'a> {
    key_type: Option<i64>,
    algorithm: Option<i64>,
    /// −1 as an integer: the curve.
    curve: Option<i64>,
    /// −1 as bytes: the modulus.
    modulus: Option<&'a [u8]>,
    /// −2: the first coordinate, or the exponent.
    second: Option<&'a [u8]>,
    /// −3: the second coordinate.
    third: Option<&'a [u8]>,
}

impl PublicKey {
    /// Reads a `COSE_Key`, all of it.
    ///
    /// # Errors
    /// [`Refused::PublicKey`] when it is malformed, of another algorithm, or too weak.
    pub fn parse(bytes: &[u8]) -> Result<Self, Refused> {
        Self::of(&Parameters::read(bytes).ok_or(Refused::PublicKey)?).ok_or(Refused::PublicKey)
    }

    fn of(key: &Parameters<'_>) -> Option<Self> {
        match (key.key_type?, key.algorithm?) {
            // EC2, P-256, and a point that is not compressed.
            (2, -7) if key.curve == Some(1) => Some(Self::Es256 {
                x: key.second?.try_into().ok()?,
                y: key.third?.try_into().ok()?,
            }),
            // OKP, Ed25519.
            (1, -8) if key.curve == Some(6) && key.third.is_none() => Some(Self::EdDsa {
                x: key.second?.try_into().ok()?,
            }),
            // RSA.
            (3, -257) if key.curve.is_none() => {
                let (n, e) = (key.modulus?, key.second?);
                let odd = |number: &[u8]| number.last().is_some_and(|byte| byte % 2 == 1);
                let whole = |number: &[u8]| number.first().is_some_and(|byte| *byte != 0);
                let fits = MODULUS.contains(&n.len()) && e.len() <= EXPONENT_MAX && e != [1];
                (fits && odd(n) && odd(e) && whole(n) && whole(e)).then(|| Self::Rs256 {
                    n: n.to_vec(),
                    e: e.to_vec(),
                })
            }
            _ => None,
        }
    }

    /// The algorithm that it verifies.
    #[must_use]
    pub fn algorithm(&self) -> Algorithm {
        match self {
            Self::Es256 { .. } => Algorithm::Es256,
            Self::Rs256 { .. } => Algorithm::Rs256,
            Self::EdDsa { .. } => Algorithm::EdDsa,
        }
    }

    /// The key as a JSON Web Key (RFC 7517, RFC 7518 § 6, RFC 8037).
    #[must_use]
    pub fn to_jwk(&self) -> String {
        let text = |bytes: &[u8]| base64url::encode(bytes);
        match self {
            Self::Es256 { x, y } => {
                json!({"kty": "EC", "crv": "P-256", "x": text(x), "y": text(y)})
            }
            Self::Rs256 { n, e } => json!({"kty": "RSA", "n": text(n), "e": text(e)}),
            Self::EdDsa { x } => json!({"kty": "OKP", "crv": "Ed25519", "x": text(x)}),
        }
        .to_string()
    }
}

impl<'a> Parameters<'a> {
    fn read(bytes: &'a [u8]) -> Option<Self> {
        let mut reader = Reader::new(bytes);
        let mut key = Self::default();
        let mut seen = Vec::new();
        for _ in 0..reader.map().ok()? {
            let label = reader.integer().ok()?;
            if seen.contains(&label) {
                return None;
            }
            seen.push(label);
            match label {
                1 => key.key_type = Some(reader.integer().ok()?),
                3 => key.algorithm = Some(reader.integer().ok()?),
                -1 => {
                    let mut curve = reader;
                    if let Ok(number) = curve.integer() {
                        key.curve = Some(number);
                        reader = curve;
                    } else {
                        key.modulus = Some(reader.bytes().ok()?);
                    }
                }
                -2 => key.second = Some(reader.bytes().ok()?),
                -3 => key.third = Some(reader.bytes().ok()?),
                _ => reader.skip().ok()?,
            }
        }
        reader.rest().is_empty().then_some(key)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn bytes(hex: &str) -> Vec<u8> {
        hex::decode(hex).unwrap()
    }

    fn hex_key(text: &str) -> Result<PublicKey, Refused> {
        PublicKey::parse(&bytes(text))
    }

    fn es256() -> String {
        format!(
            "a5010203262001215820{}225820{}",
            "11".repeat(32),
            "22".repeat(32)
        )
    }

    fn rs256(modulus: &str, exponent: &str) -> String {
        let head = match modulus.len() / 2 {
            short @ 0..=255 => format!("58{short:02x}"),
            long => format!("59{long:04x}"),
        };
        let exponent = format!("{:02x}{exponent}", 0x40 + exponent.len() / 2);
        format!("a401030339010020{head}{modulus}21{exponent}")
    }

    fn modulus(bytes: usize) -> String {
        format!("80{}01", "00".repeat(bytes - 2))
    }

    #[test]
    fn a_key_becomes_a_web_key() {
        let key = hex_key(&es256()).unwrap();
        assert_eq!(key.algorithm(), Algorithm::Es256);
        assert_eq!(
            key.to_jwk(),
            r#"{"crv":"P-256","kty":"EC","x":"ERERERERERERERERERERERERERERERERERERERERERE","y":"IiIiIiIiIiIiIiIiIiIiIiIiIiIiIiIiIiIiIiIiIiI"}"#
        );
        let key = hex_key(&format!("a4010103272006215820{}", "33".repeat(32))).unwrap();
        assert_eq!(key.algorithm(), Algorithm::EdDsa);
        assert_eq!(
            key.to_jwk(),
            r#"{"crv":"Ed25519","kty":"OKP","x":"MzMzMzMzMzMzMzMzMzMzMzMzMzMzMzMzMzMzMzMzMzM"}"#
        );
        let key = hex_key(&rs256(&modulus(256), "010001")).unwrap();
        assert_eq!(key.algorithm(), Algorithm::Rs256);
        assert!(
            key.to_jwk()
                .starts_with(r#"{"e":"AQAB","kty":"RSA","n":"gAAA"#)
        );
    }

    #[test]
    fn other_keys_are_refused() {
        let good = es256();
        for (key, why) in [
            (good.replace("0326", "0327"), "another algorithm"),
            (good.replacen("0102", "0101", 1), "another type"),
            (good.replace("2001", "2002"), "another curve"),
            (good.replace("215820", "21581f"), "a short coordinate"),
            (good.replacen("a5", "a4", 1), "a parameter after the last"),
            (good.replacen("a5", "a6", 1), "a parameter too few"),
            (good.replace("225820", "215820"), "a coordinate given twice"),
            (
                good.replace(&format!("225820{}", "22".repeat(32)), "22f5"),
                "a compressed point",
            ),
            (format!("{good}00"), "a byte too many"),
            (String::new(), "nothing"),
            ("a0".into(), "no parameters"),
            ("80".into(), "a list"),
            (rs256(&modulus(255), "010001"), "a modulus of 2040 bits"),
            (rs256(&modulus(513), "010001"), "a modulus of 4104 bits"),
            (
                rs256(&format!("00{}", modulus(256)), "010001"),
                "a leading zero",
            ),
            (
                rs256(&format!("80{}", "00".repeat(255)), "010001"),
                "an even modulus",
            ),
            (rs256(&modulus(256), "01"), "an exponent of 1"),
            (rs256(&modulus(256), "010000"), "an even exponent"),
            (rs256(&modulus(256), "0100000001"), "a long exponent"),
            (rs256(&modulus(256), ""), "no exponent"),
        ] {
            assert_eq!(hex_key(&key), Err(Refused::PublicKey), "{why}");
        }
        assert!(hex_key(&rs256(&modulus(512), "03")).is_ok());
    }

    proptest! {
        #[test]
        fn no_bytes_panic(bytes in proptest::collection::vec(any::<u8>(), 0..100)) {
            let _parsed = PublicKey::parse(&bytes);
        }

        #[test]
        fn a_key_with_a_bit_changed_is_refused_or_another_key(at in 0_usize..77 * 8) {
            let good = hex::decode(es256()).unwrap();
            let mut bytes = good.clone();
            bytes[at / 8] ^= 1 << (at % 8);
            if let Ok(key) = PublicKey::parse(&bytes) {
                prop_assert_ne!(Ok(key), PublicKey::parse(&good));
            }
        }
    }
}
