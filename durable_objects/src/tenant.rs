//! The tenant object: one per tenant, the authority on its keys and limits.
//!
//! A call is one synchronous section: read the message, step in memory, write to SQL, answer. There
//! is no await in it, so calls cannot interleave; the platform's output gate holds the answer until
//! its writes are durable. Memory is lost on eviction and rebuilt from SQL at the next call.
//!
//! The class is exported by hand rather than by `#[durable_object]`: that makes every call a future
//! with promises on both sides, which costs more than all that a call does. The class that the platform
//! calls, by RPC, is in `src/entry.js`.

use crate::storage::Storage;
use neureus_core::message::Call;
use neureus_core::tenant::Tenant as Machine;
use std::cell::RefCell;
use wasm_bindgen::prelude::*;
use worker::worker_sys::DurableObjectState;
use worker::{Date, Env, Error, Result, State};

/// The Durable Object class bound as `TENANTS`.
#[wasm_bindgen]
pub struct Tenant {
    storage: Storage,
    machine: RefCell<Option<Machine>>,
}

#[wasm_bindgen]
impl Tenant {
    /// Called by the platform when the object wakes.
    #[wasm_bindgen(constructor)]
    #[must_use]
    pub fn new(state: DurableObjectState, _env: Env) -> Self {
        Self {
            storage: Storage::new(State::from(state)),
            machine: RefCell::new(None),
        }
    }

    /// Answers one message.
    ///
    /// # Errors
    /// When the message cannot be read or storage fails; the caller then gets no answer.
    pub fn step(&self, message: &str) -> core::result::Result<String, JsValue> {
        Ok(self.answer(message)?)
    }

    /// Called by the platform when the alarm is due.
    ///
    /// # Errors
    /// When storage fails; the platform then calls again.
    pub fn alarm(&self) -> core::result::Result<(), JsValue> {
        let now_ms = Date::now().as_millis();
        self.with(now_ms, |machine, storage| {
            let writes = machine.alarm(now_ms);
            storage.alarm_fired(now_ms)?;
            storage.apply(writes, machine.wake_at_ms(), now_ms)?;
            storage.set_alarm(machine.wake_at_ms(), now_ms)
        })?;
        Ok(())
    }
}

impl Tenant {
    fn answer(&self, text: &str) -> Result<String> {
        let call: Call = serde_json::from_str(text)?;
        let now_ms = Date::now().as_millis();
        let reply = self.with(now_ms, |machine, storage| {
            let lookup = machine.lookup(&call);
            let found = lookup.map(|it| storage.find(it)).transpose()?;
            let (reply, writes) = machine.step(call, found.unwrap_or_default(), now_ms);
            storage.apply(writes, machine.wake_at_ms(), now_ms)?;
            Ok(reply)
        })?;
        Ok(serde_json::to_string(&reply)?)
    }

    /// Runs one synchronous section on the machine, which is loaded on first use.
    fn with<T>(
        &self,
        now_ms: u64,
        section: impl FnOnce(&mut Machine, &Storage) -> Result<T>,
    ) -> Result<T> {
        let mut slot = self
            .machine
            .try_borrow_mut()
            .map_err(|_| Error::from("section re-entered"))?;
        if slot.is_none() {
            *slot = Some(self.storage.load(now_ms)?);
        }
        let machine = slot.as_mut().ok_or_else(|| Error::from("no machine"))?;
        let done = section(machine, &self.storage);
        if done.is_err() {
            // What was written may not be what is in memory: start again from what was written.
            *slot = None;
        }
        done
    }
}
