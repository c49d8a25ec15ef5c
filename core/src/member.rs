//! Members, and whose a key is.

use crate::id::{BadId, KeyId, UserId};
use crate::role::Role;
use serde::{Deserialize, Serialize};

/// A person in a tenant. Names and passkeys are the person's, not the tenant's.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Member {
    /// The person.
    pub id: UserId,
    /// The role in this tenant.
    pub role: Role,
    /// Since when, in milliseconds since the Unix epoch.
    pub joined_at_ms: u64,
    /// When the membership ended; in what is stored of it elsewhere, never in the object.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub removed_at_ms: Option<u64>,
    /// Grows with every change.
    pub version: u64,
}

/// Whose a key is. It may never do more than this one may.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub enum Creator {
    /// A member's, made by hand or with one of the member's keys.
    Member(UserId),
    /// Made with a key that the operator had made.
    Key(KeyId),
}

impl Creator {
    /// The identifier as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        match self {
            Self::Member(id) => id.as_str(),
            Self::Key(id) => id.as_str(),
        }
    }
}

impl From<Creator> for String {
    fn from(creator: Creator) -> Self {
        match creator {
            Creator::Member(id) => id.into(),
            Creator::Key(id) => id.into(),
        }
    }
}

impl TryFrom<String> for Creator {
    type Error = BadId;

    fn try_from(text: String) -> Result<Self, BadId> {
        UserId::parse(&text)
            .map(Self::Member)
            .or_else(|_| KeyId::parse(&text).map(Self::Key))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_creator_is_told_by_its_prefix() {
        for text in ["\"usr_0123456789abcdef\"", "\"key_0123456789abcdef\""] {
            let creator: Creator = serde_json::from_str(text).unwrap();
            assert_eq!(serde_json::to_string(&creator).unwrap(), text);
        }
        assert!(serde_json::from_str::<Creator>("\"ses_0123456789abcdef\"").is_err());
    }

    /// Stored in every object: a change needs a migration.
    #[test]
    fn the_stored_form_of_a_member_is_pinned() {
        let json = r#"{"id":"usr_0123456789abcdef","role":"admin","joined_at_ms":5,"version":3}"#;
        let member: Member = serde_json::from_str(json).unwrap();
        assert_eq!(serde_json::to_string(&member).unwrap(), json);
        assert_eq!(member.role, Role::Admin);
    }
}
