//! What an isolate keeps between requests: bindings, catalog and the memory of keys.

use crate::bindings::Bindings;
use crate::glue::Exchange;
use crate::tally::Tally;
use crate::task;
use crate::trace::Trace;
use neureus_core::cache::Cache;
use neureus_core::catalog::Catalog;
use neureus_core::chat::end::Outcome;
use neureus_core::ends::Ends;
use neureus_core::error::ApiError;
use neureus_core::id::TenantId;
use std::cell::RefCell;
use std::collections::BTreeMap;
use std::rc::Rc;
use worker::{Env, Error, Result};

/// One per isolate.
pub struct Gate {
    /// What the deployment gives.
    pub bindings: Bindings,
    /// None where the deployment's changes of it are wrong.
    catalog: Option<Catalog>,
    /// The memory of keys.
    pub cache: RefCell<Cache>,
    /// What was counted and not yet told.
    tally: RefCell<Tally>,
    /// The ends of leases that tenants' objects are not yet known to have written.
    pub(crate) ends: RefCell<BTreeMap<TenantId, Ends>>,
}

thread_local! {
    static GATE: RefCell<Option<Rc<Gate>>> = const { RefCell::new(None) };
}

impl Gate {
    /// The isolate's gate, made on its first request.
    pub fn of(env: &Env) -> Result<Rc<Self>> {
        GATE.with(|slot| {
            let mut slot = slot
                .try_borrow_mut()
                .map_err(|_| Error::from("gate in use"))?;
            if let Some(gate) = slot.as_ref() {
                return Ok(Rc::clone(gate));
            }
            let bindings = Bindings::read(env);
            let catalog = Catalog::of_deployment(&bindings.catalog)
                .map_err(|wrong| worker::console_error!("no model is served: CATALOG: {}", wrong));
            let gate = Rc::new(Self {
                bindings,
                catalog: catalog.ok(),
                cache: RefCell::default(),
                tally: RefCell::default(),
                ends: RefCell::default(),
            });
            *slot = Some(Rc::clone(&gate));
            Ok(gate)
        })
    }

    /// The models that this deployment has.
    ///
    /// # Errors
    /// 500 where the deployment's changes of the catalog are wrong: to guess what was meant could cost
    /// somebody money.
    pub fn catalog(&self) -> core::result::Result<&Catalog, ApiError> {
        self.catalog.as_ref().ok_or_else(|| {
            worker::console_error!("CATALOG is wrong, so no model is served");
            ApiError::internal()
        })
    }

    /// Counts a request that has ended, and has it written.
    pub fn ended(&self, trace: &Trace, status: u16, outcome: Outcome) {
        self.tally.borrow_mut().count(trace, status, outcome);
        trace.write(&self.bindings, status, outcome);
    }

    /// Has what was counted told after the interval, unless that is to happen anyway.
    pub fn await_interval(self: &Rc<Self>, exchange: &Exchange) {
        if !self.tally.borrow_mut().wants_telling() {
            return;
        }
        let (gate, exchange) = (Rc::clone(self), exchange.share());
        task::spawn(async move {
            // It ends early when the platform ends all that was begun for the request: then it is told now.
            drop(exchange.pause(gate.bindings.tally_ms).await);
            let told = gate.tally.borrow_mut().take();
            for (name, message) in told {
                exchange.tell(&gate.bindings.tenants, &name, &message);
            }
        });
    }
}
