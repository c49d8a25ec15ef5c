//! Limits, as bodies say them.

use super::invalid;
use crate::bucket::MAX_PER_MINUTE;
use crate::chat::Invalid;
use crate::limit_state::LimitKind;
use crate::limits::{self, Limits, LimitsEdit, MAX_CONCURRENCY};
use crate::money::NanoUsd;
use serde::{Deserialize, Deserializer};

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
pub(super) fn said<'de, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<Option<Option<u32>>, D::Error> {
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
