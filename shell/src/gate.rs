//! What an isolate keeps between requests: bindings, catalog and the memory of keys.

use crate::bindings::Bindings;
use crate::tally::Tally;
use neureus_core::cache::Cache;
use neureus_core::catalog::Catalog;
use neureus_core::error::ApiError;
use std::cell::RefCell;
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
    pub tally: RefCell<Tally>,
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
}
