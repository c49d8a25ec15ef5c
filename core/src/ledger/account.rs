//! One party's side of the ledger: the tenant's or one key's.

use crate::bucket::{Bucket, Stored, Ticket};
use crate::calendar::{Month, Period};
use crate::journal::{MOST, Pledge, Rate, Write};
use crate::limit_state::{LimitKind, LimitSource, LimitState};
use crate::limits::Limits;
use crate::money::NanoUsd;

/// How long a caller should wait for a slot, in ms: nobody knows when one is free.
const SLOT_WAIT_MS: u64 = 1_000;
/// A minute, as the window of a rate, in seconds.
const MINUTE_S: u32 = 60;
/// How much of the rest of a budget a pledge runs ahead of need: one part in this many. After a crash so much
/// more than was needed is in doubt, for a minute.
const AHEAD_PART: u64 = 64;
/// How much of the slots a pledge runs ahead of need: one part in this many, or as many as are needed.
const AHEAD_SLOTS_PART: u32 = 16;

/// A rate limit, once somebody has asked for it.
#[derive(Debug, Default)]
struct Meter {
    bucket: Option<Bucket>,
    /// As it was stored when this instance started.
    stored: Option<Stored>,
}

impl Meter {
    /// The bucket at the present limit, and what must be durable if the limit has changed.
    fn at(&mut self, per_minute: u32, now_ms: u64) -> (&mut Bucket, Option<Stored>) {
        let stored = self.stored.take();
        let bucket = self.bucket.get_or_insert_with(|| match stored {
            Some(stored) => Bucket::restore(per_minute, stored, now_ms),
            None => Bucket::full(per_minute, now_ms),
        });
        let resized =
            (bucket.per_minute() != per_minute).then(|| bucket.resize(per_minute, now_ms));
        (bucket, resized)
    }
}

/// Money of one calendar month, in nano-USD.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Sum {
    month: Month,
    spent: u64,
    reserved: u64,
}

/// Rates, slots and money of one party.
#[derive(Debug, Default)]
pub(super) struct Account {
    requests: Meter,
    tokens: Meter,
    slots: u32,
    /// This month and the last one in which anything happened.
    sums: [Sum; 2],
    /// Durable: never below what is reserved.
    pledged: Pledge,
    /// The most that was reserved at once since the last sweep.
    peak: Pledge,
    /// What was pledged when this instance started and nobody has claimed since.
    pub(super) doubt: Pledge,
    /// Held by leases whose end is not written yet: after a crash they would be claimed again.
    unwritten: Pledge,
}

/// What one request takes from an account.
#[derive(Clone, Copy, Debug)]
pub(super) struct Take {
    pub(super) tokens: u64,
    pub(super) cost: u64,
    /// The tenant pays its provider itself.
    pub(super) own_key: bool,
}

/// Why an account does not admit a request.
#[derive(Clone, Copy, Debug)]
pub(super) struct Lack {
    pub(super) kind: LimitKind,
    pub(super) wait_ms: u64,
    pub(super) never: bool,
}

impl Account {
    pub(super) fn restore_bucket(&mut self, rate: Rate, stored: Stored) {
        match rate {
            Rate::Requests => self.requests.stored = Some(stored),
            Rate::Tokens => self.tokens.stored = Some(stored),
        }
    }

    pub(super) fn restore_pledge(&mut self, pledge: Pledge) {
        self.pledged = pledge;
        self.doubt = pledge;
    }

    /// Money charged to a month.
    pub(super) fn add_spent(&mut self, month: Month, cost: u64) {
        if let Some(sum) = self.sum(month) {
            sum.spent = sum.spent.saturating_add(cost);
        }
    }

    /// Takes back money charged to a month.
    pub(super) fn take_back(&mut self, month: Month, cost: u64) {
        if let Some(sum) = self.sum(month) {
            sum.spent = sum.spent.saturating_sub(cost);
        }
    }

    /// A month's sum. A new month takes the older one's place; `None` for one that is over for long.
    fn sum(&mut self, month: Month) -> Option<&mut Sum> {
        let [one, other] = &mut self.sums;
        if one.month == month {
            return Some(one);
        }
        if other.month == month {
            return Some(other);
        }
        let older = if one.month < other.month { one } else { other };
        if older.month > month {
            return None;
        }
        *older = Sum {
            month,
            ..Sum::default()
        };
        Some(older)
    }

    fn of(&self, month: Month) -> Sum {
        let found = self.sums.iter().find(|sum| sum.month == month);
        found.copied().unwrap_or_default()
    }

    pub(super) fn spent(&self, month: Month) -> u64 {
        self.of(month).spent
    }

