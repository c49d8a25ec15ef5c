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
use worker::{Error, Result};

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
    ///
    /// # Errors
    /// When it has no storage.
    pub fn new(state: &DurableObjectState, _env: JsValue) -> core::result::Result<Self, JsValue> {
        Ok(Self {
            storage: Storage::new(state)?,
            machine: RefCell::new(None),
        })
    }

    /// Answers one message, in UTF-8.
    ///
    /// # Errors
    /// When the message cannot be read or storage fails; the caller then gets no answer.
    pub fn step(&self, message: &[u8]) -> core::result::Result<String, JsValue> {
        Ok(self.answer(message)?)
    }

    /// Called by the platform when the alarm is due.
    ///
    /// # Errors
    /// When storage fails; the platform then calls again.
    pub fn alarm(&self) -> core::result::Result<(), JsValue> {
        let now_ms = now();
        self.with(now_ms, |machine, storage| {
            let writes = machine.alarm(now_ms);
            storage.apply_alarm(writes, machine.wake_at_ms(), now_ms)
        })?;
        Ok(())
    }
}

impl Tenant {
    fn answer(&self, text: &[u8]) -> Result<String> {
        let call: Call = serde_json::from_slice(text)?;
        let now_ms = now();
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

/// Milliseconds since the Unix epoch.
fn now() -> u64 {
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "the platform's clock is a whole number of milliseconds after 1970"
    )]
    let now_ms = js_sys::Date::now() as u64;
    now_ms
}
