//! A JSON body as it was sent, made into one text in which keys are labels.
//!
//! It is read by hand, not through a parser that keeps one of two fields of a name: every string,
//! number and key is scanned. What cannot be scanned is refused by JSON path.

use super::Unscannable;
use crate::chat::json::MAX_DEPTH;
use crate::chat::path::Path;

/// Keys whose values are prose, or have meanings of their own: they are no labels.
const PROSE: [&str; 14] = [
    "content",
    "text",
    "role",
    "type",
    "model",
    "systemPrompt",
    "system",
    "input",
    "prompt",
    "arguments",
    "stop",
    "description",
    "instructions",
    "messages",
];
/// Values of `role` and `type` that say nothing.
const WORDS: [&str; 12] = [
    "user",
    "assistant",
    "system",
    "tool",
    "text",
    "function",
    "developer",
    "object",
    "string",
    "number",
    "array",
    "boolean",
];
/// Parts of a message's content that are text.
const READABLE: [&str; 12] = [
    "text",
    "input_text",
    "output_text",
    "refusal",
    "tool_use",
    "tool_result",
    "thinking",
    "function",
    "function_call",
    "function_call_output",
    "message",
    "reasoning",
];
/// Fields of a part that hold what cannot be scanned.
const MEDIA: [&str; 13] = [
    "image_url",
    "input_audio",
    "audio",
    "file",
    "image",
    "source",
    "video",
    "video_url",
    "file_data",
    "file_id",
    "audio_url",
    "document",
    "input_image",
];

struct Reader<'b> {
    bytes: &'b [u8],
    at: usize,
    out: String,
    /// The texts of the parts of one message, and how many.
    parts: Option<(String, usize)>,
    joined: String,
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
    let mut reader = Reader {
        bytes: body,
        at: 0,
        out: String::with_capacity(body.len()),
        parts: None,
        joined: String::new(),
    };
    reader.blank();
    reader.value(Place {
        path: &Path::ROOT,
        key: "",
        depth: 0,
        part: false,
        conversation: false,
    })?;
    reader.blank();
    if reader.at < body.len() {
        return Err(not_json());
    }
    let joined = std::mem::take(&mut reader.joined);
    if !joined.is_empty() {
        reader.out.push_str("\n\n\n\n");
        reader.out.push_str(&joined);
    }
    Ok(reader.out)
}

#[cold]
fn not_json() -> Unscannable {
    Unscannable {
        path: "$".to_owned(),
        message: "the body is not valid JSON, so it cannot be scanned for personal data",
    }
}

#[cold]
fn unreadable(path: &Path<'_>, message: &'static str) -> Unscannable {
    Unscannable {
        path: path.to_string(),
        message,
    }
}

const MEDIA_MESSAGE: &str = "only text can be scanned for personal data, so nothing else is taken under a regulated profile";
const TOKENS_MESSAGE: &str =
    "tokens cannot be scanned for personal data; send text under a regulated profile";

impl<'b> Reader<'b> {
    fn peek(&self) -> u8 {
        self.bytes.get(self.at).copied().unwrap_or(0)
    }

    fn blank(&mut self) {
        while matches!(self.peek(), b' ' | b'\t' | b'\n' | b'\r') {
            self.at += 1;
        }
    }

    fn expect(&mut self, byte: u8) -> Result<(), Unscannable> {
        self.blank();
        if self.peek() != byte {
            return Err(not_json());
        }
        self.at += 1;
        Ok(())
    }

    fn value(&mut self, place: Place<'_>) -> Result<(), Unscannable> {
        match self.peek() {
            b'{' => self.object(place),
            b'[' => self.array(place),
            b'"' => {
                let text = self.string()?;
                self.keep(place, &text)
            }
            b't' => self.literal(b"true"),
            b'f' => self.literal(b"false"),
            b'n' => self.literal(b"null"),
            _ => self.number(place),
        }
    }

    fn literal(&mut self, word: &[u8]) -> Result<(), Unscannable> {
        let rest = self.bytes.get(self.at..).unwrap_or_default();
        if !rest.starts_with(word) {
            return Err(not_json());
        }
        self.at += word.len();
        Ok(())
    }

    fn number(&mut self, place: Place<'_>) -> Result<(), Unscannable> {
        let rest = self.bytes.get(self.at..).unwrap_or_default();
        let length = rest
            .iter()
            .take_while(|byte| matches!(byte, b'0'..=b'9' | b'-' | b'+' | b'.' | b'e' | b'E'))
            .count();
        let text = rest
            .get(..length)
            .filter(|text| !text.is_empty())
            .and_then(|text| std::str::from_utf8(text).ok())
            .ok_or_else(not_json)?;
        self.at += length;
        if place.part && matches!(place.key, "input" | "prompt") {
            return Err(unreadable(place.path, TOKENS_MESSAGE));
        }
        self.label(place.key);
        self.out.push_str(text.trim_start_matches('-'));
        self.out.push('\n');
        // 1.23456789e8 is a number of nine digits, too.
        if text.bytes().any(|byte| matches!(byte, b'.' | b'e' | b'E'))
            && let Ok(value) = text.parse::<f64>()
            && value.abs() < 1e20
            && value.abs() >= 1e6
            && value.fract() == 0.0
        {
            self.label(place.key);
            self.out.push_str(&format!("{:.0}\n", value.abs()));
        }
        Ok(())
    }

    /// Writes the key as a label, unless it says nothing of its value.
    fn label(&mut self, key: &str) {
        if !key.is_empty() && !PROSE.contains(&key) {
            self.out.push_str(key);
            self.out.push_str(": ");
        }
    }

