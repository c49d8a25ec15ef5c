//! Tells tenants' objects of the ends of leases; see [`neureus_core::ends`].

use crate::clock::now_ms;
use crate::gate::Gate;
use crate::glue::Exchange;
use crate::task;
use neureus_core::ends::{Ends, Next, TICK_MS, Turn};
use neureus_core::id::TenantId;
use neureus_core::message::along;
use std::rc::Rc;

/// How long an object may take to hear, in ms.
const HEARD_MS: u32 = 5_000;

impl Gate {
    /// Tells of an end, as the JSON of its message, with whatever the object is asked next, or soon by itself.
    pub fn end(self: &Rc<Self>, exchange: &Exchange, tenant: &TenantId, end: String) {
        let turn = {
            let mut all = self.ends.borrow_mut();
            all.entry(tenant.clone()).or_default().add(end, now_ms())
        };
        if let Some(turn) = turn {
            let (gate, exchange, tenant) = (Rc::clone(self), exchange.share(), tenant.clone());
            task::spawn(async move { gate.lead(&exchange, &tenant, turn).await });
        }
    }

    /// Works with what is known of a tenant's ends, if anything is.
    pub(crate) fn ends_of<T>(
        &self,
        tenant: &TenantId,
        work: impl FnOnce(&mut Ends) -> T,
    ) -> Option<T> {
        self.ends.borrow_mut().get_mut(tenant).map(work)
    }

    /// Does what is next until nothing is, or the platform ends all that was begun for the request.
    async fn lead(&self, exchange: &Exchange, tenant: &TenantId, turn: Turn) {
        while exchange.pause(TICK_MS).await.is_ok() {
            let next = self.ends_of(tenant, |ends| ends.next(turn, now_ms()));
            match next.unwrap_or(Next::Over) {
                Next::Wait => {}
                Next::Over => break,
                Next::Insist(ends) => {
                    for end in ends {
                        exchange.tell(&self.bindings.tenants, tenant.as_str(), &end);
                    }
                }
                Next::Tell(id, ends) => {
                    let message = along::write(ends.iter().map(String::as_str), "");
                    let answer = self.ask(exchange, tenant, &message).await;
                    let is_heard = along::split(&answer).0.is_some();
                    self.ends_of(tenant, |ends| match is_heard {
                        true => ends.written(id),
                        false => ends.heard(id, None),
                    });
                }
                Next::Ask(mark) => {
                    let reached = match self.ask(exchange, tenant, &along::ask(mark)).await {
                        answer if answer == along::WRITTEN => Some(true),
                        answer if answer == along::LOST => Some(false),
                        _ => None,
                    };
                    self.ends_of(tenant, |ends| ends.asked(mark, reached));
                }
            }
        }
        let mut all = self.ends.borrow_mut();
        if all.get(tenant).is_some_and(Ends::is_empty) {
            all.remove(tenant);
        }
    }

    /// What the object answers; nothing where it does not.
    async fn ask(&self, exchange: &Exchange, tenant: &TenantId, message: &str) -> String {
        let name = tenant.as_str();
        let answer = exchange
            .ask(&self.bindings.tenants, name, message, HEARD_MS)
            .await;
        let answer = answer.ok().and_then(|answer| answer.as_string());
        answer.unwrap_or_default()
    }
}
