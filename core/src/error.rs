//! Errors as callers see them: one type, one place that maps to HTTP.
//!
//! In scope: the status, the stable code, the message, `details` and the headers an error itself
//! brings. Out of scope: logging, and the shapes of other surfaces, which are made from this one.
//!
//! Caveat: nothing of an internal failure's cause is kept here; it is logged under the request id.

use crate::chat::Invalid;
use serde::Serialize;
use serde_json::{Value, json};

/// The stable code of an error, as in the `error` field of the body.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Code {
    /// 400: not JSON, or the schema is wrong; `details.field` is a JSON path.
    BadRequest,
    /// 401: the same answer whatever the cause.
    Unauthorized,
    /// 402: a spend limit is reached.
    PaymentRequired,
    /// 403: role, key type, origin or model is not allowed.
    Forbidden,
    /// 404: no such route or thing.
    NotFound,
    /// 405: the route exists with other methods, listed in `Allow`.
    MethodNotAllowed,
    /// 409: in conflict with the present state.
    Conflict,
    /// 413: the body is too large, counted after decompression.
    PayloadTooLarge,
    /// 415: the content type or content encoding is not one the route takes.
    UnsupportedMediaType,
    /// 422: personal data under a regulated profile.
    ValidationError,
    /// 429: a rate or concurrency limit is reached.
    RateLimited,
    /// 500: our fault; the log has the detail.
    InternalError,
    /// 502: the model backend failed.
    UpstreamError,
    /// 503: the gateway or the backend is overloaded or down.
    Overloaded,
    /// 504: the model backend did not answer in time.
    UpstreamTimeout,
}

impl Code {
    /// Every code, by status.
    pub const ALL: [Self; 15] = [
        Self::BadRequest,
        Self::Unauthorized,
        Self::PaymentRequired,
        Self::Forbidden,
        Self::NotFound,
        Self::MethodNotAllowed,
        Self::Conflict,
        Self::PayloadTooLarge,
        Self::UnsupportedMediaType,
        Self::ValidationError,
        Self::RateLimited,
        Self::InternalError,
        Self::UpstreamError,
        Self::Overloaded,
        Self::UpstreamTimeout,
    ];

    /// The HTTP status of this code (RFC 9110 §15, RFC 6585 §4).
    #[must_use]
    pub fn status(self) -> u16 {
        match self {
            Self::BadRequest => 400,
            Self::Unauthorized => 401,
            Self::PaymentRequired => 402,
            Self::Forbidden => 403,
            Self::NotFound => 404,
            Self::MethodNotAllowed => 405,
            Self::Conflict => 409,
            Self::PayloadTooLarge => 413,
            Self::UnsupportedMediaType => 415,
            Self::ValidationError => 422,
            Self::RateLimited => 429,
            Self::InternalError => 500,
            Self::UpstreamError => 502,
            Self::Overloaded => 503,
            Self::UpstreamTimeout => 504,
        }
    }

    /// The code's text, stable and of low cardinality: also a metric label.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::BadRequest => "BAD_REQUEST",
            Self::Unauthorized => "UNAUTHORIZED",
            Self::PaymentRequired => "PAYMENT_REQUIRED",
            Self::Forbidden => "FORBIDDEN",
            Self::NotFound => "NOT_FOUND",
            Self::MethodNotAllowed => "METHOD_NOT_ALLOWED",
            Self::Conflict => "CONFLICT",
            Self::PayloadTooLarge => "PAYLOAD_TOO_LARGE",
            Self::UnsupportedMediaType => "UNSUPPORTED_MEDIA_TYPE",
            Self::ValidationError => "VALIDATION_ERROR",
            Self::RateLimited => "RATE_LIMITED",
            Self::InternalError => "INTERNAL_ERROR",
            Self::UpstreamError => "UPSTREAM_ERROR",
            Self::Overloaded => "OVERLOADED",
            Self::UpstreamTimeout => "UPSTREAM_TIMEOUT",
        }
    }
}

