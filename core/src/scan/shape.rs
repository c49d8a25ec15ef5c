//! What a value has to look like next to its label.
//!
//! A label is most of the evidence, so check digits are not asked for here: people mistype.

use super::date;
use super::kind::Kind;
use super::lexicon;
use super::network;
use super::number;
use super::person;
use super::postal;
use super::run::Run;
use super::sense::{Link, SPAN, Sense, TLD};
use super::token;
use super::view::{View, is_alnum, is_blank, is_digit, is_letter, is_upper};

type Found = Option<(Kind, usize)>;

/// What `sense` announces, if it is at `at`, and where it ends.
pub(super) fn fits(view: View<'_>, sense: Sense, at: usize, link: Link) -> Found {
    let mut room = Squeezed::default();
    if let Some(length) = room.take(view, at) {
        let found = plainly(View(room.bytes.get(..length)?), sense, 0, link);
        if let Some((kind, end)) = found {
            return Some((kind, room.ends.get(end.checked_sub(1)?).copied()?));
        }
    }
    plainly(view, sense, at, link)
}

/// What a value next to a label is, for tables: the cell is all there is.
pub(super) fn cell(cell: View<'_>, sense: Sense) -> Option<Kind> {
    let link = Link {
        explicit: true,
        sure: true,
        far: false,
    };
    let mut at = 0;
    while at < 4 && !is_alnum(cell.at(at)) && at < cell.len() {
        at += 1;
    }
    fits(cell, sense, at, link).map(|(kind, _)| kind)
}

/// A value whose characters are set apart, put together.
struct Squeezed {
    bytes: [u8; 40],
    ends: [usize; 40],
}

impl Default for Squeezed {
    fn default() -> Self {
        Self {
            bytes: [0; 40],
            ends: [0; 40],
        }
    }
}

impl Squeezed {
    /// Takes `A B 1 2` as `AB12`: at least three single characters with single blanks between.
    fn take(&mut self, view: View<'_>, start: usize) -> Option<usize> {
        if view.at(start + 1) != b' ' || view.at(start + 3) != b' ' || !is_alnum(view.at(start)) {
            return None;
        }
        let (mut at, mut count) = (start, 0);
        loop {
            let byte = view.at(at);
            let mark = matches!(byte, b'/' | b'-' | b'.');
            if (!is_alnum(byte) && !mark) || is_alnum(view.at(at + 1)) {
                break;
            }
            let (Some(place), Some(end)) = (self.bytes.get_mut(count), self.ends.get_mut(count))
            else {
                break;
            };
            *place = byte;
            *end = at + 1;
            count += 1;
            if view.at(at + 1) != b' ' {
                break;
            }
            at += 2;
        }
        (count >= 3).then_some(count)
    }
}

