//! Why an object refuses.

use crate::change::Wrong;
use crate::limit_state::{Broken, LimitKind, LimitState};
use crate::role::Role;
use serde::{Deserialize, Serialize};

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
