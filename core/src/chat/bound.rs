//! Bounds of what a request of any dialect may ask for.

/// Longest model id, in characters.
pub const MAX_MODEL_CHARS: usize = 128;
/// Highest output cap that a caller can ask for, in tokens.
pub const MAX_OUTPUT_TOKENS: u32 = 1 << 31;
