//! A tenant's own privacy settings: its profile, what is done with findings in answers, its patterns.
//!
//! In scope: their form. Out of scope: what is found, and how ([`crate::scan`]).

use crate::chat::Invalid;
use crate::profile::{Profile, Profiles};
use crate::scan::Pattern;
use crate::scan::answer::Policy;
use serde::{Deserialize, Serialize};

/// The most patterns of a tenant.
pub const PATTERNS_MAX: usize = 20;
/// The most labels of a pattern.
pub const LABELS_MAX: usize = 10;
/// The longest name, label or shape, in characters.
pub const TEXT_MAX: usize = 60;

/// What a tenant sets for itself, over what the operator asks for.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Privacy {
    /// The tenant's profile; `None` leaves it to the operator's. What both ask for holds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub profile: Option<Profile>,
    /// What is done with personal data in a model's answer.
    #[serde(default, skip_serializing_if = "Answers::is_off")]
    pub answers: Answers,
    /// What else counts as personal data here.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub patterns: Vec<Pattern>,
    /// What is asked and answered is kept with the request log.
    #[serde(default, skip_serializing_if = "core::ops::Not::not")]
    pub texts: bool,
}

impl Privacy {
    /// Whether nothing is set.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}

/// What is done with personal data in a model's answer.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Answers {
    /// Nothing: answers are not looked at.
    #[default]
    Off,
    /// It goes on, and is reported.
    Flag,
    /// The value is replaced by its kind.
    Redact,
    /// The answer ends there.
    Block,
}

impl Answers {
    /// What the scanner is to do with findings, if it looks at answers at all.
    #[must_use]
    pub fn policy(self) -> Option<Policy> {
        match self {
            Self::Off => None,
            Self::Flag => Some(Policy::Flag),
            Self::Redact => Some(Policy::Redact),
            Self::Block => Some(Policy::Block),
        }
    }

    /// Whether answers are not looked at.
    #[must_use]
    pub fn is_off(&self) -> bool {
        *self == Self::Off
    }
}

impl Privacy {
    /// Checks what the types cannot.
    ///
    /// # Errors
    /// [`Invalid`] with the path of the field.
    pub fn validate(&self) -> Result<(), Invalid> {
        if self.patterns.len() > PATTERNS_MAX {
            return Err(wrong("$.patterns".into(), "There are at most 20 patterns"));
        }
        let profiles = self.profile.into_iter();
        let profiles = profiles.fold(Profiles::default(), Profiles::with);
        if self.texts && profiles.is_regulated() {
            let message = "Texts are not kept under a regulated profile";
            return Err(wrong("$.texts".into(), message));
        }
        for (at, pattern) in self.patterns.iter().enumerate() {
            if pattern.labels.len() > LABELS_MAX {
                let path = format!("$.patterns[{at}].labels");
                return Err(wrong(path, "A pattern has at most 10 labels"));
            }
            let in_name = |c: char| c.is_alphanumeric() || matches!(c, ' ' | '_' | '-' | '.');
            if !pattern.name.chars().all(in_name) {
                let path = format!("$.patterns[{at}].name");
                let message = "A name has letters, digits, blanks, `_`, `-` and `.`";
                return Err(wrong(path, message));
            }
            let labels = pattern.labels.iter().map(|label| ("labels", label));
            let texts = [("name", &pattern.name), ("shape", &pattern.shape)];
            for (field, text) in texts.into_iter().chain(labels) {
                let length = text.chars().count();
                if length == 0 || length > TEXT_MAX || text.chars().any(char::is_control) {
                    let path = format!("$.patterns[{at}].{field}");
                    return Err(wrong(path, "This has 1 to 60 characters, none of control"));
                }
            }
            let begins = |label: &String| label.starts_with(char::is_alphanumeric);
            if !pattern.labels.iter().all(begins) {
                let path = format!("$.patterns[{at}].labels");
                return Err(wrong(path, "A label begins with a letter or a digit"));
            }
            let path = || format!("$.patterns[{at}].shape");
            pattern
                .specific()
                .map_err(|message| wrong(path(), message))?;
        }
        Ok(())
    }
}

impl Pattern {
    /// A shape that ordinary text is full of would refuse everything.
    fn specific(&self) -> Result<(), &'static str> {
        let shape = self.shape.as_bytes();
        let said = shape.iter().filter(|byte| byte.is_ascii_alphanumeric());
        if !self.shape.is_ascii() || !shape.iter().any(|byte| b"9AX".contains(byte)) {
            return Err(
                "A shape is ASCII, with a 9 for a digit, an A for a letter or an X for either",
            );
        }
        let digit = shape.iter().any(u8::is_ascii_digit);
        if self.labels.is_empty() && !(digit && said.count() >= 6) {
            return Err("Without labels a shape has at least 6 letters and digits, one a digit");
        }
        Ok(())
    }
}

fn wrong(path: String, message: &str) -> Invalid {
    Invalid {
        path,
        message: message.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_wrong_with_a_pattern_is_named() {
        let with = |json: &str| serde_json::from_str::<Privacy>(json).unwrap().validate();
        assert!(
            with(r#"{"patterns":[{"name":"badge","labels":["badge no"],"shape":"A99"}]}"#).is_ok()
        );
        for (json, path) in [
            (
                r#"{"patterns":[{"name":"","shape":"A"}]}"#,
                "$.patterns[0].name",
            ),
            (
                r#"{"patterns":[{"name":"a","shape":"\u0000"}]}"#,
                "$.patterns[0].shape",
            ),
            (
                r#"{"patterns":[{"name":"a:b","shape":"AAA999"}]}"#,
                "$.patterns[0].name",
            ),
            (
                r#"{"patterns":[{"name":"a","shape":"AAAAAA"}]}"#,
                "$.patterns[0].shape",
            ),
            (
                r#"{"patterns":[{"name":"a","labels":["a"],"shape":"--"}]}"#,
                "$.patterns[0].shape",
            ),
            (
                r#"{"patterns":[{"name":"a","labels":["-a"],"shape":"99"}]}"#,
                "$.patterns[0].labels",
            ),
            (
                r#"{"patterns":[{"name":"a","shape":"A","labels":[""]}]}"#,
                "$.patterns[0].labels",
            ),
            (r#"{"profile":"legal","texts":true}"#, "$.texts"),
        ] {
            assert_eq!(with(json).unwrap_err().path, path);
        }
        let many = Privacy {
            patterns: vec![
                Pattern {
                    name: "a".into(),
                    labels: vec![],
                    shape: "A".into()
                };
                21
            ],
            ..Privacy::default()
        };
        assert_eq!(many.validate().unwrap_err().path, "$.patterns");
    }
}
