//! What a tenant's object keeps durably: the rows, and the writes that one step makes.
//!
//! The shell makes the writes of a step durable together, before the reply leaves. Loading the rows
//! again gives a machine that has promised the same.

use crate::alarm::{Purpose, Schedule};
use crate::bucket::Stored;
use crate::calendar::Day;
use crate::id::{KeyId, RequestId, UserId};
use crate::key::KeyHash;
use crate::member::Member;
use crate::message::{Charge, KeyRecord, Lease, LogPage, Settings, Span, Stretch, Used};
use crate::metrics::log::LogRow;
use crate::metrics::window::{Told, WindowRow};
use crate::money::NanoUsd;
use crate::outbox::Item;
use crate::vault::Vault;
use crate::visitor::Visitor;
use serde::{Deserialize, Serialize};

/// The largest integer that is kept: every one passes through a JavaScript number, which holds integers
/// below 2^53 exactly. Budgets lie far below it, so only sums that nothing limits can come near: they saturate.
pub const MOST: u64 = (1 << 53) - 1;

/// Whose an account is: the empty text is the tenant's own, else it is a key's id.
pub type Scope = String;

/// Which rate of an account a bucket counts. The text is part of a primary key: never change one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Rate {
    /// Requests per minute.
    Requests,
    /// Tokens per minute.
    Tokens,
}

impl Rate {
    /// Both.
    pub const ALL: [Self; 2] = [Self::Requests, Self::Tokens];

    /// The stored name.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Requests => "requests",
            Self::Tokens => "tokens",
        }
    }

    /// Reads a stored name; `None` for one of another release.
    #[must_use]
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|rate| rate.as_str() == name)
    }
}

/// A durable bound of what may be in flight without being written down lease by lease.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Pledge {
    /// Money reserved by leases that are open.
    pub cost: NanoUsd,
    /// How many leases are open.
    pub slots: u32,
}

/// A lease that is written down.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LeaseRow {
    /// What was promised.
    pub lease: Lease,
    /// What was used when the Worker last said so.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub so_far: Option<Charge>,
    /// When it ends unless something is heard of it, in milliseconds since the Unix epoch.
    pub expires_ms: u64,
}

/// How a lease came to be charged.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ending {
    /// The Worker said what was used.
    Settled,
    /// Nobody said anything any more.
    Expired,
}

/// One lease's charge.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ChargeRow {
    /// When it was admitted, in milliseconds since the Unix epoch.
    pub admitted_ms: u64,
    /// The request that held it.
    pub request: RequestId,
    /// What was charged.
    pub charge: Charge,
    /// Why.
    pub ending: Ending,
}

/// What changes in the sums of one key's use of one model on one day. Negative in corrections.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct UsedChange {
    /// The day of admission.
    pub day: Day,
    /// The key's id.
    pub key: String,
    /// The model's catalog id.
    pub model: String,
    /// Requests charged.
    pub requests: i64,
    /// Requests charged with an estimate in it.
    pub estimated: i64,
    /// Input tokens.
    pub input_tokens: i64,
    /// Cached input tokens.
    pub cached_tokens: i64,
    /// Output tokens.
    pub output_tokens: i64,
    /// Money in nano-USD.
    pub cost: i64,
    /// Of the requests, how many were answered with the tenant's own provider key.
    pub own_key: i64,
}

/// How far a request with an idempotency key has come.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Progress {
    /// Admitted; nothing was heard since.
    Running,
    /// Finished; its answer as it was sealed.
    Kept(String),
    /// Finished without an answer to give again.
    NotKept,
}

/// A request with an idempotency key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RepeatRow {
    /// The digest it is found by.
    pub id: String,
    /// The digest of its body.
    pub body: String,
    /// The request that ran.
    pub request: RequestId,
    /// When it was admitted, in milliseconds since the Unix epoch.
    pub admitted_ms: u64,
    /// How far it has come.
    pub progress: Progress,
    /// Whether it was charged; read, never written.
    pub charged: bool,
}

