//! Segments of HL7 version 2 and of X12, whose fields are labels by their place.

use super::kind::{Kind, Report};
use super::sense::Sense;
use super::shape;
use super::view::{View, is_letter};

/// Longest segment read, in bytes.
const MAX_SEGMENT: usize = 4096;

/// Whether a segment may begin at `start`: at the beginning of a line or after X12's terminator.
pub(super) fn begins(view: View<'_>, start: usize) -> bool {
    let before = view.before(start);
    let star = view.slice(start, start + 4).contains(&b'*');
    before == 0 || matches!(before, b'\n' | b'\r' | b'"' | b'`') || (star && before == b'~')
        // A line break as JSON writes it.
        || (matches!(before, b'n' | b'r') && view.before(start - 1) == b'\\')
        || (star && before == b' ' && view.before(start - 1) == b'~')
}

/// What the field at this place of this HL7 segment holds.
fn hl7(segment: &[u8], field: usize) -> Sense {
    match (segment, field) {
        (b"PID", 2..=4) | (b"MRG", 1..=4) => Sense::Mrn,
        (b"PID", 5 | 6 | 9) | (b"NK1", 2) | (b"IN1", 16) | (b"GT1", 3 | 4) | (b"MRG", 7) => {
            Sense::Name
        }
        (b"PID", 7) | (b"IN1", 18) | (b"GT1", 8) | (b"NK1", 16) => Sense::Dob,
        (b"PID", 11) | (b"NK1", 4) | (b"IN1", 19) | (b"GT1", 5) => Sense::Address,
        (b"PID", 13 | 14) | (b"NK1", 5..=7) | (b"GT1", 6 | 7) | (b"IN1", 7) => Sense::Phone,
        (b"PID", 18) => Sense::Account,
        (b"PID", 19) | (b"GT1", 12) | (b"NK1", 37) => Sense::Ssn,
        (b"PID", 20) => Sense::License,
        (b"PID", 29) | (b"PV1", 44 | 45) => Sense::Care,
        (b"IN1", 2 | 8 | 36 | 49) | (b"IN2", 6 | 8 | 61) => Sense::Plan,
        (b"IN2", 2) => Sense::Ssn,
        (b"PV1", 5 | 19 | 50) | (b"OBR" | b"ORC", 2 | 3) | (b"SPM", 2) => Sense::Admin,
        // A provider: number, family name, given name.
        (b"PV1", 7 | 8 | 9 | 17 | 52)
        | (b"OBR", 16)
        | (b"ORC", 10..=12)
        | (b"PD1", 4)
        | (b"ROL", 4)
        | (b"PRA", 1) => Sense::Role,
        (b"STF", 3) => Sense::Name,
        (b"STF", 6) => Sense::Dob,
        (b"STF", 10) => Sense::Phone,
        (b"STF", 11) => Sense::Address,
        _ => Sense::Nothing,
    }
}

/// What the element at this place of this X12 segment holds, given the elements before it.
fn x12(segment: &[u8], element: usize, one: &[u8], two: &[u8], qualifier: &[u8]) -> Sense {
    match (segment, element) {
        (b"NM1", 3) if two == b"1" => Sense::Name,
        (b"NM1", 9) => match qualifier {
            b"MI" => Sense::Plan,
            b"XX" => Sense::Npi,
            b"34" | b"SY" => Sense::Ssn,
            b"24" | b"EI" | b"FI" => Sense::Ein,
            _ => Sense::Nothing,
        },
        (b"NM1", 4) if two == b"1" => Sense::Name,
        (b"DMG", 2) => Sense::Dob,
        (b"DTP", 3)
            if matches!(
                one,
                b"435" | b"096" | b"472" | b"431" | b"454" | b"439" | b"297" | b"471" | b"461"
            ) =>
        {
            Sense::Care
        }
        (b"DTM", 2) if matches!(one, b"232" | b"233" | b"435" | b"096" | b"472" | b"150") => {
            Sense::Care
        }
        (b"PER", 2) => Sense::Name,
        (b"INS", 12) => Sense::Care,
        (b"N4", 3) => Sense::Zip,
        (b"SBR", 3) => Sense::Plan,
        (b"TRN", 2) | (b"CLP", 1 | 7) => Sense::Admin,
        (b"BPR", 7 | 13) => Sense::Routing,
        (b"BPR", 9 | 15) => Sense::Account,
        (b"N3", 1) => Sense::Address,
        (b"REF", 2) => match one {
            b"SY" => Sense::Ssn,
            b"EA" => Sense::Mrn,
            b"1L" | b"IG" | b"0F" | b"1W" | b"6P" | b"23" | b"Y4" | b"NQ" => Sense::Plan,
            b"F6" => Sense::Mbi,
            b"D9" | b"G1" | b"9F" | b"1K" | b"F8" | b"6R" | b"XZ" | b"EJ" => Sense::Admin,
            b"EI" | b"TJ" => Sense::Ein,
            b"0B" => Sense::License,
            b"HPI" => Sense::Npi,
            _ => Sense::Nothing,
        },
        (b"PER", 4 | 6 | 8) if qualifier == b"TE" || qualifier == b"FX" => Sense::Phone,
        (b"CLM", 1) => Sense::Admin,
        _ => Sense::Nothing,
    }
}

/// A provider as HL7 writes one: `1234567893^Smith^Jane`.
fn provider(text: &[u8], at: usize, report: Report<'_>) {
    let mut components = text.split(|byte| *byte == b'^');
    if let Some(kind) = components
        .next()
        .and_then(|it| shape::cell(View(it), Sense::Npi))
    {
        report(kind, at, at + text.len());
    }
    let family = components.next().unwrap_or_default();
    if family.len() >= 2 && family.iter().take(2).all(|byte| is_letter(*byte)) {
        report(Kind::PersonName, at, at + text.len());
    }
}

/// Reports what the segment at `start` holds.
pub(super) fn read(view: View<'_>, start: usize, report: Report<'_>) {
    let name_end = view.token_end(start);
    let name = view.slice(start, name_end);
    let separator = view.at(name_end);
    let (mut at, mut field) = (name_end + 1, 1);
    let (mut one, mut two, mut previous): (&[u8], &[u8], &[u8]) = (&[], &[], &[]);
    while at - start < MAX_SEGMENT {
        let mut end = at;
        while !matches!(view.at(end), 0 | b'\n' | b'\r')
            && view.at(end) != separator
            && !(separator == b'*' && view.at(end) == b'~')
            && end - start < MAX_SEGMENT
        {
            end += 1;
        }
        let text = view.slice(at, end);
        let sense = if separator == b'|' {
            hl7(name, field)
        } else {
            x12(name, field, one, two, previous)
        };
        if sense == Sense::Role {
            provider(text, at, report);
        } else if sense == Sense::Name {
            if text.len() >= 2 && text.iter().take(2).all(|byte| is_letter(*byte)) {
                report(Kind::PersonName, at, end);
            }
        } else if sense != Sense::Nothing
            && let Some(kind) = shape::cell(View(text), sense)
        {
            report(kind, at, end);
        }
        match field {
            1 => one = text,
            2 => two = text,
            _ => {}
        }
        previous = text;
        if view.at(end) != separator {
            return;
        }
        at = end + 1;
        field += 1;
    }
}
