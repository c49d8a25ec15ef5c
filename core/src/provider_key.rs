//! Tenants' own keys for model providers, sealed in two steps.
//!
//! A tenant's data key seals its provider keys; the deployment's master key, a secret of the Worker, wraps the
//! data key. Both are AES-256-GCM with a fresh nonce of 96 bits and a byte for the form in front. What is sealed is
//! bound to where it belongs: the tenant and the data key's version, or the tenant, the provider and the key's
//! version. So a sealed key that is moved to another tenant, provider or version opens nowhere.
//!
//! In scope: the cryptography, and what a key looks like. Nonces and keys are passed in. Out of scope: where it
//! is kept, and who may change it.
//!
//! Caveat: there is no way to get a key out but [`DataKey::open`], whose result shows nowhere in `Debug`.

use crate::catalog::Backend;
use crate::chat::Invalid;
use crate::id::TenantId;
use aes_gcm::aead::{Aead, KeyInit, Payload};
use aes_gcm::{Aes256Gcm, Key, Nonce};
use core::fmt;
use serde::{Deserialize, Serialize};

/// Bytes of randomness that each sealing needs.
pub const NONCE_BYTES: usize = 12;
/// Bytes of a key.
pub const KEY_BYTES: usize = 32;

/// The first byte of what is sealed: how it was.
const FORM: u8 = 1;
/// The longest provider key, in characters.
const KEY_MAX: usize = 512;
/// The shortest one.
const KEY_MIN: usize = 8;
/// From this length on, a preview shows some of it.
const SHOWN_MIN: usize = 24;

/// Who a tenant may have a key of its own for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Provider {
    /// OpenAI.
    Openai,
    /// Anthropic.
    Anthropic,
}

impl Provider {
    /// Every one.
    pub const ALL: [Self; 2] = [Self::Openai, Self::Anthropic];

    /// Its name in paths and JSON.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Openai => "openai",
            Self::Anthropic => "anthropic",
        }
    }

    /// The one with this name.
    #[must_use]
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|it| it.as_str() == name)
    }

    /// What it is called among the rows of a tenant, which have other identifiers.
    #[must_use]
    pub fn row_name(self) -> &'static str {
        match self {
            Self::Openai => "provider_key/openai",
            Self::Anthropic => "provider_key/anthropic",
        }
    }

    /// Whose models run there; none takes a tenant's key for Workers AI.
    #[must_use]
    pub fn of(backend: Backend) -> Option<Self> {
        match backend {
            Backend::Openai => Some(Self::Openai),
            Backend::Anthropic => Some(Self::Anthropic),
            Backend::WorkersAi => None,
        }
    }
}

/// A provider key in the clear. `Debug` hides it.
#[derive(Clone, PartialEq, Eq)]
pub struct ProviderKey(String);

impl fmt::Debug for ProviderKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ProviderKey(hidden)")
    }
}

impl ProviderKey {
    /// Checks a key's form: visible ASCII, as a header takes it.
    ///
    /// # Errors
    /// [`Invalid`] that says what it has to be, and nothing of what it is.
    pub fn parse(text: &str) -> Result<Self, Invalid> {
        let text = text.trim();
        let fits = (KEY_MIN..=KEY_MAX).contains(&text.len())
            && text.bytes().all(|b| (0x21..0x7f).contains(&b));
        if !fits {
            return Err(Invalid {
                path: "$.key".to_owned(),
                message: "A provider key has 8 to 512 visible ASCII characters".to_owned(),
            });
        }
        Ok(Self(text.to_owned()))
    }

    /// The key, for the header that it goes into.
    #[must_use]
    pub fn reveal(&self) -> &str {
        &self.0
    }

    /// What may be shown of it for good: of a long key the first three and the last four characters.
    #[must_use]
    pub fn preview(&self) -> String {
        let at = self.0.len().saturating_sub(4);
        match (self.0.get(..3), self.0.get(at..)) {
            (Some(first), Some(last)) if self.0.len() >= SHOWN_MIN => format!("{first}…{last}"),
            _ => "…".to_owned(),
        }
    }
}

/// A key for sealing. `Debug` hides it.
#[derive(Clone, PartialEq, Eq)]
struct Secret([u8; KEY_BYTES]);

impl Drop for Secret {
    /// What is freed holds no key. (The compiler may keep copies; this is what plain Rust can do.)
    fn drop(&mut self) {
        self.0 = [0; KEY_BYTES];
        core::hint::black_box(&self.0);
    }
}

impl Secret {
    fn seal(&self, text: &[u8], place: &str, nonce: [u8; NONCE_BYTES]) -> Option<String> {
        let cipher = Aes256Gcm::new(&Key::<Aes256Gcm>::from(self.0));
        let payload = Payload {
            msg: text,
            aad: place.as_bytes(),
        };
        let sealed = cipher.encrypt(&Nonce::from(nonce), payload).ok()?;
        Some(hex::encode([&[FORM][..], &nonce, &sealed].concat()))
    }

    fn open(&self, sealed: &str, place: &str) -> Option<Vec<u8>> {
        let bytes = hex::decode(sealed).ok()?;
        let (form, rest) = bytes.split_first()?;
        let (nonce, sealed) = rest.split_first_chunk::<NONCE_BYTES>()?;
        let payload = Payload {
            msg: sealed,
            aad: place.as_bytes(),
        };
        let cipher = Aes256Gcm::new(&Key::<Aes256Gcm>::from(self.0));
        let opened = cipher.decrypt(&Nonce::from(*nonce), payload).ok();
        opened.filter(|_| *form == FORM)
    }
}

