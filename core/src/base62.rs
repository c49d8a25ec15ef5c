//! Base62 text: digits, upper-case and lower-case letters, safe in URLs, headers and file names.

/// A source of random bytes: fills the slice it is given.
pub type Random<'a> = &'a mut dyn FnMut(&mut [u8]);

const ALPHABET: &[u8; 62] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

/// Random bytes at or above this are thrown away, so that every letter is equally likely (4 × 62).
const FAIR: u8 = 248;

/// Whether every byte is one of the 62.
#[must_use]
pub fn is_base62(text: &[u8]) -> bool {
    text.iter().all(u8::is_ascii_alphanumeric)
}

/// `prefix` and `count` letters drawn evenly from the 62 (5.954 bits each), by rejection sampling.
pub fn random_string(prefix: &str, count: usize, random: Random<'_>) -> String {
    let mut text = String::with_capacity(prefix.len() + count);
    text.push_str(prefix);
    let mut left = count;
    while left > 0 {
        let mut bytes = [0_u8; 48];
        random(&mut bytes);
        for letter in bytes
            .iter()
            .filter(|b| **b < FAIR)
            .take(left)
            .map(|b| letter(u32::from(*b)))
        {
            text.push(letter);
            left -= 1;
        }
    }
    text
}

/// `value` as exactly `N` base62 digits, most significant first.
#[must_use]
pub fn digits<const N: usize>(value: u32) -> [u8; N] {
    let mut text = [b'0'; N];
    let mut rest = value;
    for digit in text.iter_mut().rev() {
        *digit = letter(rest % 62) as u8;
        rest /= 62;
    }
    text
}

fn letter(value: u32) -> char {
    ALPHABET
        .get((value % 62) as usize)
        .map_or('0', |b| char::from(*b))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn random_text_uses_only_fair_bytes() {
        let mut next = 0_u8;
        let text = random_string("", 300, &mut |bytes| {
            for byte in bytes {
                *byte = next;
                next = next.wrapping_add(1);
            }
        });
        assert_eq!(text.len(), 300);
        assert!(is_base62(text.as_bytes()));
        // 248 fair bytes give each letter four times; the first eight unfair ones give nothing.
        let count = |letter| text.chars().take(248).filter(|c| *c == letter).count();
        assert_eq!((count('0'), count('z')), (4, 4));
    }

    #[test]
    fn digits_are_padded_and_most_significant_first() {
        assert_eq!(&digits::<6>(0), b"000000");
        assert_eq!(&digits::<6>(61), b"00000z");
        assert_eq!(&digits::<6>(62), b"000010");
        assert_eq!(&digits::<6>(u32::MAX), b"4gfFC3");
    }
}
