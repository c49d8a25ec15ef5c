//! One pass that takes disguises off a text: what is invisible is dropped, what looks like an ASCII
//! character becomes it.
//!
//! Sources: Unicode 16 (General_Category, confusables of UTS #39, cut down to letters and digits
//! that fonts draw alike).

use super::view::{LETTER, SYMBOL};
use std::borrow::Cow;

/// Where the digits of other scripts begin: each block is 0 to 9.
const ZEROS: [u32; 37] = [
    0x0660, 0x06F0, 0x07C0, 0x0966, 0x09E6, 0x0A66, 0x0AE6, 0x0B66, 0x0BE6, 0x0C66, 0x0CE6, 0x0D66,
    0x0DE6, 0x0E50, 0x0ED0, 0x0F20, 0x1040, 0x1090, 0x17E0, 0x1810, 0x1946, 0x19D0, 0x1A80, 0x1A90,
    0x1B50, 0x1BB0, 0x1C40, 0x1C50, 0x2080, 0xA620, 0xA8D0, 0xA900, 0xA9D0, 0xAA50, 0xABF0, 0xFF10,
    0x104A0,
];

/// Letters of other scripts that look like ASCII letters, by code point.
const LOOKALIKES: &[(u32, u8)] = &[
    (0x0131, b'i'),
    (0x0251, b'a'),
    (0x0261, b'g'),
    (0x0391, b'A'),
    (0x0392, b'B'),
    (0x0395, b'E'),
    (0x0396, b'Z'),
    (0x0397, b'H'),
    (0x0399, b'I'),
    (0x039A, b'K'),
    (0x039C, b'M'),
    (0x039D, b'N'),
    (0x039F, b'O'),
    (0x03A1, b'P'),
    (0x03A4, b'T'),
    (0x03A5, b'Y'),
    (0x03A7, b'X'),
    (0x03B1, b'a'),
    (0x03B9, b'i'),
    (0x03BD, b'v'),
    (0x03BF, b'o'),
    (0x03C1, b'p'),
    (0x03F2, b'c'),
    (0x0405, b'S'),
    (0x0406, b'I'),
    (0x0408, b'J'),
    (0x0410, b'A'),
    (0x0412, b'B'),
    (0x0415, b'E'),
    (0x041A, b'K'),
    (0x041C, b'M'),
    (0x041D, b'H'),
    (0x041E, b'O'),
    (0x0420, b'P'),
    (0x0421, b'C'),
    (0x0422, b'T'),
    (0x0423, b'Y'),
    (0x0425, b'X'),
    (0x0430, b'a'),
    (0x0435, b'e'),
    (0x043E, b'o'),
    (0x0440, b'p'),
    (0x0441, b'c'),
    (0x0443, b'y'),
    (0x0445, b'x'),
    (0x0455, b's'),
    (0x0456, b'i'),
    (0x0458, b'j'),
    (0x04BB, b'h'),
    (0x0501, b'd'),
    (0x051B, b'q'),
    (0x051D, b'w'),
    (0x0578, b'n'),
    (0x057D, b'u'),
    (0x0585, b'o'),
    (0x2070, b'0'),
    (0x00B9, b'1'),
    (0x00B2, b'2'),
    (0x00B3, b'3'),
    (0x2074, b'4'),
    (0x2075, b'5'),
    (0x2076, b'6'),
    (0x2077, b'7'),
    (0x2078, b'8'),
    (0x2079, b'9'),
    (0x24EA, b'0'),
    (0x24FF, b'0'),
];

/// Base letters of U+00C0 to U+017F; `*` for none, `?` for no letter.
const LATIN: &[u8; 192] = b"AAAAAAACEEEEIIIIDNOOOOO?OUUUUYTsaaaaaaaceeeeiiiidnooooo?ouuuuyty\
AaAaAaCcCcCcCcDdDdEeEeEeEeEeGgGgGgGgHhHhIiIiIiIiIiJjJjKkkLlLlLlLlLlNnNnNnnNnOoOoOoOoRrRrRrSsSsSsSsTtTtTtUuUuUuUuUuUuWwYyYZzZzZzs";

/// What a character becomes.
enum Plain {
    Dropped,
    Byte(u8),
    /// A number written as one character, such as ⑫.
    Number(u8),
}

