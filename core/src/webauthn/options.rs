//! Options: what a page hands to the browser to begin a ceremony (WebAuthn §§ 5.1.9, 5.1.10).

use super::cose::Algorithm;
use super::relying_party::RelyingParty;
use super::{CEREMONY_MS, Challenge};
use crate::base64url;
use crate::id::UserId;
use serde_json::{Value, json};

/// What authenticators show as the name of the service.
const SERVICE: &str = "Neureus";

/// A passkey that a person has already.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Known {
    /// The authenticator's name for it.
    pub credential_id: Vec<u8>,
    /// How to reach its authenticator.
    pub transports: Vec<String>,
}

/// The handle under which authenticators keep a person's passkeys: the identifier, which says nothing of
/// the person.
#[must_use]
pub fn user_handle(user: &UserId) -> Vec<u8> {
    user.as_str().as_bytes().to_vec()
}

/// `PublicKeyCredentialCreationOptionsJSON`: a discoverable credential that verifies its user, on an
/// authenticator that has none of these yet.
#[must_use]
pub fn creation(
    party: &RelyingParty,
    challenge: &Challenge,
    user: &UserId,
    name: &str,
    known: &[Known],
) -> Value {
    let algorithms = Algorithm::ALL.map(|it| json!({"type": "public-key", "alg": it.number()}));
    let known: Vec<Value> = known.iter().map(Known::to_json).collect();
    json!({
        "rp": {"id": party.id(), "name": SERVICE},
        "user": {
            "id": base64url::encode(&user_handle(user)),
            "name": name,
            "displayName": name,
        },
        "challenge": base64url::encode(&challenge.0),
        "pubKeyCredParams": algorithms,
        "timeout": CEREMONY_MS,
        "excludeCredentials": known,
        "authenticatorSelection": {
            "residentKey": "required",
            "requireResidentKey": true,
            "userVerification": "required",
        },
        "attestation": "none",
    })
}

/// `PublicKeyCredentialRequestOptionsJSON`: any passkey of this relying party. It names none, so it tells
/// nothing of who has one.
#[must_use]
pub fn request(party: &RelyingParty, challenge: &Challenge) -> Value {
    json!({
        "challenge": base64url::encode(&challenge.0),
        "timeout": CEREMONY_MS,
        "rpId": party.id(),
        "allowCredentials": [],
        "userVerification": "required",
    })
}

impl Known {
    fn to_json(&self) -> Value {
        json!({
            "type": "public-key",
            "id": base64url::encode(&self.credential_id),
            "transports": self.transports,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_new_passkey_is_discoverable_verified_and_not_a_second_one() {
        let party = RelyingParty::of("https://example.org", false).unwrap();
        let user = UserId::generate(&mut |bytes| bytes.fill(0));
        let known = Known {
            credential_id: vec![1, 2],
            transports: vec!["usb".into()],
        };
        let made = creation(&party, &Challenge([0; 32]), &user, "Ada", &[known]);
        assert_eq!(made["rp"]["id"], "example.org");
        assert_eq!(
            base64url::decode(made["user"]["id"].as_str().unwrap()).unwrap(),
            user.as_str().as_bytes()
        );
        assert_eq!(made["authenticatorSelection"]["residentKey"], "required");
        assert_eq!(
            made["authenticatorSelection"]["userVerification"],
            "required"
        );
        assert_eq!(made["attestation"], "none");
        assert_eq!(made["excludeCredentials"][0]["id"], "AQI");
        let numbers = [-8, -7, -257].map(|alg| json!({"type": "public-key", "alg": alg}));
        assert_eq!(made["pubKeyCredParams"], json!(numbers));
    }

    #[test]
    fn signing_in_names_nobody() {
        let party = RelyingParty::of("https://example.org", false).unwrap();
        let made = request(&party, &Challenge([0; 32]));
        assert_eq!(made["allowCredentials"], json!([]));
        assert_eq!(made["userVerification"], "required");
        assert_eq!(made["challenge"], "A".repeat(43));
        assert_eq!(made["timeout"], 300_000);
    }
}
