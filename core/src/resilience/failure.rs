//! How a call of a model backend can fail before its answer has begun, and what that means.

use crate::calendar::parse_http_date_ms;
use crate::error::{ApiError, Code};

/// The longest wait that a backend may ask our caller for, in seconds.
const RETRY_AFTER_MAX_S: u32 = 3_600;

/// Why there is no answer.
#[derive(Clone, Debug, PartialEq)]
pub enum Failure {
    /// No connection, or it ended before the headers.
    Unreachable,
    /// It took too long.
    Overdue,
    /// A status that is no success.
    Status(Status),
    /// A success that holds no answer, as the caller is told. A part of it has come, so the backend has
    /// worked for it, and is not asked for it again.
    NoAnswer(ApiError),
    /// The request cannot be said in the backend's dialect.
    CannotSay(ApiError),
    /// It has failed so often of late that it is left alone, for so many milliseconds more.
    Resting(u64),
}

/// A status that is no success, and what came with it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Status {
    /// The status.
    pub status: u16,
    /// How long the backend asks to wait, in milliseconds.
    pub wait_ms: Option<u32>,
    /// Whether it says itself that asking again makes sense (`x-should-retry`).
    pub says_retry: Option<bool>,
}

/// Whose key a backend was called with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum KeyOwner {
    /// The deployment's.
    Gateway,
    /// The tenant's own.
    Tenant,
}

impl Status {
    /// What a status and its headers mean; `None` for a success. `retry_after` may be a number of seconds
    /// or a date (RFC 9110 §10.2.3); `retry_after_ms` and `should_retry` are what OpenAI and Anthropic send.
    #[must_use]
    pub fn read(
        status: u16,
        [retry_after, retry_after_ms, should_retry]: [&str; 3],
        now_ms: u64,
    ) -> Option<Self> {
        if (200..300).contains(&status) {
            return None;
        }
        let seconds = || retry_after.trim().parse::<u32>().ok();
        let date = || {
            let at_ms = parse_http_date_ms(retry_after.trim())?;
            u32::try_from(at_ms.saturating_sub(now_ms)).ok()
        };
        let exact = retry_after_ms.trim().parse::<u32>().ok();
        Some(Self {
            status,
            wait_ms: exact
                .or_else(|| seconds().map(|s| s.saturating_mul(1_000)))
                .or_else(date),
            says_retry: match should_retry {
                "true" => Some(true),
                "false" => Some(false),
                _ => None,
            },
        })
    }

    fn is_overloaded(self) -> bool {
        matches!(self.status, 429 | 503 | 529)
    }
}

impl Failure {
    /// Whether the same backend may be asked again: nothing of an answer has come, and it says, or the way
    /// it failed does, that this will pass.
    #[must_use]
    pub fn may_retry(&self) -> bool {
        match self {
            Self::Unreachable => true,
            Self::Status(status) => match status.says_retry {
                Some(says) => says && (status.status == 429 || status.status >= 500),
                None => status.is_overloaded() || status.status >= 500 && status.wait_ms.is_some(),
            },
            Self::Overdue | Self::NoAnswer(_) | Self::CannotSay(_) | Self::Resting(_) => false,
        }
    }

    /// Whether another backend may do better. What is wrong with the request is wrong everywhere, and a
    /// tenant whose own key is refused has to hear of it.
    #[must_use]
    pub fn may_fall_back(&self, key: KeyOwner) -> bool {
        match self {
            Self::Status(status) => match status.status {
                400 | 413 | 422 => false,
                401..=403 => key == KeyOwner::Gateway,
                _ => true,
            },
            Self::Unreachable
            | Self::Overdue
            | Self::NoAnswer(_)
            | Self::CannotSay(_)
            | Self::Resting(_) => true,
        }
    }

    /// Whether it speaks against the backend, and not only against this request or a key.
    #[must_use]
    pub fn counts(&self) -> bool {
        match self {
            Self::Unreachable | Self::Overdue => true,
            Self::Status(status) => matches!(status.status, 408 | 429 | 500..),
            Self::NoAnswer(_) | Self::CannotSay(_) | Self::Resting(_) => false,
        }
    }

