//! A tenant's own keys for model providers as its object keeps them: sealed.
//!
//! The object holds nothing that opens them, and whoever opens them stores nothing. All of a tenant's keys are
//! sealed under one data key, which is replaced with every change of any of them: whoever changes one opens all,
//! and seals all anew ([`Vault::seal`]). The object takes that only for what it holds at that moment.
//!
//! In scope: what is stored, and how the next state is made of it. Out of scope: the cryptography
//! ([`crate::provider_key`]), who may, and what a key is used for.

use crate::actor::Actor;
use crate::base62::Random;
use crate::id::TenantId;
use crate::provider_key::{
    DataKey, KEY_BYTES, Masters, NONCE_BYTES, Provider, ProviderKey, Sealed, Wrapped,
};
use serde::{Deserialize, Serialize};

/// What a tenant's object keeps. Stored as JSON: pinned by a test.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Vault {
    /// The data key that all keys are sealed under; `None` while there are none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub data: Option<Wrapped>,
    /// Counts the tenant's data keys; it never goes back.
    #[serde(default)]
    pub data_version: u64,
    /// One for each provider that ever had a key, in the order of providers.
    #[serde(default)]
    pub kept: Vec<Kept>,
}

/// A provider's key, or what is left of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Kept {
    /// What people may know of it.
    pub listed: Listed,
    /// The key; `None` once it was deleted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sealed: Option<Sealed>,
}

/// What people may know of a key: nothing that opens anything.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Listed {
    /// Whose key.
    pub provider: Provider,
    /// Counts the tenant's keys for this provider; it never goes back.
    pub version: u64,
    /// The ends of it; empty once it was deleted.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub preview: String,
    /// When it was set, replaced or deleted, in milliseconds since the Unix epoch.
    pub at_ms: u64,
    /// By whom.
    pub by: Actor,
    /// It was deleted.
    #[serde(default, skip_serializing_if = "core::ops::Not::not")]
    pub deleted: bool,
    /// The number of the change, as the version of its row elsewhere.
    #[serde(default)]
    pub seq: u64,
}

/// All of a tenant's keys, sealed anew: the next state of a [`Vault`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Resealed {
    /// The provider that it was asked for; `None` is the whole.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub provider: Option<Provider>,
    /// The ends of its new key; `None` where that stays as it is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub preview: Option<String>,
    /// Whether it has to have a key already.
    #[serde(default, skip_serializing_if = "core::ops::Not::not")]
    pub replaces: bool,
    /// The new data key.
    pub data: Wrapped,
    /// Every key, in the order of providers.
    pub keys: Vec<Sealed>,
}

impl Resealed {
    /// The provider that has another key now.
    #[must_use]
    pub fn changed(&self) -> Option<Provider> {
        self.provider.filter(|_| self.preview.is_some())
    }
}

/// Keys on their way to where they are used: sealed, with what opens them under the master key.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Lent {
    /// The data key, wrapped.
    pub data: Wrapped,
    /// The keys.
    pub keys: Vec<Sealed>,
}

impl Lent {
    /// Those that open, for the tenant that they were sealed for.
    #[must_use]
    pub fn open(&self, masters: &Masters, tenant: &TenantId) -> Vec<(Provider, ProviderKey)> {
        let Some(data) = masters.unwrap(&self.data, tenant) else {
            return Vec::new();
        };
        let open = |sealed: &Sealed| Some((sealed.provider, data.open(sealed, tenant)?));
        self.keys.iter().filter_map(open).collect()
    }
}

/// Why keys cannot be sealed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CannotSeal {
    /// The deployment has no master key.
    NoMaster,
    /// A key that is there cannot be opened with the deployment's master keys.
    Unopened(Provider),
}

impl Vault {
    /// The providers that there is a key for.
    pub fn providers(&self) -> impl Iterator<Item = Provider> {
        self.sealed().map(|sealed| sealed.provider)
    }

    /// The keys, in the order of providers.
    pub fn sealed(&self) -> impl Iterator<Item = &Sealed> {
        self.kept.iter().filter_map(|kept| kept.sealed.as_ref())
    }

