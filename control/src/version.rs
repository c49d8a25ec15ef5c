//! Versions of what is shown and changed (RFC 9110 §8.8.3, §13.1.1): of two who change the same, the second is
//! told that it is not what they saw any more.

use crate::body;
use neureus_core::error::ApiError;
use neureus_core::manage;
use neureus_shell::incoming::Incoming;
use neureus_shell::reply::Reply;
use serde::Serialize;

/// A JSON answer with the version of what it shows (`ETag`).
///
/// # Errors
/// 500 when it cannot be written.
pub(crate) fn reply(status: u16, version: u64, body: &impl Serialize) -> Result<Reply, ApiError> {
    Ok(body::reply(status, body)?.header("etag", &format!("\"{version}\"")))
}

/// The version that the caller has seen of what it changes (`If-Match`).
///
/// # Errors
/// 400 for another header than a version.
pub(crate) fn seen(incoming: &Incoming) -> Result<Option<u64>, ApiError> {
    Ok(manage::if_match(&incoming.exchange.header("if-match"))?)
}
