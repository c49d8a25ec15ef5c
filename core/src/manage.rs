//! The bodies of `/api/*`: parsed, validated, typed.
//!
//! In scope: form. Out of scope: whether the caller may, which the tenant's object says.

pub mod key;

use crate::bucket::MAX_PER_MINUTE;
use crate::change::Billing;
use crate::chat::Invalid;
use crate::limits::{self, Limits, LimitsEdit, MAX_CONCURRENCY, Plan};
use crate::message::LimitKind;
use crate::money::NanoUsd;
use crate::name::Name;
use crate::role::Role;
use serde::{Deserialize, Deserializer};

/// The longest note on an invitation, in characters.
const NOTE_MAX: usize = 200;

fn invalid(path: impl Into<String>, message: &str) -> Invalid {
    Invalid {
        path: path.into(),
        message: message.to_owned(),
    }
}

/// Limits as people write them: absent stays, null clears.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct LimitsBody {
    #[serde(default, deserialize_with = "said")]
    rpm: Option<Option<u32>>,
    #[serde(default, deserialize_with = "said")]
    tpm: Option<Option<u32>>,
    #[serde(default, deserialize_with = "said")]
    concurrency: Option<Option<u32>>,
    #[serde(default, deserialize_with = "said_usd")]
    budget_usd: Option<Option<NanoUsd>>,
}

/// Tells null from absent.
fn said<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Option<u32>>, D::Error> {
    Option::<u32>::deserialize(deserializer).map(Some)
}

fn said_usd<'de, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<Option<Option<NanoUsd>>, D::Error> {
    limits::usd(deserializer).map(Some)
}

impl LimitsBody {
    /// The change that it asks for.
    ///
    /// # Errors
    /// [`Invalid`] for a limit above what can be counted.
    pub fn edit(&self) -> Result<LimitsEdit, Invalid> {
        for (name, limit, most) in [
            ("rpm", self.rpm, MAX_PER_MINUTE),
            ("tpm", self.tpm, MAX_PER_MINUTE),
            ("concurrency", self.concurrency, MAX_CONCURRENCY),
        ] {
            if limit.flatten().is_some_and(|limit| limit > most) {
                let path = format!("$.limits.{name}");
                return Err(invalid(path, "This is above the largest limit"));
            }
        }
        let cleared = [
            (LimitKind::Requests, self.rpm == Some(None)),
            (LimitKind::Tokens, self.tpm == Some(None)),
            (LimitKind::Concurrency, self.concurrency == Some(None)),
            (LimitKind::Spend, self.budget_usd == Some(None)),
        ];
        Ok(LimitsEdit {
            set: Limits {
                rpm: self.rpm.flatten(),
                tpm: self.tpm.flatten(),
                concurrency: self.concurrency.flatten(),
                budget: self.budget_usd.flatten(),
            },
            clear: cleared
                .into_iter()
                .filter_map(|(kind, is)| is.then_some(kind))
                .collect(),
        })
    }
}

/// The body of `PATCH /api/tenant`.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TenantPatch {
    /// What to call it.
    pub name: Name,
}

/// The body of `DELETE /api/tenant`.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Farewell {
    /// The tenant's id, typed by whoever means it.
    pub confirm: String,
}

/// The body of `PATCH /api/members/:id`.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MemberPatch {
    /// The new role.
    pub role: Role,
}

/// The body of `POST /api/invitations`.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct InvitationBody {
    /// The role that it gives.
    pub role: Role,
    /// Whom it is for, in the words of whoever made it.
    #[serde(default)]
    pub note: String,
    /// How long it is good for, in seconds.
    #[serde(default)]
    pub expires_in_s: Option<u64>,
}

impl InvitationBody {
    /// Checks what the types cannot.
    ///
    /// # Errors
    /// [`Invalid`] with the path of the field.
    pub fn validate(self) -> Result<Self, Invalid> {
        if self.note.chars().count() > NOTE_MAX || self.note.chars().any(char::is_control) {
            let message = "A note has at most 200 characters and no control characters";
            return Err(invalid("$.note", message));
        }
        Ok(self)
    }
}

/// The body of `PATCH /api/billing`.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct BillingPatch {
    #[serde(default)]
    plan: Option<Plan>,
    #[serde(default)]
    limits: Option<LimitsBody>,
}

impl BillingPatch {
    /// The change that it asks for.
    ///
    /// # Errors
    /// [`Invalid`] with the path of the field.
    pub fn billing(self) -> Result<Billing, Invalid> {
        Ok(Billing {
            plan: self.plan,
            limits: self.limits.map(|limits| limits.edit()).transpose()?,
        })
    }
}

/// The body of `PUT /operator/tenants/:tenant/suspension`.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Suspension {
    /// Whether model calls and changes stop.
    pub suspended: bool,
}

/// Reads `If-Match`: a version in quotes (RFC 9110 §13.1.1), or `*`, or nothing.
///
/// # Errors
/// [`Invalid`] for anything else.
pub fn if_match(header: &str) -> Result<Option<u64>, Invalid> {
    let header = header.trim();
    if header.is_empty() || header == "*" {
        return Ok(None);
    }
    let tag = header.strip_prefix("W/").unwrap_or(header);
    tag.trim_matches('"')
        .parse()
        .map(Some)
        .map_err(|_| invalid("If-Match", "If-Match is a version in quotes"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::provision::parse;

    #[test]
    fn null_clears_a_limit_and_absence_leaves_it() {
        let body = br#"{"limits":{"rpm":null,"tpm":5}}"#;
        let edit = parse::<BillingPatch>(body).unwrap().billing().unwrap();
        let limits = edit.limits.unwrap();
        assert_eq!(limits.clear, [LimitKind::Requests]);
        assert_eq!(limits.set.tpm, Some(5));
    }

    #[test]
    fn a_version_is_read_however_it_is_quoted() {
        for (header, version) in [
            ("", None),
            ("*", None),
            ("\"7\"", Some(7)),
            ("7", Some(7)),
            ("W/\"7\"", Some(7)),
        ] {
            assert_eq!(if_match(header).unwrap(), version);
        }
        assert!(if_match("\"seven\"").is_err());
    }

    #[test]
    fn a_note_is_one_short_line() {
        let body = br#"{"role":"viewer","note":"a\nb"}"#;
        let body = parse::<InvitationBody>(body).unwrap();
        assert_eq!(body.validate().unwrap_err().path, "$.note");
    }
}
