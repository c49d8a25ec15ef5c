//! Words of labels as people mistype them.

use super::hash::{SEED, step};

/// Words of labels, and how people mistype them.
const MISTYPED: &[(&str, &str)] = &[
    ("social", "socail socal soical socical"),
    ("security", "securty secuirty secruity sercurity secuity"),
    ("account", "acount accont accout acocunt accoutn"),
    ("routing", "rounting roting rountng routng routting"),
    ("license", "lisence liscense licsense lisense liscence"),
    ("insurance", "insurence insurrance insurace"),
    ("address", "adress addres adresss addess"),
    ("birth", "birht brith bith brirth"),
    ("birthdate", "brithdate bithdate"),
    ("email", "emial emai eamil"),
    ("phone", "phoen phne pohne"),
    ("medical", "medcial mediacl medicla"),
    ("record", "recrod reocrd recod"),
    ("patient", "patinet pateint patiant paitent"),
    ("member", "memeber membr mebmer meber"),
    ("policy", "polciy poilcy polcy"),
    ("subscriber", "subcriber subsriber"),
    ("passport", "pasport passort passprt passpot"),
    ("claim", "claime"),
    ("name", "nmae naem anme"),
    ("driver", "dirver drvier driverss"),
    ("vehicle", "vehical vehilce"),
    (
        "identification",
        "identifcation identificaiton idenfitication",
    ),
    ("taxpayer", "taxpayr taxpyer"),
    ("national", "naitonal natinal nationl"),
    ("medicare", "medicaire medcare medicar"),
    ("serial", "serail seriel seral"),
    ("credit", "credt"),
    ("debit", "debti"),
    ("certificate", "certifcate"),
    ("registration", "registraton"),
    ("admission", "admision"),
    ("discharge", "dischrage discharg"),
    ("beneficiary", "benificiary beneficary"),
    ("telephone", "telphone telepone"),
    ("mobile", "moblie mobiel"),
    ("wallet", "walet walltet"),
    ("service", "sercice"),
    ("prescription", "perscription prescripton"),
    ("referral", "refferal referal"),
    ("authorization", "authorisation autorization"),
    ("encounter", "encouter"),
];

/// The hashes of words as they are mistyped, sorted, and where in [`RIGHT`] the right ones are.
const WRONG: ([u32; WRONG_WORDS], [u8; WRONG_WORDS]) = wrong();
/// The right words of [`MISTYPED`], a blank between them.
static RIGHT: [u8; RIGHT_BYTES] = right();

const WRONG_WORDS: usize = sizes().0;
const RIGHT_BYTES: usize = sizes().1;

/// How many words there are that are wrong, and how many bytes those that are right take.
#[expect(
    clippy::indexing_slicing,
    reason = "evaluated by the compiler, within the list"
)]
const fn sizes() -> (usize, usize) {
    let (mut words, mut bytes) = (0, 0);
    let mut place = 0;
    while place < MISTYPED.len() {
        words += blanks(MISTYPED[place].1) + 1;
        bytes += MISTYPED[place].0.len() + 1;
        place += 1;
    }
    (words, bytes)
}

#[expect(
    clippy::indexing_slicing,
    reason = "evaluated by the compiler, within the list"
)]
const fn blanks(words: &str) -> usize {
    let (mut count, mut at) = (0, 0);
    while at < words.len() {
        count += (words.as_bytes()[at] == b' ') as usize;
        at += 1;
    }
    count
}

#[expect(
    clippy::indexing_slicing,
    reason = "evaluated by the compiler, within the list"
)]
const fn right() -> [u8; RIGHT_BYTES] {
    let mut letters = [b' '; RIGHT_BYTES];
    let (mut to, mut place) = (0, 0);
    while place < MISTYPED.len() {
        let word = MISTYPED[place].0.as_bytes();
        let mut at = 0;
        while at < word.len() {
            letters[to + at] = word[at];
            at += 1;
        }
        to += word.len() + 1;
        place += 1;
    }
    letters
}

/// The hashes of words as they are mistyped, and the place of what each was meant to be.
#[expect(
    clippy::indexing_slicing,
    reason = "evaluated by the compiler, within the list"
)]
pub(super) const fn wrong() -> ([u32; WRONG_WORDS], [u8; WRONG_WORDS]) {
    let (mut hashes, mut rights) = ([0; WRONG_WORDS], [0; WRONG_WORDS]);
    let (mut place, mut count) = (0, 0);
    while place < MISTYPED.len() {
        let bytes = MISTYPED[place].1.as_bytes();
        let (mut at, mut hash) = (0, SEED);
        while at <= bytes.len() {
            if at < bytes.len() && bytes[at] != b' ' {
                hash = step(hash, bytes[at]);
            } else {
                // In the order of hashes, so that one is found by halving.
                let mut slot = count;
                while slot > 0 && hashes[slot - 1] > hash {
                    hashes[slot] = hashes[slot - 1];
                    rights[slot] = rights[slot - 1];
                    slot -= 1;
                }
                hashes[slot] = hash;
                #[expect(clippy::cast_possible_truncation, reason = "fewer than 256")]
                {
                    rights[slot] = place as u8;
                }
                count += 1;
                hash = SEED;
            }
            at += 1;
        }
        place += 1;
    }
    (hashes, rights)
}

/// A bit for each of them: of other words, one in twenty has a bit of theirs.
static BITS: [u64; 32] = bits();

#[expect(
    clippy::indexing_slicing,
    reason = "evaluated by the compiler, within 0..32"
)]
const fn bits() -> [u64; 32] {
    let mut bits = [0; 32];
    let mut place = 0;
    while place < WRONG_WORDS {
        let bit = bit(WRONG.0[place]);
        bits[bit / 64] |= 1 << (bit % 64);
        place += 1;
    }
    bits
}

const fn bit(hash: u32) -> usize {
    hash as usize & 2047
}

/// What a word of a label was meant to be, if it is mistyped as people do.
pub(super) fn meant(hash: u32) -> Option<&'static [u8]> {
    let bit = bit(hash);
    if BITS.get(bit / 64)? >> (bit % 64) & 1 == 0 {
        return None;
    }
    let place = WRONG.0.binary_search(&hash).ok()?;
    let right = usize::from(*WRONG.1.get(place)?);
    RIGHT.split(|byte| *byte == b' ').nth(right)
}

#[cfg(test)]
mod tests {
    use super::super::hash::hash;
    use super::*;

    #[test]
    fn every_mistyped_word_is_read_as_what_it_was_meant_to_be() {
        for (right, wrong) in MISTYPED {
            for word in wrong.split(' ') {
                assert_eq!(
                    meant(hash(word.as_bytes())),
                    Some(right.as_bytes()),
                    "{word}"
                );
            }
        }
        assert_eq!(meant(hash(b"social")), None);
    }
}
