//! What is shown and judged of what was counted (`metrics`): the metrics route, alerts, the status page.

pub mod prometheus;
pub mod query;
pub mod summary;
