//! Chat: the request schema, the backends' dialects, answers and streams.
//!
//! A request comes in through a [`surface::Surface`] as [`request::ChatRequest`], the one canonical
//! form, goes out to a backend through [`openai`], [`anthropic`] or [`workers_ai`], and comes back as an
//! [`answer::Answer`] or through [`stream::Transcoder`], which the surface writes in its own form. Where
//! caller and backend speak the same dialect, [`pass`] keeps what the canonical form does not have.

pub mod answer;
#[cfg(test)]
mod answer_tests;
pub mod anthropic;
mod anthropic_answer;
pub mod anthropic_request;
mod backend;
pub mod bound;
pub mod call;
mod chunk;
mod encode;
pub mod end;
pub mod fit;
pub mod json;
mod json_schema;
pub mod message;
pub mod openai;
mod openai_answer;
mod openai_request;
pub mod pass;
pub mod path;
pub mod request;
pub mod rest;
pub mod schema;
pub mod stream;
pub mod surface;
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
