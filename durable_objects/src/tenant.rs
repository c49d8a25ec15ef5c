//! The tenant object: one per tenant, the authority on its keys and limits.
//!
//! A call is: await the whole body, one synchronous section (memory and SQL), answer. Requests
//! interleave only at awaits, so a section is atomic; the platform's output gate holds the answer
//! until its writes are durable. Memory is lost on eviction and rebuilt from SQL by `new`.

#![expect(
    missing_docs,
    reason = "the durable_object macro makes glue without docs"
)]

use crate::storage::Storage;
use neureus_core::message::Call;
use neureus_core::tenant::Tenant as Machine;
use std::cell::RefCell;
use worker::wasm_bindgen::prelude::*;
use worker::{Date, DurableObject, Env, Error, Request, Response, Result, State, durable_object};

#[wasm_bindgen(inline_js = "export const answer = (text) => new Response(text);")]
extern "C" {
    /// A plain answer, in one crossing.
    fn answer(text: &str) -> worker::web_sys::Response;
}

/// The Durable Object class bound as `TENANTS`.
#[durable_object(alarm)]
pub struct Tenant {
    storage: Storage,
    machine: RefCell<Option<Machine>>,
}

impl Tenant {
    /// Runs one synchronous section on the machine, which is loaded on first use.
    fn with<T>(&self, section: impl FnOnce(&mut Machine, &Storage) -> Result<T>) -> Result<T> {
        let mut slot = self
            .machine
            .try_borrow_mut()
            .map_err(|_| Error::from("section re-entered"))?;
        if slot.is_none() {
            *slot = Some(self.storage.load()?);
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

impl DurableObject for Tenant {
    fn new(state: State, _env: Env) -> Self {
        Self {
            storage: Storage::new(state),
            machine: RefCell::new(None),
        }
    }

    async fn fetch(&self, mut request: Request) -> Result<Response> {
        let body = request.text().await?;
        let call: Call = serde_json::from_str(&body)?;
        let now_ms = Date::now().as_millis();
        let reply = self.with(|machine, storage| {
            let (reply, writes) = machine.step(call, now_ms);
            storage.apply(&writes, machine.wake_at_ms(), now_ms)?;
            Ok(reply)
        })?;
        Ok(answer(&serde_json::to_string(&reply)?).into())
    }

    async fn alarm(&self) -> Result<Response> {
        let now_ms = Date::now().as_millis();
        self.with(|machine, storage| {
            let writes = machine.alarm(now_ms);
            storage.alarm_fired(now_ms)?;
            storage.apply(&writes, machine.wake_at_ms(), now_ms)
        })?;
        Response::empty()
    }
}
