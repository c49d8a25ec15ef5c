//! One-time links: how somebody without a passkey is let in, once.
//!
//! A link is `<origin>/join#<secret>`. The secret stands in the fragment, which browsers send to nobody, and
//! is shown by `POST`; only its hash is stored.
//!
//! In scope: the kinds, how long each lasts, and what is asked for when one is made. Out of scope: keeping
//! and using them up.

use crate::chat::Invalid;
use crate::id::UserId;
use crate::name::Name;
use crate::role::Role;
use crate::secret::Secret;
use serde::{Deserialize, Serialize};

const MINUTE_MS: u64 = 60_000;
const DAY_MS: u64 = 24 * 60 * MINUTE_MS;

/// How long a recovery link lasts: whoever finds it becomes that person.
pub const RECOVERY_MS: u64 = 15 * MINUTE_MS;
/// How long the operator's link for an owner lasts where nothing is said.
pub const OWNER_MS: u64 = DAY_MS;
/// How long an invitation lasts where nothing is said.
pub const INVITATION_MS: u64 = 7 * DAY_MS;
/// The shortest time that may be asked for.
pub const SHORTEST_MS: u64 = 5 * MINUTE_MS;
/// The longest.
pub const LONGEST_MS: u64 = 30 * DAY_MS;

/// What a link is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Kind {
    /// Lets a person into a tenant.
    Invitation,
    /// The same, from the operator, as its owner.
    Owner,
    /// Gives a person another passkey.
    Recovery,
}

impl Kind {
    /// Its name, as in JSON and D1.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Invitation => "invitation",
            Self::Owner => "owner",
            Self::Recovery => "recovery",
        }
    }

    /// How long one lasts, in ms.
    ///
    /// # Errors
    /// When the time that was asked for is out of range, or a recovery link is to last longer than it may.
    pub fn lasts_ms(self, expires_in_s: Option<u64>) -> Result<u64, Invalid> {
        let (default, most) = match self {
            Self::Invitation => (INVITATION_MS, LONGEST_MS),
            Self::Owner => (OWNER_MS, LONGEST_MS),
            Self::Recovery => (RECOVERY_MS, RECOVERY_MS),
        };
        let ms = expires_in_s.map_or(default, |seconds| seconds.saturating_mul(1000));
        if (SHORTEST_MS..=most).contains(&ms) {
            return Ok(ms);
        }
        let (least_s, most_s) = (SHORTEST_MS / 1000, most / 1000);
        Err(Invalid {
            path: "$.expiresInS".to_owned(),
            message: format!("A link of this kind lasts from {least_s} to {most_s} seconds"),
        })
    }
}

/// The address of a link. It is a secret, like what it holds.
#[must_use]
pub fn url(origin: &str, secret: &Secret) -> String {
    format!("{origin}/join#{}", secret.reveal())
}

/// The body of `POST /operator/tenants/:tenant/links`: a link into the tenant, or one that gives a member
/// another passkey.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct NewLink {
    /// The role of whom it lets in; an owner where nothing is said.
    #[serde(default)]
    pub role: Option<Role>,
    /// The person whom it gives another passkey; then it has no role.
    #[serde(default)]
    pub user: Option<UserId>,
    /// What it is for, for people.
    #[serde(default)]
    pub note: Option<Name>,
    /// How long it lasts, in seconds.
    #[serde(default)]
    pub expires_in_s: Option<u64>,
}

impl NewLink {
    /// What the link is for.
    ///
    /// # Errors
    /// When a role is named along with a person.
    pub fn kind(&self) -> Result<Kind, Invalid> {
        match (&self.user, self.role) {
            (Some(_), Some(_)) => Err(Invalid {
                path: "$.role".to_owned(),
                message: "A recovery link changes no role".to_owned(),
            }),
            (Some(_), None) => Ok(Kind::Recovery),
            (None, None | Some(Role::Owner)) => Ok(Kind::Owner),
            (None, Some(_)) => Ok(Kind::Invitation),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::provision;

    #[test]
    fn each_kind_lasts_as_long_as_it_may() {
        assert_eq!(Kind::Recovery.lasts_ms(None), Ok(900_000));
        assert_eq!(Kind::Recovery.lasts_ms(Some(300)), Ok(300_000));
        assert_eq!(Kind::Invitation.lasts_ms(None), Ok(604_800_000));
        assert_eq!(
            Kind::Invitation.lasts_ms(Some(2_592_000)),
            Ok(2_592_000_000)
        );
        assert_eq!(Kind::Owner.lasts_ms(None), Ok(86_400_000));
        for (kind, seconds) in [
            (Kind::Recovery, 901),
            (Kind::Recovery, 299),
            (Kind::Invitation, 2_592_001),
            (Kind::Owner, 0),
            (Kind::Owner, u64::MAX),
        ] {
            let invalid = kind.lasts_ms(Some(seconds)).unwrap_err();
            assert_eq!(invalid.path, "$.expiresInS");
        }
    }

    #[test]
    fn the_secret_stands_in_the_fragment() {
        let secret = Secret::generate(&mut |bytes| bytes.fill(0));
        assert_eq!(
            url("https://app.example.com", &secret),
            format!("https://app.example.com/join#{}", "A".repeat(43))
        );
    }

    #[test]
    fn what_the_operator_asks_for_is_one_thing() {
        let kind = |json: &str| provision::parse::<NewLink>(json.as_bytes())?.kind();
        assert_eq!(kind("{}"), Ok(Kind::Owner));
        assert_eq!(kind(r#"{"role":"owner"}"#), Ok(Kind::Owner));
        assert_eq!(
            kind(r#"{"role":"viewer","expiresInS":600}"#),
            Ok(Kind::Invitation)
        );
        assert_eq!(
            kind(r#"{"user":"usr_0123456789abcdef"}"#),
            Ok(Kind::Recovery)
        );
        for (json, path) in [
            (
                r#"{"user":"usr_0123456789abcdef","role":"owner"}"#,
                "$.role",
            ),
            (r#"{"user":"x"}"#, "$.user"),
            (r#"{"role":"king"}"#, "$.role"),
            (r#"{"note":""}"#, "$.note"),
            (r#"{"colour":1}"#, "$.colour"),
        ] {
            assert_eq!(kind(json).unwrap_err().path, path, "{json}");
        }
    }
}