fn plain(character: char) -> Plain {
    let code = u32::from(character);
    match code {
        0x09 | 0x0A | 0x0D | 0x20..=0x7E => Plain::Byte(u8::try_from(code).unwrap_or(SYMBOL)),
        // Controls, soft hyphen, joiners, bidi, variation selectors, tags, combining marks.
        0x00..=0x1F
        | 0x7F..=0x84
        | 0x86..=0x9F
        | 0xAD
        | 0x0300..=0x036F
        | 0x0483..=0x0489
        | 0x0591..=0x05BD
        | 0x061C
        | 0x064B..=0x065F
        | 0x115F..=0x1160
        | 0x17B4..=0x17B5
        | 0x180B..=0x180F
        | 0x1AB0..=0x1AFF
        | 0x1DC0..=0x1DFF
        | 0x200B..=0x200F
        | 0x202A..=0x202E
        | 0x2060..=0x206F
        | 0x20D0..=0x20FF
        | 0xFE00..=0xFE0F
        | 0xFE20..=0xFE2F
        | 0xFEFF
        | 0xFFF0..=0xFFFB
        | 0x1D173..=0x1D17A
        | 0xE0000..=0xE0FFF => Plain::Dropped,
        0x85 | 0x2028 | 0x2029 => Plain::Byte(b'\n'),
        0xA0 | 0x1680 | 0x2000..=0x200A | 0x202F | 0x205F | 0x2800 | 0x3000 | 0x3164 | 0xFFA0 => {
            Plain::Byte(b' ')
        }
        0x02D7
        | 0x058A
        | 0x05BE
        | 0x1806
        | 0x2010..=0x2015
        | 0x2043
        | 0x207B
        | 0x208B
        | 0x2212
        | 0x2796
        | 0x2E3A..=0x2E3B
        | 0x301C
        | 0x3030
        | 0x30A0
        | 0xFE31..=0xFE32
        | 0xFE58
        | 0xFE63 => Plain::Byte(b'-'),
        0xB7 | 0x2022 | 0x2024 | 0x2027 | 0x2219 | 0x22C5 | 0x3002 | 0x30FB | 0xFF61 | 0xFF65
        | 0xFE52 => Plain::Byte(b'.'),
        0x2018..=0x201B | 0x02B9 | 0x02BC | 0x2032 | 0xB4 => Plain::Byte(b'\''),
        0x201C..=0x201F | 0xAB | 0xBB | 0x2033 | 0x300C..=0x300F => Plain::Byte(b'"'),
        0x2044 | 0x2215 => Plain::Byte(b'/'),
        0x2236 | 0xFE55 | 0x02D0 => Plain::Byte(b':'),
        0xFE6B => Plain::Byte(b'@'),
        0xFE5F => Plain::Byte(b'#'),
        0x2192 | 0x27A1 | 0x21D2 => Plain::Byte(b'='),
        0xFF01..=0xFF5E => Plain::Byte(u8::try_from(code - 0xFF01 + 0x21).unwrap_or(SYMBOL)),
        // Mathematical alphabets and digits.
        0x1D400..=0x1D6A3 => {
            let letter = u8::try_from((code - 0x1D400) % 52).unwrap_or(0);
            Plain::Byte(if letter < 26 {
                b'A' + letter
            } else {
                b'a' + letter - 26
            })
        }
        0x1D7CE..=0x1D7FF => Plain::Byte(digit((code - 0x1D7CE) % 10)),
        0x1FBF0..=0x1FBF9 => Plain::Byte(digit(code - 0x1FBF0)),
        // Circled, in parentheses, with a full stop.
        0x2460..=0x249B => number((code - 0x2460) % 20 + 1),
        0x2776..=0x2793 => number((code - 0x2776) % 10 + 1),
        0x24B6..=0x24CF => Plain::Byte(letter(b'A', code - 0x24B6)),
        0x24D0..=0x24E9 => Plain::Byte(letter(b'a', code - 0x24D0)),
        0x1F130..=0x1F149 => Plain::Byte(letter(b'A', code - 0x1F130)),
        0x1F150..=0x1F169 => Plain::Byte(letter(b'A', code - 0x1F150)),
        0x1F170..=0x1F189 => Plain::Byte(letter(b'A', code - 0x1F170)),
        0xC0..=0x17F => LATIN
            .get(usize::try_from(code - 0xC0).unwrap_or(usize::MAX))
            .map_or(Plain::Byte(LETTER), |base| match base {
                b'?' => Plain::Byte(SYMBOL),
                base => Plain::Byte(*base),
            }),
        _ => other(character, code),
    }
}

