//! What a request is about, from its words: one pass over at most a few kilobytes.
//!
//! Points for code and for reasoning come from words ([`super::words`]), from signs that programs are
//! made of, and from numbers and the signs between them. Each counts once, however often it is there, so that length decides nothing.

use super::words::{SEED, Says, Seen, look_up, step};
use crate::catalog::Class;
use crate::chat::message::{Content, Message, Part, Role};
use crate::chat::request::ChatRequest;

/// What is read of the last thing that the user said: an instruction stands first or last.
const HEAD_BYTES: usize = 1_536;
const TAIL_BYTES: usize = 512;
/// What is read of the instructions.
const SYSTEM_BYTES: usize = 400;
/// Points that make a class.
const ENOUGH: u32 = 4;
/// The most that what was said before adds.
const MOST_BEFORE: u32 = 2;
/// The most that words of one point add.
const MOST_WEAK: u32 = 2;
/// From so many input tokens on, a plain chat is a long one.
pub(super) const LONG_TOKENS: u64 = 16_000;

/// The class of a request whose input has about so many tokens.
pub(super) fn of(request: &ChatRequest, tokens: u64) -> Class {
    let mut now = Points::default();
    let system = request
        .messages
        .iter()
        .find(|it| it.role == Role::System)
        .map(texts)
        .unwrap_or_default();
    let first = request.system_prompt.as_deref().into_iter().chain(system);
    now.read_within(first, SYSTEM_BYTES, 0);
    let last = request
        .messages
        .iter()
        .rposition(|it| it.role == Role::User);
    let (before, said) = request.messages.split_at(last.unwrap_or_default());
    now.read_within(
        said.first().map(texts).unwrap_or_default(),
        HEAD_BYTES,
        TAIL_BYTES,
    );
    let (mut code, mut reasoning) = now.sums();
    if code < ENOUGH && reasoning < ENOUGH {
        let mut earlier = Points::default();
        for message in before.iter().rev().take(2) {
            if message.role != Role::System {
                earlier.read_within(texts(message), SYSTEM_BYTES, 0);
            }
        }
        let (of_code, of_reasoning) = earlier.sums();
        code += (of_code / 4).min(MOST_BEFORE);
        reasoning += (of_reasoning / 4).min(MOST_BEFORE);
    }
    if code >= ENOUGH && code >= reasoning {
        Class::Code
    } else if reasoning >= ENOUGH {
        Class::Reasoning
    } else if tokens >= LONG_TOKENS {
        Class::Long
    } else {
        Class::Chat
    }
}

/// The texts of a message.
fn texts(message: &Message) -> Vec<&str> {
    match &message.content {
        Content::None => Vec::new(),
        Content::Text(text) => vec![text],
        Content::Parts(parts) => parts.iter().filter_map(text_of).collect(),
    }
}

fn text_of(part: &Part) -> Option<&str> {
    match part {
        Part::Text(text) => Some(text),
        Part::Image { .. } => None,
    }
}

/// Signs that programs are made of.
const SIGNS: [&[u8; 2]; 16] = [
    b"=>", b"->", b"::", b"&&", b"||", b"!=", b"==", b"+=", b"()", b"[]", b"{}", b"</", b"/>",
    b");", b"--", b"$(",
];

/// The points of what was read.
struct Points {
    seen: Seen,
    code: u32,
    reasoning: u32,
    /// Words of one point: any long text has some.
    weak: (u32, u32),
    /// Which of [`SIGNS`].
    signs: u16,
    fenced: bool,
    /// Names with a hump or an underscore inside.
    names: u32,
    /// Lines that end as lines of programs do.
    lines: u32,
    numbers: u32,
    percents: u32,
    /// Between a number or letter and another: `^`, `=`, `+`, `*`; signs of mathematics.
    operators: u32,
    asked: bool,
    /// Words that ask for something else.
    elsewhere: u32,
}

impl Default for Points {
    fn default() -> Self {
        Self {
            seen: Seen::new(),
            code: 0,
            reasoning: 0,
            weak: (0, 0),
            signs: 0,
            fenced: false,
            names: 0,
            lines: 0,
            numbers: 0,
            percents: 0,
            elsewhere: 0,
            operators: 0,
            asked: false,
        }
    }
}

/// What stands in the text at a place.
#[derive(Clone, Copy, PartialEq, Eq)]
enum At {
    /// A letter of a word, or a digit.
    Word,
    /// A Chinese or Japanese character, of three bytes.
    Character,
    Other,
}

fn at(byte: u8) -> At {
    match byte {
        b'0'..=b'9' | b'a'..=b'z' | b'A'..=b'Z' | 0xc3..=0xdf => At::Word,
        0xe3..=0xe9 => At::Character,
        _ => At::Other,
    }
}

