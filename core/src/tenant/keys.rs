//! Keys: made, changed, rotated, revoked, forgotten.

use super::change::{Draft, fresh};
use super::settings::limits_json;
use super::{Held, Tenant};
use crate::change::{Fresh, GRACE_MAX_S, KEYS_MAX, KeyEdit, Standing, Wrong};
use crate::id::KeyId;
use crate::journal::Write;
use crate::key::{KeyHash, Kind};
use crate::message::{Forbidden, KeyRecord, Refusal};
use crate::outbox::{Item, Row};
use crate::role::Permission;
use serde_json::json;

/// How long a key that has ended is remembered, in ms: 30 days. Then it is unknown, and refused as such.
const ENDED_MS: u64 = 30 * 86_400_000;
/// The same for a key that a page made for itself: a day.
const PASSED_MS: u64 = 86_400_000;
/// The most keys in one page of a snapshot.
const PAGE: usize = 200;

impl Tenant {
    pub(super) fn key(&self, id: &KeyId) -> Result<&KeyRecord, Refusal> {
        let mut records = self.keys.values().map(|held| &held.record);
        records
            .find(|record| record.id == *id)
            .ok_or(Refusal::NotFound)
    }

    /// A key that the actor may change. Whoever may change all keys may, and everybody their own, as long
    /// as it may do no more than they.
    fn touched(&self, id: &KeyId, by: &Standing) -> Result<KeyRecord, Refusal> {
        let record = self.key(id)?;
        let own = by.owns(record);
        let all = by.require(Permission::AllKeys);
        if all.is_err() {
            if !own || record.kind == Kind::Widget {
                all?;
            }
            if let Some(role) = self.effective(record)
                && role > by.role
            {
                return Err(Refusal::Forbidden(Forbidden::Role(role)));
            }
        }
        Ok(record.clone())
    }

    /// Puts a record in memory, on disk and into the outbox.
    fn put_key(&mut self, mut record: KeyRecord, draft: &mut Draft) {
        record.version = self.outbox.next();
        match self.keys.get_mut(&record.hash) {
            Some(held) => held.record = record.clone(),
            None => drop(self.keys.insert(record.hash, Held::new(record.clone()))),
        }
        draft.row(record.version, Row::Key(Box::new(record.clone())));
        draft.writes.push(Write::Key(record));
    }

    pub(super) fn make_key(
        &mut self,
        mut record: KeyRecord,
        by: &Standing,
        draft: &mut Draft,
    ) -> Result<(), Refusal> {
        if record.kind == Kind::Widget {
            by.require(Permission::AllKeys)?;
        }
        if record.role > by.role {
            return Err(Refusal::Forbidden(Forbidden::AboveOwn));
        }
        let same_hash = self.keys.get(&record.hash).map(|held| &held.record);
        match (self.key(&record.id).ok(), same_hash) {
            (None, None) => {}
            (Some(one), Some(other)) if one.id == other.id => {
                // Asked again: what is known stays, above all its revocation.
                draft.row(one.version, Row::Key(Box::new(one.clone())));
                return Ok(());
            }
            _ => return Err(Refusal::Conflict),
        }
        let live = |held: &&Held| held.record.is_live(draft.at_ms);
        if self.keys.values().filter(live).count() >= KEYS_MAX {
            return Err(Refusal::Change(Wrong::Full));
        }
        record.creator = by.owner.clone();
        record.created_at_ms = draft.at_ms;
        let details = json!({
            "name": record.name,
            "type": record.kind,
            "role": record.role,
            "preview": record.preview,
        });
        let id = record.id.clone();
        self.put_key(record, draft);
        let target = Some(id.as_str());
        draft.event(&mut self.outbox, "key.created", target, Some(details));
        Ok(())
    }

    pub(super) fn edit_key(
        &mut self,
        id: &KeyId,
        edit: KeyEdit,
        version: Option<u64>,
        by: &Standing,
        draft: &mut Draft,
    ) -> Result<(), Refusal> {
        let mut record = self.touched(id, by)?;
        fresh(version, record.version)?;
        if !record.is_live(draft.at_ms) {
            return Err(Refusal::Change(Wrong::Ended));
        }
        let of_a_widget = edit.origins.is_some() || edit.visitor_rpm.is_some();
        if of_a_widget && record.kind != Kind::Widget {
            return Err(Refusal::Conflict);
        }
        let mut details = serde_json::Map::new();
        if let Some(origins) = edit.origins {
            details.insert("origins".into(), json!(origins));
            record.origins = origins;
        }
        if let Some(name) = edit.name {
            details.insert("name".into(), json!(name));
            record.name = name;
        }
        if let Some(edit) = edit.limits {
            let limits = edit.of(record.limits());
            details.insert("limits".into(), limits_json(limits));
            record.set_limits(limits);
        }
        if let Some(most) = edit.visitor_rpm {
            details.insert("visitorRpm".into(), json!(most));
            record.visitor_rpm = Some(most);
        }
        if let Some(models) = edit.models {
            details.insert("models".into(), json!(models));
            record.models = models;
        }
        self.put_key(record, draft);
        let target = Some(id.as_str());
        draft.event(
            &mut self.outbox,
            "key.updated",
            target,
            Some(details.into()),
        );
        Ok(())
    }

