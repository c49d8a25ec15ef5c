//! Escapes taken off: percent (RFC 3986), HTML entities, JSON's and its kin's backslashes, quoted-printable.

use super::normal::may_escape;
use super::view::{View, count, is_alnum, is_digit, is_letter};
use std::ops::Range;

/// How far around what was replaced a finding may reach, in bytes.
const CONTEXT: usize = 512;
/// How far back a line is looked for whose beginning may say what it is.
const LINE: usize = 4096;

/// Longest escape, in bytes, and more: `&#x0000041;`.
const LONGEST: usize = 16;

/// A text without its escapes.
pub(super) struct Unescaped {
    /// What it is now.
    pub(super) bytes: Vec<u8>,
    /// What was replaced, each in the order of the text and none touching the next.
    changed: Vec<Range<usize>>,
}

impl Unescaped {
    /// The same once more: an escape that was not there before has something in it that was replaced.
    pub(super) fn unescaped(&self) -> Option<Self> {
        replaced(&self.bytes, &self.changed)
    }

    /// The pieces around what was replaced: nothing outside them is not in the text before, too.
    pub(super) fn pieces(&self) -> Vec<Range<usize>> {
        let mut pieces: Vec<Range<usize>> = Vec::new();
        for changed in &self.changed {
            let most = (changed.end + CONTEXT).min(self.bytes.len());
            let done = pieces.last().map_or(0, |last| last.end);
            if changed.start <= done.saturating_add(CONTEXT)
                && let Some(last) = pieces.last_mut()
            {
                last.end = most;
                continue;
            }
            let least = changed.start.saturating_sub(CONTEXT).max(done);
            let before = self
                .bytes
                .get(least.saturating_sub(LINE).max(done)..least)
                .unwrap_or_default();
            count(before.len());
            let line = before
                .iter()
                .rposition(|byte| matches!(byte, b'\n' | b'\r' | b'~'));
            let start = match line {
                Some(place) => least - before.len() + place + 1,
                None if before.len() < LINE => least - before.len(),
                None => least,
            };
            pieces.push(start..most);
        }
        pieces
    }

    /// The tables around what was replaced: as far as there is a mark between cells in each line, and [`CONTEXT`] more
    /// on both sides. A header may be far from its rows, but there is no other line between.
    pub(super) fn tables(&self) -> Vec<Range<usize>> {
        let view = View(&self.bytes);
        let mut tables: Vec<Range<usize>> = Vec::new();
        // The end of the last lines with marks.
        let mut done = 0;
        for changed in &self.changed {
            if changed.end < done {
                continue;
            }
            let line_start = |at: usize| {
                let head = self.bytes.get(done..at).unwrap_or_default();
                let place = head.iter().rposition(|byte| *byte == b'\n');
                count(head.len() - place.unwrap_or(0));
                place.map_or(done, |place| done + place + 1)
            };
            let mut start = line_start(changed.start);
            // A line without marks is no row, and without parentheses nothing that SQL puts in.
            let (length, marks) = view.line(start);
            let line = view.slice(start, start + length);
            if marks == 0 && changed.end <= start + length && !line.contains(&b'(') {
                continue;
            }
            while start > done {
                let above = line_start(start - 1);
                if view.line(above).1 == 0 {
                    break;
                }
                start = above;
            }
            let mut end = changed.end + view.line(changed.end).0;
            while end < view.len() {
                let (length, marks) = view.line(end + 1);
                if marks == 0 {
                    break;
                }
                end += 1 + length;
            }
            done = end.min(view.len());
            let (least, most) = (
                start.saturating_sub(CONTEXT),
                (end + CONTEXT).min(view.len()),
            );
            match tables.last_mut() {
                Some(last) if least <= last.end => last.end = most,
                _ => tables.push(least..most),
            }
        }
        tables
    }
}

