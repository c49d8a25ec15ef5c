//! Names that somebody may have meant.

/// Most names suggested.
const MOST: usize = 3;
/// Longer names than any of the catalog are near to none of them.
const MAX_BYTES: usize = 64;

/// The names nearest to `wanted`, best first: at most three, and none that looks quite different.
///
/// Compared without case and punctuation: by the edits from one to the other, or one being part of the
/// other.
#[must_use]
pub fn near<'n>(wanted: &str, names: impl Iterator<Item = &'n str>) -> Vec<&'n str> {
    let wanted = plain(wanted);
    if wanted.is_empty() || wanted.len() > MAX_BYTES {
        return Vec::new();
    }
    let mut near: Vec<(usize, &str)> = names
        .filter_map(|name| {
            let plain = plain(name);
            let edits = distance(&wanted, &plain);
            let shorter = wanted.len().min(plain.len());
            let part = shorter >= 3 && (contains(&wanted, &plain) || contains(&plain, &wanted));
            (part || edits <= (shorter + 1) / 3).then_some((edits, name))
        })
        .collect();
    near.sort_by_key(|(edits, _)| *edits);
    near.into_iter().take(MOST).map(|(_, name)| name).collect()
}

fn plain(name: &str) -> Vec<u8> {
    let letters = name.bytes().filter(u8::is_ascii_alphanumeric);
    letters.map(|b| b.to_ascii_lowercase()).collect()
}

fn contains(whole: &[u8], part: &[u8]) -> bool {
    whole
        .windows(part.len().max(1))
        .any(|window| window == part)
}

/// Levenshtein's distance.
fn distance(one: &[u8], other: &[u8]) -> usize {
    let mut row: Vec<usize> = (0..=other.len()).collect();
    for (above, a) in (1..).zip(one) {
        let (mut diagonal, mut left) = (above - 1, above);
        for (b, cell) in other.iter().zip(row.iter_mut().skip(1)) {
            let change = diagonal + usize::from(a != b);
            diagonal = *cell;
            *cell = change.min(left + 1).min(diagonal + 1);
            left = *cell;
        }
        if let Some(first) = row.first_mut() {
            *first = above;
        }
    }
    row.last().copied().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    const NAMES: [&str; 6] = [
        "gpt-4o",
        "gpt-4o-mini",
        "claude-sonnet-4-6",
        "claude-haiku-4-5",
        "meta/llama-3.3-70b",
        "bge-base-en",
    ];

    #[test]
    fn finds_slips_of_the_pen_parts_and_longer_names() {
        for (wanted, found) in [
            ("gtp-4o", vec!["gpt-4o"]),
            ("GPT4o", vec!["gpt-4o", "gpt-4o-mini"]),
            ("gpt-4o-2024-08-06", vec!["gpt-4o"]),
            ("sonnet", vec!["claude-sonnet-4-6"]),
            ("claude-sonnet-4-5", vec!["claude-sonnet-4-6"]),
            ("llama-3.3-70b", vec!["meta/llama-3.3-70b"]),
            ("nothing", vec![]),
            ("", vec![]),
            ("日本語", vec![]),
        ] {
            assert_eq!(near(wanted, NAMES.into_iter()), found, "{wanted}");
        }
        assert!(near(&"gpt-4o".repeat(20), NAMES.into_iter()).is_empty());
    }

    #[test]
    fn counts_edits() {
        for (one, other, edits) in [("", "abc", 3), ("kitten", "sitting", 3), ("a", "a", 0)] {
            assert_eq!(distance(one.as_bytes(), other.as_bytes()), edits);
            assert_eq!(distance(other.as_bytes(), one.as_bytes()), edits);
        }
    }
}
