//! What the Worker and a tenant's object say to each other: one typed enum each way.
//!
//! Carried as JSON in a header, so that neither side has a body to await. Both sides are of one deployment, but an object may answer
//! a Worker of the previous one for seconds: add variants and optional fields, never change one.

use crate::id::KeyId;
use crate::key::{KeyHash, Kind};
use crate::profile::{Profile, Profiles};
use crate::role::{Permission, Role};
use serde::{Deserialize, Serialize};

/// A message as it travels: JSON in ASCII only, as a header takes it.
///
/// # Errors
/// When it cannot be serialised, which none of the types here can cause.
pub fn to_wire(message: &impl Serialize) -> serde_json::Result<String> {
    let json = serde_json::to_string(message)?;
    if json.is_ascii() {
        return Ok(json);
    }
    // JSON has characters beyond ASCII only inside strings, where an escape means the same.
    let mut wire = String::with_capacity(json.len() * 2);
    for unit in json.encode_utf16() {
        match u8::try_from(unit) {
            Ok(byte) if byte.is_ascii() => wire.push(char::from(byte)),
            _ => wire.push_str(&format!("\\u{unit:04x}")),
        }
    }
    Ok(wire)
}

/// A call to a tenant's object.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Call {
    /// Make the tenant known, without limits; one that is known stays as it is.
    EnsureTenant,
    /// Make the tenant known, or replace its settings.
    PutTenant(Settings),
    /// Make a key known. A key that was revoked stays revoked.
    PutKey(KeyRecord),
    /// Revoke a key for good.
    RevokeKey(KeyId),
    /// Is this key good for this, now? Charges nothing.
    Confirm(Ask),
    /// May this request go on? All limits are checked and charged at once, or none.
    Admit(Ask),
}

/// What a request wants to do, and with which key.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Ask {
    /// The hash of the presented key.
    pub key: KeyHash,
    /// What the route needs.
    pub needs: Permission,
    /// The catalog id of the model, where one is called.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub model: Option<String>,
    /// The `Origin` header, where there was one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub origin: Option<String>,
}

/// A tenant's settings, as its object keeps them.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Settings {
    /// Requests per minute for the whole tenant; `None` is no limit.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rpm: Option<u32>,
    /// The tenant's profile; `None` is general.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub profile: Option<Profile>,
}

/// A key as its tenant's object keeps it: the authority on what it may do.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct KeyRecord {
    /// The public identifier.
    pub id: KeyId,
    /// The hash of the text.
    pub hash: KeyHash,
    /// Standard or widget.
    pub kind: Kind,
    /// Its own role.
    pub role: Role,
    /// When it ends, in milliseconds since the Unix epoch; `None` is never.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expires_at_ms: Option<u64>,
    /// When it was revoked, in milliseconds since the Unix epoch; never unset again.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub revoked_at_ms: Option<u64>,
    /// Requests per minute for this key alone; `None` is no limit of its own.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rpm: Option<u32>,
    /// Catalog ids it may call; empty is all.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub models: Vec<String>,
    /// Origins a widget key may be used from: exact, `https://*.example.com`, or `*`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub origins: Vec<String>,
    /// A profile that this key adds to the tenant's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub profile: Option<Profile>,
}

/// Whom a key stands for, as its tenant's object knows it now.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Principal {
    /// The key's public identifier.
    pub key: KeyId,
    /// Standard or widget.
    pub kind: Kind,
    /// The effective role.
    pub role: Role,
    /// The profiles of tenant and key.
    pub profiles: Profiles,
}

/// An object's answer.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Reply {
    /// Done, durably.
    Done,
    /// The key is good for what was asked.
    Confirmed(Principal),
    /// The request may go on; the limits as they stand after it.
    Admitted(Principal, Vec<LimitState>),
    /// It may not, and nothing was charged.
    Refused(Refusal),
}

/// Why an object refuses.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Refusal {
    /// The key is unknown here, revoked, or expired. The caller learns no more than 401.
    Key(BadKey),
    /// The key is good, but not for this.
    Forbidden(Forbidden),
    /// A limit is reached.
    Limited {
        /// Every limit that applies, as it stands.
        limits: Vec<LimitState>,
        /// Whose limit it is that makes the caller wait longest.
        source: LimitSource,
        /// Milliseconds until the same request would be admitted, if nothing else is.
        wait_ms: u64,
    },
    /// The key id or tenant of a change is not known here.
    NotFound,
    /// The change contradicts what is known here.
    Conflict,
}