fn plainly(view: View<'_>, sense: Sense, at: usize, link: Link) -> Found {
    let identifier =
        |kind, digits, least, most| identifier(view, at, link, (kind, digits, least, most));
    let exactly = |kind, count: usize| {
        let (_, end) = run(view, at)?.total(count, count)?;
        Some((kind, end))
    };
    match sense {
        Sense::Nothing | Sense::Other | Sense::Title | Sense::NamePart => None,
        Sense::Ssn => exactly(Kind::Ssn, 9),
        Sense::Itin => exactly(Kind::Itin, 9),
        Sense::Ein => exactly(Kind::Ein, 9),
        Sense::TaxId => tax_id(view, at).or_else(|| identifier(Kind::NationalId, 8, 8, 15)),
        Sense::Passport => identifier(Kind::Passport, 5, 6, 10)
            .or_else(|| coded(view, at, link, (Kind::Passport, 2, 8, 9))),
        Sense::License => identifier(Kind::DriverLicense, 4, 5, 20),
        Sense::LicenseWeak => link
            .explicit
            .then(|| identifier(Kind::DriverLicense, 5, 6, 20))?,
        Sense::Email => spoken_email(view, at),
        Sense::Phone => phone(view, at, 7),
        Sense::PhoneWeak => phone(view, at, 10),
        Sense::Cvv => {
            let run = run(view, at)?;
            let fits = matches!(run.length(0), 3 | 4)
                && !date_follows(view, run.end(0))
                && (link.explicit
                    || !view
                        .slice(at.saturating_sub(4), at)
                        .eq_ignore_ascii_case(b"csc "));
            fits.then(|| (Kind::CardSecurityCode, run.end(0)))
        }
        Sense::Iban => {
            let letters = view.slice(at, at + 2).iter().all(|byte| is_letter(*byte));
            letters.then(|| identifier(Kind::Iban, 8, 14, 34))?
        }
        Sense::Account => exact_or(view, at, Kind::BankAccount, (6, 17))
            .filter(|_| !view.at(at).eq(&b'(') && (link.explicit || link.sure))
            .or_else(|| identifier(Kind::BankAccount, 6, 7, 20)),
        Sense::AccountWeak => exact_or(view, at, Kind::BankAccount, (8, 17))
            .filter(|_| link.explicit || (!link.far && date::read(view, at).is_none())),
        Sense::Routing => exactly(Kind::RoutingNumber, 9),
        Sense::SortCode => exactly(Kind::BankAccount, 6),
        Sense::Wallet => {
            let end = view.token_end(at);
            let token = view.slice(at, end);
            let mixed = token.iter().any(|byte| is_digit(*byte))
                && token.iter().any(|byte| is_letter(*byte));
            ((25..=110).contains(&token.len()) && mixed).then_some((Kind::CryptoWallet, end))
        }
        Sense::Mrn => identifier(Kind::Mrn, 4, 4, 16),
        Sense::Plan => identifier(Kind::HealthPlanId, 4, 5, 20),
        Sense::Mbi => identifier(Kind::MedicareMbi, 5, 9, 12),
        Sense::Npi => exactly(Kind::Npi, 10),
        Sense::Dea => {
            let letters = view.slice(at, at + 2);
            let first = letters.first().is_some_and(|byte| is_letter(*byte));
            first.then(|| identifier(Kind::DeaNumber, 7, 8, 9))?
        }
        Sense::Admin => identifier(Kind::HealthAdminId, 4, 5, 24),
        Sense::Dob => date::read(view, at).map(|date| (Kind::DateOfBirth, date.end)),
        Sense::Born => date::read(view, at)
            .filter(|date| date.year.is_some_and(|year| year >= 1900))
            .map(|date| (Kind::DateOfBirth, date.end)),
        // Napoleon died on May 5, 1821.
        Sense::Care => date::read(view, at)
            .filter(|date| date.year.is_none_or(|year| year >= 1900))
            .map(|date| (Kind::CareDate, date.end)),
        Sense::Age => (!link.far).then(|| age(view, at))?,
        Sense::Name | Sense::NameWeak | Sense::Role => person::named(view, sense, at, link),
        Sense::Address => postal::address(view, at, link),
        Sense::Zip => postal::zip(view, at),
        Sense::Vin => identifier(Kind::Vin, 5, 11, 17),
        Sense::Plate => {
            let token = view.slice(at, view.token_end(at));
            let mixed = token.iter().filter(|byte| is_digit(**byte)).count() >= 3
                && token.iter().any(|byte| is_upper(*byte));
            let link = Link {
                sure: link.sure || mixed,
                ..link
            };
            let found = self::identifier(view, at, link, (Kind::LicensePlate, 1, 4, 9))?;
            let plain = view
                .slice(at, found.1)
                .iter()
                .filter(|byte| is_digit(**byte))
                .count();
            let capital = view.slice(at, found.1).iter().any(|byte| is_upper(*byte));
            ((link.explicit || link.sure) && (capital || plain >= 4)).then_some(found)
        }
        Sense::Device => token::uuid(view, at)
            .or_else(|| token::trade_item(view, at))
            .map(|end| (Kind::DeviceId, end))
            .or_else(|| identifier(Kind::DeviceId, 3, if link.explicit { 5 } else { 6 }, 40))
            .or_else(|| coded(view, at, link, (Kind::DeviceId, 1, 8, 20))),
        Sense::Ip => network::address(view, at, link).map(|end| (Kind::IpAddress, end)),
        Sense::Mac => {
            let end = view.token_end(at);
            let plain = end - at == 12 && view.slice(at, end).iter().all(u8::is_ascii_hexdigit);
            let end = network::hardware(view, at).or_else(|| plain.then_some(end))?;
            Some((Kind::MacAddress, end))
        }
        Sense::Nhs => exactly(Kind::UkNhs, 10),
        Sense::Nino => identifier(Kind::UkNino, 6, 8, 9)
            .filter(|_| view.slice(at, at + 2).iter().all(|byte| is_letter(*byte))),
        Sense::National => identifier(Kind::NationalId, 6, 7, 20)
            .filter(|_| run(view, at).is_none_or(|run| number::card(&run).is_none())),
    }
}

