//! The APIs that callers speak: each with its own form of requests, answers, streams and errors.
//!
//! In scope: which one a path belongs to, and errors in its form. The forms of answers and streams are in
//! [`super::answer`], `openai_answer` and `anthropic_answer`.
//!
//! Source: OpenAI API reference, "Error codes"; Anthropic API reference, "Errors".

use super::Invalid;
use super::answer::{self, Answer, Meta};
use super::json::Json;
use super::request::ChatRequest;
use super::write::{self, Object};
use super::{anthropic_answer, anthropic_request, openai_answer, pass};
use crate::catalog::Dialect;
use crate::error::{ApiError, Code};

/// An API that callers speak.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Surface {
    /// This gateway's own.
    #[default]
    Native,
    /// OpenAI's, below `/v1`.
    OpenAi,
    /// Anthropic's, at `/v1/messages`.
    Anthropic,
}

impl Surface {
    /// The API that a path belongs to, also one that does not exist. Both have models at one path: there
    /// it is Anthropic's for a client that says so, with a header of Anthropic's version.
    #[must_use]
    pub fn of_path(path: &str, anthropic: bool) -> Self {
        let mut segments = path.split('/').skip(1);
        match (segments.next(), segments.next()) {
            (Some("v1"), Some("messages")) => Self::Anthropic,
            (Some("v1"), Some("models")) if anthropic => Self::Anthropic,
            (Some("v1"), Some(_)) => Self::OpenAi,
            _ => Self::Native,
        }
    }

    /// Whether a backend of this dialect takes requests as they come in here.
    #[must_use]
    pub fn speaks(self, dialect: Dialect) -> bool {
        matches!(
            (self, dialect),
            (Self::OpenAi, Dialect::Openai) | (Self::Anthropic, Dialect::Anthropic)
        )
    }

    /// Reads a request.
    ///
    /// # Errors
    /// [`Invalid`] that names the first field found wrong.
    pub fn read(self, body: Json<'_>) -> Result<ChatRequest, Invalid> {
        match self {
            Self::Native => ChatRequest::from_json(body),
            Self::OpenAi => ChatRequest::from_openai(body),
            Self::Anthropic => anthropic_request::from_json(body),
        }
    }

    /// A whole answer. `whole` is what the backend sent, in `dialect`.
    #[must_use]
    pub fn render(
        self,
        answer: &Answer,
        whole: &[u8],
        dialect: Dialect,
        meta: &Meta<'_>,
    ) -> Vec<u8> {
        let passed = |usage: fn(&Meta<'_>, &mut Vec<u8>)| {
            let whole = Some(whole).filter(|_| self.speaks(dialect));
            whole.and_then(|whole| pass::answer(whole, meta, |out| usage(meta, out)))
        };
        match self {
            Self::Native => answer::render(answer, meta),
            Self::OpenAi => passed(openai_answer::write_usage)
                .unwrap_or_else(|| openai_answer::render(answer, meta)),
            Self::Anthropic => passed(anthropic_answer::write_usage)
                .unwrap_or_else(|| anthropic_answer::render(answer, meta)),
        }
    }

    /// The body of an error.
    #[must_use]
    pub fn error_body(self, error: &ApiError) -> String {
        match self {
            Self::Native => error.native_body(),
            Self::OpenAi => text(|out| write_openai(error, out)),
            Self::Anthropic => text(|out| write_anthropic(error, out)),
        }
    }

    /// Whether an error tells client libraries not to try again, over and above what it says itself:
    /// what they would ask again is the same, and so would be the answer.
    #[must_use]
    pub fn is_final(self, error: &ApiError) -> bool {
        let is_final = matches!(
            error.code,
            Code::PaymentRequired | Code::Forbidden | Code::ValidationError
        );
        let told = |(name, _): &(&str, String)| *name == "x-should-retry";
        self != Self::Native && is_final && !error.headers.iter().any(told)
    }

    /// Appends the event that ends a stream which failed.
    pub fn write_stream_error(self, error: &ApiError, out: &mut Vec<u8>) {
        if self == Self::Anthropic {
            out.extend_from_slice(b"event: error\n");
        }
        out.extend_from_slice(b"data: ");
        out.extend_from_slice(self.error_body(error).as_bytes());
        out.extend_from_slice(b"\n\n");
    }
}

fn text(write: impl FnOnce(&mut Vec<u8>)) -> String {
    let mut out = Vec::with_capacity(256);
    write(&mut out);
    // Only whole strings and JSON are written, so this is UTF-8 always.
    String::from_utf8(out).unwrap_or_default()
}

fn write_openai(error: &ApiError, out: &mut Vec<u8>) {
    let field = error
        .details
        .as_ref()
        .and_then(|details| details.get("field")?.as_str());
    let (kind, code) = match error.code {
        Code::BadRequest if field == Some("$.model") => {
            ("invalid_request_error", "model_not_found")
        }
        // litellm takes any other type of a 401 for a 400.
        Code::Unauthorized => ("authentication_error", "invalid_api_key"),
        Code::PaymentRequired => ("insufficient_quota", "insufficient_quota"),
        Code::RateLimited => ("rate_limit_error", "rate_limit_exceeded"),
        Code::Forbidden => ("permission_error", "forbidden"),
        Code::BadRequest => ("invalid_request_error", "bad_request"),
        Code::NotFound => ("invalid_request_error", "not_found"),
        Code::MethodNotAllowed => ("invalid_request_error", "method_not_allowed"),
        Code::Conflict => ("invalid_request_error", "conflict"),
        Code::PayloadTooLarge => ("invalid_request_error", "payload_too_large"),
        Code::UnsupportedMediaType => ("invalid_request_error", "unsupported_media_type"),
        Code::ValidationError => ("invalid_request_error", "validation_error"),
        Code::InternalError => ("server_error", "internal_error"),
        Code::UpstreamError => ("server_error", "upstream_error"),
        Code::Overloaded => ("server_error", "overloaded"),
        Code::UpstreamTimeout => ("server_error", "upstream_timeout"),
    };
    let mut body = Object::open(out);
    let mut inner = Object::open(body.field("error"));
    inner.string("message", &error.message);
    inner.string("type", kind);
    inner.string("code", code);
    match field {
        Some(path) => inner.string("param", path.strip_prefix("$.").unwrap_or(path)),
        None => inner.json("param", "null"),
    }
    if let Some(details) = &error.details {
        inner.json("details", &details.to_string());
    }
    inner.close();
    body.close();
}

