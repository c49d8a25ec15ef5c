//! Dictionaries that the compiler builds: from the hash of a word or of a phrase to what it means.
//!
//! They are much of what the scanner weighs. So nothing is kept of a free slot, and of a hash only some bits besides the
//! slot. With 12 bits, about one in four thousand of the words that are not in a dictionary is taken for one that is, with
//! 11 one in two thousand; a finding needs a value of the right shape besides.

/// Entries at a slot that the hash says, or the next one of its own that is free.
pub(super) struct Dictionary<
    T: 'static,
    const BITS: usize,
    const GROUPS: usize,
    const BYTES: usize,
    const LENGTH: usize,
> {
    /// For every 64 slots: which are taken, and how many before them.
    taken: [u64; GROUPS],
    before: [u16; GROUPS],
    /// `BITS` of each entry's hash, at most 16.
    prints: [u8; BYTES],
    values: [T; LENGTH],
}

/// The same with room for every slot, for the compiler to fill.
pub(super) struct Sparse<T: 'static, const BITS: usize, const SLOTS: usize> {
    prints: [u32; SLOTS],
    pub(super) values: [T; SLOTS],
    pub(super) length: usize,
}

/// In place of a print: the slot is free.
const FREE: u32 = u32::MAX;

/// The first slot. What filters words beforehand ([`super::hash::Marks`]) and the distance between slots go by the lower
/// bits, prints by the upper ones, so that a word that passes one of them by chance seldom passes the next.
const fn first(hash: u32) -> usize {
    (hash >> 6) as usize
}

/// From one slot to the next of the same hash: odd, so that all are reached.
const fn distance(hash: u32) -> usize {
    (hash | 1) as usize
}

const fn print(hash: u32, bits: usize) -> u32 {
    hash >> (32 - bits)
}

/// How many bytes the prints of so many entries take, with what is read beyond the last.
pub(super) const fn bytes(bits: usize, entries: usize) -> usize {
    (bits * entries).div_ceil(8) + 2
}

impl<T: Copy, const BITS: usize, const SLOTS: usize> Sparse<T, BITS, SLOTS> {
    pub(super) const fn new(nothing: T) -> Self {
        Self {
            prints: [FREE; SLOTS],
            values: [nothing; SLOTS],
            length: 0,
        }
    }

    /// The slot of the hash, or the free one where it would be; and whether it is there.
    #[expect(
        clippy::indexing_slicing,
        reason = "evaluated by the compiler, which refuses a slot out of range"
    )]
    pub(super) const fn slot(&self, hash: u32) -> (usize, bool) {
        let mut slot = first(hash) % SLOTS;
        while self.prints[slot] != FREE && self.prints[slot] != print(hash, BITS) {
            slot = (slot + distance(hash)) % SLOTS;
        }
        (slot, self.prints[slot] != FREE)
    }

    /// Enters a value; one that is there already stays.
    #[expect(
        clippy::indexing_slicing,
        reason = "evaluated by the compiler, which refuses a slot out of range"
    )]
    pub(super) const fn enter(&mut self, hash: u32, value: T) {
        let (slot, there) = self.slot(hash);
        if !there {
            self.prints[slot] = print(hash, BITS);
            self.values[slot] = value;
            self.length += 1;
        }
    }

    /// The same entries with these values.
    pub(super) const fn with<U: Copy>(&self, values: [U; SLOTS]) -> Sparse<U, BITS, SLOTS> {
        Sparse {
            prints: self.prints,
            values,
            length: self.length,
        }
    }

    #[expect(
        clippy::indexing_slicing,
        reason = "evaluated by the compiler, which refuses a slot out of range"
    )]
    pub(super) const fn dense<const GROUPS: usize, const BYTES: usize, const LENGTH: usize>(
        &self,
    ) -> Dictionary<T, BITS, GROUPS, BYTES, LENGTH> {
        let mut dense = Dictionary {
            taken: [0; GROUPS],
            before: [0; GROUPS],
            prints: [0; BYTES],
            values: [self.values[0]; LENGTH],
        };
        let (mut slot, mut entry) = (0, 0);
        while slot < SLOTS {
            if slot % 64 == 0 {
                #[expect(clippy::cast_possible_truncation, reason = "fewer than 65536")]
                {
                    dense.before[slot / 64] = entry as u16;
                }
            }
            if self.prints[slot] != FREE {
                dense.taken[slot / 64] |= 1 << (slot % 64);
                let bit = entry * BITS;
                let bytes = (self.prints[slot] << (bit % 8)).to_le_bytes();
                dense.prints[bit / 8] |= bytes[0];
                dense.prints[bit / 8 + 1] |= bytes[1];
                dense.prints[bit / 8 + 2] |= bytes[2];
                dense.values[entry] = self.values[slot];
                entry += 1;
            }
            slot += 1;
        }
        dense
    }
}

impl<T: Copy, const BITS: usize, const GROUPS: usize, const BYTES: usize, const LENGTH: usize>
    Dictionary<T, BITS, GROUPS, BYTES, LENGTH>
{
    /// What is entered under the hash.
    pub(super) fn get(&self, hash: u32) -> Option<T> {
        let entry = entry(&self.taken, &self.before, &self.prints, BITS, hash)?;
        self.values.get(entry).copied()
    }

    /// How full it is, in percent.
    #[cfg(test)]
    pub(super) fn full(&self) -> usize {
        LENGTH * 100 / (GROUPS * 64)
    }
}

/// The entry of the hash.
#[inline(never)]
fn entry(taken: &[u64], before: &[u16], prints: &[u8], width: usize, hash: u32) -> Option<usize> {
    let mut slot = first(hash);
    loop {
        // As many as a power of two, which is no division.
        let group = (slot / 64) & (taken.len() - 1);
        let bits = *taken.get(group)?;
        if bits >> (slot % 64) & 1 == 0 {
            return None;
        }
        let lower = bits & ((1 << (slot % 64)) - 1);
        let entry = usize::from(*before.get(group)?) + lower.count_ones() as usize;
        let bit = entry * width;
        let [a, b, c] = *prints.get(bit / 8..)?.first_chunk()?;
        let found = u32::from_le_bytes([a, b, c, 0]) >> (bit % 8);
        if (found ^ print(hash, width)) & ((1 << width) - 1) == 0 {
            return Some(entry);
        }
        slot = slot.wrapping_add(distance(hash));
    }
}
