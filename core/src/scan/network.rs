//! Addresses on networks: e-mail, Internet and hardware addresses.

use super::sense::{Link, TLD};
use super::view::{DIGITS, LETTERS, View, all, all_hexadecimal, any, is_alnum, is_digit};
use super::{hash, lexicon, run};

/// Longest local part (RFC 5321 §4.5.3.1.1).
const MAX_LOCAL: usize = 64;
/// Longest domain (the same, §4.5.3.1.2).
const MAX_DOMAIN: usize = 255;

/// The start and the end of the e-mail address whose `@` is at `at`.
pub(super) fn email(view: View<'_>, at: usize) -> Option<(usize, usize)> {
    let mut start = at;
    if view.before(start) == b' ' && view.at(at + 1) == b' ' {
        start -= 1;
    }
    let local_end = start;
    let local = |byte: u8| {
        is_alnum(byte)
            || matches!(
                byte,
                b'.' | b'_' | b'%' | b'+' | b'-' | b'\'' | b'!' | b'#' | b'*'
            )
    };
    while local_end - start < MAX_LOCAL && local(view.before(start)) {
        start -= 1;
    }
    if start == local_end && view.before(start) == b'"' {
        start -= 1;
    }
    let name = view.slice(start, local_end);
    // The user of a remote shell or repository, or of a URL with a password, is no mailbox.
    let shell = name == b"git" || name.is_empty() || name == b"hg";
    let url = view.before(start) == b':'
        && !view.says(start.saturating_sub(7), b"mailto:")
        && view
            .slice(start.saturating_sub(64), start)
            .windows(3)
            .any(|it| it == b"://");
    let path = view.before(start) == b'/' && view.slice(start.saturating_sub(3), start) == b"://";
    if shell || url || path {
        return None;
    }
    let mut next = at + 1 + usize::from(view.at(at + 1) == b' ');
    let mut dotted = false;
    let first = view.at(next);
    if view.at(next) == b'[' {
        // user@[192.0.2.1]
        return is_digit(view.at(next + 1)).then_some((start, next + 1));
    }
    let from = next;
    let unit = is_digit(first) && view.at(from + 1) == b'x';
    // The last place where the name may end: `a@example.com.and so on`.
    let mut last = None;
    while !unit && next - from < MAX_DOMAIN {
        let end = view.token_end(next);
        if end == next {
            break;
        }
        let call = view.at(end) == b'(';
        if dotted && !call && is_top(view, next, end) {
            last = Some((start, end));
        }
        match view.at(end) {
            b'-' => {}
            b'.' if is_alnum(view.at(end + 1)) => dotted = true,
            _ => break,
        }
        next = end + 1;
    }
    last
}

/// Whether the label of a host name from `start` to `end` may be the last.
fn is_top(view: View<'_>, start: usize, end: usize) -> bool {
    let label = view.slice(start, end);
    let letters = all(label, LETTERS);
    let known = || lexicon::flags(hash::hash(label)) & TLD != 0;
    letters && (label.len() == 2 || known())
}

/// `john (at) example (dot) com`: the address around the word `dot`, from `dot` to `end`.
pub(super) fn spelled(view: View<'_>, dot: usize, end: usize) -> Option<(usize, usize)> {
    let last = next_token(view, end);
    let top = view.token_end(last);
    if last == top || !is_top(view, last, top) {
        return None;
    }
    // Backwards: the domain, `at` or `@`, the mailbox.
    let mut before = dot;
    for _ in 0..4 {
        let (start, to) = previous_token(view, before)?;
        if view.slice(start, to).eq_ignore_ascii_case(b"at") {
            return previous_token(view, start).map(|(from, _)| (from, top));
        }
        if view.slice(start.saturating_sub(2), start).contains(&b'@') {
            return Some((start.saturating_sub(2), top));
        }
        before = start;
    }
    None
}

fn gap(byte: u8) -> bool {
    matches!(
        byte,
        b' ' | b'(' | b')' | b'[' | b']' | b'{' | b'}' | b'<' | b'>' | b'-' | b'_' | b'.' | b'*'
    )
}

fn next_token(view: View<'_>, end: usize) -> usize {
    let mut next = end;
    while next - end < 4 && gap(view.at(next)) {
        next += 1;
    }
    next
}

fn previous_token(view: View<'_>, start: usize) -> Option<(usize, usize)> {
    let mut end = start;
    while start - end < 4 && gap(view.before(end)) {
        end -= 1;
    }
    let first = view.token_start(end, MAX_LOCAL);
    (first < end).then_some((first, end))
}

/// The end of the dotted quad at `at`, and its octets.
fn quad(view: View<'_>, at: usize) -> Option<(usize, [u32; 4])> {
    let mut octets = [0; 4];
    let mut next = at;
    let mut end = at;
    for (place, octet) in octets.iter_mut().enumerate() {
        end = view.digits_end(next);
        if end == next || end - next > 3 || (place < 3 && view.at(end) != b'.') {
            return None;
        }
        *octet = run::number(view.slice(next, end));
        if *octet > 255 {
            return None;
        }
        next = end + 1;
    }
    let more = is_alnum(view.at(end)) || (view.at(end) == b'.' && is_digit(view.at(end + 1)));
    (!more).then_some((end, octets))
}

