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
use super::view::{
    CAPITALS, DIGITS, LETTERS, View, all, all_hexadecimal, any, how_many, is_alnum, is_blank,
    is_digit, is_letter, is_one_of,
};

type Found = Option<(Kind, usize)>;

/// What `sense` announces, if it is at `at`, and where it ends.
pub(super) fn fits(view: View<'_>, sense: Sense, at: usize, link: Link) -> Found {
    if view.at(at + 1) == b' '
        && view.at(at + 3) == b' '
        && is_alnum(view.at(at))
        && let Some(found) = squeezed(view, sense, at, link)
    {
        return Some(found);
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

/// A value whose characters are set apart: `A B 1 2`, at least three with single blanks between.
#[cold]
#[inline(never)]
fn squeezed(view: View<'_>, sense: Sense, start: usize, link: Link) -> Found {
    let mut room = [0; 40];
    let mut length = 0;
    for (place, at) in room.iter_mut().zip((start..).step_by(2)) {
        let byte = view.at(at);
        let mark = matches!(byte, b'/' | b'-' | b'.');
        if (!is_alnum(byte) && !mark) || is_alnum(view.at(at + 1)) {
            break;
        }
        *place = byte;
        length += 1;
        if view.at(at + 1) != b' ' {
            break;
        }
    }
    let value = room.get(..length).filter(|_| length >= 3)?;
    let (kind, end) = plainly(View(value), sense, 0, link)?;
    Some((kind, start + end.checked_sub(1)? * 2 + 1))
}

/// A form of identifiers: kind, how many digits at least, how many characters at least and at most.
type Form = (Kind, u8, u8, u8);

/// What a label announces that asks for no more than an identifier of some length.
fn form(sense: Sense) -> Option<Form> {
    Some(match sense {
        Sense::TaxId => (Kind::NationalId, 8, 8, 15),
        Sense::Passport => (Kind::Passport, 5, 6, 10),
        Sense::License => (Kind::DriverLicense, 4, 5, 20),
        Sense::LicenseWeak => (Kind::DriverLicense, 5, 6, 20),
        Sense::Iban => (Kind::Iban, 8, 14, 34),
        Sense::Account => (Kind::BankAccount, 6, 7, 20),
        Sense::Mrn => (Kind::Mrn, 4, 4, 16),
        Sense::Plan => (Kind::HealthPlanId, 4, 5, 20),
        Sense::Mbi => (Kind::MedicareMbi, 5, 9, 12),
        Sense::Dea => (Kind::DeaNumber, 7, 8, 9),
        Sense::Admin => (Kind::HealthAdminId, 4, 5, 24),
        Sense::Vin => (Kind::Vin, 5, 11, 17),
        Sense::Plate => (Kind::LicensePlate, 1, 4, 9),
        Sense::Device => (Kind::DeviceId, 3, 6, 40),
        Sense::Nino => (Kind::UkNino, 6, 8, 9),
        Sense::National => (Kind::NationalId, 6, 7, 20),
        _ => return None,
    })
}

/// What a label announces that is so many digits, and how many.
fn exact(sense: Sense) -> Option<(Kind, usize)> {
    Some(match sense {
        Sense::Ssn => (Kind::Ssn, 9),
        Sense::Itin => (Kind::Itin, 9),
        Sense::Ein => (Kind::Ein, 9),
        Sense::Routing => (Kind::RoutingNumber, 9),
        Sense::SortCode => (Kind::BankAccount, 6),
        Sense::Npi => (Kind::Npi, 10),
        Sense::Nhs => (Kind::UkNhs, 10),
        _ => return None,
    })
}

fn plainly(view: View<'_>, sense: Sense, at: usize, link: Link) -> Found {
    if let Some((kind, count)) = exact(sense) {
        return exactly(view, at, kind, (count, count));
    }
    if let Some(form) = form(sense) {
        return labelled(view, sense, at, link, form);
    }
    match sense {
        Sense::Email => spoken_email(view, at),
        Sense::Phone => phone(view, at, 7),
        Sense::PhoneWeak => phone(view, at, 10),
        Sense::Cvv => {
            let run = run(view, at);
            let fits = matches!(run.length(0), 3 | 4)
                && !date_follows(view, run.end(0))
                && (link.explicit || !view.says(at.saturating_sub(4), b"csc "));
            fits.then(|| (Kind::CardSecurityCode, run.end(0)))
        }
        Sense::AccountWeak => exactly(view, at, Kind::BankAccount, (8, 17))
            .filter(|_| link.explicit || (!link.far && date::read(view, at).is_none())),
        Sense::Wallet => {
            let end = view.token_end(at);
            let token = view.slice(at, end);
            let mixed = any(token, DIGITS) && any(token, LETTERS);
            ((25..=110).contains(&token.len()) && mixed).then_some((Kind::CryptoWallet, end))
        }
        Sense::Dob | Sense::Born | Sense::Care => {
            let date = date::read(view, at)?;
            // Napoleon died on May 5, 1821.
            let (kind, fits) = match sense {
                Sense::Dob => (Kind::DateOfBirth, true),
                Sense::Born => (
                    Kind::DateOfBirth,
                    date.year.is_some_and(|year| year >= 1900),
                ),
                _ => (Kind::CareDate, date.year.is_none_or(|year| year >= 1900)),
            };
            fits.then_some((kind, date.end))
        }
        Sense::Age => (!link.far).then(|| age(view, at))?,
        Sense::Name | Sense::NameWeak | Sense::Role => person::named(view, sense, at, link),
        Sense::Address => postal::address(view, at, link),
        Sense::Zip => postal::zip(view, at),
        Sense::Ip => network::address(view, at, link).map(|end| (Kind::IpAddress, end)),
        Sense::Mac => {
            let end = view.token_end(at);
            let plain = end - at == 12 && all_hexadecimal(view.slice(at, end));
            let end = network::hardware(view, at).or_else(|| plain.then_some(end))?;
            Some((Kind::MacAddress, end))
        }
        _ => None,
    }
}

/// An identifier of this form, and what else its label asks for.
fn labelled(view: View<'_>, sense: Sense, at: usize, mut link: Link, mut form: Form) -> Found {
    let letter = is_letter(view.at(at));
    match sense {
        Sense::LicenseWeak if !link.explicit => return None,
        Sense::Iban | Sense::Nino if !letter || !is_letter(view.at(at + 1)) => return None,
        Sense::Dea if !letter => return None,
        Sense::TaxId => {
            if let Some(found) = tax_id(view, at) {
                return Some(found);
            }
        }
        Sense::Account if view.at(at) != b'(' && (link.explicit || link.sure) => {
            if let Some(found) = exactly(view, at, Kind::BankAccount, (6, 17)) {
                return Some(found);
            }
        }
        Sense::Plate => {
            let token = view.slice(at, view.token_end(at));
            let mixed = how_many(token, DIGITS) >= 3 && any(token, CAPITALS);
            link.sure |= mixed;
        }
        Sense::Device => {
            if let Some(end) = token::uuid(view, at).or_else(|| token::trade_item(view, at)) {
                return Some((Kind::DeviceId, end));
            }
            form.2 -= u8::from(link.explicit);
        }
        _ => {}
    }
    let found = identifier(view, at, link, form);
    match sense {
        Sense::Passport => found.or_else(|| coded(view, at, link, (Kind::Passport, 2, 8, 9))),
        Sense::Device => found.or_else(|| coded(view, at, link, (Kind::DeviceId, 1, 8, 20))),
        Sense::Plate => {
            let (_, end) = found?;
            let plate = view.slice(at, end);
            let digits = how_many(plate, DIGITS);
            let capital = any(plate, CAPITALS);
            found.filter(|_| (link.explicit || link.sure) && (capital || digits >= 4))
        }
        Sense::National => found.filter(|_| number::card(&run(view, at)).is_none()),
        _ => found,
    }
}

/// The groups of digits that begin here; none if something else does.
fn run(view: View<'_>, at: usize) -> Run {
    let first = view.at(at);
    if is_digit(first) || (first == b'(' && is_digit(view.at(at + 1))) {
        Run::read(view, at)
    } else {
        Run::none(at)
    }
}

/// As many digits as that, in groups or not.
fn exactly(view: View<'_>, at: usize, kind: Kind, (least, most): (usize, usize)) -> Found {
    let (_, end) = run(view, at).total(least, most)?;
    Some((kind, end))
}

fn date_follows(view: View<'_>, end: usize) -> bool {
    matches!(view.at(end), b'/' | b'-' | b'.') && is_digit(view.at(end + 1))
}

fn tax_id(view: View<'_>, at: usize) -> Found {
    let run = run(view, at);
    let (_, end) = run.total(9, 9)?;
    let kind = match (run.has(&[3, 2, 4]), run.digits(1)) {
        (true, b"9") => Kind::Itin,
        (true, _) => Kind::Ssn,
        _ => Kind::Ein,
    };
    Some((kind, end))
}

fn phone(view: View<'_>, at: usize, least: usize) -> Found {
    let at = at + usize::from(view.at(at) == b'+');
    let run = run(view, at);
    let local = run.has(&[3, 4]) && run.groups() == 2;
    let end = if local {
        run.end(1)
    } else {
        run.total(least, 15)?.1
    };
    let date = date::read(view, at)
        .is_some_and(|date| date.year.is_some_and(|year| year > 1900) && date.end >= end);
    let toll_free = least > 7
        && is_one_of(
            "800 888 877 866 855 844 833",
            run.digits(4).strip_prefix(b"1").unwrap_or(run.digits(3)),
        );
    (!date && !toll_free).then_some((Kind::Phone, end))
}

/// Letters and digits in one piece or in pieces: so many digits at least, so many characters.
fn identifier(view: View<'_>, at: usize, link: Link, (kind, digits, least, most): Form) -> Found {
    let (digits, least, most) = (usize::from(digits), usize::from(least), usize::from(most));
    let (mut count, mut numbers, mut end, mut pieces) = (0, 0, at, 0);
    let mut whole = None;
    if !is_alnum(view.at(at)) {
        return None;
    }
    loop {
        let piece = view.token_end(end);
        let bytes = view.slice(end, piece);
        let numerals = how_many(bytes, DIGITS);
        // A word in lower case is no part of a number.
        let word = numerals == 0 && (bytes.len() > 5 || !any(bytes, CAPITALS));
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
fn coded(view: View<'_>, at: usize, link: Link, (kind, digits, least, most): Form) -> Found {
    let (digits, least, most) = (usize::from(digits), usize::from(least), usize::from(most));
    let end = view.token_end(at);
    let token = view.slice(at, end);
    let plain = all(token, CAPITALS | DIGITS);
    let numerals = how_many(token, DIGITS);
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
    let word = view.slice(next, view.token_end(next));
    let more = is_one_of("over older above up more beyond", word);
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
