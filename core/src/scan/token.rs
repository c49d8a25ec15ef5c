//! Tokens of letters and digits that say what they are by their form or check digits.

use super::checksum;
use super::kind::Kind;
use super::run::{Run, number};
use super::view::{
    DIGITS, View, all, all_hexadecimal, how_many, is_alnum, is_digit, is_letter, is_upper,
};

type Found = Option<(Kind, usize)>;

/// Lengths of IBANs by country (the SWIFT registry).
const IBAN_LENGTHS: &[u8] = b"AD24AE23AL28AT20AZ28BA20BE16BG22BH22BR29BY28CH21CR22CY28CZ24DE22DK18DO28EE20EG29ES24\
FI18FO18FR27GB22GE22GI23GL18GR27GT28HR21HU28IE22IL23IQ23IS26IT27JO30KW30KZ20LB28LC32LI21LT20LU20LV21LY25MC27MD24ME22\
MK19MR27MT31MU30NL18NO15PK24PL28PS29PT25QA29RO24RS22SA24SC31SD18SE24SI19SK24SM27ST25SV28TL23TN24TR26UA29VA22VG24XK20";

/// What the token from `start` to `end` is.
pub(super) fn recognise(view: View<'_>, start: usize, end: usize) -> Found {
    let token = view.slice(start, end);
    let length = token.len();
    let (first, second) = (view.at(start), view.at(start + 1));
    if is_upper(first) && is_upper(second)
        || is_letter(first) && is_letter(second) && is_digit(view.at(start + 2))
    {
        if let Some(end) = iban(view, start) {
            return Some((Kind::Iban, end));
        }
        if let Some(end) = insurance(view, start) {
            return Some((Kind::UkNino, end));
        }
    }
    let whole = |kind| Some((kind, end));
    match length {
        4 | 11 if is_digit(first) && is_letter(second) => {
            return medicare(view, start).map(|end| (Kind::MedicareMbi, end));
        }
        9 => {
            let digits = |part: &[u8]| all(part, DIGITS);
            let last_upper = token.last().is_some_and(|byte| is_upper(*byte));
            let (head, tail) = token.split_at_checked(8)?;
            if last_upper && digits(head) && checksum::dni(token) {
                return whole(Kind::NationalId);
            }
            let inner = head.get(1..).is_some_and(digits) && tail.len() == 1;
            if last_upper && inner && matches!(first, b'X' | b'Y' | b'Z') && checksum::dni(token) {
                return whole(Kind::NationalId);
            }
            if last_upper && inner && checksum::nric(token) {
                return whole(Kind::NationalId);
            }
        }
        10 if form(token, b"AAAAA0000A") && view.at(start + 3) == b'P' => {
            return whole(Kind::NationalId);
        }
        16 if form(token, b"AAAAAA00A00A000A") => return whole(Kind::NationalId),
        17 => {
            let fits = token.iter().all(|byte| {
                (is_digit(*byte) || is_upper(*byte)) && !matches!(byte, b'I' | b'O' | b'Q')
            });
            let digits = how_many(token, DIGITS);
            if fits && (4..=15).contains(&digits) && checksum::vin(token) {
                return whole(Kind::Vin);
            }
        }
        18 if form(token, b"AAAA000000AAAAAA00") || form(token, b"AAAA000000AAAAAAA0") => {
            return whole(Kind::NationalId);
        }
        18 if token.last().is_some_and(|byte| matches!(byte, b'X' | b'x')) => {
            return resident(token).then(|| whole(Kind::NationalId))?;
        }
        42 if token.starts_with(b"0x") => {
            let digits = token.get(2..).unwrap_or_default();
            let varied = digits
                .windows(2)
                .filter(|pair| pair.first() != pair.last())
                .count()
                > 20;
            if varied && all_hexadecimal(digits) {
                return whole(Kind::CryptoWallet);
            }
        }
        26..=35 if matches!(first, b'1' | b'3') && checksum::base58(token) => {
            return whole(Kind::CryptoWallet);
        }
        _ => {}
    }
    let lower = token
        .get(..3)
        .is_some_and(|start| start.eq_ignore_ascii_case(b"bc1"));
    ((14..=74).contains(&length) && lower && checksum::bech32(token))
        .then(|| whole(Kind::CryptoWallet))?
}

/// Whether the token has capital letters and digits where the form has `A` and `0`.
#[inline(never)]
fn form(token: &[u8], form: &[u8]) -> bool {
    token.len() == form.len()
        && token.iter().zip(form).all(|(byte, form)| match form {
            b'A' => is_upper(*byte),
            _ => is_digit(*byte),
        })
}

