//! ECDSA signatures: from DER, as authenticators give them, to the two numbers side by side, as
//! `WebCrypto` takes them (IEEE P1363).

/// The numbers `r` and `s` of `SEQUENCE { r INTEGER, s INTEGER }` (RFC 3279 § 2.2.3), each as 32 bytes.
///
/// `None` for anything but the one distinguished encoding of two numbers from 1 to 2²⁵⁶ − 1.
#[must_use]
pub fn es256_signature(der: &[u8]) -> Option<[u8; 64]> {
    let (inside, rest) = element(0x30, der)?;
    let (r, after) = element(0x02, inside)?;
    let (s, end) = element(0x02, after)?;
    if !rest.is_empty() || !end.is_empty() {
        return None;
    }
    let mut raw = [0; 64];
    let (left, right) = raw.split_at_mut_checked(32)?;
    place(r, left)?;
    place(s, right)?;
    Some(raw)
}

/// The content of an element with this tag, and what follows it. Two numbers of 256 bits have lengths of
/// one byte each.
fn element(tag: u8, bytes: &[u8]) -> Option<(&[u8], &[u8])> {
    let ([found, length], rest) = bytes.split_first_chunk()?;
    (*found == tag && *length < 0x80).then_some(())?;
    rest.split_at_checked(usize::from(*length))
}

/// Puts a positive number at the end of 32 zeros.
fn place(number: &[u8], room: &mut [u8]) -> Option<()> {
    let digits = match number {
        // Zero, and negative numbers.
        [] | [0] | [0x80..=0xFF, ..] => return None,
        // A zero that keeps the next byte from being a sign.
        [0, rest @ ..] if rest.first()? >= &0x80 => rest,
        // Any other leading zero is one too many.
        [0, ..] => return None,
        digits => digits,
    };
    let start = room.len().checked_sub(digits.len())?;
    room.get_mut(start..)?.copy_from_slice(digits);
    Some(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn of_hex(text: &str) -> Option<String> {
        es256_signature(&hex::decode(text).unwrap()).map(hex::encode)
    }

    fn der(r: &[u8], s: &[u8]) -> Vec<u8> {
        let number = |bytes: &[u8]| {
            let zeros = bytes.iter().take_while(|byte| **byte == 0).count();
            let mut digits = bytes[zeros..].to_vec();
            if digits[0] >= 0x80 {
                digits.insert(0, 0);
            }
            [&[2, u8::try_from(digits.len()).unwrap()], digits.as_slice()].concat()
        };
        let inside = [number(r), number(s)].concat();
        [
            &[0x30, u8::try_from(inside.len()).unwrap()],
            inside.as_slice(),
        ]
        .concat()
    }

    #[test]
    fn numbers_are_padded_to_their_width() {
        let raw = of_hex("3008020101020300ff00").unwrap();
        assert_eq!(raw, format!("{}01{}ff00", "00".repeat(31), "00".repeat(30)));
    }

    #[test]
    fn any_other_encoding_is_refused() {
        for (der, why) in [
            ("", "nothing"),
            ("3006020101020100", "a zero"),
            ("30060201010201ff", "a negative number"),
            ("300702020001020101", "a leading zero"),
            ("3006020101020101 00", "a byte after the sequence"),
            ("3007020101020101 00", "a byte after the numbers"),
            ("3106020101020101", "a set"),
            ("3006040101020101", "an octet string"),
            ("308106020101020101", "a long length"),
            ("3080020101020101 0000", "an indefinite length"),
            ("3003020101", "one number"),
            ("3004020102 0100", "a length beyond the end"),
        ] {
            assert_eq!(of_hex(&der.replace(' ', "")), None, "{why}");
        }
        let long = format!("302602217f{}020101", "00".repeat(32));
        assert_eq!(of_hex(&long), None, "a number of 33 bytes");
    }

    proptest! {
        #[test]
        fn every_pair_of_numbers_comes_back(
            r in proptest::array::uniform32(any::<u8>()),
            s in proptest::array::uniform32(any::<u8>()),
        ) {
            prop_assume!(r != [0; 32] && s != [0; 32]);
            let raw = es256_signature(&der(&r, &s)).map(|raw| raw.to_vec());
            prop_assert_eq!(raw, Some([r, s].concat()));
        }

        #[test]
        fn what_is_read_has_no_other_encoding(bytes in proptest::collection::vec(any::<u8>(), 0..80)) {
            if let Some(raw) = es256_signature(&bytes) {
                prop_assert_eq!(der(&raw[..32], &raw[32..]), bytes);
            }
        }
    }
}
