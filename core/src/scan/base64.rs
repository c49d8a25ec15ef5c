//! Base64 in a text, decoded once: runs long enough to hide something that turn out to be text.

use super::normal::is_base64 as is_digit;
use super::view::{CAPITALS, DIGITS, LETTERS, any, count};

/// Shortest run looked at: eleven bytes, as long as a social security number with its dashes.
const SHORTEST: usize = 15;
/// Longest run decoded; what is longer is decoded up to here.
const LONGEST: usize = 1 << 20;

fn value(byte: u8) -> Option<u32> {
    Some(match byte {
        b'A'..=b'Z' => byte - b'A',
        b'a'..=b'z' => byte - b'a' + 26,
        b'0'..=b'9' => byte - b'0' + 52,
        b'+' | b'-' => 62,
        b'/' | b'_' => 63,
        _ => return None,
    } as u32)
}

/// Calls `each` with every text hidden in `bytes`.
pub(super) fn texts(bytes: &[u8], each: &mut dyn FnMut(&[u8])) {
    let mut rest = bytes;
    while let Some(start) = long_run(rest) {
        rest = rest.get(start..).unwrap_or_default();
        let length = run(rest);
        let (run, after) = rest.split_at_checked(length).unwrap_or((rest, &[]));
        if length >= SHORTEST && looks_encoded(run) {
            let decoded = decode(run);
            if let Some(text) = readable(&decoded) {
                each(text);
            }
        }
        rest = after;
    }
}

/// Where the first run of at least [`SHORTEST`] begins. Of what is none, every fifteenth byte or so is looked at.
fn long_run(bytes: &[u8]) -> Option<usize> {
    let mut start = 0;
    // All from `start` to `known` is known to be of a run.
    let mut known = 0;
    loop {
        let last = start + SHORTEST - 1;
        let window = bytes.get(known..=last)?;
        count(1);
        match window.iter().rposition(|byte| !is_digit(*byte)) {
            None => return Some(start),
            Some(place) => {
                count(window.len() - place);
                // What was looked at behind it goes on counting.
                start = known + place + 1;
                known = last + 1;
            }
        }
    }
}

/// The length of the run at the start, over the line breaks of wrapped Base64.
fn run(bytes: &[u8]) -> usize {
    let mut length = 0;
    let mut line = 0;
    while let Some(byte) = bytes.get(length) {
        if is_digit(*byte) {
            length += 1;
            line += 1;
        } else if line >= 60
            && matches!(byte, b'\n' | b'\r')
            && bytes
                .get(length + 1)
                .is_some_and(|next| is_digit(*next) || *next == b'\n')
        {
            length += 1;
            line = if *byte == b'\r' { line } else { 0 };
        } else {
            break;
        }
    }
    length
}

/// Capitals and small letters together, or digits with letters: prose and numbers are neither.
fn looks_encoded(run: &[u8]) -> bool {
    count(run.len());
    any(run, CAPITALS) && (any(run, LETTERS - CAPITALS) || any(run, DIGITS))
}

fn decode(run: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(run.len().min(LONGEST) * 3 / 4);
    let (mut bits, mut count) = (0u32, 0);
    for value in run.iter().take(LONGEST).filter_map(|byte| value(*byte)) {
        bits = bits << 6 | value;
        count += 6;
        if count >= 8 {
            count -= 8;
            out.push((bits >> count & 0xff) as u8);
        }
    }
    out
}

/// The bytes as text, when nearly all of them are what text is made of.
fn readable(bytes: &[u8]) -> Option<&[u8]> {
    let text = match std::str::from_utf8(bytes) {
        Ok(text) => text,
        // The last character may be cut off.
        Err(error) if error.valid_up_to() + 4 > bytes.len() => {
            std::str::from_utf8(bytes.get(..error.valid_up_to())?).ok()?
        }
        Err(_) => return None,
    };
    let odd = text
        .bytes()
        .filter(|byte| byte.is_ascii_control() && !byte.is_ascii_whitespace())
        .count();
    (odd * 20 <= text.len()).then_some(text.as_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hidden(text: &str) -> Vec<String> {
        let mut found = Vec::new();
        let mut each = |text: &[u8]| found.push(String::from_utf8_lossy(text).into_owned());
        texts(text.as_bytes(), &mut each);
        found
    }

    #[test]
    fn finds_text_and_passes_over_everything_else() {
        assert_eq!(hidden("see MTIzLTQ1LTY3ODk= there"), ["123-45-6789"]);
        assert_eq!(
            hidden("TXkgU1NOIGlzIDA3OC0wNS0xMTIw"),
            ["My SSN is 078-05-1120"]
        );
        assert!(hidden("iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJ").is_empty());
        assert!(hidden("an ordinary sentence without anything hidden in it").is_empty());
        assert!(hidden("1234567890123456789012345678").is_empty());
    }
}
