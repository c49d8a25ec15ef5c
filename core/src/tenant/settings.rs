//! A tenant's settings: the operator's part, and what the tenant sets for itself within it.

use super::Tenant;
use super::change::{Draft, fresh};
use crate::alarm::Schedule;
use crate::change::{Billing, NewTenant, Standing, Wrong};
use crate::id::TenantId;
use crate::journal::Write;
use crate::ledger::Ledger;
use crate::limits::Limits;
use crate::message::{Forbidden, LimitKind, Refusal, Settings};
use crate::metrics::collector::Collector;
use crate::metrics::tidy::Tidy;
use crate::money::NanoUsd;
use crate::outbox::{Outbox, Row};
use crate::privacy::Privacy;
use crate::vault::Vault;
use crate::visits::Visitors;
use serde_json::{Value, json};

/// The most keys in one item of the outbox.
const KEYS_PER_ITEM: usize = 500;

impl Tenant {
    fn known(&self) -> Result<Settings, Refusal> {
        self.settings.clone().ok_or(Refusal::NotFound)
    }

    /// The one place where settings change. A regulated profile switches the keeping of texts off, and nothing
    /// but its admins switches it on again.
    fn put_settings(&mut self, mut settings: Settings, draft: &mut Draft) {
        settings.privacy.texts = settings.keeps_texts();
        if !settings.privacy.texts && self.keeps_texts() {
            self.collector.forget_texts();
            draft.writes.push(Write::TextsGone);
        }
        settings.version = self.outbox.next();
        draft.row(settings.version, Row::Tenant(Box::new(settings.clone())));
        draft.writes.push(Write::Settings(settings.clone()));
        self.settings = Some(settings);
    }

    pub(super) fn make_tenant(&mut self, tenant: TenantId, new: NewTenant, draft: &mut Draft) {
        match &self.settings {
            Some(settings) if settings.id.is_some() => {
                draft.row(settings.version, Row::Tenant(Box::new(settings.clone())));
            }
            known => {
                let target = tenant.as_str().to_owned();
                let settings = Settings {
                    id: Some(tenant),
                    name: new.name,
                    plan: new.plan,
                    created_at_ms: draft.at_ms,
                    ..Settings::default()
                };
                // Made before tenants knew their names: nothing but that is added.
                let settings = known.clone().map_or(settings.clone(), |known| Settings {
                    id: settings.id,
                    created_at_ms: settings.created_at_ms,
                    ..known
                });
                self.put_settings(settings, draft);
                draft.event(&mut self.outbox, "tenant.created", Some(&target), None);
            }
        }
    }

    /// The operator's part is replaced; what the tenant set for itself stays, as far as it is allowed.
    pub(super) fn provision(&mut self, tenant: TenantId, new: Settings, draft: &mut Draft) {
        let target = tenant.as_str().to_owned();
        let known = self.settings.clone();
        let action = match known {
            Some(_) => "tenant.updated",
            None => "tenant.created",
        };
        let details = json!({
            "plan": new.plan,
            "maxPlan": new.max_plan,
            "limits": limits_json(new.overrides()),
            "shadow": new.shadow,
            "profile": new.profile,
        });
        let mut settings = Settings {
            id: Some(tenant),
            ..new
        };
        if let Some(known) = known {
            settings.own = known.own;
            settings.name = known.name;
            settings.suspended = known.suspended;
            settings.privacy = known.privacy;
            settings.created_at_ms = known.created_at_ms;
            // Another plan of the operator's is the operator's wish; else the tenant's choice stays.
            settings.chosen = known.chosen.filter(|_| known.plan == settings.plan);
            settings.chosen = settings.chosen.filter(|plan| settings.may_choose(*plan));
        } else {
            settings.created_at_ms = draft.at_ms;
        }
        self.put_settings(settings, draft);
        draft.event(&mut self.outbox, action, Some(&target), Some(details));
    }

    pub(super) fn suspend(&mut self, suspended: bool, draft: &mut Draft) -> Result<(), Refusal> {
        let mut settings = self.known()?;
        if settings.suspended == suspended {
            draft.row(settings.version, Row::Tenant(Box::new(settings)));
            return Ok(());
        }
        settings.suspended = suspended;
        self.put_settings(settings, draft);
        let action = if suspended {
            "tenant.suspended"
        } else {
            "tenant.resumed"
        };
        draft.event(&mut self.outbox, action, None, None);
        Ok(())
    }

    pub(super) fn rename(
        &mut self,
        name: String,
        version: Option<u64>,
        draft: &mut Draft,
    ) -> Result<(), Refusal> {
        let mut settings = self.known()?;
        fresh(version, settings.version)?;
        let details = json!({ "name": name });
        settings.name = name;
        self.put_settings(settings, draft);
        draft.event(&mut self.outbox, "tenant.renamed", None, Some(details));
        Ok(())
    }