fn write_anthropic(error: &ApiError, out: &mut Vec<u8>) {
    let kind = match error.code {
        Code::Unauthorized => "authentication_error",
        Code::PaymentRequired => "billing_error",
        Code::Forbidden => "permission_error",
        Code::NotFound => "not_found_error",
        Code::PayloadTooLarge => "request_too_large",
        Code::RateLimited => "rate_limit_error",
        Code::Overloaded => "overloaded_error",
        Code::UpstreamTimeout => "timeout_error",
        Code::InternalError | Code::UpstreamError => "api_error",
        Code::BadRequest
        | Code::MethodNotAllowed
        | Code::Conflict
        | Code::UnsupportedMediaType
        | Code::ValidationError => "invalid_request_error",
    };
    // There is no place for the field but in the words.
    let field = error
        .details
        .as_ref()
        .and_then(|details| details.get("field")?.as_str());
    let mut body = Object::open(out);
    body.string("type", "error");
    let mut inner = Object::open(body.field("error"));
    inner.string("type", kind);
    match field {
        Some("$") | None => inner.string("message", &error.message),
        Some(path) => write::string(
            inner.field("message"),
            &format!(
                "{}: {}",
                path.strip_prefix("$.").unwrap_or(path),
                error.message
            ),
        ),
    }
    inner.close();
    body.close();
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{Value, json};

    #[test]
    fn a_path_belongs_to_one_api() {
        for (path, surface) in [
            ("/ai/chat", Surface::Native),
            ("/v1", Surface::Native),
            ("/v1/", Surface::OpenAi),
            ("/v1/chat/completions", Surface::OpenAi),
            ("/v1/nothing", Surface::OpenAi),
            ("/v1/messages", Surface::Anthropic),
            ("/v1/messages/count_tokens", Surface::Anthropic),
            ("/v1/messages2", Surface::OpenAi),
            ("/v10", Surface::Native),
        ] {
            assert_eq!(Surface::of_path(path, false), surface, "{path}");
        }
        for (path, surface) in [
            ("/v1/models", Surface::Anthropic),
            ("/v1/models/gpt-4o", Surface::Anthropic),
            ("/v1/chat/completions", Surface::OpenAi),
        ] {
            assert_eq!(Surface::of_path(path, true), surface, "{path}");
        }
    }

    #[test]
    fn an_error_has_each_apis_form() {
        let error = ApiError::invalid(Invalid {
            path: "$.messages[0].role".into(),
            message: "is \"wrong\"".into(),
        });
        assert_eq!(
            Surface::OpenAi.error_body(&error),
            r#"{"error":{"message":"is \"wrong\"","type":"invalid_request_error","code":"bad_request","param":"messages[0].role","details":{"field":"$.messages[0].role"}}}"#
        );
        assert_eq!(
            Surface::Anthropic.error_body(&error),
            r#"{"type":"error","error":{"type":"invalid_request_error","message":"messages[0].role: is \"wrong\""}}"#
        );
        assert_eq!(
            Surface::OpenAi.error_body(&ApiError::unauthorized()),
            r#"{"error":{"message":"Invalid or missing API key","type":"authentication_error","code":"invalid_api_key","param":null}}"#
        );
        assert_eq!(Surface::Native.error_body(&error), error.native_body());
    }

    #[test]
    fn every_code_has_a_type_in_every_api() {
        for code in Code::ALL {
            let error = ApiError::new(code, "m").with_details(json!({ "limit": 1 }));
            let openai: Value = serde_json::from_str(&Surface::OpenAi.error_body(&error)).unwrap();
            assert_eq!(openai["error"]["details"]["limit"], 1);
            let other: Value =
                serde_json::from_str(&Surface::Anthropic.error_body(&error)).unwrap();
            assert!(
                other["error"]["type"].as_str().unwrap().ends_with("_error")
                    || code == Code::PayloadTooLarge
            );
        }
    }

    #[test]
    fn an_error_in_a_stream_is_named_for_anthropics_clients() {
        let mut out = Vec::new();
        Surface::Anthropic.write_stream_error(&ApiError::overloaded("busy", 1), &mut out);
        assert_eq!(
            String::from_utf8(out).unwrap(),
            "event: error\ndata: {\"type\":\"error\",\"error\":{\"type\":\"overloaded_error\",\"message\":\"busy\"}}\n\n"
        );
    }

    #[test]
    fn what_never_gets_better_is_not_worth_asking_again() {
        let forbidden = ApiError::new(Code::Forbidden, "m");
        assert!(Surface::OpenAi.is_final(&forbidden));
        assert!(!Surface::Native.is_final(&forbidden));
        assert!(!Surface::OpenAi.is_final(&ApiError::new(Code::RateLimited, "m")));
        let told = forbidden.with_header("x-should-retry", "false");
        assert!(!Surface::OpenAi.is_final(&told));
    }
}
