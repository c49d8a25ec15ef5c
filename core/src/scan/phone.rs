//! Telephone numbers by their form.

use super::run::{Run, number, stands_alone};
use super::view::{View, is_alnum};

/// A telephone number by its form: North American, or with a plus and a country.
pub(super) fn formatted(view: View<'_>, run: &Run) -> Option<usize> {
    let before = view.before(run.start);
    if before == b'+' || (run.length(0) >= 10 && view.before(run.start) == b'+') {
        return international(view, run);
    }
    // A leading 1 is the country.
    let first = usize::from(run.length(0) == 1 && run.digits(1) == b"1");
    let lengths = [
        run.length(first),
        run.length(first + 1),
        run.length(first + 2),
    ];
    let (separator, last) = (run.separator(first), run.separator(first + 1));
    if lengths != [3, 3, 4] || matches!(run.separator(first + 2), b'-' | b'.' | b'/' | b'_') {
        return None;
    }
    let parenthesised = view.at(run.start) == b'(' || separator == b')';
    let digits = run.digits(first + 10);
    let digits = digits.get(first..)?;
    let area = number(digits.get(..3)?);
    let exchange = number(digits.get(3..6)?);
    let sample = digits == b"1234567890";
    if !sample && (area < 200 || exchange < 200 || area % 100 == 11 && area > 911) {
        return None;
    }
    // Toll-free numbers are businesses'.
    if matches!(area, 800 | 833 | 844 | 855 | 866 | 877 | 888 | 900) {
        return None;
    }
    let fits = match (parenthesised, separator, last) {
        (true, ..) => true,
        (_, b'-', b'-') => true,
        (_, b'.', b'.') | (_, b' ', b' ') | (_, b'/', b'-' | b'/') => {
            stands_alone(view, run, first + 3)
        }
        (_, b' ', b'-') => stands_alone(view, run, first + 3),
        _ => false,
    };
    fits.then(|| run.end(first + 2))
}

/// `+44 20 7946 0958`: 8 to 15 digits (ITU-T E.164).
fn international(view: View<'_>, run: &Run) -> Option<usize> {
    let plus = run.start.checked_sub(1)?;
    if is_alnum(view.before(plus)) || run.digits(1) == b"0" {
        return None;
    }
    let (count, end) = run.total(8, 15)?;
    // A single run is a number with country and area; a short one may be anything.
    let grouped = run.groups() > 1 && run.length(0) <= 4;
    ((grouped && count >= 9) || (run.groups() == 1 && count >= 10)).then_some(end)
}
