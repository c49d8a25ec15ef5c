//! What an isolate counts of its requests, and tells at intervals.
//!
//! No object hears of a request with a bad key or a broken body, and none knows how backends do for all
//! tenants. So the isolate counts both, and tells the object that stands for the whole deployment, and each
//! tenant's own object of its tenant's part. Nobody waits for it. An isolate that ends takes at most one
//! interval's counts with it; what tenants pay for is counted by their objects and never here.

use crate::clock::now_ms;
use crate::trace::Trace;
use neureus_core::chat::end::Outcome;
use neureus_core::id::RequestId;
use neureus_core::journal::Write;
use neureus_core::message::{Call, Counted, Report};
use neureus_core::metrics::log::LogRow;
use neureus_core::metrics::{Cell, Collector};
use neureus_core::monitoring::{ADMISSION, API, PLATFORM};
use neureus_core::record;
use std::collections::BTreeMap;

/// The most tenants that are told apart in one interval.
const TENANTS_MAX: usize = 100;

/// What was counted since it was last told.
#[derive(Default)]
pub struct Tally {
    platform: Collector,
    tenants: BTreeMap<String, Collector>,
    /// Whether somebody will tell it.
    awaited: bool,
}

impl Tally {
    /// Whether nobody will tell it yet; from now on somebody will.
    pub(crate) fn wants_telling(&mut self) -> bool {
        !core::mem::replace(&mut self.awaited, true)
    }

    /// Takes what there is to tell, and to which objects.
    pub(crate) fn take(&mut self) -> impl Iterator<Item = (String, String)> + use<> {
        self.awaited = false;
        let tenants = core::mem::take(&mut self.tenants);
        let platform = (PLATFORM.to_owned(), core::mem::take(&mut self.platform));
        core::iter::once(platform)
            .chain(tenants)
            .filter_map(|(name, mut collector)| report(&mut collector).map(|told| (name, told)))
    }

    /// Counts a request that has ended.
    pub(crate) fn count(&mut self, trace: &Trace, status: u16, outcome: Outcome) {
        let now_ms = now_ms();
        let code = (outcome != Outcome::Complete).then(|| record::label(outcome));
        let ended = |cell: &mut Cell| {
            cell.requests += 1;
            if let Some(code) = code {
                cell.ends.add(code, 1);
            }
        };
        self.platform.count(now_ms, API, "", |cell| {
            ended(cell);
            cell.auth.add(trace.auth, 1);
        });
        if trace.was_timed("admit") {
            let failed = status == 503 && trace.backend.is_empty();
            self.platform.count(now_ms, ADMISSION, "", |cell| {
                cell.requests += 1;
                if failed {
                    cell.ends.add(record::label(outcome), 1);
                }
            });
        }
        if !trace.backend.is_empty() {
            self.platform
                .count(now_ms, trace.backend, &trace.model, |cell| {
                    ended(cell);
                    let number = |count: u64| i64::try_from(count).unwrap_or(i64::MAX);
                    cell.input_tokens += number(trace.input_tokens);
                    cell.cached_tokens += number(trace.cached_tokens);
                    cell.output_tokens += number(trace.output_tokens);
                    cell.cost = cell.cost.saturating_add(number(trace.cost.0));
                    cell.latency.record(now_ms.saturating_sub(trace.arrived_ms));
                    if trace.streamed && trace.first_token_ms > 0 {
                        cell.first_token.record(trace.first_token_ms);
                    }
                });
        }
        // What its object decided, it has counted.
        let known = self.tenants.contains_key(&trace.tenant) || self.tenants.len() < TENANTS_MAX;
        if trace.auth != "ok" || trace.told.get() || !known {
            return;
        }
        let own = self.tenants.entry(trace.tenant.clone()).or_default();
        own.count(now_ms, &trace.key, &trace.model, |cell| {
            cell.auth.add("ok", 1);
            if let Some(code) = code {
                cell.ends.add(code, 1);
            }
        });
        if let (Some(_), Ok(request)) = (code, RequestId::try_from(trace.request.clone())) {
            own.refused(LogRow {
                at_ms: trace.arrived_ms,
                request,
                key: trace.key.clone(),
                model: trace.model.clone(),
                went: trace.went(status, outcome),
                charge: None,
            });
        }
    }
}

/// What a collector holds, as a message. It is empty then.
fn report(collector: &mut Collector) -> Option<String> {
    let mut writes = Vec::new();
    core::mem::take(collector).gather(now_ms(), &mut writes);
    let mut report = Report::default();
    for write in writes {
        match write {
            Write::Window(row) => report.windows.push(Counted {
                at_ms: row.at_ms,
                key: row.key,
                model: row.model,
                cell: row.cell,
            }),
            Write::Log(row) => report.log.push(row),
            _ => {}
        }
    }
    if report.windows.is_empty() {
        return None;
    }
    serde_json::to_string(&Call::Report(report)).ok()
}
