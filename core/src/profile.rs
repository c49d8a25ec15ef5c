//! Regulated profiles, and the scan stage that every request with content passes.
//!
//! In scope: which profiles apply, and whether a request may go on. Out of scope: how personal data is
//! recognised ([`crate::scan`]).
//!
//! What cannot be scanned is refused: failing closed is the point of a profile.

use crate::error::{ApiError, Code};
use crate::scan::{self, Kinds};
use serde::{Deserialize, Serialize};
use serde_json::json;

/// A profile of the tenant, a key or a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Profile {
    /// Not regulated: nothing is scanned.
    General,
    /// Health data (HIPAA Safe Harbor identifiers).
    Healthcare,
    /// Financial data (PCI DSS, GLBA).
    Finance,
    /// Legal data (federal redaction rules).
    Legal,
}

impl Profile {
    /// Every profile.
    pub const ALL: [Self; 4] = [Self::General, Self::Healthcare, Self::Finance, Self::Legal];

    /// The profile's name, as in JSON.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::General => "general",
            Self::Healthcare => "healthcare",
            Self::Finance => "finance",
            Self::Legal => "legal",
        }
    }

    /// Parses a profile's name.
    #[must_use]
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL
            .into_iter()
            .find(|profile| profile.as_str() == name)
    }

    fn bit(self) -> u8 {
        match self {
            Self::General => 0,
            Self::Healthcare => 1,
            Self::Finance => 2,
            Self::Legal => 4,
        }
    }
}

/// The regulated profiles that apply to a request: a union, so that nobody can loosen it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Profiles(u8);

impl Profiles {
    /// These profiles and one more.
    #[must_use]
    pub fn with(self, profile: Profile) -> Self {
        Self(self.0 | profile.bit())
    }

    /// These profiles and those.
    #[must_use]
    pub fn union(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    /// Whether any regulated profile applies.
    #[must_use]
    pub fn is_regulated(self) -> bool {
        self.0 != 0
    }

    /// Whether everything that `other` asks for is already asked for here.
    #[must_use]
    pub fn covers(self, other: Self) -> bool {
        self.0 | other.0 == self.0
    }
}

/// The scan stage: may this body leave under these profiles?
///
/// # Errors
/// 422 `VALIDATION_ERROR` with the kinds found, sorted, and nothing else of the body; 400
/// `BAD_REQUEST` with the path of what cannot be scanned.
pub fn scan(profiles: Profiles, body: &[u8]) -> Result<(), ApiError> {
    if !profiles.is_regulated() {
        return Ok(());
    }
    let kinds = scan::body(body, profiles).map_err(|unscannable| {
        ApiError::new(Code::BadRequest, unscannable.message)
            .with_details(json!({ "field": unscannable.path }))
    })?;
    clear(kinds)
}

/// The scan stage for what comes beside the body, such as a header that is stored.
///
/// # Errors
/// 422 as for [`scan()`].
pub fn scan_text(profiles: Profiles, text: &str) -> Result<(), ApiError> {
    clear(scan::text(text, profiles))
}

fn clear(kinds: Kinds) -> Result<(), ApiError> {
    if kinds.is_empty() {
        return Ok(());
    }
    Err(ApiError::new(
        Code::ValidationError,
        "Personal data was found that a regulated profile keeps in; nothing was forwarded or stored",
    )
    .with_details(json!({ "kinds": kinds.names() })))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_union_never_loosens() {
        let both = Profiles::default()
            .with(Profile::Healthcare)
            .with(Profile::Legal);
        for profile in Profile::ALL {
            assert!(both.with(profile).covers(both));
        }
        assert!(!Profiles::default().covers(both));
        assert!(both.with(Profile::General).is_regulated());
    }

    #[test]
    fn a_regulated_profile_refuses_personal_data_and_names_only_kinds() {
        let body = br#"{"messages":[{"role":"user","content":"SSN 123-45-6789, card 4111 1111 1111 1111"}]}"#;
        assert!(scan(Profiles::default().with(Profile::General), body).is_ok());
        for profile in [Profile::Healthcare, Profile::Finance, Profile::Legal] {
            let profiles = Profiles::default().with(profile);
            let error = scan(profiles, body).unwrap_err();
            assert_eq!(error.code.status(), 422);
            assert_eq!(
                error.details,
                Some(json!({ "kinds": ["payment_card", "ssn"] }))
            );
            assert!(!format!("{error:?}").contains("6789"));
            assert!(
                scan(
                    profiles,
                    br#"{"messages":[{"role":"user","content":"hello"}]}"#
                )
                .is_ok()
            );
            assert!(scan_text(profiles, "123-45-6789").is_err());
            assert!(scan_text(profiles, "checkout-page").is_ok());
        }
    }

    #[test]
    fn what_cannot_be_scanned_is_refused_by_path() {
        let profiles = Profiles::default().with(Profile::Legal);
        for (body, path) in [
            ("{", "$"),
            (
                r#"{"messages":[{"role":"user","content":[{"type":"image_url","image_url":{"url":"https://x"}}]}]}"#,
                "$.messages[0].content[0].type",
            ),
            (r#"{"input":[[1,2]]}"#, "$.input[0][0]"),
        ] {
            let error = scan(profiles, body.as_bytes()).unwrap_err();
            assert_eq!(error.code.status(), 400);
            assert_eq!(error.details, Some(json!({ "field": path })));
        }
    }

    #[test]
    fn names_parse_back() {
        for profile in Profile::ALL {
            assert_eq!(Profile::parse(profile.as_str()), Some(profile));
        }
        assert_eq!(Profile::parse("military"), None);
    }
}
