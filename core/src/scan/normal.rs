//! One pass that takes disguises off a text: what is invisible is dropped, what looks like an ASCII
//! character becomes it.
//!
//! Sources: Unicode 16 (General_Category, confusables of UTS #39, cut down to letters and digits
//! that fonts draw alike).

use super::view::{LETTER, SYMBOL, count};
use std::borrow::Cow;

/// Dropped: controls, soft hyphen, joiners, marks of direction, variation selectors, tags, combining marks.
const DROPPED: u8 = 1;
/// Digits from 0 on, and from 0 on again.
const DIGITS: u8 = 2;
/// Numbers from 1 to 20, and from 1 on again.
const TWENTY: u8 = 3;
/// Numbers from 1 to 10, and from 1 on again.
const TEN: u8 = 4;
/// Capital letters from A on.
const CAPITALS: u8 = 5;
/// Small letters from a on.
const SMALL: u8 = 6;
/// Capital letters, then small ones, and again.
const ALPHABETS: u8 = 7;
/// ASCII from the exclamation mark on.
const WIDE: u8 = 8;

/// What becomes something else: first code point, how many, and what: one of the above, or the character itself.
/// Sorted.
static PLAIN: &[(u16, u8, u8)] = &[
    (0x0000, 9, DROPPED),
    (0x000B, 2, DROPPED),
    (0x000E, 18, DROPPED),
    (0x007F, 6, DROPPED),
    (0x0085, 1, b'\n'),
    (0x0086, 26, DROPPED),
    (0x00A0, 1, b' '),
    (0x00AA, 1, b'a'),
    (0x00AB, 1, b'"'),
    (0x00AD, 1, DROPPED),
    (0x00B0, 1, b'o'),
    (0x00B2, 1, b'2'),
    (0x00B3, 1, b'3'),
    (0x00B4, 1, b'\''),
    (0x00B7, 1, b'.'),
    (0x00B9, 1, b'1'),
    (0x00BA, 1, b'o'),
    (0x00BB, 1, b'"'),
    (0x0251, 1, b'a'),
    (0x0261, 1, b'g'),
    (0x02B9, 1, b'\''),
    (0x02BC, 1, b'\''),
    (0x02D0, 1, b':'),
    (0x02D7, 1, b'-'),
    (0x0300, 112, DROPPED),
    (0x0391, 1, b'A'),
    (0x0392, 1, b'B'),
    (0x0395, 1, b'E'),
    (0x0396, 1, b'Z'),
    (0x0397, 1, b'H'),
    (0x0399, 1, b'I'),
    (0x039A, 1, b'K'),
    (0x039C, 1, b'M'),
    (0x039D, 1, b'N'),
    (0x039F, 1, b'O'),
    (0x03A1, 1, b'P'),
    (0x03A4, 1, b'T'),
    (0x03A5, 1, b'Y'),
    (0x03A7, 1, b'X'),
    (0x03B1, 1, b'a'),
    (0x03B9, 1, b'i'),
    (0x03BD, 1, b'v'),
    (0x03BF, 1, b'o'),
    (0x03C1, 1, b'p'),
    (0x03F2, 1, b'c'),
    (0x0405, 1, b'S'),
    (0x0406, 1, b'I'),
    (0x0408, 1, b'J'),
    (0x0410, 1, b'A'),
    (0x0412, 1, b'B'),
    (0x0415, 1, b'E'),
    (0x041A, 1, b'K'),
    (0x041C, 1, b'M'),
    (0x041D, 1, b'H'),
    (0x041E, 1, b'O'),
    (0x0420, 1, b'P'),
    (0x0421, 1, b'C'),
    (0x0422, 1, b'T'),
    (0x0423, 1, b'Y'),
    (0x0425, 1, b'X'),
    (0x0430, 1, b'a'),
    (0x0435, 1, b'e'),
    (0x043E, 1, b'o'),
    (0x0440, 1, b'p'),
    (0x0441, 1, b'c'),
    (0x0443, 1, b'y'),
    (0x0445, 1, b'x'),
    (0x0455, 1, b's'),
    (0x0456, 1, b'i'),
    (0x0458, 1, b'j'),
    (0x0483, 7, DROPPED),
    (0x04BB, 1, b'h'),
    (0x0501, 1, b'd'),
    (0x051B, 1, b'q'),
    (0x051D, 1, b'w'),
    (0x0578, 1, b'n'),
    (0x057D, 1, b'u'),
    (0x0585, 1, b'o'),
    (0x058A, 1, b'-'),
    (0x0591, 45, DROPPED),
    (0x05BE, 1, b'-'),
    (0x060C, 1, b','),
    (0x061B, 1, b';'),
    (0x061C, 1, DROPPED),
    (0x061F, 1, b'?'),
    (0x064B, 21, DROPPED),
    (0x0660, 10, DIGITS),
    (0x06F0, 10, DIGITS),
    (0x07C0, 10, DIGITS),
    (0x0964, 2, b'.'),
    (0x0966, 10, DIGITS),
    (0x09E6, 10, DIGITS),
    (0x0A66, 10, DIGITS),
    (0x0AE6, 10, DIGITS),
    (0x0B66, 10, DIGITS),
    (0x0BE6, 10, DIGITS),
    (0x0C66, 10, DIGITS),
    (0x0CE6, 10, DIGITS),
    (0x0D66, 10, DIGITS),
    (0x0DE6, 10, DIGITS),
    (0x0E50, 10, DIGITS),
    (0x0ED0, 10, DIGITS),
    (0x0F20, 10, DIGITS),
    (0x1040, 10, DIGITS),
    (0x1090, 10, DIGITS),
    (0x115F, 2, DROPPED),
    (0x1680, 1, b' '),
    (0x17B4, 2, DROPPED),
    (0x17E0, 10, DIGITS),
    (0x1806, 1, b'-'),
    (0x180B, 5, DROPPED),
    (0x1810, 10, DIGITS),
    (0x1946, 10, DIGITS),
    (0x19D0, 10, DIGITS),
    (0x1A80, 10, DIGITS),
    (0x1A90, 10, DIGITS),
    (0x1AB0, 80, DROPPED),
    (0x1B50, 10, DIGITS),
    (0x1BB0, 10, DIGITS),
    (0x1C40, 10, DIGITS),
    (0x1C50, 10, DIGITS),
    (0x1DC0, 64, DROPPED),
    (0x2000, 11, b' '),
    (0x200B, 5, DROPPED),
    (0x2010, 6, b'-'),
    (0x2018, 4, b'\''),
    (0x201C, 4, b'"'),
    (0x2022, 1, b'.'),
    (0x2024, 1, b'.'),
    (0x2027, 1, b'.'),
    (0x2028, 2, b'\n'),
    (0x202A, 5, DROPPED),
    (0x202F, 1, b' '),
    (0x2032, 1, b'\''),
    (0x2033, 1, b'"'),
    (0x2043, 1, b'-'),
    (0x2044, 1, b'/'),
    (0x205F, 1, b' '),
    (0x2060, 16, DROPPED),
    (0x2070, 1, b'0'),
    (0x2074, 1, b'4'),
    (0x2075, 1, b'5'),
    (0x2076, 1, b'6'),
    (0x2077, 1, b'7'),
    (0x2078, 1, b'8'),
    (0x2079, 1, b'9'),
    (0x207B, 1, b'-'),
    (0x2080, 10, DIGITS),
    (0x208B, 1, b'-'),
    (0x20D0, 48, DROPPED),
    (0x2192, 1, b'='),
    (0x21D2, 1, b'='),
    (0x2212, 1, b'-'),
    (0x2215, 1, b'/'),
    (0x2219, 1, b'.'),
    (0x2236, 1, b':'),
    (0x22C5, 1, b'.'),
    (0x2460, 60, TWENTY),
    (0x24B6, 26, CAPITALS),
    (0x24D0, 26, SMALL),
    (0x24EA, 1, b'0'),
    (0x24FF, 1, b'0'),
    (0x2776, 30, TEN),
    (0x2796, 1, b'-'),
    (0x27A1, 1, b'='),
    (0x2800, 1, b' '),
    (0x2E3A, 2, b'-'),
    (0x3000, 1, b' '),
    (0x3001, 1, b','),
    (0x3002, 1, b'.'),
    (0x300C, 4, b'"'),
    (0x301C, 1, b'-'),
    (0x3030, 1, b'-'),
    (0x30A0, 1, b'-'),
    (0x30FB, 1, b'.'),
    (0x3164, 1, b' '),
    (0xA620, 10, DIGITS),
    (0xA8D0, 10, DIGITS),
    (0xA900, 10, DIGITS),
    (0xA9D0, 10, DIGITS),
    (0xAA50, 10, DIGITS),
    (0xABF0, 10, DIGITS),
    (0xFE00, 16, DROPPED),
    (0xFE20, 16, DROPPED),
    (0xFE31, 2, b'-'),
    (0xFE52, 1, b'.'),
    (0xFE55, 1, b':'),
    (0xFE58, 1, b'-'),
    (0xFE5F, 1, b'#'),
    (0xFE63, 1, b'-'),
    (0xFE6B, 1, b'@'),
    (0xFEFF, 1, DROPPED),
    (0xFF01, 94, WIDE),
    (0xFF61, 1, b'.'),
    (0xFF65, 1, b'.'),
    (0xFFA0, 1, b' '),
    (0xFFF0, 12, DROPPED),
];

