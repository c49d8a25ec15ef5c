//! What must hold for whatever text: no disguise loses a finding, the work is linear, nothing leaks.

use super::*;
use proptest::prelude::*;

/// Texts with a value in the middle, and its kind.
const SAMPLES: &[(&str, &str, Kind)] = &[
    ("My SSN is ", "078-05-1120", Kind::Ssn),
    ("see ", "123-45-6789", Kind::Ssn),
    ("card ", "4111 1111 1111 1111", Kind::PaymentCard),
    ("phone: ", "415-555-0123", Kind::Phone),
    ("DOB: ", "03/04/1980", Kind::DateOfBirth),
    ("MRN: ", "00482913", Kind::Mrn),
    ("NPI ", "1234567893", Kind::Npi),
    ("write to ", "jane.doe@example.com", Kind::Email),
    ("routing number ", "021000021", Kind::RoutingNumber),
    ("account number: ", "123456789012", Kind::BankAccount),
    ("IBAN ", "DE89370400440532013000", Kind::Iban),
    ("Medicare ", "1EG4-TE5-MK73", Kind::MedicareMbi),
    ("Patient name: ", "Jane Doe", Kind::PersonName),
    ("VIN ", "1M8GDM9AXKP042788", Kind::Vin),
    ("ITIN ", "912-70-1234", Kind::Itin),
    ("EIN: ", "12-3456789", Kind::Ein),
    ("passport number ", "C01234567", Kind::Passport),
    ("CVV: ", "737", Kind::CardSecurityCode),
    ("NHS number: ", "943 476 5919", Kind::UkNhs),
    ("NINO ", "AB123456C", Kind::UkNino),
    ("member id: ", "XYZ123456789", Kind::HealthPlanId),
    ("claim number: ", "CLM12345678", Kind::HealthAdminId),
    ("DEA number: ", "AB1234563", Kind::DeaNumber),
    ("serial number: ", "SN12345678", Kind::DeviceId),
    ("CPF ", "529.982.247-25", Kind::NationalId),
    ("lives at ", "1600 Birchwood Avenue", Kind::StreetAddress),
    ("admission date: ", "03/04/2024", Kind::CareDate),
    ("IP address: ", "203.0.113.77", Kind::IpAddress),
];

fn finds(text: &str, kind: Kind) -> bool {
    crate::scan::text(text, all()).contains(kind)
}

fn sample() -> impl Strategy<Value = (&'static str, &'static str, Kind)> {
    proptest::sample::select(SAMPLES)
}