/// Why a key is no good: for metrics, never for the caller.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum BadKey {
    /// Not known to the tenant.
    Unknown,
    /// Revoked.
    Revoked,
    /// Past its end.
    Expired,
}

impl BadKey {
    /// The reason as a metric label.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Unknown => "unknown",
            Self::Revoked => "revoked",
            Self::Expired => "expired",
        }
    }
}

/// What a good key may not do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Forbidden {
    /// Its role is too low; this one is needed.
    Role(Role),
    /// A widget key may only chat.
    WidgetKey,
    /// A widget key from an origin it is not made for.
    Origin,
    /// The model is not on its list.
    Model,
}

impl Forbidden {
    /// For people: what is needed instead.
    #[must_use]
    pub fn message(self) -> String {
        match self {
            Self::Role(role) => format!("This needs the role {} or higher", role.as_str()),
            Self::WidgetKey => "A widget key (pk_) may only chat; use a standard key (nru_)".into(),
            Self::Origin => "This widget key may not be used from this origin".into(),
            Self::Model => "This key may not call this model".into(),
        }
    }
}

/// Whose limit it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LimitSource {
    /// The whole tenant's.
    Tenant,
    /// The one key's.
    Key,
}

impl LimitSource {
    /// The source's name, as in `details.limit_source`.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Tenant => "tenant",
            Self::Key => "key",
        }
    }
}

/// What a limit counts. Tokens, money and concurrency will join.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LimitKind {
    /// Requests per minute.
    Requests,
}

/// One limit as it stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LimitState {
    /// What it counts.
    pub kind: LimitKind,
    /// Whose it is.
    pub source: LimitSource,
    /// How many in a window; also the burst.
    pub limit: u64,
    /// The window in seconds.
    pub window_s: u32,
    /// How many are left now.
    pub remaining: u64,
    /// Milliseconds until all are there again.
    pub reset_ms: u64,
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Stored in every object: a change needs a migration.
    #[test]
    fn the_stored_form_of_a_key_is_pinned() {
        let record = KeyRecord {
            id: KeyId::parse("key_0123456789abcdef").unwrap(),
            hash: KeyHash::from_hex(&"ab".repeat(32)).unwrap(),
            kind: Kind::Widget,
            role: Role::Developer,
            expires_at_ms: Some(5),
            revoked_at_ms: None,
            rpm: Some(60),
            models: vec![],
            origins: vec!["https://*.example.com".into()],
            profile: Some(Profile::Healthcare),
        };
        let json = format!(
            r#"{{"id":"key_0123456789abcdef","hash":"{}","kind":"pk","role":"developer","expires_at_ms":5,"rpm":60,"origins":["https://*.example.com"],"profile":"healthcare"}}"#,
            "ab".repeat(32)
        );
        assert_eq!(serde_json::to_string(&record).unwrap(), json);
        assert_eq!(serde_json::from_str::<KeyRecord>(&json).unwrap(), record);
    }

    #[test]
    fn a_message_travels_in_ascii_and_arrives_as_it_was() {
        let text = "naïve 🦀 \u{7f}\n\"".to_owned();
        let wire = to_wire(&text).unwrap();
        assert!(wire.bytes().all(|b| (0x20..0x80).contains(&b)), "{wire}");
        assert_eq!(serde_json::from_str::<String>(&wire).unwrap(), text);
    }

    #[test]
    fn an_admission_is_a_short_message() {
        let ask = Ask {
            key: KeyHash::from_hex(&"00".repeat(32)).unwrap(),
            needs: Permission::CallModels,
            model: Some("meta-llm".into()),
            origin: None,
        };
        let json = serde_json::to_string(&Call::Admit(ask.clone())).unwrap();
        assert_eq!(
            json,
            format!(
                r#"{{"admit":{{"key":"{}","needs":"call_models","model":"meta-llm"}}}}"#,
                "00".repeat(32)
            )
        );
        assert_eq!(
            serde_json::from_str::<Call>(&json).unwrap(),
            Call::Admit(ask)
        );
    }
}