/// The same beyond the 65,536 characters of the basic plane.
static BEYOND: [(u32, u16, u8); 9] = [
    (0x104A0, 10, DIGITS),
    (0x1D173, 8, DROPPED),
    (0x1D400, 0x2A4, ALPHABETS),
    (0x1D7CE, 50, DIGITS),
    (0x1F130, 26, CAPITALS),
    (0x1F150, 26, CAPITALS),
    (0x1F170, 26, CAPITALS),
    (0x1FBF0, 10, DIGITS),
    (0xE0000, 0x1000, DROPPED),
];

/// What is neither a letter nor in [`PLAIN`]: first and last code point.
const SYMBOLS: [(u32, u32); 10] = [
    (0xA1, 0xBF),
    (0x2B0, 0x2FF),
    (0x2000, 0x2BFF),
    (0x2E00, 0x2E7F),
    (0x3000, 0x303F),
    (0xE000, 0xF8FF),
    (0xFE10, 0xFE6F),
    (0xFFE0, 0xFFFF),
    (0x1D000, 0x1D1FF),
    (0x1F000, 0x1FAFF),
];

/// Base letters of U+00C0 to U+017F; `*` for none, `?` for no letter.
const LATIN: &[u8; 192] = b"AAAAAAACEEEEIIIIDNOOOOO?OUUUUYTsaaaaaaaceeeeiiiidnooooo?ouuuuyty\
AaAaAaCcCcCcCcDdDdEeEeEeEeEeGgGgGgGgHhHhIiIiIiIiIiJjJjKkkLlLlLlLlLlNnNnNnnNnOoOoOoOoRrRrRrSsSsSsSsTtTtTtUuUuUuUuUuUuWwYyYZzZzZzs";