/// An error on its way to the caller.
#[derive(Clone, Debug, PartialEq)]
pub struct ApiError {
    /// The stable code; it fixes the status.
    pub code: Code,
    /// For people; may change between releases.
    pub message: String,
    /// Machine-readable detail, for 400, 402, 403, 409, 422 and 429 only.
    pub details: Option<Value>,
    /// Headers that belong to the error: `Retry-After`, `Allow`, `WWW-Authenticate`.
    pub headers: Vec<(&'static str, String)>,
}

/// The message of every 401, whatever the cause.
const UNAUTHORIZED: &str = "Invalid or missing API key";

#[derive(Serialize)]
struct Body<'a> {
    error: &'a str,
    message: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    details: Option<&'a Value>,
}

impl ApiError {
    /// An error with a code and a message, and nothing else.
    #[must_use]
    pub fn new(code: Code, message: impl Into<String>) -> Self {
        Self {
            code,
            message: message.into(),
            details: None,
            headers: Vec::new(),
        }
    }

    /// The one 401: identical for a missing, malformed, unknown, revoked or expired key.
    #[must_use]
    pub fn unauthorized() -> Self {
        Self::new(Code::Unauthorized, UNAUTHORIZED).with_header("WWW-Authenticate", "Bearer")
    }

    /// A 400 that names the field by JSON path in `details.field`.
    #[must_use]
    pub fn invalid(invalid: Invalid) -> Self {
        let details = json!({ "field": invalid.path });
        Self::new(Code::BadRequest, invalid.message).with_details(details)
    }

    /// A 405 with the methods that the path takes.
    #[must_use]
    pub fn method_not_allowed(allow: &str) -> Self {
        Self::new(Code::MethodNotAllowed, format!("This path takes {allow}"))
            .with_header("Allow", allow)
    }

    /// The one 500. The cause is logged by the caller, never given away.
    #[must_use]
    pub fn internal() -> Self {
        Self::new(Code::InternalError, "Something went wrong on our side")
    }

    /// A 503 that asks the caller to come back after `retry_after_s` seconds.
    #[must_use]
    pub fn overloaded(message: &str, retry_after_s: u32) -> Self {
        Self::new(Code::Overloaded, message)
            .with_header("Retry-After", retry_after_s.max(1).to_string())
    }

    /// This error with `details`.
    #[must_use]
    pub fn with_details(mut self, details: Value) -> Self {
        self.details = Some(details);
        self
    }

    /// This error with one more header.
    #[must_use]
    pub fn with_header(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.headers.push((name, value.into()));
        self
    }

    /// The body in the native shape: `{"error","message","details"?}`.
    #[must_use]
    pub fn native_body(&self) -> String {
        let body = Body {
            error: self.code.as_str(),
            message: &self.message,
            details: self.details.as_ref(),
        };
        // Serialising strings and a `Value` cannot fail; the fallback is the bare code.
        serde_json::to_string(&body)
            .unwrap_or_else(|_| format!(r#"{{"error":"{}"}}"#, self.code.as_str()))
    }
}

impl From<Invalid> for ApiError {
    fn from(invalid: Invalid) -> Self {
        Self::invalid(invalid)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_401_is_the_documented_one_to_the_byte() {
        let error = ApiError::unauthorized();
        assert_eq!(error.code.status(), 401);
        assert_eq!(
            error.native_body(),
            r#"{"error":"UNAUTHORIZED","message":"Invalid or missing API key"}"#
        );
        assert_eq!(error.headers, [("WWW-Authenticate", "Bearer".to_owned())]);
    }

    #[test]
    fn a_400_names_the_field() {
        let error = ApiError::invalid(Invalid {
            path: "$.messages[0].role".to_owned(),
            message: "unknown role".to_owned(),
        });
        assert_eq!(
            error.native_body(),
            r#"{"error":"BAD_REQUEST","message":"unknown role","details":{"field":"$.messages[0].role"}}"#
        );
    }

    #[test]
    fn a_503_never_asks_for_a_wait_of_zero() {
        assert_eq!(
            ApiError::overloaded("busy", 0).headers,
            [("Retry-After", "1".to_owned())]
        );
    }
}
