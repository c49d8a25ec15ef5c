//! What the Worker and a tenant's object say to each other: one typed enum each way.
//!
//! Carried as text: see [`wire`]. Both sides are of one deployment, but an object may answer
//! a Worker of the previous one for seconds: add variants and optional fields, never change one.

pub mod along;
mod refused;
mod usage;
pub mod wire;

pub use crate::key_record::KeyRecord;
pub use crate::lease::{Charge, Granted, Lease, Want};
pub use crate::limit_state::{Broken, LimitKind, LimitSource, LimitState};
pub use crate::settings::Settings;
pub use refused::{BadKey, Forbidden, Refusal};
pub use usage::{Span, Usage, Used};

use crate::change::{By, Change, Claim, Standing};
use crate::id::{KeyId, RequestId};
use crate::key::{KeyHash, Kind};
use crate::metrics::Cell;
use crate::metrics::log::{LogRow, Went};
use crate::metrics::window::Told;
use crate::money::is_zero;
use crate::outbox::Item;
use crate::privacy::Answers;
use crate::profile::Profiles;
use crate::provider_key::Provider;
use crate::role::{Permission, Role};
use crate::scan::Pattern;
use crate::vault::{Lent, Vault};
use crate::visitor::Visitor;
use serde::{Deserialize, Serialize};

/// A call to a tenant's object.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Call {
    /// Change something: settings, keys, members.
    Change(Box<Change>),
    /// May this member or key do this, now? Charges nothing.
    Who(Claim),
    /// The tenant's settings.
    Settings,
    /// The tenant's own provider keys, sealed.
    Vault,
    /// The oldest of what is still to be carried to the other stores.
    Outbox,
    /// What has these numbers, both included, was carried.
    Projected(u64, u64),
    /// All that the other stores should hold: the settings and members, and the keys after this one, in
    /// the order of their hashes.
    Snapshot(Option<KeyHash>),
    /// Is this key good for this, now? Charges nothing.
    Confirm(Ask),
    /// May this request go on? All limits are checked and charged at once, or none.
    Admit(Admit),
    /// The request is still going on, and has come this far.
    Extend(Settle),
    /// The request has ended, and this is what it used.
    Settle(Settle),
    /// The request has ended before it used anything.
    Release(Release),
    /// What was used, and how the limits stand.
    Usage(Span),
    /// What an isolate counted of this tenant's requests that were not admitted.
    Report(Report),
    /// What was counted in a stretch of time, and how the limits stand.
    Windows(Stretch),
    /// A page of the request log.
    Log(LogPage),
}

impl Call {
    /// Whether it is the end of a lease. Nobody waits for that, so its writes may wait for others, and its answer
    /// with them: while an object writes, the platform holds back what it says to anybody.
    #[must_use]
    pub fn is_end(&self) -> bool {
        matches!(self, Self::Settle(_) | Self::Release(_))
    }
}

/// What an isolate counted of one tenant since it last said so.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Report {
    /// By minute, key and model.
    pub windows: Vec<Counted>,
    /// The requests, or some of them.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub log: Vec<LogRow>,
}

/// What was counted in one minute of one key and model.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Counted {
    /// When the minute began, in milliseconds since the Unix epoch.
    pub at_ms: u64,
    /// The key's id, or a backend's name.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub key: String,
    /// The model's catalog id.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub model: String,
    /// The counts.
    pub cell: Cell,
}

/// Windows to read: those that begin in a stretch of time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Stretch {
    /// From here on, in milliseconds since the Unix epoch.
    pub from_ms: u64,
    /// Before this time.
    pub to_ms: u64,
}

/// A page of the request log: the newest first.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct LogPage {
    /// This request alone.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub request: Option<RequestId>,
    /// Not before this time, in milliseconds since the Unix epoch.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub from_ms: u64,
    /// Before this time.
    pub to_ms: u64,
    /// Where the last page ended: those of the very moment `to_ms` with a request id below this, too.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub below: Option<String>,
    /// Of this key.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub key: Option<String>,
    /// Of this model.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub model: Option<String>,
    /// That ended in this way; `error` is any but complete and cancelled.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub how: Option<String>,
    /// How many rows.
    pub limit: u32,
    /// Who wants to read what was said, too; only of a request by its name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reader: Option<By>,
}

/// What was counted, and the ledger as it stands.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Windows {
    /// What was counted, the requests that are going on included.
    pub rows: Vec<Told>,
    /// The month and its limits; without rows.
    pub usage: Usage,
}

/// A request that asks to be admitted.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Admit {
    /// Who, and what for.
    pub ask: Ask,
    /// Names the lease; everything about it is idempotent by this.
    pub request: RequestId,
    /// How much to reserve.
    pub want: Want,
    /// Where the caller named an idempotency key.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub repeat: Option<Repeat>,
    /// Who calls with a widget key; no other key has visitors.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub visitor: Option<Visitor>,
    /// Where the tenant has keys of its own for providers, as far as the Worker knows.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub own: Option<OwnKeys>,
}

