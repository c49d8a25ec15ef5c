//! Base64 in a text, decoded once: runs long enough to hide something that turn out to be text.

/// Shortest run looked at: eleven bytes, as long as a social security number with its dashes.
const SHORTEST: usize = 15;
/// Longest run decoded; what is longer is decoded up to here.
const LONGEST: usize = 1 << 20;

fn value(byte: u8) -> Option<u32> {
    Some(u32::from(match byte {
        b'A'..=b'Z' => byte - b'A',
        b'a'..=b'z' => byte - b'a' + 26,
        b'0'..=b'9' => byte - b'0' + 52,
        b'+' | b'-' => 62,
        b'/' | b'_' => 63,
        _ => return None,
    }))
}

/// Calls `each` with every text hidden in `bytes`.
pub(super) fn texts(bytes: &[u8], each: &mut dyn FnMut(&str)) {
    let mut rest = bytes;
    while !rest.is_empty() {
        let skipped = rest
            .iter()
            .take_while(|byte| value(**byte).is_none())
            .count();
        rest = rest.get(skipped..).unwrap_or_default();
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

/// The length of the run at the start, over the line breaks of wrapped Base64.
fn run(bytes: &[u8]) -> usize {
    let mut length = 0;
    let mut line = 0;
    while let Some(byte) = bytes.get(length) {
        if value(*byte).is_some() {
            length += 1;
            line += 1;
        } else if line >= 60
            && matches!(byte, b'\n' | b'\r')
            && bytes
                .get(length + 1)
                .is_some_and(|next| value(*next).is_some() || *next == b'\n')
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
    let upper = run.iter().any(u8::is_ascii_uppercase);
    let lower = run.iter().any(u8::is_ascii_lowercase);
    let digit = run.iter().any(u8::is_ascii_digit);
    upper && (lower || digit)
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
fn readable(bytes: &[u8]) -> Option<&str> {
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
    (odd * 20 <= text.len()).then_some(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hidden(text: &str) -> Vec<String> {
        let mut found = Vec::new();
        texts(text.as_bytes(), &mut |text| found.push(text.to_owned()));
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
