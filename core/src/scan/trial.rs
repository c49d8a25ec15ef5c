//! A trial of the rules: what a chat with a text would be refused for.
//!
//! In scope: the body that asks for it, and the answer. Out of scope: who may ask. The text is not kept: there is no
//! `Debug`, and no error quotes it.

use super::Rules;
use crate::chat::Invalid;
use crate::message::Settings;
use crate::profile::Profile;
use serde::{Deserialize, Serialize};

/// The longest text, in bytes.
pub const TEXT_MAX: usize = 64 << 10;

/// The body of `POST /api/privacy/scan`.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Trial {
    /// The text to try.
    text: String,
    /// What a request would name: it adds to the tenant's.
    profile: Option<Profile>,
}

/// What was found.
#[derive(Debug, PartialEq, Eq, Serialize)]
pub struct Outcome {
    /// Kinds, then the tenant's patterns, each sorted by name.
    pub findings: Vec<Finding>,
    /// Whether such a request is refused.
    pub blocked: bool,
}

/// One kind or pattern that was found, however often.
#[derive(Debug, PartialEq, Eq, Serialize)]
pub struct Finding {
    /// Its name, as in `details.kinds` of a refusal.
    pub kind: String,
}

impl Trial {
    /// Scans the text as that of a request of this tenant.
    ///
    /// # Errors
    /// [`Invalid`] for a text that is too long.
    pub fn run(&self, settings: &Settings) -> Result<Outcome, Invalid> {
        if self.text.len() > TEXT_MAX {
            return Err(Invalid {
                path: "$.text".into(),
                message: "The text may be at most 65536 bytes of UTF-8".into(),
            });
        }
        let profiles = settings.profiles();
        let patterns = settings.privacy.patterns.as_slice();
        let rules = Rules {
            profiles: self
                .profile
                .map_or(profiles, |profile| profiles.with(profile)),
            patterns,
        };
        let found = rules.text(&self.text);
        let findings = found.names(patterns).into_iter();
        Ok(Outcome {
            findings: findings.map(|kind| Finding { kind }).collect(),
            blocked: !found.is_empty(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::privacy::Privacy;
    use crate::scan::Pattern;

    fn settings(profile: Option<Profile>) -> Settings {
        Settings {
            privacy: Privacy {
                patterns: vec![Pattern {
                    name: "badge".into(),
                    labels: vec!["badge no".into()],
                    shape: "A99".into(),
                }],
                profile,
                ..Privacy::default()
            },
            ..Settings::default()
        }
    }

    fn kinds(text: &str, profile: Option<Profile>, settings: &Settings) -> Vec<String> {
        let text = text.to_owned();
        let outcome = Trial { text, profile }.run(settings).unwrap();
        assert_eq!(outcome.blocked, !outcome.findings.is_empty());
        outcome.findings.into_iter().map(|it| it.kind).collect()
    }

    const TEXT: &str = "SSN 078-05-1120, badge no K17, mrn 00482913";

    #[test]
    fn the_profiles_of_tenant_and_trial_add_up_as_those_of_a_request() {
        let healthcare = ["mrn", "ssn", "pattern:badge"];
        let regulated = settings(Some(Profile::Healthcare));
        for profile in [None, Some(Profile::General), Some(Profile::Finance)] {
            assert_eq!(kinds(TEXT, profile, &regulated), healthcare);
        }
        assert!(kinds(TEXT, None, &settings(None)).is_empty());
        let finance = kinds(TEXT, Some(Profile::Finance), &settings(None));
        assert_eq!(finance, ["ssn", "pattern:badge"]);
        let operators = Settings {
            profile: Some(Profile::Legal),
            ..Settings::default()
        };
        assert_eq!(kinds(TEXT, None, &operators), ["ssn"]);
    }

    #[test]
    fn a_text_that_is_too_long_is_refused_by_its_field() {
        let trial = |length| Trial {
            text: "a".repeat(length),
            profile: None,
        };
        assert!(trial(TEXT_MAX).run(&Settings::default()).is_ok());
        let wrong = trial(TEXT_MAX + 1).run(&Settings::default()).unwrap_err();
        assert_eq!(wrong.path, "$.text");
    }
}
