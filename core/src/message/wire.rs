//! How messages are written: as JSON, and an admission in a short form, which takes a fraction of the time to
//! write, to carry and to read, since every request waits for it.
//!
//! The short form is lines: a tag of version and kind, then the values in a fixed order, integers in hexadecimal
//! (Wasm divides slowly, and limits of money have sixteen digits), an empty line for what is absent. It holds what is usual; a message with anything else in it is JSON. Who
//! is asked in the short form answers in it where it can.
//!
//! An object may meet a Worker of another release for seconds. One that does not know a tag says
//! [`UNKNOWN`], having done nothing, and is asked the same in JSON, whose fields are only ever added to.
//! So a change of a short form is a new tag. Ends of leases that are told by themselves are JSON, since nobody reads the
//! answer; those that go along with another message have a short form as well ([`super::along`]).

use super::{
    Admission, Admit, Ask, Call, Charge, Granted, Lease, LimitKind, LimitSource, LimitState,
    Principal, Reply, Settle, Want,
};
use crate::hexadecimal::digits;
use crate::id::{KeyId, RequestId};
use crate::key::{KeyHash, Kind};
use crate::metrics::log::Went;
use crate::money::NanoUsd;
use crate::privacy::Answers;
use crate::profile::Profiles;
use crate::role::{Permission, Role};
use core::fmt;
use serde::de::DeserializeOwned;

/// What an object answers to a message of a form that it does not know.
pub const UNKNOWN: &str = "?";

const ADMIT: &[u8; 2] = b"2a";
const ADMITTED: &[u8; 2] = b"2A";
/// Begins a settlement among the ends that go along.
const SETTLE: &[u8; 1] = b"s";
/// Its lease is of a model that is called with the tenant's own key.
const OWN: u64 = 1;
/// Its charge is an estimate.
const ESTIMATED: u64 = 2;

/// The limits of the short form, by their letter.
const LIMITS: [(u8, LimitSource, LimitKind); 8] = [
    (b'a', LimitSource::Tenant, LimitKind::Requests),
    (b'b', LimitSource::Tenant, LimitKind::Tokens),
    (b'c', LimitSource::Tenant, LimitKind::Concurrency),
    (b'd', LimitSource::Tenant, LimitKind::Spend),
    (b'e', LimitSource::Key, LimitKind::Requests),
    (b'f', LimitSource::Key, LimitKind::Tokens),
    (b'g', LimitSource::Key, LimitKind::Concurrency),
    (b'h', LimitSource::Key, LimitKind::Spend),
];
const ROLES: [(u8, Role); 4] = [
    (b'v', Role::Viewer),
    (b'd', Role::Developer),
    (b'a', Role::Admin),
    (b'o', Role::Owner),
];
const KINDS: [(u8, Kind); 2] = [(b'n', Kind::Standard), (b'p', Kind::Widget)];

/// Why a text is no message.
#[derive(Debug)]
pub enum Unreadable {
    /// Its form is not known here.
    Form,
    /// It has a form that is known, and does not keep to it.
    Value,
    /// It is not the JSON of a message.
    Json(serde_json::Error),
}

impl fmt::Display for Unreadable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Form => f.write_str("a form of message that is not known here"),
            Self::Value => f.write_str("a message that does not keep to its form"),
            Self::Json(error) => error.fmt(f),
        }
    }
}

impl core::error::Error for Unreadable {}

/// Which form a message has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// Lines.
    Short,
    /// JSON.
    Json,
}

/// Writes a call in the shortest form that holds it.
///
/// # Errors
/// When JSON cannot hold it, which no call is.
pub fn write_call(call: &Call) -> serde_json::Result<String> {
    let short = match call {
        Call::Admit(admit) => Lines::of_admit(admit),
        _ => None,
    };
    written(short, call)
}

/// Reads a call, and says in which form it was written.
///
/// # Errors
/// [`Unreadable::Form`] is answered with [`UNKNOWN`].
pub fn read_call(text: &[u8]) -> Result<(Call, Form), Unreadable> {
    if is_json(text) {
        return Ok((json(text)?, Form::Json));
    }
    let mut values = Values(Some(text));
    if values.exact() != Some(ADMIT) {
        return Err(Unreadable::Form);
    }
    let admit = values.admit().filter(|_| values.0.is_none());
    let admit = admit.ok_or(Unreadable::Value)?;
    Ok((Call::Admit(admit), Form::Short))
}

/// Writes an answer after `before`, in the form in which was asked if that holds it.
///
/// # Errors
/// When JSON cannot hold it, which no answer is.
pub fn write_reply(reply: &Reply, form: Form, before: &str) -> serde_json::Result<String> {
    let short = match (reply, form) {
        (Reply::Admitted(admission), Form::Short) => Lines::of_admission(admission, before),
        _ => None,
    };
    match short {
        Some(lines) => lines.finish(),
        None => Ok(before.to_owned() + &serde_json::to_string(reply)?),
    }
}

