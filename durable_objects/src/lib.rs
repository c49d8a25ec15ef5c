//! The Durable Object classes: shells that load, persist and answer for the core's state machines.
//!
//! In scope: SQL, alarms, the message on the wire. Out of scope: every decision, which is the core's.

mod storage;
mod tenant;

pub use tenant::Tenant;
