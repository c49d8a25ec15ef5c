//! Client data: what the browser says it was asked, and by whom (WebAuthn § 5.8.1).

use super::relying_party::RelyingParty;
use super::{Challenge, Refused};
use crate::base64url;
use serde::Deserialize;

/// The longest client data. Browsers write some hundred bytes; the origin and the challenge are bounded.
const MAX: usize = 8 << 10;

/// Which of the two ceremonies.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ceremony {
    /// A new credential.
    Registration,
    /// The use of one.
    Assertion,
}

impl Ceremony {
    fn as_str(self) -> &'static str {
        match self {
            Self::Registration => "webauthn.create",
            Self::Assertion => "webauthn.get",
        }
    }
}

/// Members that are not named here may come: the standard reserves the right to add some.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct ClientData {
    #[serde(rename = "type")]
    ceremony: String,
    challenge: String,
    origin: String,
    #[serde(default)]
    cross_origin: Option<bool>,
    #[serde(default)]
    top_origin: Option<String>,
}

/// Checks client data against what was asked.
///
/// # Errors
/// The first check that fails, in the standard's order (§ 7.1 steps 6 to 10, § 7.2 steps 9 to 13).
pub fn check(
    json: &[u8],
    ceremony: Ceremony,
    challenge: &Challenge,
    party: &RelyingParty,
) -> Result<(), Refused> {
    if json.len() > MAX {
        return Err(Refused::ClientData);
    }
    let data: ClientData = serde_json::from_slice(json).map_err(|_| Refused::ClientData)?;
    if data.ceremony != ceremony.as_str() {
        return Err(Refused::Ceremony);
    }
    if base64url::decode_exactly(&data.challenge) != Some(challenge.0) {
        return Err(Refused::Challenge);
    }
    if data.origin != party.origin() {
        return Err(Refused::Origin);
    }
    // The pages are never framed by others, so that nobody can lay something over them.
    if data.cross_origin == Some(true) || data.top_origin.is_some() {
        return Err(Refused::CrossOrigin);
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const CHALLENGE: Challenge = Challenge([0; 32]);
    const TEXT: &str = "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";

    fn check_get(json: &str) -> Result<(), Refused> {
        let party = RelyingParty::of("https://example.org/", false).unwrap();
        check(json.as_bytes(), Ceremony::Assertion, &CHALLENGE, &party)
    }

    fn with(more: &str) -> String {
        format!(
            r#"{{"type":"webauthn.get","challenge":"{TEXT}","origin":"https://example.org"{more}}}"#
        )
    }

    #[test]
    fn members_of_the_future_are_passed_over() {
        let future =
            r#","crossOrigin":false,"next":{"a":[1]},"tokenBinding":{"status":"supported"}"#;
        for more in ["", future] {
            assert_eq!(check_get(&with(more)), Ok(()));
        }
    }

    #[test]
    fn each_thing_that_is_wrong_has_its_name() {
        let good = with("");
        for (json, why) in [
            (good.replace("get", "create"), Refused::Ceremony),
            (
                good.replace("webauthn.get", "payment.get"),
                Refused::Ceremony,
            ),
            (good.replacen('A', "B", 1), Refused::Challenge),
            (good.replace(TEXT, "AAAA"), Refused::Challenge),
            (good.replace(TEXT, &format!("{TEXT}=")), Refused::Challenge),
            (good.replace("https:", "http:"), Refused::Origin),
            (good.replace(".org", ".org:443"), Refused::Origin),
            (good.replace("example", "sub.example"), Refused::Origin),
            (good.replace("example", "EXAMPLE"), Refused::Origin),
            (with(r#","crossOrigin":true"#), Refused::CrossOrigin),
            (
                with(r#","topOrigin":"https://example.org""#),
                Refused::CrossOrigin,
            ),
            (
                with(r#","origin":"https://example.org""#),
                Refused::ClientData,
            ),
            (with(r#","crossOrigin":"no""#), Refused::ClientData),
            (good.replace("type", "kind"), Refused::ClientData),
            (format!("{good}x"), Refused::ClientData),
            (format!("\u{FEFF}{good}"), Refused::ClientData),
            (
                with(&format!(r#","x":"{}""#, "x".repeat(MAX))),
                Refused::ClientData,
            ),
            (String::new(), Refused::ClientData),
        ] {
            assert_eq!(check_get(&json), Err(why), "{json}");
        }
    }

    proptest! {
        #[test]
        fn no_text_panics_and_only_the_right_challenge_passes(text in ".{0,80}") {
            prop_assert!(check_get(&text).is_err());
            let other = with("").replace(TEXT, &text.replace(['"', '\\'], ""));
            prop_assert!(check_get(&other).is_err());
        }
    }
}
