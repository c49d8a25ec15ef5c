//! Tables as text: a header row of labels over rows of values, in CSV, TSV or Markdown.

use super::kind::Report;
use super::label;
use super::lexicon;
use super::sense::Sense;
use super::shape;
use super::view::{MARKS, View, count, is_alnum};

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
    inserted(view, report);
    if !view.0.contains(&b'\n') {
        return;
    }
    let mut header: Option<Header> = None;
    // The row before, which is looked at only if this one is cut by the same mark: prose has commas, too.
    let mut above: Option<(&[u8], u8)> = None;
    let mut start = 0;
    while start <= view.len() {
        let (length, marks) = view.line(start);
        let line = view.0.get(start..start + length).unwrap_or_default();
        let row = line.strip_suffix(b"\r").unwrap_or(line);
        if let Some((above, its)) = above
            && marks & its & its.wrapping_neg() != 0
        {
            // Most pairs of lines with commas are no table, since they have not as many of them.
            header = delimiter(its)
                .filter(|mark| columns(above, *mark).is_some_and(|it| fits(it, row, *mark)))
                .and_then(|mark| heading(above, mark));
        }
        header = header.filter(|header| values(header, row, start, report));
        above = header.is_none().then_some((row, marks));
        start += length + 1;
    }
}

/// Reports what SQL puts into columns: `INSERT INTO t (ssn, name) VALUES ('…', '…'), (…)`.
fn inserted(view: View<'_>, report: Report<'_>) {
    let mut from = 0;
    while let Some(place) = view
        .0
        .get(from..)
        .and_then(|rest| rest.iter().position(|byte| *byte == b')'))
    {
        let close = from + place;
        count(place);
        from = close + 1;
        let word = view.skip_spaces(from + usize::from(view.at(from) == b'\n'));
        let open = view.skip_spaces(word + 6);
        let values = view.says(word, b"values") && view.at(open) == b'(';
        let copied = view.says(word, b"from stdin");
        if !values && !copied {
            continue;
        }
        let least = close.saturating_sub(MAX_COLUMNS * 16);
        let columns = view.0.get(least..close).unwrap_or_default();
        let Some(start) = columns.iter().rposition(|byte| *byte == b'(') else {
            count(columns.len());
            continue;
        };
        count(columns.len() - start);
        let names = columns.get(start + 1..).unwrap_or_default();
        let Some(header) = heading(names, b',') else {
            continue;
        };
        if copied {
            let header = Header {
                delimiter: b'\t',
                ..header
            };
            from = rows(&header, view, word, report);
            continue;
        }
        // Rows end with the statement, or where they get too long.
        from = open;
        while view.at(from) == b'(' {
            let most = (from + 1 + MAX_COLUMNS * MAX_HEADING).min(view.len());
            let row = view.0.get(from + 1..most).unwrap_or_default();
            let Some(length) = row.iter().position(|byte| *byte == b')') else {
                count(row.len());
                break;
            };
            count(length);
            let row = row.get(..length).unwrap_or_default();
            values_of(&header, row, from + 1, report);
            from += length + 2;
            from = view.skip_spaces(from + usize::from(view.at(from) == b','));
        }
    }
}

/// Reports what stands in the rows below the line at `at`, and gives their end.
fn rows(header: &Header, view: View<'_>, at: usize, report: Report<'_>) -> usize {
    let mut from = at + view.line(at).0 + 1;
    while from < view.len() {
        let (length, _) = view.line(from);
        let row = view.0.get(from..from + length).unwrap_or_default();
        if !values(header, row, from, report) {
            break;
        }
        from += length + 1;
    }
    from.min(view.len())
}

/// Calls `each` with the number, offset and text of each cell until it says no; returns how many cells it took.
#[inline(never)]
fn cells(row: &[u8], delimiter: u8, each: &mut dyn FnMut(usize, usize, &[u8]) -> bool) -> usize {
    let (mut at, mut column, mut quoted) = (0, 0, false);
    let mut start = 0;
    // Markdown begins and ends its rows with the delimiter.
    count(row.len());
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
                if !each(column, start, row.get(start..at).unwrap_or_default()) {
                    return column;
                }
                column += 1;
                start = at + 1;
            }
            None => {
                let last = row.get(start..).unwrap_or_default();
                let cell = delimiter != b'|' || last.iter().any(|byte| *byte != b' ');
                return column + usize::from(cell && each(column, start, last));
            }
            Some(_) => {}
        }
        at += 1;
    }
}

