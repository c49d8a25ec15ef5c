//! The tenant object: one per tenant, the authority on its keys and limits.
//!
//! A call is one synchronous section: read the message, step in memory, write to SQL, answer. There
//! is no await in it, so calls cannot interleave; the platform's output gate holds the answer until
//! its writes are durable. Memory is lost on eviction and rebuilt from SQL at the next call.
//!
//! While an object writes, the gate holds back what it says to anybody. So the ends of leases, for which
//! nobody waits, are written together a little later, and acknowledged only then. Those that came along with
//! another message are answered at once, with a mark of when they will have been written.
//!
//! The class is exported by hand rather than by `#[durable_object]`: that makes every call a future
//! with promises on both sides, which costs more than all that a call does. The class that the platform
//! calls, by RPC, is in `durable_objects/tenant.js`.

use crate::storage::Storage;
use neureus_core::journal::Write;
use neureus_core::message::along::{self, Asked, Mark};
use neureus_core::message::wire::{self, Unreadable};
use neureus_core::message::{Call, Reply};
use neureus_core::outbox::Errand;
use neureus_core::tenant::Tenant as Machine;
use std::cell::{Cell, RefCell};
use wasm_bindgen::prelude::*;
use worker::worker_sys::DurableObjectState;
use worker::{Error, Result};

/// The Durable Object class bound as `TENANTS`.
#[wasm_bindgen]
pub struct Tenant {
    storage: Storage,
    machine: RefCell<Option<Machine>>,
    /// Writes that wait for others.
    waiting: RefCell<Vec<Write>>,
    /// Writes were lost that somebody waits for.
    lost: Cell<bool>,
    /// What the memory of now has written.
    written: Cell<Mark>,
}

/// What begins an answer that may be given only after the next [`Tenant::flush`].
const WAITS: &str = "~";
/// What begins one that may be given at once, and wants a flush soon.
const SOON: &str = "!";

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
            waiting: RefCell::default(),
            lost: Cell::new(false),
            written: Cell::new(begun()),
        })
    }

    /// Answers one message, in UTF-8. An answer that begins with `~` has to wait for a flush; one that begins
    /// with `!` has not, but the flush is wanted.
    ///
    /// # Errors
    /// When the message cannot be read or storage fails; the caller then gets no answer.
    pub fn step(&self, message: &[u8]) -> core::result::Result<String, JsValue> {
        Ok(self.answer(message)?)
    }

    /// Writes what waits.
    ///
    /// # Errors
    /// When storage fails or something that waited was lost: then nobody may be answered.
    pub fn flush(&self) -> core::result::Result<(), JsValue> {
        let now_ms = now();
        self.with(now_ms, |machine, storage| {
            self.write(machine, storage, Vec::new(), now_ms)
        })?;
        if self.lost.replace(false) {
            return Err(Error::from("writes were lost").into());
        }
        Ok(())
    }

    /// Called by the platform when the alarm is due. Gives an [`Errand`] as JSON, if there is one.
    ///
    /// # Errors
    /// When storage fails; the platform then calls again.
    pub fn alarm(&self) -> core::result::Result<Option<String>, JsValue> {
        let now_ms = now();
        let errand = self.with(now_ms, |machine, storage| {
            self.write(machine, storage, Vec::new(), now_ms)?;
            let found = machine.alarm_lookup(now_ms).map(|it| storage.find(it));
            let (writes, errand) = machine.alarm(found.transpose()?.as_ref(), now_ms);
            storage.apply_alarm(writes, machine.wake_at_ms(), now_ms)?;
            machine.written();
            let errand: Option<Errand> = errand;
            Ok(errand.map(|it| serde_json::to_string(&it)).transpose()?)
        })?;
        Ok(errand)
    }
}

impl Tenant {
    fn answer(&self, text: &[u8]) -> Result<String> {
        let unreadable = |cause: Unreadable| Error::from(cause.to_string());
        let (ends, message) = match along::read(text).map_err(unreadable)? {
            Asked::Message(ends, message) => (ends, message),
            Asked::Written(mark) => return Ok(self.is_written(mark)),
        };
        let message = (ends.is_empty() || !message.is_empty()).then(|| wire::read_call(message));
        let message = match message.transpose() {
            Err(Unreadable::Form) => return Ok(wire::UNKNOWN.to_owned()),
            read => read.map_err(unreadable)?,
        };
        let now_ms = now();
        let goes_along = !ends.is_empty();
        for end in ends {
            self.take(end, now_ms)?;
        }
        let Some((call, form)) = message else {
            return Ok(WAITS.to_owned() + &self.marked());
        };
        let waits = call.is_end();
        let reply = self.take(call, now_ms)?;
        let mut before = String::new();
        if waits || goes_along {
            before.push_str(if waits { WAITS } else { SOON });
        }
        if goes_along {
            before.push_str(&self.marked());
        }
        Ok(wire::write_reply(&reply, form, &before)?)
    }

    /// Has the machine take a call. The writes of a lease's end wait for others.
    fn take(&self, call: Call, now_ms: u64) -> Result<Reply> {
        self.with(now_ms, |machine, storage| {
            let lookup = machine.lookup(&call);
            if lookup.is_some() {
                self.write(machine, storage, Vec::new(), now_ms)?;
            }
            let found = lookup.map(|it| storage.find(it)).transpose()?;
            let waits = call.is_end();
            let (reply, writes) = machine.step(call, found.unwrap_or_default(), now_ms);
            if waits {
                self.waiting.borrow_mut().extend(writes);
            } else if writes.iter().any(Write::is_row) {
                self.write(machine, storage, writes, now_ms)?;
            } else {
                storage.apply(writes, machine.wake_at_ms(), now_ms)?;
            }
            Ok(reply)
        })
    }

    /// The lines that say when what waits now will have been written: with the next flush.
    fn marked(&self) -> String {
        let Mark { memory, write } = self.written.get();
        let write = write + 1;
        along::marked(Mark { memory, write })
    }

    fn is_written(&self, mark: Mark) -> String {
        let now = self.written.get();
        if now.memory != mark.memory {
            return along::LOST.to_owned();
        }
        let waits = if now.write < mark.write { WAITS } else { "" };
        waits.to_owned() + along::WRITTEN
    }

    /// Makes durable what waits, and these writes with it.
    fn write(
        &self,
        machine: &mut Machine,
        storage: &Storage,
        writes: Vec<Write>,
        now_ms: u64,
    ) -> Result<()> {
        let mut all = self.waiting.take();
        all.extend(writes);
        machine.gather(now_ms, &mut all);
        storage.apply(all, machine.wake_at_ms(), now_ms)?;
        machine.written();
        let Mark { memory, write } = self.written.get();
        let write = write + 1;
        self.written.set(Mark { memory, write });
        Ok(())
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
            self.waiting.take();
            self.lost.set(true);
            self.written.set(begun());
        }
        done
    }
}

/// A memory that has written nothing yet.
fn begun() -> Mark {
    Mark {
        memory: js_sys::Math::random().to_bits(),
        write: 0,
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
