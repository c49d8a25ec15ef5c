//! Networks that are held: they showed wrong secrets too often, and for a while nothing that they show is looked at.
//!
//! In scope: who is held, and for how long. Out of scope: counting attempts, which a rate limit of the platform
//! does. Caveat: an isolate remembers its own only.

use std::collections::BTreeMap;

/// How long a network is held, in ms: as long as the rate limit counts.
pub const HOLD_MS: u64 = 60_000;
/// How many are held at most, so that a flood of addresses takes no memory.
const MOST: usize = 1_000;

/// The networks, each with the time at which it may try again.
#[derive(Debug, Default)]
pub struct Held {
    until_ms: BTreeMap<String, u64>,
}

impl Held {
    /// Holds a network from now on. Where there are too many, the one that would be free first is let go.
    pub fn hold(&mut self, network: String, now_ms: u64) {
        self.until_ms.retain(|_, until| *until > now_ms);
        if self.until_ms.len() >= MOST {
            let first = self.until_ms.iter().min_by_key(|(_, until)| **until);
            if let Some(network) = first.map(|(network, _)| network.clone()) {
                self.until_ms.remove(&network);
            }
        }
        self.until_ms
            .insert(network, now_ms.saturating_add(HOLD_MS));
    }

    /// How long a network is still held, in ms; none when it may try.
    #[must_use]
    pub fn left_ms(&self, network: &str, now_ms: u64) -> Option<u64> {
        let until = self.until_ms.get(network)?;
        until.checked_sub(now_ms).filter(|left| *left > 0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_network_is_held_for_its_time_and_no_other_is() {
        let mut held = Held::default();
        held.hold("192.0.2.1".into(), 1_000);
        assert_eq!(held.left_ms("192.0.2.1", 1_000), Some(HOLD_MS));
        assert_eq!(held.left_ms("192.0.2.1", 1_000 + HOLD_MS - 1), Some(1));
        assert_eq!(held.left_ms("192.0.2.1", 1_000 + HOLD_MS), None);
        assert_eq!(held.left_ms("192.0.2.2", 1_000), None);
    }

    #[test]
    fn holding_again_begins_anew() {
        let mut held = Held::default();
        held.hold("a".into(), 0);
        held.hold("a".into(), 50);
        assert_eq!(held.left_ms("a", HOLD_MS), Some(50));
    }

    #[test]
    fn a_flood_of_networks_is_bounded_and_the_last_ones_are_held() {
        let mut held = Held::default();
        for (network, now_ms) in (0..3 * MOST).zip(0_u64..) {
            held.hold(network.to_string(), now_ms);
            assert!(held.until_ms.len() <= MOST);
        }
        assert_eq!(held.left_ms("0", 3_000), None);
        assert!(held.left_ms("2999", 3_000).is_some());
        held.hold("later".into(), 3_000 + HOLD_MS);
        assert_eq!(held.until_ms.len(), 1);
    }
}
