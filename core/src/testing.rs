//! A tenant's object without the platform: the machine, and a disk that outlives it.

use crate::calendar::Day;
use crate::id::{KeyId, RequestId};
use crate::journal::{ChargeRow, Found, Image, LeaseRow, Lookup, Pledge, Rate, RepeatRow, Write};
use crate::key::{KeyHash, Kind};
use crate::message::{
    Admission, Admit, Ask, Call, Charge, KeyRecord, Lease, Refusal, Release, Reply, Settings,
    Settle, Used, Want,
};
use crate::money::NanoUsd;
use crate::role::{Permission, Role};
use crate::tenant::Tenant;
use std::collections::BTreeMap;

/// What was written, as the object's tables hold it.
#[derive(Clone, Debug, Default)]
pub(crate) struct Disk {
    pub(crate) settings: Option<Settings>,
    keys: BTreeMap<String, KeyRecord>,
    buckets: BTreeMap<(String, Rate), crate::bucket::Stored>,
    pledges: BTreeMap<String, Pledge>,
    pub(crate) leases: BTreeMap<RequestId, LeaseRow>,
    pub(crate) charges: BTreeMap<(u64, RequestId), ChargeRow>,
    pub(crate) used: BTreeMap<(Day, String, String), Used>,
    repeats: BTreeMap<String, RepeatRow>,
}

impl Disk {
    pub(crate) fn image(&self, now_ms: u64) -> Image {
        let oldest = crate::calendar::Month::of(now_ms).previous().first_day();
        Image {
            settings: self.settings.clone(),
            keys: self.keys.values().cloned().collect(),
            buckets: self
                .buckets
                .iter()
                .map(|((scope, rate), stored)| (scope.clone(), *rate, *stored))
                .collect(),
            pledges: self.pledges.clone().into_iter().collect(),
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
            schedule: crate::alarm::Schedule::default(),
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
        }
        found
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
            Write::Key(record) => drop(self.keys.insert(record.id.to_string(), record)),
            Write::Bucket(scope, rate, stored) => {
                assert!(stored.level < 1 << 53 && stored.owed < 1 << 53);
                self.buckets.insert((scope, rate), stored);
            }
            Write::Pledge(scope, pledge) => drop(self.pledges.insert(scope, pledge)),
            Write::Lease(row) => drop(self.leases.insert(row.lease.request.clone(), row)),
            Write::LeaseGone(request) => drop(self.leases.remove(&request)),
            Write::Charge(row) => {
                self.charges
                    .insert((row.admitted_ms, row.request.clone()), row);
            }
            Write::Used(change) => {
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
            Write::Alarm(..) => {}
        }
    }
}

/// An object: calls go through the machine, and what it writes is on the disk before the reply.
#[derive(Debug, Default)]
pub(crate) struct Object {
    pub(crate) machine: Tenant,
    pub(crate) disk: Disk,
    next: u64,
}

impl Object {
    pub(crate) fn new(settings: Settings, records: &[KeyRecord]) -> Self {
        let mut object = Self::default();
        assert_eq!(object.call(Call::PutTenant(settings), 0), Reply::Done);
        for record in records {
            assert_eq!(object.call(Call::PutKey(record.clone()), 0), Reply::Done);
        }
        object
    }

    /// One call, and what it wrote.
    pub(crate) fn step(&mut self, call: Call, now_ms: u64) -> (Reply, Vec<Write>) {
        let found = self.machine.lookup(&call).map(|it| self.disk.find(it));
        let (reply, writes) = self.machine.step(call, found.unwrap_or_default(), now_ms);
        for write in writes.clone() {
            self.disk.apply(write);
        }
        (reply, writes)
    }

    pub(crate) fn call(&mut self, call: Call, now_ms: u64) -> Reply {
        self.step(call, now_ms).0
    }

    pub(crate) fn alarm(&mut self, now_ms: u64) -> Vec<Write> {
        let writes = self.machine.alarm(now_ms);
        for write in writes.clone() {
            self.disk.apply(write);
        }
        writes
    }

    /// The object's memory is lost.
    pub(crate) fn crash(&mut self, now_ms: u64) {
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
        };
        self.call(Call::Settle(settle), now_ms)
    }

    pub(crate) fn extend(&mut self, lease: &Lease, charge: Charge, now_ms: u64) -> Reply {
        let settle = Settle {
            lease: lease.clone(),
            charge,
            keep: None,
        };
        self.call(Call::Extend(settle), now_ms)
    }

    pub(crate) fn release(&mut self, lease: &Lease, now_ms: u64) -> Reply {
        let release = Release {
            request: lease.request.clone(),
            lease: Some(lease.clone()),
            repeat: None,
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

pub(crate) fn record(byte: u8) -> KeyRecord {
    KeyRecord {
        id: KeyId::generate(&mut |bytes| bytes.fill(byte)),
        hash: hash(byte),
        kind: Kind::Standard,
        role: Role::Owner,
        expires_at_ms: None,
        revoked_at_ms: None,
        rpm: None,
        tpm: None,
        concurrency: None,
        budget: None,
        models: vec![],
        origins: vec![],
        profile: None,
    }
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
    })
}

/// Ten tokens in and ten out, at a nano-USD each.
pub(crate) const SMALL: Want = Want {
    input_tokens: 10,
    output_cap: Some(10),
    output_most: 1_000,
    input_price: 1_000_000,
    output_price: 1_000_000,
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