    /// The keys for these providers, as they are used.
    #[must_use]
    pub fn lend(&self, needed: &[Provider]) -> Option<Lent> {
        let keys = self.sealed().filter(|it| needed.contains(&it.provider));
        let keys: Vec<Sealed> = keys.cloned().collect();
        let data = self.data.clone().filter(|_| !keys.is_empty())?;
        Some(Lent { data, keys })
    }

    /// What is kept for a provider.
    #[must_use]
    pub fn of(&self, provider: Provider) -> Option<&Kept> {
        self.kept
            .iter()
            .find(|kept| kept.listed.provider == provider)
    }

    /// The version of a provider's key; 0 while there never was one.
    #[must_use]
    pub fn version(&self, provider: Provider) -> u64 {
        self.of(provider).map_or(0, |kept| kept.listed.version)
    }

    /// Whether the data key is wrapped under the present master key, so that the one before is not needed.
    #[must_use]
    pub fn is_present(&self, masters: &Masters, tenant: &TenantId) -> bool {
        let data = self.data.as_ref();
        data.is_none_or(|data| masters.present().unwrap(data, tenant).is_some())
    }

    /// Seals all keys under a new data key, with `new` in the place of the present key of its provider.
    ///
    /// # Errors
    /// [`CannotSeal`]. A key that is replaced need not open.
    pub fn seal(
        &self,
        new: Option<(Provider, &ProviderKey)>,
        masters: &Masters,
        tenant: &TenantId,
        random: Random<'_>,
    ) -> Result<(Wrapped, Vec<Sealed>), CannotSeal> {
        let mut keys: Vec<(Provider, u64, ProviderKey)> = Vec::new();
        let old = self.data.as_ref();
        let old = old.and_then(|data| masters.unwrap(data, tenant));
        for sealed in self.sealed() {
            if new.is_some_and(|(provider, _)| provider == sealed.provider) {
                continue;
            }
            let opened = old.as_ref().and_then(|data| data.open(sealed, tenant));
            let opened = opened.ok_or(CannotSeal::Unopened(sealed.provider))?;
            keys.push((sealed.provider, sealed.version, opened));
        }
        if let Some((provider, key)) = new {
            let version = self.version(provider).saturating_add(1);
            keys.push((provider, version, key.clone()));
        }
        keys.sort_by_key(|(provider, ..)| *provider);
        let mut bytes = [0; KEY_BYTES];
        random(&mut bytes);
        let data = DataKey::new(bytes);
        let mut nonce = || {
            let mut nonce = [0; NONCE_BYTES];
            random(&mut nonce);
            nonce
        };
        let data_version = self.data_version.saturating_add(1);
        let wrapped = masters.wrap(&data, tenant, data_version, nonce());
        let wrapped = wrapped.ok_or(CannotSeal::NoMaster)?;
        let sealed = keys.iter().map(|(provider, version, key)| {
            let place = (*provider, *version, data_version);
            data.seal(key, tenant, place, nonce())
        });
        let sealed = sealed.collect::<Option<Vec<Sealed>>>();
        Ok((wrapped, sealed.ok_or(CannotSeal::NoMaster)?))
    }

    /// Whether this is a next state of what is kept: made of exactly these keys, none of them older.
    #[must_use]
    pub fn is_next(&self, next: &Resealed) -> bool {
        let changed = next.changed();
        let mut wanted: Vec<(Provider, u64)> = self
            .sealed()
            .filter(|sealed| changed != Some(sealed.provider))
            .map(|sealed| (sealed.provider, sealed.version))
            .chain(changed.map(|it| (it, self.version(it).saturating_add(1))))
            .collect();
        wanted.sort_unstable();
        let data_version = self.data_version.saturating_add(1);
        let given = next.keys.iter().map(|key| (key.provider, key.version));
        !wanted.is_empty()
            && given.eq(wanted)
            && next.data.version == data_version
            && next.keys.iter().all(|key| key.data_version == data_version)
    }

    /// Puts the new state in the place of the present one. The caller has asked [`Self::is_next`].
    pub(crate) fn put(&mut self, next: Resealed) {
        self.data_version = next.data.version;
        self.data = Some(next.data);
        for sealed in next.keys {
            let kept = self.kept.iter_mut();
            if let Some(kept) = kept
                .into_iter()
                .find(|it| it.listed.provider == sealed.provider)
            {
                kept.sealed = Some(sealed);
            }
        }
    }

