//! A tenant's state machine: who its members and keys are, what they may do, and how much of it.
//!
//! `step(&mut state, call, found, now_ms) -> (reply, writes)`. The shell loads the state from SQL,
//! looks up what [`Tenant::lookup`] asks for, passes each call through [`Tenant::step`], makes the
//! writes durable, and only then answers.
//!
//! In scope: keys, members, permissions, requests that must not run twice. The limits and the money are the
//! [`ledger`](crate::ledger)'s. Out of scope: how it is stored and reached.

mod change;
#[cfg(test)]
mod change_tests;
mod keys;
mod members;
#[cfg(test)]
mod provider_key_tests;
mod provider_keys;
mod settings;
mod texts;
#[cfg(test)]
mod texts_tests;

use crate::alarm::{Purpose, Schedule};
use crate::error::Code;
use crate::id::{RequestId, UserId};
use crate::journal::{Found, Image, Lookup, Progress, RepeatRow, Write};
use crate::key::{KeyHash, Kind};
use crate::ledger::{Bid, Bounds, Ledger, REMEMBER_MS, SWEEP_MS};
use crate::limits::Limits;
use crate::member::{Creator, Member};
use crate::message::{
    Admission, Admit, Ask, BadKey, Broken, Call, Forbidden, KeyRecord, LimitKind, Principal,
    Refusal, Release, Repeat, Repeated, Reply, Report, Settings, Settle, Stretch, Usage, Windows,
};
use crate::metrics::collector::Collector;
use crate::metrics::log::{LogRow, Note, Went};
use crate::metrics::tidy::Tidy;
use crate::metrics::window::Told;
use crate::origin;
use crate::outbox::{BATCH, CHECK_MS, Errand, Item, Outbox, Row};
use crate::profile::Profiles;
use crate::role::{Permission, Role};
use crate::vault::Vault;
use crate::visitor::{Visit, Visitors};
use std::collections::BTreeMap;

const HOUR_MS: u64 = 3_600_000;
/// The most bytes of answers that are kept for a tenant; what is more is not kept. An object has
/// 10 GB, and the ledger has to go on in it.
const KEPT_MAX: u64 = 256 << 20;

/// How long a repeat is recognised, in ms.
const REPEAT_MS: u64 = REMEMBER_MS;

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

