//! New inputs from old ones, the same for the same seed.

/// A small generator of pseudo-random numbers (xorshift64*, Vigna 2016).
#[derive(Debug)]
pub(crate) struct Rng(u64);

impl Rng {
    pub(crate) fn new(seed: u64) -> Self {
        // The state must not be zero.
        Self(seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1)
    }

    fn next(&mut self) -> u64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        self.0.wrapping_mul(0x2545_F491_4F6C_DD1D) >> 11
    }

    /// A number below `end`, or 0 when `end` is 0.
    pub(crate) fn below(&mut self, end: usize) -> usize {
        let number = usize::try_from(self.next() & 0xFFFF_FFFF).unwrap_or(0);
        number.checked_rem(end).unwrap_or(0)
    }

    fn choose<'c>(&mut self, choices: &[&'c [u8]]) -> &'c [u8] {
        let at = self.below(choices.len());
        choices.get(at).copied().unwrap_or_default()
    }
}

/// Longest input made.
const MAX_BYTES: usize = 8 << 10;

/// Pieces that parsers stumble over.
const TOKENS: &[&[u8]] = &[
    b"\r",
    b"\n",
    b"\r\n",
    b"\n\n",
    b"\r\r",
    b"\xEF\xBB\xBF",
    b"\xEF\xBB",
    b"data",
    b"data:",
    b"data: ",
    b"event: error\n",
    b"event:",
    b":",
    b"id: 1\n",
    b"[DONE]",
    b"data: [DONE]\n\n",
    b"\0",
    b"\xFF",
    b"\xF0\x9F\x98",
    b"\xC0\x80",
    b"\\ud800",
    b"\\udc00\\ud800",
    b"\\u0000",
    b"\"",
    b"\\",
    b"{",
    b"}",
    b"[",
    b"]",
    b",",
    b"null",
    b"true",
    b"-1",
    b"-0",
    b"1.0",
    b"1e3",
    b"1e308",
    b"1e309",
    b"9007199254740993",
    b"18446744073709551616",
    b"0.1",
    b"{\"a\":1,\"a\":2}",
    b"[[[[[[[[[[[[[[[[",
    b"\"role\":\"user\"",
    b"\"content\":null",
    b"\"messages\":[",
    b"\"tool_calls\":[{\"name\":\"f\"}]",
    b"\"usage\":{\"total_tokens\":3}",
    b"\"error\":null",
    b"\"error\":1",
    b"\"choices\":[]",
    b"\"response\":7",
];

/// One to six mutations of a seed.
pub(crate) fn input(rng: &mut Rng, seeds: &[&[u8]]) -> Vec<u8> {
    let mut bytes = rng.choose(seeds).to_vec();
    for _ in 0..=rng.below(6) {
        mutate(rng, &mut bytes, seeds);
    }
    bytes.truncate(MAX_BYTES);
    bytes
}

fn mutate(rng: &mut Rng, bytes: &mut Vec<u8>, seeds: &[&[u8]]) {
    let at = rng.below(bytes.len() + 1);
    let until = at + rng.below(bytes.len() - at + 1).min(rng.below(32));
    match rng.below(7) {
        0 => {
            let bit = rng.below(8);
            if let Some(byte) = bytes.get_mut(at) {
                *byte ^= 1 << bit;
            }
        }
        1 => drop(bytes.drain(at..until)),
        2 => {
            let copy = bytes.get(at..until).unwrap_or_default().to_vec();
            bytes.splice(at..at, copy);
        }
        3 => bytes.truncate(at),
        4 => {
            let other = rng.choose(seeds);
            let tail = other.get(rng.below(other.len())..).unwrap_or_default();
            bytes.splice(at.., tail.iter().copied());
        }
        _ => {
            let token = rng.choose(TOKENS);
            bytes.splice(at..until, token.iter().copied());
        }
    }
}
