//! Tables as text: a header row of labels over rows of values, in CSV, TSV or Markdown.

use super::label;
use super::lexicon::{self, Sense};
use super::pass::{self, Report};
use super::view::{View, is_alnum};

/// Most columns looked at.
const MAX_COLUMNS: usize = 48;
/// Longest cell of a header row, in bytes.
const MAX_HEADING: usize = 48;

struct Header {
    senses: [Sense; MAX_COLUMNS],
    columns: usize,
    delimiter: u8,
}

/// Reports what stands in the columns of tables.
pub(super) fn read(view: View<'_>, report: Report<'_>) {
    if !view.0.contains(&b'\n') {
        return;
    }
    let mut header: Option<Header> = None;
    let mut start = 0;
    for line in view.0.split(|byte| *byte == b'\n') {
        let row = line.strip_suffix(b"\r").unwrap_or(line);
        header = match header.take() {
            Some(header) if values(&header, row, start, report) => Some(header),
            _ => heading(row),
        };
        start += line.len() + 1;
    }
}

/// Calls `each` with the number, offset and text of each cell; returns how many there are.
fn cells<'t>(row: &'t [u8], delimiter: u8, each: &mut dyn FnMut(usize, usize, &'t [u8])) -> usize {
    let (mut at, mut column, mut quoted) = (0, 0, false);
    let mut start = 0;
    // Markdown begins and ends its rows with the delimiter.
    if delimiter == b'|' {
        let blank = row.iter().take_while(|byte| **byte == b' ').count();
        if row.get(blank) == Some(&b'|') {
            start = blank + 1;
            at = start;
        }
    }
    loop {
        let byte = row.get(at).copied();
        match byte {
            Some(b'"') => quoted = !quoted,
            Some(it) if it == delimiter && !quoted => {
                each(column, start, row.get(start..at).unwrap_or_default());
                column += 1;
                start = at + 1;
            }
            None => {
                let last = row.get(start..).unwrap_or_default();
                if delimiter != b'|' || last.iter().any(|byte| *byte != b' ') {
                    each(column, start, last);
                    column += 1;
                }
                return column;
            }
            Some(_) => {}
        }
        at += 1;
    }
}

/// The header that a row is, if each of its cells is short and one is a label.
fn heading(row: &[u8]) -> Option<Header> {
    if row.len() > MAX_COLUMNS * MAX_HEADING {
        return None;
    }
    let delimiter = [b'|', b'\t', b',', b';']
        .into_iter()
        .find(|delimiter| row.contains(delimiter))?;
    let mut header = Header {
        senses: [Sense::Nothing; MAX_COLUMNS],
        columns: 0,
        delimiter,
    };
    let (mut labels, mut long) = (0, false);
    let senses = &mut header.senses;
    let columns = cells(row, delimiter, &mut |column, _, text| {
        long |= text.len() > MAX_HEADING;
        let sense = if text.len() > MAX_HEADING {
            Sense::Nothing
        } else {
            meaning(View(text))
        };
        if !matches!(sense, Sense::Nothing | Sense::Other)
            && let Some(place) = senses.get_mut(column)
        {
            *place = sense;
            labels += 1;
        }
    });
    header.columns = columns;
    // A name beside a birthday or a number of somebody's is a person's.
    let personal = header.senses.iter().any(|sense| {
        matches!(
            sense,
            Sense::Dob | Sense::Ssn | Sense::Mrn | Sense::Passport | Sense::National | Sense::Plan
        )
    });
    for sense in &mut header.senses {
        if personal && *sense == Sense::NameWeak {
            *sense = Sense::Name;
        }
    }
    (labels > 0 && !long && columns > 1).then_some(header)
}

/// What a heading announces: the longest label in it, when the rest is a word or two.
fn meaning(cell: View<'_>) -> Sense {
    let mut at = 0;
    let mut best = (0, Sense::Nothing);
    while at < cell.len() {
        let Some(word) = cell.word(at) else {
            at += 1;
            continue;
        };
        at = word.end;
        if !lexicon::may_start(word.hash) {
            continue;
        }
        if let Some(label) = label::read(cell, word) {
            let length = label.end - label.start;
            if length >= best.0 && label.sense != Sense::Title {
                best = (length, label.sense);
            }
            at = at.max(label.end);
        }
    }
    let letters = cell.0.iter().filter(|byte| is_alnum(**byte)).count();
    if best.0 * 3 >= letters {
        best.1
    } else {
        Sense::Nothing
    }
}

/// Whether the row has as many cells as its header; reports what they hold.
fn values(header: &Header, row: &[u8], start: usize, report: Report<'_>) -> bool {
    if !row.contains(&header.delimiter) {
        return false;
    }
    let count = cells(row, header.delimiter, &mut |_, _, _| {});
    if count != header.columns && count != header.columns + 1 {
        return false;
    }
    cells(row, header.delimiter, &mut |column, from, text| {
        let sense = header.senses.get(column).copied().unwrap_or(Sense::Nothing);
        // `name` over a column means a person only where a given name is.
        if sense != Sense::Nothing
            && let Some(kind) = pass::cell(View(text), sense)
        {
            report(kind, start + from, start + from + text.len());
        }
    });
    true
}
