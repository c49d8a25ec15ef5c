//! The gateway's decisions, as plain Rust.
//!
//! Purpose: everything that decides — keys, roles, routes, the chat schema, SSE, limits, prices,
//! metrics — as pure functions and state machines: `step(&mut state, input, now_ms) -> output`.
//!
//! Out of scope: clock, randomness, I/O and JavaScript. They are passed in by the shells in
//! `durable_objects/` and `src/`; the checks enforce that no such dependency appears here.

pub mod account;
pub mod actor;
pub mod alarm;
pub mod auto;
pub mod backend;
pub mod base62;
pub mod base64url;
pub mod bucket;
pub mod cache;
pub mod calendar;
pub mod catalog;
pub mod change;
pub mod chat;
pub mod client;
pub mod csv;
pub mod embedding;
pub mod ends;
pub mod error;
pub mod fallback;
pub mod held;
mod hexadecimal;
pub mod id;
pub mod journal;
pub mod key;
pub mod key_record;
pub mod lease;
pub mod ledger;
pub mod limit_headers;
pub mod limit_state;
pub mod limits;
pub mod link;
pub mod log_line;
pub mod manage;
pub mod member;
pub mod message;
pub mod metrics;
pub mod money;
pub mod monitoring;
pub mod name;
pub mod objects;
pub mod origin;
pub mod outbound;
pub mod outbox;
pub mod point;
pub mod privacy;
pub mod profile;
pub mod provider_key;
pub mod provision;
pub mod query;
pub mod record;
pub mod refusal;
pub mod repeat;
pub mod resilience;
pub mod role;
pub mod route;
pub mod same_origin;
pub mod scan;
pub mod secret;
pub mod session;
pub mod settings;
pub mod sse;
pub mod tenant;
#[cfg(test)]
mod testing;
pub mod texts;
pub mod usage;
pub mod vault;
pub mod visitor;
pub mod visits;
pub mod webauthn;
