//! Assertion: signing in with a passkey (WebAuthn § 7.2).
//!
//! The check is in two steps, with the platform between them: [`AssertionJson::verify`] gives the
//! [`Question`] to `WebCrypto`; when the answer is yes, the passkey's counter moves on.

use super::authenticator_data::AuthenticatorData;
use super::client_data::{self, Ceremony};
use super::cose::{Algorithm, PublicKey};
use super::der;
use super::registration::{check_common, credential_id};
use super::relying_party::RelyingParty;
use super::{Challenge, Refused};
use crate::base64url;
use serde::Deserialize;
use sha2::{Digest, Sha256};

/// `AuthenticationResponseJSON` (§ 5.1.8.2).
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct AssertionJson {
    id: String,
    raw_id: String,
    #[serde(rename = "type")]
    kind: String,
    response: ResponseJson,
}

#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
struct ResponseJson {
    #[serde(rename = "clientDataJSON")]
    client_data: String,
    authenticator_data: String,
    signature: String,
    #[serde(default)]
    user_handle: Option<String>,
}

/// What is known of a passkey.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stored {
    /// What the authenticator was given as the user's handle.
    pub user_handle: Vec<u8>,
    /// The key.
    pub public_key: PublicKey,
    /// The highest signature counter that was seen.
    pub counter: u32,
    /// What the registration said; it never changes (§ 6.1.3).
    pub backup_eligible: bool,
}

/// All that is left to ask: is this signature of this key, over these bytes?
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Question {
    /// The key's algorithm.
    pub algorithm: Algorithm,
    /// The key as a JSON Web Key.
    pub jwk: String,
    /// The signature in `WebCrypto`'s form.
    pub signature: Vec<u8>,
    /// What was signed.
    pub signed: Vec<u8>,
    /// The counter to keep when the signature is good.
    pub counter: u32,
    /// Whether the passkey is kept in several places now.
    pub backed_up: bool,
}

impl AssertionJson {
    /// The credential that was used, to look it up by.
    ///
    /// # Errors
    /// [`Refused::Envelope`] when there is none.
    pub fn credential_id(&self) -> Result<Vec<u8>, Refused> {
        credential_id(&self.kind, &self.id, &self.raw_id)
    }

    /// Checks everything but the signature.
    ///
    /// # Errors
    /// The first check that fails.
    pub fn verify(
        &self,
        challenge: &Challenge,
        party: &RelyingParty,
        stored: &Stored,
    ) -> Result<Question, Refused> {
        let decode = |text: &str| base64url::decode(text).ok_or(Refused::Envelope);
        self.credential_id()?;
        let client_data = decode(&self.response.client_data)?;
        let mut signed = decode(&self.response.authenticator_data)?;
        let signature = decode(&self.response.signature)?;
        // Discoverable credentials always tell whose they are.
        let handle = self.response.user_handle.as_deref();
        if decode(handle.ok_or(Refused::UserHandle)?)? != stored.user_handle {
            return Err(Refused::UserHandle);
        }

        client_data::check(&client_data, Ceremony::Assertion, challenge, party)?;
        let data = AuthenticatorData::parse(&signed)?;
        check_common(&data, party)?;
        if data.flags.backup_eligible() != stored.backup_eligible {
            return Err(Refused::Backup);
        }
        if !counter_goes_up(stored.counter, data.counter) {
            return Err(Refused::Counter);
        }
        let (counter, backed_up) = (data.counter, data.flags.backed_up());
        let algorithm = stored.public_key.algorithm();
        let signature = match algorithm {
            Algorithm::Es256 => der::es256_signature(&signature).map(Vec::from),
            Algorithm::EdDsa => (signature.len() == 64).then_some(signature),
            // As long as the modulus, which the platform checks.
            Algorithm::Rs256 => Some(signature),
        };
        signed.extend(Sha256::digest(&client_data));
        Ok(Question {
            algorithm,
            jwk: stored.public_key.to_jwk(),
            signature: signature.ok_or(Refused::SignatureForm)?,
            signed,
            counter,
            backed_up,
        })
    }
}

/// Whether a counter is the one of the only authenticator with this key (§ 6.1.1): it goes up with every
/// signature, or is never counted at all. One that stands still or goes back tells of a copy.
///
/// It is asked again, by the store, when the counter is kept: two assertions may come at once.
#[must_use]
pub fn counter_goes_up(seen: u32, now: u32) -> bool {
    now > seen || (now == 0 && seen == 0)
}
