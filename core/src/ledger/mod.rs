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
mod admission;
mod ending;
mod open;
mod price;

pub use admission::{Bid, Bounds, Denied, Opened};
pub use price::price;

use crate::calendar::{Month, Period};
use crate::id::{KeyId, RequestId};
use crate::journal::{Image, LeaseRow, Pledge, Write};
use crate::lease::Lease;
use crate::message::Usage;
use crate::money::NanoUsd;
use account::Account;
use open::{Leases, Open};
use std::collections::BTreeMap;

/// A lease of which nothing was heard for this long has ended, in ms.
pub const LEASE_MS: u64 = 60_000;
/// How long after an admission the sweep runs, in ms: before the platform would evict the object.
pub const SWEEP_MS: u64 = 5_000;
/// How long charges are kept by request, so that one settled again is recognised, in ms.
pub const REMEMBER_MS: u64 = 86_400_000;

/// A tenant's ledger, as its object holds it in memory.
#[derive(Debug, Default)]
pub struct Ledger {
    tenant: Account,
    keys: BTreeMap<KeyId, Account>,
    open: Leases,
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
    /// The month of that.
    period: Period,
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

    /// The present month. A clock that goes back does not reopen one.
    fn period(&mut self, now_ms: u64) -> Period {
        self.latest_ms = self.latest_ms.max(now_ms);
        if !self.period.holds(self.latest_ms) {
            self.period = Period::of(self.latest_ms);
        }
        self.period
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

    /// The leases that are open.
    pub fn leases(&self) -> impl Iterator<Item = &Lease> {
        self.open.values().map(|open| &open.row.lease)
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
        let Period { month, .. } = self.period(now_ms);
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

#[cfg(test)]
mod tests;
