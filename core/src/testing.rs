//! A tenant's object without the platform: the machine, and a disk that outlives it.

use crate::alarm::Schedule;
use crate::calendar::Day;
use crate::change::{Act, By, Change};
use crate::id::{KeyId, RequestId, TenantId, UserId};
use crate::journal::coalesce;
use crate::journal::{
    ChargeRow, Found, Image, LeaseRow, Lookup, MOST, Pledge, Rate, RepeatRow, VisitorRow, Write,
};
use crate::key::{KeyHash, Kind};
use crate::member::Member;
use crate::message::{
    Admission, Admit, Ask, Call, Charge, KeyRecord, Lease, Refusal, Release, Reply, Settings,
    Settle, Used, Want,
};
use crate::metrics::log::LogRow;
use crate::metrics::window::{Grain, Told, WindowRow};
use crate::money::NanoUsd;
use crate::outbox::{Errand, Item};
use crate::provider_key::{Masters, Provider, ProviderKey};
use crate::role::{Permission, Role};
use crate::tenant::Tenant;
use crate::vault::{Resealed, Vault};
use crate::visitor::Visitor;
use std::collections::BTreeMap;

/// What was written, as the object's tables hold it.
#[derive(Clone, Debug, Default)]
pub(crate) struct Disk {
    pub(crate) settings: Option<Settings>,
    pub(crate) keys: BTreeMap<KeyHash, KeyRecord>,
    pub(crate) seen: BTreeMap<KeyHash, u64>,
    pub(crate) members: BTreeMap<UserId, Member>,
    pub(crate) vault: Vault,
    pub(crate) outbox: BTreeMap<u64, Item>,
    carried: u64,
    alarms: Schedule,
    buckets: BTreeMap<(String, Rate), crate::bucket::Stored>,
    pledges: BTreeMap<String, Pledge>,
    pub(crate) visitors: BTreeMap<Visitor, VisitorRow>,
    pub(crate) leases: BTreeMap<RequestId, LeaseRow>,
    pub(crate) charges: BTreeMap<(u64, RequestId), ChargeRow>,
    pub(crate) used: BTreeMap<(Day, String, String), Used>,
    repeats: BTreeMap<String, RepeatRow>,
    pub(crate) windows: BTreeMap<u64, WindowRow>,
    pub(crate) log: BTreeMap<(u64, RequestId), LogRow>,
}

impl Disk {
    pub(crate) fn image(&self, now_ms: u64) -> Image {
        let oldest = crate::calendar::Month::of(now_ms).previous().first_day();
        Image {
            settings: self.settings.clone(),
            keys: self.keys.values().cloned().collect(),
            seen: self.seen.clone().into_iter().collect(),
            members: self.members.values().cloned().collect(),
            vault: self.vault.clone(),
            pending: self.outbox.keys().copied().collect(),
            carried: self.carried,
            buckets: self
                .buckets
                .iter()
                .map(|((scope, rate), stored)| (scope.clone(), *rate, *stored))
                .collect(),
            pledges: self.pledges.clone().into_iter().collect(),
            visitors: self.visitors.values().copied().collect(),
            leases: self.leases.values().cloned().collect(),
            spent: self
                .used
                .values()
                .filter(|used| used.day >= oldest)
                .map(|used| (KeyId::parse(&used.key).unwrap(), used.day, used.cost))
                .collect(),
            kept: self
                .repeats
                .values()
                .filter_map(|row| match &row.progress {
                    crate::journal::Progress::Kept(sealed) => {
                        Some((row.admitted_ms, sealed.len() as u64))
                    }
                    _ => None,
                })
                .collect(),
            schedule: self.alarms.clone(),
            last_window: self.windows.keys().max().copied().unwrap_or_default(),
        }
    }

