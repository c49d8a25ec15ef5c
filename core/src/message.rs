//! What the Worker and a tenant's object say to each other: one typed enum each way.
//!
//! Carried as text: see [`wire`]. Both sides are of one deployment, but an object may answer
//! a Worker of the previous one for seconds: add variants and optional fields, never change one.

pub mod wire;

use crate::calendar::{Day, Month};
use crate::change::{By, Change, Claim, Standing, Wrong};
use crate::id::{KeyId, RequestId, TenantId};
use crate::key::{KeyHash, Kind};
use crate::limits::{Limits, Plan};
use crate::member::Creator;
use crate::metrics::Cell;
use crate::metrics::log::{LogRow, Went};
use crate::metrics::window::Told;
use crate::money::NanoUsd;
use crate::outbox::Item;
use crate::privacy::{Answers, Privacy};
use crate::profile::{Profile, Profiles};
use crate::provider_key::Provider;
use crate::role::{Permission, Role};
use crate::scan::Pattern;
use crate::vault::{Lent, Vault};
use crate::visitor::{self, Visitor};
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

/// An upper bound of what a request may use, and its price.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Want {
    /// No tokenizer makes more of the input.
    pub input_tokens: u32,
    /// The output cap that the caller set; `None` leaves it to the limits.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub output_cap: Option<u32>,
    /// The largest output that the model and the kind of key allow.
    pub output_most: u32,
    /// Nano-USD per million input tokens, at the dearest rate that may apply.
    pub input_price: u64,
    /// Nano-USD per million output tokens.
    pub output_price: u64,
    /// The same prices of the dearest model that may answer in its place. What that may cost more is set
    /// aside only where there is room for it, and decides about nothing.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub dearest_input: u64,
    /// For its output.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub dearest_output: u64,
}

/// What was set aside for a request. The Worker gives it back with every later word on the lease, so
/// that an object which has lost its memory can still settle it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Lease {
    /// The request that holds it.
    pub request: RequestId,
    /// The key it was admitted with.
    pub key: KeyId,
    /// The catalog id of its model; empty where none is called.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub model: String,
    /// When it was admitted, in milliseconds since the Unix epoch.
    pub admitted_ms: u64,
    /// Input tokens reserved.
    pub input_tokens: u32,
    /// Output tokens reserved: the cap to send the backend.
    pub output_cap: u32,
    /// The price of both.
    pub cost: NanoUsd,
    /// The backend that is asked now is called with the tenant's own key.
    #[serde(default, skip_serializing_if = "core::ops::Not::not")]
    pub own: bool,
}

impl Lease {
    /// All tokens reserved.
    #[must_use]
    pub fn tokens(&self) -> u64 {
        u64::from(self.input_tokens) + u64::from(self.output_cap)
    }
}

/// What a request has used.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Charge {
    /// Input tokens, cached ones included.
    pub input_tokens: u64,
    /// Input tokens that the backend had cached.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub cached_tokens: u64,
    /// Output tokens.
    pub output_tokens: u64,
    /// Their price.
    pub cost: NanoUsd,
    /// Whether any of it is an estimate.
    #[serde(default, skip_serializing_if = "core::ops::Not::not")]
    pub estimated: bool,
}

fn is_zero(number: &u64) -> bool {
    *number == 0
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

/// Days of usage to read, both included.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Span {
    /// The first day.
    pub from: Day,
    /// The last day.
    pub to: Day,
}

/// What one key used of one model on one day.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Used {
    /// The day of admission.
    pub day: Day,
    /// The key's public identifier.
    pub key: String,
    /// The model's catalog id.
    pub model: String,
    /// Requests that were charged.
    pub requests: u64,
    /// Of these, how many with an estimate in it.
    pub estimated: u64,
    /// Input tokens, cached ones included.
    pub input_tokens: u64,
    /// Input tokens that backends had cached.
    pub cached_tokens: u64,
    /// Output tokens.
    pub output_tokens: u64,
    /// What was charged.
    pub cost: NanoUsd,
    /// Of the requests, how many were answered with the tenant's own provider key.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub own_key: u64,
}

