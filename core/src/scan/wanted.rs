//! What is looked for in answers, and where it is.

use super::kind::{Kind, Kinds};
use super::pattern::Pattern;
use super::pattern::Ready;
use super::view::View;
use super::{Found, Part, Rules, hidden, normal, pass, scan, table};

/// What a value is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum What {
    Kind(Kind),
    /// The tenant's pattern at this place of its list.
    Pattern(usize),
}

/// A finding: what, start and end in bytes.
pub(super) type Span = (What, usize, usize);

/// What is looked for in answers, once made ready.
#[derive(Clone, Debug, Default)]
pub(super) struct Wanted {
    asked: Kinds,
    patterns: Ready,
    /// What stands for a value of each pattern.
    names: Vec<String>,
}

impl Wanted {
    pub(super) fn new(rules: Rules<'_>) -> Self {
        let asked = Kinds::asked_by(rules.profiles);
        let patterns = if asked.is_empty() {
            &[]
        } else {
            rules.patterns
        };
        let name = |pattern: &Pattern| format!("pattern:{}", pattern.name);
        Self {
            asked,
            patterns: Ready::new(patterns),
            names: patterns.iter().map(name).collect(),
        }
    }

    /// Whether nothing is looked for.
    pub(super) fn is_nothing(&self) -> bool {
        self.asked.is_empty()
    }

    /// What stands for a value.
    pub(super) fn name(&self, what: What) -> &str {
        match what {
            What::Kind(kind) => kind.as_str(),
            What::Pattern(place) => self.names.get(place).map_or("pattern", String::as_str),
        }
    }

    /// What is found in the text, and where.
    pub(super) fn spans(&self, text: &str) -> Vec<Span> {
        let needs = normal::needs(text.as_bytes());
        let (view, places) = normal::mapped(text, needs);
        let mut spans = Vec::new();
        let place = |at: usize| match &places {
            None => at,
            Some(places) => places.get(at).copied().unwrap_or(text.len()),
        };
        let mut add = |what: What, from: usize, to: usize| {
            // To the end of the last character, not to the start of the next one that was kept.
            let end = place(to.saturating_sub(1));
            let end = (end + 1..=text.len()).find(|it| text.is_char_boundary(*it));
            spans.push((what, place(from), end.unwrap_or(text.len())));
        };
        let view = View(&view);
        let asked = self.asked;
        let mut report = |kind: Kind, from: usize, to: usize| {
            if asked.contains(kind) {
                add(What::Kind(kind), from, to);
            }
        };
        pass::run(view, asked, &mut report);
        table::read(view, &mut report);
        self.patterns.report(view, &mut |place, from, to| {
            add(What::Pattern(place), from, to);
        });
        let mut deep = Found::default();
        hidden(text, view, needs, &mut |view, part| {
            scan(view, part, asked, &mut deep.kinds);
            if part != Part::Tables {
                self.patterns.find(view, &mut deep.patterns);
            }
        });
        let kinds = deep.kinds.iter().map(What::Kind);
        let patterns = (0..u32::BITS as usize).filter(|place| deep.patterns >> place & 1 == 1);
        let hidden: Vec<_> = kinds.chain(patterns.map(What::Pattern)).collect();
        for what in hidden {
            if !spans.iter().any(|(it, ..)| *it == what) {
                spans.push((what, 0, text.len()));
            }
        }
        spans
    }
}
