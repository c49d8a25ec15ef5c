//! The ledger: what requests may use, what they have reserved and what they were charged.
//!
//! `admit` sets aside an upper bound from the tenant's and the key's limits at once, or touches
//! nothing. Every lease then ends exactly once: settled (what was used), released (nothing was), or
//! expired (nobody said anything any more: its last word, or all of it). Money is integer nano-USD.
//!
//! What is promised, at every moment and over every crash: charged + reserved ≤ limit, and no charge
//! is above its reservation.
//!
//! How a crash is survived without a durable write per admission: an account keeps a durable
//! [`Pledge`], never below what its open leases have reserved; it is written only when that reaches a
//! new height, some way ahead, and lowered by the sweep. Leases themselves are written by the sweep, or with
//! a word on them or an idempotency key. After a restart, what was pledged and not written lease by lease is *in doubt*: it
//! counts as reserved until the Worker settles it (every word on a lease carries the whole lease) or
//! [`LEASE_MS`] have passed, when whoever could have settled it is gone.
//!
//! Ends of leases may be written together, some time later, and are acknowledged only then; until
//! [`Ledger::written`] they count in the pledge, since a crash would have them told again.
//!
//! Caveat: a request whose isolate and object both die in its first seconds, before the sweep, is not
//! charged. Its reservation still held until nobody could be using it.

mod account;

use crate::bucket::Ticket;
use crate::calendar::{Day, Month};
use crate::id::{KeyId, RequestId};
use crate::journal::{ChargeRow, Ending, Image, LeaseRow, Pledge, UsedChange, Write};
use crate::limits::Limits;
use crate::message::{
    Broken, Charge, Granted, Lease, LimitKind, LimitSource, LimitState, Release, Settle, Usage,
    Want,
};
use crate::money::NanoUsd;
use account::{Account, Lack, Take};
use std::collections::BTreeMap;

/// A lease of which nothing was heard for this long has ended, in ms.
pub const LEASE_MS: u64 = 60_000;
/// How long after an admission the sweep runs, in ms: before the platform would evict the object.
pub const SWEEP_MS: u64 = 5_000;
/// How long charges are kept by request, so that one settled again is recognised, in ms.
pub const REMEMBER_MS: u64 = 86_400_000;

/// How often old charges are forgotten, in ms.
const FORGET_EVERY_MS: u64 = 3_600_000;
/// How many limits an admission is told of at most: four of each of two parties.
const STATES: usize = 8;
/// The part of a token limit that a request without an output cap may reserve at most.
const UNCAPPED_PART: u32 = 4;
/// What such a request may reserve of a smaller limit all the same, in tokens.
const UNCAPPED_LEAST: u32 = 1_024;

/// The limits that hold for a request.
#[derive(Clone, Copy, Debug, Default)]
pub struct Bounds {
    /// The tenant's.
    pub tenant: Limits,
    /// The key's own.
    pub key: Limits,
    /// They are counted, not enforced.
    pub shadow: bool,
}

/// A request for a lease.
#[derive(Clone, Debug)]
pub struct Bid {
    /// Names the lease.
    pub request: RequestId,
    /// The key it comes with.
    pub key: KeyId,
    /// The catalog id of its model.
    pub model: String,
    /// How much to reserve.
    pub want: Want,
    /// Its model is called with the tenant's own key, which costs the tenant nothing here.
    pub own: bool,
    /// How long the limit of whom it comes from, which is counted elsewhere, makes it wait, in ms.
    pub visitor_wait_ms: u64,
}

/// What a request was granted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Opened {
    /// What was set aside.
    pub granted: Granted,
    /// The limits after it.
    pub limits: Vec<LimitState>,
    /// The limit that would have refused it.
    pub shadowed: Option<Broken>,
}

/// Why a request was not admitted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Denied {
    /// The limits as they stand.
    pub limits: Vec<LimitState>,
    /// The one that makes it wait longest.
    pub broken: Broken,
    /// How long, in ms.
    pub wait_ms: u64,
    /// Waiting will not help.
    pub never: bool,
}

/// A lease in memory.
#[derive(Debug)]
struct Open {
    row: LeaseRow,
    written: bool,
    /// By which unneeded tokens come back: the tenant's and the key's.
    tickets: [Option<Ticket>; 2],
}

