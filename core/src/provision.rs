//! What an operator asks for when a tenant or a key is made: parsed, validated, typed.

use crate::bucket::MAX_PER_MINUTE;
use crate::chat::Invalid;
use crate::chat::json::Json;
use crate::id::{KeyId, TenantId};
use crate::key::{ApiKey, Kind};
use crate::limits::{self, Plan};
use crate::message::{KeyRecord, Settings};
use crate::money::NanoUsd;
use crate::objects::Objects;
use crate::origin;
use crate::profile::Profile;
use crate::role::Role;
use crate::visitor::VISITOR_RPM_MAX;
use serde::de::{DeserializeOwned, Error as _};
use serde::{Deserialize, Deserializer};

/// Requests per minute of a widget key for which none are named: it stands in public pages.
pub const WIDGET_RPM: u32 = 60;
/// The output cap of a widget key's chats, in tokens.
pub const WIDGET_MAX_TOKENS: u32 = 1_024;

const NAME_MAX: usize = 80;
const LIST_MAX: usize = 50;

/// The body of `POST /operator/keys`. A limit of zero admits nothing.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct NewKey {
    /// The tenant; made if it is new.
    pub tenant: TenantId,
    /// Standard or widget.
    #[serde(default = "standard", rename = "type")]
    pub kind: Kind,
    /// The key's role; a widget key is always a developer's.
    #[serde(default = "owner")]
    pub role: Role,
    /// A name to recognise it by, at most 80 characters.
    #[serde(default)]
    pub name: String,
    /// A profile to add to the tenant's.
    #[serde(default)]
    pub profile: Option<Profile>,
    /// Requests per minute for this key.
    #[serde(default, deserialize_with = "per_minute")]
    pub rpm: Option<u32>,
    /// Tokens per minute for this key.
    #[serde(default, deserialize_with = "per_minute")]
    pub tpm: Option<u32>,
    /// Requests at the same time for this key.
    #[serde(default, deserialize_with = "at_once")]
    pub concurrency: Option<u32>,
    /// Spend per calendar month for this key.
    #[serde(default, deserialize_with = "limits::usd")]
    pub budget_usd: Option<NanoUsd>,
    /// Requests per minute of each visitor of a widget key.
    #[serde(default)]
    pub visitor_rpm: Option<u32>,
    /// Origins of a widget key.
    #[serde(default)]
    pub origins: Vec<String>,
    /// Catalog ids it may call; empty is all.
    #[serde(default)]
    pub models: Vec<String>,
    /// When it ends, in milliseconds since the Unix epoch.
    #[serde(default)]
    pub expires_at_ms: Option<u64>,
}

/// The body of `PUT /operator/tenants/:tenant`: what is absent has no limit of the operator's, no plan
/// and no profile. The limits that the tenant set for itself are not the operator's to replace: its
/// object keeps them.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct NewSettings {
    /// What the tenant pays for; its limits hold where none is named here.
    #[serde(default)]
    pub plan: Option<Plan>,
    /// The largest plan that the tenant's admins may choose; else `plan` is.
    #[serde(default)]
    pub max_plan: Option<Plan>,
    /// Requests per minute for the whole tenant.
    #[serde(default, deserialize_with = "per_minute")]
    pub rpm: Option<u32>,
    /// Tokens per minute for the whole tenant.
    #[serde(default, deserialize_with = "per_minute")]
    pub tpm: Option<u32>,
    /// Requests at the same time for the whole tenant.
    #[serde(default, deserialize_with = "at_once")]
    pub concurrency: Option<u32>,
    /// Spend per calendar month for the whole tenant.
    #[serde(default, deserialize_with = "limits::usd")]
    pub budget_usd: Option<NanoUsd>,
    /// Limits are counted and reported, but not enforced.
    #[serde(default)]
    pub shadow: bool,
    /// The tenant's profile.
    #[serde(default)]
    pub profile: Option<Profile>,
}

