//! Bodies: JSON that is read from a request, and JSON that is answered.

use neureus_core::error::ApiError;
use neureus_core::provision;
use neureus_shell::incoming::Incoming;
use neureus_shell::reply::Reply;
use neureus_shell::server::Asked;
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

/// The request's body, as what it should be.
///
/// # Errors
/// 400, 413, 415.
pub(crate) async fn read<T: DeserializeOwned>(asked: &Asked<'_>) -> Result<T, ApiError> {
    of(asked.incoming, asked.route.body_limit).await
}

/// The same, of at most so many bytes.
///
/// # Errors
/// As [`read`].
pub(crate) async fn of<T: DeserializeOwned>(
    incoming: &Incoming,
    limit: usize,
) -> Result<T, ApiError> {
    Ok(provision::parse(&incoming.body(limit).await?)?)
}

/// A JSON answer.
///
/// # Errors
/// 500 when it cannot be written.
pub(crate) fn reply(status: u16, body: &impl Serialize) -> Result<Reply, ApiError> {
    let body = serde_json::to_vec(body).map_err(|_| ApiError::internal())?;
    Ok(Reply::json(status, &body))
}

/// Without what is null.
pub(crate) fn present(mut value: Value) -> Value {
    if let Value::Object(fields) = &mut value {
        fields.retain(|_, field| !field.is_null());
    }
    value
}