    /// Writes down what people may know of a provider's key.
    pub(crate) fn list(&mut self, listed: Listed) {
        let provider = listed.provider;
        match self
            .kept
            .binary_search_by_key(&provider, |kept| kept.listed.provider)
        {
            Ok(at) => {
                if let Some(kept) = self.kept.get_mut(at) {
                    kept.listed = listed;
                }
            }
            Err(at) => self.kept.insert(
                at,
                Kept {
                    listed,
                    sealed: None,
                },
            ),
        }
    }

    /// Forgets a provider's key; without any there is no data key either.
    pub(crate) fn drop_key(&mut self, provider: Provider) {
        for kept in &mut self.kept {
            if kept.listed.provider == provider {
                kept.sealed = None;
            }
        }
        if self.providers().next().is_none() {
            self.data = None;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{MASTER, seal};

    const OTHER: &str = "ff0102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f";

    fn demo() -> TenantId {
        TenantId::parse("demo").unwrap()
    }

    fn with(vault: &Vault, provider: Provider, text: &str) -> Vault {
        let crate::change::Act::SealProviderKeys(next) = seal(vault, provider, text) else {
            panic!("not sealed")
        };
        let mut vault = vault.clone();
        vault.list(Listed {
            provider,
            version: vault.version(provider) + 1,
            preview: "sk-…wxyz".into(),
            at_ms: 5,
            by: Actor::of(crate::actor::ActorKind::Operator),
            deleted: false,
            seq: 3,
        });
        vault.put(*next);
        vault
    }

    #[test]
    fn the_data_key_is_wrapped_anew_when_the_master_key_is_replaced() {
        let vault = with(&Vault::default(), Provider::Openai, "sk-12345678");
        let both = Masters::parse(OTHER, MASTER).unwrap();
        assert!(!vault.is_present(&both, &demo()));
        let random = &mut |bytes: &mut [u8]| bytes.fill(7);
        let (data, keys) = vault.seal(None, &both, &demo(), random).unwrap();
        let alone = Masters::parse(OTHER, "").unwrap();
        let opened = alone.unwrap(&data, &demo()).unwrap();
        let key = opened.open(&keys[0], &demo()).unwrap();
        assert_eq!(key.reveal(), "sk-12345678");
    }

    #[test]
    fn a_key_that_does_not_open_is_not_lost_by_sealing_another() {
        let vault = with(&Vault::default(), Provider::Openai, "sk-12345678");
        let strange = Masters::parse(OTHER, "").unwrap();
        let key = ProviderKey::parse("sk-87654321").unwrap();
        let random = &mut |bytes: &mut [u8]| bytes.fill(7);
        for new in [None, Some((Provider::Anthropic, &key))] {
            let refused = vault.seal(new, &strange, &demo(), random).unwrap_err();
            assert_eq!(refused, CannotSeal::Unopened(Provider::Openai));
        }
        // But it may be replaced.
        let new = Some((Provider::Openai, &key));
        assert!(vault.seal(new, &strange, &demo(), random).is_ok());
        let none = Masters::default();
        let refused = vault.seal(new, &none, &demo(), random).unwrap_err();
        assert_eq!(refused, CannotSeal::NoMaster);
    }

    /// Stored in every object that has keys: a change needs a migration.
    #[test]
    fn the_stored_form_is_pinned() {
        let vault = with(&Vault::default(), Provider::Anthropic, "sk-12345678");
        let json = serde_json::to_string(&vault).unwrap();
        let form = r#"{"data":{"version":1,"sealed":"01"#;
        assert!(json.starts_with(form), "{json}");
        let form = r#""},"data_version":1,"kept":[{"listed":{"provider":"anthropic","version":1,"preview":"sk-…wxyz","at_ms":5,"by":{"kind":"operator"},"seq":3},"sealed":{"provider":"anthropic","version":1,"data_version":1,"sealed":"01"#;
        assert!(json.contains(form), "{json}");
        assert_eq!(serde_json::from_str::<Vault>(&json).unwrap(), vault);
        assert_eq!(
            serde_json::from_str::<Vault>("{}").unwrap(),
            Vault::default()
        );
    }
}