/// A visitor of a widget key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct VisitorRow {
    /// Who.
    pub visitor: Visitor,
    /// Units that are missing in the visitor's bucket.
    pub missing: u64,
    /// When they were, in milliseconds since the Unix epoch.
    pub at_ms: u64,
    /// The limit that the bucket is of.
    pub per_minute: u32,
}

/// Something the shell has to make durable before the reply leaves.
#[derive(Clone, Debug, PartialEq)]
pub enum Write {
    /// The tenant's settings.
    Settings(Settings),
    /// A key's record, by its hash.
    Key(KeyRecord),
    /// A key that nobody needs to remember any more.
    KeyGone(KeyHash),
    /// When a key was last used, as the other stores were told.
    Seen(KeyHash, u64),
    /// A member.
    Member(Member),
    /// A member who is none any more.
    MemberGone(UserId),
    /// The tenant's own provider keys, sealed.
    Vault(Box<Vault>),
    /// Something for the other stores.
    Outbox(Item),
    /// What has these numbers, both included, was carried.
    Projected(u64, u64),
    /// All of the tenant but its settings and what the other stores have to be told.
    Wipe,
    /// A rate limit's state.
    Bucket(Scope, Rate, Stored),
    /// A visitor of a widget key, new or in the present state.
    Visitor(VisitorRow),
    /// Visitors who were there before this time, and not since.
    VisitorsGone(u64),
    /// An account's pledge.
    Pledge(Scope, Pledge),
    /// A lease, new or in its present state.
    Lease(LeaseRow),
    /// A lease that is no more.
    LeaseGone(RequestId),
    /// A charge, new or corrected.
    Charge(ChargeRow),
    /// A change of the sums.
    Used(UsedChange),
    /// A request with an idempotency key that was admitted.
    Repeat(RepeatRow),
    /// How such a request ended: by its digest, if it is still of this request.
    RepeatEnded(String, RequestId, Progress),
    /// A request with an idempotency key that may run anew.
    RepeatGone(String, RequestId),
    /// Charges and idempotency keys from before this time are of no use any more.
    Forget(u64),
    /// The object's alarm, in milliseconds since the Unix epoch.
    Alarm(Purpose, u64),
    /// What was counted in a window, new or in its present state.
    Window(WindowRow),
    /// A window's row that is part of a longer one now, by its id.
    WindowGone(u64),
    /// A row of the request log, new or corrected.
    Log(LogRow),
    /// No text of a request is kept any more.
    TextsGone,
    /// What the request log and the windows keep.
    Trim(Kept),
}

/// How far back the request log and the windows of days go.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Kept {
    /// Rows of the log from before this time are forgotten, in milliseconds since the Unix epoch.
    pub log_from_ms: u64,
    /// The most rows that the log keeps: the newest.
    pub log_rows: u32,
    /// Texts of requests from before this time are forgotten, and those whose row is gone.
    pub texts_from_ms: u64,
    /// The most requests whose texts are kept: the newest.
    pub texts_rows: u32,
    /// Windows of days from before this time are forgotten.
    pub days_from_ms: u64,
}

impl Write {
    /// Whether it is a row, and not only the platform's alarm.
    #[must_use]
    pub fn is_row(&self) -> bool {
        !matches!(self, Self::Alarm(purpose, _) if !purpose.is_durable())
    }
}

/// The same writes with the changes of one sum added up: many requests that end together are mostly of
/// few keys and models.
#[must_use]
pub fn coalesce(writes: Vec<Write>) -> Vec<Write> {
    let mut sums: Vec<UsedChange> = Vec::new();
    let mut rest = Vec::with_capacity(writes.len());
    for write in writes {
        let Write::Used(change) = write else {
            rest.push(write);
            continue;
        };
        let known = sums.iter_mut().find(|sum| {
            sum.day == change.day
                && sum.key == change.key
                && sum.model == change.model
                && sum.holds(&change)
        });
        match known {
            Some(sum) => sum.add(&change),
            None => sums.push(change),
        }
    }
    rest.extend(sums.into_iter().map(Write::Used));
    rest
}