/// The end of the Internet address at `at`, next to a label. A machine's own addresses and those of
/// whole networks are nobody's; private ones need a colon or the like.
pub(super) fn address(view: View<'_>, at: usize, link: Link) -> Option<usize> {
    if let Some((end, octets)) = quad(view, at) {
        let local = matches!(octets, [0 | 127 | 255, ..])
            || octets == [8, 8, 8, 8]
            || octets == [1, 1, 1, 1];
        let private = matches!(
            octets,
            [10, ..] | [192, 168, ..] | [172, 16..=31, ..] | [169, 254, ..]
        );
        let network = view.at(end) == b'/' && is_digit(view.at(end + 1));
        return (!local && !network && (!private || (link.sure && !link.far))).then_some(end);
    }
    let mut end = at;
    let (mut colons, mut doubled, mut digits) = (0, false, 0);
    while end - at < 40 && (view.at(end).is_ascii_hexdigit() || view.at(end) == b':') {
        if view.at(end) == b':' {
            colons += 1;
            doubled |= view.before(end) == b':' && end > at;
        } else {
            digits += 1;
        }
        end += 1;
    }
    let complete = colons == 7 || (doubled && (2..7).contains(&colons));
    (complete && digits >= 4 && !is_alnum(view.at(end))).then_some(end)
}

/// The end of an Internet address by its form alone: a public one, of so many digits as no version has.
pub(super) fn bare(view: View<'_>, at: usize) -> Option<usize> {
    let before = view.before(at);
    let (end, octets) = quad(view, at)?;
    let local = matches!(
        octets,
        [0 | 10 | 127 | 224.., ..] | [192, 168, ..] | [172, 16..=31, ..] | [169, 254, ..]
    );
    let network = view.at(end) == b'/' && is_digit(view.at(end + 1));
    let joined = matches!(before, b'v' | b'V' | b'-' | b'_' | b'.') || is_alnum(before);
    let version = view.at(end) == b'-' || view.at(end) == b'_';
    (end - at >= 10 && !local && !network && !joined && !version).then_some(end)
}

/// The end of a public address of version 6 by its form alone, the documentation's left out.
pub(super) fn global(view: View<'_>, at: usize) -> Option<usize> {
    let joined = matches!(view.before(at), b':' | b'-' | b'_' | b'.' | b'/');
    let end = address(view, at, Link::default())?;
    let groups = view.slice(at, end).iter().filter(|it| **it == b':').count();
    let example = view.says(at, b"2001:db8:");
    let network = view.at(end) == b'/' && is_digit(view.at(end + 1));
    (!joined && !example && !network && groups >= 4).then_some(end)
}

/// The end of the hardware address at `at`: six pairs, or three groups of four.
pub(super) fn hardware(view: View<'_>, at: usize) -> Option<usize> {
    let separator = view.at(at + 2);
    let pairs = matches!(separator, b':' | b'-');
    let (width, count, separator) = if pairs {
        (2, 6, separator)
    } else {
        (4, 3, b'.')
    };
    let mut next = at;
    for group in 0..count {
        let end = view.token_end(next);
        let hex = all_hexadecimal(view.slice(next, end));
        if end - next != width || !hex {
            return None;
        }
        if group + 1 < count {
            if view.at(end) != separator {
                return None;
            }
            next = end + 1;
        } else {
            let more = view.at(end) == separator && is_alnum(view.at(end + 1));
            return (!more).then_some(end);
        }
    }
    None
}

/// A hardware address by its form alone: some letter and some digit, and not only one byte repeated.
pub(super) fn plain_hardware(view: View<'_>, at: usize) -> Option<usize> {
    let end = hardware(view, at)?;
    let bytes = view.slice(at, end);
    let letter = any(bytes, LETTERS);
    let digit = any(bytes, DIGITS);
    (letter && digit && view.at(end) != b'.').then_some(end)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(text: &str) -> bool {
        let at = text.find('@').unwrap();
        email(View(text.as_bytes()), at).is_some()
    }

    #[test]
    fn tells_mailboxes_from_other_uses_of_the_sign() {
        for text in [
            "jane.doe@example.com",
            "mailto:jane@example.org",
            "jane @ example.com",
            "j_d+tag@mail.example.co.uk.",
            "jane@host.health",
            "jane@[192.0.2.1]",
        ] {
            assert!(found(text), "{text}");
        }
        for text in [
            "git@github.com:a/b.git",
            "@app.route",
            "npm i @scope/name@1.2.3",
            "postgres://user:secret@db.example.com/x",
            "https://user@example.com/",
            "logo@2x.png",
            "unit@foo.service",
            "@media",
            "a@b",
            "x @ y",
        ] {
            assert!(!found(text), "{text}");
        }
    }
}