    /// The one place where a plan changes, whoever asks for it.
    pub(super) fn set_billing(
        &mut self,
        billing: Billing,
        version: Option<u64>,
        by: &Standing,
        draft: &mut Draft,
    ) -> Result<(), Refusal> {
        let mut settings = self.known()?;
        fresh(version, settings.version)?;
        let mut details = serde_json::Map::new();
        if let Some(plan) = billing.plan {
            if !settings.may_choose(plan) && by.owner.is_some() {
                return Err(Refusal::Forbidden(Forbidden::Plan));
            }
            details.insert(
                "plan".into(),
                json!({ "from": settings.plan(), "to": plan }),
            );
            settings.chosen = (settings.plan != Some(plan)).then_some(plan);
        }
        if let Some(edit) = billing.limits {
            let own = edit.of(settings.own);
            if let Some(kind) = above(own, settings.allowed()) {
                return Err(Refusal::Forbidden(Forbidden::Limit(kind)));
            }
            let change = json!({ "from": limits_json(settings.own), "to": limits_json(own) });
            details.insert("limits".into(), change);
            settings.own = own;
        }
        self.put_settings(settings, draft);
        let details = Some(Value::Object(details));
        draft.event(&mut self.outbox, "billing.updated", None, details);
        Ok(())
    }

    pub(super) fn set_privacy(
        &mut self,
        privacy: Privacy,
        version: Option<u64>,
        draft: &mut Draft,
    ) -> Result<(), Refusal> {
        let mut settings = self.known()?;
        fresh(version, settings.version)?;
        let details = json!({
            "profile": privacy.profile,
            "answers": privacy.answers,
            "patterns": privacy.patterns.iter().map(|it| &it.name).collect::<Vec<_>>(),
            "texts": privacy.texts,
        });
        settings.privacy = privacy;
        if settings.privacy.texts && !settings.keeps_texts() {
            return Err(Refusal::Change(Wrong::Regulated));
        }
        self.put_settings(settings, draft);
        draft.event(&mut self.outbox, "privacy.updated", None, Some(details));
        Ok(())
    }

    /// Deletes the tenant. What stays is that it was, so that nothing brings it back.
    pub(super) fn delete(&mut self, draft: &mut Draft) -> Result<(), Refusal> {
        let known = self.known()?;
        if known.deleted_at_ms.is_some() {
            return Err(Refusal::Change(Wrong::Deleted));
        }
        let id = known.id.clone();
        let keys: Vec<_> = core::mem::take(&mut self.keys).into_keys().collect();
        self.members.clear();
        self.vault = Vault::default();
        self.kept.clear();
        self.ledger = Ledger::default();
        self.visitors = Visitors::default();
        self.schedule = Schedule::default();
        self.collector = Collector::default();
        self.tidy = Tidy::default();
        // What was still to be carried is of something that is gone.
        self.outbox = Outbox::load(&[], self.outbox.last());
        draft.clear();
        let settings = Settings {
            id: known.id,
            created_at_ms: known.created_at_ms,
            deleted_at_ms: Some(draft.at_ms),
            ..Settings::default()
        };
        self.put_settings(settings, draft);
        let target = id.as_ref().map(TenantId::as_str);
        draft.event(&mut self.outbox, "tenant.deleted", target, None);
        for keys in keys.chunks(KEYS_PER_ITEM) {
            let gone = Row::Gone {
                at_ms: draft.at_ms,
                keys: keys.to_vec(),
            };
            draft.row(self.outbox.next(), gone);
        }
        Ok(())
    }
}

/// The first of these limits that is above what is allowed.
fn above(own: Limits, allowed: Limits) -> Option<LimitKind> {
    fn over<T: Ord>(own: Option<T>, allowed: Option<T>) -> bool {
        matches!((own, allowed), (Some(own), Some(allowed)) if own > allowed)
    }
    match () {
        () if over(own.rpm, allowed.rpm) => Some(LimitKind::Requests),
        () if over(own.tpm, allowed.tpm) => Some(LimitKind::Tokens),
        () if over(own.concurrency, allowed.concurrency) => Some(LimitKind::Concurrency),
        () if over(own.budget, allowed.budget) => Some(LimitKind::Spend),
        () => None,
    }
}

/// Limits as people are shown them.
pub(super) fn limits_json(limits: Limits) -> Value {
    json!({
        "rpm": limits.rpm,
        "tpm": limits.tpm,
        "concurrency": limits.concurrency,
        "budgetUsd": limits.budget.map(NanoUsd::to_json),
    })
}
