//! Whether a key is good for what is asked, and what holds for it.

use super::Tenant;
use crate::key::{KeyHash, Kind};
use crate::ledger::Bounds;
use crate::limits::Limits;
use crate::member::Creator;
use crate::message::{Ask, BadKey, Forbidden, KeyRecord, Principal, Refusal, Settings};
use crate::origin;
use crate::profile::Profiles;
use crate::role::{Permission, Role};

impl Tenant {
    /// The limits that hold for a key with these of its own.
    pub(super) fn bounds(&self, key: Limits) -> Bounds {
        let settings = self.settings.as_ref();
        Bounds {
            tenant: settings.map(Settings::limits).unwrap_or_default(),
            key,
            shadow: settings.is_some_and(|settings| settings.shadow),
        }
    }

    /// The principal and its key's own limits, or why the key is no good for this.
    pub(super) fn principal(&self, ask: &Ask, now_ms: u64) -> Result<(Principal, Limits), Refusal> {
        let (settings, record, role) = self.live(&ask.key, now_ms)?;
        permit(record, role, ask).map_err(Refusal::Forbidden)?;
        if settings.suspended && ask.needs == Permission::CallModels {
            return Err(Refusal::Forbidden(Forbidden::Suspended));
        }
        let principal = Principal {
            key: record.id.clone(),
            kind: record.kind,
            role,
            profiles: profiles(settings, record),
            answers: settings.privacy.answers,
            patterns: settings.privacy.patterns.clone(),
            models: record.models.clone(),
            own: self.vault.providers().collect(),
            texts: settings.keeps_texts() && !profiles(settings, record).is_regulated(),
        };
        Ok((principal, record.limits()))
    }

    /// A key that is good, and its effective role.
    pub(super) fn live(
        &self,
        key: &KeyHash,
        now_ms: u64,
    ) -> Result<(&Settings, &KeyRecord, Role), Refusal> {
        let (Some(settings), Some(held)) = (&self.settings, self.keys.get(key)) else {
            return Err(Refusal::Key(BadKey::Unknown));
        };
        let record = &held.record;
        if record.revoked_at_ms.is_some() {
            return Err(Refusal::Key(BadKey::Revoked));
        }
        if record.expires_at_ms.is_some_and(|end| end <= now_ms) {
            return Err(Refusal::Key(BadKey::Expired));
        }
        // A member who is gone took their keys along.
        let role = self
            .effective(record)
            .ok_or(Refusal::Key(BadKey::Revoked))?;
        Ok((settings, record, role))
    }

    /// The lower of a key's own role and its creator's present one; `None` where the creator is gone.
    pub(super) fn effective(&self, record: &KeyRecord) -> Option<Role> {
        match &record.creator {
            Some(Creator::Member(id)) => {
                let member = self.members.get(id)?;
                Some(member.role.min(record.role))
            }
            Some(Creator::Key(_)) | None => Some(record.role),
        }
    }
}

/// The profiles that hold for a key.
pub(super) fn profiles(settings: &Settings, record: &KeyRecord) -> Profiles {
    let own = record.profile.into_iter();
    own.fold(settings.profiles(), Profiles::with)
}

/// Whether a good key may do what is asked.
fn permit(record: &KeyRecord, role: Role, ask: &Ask) -> Result<(), Forbidden> {
    if record.kind == Kind::Widget {
        if ask.needs != Permission::CallModels {
            return Err(Forbidden::WidgetKey);
        }
        if !origin::allowed(&record.origins, ask.origin.as_deref()) {
            return Err(Forbidden::Origin);
        }
    }
    if !role.may(ask.needs) {
        return Err(Forbidden::Role(ask.needs.least_role()));
    }
    match &ask.model {
        Some(model) if !record.models.is_empty() && !record.models.contains(model) => {
            Err(Forbidden::Model)
        }
        _ => Ok(()),
    }
}