/// A tenant's ledger, as its object holds it in memory.
#[derive(Debug, Default)]
pub struct Ledger {
    tenant: Account,
    keys: BTreeMap<KeyId, Account>,
    open: BTreeMap<RequestId, Open>,
    /// Leases that are not written down. Some may have ended since.
    unwritten: Vec<RequestId>,
    /// Requests that were released before they were admitted: the messages overtook each other.
    overtaken: Vec<(RequestId, u64)>,
    loaded_ms: u64,
    /// Whether a lease has ended since everything was written.
    unsettled: bool,
    doubtful: bool,
    forgot_ms: u64,
    /// Months never go back.
    latest_ms: u64,
}

/// Nano-USD for input and output tokens, each at its price per million, rounded up once.
#[must_use]
pub fn price(input: (u32, u64), output: (u32, u64)) -> u64 {
    let sum =
        u128::from(input.0) * u128::from(input.1) + u128::from(output.0) * u128::from(output.1);
    u64::try_from(sum.div_ceil(1_000_000)).unwrap_or(u64::MAX)
}

/// The most output tokens that `room` nano-USD pay for.
fn affordable(want: &Want, room: u64) -> u32 {
    let input = u128::from(want.input_tokens) * u128::from(want.input_price);
    let left = (u128::from(room) * 1_000_000).saturating_sub(input);
    let free = u128::from(u32::MAX);
    let most = left.checked_div(u128::from(want.output_price));
    u32::try_from(most.unwrap_or(free)).unwrap_or(u32::MAX)
}

/// What a request without a cap may reserve of a token limit, as output.
fn share(limit: u32, input_tokens: u32) -> u32 {
    (limit / UNCAPPED_PART)
        .max(UNCAPPED_LEAST)
        .min(limit.saturating_sub(input_tokens))
}

impl Ledger {
    /// The ledger as it was written.
    #[must_use]
    pub fn load(image: &Image, now_ms: u64) -> Self {
        let mut ledger = Self {
            loaded_ms: now_ms,
            latest_ms: now_ms,
            ..Self::default()
        };
        for (scope, rate, stored) in &image.buckets {
            if let Some(account) = ledger.account(scope) {
                account.restore_bucket(*rate, *stored);
            }
        }
        for (scope, pledge) in &image.pledges {
            if let Some(account) = ledger.account(scope) {
                account.restore_pledge(*pledge);
            }
        }
        let mut spent = image.spent.clone();
        // Months are only ever followed by later ones.
        spent.sort_unstable_by_key(|(_, day, _)| *day);
        for (key, day, cost) in spent {
            ledger.tenant.add_spent(day.month(), cost.0);
            ledger
                .keys
                .entry(key)
                .or_default()
                .add_spent(day.month(), cost.0);
        }
        for row in &image.leases {
            ledger.hold(row.clone());
        }
        ledger.doubtful = core::iter::once(&ledger.tenant)
            .chain(ledger.keys.values())
            .any(|account| account.doubt != Pledge::default());
        // What was loaded is written.
        ledger.written();
        ledger
    }

    fn account(&mut self, scope: &str) -> Option<&mut Account> {
        if scope.is_empty() {
            return Some(&mut self.tenant);
        }
        let key = KeyId::parse(scope).ok()?;
        Some(self.keys.entry(key).or_default())
    }

    /// Takes a lease of a former instance over: from what is in doubt to what is reserved.
    fn hold(&mut self, row: LeaseRow) {
        let month = Month::of(row.lease.admitted_ms);
        let cost = row.lease.cost.0;
        let key = row.lease.key.clone();
        self.unsettled = true;
        for account in [&mut self.tenant, self.keys.entry(key).or_default()] {
            account.claim(cost);
            account.hold(cost, month);
        }
        let open = Open {
            row,
            written: true,
            tickets: [None; 2],
        };
        self.open.insert(open.row.lease.request.clone(), open);
    }

    /// A clock that goes back does not reopen a month.
    fn month(&mut self, now_ms: u64) -> Month {
        self.latest_ms = self.latest_ms.max(now_ms);
        Month::of(self.latest_ms)
    }

    /// Nobody who could have settled what is in doubt is left.
    fn end_doubt(&mut self, now_ms: u64) {
        if self.doubtful && now_ms.saturating_sub(self.loaded_ms) >= LEASE_MS {
            self.doubtful = false;
            self.tenant.doubt = Pledge::default();
            for account in self.keys.values_mut() {
                account.doubt = Pledge::default();
            }
        }
    }