    fn find(&self, lookup: Lookup) -> Found {
        let mut found = Found::default();
        match lookup {
            Lookup::Repeat(id) => {
                found.repeat = self.repeats.get(&id).cloned().map(|row| RepeatRow {
                    charged: self
                        .charges
                        .contains_key(&(row.admitted_ms, row.request.clone())),
                    ..row
                });
            }
            Lookup::Charge(at, request) => {
                found.charge = self.charges.get(&(at, request)).cloned();
            }
            Lookup::Used(span) => {
                let within = |used: &&Used| (span.from..=span.to).contains(&used.day);
                found.used = self.used.values().filter(within).cloned().collect();
            }
            Lookup::Outbox(most) => {
                found.items = self.outbox.values().take(most).cloned().collect();
            }
            Lookup::Logged(at, request) => found.logged = self.log.contains_key(&(at, request)),
            Lookup::Windows(stretch) => {
                let within =
                    |row: &&WindowRow| stretch.from_ms <= row.at_ms && row.at_ms < stretch.to_ms;
                let told = |row: &WindowRow| Told {
                    at_ms: row.at_ms,
                    key: row.key.clone(),
                    model: row.model.clone(),
                    cell: serde_json::to_string(&row.cell).unwrap(),
                };
                found.windows = self.windows.values().filter(within).map(told).collect();
            }
            Lookup::Old(minutes_ms, hours_ms, most) => {
                let is_old = |row: &&WindowRow| match row.grain {
                    Grain::Minute => row.at_ms < minutes_ms,
                    Grain::Hour => row.at_ms < hours_ms,
                    Grain::Day => false,
                };
                let old = self.windows.values().filter(is_old).cloned();
                found.old = old.take(most as usize).collect();
            }
            Lookup::Log(page) => {
                let rows = self.log.values().rev().cloned();
                found.log = rows.take(page.limit as usize).collect();
            }
        }
        found
    }

    /// The windows hold what the ledger's sums hold: nothing more, nothing less.
    pub(crate) fn assert_counted(&self) {
        let mut counted: BTreeMap<(&str, &str), [i64; 6]> = BTreeMap::new();
        for WindowRow {
            key, model, cell, ..
        } in self.windows.values()
        {
            let sums = counted.entry((key, model)).or_default();
            let more = [
                cell.charged,
                cell.estimated,
                cell.input_tokens,
                cell.cached_tokens,
                cell.output_tokens,
                cell.cost,
            ];
            for (sum, more) in sums.iter_mut().zip(more) {
                *sum += more;
            }
        }
        counted.retain(|_, sums| *sums != [0; 6]);
        let mut charged: BTreeMap<(&str, &str), [i64; 6]> = BTreeMap::new();
        for used in self.used.values() {
            let sums = charged.entry((&used.key, &used.model)).or_default();
            let more = [
                used.requests,
                used.estimated,
                used.input_tokens,
                used.cached_tokens,
                used.output_tokens,
                used.cost.0,
            ];
            for (sum, more) in sums.iter_mut().zip(more) {
                *sum += i64::try_from(more).unwrap();
            }
        }
        charged.retain(|_, sums| *sums != [0; 6]);
        assert_eq!(counted, charged);
    }

    pub(crate) fn forget_repeats(&mut self) {
        self.repeats.clear();
    }