/// Reads an answer.
///
/// # Errors
/// [`Unreadable::Form`] for [`UNKNOWN`], too.
pub fn read_reply(text: &str) -> Result<Reply, Unreadable> {
    if is_json(text.as_bytes()) {
        return json(text.as_bytes());
    }
    let mut values = Values(Some(text.as_bytes()));
    if values.exact() != Some(ADMITTED) {
        return Err(Unreadable::Form);
    }
    let admission = values.admitted().filter(|_| values.0.is_none());
    admission.map(Reply::Admitted).ok_or(Unreadable::Value)
}

/// Writes the end of a lease that goes along with another message, in the shortest form that holds it.
///
/// # Errors
/// When JSON cannot hold it, which no call is.
pub fn write_end(end: &Call) -> serde_json::Result<String> {
    let short = match end {
        Call::Settle(settle) => Lines::of_settle(settle),
        _ => None,
    };
    written(short, end)
}

/// The short form of a call, or else its JSON.
fn written(short: Option<Lines>, call: &Call) -> serde_json::Result<String> {
    match short {
        Some(lines) => lines.finish(),
        None => serde_json::to_string(call),
    }
}

/// The same end as JSON, in which it can be told by itself. What is no end stays as it is.
#[must_use]
pub fn end_as_json(end: String) -> String {
    let mut values = Values(Some(end.as_bytes()));
    if values.exact() != Some(SETTLE) {
        return end;
    }
    let settle = values.settle().filter(|_| values.0.is_none());
    let json = settle.and_then(|it| serde_json::to_string(&Call::Settle(it)).ok());
    json.unwrap_or(end)
}

/// Reads ends up to an empty line, and gives what follows it.
pub(super) fn read_ends(text: &[u8]) -> Result<(Vec<Call>, &[u8]), Unreadable> {
    let mut values = Values(Some(text));
    let mut ends = Vec::new();
    while let Some(line) = values.line() {
        if line.is_empty() {
            break;
        }
        ends.push(if line == SETTLE {
            Call::Settle(values.settle().ok_or(Unreadable::Value)?)
        } else {
            json(line)?
        });
    }
    Ok((ends, values.0.unwrap_or_default()))
}

fn is_json(text: &[u8]) -> bool {
    matches!(text.first(), Some(b'{' | b'"'))
}

fn json<T: DeserializeOwned>(text: &[u8]) -> Result<T, Unreadable> {
    serde_json::from_slice(text).map_err(Unreadable::Json)
}

/// A text in the making: `at` bytes of it are written, and there is room for more. What cannot be said in it is `None`.
struct Lines {
    text: Vec<u8>,
    at: usize,
}

impl Lines {
    fn with_room(bytes: usize) -> Self {
        Self {
            text: vec![0; bytes],
            at: 0,
        }
    }

    fn finish(self) -> serde_json::Result<String> {
        let Self { mut text, at } = self;
        text.truncate(at);
        // All that was written was text.
        String::from_utf8(text).map_err(serde::ser::Error::custom)
    }

    fn of_admit(admit: &Admit) -> Option<Self> {
        let Admit {
            ask,
            request,
            want,
            repeat: None,
            own: None,
            visitor: None,
        } = admit
        else {
            return None;
        };
        let Ask {
            key,
            needs: Permission::CallModels,
            model: Some(model),
            origin,
        } = ask
        else {
            return None;
        };
        let Want {
            input_tokens,
            output_cap,
            output_most,
            input_price,
            output_price,
            dearest_input,
            dearest_output,
        } = *want;
        let mut lines = Self::with_room(320);
        lines.put(*ADMIT);
        lines.line(*request.as_bytes());
        lines.line(key.digits());
        lines.text(model)?;
        lines.text(origin.as_deref().unwrap_or_default())?;
        lines.number(u64::from(input_tokens));
        lines.maybe(output_cap.map(u64::from));
        for number in [
            u64::from(output_most),
            input_price,
            output_price,
            dearest_input,
            dearest_output,
        ] {
            lines.number(number);
        }
        // An empty line is no origin.
        (origin.as_deref() != Some("")).then_some(lines)
    }

