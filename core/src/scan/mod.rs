//! The scanner for personal data: text in, kinds out.
//!
//! Purpose: under a regulated profile, to say which kinds of personal data a request or an answer
//! holds, and where in an answer. Made by hand: one pass, linear time, no regular expressions.
//!
//! How: a text is normalised if it has to be (`normal`, `escape`, `base64`). A pass over its
//! tokens (`pass`) recognises forms with check digits (`number`, `token`, `network`,
//! `place`) and labels (`label`) that are linked (`link`) to a value of the right shape
//! (`shape`). Rows under a header and fields of HL7 and X12 are labelled by their place (`table`,
//! `segment`). A body is made into such a text first (`body`).
//!
//! Rules: a bare run of digits is never enough; a label next to a plausible value is; a valid payment
//! card always counts. `docs/privacy.md` has kinds, evidence and sources.
//!
//! Out of scope: images and other media, which are refused; names and places without a label.

pub mod answer;
mod base64;
mod body;
mod checksum;
mod date;
mod escape;
pub mod guard;
mod kind;
mod label;
mod lexicon;
mod link;
mod network;
mod normal;
mod number;
mod pass;
mod person;
mod phone;
mod place;
mod postal;
mod segment;
mod shape;
pub mod stage;
mod table;
mod token;
mod view;
mod words;

#[cfg(test)]
mod tests;

pub use kind::{Kind, Kinds};

use crate::profile::Profiles;
use view::View;

/// Why a body cannot be scanned.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unscannable {
    /// JSON path of what cannot be scanned, `$` for the body as a whole.
    pub path: String,
    /// Why, without quoting the caller.
    pub message: &'static str,
}

/// Most times that escapes are taken off: `%2540` is `%40` is `@`.
const MAX_ESCAPES: usize = 3;

/// The kinds of personal data in one free text that the profiles ask for.
#[must_use]
pub fn text(text: &str, profiles: Profiles) -> Kinds {
    let asked = Kinds::asked_by(profiles);
    let mut found = Kinds::NONE;
    if !asked.is_empty() {
        layers(text, asked, &mut found);
    }
    found
}

/// The kinds of personal data in a request body as it was sent: in every string, number and key, with
/// keys as labels.
///
/// # Errors
/// [`Unscannable`], naming by JSON path what is not text, nests too deeply, or is not JSON.
pub fn body(body: &[u8], profiles: Profiles) -> Result<Kinds, Unscannable> {
    if !profiles.is_regulated() {
        return Ok(Kinds::NONE);
    }
    body::flatten(body).map(|flat| text(&flat, profiles))
}

/// Scans the text, and what it hides under escapes and Base64.
fn layers(text: &str, asked: Kinds, found: &mut Kinds) {
    let needs = normal::needs(text.as_bytes());
    let normalised = normal::normal(text, needs);
    let view = View(&normalised);
    scan(view, asked, found);
    hidden(text, view, needs, asked, found);
}

/// Scans what the text, which is `view` when normalised, hides under escapes and Base64.
fn hidden(text: &str, view: View<'_>, needs: normal::Needs, asked: Kinds, found: &mut Kinds) {
    let deeper = |text: &str, found: &mut Kinds| {
        let needs = normal::needs(text.as_bytes());
        scan(View(&normal::normal(text, needs)), asked, found);
    };
    base64::texts(view.0, &mut |text| deeper(text, found));
    if !needs.unescaping {
        return;
    }
    let mut inner = escape::unescaped(text.as_bytes());
    for _ in 0..MAX_ESCAPES {
        let Some(text) = inner else { return };
        deeper(&text, found);
        base64::texts(text.as_bytes(), &mut |text| deeper(text, found));
        inner = escape::unescaped(text.as_bytes());
    }
}

fn scan(view: View<'_>, asked: Kinds, found: &mut Kinds) {
    let mut report = |kind: Kind, _start: usize, _end: usize| {
        if asked.contains(kind) {
            found.insert(kind);
        }
    };
    pass::run(view, asked, &mut report);
    table::read(view, &mut report);
}
