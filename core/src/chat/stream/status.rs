//! How far a stream is, and why one failed.

use crate::error::{ApiError, Code};
use crate::scan::guard::Withheld;
use std::fmt;

/// How far a stream is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Status {
    /// More may come.
    Open,
    /// The backend ended it.
    Complete,
    /// It cannot be completed. The caller gets an error frame, never a clean end.
    Failed(Failure),
}

/// Why a stream failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Failure {
    /// The backend sent an error.
    Backend,
    /// An event is not the JSON of a chunk.
    Malformed,
    /// An event is beyond the cap.
    TooLarge,
    /// The bytes ended before the stream did.
    Truncated,
    /// It holds what the tenant keeps in.
    Withheld,
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Backend => "the model backend failed in the middle of its answer",
            Self::Malformed => "the model backend sent an event that cannot be read",
            Self::TooLarge => "the model backend sent an event that is too large",
            Self::Truncated => "the model backend's answer was cut short",
            Self::Withheld => "the model's answer holds personal data",
        })
    }
}

impl std::error::Error for Failure {}

impl From<Failure> for ApiError {
    fn from(failure: Failure) -> Self {
        match failure {
            Failure::Withheld => Withheld.error(&[]),
            failure => Self::new(Code::UpstreamError, failure.to_string()),
        }
    }
}
