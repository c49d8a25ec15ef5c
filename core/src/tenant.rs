//! A tenant's state machine: who its keys are, what they may do, and how often.
//!
//! `step(&mut state, call, now_ms) -> (reply, writes)`. The shell loads the state from SQL, passes
//! each call through [`Tenant::step`], makes the writes durable, and only then answers.
//!
//! In scope: keys, permissions, rate limits. Out of scope: how it is stored and reached.

use crate::alarm::{Purpose, Schedule};
use crate::bucket::{Bucket, Stored};
use crate::id::KeyId;
use crate::key::{KeyHash, Kind};
use crate::message::{
    Ask, BadKey, Call, Forbidden, KeyRecord, LimitKind, LimitSource, LimitState, Principal,
    Refusal, Reply, Settings,
};
use crate::origin;
use crate::profile::Profiles;
use crate::role::Permission;
use std::collections::BTreeMap;

/// How long after the last durable take the exact state of the rate limits is written, in ms.
const SETTLE_AFTER_MS: u64 = 5_000;

/// Names a bucket in storage: the empty text is the tenant's own, else it is a key's id.
pub type Scope = String;

/// Something the shell has to make durable before the reply leaves.
#[derive(Clone, Debug, PartialEq)]
pub enum Write {
    /// The tenant's settings.
    Settings(Settings),
    /// A key's record, by its hash.
    Key(KeyRecord),
    /// A rate limit's state.
    Bucket(Scope, Stored),
    /// The object's alarm, in milliseconds since the Unix epoch.
    Alarm(Purpose, u64),
}

/// A tenant, as its object holds it in memory.
#[derive(Debug, Default)]
pub struct Tenant {
    settings: Option<Settings>,
    keys: BTreeMap<KeyHash, KeyRecord>,
    /// Buckets in use; made or restored when first asked for.
    buckets: BTreeMap<Scope, Bucket>,
    /// Buckets as they were stored when this instance started.
    stored: BTreeMap<Scope, Stored>,
    schedule: Schedule,
}

impl Tenant {
    /// The state as it was stored. Unknown tenants have no settings.
    #[must_use]
    pub fn load(
        settings: Option<Settings>,
        keys: Vec<KeyRecord>,
        stored: BTreeMap<Scope, Stored>,
        schedule: Schedule,
    ) -> Self {
        let keys = keys
            .into_iter()
            .map(|record| (record.hash, record))
            .collect();
        Self {
            settings,
            keys,
            buckets: BTreeMap::new(),
            stored,
            schedule,
        }
    }

    /// Answers one call. The writes belong to the reply: durable first, answer second.
    pub fn step(&mut self, call: Call, now_ms: u64) -> (Reply, Vec<Write>) {
        match call {
            Call::EnsureTenant if self.settings.is_some() => (Reply::Done, Vec::new()),
            Call::EnsureTenant => self.put_settings(Settings::default()),
            Call::PutTenant(settings) => self.put_settings(settings),
            Call::PutKey(record) => self.put_key(record),
            Call::RevokeKey(id) => self.revoke(&id, now_ms),
            Call::Confirm(ask) => match self.principal(&ask, now_ms) {
                Ok((principal, _)) => (Reply::Confirmed(principal), Vec::new()),
                Err(refusal) => (Reply::Refused(refusal), Vec::new()),
            },
            Call::Admit(ask) => self.admit(&ask, now_ms),
        }
    }

    /// Does what the alarm is due for.
    pub fn alarm(&mut self, now_ms: u64) -> Vec<Write> {
        let mut writes = Vec::new();
        for purpose in self.schedule.take_due(now_ms) {
            match purpose {
                Purpose::SettleBuckets => {
                    for (scope, bucket) in &mut self.buckets {
                        writes.push(Write::Bucket(scope.clone(), bucket.settle()));
                    }
                }
            }
        }
        writes
    }

    /// When the object has to wake next, in milliseconds since the Unix epoch.
    #[must_use]
    pub fn wake_at_ms(&self) -> Option<u64> {
        self.schedule.next_ms()
    }

    fn put_settings(&mut self, settings: Settings) -> (Reply, Vec<Write>) {
        self.settings = Some(settings.clone());
        (Reply::Done, vec![Write::Settings(settings)])
    }

    fn put_key(&mut self, mut record: KeyRecord) -> (Reply, Vec<Write>) {
        if self.settings.is_none() {
            return (Reply::Refused(Refusal::NotFound), Vec::new());
        }
        let same_id = self.keys.values().find(|present| present.id == record.id);
        let same_hash = self.keys.get(&record.hash);
        match (same_id, same_hash) {
            (None, None) => {}
            (Some(one), Some(other)) if one.id == other.id => {
                record.revoked_at_ms = one.revoked_at_ms.or(record.revoked_at_ms);
            }
            _ => return (Reply::Refused(Refusal::Conflict), Vec::new()),
        }
        self.keys.insert(record.hash, record.clone());
        (Reply::Done, vec![Write::Key(record)])
    }