/// How late an isolate may tell what it counted, in ms.
const LATE_MS: u64 = 600_000;
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

    /// Whether the writes of this call may wait for others, and its reply with them: nobody waits for the
    /// end of a lease, and while an object writes, the platform holds back what it says to anybody.
    #[must_use]
    pub fn may_wait(call: &Call) -> bool {
        matches!(call, Call::Settle(_) | Call::Release(_))
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

    /// The limits that hold for a key with these of its own.
    fn bounds(&self, key: Limits) -> Bounds {
        let settings = self.settings.as_ref();
        Bounds {
            tenant: settings.map(Settings::limits).unwrap_or_default(),
            key,
            shadow: settings.is_some_and(|settings| settings.shadow),
        }
    }

    /// The principal and its key's own limits, or why the key is no good for this.
    fn principal(&self, ask: &Ask, now_ms: u64) -> Result<(Principal, Limits), Refusal> {
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
    fn live(&self, key: &KeyHash, now_ms: u64) -> Result<(&Settings, &KeyRecord, Role), Refusal> {
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
    fn effective(&self, record: &KeyRecord) -> Option<Role> {
        match &record.creator {
            Some(Creator::Member(id)) => {
                let member = self.members.get(id)?;
                Some(member.role.min(record.role))
            }
            Some(Creator::Key(_)) | None => Some(record.role),
        }
    }

    /// One atomic admission: the key, requests asked before, then every limit at once.
    fn admit(
        &mut self,
        admit: &Admit,
        before: Option<RepeatRow>,
        now_ms: u64,
        writes: &mut Vec<Write>,
    ) -> Reply {
        let Admit {
            ask,
            request,
            want,
            repeat,
            own: own_keys,
            visitor,
        } = admit;
        let (principal, own) = match self.principal(ask, now_ms) {
            Ok(known) => known,
            Err(refusal) => return Reply::Refused(refusal),
        };
        if let (Some(repeat), Some(before)) = (repeat, before)
            && let Some(repeated) = self.repeated(repeat, before, now_ms)
        {
            return Reply::Repeated(principal, repeated);
        }
        let (known, needed, pays) = own_keys.as_ref().map_or((&[][..], &[][..], false), |own| {
            (own.known.as_slice(), own.needed.as_slice(), own.pays)
        });
        if known != principal.own {
            return Reply::Refused(Refusal::OwnKeys);
        }
        if self.ledger.is_open(request) || self.ledger.was_overtaken(request, now_ms) {
            return Reply::Refused(Refusal::Conflict);
        }
        let visit = visitor.and_then(|visitor| {
            let per_minute = self.keys.get(&ask.key)?.record.of_a_visitor()?;
            Some(Visit {
                visitor,
                per_minute,
            })
        });
        let bounds = self.bounds(own);
        let bid = Bid {
            request: request.clone(),
            key: principal.key.clone(),
            model: ask.model.clone().unwrap_or_default(),
            want: *want,
            own: pays,
            visitor_wait_ms: visit.map_or(0, |visit| self.visitors.wait_ms(visit, now_ms)),
        };
        let opened = self.ledger.admit(bid, &bounds, now_ms, writes);
        if let (Some(visit), Ok(_)) = (visit, &opened) {
            self.visitors.count(visit, now_ms);
        }
        let theirs = visit.map(|visit| self.visitors.state(visit, now_ms));
        let mut opened = match opened {
            Ok(opened) => opened,
            Err(mut denied) => {
                denied.limits.extend(theirs);
                return Reply::Refused(Refusal::Limited {
                    limits: denied.limits,
                    broken: denied.broken,
                    wait_ms: denied.wait_ms,
                    never: denied.never,
                });
            }
        };
        opened.limits.extend(theirs);
        if let Some(repeat) = repeat {
            // Something is written anyway, so the lease is too.
            self.ledger.write_leases(writes);
            writes.push(Write::Repeat(RepeatRow {
                id: repeat.id.clone(),
                body: repeat.body.clone(),
                request: request.clone(),
                admitted_ms: opened.granted.admitted_ms,
                progress: Progress::Running,
                charged: false,
            }));
        }
        if let Some(held) = self.keys.get_mut(&ask.key) {
            held.seen_ms = held.seen_ms.max(now_ms);
        }
        self.wake_by(Purpose::Sweep, now_ms.saturating_add(SWEEP_MS), writes);
        Reply::Admitted(Admission {
            principal,
            granted: opened.granted,
            limits: opened.limits,
            shadowed: opened.shadowed,
            own: self.vault.lend(needed),
        })
    }

    /// What a repeat is answered; `None` when the request may run (anew).
    fn repeated(&self, repeat: &Repeat, before: RepeatRow, now_ms: u64) -> Option<Repeated> {
        if before.admitted_ms.saturating_add(REPEAT_MS) <= now_ms {
            return None;
        }
        if before.body != repeat.body {
            return Some(Repeated::OtherBody);
        }
        match before.progress {
            Progress::Kept(sealed) => Some(Repeated::Answer(sealed)),
            Progress::NotKept => Some(Repeated::NotKept(before.request)),
            Progress::Running if self.ledger.is_open(&before.request) => Some(Repeated::Running),
            // Charged by the sweep, as nobody was there any more to say how it ended.
            Progress::Running if before.charged => Some(Repeated::NotKept(before.request)),
            Progress::Running if self.ledger.may_be_in_doubt(before.admitted_ms, now_ms) => {
                Some(Repeated::Running)
            }
            Progress::Running => None,
        }
    }

    fn settle(
        &mut self,
        mut settle: Settle,
        found: Found,
        now_ms: u64,
        writes: &mut Vec<Write>,
    ) -> Reply {
        // A lease in memory is charged within its reservation, whatever the limits are now.
        let bounds = if self.ledger.is_open(&settle.lease.request) {
            Bounds::default()
        } else {
            let own = self.keys.values().map(|held| &held.record);
            let own = own.into_iter().find(|key| key.id == settle.lease.key);
            self.bounds(own.map(KeyRecord::limits).unwrap_or_default())
        };
        let request = settle.lease.request.clone();
        let keep = settle.keep.take();
        let mut went = settle.went.take();
        self.drop_texts(&settle.lease.key, went.as_mut());
        let known = writes.len();
        let charge = self
            .ledger
            .settle(settle, found.charge, &bounds, now_ms, writes);
        let new = writes.get(known..).unwrap_or_default();
        self.collector.account(new, went.as_ref());
        let Some(charge) = charge else {
            return Reply::Refused(Refusal::NotFound);
        };
        if let Some(keep) = keep {
            let sealed = keep.sealed.filter(|sealed| self.may_keep(sealed, now_ms));
            let progress = sealed.map_or(Progress::NotKept, Progress::Kept);
            writes.push(Write::RepeatEnded(keep.id, request, progress));
        }
        Reply::Settled(charge)
    }

    /// Ends a lease that was not used. One that a restart has lost is counted once, however often it is
    /// told.
    fn release(&mut self, release: &Release, logged: bool, now_ms: u64, writes: &mut Vec<Write>) {
        let open = self.ledger.release(release, now_ms, writes);
        let lost = release.lease.clone().filter(|_| !logged);
        if let Some(lease) = open.or(lost) {
            let mut went = release.went.clone().unwrap_or_else(|| Went {
                how: Code::Overloaded.as_str().to_owned(),
                ..Went::default()
            });
            self.drop_texts(&lease.key, Some(&mut went));
            self.collector.released(&lease, went);
        }
    }

    /// Counts a request that is refused, and logs it if it would have called a model.
    fn count_refused(
        &mut self,
        ask: &Ask,
        refusal: &Refusal,
        request: Option<RequestId>,
        now_ms: u64,
        writes: &mut Vec<Write>,
    ) {
        let (code, auth, broken) = match refusal {
            Refusal::Key(why) => (Code::Unauthorized, why.as_str(), None),
            Refusal::Forbidden(_) => (Code::Forbidden, "forbidden", None),
            Refusal::Limited { broken, .. } if broken.kind == LimitKind::Spend => {
                (Code::PaymentRequired, "ok", Some(*broken))
            }
            Refusal::Limited { broken, .. } => (Code::RateLimited, "ok", Some(*broken)),
            Refusal::NotFound | Refusal::Conflict | Refusal::Change(_) | Refusal::OwnKeys => return,
        };
        if self.is_deleted() {
            return;
        }
        let key = self.keys.get(&ask.key);
        let key = key.map(|held| held.record.id.as_str()).unwrap_or_default();
        let model = ask.model.as_deref().unwrap_or_default();
        let limit = broken.map_or("", Broken::as_str);
        self.collector.count(now_ms, key, model, |cell| {
            cell.ends.add(code.as_str(), 1);
            cell.auth.add(auth, 1);
            if !limit.is_empty() {
                cell.limited.add(limit, 1);
            }
        });
        if let Some(request) = request {
            let note = Note {
                status: code.status(),
                limit: limit.to_owned(),
                ..Note::default()
            };
            let went = Went {
                how: code.as_str().to_owned(),
                note: note.render(),
                ..Went::default()
            };
            self.collector.refused(LogRow {
                at_ms: now_ms,
                request,
                key: key.to_owned(),
                model: model.to_owned(),
                went,
                charge: None,
            });
        }
        self.wake_by(Purpose::Sweep, now_ms.saturating_add(SWEEP_MS), writes);
    }

    /// Takes what an isolate counted, for a tenant that it knows, or for the whole deployment.
    fn report(&mut self, report: Report, now_ms: u64, writes: &mut Vec<Write>) -> Reply {
        for counted in report.windows {
            // A clock that differs does not write into windows that are closed, nor into the future.
            let at_ms = counted.at_ms.clamp(now_ms.saturating_sub(LATE_MS), now_ms);
            self.collector
                .count(at_ms, &counted.key, &counted.model, |cell| {
                    cell.merge(&counted.cell);
                });
        }
        for row in report.log {
            self.collector.refused(row);
        }
        self.wake_by(Purpose::Sweep, now_ms.saturating_add(SWEEP_MS), writes);
        Reply::Done
    }

    /// What was counted, and the requests that are going on.
    fn windows(&mut self, stretch: &Stretch, rows: Vec<Told>, now_ms: u64) -> Windows {
        let within = |at_ms: u64| stretch.from_ms <= at_ms && at_ms < stretch.to_ms;
        let open = self
            .ledger
            .leases()
            .filter(|lease| within(lease.admitted_ms))
            .map(Told::going_on);
        let rows = rows.into_iter().chain(open).collect();
        let bounds = self.bounds(Limits::default());
        Windows {
            rows,
            usage: self.ledger.usage(&bounds, now_ms),
        }
    }

    /// Whether there is room for one more answer; if so, it is taken.
    fn may_keep(&mut self, sealed: &str, now_ms: u64) -> bool {
        let oldest = now_ms.saturating_sub(REPEAT_MS + HOUR_MS);
        self.kept.retain(|hour, _| *hour >= oldest);
        let bytes = u64::try_from(sealed.len()).unwrap_or(u64::MAX);
        let sum = self.kept.values().fold(bytes, |a, b| a.saturating_add(*b));
        let fits = sum <= KEPT_MAX;
        if fits {
            *self.kept.entry(now_ms - now_ms % HOUR_MS).or_default() += bytes;
        }
        fits
    }
}

/// The profiles that hold for a key.
fn profiles(settings: &Settings, record: &KeyRecord) -> Profiles {
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

#[cfg(test)]
#[path = "tenant_tests.rs"]
mod tests;
