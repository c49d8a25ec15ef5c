//! What models are good at, and the name that leaves the choice to the gateway ([`crate::auto`]).

use serde::{Deserialize, Serialize};

/// The name that asks for a choice.
pub const AUTO: &str = "auto";

/// What a request is about, and what a model is good at.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Class {
    /// To write, change, explain or find errors in programs.
    Code,
    /// Mathematics, logic, planning: an answer that takes several steps.
    Reasoning,
    /// Anything else with much to read.
    Long,
    /// Anything else.
    Chat,
}

impl Class {
    /// Every class.
    pub const ALL: [Self; 4] = [Self::Code, Self::Reasoning, Self::Long, Self::Chat];

    /// Its word in headers and in the catalog.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Code => "code",
            Self::Reasoning => "reasoning",
            Self::Long => "long",
            Self::Chat => "chat",
        }
    }
}
