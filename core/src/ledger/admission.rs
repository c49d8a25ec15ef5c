//! How a request gets its lease: every limit of tenant and key at once, or none.

use super::account::{Lack, Take};
use super::open::Open;
use super::price::{affordable, price, share};
use super::{LEASE_MS, Ledger};
use crate::id::{KeyId, RequestId};
use crate::journal::{LeaseRow, Write};
use crate::lease::{Granted, Lease, Want};
use crate::limit_state::{Broken, LimitKind, LimitSource, LimitState};
use crate::limits::Limits;
use crate::money::NanoUsd;

/// How many limits an admission is told of at most: four of each of two parties.
const STATES: usize = 8;

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

impl Ledger {
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
        let period = self.period(now_ms);
        let month = period.month;
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
            let lack = account.lack(scope, limits, take, now_ms, period, writes);
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
                account.states(*source, held, now_ms, period, &mut limits);
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
            account.states(*source, held, now_ms, period, &mut limits);
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
}
