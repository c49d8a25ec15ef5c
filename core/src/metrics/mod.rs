//! What is counted of requests: in windows of minutes, hours and days, by key and model.
//!
//! In scope: collecting in memory ([`collector`]), what a window holds ([`cell`]), durations
//! ([`histogram`]), merging windows into longer ones ([`window`]), and the log of requests ([`log`]).
//! Out of scope: how it is shown and judged (`monitoring`), where it is stored.
//!
//! A tenant's numbers come from the ledger's own writes ([`Collector::account`]) and are written in the same
//! transaction, so that requests charged, tokens and cost equal the ledger's, whatever crashes.

pub mod cell;
pub mod collector;
pub mod histogram;
pub mod log;
pub mod tidy;
pub mod window;

pub use cell::{Cell, Counts};
pub use collector::Collector;
pub use histogram::Histogram;
pub use log::{LogRow, Went};
pub use window::{Grain, WindowRow};
