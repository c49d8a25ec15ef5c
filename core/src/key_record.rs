//! A key, as its tenant's object keeps it. Stored as JSON: fields are only ever added.

use crate::id::KeyId;
use crate::key::{KeyHash, Kind};
use crate::limits::Limits;
use crate::member::Creator;
use crate::money::{NanoUsd, is_zero};
use crate::profile::Profile;
use crate::role::Role;
use crate::visitor;
use serde::{Deserialize, Serialize};

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
    /// Tokens per minute for this key alone.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tpm: Option<u32>,
    /// Requests at the same time for this key alone.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub concurrency: Option<u32>,
    /// Spend per calendar month for this key alone.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub budget: Option<NanoUsd>,
    /// Requests per minute of each visitor of a widget key; `None` is [`visitor::VISITOR_RPM`].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub visitor_rpm: Option<u32>,
    /// Catalog ids it may call; empty is all.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub models: Vec<String>,
    /// Origins a widget key may be used from: exact, `https://*.example.com`, or `*`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub origins: Vec<String>,
    /// A profile that this key adds to the tenant's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub profile: Option<Profile>,
    /// What people call it.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub name: String,
    /// The ends of its text, to recognise it by.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub preview: String,
    /// Whose it is; `None` is the operator's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub creator: Option<Creator>,
    /// When it was made, in milliseconds since the Unix epoch.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub created_at_ms: u64,
    /// Made for a page that forgets it: not listed unless asked for.
    #[serde(default, skip_serializing_if = "core::ops::Not::not")]
    pub passing: bool,
    /// The key that replaces it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rotated_to: Option<KeyId>,
    /// Grows with every change.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub version: u64,
}

impl KeyRecord {
    /// A key with nothing but what every key has.
    #[must_use]
    pub fn new(id: KeyId, hash: KeyHash, kind: Kind, role: Role) -> Self {
        Self {
            id,
            hash,
            kind,
            role,
            expires_at_ms: None,
            revoked_at_ms: None,
            rpm: None,
            tpm: None,
            concurrency: None,
            budget: None,
            visitor_rpm: None,
            models: Vec::new(),
            origins: Vec::new(),
            profile: None,
            name: String::new(),
            preview: String::new(),
            creator: None,
            created_at_ms: 0,
            passing: false,
            rotated_to: None,
            version: 0,
        }
    }

    /// Whether it may be used at all.
    #[must_use]
    pub fn is_live(&self, now_ms: u64) -> bool {
        self.revoked_at_ms.is_none() && self.expires_at_ms.is_none_or(|end| end > now_ms)
    }

    /// Replaces the key's own limits.
    pub fn set_limits(&mut self, limits: Limits) {
        self.rpm = limits.rpm;
        self.tpm = limits.tpm;
        self.concurrency = limits.concurrency;
        self.budget = limits.budget;
    }

    /// Requests per minute of each visitor; `None` where the key has none.
    #[must_use]
    pub fn of_a_visitor(&self) -> Option<u32> {
        visitor::of_each(self.kind, self.visitor_rpm)
    }

    /// The key's own limits.
    #[must_use]
    pub fn limits(&self) -> Limits {
        Limits {
            rpm: self.rpm,
            tpm: self.tpm,
            concurrency: self.concurrency,
            budget: self.budget,
        }
    }
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
            tpm: None,
            concurrency: None,
            budget: None,
            visitor_rpm: Some(5),
            models: vec![],
            origins: vec!["https://*.example.com".into()],
            profile: Some(Profile::Healthcare),
            name: "shop".into(),
            preview: "pk_ab…wxyz".into(),
            creator: Some(Creator::try_from("usr_0123456789abcdef".to_owned()).unwrap()),
            created_at_ms: 4,
            passing: false,
            rotated_to: None,
            version: 3,
        };
        let json = format!(
            r#"{{"id":"key_0123456789abcdef","hash":"{}","kind":"pk","role":"developer","expires_at_ms":5,"rpm":60,"visitor_rpm":5,"origins":["https://*.example.com"],"profile":"healthcare","name":"shop","preview":"pk_ab…wxyz","creator":"usr_0123456789abcdef","created_at_ms":4,"version":3}}"#,
            "ab".repeat(32)
        );
        assert_eq!(serde_json::to_string(&record).unwrap(), json);
        assert_eq!(serde_json::from_str::<KeyRecord>(&json).unwrap(), record);
        // As it was stored before there were names and creators.
        let (old, _) = json.split_once(r#","name""#).unwrap();
        let old: KeyRecord = serde_json::from_str(&format!("{old}}}")).unwrap();
        assert_eq!((old.creator, old.version), (None, 0));
    }
}
