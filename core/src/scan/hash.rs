//! The hash by which words and labels are known.

/// The hash of no letters. Any number would do; with this one no two words of a dictionary are taken for each other, and
/// of the texts of the corpus hardly any word is taken for one.
pub(super) const SEED: u32 = 0xb394_fb36;

/// The hash with one more letter (FNV-1a), whatever its case: the bit that makes letters small is set in digits and
/// most marks anyway.
pub(super) const fn step(hash: u32, byte: u8) -> u32 {
    (hash ^ (byte | 0x20) as u32).wrapping_mul(0x0100_0193)
}

/// The hash of these letters.
pub(super) const fn hash(mut letters: &[u8]) -> u32 {
    let mut hash = SEED;
    while let [first, rest @ ..] = letters {
        hash = step(hash, *first);
        letters = rest;
    }
    hash
}

/// The hash of a phrase with one more word.
pub(super) const fn join(phrase: u32, word: u32) -> u32 {
    let hash = (phrase.rotate_left(13) ^ word).wrapping_mul(0x9e37_79b1);
    hash ^ hash >> 15
}

/// Words of a list, in lower case: blanks between them, commas or line breaks between phrases.
pub(super) struct Words<'l>(pub(super) &'l [u8]);

impl Words<'_> {
    /// The hash of the next word, and whether it is the last of its phrase.
    pub(super) const fn next(&mut self) -> Option<(u32, bool)> {
        while let [b' ' | b',' | b'\n', rest @ ..] = self.0 {
            self.0 = rest;
        }
        if self.0.is_empty() {
            return None;
        }
        let mut hash = SEED;
        while let [letter, rest @ ..] = self.0
            && !matches!(letter, b' ' | b',' | b'\n')
        {
            hash = step(hash, *letter);
            self.0 = rest;
        }
        while let [b' ', rest @ ..] = self.0 {
            self.0 = rest;
        }
        Some((hash, matches!(self.0, [] | [b',' | b'\n', ..])))
    }
}

/// A bit for each word of a list, `64 * N` bits in all: a word of the list has one, and few others have.
pub(super) struct Marks<const N: usize>([u64; N]);

impl<const N: usize> Marks<N> {
    /// Those of no words.
    pub(super) const NONE: Self = Self([0; N]);

    /// Marks the word of this hash.
    #[expect(
        clippy::indexing_slicing,
        reason = "evaluated by the compiler, within 0..N"
    )]
    pub(super) const fn mark(&mut self, hash: u32) {
        let bit = Self::bit(hash);
        self.0[bit / 64] |= 1 << (bit % 64);
    }

    /// Whether the word of this hash is marked.
    #[inline]
    #[expect(clippy::indexing_slicing, reason = "a place is within 0..N")]
    pub(super) const fn has(&self, hash: u32) -> bool {
        let bit = Self::bit(hash);
        self.0[bit / 64] >> (bit % 64) & 1 == 1
    }

    const fn bit(hash: u32) -> usize {
        hash as usize % (64 * N)
    }
}
