//! Who did something: as the audit log, changes and own provider keys name them.

use crate::id::UserId;
use serde::{Deserialize, Serialize};

/// Who did something.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Actor {
    /// What kind of one.
    pub kind: ActorKind,
    /// The member's or the key's identifier.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub id: Option<String>,
    /// A key's name at that time. Members' names are kept with the person.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub name: String,
}

/// What kind of actor.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ActorKind {
    /// A signed-in person.
    Member,
    /// A key.
    Key,
    /// The bearer of the operator token.
    Operator,
    /// The gateway itself.
    System,
}

impl ActorKind {
    /// The name, as in JSON and in the database.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Member => "member",
            Self::Key => "key",
            Self::Operator => "operator",
            Self::System => "system",
        }
    }
}

impl Actor {
    /// An actor without a name of its own.
    #[must_use]
    pub fn of(kind: ActorKind) -> Self {
        Self {
            kind,
            id: None,
            name: String::new(),
        }
    }

    /// A member.
    #[must_use]
    pub fn member(id: &UserId) -> Self {
        Self {
            id: Some(id.as_str().to_owned()),
            ..Self::of(ActorKind::Member)
        }
    }
}