    pub(super) fn reserved(&self, month: Month) -> u64 {
        self.of(month).reserved.saturating_add(self.doubt.cost.0)
    }

    /// What is left of a budget.
    pub(super) fn room(&self, budget: NanoUsd, month: Month) -> u64 {
        let taken = self.spent(month).saturating_add(self.reserved(month));
        budget.0.saturating_sub(taken)
    }

    /// The limit that makes this request wait longest, if any does.
    pub(super) fn lack(
        &mut self,
        scope: &str,
        limits: &Limits,
        take: Take,
        now_ms: u64,
        period: Period,
        writes: &mut Vec<Write>,
    ) -> Option<Lack> {
        let mut longest: Option<Lack> = None;
        let mut found = |kind, wait_ms, never| {
            if wait_ms > longest.map_or(0, |lack| lack.wait_ms) {
                longest = Some(Lack {
                    kind,
                    wait_ms,
                    never,
                });
            }
        };
        let rates = [
            (LimitKind::Requests, Rate::Requests, limits.rpm, 1),
            (LimitKind::Tokens, Rate::Tokens, limits.tpm, take.tokens),
        ];
        for (kind, rate, limit, needed) in rates {
            let Some(limit) = limit else { continue };
            let (bucket, resized) = self.meter(rate).at(limit, now_ms);
            found(
                kind,
                bucket.wait_ms(needed, now_ms),
                needed > u64::from(limit),
            );
            if let Some(stored) = resized {
                writes.push(Write::Bucket(scope.to_owned(), rate, stored));
            }
        }
        if let Some(most) = limits.concurrency
            && self.slots.saturating_add(self.doubt.slots) >= most
        {
            found(LimitKind::Concurrency, SLOT_WAIT_MS, most == 0);
        }
        if let Some(budget) = limits.budget
            && (self.room(budget, period.month) < take.cost
                || (budget == NanoUsd::ZERO && !take.own_key))
        {
            let wait_ms = period.ends_ms.saturating_sub(now_ms).max(1);
            found(LimitKind::Spend, wait_ms, false);
        }
        longest
    }

    /// Takes what a request needs. Gives the ticket by which unneeded tokens come back.
    pub(super) fn open(
        &mut self,
        scope: &str,
        limits: &Limits,
        take: Take,
        month: Month,
        writes: &mut Vec<Write>,
    ) -> Option<Ticket> {
        let mut push = |rate, stored: Option<Stored>| {
            if let Some(stored) = stored {
                writes.push(Write::Bucket(scope.to_owned(), rate, stored));
            }
        };
        if let (Some(_), Some(bucket)) = (limits.rpm, &mut self.requests.bucket) {
            push(Rate::Requests, bucket.take(1));
        }
        let mut ticket = None;
        if let (Some(_), Some(bucket)) = (limits.tpm, &mut self.tokens.bucket) {
            let (given, stored) = bucket.reserve(take.tokens);
            push(Rate::Tokens, stored);
            ticket = Some(given);
        }
        self.hold(take.cost, month);
        self.pledge(scope, limits, month, writes);
        ticket
    }

    /// Counts a lease that is open.
    pub(super) fn hold(&mut self, cost: u64, month: Month) {
        self.slots = self.slots.saturating_add(1);
        if let Some(sum) = self.sum(month) {
            sum.reserved = sum.reserved.saturating_add(cost);
        }
    }

    /// Keeps the durable bound at or above what is reserved, some way ahead where that is cheap.
    fn pledge(&mut self, scope: &str, limits: &Limits, month: Month, writes: &mut Vec<Write>) {
        let need = self.need();
        self.peak.cost = self.peak.cost.max(need.cost);
        self.peak.slots = self.peak.slots.max(need.slots);
        let short_of_money = limits.budget.is_some() && need.cost > self.pledged.cost;
        let short_of_slots = limits.concurrency.is_some() && need.slots > self.pledged.slots;
        if !short_of_money && !short_of_slots {
            return;
        }
        let room = limits.budget.map_or(0, |budget| self.room(budget, month));
        let most = limits.concurrency.unwrap_or(0);
        self.pledged = Pledge {
            cost: need
                .cost
                .plus(NanoUsd(room / AHEAD_PART))
                .min(NanoUsd(MOST))
                .max(self.pledged.cost),
            slots: need
                .slots
                .saturating_add(need.slots.max(most / AHEAD_SLOTS_PART))
                .min(most)
                .max(need.slots)
                .max(self.pledged.slots),
        };
        writes.push(Write::Pledge(scope.to_owned(), self.pledged));
    }