/// The entry of a character: the first code point of those it stands with, and what they become.
fn replaced(code: u32) -> Option<(u32, u8)> {
    let Ok(small) = u16::try_from(code) else {
        let mut beyond = BEYOND.iter();
        let within = |(first, count, _): &&(u32, u16, u8)| {
            code.checked_sub(*first)
                .is_some_and(|place| place < u32::from(*count))
        };
        return beyond.find(within).map(|(first, _, what)| (*first, *what));
    };
    let after = PLAIN.partition_point(|entry| entry.0 <= small);
    let (first, count, what) = *PLAIN.get(after.checked_sub(1)?)?;
    (small - first < u16::from(count)).then_some((u32::from(first), what))
}

/// What a character becomes: up to two bytes, 0 for none.
fn plain(character: char) -> [u8; 2] {
    let code = u32::from(character);
    if let 0x09 | 0x0A | 0x0D | 0x20..=0x7E = code {
        return [low(code), 0];
    }
    if let Some(base) = code
        .checked_sub(0xC0)
        .and_then(|place| LATIN.get(place as usize))
    {
        return [if *base == b'?' { SYMBOL } else { *base }, 0];
    }
    let Some((start, what)) = replaced(code) else {
        let symbol = SYMBOLS
            .iter()
            .any(|(first, last)| (*first..=*last).contains(&code));
        return [if symbol { SYMBOL } else { LETTER }, 0];
    };
    let place = code - start;
    let letter = place % 26;
    let number = match what {
        TWENTY => place % 20 + 1,
        TEN => place % 10 + 1,
        DIGITS => place % 10,
        _ => {
            let byte = match what {
                DROPPED => 0,
                CAPITALS => b'A' + low(letter),
                ALPHABETS if place % 52 < 26 => b'A' + low(letter),
                SMALL | ALPHABETS => b'a' + low(letter),
                WIDE => b'!' + low(place),
                byte => byte,
            };
            return [byte, 0];
        }
    };
    let last = b'0' + low(number % 10);
    if number > 9 {
        [b'0' + low(number / 10), last]
    } else {
        [last, 0]
    }
}