    fn revoke(&mut self, id: &KeyId, now_ms: u64) -> (Reply, Vec<Write>) {
        let Some(record) = self.keys.values_mut().find(|record| record.id == *id) else {
            return (Reply::Refused(Refusal::NotFound), Vec::new());
        };
        if record.revoked_at_ms.is_some() {
            return (Reply::Done, Vec::new());
        }
        record.revoked_at_ms = Some(now_ms);
        (Reply::Done, vec![Write::Key(record.clone())])
    }

    /// The principal and its key's own limit, or why the key is no good for this.
    fn principal(&self, ask: &Ask, now_ms: u64) -> Result<(Principal, Option<u32>), Refusal> {
        let (Some(settings), Some(record)) = (&self.settings, self.keys.get(&ask.key)) else {
            return Err(Refusal::Key(BadKey::Unknown));
        };
        if record.revoked_at_ms.is_some() {
            return Err(Refusal::Key(BadKey::Revoked));
        }
        if record.expires_at_ms.is_some_and(|end| end <= now_ms) {
            return Err(Refusal::Key(BadKey::Expired));
        }
        permit(record, ask).map_err(Refusal::Forbidden)?;
        let profiles = [settings.profile, record.profile]
            .into_iter()
            .flatten()
            .fold(Profiles::default(), Profiles::with);
        let principal = Principal {
            key: record.id.clone(),
            kind: record.kind,
            role: record.role,
            profiles,
        };
        Ok((principal, record.rpm))
    }

    /// One atomic admission: every limit is looked at before any is charged.
    fn admit(&mut self, ask: &Ask, now_ms: u64) -> (Reply, Vec<Write>) {
        let (principal, key_rpm) = match self.principal(ask, now_ms) {
            Ok(known) => known,
            Err(refusal) => return (Reply::Refused(refusal), Vec::new()),
        };
        let tenant_rpm = self.settings.as_ref().and_then(|settings| settings.rpm);
        let limits = [
            (LimitSource::Tenant, Scope::new(), tenant_rpm),
            (LimitSource::Key, principal.key.as_str().to_owned(), key_rpm),
        ];
        let mut applying: Vec<(LimitSource, Scope, Bucket)> = Vec::new();
        for (source, scope, rpm) in limits {
            let Some(rpm) = rpm else { continue };
            let bucket = self.bucket(&scope, rpm, now_ms);
            applying.push((source, scope, bucket));
        }
        let longest = applying
            .iter_mut()
            .map(|(source, _, bucket)| (bucket.wait_ms(now_ms), *source))
            .reduce(|a, b| if b.0 > a.0 { b } else { a });
        if let Some((wait_ms @ 1.., source)) = longest {
            let limits = states(&applying);
            return (
                Reply::Refused(Refusal::Limited {
                    limits,
                    source,
                    wait_ms,
                }),
                Vec::new(),
            );
        }
        let mut writes = Vec::new();
        for (_, scope, bucket) in &mut applying {
            if let Some(stored) = bucket.take() {
                writes.push(Write::Bucket(scope.clone(), stored));
            }
        }
        let due_ms = now_ms + SETTLE_AFTER_MS;
        if !writes.is_empty() && self.schedule.wake_by(Purpose::SettleBuckets, due_ms) {
            writes.push(Write::Alarm(Purpose::SettleBuckets, due_ms));
        }
        let limits = states(&applying);
        for (_, scope, bucket) in applying {
            self.buckets.insert(scope, bucket);
        }
        (Reply::Admitted(principal, limits), writes)
    }

    /// The bucket of a scope at the present limit. A changed limit keeps what is left, capped.
    fn bucket(&self, scope: &str, rpm: u32, now_ms: u64) -> Bucket {
        match (self.buckets.get(scope), self.stored.get(scope)) {
            (Some(bucket), _) if bucket.per_minute() == rpm => bucket.clone(),
            (Some(bucket), _) => Bucket::restore(rpm, bucket.clone().settle(), now_ms),
            (None, Some(stored)) => Bucket::restore(rpm, *stored, now_ms),
            (None, None) => Bucket::full(rpm, now_ms),
        }
    }
}

/// Whether a good key may do what is asked.
fn permit(record: &KeyRecord, ask: &Ask) -> Result<(), Forbidden> {
    if record.kind == Kind::Widget {
        if ask.needs != Permission::CallModels {
            return Err(Forbidden::WidgetKey);
        }
        if !origin::allowed(&record.origins, ask.origin.as_deref()) {
            return Err(Forbidden::Origin);
        }
    }
    if !record.role.may(ask.needs) {
        return Err(Forbidden::Role(ask.needs.least_role()));
    }
    match &ask.model {
        Some(model) if !record.models.is_empty() && !record.models.contains(model) => {
            Err(Forbidden::Model)
        }
        _ => Ok(()),
    }
}

fn states(applying: &[(LimitSource, Scope, Bucket)]) -> Vec<LimitState> {
    applying
        .iter()
        .map(|(source, _, bucket)| LimitState {
            kind: LimitKind::Requests,
            source: *source,
            limit: u64::from(bucket.per_minute()),
            window_s: 60,
            remaining: u64::from(bucket.remaining()),
            reset_ms: bucket.full_in_ms(),
        })
        .collect()
}

#[cfg(test)]
#[path = "tenant_tests.rs"]
mod tests;
