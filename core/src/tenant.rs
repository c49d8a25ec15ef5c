//! A tenant's state machine: who its members and keys are, what they may do, and how much of it.
//!
//! `step(&mut state, call, found, now_ms) -> (reply, writes)`. The shell loads the state from SQL,
//! looks up what [`Tenant::lookup`] asks for, passes each call through [`Tenant::step`], makes the
//! writes durable, and only then answers.
//!
//! In scope: keys, members, permissions, requests that must not run twice. The limits and the money are the
//! [`ledger`](crate::ledger)'s. Out of scope: how it is stored and reached.

mod access;
mod change;
#[cfg(test)]
mod change_tests;
mod count;
mod keys;
mod lease;
mod members;
#[cfg(test)]
mod provider_key_tests;
mod provider_keys;
mod settings;
mod texts;
#[cfg(test)]
mod texts_tests;

use crate::alarm::{Purpose, Schedule};
use crate::id::UserId;
use crate::journal::{Found, Image, Lookup, Write};
use crate::key::KeyHash;
use crate::ledger::{Ledger, SWEEP_MS};
use crate::limits::Limits;
use crate::member::Member;
use crate::message::{Admit, Call, KeyRecord, Refusal, Release, Reply, Settings, Settle, Usage};
use crate::metrics::collector::Collector;
use crate::metrics::tidy::Tidy;
use crate::outbox::{BATCH, CHECK_MS, Errand, Item, Outbox, Row};
use crate::vault::Vault;
use crate::visits::Visitors;
use std::collections::BTreeMap;

/// How old the last use of a key that others know may be while the key is in use, in ms.
const SEEN_MS: u64 = 600_000;

/// A tenant, as its object holds it in memory.
#[derive(Debug, Default)]
pub struct Tenant {
    settings: Option<Settings>,
    keys: BTreeMap<KeyHash, Held>,
    members: BTreeMap<UserId, Member>,
    vault: Vault,
    outbox: Outbox,
    ledger: Ledger,
    visitors: Visitors,
    /// Bytes of kept answers by hour of admission, in ms since the Unix epoch.
    kept: BTreeMap<u64, u64>,
    schedule: Schedule,
    collector: Collector,
    tidy: Tidy,
}

/// How often old rows are looked for in an object that is quiet, in ms.
const TIDY_MS: u64 = 86_400_000;

/// A key in memory.
#[derive(Debug)]
struct Held {
    record: KeyRecord,
    /// When it was used last, in ms since the Unix epoch; 0 for never.
    seen_ms: u64,
    /// The same, as others know it.
    told_ms: u64,
}

impl Held {
    fn new(record: KeyRecord) -> Self {
        Self {
            record,
            seen_ms: 0,
            told_ms: 0,
        }
    }

    /// Whether others should hear of its last use.
    fn is_news(&self) -> bool {
        self.seen_ms >= self.told_ms.saturating_add(SEEN_MS)
            || (self.told_ms == 0 && self.seen_ms > 0)
    }
}

impl Tenant {
    /// The state as it was stored. Unknown tenants have no settings.
    #[must_use]
    pub fn load(image: Image, now_ms: u64) -> Self {
        let ledger = Ledger::load(&image, now_ms);
        let visitors = Visitors::load(&image.visitors);
        let mut keys: BTreeMap<KeyHash, Held> = image
            .keys
            .into_iter()
            .map(|record| (record.hash, Held::new(record)))
            .collect();
        for (hash, at_ms) in image.seen {
            if let Some(held) = keys.get_mut(&hash) {
                (held.seen_ms, held.told_ms) = (at_ms, at_ms);
            }
        }
        Self {
            settings: image.settings,
            keys,
            members: image
                .members
                .into_iter()
                .map(|member| (member.id.clone(), member))
                .collect(),
            vault: image.vault,
            outbox: Outbox::load(&image.pending, image.carried),
            ledger,
            visitors,
            kept: image.kept.into_iter().collect(),
            schedule: image.schedule,
            collector: Collector::new(image.last_window),
            tidy: Tidy::default(),
        }
    }