    /// How long the backend asks to wait, in milliseconds.
    #[must_use]
    pub fn wait_ms(&self) -> Option<u32> {
        match self {
            Self::Status(status) => status.wait_ms,
            _ => None,
        }
    }

    /// Whether it says that it has too much to do.
    #[must_use]
    pub fn is_overload(&self) -> bool {
        matches!(self, Self::Status(status) if status.is_overloaded())
    }

    /// The failure for the log: its label and status.
    #[must_use]
    pub fn log(&self) -> String {
        match self {
            Self::Status(status) => format!("{} ({})", self.as_str(), status.status),
            _ => self.as_str().to_owned(),
        }
    }

    /// The failure as a label of metrics and headers.
    #[must_use]
    pub fn as_str(&self) -> &'static str {
        match self {
            Self::Unreachable => "unreachable",
            Self::Overdue => "timeout",
            Self::Status(status) if status.is_overloaded() => "overloaded",
            Self::Status(Status {
                status: 408 | 504, ..
            }) => "timeout",
            Self::Status(Status {
                status: 401..=403, ..
            }) => "key",
            Self::Status(Status {
                status: 400 | 413 | 422,
                ..
            })
            | Self::CannotSay(_) => "invalid",
            Self::Status(_) => "failed",
            Self::NoAnswer(_) => "no-answer",
            Self::Resting(_) => "resting",
        }
    }

    /// The failure as the caller sees it. A backend's 401 is never ours, and nothing of its body is passed
    /// on.
    #[must_use]
    pub fn error(&self, key: KeyOwner) -> ApiError {
        let upstream = |message: &str| ApiError::new(Code::UpstreamError, message);
        let status = match self {
            Self::Unreachable => return upstream("The model backend could not be reached"),
            Self::Overdue => return overdue(),
            Self::NoAnswer(error) | Self::CannotSay(error) => return error.clone(),
            Self::Resting(wait_ms) => {
                let wait_s = u32::try_from(wait_ms.div_ceil(1_000)).unwrap_or(RETRY_AFTER_MAX_S);
                return ApiError::overloaded(
                    "The model backend keeps failing, and is not asked for a moment",
                    wait_s.min(RETRY_AFTER_MAX_S),
                );
            }
            Self::Status(status) => status,
        };
        match (status.status, key) {
            (400 | 413 | 422, _) => ApiError::new(
                Code::BadRequest,
                "The model backend refused this request as invalid for the model",
            ),
            (401 | 403, KeyOwner::Gateway) => upstream(
                "The model backend refused the gateway's own credentials; yours were accepted",
            ),
            (401 | 403, KeyOwner::Tenant) => upstream(
                "The model provider refused your organisation's own key for it; your API key for the \
                 gateway was accepted. An admin can replace the provider key",
            ),
            (402, KeyOwner::Tenant) => upstream(
                "The model provider wants payment for the account of your organisation's own key",
            ),
            (408 | 504, _) => overdue(),
            (429 | 503 | 529, _) => {
                let wait_s = status.wait_ms.unwrap_or(1_000).div_ceil(1_000);
                let message = match (status.status, key) {
                    (429, KeyOwner::Tenant) => {
                        "The model provider limits the rate of your organisation's own key"
                    }
                    _ => "The model backend is overloaded",
                };
                ApiError::overloaded(message, wait_s.min(RETRY_AFTER_MAX_S))
            }
            _ => upstream("The model backend failed"),
        }
    }
}

