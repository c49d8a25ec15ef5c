//! Segments of HL7 version 2 and of X12, whose fields are labels by their place.

use super::kind::{Kind, Report};
use super::sense::Sense;
use super::shape;
use super::view::{View, is_letter, is_one_of};

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

/// Which element has to be one of some codes.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Coded {
    First,
    Second,
    /// The one before.
    Previous,
}

/// What elements of X12 segments hold: segment, element, and with which codes.
static X12: &[(&[u8], u8, Coded, &str, Sense)] = &[
    (b"BPR", 7, Coded::First, "", Sense::Routing),
    (b"BPR", 9, Coded::First, "", Sense::Account),
    (b"BPR", 13, Coded::First, "", Sense::Routing),
    (b"BPR", 15, Coded::First, "", Sense::Account),
    (b"CLM", 1, Coded::First, "", Sense::Admin),
    (b"CLP", 1, Coded::First, "", Sense::Admin),
    (b"CLP", 7, Coded::First, "", Sense::Admin),
    (b"DMG", 2, Coded::First, "", Sense::Dob),
    (
        b"DTM",
        2,
        Coded::First,
        "232 233 435 096 472 150",
        Sense::Care,
    ),
    (
        b"DTP",
        3,
        Coded::First,
        "435 096 472 431 454 439 297 471 461",
        Sense::Care,
    ),
    (b"INS", 12, Coded::First, "", Sense::Care),
    (b"N3", 1, Coded::First, "", Sense::Address),
    (b"N4", 3, Coded::First, "", Sense::Zip),
    (b"NM1", 3, Coded::Second, "1", Sense::Name),
    (b"NM1", 4, Coded::Second, "1", Sense::Name),
    (b"NM1", 9, Coded::Previous, "24 EI FI", Sense::Ein),
    (b"NM1", 9, Coded::Previous, "34 SY", Sense::Ssn),
    (b"NM1", 9, Coded::Previous, "MI", Sense::Plan),
    (b"NM1", 9, Coded::Previous, "XX", Sense::Npi),
    (b"PER", 2, Coded::First, "", Sense::Name),
    (b"PER", 4, Coded::Previous, "FX TE", Sense::Phone),
    (b"PER", 6, Coded::Previous, "FX TE", Sense::Phone),
    (b"PER", 8, Coded::Previous, "FX TE", Sense::Phone),
    (b"REF", 2, Coded::First, "0B", Sense::License),
    (
        b"REF",
        2,
        Coded::First,
        "0F 1L 1W 23 6P IG NQ Y4",
        Sense::Plan,
    ),
    (
        b"REF",
        2,
        Coded::First,
        "1K 6R 9F D9 EJ F8 G1 XZ",
        Sense::Admin,
    ),
    (b"REF", 2, Coded::First, "EA", Sense::Mrn),
    (b"REF", 2, Coded::First, "EI TJ", Sense::Ein),
    (b"REF", 2, Coded::First, "F6", Sense::Mbi),
    (b"REF", 2, Coded::First, "HPI", Sense::Npi),
    (b"REF", 2, Coded::First, "SY", Sense::Ssn),
    (b"SBR", 3, Coded::First, "", Sense::Plan),
    (b"TRN", 2, Coded::First, "", Sense::Admin),
];

/// What the element at this place of this X12 segment holds, given the elements before it.
fn x12(segment: &[u8], element: u8, one: &[u8], two: &[u8], previous: &[u8]) -> Sense {
    let known = X12.iter().find(|(name, place, coded, codes, _)| {
        let code = match coded {
            Coded::First => one,
            Coded::Second => two,
            Coded::Previous => previous,
        };
        *name == segment && *place == element && (codes.is_empty() || is_one_of(codes, code))
    });
    known.map_or(Sense::Nothing, |(.., sense)| *sense)
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
