//! Sign-in with passkeys (WebAuthn Level 3), the relying party's side.
//!
//! Purpose: everything between the JSON that a browser sends and the one question that is left, whether a
//! signature is good. Parsing and checking are pure and sans-IO; bytes come in, a verdict comes out.
//!
//! In scope: client data, authenticator data, attestation objects, COSE keys of ES256, RS256 and EdDSA, the
//! two ceremonies, and the options that begin them. Credentials are discoverable and verify their user.
//!
//! Out of scope: the signature check itself, which the platform's `WebCrypto` does, and where passkeys are
//! kept. Attestation statements are not judged: which make an authenticator has is nobody's business here,
//! so any format is taken and none is trusted.
//!
//! Caveat: a refusal says which check failed. That is for logs and tests; callers get one and the same
//! answer for all of them.

pub mod assertion;
pub mod attestation;
pub mod authenticator_data;
pub mod cbor;
pub mod client_data;
pub mod cose;
pub mod der;
pub mod options;
pub mod registration;
pub mod relying_party;
#[cfg(test)]
mod vectors;

use core::fmt;

/// How long a ceremony may take from its options to its answer, in ms.
pub const CEREMONY_MS: u64 = 300_000;

/// 32 random bytes that a ceremony's answer has to contain.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Challenge(pub [u8; 32]);

/// Why a ceremony's answer is no good. Each is a fixed text, fit for a log or a metric.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Refused {
    /// A part is missing, not base64url, or `id` and `rawId` differ.
    Envelope,
    /// The client data is not what browsers write.
    ClientData,
    /// The client data is of the other ceremony.
    Ceremony,
    /// Another challenge was answered.
    Challenge,
    /// A page of another origin asked.
    Origin,
    /// It was asked for in a frame of another origin.
    CrossOrigin,
    /// The attestation object is malformed.
    Attestation,
    /// The authenticator data is malformed.
    AuthenticatorData,
    /// It was made for another relying party.
    RelyingParty,
    /// Nobody was there.
    UserPresence,
    /// Nobody was verified.
    UserVerification,
    /// The backup flags contradict each other, or those of the registration.
    Backup,
    /// The key is malformed, or of an algorithm that was not offered.
    PublicKey,
    /// The credential belongs to somebody else.
    UserHandle,
    /// The signature has no form that its algorithm gives.
    SignatureForm,
    /// The signature is not the key's.
    Signature,
    /// The signature counter did not go up.
    Counter,
}

impl Refused {
    /// The reason as one word or two.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Envelope => "envelope",
            Self::ClientData => "client data",
            Self::Ceremony => "ceremony",
            Self::Challenge => "challenge",
            Self::Origin => "origin",
            Self::CrossOrigin => "cross origin",
            Self::Attestation => "attestation",
            Self::AuthenticatorData => "authenticator data",
            Self::RelyingParty => "relying party",
            Self::UserPresence => "user presence",
            Self::UserVerification => "user verification",
            Self::Backup => "backup",
            Self::PublicKey => "public key",
            Self::UserHandle => "user handle",
            Self::SignatureForm => "signature form",
            Self::Signature => "signature",
            Self::Counter => "counter",
        }
    }
}

impl fmt::Display for Refused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}
