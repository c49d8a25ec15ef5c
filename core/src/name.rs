//! Names that people give: to themselves, to passkeys, to teams.
//!
//! In scope: what may be stored and shown. Any script and any length up to 80 characters; never what would
//! make a line of text lie about itself. Out of scope: escaping, which every page does for itself, and
//! names that look alike: nothing is decided by a name.

use core::fmt;
use serde::{Deserialize, Serialize};

/// The longest name, in characters.
pub const MAX: usize = 80;

/// A name, trimmed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Name(String);

/// The text is no name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BadName;

impl fmt::Display for BadName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a name has 1 to 80 characters, none of them a control character")
    }
}

impl Name {
    /// Parses a name. White space around it is dropped.
    ///
    /// # Errors
    /// When it is empty or too long, shows nothing, or has characters that control how text is shown.
    pub fn parse(text: &str) -> Result<Self, BadName> {
        let text = text.trim();
        let fits = text.chars().count() <= MAX
            && !text.chars().any(controls)
            && text.chars().any(|c| !c.is_whitespace() && !joins(c));
        fits.then(|| Self(text.to_owned())).ok_or(BadName)
    }

    /// The name as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// Control characters, line and paragraph ends, marks that turn the direction of other text around
/// (Unicode Annex 9, explicit formatting), what shows nothing, and what stands for text that is not there.
fn controls(c: char) -> bool {
    c.is_control()
        || matches!(
            c,
            '\u{200B}' | '\u{2028}'..='\u{202E}' | '\u{2060}'..='\u{206F}' | '\u{FEFF}'
                | '\u{FFF9}'..='\u{FFFC}' | '\u{E0000}'..='\u{E007F}'
        )
}

/// What scripts need between letters, but which shows nothing by itself.
fn joins(c: char) -> bool {
    matches!(c, '\u{200C}'..='\u{200F}' | '\u{061C}' | '\u{00AD}' | '\u{034F}' | '\u{FE00}'..='\u{FE0F}')
}

impl TryFrom<String> for Name {
    type Error = BadName;

    fn try_from(text: String) -> Result<Self, BadName> {
        Self::parse(&text)
    }
}

impl From<Name> for String {
    fn from(name: Name) -> Self {
        name.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn any_script_is_a_name_and_html_is_text() {
        let longest = "é".repeat(80);
        for name in [
            "Ada",
            "李小龍",
            "محمد",
            "Νίκος",
            "<b>x</b>",
            "👩‍💻",
            "O'Neil & Söhne",
            "क्‍ष",
            &longest,
        ] {
            assert_eq!(Name::parse(name).unwrap().as_str(), name);
        }
        assert_eq!(Name::parse("  Ada \n").unwrap().as_str(), "Ada");
    }

    #[test]
    fn what_lies_about_itself_is_none() {
        let long = "x".repeat(81);
        for text in [
            "",
            "   ",
            "\u{200C}\u{200D}",
            "\u{200B}",
            "a\u{0}b",
            "a\nb",
            "a\u{202E}b",
            "a\u{2066}b",
            "a\u{2028}b",
            "\u{FEFF}a",
            "a\u{E0041}",
            &long,
        ] {
            assert_eq!(Name::parse(text), Err(BadName), "{text:?}");
        }
    }
}
