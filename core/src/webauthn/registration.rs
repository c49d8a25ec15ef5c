//! Registration: a new passkey (WebAuthn § 7.1).

use super::attestation::Attestation;
use super::authenticator_data::{AuthenticatorData, CREDENTIAL_ID_MAX};
use super::client_data::{self, Ceremony};
use super::cose::PublicKey;
use super::relying_party::RelyingParty;
use super::{Challenge, Refused};
use crate::base64url;
use serde::Deserialize;

/// `RegistrationResponseJSON` (§ 5.1.8.1): what `PublicKeyCredential.toJSON()` gives. Browsers write more
/// members than these, and more of them with time.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct RegistrationJson {
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
    attestation_object: String,
    #[serde(default)]
    transports: Vec<String>,
}

/// How browsers reach an authenticator (§ 5.8.4). Others that may come are not kept.
const TRANSPORTS: [&str; 6] = ["usb", "nfc", "ble", "smart-card", "hybrid", "internal"];

/// A credential that may be kept as a passkey.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewPasskey {
    /// The authenticator's name for it.
    pub credential_id: Vec<u8>,
    /// Its public key.
    pub public_key: PublicKey,
    /// The same, as it came.
    pub cose_key: Vec<u8>,
    /// The signature counter.
    pub counter: u32,
    /// The authenticator's model, or zeros.
    pub aaguid: [u8; 16],
    /// Whether it may be kept in several places.
    pub backup_eligible: bool,
    /// Whether it is.
    pub backed_up: bool,
    /// How to reach its authenticator.
    pub transports: Vec<&'static str>,
}

impl RegistrationJson {
    /// Checks a registration against what was asked.
    ///
    /// The signature of an attestation is not looked at: a credential proves itself when it signs in.
    ///
    /// # Errors
    /// The first check that fails.
    pub fn verify(
        &self,
        challenge: &Challenge,
        party: &RelyingParty,
    ) -> Result<NewPasskey, Refused> {
        let credential_id = credential_id(&self.kind, &self.id, &self.raw_id)?;
        let decode = |text: &str| base64url::decode(text).ok_or(Refused::Envelope);
        let client_data = decode(&self.response.client_data)?;
        let object = decode(&self.response.attestation_object)?;

        client_data::check(&client_data, Ceremony::Registration, challenge, party)?;
        let attestation = Attestation::parse(&object)?;
        let data = AuthenticatorData::parse(attestation.authenticator_data)?;
        check_common(&data, party)?;
        let credential = data.credential.ok_or(Refused::AuthenticatorData)?;
        if credential.id != credential_id {
            return Err(Refused::Envelope);
        }
        let known = TRANSPORTS.into_iter().filter(|transport| {
            let given = &self.response.transports;
            given.iter().any(|other| other == transport)
        });
        Ok(NewPasskey {
            public_key: PublicKey::parse(credential.public_key)?,
            cose_key: credential.public_key.to_vec(),
            counter: data.counter,
            aaguid: *credential.aaguid,
            backup_eligible: data.flags.backup_eligible(),
            backed_up: data.flags.backed_up(),
            transports: known.collect(),
            credential_id,
        })
    }
}

/// What both ceremonies want of authenticator data: the right relying party, and a user who was there and
/// verified. What is not eligible for backup cannot be backed up.
pub(super) fn check_common(
    data: &AuthenticatorData<'_>,
    party: &RelyingParty,
) -> Result<(), Refused> {
    if *data.rp_id_hash != party.id_hash() {
        return Err(Refused::RelyingParty);
    }
    if !data.flags.user_present() {
        return Err(Refused::UserPresence);
    }
    if !data.flags.user_verified() {
        return Err(Refused::UserVerification);
    }
    if data.flags.backed_up() && !data.flags.backup_eligible() {
        return Err(Refused::Backup);
    }
    Ok(())
}

/// The credential id of an envelope of either ceremony.
pub(super) fn credential_id(kind: &str, id: &str, raw_id: &str) -> Result<Vec<u8>, Refused> {
    let bytes = base64url::decode(raw_id).ok_or(Refused::Envelope)?;
    let fits =
        kind == "public-key" && id == raw_id && (1..=CREDENTIAL_ID_MAX).contains(&bytes.len());
    fits.then_some(bytes).ok_or(Refused::Envelope)
}
