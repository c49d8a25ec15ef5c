//! Attestation objects: what a browser hands over with a new credential (WebAuthn § 6.5.4).
//!
//! Out of scope: who made the authenticator. Statements are passed over, so none is trusted.

use super::Refused;
use super::cbor::{Malformed, Reader};

/// The parts of an attestation object that count.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Attestation<'a> {
    /// The format of the statement, such as `none` or `packed`.
    pub format: &'a str,
    /// The authenticator data.
    pub authenticator_data: &'a [u8],
}

/// Formats are registered names of at most 32 characters (§ 8.1).
const FORMAT_MAX: usize = 32;

impl<'a> Attestation<'a> {
    /// Reads all of an attestation object.
    ///
    /// # Errors
    /// [`Refused::Attestation`] when it is malformed, or has a statement where it says that it has none.
    pub fn parse(bytes: &'a [u8]) -> Result<Self, Refused> {
        Self::read(bytes)
            .map_err(|Malformed| Refused::Attestation)?
            .ok_or(Refused::Attestation)
    }

    fn read(bytes: &'a [u8]) -> Result<Option<Self>, Malformed> {
        let mut reader = Reader::new(bytes);
        let (mut format, mut statement, mut data) = (None, None, None);
        for _ in 0..reader.map()? {
            let twice = match reader.text()? {
                "fmt" => format.replace(reader.text()?).is_some(),
                "attStmt" => {
                    let entries = Reader::new(reader.rest()).map()?;
                    reader.skip()?;
                    statement.replace(entries).is_some()
                }
                "authData" => data.replace(reader.bytes()?).is_some(),
                _ => {
                    reader.skip()?;
                    false
                }
            };
            if twice {
                return Ok(None);
            }
        }
        let (Some(format), Some(entries), Some(authenticator_data)) = (format, statement, data)
        else {
            return Ok(None);
        };
        let known = (1..=FORMAT_MAX).contains(&format.len()) && (format != "none" || entries == 0);
        Ok((known && reader.rest().is_empty()).then_some(Self {
            format,
            authenticator_data,
        }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const FMT: &str = "63666d74";
    const STMT: &str = "6761747453746d74";
    const DATA: &str = "686175746844617461";

    fn bytes(hex: &str) -> Vec<u8> {
        hex::decode(hex).unwrap()
    }

    fn read(hex: &str) -> Result<(String, Vec<u8>), Refused> {
        let bytes = bytes(hex);
        let parsed = Attestation::parse(&bytes)?;
        Ok((parsed.format.to_owned(), parsed.authenticator_data.to_vec()))
    }

    #[test]
    fn the_parts_are_found_in_any_order() {
        let none = "646e6f6e65";
        for hex in [
            format!("a3{FMT}{none}{STMT}a0{DATA}42abcd"),
            format!("a3{DATA}42abcd{STMT}a0{FMT}{none}"),
            format!("a4{DATA}42abcd6178f5{STMT}a0{FMT}{none}"),
        ] {
            assert_eq!(read(&hex), Ok(("none".into(), vec![0xAB, 0xCD])), "{hex}");
        }
        let other = format!("a3{FMT}6161{STMT}a163736967818141ff{DATA}40");
        assert_eq!(read(&other), Ok(("a".into(), Vec::new())));
    }

    #[test]
    fn an_object_of_another_form_is_refused() {
        let none = "646e6f6e65";
        for (hex, why) in [
            (String::new(), "nothing"),
            ("80".into(), "a list"),
            (format!("a2{FMT}{none}{STMT}a0"), "no data"),
            (format!("a2{FMT}{none}{DATA}40"), "no statement"),
            (format!("a2{STMT}a0{DATA}40"), "no format"),
            (
                format!("a3{FMT}{none}{STMT}a16178f5{DATA}40"),
                "none, but a statement",
            ),
            (
                format!("a3{FMT}{none}{STMT}80{DATA}40"),
                "a statement that is a list",
            ),
            (
                format!("a3{FMT}60{STMT}a0{DATA}40"),
                "a format without a name",
            ),
            (
                format!("a3{FMT}{none}{STMT}a0{DATA}4000"),
                "a byte too many",
            ),
            (
                format!("a4{FMT}{none}{STMT}a0{DATA}40{DATA}40"),
                "data given twice",
            ),
            (
                format!("a3{FMT}{none}{STMT}a0{DATA}6130"),
                "data that is text",
            ),
            (
                format!("a301{none}{STMT}a0{DATA}40"),
                "a key that is a number",
            ),
        ] {
            assert_eq!(read(&hex), Err(Refused::Attestation), "{why}");
        }
    }

    proptest! {
        #[test]
        fn no_bytes_panic(bytes in proptest::collection::vec(any::<u8>(), 0..100)) {
            let _parsed = Attestation::parse(&bytes);
        }
    }
}
