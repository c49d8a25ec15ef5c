//! What is counted besides the ledger's own writes: refusals, and what isolates tell.

use super::Tenant;
use crate::alarm::Purpose;
use crate::error::Code;
use crate::id::RequestId;
use crate::journal::Write;
use crate::ledger::SWEEP_MS;
use crate::limits::Limits;
use crate::message::{Ask, Broken, LimitKind, Refusal, Reply, Report, Stretch, Windows};
use crate::metrics::log::{LogRow, Note, Went};
use crate::metrics::window::Told;

/// How late an isolate may tell what it counted, in ms.
const LATE_MS: u64 = 600_000;

impl Tenant {
    /// Counts a request that is refused, and logs it if it would have called a model.
    pub(super) fn count_refused(
        &mut self,
        ask: &Ask,
        refusal: &Refusal,
        request: Option<RequestId>,
        now_ms: u64,
        writes: &mut Vec<Write>,
    ) {
        let (code, auth, broken) = match refusal {
            Refusal::Key(why) => (Code::Unauthorized, why.as_str(), None),
            Refusal::Forbidden(_) => (Code::Forbidden, "forbidden", None),
            Refusal::Limited { broken, .. } if broken.kind == LimitKind::Spend => {
                (Code::PaymentRequired, "ok", Some(*broken))
            }
            Refusal::Limited { broken, .. } => (Code::RateLimited, "ok", Some(*broken)),
            Refusal::NotFound | Refusal::Conflict | Refusal::Change(_) | Refusal::OwnKeys => return,
        };
        if self.is_deleted() {
            return;
        }
        let key = self.keys.get(&ask.key);
        let key = key.map(|held| held.record.id.as_str()).unwrap_or_default();
        let model = ask.model.as_deref().unwrap_or_default();
        let limit = broken.map_or("", Broken::as_str);
        self.collector.count(now_ms, key, model, |cell| {
            cell.ends.add(code.as_str(), 1);
            cell.auth.add(auth, 1);
            if !limit.is_empty() {
                cell.limited.add(limit, 1);
            }
        });
        if let Some(request) = request {
            let note = Note {
                status: code.status(),
                limit: limit.to_owned(),
                ..Note::default()
            };
            let went = Went {
                how: code.as_str().to_owned(),
                note: note.render(),
                ..Went::default()
            };
            self.collector.refused(LogRow {
                at_ms: now_ms,
                request,
                key: key.to_owned(),
                model: model.to_owned(),
                went,
                charge: None,
            });
        }
        self.wake_by(Purpose::Sweep, now_ms.saturating_add(SWEEP_MS), writes);
    }

    /// Takes what an isolate counted, for a tenant that it knows, or for the whole deployment.
    pub(super) fn report(&mut self, report: Report, now_ms: u64, writes: &mut Vec<Write>) -> Reply {
        for counted in report.windows {
            // A clock that differs does not write into windows that are closed, nor into the future.
            let at_ms = counted.at_ms.clamp(now_ms.saturating_sub(LATE_MS), now_ms);
            self.collector
                .count(at_ms, &counted.key, &counted.model, |cell| {
                    cell.merge(&counted.cell);
                });
        }
        for row in report.log {
            self.collector.refused(row);
        }
        self.wake_by(Purpose::Sweep, now_ms.saturating_add(SWEEP_MS), writes);
        Reply::Done
    }

    /// What was counted, and the requests that are going on.
    pub(super) fn windows(&mut self, stretch: &Stretch, rows: Vec<Told>, now_ms: u64) -> Windows {
        let within = |at_ms: u64| stretch.from_ms <= at_ms && at_ms < stretch.to_ms;
        let open = self
            .ledger
            .leases()
            .filter(|lease| within(lease.admitted_ms))
            .map(Told::going_on);
        let rows = rows.into_iter().chain(open).collect();
        let bounds = self.bounds(Limits::default());
        Windows {
            rows,
            usage: self.ledger.usage(&bounds, now_ms),
        }
    }
}