/// Adds what a character becomes.
fn push(character: char, out: &mut Vec<u8>) {
    out.extend(plain(character).into_iter().filter(|byte| *byte != 0));
}

#[expect(
    clippy::cast_possible_truncation,
    reason = "below 256 where it is used"
)]
fn low(code: u32) -> u8 {
    code as u8
}

/// What has to be done to a text before it is scanned.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Needs {
    /// It has characters outside printable ASCII.
    pub(super) normalising: bool,
    /// It has signs that may begin an escape.
    pub(super) unescaping: bool,
}

/// Whether an escape may begin with this byte.
pub(super) fn may_escape(byte: u8) -> bool {
    what(byte) & 2 != 0
}

/// Whether the byte is a digit of Base64, or of its kin for URLs.
pub(super) fn is_base64(byte: u8) -> bool {
    what(byte) & 8 != 0
}

/// Whether a string of JSON ends with this byte, goes on otherwise, or may not have it.
pub(super) fn ends_string(byte: u8) -> bool {
    what(byte) & 4 != 0
}

/// 1 for a byte that has to be normalised, 2 for one that may begin an escape, 4 for one that is not itself in a string
/// of JSON, 8 for a digit of Base64.
fn what(byte: u8) -> u8 {
    const WHAT: [u8; 256] = {
        let mut table = [0; 256];
        let mut byte = 0;
        while byte < 256 {
            #[expect(
                clippy::indexing_slicing,
                reason = "evaluated by the compiler, within 0..256"
            )]
            {
                table[byte] = match byte {
                    0x09 | 0x0A | 0x0D | 0x22 => 4,
                    0..0x20 => 1 | 4,
                    0x7F.. => 1,
                    0x25 | 0x26 | 0x3D => 2,
                    0x5C => 2 | 4,
                    0x30..=0x39 | 0x41..=0x5A | 0x61..=0x7A | 0x2B | 0x2D | 0x2F | 0x5F => 8,
                    _ => 0,
                };
            }
            byte += 1;
        }
        table
    };
    WHAT.get(usize::from(byte)).copied().unwrap_or(1)
}

