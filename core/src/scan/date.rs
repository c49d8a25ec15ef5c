//! Dates as people write them.

use super::lexicon;
use super::run;
use super::sense::MONTH;
use super::view::{View, is_alnum, is_blank, is_digit, is_letter, is_one_of};

/// A date that was read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Date {
    pub(super) end: usize,
    /// The year in four digits, when there is one.
    pub(super) year: Option<u32>,
}

/// The number at `at`, at most `most` digits, and its end.
fn number(view: View<'_>, at: usize, most: usize) -> Option<(u32, usize)> {
    let end = view.digits_end(at);
    if end == at || end - at > most {
        return None;
    }
    Some((run::number(view.slice(at, end)), end))
}

#[inline(never)]
fn year(value: u32, digits: usize) -> Option<u32> {
    match digits {
        4 if (1800..2200).contains(&value) => Some(value),
        2 => Some(1900 + value),
        _ => None,
    }
}

/// Skips up to three separators between the parts of a date.
fn separator(view: View<'_>, at: usize) -> usize {
    let mut end = at;
    while end - at < 3
        && (is_blank(view.at(end))
            || matches!(view.at(end), b'/' | b'-' | b'.' | b',' | b'\\' | b'_'))
    {
        end += 1;
    }
    end
}

/// The date at `at`: numbers in any order, or with the month's name. A day and a month are enough.
pub(super) fn read(view: View<'_>, at: usize) -> Option<Date> {
    if is_digit(view.at(at)) {
        numeric(view, at).or_else(|| day_first(view, at))
    } else if is_letter(view.at(at)) {
        month_first(view, at)
    } else {
        None
    }
}

fn numeric(view: View<'_>, at: usize) -> Option<Date> {
    // 19840228, also with a time: 198402281530.
    let digits = view.digits_end(at) - at;
    if matches!(digits, 12 | 14) {
        let day = View(view.slice(at, at + 8));
        let (first, end) = number(day, 0, 8)?;
        let read = eight(first, end, day)?;
        return Some(Date {
            end: at + digits,
            ..read
        });
    }
    let (first, end) = number(view, at, 8)?;
    if end - at == 8 {
        return eight(first, end, view);
    }
    let next = separator(view, end);
    if next == end {
        return None;
    }
    let (second, second_end) = number(view, next, 4)?;
    let third_at = separator(view, second_end);
    let third = (third_at > second_end)
        .then(|| number(view, third_at, 4))
        .flatten()
        .filter(|(_, end)| !is_digit(view.at(*end)));
    let digits = end - at;
    if let (4, Some(year)) = (digits, year(first, digits)) {
        // 1980-02-03, also with a time after it.
        let (day, day_end) = number(view, third_at, 2).filter(|_| third_at > second_end)?;
        return ((1..=31).contains(&second) && (1..=31).contains(&day)).then_some(Date {
            end: day_end,
            year: Some(year),
        });
    }
    let small = |value: u32| (1..=31).contains(&value);
    match third {
        Some((value, third_end)) if digits <= 2 && second_end - next <= 2 => {
            let year = year(value, third_end - third_at)?;
            (small(first)
                && small(second)
                && (first <= 12 || second <= 12)
                && !is_alnum(view.at(third_end)))
            .then_some(Date {
                end: third_end,
                year: Some(year),
            })
        }
        // 02/1980, and 2/3.
        _ if view.at(end) == b'/' && digits <= 2 && small(first) => {
            let year = year(second, second_end - next).filter(|_| second_end - next == 4);
            ((year.is_some() && first <= 12) || small(second)).then_some(Date {
                end: second_end,
                year,
            })
        }
        _ => None,
    }
}

/// 19800203 or 02031980.
fn eight(value: u32, end: usize, view: View<'_>) -> Option<Date> {
    if is_alnum(view.at(end)) {
        return None;
    }
    let valid = |year: u32, month: u32, day: u32| {
        (1850..2150).contains(&year)
            && (1..=31).contains(&month)
            && (1..=31).contains(&day)
            && (month <= 12 || day <= 12)
    };
    let front = (value / 10_000, value / 100 % 100, value % 100);
    let back = (value % 10_000, value / 1_000_000, value / 10_000 % 100);
    [front, back]
        .into_iter()
        .find(|(year, month, day)| valid(*year, *month, *day))
        .map(|(year, ..)| Date {
            end,
            year: Some(year),
        })
}

fn is_month(view: View<'_>, at: usize) -> Option<usize> {
    let word = view.word(at)?;
    (lexicon::flags(word.hash) & MONTH != 0).then_some(word.end)
}

/// After a day's number: `st`, `nd`, `rd`, `th`.
#[inline(never)]
fn ordinal(view: View<'_>, at: usize) -> usize {
    let two = view.slice(at, at + 2);
    if is_one_of("st nd rd th", two) {
        at + 2
    } else {
        at
    }
}

/// The year after the separator at `at`.
fn year_at(view: View<'_>, at: usize) -> Option<(u32, usize)> {
    let mut from = separator(view, at);
    if view.says(from, b"of ") {
        from += 3;
    }
    if view.at(from) == b'\'' {
        from += 1;
    }
    let (value, end) = number(view, from, 4)?;
    Some((year(value, end - from)?, end))
}

/// March 4, 1980; Mar 4th.
fn month_first(view: View<'_>, at: usize) -> Option<Date> {
    let end = is_month(view, at)?;
    let (day, day_end) = number(view, separator(view, end), 4)?;
    let day_end = ordinal(view, day_end);
    if !(1..=31).contains(&day) || is_alnum(view.at(day_end)) {
        return None;
    }
    Some(match year_at(view, day_end) {
        Some((year, end)) => Date {
            end,
            year: Some(year),
        },
        None => Date {
            end: day_end,
            year: None,
        },
    })
}

/// 4 March 1980; the 4th of March; 04-Mar-1980.
fn day_first(view: View<'_>, at: usize) -> Option<Date> {
    let (day, end) = number(view, at, 2)?;
    let mut next = separator(view, ordinal(view, end));
    if view.says(next, b"of ") {
        next += 3;
    }
    let month_end = is_month(view, next)?;
    if !(1..=31).contains(&day) {
        return None;
    }
    Some(match year_at(view, month_end) {
        Some((year, end)) => Date {
            end,
            year: Some(year),
        },
        None => Date {
            end: month_end,
            year: None,
        },
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_dates_as_they_are_written() {
        for (text, year) in [
            ("03/04/1980", Some(1980)),
            ("3-4-80", Some(1980)),
            ("1980-03-04T00:00", Some(1980)),
            ("04.03.1980", Some(1980)),
            ("19800304", Some(1980)),
            ("03041980", Some(1980)),
            ("March 4, 1980", Some(1980)),
            ("Mar 4th 1980", Some(1980)),
            ("4th of March 1980", Some(1980)),
            ("04-Mar-1980", Some(1980)),
            ("March 5th", None),
            ("5 March", None),
            ("03/1980", Some(1980)),
        ] {
            let date = read(View(text.as_bytes()), 0);
            assert_eq!(date.map(|date| date.year), Some(year), "{text}");
        }
        for text in [
            "1980",
            "12",
            "45/67/1980",
            "March",
            "1.2.3.4",
            "123-45-6789",
            "99999999",
        ] {
            assert_eq!(read(View(text.as_bytes()), 0), None, "{text}");
        }
    }
}
