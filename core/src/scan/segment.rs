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

/// What fields of HL7 segments hold: segment, first and last field, sorted. A role is a provider's: number, family name,
/// given name.
static HL7: &[([u8; 3], u8, u8, Sense)] = &[
    (*b"GT1", 3, 4, Sense::Name),
    (*b"GT1", 5, 5, Sense::Address),
    (*b"GT1", 6, 7, Sense::Phone),
    (*b"GT1", 8, 8, Sense::Dob),
    (*b"GT1", 12, 12, Sense::Ssn),
    (*b"IN1", 2, 2, Sense::Plan),
    (*b"IN1", 7, 7, Sense::Phone),
    (*b"IN1", 8, 8, Sense::Plan),
    (*b"IN1", 16, 16, Sense::Name),
    (*b"IN1", 18, 18, Sense::Dob),
    (*b"IN1", 19, 19, Sense::Address),
    (*b"IN1", 36, 36, Sense::Plan),
    (*b"IN1", 49, 49, Sense::Plan),
    (*b"IN2", 2, 2, Sense::Ssn),
    (*b"IN2", 6, 6, Sense::Plan),
    (*b"IN2", 8, 8, Sense::Plan),
    (*b"IN2", 61, 61, Sense::Plan),
    (*b"MRG", 1, 4, Sense::Mrn),
    (*b"MRG", 7, 7, Sense::Name),
    (*b"NK1", 2, 2, Sense::Name),
    (*b"NK1", 4, 4, Sense::Address),
    (*b"NK1", 5, 7, Sense::Phone),
    (*b"NK1", 16, 16, Sense::Dob),
    (*b"NK1", 37, 37, Sense::Ssn),
    (*b"OBR", 2, 3, Sense::Admin),
    (*b"OBR", 16, 16, Sense::Role),
    (*b"ORC", 2, 3, Sense::Admin),
    (*b"ORC", 10, 12, Sense::Role),
    (*b"PD1", 4, 4, Sense::Role),
    (*b"PID", 2, 4, Sense::Mrn),
    (*b"PID", 5, 6, Sense::Name),
    (*b"PID", 7, 7, Sense::Dob),
    (*b"PID", 9, 9, Sense::Name),
    (*b"PID", 11, 11, Sense::Address),
    (*b"PID", 13, 14, Sense::Phone),
    (*b"PID", 18, 18, Sense::Account),
    (*b"PID", 19, 19, Sense::Ssn),
    (*b"PID", 20, 20, Sense::License),
    (*b"PID", 29, 29, Sense::Care),
    (*b"PRA", 1, 1, Sense::Role),
    (*b"PV1", 5, 5, Sense::Admin),
    (*b"PV1", 7, 9, Sense::Role),
    (*b"PV1", 17, 17, Sense::Role),
    (*b"PV1", 19, 19, Sense::Admin),
    (*b"PV1", 44, 45, Sense::Care),
    (*b"PV1", 50, 50, Sense::Admin),
    (*b"PV1", 52, 52, Sense::Role),
    (*b"ROL", 4, 4, Sense::Role),
    (*b"SPM", 2, 2, Sense::Admin),
    (*b"STF", 3, 3, Sense::Name),
    (*b"STF", 6, 6, Sense::Dob),
    (*b"STF", 10, 10, Sense::Phone),
    (*b"STF", 11, 11, Sense::Address),
];

/// What the element at this place of this X12 segment holds, given the elements before it.
fn x12(segment: &[u8], element: u8, one: &[u8], two: &[u8], qualifier: &[u8]) -> Sense {
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
    let (mut at, mut field) = (name_end + 1, 1u8);
    let (mut one, mut two, mut previous): (&[u8], &[u8], &[u8]) = (&[], &[], &[]);
    let first = HL7.partition_point(|(segment, ..)| segment.as_slice() < name);
    let fields = HL7.get(first..).unwrap_or_default().iter();
    let mut fields = fields
        .take_while(|(segment, ..)| segment.as_slice() == name)
        .peekable();
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
            while fields.next_if(|(_, _, last, _)| *last < field).is_some() {}
            let known = fields.peek().filter(|(_, first, ..)| *first <= field);
            known.map_or(Sense::Nothing, |(.., sense)| *sense)
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
        field = field.saturating_add(1);
    }
}
