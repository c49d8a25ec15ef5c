//! Words of labels as people mistype them, and others of the same sense, such as abbreviations.

use super::dictionary::{Dictionary, Sparse, bytes};
use super::hash::{Marks, Words, hash};

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

/// Words of labels, and those that stand for them in phrases: there are fewer labels then. By itself each is what it is:
/// Pat is a name.
const AKIN: &[(&str, &str)] = &[
    ("no", "nr numero n"),
    ("number", "num"),
    ("date", "dt dttm"),
    ("patient", "pt pat"),
    ("member", "mbr memb mem"),
    ("subscriber", "subscr"),
    ("employee", "emp ee"),
    ("customer", "cust"),
    ("account", "acct acc ac"),
    ("address", "addr adr"),
    ("license", "lic licence"),
    ("insurance", "ins"),
    ("identification", "id identifier ident"),
    ("phone", "ph tel"),
    ("service", "svc"),
    ("encounter", "enc"),
    ("admission", "adm admit"),
    ("registration", "reg"),
    ("authorization", "auth"),
    ("physician", "prescriber provider"),
    (
        "crypto",
        "bitcoin btc eth ethereum ltc litecoin doge dogecoin xrp ripple sol solana trx tron usdt usdc xmr monero ada",
    ),
    ("national", "nat natl"),
    ("emergency", "emerg"),
    ("beneficiary", "bene"),
    ("group", "grp"),
    ("vehicle", "veh"),
    ("device", "dev"),
    ("routing", "rtn"),
    ("name", "nm"),
    ("nacimiento", "nac"),
    ("nascimento", "nasc"),
    ("him", "her me us them"),
    ("his", "my their our"),
    ("appointment", "appt"),
    ("visit", "vst"),
    ("hospital", "hosp"),
    ("code", "cd"),
];

const SLOTS: usize = 512;
const BITS: usize = 12;
const SPARSE: Sparse<u8, BITS, SLOTS> = entered();
const LENGTH: usize = SPARSE.length;
/// From the hash of a word to the place of what it stands for, first those of [`MISTYPED`].
static KIN: Dictionary<u8, BITS, { SLOTS / 64 }, { bytes(BITS, LENGTH) }, LENGTH> = SPARSE.dense();
/// The hashes of what words stand for.
static RIGHT: [u32; MISTYPED.len() + AKIN.len()] = right();

/// A word as it was meant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Meant {
    /// Its hash where it is a label by itself.
    pub(super) alone: u32,
    /// Its hash in phrases.
    pub(super) among: u32,
}

#[expect(
    clippy::indexing_slicing,
    reason = "evaluated by the compiler, within the lists"
)]
const fn right() -> [u32; MISTYPED.len() + AKIN.len()] {
    let mut all = [0; MISTYPED.len() + AKIN.len()];
    let mut place = 0;
    while place < all.len() {
        let (right, _) = listed(place);
        all[place] = hash(right.as_bytes());
        place += 1;
    }
    all
}

/// The words at this place of both lists.
#[expect(
    clippy::indexing_slicing,
    reason = "evaluated by the compiler, within the lists"
)]
const fn listed(place: usize) -> (&'static str, &'static str) {
    if place < MISTYPED.len() {
        MISTYPED[place]
    } else {
        AKIN[place - MISTYPED.len()]
    }
}

const fn entered() -> Sparse<u8, BITS, SLOTS> {
    let mut kin = Sparse::new(0);
    let mut place = 0;
    while place < MISTYPED.len() + AKIN.len() {
        let mut words = Words(listed(place).1.as_bytes());
        while let Some((word, _)) = words.next() {
            #[expect(clippy::cast_possible_truncation, reason = "fewer than 256")]
            kin.enter(word, place as u8);
        }
        place += 1;
    }
    kin
}

/// Marks the words that stand for one that is marked.
pub(super) const fn mark<const N: usize>(marks: &mut Marks<N>) {
    let mut place = 0;
    while place < MISTYPED.len() + AKIN.len() {
        let (right, words) = listed(place);
        let mut words = Words(words.as_bytes());
        while marks.has(hash(right.as_bytes()))
            && let Some((word, _)) = words.next()
        {
            marks.mark(word);
        }
        place += 1;
    }
}

const fn as_listed(word: u32, place: usize, right: u32) -> Meant {
    Meant {
        alone: if place < MISTYPED.len() { right } else { word },
        among: right,
    }
}

/// What [`meant`] says, for the compiler.
#[expect(
    clippy::indexing_slicing,
    reason = "evaluated by the compiler, within the lists"
)]
pub(super) const fn meant_by_compiler(word: u32) -> Meant {
    const RIGHT: [u32; MISTYPED.len() + AKIN.len()] = right();
    let (slot, there) = SPARSE.slot(word);
    if !there {
        return Meant {
            alone: word,
            among: word,
        };
    }
    let place = SPARSE.values[slot] as usize;
    as_listed(word, place, RIGHT[place])
}

/// What a word of this hash was meant to be.
pub(super) fn meant(word: u32) -> Meant {
    let place = KIN.get(word).map(usize::from);
    let right = place.and_then(|place| Some((place, *RIGHT.get(place)?)));
    right.map_or(
        Meant {
            alone: word,
            among: word,
        },
        |(place, right)| as_listed(word, place, right),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_word_is_read_as_what_it_stands_for() {
        for (place, (right, words)) in MISTYPED.iter().chain(AKIN).enumerate() {
            let right = hash(right.as_bytes());
            for word in words.split(' ') {
                let word = hash(word.as_bytes());
                let alone = if place < MISTYPED.len() { right } else { word };
                let among = right;
                assert_eq!(meant(word), Meant { alone, among }, "{words}");
                assert_eq!(meant(word), meant_by_compiler(word), "{words}");
            }
            let same = Meant {
                alone: right,
                among: right,
            };
            assert_eq!(
                meant(right),
                same,
                "{words} stand for a word that stands for another"
            );
        }
    }
}
