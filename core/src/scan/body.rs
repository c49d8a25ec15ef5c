//! A JSON body as it was sent, made into one text in which keys are labels.
//!
//! It is read by hand, not through a parser that keeps one of two fields of a name: every string,
//! number and key is scanned. What cannot be scanned is refused by JSON path.

use super::Unscannable;
use super::escape::hexadecimal;
use super::normal::ends_string;
use crate::chat::json::MAX_DEPTH;
use crate::chat::path::Path;

/// Keys whose values are prose, or have meanings of their own: they are no labels.
const PROSE: &str = "content text role type model systemPrompt system input prompt arguments stop description \
    instructions messages";
/// Other names that a path may show.
const KNOWN: &str = "tools function parameters metadata tool_calls response_format schema user";
/// Values of `role` and `type` that say nothing.
const WORDS: &str =
    "user assistant system tool text function developer object string number array boolean";
/// Parts of a message's content that are text.
const READABLE: &str = "text input_text output_text refusal tool_use tool_result thinking function function_call \
    function_call_output message reasoning";
/// Fields of a part that hold what cannot be scanned.
const MEDIA: &str = "image_url input_audio audio file image source video video_url file_data file_id audio_url \
    document input_image";

/// The reader of a body. Its steps give `None` when the body must be refused; `fault` says why, if not because it
/// is no JSON.
struct Reader<'b> {
    text: &'b str,
    at: usize,
    out: String,
    /// The texts of the parts of one message, and how many.
    parts: Option<(String, usize)>,
    joined: String,
    fault: Option<Unscannable>,
}

/// Where a value stands.
#[derive(Clone, Copy)]
struct Place<'p> {
    path: &'p Path<'p>,
    key: &'p str,
    depth: usize,
    /// An entry of a message's `content`.
    part: bool,
    /// Inside messages or input: what is not text is media.
    conversation: bool,
}

/// The body as text: keys with their values in lines, then the texts that were split over parts.
pub(super) fn flatten(body: &[u8]) -> Result<String, Unscannable> {
    let not_json = || Unscannable {
        path: "$".to_owned(),
        message: NOT_JSON,
    };
    let mut reader = Reader {
        text: std::str::from_utf8(body).map_err(|_| not_json())?,
        at: 0,
        out: String::with_capacity(body.len()),
        parts: None,
        joined: String::new(),
        fault: None,
    };
    let root = Place {
        path: &Path::ROOT,
        key: "",
        depth: 0,
        part: false,
        conversation: false,
    };
    let read = reader.value(root).is_some();
    if !read || reader.token() != 0 || reader.at < body.len() {
        return Err(reader.fault.unwrap_or_else(not_json));
    }
    if !reader.joined.is_empty() {
        reader.out.push_str("\n\n\n\n");
        reader.out.push_str(&reader.joined);
    }
    Ok(reader.out)
}

const NOT_JSON: &str = "the body is not valid JSON, so it cannot be scanned for personal data";
const MEDIA_MESSAGE: &str = "only text can be scanned for personal data, so nothing else is taken under a regulated profile";
const TOKENS_MESSAGE: &str =
    "tokens cannot be scanned for personal data; send text under a regulated profile";
const DEEP: &str = "is nested too deeply to be scanned for personal data";

/// Whether it is one of the words, with blanks between them: to the letter, since names in JSON are.
#[inline(never)]
fn is_among(words: &str, word: &str) -> bool {
    words
        .as_bytes()
        .split(|byte| *byte == b' ')
        .any(|it| it == word.as_bytes())
}

/// The name as a path may show it: one of the API's own. Any other may be the caller's data.
fn shown(key: &str) -> &str {
    let known = is_among(PROSE, key) || is_among(MEDIA, key) || is_among(KNOWN, key);
    if known { key } else { "*" }
}

impl<'b> Reader<'b> {
    fn peek(&self) -> u8 {
        self.text.as_bytes().get(self.at).copied().unwrap_or(0)
    }

    /// The next byte that is not blank.
    fn token(&mut self) -> u8 {
        while matches!(self.peek(), b' ' | b'\t' | b'\n' | b'\r') {
            self.at += 1;
        }
        self.peek()
    }