    pub(crate) fn apply(&mut self, write: Write) {
        let add = |sum: &mut u64, change: i64| {
            *sum = sum.checked_add_signed(change).expect("sums stay positive");
        };
        match write {
            Write::Settings(settings) => self.settings = Some(settings),
            Write::Key(record) => drop(self.keys.insert(record.hash, record)),
            Write::KeyGone(hash) => {
                self.keys.remove(&hash);
                self.seen.remove(&hash);
            }
            Write::Seen(hash, at_ms) => drop(self.seen.insert(hash, at_ms)),
            Write::Member(member) => drop(self.members.insert(member.id.clone(), member)),
            Write::MemberGone(id) => drop(self.members.remove(&id)),
            Write::Vault(vault) => self.vault = *vault,
            Write::Outbox(item) => drop(self.outbox.insert(item.seq, item)),
            Write::Projected(from, to) => {
                self.outbox.retain(|seq, _| !(from..=to).contains(seq));
                self.carried = self.carried.max(to);
            }
            Write::Wipe => {
                *self = Self {
                    settings: self.settings.take(),
                    carried: self.carried,
                    ..Self::default()
                };
            }
            Write::Bucket(scope, rate, stored) => {
                assert!(stored.level <= MOST && stored.owed <= MOST);
                self.buckets.insert((scope, rate), stored);
            }
            Write::Visitor(row) => drop(self.visitors.insert(row.visitor, row)),
            Write::VisitorsGone(before_ms) => self.visitors.retain(|_, row| row.at_ms >= before_ms),
            Write::Pledge(scope, pledge) => {
                assert!(pledge.cost.0 <= MOST);
                self.pledges.insert(scope, pledge);
            }
            Write::Lease(row) => drop(self.leases.insert(row.lease.request.clone(), row)),
            Write::LeaseGone(request) => drop(self.leases.remove(&request)),
            Write::Charge(row) => {
                let Charge {
                    input_tokens,
                    cached_tokens,
                    output_tokens,
                    cost,
                    ..
                } = row.charge;
                let kept = [input_tokens, cached_tokens, output_tokens, cost.0];
                assert!(kept.into_iter().all(|it| it <= MOST));
                self.charges
                    .insert((row.admitted_ms, row.request.clone()), row);
            }
            Write::Used(change) => {
                assert!(change.cost.unsigned_abs() <= MOST);
                let place = (change.day, change.key.clone(), change.model.clone());
                let used = self.used.entry(place).or_insert_with(|| Used {
                    day: change.day,
                    key: change.key,
                    model: change.model,
                    ..Used::default()
                });
                add(&mut used.requests, change.requests);
                add(&mut used.estimated, change.estimated);
                add(&mut used.input_tokens, change.input_tokens);
                add(&mut used.cached_tokens, change.cached_tokens);
                add(&mut used.output_tokens, change.output_tokens);
                add(&mut used.cost.0, change.cost);
                add(&mut used.own_key, change.own_key);
            }
            Write::Repeat(row) => drop(self.repeats.insert(row.id.clone(), row)),
            Write::RepeatEnded(id, request, progress) => {
                if let Some(row) = self.repeats.get_mut(&id)
                    && row.request == request
                {
                    row.progress = progress;
                }
            }
            Write::RepeatGone(id, request) => {
                self.repeats
                    .retain(|known, row| *known != id || row.request != request);
            }
            Write::Forget(before_ms) => {
                self.charges.retain(|(at, _), _| *at >= before_ms);
                self.repeats.retain(|_, row| row.admitted_ms >= before_ms);
            }
            Write::Alarm(purpose, due_ms) => {
                if purpose.is_durable() {
                    self.alarms.wake_by(purpose, due_ms);
                }
            }
            Write::Window(row) => drop(self.windows.insert(row.id, row)),
            Write::WindowGone(id) => assert!(self.windows.remove(&id).is_some()),
            Write::Log(row) => drop(self.log.insert((row.at_ms, row.request.clone()), row)),
            Write::TextsGone => {
                for row in self.log.values_mut() {
                    row.went.texts = None;
                }
            }
            Write::Trim(kept) => {
                self.log.retain(|(at_ms, _), _| *at_ms >= kept.log_from_ms);
                let too_many = self.log.len().saturating_sub(kept.log_rows as usize);
                for _ in 0..too_many {
                    self.log.pop_first();
                }
                for row in self.log.values_mut() {
                    let texts = row.went.texts.take();
                    row.went.texts = texts.filter(|_| row.at_ms >= kept.texts_from_ms);
                }
                self.windows
                    .retain(|_, row| row.grain != Grain::Day || row.at_ms >= kept.days_from_ms);
            }
        }
    }
}

/// An object: calls go through the machine, and what it writes is on the disk before the reply.
#[derive(Debug, Default)]
pub(crate) struct Object {
    pub(crate) machine: Tenant,
    pub(crate) disk: Disk,
    /// Writes that wait for others.
    waiting: Vec<Write>,
    next: u64,
}

impl Object {
    pub(crate) fn new(settings: Settings, records: &[KeyRecord]) -> Self {
        let mut object = Self::default();
        object.provision(settings, 0);
        for record in records {
            object.done(By::Operator, Act::MakeKey(Box::new(record.clone())), 0);
        }
        // As if the other stores knew of it already.
        let last = object.disk.outbox.keys().last().copied();
        object.call(Call::Projected(0, last.unwrap_or_default()), 0);
        object
    }

