//! The log of requests: what happened to each. What was said in it is kept only for a tenant that wants it
//! ([`crate::texts`]).

use crate::calendar::DAY_MS;
use crate::error::Code;
use crate::id::RequestId;
use crate::lease::Charge;
use crate::limits::Plan;
use crate::texts::Texts;
use serde::{Deserialize, Serialize};

/// How a request ended when its answer was given whole.
pub const COMPLETE: &str = "complete";
/// How it ended when its caller left.
pub const CANCELLED: &str = "cancelled";
/// How it ended when nobody said anything any more.
pub const EXPIRED: &str = "expired";

/// How long the log of a tenant with this plan goes back, in ms, and how many rows it keeps at most.
#[must_use]
pub fn retention(plan: Option<Plan>) -> (u64, u32) {
    let (days, rows) = match plan {
        Some(Plan::Free) => (7, 2_000),
        Some(Plan::Pro) | None => (30, 20_000),
        Some(Plan::Scale | Plan::Enterprise) => (90, 100_000),
    };
    (days * DAY_MS, rows)
}

/// How a request went, besides what it used. The Worker says it with the last word on a lease.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Went {
    /// [`COMPLETE`], [`CANCELLED`] or an error's code.
    pub how: String,
    /// From arrival to the end of the answer, in ms.
    pub ms: u64,
    /// From arrival to the first content of a stream, in ms; `None` where the answer was no stream.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub first_ms: Option<u64>,
    /// What only the log keeps: see [`Note`].
    #[serde(skip_serializing_if = "String::is_empty")]
    pub note: String,
    /// What was asked and answered, where the tenant wants it kept. Nothing else reads it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub texts: Option<Box<Texts>>,
}

impl Went {
    /// How, as the log and the metrics name it.
    #[must_use]
    pub fn failed(code: Code) -> Self {
        Self {
            how: code.as_str().to_owned(),
            ..Self::default()
        }
    }
}

/// What the log keeps of a request that nothing counts. It travels as one short text that the object does
/// not read: parts in a fixed order with one space between, `-` for an empty one; later versions add to
/// the end.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Note {
    /// The HTTP status that was sent.
    pub status: u16,
    /// The route's path.
    pub route: String,
    /// The tag of `x-neureus-surface`.
    pub surface: String,
    /// The backend's name.
    pub backend: String,
    /// When the price was read, `YYYY-MM-DD`: the version of it that was charged.
    pub price: String,
    /// The limit that refused it, or would have.
    pub limit: String,
    /// How long steps took, in ms: finding the key, admission, the backend.
    pub steps_ms: [u64; 3],
    /// The tenant's own provider key was used.
    pub own_key: bool,
}

impl Note {
    /// As one text.
    #[must_use]
    pub fn render(&self) -> String {
        let mut text = self.status.to_string();
        for part in [
            &self.route,
            &self.surface,
            &self.backend,
            &self.price,
            &self.limit,
        ] {
            text.push(' ');
            if part.is_empty() {
                text.push('-');
            }
            text.extend(part.chars().filter(|c| *c != ' '));
        }
        for ms in self.steps_ms {
            text.push(' ');
            text.push_str(&ms.to_string());
        }
        if self.own_key {
            text.push_str(" own");
        }
        text
    }

    /// Reads it. What is missing is empty.
    #[must_use]
    pub fn parse(text: &str) -> Self {
        let mut parts = text.split(' ');
        let mut next = || parts.next().filter(|part| *part != "-").unwrap_or_default();
        Self {
            status: next().parse().unwrap_or_default(),
            route: next().to_owned(),
            surface: next().to_owned(),
            backend: next().to_owned(),
            price: next().to_owned(),
            limit: next().to_owned(),
            steps_ms: [(); 3].map(|()| next().parse().unwrap_or_default()),
            own_key: next() == "own",
        }
    }
}

/// A row of the log.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LogRow {
    /// When it was admitted or refused, in milliseconds since the Unix epoch.
    pub at_ms: u64,
    /// The request.
    pub request: RequestId,
    /// The key's id.
    pub key: String,
    /// The model's catalog id.
    pub model: String,
    /// How it went.
    pub went: Went,
    /// What was charged; `None` where nothing was.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub charge: Option<Charge>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_note_is_read_as_it_was_written() {
        let note = Note {
            status: 200,
            route: "/ai/chat".into(),
            surface: String::new(),
            backend: "sandbox".into(),
            price: "2026-11-01".into(),
            limit: "key-spend".into(),
            steps_ms: [0, 3, 800],
            own_key: false,
        };
        let text = "200 /ai/chat - sandbox 2026-11-01 key-spend 0 3 800";
        assert_eq!(note.render(), text);
        assert_eq!(Note::parse(text), note);
        let own = Note {
            own_key: true,
            ..note.clone()
        };
        assert_eq!(own.render(), format!("{text} own"));
        assert_eq!(Note::parse(&own.render()), own);
        assert_eq!(Note::parse(""), Note::default());
        assert_eq!(Note::parse("404 /x").route, "/x");
        let spaced = Note {
            surface: "a b".into(),
            ..note
        };
        assert_eq!(Note::parse(&spaced.render()).surface, "ab");
    }
}