/// How many cells there are in a row cut by `delimiter`, if each of them is short.
fn columns(row: &[u8], delimiter: u8) -> Option<usize> {
    if row.len() > MAX_COLUMNS * MAX_HEADING {
        return None;
    }
    // Prose has commas, too, but longer cells.
    let mut long = false;
    let columns = cells(row, delimiter, &mut |_, _, text| {
        long = text.len() > MAX_HEADING;
        !long
    });
    (!long && columns > 1).then_some(columns)
}

/// The header that a row cut by `delimiter` is, if one of its cells is a label.
fn heading(row: &[u8], delimiter: u8) -> Option<Header> {
    let columns = columns(row, delimiter)?;
    let mut header = Header {
        senses: [Sense::Nothing; MAX_COLUMNS],
        columns,
        delimiter,
    };
    let mut labels = 0;
    let senses = &mut header.senses;
    cells(row, delimiter, &mut |column, _, text| {
        let sense = meaning(View(text));
        if !matches!(sense, Sense::Nothing | Sense::Other)
            && let Some(place) = senses.get_mut(column)
        {
            *place = sense;
            labels += 1;
        }
        true
    });
    // A name beside something that is a person's is a person's.
    let personal = header.senses.iter().any(|sense| {
        !matches!(
            sense,
            Sense::Nothing
                | Sense::Other
                | Sense::Name
                | Sense::NameWeak
                | Sense::NamePart
                | Sense::Role
                | Sense::Title
                | Sense::Ip
                | Sense::Mac
                | Sense::Vin
                | Sense::Plate
                | Sense::Wallet
        )
    });
    for sense in &mut header.senses {
        if personal && matches!(sense, Sense::NameWeak | Sense::NamePart | Sense::Role) {
            *sense = Sense::Name;
        }
    }
    (labels > 0).then_some(header)
}

/// What sets the cells of a row apart: of the marks there are, the one that stands elsewhere least.
fn delimiter(marks: u8) -> Option<u8> {
    MARKS.get(marks.trailing_zeros() as usize).copied()
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
        if !lexicon::is_notable(word.hash) {
            continue;
        }
        if let Some(label) = label::read(cell, word) {
            // `Beneficiary MBI` is a number, not a person.
            let role = label.sense == Sense::Role;
            let length = if role { 1 } else { label.end - label.start };
            if length >= best.0 && label.sense != Sense::Title {
                best = (length, label.sense);
            }
            at = at.max(label.end);
        }
    }
    if matches!(best.1, Sense::Nothing | Sense::Role) {
        return best.1;
    }
    let letters = cell.0.iter().filter(|byte| is_alnum(**byte)).count();
    if best.0 * 3 >= letters {
        best.1
    } else {
        Sense::Nothing
    }
}

/// Whether the row has as many cells as its header, or one more.
fn fits(columns: usize, row: &[u8], delimiter: u8) -> bool {
    let count = || cells(row, delimiter, &mut |_, _, _| true);
    row.contains(&delimiter) && matches!(count().wrapping_sub(columns), 0 | 1)
}

/// Whether the row belongs to this header; reports what it holds.
fn values(header: &Header, row: &[u8], start: usize, report: Report<'_>) -> bool {
    let fits = fits(header.columns, row, header.delimiter);
    if fits {
        values_of(header, row, start, report);
    }
    fits
}

/// Reports what the cells of a row hold.
#[inline(never)]
fn values_of(header: &Header, row: &[u8], start: usize, report: Report<'_>) {
    cells(row, header.delimiter, &mut |column, from, text| {
        let sense = header.senses.get(column).copied().unwrap_or(Sense::Nothing);
        // `name` over a column means a person only where a given name is.
        if sense != Sense::Nothing
            && let Some(kind) = shape::cell(View(text), sense)
        {
            report(kind, start + from, start + from + text.len());
        }
        true
    });
}
