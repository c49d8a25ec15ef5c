//! How messages are written: as JSON, and an admission in a short form, which takes a fraction of the time to
//! write, to carry and to read, since every request waits for it.
//!
//! The short form is lines: a tag of version and kind, then the values in a fixed order, integers in hexadecimal
//! (Wasm divides slowly, and limits of money have sixteen digits), an empty line for what is absent. It holds what is usual; a message with anything else in it is JSON. Who
//! is asked in the short form answers in it where it can.
//!
//! An object may meet a Worker of another release for seconds. One that does not know a tag says
//! [`UNKNOWN`], having done nothing, and is asked the same in JSON, whose fields are only ever added to.
//! So a change of a short form is a new tag. Ends of leases, whose answer nobody reads, are JSON.

use super::{
    Admission, Admit, Ask, Call, Granted, LimitKind, LimitSource, LimitState, Principal, Reply,
    Want,
};
use crate::id::{KeyId, RequestId};
use crate::key::{KeyHash, Kind};
use crate::money::NanoUsd;
use crate::privacy::Answers;
use crate::profile::Profiles;
use crate::role::{Permission, Role};
use core::fmt;
use serde::de::DeserializeOwned;

/// What an object answers to a message of a form that it does not know.
pub const UNKNOWN: &str = "?";

const ADMIT: &str = "2a";
const ADMITTED: &str = "2A";

/// The limits of the short form, by their letter.
const LIMITS: [(&str, LimitSource, LimitKind); 8] = [
    ("a", LimitSource::Tenant, LimitKind::Requests),
    ("b", LimitSource::Tenant, LimitKind::Tokens),
    ("c", LimitSource::Tenant, LimitKind::Concurrency),
    ("d", LimitSource::Tenant, LimitKind::Spend),
    ("e", LimitSource::Key, LimitKind::Requests),
    ("f", LimitSource::Key, LimitKind::Tokens),
    ("g", LimitSource::Key, LimitKind::Concurrency),
    ("h", LimitSource::Key, LimitKind::Spend),
];
const ROLES: [(&str, Role); 4] = [
    ("v", Role::Viewer),
    ("d", Role::Developer),
    ("a", Role::Admin),
    ("o", Role::Owner),
];
const KINDS: [(&str, Kind); 2] = [("n", Kind::Standard), ("p", Kind::Widget)];

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
    let mut lines = Lines::default();
    let short = match call {
        Call::Admit(admit) => lines.admit(admit),
        _ => None,
    };
    match short {
        Some(()) => Ok(lines.0),
        None => serde_json::to_string(call),
    }
}

/// Reads a call, and says in which form it was written.
///
/// # Errors
/// [`Unreadable::Form`] is answered with [`UNKNOWN`].
pub fn read_call(text: &[u8]) -> Result<(Call, Form), Unreadable> {
    if is_json(text) {
        return Ok((json(text)?, Form::Json));
    }
    let text = core::str::from_utf8(text).map_err(|_| Unreadable::Form)?;
    let mut values = Values(text.split('\n'));
    let call = match values.0.next() {
        Some(ADMIT) => values.admit().map(Call::Admit),
        _ => return Err(Unreadable::Form),
    };
    values.end(call).map(|call| (call, Form::Short))
}

/// Writes an answer after `before`, in the form in which was asked if that holds it.
///
/// # Errors
/// When JSON cannot hold it, which no answer is.
pub fn write_reply(reply: &Reply, form: Form, before: &str) -> serde_json::Result<String> {
    let mut lines = Lines(before.to_owned());
    let short = match (reply, form) {
        (Reply::Admitted(admission), Form::Short) => lines.admitted(admission),
        _ => None,
    };
    if short.is_none() {
        lines.0.truncate(before.len());
        lines.0.push_str(&serde_json::to_string(reply)?);
    }
    Ok(lines.0)
}

/// Reads an answer.
///
/// # Errors
/// [`Unreadable::Form`] for [`UNKNOWN`], too.
pub fn read_reply(text: &str) -> Result<Reply, Unreadable> {
    if is_json(text.as_bytes()) {
        return json(text.as_bytes());
    }
    let mut values = Values(text.split('\n'));
    let reply = match values.0.next() {
        Some(ADMITTED) => values.admitted().map(Reply::Admitted),
        _ => return Err(Unreadable::Form),
    };
    values.end(reply)
}

fn is_json(text: &[u8]) -> bool {
    matches!(text.first(), Some(b'{' | b'"'))
}

fn json<T: DeserializeOwned>(text: &[u8]) -> Result<T, Unreadable> {
    serde_json::from_slice(text).map_err(Unreadable::Json)
}

/// A text in the making. What cannot be said in it is `None`.
#[derive(Default)]
struct Lines(String);

