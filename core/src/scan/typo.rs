//! Words of labels as people mistype them.

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

/// The hashes of words as they are mistyped, sorted, and of what each was meant to be.
static MEANT: [(u32, u32); WRONG] = meanings();
/// Few other words are marked: one in twenty.
static MARKS: Marks<32> = {
    let mut marks = Marks::NONE;
    mark(&mut marks);
    marks
};
const WRONG: usize = {
    let (mut count, mut list) = (0, MISTYPED);
    while let [(_, wrong), rest @ ..] = list {
        count += Words(wrong.as_bytes()).count();
        list = rest;
    }
    count
};

#[expect(
    clippy::indexing_slicing,
    reason = "evaluated by the compiler, within the list"
)]
const fn meanings() -> [(u32, u32); WRONG] {
    let mut meanings = [(u32::MAX, 0); WRONG];
    let mut list = MISTYPED;
    while let [(right, wrong), rest @ ..] = list {
        let right = hash(right.as_bytes());
        let mut words = Words(wrong.as_bytes());
        while let Some((wrong, _)) = words.next() {
            let mut place = WRONG - 1;
            while place > 0 && meanings[place - 1].0 > wrong {
                meanings[place] = meanings[place - 1];
                place -= 1;
            }
            meanings[place] = (wrong, right);
        }
        list = rest;
    }
    meanings
}

/// Marks the words that are mistyped.
pub(super) const fn mark<const N: usize>(marks: &mut Marks<N>) {
    let meanings = meanings();
    let mut list: &[(u32, u32)] = &meanings;
    while let [(wrong, _), rest @ ..] = list {
        marks.mark(*wrong);
        list = rest;
    }
}

/// The hash of what a word of a label was meant to be, or its own.
pub(super) fn meant(word: u32) -> u32 {
    if !MARKS.has(word) {
        return word;
    }
    let place = MEANT.binary_search_by_key(&word, |(wrong, _)| *wrong);
    let meant = place.ok().and_then(|place| MEANT.get(place));
    meant.map_or(word, |(_, right)| *right)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_mistyped_word_is_read_as_what_it_was_meant_to_be() {
        for (right, wrong) in MISTYPED {
            for word in wrong.split(' ') {
                let meant = meant(hash(word.as_bytes()));
                assert_eq!(meant, hash(right.as_bytes()), "{word}");
            }
        }
        assert_eq!(meant(hash(b"social")), hash(b"social"));
    }
}
