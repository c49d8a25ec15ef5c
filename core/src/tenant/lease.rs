//! Requests from their admission to their end, and those that must not run twice.

use super::Tenant;
use crate::alarm::Purpose;
use crate::error::Code;
use crate::journal::{Found, Progress, RepeatRow, Write};
use crate::ledger::{Bid, Bounds, REMEMBER_MS, SWEEP_MS};
use crate::message::{
    Admission, Admit, KeyRecord, Refusal, Release, Repeat, Repeated, Reply, Settle,
};
use crate::metrics::log::Went;
use crate::metrics::window::HOUR_MS;
use crate::visits::Visit;

/// The most bytes of answers that are kept for a tenant; what is more is not kept. An object has
/// 10 GB, and the ledger has to go on in it.
const KEPT_MAX: u64 = 256 << 20;

/// How long a repeat is recognised, in ms.
const REPEAT_MS: u64 = REMEMBER_MS;

impl Tenant {
    /// One atomic admission: the key, requests asked before, then every limit at once.
    pub(super) fn admit(
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

    pub(super) fn settle(
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
    pub(super) fn release(
        &mut self,
        release: &Release,
        logged: bool,
        now_ms: u64,
        writes: &mut Vec<Write>,
    ) {
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