/// The text with its escapes replaced by what they stand for; `None` when it has none. Only those are looked for that
/// reach into one of the stretches, which are in the order of the text.
fn replaced(text: &[u8], stretches: &[Range<usize>]) -> Option<Unescaped> {
    let mut bytes = Vec::new();
    let mut changed: Vec<Range<usize>> = Vec::new();
    // Where to go on, and the end of the last escape: what is behind it is not copied yet.
    let (mut at, mut copied) = (0, 0);
    for stretch in stretches {
        at = at.max(stretch.start.saturating_sub(LONGEST));
        while let Some(ahead) = text.get(at..stretch.end) {
            let place = ahead.iter().position(|byte| may_escape(*byte));
            count(place.unwrap_or(ahead.len()));
            let Some(place) = place else { break };
            let start = at + place;
            let (first, after) = match text.get(start..) {
                Some([first, after @ ..]) => (*first, after),
                _ => break,
            };
            at = start + 1;
            let found = match first {
                b'%' | b'=' => hexadecimal(after, 2).map(|(value, left)| (Unit::Byte(value), left)),
                b'&' => entity(after),
                _ => backslash(after),
            };
            let Some((unit, left)) = found else { continue };
            if first == b'='
                && let Unit::Byte(value) = unit
            {
                // Right after another one, or before one, it is part of a character.
                let part = copied == start || left.starts_with(b"=");
                let quoted = value > 0x7F && (part || !is_value(View(text), start));
                if !quoted && value != 0x3D {
                    continue;
                }
            }
            bytes.extend_from_slice(text.get(copied..start).unwrap_or_default());
            let start = bytes.len();
            let mut room = [0; 4];
            let unit = match unit {
                Unit::Byte(value) => {
                    room[0] = u8::try_from(value).unwrap_or(b' ');
                    &room[..1]
                }
                Unit::Character(value) => {
                    let character = char::from_u32(value).unwrap_or(' ');
                    character.encode_utf8(&mut room).as_bytes()
                }
            };
            bytes.extend_from_slice(unit);
            match changed.last_mut() {
                Some(last) if last.end == start => last.end = bytes.len(),
                _ => changed.push(start..bytes.len()),
            }
            copied = text.len() - left.len();
            at = copied;
        }
    }
    if changed.is_empty() {
        return None;
    }
    bytes.extend_from_slice(text.get(copied..).unwrap_or_default());
    Some(Unescaped { bytes, changed })
}

/// The text with its escapes replaced by what they stand for; `None` when it has none.
pub(super) fn unescaped(text: &[u8]) -> Option<Unescaped> {
    replaced(text, std::slice::from_ref(&(0..text.len())))
}

/// Whether the two hexadecimal digits after the sign of equality at `at` are rather what a name has for its value:
/// `id=94704656`, `mac=c8:1f`. Those of quoted-printable are no small letters (RFC 2045 §6.7), and few of the bytes
/// that are digits alone are letters.
fn is_value(view: View<'_>, at: usize) -> bool {
    let (first, second, next) = (view.at(at + 1), view.at(at + 2), view.at(at + 3));
    let named = is_alnum(view.before(at)) || view.before(at) == b'_';
    let small = first > b'F' || second > b'F';
    let number = is_digit(first) && is_digit(second) && !is_letter(next);
    named && (small || number || is_digit(next))
}

enum Unit {
    Byte(u32),
    Character(u32),
}

/// The number that so many hexadecimal digits are, and what follows them.
#[inline(never)]
pub(super) fn hexadecimal(text: &[u8], count: usize) -> Option<(u32, &[u8])> {
    let (digits, rest) = text.split_at_checked(count)?;
    let value = digits.iter().try_fold(0u32, |value, digit| {
        char::from(*digit)
            .to_digit(16)
            .map(|digit| value * 16 + digit)
    })?;
    Some((value, rest))
}

/// What follows `&`: a number, or a name of those that separate or join.
fn entity(text: &[u8]) -> Option<(Unit, &[u8])> {
    // Each after what it stands for, 1 for what is invisible.
    const NAMES: &[u8] = b"&amp;<lt;>gt;\"quot;'apos; nbsp;\x01shy;\x01zwj;\x01zwnj;-hyphen;-dash;-ndash;-mdash;-minus;\
        @commat;.period;:colon;#num;(lpar;)rpar;/sol; ensp; emsp; thinsp;\tTab;\nNewLine;";
    let Some(number) = text.strip_prefix(b"#") else {
        return NAMES
            .split_inclusive(|byte| *byte == b';')
            .find_map(|entry| {
                let (value, name) = entry.split_first()?;
                let left = text.strip_prefix(name)?;
                Some((Unit::Character(u32::from(*value)), left))
            });
    };
    let (digits, radix) = match number {
        [b'x' | b'X', digits @ ..] => (digits, 16),
        digits => (digits, 10),
    };
    let mut value = 0u32;
    for (place, byte) in digits.iter().take(8).enumerate() {
        match char::from(*byte).to_digit(radix) {
            Some(digit) => value = value.checked_mul(radix)?.checked_add(digit)?,
            None if place == 0 => return None,
            None => {
                let used = place + usize::from(*byte == b';');
                return Some((Unit::Character(value), digits.get(used..)?));
            }
        }
    }
    let used = digits.len().min(8);
    (used > 0).then(|| Some((Unit::Character(value), digits.get(used..)?)))?
}