    /// One atomic admission: every limit is looked at before anything is taken.
    ///
    /// # Errors
    /// [`Denied`] with the limit that makes the request wait longest; then nothing was taken.
    pub fn admit(
        &mut self,
        bid: Bid,
        bounds: &Bounds,
        now_ms: u64,
        writes: &mut Vec<Write>,
    ) -> Result<Opened, Denied> {
        let Bid {
            request,
            key,
            model,
            want,
            own: own_key,
            visitor_wait_ms,
        } = bid;
        self.end_doubt(now_ms);
        let month = self.month(now_ms);
        let Self { tenant, keys, .. } = self;
        let own = keys.entry(key.clone()).or_default();
        let mut parties = [
            (LimitSource::Tenant, "", &bounds.tenant, tenant),
            (LimitSource::Key, key.as_str(), &bounds.key, own),
        ];
        let most = want.output_most.max(1);
        let output_cap = want.output_cap.map_or_else(
            || {
                parties.iter().fold(most, |cap, (_, _, limits, account)| {
                    let (budget, tpm) = if bounds.shadow {
                        (None, None)
                    } else {
                        (limits.budget, limits.tpm)
                    };
                    let paid = budget.map_or(most, |budget| {
                        affordable(&want, account.room(budget, month))
                    });
                    let shared = tpm.map_or(most, |limit| share(limit, want.input_tokens));
                    cap.min(paid).min(shared).max(1)
                })
            },
            |asked| asked.clamp(1, most),
        );
        let input = want.input_tokens;
        let mut take = Take {
            tokens: u64::from(input) + u64::from(output_cap),
            cost: price((input, want.input_price), (output_cap, want.output_price)),
            own_key,
        };
        let mut longest = (visitor_wait_ms > 0).then(|| {
            let lack = Lack {
                kind: LimitKind::Requests,
                wait_ms: visitor_wait_ms,
                never: false,
            };
            (LimitSource::Visitor, lack)
        });
        for (source, scope, limits, account) in &mut parties {
            let lack = account.lack(scope, limits, take, now_ms, month, writes);
            if let Some(lack) = lack
                && longest.is_none_or(|(_, known)| lack.wait_ms > known.wait_ms)
            {
                longest = Some((*source, lack));
            }
        }
        let broken = longest.map(|(source, lack)| Broken {
            kind: lack.kind,
            source,
        });
        if let (Some((_, lack)), Some(broken), false) = (longest, broken, bounds.shadow) {
            let mut limits = Vec::new();
            for (source, _, held, account) in &parties {
                account.states(*source, held, now_ms, month, &mut limits);
            }
            return Err(Denied {
                limits,
                broken,
                wait_ms: lack.wait_ms,
                never: lack.never,
            });
        }
        let dearest = price(
            (input, want.dearest_input),
            (output_cap, want.dearest_output),
        );
        // A fallback must not cost others their admission: at least as much again stays free.
        let spare = dearest.saturating_sub(take.cost);
        let needed = take.cost.saturating_add(spare.saturating_mul(2));
        if bounds.shadow
            || parties.iter().all(|(_, _, limits, account)| {
                let budget = limits.budget;
                budget.is_none_or(|budget| account.room(budget, month) >= needed)
            })
        {
            take.cost = take.cost.saturating_add(spare);
        }
        let mut tickets = [None; 2];
        let mut limits = Vec::with_capacity(STATES);
        for (ticket, (source, scope, held, account)) in tickets.iter_mut().zip(&mut parties) {
            *ticket = account.open(scope, held, take, month, writes);
            account.states(*source, held, now_ms, month, &mut limits);
        }
        let granted = Granted {
            // The month that was checked is the one that will be charged.
            admitted_ms: self.latest_ms,
            output_cap,
            cost: NanoUsd(take.cost),
        };
        let lease = Lease {
            request: request.clone(),
            key,
            model,
            admitted_ms: granted.admitted_ms,
            input_tokens: want.input_tokens,
            output_cap,
            cost: granted.cost,
            own: own_key,
        };
        let open = Open {
            row: LeaseRow {
                lease,
                so_far: None,
                expires_ms: now_ms.saturating_add(LEASE_MS),
            },
            written: false,
            tickets,
        };
        self.unwritten.push(request.clone());
        self.open.insert(request, open);
        Ok(Opened {
            granted,
            limits,
            shadowed: broken,
        })
    }

