//! One event of a backend's stream, read without copying its text.

use super::json::Json;
use serde::Deserialize;

/// OpenAI's `chat.completion.chunk` or Workers AI's `{"response":…}`: whichever fields are there.
///
/// The leaves stay [`Json`], since backends differ in them; everything unknown is skipped.
#[derive(Default, Deserialize)]
#[serde(default)]
pub(super) struct Chunk<'a> {
    #[serde(borrow)]
    pub(super) choices: Option<Vec<Choice<'a>>>,
    #[serde(borrow)]
    pub(super) response: Json<'a>,
    #[serde(borrow)]
    pub(super) tool_calls: Json<'a>,
    #[serde(borrow)]
    pub(super) usage: Json<'a>,
    #[serde(borrow)]
    pub(super) error: Json<'a>,
    /// Errors of Workers AI.
    #[serde(borrow)]
    pub(super) errors: Json<'a>,
    /// `"error"` in errors of vLLM, which have no `error` field.
    #[serde(borrow)]
    pub(super) object: Json<'a>,
}

/// One of a chunk's choices.
#[derive(Default, Deserialize)]
#[serde(default)]
pub(super) struct Choice<'a> {
    #[serde(borrow)]
    pub(super) delta: Option<Delta<'a>>,
    #[serde(borrow)]
    pub(super) finish_reason: Json<'a>,
}

/// What a chunk adds to the answer.
#[derive(Default, Deserialize)]
#[serde(default)]
pub(super) struct Delta<'a> {
    #[serde(borrow)]
    pub(super) content: Json<'a>,
    #[serde(borrow)]
    pub(super) refusal: Json<'a>,
    #[serde(borrow)]
    pub(super) reasoning_content: Json<'a>,
    #[serde(borrow)]
    pub(super) reasoning: Json<'a>,
    #[serde(borrow)]
    pub(super) tool_calls: Json<'a>,
}

impl<'a> Chunk<'a> {
    /// Reads the data of an event; `None` when it is not a JSON object of this shape.
    pub(super) fn parse(data: &'a str) -> Option<Self> {
        // Serde would take an array for a struct.
        if !data.trim_start().starts_with('{') {
            return None;
        }
        serde_json::from_slice(data.as_bytes()).ok()
    }

    /// Whether the chunk says that the backend failed.
    pub(super) fn is_error(&self) -> bool {
        !self.error.is_null()
            || !self.errors.items().is_empty()
            || self.object.as_str() == Some("error")
    }
}
