//! Limits: how much of what, from whom, and which one holds.
//!
//! In scope: combining the plan, the operator's overrides and the tenant's own. Out of scope: counting
//! (`bucket`, `ledger`).

use crate::bucket::MAX_PER_MINUTE;
use crate::limit_state::LimitKind;
use crate::money::NanoUsd;
use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize};
use std::sync::LazyLock;

/// The most requests that may be limited to at once; above it a limit is no limit.
pub const MAX_CONCURRENCY: u32 = 1_000_000;
/// The largest monthly budget: a million USD, far below what a JavaScript number holds in nano-USD.
pub const MAX_BUDGET: NanoUsd = NanoUsd(1_000_000 * 1_000_000_000);

/// A set of limits. What is absent is not limited; zero admits nothing.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Limits {
    /// Requests per minute; also the burst.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rpm: Option<u32>,
    /// Input and output tokens per minute; also the burst.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tpm: Option<u32>,
    /// Requests at the same time.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub concurrency: Option<u32>,
    /// Spend per calendar month (UTC), in nano-USD.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub budget: Option<NanoUsd>,
}

impl Limits {
    /// Whether nothing is limited.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    /// These limits, with `other` for what they do not limit.
    #[must_use]
    pub fn or(self, other: Self) -> Self {
        Self {
            rpm: self.rpm.or(other.rpm),
            tpm: self.tpm.or(other.tpm),
            concurrency: self.concurrency.or(other.concurrency),
            budget: self.budget.or(other.budget),
        }
    }

    /// The lower of both, limit by limit.
    #[must_use]
    pub fn lower_of(self, other: Self) -> Self {
        fn lower<T: Ord>(one: Option<T>, other: Option<T>) -> Option<T> {
            match (one, other) {
                (Some(one), Some(other)) => Some(one.min(other)),
                (one, other) => one.or(other),
            }
        }
        Self {
            rpm: lower(self.rpm, other.rpm),
            tpm: lower(self.tpm, other.tpm),
            concurrency: lower(self.concurrency, other.concurrency),
            budget: lower(self.budget, other.budget),
        }
    }

    /// The name of the first limit that is above what can be counted exactly.
    #[must_use]
    pub fn too_large(&self) -> Option<&'static str> {
        let above = |limit: Option<u32>, most: u32| limit.is_some_and(|limit| limit > most);
        match () {
            () if above(self.rpm, MAX_PER_MINUTE) => Some("rpm"),
            () if above(self.tpm, MAX_PER_MINUTE) => Some("tpm"),
            () if above(self.concurrency, MAX_CONCURRENCY) => Some("concurrency"),
            () if self.budget > Some(MAX_BUDGET) => Some("budgetUsd"),
            () => None,
        }
    }
}

/// A change of limits: what is neither set nor cleared stays.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct LimitsEdit {
    /// New limits.
    #[serde(default, skip_serializing_if = "Limits::is_empty")]
    pub set: Limits,
    /// What is not limited any more.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub clear: Vec<LimitKind>,
}

impl LimitsEdit {
    /// The limits after it.
    #[must_use]
    pub fn of(&self, before: Limits) -> Limits {
        let kept = |kind| !self.clear.contains(&kind);
        let kept = Limits {
            rpm: before.rpm.filter(|_| kept(LimitKind::Requests)),
            tpm: before.tpm.filter(|_| kept(LimitKind::Tokens)),
            concurrency: before.concurrency.filter(|_| kept(LimitKind::Concurrency)),
            budget: before.budget.filter(|_| kept(LimitKind::Spend)),
        };
        self.set.or(kept)
    }
}

/// What a tenant pays for: a name for a set of limits in `config/plans.json`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Plan {
    /// To try it.
    Free,
    /// For a product.
    Pro,
    /// For a busy product.
    Scale,
    /// As agreed: what the plan leaves open the operator sets.
    Enterprise,
}

impl Plan {
    /// Every plan, smallest first.
    pub const ALL: [Self; 4] = [Self::Free, Self::Pro, Self::Scale, Self::Enterprise];

    /// The plan's name, as in JSON.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Free => "free",
            Self::Pro => "pro",
            Self::Scale => "scale",
            Self::Enterprise => "enterprise",
        }
    }

    /// Its limits, as they ship.
    #[must_use]
    pub fn limits(self) -> Limits {
        static SHIPPED_PLANS: LazyLock<Option<Plans>> =
            LazyLock::new(|| Plans::parse(SHIPPED).ok());
        // A test refuses a file that does not parse, so that it cannot ship; should it all the same,
        // nothing is admitted.
        let closed = Limits {
            rpm: Some(0),
            ..Limits::default()
        };
        SHIPPED_PLANS.as_ref().map_or(closed, |plans| match self {
            Self::Free => plans.free,
            Self::Pro => plans.pro,
            Self::Scale => plans.scale,
            Self::Enterprise => plans.enterprise,
        })
    }
}

/// The plans as they ship.
pub const SHIPPED: &str = include_str!("../../config/plans.json");