    /// Whether a request was released before it was admitted. It may not be admitted any more.
    pub fn was_overtaken(&mut self, request: &RequestId, now_ms: u64) -> bool {
        self.overtaken.retain(|(_, until_ms)| *until_ms > now_ms);
        self.overtaken.iter().any(|(known, _)| known == request)
    }

    /// Whether a request holds a lease. One that asks twice is admitted once.
    #[must_use]
    pub fn is_open(&self, request: &RequestId) -> bool {
        self.open.contains_key(request)
    }

    /// Whether a lease of this time may have been open when the last instance ended, and go on.
    #[must_use]
    pub fn may_be_in_doubt(&self, admitted_ms: u64, now_ms: u64) -> bool {
        admitted_ms <= self.loaded_ms && now_ms.saturating_sub(self.loaded_ms) < LEASE_MS
    }

    /// Writes down every open lease that is not.
    pub(crate) fn write_leases(&mut self, writes: &mut Vec<Write>) {
        for request in self.unwritten.drain(..) {
            if let Some(open) = self.open.get_mut(&request) {
                open.written = true;
                writes.push(Write::Lease(open.row.clone()));
            }
        }
    }

    /// A request is still going on: its lease holds for [`LEASE_MS`] more, and its progress is kept.
    /// Whether there is such a lease.
    pub fn extend(
        &mut self,
        settle: Settle,
        charged: Option<&ChargeRow>,
        now_ms: u64,
        writes: &mut Vec<Write>,
    ) -> bool {
        let Settle { lease, charge, .. } = settle;
        if !self.open.contains_key(&lease.request) {
            if charged.is_some() || !self.is_of_before(&lease) {
                return false;
            }
            self.hold(LeaseRow {
                lease: lease.clone(),
                so_far: None,
                expires_ms: 0,
            });
        }
        let Some(open) = self.open.get_mut(&lease.request) else {
            return false;
        };
        // Another model may answer than was asked for.
        open.row.lease.model = lease.model;
        open.row.lease.own = lease.own;
        open.row.expires_ms = now_ms.saturating_add(LEASE_MS);
        open.row.so_far = (charge != Charge::default()).then(|| bounded(charge, &open.row.lease));
        open.written = true;
        writes.push(Write::Lease(open.row.clone()));
        true
    }

    /// Whether a lease that is not known may have been lost by a restart: it is older than this
    /// instance, or, where the clock has gone back since, from its future.
    fn is_of_before(&self, lease: &Lease) -> bool {
        lease.admitted_ms <= self.loaded_ms || lease.admitted_ms > self.latest_ms
    }

    /// Ends a lease with what was used. What is charged is never above the reservation, and stays
    /// what it was when a lease is settled again. One that had expired is corrected.
    ///
    /// `None` for a lease that was never given.
    pub fn settle(
        &mut self,
        settle: Settle,
        charged: Option<ChargeRow>,
        bounds: &Bounds,
        now_ms: u64,
        writes: &mut Vec<Write>,
    ) -> Option<Charge> {
        let Settle { lease, charge, .. } = settle;
        let charge = bounded(charge, &lease);
        if let Some(mut open) = self.open.remove(&lease.request) {
            let charge = bounded(charge, &open.row.lease);
            open.row.lease.model = lease.model;
            open.row.lease.own = lease.own;
            self.end(&open, charge, now_ms, writes);
            self.charge(&open.row.lease, charge, Ending::Settled, writes);
            return Some(charge);
        }
        match charged {
            Some(known) if known.ending == Ending::Settled => Some(known.charge),
            Some(known) => Some(self.correct(&lease, charge, known, bounds, writes)),
            None if self.is_of_before(&lease) => {
                let charge = self.adopt(&lease, charge, bounds);
                self.charge(&lease, charge, Ending::Settled, writes);
                Some(charge)
            }
            None => None,
        }
    }