proptest! {
    #[test]
    fn invisible_characters_hide_nothing(
        (label, value, kind) in sample(),
        places in proptest::collection::vec((0usize..64, 0usize..6), 1..12),
    ) {
        let marks = ['\u{200b}', '\u{ad}', '\u{202e}', '\u{feff}', '\u{0}', '\u{2060}'];
        let mut characters: Vec<char> = label.chars().chain(value.chars()).collect();
        for (place, mark) in places {
            characters.insert(place % (characters.len() + 1), marks[mark]);
        }
        let text: String = characters.into_iter().collect();
        prop_assert!(finds(&text, kind), "{text:?}");
    }

    #[test]
    fn other_separators_and_digits_hide_nothing(
        (label, value, kind) in sample(),
        dash in proptest::sample::select(&['-', '\u{2010}', '\u{2011}', '\u{2013}', '\u{2212}', '\u{ff0d}'][..]),
        space in proptest::sample::select(&[' ', '\u{a0}', '\u{2003}', '\u{202f}', '\u{3000}'][..]),
        zero in proptest::sample::select(&['0', '\u{ff10}', '\u{660}', '\u{966}', '\u{1d7ce}'][..]),
    ) {
        let text: String = label.chars().chain(value.chars()).map(|it| match it {
            '-' => dash,
            ' ' => space,
            '0'..='9' => char::from_u32(u32::from(zero) + u32::from(it) - 48).unwrap_or(it),
            it => it,
        }).collect();
        prop_assert!(finds(&text, kind), "{text:?}");
    }

    #[test]
    fn wrapping_in_json_hides_nothing((label, value, kind) in sample(), depth in 0usize..4) {
        let mut text = format!("{label}{value}");
        for _ in 0..depth {
            text = serde_json::json!({ "note": text }).to_string();
        }
        prop_assert!(finds(&text, kind), "{text}");
        let sent = serde_json::json!({ "messages": [{ "role": "user", "content": text }] }).to_string();
        prop_assert!(body(sent.as_bytes(), all()).unwrap().contains(kind));
    }

    #[test]
    fn splitting_over_parts_hides_nothing((label, value, kind) in sample(), cuts in proptest::collection::vec(0usize..48, 1..4)) {
        let text = format!("{label}{value}");
        let mut cuts: Vec<usize> = cuts.into_iter().map(|cut| cut % text.len()).collect();
        cuts.extend([0, text.len()]);
        cuts.sort_unstable();
        let parts: Vec<_> = cuts.windows(2)
            .map(|cut| serde_json::json!({ "type": "text", "text": text.get(cut[0]..cut[1]) }))
            .collect();
        let sent = serde_json::json!({ "messages": [{ "role": "user", "content": parts }] }).to_string();
        prop_assert!(body(sent.as_bytes(), all()).unwrap().contains(kind), "{sent}");
    }

    #[test]
    fn escapes_hide_nothing((label, value, kind) in sample(), how in 0usize..4) {
        let text: String = label.chars().chain(value.chars()).map(|it| match how {
            0 if it != ' ' => format!("%{:02x}", u32::from(it)),
            1 if it.is_ascii_digit() => format!("&#{};", u32::from(it)),
            2 if it.is_ascii_digit() => format!("\\u{:04x}", u32::from(it)),
            3 if it.is_ascii_digit() => format!("&#x{:x};", u32::from(it)),
            _ => it.to_string(),
        }).collect();
        prop_assert!(finds(&text, kind), "{text}");
    }

    #[test]
    fn what_stands_around_changes_nothing(
        (label, value, kind) in sample(),
        before in "[a-z ,]{0,60}\n",
        after in "[\n.][a-z ,]{0,60}",
    ) {
        let text = format!("{before}{label}{value}{after}");
        prop_assert!(finds(&text, kind), "{text}");
    }

    #[test]
    fn any_text_is_read_and_every_name_is_known(text in "\\PC{0,200}") {
        let found = crate::scan::text(&text, all());
        prop_assert!(found.names().is_sorted());
    }

    #[test]
    fn nothing_of_the_input_is_in_a_refusal(value in "[0-9]{5,12}", key in "[a-z]{5,12}") {
        let bodies = [
            format!(r#"{{"messages":[{{"content":"{value}"#),
            format!(r#"{{"messages":[{{"content":[{{"type":"{value}"}}]}}]}}"#),
            format!(r#"{{"input":[{value}]}}"#),
            format!(r#"{{"note{key}":"ssn 078-05-1120 {value}"}}"#),
        ];
        for sent in bodies {
            let shown = format!("{:?}", body(sent.as_bytes(), all()));
            prop_assert!(!shown.contains(&value) && !shown.contains("1120"), "{shown}");
        }
    }
}

#[test]
fn a_key_is_scanned_whatever_its_value() {
    for value in [
        "1",
        "\"x\"",
        "null",
        "true",
        "false",
        "{}",
        "[]",
        "[null]",
        "[[]]",
        "{\"a\":{}}",
    ] {
        let sent = format!(r#"{{"a":{{"078-05-1120":{value}}}}}"#);
        let found = body(sent.as_bytes(), all()).unwrap();
        assert!(found.contains(Kind::Ssn), "{sent}");
    }
    for value in ["null", "true", "false", "{}", "[]"] {
        let sent = format!(r#"{{"ssn":{value},"order":123456789}}"#);
        let found = body(sent.as_bytes(), all()).unwrap();
        assert!(found.is_empty(), "{sent}");
    }
}

/// Texts that would cost a scanner that looks back or ahead without a bound.
const ADVERSARIAL: &[&str] = &[
    "1",
    "1 ",
    "1-",
    "(1)",
    "a@",
    "@",
    "ssn ",
    "ssn:",
    "ssn is ",
    "name: ",
    "Dr. A ",
    "PID|",
    "PID|\n",
    "~NM1*",
    "0x",
    "-",
    "dot ",
    "at dot ",
    "1.1.",
    "a.",
    "::",
    "A1 ",
    "patient ",
    "the ",
    ",",
    "ssn,",
    "|ssn|\n",
    "{",
    "%31",
    "&#49;",
    "\\u0031",
    "QUJD",
    "MTIz\n",
    "\u{200b}",
    "\u{661}",
    "92 ",
    "March ",
    "P.O. ",
    "P<",
    "GB29 ",
    "is my ",
    "social security ",
    "1 Main ",
    "a, ",
    "\"",
    "12345678-",
    "f(a, b) values (",
    "a) values (1,",
    "x=%41 ",
    "The patient, Mrs. Roe, was seen on 03/04/2026; call 415-555-0123.\n",
];

/// The reads of bytes are counted, not the time: that does not depend on the machine.
fn steps(unit: &str, size: usize) -> usize {
    let text = unit.repeat(size.div_ceil(unit.len()));
    view::counted(|| {
        let _kinds = crate::scan::text(&text, all());
    })
}

/// From 1 KB to 1 MB the work for a byte does not grow.
#[test]
fn the_work_is_linear_whatever_the_text() {
    for unit in ADVERSARIAL {
        let small = steps(unit, 1 << 10);
        assert!(small <= 2_000 << 10, "{unit:?}: {small} steps");
        for size in [1 << 14, 1 << 20] {
            let large = steps(unit, size);
            let most = small * (size >> 10) * 5 / 4;
            assert!(large <= most, "{unit:?}: {small} steps, then {large}");
        }
    }
}

#[test]
fn deep_and_broken_bodies_are_refused() {
    for sent in [
        "",
        "{",
        "[",
        "\"",
        "{\"a\"",
        "{\"a\":}",
        "[1,]",
        "\u{feff}{}",
        "{} {}",
        "\"\\ud800\"",
        "nul",
        "-",
    ] {
        let scanned = body(sent.as_bytes(), all());
        assert!(sent == "-" || scanned.is_err(), "{sent}");
    }
    let deep = format!("{}{}", "[".repeat(100_000), "]".repeat(100_000));
    assert!(body(deep.as_bytes(), all()).is_err());
    assert!(body(b"\"\xff\"", all()).is_err());
}