impl Points {
    /// Reads texts: so much of the beginning, and so much of the end of the last.
    fn read_within<'a>(
        &mut self,
        texts: impl IntoIterator<Item = &'a str>,
        mut head: usize,
        tail: usize,
    ) {
        for text in texts {
            let bytes = text.as_bytes();
            let (first, rest) = bytes.split_at(head.min(bytes.len()));
            head -= first.len();
            self.read(first);
            let (_, last) = rest.split_at(rest.len().saturating_sub(tail));
            self.read(last);
        }
    }

    fn read(&mut self, text: &[u8]) {
        let mut rest = text;
        let mut previous = 0;
        // The hash of the word before, to which the next is added; of the character before.
        let (mut pair, mut character): (Option<u32>, &[u8]) = (None, &[]);
        while let Some((&byte, after)) = rest.split_first() {
            match at(byte) {
                At::Word => {
                    let (word, after) = split_word(rest);
                    let hash = word.iter().fold(SEED, |hash, byte| step(hash, *byte));
                    self.meet(hash);
                    if let Some(before) = pair {
                        self.meet(word.iter().fold(step(before, b' '), |h, b| step(h, *b)));
                    }
                    if previous == b'.' {
                        self.meet(word.iter().fold(step(SEED, b'.'), |h, b| step(h, *b)));
                    }
                    self.name(word, previous);
                    pair = Some(hash);
                    previous = word.last().copied().unwrap_or_default();
                    rest = after;
                    continue;
                }
                At::Character => {
                    let (this, after) = rest.split_at(rest.len().min(3));
                    let both = character.iter().chain(this);
                    self.meet(both.fold(SEED, |hash, byte| step(hash, *byte)));
                    character = this;
                    previous = byte;
                    rest = after;
                    continue;
                }
                At::Other if byte == b' ' => {}
                At::Other => self.sign(byte, previous, after),
            }
            if byte == b'\n' || byte == b'.' {
                pair = None;
            }
            if byte != b'\n' || previous != b'\n' {
                previous = byte;
            }
            rest = after;
        }
    }

    fn meet(&mut self, hash: u32) {
        let Some((place, says)) = look_up(hash) else {
            return;
        };
        if !self.seen.first(place) {
            return;
        }
        match says {
            Says::Points(1, 0) => self.weak.0 += 1,
            Says::Points(0, 1) => self.weak.1 += 1,
            Says::Points(code, reasoning) => {
                self.code += code;
                self.reasoning += reasoning;
            }
            Says::Number => self.numbers += 1,
            Says::Elsewhere => self.elsewhere += 1,
        }
    }

    /// A word as a number, or as a name in a program.
    fn name(&mut self, word: &[u8], previous: u8) {
        if word.iter().all(u8::is_ascii_digit) {
            self.numbers += u32::from(previous != b'.');
            return;
        }
        let mut pairs = word.iter().zip(word.iter().skip(1));
        let hump = pairs.any(|(a, b)| a.is_ascii_lowercase() && b.is_ascii_uppercase());
        self.names += u32::from(hump || previous == b'_');
    }

    fn sign(&mut self, byte: u8, previous: u8, after: &[u8]) {
        let next = after.first().copied().unwrap_or(b'\n');
        for (index, sign) in SIGNS.iter().enumerate() {
            if **sign == [byte, next] {
                self.signs |= 1 << index;
            }
        }
        match byte {
            b'`' => self.fenced |= after.starts_with(b"``"),
            b';' | b'{' | b'}' if next == b'\n' => self.lines += 1,
            b':' | b')' if next == b'\n' && after.get(1) == Some(&b' ') => self.lines += 1,
            b'%' => self.percents += u32::from(previous.is_ascii_digit() || previous == b' '),
            b'^' | b'=' | b'+' | b'*' => {
                let touches = |other: u8| other == b' ' || other.is_ascii_alphanumeric();
                self.operators += u32::from(touches(previous) && touches(next));
            }
            // ² and ³, and the block of mathematical operators.
            0xc2 if matches!(next, 0xb2 | 0xb3) => self.operators += 2,
            0xe2 if matches!(next, 0x88 | 0x89) => self.operators += 2,
            b'?' => self.asked = true,
            _ => {}
        }
    }

    /// Points for code and for reasoning.
    fn sums(&self) -> (u32, u32) {
        let code = self.code
            + self.weak.0.min(MOST_WEAK)
            + if self.fenced { 6 } else { 0 }
            + (2 * self.signs.count_ones()).min(6)
            + self.names.min(4)
            + self.lines.min(4);
        let numbers = match self.numbers {
            0 | 1 => 0,
            2 => 1,
            3 | 4 => 2,
            _ => 3,
        };
        let mut reasoning =
            self.reasoning + self.weak.1.min(MOST_WEAK) + (2 * self.operators).min(4);
        // Numbers alone are in any text: they speak where something is asked of them.
        if reasoning > 0 {
            reasoning += numbers + self.percents.min(2) + u32::from(self.asked && self.numbers > 1);
        }
        let elsewhere = (2 * self.elsewhere).min(4);
        (
            code.saturating_sub(elsewhere),
            reasoning.saturating_sub(elsewhere),
        )
    }
}

/// A word at the beginning of a text, with the signs that end the names of two languages, and what follows.
fn split_word(text: &[u8]) -> (&[u8], &[u8]) {
    let mut end = 0;
    let mut letter = 0;
    for byte in text {
        let continues = match byte {
            // What follows the first byte of a letter that is not ASCII.
            0x80..=0xbf => letter >= 0x80,
            b'+' => end == 1 || letter == b'+' && end == 2,
            b'#' => end == 1,
            _ => at(*byte) == At::Word,
        };
        if !continues {
            break;
        }
        letter = *byte;
        end += 1;
    }
    text.split_at(end)
}