/// What a request was prepared with of the tenant's own provider keys.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct OwnKeys {
    /// The providers that there are keys for.
    pub known: Vec<Provider>,
    /// Those whose keys the request may need.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub needed: Vec<Provider>,
    /// The model that was asked for is called with one: its price is none.
    #[serde(default, skip_serializing_if = "core::ops::Not::not")]
    pub pays: bool,
}

/// A lease and what it has used: so far, or at its end.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Settle {
    /// The lease, as it was given.
    pub lease: Lease,
    /// What was used.
    pub charge: Charge,
    /// Where the caller named an idempotency key: the answer for a repeat.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub keep: Option<Keep>,
    /// How the request went, at its end.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub went: Option<Went>,
}

/// A lease that ends unused.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Release {
    /// The request that may hold it.
    pub request: RequestId,
    /// The lease, if the Worker knows it; a Worker that never heard whether it was admitted does not.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub lease: Option<Lease>,
    /// Where the caller named an idempotency key: as in [`Repeat::id`].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub repeat: Option<String>,
    /// How the request went.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub went: Option<Went>,
}

/// A request that must not run twice.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Repeat {
    /// A digest of idempotency key, API key, route and effective profile, in hex.
    pub id: String,
    /// A digest of the body, in hex.
    pub body: String,
}

/// What to keep of a finished answer for its repeats.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Keep {
    /// As in [`Repeat::id`].
    pub id: String,
    /// The answer as the Worker sealed it, as text; `None` where it is not to be stored.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sealed: Option<String>,
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
    /// What the tenant has done with personal data in answers.
    #[serde(default, skip_serializing_if = "Answers::is_off")]
    pub answers: Answers,
    /// What else the tenant counts as personal data under a regulated profile.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub patterns: Vec<Pattern>,
    /// Catalog ids that the key may call; empty is all.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub models: Vec<String>,
    /// The providers that the tenant has a key of its own for.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub own: Vec<Provider>,
    /// What is asked and answered is to be told with the last word, unless the request has a regulated profile.
    #[serde(default, skip_serializing_if = "core::ops::Not::not")]
    pub texts: bool,
}

/// An object's answer.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Reply {
    /// Done, durably.
    Done,
    /// The key is good for what was asked.
    Confirmed(Principal),
    /// The request may go on.
    Admitted(Admission),
    /// It may not, and nothing was charged.
    Refused(Refusal),
    /// The lease has ended; this is what was charged.
    Settled(Charge),
    /// The answer of the same request, which had been asked before.
    Repeated(Principal, Repeated),
    /// What was used.
    Usage(Usage),
    /// What was changed; to be carried to the other stores.
    Changed(Vec<Item>),
    /// What is to be carried to the other stores, or should be there.
    Items(Vec<Item>),
    /// Who it is and what they may do.
    Who(Standing),
    /// The tenant's settings.
    Settings(Box<Settings>),
    /// The tenant's own provider keys, sealed.
    Vault(Box<Vault>),
    /// What was counted.
    Windows(Windows),
    /// A page of the request log.
    Log(Vec<LogRow>),
}

/// A request that may go on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Admission {
    /// Whom the key stands for.
    pub principal: Principal,
    /// What was set aside.
    pub granted: Granted,
    /// The limits as they stand after it.
    pub limits: Vec<LimitState>,
    /// The limit that would have refused it, were limits enforced.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub shadowed: Option<Broken>,
    /// The keys that the request may need, sealed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub own: Option<Lent>,
}

/// What became of the first of two requests with the same idempotency key.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Repeated {
    /// It finished; the answer as it was sealed.
    Answer(String),
    /// It was another body.
    OtherBody,
    /// It is still running.
    Running,
    /// It finished, and its answer was not kept: a stream, too long, or under a regulated profile.
    NotKept(RequestId),
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_admission_is_a_short_message() {
        let admit = Admit {
            ask: Ask {
                key: KeyHash::from_hex(&"00".repeat(32)).unwrap(),
                needs: Permission::CallModels,
                model: Some("meta-llm".into()),
                origin: None,
            },
            request: RequestId::try_from("req_0123456789abcdefABCDEF".to_owned()).unwrap(),
            want: Want {
                input_tokens: 20,
                output_cap: None,
                output_most: 500,
                input_price: 1,
                output_price: 2,
                ..Want::default()
            },
            repeat: None,
            own: None,
            visitor: None,
        };
        let json = serde_json::to_string(&Call::Admit(admit.clone())).unwrap();
        assert_eq!(
            json,
            format!(
                r#"{{"admit":{{"ask":{{"key":"{}","needs":"call_models","model":"meta-llm"}},"request":"req_0123456789abcdefABCDEF","want":{{"input_tokens":20,"output_most":500,"input_price":1,"output_price":2}}}}}}"#,
                "00".repeat(32)
            )
        );
        assert_eq!(
            serde_json::from_str::<Call>(&json).unwrap(),
            Call::Admit(admit)
        );
    }
}
