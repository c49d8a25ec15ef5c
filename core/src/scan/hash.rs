//! The hash by which words and labels are known.

/// The hash of no letters.
pub(super) const SEED: u32 = 0x811c_9dc5;

/// The hash with one more letter (FNV-1a), whatever its case.
pub(super) const fn step(hash: u32, byte: u8) -> u32 {
    (hash ^ byte.to_ascii_lowercase() as u32).wrapping_mul(0x0100_0193)
}

/// The hash of these letters.
pub(super) fn hash(letters: &[u8]) -> u32 {
    letters.iter().fold(SEED, |hash, byte| step(hash, *byte))
}
