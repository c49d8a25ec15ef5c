//! Digits in groups, as they stand in a text.

use super::view::{View, count, is_alnum, is_blank, is_digit};

/// Most groups looked at from one start.
const MAX_GROUPS: usize = 24;
/// Most digits kept.
const MAX_DIGITS: usize = 24;

/// Groups of digits from one start, as `123-45-6789`.
#[derive(Clone, Copy, Debug)]
pub(super) struct Run {
    digits: [u8; MAX_DIGITS],
    kept: usize,
    lengths: [u8; MAX_GROUPS],
    /// Counted from the start: 24 digits, and three separators after each, are fewer than 256 bytes.
    ends: [u8; MAX_GROUPS],
    separators: [u8; MAX_GROUPS],
    groups: usize,
    /// Where it starts.
    pub(super) start: usize,
}

fn is_separator(byte: u8) -> bool {
    matches!(
        byte,
        b' ' | b'\t' | b'-' | b'.' | b'(' | b')' | b'/' | b'_' | b'*' | b'~' | b'|' | b','
    )
}

impl Run {
    /// No groups.
    pub(super) const fn none(start: usize) -> Self {
        Self {
            digits: [0; MAX_DIGITS],
            kept: 0,
            lengths: [0; MAX_GROUPS],
            ends: [0; MAX_GROUPS],
            separators: [0; MAX_GROUPS],
            groups: 0,
            start,
        }
    }

    /// The groups from the digit (or opening parenthesis) at `start`.
    pub(super) fn read(view: View<'_>, start: usize) -> Self {
        let mut run = Self::none(start);
        // In line: most bytes of a text of numbers are read here.
        let byte_at = |at: usize| view.0.get(at).copied().unwrap_or(0);
        let mut at = start;
        if byte_at(at) == b'(' {
            at += 1;
        }
        while run.groups < MAX_GROUPS && run.kept < MAX_DIGITS {
            let group = at;
            while run.kept < MAX_DIGITS && is_digit(byte_at(at)) {
                run.put(byte_at(at));
                at += 1;
            }
            let whole = !is_digit(byte_at(at));
            let mut separator = 0;
            let mut next = at;
            while next - at < 3 && is_separator(byte_at(next)) {
                let byte = byte_at(next);
                if separator == 0 || separator == b' ' {
                    separator = byte;
                }
                next += 1;
            }
            let goes_on = whole && next > at && is_digit(byte_at(next));
            if !whole || (!goes_on && is_alnum(byte_at(at))) {
                // A group that runs into letters, or is too long, is not one.
                run.kept -= at - group;
                break;
            }
            run.push(at - group, at, if goes_on { separator } else { 0 });
            if !goes_on {
                break;
            }
            at = next;
        }
        count(at - start);
        if run.groups >= 6 {
            run.join();
        }
        run
    }

    fn put(&mut self, digit: u8) {
        if let Some(place) = self.digits.get_mut(self.kept) {
            *place = digit;
            self.kept += 1;
        }
    }

    fn push(&mut self, length: usize, end: usize, separator: u8) {
        let group = self.groups;
        if let (Some(a), Some(b), Some(c)) = (
            self.lengths.get_mut(group),
            self.ends.get_mut(group),
            self.separators.get_mut(group),
        ) {
            *a = u8::try_from(length).unwrap_or(u8::MAX);
            *b = u8::try_from(end - self.start).unwrap_or(u8::MAX);
            *c = separator;
            self.groups += 1;
        }
    }

    /// Single digits set apart (`1 2 3 - 4 5`) are one group each.
    #[cold]
    #[inline(never)]
    fn join(&mut self) {
        let lengths = self.lengths.get(..self.groups).unwrap_or_default();
        if lengths.iter().any(|length| *length != 1) {
            return;
        }
        let (ends, separators) = (self.ends, self.separators);
        let singles = ends.iter().zip(separators).take(self.groups);
        let between = self.separator(0);
        self.groups = 0;
        let mut length = 0;
        for (end, separator) in singles {
            length += 1;
            if separator != between {
                self.push(length, self.start + usize::from(*end), separator);
                length = 0;
            }
        }
    }

    /// The separator after a group, 0 for the last.
    pub(super) fn separator(&self, group: usize) -> u8 {
        self.separators.get(group).copied().unwrap_or(0)
    }

    /// Digits in a group.
    pub(super) fn length(&self, group: usize) -> usize {
        self.lengths
            .get(group)
            .filter(|_| group < self.groups)
            .map_or(0, |length| usize::from(*length))
    }

    /// How many groups.
    pub(super) fn groups(&self) -> usize {
        self.groups
    }

    /// The first so many digits.
    pub(super) fn digits(&self, count: usize) -> &[u8] {
        self.digits.get(..count.min(self.kept)).unwrap_or_default()
    }

    /// The end of the group.
    pub(super) fn end(&self, group: usize) -> usize {
        self.start + self.ends.get(group).copied().map_or(0, usize::from)
    }

    /// Whether the first groups have these lengths.
    #[inline(never)]
    pub(super) fn has(&self, lengths: &[u8]) -> bool {
        let all = self.lengths.get(..self.groups).unwrap_or_default();
        all.starts_with(lengths)
    }

    /// Whether the first groups have these lengths and one separator between all of them.
    pub(super) fn even(&self, lengths: &[u8]) -> Option<u8> {
        let separator = self.separator(0);
        let inner = self.separators.get(..lengths.len() - 1)?;
        (self.has(lengths) && inner.iter().all(|it| *it == separator)).then_some(separator)
    }

    /// The end of the first groups that have between `least` and `most` digits together; the most
    /// digits there are.
    pub(super) fn total(&self, least: usize, most: usize) -> Option<(usize, usize)> {
        let mut found = None;
        let mut sum = 0;
        for group in 0..self.groups {
            sum += self.length(group);
            if sum > most {
                break;
            }
            if sum >= least {
                found = Some((sum, self.end(group)));
            }
            if self.separator(group) == b',' || self.separator(group) == b'|' {
                break;
            }
        }
        found
    }
}

/// The number that the digits are. Not in line: it is asked for in many places.
#[inline(never)]
pub(super) fn number(digits: &[u8]) -> u32 {
    digits.iter().fold(0, |sum, digit| {
        sum * 10 + u32::from(digit.wrapping_sub(b'0'))
    })
}

/// Whether the run has only these groups, and stands as a value would: after a word, a colon or
/// nothing, not in a row of numbers or after a quote as in a log.
pub(super) fn stands_alone(view: View<'_>, run: &Run, groups: usize) -> bool {
    if run.groups() != groups {
        return false;
    }
    let mut before = run.start;
    while run.start - before < 3 && is_blank(view.before(before)) {
        before -= 1;
    }
    let byte = view.before(before);
    byte == 0
        || (is_alnum(byte) && !is_digit(byte))
        || matches!(byte, b':' | b'=' | b'(' | b'#' | b',' | b'.')
        || is_blank(byte)
}