    /// One change.
    pub(crate) fn change(&mut self, by: By, act: Act, now_ms: u64) -> Reply {
        let request = self.request();
        self.call(change(by, request, act), now_ms)
    }

    /// A change that is made, and what is told of it.
    pub(crate) fn done(&mut self, by: By, act: Act, now_ms: u64) -> Vec<Item> {
        match self.change(by, act, now_ms) {
            Reply::Changed(items) => items,
            other => panic!("not changed: {other:?}"),
        }
    }

    pub(crate) fn provision(&mut self, settings: Settings, now_ms: u64) {
        self.done(By::Operator, Act::Provision(settings), now_ms);
    }

    pub(crate) fn revoke(&mut self, byte: u8, now_ms: u64) {
        self.done(By::Operator, Act::RevokeKey(record(byte).id), now_ms);
    }

    /// One call, and what it wrote, which is on the disk.
    pub(crate) fn step(&mut self, call: Call, now_ms: u64) -> (Reply, Vec<Write>) {
        let stepped = self.begin(call, now_ms);
        self.flush();
        stepped
    }

    /// One call, as the object does it: the end of a lease may wait to be written.
    pub(crate) fn begin(&mut self, call: Call, now_ms: u64) -> (Reply, Vec<Write>) {
        let lookup = self.machine.lookup(&call);
        if lookup.is_some() {
            self.flush();
        }
        let found = lookup.map(|it| self.disk.find(it)).unwrap_or_default();
        let may_wait = call.is_end();
        let (reply, writes) = self.machine.step(call, found, now_ms);
        self.waiting.extend(writes.clone());
        if !may_wait && writes.iter().any(Write::is_row) {
            self.flush();
        }
        (reply, writes)
    }

    /// What is charged and waits to be written: key and nano-USD.
    pub(crate) fn waiting_charges(&self) -> Vec<(String, u64)> {
        let charges = self.waiting.iter().filter_map(|write| match write {
            Write::Used(change) => Some((change.key.clone(), change.cost.unsigned_abs())),
            _ => None,
        });
        charges.collect()
    }

    /// Writes what waits.
    pub(crate) fn flush(&mut self) {
        self.machine.gather(0, &mut self.waiting);
        for write in coalesce(core::mem::take(&mut self.waiting)) {
            self.disk.apply(write);
        }
        self.machine.written();
        self.disk.assert_counted();
    }

    pub(crate) fn call(&mut self, call: Call, now_ms: u64) -> Reply {
        self.step(call, now_ms).0
    }

    pub(crate) fn alarm(&mut self, now_ms: u64) -> Vec<Write> {
        self.alarm_and_errand(now_ms).0
    }

    pub(crate) fn alarm_and_errand(&mut self, now_ms: u64) -> (Vec<Write>, Option<Errand>) {
        self.flush();
        self.disk.alarms.take_due(now_ms);
        let found = self
            .machine
            .alarm_lookup(now_ms)
            .map(|it| self.disk.find(it));
        let (writes, errand) = self.machine.alarm(found.as_ref(), now_ms);
        self.waiting.extend(writes.clone());
        self.flush();
        (writes, errand)
    }

    /// The object's memory is lost, and what was not written.
    pub(crate) fn crash(&mut self, now_ms: u64) {
        self.waiting.clear();
        self.machine = Tenant::load(self.disk.image(now_ms), now_ms);
    }

    pub(crate) fn request(&mut self) -> RequestId {
        self.next += 1;
        RequestId::try_from(format!("req_{:022}", self.next)).unwrap()
    }

    /// Asks for a lease; the lease, or why there is none.
    pub(crate) fn admit(&mut self, key: u8, want: Want, now_ms: u64) -> Result<Lease, Refusal> {
        let request = self.request();
        match self.call(admit(key, request.clone(), want), now_ms) {
            Reply::Admitted(admission) => Ok(lease(request, &admission, want)),
            Reply::Refused(refusal) => Err(refusal),
            other => panic!("neither admitted nor refused: {other:?}"),
        }
    }