impl Lines {
    fn admit(&mut self, admit: &Admit) -> Option<()> {
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
        self.0.reserve(256);
        self.0.push_str(ADMIT);
        self.text(request.as_str())?;
        self.text(&key.to_hex())?;
        self.text(model)?;
        self.text(origin.as_deref().unwrap_or_default())?;
        self.number(u64::from(input_tokens));
        self.maybe(output_cap.map(u64::from));
        for number in [
            u64::from(output_most),
            input_price,
            output_price,
            dearest_input,
            dearest_output,
        ] {
            self.number(number);
        }
        // An empty line is no origin.
        (origin.as_deref() != Some("")).then_some(())
    }

    fn admitted(&mut self, admission: &Admission) -> Option<()> {
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
        self.0.reserve(96 + 40 * limits.len());
        self.0.push_str(ADMITTED);
        self.text(key.as_str())?;
        self.text(letter(&KINDS, |it| it.1 == *kind)?.0)?;
        self.text(letter(&ROLES, |it| it.1 == *role)?.0)?;
        self.number(u64::from(profiles.bits()));
        self.number(admitted_ms);
        self.number(u64::from(output_cap));
        self.number(cost.0);
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
            self.text(letter(&LIMITS, |it| it.1 == source && it.2 == kind)?.0)?;
            for number in [limit, u64::from(window_s), remaining, spent, reset_ms] {
                self.number(number);
            }
        }
        Some(())
    }

    fn text(&mut self, text: &str) -> Option<()> {
        self.0.push('\n');
        self.0.push_str(text);
        (!text.bytes().any(|byte| byte == b'\n')).then_some(())
    }

    fn maybe(&mut self, number: Option<u64>) {
        match number {
            Some(number) => self.number(number),
            None => self.0.push('\n'),
        }
    }

    /// Without the standard library's formatter, which takes longer than all the rest.
    fn number(&mut self, number: u64) {
        let digits = (u64::BITS - number.leading_zeros()).div_ceil(4).max(1);
        self.0.push('\n');
        for at in (0..digits).rev() {
            let digit = u32::try_from(number >> (4 * at) & 15).unwrap_or_default();
            self.0.push(char::from_digit(digit, 16).unwrap_or_default());
        }
    }
}

fn letter<T>(table: &[T], is: impl Fn(&&T) -> bool) -> Option<&T> {
    table.iter().find(is)
}

/// The lines after the tag. What is no value of its place is `None`.
struct Values<'a>(core::str::Split<'a, char>);

impl<'a> Values<'a> {
    /// What was read, if there is nothing else.
    fn end<T>(mut self, read: Option<T>) -> Result<T, Unreadable> {
        let rest = self.0.next();
        read.filter(|_| rest.is_none()).ok_or(Unreadable::Value)
    }

    fn admit(&mut self) -> Option<Admit> {
        let request = self.request()?;
        let hex = self.0.next()?;
        let key =
            KeyHash::from_hex(hex).filter(|_| !hex.bytes().any(|b| b.is_ascii_uppercase()))?;
        let model = self.0.next()?.to_owned();
        let origin = self.0.next()?;
        Some(Admit {
            ask: Ask {
                key,
                needs: Permission::CallModels,
                model: Some(model),
                origin: (!origin.is_empty()).then(|| origin.to_owned()),
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

    fn admitted(&mut self) -> Option<Admission> {
        let principal = Principal {
            key: self.key()?,
            kind: self.known(&KINDS, |it| it.0)?.1,
            role: self.known(&ROLES, |it| it.0)?.1,
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
        while let Some(name) = self.0.next() {
            let (_, source, kind) = *letter(&LIMITS, |it| it.0 == name)?;
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

    fn request(&mut self) -> Option<RequestId> {
        RequestId::parse(self.0.next()?).ok()
    }

    fn key(&mut self) -> Option<KeyId> {
        KeyId::parse(self.0.next()?).ok()
    }

    fn known<'t, T>(&mut self, table: &'t [T], name: impl Fn(&T) -> &str) -> Option<&'t T> {
        let wanted = self.0.next()?;
        table.iter().find(|it| name(it) == wanted)
    }

    fn number<T: TryFrom<u64>>(&mut self) -> Option<T> {
        parse(self.0.next()?)
    }

    fn maybe<T: TryFrom<u64>>(&mut self) -> Option<Option<T>> {
        match self.0.next()? {
            "" => Some(None),
            digits => parse(digits).map(Some),
        }
    }
}

/// An integer as this module writes it.
fn parse<T: TryFrom<u64>>(digits: &str) -> Option<T> {
    let plain = matches!(digits.len(), 1..=16) && (digits == "0" || !digits.starts_with('0'));
    if !plain {
        return None;
    }
    let mut number = 0_u64;
    for byte in digits.bytes() {
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
