//! Base64url without padding (RFC 4648 § 5), as WebAuthn writes bytes in JSON.
//!
//! In scope: both ways, strictly: one text for one sequence of bytes, so that nothing can be told apart
//! that is the same. Out of scope: the forms with padding or other alphabets.

const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

/// The bytes as text.
#[must_use]
pub fn encode(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(bytes.len().div_ceil(3) * 4);
    for group in bytes.chunks(3) {
        let mut octets = [0_u8; 3];
        for (octet, byte) in octets.iter_mut().zip(group) {
            *octet = *byte;
        }
        let [a, b, c] = octets;
        let letters = [a >> 2, a << 4 | b >> 4, b << 2 | c >> 6, c];
        for sextet in letters.iter().take(group.len() + 1) {
            text.push(letter(*sextet));
        }
    }
    text
}

/// The bytes of a text; `None` for another alphabet, padding, a length that no bytes have, or bits set
/// after the last byte.
#[must_use]
pub fn decode(text: &str) -> Option<Vec<u8>> {
    let mut bytes = Vec::with_capacity(text.len() / 4 * 3 + 2);
    let (mut bits, mut held) = (0_u32, 0_u32);
    for letter in text.bytes() {
        bits = bits << 6 | sextet(letter)?;
        held += 6;
        if held >= 8 {
            held -= 8;
            bytes.push(u8::try_from(bits >> held & 0xFF).ok()?);
        }
        bits &= (1 << held) - 1;
    }
    // Six held bits are a letter that belongs to no byte.
    (bits == 0 && held < 6).then_some(bytes)
}

/// The bytes of a text that has exactly `N`.
#[must_use]
pub fn decode_exactly<const N: usize>(text: &str) -> Option<[u8; N]> {
    decode(text)?.try_into().ok()
}

fn letter(sextet: u8) -> char {
    ALPHABET
        .get(usize::from(sextet & 63))
        .map_or('A', |letter| char::from(*letter))
}

fn sextet(letter: u8) -> Option<u32> {
    let value = match letter {
        b'A'..=b'Z' => letter - b'A',
        b'a'..=b'z' => letter - b'a' + 26,
        b'0'..=b'9' => letter - b'0' + 52,
        b'-' => 62,
        b'_' => 63,
        _ => return None,
    };
    Some(u32::from(value))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// RFC 4648 § 10, without the padding.
    #[test]
    fn the_examples_of_the_standard() {
        for (bytes, text) in [
            ("", ""),
            ("f", "Zg"),
            ("fo", "Zm8"),
            ("foo", "Zm9v"),
            ("foob", "Zm9vYg"),
            ("fooba", "Zm9vYmE"),
            ("foobar", "Zm9vYmFy"),
        ] {
            assert_eq!(encode(bytes.as_bytes()), text);
            assert_eq!(decode(text).as_deref(), Some(bytes.as_bytes()));
        }
        assert_eq!(encode(&[0xFB, 0xFF]), "-_8");
    }

    #[test]
    fn what_another_text_means_is_refused() {
        for text in [
            "Z", "Zg==", "Zh", "Zm9", "Zm9vY", "+/8", "Zg\n", " Zg", "ä", "Zm8\0",
        ] {
            assert_eq!(decode(text), None, "{text:?}");
        }
        assert_eq!(decode_exactly::<2>("Zm8"), Some(*b"fo"));
        assert_eq!(decode_exactly::<3>("Zm8"), None);
    }

    proptest! {
        #[test]
        fn bytes_come_back(bytes in proptest::collection::vec(any::<u8>(), 0..80)) {
            let text = encode(&bytes);
            prop_assert_eq!(decode(&text), Some(bytes));
        }

        #[test]
        fn a_text_that_decodes_is_the_only_one(text in "[A-Za-z0-9_=+/-]{0,24}") {
            if let Some(bytes) = decode(&text) {
                prop_assert_eq!(encode(&bytes), text);
            }
        }
    }
}
