//! A reader of the part of CBOR (RFC 8949) that authenticators write.
//!
//! In scope: what CTAP2 allows in its canonical form: integers, byte and text strings, arrays, maps, and
//! the simple values, all of a definite length. Out of scope: tags, floats, indefinite lengths, and writing.
//!
//! Nothing is built: a reader walks over the bytes and hands out slices of them. Nesting is bounded, and a
//! length is never believed beyond the bytes there are. An integer or a length has to be in its shortest
//! form, so that a value has one encoding. The order of map keys is not looked at; a caller that looks for
//! a key refuses it twice.

use core::fmt;

/// How deep values may lie in each other. CTAP2 allows four levels; attestations are a map in a map with a
/// list in it.
const DEPTH_MAX: u32 = 6;

/// The bytes are not the CBOR that was expected.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Malformed;

impl fmt::Display for Malformed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("malformed CBOR")
    }
}

/// A place in a sequence of CBOR values.
#[derive(Clone, Copy, Debug)]
pub struct Reader<'a> {
    rest: &'a [u8],
}

/// The major types of RFC 8949 § 3.1.
const UNSIGNED: u8 = 0;
const NEGATIVE: u8 = 1;
const BYTES: u8 = 2;
const TEXT: u8 = 3;
const ARRAY: u8 = 4;
const MAP: u8 = 5;
const SIMPLE: u8 = 7;

impl<'a> Reader<'a> {
    /// At the first of these bytes.
    #[must_use]
    pub fn new(bytes: &'a [u8]) -> Self {
        Self { rest: bytes }
    }

