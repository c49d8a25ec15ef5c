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
//! Size: an isolate loads all of it. So what is asked for in several places, and not for every token, is never in line.
//!
//! Out of scope: images and other media, which are refused; names and places without a label.

pub mod answer;
mod base64;
mod body;
mod checksum;
mod date;
mod dictionary;
mod escape;
pub mod guard;
mod hash;
mod kind;
mod label;
mod labels;
mod lexicon;
mod link;
mod network;
mod normal;
mod number;
mod pass;
mod pattern;
mod person;
mod phone;
mod place;
mod postal;
mod run;
mod segment;
mod sense;
mod shape;
mod spelling;
pub mod stage;
mod table;
mod token;
pub mod trial;
mod vicinity;
mod view;
mod wanted;
mod words;

#[cfg(test)]
mod tests;

pub use kind::{Kind, Kinds};
pub use pattern::Pattern;

use crate::profile::Profiles;
use pattern::Ready;
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

/// What is looked for: the kinds that profiles ask for, and under a regulated one a tenant's own patterns.
#[derive(Clone, Copy, Debug, Default)]
pub struct Rules<'r> {
    /// The profiles that apply.
    pub profiles: Profiles,
    /// The tenant's patterns, which can only add to what is found.
    pub patterns: &'r [Pattern],
}

/// What was found.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Found {
    /// Kinds of personal data.
    pub kinds: Kinds,
    /// The tenant's patterns: a bit for each place in its list.
    pub patterns: u32,
}

impl Found {
    /// Whether it is nothing.
    #[must_use]
    pub fn is_empty(self) -> bool {
        self == Self::default()
    }

    /// This and that.
    #[must_use]
    pub fn union(self, other: Self) -> Self {
        Self {
            kinds: self.kinds.union(other.kinds),
            patterns: self.patterns | other.patterns,
        }
    }

    /// The names of kinds, then those of `patterns` as `pattern:name`, each sorted.
    #[must_use]
    pub fn names(self, patterns: &[Pattern]) -> Vec<String> {
        let own = patterns.iter().enumerate();
        let own = own.filter(|(place, _)| self.patterns >> place & 1 == 1);
        let mut own: Vec<_> = own.map(|(_, it)| format!("pattern:{}", it.name)).collect();
        own.sort_unstable();
        own.dedup();
        let kinds = self.kinds.iter().map(|kind| kind.as_str().to_owned());
        kinds.chain(own).collect()
    }
}

impl Rules<'_> {
    /// What there is in one free text.
    #[must_use]
    pub fn text(self, text: &str) -> Found {
        let mut found = Found::default();
        if !self.profiles.is_regulated() {
            return found;
        }
        let asked = Kinds::asked_by(self.profiles);
        let patterns = Ready::new(self.patterns);
        layers(text, &mut |view, part| {
            scan(view, part, asked, &mut found.kinds);
            if part != Part::Tables {
                patterns.find(view, &mut found.patterns);
            }
        });
        found
    }

    /// What there is in a request body as it was sent: in every string, number and key, with keys as labels.
    ///
    /// # Errors
    /// [`Unscannable`], naming by JSON path what is not text, nests too deeply, or is not JSON.
    pub fn body(self, body: &[u8]) -> Result<Found, Unscannable> {
        if !self.profiles.is_regulated() {
            return Ok(Found::default());
        }
        body::flatten(body).map(|flat| self.text(&flat))
    }
}

/// The kinds of personal data in one free text that the profiles ask for.
#[must_use]
pub fn text(text: &str, profiles: Profiles) -> Kinds {
    let patterns = &[];
    Rules { profiles, patterns }.text(text).kinds
}

/// The kinds of personal data in a request body, as [`Rules::body`] finds them.
///
/// # Errors
/// [`Unscannable`], as there.
pub fn body(body: &[u8], profiles: Profiles) -> Result<Kinds, Unscannable> {
    let patterns = &[];
    let found = Rules { profiles, patterns }.body(body)?;
    Ok(found.kinds)
}

/// What is to be looked at in a text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Part {
    /// All of it.
    Whole,
    /// Everything but tables: it is a piece of a text.
    Piece,
    /// Tables, whose header may be far from what is in them.
    Tables,
}

/// What takes the texts there are, normalised.
type Each<'e> = &'e mut dyn FnMut(View<'_>, Part);

/// Calls `each` with the text, and with what it hides under escapes and Base64.
fn layers(text: &str, each: Each<'_>) {
    let needs = normal::needs(text.as_bytes());
    let normalised = normal::normal(text.as_bytes(), needs);
    let view = View(&normalised);
    each(view, Part::Whole);
    hidden(text, view, needs, each);
}

/// Calls `each` with what the text, which is `view` when normalised, hides under escapes and Base64.
fn hidden(text: &str, view: View<'_>, needs: normal::Needs, each: Each<'_>) {
    let mut deeper = |text: &[u8], part: Part| {
        let needs = normal::needs(text);
        each(View(&normal::normal(text, needs)), part);
    };
    base64::texts(view.0, &mut |text| deeper(text, Part::Whole));
    if !needs.unescaping {
        return;
    }
    let mut inner = escape::unescaped(text.as_bytes());
    for _ in 0..MAX_ESCAPES {
        let Some(text) = inner else { return };
        let pieces = text.pieces();
        let whole = pieces.iter().map(ExactSizeIterator::len).sum::<usize>() * 4 / 3;
        if whole >= text.bytes.len() {
            deeper(&text.bytes, Part::Whole);
            base64::texts(&text.bytes, &mut |text| deeper(text, Part::Whole));
        } else {
            for table in text.tables() {
                deeper(text.bytes.get(table).unwrap_or_default(), Part::Tables);
            }
            for piece in pieces {
                let piece = text.bytes.get(piece).unwrap_or_default();
                deeper(piece, Part::Piece);
                base64::texts(piece, &mut |text| deeper(text, Part::Whole));
            }
        }
        inner = text.unescaped();
    }
}

fn scan(view: View<'_>, part: Part, asked: Kinds, found: &mut Kinds) {
    let mut report = |kind: Kind, _start: usize, _end: usize| {
        if asked.contains(kind) {
            found.insert(kind);
        }
    };
    if part != Part::Tables {
        pass::run(view, asked, &mut report);
    }
    if part != Part::Piece {
        table::read(view, &mut report);
    }
}
