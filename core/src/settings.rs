//! A tenant's settings, as its object keeps them. Stored as JSON: fields are only ever added.

use crate::id::TenantId;
use crate::limits::{Limits, Plan};
use crate::money::{NanoUsd, is_zero};
use crate::privacy::Privacy;
use crate::profile::{Profile, Profiles};
use serde::{Deserialize, Serialize};

/// A tenant's settings, as its object keeps them.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Settings {
    /// What the tenant pays for; `None` has no limits of its own.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub plan: Option<Plan>,
    /// The operator's override: requests per minute.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rpm: Option<u32>,
    /// The operator's override: tokens per minute.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tpm: Option<u32>,
    /// The operator's override: requests at the same time.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub concurrency: Option<u32>,
    /// The operator's override: spend per calendar month.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub budget: Option<NanoUsd>,
    /// Lower limits that the tenant set for itself.
    #[serde(default, skip_serializing_if = "Limits::is_empty")]
    pub own: Limits,
    /// Limits are counted and reported, but not enforced.
    #[serde(default, skip_serializing_if = "core::ops::Not::not")]
    pub shadow: bool,
    /// The profile that the operator asks for; `None` is general.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub profile: Option<Profile>,
    /// The tenant itself; unknown until the first change.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub id: Option<TenantId>,
    /// What people call it.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub name: String,
    /// The largest plan that the tenant may choose; `None` is the operator's own.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max_plan: Option<Plan>,
    /// The plan that the tenant chose instead of the operator's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub chosen: Option<Plan>,
    /// The operator has stopped model calls and changes.
    #[serde(default, skip_serializing_if = "core::ops::Not::not")]
    pub suspended: bool,
    /// What the tenant set for itself.
    #[serde(default, skip_serializing_if = "Privacy::is_empty")]
    pub privacy: Privacy,
    /// When it was made, in milliseconds since the Unix epoch.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub created_at_ms: u64,
    /// When it was deleted, in milliseconds since the Unix epoch: then nothing else is left.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub deleted_at_ms: Option<u64>,
    /// Grows with every change of these settings.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub version: u64,
}

impl Settings {
    /// The limits that hold: what is allowed, lowered by the tenant's own.
    #[must_use]
    pub fn limits(&self) -> Limits {
        self.allowed().lower_of(self.own)
    }

    /// The limits that the operator allows: overrides over the plan's.
    #[must_use]
    pub fn allowed(&self) -> Limits {
        let plan = self.plan().map(Plan::limits).unwrap_or_default();
        self.overrides().or(plan)
    }

    /// What the operator set over the plan's limits.
    #[must_use]
    pub fn overrides(&self) -> Limits {
        Limits {
            rpm: self.rpm,
            tpm: self.tpm,
            concurrency: self.concurrency,
            budget: self.budget,
        }
    }

    /// The plan that holds.
    #[must_use]
    pub fn plan(&self) -> Option<Plan> {
        self.chosen.or(self.plan)
    }

    /// Whether the tenant may choose this plan by itself. Where the operator has set none, there are no
    /// limits that a plan could raise.
    #[must_use]
    pub fn may_choose(&self, plan: Plan) -> bool {
        self.max_plan.or(self.plan).is_none_or(|most| plan <= most)
    }

    /// The profiles that the operator and the tenant ask for.
    #[must_use]
    pub fn profiles(&self) -> Profiles {
        [self.profile, self.privacy.profile]
            .into_iter()
            .flatten()
            .fold(Profiles::default(), Profiles::with)
    }

    /// Whether what is asked and answered is kept with the request log, unless a key or a request has a regulated
    /// profile of its own.
    #[must_use]
    pub fn keeps_texts(&self) -> bool {
        self.privacy.texts && !self.profiles().is_regulated()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tenant_chooses_among_the_plans_that_the_operator_allows() {
        let free = Settings {
            plan: Some(Plan::Free),
            ..Settings::default()
        };
        assert!(free.may_choose(Plan::Free) && !free.may_choose(Plan::Pro));
        let more = Settings {
            max_plan: Some(Plan::Scale),
            chosen: Some(Plan::Pro),
            ..free
        };
        assert!(more.may_choose(Plan::Scale) && !more.may_choose(Plan::Enterprise));
        assert_eq!(more.limits(), Plan::Pro.limits());
        assert!(Settings::default().may_choose(Plan::Enterprise));
    }

    #[test]
    fn the_lowest_limit_holds_and_an_override_may_be_higher_than_the_plan() {
        let settings = Settings {
            plan: Some(Plan::Free),
            rpm: Some(5_000),
            own: Limits {
                concurrency: Some(1),
                ..Limits::default()
            },
            ..Settings::default()
        };
        let limits = settings.limits();
        assert_eq!((limits.rpm, limits.concurrency), (Some(5_000), Some(1)));
        assert_eq!(limits.budget, Plan::Free.limits().budget);
        assert!(Settings::default().limits().is_empty());
    }
}