/// What follows a backslash: `u0031`, `u{31}`, `x31`, `n`, `"`.
fn backslash(text: &[u8]) -> Option<(Unit, &[u8])> {
    let (first, rest) = text.split_first()?;
    match first {
        b'u' => {
            if let Some(braced) = rest.strip_prefix(b"{") {
                let length = braced.iter().take(7).position(|byte| *byte == b'}')?;
                let (value, left) = hexadecimal(braced, length)?;
                return Some((Unit::Character(value), left.get(1..)?));
            }
            let (value, left) = hexadecimal(rest, 4)?;
            // A pair of surrogates is one character.
            if (0xD800..0xDC00).contains(&value)
                && let Some((low, left)) =
                    left.strip_prefix(b"\\u").and_then(|it| hexadecimal(it, 4))
                && (0xDC00..0xE000).contains(&low)
            {
                let pair = 0x10000 + ((value - 0xD800) << 10) + (low - 0xDC00);
                return Some((Unit::Character(pair), left));
            }
            Some((Unit::Character(value), left))
        }
        b'x' => {
            let (value, left) = hexadecimal(rest, 2)?;
            Some((Unit::Character(value), left))
        }
        b'n' | b'r' => Some((Unit::Character(0x0A), rest)),
        b't' => Some((Unit::Character(0x20), rest)),
        b'"' | b'/' | b'\\' | b'\'' | b'-' | b'.' | b'@' | b'_' | b'*' | b'|' => {
            Some((Unit::Character(u32::from(*first)), rest))
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn takes_escapes_off() {
        for (text, plain) in [
            ("john%40example.com", "john@example.com"),
            ("&#49;&#x32;3&nbsp;&commat;", "123 @"),
            (r"\u0031\x32\u{33}", "123"),
            (r#"{\"ssn\":\"1\"}"#, r#"{"ssn":"1"}"#),
            ("a%E2%80%8Bb", "a\u{200b}b"),
            ("=3D=E2=80=8B", "=\u{200b}"),
            ("a=E2=80=8B1=C3=A9", "a\u{200b}1\u{e9}"),
            (r"\ud835\udfcf", "\u{1d7cf}"),
        ] {
            let out = unescaped(text.as_bytes()).map(|it| it.bytes);
            assert_eq!(out.as_deref(), Some(plain.as_bytes()), "{text}");
        }
        let latin = unescaped(b"M=FCller, O=92Brien:=A01").map(|it| it.bytes);
        assert_eq!(latin.as_deref(), Some(&b"M\xFCller, O\x92Brien:\xA01"[..]));
        for text in [
            "100% sure",
            "a & b",
            r"\d{3}-\d{2}",
            "x=12",
            "",
            "nhs_number=94704656",
            "iban=DE17",
            "mac=c8:1f",
            "age=91 ok",
        ] {
            assert!(unescaped(text.as_bytes()).is_none(), "{text}");
        }
    }

    #[test]
    fn a_table_around_what_was_replaced_has_its_header() {
        let far = "plain text\n".repeat(100);
        let rows = "1,2\n".repeat(1000);
        let text = format!("{far}a,b\n{rows}%31,2\n{rows}{far}%41\nc,d\n{rows}3,%42\n{far}");
        let out = unescaped(text.as_bytes()).unwrap();
        let tables = out.tables();
        assert_eq!(tables.len(), 2);
        for (table, header) in tables.iter().zip(["a,b", "c,d"]) {
            let text = std::str::from_utf8(&out.bytes[table.clone()]).unwrap();
            assert!(text.contains(header), "{table:?}");
            assert!(text.len() < rows.len() * 2 + 2000, "{table:?}");
        }
    }

    #[test]
    fn the_pieces_are_around_what_was_replaced() {
        let far = "x".repeat(10_000);
        let text = format!("{far}\nNAME|%41|{far}%42%43");
        let out = unescaped(text.as_bytes()).unwrap();
        let pieces = out.pieces();
        assert_eq!(pieces.len(), 2);
        assert_eq!(pieces[0], 10_006 - CONTEXT..10_007 + CONTEXT);
        assert_eq!(pieces[1], out.bytes.len() - 2 - CONTEXT..out.bytes.len());
        let close = unescaped(b"a%41b%42c").unwrap();
        assert_eq!(close.pieces().first(), Some(&(0..5)));
    }
}