/// Looks at every byte, until both are known.
pub(super) fn needs(text: &[u8]) -> Needs {
    let mut seen = 0;
    let last = text.iter().position(|byte| {
        seen |= what(*byte);
        seen & 3 == 3
    });
    count(last.unwrap_or(text.len()));
    Needs {
        normalising: seen & 1 != 0,
        unescaping: seen & 2 != 0,
    }
}

/// The text without disguises; itself when it has none. What is no UTF-8 is a symbol.
pub(super) fn normal(text: &[u8], needs: Needs) -> Cow<'_, [u8]> {
    if !needs.normalising {
        return Cow::Borrowed(text);
    }
    let mut out = Vec::with_capacity(text.len());
    // The quicker way first.
    let text =
        std::str::from_utf8(text).map_or_else(|_| String::from_utf8_lossy(text), Cow::Borrowed);
    let mut rest = &*text;
    loop {
        let ascii = rest.bytes().position(|byte| what(byte) & 1 != 0);
        let (head, tail) = rest
            .split_at_checked(ascii.unwrap_or(rest.len()))
            .unwrap_or((rest, ""));
        out.extend_from_slice(head.as_bytes());
        let mut characters = tail.chars();
        let Some(character) = characters.next() else {
            return Cow::Owned(out);
        };
        push(character, &mut out);
        rest = characters.as_str();
    }
}

/// As [`normal`], with the place in `text` that each byte comes from, when it is not its own.
pub(super) fn mapped(text: &str, needs: Needs) -> (Cow<'_, [u8]>, Option<Vec<usize>>) {
    if !needs.normalising {
        return (Cow::Borrowed(text.as_bytes()), None);
    }
    let mut out = Vec::with_capacity(text.len());
    let mut places = Vec::with_capacity(text.len());
    for (place, character) in text.char_indices() {
        push(character, &mut out);
        places.resize(out.len(), place);
    }
    (Cow::Owned(out), Some(places))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn normalised(text: &str) -> String {
        let text = text.as_bytes();
        String::from_utf8_lossy(&normal(text, needs(text))).into_owned()
    }

    #[test]
    fn takes_disguises_off() {
        for (text, plain) in [
            ("plain\ttext\n", "plain\ttext\n"),
            ("1\u{200b}2\u{00ad}3\u{202e}4\u{feff}5\0", "12345"),
            ("１２３－４５－６７８９", "123-45-6789"),
            ("١٢٣ ۴۵ ६७", "123 45 67"),
            ("123\u{2011}45\u{2013}6789\u{a0}x", "123-45-6789 x"),
            ("ЅЅN: ①②③", "SSN: 123"),
            ("𝟏𝟐𝟑 𝐒𝐒𝐍 𝓢𝓢𝓝", "123 SSN SSN"),
            ("1\u{20e3}2\u{fe0f}\u{20e3}3\u{301}", "123"),
            ("jané＠exämple．com", "jane@example.com"),
            ("Łukasz Żółć", "Lukasz Zolc"),
            ("¹²³ ₄₅", "123 45"),
            ("⑫⒛➓", "122010"),
            ("Ⓐⓑ🅰", "AbA"),
        ] {
            assert_eq!(normalised(text), plain, "{text}");
        }
    }

    #[test]
    fn plain_text_is_borrowed() {
        let text = b"nothing to see here, 123.";
        assert!(matches!(normal(text, needs(text)), Cow::Borrowed(_)));
    }

    #[test]
    fn the_digits_of_every_script_are_found() {
        assert!(
            PLAIN
                .windows(2)
                .all(|pair| pair[0].0 + u16::from(pair[0].1) <= pair[1].0)
        );
        let small = PLAIN
            .iter()
            .map(|it| (u32::from(it.0), u16::from(it.1), it.2));
        let all = small.chain(BEYOND);
        for (zero, count, _) in all.filter(|entry| entry.2 == DIGITS) {
            let nine = char::from_u32(zero + 9).unwrap();
            assert_eq!(normalised(&nine.to_string()), "9", "{zero:x}");
            assert_eq!(count % 10, 0);
        }
    }
}