/// The limits of every plan: a tenant's, unless the operator overrides them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Plans {
    #[serde(deserialize_with = "row")]
    free: Limits,
    #[serde(deserialize_with = "row")]
    pro: Limits,
    #[serde(deserialize_with = "row")]
    scale: Limits,
    #[serde(deserialize_with = "row")]
    enterprise: Limits,
}

/// Limits as people write them: money in USD.
fn row<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Limits, D::Error> {
    #[derive(Deserialize)]
    #[serde(deny_unknown_fields, rename_all = "camelCase")]
    struct Row {
        rpm: Option<u32>,
        tpm: Option<u32>,
        concurrency: Option<u32>,
        #[serde(default, deserialize_with = "usd")]
        budget_usd: Option<NanoUsd>,
    }
    let row = Row::deserialize(deserializer)?;
    Ok(Limits {
        rpm: row.rpm,
        tpm: row.tpm,
        concurrency: row.concurrency,
        budget: row.budget_usd,
    })
}

/// Reads a budget: a JSON number of USD from 0 to [`MAX_BUDGET`] with at most nine decimals, or null.
///
/// # Errors
/// For anything else.
pub fn usd<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<NanoUsd>, D::Error> {
    let Some(usd) = Option::<f64>::deserialize(deserializer)? else {
        return Ok(None);
    };
    NanoUsd::from_usd(usd)
        .filter(|budget| *budget <= MAX_BUDGET)
        .map(Some)
        .ok_or_else(|| D::Error::custom("not an amount of USD that can be a limit"))
}

impl Plans {
    /// Parses and validates the configuration.
    ///
    /// # Errors
    /// A sentence that names what is wrong.
    pub fn parse(json: &str) -> Result<Self, String> {
        let plans: Self = serde_json::from_str(json).map_err(|error| error.to_string())?;
        for (name, limits) in [
            ("free", plans.free),
            ("pro", plans.pro),
            ("scale", plans.scale),
            ("enterprise", plans.enterprise),
        ] {
            if let Some(limit) = limits.too_large() {
                return Err(format!("{name}: {limit} is above the largest limit"));
            }
        }
        Ok(plans)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_shipped_plans_are_valid_and_each_is_above_the_one_before() {
        assert!(Plans::parse(SHIPPED).is_ok());
        for (smaller, larger) in Plan::ALL.iter().zip(Plan::ALL.iter().skip(1)) {
            let (smaller, larger) = (smaller.limits(), larger.limits());
            assert_eq!(smaller.lower_of(larger), smaller);
            assert_ne!(smaller, larger);
        }
        assert!(Plan::Free.limits().budget > Some(NanoUsd::ZERO));
    }

    #[test]
    fn wrong_plans_are_refused_with_the_reason() {
        let wrong = SHIPPED.replacen(r#""rpm": "#, r#""rpm": 9999999"#, 1);
        assert_eq!(
            Plans::parse(&wrong),
            Err("free: rpm is above the largest limit".into())
        );
        for (right, wrong) in [
            ("rpm", "rqm"),
            ("budgetUsd", "budget"),
            (r#""budgetUsd": "#, r#""budgetUsd": -"#),
            (r#""budgetUsd": "#, r#""budgetUsd": 1000000"#),
        ] {
            assert_ne!(SHIPPED.replacen(right, wrong, 1), SHIPPED);
            assert!(Plans::parse(&SHIPPED.replacen(right, wrong, 1)).is_err());
        }
    }

    #[test]
    fn a_plan_names_its_budget_in_usd() {
        assert_eq!(Plan::Free.limits().budget, Some(NanoUsd(5_000_000_000)));
        assert_eq!(Plan::Enterprise.limits().budget, None);
    }

    #[test]
    fn a_change_of_limits_leaves_what_it_does_not_name() {
        let before = Limits {
            rpm: Some(5),
            tpm: Some(6),
            ..Limits::default()
        };
        let edit = LimitsEdit {
            set: Limits {
                tpm: Some(7),
                ..Limits::default()
            },
            clear: vec![LimitKind::Requests, LimitKind::Spend],
        };
        let after = edit.of(before);
        assert_eq!((after.rpm, after.tpm, after.budget), (None, Some(7), None));
        assert_eq!(LimitsEdit::default().of(before), before);
    }

    #[test]
    fn the_lower_limit_holds_and_an_override_replaces() {
        let one = Limits {
            rpm: Some(5),
            tpm: None,
            concurrency: Some(0),
            budget: Some(NanoUsd(7)),
        };
        let other = Limits {
            rpm: Some(9),
            tpm: Some(3),
            concurrency: Some(1),
            budget: None,
        };
        let lower = Limits {
            rpm: Some(5),
            tpm: Some(3),
            concurrency: Some(0),
            budget: Some(NanoUsd(7)),
        };
        assert_eq!(one.lower_of(other), lower);
        assert_eq!(other.lower_of(one), lower);
        assert_eq!(other.or(one).rpm, Some(9));
        assert_eq!(other.or(one).budget, Some(NanoUsd(7)));
        assert!(Limits::default().is_empty() && !one.is_empty());
    }
}
