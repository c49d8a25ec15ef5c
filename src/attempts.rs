//! The attempts of one request: which backend is asked, and what is done when one fails.
//!
//! What to do is the core's decision ([`neureus_core::resilience`]); this carries it out: it waits, goes on to
//! the next candidate, and remembers which backends of this isolate fail. A caller who leaves ends it.

use crate::job::Job;
use crate::lease::Hold;
use neureus_core::error::ApiError;
use neureus_core::fallback::Candidate;
use neureus_core::message::{Charge, Lease};
use neureus_core::resilience::failure::{Failure, KeyOwner};
use neureus_core::resilience::{Breakers, Course, Step};
use neureus_shell::clock::now_ms;
use neureus_shell::trace::Trace;
use std::cell::RefCell;

thread_local! {
    static BREAKERS: RefCell<Breakers> = RefCell::default();
}

/// See the module.
pub(crate) struct Attempts<'a> {
    job: &'a Job<'a>,
    course: Course,
    at: usize,
    /// What the model that was asked for failed with: what the caller is told in the end.
    told: Option<ApiError>,
}

impl<'a> Attempts<'a> {
    pub(crate) fn new(job: &'a Job<'a>, since_ms: u64) -> Self {
        let bindings = &job.gate.bindings;
        let ends_ms = since_ms.saturating_add(u64::from(bindings.deadlines.total));
        let others = job.candidates.len().saturating_sub(1);
        Self {
            job,
            course: Course::new(bindings.resilience, others, ends_ms),
            at: 0,
            told: None,
        }
    }

    /// Milliseconds until all of it has to be over.
    pub(crate) fn left_ms(&self) -> u32 {
        self.course.left_ms(now_ms())
    }

    /// The candidate to ask now.
    ///
    /// # Errors
    /// 503 when all that are left are left alone; what the model that was asked for failed with.
    pub(crate) fn begin(
        &mut self,
        hold: &mut Hold,
        trace: &mut Trace,
    ) -> Result<&'a Candidate<'a>, ApiError> {
        loop {
            let job = self.job;
            let Some(candidate) = job.candidates.get(self.at) else {
                return Err(ApiError::internal());
            };
            let admitted = BREAKERS.with_borrow_mut(|breakers| {
                if breakers.is_empty() {
                    return Ok(());
                }
                breakers.admit(&self.name(candidate), now_ms())
            });
            trace.backend = candidate.target.name;
            trace.model.clone_from(&candidate.model.id);
            trace.own_key = candidate.target.own().is_some();
            match admitted {
                Ok(()) => {
                    self.course.begin();
                    trace.attempts = self.course.attempts;
                    return Ok(candidate);
                }
                Err(wait_ms) => {
                    let failure = Failure::Resting(wait_ms);
                    match self.course.after(&failure, self.key(), now_ms(), 0) {
                        Step::Next => self.go_on(&failure, hold, trace),
                        _ => return Err(self.over(&failure, &mut hold.lease, trace)),
                    }
                }
            }
        }
    }

    /// What follows a failure: returns when a backend is to be asked again.
    ///
    /// # Errors
    /// What the model that was asked for failed with, when nobody is to be asked any more.
    pub(crate) async fn failed(
        &mut self,
        failure: Failure,
        hold: &mut Hold,
        trace: &mut Trace,
    ) -> Result<(), ApiError> {
        let (gate, exchange) = (self.job.gate, &self.job.incoming.exchange);
        // A caller who leaves ends the call, which then fails: that is not the backend's fault.
        if exchange.left() {
            return Err(self.over(&failure, &mut hold.lease, trace));
        }
        let Some(candidate) = self.job.candidates.get(self.at) else {
            return Err(self.over(&failure, &mut hold.lease, trace));
        };
        worker::console_error!(
            "{} backend {} failed: {}",
            self.job.incoming.id,
            candidate.target.name,
            failure.log()
        );
        let now_ms = now_ms();
        if failure.counts() {
            let threshold = gate.bindings.resilience.breaker;
            let name = self.name(candidate);
            BREAKERS.with_borrow_mut(|breakers| breakers.failed(&name, threshold, now_ms));
        }
        let mut random = [0; 4];
        // Without randomness the pauses are not spread, and nothing worse.
        let _filled = getrandom::fill(&mut random);
        let random = u32::from_le_bytes(random);
        match self.course.after(&failure, self.key(), now_ms, random) {
            Step::Again(wait_ms) => {
                exchange.wait_here(wait_ms).await;
                if exchange.left() {
                    return Err(self.over(&failure, &mut hold.lease, trace));
                }
            }
            Step::Next => self.go_on(&failure, hold, trace),
            Step::Stop => return Err(self.over(&failure, &mut hold.lease, trace)),
        }
        Ok(())
    }

    /// Notes that the present candidate has answered.
    pub(crate) fn answered(&self) {
        BREAKERS.with_borrow_mut(|breakers| {
            if let Some(candidate) = self.job.candidates.get(self.at)
                && !breakers.is_empty()
            {
                breakers.answered(&self.name(candidate));
            }
        });
    }

    /// On to the next candidate. The lease is that one's from now on: should nothing be heard of it any
    /// more, the tenant's object knows whose it was.
    fn go_on(&mut self, failure: &Failure, hold: &mut Hold, trace: &mut Trace) {
        if self.at == 0 {
            self.told = Some(failure.error(self.key()));
            trace.fallback = failure.as_str();
            trace.asked.clone_from(&trace.model);
        }
        self.at += 1;
        if let Some(next) = self.job.candidates.get(self.at) {
            hold.lease.model.clone_from(&next.model.id);
            hold.lease.own = next.target.own().is_some();
            hold.extend(Charge::default());
        }
    }

    /// The end without an answer: it is the end of the model that was asked for.
    fn over(&mut self, failure: &Failure, lease: &mut Lease, trace: &mut Trace) -> ApiError {
        let Some(told) = self.told.take() else {
            return failure.error(self.key());
        };
        trace.model = core::mem::take(&mut trace.asked);
        lease.model.clone_from(&trace.model);
        let first = self.job.candidates.first();
        lease.own = first.is_some_and(|it| it.target.own().is_some());
        trace.own_key = lease.own;
        told
    }

    /// Whose key the present candidate is called with.
    fn key(&self) -> KeyOwner {
        let candidate = self.job.candidates.get(self.at);
        match candidate.and_then(|it| it.target.own()) {
            Some(_) => KeyOwner::Tenant,
            None => KeyOwner::Gateway,
        }
    }

    /// What a backend goes by among those that fail: one model may be overloaded and the others not, and one
    /// tenant's key limited and others' not.
    fn name(&self, candidate: &Candidate<'_>) -> String {
        let (backend, model) = (candidate.target.name, candidate.target.model);
        match candidate.target.own() {
            Some(_) => format!("{backend}/{model}@{}", self.job.tenant),
            None => format!("{backend}/{model}"),
        }
    }
}
