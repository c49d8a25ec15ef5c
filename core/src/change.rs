//! Changes of a tenant: one message for all of them, with who asks for it.
//!
//! The tenant's object decides whether the actor may, makes the change, and in the same transaction
//! writes down what the other stores have to be told ([`crate::outbox`]). So there is one way to make,
//! change and revoke anything, for the operator, members and keys alike, and none past the audit log.
//!
//! Caveat: sent between the Worker and an object: add variants and optional fields, never change one.

use crate::actor::Actor;
use crate::id::{KeyId, LinkId, RequestId, TenantId, UserId};
use crate::key::{KeyHash, Kind};
use crate::key_record::KeyRecord;
use crate::limits::{LimitsEdit, Plan};
use crate::member::Creator;
use crate::privacy::Privacy;
use crate::profile::Profiles;
use crate::provider_key::Provider;
use crate::role::{Permission, Role};
use crate::settings::Settings;
use crate::vault::Resealed;
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// The longest time that a rotated key goes on, in seconds: a week.
pub const GRACE_MAX_S: u32 = 604_800;
/// The most keys of a tenant that are not revoked.
pub const KEYS_MAX: usize = 2_000;
/// The most members of a tenant.
pub const MEMBERS_MAX: usize = 1_000;

/// Who asks. What they may do is looked up by the object at that moment.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum By {
    /// The bearer of the operator token.
    Operator,
    /// A signed-in person.
    Member(UserId),
    /// The bearer of a key.
    Key(KeyHash),
    /// A person whom a one-time link lets in: may only [`Act::Join`].
    Guest(UserId),
    /// The gateway itself, mending.
    System,
}

/// A change, as the object is asked for it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Change {
    /// The tenant. The object remembers its own name by it.
    pub tenant: TenantId,
    /// Who asks.
    pub by: By,
    /// The request it came with, for the audit log.
    pub request: RequestId,
    /// The address it came from, for the audit log; empty where nobody knows.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub ip: String,
    /// The version that was seen of what is changed (`If-Match`). Another one refuses.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub version: Option<u64>,
    /// The change itself.
    pub act: Act,
}

/// What is to change.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Act {
    /// Make the tenant known; one that is known stays as it is.
    MakeTenant(NewTenant),
    /// Make the tenant known, or replace the operator's part of its settings.
    Provision(Settings),
    /// Stop model calls and changes, or let them go on.
    Suspend(bool),
    /// Give the tenant another name.
    Rename(String),
    /// Choose a plan, set own limits.
    Billing(Billing),
    /// Replace the privacy settings.
    Privacy(Privacy),
    /// Delete the tenant and all it has, for good.
    DeleteTenant,
    /// Make a key known.
    MakeKey(Box<KeyRecord>),
    /// Change a key.
    EditKey(KeyId, KeyEdit),
    /// Revoke a key for good.
    RevokeKey(KeyId),
    /// Replace a key by one of another text, and let the old one go on for some time.
    RotateKey(KeyId, Fresh),
    /// A person whom a link lets in becomes a member. Again: nothing happens.
    Join {
        /// The role that the link gives.
        role: Role,
        /// Who made the link; `None` is the operator. It counts as much as its maker does now.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        invited_by: Option<Creator>,
    },
    /// Give a member another role.
    SetRole(UserId, Role),
    /// Remove a member and revoke the member's keys.
    RemoveMember(UserId),
    /// Note that a link was made. The link itself is kept elsewhere, and only once this was allowed.
    Invite(LinkId, Role),
    /// Note that a link was withdrawn.
    Uninvite(LinkId),
    /// Note that a recovery link was made for a member.
    Recover(UserId),
    /// Put the tenant's own provider keys in the place of those that are there, sealed anew.
    SealProviderKeys(Box<Resealed>),
    /// Delete the tenant's own key for a provider.
    DropProviderKey(Provider),
    /// Note something that happened to the tenant elsewhere.
    Note(Note),
}

/// A tenant to make.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct NewTenant {
    /// What people call it.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub name: String,
    /// Its plan; `None` has no limits.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub plan: Option<Plan>,
}

/// What a tenant may set of its limits.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Billing {
    /// The plan to choose, if any.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub plan: Option<Plan>,
    /// What changes of the tenant's own limits.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub limits: Option<LimitsEdit>,
}

/// What may change of a key. What is absent stays.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct KeyEdit {
    /// What people call it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// What changes of its limits.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub limits: Option<LimitsEdit>,
    /// Catalog ids it may call; empty is all.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub models: Option<Vec<String>>,
    /// Requests per minute of each visitor of a widget key.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub visitor_rpm: Option<u32>,
    /// Where a widget key may be used from.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub origins: Option<Vec<String>>,
}

/// A key's new text, as far as it is stored.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Fresh {
    /// The new key's identifier.
    pub id: KeyId,
    /// The hash of its text.
    pub hash: KeyHash,
    /// Its preview.
    pub preview: String,
    /// How long the old one goes on, in seconds, at most [`GRACE_MAX_S`].
    pub grace_s: u32,
}