    fn of_settle(settle: &Settle) -> Option<Self> {
        let Settle {
            lease,
            charge,
            keep: None,
            went: Some(went),
        } = settle
        else {
            return None;
        };
        let Went {
            how,
            ms,
            first_ms,
            note,
            texts: None,
        } = went
        else {
            return None;
        };
        let Lease {
            request,
            key,
            model,
            admitted_ms,
            input_tokens,
            output_cap,
            cost,
            own,
        } = lease;
        let flags = if *own { OWN } else { 0 } | if charge.estimated { ESTIMATED } else { 0 };
        let mut lines = Self::with_room(320);
        lines.put(*SETTLE);
        lines.line(*request.as_bytes());
        lines.line(*key.as_bytes());
        lines.text(model)?;
        for number in [
            *admitted_ms,
            u64::from(*input_tokens),
            u64::from(*output_cap),
            cost.0,
            charge.input_tokens,
            charge.cached_tokens,
            charge.output_tokens,
            charge.cost.0,
            flags,
        ] {
            lines.number(number);
        }
        lines.text(how)?;
        lines.number(*ms);
        lines.maybe(*first_ms);
        lines.text(note)?;
        Some(lines)
    }

    fn of_admission(admission: &Admission, before: &str) -> Option<Self> {
        let Admission {
            principal,
            granted,
            limits,
            shadowed: None,
            own: None,
        } = admission
        else {
            return None;
        };
        let Principal {
            key,
            kind,
            role,
            profiles,
            answers: Answers::Off,
            patterns,
            models,
            own,
            texts: false,
        } = principal
        else {
            return None;
        };
        if !patterns.is_empty() || !models.is_empty() || !own.is_empty() {
            return None;
        }
        let Granted {
            admitted_ms,
            output_cap,
            cost,
        } = *granted;
        let mut lines = Self::with_room(before.len() + 96 + 48 * limits.len());
        lines.append(before.as_bytes());
        lines.put(*ADMITTED);
        lines.line(*key.as_bytes());
        lines.letter(KINDS.iter().find(|it| it.1 == *kind)?.0);
        lines.letter(ROLES.iter().find(|it| it.1 == *role)?.0);
        lines.number(u64::from(profiles.bits()));
        lines.number(admitted_ms);
        lines.number(u64::from(output_cap));
        lines.number(cost.0);
        for state in limits {
            let LimitState {
                kind,
                source,
                limit,
                window_s,
                remaining,
                spent,
                reset_ms,
            } = *state;
            let known = |it: &&(_, _, _)| it.1 == source && it.2 == kind;
            lines.letter(LIMITS.iter().find(known)?.0);
            for number in [limit, u64::from(window_s), remaining, spent, reset_ms] {
                lines.number(number);
            }
        }
        Some(lines)
    }

    /// Of a length that the compiler knows: a few stores.
    fn put<const N: usize>(&mut self, bytes: [u8; N]) {
        let room = self.text.get_mut(self.at..);
        if let Some(room) = room.and_then(<[u8]>::first_chunk_mut) {
            *room = bytes;
            self.at += N;
        } else {
            self.append(&bytes);
        }
    }

    fn append(&mut self, bytes: &[u8]) {
        let end = self.at + bytes.len();
        if self.text.len() < end {
            self.text.resize(2 * end, 0);
        }
        if let Some(room) = self.text.get_mut(self.at..end) {
            room.copy_from_slice(bytes);
            self.at = end;
        }
    }

    fn line<const N: usize>(&mut self, line: [u8; N]) {
        self.put([b'\n']);
        self.put(line);
    }

    fn letter(&mut self, letter: u8) {
        self.put([b'\n', letter]);
    }

    fn text(&mut self, text: &str) -> Option<()> {
        self.put([b'\n']);
        self.append(text.as_bytes());
        (!text.bytes().any(|byte| byte == b'\n')).then_some(())
    }

    fn maybe(&mut self, number: Option<u64>) {
        match number {
            Some(number) => self.number(number),
            None => self.put([b'\n']),
        }
    }

    /// Without the standard library's formatter, which takes longer than all the rest.
    fn number(&mut self, number: u64) {
        let half = |bits: u64| u32::try_from(bits & 0xffff_ffff).unwrap_or_default();
        let (lower, upper) = (half(number), half(number >> 32));
        let first = if upper == 0 { lower } else { upper };
        // Zero has one digit, too.
        let unused = (first.leading_zeros() / 4).min(7);
        let [a, b, c, d, e, f, g, h] = digits(first << (4 * unused));
        self.put([b'\n', a, b, c, d, e, f, g, h]);
        self.at -= unused as usize;
        if upper != 0 {
            self.put(digits(lower));
        }
    }
}

/// The lines after those that were read; `None` after the last one. What is no value of its place is `None`.
struct Values<'a>(Option<&'a [u8]>);