    /// What has to be read from storage before [`Self::step`] can answer this call.
    #[must_use]
    pub fn lookup(&self, call: &Call) -> Option<Lookup> {
        match call {
            Call::Admit(Admit {
                repeat: Some(repeat),
                ..
            }) => Some(Lookup::Repeat(repeat.id.clone())),
            Call::Settle(Settle { lease, .. }) | Call::Extend(Settle { lease, .. })
                if !self.ledger.is_open(&lease.request) =>
            {
                Some(Lookup::Charge(lease.admitted_ms, lease.request.clone()))
            }
            Call::Release(Release {
                request,
                lease: Some(lease),
                ..
            }) if !self.ledger.is_open(request) => {
                Some(Lookup::Logged(lease.admitted_ms, request.clone()))
            }
            Call::Usage(span) => Some(Lookup::Used(*span)),
            Call::Outbox => Some(Lookup::Outbox(BATCH)),
            Call::Windows(stretch) => Some(Lookup::Windows(*stretch)),
            Call::Log(page) => Some(Lookup::Log(page.clone())),
            _ => None,
        }
    }

    /// Answers one call. The writes belong to the reply: durable first, answer second.
    pub fn step(&mut self, call: Call, found: Found, now_ms: u64) -> (Reply, Vec<Write>) {
        let mut writes = Vec::new();
        let reply = match call {
            Call::Change(change) => self.change(*change, now_ms, &mut writes),
            Call::Who(claim) => self.stand(&claim, now_ms, &mut writes),
            Call::Settings => match &self.settings {
                Some(settings) => Reply::Settings(Box::new(settings.clone())),
                None => Reply::Refused(Refusal::NotFound),
            },
            Call::Vault => match &self.settings {
                Some(_) => Reply::Vault(Box::new(self.vault.clone())),
                None => Reply::Refused(Refusal::NotFound),
            },
            Call::Outbox => Reply::Items(found.items),
            Call::Projected(from, to) => {
                self.outbox.carried(from, to);
                writes.push(Write::Projected(from, to));
                Reply::Done
            }
            Call::Snapshot(after) => Reply::Items(self.snapshot(after)),
            Call::Confirm(ask) => {
                let reply = match self.principal(&ask, now_ms) {
                    Ok((principal, _)) => Reply::Confirmed(principal),
                    Err(refusal) => {
                        self.count_refused(&ask, &refusal, None, now_ms, &mut writes);
                        Reply::Refused(refusal)
                    }
                };
                self.notice(&ask.key, now_ms, &mut writes);
                reply
            }
            Call::Extend(_) | Call::Settle(_) | Call::Release(_) | Call::Report(_)
                if self.is_deleted() =>
            {
                Reply::Refused(Refusal::NotFound)
            }
            Call::Admit(admit) => {
                let reply = self.admit(&admit, found.repeat, now_ms, &mut writes);
                if let Reply::Refused(refusal) = &reply {
                    let Admit { ask, request, .. } = admit;
                    self.count_refused(&ask, refusal, Some(request), now_ms, &mut writes);
                }
                reply
            }
            Call::Extend(settle) => {
                let charged = found.charge.as_ref();
                if self.ledger.extend(settle, charged, now_ms, &mut writes) {
                    Reply::Done
                } else {
                    Reply::Refused(Refusal::NotFound)
                }
            }
            Call::Settle(settle) => self.settle(settle, found, now_ms, &mut writes),
            Call::Release(release) => {
                self.release(&release, found.logged, now_ms, &mut writes);
                if let Some(repeat) = release.repeat {
                    writes.push(Write::RepeatGone(repeat, release.request));
                }
                Reply::Done
            }
            Call::Report(report) => self.report(report, now_ms, &mut writes),
            Call::Windows(_) if self.is_deleted() => Reply::Refused(Refusal::NotFound),
            Call::Usage(_) | Call::Log(_) if self.settings.is_none() || self.is_deleted() => {
                Reply::Refused(Refusal::NotFound)
            }
            Call::Windows(stretch) => Reply::Windows(self.windows(&stretch, found.windows, now_ms)),
            Call::Log(page) => {
                let mut rows = found.log;
                self.show_texts(&mut rows, page.reader.as_ref(), now_ms);
                Reply::Log(rows)
            }
            Call::Usage(_) => {
                let bounds = self.bounds(Limits::default());
                let usage = self.ledger.usage(&bounds, now_ms);
                Reply::Usage(Usage {
                    rows: found.used,
                    ..usage
                })
            }
        };
        (reply, writes)
    }

    /// Says that every write so far is durable.
    pub fn written(&mut self) {
        self.ledger.written();
    }

