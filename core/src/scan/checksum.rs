//! Check digits. Each function takes the characters without separators.

/// ISO/IEC 7812-1 (Luhn), over digits.
pub(super) fn luhn(digits: &[u8]) -> bool {
    let sum: u32 = digits
        .iter()
        .rev()
        .enumerate()
        .map(|(place, digit)| {
            let value = u32::from(digit.wrapping_sub(b'0'));
            match (place % 2, value) {
                (0, _) => value,
                (_, 5..) => value * 2 - 9,
                _ => value * 2,
            }
        })
        .sum();
    !digits.is_empty() && sum.is_multiple_of(10)
}

/// Sum of digits times weights.
#[inline(never)]
pub(super) fn weighted(digits: &[u8], weights: &[u32]) -> u32 {
    digits
        .iter()
        .zip(weights)
        .map(|(digit, weight)| u32::from(digit.wrapping_sub(b'0')) * weight)
        .sum()
}

/// ISO/IEC 7064 MOD 97-10 over letters and digits, as for an IBAN moved round already.
pub(super) fn mod97(characters: impl Iterator<Item = u8>) -> u32 {
    characters.fold(0, |rest, byte| match byte {
        b'0'..=b'9' => (rest * 10 + u32::from(byte - b'0')) % 97,
        b'A'..=b'Z' => (rest * 100 + u32::from(byte - b'A') + 10) % 97,
        b'a'..=b'z' => (rest * 100 + u32::from(byte - b'a') + 10) % 97,
        _ => rest,
    })
}

/// The check digit of a North American vehicle number (49 CFR 565.15).
pub(super) fn vin(number: &[u8]) -> bool {
    const WEIGHTS: [u32; 17] = [8, 7, 6, 5, 4, 3, 2, 10, 0, 9, 8, 7, 6, 5, 4, 3, 2];
    let value = |byte: u8| match byte.to_ascii_uppercase() {
        digit @ b'0'..=b'9' => u32::from(digit - b'0'),
        letter @ b'A'..=b'H' => u32::from(letter - b'A') + 1,
        letter @ b'J'..=b'N' => u32::from(letter - b'J') + 1,
        b'P' => 7,
        b'R' => 9,
        letter @ b'S'..=b'Z' => u32::from(letter - b'S') + 2,
        _ => 0,
    };
    let sum: u32 = number
        .iter()
        .zip(WEIGHTS)
        .map(|(byte, weight)| value(*byte) * weight)
        .sum();
    let check = match sum % 11 {
        10 => b'X',
        #[expect(clippy::cast_possible_truncation, reason = "below 10")]
        digit => b'0' + digit as u8,
    };
    number.len() == 17
        && number
            .get(8)
            .is_some_and(|it| it.to_ascii_uppercase() == check)
}

/// A Brazilian CPF (11 digits).
pub(super) fn cpf(digits: &[u8]) -> bool {
    const WEIGHTS: [u32; 10] = [11, 10, 9, 8, 7, 6, 5, 4, 3, 2];
    let check = |count: usize| {
        let weights = WEIGHTS.get(10 - count..).unwrap_or_default();
        weighted(digits.get(..count).unwrap_or_default(), weights) * 10 % 11 % 10
    };
    let digit = |place: usize| digits.get(place).map(|it| u32::from(it.wrapping_sub(b'0')));
    let same = digits.windows(2).all(|pair| pair.first() == pair.last());
    digits.len() == 11 && !same && digit(9) == Some(check(9)) && digit(10) == Some(check(10))
}

/// A US DEA registration: two letters or letter and 9, then seven digits.
pub(super) fn dea(digits: &[u8]) -> bool {
    let sum = weighted(digits, &[1, 2, 1, 2, 1, 2]);
    digits.len() == 7
        && digits
            .last()
            .is_some_and(|check| sum % 10 == u32::from(check.wrapping_sub(b'0')))
}

/// A bitcoin address in Bech32 (BIP 173, BIP 350), in lower case.
pub(super) fn bech32(address: &[u8]) -> bool {
    const LETTERS: &[u8] = b"qpzry9x8gf2tvdw0s3jn54khce6mua7l";
    let mut check: u32 = 1;
    let mut take = |value: u32| {
        let top = check >> 25;
        check = (check & 0x01ff_ffff) << 5 ^ value;
        for (bit, generator) in [
            0x3b6a_57b2,
            0x2650_8e6d,
            0x1ea1_19fa,
            0x3d42_33dd,
            0x2a14_62b3,
        ]
        .into_iter()
        .enumerate()
        {
            if top >> bit & 1 == 1 {
                check ^= generator;
            }
        }
    };
    // The prefix `bc`, spread.
    [3, 3, 0, 2, 3].into_iter().for_each(&mut take);
    for byte in address.iter().skip(3) {
        let Some(value) = LETTERS
            .iter()
            .position(|letter| *letter == byte.to_ascii_lowercase())
        else {
            return false;
        };
        take(u32::try_from(value).unwrap_or(0));
    }
    check == 1 || check == 0x2bc8_30a3
}

