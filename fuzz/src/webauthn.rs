//! The parsers of what authenticators and browsers give at sign-in.

use neureus_core::base64url;
use neureus_core::session::Cookie;
use neureus_core::webauthn::Challenge;
use neureus_core::webauthn::assertion::{AssertionJson, Stored};
use neureus_core::webauthn::attestation::Attestation;
use neureus_core::webauthn::authenticator_data::AuthenticatorData;
use neureus_core::webauthn::cbor::Reader;
use neureus_core::webauthn::client_data::{self, Ceremony};
use neureus_core::webauthn::cose::PublicKey;
use neureus_core::webauthn::der;
use neureus_core::webauthn::registration::RegistrationJson;
use neureus_core::webauthn::relying_party::RelyingParty;
use serde_json::Value;

/// CBOR, and what is written in it. Attestation objects, authenticator data, COSE keys.
pub(crate) const CBOR: &[&[u8]] = &[
    b"",
    b"\xA3\x63fmt\x64none\x67attStmt\xA0\x68authData\x41\x00",
    b"\xA3\x63fmt\x66packed\x67attStmt\xA2\x63alg\x26\x63sig\x42\x30\x00\x68authData\x58\x25AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA\x05\x00\x00\x00\x00",
    b"\xA5\x01\x02\x03\x26\x20\x01\x21\x58\x20AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA\x22\x58\x20BBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBB",
    b"\xA4\x01\x01\x03\x27\x20\x06\x21\x58\x20AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
    b"\xA4\x01\x03\x03\x39\x01\x00\x20\x41\x81\x21\x43\x01\x00\x01",
    b"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA\x45\x00\x00\x00\x07aaaaaaaaaaaaaaaa\x00\x02id\xA4\x01\x01\x03\x27\x20\x06\x21\x58\x20AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
    b"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA\x85\x00\x00\x00\x07\xA1\x61x\xF5",
    b"\x9F\xFF\xBF\xFF\x5F\xFF\xC0\x00\xFB\x00\x00\x00\x00\x00\x00\x00\x00\x3B\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF",
];

/// Client data.
pub(crate) const CLIENT_DATA: &[&[u8]] = &[
    b"{\"type\":\"webauthn.get\",\"challenge\":\"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA\",\"origin\":\"https://example.org\"}",
    b"{\"type\":\"webauthn.create\",\"challenge\":\"AAAA\",\"origin\":\"https://example.org\",\"crossOrigin\":true,\"topOrigin\":\"https://example.com\",\"extraData\":{}}",
];

/// Signatures.
pub(crate) const SIGNATURES: &[&[u8]] = &[
    b"\x30\x06\x02\x01\x01\x02\x01\x01",
    b"\x30\x45\x02\x21\x00\x8B\x08\x19\xC8\x24\x21\x8A\x97\x15\x2C\xD0\x99\xC5\x5B\xFB\x14\x77\xB2\x9D\x90\x0A\x49\xA6\x40\x18\x31\x4F\x9B\xFC\xCD\xA1\x63\x02\x20\x69\x49\x69\xD3\xEE\x92\x8D\xE6\xF0\x2E\xF2\x3A\x9C\x64\x4D\x7D\x77\x99\x16\x45\x17\x34\xA9\x4B\x43\x25\x42\xF4\x98\xA1\xEB\xE9",
];

/// What `PublicKeyCredential.toJSON()` gives.
pub(crate) const CREDENTIALS: &[&[u8]] = &[
    b"{\"id\":\"aWQ\",\"rawId\":\"aWQ\",\"type\":\"public-key\",\"response\":{\"clientDataJSON\":\"e30\",\"attestationObject\":\"oA\",\"transports\":[\"usb\"]},\"clientExtensionResults\":{}}",
    b"{\"id\":\"aWQ\",\"rawId\":\"aWQ\",\"type\":\"public-key\",\"response\":{\"clientDataJSON\":\"e30\",\"authenticatorData\":\"QUE\",\"signature\":\"MAA\",\"userHandle\":\"dXNyXzE\"}}",
];

