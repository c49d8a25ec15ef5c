//! The leases that are open, by request.
//!
//! Every admission looks one up and puts one in, and between two the processor does other things: of a tree of a
//! thousand, level after level has to be fetched again, of a table one place.
//!
//! Nothing may depend on the order in which the table is gone through.

use crate::bucket::Ticket;
use crate::id::RequestId;
use crate::journal::LeaseRow;
use core::hash::{BuildHasherDefault, Hasher};

/// A lease in memory.
#[derive(Debug)]
pub(super) struct Open {
    pub(super) row: LeaseRow,
    pub(super) written: bool,
    /// By which unneeded tokens come back: the tenant's and the key's.
    pub(super) tickets: [Option<Ticket>; 2],
}

/// Leases by request.
#[expect(
    clippy::disallowed_types,
    reason = "it is seeded with nothing; who makes the ids draws them at random, and is the only one who does"
)]
pub(super) type Leases = std::collections::HashMap<RequestId, Open, BuildHasherDefault<Mixer>>;

const ODD: u64 = 0x517c_c1b7_2722_0a95;

/// Mixes the letters of an id: word after word is multiplied in.
#[derive(Default)]
pub(super) struct Mixer(u64);

impl Mixer {
    fn mix(&mut self, word: u64) {
        let product = (self.0 ^ word).wrapping_mul(ODD);
        // Its upper bits depend on all of it, and the table looks at the lower ones.
        self.0 = product ^ product >> 32;
    }
}

impl Hasher for Mixer {
    fn write(&mut self, bytes: &[u8]) {
        let (words, rest) = bytes.as_chunks();
        for word in words {
            self.mix(u64::from_le_bytes(*word));
        }
        for byte in rest {
            self.mix(u64::from(*byte));
        }
    }

    fn write_usize(&mut self, number: usize) {
        self.mix(number as u64);
    }

    fn finish(&self) -> u64 {
        self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use core::hash::BuildHasher;
    use std::collections::BTreeSet;

    #[test]
    fn ids_that_differ_in_little_fall_as_far_apart_as_by_chance() {
        let ids = (0..4_096).map(|n| RequestId::parse(&format!("req_{n:022}")).unwrap());
        let mixer = BuildHasherDefault::<Mixer>::default();
        let hashes: Vec<u64> = ids.map(|id| mixer.hash_one(&id)).collect();
        // Of as many places, chance leaves a share of 1/e empty: 2,589 are taken.
        let taken = |of: fn(u64) -> u64| hashes.iter().map(|it| of(*it)).collect::<BTreeSet<_>>();
        assert!(taken(|it| it % 4_096).len() > 2_400);
        assert!(taken(|it| it >> 20 & 0xfff).len() > 2_400);
    }
}