impl From<NewSettings> for Settings {
    fn from(new: NewSettings) -> Self {
        Self {
            plan: new.plan,
            rpm: new.rpm,
            tpm: new.tpm,
            concurrency: new.concurrency,
            budget: new.budget_usd,
            shadow: new.shadow,
            profile: new.profile,
            max_plan: new.max_plan,
            ..Self::default()
        }
    }
}

/// A limit per minute of at most [`MAX_PER_MINUTE`], or null.
fn per_minute<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<u32>, D::Error> {
    at_most(MAX_PER_MINUTE, deserializer)
}

/// A limit of at most [`limits::MAX_CONCURRENCY`], or null.
fn at_once<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<u32>, D::Error> {
    at_most(limits::MAX_CONCURRENCY, deserializer)
}

fn at_most<'de, D: Deserializer<'de>>(most: u32, deserializer: D) -> Result<Option<u32>, D::Error> {
    match Option::<u32>::deserialize(deserializer)? {
        Some(limit) if limit > most => Err(D::Error::custom("above the largest limit")),
        limit => Ok(limit),
    }
}

fn standard() -> Kind {
    Kind::Standard
}

fn owner() -> Role {
    Role::Owner
}

fn invalid(path: &str, message: &str) -> Invalid {
    Invalid {
        path: path.to_owned(),
        message: message.to_owned(),
    }
}

/// Reads a control body.
///
/// # Errors
/// [`Invalid`] with the path of the field; never the value.
pub fn parse<T: DeserializeOwned>(body: &[u8]) -> Result<T, Invalid> {
    // Syntax, depth and fields given twice, each with its path.
    if !matches!(Json::parse_request(body)?, Json::Object(_)) {
        return Err(invalid("$", "The body has to be an object"));
    }
    let mut reader = serde_json::Deserializer::from_slice(body);
    serde_path_to_error::deserialize(Objects(&mut reader)).map_err(|error| {
        let path = error.path().to_string();
        let path = if path == "." {
            "$".to_owned()
        } else {
            format!("$.{path}")
        };
        Invalid {
            path,
            message: "A field is unknown, missing, or of another type or range".into(),
        }
    })
}

/// Checks what a widget key allows each of its visitors.
///
/// # Errors
/// [`Invalid`] out of range, and for a key that has no visitors.
pub fn check_visitors(kind: Kind, per_minute: Option<u32>) -> Result<(), Invalid> {
    match per_minute {
        Some(_) if kind != Kind::Widget => {
            Err(invalid("$.visitorRpm", "Only a widget key has visitors"))
        }
        Some(most) if !(1..=VISITOR_RPM_MAX).contains(&most) => Err(invalid(
            "$.visitorRpm",
            "A visitor has 1 to 600 requests per minute",
        )),
        _ => Ok(()),
    }
}

impl NewKey {
    /// Checks what the types cannot: the fields in combination.
    ///
    /// # Errors
    /// [`Invalid`] with the path of the field.
    pub fn validate(self, known_model: impl Fn(&str) -> bool) -> Result<Self, Invalid> {
        let widget = self.kind == Kind::Widget;
        if self.name.chars().count() > NAME_MAX || self.name.chars().any(char::is_control) {
            return Err(invalid(
                "$.name",
                "A name has at most 80 characters and no control characters",
            ));
        }
        if widget && self.origins.is_empty() {
            return Err(invalid(
                "$.origins",
                "A widget key needs the origins it may be used from",
            ));
        }
        if !widget && !self.origins.is_empty() {
            return Err(invalid("$.origins", "Only a widget key has origins"));
        }
        check_visitors(self.kind, self.visitor_rpm)?;
        if self.origins.len() > LIST_MAX || self.models.len() > LIST_MAX {
            return Err(invalid("$", "A list has at most 50 entries"));
        }
        if let Some(at) = self
            .origins
            .iter()
            .position(|pattern| !origin::is_pattern(pattern))
        {
            return Err(invalid(
                &format!("$.origins[{at}]"),
                "An origin is https://host, https://*.example.com or *",
            ));
        }
        if let Some(at) = self.models.iter().position(|model| !known_model(model)) {
            return Err(invalid(
                &format!("$.models[{at}]"),
                "There is no such model",
            ));
        }
        Ok(self)
    }