/// `Cookie` headers.
pub(crate) const COOKIES: &[&[u8]] = &[
    b"__Host-neureus=AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
    b"a=b; neureus=AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA; __Host-neureus=x;;= ;\xC3\xA4",
];

/// No bytes panic in any reader of CBOR; a value is passed over the same whatever follows it; and a key that
/// is taken becomes JSON.
pub fn cbor(data: &[u8]) {
    let mut reader = Reader::new(data);
    if reader.skip().is_ok() {
        let used = data.len() - reader.rest().len();
        assert!(used > 0, "a value has bytes");
        let alone = data.get(..used).unwrap_or_default();
        assert!(Reader::new(alone).skip().is_ok(), "without what follows");
    }
    if let Ok(attestation) = Attestation::parse(data) {
        assert!(!attestation.format.is_empty());
        authenticator_data(attestation.authenticator_data);
    }
    authenticator_data(data);
    key(data);
}

fn authenticator_data(data: &[u8]) {
    if let Ok(Some(credential)) = AuthenticatorData::parse(data).map(|parsed| parsed.credential) {
        assert!((1..=1023).contains(&credential.id.len()), "a credential id");
        key(credential.public_key);
    }
}

fn key(data: &[u8]) {
    if let Ok(key) = PublicKey::parse(data) {
        let jwk = serde_json::from_str::<Value>(&key.to_jwk());
        let has_type = jwk.is_ok_and(|jwk| jwk.get("kty").is_some());
        assert!(has_type, "a web key is JSON and has a type");
    }
}

/// No client data panics, and none passes with another challenge.
pub fn client_data(data: &[u8]) {
    let Some(party) = RelyingParty::of("https://example.org", false) else {
        return;
    };
    let check =
        |ceremony, byte| client_data::check(data, ceremony, &Challenge([byte; 32]), &party).is_ok();
    assert!(!check(Ceremony::Assertion, 1), "of another challenge");
    assert!(!(check(Ceremony::Assertion, 0) && check(Ceremony::Registration, 0)));
}

/// No signature panics; what is taken has 64 bytes and no other encoding of the same length.
pub fn signature(data: &[u8]) {
    if der::es256_signature(data).is_some() {
        assert!((8..=72).contains(&data.len()), "as long as DER is");
        let longer = [data, &[0]].concat();
        assert!(der::es256_signature(&longer).is_none(), "to the last byte");
    }
}

/// No credential panics, and none that was not asked for is taken.
pub fn credential(data: &[u8]) {
    let Some(party) = RelyingParty::of("https://example.org", false) else {
        return;
    };
    let challenge = Challenge([7; 32]);
    if let Ok(json) = serde_json::from_slice::<RegistrationJson>(data) {
        assert!(json.verify(&challenge, &party).is_err(), "nobody asked");
    }
    if let Ok(json) = serde_json::from_slice::<AssertionJson>(data) {
        let stored = Stored {
            user_handle: b"usr_1".to_vec(),
            public_key: PublicKey::EdDsa { x: [1; 32] },
            counter: 0,
            backup_eligible: false,
        };
        assert!(json.verify(&challenge, &party, &stored).is_err());
    }
}

/// No text panics, and one that decodes is the only one for its bytes.
pub fn base64url(data: &[u8]) {
    let text = String::from_utf8_lossy(data);
    if let Some(bytes) = base64url::decode(&text) {
        assert_eq!(base64url::encode(&bytes), text);
    }
    assert_eq!(
        base64url::decode(&base64url::encode(data)).as_deref(),
        Some(data)
    );
}

/// No `Cookie` header panics; a token that is found stands in it.
pub fn cookie(data: &[u8]) {
    let text = String::from_utf8_lossy(data);
    for cookie in [Cookie { local: true }, Cookie { local: false }] {
        if let Some(token) = cookie.find(&text) {
            assert!(text.contains(token.reveal()), "it was sent");
        }
    }
}
