//! A bounded, short-lived memory of which tenant a key belongs to.
//!
//! It saves a look-up, nothing more: what it remembers routes a request to the tenant's object, which
//! decides. Entries leave after [`TTL_MS`], or when [`CAPACITY`] newer ones have come.

use crate::id::TenantId;
use crate::key::KeyHash;
use crate::message::Principal;
use std::collections::{BTreeMap, VecDeque};

/// How long an entry is believed, in milliseconds.
pub const TTL_MS: u64 = 60_000;
/// How many entries there are at most: about 1 MB.
pub const CAPACITY: usize = 4_096;

/// What is remembered of a key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// The tenant whose object knows the key.
    pub tenant: TenantId,
    /// What that object last said of it; `None` before its first answer.
    pub principal: Option<Principal>,
}

/// The memory of one isolate.
#[derive(Debug, Default)]
pub struct Cache {
    entries: BTreeMap<KeyHash, (u64, Entry)>,
    oldest_first: VecDeque<KeyHash>,
}

impl Cache {
    /// What is remembered, if it is young enough.
    #[must_use]
    pub fn get(&self, key: &KeyHash, now_ms: u64) -> Option<&Entry> {
        self.entries
            .get(key)
            .filter(|(at_ms, _)| now_ms.saturating_sub(*at_ms) < TTL_MS)
            .map(|(_, entry)| entry)
    }

    /// Remembers where a key was found. The time counts from here, whatever is learned later.
    pub fn put(&mut self, key: KeyHash, tenant: TenantId, now_ms: u64) {
        let entry = Entry {
            tenant,
            principal: None,
        };
        if self.entries.insert(key, (now_ms, entry)).is_some() {
            return;
        }
        self.oldest_first.push_back(key);
        if self.oldest_first.len() > CAPACITY
            && let Some(oldest) = self.oldest_first.pop_front()
        {
            self.entries.remove(&oldest);
        }
    }

    /// Remembers what the object says of a key that is remembered.
    pub fn learn(&mut self, key: &KeyHash, principal: &Principal) {
        if let Some((_, entry)) = self.entries.get_mut(key)
            && entry.principal.as_ref() != Some(principal)
        {
            entry.principal = Some(principal.clone());
        }
    }

    /// Forgets a key that its object refused.
    pub fn forget(&mut self, key: &KeyHash) {
        if self.entries.remove(key).is_some() {
            self.oldest_first.retain(|present| present != key);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hash(number: u32) -> KeyHash {
        KeyHash::from_hex(&format!("{number:064x}")).unwrap()
    }

    fn tenant() -> TenantId {
        TenantId::parse("demo").unwrap()
    }

    #[test]
    fn an_entry_is_believed_for_a_minute() {
        let mut cache = Cache::default();
        cache.put(hash(1), tenant(), 1_000);
        assert!(cache.get(&hash(1), 1_000 + TTL_MS - 1).is_some());
        assert!(cache.get(&hash(1), 1_000 + TTL_MS).is_none());
        assert!(cache.get(&hash(2), 1_000).is_none());
    }

    #[test]
    fn it_never_grows_beyond_its_capacity_and_drops_the_oldest() {
        let mut cache = Cache::default();
        let capacity = u32::try_from(CAPACITY).unwrap();
        for number in 0..=capacity {
            cache.put(hash(number), tenant(), 0);
            cache.put(hash(number), tenant(), 0);
        }
        assert_eq!(
            (cache.entries.len(), cache.oldest_first.len()),
            (CAPACITY, CAPACITY)
        );
        assert!(cache.get(&hash(0), 0).is_none());
        assert!(cache.get(&hash(capacity), 0).is_some());
    }

    #[test]
    fn a_forgotten_key_leaves_nothing() {
        let mut cache = Cache::default();
        cache.put(hash(1), tenant(), 0);
        cache.forget(&hash(1));
        cache.forget(&hash(1));
        assert!(cache.get(&hash(1), 0).is_none());
        assert!(cache.oldest_first.is_empty());
    }
}
