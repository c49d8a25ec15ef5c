//! The tenant's own keys for model providers: taken over as they come sealed, and deleted.

use super::Tenant;
use super::change::{Draft, fresh};
use crate::change::Wrong;
use crate::journal::Write;
use crate::message::Refusal;
use crate::outbox::Row;
use crate::provider_key::Provider;
use crate::vault::{Listed, Resealed};
use serde_json::json;

impl Tenant {
    /// Takes keys that were sealed anew, if they are those that are here. Whoever sealed them has opened them,
    /// so what is stored afterwards can be opened, too.
    pub(super) fn seal_provider_keys(
        &mut self,
        next: Resealed,
        version: Option<u64>,
        draft: &mut Draft,
    ) -> Result<(), Refusal> {
        let is_set = |provider| self.vault.providers().any(|it| it == provider);
        if let Some(provider) = next.provider {
            fresh(version, self.vault.version(provider))?;
        }
        let missing = match next.provider {
            Some(provider) => next.replaces && !is_set(provider),
            None => self.vault.data.is_none(),
        };
        if missing {
            return Err(Refusal::Change(Wrong::NoProviderKey));
        }
        if !self.vault.is_next(&next) {
            return Err(Refusal::Change(Wrong::Overtaken));
        }
        let target = next.provider.map(Provider::as_str);
        if let (Some(provider), Some(preview)) = (next.provider, next.preview.clone()) {
            let version = self.vault.version(provider).saturating_add(1);
            let action = if is_set(provider) {
                "provider_key.rotated"
            } else {
                "provider_key.set"
            };
            let details = json!({ "preview": preview, "version": version });
            self.list_provider_key(provider, version, preview, draft);
            draft.event(&mut self.outbox, action, target, Some(details));
        } else {
            draft.event(&mut self.outbox, "provider_key.resealed", target, None);
        }
        self.vault.put(next);
        draft
            .writes
            .push(Write::Vault(Box::new(self.vault.clone())));
        Ok(())
    }

    /// Deletes a key: the next admission does without.
    pub(super) fn drop_provider_key(
        &mut self,
        provider: Provider,
        version: Option<u64>,
        draft: &mut Draft,
    ) -> Result<(), Refusal> {
        if self.vault.providers().all(|it| it != provider) {
            return Err(Refusal::NotFound);
        }
        let present = self.vault.version(provider);
        fresh(version, present)?;
        self.list_provider_key(provider, present, String::new(), draft);
        self.vault.drop_key(provider);
        draft
            .writes
            .push(Write::Vault(Box::new(self.vault.clone())));
        let target = Some(provider.as_str());
        draft.event(&mut self.outbox, "provider_key.deleted", target, None);
        Ok(())
    }

    /// What people may know from now on; no preview is of no key.
    fn list_provider_key(
        &mut self,
        provider: Provider,
        version: u64,
        preview: String,
        draft: &mut Draft,
    ) {
        let seq = self.outbox.next();
        let listed = Listed {
            provider,
            version,
            deleted: preview.is_empty(),
            preview,
            at_ms: draft.at_ms,
            by: draft.actor.clone(),
            seq,
        };
        self.vault.list(listed.clone());
        draft.row(seq, Row::ProviderKey(Box::new(listed)));
    }
}