    /// Revoking again changes nothing, and is told again.
    pub(super) fn revoke_key(
        &mut self,
        id: &KeyId,
        by: &Standing,
        draft: &mut Draft,
    ) -> Result<(), Refusal> {
        let record = self.touched(id, by)?;
        if record.revoked_at_ms.is_some() {
            draft.row(record.version, Row::Key(Box::new(record)));
        } else {
            self.revoke(record, draft);
        }
        Ok(())
    }

    pub(super) fn revoke(&mut self, mut record: KeyRecord, draft: &mut Draft) {
        record.revoked_at_ms = Some(draft.at_ms);
        let id = record.id.clone();
        self.put_key(record, draft);
        draft.event(&mut self.outbox, "key.revoked", Some(id.as_str()), None);
    }

    /// The new key is the old one with another text. It stays its creator's.
    pub(super) fn rotate_key(
        &mut self,
        id: &KeyId,
        new: Fresh,
        version: Option<u64>,
        by: &Standing,
        draft: &mut Draft,
    ) -> Result<(), Refusal> {
        let mut old = self.touched(id, by)?;
        // Whoever rotates a key holds it.
        if old.role > by.role {
            return Err(Refusal::Forbidden(Forbidden::AboveOwn));
        }
        fresh(version, old.version)?;
        if !old.is_live(draft.at_ms) || old.rotated_to.is_some() {
            return Err(Refusal::Change(Wrong::Ended));
        }
        if self.key(&new.id).is_ok() || self.keys.contains_key(&new.hash) {
            return Err(Refusal::Conflict);
        }
        let grace_s = new.grace_s.min(GRACE_MAX_S);
        let record = KeyRecord {
            id: new.id.clone(),
            hash: new.hash,
            preview: new.preview,
            created_at_ms: draft.at_ms,
            ..old.clone()
        };
        let ends_ms = draft.at_ms.saturating_add(u64::from(grace_s) * 1_000);
        old.rotated_to = Some(new.id.clone());
        if grace_s == 0 {
            old.revoked_at_ms = Some(draft.at_ms);
        } else {
            old.expires_at_ms = Some(old.expires_at_ms.map_or(ends_ms, |end| end.min(ends_ms)));
        }
        self.put_key(record, draft);
        self.put_key(old, draft);
        let details = json!({ "to": new.id, "graceS": grace_s });
        let target = Some(id.as_str());
        draft.event(&mut self.outbox, "key.rotated", target, Some(details));
        Ok(())
    }

    /// Forgets keys that have ended long ago. They are unknown from then on, and refused all the same.
    pub(super) fn forget_keys(&mut self, now_ms: u64, writes: &mut Vec<Write>) {
        self.keys.retain(|hash, Held { record, .. }| {
            let ended_ms = [record.revoked_at_ms, record.expires_at_ms]
                .into_iter()
                .flatten()
                .min();
            let kept_ms = if record.passing { PASSED_MS } else { ENDED_MS };
            let keep = ended_ms.is_none_or(|end| end.saturating_add(kept_ms) > now_ms);
            if !keep {
                writes.push(Write::KeyGone(*hash));
            }
            keep
        });
    }

    /// A page of what the other stores should hold.
    pub(super) fn snapshot(&self, after: Option<KeyHash>) -> Vec<Item> {
        let mut items = Vec::new();
        if after.is_none() {
            items.extend(self.settings.iter().map(|settings| Item {
                seq: settings.version,
                row: Row::Tenant(Box::new(settings.clone())),
            }));
            items.extend(self.members.values().map(|member| Item {
                seq: member.version,
                row: Row::Member(member.clone()),
            }));
            items.extend(self.vault.kept.iter().map(|kept| Item {
                seq: kept.listed.seq,
                row: Row::ProviderKey(Box::new(kept.listed.clone())),
            }));
        }
        let beyond = |hash: &&KeyHash| after.is_none_or(|after| **hash > after);
        let keys = self.keys.iter().filter(|(hash, _)| beyond(hash));
        items.extend(keys.take(PAGE).map(|(_, held)| Item {
            seq: held.record.version,
            row: Row::Key(Box::new(held.record.clone())),
        }));
        items
    }
}