/// The 504.
#[must_use]
pub fn overdue() -> ApiError {
    ApiError::new(
        Code::UpstreamTimeout,
        "The model backend did not answer in time",
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW_MS: u64 = 784_111_777_000;

    fn status(status: u16, headers: [&str; 3]) -> Status {
        Status::read(status, headers, NOW_MS).unwrap()
    }

    fn plain(code: u16) -> Failure {
        Failure::Status(status(code, ["", "", ""]))
    }

    #[test]
    fn a_success_is_no_failure() {
        assert_eq!(Status::read(204, ["", "", ""], 0), None);
    }

    #[test]
    fn a_wait_is_read_in_every_form_that_backends_use() {
        for (headers, wait_ms) in [
            (["", "", ""], None),
            (["7", "", ""], Some(7_000)),
            ([" 7 ", "", ""], Some(7_000)),
            (["7", "150", ""], Some(150)),
            (["Sun, 06 Nov 1994 08:49:40 GMT", "", ""], Some(3_000)),
            (["Sun, 06 Nov 1994 08:49:30 GMT", "", ""], Some(0)),
            (["soon", "-1", ""], None),
            (["-5", "", ""], None),
            (["4294967295", "", ""], Some(u32::MAX)),
        ] {
            assert_eq!(status(429, headers).wait_ms, wait_ms, "{headers:?}");
        }
    }

    #[test]
    fn only_what_will_pass_is_tried_again() {
        assert!(Failure::Unreachable.may_retry());
        for (code, retries) in [
            (400, false),
            (401, false),
            (404, false),
            (408, false),
            (429, true),
            (500, false),
            (502, false),
            (503, true),
            (504, false),
            (529, true),
            (302, false),
        ] {
            assert_eq!(plain(code).may_retry(), retries, "{code}");
        }
        assert!(Failure::Status(status(500, ["1", "", ""])).may_retry());
        assert!(Failure::Status(status(500, ["", "", "true"])).may_retry());
        assert!(!Failure::Status(status(429, ["1", "", "false"])).may_retry());
        assert!(!Failure::Status(status(404, ["1", "", "true"])).may_retry());
        let broken = Failure::NoAnswer(overdue());
        assert!(!broken.may_retry() && broken.may_fall_back(KeyOwner::Tenant));
        assert!(!Failure::Overdue.may_retry() && Failure::Overdue.counts());
    }

    #[test]
    fn another_backend_is_asked_unless_the_request_or_the_tenants_key_is_wrong() {
        for (code, gateway, tenant) in [
            (400, false, false),
            (413, false, false),
            (422, false, false),
            (401, true, false),
            (402, true, false),
            (403, true, false),
            (404, true, true),
            (429, true, true),
            (500, true, true),
        ] {
            assert_eq!(plain(code).may_fall_back(KeyOwner::Gateway), gateway);
            assert_eq!(plain(code).may_fall_back(KeyOwner::Tenant), tenant);
        }
    }

    #[test]
    fn a_refused_key_is_a_502_that_says_whose_it_was() {
        let said = |code, owner| plain(code).error(owner);
        for code in [401, 403] {
            let (ours, theirs) = (said(code, KeyOwner::Gateway), said(code, KeyOwner::Tenant));
            assert_eq!(ours.code, Code::UpstreamError);
            assert_eq!(theirs.code, Code::UpstreamError);
            assert!(ours.message.contains("the gateway's own"));
            assert!(theirs.message.contains("your organisation's own key"));
        }
    }

    #[test]
    fn a_wait_for_the_caller_is_at_least_a_second_and_at_most_an_hour() {
        for (headers, wait) in [
            (["", "", ""], "1"),
            (["0", "", ""], "1"),
            (["7", "", ""], "7"),
            (["", "1500", ""], "2"),
            (["999999", "", ""], "3600"),
        ] {
            let error = Failure::Status(status(429, headers)).error(KeyOwner::Gateway);
            assert_eq!(error.headers, [("Retry-After", wait.to_owned())]);
        }
        let error = Failure::Resting(1_001).error(KeyOwner::Gateway);
        assert_eq!(error.headers, [("Retry-After", "2".to_owned())]);
    }

    #[test]
    fn what_speaks_against_a_backend_is_not_what_speaks_against_a_request_or_a_key() {
        for (code, counts) in [
            (400, false),
            (401, false),
            (404, false),
            (408, true),
            (429, true),
            (500, true),
            (529, true),
        ] {
            assert_eq!(plain(code).counts(), counts, "{code}");
        }
    }
}