fn other(character: char, code: u32) -> Plain {
    if let Ok(place) = LOOKALIKES.binary_search_by_key(&code, |entry| entry.0)
        && let Some((_, byte)) = LOOKALIKES.get(place)
    {
        return Plain::Byte(*byte);
    }
    if let Some((_, byte)) = LOOKALIKES.iter().find(|entry| entry.0 == code) {
        return Plain::Byte(*byte);
    }
    let after = ZEROS.partition_point(|zero| *zero <= code);
    if let Some(zero) = after.checked_sub(1).and_then(|place| ZEROS.get(place))
        && code - zero < 10
    {
        return Plain::Byte(digit(code - zero));
    }
    Plain::Byte(if character.is_alphabetic() {
        LETTER
    } else {
        SYMBOL
    })
}

fn digit(value: u32) -> u8 {
    b'0' + u8::try_from(value % 10).unwrap_or(0)
}

fn letter(first: u8, value: u32) -> u8 {
    first + u8::try_from(value % 26).unwrap_or(0)
}

fn number(value: u32) -> Plain {
    if value < 10 {
        Plain::Byte(digit(value))
    } else {
        Plain::Number(u8::try_from(value).unwrap_or(0))
    }
}

/// What has to be done to a text before it is scanned.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Needs {
    /// It has characters outside printable ASCII.
    pub(super) normalising: bool,
    /// It has signs that may begin an escape.
    pub(super) unescaping: bool,
}

/// Looks at every byte once.
pub(super) fn needs(text: &[u8]) -> Needs {
    // Bits: 1 for what has to be normalised, 2 for what may begin an escape.
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
                    0x09 | 0x0A | 0x0D => 0,
                    0..0x20 | 0x7F.. => 1,
                    0x25 | 0x26 | 0x5C | 0x3D => 2,
                    _ => 0,
                };
            }
            byte += 1;
        }
        table
    };
    let seen = text.iter().fold(0, |seen, byte| {
        seen | WHAT.get(usize::from(*byte)).copied().unwrap_or(1)
    });
    Needs {
        normalising: seen & 1 != 0,
        unescaping: seen & 2 != 0,
    }
}

/// The text without disguises; itself when it has none.
pub(super) fn normal(text: &str, needs: Needs) -> Cow<'_, [u8]> {
    if !needs.normalising {
        return Cow::Borrowed(text.as_bytes());
    }
    let mut out = Vec::with_capacity(text.len());
    for character in text.chars() {
        match plain(character) {
            Plain::Dropped => {}
            Plain::Byte(byte) => out.push(byte),
            Plain::Number(value) => out.extend([b'0' + value / 10, b'0' + value % 10]),
        }
    }
    Cow::Owned(out)
}

/// As [`normal`], with the place in `text` that each byte comes from, when it is not its own.
pub(super) fn mapped(text: &str, needs: Needs) -> (Cow<'_, [u8]>, Option<Vec<usize>>) {
    if !needs.normalising {
        return (Cow::Borrowed(text.as_bytes()), None);
    }
    let mut out = Vec::with_capacity(text.len());
    let mut places = Vec::with_capacity(text.len());
    for (place, character) in text.char_indices() {
        let before = out.len();
        match plain(character) {
            Plain::Dropped => {}
            Plain::Byte(byte) => out.push(byte),
            Plain::Number(value) => out.extend([b'0' + value / 10, b'0' + value % 10]),
        }
        places.resize(places.len() + out.len() - before, place);
    }
    (Cow::Owned(out), Some(places))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn normalised(text: &str) -> String {
        String::from_utf8_lossy(&normal(text, needs(text.as_bytes()))).into_owned()
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
        ] {
            assert_eq!(normalised(text), plain, "{text}");
        }
    }

    #[test]
    fn plain_text_is_borrowed() {
        let text = "nothing to see here, 123.";
        assert!(matches!(
            normal(text, needs(text.as_bytes())),
            Cow::Borrowed(_)
        ));
    }

    #[test]
    fn the_digits_of_every_script_are_found() {
        assert!(ZEROS.is_sorted());
        for zero in ZEROS {
            let nine = char::from_u32(zero + 9).unwrap();
            assert_eq!(normalised(&nine.to_string()), "9", "{zero:x}");
        }
    }
}