impl<'a> Values<'a> {
    fn line(&mut self) -> Option<&'a [u8]> {
        let text = self.0?;
        let end = text.iter().position(|byte| *byte == b'\n');
        let (line, rest) = text.split_at_checked(end.unwrap_or(text.len()))?;
        self.0 = rest.split_first().map(|(_, rest)| rest);
        Some(line)
    }

    /// A line of this length.
    fn exact<const N: usize>(&mut self) -> Option<&'a [u8; N]> {
        let (line, rest) = self.0?.split_first_chunk()?;
        self.0 = match rest {
            [] => None,
            [b'\n', rest @ ..] => Some(rest),
            _ => return None,
        };
        Some(line)
    }

    fn text(&mut self) -> Option<String> {
        let text = core::str::from_utf8(self.line()?).ok()?;
        Some(text.to_owned())
    }

    fn admit(&mut self) -> Option<Admit> {
        let request = RequestId::of_bytes(self.exact()?)?;
        let key = KeyHash::of_digits(self.exact()?)?;
        let model = self.text()?;
        let origin = self.text()?;
        Some(Admit {
            ask: Ask {
                key,
                needs: Permission::CallModels,
                model: Some(model),
                origin: (!origin.is_empty()).then_some(origin),
            },
            request,
            want: Want {
                input_tokens: self.number()?,
                output_cap: self.maybe()?,
                output_most: self.number()?,
                input_price: self.number()?,
                output_price: self.number()?,
                dearest_input: self.number()?,
                dearest_output: self.number()?,
            },
            repeat: None,
            own: None,
            visitor: None,
        })
    }

    fn settle(&mut self) -> Option<Settle> {
        let mut lease = Lease {
            request: RequestId::of_bytes(self.exact()?)?,
            key: KeyId::of_bytes(self.exact()?)?,
            model: self.text()?,
            admitted_ms: self.number()?,
            input_tokens: self.number()?,
            output_cap: self.number()?,
            cost: NanoUsd(self.number()?),
            own: false,
        };
        let mut charge = Charge {
            input_tokens: self.number()?,
            cached_tokens: self.number()?,
            output_tokens: self.number()?,
            cost: NanoUsd(self.number()?),
            estimated: false,
        };
        let flags: u64 = self.number()?;
        if flags > (OWN | ESTIMATED) {
            return None;
        }
        (lease.own, charge.estimated) = (flags & OWN != 0, flags & ESTIMATED != 0);
        let went = Went {
            how: self.text()?,
            ms: self.number()?,
            first_ms: self.maybe()?,
            note: self.text()?,
            texts: None,
        };
        Some(Settle {
            lease,
            charge,
            keep: None,
            went: Some(went),
        })
    }

    fn admitted(&mut self) -> Option<Admission> {
        let principal = Principal {
            key: KeyId::of_bytes(self.exact()?)?,
            kind: known(&KINDS, self.letter()?, |it| it.0)?.1,
            role: known(&ROLES, self.letter()?, |it| it.0)?.1,
            profiles: Profiles::of_bits(self.number()?),
            answers: Answers::Off,
            patterns: Vec::new(),
            models: Vec::new(),
            own: Vec::new(),
            texts: false,
        };
        let granted = Granted {
            admitted_ms: self.number()?,
            output_cap: self.number()?,
            cost: NanoUsd(self.number()?),
        };
        let mut limits = Vec::with_capacity(LIMITS.len());
        while self.0.is_some() {
            let (_, source, kind) = *known(&LIMITS, self.letter()?, |it| it.0)?;
            limits.push(LimitState {
                kind,
                source,
                limit: self.number()?,
                window_s: self.number()?,
                remaining: self.number()?,
                spent: self.number()?,
                reset_ms: self.number()?,
            });
        }
        Some(Admission {
            principal,
            granted,
            limits,
            shadowed: None,
            own: None,
        })
    }

    fn letter(&mut self) -> Option<u8> {
        let [letter] = self.exact()?;
        Some(*letter)
    }

    fn number<T: TryFrom<u64>>(&mut self) -> Option<T> {
        parse(self.line()?)
    }

    fn maybe<T: TryFrom<u64>>(&mut self) -> Option<Option<T>> {
        match self.line()? {
            [] => Some(None),
            digits => parse(digits).map(Some),
        }
    }
}

fn known<T>(table: &[T], letter: u8, of: impl Fn(&T) -> u8) -> Option<&T> {
    table.iter().find(|it| of(it) == letter)
}

/// An integer as this module writes it.
fn parse<T: TryFrom<u64>>(digits: &[u8]) -> Option<T> {
    let plain = matches!(digits, [b'0'] | [b'1'..=b'9' | b'a'..=b'f', ..]);
    if !plain || digits.len() > 16 {
        return None;
    }
    let mut number = 0_u64;
    for byte in digits {
        let digit = match byte {
            b'0'..=b'9' => byte - b'0',
            b'a'..=b'f' => byte - b'a' + 10,
            _ => return None,
        };
        number = number << 4 | u64::from(digit);
    }
    T::try_from(number).ok()
}

#[cfg(test)]
#[path = "wire_tests.rs"]
mod tests;
