//! Segments of HL7 version 2 and of X12, whose fields are labels by their place.

use super::kind::Kind;
use super::lexicon::Sense;
use super::pass::{self, Report};
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
        (b"PID", 2..=4) => Sense::Mrn,
        (b"PID", 5 | 6 | 9) | (b"NK1", 2) | (b"IN1", 16) | (b"GT1", 3) => Sense::Name,
        (b"PID", 7) | (b"IN1", 18) | (b"GT1", 8) => Sense::Dob,
        (b"PID", 11) | (b"NK1", 4) | (b"IN1", 19) | (b"GT1", 5) => Sense::Address,
        (b"PID", 13 | 14) | (b"NK1", 5 | 6) | (b"GT1", 6 | 7) => Sense::Phone,
        (b"PID", 18) => Sense::Account,
        (b"PID", 19) | (b"GT1", 12) => Sense::Ssn,
        (b"PID", 20) => Sense::License,
        (b"IN1", 36 | 49) => Sense::Plan,
        (b"PV1", 19) => Sense::Admin,
        (b"PV1", 44 | 45) => Sense::Care,
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
        (b"DMG", 2) => Sense::Dob,
        (b"N3", 1) => Sense::Address,
        (b"REF", 2) => match one {
            b"SY" => Sense::Ssn,
            b"EA" => Sense::Mrn,
            b"1L" | b"IG" | b"0F" | b"1W" => Sense::Plan,
            b"D9" | b"G1" | b"9F" | b"1K" => Sense::Admin,
            b"EI" | b"TJ" => Sense::Ein,
            _ => Sense::Nothing,
        },
        (b"PER", 4 | 6 | 8) if qualifier == b"TE" || qualifier == b"FX" => Sense::Phone,
        (b"CLM", 1) => Sense::Admin,
        _ => Sense::Nothing,
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
        if sense == Sense::Name {
            if text.len() >= 2 && text.iter().take(2).all(|byte| is_letter(*byte)) {
                report(Kind::PersonName, at, end);
            }
        } else if sense != Sense::Nothing
            && let Some(kind) = pass::cell(View(text), sense)
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
