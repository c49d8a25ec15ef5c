//! The stage that every request with content passes: may it go on?
//!
//! What cannot be scanned is refused: failing closed is the point of a profile.

use super::Kinds;
use crate::error::{ApiError, Code};
use crate::profile::Profiles;
use serde_json::json;

/// The scan stage: may this body leave under these profiles?
///
/// # Errors
/// 422 `VALIDATION_ERROR` with the kinds found, sorted, and nothing else of the body; 400
/// `BAD_REQUEST` with the path of what cannot be scanned.
pub fn check(profiles: Profiles, body: &[u8]) -> Result<(), ApiError> {
    if !profiles.is_regulated() {
        return Ok(());
    }
    let kinds = super::body(body, profiles).map_err(|unscannable| {
        ApiError::new(Code::BadRequest, unscannable.message)
            .with_details(json!({ "field": unscannable.path }))
    })?;
    clear(kinds)
}

/// The scan stage for what comes beside the body, such as a header that is stored.
///
/// # Errors
/// 422 as for [`check`].
pub fn check_text(profiles: Profiles, text: &str) -> Result<(), ApiError> {
    clear(super::text(text, profiles))
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
    use crate::profile::Profile;

    #[test]
    fn a_regulated_profile_refuses_personal_data_and_names_only_kinds() {
        let body = br#"{"messages":[{"role":"user","content":"SSN 123-45-6789, card 4111 1111 1111 1111"}]}"#;
        assert!(check(Profiles::default().with(Profile::General), body).is_ok());
        for profile in [Profile::Healthcare, Profile::Finance, Profile::Legal] {
            let profiles = Profiles::default().with(profile);
            let error = check(profiles, body).unwrap_err();
            assert_eq!(error.code.status(), 422);
            assert_eq!(
                error.details,
                Some(json!({ "kinds": ["payment_card", "ssn"] }))
            );
            assert!(!format!("{error:?}").contains("6789"));
            assert!(
                check(
                    profiles,
                    br#"{"messages":[{"role":"user","content":"hello"}]}"#
                )
                .is_ok()
            );
            assert!(check_text(profiles, "123-45-6789").is_err());
            assert!(check_text(profiles, "checkout-page").is_ok());
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
            let error = check(profiles, body.as_bytes()).unwrap_err();
            assert_eq!(error.code.status(), 400);
            assert_eq!(error.details, Some(json!({ "field": path })));
        }
    }
}