fn run(view: View<'_>, at: usize) -> Option<Run> {
    let first = view.at(at);
    (is_digit(first) || (first == b'(' && is_digit(view.at(at + 1)))).then(|| Run::read(view, at))
}

/// Between so many digits, in groups or not.
fn exact_or(view: View<'_>, at: usize, kind: Kind, (least, most): (usize, usize)) -> Found {
    let (_, end) = run(view, at)?.total(least, most)?;
    Some((kind, end))
}

fn date_follows(view: View<'_>, end: usize) -> bool {
    matches!(view.at(end), b'/' | b'-' | b'.') && is_digit(view.at(end + 1))
}

fn tax_id(view: View<'_>, at: usize) -> Found {
    let run = run(view, at)?;
    let (_, end) = run.total(9, 9)?;
    let kind = match (run.has(&[3, 2, 4]), run.digits(1)) {
        (Some(_), b"9") => Kind::Itin,
        (Some(_), _) => Kind::Ssn,
        _ => Kind::Ein,
    };
    Some((kind, end))
}

fn phone(view: View<'_>, at: usize, least: usize) -> Found {
    let at = at + usize::from(view.at(at) == b'+');
    let run = run(view, at)?;
    let local = run.has(&[3, 4]).filter(|_| run.groups() == 2);
    let (_, end) = run.total(least, 15).or_else(|| local.map(|end| (7, end)))?;
    let date = date::read(view, at)
        .is_some_and(|date| date.year.is_some_and(|year| year > 1900) && date.end >= end);
    let toll_free = least > 7
        && [&b"800"[..], b"888", b"877", b"866", b"855", b"844", b"833"]
            .iter()
            .any(|area| {
                run.digits(4)
                    .strip_prefix(b"1")
                    .unwrap_or(run.digits(3))
                    .starts_with(area)
            });
    (!date && !toll_free).then_some((Kind::Phone, end))
}

