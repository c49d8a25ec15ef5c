//! The stage that every request with content passes: may it go on?
//!
//! What cannot be scanned is refused: failing closed is the point of a profile.

use super::{Found, Rules};
use crate::error::{ApiError, Code};
use serde_json::json;

/// The scan stage: may this body leave under these rules?
///
/// # Errors
/// 422 `VALIDATION_ERROR` with the kinds found, sorted, and nothing else of the body; 400
/// `BAD_REQUEST` with the path of what cannot be scanned.
pub fn check(rules: Rules<'_>, body: &[u8]) -> Result<(), ApiError> {
    let found = rules.body(body).map_err(|unscannable| {
        ApiError::new(Code::BadRequest, unscannable.message)
            .with_details(json!({ "field": unscannable.path }))
    })?;
    clear(rules, found)
}

/// The scan stage for what comes beside the body, such as a header that is stored.
///
/// # Errors
/// 422 as for [`check`].
pub fn check_text(rules: Rules<'_>, text: &str) -> Result<(), ApiError> {
    clear(rules, rules.text(text))
}

fn clear(rules: Rules<'_>, found: Found) -> Result<(), ApiError> {
    if found.is_empty() {
        return Ok(());
    }
    Err(ApiError::new(
        Code::ValidationError,
        "Personal data was found that a regulated profile keeps in; nothing was forwarded or stored",
    )
    .with_details(json!({ "kinds": found.names(rules.patterns) })))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::profile::{Profile, Profiles};
    use crate::scan::Pattern;

    fn rules(profiles: Profiles) -> Rules<'static> {
        Rules {
            profiles,
            patterns: &[],
        }
    }

    #[test]
    fn a_tenants_patterns_are_looked_for_under_a_regulated_profile() {
        let patterns = [Pattern {
            name: "badge".to_owned(),
            labels: vec!["badge no".to_owned()],
            shape: "A99".to_owned(),
        }];
        let body = br#"{"messages":[{"role":"user","content":"ssn 078-05-1120, badge no K17"}]}"#;
        let of = |profile| Rules {
            profiles: Profiles::default().with(profile),
            patterns: &patterns,
        };
        assert!(check(of(Profile::General), body).is_ok());
        let error = check(of(Profile::Legal), body).unwrap_err();
        assert_eq!(
            error.details,
            Some(json!({ "kinds": ["ssn", "pattern:badge"] }))
        );
        assert!(check_text(of(Profile::Legal), "YmFkZ2Ugbm86IEsxNyE=").is_err());
    }

    #[test]
    fn a_regulated_profile_refuses_personal_data_and_names_only_kinds() {
        let body = br#"{"messages":[{"role":"user","content":"SSN 123-45-6789, card 4111 1111 1111 1111"}]}"#;
        assert!(check(rules(Profiles::default().with(Profile::General)), body).is_ok());
        for profile in [Profile::Healthcare, Profile::Finance, Profile::Legal] {
            let profiles = Profiles::default().with(profile);
            let error = check(rules(profiles), body).unwrap_err();
            assert_eq!(error.code.status(), 422);
            assert_eq!(
                error.details,
                Some(json!({ "kinds": ["payment_card", "ssn"] }))
            );
            assert!(!format!("{error:?}").contains("6789"));
            assert!(
                check(
                    rules(profiles),
                    br#"{"messages":[{"role":"user","content":"hello"}]}"#
                )
                .is_ok()
            );
            assert!(check_text(rules(profiles), "123-45-6789").is_err());
            assert!(check_text(rules(profiles), "checkout-page").is_ok());
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
            let error = check(rules(profiles), body.as_bytes()).unwrap_err();
            assert_eq!(error.code.status(), 400);
            assert_eq!(error.details, Some(json!({ "field": path })));
        }
    }
}
