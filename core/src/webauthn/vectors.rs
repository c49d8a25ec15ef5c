//! The test vectors of the specification (WebAuthn Level 3, § "Test Vectors"), and what is made of them.
//!
//! `vectors.json` has those of the formats none and packed and of the three algorithms, in hex, and beside
//! them the key as a JSON Web Key and the signature in `WebCrypto`'s form. These two were made by other code
//! than this; `tests/webauthn.test.ts` has `WebCrypto` verify them.

use super::assertion::{AssertionJson, Question, Stored, counter_goes_up};
use super::attestation::Attestation;
use super::authenticator_data::AuthenticatorData;
use super::cose::PublicKey;
use super::registration::{NewPasskey, RegistrationJson};
use super::relying_party::RelyingParty;
use super::{Challenge, Refused};
use crate::base64url;
use serde::Deserialize;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

#[derive(Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Vector {
    name: String,
    algorithm: String,
    credential_id: String,
    jwk: Value,
    registration: Registration,
    assertion: Assertion,
}

#[derive(Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Registration {
    challenge: String,
    #[serde(rename = "clientDataJSON")]
    client_data: String,
    attestation_object: String,
}

#[derive(Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Assertion {
    challenge: String,
    #[serde(rename = "clientDataJSON")]
    client_data: String,
    authenticator_data: String,
    signature: String,
    web_crypto_signature: String,
}

const HANDLE: &[u8] = b"usr_1";
/// Where the flags are in authenticator data.
const FLAGS: usize = 32;
const UV: u8 = 0x04;

fn vectors() -> Vec<Vector> {
    serde_json::from_str(include_str!("vectors.json")).unwrap()
}

fn vector(name: &str) -> Vector {
    vectors().into_iter().find(|it| it.name == name).unwrap()
}

fn bytes(hex: &str) -> Vec<u8> {
    hex::decode(hex).unwrap()
}

fn challenge(hex: &str) -> Challenge {
    Challenge(bytes(hex).try_into().unwrap())
}

fn party() -> RelyingParty {
    RelyingParty::of("https://example.org", false).unwrap()
}

/// What `toJSON()` gives, with members that are of no interest.
fn envelope(vector: &Vector, response: &Value) -> Value {
    let id = base64url::encode(&bytes(&vector.credential_id));
    json!({
        "id": id, "rawId": id, "type": "public-key", "response": response,
        "clientExtensionResults": {}, "authenticatorAttachment": "platform",
    })
}

impl Registration {
    fn verify(&self, vector: &Vector) -> Result<NewPasskey, Refused> {
        self.parse(vector)
            .verify(&challenge(&self.challenge), &party())
    }

    fn parse(&self, vector: &Vector) -> RegistrationJson {
        let json = envelope(
            vector,
            &json!({
                "clientDataJSON": base64url::encode(&bytes(&self.client_data)),
                "attestationObject": base64url::encode(&bytes(&self.attestation_object)),
                "transports": ["internal", "carrier pigeon", "hybrid"],
                "publicKeyAlgorithm": -7,
            }),
        );
        serde_json::from_value(json).unwrap()
    }
}

impl Assertion {
    fn verify(&self, vector: &Vector, stored: &Stored) -> Result<Question, Refused> {
        self.parse(vector)
            .verify(&challenge(&self.challenge), &party(), stored)
    }

    fn parse(&self, vector: &Vector) -> AssertionJson {
        let json = envelope(
            vector,
            &json!({
                "clientDataJSON": base64url::encode(&bytes(&self.client_data)),
                "authenticatorData": base64url::encode(&bytes(&self.authenticator_data)),
                "signature": base64url::encode(&bytes(&self.signature)),
                "userHandle": base64url::encode(HANDLE),
            }),
        );
        serde_json::from_value(json).unwrap()
    }

    /// With these flags, and hence a signature that is no good any more.
    fn with_flags(&self, change: impl Fn(u8) -> u8) -> Self {
        let mut data = bytes(&self.authenticator_data);
        data[FLAGS] = change(data[FLAGS]);
        Self {
            authenticator_data: hex::encode(data),
            ..self.clone()
        }
    }

    fn with_counter(&self, counter: u32) -> Self {
        let mut data = bytes(&self.authenticator_data);
        data[FLAGS + 1..FLAGS + 5].copy_from_slice(&counter.to_be_bytes());
        Self {
            authenticator_data: hex::encode(data),
            ..self.clone()
        }
    }
}

fn key_of(vector: &Vector) -> (PublicKey, bool) {
    let object = bytes(&vector.registration.attestation_object);
    let attestation = Attestation::parse(&object).unwrap();
    let data = AuthenticatorData::parse(attestation.authenticator_data).unwrap();
    let key = PublicKey::parse(data.credential.unwrap().public_key).unwrap();
    (key, data.flags.backup_eligible())
}

fn stored(vector: &Vector) -> Stored {
    let (public_key, backup_eligible) = key_of(vector);
    Stored {
        user_handle: HANDLE.to_vec(),
        public_key,
        counter: 0,
        backup_eligible,
    }
}