/// Letters and digits in one piece or in pieces: so many digits at least, so many characters.
fn identifier(
    view: View<'_>,
    at: usize,
    link: Link,
    (kind, digits, least, most): (Kind, usize, usize, usize),
) -> Found {
    let (mut count, mut numbers, mut end, mut pieces) = (0, 0, at, 0);
    let mut whole = None;
    if !is_alnum(view.at(at)) {
        return None;
    }
    loop {
        let piece = view.token_end(end);
        let bytes = view.slice(end, piece);
        let numerals = bytes.iter().filter(|byte| is_digit(**byte)).count();
        // A word in lower case is no part of a number.
        let word = numerals == 0 && (bytes.len() > 5 || bytes.iter().all(|byte| !is_upper(*byte)));
        if word && whole.is_some() {
            // `MRN: 00482913.and so on`
            end = whole.unwrap_or(end);
            break;
        }
        if word || bytes.is_empty() || piece - at > 64 {
            return None;
        }
        count += bytes.len();
        numbers += numerals;
        pieces += 1;
        end = piece;
        if count > most || pieces > 8 {
            return None;
        }
        let joined = matches!(view.at(end), b'-' | b'.' | b'/' | b'_' | b' ' | b'*')
            && is_alnum(view.at(end + 1));
        let tight = joined && view.at(end) != b' ' && view.at(end) != b'*';
        let enough = numbers >= digits && count >= least;
        if enough && !tight {
            break;
        }
        if enough {
            whole = Some(end);
        }
        if !joined {
            return None;
        }
        if view.at(end) == b' ' && enough {
            break;
        }
        end += 1;
    }
    let sure = link.explicit || link.sure || numbers >= 6;
    let clock = view.at(end) == b':' && is_digit(view.at(end + 1)) && numbers < 6;
    let address = matches!(view.at(end), b'@') || view.slice(end, end + 3) == b"://";
    (sure && !clock && !address).then_some((kind, end))
}

/// Capitals and digits in one piece: so many digits at least, so many characters.
fn coded(
    view: View<'_>,
    at: usize,
    link: Link,
    (kind, digits, least, most): (Kind, usize, usize, usize),
) -> Found {
    let end = view.token_end(at);
    let token = view.slice(at, end);
    let plain = token.iter().all(|byte| is_upper(*byte) || is_digit(*byte));
    let numerals = token.iter().filter(|byte| is_digit(**byte)).count();
    let fits = plain && numerals >= digits && (least..=most).contains(&token.len());
    (fits && (link.explicit || link.sure) && !link.far).then_some((kind, end))
}

/// A number of years above 89, and nothing that makes it a range or another unit.
fn age(view: View<'_>, at: usize) -> Found {
    let end = view.digits_end(at);
    let value = view.slice(at, end);
    let old = match value {
        [b'9', _] => true,
        [b'1', b'0' | b'1', _] => true,
        _ => value == b"120",
    };
    let after = view.skip_spaces(end);
    // `90 and 95`, but `91 and lives alone`.
    let token = view.slice(after, view.token_end(after));
    let next = view.skip_spaces(after + token.len());
    let more = [&b"over"[..], b"older", b"above", b"up", b"more", b"beyond"]
        .contains(&view.slice(next, view.token_end(next)));
    let and = matches!(token, b"and" | b"or") && !more && !is_digit(view.at(next));
    let other = !and && lexicon::flags(view.token_hash(after)) & SPAN != 0;
    let mark = matches!(view.at(after), b'+' | b'%' | b'-') && !is_letter(view.at(after + 1));
    let decimal = view.at(end) == b'.' && is_digit(view.at(end + 1));
    (old && !other && !mark && !decimal && !is_alnum(view.at(end)))
        .then_some((Kind::AgeOver89, end))
}

/// `john at example dot com`, after a label.
fn spoken_email(view: View<'_>, at: usize) -> Found {
    let mut next = at;
    let mut at_seen = None;
    for place in 0..8 {
        let end = view.token_end(next);
        if end == next || end - at > 80 {
            return None;
        }
        let token = view.slice(next, end);
        if token.eq_ignore_ascii_case(b"at") && place > 0 {
            at_seen = Some(place);
        }
        let ends = view.word(next).is_some_and(|word| {
            word.end == end && (lexicon::flags(word.hash) & TLD != 0 || end - next == 2)
        });
        if ends && at_seen.is_some_and(|seen| place > seen + 1) {
            return Some((Kind::Email, end));
        }
        next = end;
        while next - end < 3
            && (is_blank(view.at(next))
                || matches!(
                    view.at(next),
                    b'.' | b'(' | b')' | b'[' | b']' | b'_' | b'-'
                ))
        {
            next += 1;
        }
    }
    None
}