    /// What was not read.
    #[must_use]
    pub fn rest(&self) -> &'a [u8] {
        self.rest
    }

    /// An integer of at most 64 bits with its sign.
    ///
    /// # Errors
    /// When there is none.
    pub fn integer(&mut self) -> Result<i64, Malformed> {
        match self.head()? {
            (UNSIGNED, value) => i64::try_from(value).map_err(|_| Malformed),
            (NEGATIVE, value) => i64::try_from(value)
                .map(|it| -1 - it)
                .map_err(|_| Malformed),
            _ => Err(Malformed),
        }
    }

    /// A byte string.
    ///
    /// # Errors
    /// When there is none.
    pub fn bytes(&mut self) -> Result<&'a [u8], Malformed> {
        match self.head()? {
            (BYTES, length) => self.take(length),
            _ => Err(Malformed),
        }
    }

    /// A text string.
    ///
    /// # Errors
    /// When there is none, or it is not UTF-8.
    pub fn text(&mut self) -> Result<&'a str, Malformed> {
        match self.head()? {
            (TEXT, length) => core::str::from_utf8(self.take(length)?).map_err(|_| Malformed),
            _ => Err(Malformed),
        }
    }

    /// The head of a map: how many pairs follow.
    ///
    /// # Errors
    /// When there is none, or it has more pairs than there are bytes for.
    pub fn map(&mut self) -> Result<usize, Malformed> {
        match self.head()? {
            (MAP, pairs) => self.count(pairs, 2),
            _ => Err(Malformed),
        }
    }

    /// Passes over one value, whatever it is.
    ///
    /// # Errors
    /// When there is none, it is nested too deeply, or it is of a kind that authenticators do not write.
    pub fn skip(&mut self) -> Result<(), Malformed> {
        self.skip_within(DEPTH_MAX)
    }

    fn skip_within(&mut self, depth: u32) -> Result<(), Malformed> {
        let deeper = depth.checked_sub(1).ok_or(Malformed)?;
        let (major, value) = self.head()?;
        let inside = match major {
            UNSIGNED | NEGATIVE => 0,
            BYTES => {
                self.take(value)?;
                0
            }
            TEXT => {
                core::str::from_utf8(self.take(value)?).map_err(|_| Malformed)?;
                0
            }
            ARRAY => self.count(value, 1)?,
            MAP => 2 * self.count(value, 2)?,
            // False, true, null, undefined. What follows are floats, which `head` refuses, and unassigned.
            SIMPLE if (20..=23).contains(&value) => 0,
            _ => return Err(Malformed),
        };
        for _ in 0..inside {
            self.skip_within(deeper)?;
        }
        Ok(())
    }

    /// A number of values of at least `least` bytes each, all of which have to be there.
    fn count(&self, number: u64, least: usize) -> Result<usize, Malformed> {
        let number = usize::try_from(number).map_err(|_| Malformed)?;
        (number <= self.rest.len() / least)
            .then_some(number)
            .ok_or(Malformed)
    }

    /// A major type and its argument.
    fn head(&mut self) -> Result<(u8, u64), Malformed> {
        let (first, rest) = self.rest.split_first().ok_or(Malformed)?;
        self.rest = rest;
        let (major, short) = (first >> 5, first & 31);
        let (value, least) = match short {
            0..=23 => return Ok((major, u64::from(short))),
            _ if major == SIMPLE => return Err(Malformed),
            24 => (self.argument(1)?, 24),
            25 => (self.argument(2)?, 1 << 8),
            26 => (self.argument(4)?, 1 << 16),
            27 => (self.argument(8)?, 1 << 32),
            _ => return Err(Malformed),
        };
        (value >= least).then_some((major, value)).ok_or(Malformed)
    }

    fn argument(&mut self, width: u64) -> Result<u64, Malformed> {
        let bytes = self.take(width)?;
        Ok(bytes
            .iter()
            .fold(0, |value, byte| value << 8 | u64::from(*byte)))
    }

    fn take(&mut self, length: u64) -> Result<&'a [u8], Malformed> {
        let length = usize::try_from(length).map_err(|_| Malformed)?;
        let (taken, rest) = self.rest.split_at_checked(length).ok_or(Malformed)?;
        self.rest = rest;
        Ok(taken)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn reader(hex: &str) -> Vec<u8> {
        hex::decode(hex).unwrap()
    }

    /// RFC 8949, appendix A.
    #[test]
    fn the_integers_of_the_standard() {
        for (hex, value) in [
            ("00", 0),
            ("17", 23),
            ("1818", 24),
            ("1903e8", 1000),
            ("1a000f4240", 1_000_000),
            ("1b000000e8d4a51000", 1_000_000_000_000),
            ("1b7fffffffffffffff", i64::MAX),
            ("20", -1),
            ("3863", -100),
            ("3903e7", -1000),
            ("3b7fffffffffffffff", i64::MIN),
        ] {
            assert_eq!(Reader::new(&reader(hex)).integer(), Ok(value), "{hex}");
        }
        for hex in [
            "1bffffffffffffffff",
            "3bffffffffffffffff",
            "40",
            "1817",
            "19",
            "",
        ] {
            assert_eq!(Reader::new(&reader(hex)).integer(), Err(Malformed), "{hex}");
        }
    }

    #[test]
    fn strings_are_slices_of_what_was_read() {
        let bytes = reader("4401020304664966206f6b2119ffff");
        let mut at = Reader::new(&bytes);
        assert_eq!(at.bytes(), Ok([1, 2, 3, 4].as_slice()));
        assert_eq!(at.text(), Ok("If ok!"));
        assert_eq!(at.rest(), [0x19, 0xFF, 0xFF]);
        assert_eq!(Reader::new(&reader("62fffe")).text(), Err(Malformed));
        assert_eq!(Reader::new(&reader("4501")).bytes(), Err(Malformed));
    }

    #[test]
    fn whatever_authenticators_write_can_be_passed_over() {
        for hex in [
            "a363666d74646e6f6e656761747453746d74a068617574684461746141ff",
            "83f4f5f6",
            "f7",
            "818181818100",
        ] {
            let bytes = reader(&format!("{hex}2a"));
            let mut at = Reader::new(&bytes);
            assert_eq!(at.skip(), Ok(()), "{hex}");
            assert_eq!(at.rest(), [0x2A], "{hex}");
        }
    }

    #[test]
    fn what_they_do_not_write_cannot() {
        for (hex, why) in [
            ("", "nothing"),
            ("c000", "a tag"),
            ("f93c00", "a float"),
            ("f8ff", "an unassigned simple value"),
            ("e0", "an unassigned simple value in one byte"),
            ("5f41ff", "bytes of indefinite length"),
            ("9fff", "a list of indefinite length"),
            ("ff", "a break"),
            ("1c", "a reserved length"),
            ("5801ff", "a length that has a shorter form"),
            ("9a0fffffff00", "a list of more values than there are bytes"),
            (
                "bb7fffffffffffffff0000",
                "a map of more pairs than there are bytes",
            ),
            (
                "5bffffffffffffffff00",
                "a string of more bytes than there are",
            ),
            ("81818181818100", "a value too deep"),
            ("62c328", "text that is none"),
        ] {
            assert_eq!(Reader::new(&reader(hex)).skip(), Err(Malformed), "{why}");
        }
    }

    proptest! {
        #[test]
        fn no_bytes_panic_and_what_is_skipped_is_a_prefix(
            bytes in proptest::collection::vec(any::<u8>(), 0..64),
        ) {
            let mut at = Reader::new(&bytes);
            if at.skip().is_ok() {
                prop_assert!(bytes.ends_with(at.rest()) && at.rest().len() < bytes.len());
                let used = &bytes[..bytes.len() - at.rest().len()];
                // No shorter prefix is a value, and what follows does not matter.
                prop_assert!(Reader::new(used).skip().is_ok());
                prop_assert!(Reader::new(&used[..used.len() - 1]).skip().is_err());
            }
        }
    }
}
