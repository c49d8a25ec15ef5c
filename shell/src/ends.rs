//! Tells tenants' objects of the ends of leases; see [`neureus_core::ends`].

use crate::clock::now_ms;
use crate::gate::Gate;
use crate::glue::Exchange;
use crate::task;
use neureus_core::ends::{Ends, Next, TICK_MS, Turn};
use neureus_core::id::TenantId;
use neureus_core::message::{Call, along, wire};
use std::rc::Rc;

/// Of so many tenants it is remembered when their objects were asked, and of all that have ends under way.
const TENANTS_MAX: usize = 1_024;
/// How long an object may take to hear, in ms.
const HEARD_MS: u32 = 5_000;

impl Gate {
    /// Whether the tenant's requests come one after the other, so that an end should wait for the next one.
    pub fn flows(&self, tenant: &TenantId) -> bool {
        self.ends_for(tenant, |ends| ends.flows(now_ms()))
    }

    /// Tells of an end with whatever the object is asked next, or soon by itself.
    pub fn end(self: &Rc<Self>, exchange: &Exchange, tenant: &TenantId, end: &Call) {
        let Ok(end) = wire::write_end(end) else {
            return;
        };
        if let Some(turn) = self.ends_for(tenant, |ends| ends.add(end, now_ms())) {
            let (gate, exchange, tenant) = (Rc::clone(self), exchange.share(), tenant.clone());
            task::spawn(async move { gate.lead(&exchange, &tenant, turn).await });
        }
    }

    /// Works with a tenant's ends, of which there may be none.
    pub(crate) fn ends_for<T>(&self, tenant: &TenantId, work: impl FnOnce(&mut Ends) -> T) -> T {
        let mut all = self.ends.borrow_mut();
        if let Some(ends) = all.get_mut(tenant) {
            return work(ends);
        }
        if all.len() >= TENANTS_MAX {
            all.retain(|_, ends| !ends.is_empty());
        }
        work(all.entry(tenant.clone()).or_default())
    }

    /// Does what is next until nothing is, or the platform ends all that was begun for the request.
    async fn lead(&self, exchange: &Exchange, tenant: &TenantId, turn: Turn) {
        while exchange.pause(TICK_MS).await.is_ok() {
            match self.ends_for(tenant, |ends| ends.next(turn, now_ms())) {
                Next::Wait => {}
                Next::Over => break,
                Next::Insist(ends) => {
                    for end in ends {
                        let end = wire::end_as_json(end);
                        exchange.tell(&self.bindings.tenants, tenant.as_str(), &end);
                    }
                }
                Next::Tell(id, ends) => {
                    let message = along::write(ends.iter().map(String::as_str), "");
                    let answer = self.ask(exchange, tenant, &message).await;
                    let is_heard = along::split(&answer).0.is_some();
                    self.ends_for(tenant, |ends| match is_heard {
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
                    self.ends_for(tenant, |ends| ends.asked(mark, reached));
                }
            }
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
