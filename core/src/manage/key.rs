//! The bodies that make and change keys.

use crate::change::{GRACE_MAX_S, KeyEdit};
use crate::chat::Invalid;
use crate::id::KeyId;
use crate::key::{ApiKey, Kind};
use crate::manage::{LimitsBody, invalid, said};
use crate::message::KeyRecord;
use crate::name::Name;
use crate::origin;
use crate::profile::Profile;
use crate::provision::{WIDGET_RPM, check_visitors};
use crate::role::Role;
use crate::visitor::VISITOR_RPM;
use serde::Deserialize;

/// The most models or origins of a key.
const LIST_MAX: usize = 50;
/// How long a key for the playground lasts, in ms: an hour.
pub const PLAYGROUND_MS: u64 = 3_600_000;
/// What such a key is called.
pub const PLAYGROUND: &str = "Playground";

/// The body of `POST /api/keys`.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct KeyBody {
    /// Standard or widget.
    #[serde(default = "standard", rename = "type")]
    pub kind: Kind,
    /// What to call it.
    pub name: Name,
    /// Its role; developer if none is named.
    #[serde(default)]
    role: Option<Role>,
    /// When it ends, in milliseconds since the Unix epoch.
    #[serde(default)]
    expires_at_ms: Option<u64>,
    /// Its own limits.
    #[serde(default)]
    limits: Option<LimitsBody>,
    /// Catalog ids it may call; empty is all.
    #[serde(default)]
    models: Vec<String>,
    /// A profile to add to the tenant's.
    #[serde(default)]
    profile: Option<Profile>,
    /// Where a widget key may be used from.
    #[serde(default)]
    origins: Vec<String>,
    /// Requests per minute of each of its visitors.
    #[serde(default)]
    visitor_rpm: Option<u32>,
}

fn standard() -> Kind {
    Kind::Standard
}

fn check_origins(origins: &[String]) -> Result<(), Invalid> {
    if origins.is_empty() {
        let message = "A widget key needs the origins it may be used from";
        return Err(invalid("$.origins", message));
    }
    check_list(
        origins,
        "origins",
        origin::is_pattern,
        "An origin is https://host, https://*.example.com or *",
    )
}

fn check_list(
    list: &[String],
    name: &str,
    good: impl Fn(&str) -> bool,
    message: &str,
) -> Result<(), Invalid> {
    if list.len() > LIST_MAX {
        return Err(invalid(
            format!("$.{name}"),
            "A list has at most 50 entries",
        ));
    }
    match list.iter().position(|entry| !good(entry)) {
        Some(at) => Err(invalid(format!("$.{name}[{at}]"), message)),
        None => Ok(()),
    }
}

impl KeyBody {
    /// The record of a key made for this.
    ///
    /// # Errors
    /// [`Invalid`] with the path of the field.
    pub fn record(
        &self,
        id: KeyId,
        key: &ApiKey,
        now_ms: u64,
        known_model: impl Fn(&str) -> bool,
    ) -> Result<KeyRecord, Invalid> {
        let widget = self.kind == Kind::Widget;
        if widget {
            check_origins(&self.origins)?;
            if self.role.is_some_and(|role| role != Role::Developer) {
                return Err(invalid("$.role", "A widget key is always a developer's"));
            }
        } else if !self.origins.is_empty() {
            return Err(invalid("$.origins", "Only a widget key has origins"));
        }
        check_visitors(self.kind, self.visitor_rpm)?;
        check_list(
            &self.models,
            "models",
            known_model,
            "There is no such model",
        )?;
        if self
            .expires_at_ms
            .is_some_and(|end| end <= now_ms || end >= 1 << 53)
        {
            return Err(invalid("$.expiresAtMs", "A key ends in the future"));
        }
        let limits = self.limits.clone().unwrap_or_default().edit()?.set;
        let mut record = KeyRecord {
            models: self.models.clone(),
            origins: self.origins.clone(),
            visitor_rpm: self.visitor_rpm,
            profile: self.profile,
            expires_at_ms: self.expires_at_ms,
            name: self.name.as_str().to_owned(),
            ..plain(id, key, self.role.unwrap_or(Role::Developer))
        };
        record.set_limits(limits);
        record.rpm = record.rpm.or(widget.then_some(WIDGET_RPM));
        Ok(record)
    }
}

/// A record with nothing but what every key has.
fn plain(id: KeyId, key: &ApiKey, role: Role) -> KeyRecord {
    KeyRecord {
        preview: key.preview(),
        ..KeyRecord::new(id, key.hash(), key.kind(), role)
    }
}

/// The key of a playground: a developer's, for an hour.
#[must_use]
pub fn playground(id: KeyId, key: &ApiKey, now_ms: u64) -> KeyRecord {
    KeyRecord {
        name: PLAYGROUND.to_owned(),
        expires_at_ms: Some(now_ms.saturating_add(PLAYGROUND_MS)),
        passing: true,
        ..plain(id, key, Role::Developer)
    }
}