    fn rest(&self) -> &'b [u8] {
        self.text.as_bytes().get(self.at..).unwrap_or_default()
    }

    #[cold]
    #[inline(never)]
    fn refuse(&mut self, path: &Path<'_>, message: &'static str) -> Option<()> {
        self.fault = Some(Unscannable {
            path: path.to_string(),
            message,
        });
        None
    }

    fn value(&mut self, place: Place<'_>) -> Option<()> {
        match self.token() {
            b'{' => self.object(place),
            b'[' => self.array(place),
            b'"' => {
                let text = self.string()?;
                self.keep(place, &text)
            }
            byte @ (b't' | b'f' | b'n') => {
                self.lonely(place.key);
                self.literal(match byte {
                    b't' => b"true",
                    b'f' => b"false",
                    _ => b"null",
                })
            }
            _ => self.number(place),
        }
    }

    fn literal(&mut self, word: &[u8]) -> Option<()> {
        self.rest().strip_prefix(word)?;
        self.at += word.len();
        Some(())
    }

    fn number(&mut self, place: Place<'_>) -> Option<()> {
        let digit = |byte: &u8| matches!(byte, b'0'..=b'9' | b'-' | b'+' | b'.' | b'e' | b'E');
        let length = self.rest().iter().take_while(|byte| digit(byte)).count();
        let text = self.text.get(self.at..self.at + length)?;
        if text.is_empty() {
            return None;
        }
        self.at += length;
        if place.part && matches!(place.key, "input" | "prompt") {
            return self.refuse(place.path, TOKENS_MESSAGE);
        }
        let text = text.strip_prefix('-').unwrap_or(text);
        self.line(place.key, text);
        let mut room = [b'0'; 20];
        let whole = whole(text.as_bytes(), &mut room);
        if let Some(whole) = whole.and_then(|digits| std::str::from_utf8(digits).ok()) {
            self.line(place.key, whole);
        }
        Some(())
    }

    /// Writes a line, with the key as its label unless that says nothing of the value.
    #[inline(never)]
    fn line(&mut self, key: &str, text: &str) {
        if !key.is_empty() && !is_among(PROSE, key) {
            self.write(key);
            self.write(": ");
        }
        self.write(text);
        self.write("\n");
    }

    // Not in line: it is asked for in many places.
    #[inline(never)]
    fn write(&mut self, text: &str) {
        self.out.push_str(text);
    }

    /// Writes a key whose value says nothing, if it may itself be somebody's: it is no label of what follows.
    fn lonely(&mut self, key: &str) {
        let value = |byte: u8| byte.is_ascii_digit() || byte == b'@' || !byte.is_ascii();
        if key.bytes().any(value) {
            self.write("\n\n\n");
            self.write(key);
            self.write("\n\n\n");
        }
    }

    fn keep(&mut self, place: Place<'_>, text: &str) -> Option<()> {
        let kind = place.key == "type";
        if place.part && kind && place.conversation && !is_among(READABLE, text) {
            return self.refuse(place.path, MEDIA_MESSAGE);
        }
        if (kind || place.key == "role") && is_among(WORDS, text) {
            return Some(());
        }
        if place.key == "text"
            && let Some((parts, count)) = &mut self.parts
        {
            parts.push_str(text);
            *count += 1;
        }
        self.line(place.key, text);
        Some(())
    }

    /// After an entry: whether another one follows, or else that `close` did.
    fn goes_on(&mut self, close: u8) -> Option<bool> {
        let byte = self.token();
        self.at += 1;
        (byte == b',' || byte == close).then_some(byte == b',')
    }

    /// Past an opening bracket: whether there is an entry.
    fn open(&mut self, place: Place<'_>, close: u8) -> Option<bool> {
        if place.depth >= MAX_DEPTH {
            self.refuse(place.path, DEEP)?;
        }
        self.at += 1;
        let empty = self.token() == close;
        if empty {
            self.lonely(place.key);
            self.at += 1;
        }
        Some(!empty)
    }

    fn array(&mut self, place: Place<'_>) -> Option<()> {
        let mut more = self.open(place, b']')?;
        let content = place.key == "content";
        let input = matches!(place.key, "input" | "prompt") && place.depth <= 2;
        let outer = content.then(|| self.parts.replace((String::new(), 0)));
        let mut index = 0;
        while more {
            let path = place.path.index(index);
            self.value(Place {
                path: &path,
                key: place.key,
                depth: place.depth + 1,
                part: content || input,
                conversation: place.conversation || input,
            })?;
            index += 1;
            more = self.goes_on(b']')?;
        }
        if let Some(outer) = outer
            && let Some((parts, count)) = std::mem::replace(&mut self.parts, outer)
            && count > 1
        {
            self.joined.push_str(&parts);
            self.joined.push_str("\n\n\n");
        }
        Some(())
    }

    fn object(&mut self, place: Place<'_>) -> Option<()> {
        let mut more = self.open(place, b'}')?;
        // The key over an object is a label of what is in it.
        if more && !place.key.is_empty() && !is_among(PROSE, place.key) {
            self.write(place.key);
            self.write("\n");
        }
        while more {
            if self.token() != b'"' {
                return None;
            }
            let key = self.string()?;
            if self.token() != b':' {
                return None;
            }
            self.at += 1;
            let path = place.path.field(shown(&key));
            let media = place.part && place.conversation && is_among(MEDIA, &key);
            if media && self.token() != b'n' {
                return self.refuse(&path, MEDIA_MESSAGE);
            }
            self.value(Place {
                path: &path,
                key: &key,
                depth: place.depth + 1,
                part: place.part && key == "type",
                conversation: place.conversation || key == "messages",
            })?;
            more = self.goes_on(b'}')?;
        }
        Some(())
    }

    /// Reads the string at the quote.
    fn string(&mut self) -> Option<String> {
        self.at += 1;
        let mut text = String::new();
        loop {
            let rest = self.rest();
            let length = rest.iter().position(|byte| ends_string(*byte))?;
            text.push_str(self.text.get(self.at..self.at + length)?);
            self.at += length + 1;
            match rest.get(length) {
                Some(b'"') => return Some(text),
                Some(b'\\') => text.push(self.escape()?),
                _ => return None,
            }
        }
    }

    fn escape(&mut self) -> Option<char> {
        let byte = self.peek();
        self.at += 1;
        Some(match byte {
            b'"' | b'\\' | b'/' => char::from(byte),
            b'b' => '\u{8}',
            b'f' => '\u{c}',
            b'n' => '\n',
            b'r' => '\r',
            b't' => '\t',
            b'u' => {
                let unit = self.unit()?;
                if (0xD800..0xDC00).contains(&unit) {
                    self.literal(b"\\u")?;
                    let low = self.unit()?;
                    if !(0xDC00..0xE000).contains(&low) {
                        return None;
                    }
                    return char::from_u32(0x10000 + ((unit - 0xD800) << 10) + (low - 0xDC00));
                }
                char::from_u32(unit)?
            }
            _ => return None,
        })
    }

    fn unit(&mut self) -> Option<u32> {
        let (unit, _) = hexadecimal(self.rest(), 4)?;
        self.at += 4;
        Some(unit)
    }
}