/// A bitcoin address in Base58Check.
pub(super) fn base58(address: &[u8]) -> bool {
    use sha2::{Digest, Sha256};
    const LETTERS: &[u8] = b"123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz";
    let mut bytes = [0u8; 25];
    for byte in address {
        let Some(value) = LETTERS.iter().position(|letter| letter == byte) else {
            return false;
        };
        let mut carry = value;
        for place in bytes.iter_mut().rev() {
            carry += usize::from(*place) * 58;
            *place = (carry & 0xff) as u8;
            carry >>= 8;
        }
        if carry != 0 {
            return false;
        }
    }
    let (payload, check) = bytes.split_at(21);
    Sha256::digest(Sha256::digest(payload)).starts_with(check)
}

/// A Spanish DNI or NIE: eight digits (or X, Y, Z and seven) and a letter.
pub(super) fn dni(number: &[u8]) -> bool {
    let value = number.iter().take(8).fold(0u32, |sum, byte| {
        let digit = match byte.to_ascii_uppercase() {
            b'X' => 0,
            b'Y' => 1,
            b'Z' => 2,
            digit => u32::from(digit.wrapping_sub(b'0') % 10),
        };
        sum * 10 + digit
    });
    let letter = b"TRWAGMYFPDXBNJZSQVHLCKE".get(value as usize % 23);
    letter == number.last().map(u8::to_ascii_uppercase).as_ref()
}

/// A Singapore NRIC or FIN.
pub(super) fn nric(number: &[u8]) -> bool {
    let sum = weighted(number.get(1..8).unwrap_or_default(), &[2, 7, 6, 5, 4, 3, 2]);
    let (add, letters): (u32, &[u8; 11]) = match number.first() {
        Some(b'S') => (0, b"JZIHGFEDCBA"),
        Some(b'T') => (4, b"JZIHGFEDCBA"),
        Some(b'F') => (0, b"XWUTRQPNMLK"),
        Some(b'G') => (4, b"XWUTRQPNMLK"),
        _ => return false,
    };
    letters.get(((sum + add) % 11) as usize) == number.last()
}

/// A Chinese resident identity number (18 characters, ISO 7064 MOD 11-2).
pub(super) fn resident(number: &[u8]) -> bool {
    const WEIGHTS: [u32; 17] = [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2];
    let sum = weighted(number.get(..17).unwrap_or_default(), &WEIGHTS);
    let check = b"10X98765432".get((sum % 11) as usize);
    number.len() == 18 && check == number.last().map(u8::to_ascii_uppercase).as_ref()
}

/// A French NIR: 13 digits and a key of two.
pub(super) fn nir(digits: &[u8]) -> bool {
    let value = |range: &[u8]| {
        range.iter().fold(0u64, |sum, digit| {
            sum * 10 + u64::from(digit.wrapping_sub(b'0'))
        })
    };
    match digits.split_at_checked(13) {
        Some((number, key)) if key.len() == 2 => 97 - value(number) % 97 == value(key),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn samples_from_the_standards_pass_and_their_neighbours_do_not() {
        assert!(luhn(b"4111111111111111") && !luhn(b"4111111111111112"));
        assert!(vin(b"1M8GDM9AXKP042788") && !vin(b"1M8GDM9A1KP042788"));
        assert!(cpf(b"52998224725") && !cpf(b"52998224726") && !cpf(b"11111111111"));
        assert!(dea(b"1234563") && !dea(b"1234564"));
        assert!(dni(b"12345678Z") && dni(b"X1234567L") && !dni(b"12345678A"));
        assert!(nric(b"S1234567D") && !nric(b"S1234567E"));
        assert!(resident(b"11010519491231002X"));
        assert!(nir(b"255081416802538") && !nir(b"255081416802539"));
    }

    #[test]
    fn bitcoin_addresses_carry_their_checksum() {
        assert!(base58(b"1A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNa"));
        assert!(!base58(b"1A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNb"));
        assert!(bech32(b"bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kv8f3t4"));
        assert!(!bech32(b"bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kv8f3t5"));
    }
}