    /// What was counted since it was last written. It belongs to the writes of the steps until now: all
    /// of them become durable together.
    pub fn gather(&mut self, now_ms: u64, writes: &mut Vec<Write>) {
        let known = writes.len();
        self.collector.gather(now_ms, writes);
        self.tidy.note(writes.get(known..).unwrap_or_default());
    }

    /// What has to be read before [`Self::alarm`].
    #[must_use]
    pub fn alarm_lookup(&self, now_ms: u64) -> Option<Lookup> {
        self.tidy.lookup(now_ms)
    }

    /// Does what the alarm is due for, and says what has to be done elsewhere. The sweep is always due: that
    /// it is is not written down.
    pub fn alarm(&mut self, found: Option<&Found>, now_ms: u64) -> (Vec<Write>, Option<Errand>) {
        let mut writes = Vec::new();
        let due = self.schedule.take_due(now_ms);
        let check = due.contains(&Purpose::Check) && !self.is_deleted();
        self.ledger.sweep(now_ms, &mut writes);
        self.visitors.sweep(now_ms, &mut writes);
        self.collector.account(&writes, None);
        let told = self.tell_last_uses(&mut writes);
        if check {
            self.forget_keys(now_ms, &mut writes);
            self.wake_by(Purpose::Check, now_ms.saturating_add(CHECK_MS), &mut writes);
        }
        let project = (told || due.contains(&Purpose::Project)) && self.outbox.is_due(now_ms);
        if let Some(due_ms) = self.outbox.next_ms(now_ms) {
            self.wake_by(Purpose::Project, due_ms, &mut writes);
        }
        if let Some(found) = found {
            let plan = self.settings.as_ref().and_then(Settings::plan);
            let Self {
                tidy, collector, ..
            } = self;
            tidy.run(&found.old, plan, collector, now_ms, &mut writes);
            let due_ms = now_ms.saturating_add(TIDY_MS);
            self.wake_by(Purpose::Tidy, due_ms, &mut writes);
        }
        self.gather(now_ms, &mut writes);
        let sweeps = [
            self.ledger.next_sweep_ms(now_ms),
            self.visitors.next_sweep_ms(now_ms),
        ];
        if let Some(due_ms) = sweeps.into_iter().flatten().min() {
            self.wake_by(Purpose::Sweep, due_ms, &mut writes);
        }
        let tenant = self.settings.as_ref().and_then(|it| it.id.as_ref());
        let errand = tenant.filter(|_| project || check).map(|tenant| Errand {
            tenant: tenant.as_str().to_owned(),
            check,
        });
        (writes, errand)
    }

    fn is_deleted(&self) -> bool {
        let settings = self.settings.as_ref();
        settings.is_some_and(|settings| settings.deleted_at_ms.is_some())
    }

    /// Remembers that a key was used. Nothing is written until the sweep, which this wakes when others
    /// should hear of it.
    fn notice(&mut self, key: &KeyHash, now_ms: u64, writes: &mut Vec<Write>) {
        if let Some(held) = self.keys.get_mut(key)
            && held.record.is_live(now_ms)
        {
            held.seen_ms = held.seen_ms.max(now_ms);
            if held.is_news() {
                self.wake_by(Purpose::Sweep, now_ms.saturating_add(SWEEP_MS), writes);
            }
        }
    }

    /// Whether there was anything to tell.
    fn tell_last_uses(&mut self, writes: &mut Vec<Write>) -> bool {
        let before = writes.len();
        for (hash, held) in self.keys.iter_mut().filter(|(_, held)| held.is_news()) {
            held.told_ms = held.seen_ms;
            writes.push(Write::Seen(*hash, held.seen_ms));
            writes.push(Write::Outbox(Item {
                seq: self.outbox.next(),
                row: Row::Seen(*hash, held.seen_ms),
            }));
        }
        writes.len() > before
    }

    fn wake_by(&mut self, purpose: Purpose, due_ms: u64, writes: &mut Vec<Write>) {
        if self.schedule.wake_by(purpose, due_ms) {
            writes.push(Write::Alarm(purpose, due_ms));
        }
    }

    /// When the object has to wake next, in milliseconds since the Unix epoch.
    #[must_use]
    pub fn wake_at_ms(&self) -> Option<u64> {
        self.schedule.next_ms()
    }
}

#[cfg(test)]
#[path = "tenant_tests.rs"]
mod tests;
