//! What pages send to sign in, to join, and to look after one's own account: parsed and typed.
//!
//! In scope: the bodies. Out of scope: the credentials in them, which are [`crate::webauthn`]'s.

use crate::id::{CeremonyId, TenantId};
use crate::name::Name;
use crate::secret::Secret;
use crate::webauthn::assertion::AssertionJson;
use crate::webauthn::registration::RegistrationJson;
use serde::Deserialize;

/// The most passkeys of a person.
pub const PASSKEYS_MAX: usize = 20;

/// A body without members, as in `POST /api/signin/options`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Nothing {}

/// `POST /api/signin`.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct SignIn {
    /// As in the options.
    pub challenge_id: CeremonyId,
    /// What the browser gave.
    pub credential: AssertionJson,
}

/// `POST /api/links/look`.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Look {
    /// The fragment of the link.
    pub secret: Secret,
}

/// `POST /api/links/options`.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct JoinOptions {
    /// The fragment of the link.
    pub secret: Secret,
    /// What the person wants to be called; not looked at for a recovery.
    #[serde(default)]
    pub name: Option<Name>,
}

/// `POST /api/links/accept`. The secret alone is for a person who is signed in.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct Accept {
    /// The fragment of the link.
    pub secret: Secret,
    /// As in the options.
    #[serde(default)]
    pub challenge_id: Option<CeremonyId>,
    /// What the browser gave.
    #[serde(default)]
    pub credential: Option<RegistrationJson>,
    /// What the person wants to be called; as in the options where nothing is said.
    #[serde(default)]
    pub name: Option<Name>,
}

/// `POST /api/signup/options`.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SignUpOptions {
    /// What the person wants to be called.
    pub name: Name,
}

/// `POST /api/signup`.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct SignUp {
    /// As in the options.
    pub challenge_id: CeremonyId,
    /// What the browser gave.
    pub credential: RegistrationJson,
    /// What the person wants to be called.
    pub name: Name,
    /// What the new team is called.
    pub tenant_name: Name,
}

/// `POST /api/passkeys`.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct AddPasskey {
    /// As in the options.
    pub challenge_id: CeremonyId,
    /// What the browser gave.
    pub credential: RegistrationJson,
    /// What the passkey is called.
    #[serde(default)]
    pub name: Option<Name>,
}

/// `PATCH /api/me`, `PATCH /api/passkeys/:id`.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Rename {
    /// The new name.
    pub name: Name,
}

/// `PUT /api/session/tenant`.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Choose {
    /// The tenant to work in.
    pub tenant: TenantId,
}

/// What a passkey is called where nothing is said: what the standard's registry of authenticators would tell
/// of it is not asked for, so it is where the key is kept.
#[must_use]
pub fn passkey_name(backup_eligible: bool, transports: &[&str]) -> &'static str {
    if backup_eligible {
        "Synced passkey"
    } else if transports.contains(&"internal") {
        "Passkey of one device"
    } else {
        "Security key"
    }
}

/// The identifier of a new team that signs up: what is left of its name, and random letters, so that it is
/// nobody else's.
#[must_use]
pub fn tenant_id(name: &Name, random: &str) -> Option<TenantId> {
    let mut slug = String::new();
    for c in name.as_str().chars() {
        match c.to_ascii_lowercase() {
            c @ ('a'..='z' | '0'..='9') => slug.push(c),
            _ if slug.ends_with('-') || slug.is_empty() => {}
            _ => slug.push('-'),
        }
        if slug.len() >= SLUG_MAX {
            break;
        }
    }
    let slug = slug.trim_end_matches('-');
    let slug = if slug.is_empty() { "team" } else { slug };
    TenantId::parse(&format!("{slug}-{}", random.to_ascii_lowercase())).ok()
}

/// How many letters of a name go into an identifier of 40.
const SLUG_MAX: usize = 24;
/// How many random letters follow, of 36: 62 bits.
pub const TENANT_RANDOM: usize = 12;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::provision;

    #[test]
    fn what_is_wrong_is_named_by_its_path() {
        let look = |json: &str| provision::parse::<Look>(json.as_bytes());
        assert!(look(&format!(r#"{{"secret":"{}"}}"#, "A".repeat(43))).is_ok());
        assert_eq!(look(r#"{"secret":"short"}"#).unwrap_err().path, "$.secret");
        assert_eq!(look("{}").unwrap_err().path, "$");
        let rename = |json: &str| provision::parse::<Rename>(json.as_bytes());
        assert_eq!(rename(r#"{"name":"\u202e"}"#).unwrap_err().path, "$.name");
        let sign_in = provision::parse::<SignIn>(br#"{"challengeId":"cer_1","credential":{}}"#);
        assert_eq!(sign_in.unwrap_err().path, "$.challengeId");
        assert!(provision::parse::<Nothing>(b"{}").is_ok());
        assert_eq!(
            provision::parse::<Nothing>(br#"{"a":1}"#).unwrap_err().path,
            "$.a"
        );
    }

    #[test]
    fn a_new_teams_identifier_is_its_name_and_random() {
        let id = |name: &str| {
            let name = Name::parse(name).unwrap();
            tenant_id(&name, "0123456789AB").unwrap().to_string()
        };
        assert_eq!(id("Acme & Söhne, Inc."), "acme-s-hne-inc-0123456789ab");
        assert_eq!(id("李"), "team-0123456789ab");
        assert_eq!(id("--"), "team-0123456789ab");
        let long = "abcdefghijklmnopqrstuvwx-0123456789ab";
        assert_eq!(id("Abcdefghijklmnopqrstuvwxyz"), long);
        assert_eq!(
            id("Abcdefghijklmnopqrstuvw xyz"),
            "abcdefghijklmnopqrstuvw-0123456789ab"
        );
    }
}
