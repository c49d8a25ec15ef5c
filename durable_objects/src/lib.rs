//! The objects' module: shells that load, persist and answer for the core's state machines.
//!
//! It is a Wasm module of its own: an isolate that only answers requests does not load it.
//!
//! In scope: SQL, alarms, the message on the wire. Out of scope: every decision, which is the core's.

mod storage;
mod tenant;

pub use tenant::Tenant;

#[worker::event(start)]
fn start() {
    console_error_panic_hook::set_once();
}