    /// Settles a lease of before a restart out of what is in doubt. After that has ended, what others
    /// have reserved since comes first.
    fn adopt(&mut self, lease: &Lease, mut charge: Charge, bounds: &Bounds) -> Charge {
        let month = Month::of(lease.admitted_ms);
        self.unsettled = true;
        let Self { tenant, keys, .. } = self;
        let own = keys.entry(lease.key.clone()).or_default();
        for (limits, account) in [(&bounds.tenant, tenant), (&bounds.key, own)] {
            let covered = account.claim(lease.cost.0);
            if let Some(budget) = limits.budget
                && covered < lease.cost.0
                && !bounds.shadow
            {
                let most = covered.saturating_add(account.room(budget, month));
                charge.cost = charge.cost.min(NanoUsd(most));
            }
        }
        charge
    }

    /// An expired lease's Worker was alive after all: what it says replaces the guess.
    fn correct(
        &mut self,
        lease: &Lease,
        mut charge: Charge,
        known: ChargeRow,
        bounds: &Bounds,
        writes: &mut Vec<Write>,
    ) -> Charge {
        let month = Month::of(lease.admitted_ms);
        let before = known.charge;
        if charge.cost > before.cost && !bounds.shadow {
            let mut more = charge.cost.0 - before.cost.0;
            let own = self.keys.get(&lease.key);
            for (limits, account) in [(&bounds.tenant, Some(&self.tenant)), (&bounds.key, own)] {
                if let (Some(budget), Some(account)) = (limits.budget, account) {
                    more = more.min(account.room(budget, month));
                }
            }
            charge.cost = NanoUsd(before.cost.0.saturating_add(more));
        }
        let own = self.keys.entry(lease.key.clone()).or_default();
        for account in [&mut self.tenant, own] {
            account.take_back(month, before.cost.0);
            account.add_spent(month, charge.cost.0);
        }
        let change = |after: u64, before: u64| signed(after).saturating_sub(signed(before));
        writes.push(Write::Charge(ChargeRow {
            charge,
            ending: Ending::Settled,
            ..known
        }));
        writes.push(Write::Used(UsedChange {
            day: Day::of(lease.admitted_ms),
            key: lease.key.as_str().to_owned(),
            model: lease.model.clone(),
            requests: 0,
            own_key: 0,
            estimated: i64::from(charge.estimated) - i64::from(before.estimated),
            input_tokens: change(charge.input_tokens, before.input_tokens),
            cached_tokens: change(charge.cached_tokens, before.cached_tokens),
            output_tokens: change(charge.output_tokens, before.output_tokens),
            cost: change(charge.cost.0, before.cost.0),
        }));
        charge
    }

    /// Ends a lease of which nothing was used, and gives it. One that is not there yet will not be given.
    pub fn release(
        &mut self,
        release: &Release,
        now_ms: u64,
        writes: &mut Vec<Write>,
    ) -> Option<Lease> {
        if let Some(mut open) = self.open.remove(&release.request) {
            if let Some(lease) = &release.lease {
                open.row.lease.model.clone_from(&lease.model);
            }
            self.end(&open, Charge::default(), now_ms, writes);
            return Some(open.row.lease);
        }
        // A lease that a restart has lost may have been released before it, and this said again: what
        // is in doubt stays so until it ends by itself.
        if release.lease.is_none() {
            let until_ms = now_ms.saturating_add(LEASE_MS);
            self.overtaken.push((release.request.clone(), until_ms));
        }
        None
    }

    /// The leases that are open.
    pub fn leases(&self) -> impl Iterator<Item = &Lease> {
        self.open.values().map(|open| &open.row.lease)
    }

    /// Gives back what an ended lease held.
    fn end(&mut self, open: &Open, charge: Charge, now_ms: u64, writes: &mut Vec<Write>) {
        self.unsettled = true;
        let lease = &open.row.lease;
        let month = Month::of(lease.admitted_ms);
        let take = Take {
            tokens: lease.tokens(),
            cost: lease.cost.0,
            own_key: lease.own,
        };
        let used = charge.input_tokens.saturating_add(charge.output_tokens);
        let [tenants, keys] = open.tickets;
        self.tenant.close(take, used, tenants, month, now_ms);
        if let Some(account) = self.keys.get_mut(&lease.key) {
            account.close(take, used, keys, month, now_ms);
        }
        if open.written {
            writes.push(Write::LeaseGone(lease.request.clone()));
        }
    }