/// A Chinese resident number: the birthday inside has to be one.
fn resident(token: &[u8]) -> bool {
    let number = |from: usize, to: usize| number(token.get(from..to).unwrap_or_default());
    let digits = token.get(..17).is_some_and(|head| all(head, DIGITS));
    digits
        && (1900..2100).contains(&number(6, 10))
        && (1..=12).contains(&number(10, 12))
        && (1..=31).contains(&number(12, 14))
        && checksum::resident(token)
}

/// Long runs of digits with a form of their own: French and Chinese numbers.
pub(super) fn long_digits(view: View<'_>, run: &Run) -> Found {
    let insee = run.length(0) == 15 || run.has(&[1, 2, 2, 2, 3, 3, 2]);
    if insee && matches!(run.digits(1), b"1" | b"2") {
        let (_, end) = run.total(15, 15)?;
        let month = run
            .digits(5)
            .get(3..)
            .is_some_and(|it| (&b"01"[..]..=&b"12"[..]).contains(&it));
        return (month && checksum::nir(run.digits(15))).then_some((Kind::NationalId, end));
    }
    if run.length(0) != 18 {
        return None;
    }
    let end = run.end(0);
    resident(view.slice(run.start, end)).then_some((Kind::NationalId, end))
}

/// Letters and digits in groups.
struct Compact {
    /// In capitals, without what sets the groups apart.
    bytes: [u8; LONGEST],
    /// Where each of them ends, counted from the start of the first: fewer than twice as many bytes.
    ends: [u8; LONGEST],
    count: usize,
}

/// The longest IBAN.
const LONGEST: usize = 34;

/// Letters and digits from `start`, in groups set apart by one space or dash: so many at most.
#[inline(never)]
fn compact(view: View<'_>, start: usize, most: usize) -> Compact {
    let mut it = Compact {
        bytes: [0; LONGEST],
        ends: [0; LONGEST],
        count: 0,
    };
    let mut at = start;
    loop {
        let byte = view.at(at);
        if is_alnum(byte) && byte < 0x80 && it.count < most {
            let (Some(place), Some(end)) = (it.bytes.get_mut(it.count), it.ends.get_mut(it.count))
            else {
                break;
            };
            *place = byte.to_ascii_uppercase();
            at += 1;
            *end = u8::try_from(at - start).unwrap_or(u8::MAX);
            it.count += 1;
        } else if matches!(byte, b' ' | b'-') && is_alnum(view.at(at + 1)) {
            at += 1;
        } else {
            break;
        }
    }
    it
}

fn iban(view: View<'_>, start: usize) -> Option<usize> {
    let head = view.slice(start, start + 2);
    let checked = is_digit(view.at(start + 2))
        || (view.at(start + 2) == b' ' && is_digit(view.at(start + 3)));
    if !checked {
        return None;
    }
    let country = [
        head.first()?.to_ascii_uppercase(),
        head.last()?.to_ascii_uppercase(),
    ];
    let entry = IBAN_LENGTHS
        .chunks_exact(4)
        // Compared in line: most tokens that may be one are none.
        .find(|entry| entry.iter().zip(&country).all(|(a, b)| a == b))?;
    let length = number(entry.get(2..)?) as usize;
    let number = compact(view, start, LONGEST);
    if number.count < length {
        return None;
    }
    let end = start + usize::from(*number.ends.get(length - 1)?);
    let number = number.bytes.get(..length)?;
    let (head, tail) = number.split_at_checked(4)?;
    let valid = checksum::mod97(tail.iter().chain(head).copied()) == 1;
    (valid && !is_alnum(view.at(end))).then_some(end)
}

/// A UK national insurance number: prefixes that are given out, six digits, A to D.
fn insurance(view: View<'_>, start: usize) -> Option<usize> {
    let number = compact(view, start, 9);
    let [a, b, digits @ .., suffix] = number.bytes.first_chunk::<9>()?;
    let (a, b) = (*a, *b);
    let prefix = is_letter(a)
        && is_letter(b)
        && !matches!(a, b'D' | b'F' | b'I' | b'Q' | b'U' | b'V')
        && !matches!(b, b'D' | b'F' | b'I' | b'O' | b'Q' | b'U' | b'V')
        && !matches!(
            &[a, b],
            b"BG" | b"GB" | b"NK" | b"KN" | b"TN" | b"NT" | b"ZZ"
        );
    let capital = is_upper(view.at(start)) && is_upper(view.at(start + 1));
    let end = start + usize::from(*number.ends.get(8)?);
    let fits = number.count == 9
        && prefix
        && capital
        && all(digits, DIGITS)
        && matches!(suffix, b'A'..=b'D')
        && is_upper(view.before(end))
        && !is_alnum(view.at(end));
    fits.then_some(end)
}

