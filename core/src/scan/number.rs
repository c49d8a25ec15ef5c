//! Runs of digits, with whatever separates them, and what their form alone says.

use super::checksum;
use super::kind::Kind;
use super::phone;
use super::run::{Run, number, stands_alone};
use super::view::View;

/// Whether a payment card's issuer range and length fit.
fn issuer(digits: &[u8]) -> bool {
    let number = |count: usize| number(digits.get(..count).unwrap_or(digits));
    match digits.len() {
        13 => number(1) == 4,
        14 => matches!(number(3), 300..=305 | 309) || matches!(number(2), 36 | 38 | 39),
        15 => matches!(number(2), 34 | 37),
        16 => {
            number(1) == 4
                || matches!(number(2), 51..=55 | 62 | 65)
                || matches!(number(3), 644..=649)
                || matches!(number(4), 2221..=2720 | 3528..=3589 | 5018 | 5020 | 5038 | 5893 | 6011 | 6304 | 6759 | 6761..=6763)
        }
        19 => {
            matches!(number(2), 62 | 65)
                || matches!(
                    number(4),
                    6011 | 5018 | 5020 | 5038 | 6304 | 6759 | 6761..=6763
                )
                || (number(1) == 4)
        }
        17 | 18 => matches!(number(2), 62 | 65) || number(4) == 6011,
        _ => false,
    }
}

/// A payment card number from the start of the run, and its end.
pub(super) fn card(run: &Run) -> Option<usize> {
    let mut sum = 0;
    for group in 0..run.groups() {
        let length = run.length(group);
        sum += length;
        // Groups of a card are short; a list of long numbers is no card.
        if sum > 19 || (length > 8 && run.groups() > 1 && sum != length) {
            return None;
        }
        let digits = run.digits(sum);
        if sum >= 13 && issuer(digits) && checksum::luhn(digits) {
            let same = digits.windows(2).all(|pair| pair.first() == pair.last());
            return (!same).then(|| run.end(group));
        }
        if matches!(run.separator(group), b'|' | b',') {
            return None;
        }
    }
    None
}

/// What a formatted number is by its form alone.
pub(super) fn formatted(view: View<'_>, run: &Run) -> Option<(Kind, usize)> {
    if run.length(0) == 3 && run.length(1) == 2 {
        return nine(view, run);
    }
    if let Some(found) = phone::formatted(view, run) {
        return Some((Kind::Phone, found));
    }
    if run.has(&[3, 3, 3, 2]) && run.separator(0) == b'.' && run.separator(2) == b'-' {
        return checksum::cpf(run.digits(11)).then(|| (Kind::NationalId, run.end(3)));
    }
    None
}

/// 3-2-4: a social security number or its kin.
fn nine(view: View<'_>, run: &Run) -> Option<(Kind, usize)> {
    let separator = run.even(&[3, 2, 4])?;
    let end = run.end(2);
    let alone = !matches!(run.separator(2), b'-' | b'.' | b'/');
    let bare = matches!(separator, b' ' | b'.' | b'\t' | b',' | b'|' | b'*');
    if !alone || (bare && (separator == b',' || separator == b'|' || !stands_alone(view, run, 3))) {
        return None;
    }
    let digits = run.digits(9);
    let area = number(digits.get(..3)?);
    let group = number(digits.get(3..5)?);
    let serial = number(digits.get(5..9)?);
    let kind = match (area, group, serial) {
        (0 | 666, ..) | (_, 0, _) | (.., 0) => return None,
        (900.., 50..=65 | 70..=88 | 90..=92 | 94..=99, _) => Kind::Itin,
        (900.., ..) => return None,
        _ => Kind::Ssn,
    };
    Some((kind, end))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(text: &str) -> Option<Kind> {
        let view = View(text.as_bytes());
        let start = text.find(|c: char| c.is_ascii_digit() || c == '(')?;
        let run = Run::read(view, start);
        card(&run)
            .map(|_| Kind::PaymentCard)
            .or_else(|| formatted(view, &run).map(|(kind, _)| kind))
    }

    #[test]
    fn forms_that_speak_for_themselves() {
        for (text, kind) in [
            ("123-45-6789", Kind::Ssn),
            ("123.45.6789", Kind::Ssn),
            ("my number 123 45 6789", Kind::Ssn),
            ("1 2 3 - 4 5 - 6 7 8 9", Kind::Ssn),
            ("912-70-1234", Kind::Itin),
            ("4111 1111 1111 1111", Kind::PaymentCard),
            ("4111-1111-1111-1111", Kind::PaymentCard),
            ("3782 822463 10005", Kind::PaymentCard),
            ("4 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1", Kind::PaymentCard),
            ("(415) 555-0123", Kind::Phone),
            ("415-555-0123", Kind::Phone),
            ("1-415-555-0123", Kind::Phone),
            ("+44 20 7946 0958", Kind::Phone),
            ("+14155550123", Kind::Phone),
            ("529.982.247-25", Kind::NationalId),
        ] {
            assert_eq!(found(text), Some(kind), "{text}");
        }
    }

    #[test]
    fn forms_that_do_not() {
        for text in [
            "123456789",
            "4155550123",
            "000-12-3456",
            "666-12-3456",
            "123-00-6789",
            "\"GET /\" 200 45 1234",
            "12 200 45 1234 5",
            "4111 1111 1111 1112",
            "1234567890123456",
            "2024-01-15 10:30:45",
            "100-200-3000",
            "1.2.3.4",
            "0000000000000000",
        ] {
            assert_eq!(found(text), None, "{text}");
        }
    }
}
