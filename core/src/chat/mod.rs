//! Chat: the request schema, the backends' dialects, answers and streams.
//!
//! A request comes in as [`request::ChatRequest`], goes out to a backend through [`openai`] or
//! [`workers_ai`], and comes back as an [`answer::Answer`] or through [`stream::Transcoder`].

pub mod answer;
mod backend;
pub mod call;
mod chunk;
mod encode;
pub mod end;
pub mod json;
pub mod message;
pub mod openai;
pub mod path;
pub mod request;
pub mod schema;
pub mod stream;
pub mod tool;
pub mod usage;
pub mod workers_ai;
pub mod write;

/// Why a request body is refused, and where.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Invalid {
    /// JSON path of the offending field, from `$` (RFC 9535 normalised dot form: `$.messages[0].role`).
    pub path: String,
    /// What is wrong with it, for people. Never quotes the caller's text.
    pub message: String,
}
