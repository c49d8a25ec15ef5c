//! How leases go on and end: settled, released or expired.

use super::account::Take;
use super::open::{Leases, Open};
use super::{Bounds, LEASE_MS, Ledger, REMEMBER_MS};
use crate::calendar::{Day, Month};
use crate::id::RequestId;
use crate::journal::{ChargeRow, Ending, LeaseRow, MOST, UsedChange, Write, signed};
use crate::lease::{Charge, Lease};
use crate::message::{Release, Settle};
use crate::money::NanoUsd;

/// For how many leases there may be room while there are none; what a burst took besides is given back.
const ROOM: usize = 4_096;
/// How often old charges are forgotten, in ms.
const FORGET_EVERY_MS: u64 = 3_600_000;

impl Ledger {
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
                    ..bounded(charge, &open.row.lease)
                };
                self.end(&open, charge, now_ms, writes);
                self.charge(&open.row.lease, charge, Ending::Expired, writes);
            }
        }
        self.write_leases(writes);
        if self.open.is_empty() && self.open.capacity() > ROOM {
            self.open = Leases::default();
        }
        self.tenant.sweep("", writes);
        for (key, account) in &mut self.keys {
            account.sweep(key.as_str(), writes);
        }
        if now_ms.saturating_sub(self.forgot_ms) >= FORGET_EVERY_MS {
            self.forgot_ms = now_ms;
            writes.push(Write::Forget(now_ms.saturating_sub(REMEMBER_MS)));
        }
    }
}

/// A charge that is not above its reservation, and can be kept.
fn bounded(charge: Charge, lease: &Lease) -> Charge {
    Charge {
        input_tokens: charge.input_tokens.min(MOST),
        cached_tokens: charge.cached_tokens.min(MOST),
        output_tokens: charge.output_tokens.min(MOST),
        cost: charge.cost.min(lease.cost).min(NanoUsd(MOST)),
        estimated: charge.estimated,
    }
}