    pub(crate) fn settle(&mut self, lease: &Lease, charge: Charge, now_ms: u64) -> Reply {
        let settle = Settle {
            lease: lease.clone(),
            charge,
            keep: None,
            went: None,
        };
        self.call(Call::Settle(settle), now_ms)
    }

    pub(crate) fn extend(&mut self, lease: &Lease, charge: Charge, now_ms: u64) -> Reply {
        let settle = Settle {
            lease: lease.clone(),
            charge,
            keep: None,
            went: None,
        };
        self.call(Call::Extend(settle), now_ms)
    }

    pub(crate) fn release(&mut self, lease: &Lease, now_ms: u64) -> Reply {
        let release = Release {
            request: lease.request.clone(),
            lease: Some(lease.clone()),
            repeat: None,
            went: None,
        };
        self.call(Call::Release(release), now_ms)
    }

    /// All that was ever charged, as it is written.
    pub(crate) fn charged(&self) -> u64 {
        self.disk.used.values().map(|used| used.cost.0).sum()
    }
}

pub(crate) fn hash(byte: u8) -> KeyHash {
    KeyHash::from_hex(&hex::encode([byte; 32])).unwrap()
}

pub(crate) fn change(by: By, request: RequestId, act: Act) -> Call {
    Call::Change(Box::new(Change {
        tenant: TenantId::parse("demo").unwrap(),
        by,
        request,
        ip: String::new(),
        version: None,
        act,
    }))
}

/// A master key, in hex.
pub(crate) const MASTER: &str = "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f";

/// A provider key set or replaced, sealed as the control plane does it after it has asked what there is.
pub(crate) fn seal(vault: &Vault, provider: Provider, text: &str) -> Act {
    let masters = Masters::parse(MASTER, "").unwrap();
    let key = ProviderKey::parse(text).unwrap();
    let mut byte = 0;
    let (data, keys) = vault
        .seal(
            Some((provider, &key)),
            &masters,
            &TenantId::parse("demo").unwrap(),
            &mut |bytes| {
                byte += 1;
                bytes.fill(byte);
            },
        )
        .unwrap();
    Act::SealProviderKeys(Box::new(Resealed {
        provider: Some(provider),
        preview: Some(key.preview()),
        replaces: false,
        data,
        keys,
    }))
}

/// The id of a person.
pub(crate) fn person(byte: u8) -> UserId {
    UserId::generate(&mut |bytes| bytes.fill(byte))
}

pub(crate) fn record(byte: u8) -> KeyRecord {
    let id = KeyId::generate(&mut |bytes| bytes.fill(byte));
    KeyRecord::new(id, hash(byte), Kind::Standard, Role::Owner)
}

pub(crate) fn ask(byte: u8) -> Ask {
    Ask {
        key: hash(byte),
        needs: Permission::CallModels,
        model: None,
        origin: None,
    }
}

pub(crate) fn admit(byte: u8, request: RequestId, want: Want) -> Call {
    Call::Admit(Admit {
        ask: ask(byte),
        request,
        want,
        repeat: None,
        own: None,
        visitor: None,
    })
}

/// Ten tokens in and ten out, at a nano-USD each.
pub(crate) const SMALL: Want = Want {
    input_tokens: 10,
    output_cap: Some(10),
    output_most: 1_000,
    input_price: 1_000_000,
    output_price: 1_000_000,
    dearest_input: 0,
    dearest_output: 0,
};

pub(crate) fn lease(request: RequestId, admission: &Admission, want: Want) -> Lease {
    Lease {
        request,
        key: admission.principal.key.clone(),
        model: String::new(),
        admitted_ms: admission.granted.admitted_ms,
        input_tokens: want.input_tokens,
        output_cap: admission.granted.output_cap,
        cost: admission.granted.cost,
        own: false,
    }
}

/// A charge of so many tokens in and out, at a nano-USD each.
pub(crate) fn used(input_tokens: u64, output_tokens: u64) -> Charge {
    Charge {
        input_tokens,
        cached_tokens: 0,
        output_tokens,
        cost: NanoUsd(input_tokens + output_tokens),
        estimated: false,
    }
}