/// A Medicare beneficiary identifier (CMS: 11 characters, no S, L, O, I, B, Z), with dashes or not.
fn medicare(view: View<'_>, start: usize) -> Option<usize> {
    let number = compact(view, start, 11);
    let letter = |byte: u8| {
        byte.is_ascii_uppercase() && !matches!(byte, b'S' | b'L' | b'O' | b'I' | b'B' | b'Z')
    };
    let bytes = number.bytes.iter().take(11).enumerate();
    let fits = bytes.into_iter().all(|(place, byte)| match place {
        0 => matches!(byte, b'1'..=b'9'),
        1 | 4 | 7 | 8 => letter(*byte),
        2 | 5 => is_digit(*byte) || letter(*byte),
        _ => is_digit(*byte),
    });
    let end = start + usize::from(*number.ends.get(10)?);
    let capital = view
        .slice(start, end)
        .iter()
        .all(|byte| !byte.is_ascii_lowercase());
    (number.count == 11 && fits && capital && !is_alnum(view.at(end))).then_some(end)
}

/// The first line of a passport's machine-readable zone (ICAO 9303): `P<UTOERIKSSON<<ANNA`.
pub(super) fn travel_document(view: View<'_>, start: usize) -> Option<usize> {
    let mark = view.slice(start, start + 2);
    if mark != b"P<" {
        return None;
    }
    let line = view.slice(start, start + 44);
    let letters = line
        .iter()
        .skip(2)
        .take_while(|byte| is_upper(**byte))
        .count();
    let filled = line.windows(2).any(|pair| pair == b"<<");
    let whole = line
        .iter()
        .all(|byte| is_upper(*byte) || is_digit(*byte) || *byte == b'<');
    (letters >= 4 && filled && whole).then_some(start + line.len())
}

/// A trade item's number as GS1 writes it in a UDI: `(01)` and fourteen digits.
pub(super) fn trade_item(view: View<'_>, at: usize) -> Option<usize> {
    let digits = at + 4;
    let end = view.digits_end(digits);
    (view.slice(at, digits) == b"(01)" && end - digits == 14).then_some(end)
}

/// A DEA registration with its check digit.
pub(super) fn registrant(token: &[u8]) -> bool {
    let Some((head, digits)) = token.split_at_checked(2) else {
        return false;
    };
    let letters = head.first().is_some_and(|byte| is_upper(*byte))
        && head
            .last()
            .is_some_and(|byte| is_upper(*byte) || *byte == b'9');
    letters && digits.len() == 7 && all(digits, DIGITS) && checksum::dea(digits)
}

/// The end of a UUID at `start`; nothing in it is anybody's.
pub(super) fn uuid(view: View<'_>, start: usize) -> Option<usize> {
    let mut at = start;
    for (place, width) in [8, 4, 4, 4, 12].into_iter().enumerate() {
        let end = view.token_end(at);
        let hex = all_hexadecimal(view.slice(at, end));
        if end - at != width || !hex || (place < 4 && view.at(end) != b'-') {
            return None;
        }
        at = end + usize::from(place < 4);
    }
    Some(at)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(text: &str) -> Option<Kind> {
        let view = View(text.as_bytes());
        recognise(view, 0, view.token_end(0)).map(|(kind, _)| kind)
    }

    #[test]
    fn forms_and_check_digits() {
        for (text, kind) in [
            ("GB29NWBK60161331926819", Kind::Iban),
            ("DE89 3704 0044 0532 0130 00", Kind::Iban),
            ("gb29 nwbk 6016 1331 9268 19", Kind::Iban),
            ("AB123456C", Kind::UkNino),
            ("AB 12 34 56 C", Kind::UkNino),
            ("1EG4-TE5-MK73", Kind::MedicareMbi),
            ("1EG4TE5MK73", Kind::MedicareMbi),
            ("1M8GDM9AXKP042788", Kind::Vin),
            ("12345678Z", Kind::NationalId),
            ("RSSMRA85T10A562S", Kind::NationalId),
            ("11010519491231002X", Kind::NationalId),
            (
                "0x742d35Cc6634C0532925a3b844Bc454e4438f44e",
                Kind::CryptoWallet,
            ),
            ("1A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNa", Kind::CryptoWallet),
        ] {
            assert_eq!(found(text), Some(kind), "{text}");
        }
        for text in [
            "GB29NWBK60161331926818",
            "BG123456C",
            "1EG4-TE5-MK7X",
            "1M8GDM9A1KP042788",
            "12345678A",
            "0x0000000000000000000000000000000000000000",
            "a94a8fe5ccb19ba61c4c0873d391e987982fbbd3",
        ] {
            assert_eq!(found(text), None, "{text}");
        }
    }

    #[test]
    fn uuids_are_known_as_such() {
        let text = View(b"550e8400-e29b-41d4-a716-446655440000 ");
        assert_eq!(uuid(text, 0), Some(36));
        assert_eq!(uuid(View(b"4111-1111-1111-1111"), 0), None);
    }
}
