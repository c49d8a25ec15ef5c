//! The brakes: how often a network may try something, as a rate limit of the platform counts it.

use neureus_core::error::{ApiError, Code};
use neureus_shell::glue;
use serde_json::json;
use worker::wasm_bindgen::JsValue;

/// The brake is near; after this long it has failed.
const DEADLINE_MS: u32 = 3_000;

/// Counts one more try of a network, and says whether it may.
///
/// # Errors
/// 503 when nobody counts, with these words.
pub(crate) async fn passes(
    brake: &JsValue,
    network: &str,
    failed: &'static str,
) -> Result<bool, ApiError> {
    let through = glue::brake(brake, network, DEADLINE_MS).await;
    let through = through.map_err(|cause| {
        worker::console_error!("a brake failed: {}: {:?}", failed, cause);
        ApiError::overloaded(failed, 1)
    })?;
    Ok(through == JsValue::TRUE)
}

/// What a network is told that tried too often: 429.
pub(crate) fn too_many(per_minute: u32, left_ms: u64) -> ApiError {
    let seconds = left_ms.div_ceil(1_000).max(1);
    let details = json!({
        "limit_source": "client",
        "limit": per_minute,
        "retry_after_ms": left_ms,
    });
    ApiError::new(
        Code::RateLimited,
        "Too many attempts; try again in a minute",
    )
    .with_details(details)
    .with_header("Retry-After", seconds.to_string())
}