/// A deployment's master keys: the one that wraps, and while it is replaced, the one before. `Debug` hides
/// them.
#[derive(Clone, Default)]
pub struct Masters {
    present: Option<Secret>,
    old: Option<Secret>,
}

impl fmt::Debug for Masters {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Masters")
            .field("present", &self.present.is_some())
            .field("old", &self.old.is_some())
            .finish()
    }
}

/// A setting that is no key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BadMaster(pub &'static str);

impl fmt::Display for BadMaster {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} has to be 64 hex digits: 32 random bytes", self.0)
    }
}

impl Masters {
    /// Reads the two settings `PROVIDER_MASTER_KEY` and `PROVIDER_MASTER_KEY_OLD`; empty is none.
    ///
    /// # Errors
    /// The name of the one that is no key.
    pub fn parse(present: &str, old: &str) -> Result<Self, BadMaster> {
        let read = |text: &str, name| {
            let text = text.trim();
            if text.is_empty() {
                return Ok(None);
            }
            let mut bytes = [0; KEY_BYTES];
            hex::decode_to_slice(text, &mut bytes).map_err(|_| BadMaster(name))?;
            Ok(Some(Secret(bytes)))
        };
        Ok(Self {
            present: read(present, "PROVIDER_MASTER_KEY")?,
            old: read(old, "PROVIDER_MASTER_KEY_OLD")?,
        })
    }

    /// Whether keys can be sealed at all.
    #[must_use]
    pub fn is_set(&self) -> bool {
        self.present.is_some()
    }

    /// The present one alone: what it opens does not need the one before.
    #[must_use]
    pub fn present(&self) -> Self {
        Self {
            present: self.present.clone(),
            old: None,
        }
    }

    /// Seals something small of the deployment's own under the present master key, bound to its place. `None`
    /// where there is no key.
    #[must_use]
    pub fn seal(&self, text: &[u8], place: &str, nonce: [u8; NONCE_BYTES]) -> Option<String> {
        self.present.as_ref()?.seal(text, place, nonce)
    }

    /// Opens what was sealed for this place, under whichever master key.
    #[must_use]
    pub fn open(&self, sealed: &str, place: &str) -> Option<Vec<u8>> {
        let masters = [&self.present, &self.old].into_iter().flatten();
        masters
            .filter_map(|master| master.open(sealed, place))
            .next()
    }

    /// Wraps a tenant's data key under the present master key. `None` where there is none.
    #[must_use]
    pub fn wrap(
        &self,
        data: &DataKey,
        tenant: &TenantId,
        version: u64,
        nonce: [u8; NONCE_BYTES],
    ) -> Option<Wrapped> {
        let place = of_data_key(tenant, version);
        let sealed = self.seal(&data.0.0, &place, nonce)?;
        Some(Wrapped { version, sealed })
    }

    /// Opens a tenant's data key, whichever master key it was wrapped under.
    #[must_use]
    pub fn unwrap(&self, wrapped: &Wrapped, tenant: &TenantId) -> Option<DataKey> {
        let place = of_data_key(tenant, wrapped.version);
        let bytes = self.open(&wrapped.sealed, &place)?;
        bytes.try_into().ok().map(|bytes| DataKey(Secret(bytes)))
    }
}

/// A tenant's data key, wrapped. What is stored: pinned by a test.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Wrapped {
    /// Counts the tenant's data keys.
    pub version: u64,
    /// In hex: form, nonce, the key under the master key.
    pub sealed: String,
}

/// A tenant's provider key, sealed. What is stored: pinned by a test.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sealed {
    /// Whose key.
    pub provider: Provider,
    /// Counts the tenant's keys for this provider; it never goes back.
    pub version: u64,
    /// The version of the data key that it is sealed under.
    pub data_version: u64,
    /// In hex: form, nonce, the key under the data key.
    pub sealed: String,
}

/// A tenant's data key in the clear. It has no `Debug` of its content.
#[derive(Clone, PartialEq, Eq)]
pub struct DataKey(Secret);

impl fmt::Debug for DataKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("DataKey(hidden)")
    }
}

impl DataKey {
    /// A data key of fresh random bytes.
    #[must_use]
    pub fn new(random: [u8; KEY_BYTES]) -> Self {
        Self(Secret(random))
    }

    /// Seals a provider key. `data_version` is this data key's own.
    #[must_use]
    pub fn seal(
        &self,
        key: &ProviderKey,
        tenant: &TenantId,
        (provider, version, data_version): (Provider, u64, u64),
        nonce: [u8; NONCE_BYTES],
    ) -> Option<Sealed> {
        let place = of_provider_key(tenant, provider, version);
        Some(Sealed {
            provider,
            version,
            data_version,
            sealed: self.0.seal(key.0.as_bytes(), &place, nonce)?,
        })
    }

    /// Opens a provider key; `None` for one that was sealed for something else, or was changed since.
    #[must_use]
    pub fn open(&self, sealed: &Sealed, tenant: &TenantId) -> Option<ProviderKey> {
        let place = of_provider_key(tenant, sealed.provider, sealed.version);
        let bytes = self.0.open(&sealed.sealed, &place)?;
        ProviderKey::parse(&String::from_utf8(bytes).ok()?).ok()
    }
}

fn of_data_key(tenant: &TenantId, version: u64) -> String {
    format!("neureus data key/{tenant}/{version}")
}

fn of_provider_key(tenant: &TenantId, provider: Provider, version: u64) -> String {
    format!(
        "neureus provider key/{tenant}/{}/{version}",
        provider.as_str()
    )
}

#[cfg(test)]
mod tests;