    fn keep(&mut self, place: Place<'_>, text: &str) -> Result<(), Unscannable> {
        if place.part && place.key == "type" && place.conversation && !READABLE.contains(&text) {
            return Err(unreadable(place.path, MEDIA_MESSAGE));
        }
        if matches!(place.key, "role" | "type") && WORDS.contains(&text) {
            return Ok(());
        }
        if place.key == "text"
            && let Some((parts, count)) = &mut self.parts
        {
            parts.push_str(text);
            *count += 1;
        }
        self.label(place.key);
        self.out.push_str(text);
        self.out.push('\n');
        Ok(())
    }

    fn array(&mut self, place: Place<'_>) -> Result<(), Unscannable> {
        let depth = self.descend(place)?;
        let content = place.key == "content";
        let input = matches!(place.key, "input" | "prompt") && place.depth <= 2;
        let outer = content.then(|| self.parts.replace((String::new(), 0)));
        self.at += 1;
        self.blank();
        let mut index = 0;
        if self.peek() == b']' {
            self.at += 1;
        } else {
            loop {
                self.blank();
                let path = place.path.index(index);
                self.value(Place {
                    path: &path,
                    key: place.key,
                    depth,
                    part: content || input,
                    conversation: place.conversation || input,
                })?;
                index += 1;
                self.blank();
                match self.peek() {
                    b',' => self.at += 1,
                    b']' => {
                        self.at += 1;
                        break;
                    }
                    _ => return Err(not_json()),
                }
            }
        }
        if let Some(outer) = outer
            && let Some((parts, count)) = std::mem::replace(&mut self.parts, outer)
            && count > 1
        {
            self.joined.push_str(&parts);
            self.joined.push_str("\n\n\n");
        }
        Ok(())
    }

    fn descend(&self, place: Place<'_>) -> Result<usize, Unscannable> {
        if place.depth >= MAX_DEPTH {
            return Err(unreadable(
                place.path,
                "is nested too deeply to be scanned for personal data",
            ));
        }
        Ok(place.depth + 1)
    }

    fn object(&mut self, place: Place<'_>) -> Result<(), Unscannable> {
        let depth = self.descend(place)?;
        self.at += 1;
        self.blank();
        if self.peek() == b'}' {
            self.at += 1;
            return Ok(());
        }
        // The key over an object is a label of what is in it.
        if !place.key.is_empty() && !PROSE.contains(&place.key) {
            self.out.push_str(place.key);
            self.out.push('\n');
        }
        loop {
            self.blank();
            if self.peek() != b'"' {
                return Err(not_json());
            }
            let key = self.string()?;
            self.expect(b':')?;
            self.blank();
            let path = place.path.field(&key);
            let conversation = place.conversation || matches!(key.as_str(), "messages");
            let media = place.part && place.conversation && MEDIA.contains(&key.as_str());
            if media && self.peek() != b'n' {
                return Err(unreadable(&path, MEDIA_MESSAGE));
            }
            self.value(Place {
                path: &path,
                key: &key,
                depth,
                part: place.part && key == "type",
                conversation,
            })?;
            self.blank();
            match self.peek() {
                b',' => self.at += 1,
                b'}' => {
                    self.at += 1;
                    return Ok(());
                }
                _ => return Err(not_json()),
            }
        }
    }

    /// Reads the string at the quote.
    fn string(&mut self) -> Result<String, Unscannable> {
        self.at += 1;
        let mut text = String::new();
        loop {
            let rest = self.bytes.get(self.at..).unwrap_or_default();
            let length = rest
                .iter()
                .position(|byte| matches!(byte, b'"' | b'\\' | 0..0x20))
                .ok_or_else(not_json)?;
            let plain = rest
                .get(..length)
                .and_then(|it| std::str::from_utf8(it).ok());
            text.push_str(plain.ok_or_else(not_json)?);
            self.at += length + 1;
            match rest.get(length) {
                Some(b'"') => return Ok(text),
                Some(b'\\') => text.push(self.escape()?),
                _ => return Err(not_json()),
            }
        }
    }

    fn escape(&mut self) -> Result<char, Unscannable> {
        let byte = self.peek();
        self.at += 1;
        Ok(match byte {
            b'"' | b'\\' | b'/' => char::from(byte),
            b'b' => '\u{8}',
            b'f' => '\u{c}',
            b'n' => '\n',
            b'r' => '\r',
            b't' => '\t',
            b'u' => {
                let unit = self.unit()?;
                if (0xD800..0xDC00).contains(&unit)
                    && self.bytes.get(self.at..self.at + 2) == Some(b"\\u")
                {
                    self.at += 2;
                    let low = self.unit()?;
                    if !(0xDC00..0xE000).contains(&low) {
                        return Err(not_json());
                    }
                    let pair = 0x10000 + ((unit - 0xD800) << 10) + (low - 0xDC00);
                    return char::from_u32(pair).ok_or_else(not_json);
                }
                char::from_u32(unit).ok_or_else(not_json)?
            }
            _ => return Err(not_json()),
        })
    }

    fn unit(&mut self) -> Result<u32, Unscannable> {
        let digits = self.bytes.get(self.at..self.at + 4).ok_or_else(not_json)?;
        self.at += 4;
        digits.iter().try_fold(0, |value, digit| {
            let digit = char::from(*digit).to_digit(16).ok_or_else(not_json)?;
            Ok(value * 16 + digit)
        })
    }
}