/// Usage, and the ledger as it stands.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Usage {
    /// One row per day, key and model.
    pub rows: Vec<Used>,
    /// The calendar month that the sums below are of.
    pub month: Month,
    /// Charged to the tenant in this month.
    pub spent: NanoUsd,
    /// Reserved for requests that are going on, or that may have been when the object last restarted.
    pub reserved: NanoUsd,
    /// Requests going on.
    pub in_flight: u32,
    /// The tenant's limits as they hold.
    pub limits: Limits,
    /// Whether they are only counted.
    #[serde(default, skip_serializing_if = "core::ops::Not::not")]
    pub shadow: bool,
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
    /// What the tenant pays for; `None` has no limits of its own.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub plan: Option<Plan>,
    /// The operator's override: requests per minute.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rpm: Option<u32>,
    /// The operator's override: tokens per minute.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tpm: Option<u32>,
    /// The operator's override: requests at the same time.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub concurrency: Option<u32>,
    /// The operator's override: spend per calendar month.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub budget: Option<NanoUsd>,
    /// Lower limits that the tenant set for itself.
    #[serde(default, skip_serializing_if = "Limits::is_empty")]
    pub own: Limits,
    /// Limits are counted and reported, but not enforced.
    #[serde(default, skip_serializing_if = "core::ops::Not::not")]
    pub shadow: bool,
    /// The profile that the operator asks for; `None` is general.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub profile: Option<Profile>,
    /// The tenant itself; unknown until the first change.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub id: Option<TenantId>,
    /// What people call it.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub name: String,
    /// The largest plan that the tenant may choose; `None` is the operator's own.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max_plan: Option<Plan>,
    /// The plan that the tenant chose instead of the operator's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub chosen: Option<Plan>,
    /// The operator has stopped model calls and changes.
    #[serde(default, skip_serializing_if = "core::ops::Not::not")]
    pub suspended: bool,
    /// What the tenant set for itself.
    #[serde(default, skip_serializing_if = "Privacy::is_empty")]
    pub privacy: Privacy,
    /// When it was made, in milliseconds since the Unix epoch.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub created_at_ms: u64,
    /// When it was deleted, in milliseconds since the Unix epoch: then nothing else is left.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub deleted_at_ms: Option<u64>,
    /// Grows with every change of these settings.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub version: u64,
}

impl Settings {
    /// The limits that hold: what is allowed, lowered by the tenant's own.
    #[must_use]
    pub fn limits(&self) -> Limits {
        self.allowed().lower_of(self.own)
    }

    /// The limits that the operator allows: overrides over the plan's.
    #[must_use]
    pub fn allowed(&self) -> Limits {
        let plan = self.plan().map(Plan::limits).unwrap_or_default();
        self.overrides().or(plan)
    }

    /// What the operator set over the plan's limits.
    #[must_use]
    pub fn overrides(&self) -> Limits {
        Limits {
            rpm: self.rpm,
            tpm: self.tpm,
            concurrency: self.concurrency,
            budget: self.budget,
        }
    }

    /// The plan that holds.
    #[must_use]
    pub fn plan(&self) -> Option<Plan> {
        self.chosen.or(self.plan)
    }

    /// Whether the tenant may choose this plan by itself. Where the operator has set none, there are no
    /// limits that a plan could raise.
    #[must_use]
    pub fn may_choose(&self, plan: Plan) -> bool {
        self.max_plan.or(self.plan).is_none_or(|most| plan <= most)
    }

    /// The profiles that the operator and the tenant ask for.
    #[must_use]
    pub fn profiles(&self) -> Profiles {
        [self.profile, self.privacy.profile]
            .into_iter()
            .flatten()
            .fold(Profiles::default(), Profiles::with)
    }

    /// Whether what is asked and answered is kept with the request log, unless a key or a request has a regulated
    /// profile of its own.
    #[must_use]
    pub fn keeps_texts(&self) -> bool {
        self.privacy.texts && !self.profiles().is_regulated()
    }
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

/// What was set aside for a request that was admitted; with what it asked for, a [`Lease`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Granted {
    /// When, in milliseconds since the Unix epoch.
    pub admitted_ms: u64,
    /// The output cap to send the backend, in tokens.
    pub output_cap: u32,
    /// The price of all that was reserved.
    pub cost: NanoUsd,
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

/// Which limit of whom.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Broken {
    /// What it counts.
    pub kind: LimitKind,
    /// Whose it is.
    pub source: LimitSource,
}