/// Something for the audit log alone.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Note {
    /// What the actor needs for it.
    pub needs: Permission,
    /// What was done: `noun.verb`.
    pub action: String,
    /// To what.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub target: Option<String>,
    /// In what way; never a secret.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub details: Option<Value>,
}

/// What a change needs of its actor.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Needs {
    /// The operator.
    Operator,
    /// A link.
    Link,
    /// At least this permission; what it is done to may ask for more.
    Role(Permission),
}

impl Act {
    /// The least that the actor needs.
    #[must_use]
    pub fn needs(&self) -> Needs {
        match self {
            Self::MakeTenant(_) | Self::Provision(_) | Self::Suspend(_) => Needs::Operator,
            Self::Join { .. } => Needs::Link,
            Self::Billing(_) => Needs::Role(Permission::Billing),
            Self::Privacy(_) => Needs::Role(Permission::Privacy),
            Self::DeleteTenant => Needs::Role(Permission::DeleteTenant),
            Self::MakeKey(_) | Self::EditKey(..) | Self::RevokeKey(_) | Self::RotateKey(..) => {
                Needs::Role(Permission::OwnKeys)
            }
            Self::Rename(_) | Self::Invite(..) | Self::Uninvite(_) | Self::Recover(_) => {
                Needs::Role(Permission::Team)
            }
            Self::SealProviderKeys(_) | Self::DropProviderKey(_) => {
                Needs::Role(Permission::ProviderKeys)
            }
            // Everybody may step down, and leave.
            Self::SetRole(..) | Self::RemoveMember(_) => Needs::Role(Permission::Read),
            Self::Note(note) => Needs::Role(note.needs),
        }
    }

    /// Whether it only takes something away: then a suspended tenant may do it, too.
    #[must_use]
    pub fn only_takes(&self) -> bool {
        matches!(
            self,
            Self::RevokeKey(_)
                | Self::RemoveMember(_)
                | Self::Uninvite(_)
                | Self::DropProviderKey(_)
                | Self::DeleteTenant
        )
    }
}

/// Somebody who wants to do something that changes nothing.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Claim {
    /// Who.
    pub by: By,
    /// What the route needs.
    pub needs: Permission,
}

/// What an actor is in a tenant, now.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Standing {
    /// Who it is.
    pub actor: Actor,
    /// The effective role.
    pub role: Role,
    /// Standard or widget, for a key.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub kind: Option<Kind>,
    /// As whose the keys that it makes count; `None` is the operator.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub owner: Option<Creator>,
    /// The profiles that hold for it.
    #[serde(default)]
    pub profiles: Profiles,
}

/// Why a change is not made, besides permissions.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Wrong {
    /// Somebody else has changed it; its version now.
    Stale(u64),
    /// The tenant would have no owner.
    LastOwner,
    /// The tenant was deleted; its name is not used again.
    Deleted,
    /// The key has ended.
    Ended,
    /// There are as many as there may be.
    Full,
    /// There is no key of the tenant's own for the provider.
    NoProviderKey,
    /// The provider keys that were sealed anew are not those that are there any more.
    Overtaken,
    /// The operator has put a regulated profile on the tenant.
    Regulated,
}

impl Wrong {
    /// For people.
    #[must_use]
    pub fn message(self) -> &'static str {
        match self {
            Self::Stale(_) => "Somebody else has changed this meanwhile; load it again",
            Self::LastOwner => "A tenant always has an owner; make somebody else an owner first",
            Self::Deleted => "This tenant was deleted, and its name is not used again",
            Self::Ended => "This key is revoked or has expired",
            Self::NoProviderKey => {
                "There is no key of your organisation's own for this provider; set one first"
            }
            Self::Overtaken => {
                "Somebody else has changed your organisation's provider keys at the same time; try again"
            }
            Self::Regulated => {
                "The operator has set a regulated profile for this tenant, under which no texts are kept"
            }
            Self::Full => "There are as many of these as there may be; remove some first",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// An object may be asked by a Worker of the release before.
    #[test]
    fn the_message_is_pinned() {
        let change = Change {
            tenant: TenantId::parse("demo").unwrap(),
            by: By::Member(UserId::parse("usr_0123456789abcdef").unwrap()),
            request: RequestId::try_from("req_0123456789abcdefABCDEF".to_owned()).unwrap(),
            ip: "::1".into(),
            version: Some(7),
            act: Act::SetRole(UserId::parse("usr_fedcba9876543210").unwrap(), Role::Admin),
        };
        let json = r#"{"tenant":"demo","by":{"member":"usr_0123456789abcdef"},"request":"req_0123456789abcdefABCDEF","ip":"::1","version":7,"act":{"set_role":["usr_fedcba9876543210","admin"]}}"#;
        assert_eq!(serde_json::to_string(&change).unwrap(), json);
        assert_eq!(serde_json::from_str::<Change>(json).unwrap(), change);
    }
}