impl UsedChange {
    fn add(&mut self, more: &Self) {
        for (sum, more) in [
            (&mut self.requests, more.requests),
            (&mut self.estimated, more.estimated),
            (&mut self.input_tokens, more.input_tokens),
            (&mut self.cached_tokens, more.cached_tokens),
            (&mut self.output_tokens, more.output_tokens),
            (&mut self.cost, more.cost),
            (&mut self.own_key, more.own_key),
        ] {
            *sum = sum.saturating_add(more);
        }
    }

    /// Whether a change can be added to this one, so that what comes of it can still be kept.
    fn holds(&self, more: &Self) -> bool {
        [
            (self.input_tokens, more.input_tokens),
            (self.output_tokens, more.output_tokens),
            (self.cost, more.cost),
        ]
        .into_iter()
        .all(|(sum, more)| sum.saturating_add(more).unsigned_abs() <= MOST)
    }
}

/// A count or an amount as a change of a sum.
pub(crate) fn signed(value: u64) -> i64 {
    i64::try_from(value.min(MOST)).unwrap_or(i64::MAX)
}

/// What a call needs to know that is not kept in memory.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Lookup {
    /// A request with an idempotency key, by its digest.
    Repeat(String),
    /// A lease's charge, by the time of admission and the request.
    Charge(u64, RequestId),
    /// The sums of some days.
    Used(Span),
    /// The oldest items of the outbox, so many.
    Outbox(usize),
    /// Whether a request is in the log, by the time of admission.
    Logged(u64, RequestId),
    /// What was counted in a stretch of time.
    Windows(Stretch),
    /// Rows of windows that are old enough to become longer ones: minutes from before the first time,
    /// hours from before the second, and not more than so many.
    Old(u64, u64, u32),
    /// A page of the log.
    Log(LogPage),
}

/// What the shell found for a [`Lookup`].
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Found {
    /// For [`Lookup::Repeat`].
    pub repeat: Option<RepeatRow>,
    /// For [`Lookup::Charge`].
    pub charge: Option<ChargeRow>,
    /// For [`Lookup::Used`].
    pub used: Vec<Used>,
    /// For [`Lookup::Outbox`].
    pub items: Vec<Item>,
    /// For [`Lookup::Logged`].
    pub logged: bool,
    /// For [`Lookup::Windows`].
    pub windows: Vec<Told>,
    /// For [`Lookup::Old`].
    pub old: Vec<WindowRow>,
    /// For [`Lookup::Log`].
    pub log: Vec<LogRow>,
}

/// All that was written, as it is needed to begin.
#[derive(Clone, Debug, Default)]
pub struct Image {
    /// The tenant's settings; unknown tenants have none.
    pub settings: Option<Settings>,
    /// Every key.
    pub keys: Vec<KeyRecord>,
    /// When keys were last used, as the other stores were told.
    pub seen: Vec<(KeyHash, u64)>,
    /// Every member.
    pub members: Vec<Member>,
    /// The tenant's own provider keys, sealed.
    pub vault: Vault,
    /// The numbers of the outbox's items.
    pub pending: Vec<u64>,
    /// The largest number that was carried.
    pub carried: u64,
    /// Rate limits in use.
    pub buckets: Vec<(Scope, Rate, Stored)>,
    /// Visitors of widget keys.
    pub visitors: Vec<VisitorRow>,
    /// Pledges.
    pub pledges: Vec<(Scope, Pledge)>,
    /// Leases that are open.
    pub leases: Vec<LeaseRow>,
    /// What was charged by key and day, of this month and the one before.
    pub spent: Vec<(KeyId, Day, NanoUsd)>,
    /// Bytes of kept answers, by the time at which their hour of admission began, in ms.
    pub kept: Vec<(u64, u64)>,
    /// Due times.
    pub schedule: Schedule,
    /// The highest id of a window's row.
    pub last_window: u64,
}