/// Some vectors verify no user, or are of a frame: they are refused for exactly that, which shows that all
/// that is checked before is right.
#[test]
fn each_vector_is_taken_or_refused_for_what_it_is() {
    let (taken, nobody, framed) = (
        None,
        Some(Refused::UserVerification),
        Some(Refused::CrossOrigin),
    );
    for (name, registration, assertion) in [
        ("none.ES256", nobody, nobody),
        ("packed-self.ES256", taken, nobody),
        ("none.ES256.crossOrigin", framed, framed),
        ("none.ES256.topOrigin", framed, framed),
        ("none.ES256.long-credential-id", nobody, taken),
        ("packed.ES256", taken, taken),
        ("packed.RS256", taken, nobody),
        ("packed.EdDSA", nobody, nobody),
    ] {
        let vector = vector(name);
        let new = vector.registration.verify(&vector);
        assert_eq!(new.as_ref().err().copied(), registration, "{name}");
        if let Ok(new) = new {
            assert_eq!(new.credential_id, bytes(&vector.credential_id));
            assert_eq!(PublicKey::parse(&new.cose_key), Ok(new.public_key));
            assert_eq!(new.transports, ["hybrid", "internal"]);
            assert!(new.backup_eligible);
        }
        let question = vector.assertion.verify(&vector, &stored(&vector));
        assert_eq!(question.err(), assertion, "{name}");
    }
    assert_eq!(vectors().len(), 8);
}

#[test]
fn every_key_and_signature_takes_the_form_that_web_crypto_verifies() {
    for vector in vectors() {
        let (key, _) = key_of(&vector);
        let jwk: Value = serde_json::from_str(&key.to_jwk()).unwrap();
        assert_eq!(jwk, vector.jwk, "{}", vector.name);
        assert_eq!(key.algorithm().as_str(), vector.algorithm);
        if vector.name.contains("Origin") {
            continue;
        }
        let verified = vector.assertion.with_flags(|flags| flags | UV);
        let question = verified.verify(&vector, &stored(&vector)).unwrap();
        assert_eq!(
            hex::encode(&question.signature),
            vector.assertion.web_crypto_signature
        );
        let hash = Sha256::digest(bytes(&vector.assertion.client_data));
        let signed = [bytes(&verified.authenticator_data), hash.to_vec()].concat();
        assert_eq!(question.signed, signed);
        assert_eq!((question.counter, question.algorithm), (0, key.algorithm()));
    }
}

#[test]
fn an_assertion_answers_one_challenge_of_one_party_for_one_person() {
    let vector = vector("packed.ES256");
    let known = stored(&vector);
    let good = &vector.assertion;
    assert!(good.verify(&vector, &known).is_ok());

    let replayed = Assertion {
        challenge: vector.registration.challenge.clone(),
        ..good.clone()
    };
    assert_eq!(replayed.verify(&vector, &known), Err(Refused::Challenge));
    let registered = Assertion {
        challenge: vector.registration.challenge.clone(),
        client_data: vector.registration.client_data.clone(),
        ..good.clone()
    };
    assert_eq!(registered.verify(&vector, &known), Err(Refused::Ceremony));
    let elsewhere = Assertion {
        authenticator_data: format!("00{}", good.authenticator_data.split_at(2).1),
        ..good.clone()
    };
    let refused = elsewhere.verify(&vector, &known);
    assert_eq!(refused, Err(Refused::RelyingParty));
    let somebody = Stored {
        user_handle: b"usr_2".to_vec(),
        ..known.clone()
    };
    assert_eq!(good.verify(&vector, &somebody), Err(Refused::UserHandle));
    let cut = Assertion {
        signature: good.signature.split_at(20).0.to_owned(),
        ..good.clone()
    };
    assert_eq!(cut.verify(&vector, &known), Err(Refused::SignatureForm));
    let longer = Assertion {
        authenticator_data: format!("{}00", good.authenticator_data),
        ..good.clone()
    };
    let refused = longer.verify(&vector, &known);
    assert_eq!(refused, Err(Refused::AuthenticatorData));
}

#[test]
fn flags_have_to_say_enough_and_agree() {
    let vector = vector("packed.ES256");
    let known = stored(&vector);
    let with = |change: fn(u8) -> u8| vector.assertion.with_flags(change).verify(&vector, &known);
    assert_eq!(with(|flags| flags & !0x01), Err(Refused::UserPresence));
    assert_eq!(with(|flags| flags & !0x04), Err(Refused::UserVerification));
    assert_eq!(with(|flags| flags & !0x08), Err(Refused::Backup));
    assert_eq!(with(|flags| flags & !0x08 | 0x10), Err(Refused::Backup));
    assert!(with(|flags| flags | 0x10).unwrap().backed_up);
}

#[test]
fn a_counter_goes_up_or_is_never_counted() {
    let vector = vector("packed.ES256");
    let with = |seen: u32, now: u32| {
        let known = Stored {
            counter: seen,
            ..stored(&vector)
        };
        let question = vector.assertion.with_counter(now).verify(&vector, &known);
        question.map(|it| it.counter)
    };
    for (seen, now) in [(0, 0), (0, 1), (7, 8), (u32::MAX - 1, u32::MAX)] {
        assert!(counter_goes_up(seen, now));
        assert_eq!(with(seen, now), Ok(now));
    }
    for (seen, now) in [(1, 0), (7, 7), (8, 7), (u32::MAX, 0)] {
        assert_eq!(with(seen, now), Err(Refused::Counter), "{seen} {now}");
    }
}

#[test]
fn a_registration_is_of_the_credential_that_it_names() {
    let vector = vector("packed.ES256");
    let other = Vector {
        credential_id: "00".repeat(32),
        ..vector.clone()
    };
    let refused = vector.registration.verify(&other);
    assert_eq!(refused, Err(Refused::Envelope));

    let good = envelope(
        &vector,
        &json!({"clientDataJSON": "", "attestationObject": ""}),
    );
    for (member, value) in [
        ("id", json!("AAAA")),
        ("rawId", json!("AA==")),
        ("rawId", json!("")),
        ("type", json!("password")),
    ] {
        let mut wrong = good.clone();
        wrong[member] = value;
        let parsed: RegistrationJson = serde_json::from_value(wrong).unwrap();
        let refused = parsed.verify(&Challenge([0; 32]), &party());
        assert_eq!(refused, Err(Refused::Envelope), "{member}");
    }
}