impl Broken {
    /// The limit's name, as in `RateLimit` and in metrics.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match (self.source, self.kind) {
            (LimitSource::Tenant, LimitKind::Requests) => "tenant-requests",
            (LimitSource::Tenant, LimitKind::Tokens) => "tenant-tokens",
            (LimitSource::Tenant, LimitKind::Concurrency) => "tenant-concurrency",
            (LimitSource::Tenant, LimitKind::Spend) => "tenant-spend",
            (LimitSource::Key, LimitKind::Requests) => "key-requests",
            (LimitSource::Key, LimitKind::Tokens) => "key-tokens",
            (LimitSource::Key, LimitKind::Concurrency) => "key-concurrency",
            (LimitSource::Key, LimitKind::Spend) => "key-spend",
            (LimitSource::Visitor, LimitKind::Requests) => "visitor-requests",
            // A visitor has no other limit.
            (LimitSource::Visitor, _) => "visitor",
        }
    }
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
        /// The limit that makes the caller wait longest.
        broken: Broken,
        /// Milliseconds until the same request would be admitted, if nothing else is.
        wait_ms: u64,
        /// The request is more than the limit ever allows: waiting will not help.
        #[serde(default, skip_serializing_if = "core::ops::Not::not")]
        never: bool,
    },
    /// The key id or tenant of a change is not known here.
    NotFound,
    /// The change contradicts what is known here.
    Conflict,
    /// The change cannot be made as things are.
    Change(Wrong),
    /// The request was prepared with other provider keys of the tenant's own than there are now.
    OwnKeys,
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
    /// The operator has suspended the tenant.
    Suspended,
    /// A key above the role of its maker.
    AboveOwn,
    /// A limit above the one that the operator allows.
    Limit(LimitKind),
    /// A plan above the one that the operator allows.
    Plan,
    /// Only the operator may.
    Operator,
    /// Only a signed-in person may.
    Person,
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
            Self::Suspended => "The operator has suspended this tenant".into(),
            Self::AboveOwn => "A key may not have a higher role than its maker".into(),
            Self::Limit(kind) => format!(
                "The limit of {} may be lowered here; the plan or the operator has to raise it",
                match kind {
                    LimitKind::Requests => "requests per minute",
                    LimitKind::Tokens => "tokens per minute",
                    LimitKind::Concurrency => "requests at the same time",
                    LimitKind::Spend => "spend per month",
                }
            ),
            Self::Plan => "The operator has to allow this plan".into(),
            Self::Operator => "Only the operator of this deployment may do this".into(),
            Self::Person => "This needs a signed-in person; a key may not do it".into(),
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
    /// One visitor's of a widget key.
    Visitor,
}

impl LimitSource {
    /// The source's name, as in `details.limit_source`.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Tenant => "tenant",
            Self::Key => "key",
            Self::Visitor => "visitor",
        }
    }
}

/// What a limit counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LimitKind {
    /// Requests per minute.
    Requests,
    /// Input and output tokens per minute.
    Tokens,
    /// Requests at the same time.
    Concurrency,
    /// Spend per calendar month, in nano-USD.
    Spend,
}

/// One limit as it stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LimitState {
    /// What it counts.
    pub kind: LimitKind,
    /// Whose it is.
    pub source: LimitSource,
    /// How many in a window; also the burst. For spend: nano-USD.
    pub limit: u64,
    /// The window in seconds; 0 where there is none.
    pub window_s: u32,
    /// How many are left now. For spend: nano-USD.
    pub remaining: u64,
    /// For spend: what is charged to this month, in nano-USD; else 0.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub spent: u64,
    /// Milliseconds until all are there again; 0 where nobody knows.
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

    #[test]
    fn a_tenant_chooses_among_the_plans_that_the_operator_allows() {
        let free = Settings {
            plan: Some(Plan::Free),
            ..Settings::default()
        };
        assert!(free.may_choose(Plan::Free) && !free.may_choose(Plan::Pro));
        let more = Settings {
            max_plan: Some(Plan::Scale),
            chosen: Some(Plan::Pro),
            ..free
        };
        assert!(more.may_choose(Plan::Scale) && !more.may_choose(Plan::Enterprise));
        assert_eq!(more.limits(), Plan::Pro.limits());
        assert!(Settings::default().may_choose(Plan::Enterprise));
    }

    #[test]
    fn the_lowest_limit_holds_and_an_override_may_be_higher_than_the_plan() {
        let settings = Settings {
            plan: Some(Plan::Free),
            rpm: Some(5_000),
            own: Limits {
                concurrency: Some(1),
                ..Limits::default()
            },
            ..Settings::default()
        };
        let limits = settings.limits();
        assert_eq!((limits.rpm, limits.concurrency), (Some(5_000), Some(1)));
        assert_eq!(limits.budget, Plan::Free.limits().budget);
        assert!(Settings::default().limits().is_empty());
    }
}
