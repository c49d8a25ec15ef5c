//! Asking a monitor, as [`neureus_core::monitoring::monitor`] has it.

use neureus_core::error::{ApiError, Code};
use neureus_core::monitoring::monitor::Message;
use neureus_shell::gate::Gate;
use neureus_shell::glue;
use serde_json::{Value, json};

/// A healthy monitor answers in milliseconds; after this long it counts as down.
const DEADLINE_MS: u32 = 5_000;

/// Tells a monitor something, and gives its answer.
///
/// # Errors
/// What it refuses: 404, 409. 503 when it does not answer.
pub(crate) async fn ask(gate: &Gate, name: &str, message: &Message) -> Result<Value, ApiError> {
    let text = serde_json::to_string(message).map_err(|_| ApiError::internal())?;
    let answer = glue::call(&gate.bindings.monitors, name, &text, DEADLINE_MS)
        .await
        .map_err(|cause| {
            worker::console_error!("monitor call failed: {:?}", cause);
            ApiError::overloaded("Monitoring does not answer right now", 1)
        })?;
    let text = answer.as_string().unwrap_or_default();
    let value: Value = serde_json::from_str(&text).map_err(|_| ApiError::internal())?;
    match value.get("refused").and_then(Value::as_str) {
        None => Ok(value),
        Some(code) => {
            let message = value.get("message").and_then(Value::as_str);
            let error = refused(code, message.unwrap_or_default());
            Err(match value.get("version") {
                None => error,
                Some(version) => error.with_details(json!({ "version": version })),
            })
        }
    }
}

/// What a monitor refuses, as an error.
fn refused(code: &str, message: &str) -> ApiError {
    let code = Code::ALL.into_iter().find(|known| known.as_str() == code);
    ApiError::new(code.unwrap_or(Code::InternalError), message)
}
