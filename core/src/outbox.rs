//! What the other stores have to be told: rows and events, numbered in the order of their making.
//!
//! A tenant's object writes them in the transaction of the change that they are of. The control plane
//! carries them to KV and D1 and says so; until then the object keeps them, and an alarm has it tried
//! again. Each may be carried twice and in any order:
//!
//! - a row carries its number as its version, and never replaces a newer one;
//! - a revocation and a last use only ever grow;
//! - an event is put once, under its number;
//! - what is of a deleted tenant is not put any more.

use crate::actor::Actor;
use crate::id::RequestId;
use crate::key::KeyHash;
use crate::key_record::KeyRecord;
use crate::member::Member;
use crate::settings::Settings;
use crate::vault::Listed;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::collections::BTreeSet;

/// How long the control plane has for carrying a change before an alarm does, in ms.
pub const PROJECT_MS: u64 = 5_000;
/// The longest time between two attempts, in ms.
const PAUSE_MAX_MS: u64 = 600_000;
/// How often the stores are compared, in ms: once a day.
pub const CHECK_MS: u64 = 86_400_000;
/// The most items that are carried at once.
pub const BATCH: usize = 50;

/// One thing to tell.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Item {
    /// Its number in the tenant. Numbers are never used again.
    pub seq: u64,
    /// What it is.
    pub row: Row,
}

/// What there is to tell.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Row {
    /// The tenant's settings.
    Tenant(Box<Settings>),
    /// A key.
    Key(Box<KeyRecord>),
    /// A member, also one that was removed.
    Member(Member),
    /// A key of the tenant's own for a provider, also one that was deleted; nothing that opens anything.
    ProviderKey(Box<Listed>),
    /// When a key was used, in milliseconds since the Unix epoch.
    Seen(KeyHash, u64),
    /// What happened.
    Event(Box<Event>),
    /// The tenant is gone, and these are keys that it had.
    Gone {
        /// When, in milliseconds since the Unix epoch.
        at_ms: u64,
        /// Keys to be forgotten.
        keys: Vec<KeyHash>,
    },
}

/// An entry of the audit log. Nothing in it is a secret.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Event {
    /// When, in milliseconds since the Unix epoch.
    pub at_ms: u64,
    /// Who.
    pub actor: Actor,
    /// What: `noun.verb`.
    pub action: String,
    /// To what: an identifier.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub target: Option<String>,
    /// In what way.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub details: Option<Value>,
    /// From where.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub ip: String,
    /// The request it came with.
    pub request: RequestId,
}

/// What the object has to have done elsewhere.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Errand {
    /// The tenant that it is.
    pub tenant: String,
    /// Whether the stores are to be compared, too.
    #[serde(default, skip_serializing_if = "core::ops::Not::not")]
    pub check: bool,
}

/// Which items are still to be carried, as the object holds it in memory.
#[derive(Debug, Default)]
pub struct Outbox {
    pending: BTreeSet<u64>,
    last: u64,
    tries: u32,
    retry_ms: u64,
}

impl Outbox {
    /// The outbox as it was written: what is still to be carried, and the last number that was used.
    #[must_use]
    pub fn load(pending: &[u64], last: u64) -> Self {
        let newest = pending.iter().copied().max().unwrap_or_default();
        Self {
            pending: pending.iter().copied().collect(),
            last: last.max(newest),
            ..Self::default()
        }
    }

    /// The next number.
    pub(crate) fn next(&mut self) -> u64 {
        self.last += 1;
        self.pending.insert(self.last);
        self.last
    }

    /// The last number that was used.
    #[must_use]
    pub(crate) fn last(&self) -> u64 {
        self.last
    }

    /// These were carried.
    pub(crate) fn carried(&mut self, from: u64, to: u64) {
        self.pending.retain(|seq| !(from..=to).contains(seq));
        self.tries = 0;
        self.retry_ms = 0;
    }

    /// Whether anything is left to carry.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.pending.is_empty()
    }

    /// Whether it is time to have it carried. Each attempt makes the next one later, until one succeeds.
    pub(crate) fn is_due(&mut self, now_ms: u64) -> bool {
        if self.pending.is_empty() || now_ms < self.retry_ms {
            return false;
        }
        let pause_ms = (PROJECT_MS << self.tries.min(20)).min(PAUSE_MAX_MS);
        self.tries = self.tries.saturating_add(1);
        self.retry_ms = now_ms.saturating_add(pause_ms);
        true
    }

    /// When to look again.
    pub(crate) fn next_ms(&self, now_ms: u64) -> Option<u64> {
        (!self.pending.is_empty()).then(|| self.retry_ms.max(now_ms.saturating_add(PROJECT_MS)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_never_used_again() {
        let mut outbox = Outbox::load(&[3, 5], 4);
        assert_eq!(outbox.next(), 6);
        outbox.carried(3, 6);
        assert!(outbox.is_empty());
        assert_eq!(outbox.next(), 7);
        assert_eq!(Outbox::load(&[], 7).next(), 8);
    }

    #[test]
    fn attempts_become_rarer_until_one_succeeds() {
        let mut outbox = Outbox::load(&[1], 1);
        let mut now_ms = 0;
        let mut pauses = Vec::new();
        for _ in 0..10 {
            assert!(outbox.is_due(now_ms));
            assert!(!outbox.is_due(now_ms));
            let next_ms = outbox.next_ms(now_ms).unwrap();
            pauses.push((next_ms - now_ms) / 1_000);
            now_ms = next_ms;
        }
        assert_eq!(pauses, [5, 10, 20, 40, 80, 160, 320, 600, 600, 600]);
        outbox.carried(1, 1);
        assert_eq!(outbox.next_ms(now_ms), None);
        outbox.next();
        assert!(outbox.is_due(now_ms));
    }

    /// Stored in every object until it was carried.
    #[test]
    fn the_stored_form_of_an_item_is_pinned() {
        let json = r#"{"seq":4,"row":{"event":{"at_ms":5,"actor":{"kind":"key","id":"key_0123456789abcdef","name":"ci"},"action":"key.revoked","target":"key_fedcba9876543210","request":"req_0123456789abcdefABCDEF"}}}"#;
        let item: Item = serde_json::from_str(json).unwrap();
        assert_eq!(serde_json::to_string(&item).unwrap(), json);
    }
}