    /// Writes a charge into the sums.
    fn charge(&mut self, lease: &Lease, charge: Charge, ending: Ending, writes: &mut Vec<Write>) {
        let month = Month::of(lease.admitted_ms);
        self.tenant.add_spent(month, charge.cost.0);
        if let Some(account) = self.keys.get_mut(&lease.key) {
            account.add_spent(month, charge.cost.0);
        }
        writes.push(Write::Charge(ChargeRow {
            admitted_ms: lease.admitted_ms,
            request: lease.request.clone(),
            charge,
            ending,
        }));
        writes.push(Write::Used(UsedChange {
            day: Day::of(lease.admitted_ms),
            key: lease.key.as_str().to_owned(),
            model: lease.model.clone(),
            requests: 1,
            own_key: i64::from(lease.own),
            estimated: i64::from(charge.estimated),
            input_tokens: signed(charge.input_tokens),
            cached_tokens: signed(charge.cached_tokens),
            output_tokens: signed(charge.output_tokens),
            cost: signed(charge.cost.0),
        }));
    }

    /// Expires leases, writes down the ones that go on, and lowers what is set aside ahead of need.
    pub fn sweep(&mut self, now_ms: u64, writes: &mut Vec<Write>) {
        self.end_doubt(now_ms);
        let mut expired: Vec<RequestId> = self
            .open
            .values()
            .filter(|open| open.row.expires_ms <= now_ms)
            .map(|open| open.row.lease.request.clone())
            .collect();
        expired.sort_unstable();
        for request in expired {
            if let Some(open) = self.open.remove(&request) {
                let charge = open.row.so_far.unwrap_or(Charge {
                    input_tokens: u64::from(open.row.lease.input_tokens),
                    cached_tokens: 0,
                    output_tokens: u64::from(open.row.lease.output_cap),
                    // What is set aside besides an own key is for a fallback that was not asked.
                    cost: if open.row.lease.own {
                        NanoUsd::ZERO
                    } else {
                        open.row.lease.cost
                    },
                    estimated: true,
                });
                let charge = Charge {
                    estimated: true,
                    ..charge
                };
                self.end(&open, charge, now_ms, writes);
                self.charge(&open.row.lease, charge, Ending::Expired, writes);
            }
        }
        self.write_leases(writes);
        self.tenant.sweep("", writes);
        for (key, account) in &mut self.keys {
            account.sweep(key.as_str(), writes);
        }
        if now_ms.saturating_sub(self.forgot_ms) >= FORGET_EVERY_MS {
            self.forgot_ms = now_ms;
            writes.push(Write::Forget(now_ms.saturating_sub(REMEMBER_MS)));
        }
    }

    /// Says that every write so far is durable, so that nothing will be told again.
    pub fn written(&mut self) {
        if core::mem::take(&mut self.unsettled) {
            self.tenant.written();
            for account in self.keys.values_mut() {
                account.written();
            }
        }
    }

    /// When the next sweep is due after one at `now_ms`, if anything is left to do.
    #[must_use]
    pub fn next_sweep_ms(&self, now_ms: u64) -> Option<u64> {
        let soon_ms = now_ms.saturating_add(SWEEP_MS);
        let expiry_ms = self.open.values().map(|open| open.row.expires_ms).min();
        let doubt_ms = self
            .doubtful
            .then(|| self.loaded_ms.saturating_add(LEASE_MS));
        let ahead = core::iter::once(&self.tenant)
            .chain(self.keys.values())
            .any(Account::is_ahead);
        [expiry_ms, doubt_ms, ahead.then_some(soon_ms)]
            .into_iter()
            .flatten()
            .min()
            .map(|due_ms| due_ms.max(now_ms.saturating_add(1_000)))
    }

    /// The sums of this month.
    #[must_use]
    pub fn usage(&mut self, bounds: &Bounds, now_ms: u64) -> Usage {
        self.end_doubt(now_ms);
        let month = self.month(now_ms);
        Usage {
            rows: Vec::new(),
            month,
            spent: NanoUsd(self.tenant.spent(month)),
            reserved: NanoUsd(self.tenant.reserved(month)),
            in_flight: u32::try_from(self.open.len()).unwrap_or(u32::MAX),
            limits: bounds.tenant,
            shadow: bounds.shadow,
        }
    }
}

/// A charge that is not above its reservation.
fn bounded(charge: Charge, lease: &Lease) -> Charge {
    Charge {
        cost: charge.cost.min(lease.cost),
        ..charge
    }
}

/// Amounts and counts are below 2^53 by construction of the limits; beyond i64 they saturate.
fn signed(value: u64) -> i64 {
    i64::try_from(value).unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests;
