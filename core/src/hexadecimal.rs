//! Hexadecimal digits, lower-case, eight at a time: all of them in one register, one to a byte.
//!
//! In scope: what every admission reads and writes. Out of scope: what is rare, for which there is the `hex` crate.

const ONES: u64 = 0x0101_0101_0101_0101;

/// A number as eight digits.
#[must_use]
pub(crate) fn digits(number: u32) -> [u8; 8] {
    let halves = u64::from(number);
    let halves = (halves | halves << 16) & 0x0000_ffff_0000_ffff;
    let bytes = (halves | halves << 8) & 0x00ff_00ff_00ff_00ff;
    let nibbles = (bytes | bytes << 4) & (0x0f * ONES);
    // One where it is above nine.
    let letters = (nibbles + 0x06 * ONES) >> 4 & ONES;
    let letter = u64::from(b'a' - 10 - b'0');
    (nibbles + u64::from(b'0') * ONES + letters * letter).to_be_bytes()
}

/// The number that eight digits are; `None` for any other text.
#[must_use]
pub(crate) fn number(text: [u8; 8]) -> Option<u32> {
    let bytes = u64::from_be_bytes(text);
    // The low four bits of `a` are one.
    let nibbles = (bytes & (0x0f * ONES)) + (bytes >> 6 & ONES) * 9;
    let bytes = (nibbles | nibbles >> 4) & 0x00ff_00ff_00ff_00ff;
    let halves = (bytes | bytes >> 8) & 0x0000_ffff_0000_ffff;
    let number = u32::try_from((halves | halves >> 16) & 0xffff_ffff).ok()?;
    // Whatever else these were is not what would be written.
    (digits(number) == text).then_some(number)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn every_byte_that_is_no_digit_is_refused_at_every_place() {
        for at in 0..8 {
            for byte in 0..=u8::MAX {
                let mut text = *b"07a9f0bc";
                text[at] = byte;
                let is_digit = matches!(byte, b'0'..=b'9' | b'a'..=b'f');
                assert_eq!(number(text).is_some(), is_digit, "{byte} at {at}");
            }
        }
    }

    proptest! {
        #[test]
        fn digits_are_as_the_standard_library_writes_them(value: u32) {
            prop_assert_eq!(digits(value).to_vec(), format!("{value:08x}").into_bytes());
            prop_assert_eq!(number(digits(value)), Some(value));
        }
    }
}