/// The body of `POST /ai/widget/key`.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct WidgetBody {
    /// What it is for, in the caller's own words.
    #[serde(default)]
    agent_id: Option<Name>,
    /// Where it may be used from.
    #[serde(default)]
    origins: Vec<String>,
}

impl WidgetBody {
    /// The record of a key made for this.
    ///
    /// # Errors
    /// [`Invalid`] with the path of the field.
    pub fn record(&self, id: KeyId, key: &ApiKey) -> Result<KeyRecord, Invalid> {
        check_origins(&self.origins)?;
        let name = self.agent_id.as_ref().map_or("Widget", Name::as_str);
        Ok(KeyRecord {
            name: name.to_owned(),
            origins: self.origins.clone(),
            rpm: Some(WIDGET_RPM),
            ..plain(id, key, Role::Developer)
        })
    }
}

/// The body of `DELETE /ai/widget/key`.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct WidgetGone {
    /// The key to revoke.
    pub key_id: KeyId,
}

/// The body of `PATCH /api/keys/:id`.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct KeyPatch {
    #[serde(default)]
    name: Option<Name>,
    #[serde(default)]
    limits: Option<LimitsBody>,
    #[serde(default)]
    models: Option<Vec<String>>,
    #[serde(default)]
    origins: Option<Vec<String>>,
    #[serde(default, deserialize_with = "said")]
    visitor_rpm: Option<Option<u32>>,
}

impl KeyPatch {
    /// The change that it asks for.
    ///
    /// # Errors
    /// [`Invalid`] with the path of the field.
    pub fn edit(self, known_model: impl Fn(&str) -> bool) -> Result<KeyEdit, Invalid> {
        let models = self.models.as_deref().unwrap_or_default();
        check_list(models, "models", known_model, "There is no such model")?;
        if let Some(origins) = &self.origins {
            check_origins(origins)?;
        }
        let visitor_rpm = self.visitor_rpm.map(|most| most.unwrap_or(VISITOR_RPM));
        check_visitors(Kind::Widget, visitor_rpm)?;
        Ok(KeyEdit {
            visitor_rpm,
            origins: self.origins,
            name: self.name.map(Into::into),
            limits: self.limits.map(|limits| limits.edit()).transpose()?,
            models: self.models,
        })
    }
}

/// The body of `POST /api/keys/:id/rotate`.
#[derive(Clone, Copy, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct RotateBody {
    /// How long the old key goes on, in seconds.
    #[serde(default)]
    pub grace_s: u32,
}

impl RotateBody {
    /// Checks its range.
    ///
    /// # Errors
    /// [`Invalid`] above a week.
    pub fn validate(self) -> Result<Self, Invalid> {
        if self.grace_s > GRACE_MAX_S {
            return Err(invalid(
                "$.graceS",
                "The old key goes on for at most 604800 seconds",
            ));
        }
        Ok(self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::provision::parse;

    fn key() -> (KeyId, ApiKey) {
        (
            KeyId::generate(&mut |bytes| bytes.fill(1)),
            ApiKey::generate(Kind::Standard, &mut |bytes| bytes.fill(2)),
        )
    }

    fn record(json: &str) -> Result<KeyRecord, Invalid> {
        let (id, key) = key();
        parse::<KeyBody>(json.as_bytes())?.record(id, &key, 100, |model| model == "gpt-4o")
    }

    #[test]
    fn a_name_is_enough_for_a_developers_key() {
        let record = record(r#"{"name":" ci "}"#).unwrap();
        assert_eq!((record.role, record.name.as_str()), (Role::Developer, "ci"));
        assert!(record.limits().is_empty());
    }

    #[test]
    fn what_is_wrong_with_a_key_is_named() {
        let long = format!(r#"{{"name":"{}"}}"#, "x".repeat(81));
        for (json, path) in [
            ("{}", "$"),
            (r#"{"name":""}"#, "$.name"),
            (r#"{"name":"a\u0000b"}"#, "$.name"),
            (r#"{"name":"a\u202eb"}"#, "$.name"),
            (long.as_str(), "$.name"),
            (r#"{"name":"a","role":"king"}"#, "$.role"),
            (r#"{"name":"a","origins":["*"]}"#, "$.origins"),
            (r#"{"name":"a","type":"pk"}"#, "$.origins"),
            (
                r#"{"name":"a","type":"pk","origins":["x"]}"#,
                "$.origins[0]",
            ),
            (
                r#"{"name":"a","type":"pk","origins":["*"],"role":"owner"}"#,
                "$.role",
            ),
            (r#"{"name":"a","models":["gpt-4o","x"]}"#, "$.models[1]"),
            (r#"{"name":"a","expiresAtMs":100}"#, "$.expiresAtMs"),
            (r#"{"name":"a","limits":{"rpm":100000001}}"#, "$.limits.rpm"),
            (
                r#"{"name":"a","limits":{"budgetUsd":-1}}"#,
                "$.limits.budgetUsd",
            ),
            (r#"{"name":"a","name":"b"}"#, "$.name"),
            (r#"{"name":"a","x":1}"#, "$.x"),
        ] {
            assert_eq!(record(json).unwrap_err().path, path, "{json}");
        }
    }
}
