//! How to get a larger plan in this deployment. A payment provider would be asked here.

use neureus_core::error::{ApiError, Code};
use neureus_shell::gate::Gate;
use serde_json::{Value, json};

/// What people are told.
pub(crate) fn how(gate: &Gate) -> Value {
    let url = &gate.bindings.upgrade_url;
    if url.is_empty() {
        json!({ "how": "Ask the operator of this deployment for a larger plan or higher limits." })
    } else {
        json!({ "how": "A larger plan or higher limits can be had here.", "url": url })
    }
}

/// A refusal to go above what is allowed, with where to go instead.
pub(crate) fn explained(gate: &Gate, mut error: ApiError) -> ApiError {
    let url = &gate.bindings.upgrade_url;
    if error.code == Code::Forbidden && !url.is_empty() {
        error.message = format!("{}; see {url}", error.message);
    }
    error
}
