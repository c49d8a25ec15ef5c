//! What an isolate keeps between requests: bindings, catalog and the memory of keys.

use crate::bindings::Bindings;
use neureus_core::cache::Cache;
use neureus_core::catalog::{Catalog, SHIPPED};
use std::cell::RefCell;
use std::rc::Rc;
use worker::{Env, Error, Result};

/// One per isolate.
pub(crate) struct Gate {
    pub(crate) bindings: Bindings,
    pub(crate) catalog: Catalog,
    pub(crate) cache: RefCell<Cache>,
}

thread_local! {
    static GATE: RefCell<Option<Rc<Gate>>> = const { RefCell::new(None) };
}

impl Gate {
    /// The isolate's gate, made on its first request.
    pub(crate) fn of(env: &Env) -> Result<Rc<Self>> {
        GATE.with(|slot| {
            let mut slot = slot
                .try_borrow_mut()
                .map_err(|_| Error::from("gate in use"))?;
            if let Some(gate) = slot.as_ref() {
                return Ok(Rc::clone(gate));
            }
            let gate = Rc::new(Self {
                bindings: Bindings::read(env),
                catalog: Catalog::parse(SHIPPED).map_err(Error::from)?,
                cache: RefCell::default(),
            });
            *slot = Some(Rc::clone(&gate));
            Ok(gate)
        })
    }
}