    /// What must be pledged now: leases of every month count, and so does what may be claimed after a
    /// crash.
    fn need(&self) -> Pledge {
        let [one, other] = self.sums;
        let reserved = one.reserved.saturating_add(other.reserved);
        Pledge {
            cost: NanoUsd(reserved)
                .plus(self.doubt.cost)
                .plus(self.unwritten.cost)
                .min(NanoUsd(MOST)),
            slots: self
                .slots
                .saturating_add(self.doubt.slots)
                .saturating_add(self.unwritten.slots),
        }
    }

    fn ended(&mut self, cost: u64) {
        self.unwritten.cost = self.unwritten.cost.plus(NanoUsd(cost));
        self.unwritten.slots = self.unwritten.slots.saturating_add(1);
    }

    /// Everything that has happened is written.
    pub(super) fn written(&mut self) {
        self.unwritten = Pledge::default();
    }

    /// Ends a lease that was held. `used` tokens were needed of those reserved.
    pub(super) fn close(
        &mut self,
        take: Take,
        used: u64,
        ticket: Option<Ticket>,
        month: Month,
        now_ms: u64,
    ) {
        self.ended(take.cost);
        self.slots = self.slots.saturating_sub(1);
        if let Some(sum) = self.sum(month) {
            sum.reserved = sum.reserved.saturating_sub(take.cost);
        }
        if let (Some(ticket), Some(bucket)) = (ticket, &mut self.tokens.bucket) {
            bucket.refund(ticket, take.tokens.saturating_sub(used), now_ms);
        }
    }

    /// Claims a lease of a former instance from what is in doubt; the money that was covered.
    pub(super) fn claim(&mut self, cost: u64) -> u64 {
        let covered = self.doubt.cost.0.min(cost);
        self.ended(covered);
        self.doubt.cost.0 -= covered;
        self.doubt.slots = self.doubt.slots.saturating_sub(1);
        covered
    }

    /// After a while: rates as they are, and the pledge down to what was needed of late.
    pub(super) fn sweep(&mut self, scope: &str, writes: &mut Vec<Write>) {
        for rate in Rate::ALL {
            if let Some(bucket) = &mut self.meter(rate).bucket
                && bucket.is_ahead()
            {
                writes.push(Write::Bucket(scope.to_owned(), rate, bucket.settle()));
            }
        }
        let need = self.need();
        let lately = Pledge {
            cost: self.peak.cost.max(need.cost),
            slots: self.peak.slots.max(need.slots),
        };
        self.peak = need;
        if self.pledged.cost > lately.cost || self.pledged.slots > lately.slots {
            self.pledged = Pledge {
                cost: self.pledged.cost.min(lately.cost),
                slots: self.pledged.slots.min(lately.slots),
            };
            writes.push(Write::Pledge(scope.to_owned(), self.pledged));
        }
    }

    /// Whether the next sweep would write less than is pledged now.
    pub(super) fn is_ahead(&self) -> bool {
        let need = self.need();
        self.pledged.cost > need.cost || self.pledged.slots > need.slots
    }

    fn meter(&mut self, rate: Rate) -> &mut Meter {
        match rate {
            Rate::Requests => &mut self.requests,
            Rate::Tokens => &mut self.tokens,
        }
    }

    /// The limits as they stand, as of the last look at each.
    pub(super) fn states(
        &self,
        source: LimitSource,
        limits: &Limits,
        now_ms: u64,
        period: Period,
        states: &mut Vec<LimitState>,
    ) {
        let rates = [
            (LimitKind::Requests, limits.rpm, &self.requests),
            (LimitKind::Tokens, limits.tpm, &self.tokens),
        ];
        for (kind, limit, meter) in rates {
            if let (Some(limit), Some(bucket)) = (limit, &meter.bucket) {
                states.push(LimitState {
                    kind,
                    source,
                    limit: u64::from(limit),
                    window_s: MINUTE_S,
                    remaining: u64::from(bucket.remaining()),
                    spent: 0,
                    reset_ms: bucket.full_in_ms(),
                });
            }
        }
        if let Some(limit) = limits.concurrency {
            let taken = self.slots.saturating_add(self.doubt.slots);
            states.push(LimitState {
                kind: LimitKind::Concurrency,
                source,
                limit: u64::from(limit),
                window_s: 0,
                remaining: u64::from(limit.saturating_sub(taken)),
                spent: 0,
                reset_ms: 0,
            });
        }
        if let Some(budget) = limits.budget {
            let length_ms = period.ends_ms - period.begins_ms;
            states.push(LimitState {
                kind: LimitKind::Spend,
                source,
                limit: budget.0,
                window_s: u32::try_from(length_ms / 1_000).unwrap_or(u32::MAX),
                remaining: self.room(budget, period.month),
                spent: self.spent(period.month),
                reset_ms: period.ends_ms.saturating_sub(now_ms),
            });
        }
    }
}