    /// The record of a key made for this.
    #[must_use]
    pub fn record(&self, id: KeyId, key: &ApiKey) -> KeyRecord {
        let widget = self.kind == Kind::Widget;
        let role = if widget { Role::Developer } else { self.role };
        KeyRecord {
            expires_at_ms: self.expires_at_ms,
            rpm: self.rpm.or(widget.then_some(WIDGET_RPM)),
            tpm: self.tpm,
            concurrency: self.concurrency,
            budget: self.budget_usd,
            visitor_rpm: self.visitor_rpm,
            models: self.models.clone(),
            origins: self.origins.clone(),
            profile: self.profile,
            name: self.name.clone(),
            preview: key.preview(),
            ..KeyRecord::new(id, key.hash(), self.kind, role)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::limits::Limits;

    fn check(json: &str) -> Result<NewKey, Invalid> {
        parse::<NewKey>(json.as_bytes())?.validate(|model| model == "meta-llm")
    }

    #[test]
    fn a_body_is_an_object_and_no_list_of_its_fields() {
        for body in ["[]", "[null,null]", "[\"demo\"]", "null", "\"demo\"", "1"] {
            assert_eq!(check(body).unwrap_err().path, "$", "{body}");
            let settings = parse::<NewSettings>(body.as_bytes());
            assert_eq!(settings.err().map(|it| it.path).as_deref(), Some("$"));
        }
    }

    #[test]
    fn a_tenant_is_enough_for_an_owners_key() {
        let new = check(r#"{"tenant":"demo"}"#).unwrap();
        assert_eq!((new.kind, new.role), (Kind::Standard, Role::Owner));
    }

    #[test]
    fn a_widget_key_is_a_developers_with_a_low_limit() {
        let new = check(r#"{"tenant":"demo","type":"pk","origins":["*"]}"#).unwrap();
        let key = ApiKey::generate(new.kind, &mut |bytes| bytes.fill(1));
        let record = new.record(KeyId::generate(&mut |bytes| bytes.fill(2)), &key);
        assert_eq!(
            (record.role, record.rpm),
            (Role::Developer, Some(WIDGET_RPM))
        );
        assert_eq!(record.hash, key.hash());
    }

    #[test]
    fn a_key_has_the_limits_that_were_named_to_the_nano_dollar() {
        let new = check(
            r#"{"tenant":"demo","rpm":0,"tpm":100000000,"concurrency":1000000,"budgetUsd":0.000000001}"#,
        )
        .unwrap();
        let key = ApiKey::generate(new.kind, &mut |bytes| bytes.fill(1));
        let record = new.record(KeyId::generate(&mut |bytes| bytes.fill(2)), &key);
        assert_eq!(
            record.limits(),
            Limits {
                rpm: Some(0),
                tpm: Some(MAX_PER_MINUTE),
                concurrency: Some(limits::MAX_CONCURRENCY),
                budget: Some(NanoUsd(1)),
            }
        );
        let most = check(r#"{"tenant":"demo","budgetUsd":1000000}"#).unwrap();
        assert_eq!(most.budget_usd, Some(limits::MAX_BUDGET));
        let none = check(r#"{"tenant":"demo","tpm":null,"budgetUsd":null}"#).unwrap();
        assert_eq!((none.tpm, none.budget_usd), (None, None));
    }

    #[test]
    fn settings_are_the_operators_part_and_nothing_else() {
        let all = r#"{"plan":"pro","rpm":1,"tpm":2,"concurrency":3,"budgetUsd":0.5,"shadow":true,"profile":"legal"}"#;
        let settings = Settings::from(parse::<NewSettings>(all.as_bytes()).unwrap());
        assert_eq!(
            settings,
            Settings {
                plan: Some(Plan::Pro),
                rpm: Some(1),
                tpm: Some(2),
                concurrency: Some(3),
                budget: Some(NanoUsd(500_000_000)),
                shadow: true,
                profile: Some(Profile::Legal),
                ..Settings::default()
            }
        );
        let empty = Settings::from(parse::<NewSettings>(b"{}").unwrap());
        assert_eq!(empty, Settings::default());
        for (json, path) in [
            (r#"{"plan":"gold"}"#, "$.plan"),
            (r#"{"shadow":"yes"}"#, "$.shadow"),
            (r#"{"shadow":null}"#, "$.shadow"),
            (r#"{"own":{}}"#, "$.own"),
            (r#"{"budgetUsd":[]}"#, "$.budgetUsd"),
        ] {
            let invalid = parse::<NewSettings>(json.as_bytes()).unwrap_err();
            assert_eq!(invalid.path, path, "{json}");
        }
    }

    #[test]
    fn what_is_wrong_is_named_by_its_path() {
        for (json, path) in [
            ("nonsense", "$"),
            (r#"{"tenant":"demo"} x"#, "$"),
            ("{}", "$"),
            (r#"{"tenant":"DEMO"}"#, "$.tenant"),
            (r#"{"tenant":"demo","tenant":"demo"}"#, "$.tenant"),
            (r#"{"tenant":"demo","colour":1}"#, "$.colour"),
            (r#"{"tenant":"demo","rpm":-1}"#, "$.rpm"),
            (r#"{"tenant":"demo","rpm":1.5}"#, "$.rpm"),
            (r#"{"tenant":"demo","rpm":100000001}"#, "$.rpm"),
            (r#"{"tenant":"demo","tpm":-1}"#, "$.tpm"),
            (r#"{"tenant":"demo","tpm":"1"}"#, "$.tpm"),
            (r#"{"tenant":"demo","tpm":100000001}"#, "$.tpm"),
            (r#"{"tenant":"demo","concurrency":0.5}"#, "$.concurrency"),
            (
                r#"{"tenant":"demo","concurrency":1000001}"#,
                "$.concurrency",
            ),
            (r#"{"tenant":"demo","budgetUsd":-0.01}"#, "$.budgetUsd"),
            (r#"{"tenant":"demo","budgetUsd":"5"}"#, "$.budgetUsd"),
            (
                r#"{"tenant":"demo","budgetUsd":1.0000000001}"#,
                "$.budgetUsd",
            ),
            (r#"{"tenant":"demo","budgetUsd":1000000.01}"#, "$.budgetUsd"),
            (r#"{"tenant":"demo","budgetUsd":1e300}"#, "$.budgetUsd"),
            (r#"{"tenant":"demo","role":"king"}"#, "$.role"),
            (r#"{"tenant":"demo","type":"pk"}"#, "$.origins"),
            (r#"{"tenant":"demo","origins":["*"]}"#, "$.origins"),
            (r#"{"tenant":"demo","visitorRpm":5}"#, "$.visitorRpm"),
            (
                r#"{"tenant":"demo","type":"pk","origins":["*"],"visitorRpm":0}"#,
                "$.visitorRpm",
            ),
            (
                r#"{"tenant":"demo","type":"pk","origins":["*"],"visitorRpm":601}"#,
                "$.visitorRpm",
            ),
            (
                r#"{"tenant":"demo","type":"pk","origins":["*","x"]}"#,
                "$.origins[1]",
            ),
            (
                r#"{"tenant":"demo","models":["meta-llm","nope"]}"#,
                "$.models[1]",
            ),
            (
                &format!(r#"{{"tenant":"demo","name":"{}"}}"#, "x".repeat(81)),
                "$.name",
            ),
        ] {
            assert_eq!(check(json).unwrap_err().path, path, "{json}");
        }
    }
}
