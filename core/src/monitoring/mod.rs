//! What is shown and judged of what was counted (`metrics`): the metrics route, alerts, the status page.

/// The name of the object that stands for the whole deployment: no tenant's.
pub const PLATFORM: &str = "-";
/// The component that stands for the gateway itself.
pub const API: &str = "api";
/// The component that stands for the tenants' objects.
pub const ADMISSION: &str = "admission";
/// The component of a request through everything, made by the gateway itself.
pub const CANARY: &str = "canary";

pub mod alert;
pub mod component;
pub mod delivery;
pub mod incident;
pub mod monitor;
pub mod page;
pub mod prometheus;
pub mod query;
pub mod rewrap;
pub mod rule;
pub mod sight;
pub mod signature;
pub mod status;
pub mod summary;
pub mod webhook;
#[cfg(test)]
mod year_tests;