/// The digits of a whole number of 7 to 20 digits that is written with a full stop or an exponent:
/// 1.23456789e8 is a number of nine digits, too.
fn whole<'r>(text: &[u8], room: &'r mut [u8; 20]) -> Option<&'r [u8]> {
    // Digits after leading zeros, those of them before the full stop, and up to the last that is not 0.
    let (mut count, mut before, mut significant) = (0_i64, None, 0);
    let (mut exponent, mut negative, mut fraction) = (None::<i64>, false, 0);
    for byte in text {
        match (byte, &mut exponent) {
            (b'0'..=b'9', Some(value)) => *value = (*value * 10 + i64::from(byte - b'0')).min(999),
            (b'-', Some(_)) => negative = true,
            // Zeros after the full stop of 0.00123.
            (b'0', None) if count == 0 => fraction += i64::from(before.is_some()),
            (b'0', None) => count += 1,
            (b'1'..=b'9', None) => {
                *room.get_mut(usize::try_from(count).ok()?)? = *byte;
                count += 1;
                significant = count;
            }
            (b'.', None) => before = Some(count),
            (b'e' | b'E', None) => exponent = Some(0),
            _ => {}
        }
    }
    if before.is_none() && exponent.is_none() {
        return None;
    }
    let exponent = exponent.unwrap_or(0) * if negative { -1 } else { 1 };
    let length = before.unwrap_or(count) - fraction + exponent;
    ((7..=20).contains(&length) && (1..=length).contains(&significant))
        .then(|| room.get(..usize::try_from(length).ok()?))?
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whole_numbers_are_read_however_they_are_written() {
        for (text, digits) in [
            ("1.23456789e8", Some("123456789")),
            ("1.23456789E+8", Some("123456789")),
            ("12345678900e-2", Some("123456789")),
            ("123456789.0", Some("123456789")),
            ("0.0123456789e10", Some("123456789")),
            ("7e8", Some("700000000")),
            ("123456789", None),
            ("1.5e3", None),
            ("1234567.5", None),
            ("1e99999999999999999999", None),
            ("1e9223372036854775807", None),
            ("0e9", None),
            ("0.000", None),
            (".", None),
        ] {
            let mut room = [b'0'; 20];
            let read = whole(text.as_bytes(), &mut room);
            assert_eq!(read, digits.map(str::as_bytes), "{text}");
        }
    }
}
