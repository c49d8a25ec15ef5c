//! Where in a JSON document something is, for messages to people.
//!
//! A path is a chain of borrowed steps on the stack: it costs nothing until something is wrong.

use super::Invalid;
use std::fmt;

/// Longest field name shown; callers choose field names, and messages should stay short.
const MAX_NAME_CHARS: usize = 64;
/// Length after which the rest of a path is left out.
const MAX_PATH_BYTES: usize = 256;

#[derive(Clone, Copy, Debug)]
enum Step<'p> {
    Field(&'p str),
    Index(usize),
}

/// A JSON path (RFC 9535): `$.messages[0].role`, with `["…"]` for names that are not plain words.
#[derive(Clone, Copy, Debug)]
pub struct Path<'p> {
    last: Option<(&'p Path<'p>, Step<'p>)>,
}

impl Path<'_> {
    /// The document itself, `$`.
    pub const ROOT: Path<'static> = Path { last: None };

    /// The field `name` of this object.
    #[must_use]
    pub fn field<'c>(&'c self, name: &'c str) -> Path<'c> {
        Path {
            last: Some((self, Step::Field(name))),
        }
    }

    /// The entry `index` of this array, from 0.
    #[must_use]
    pub fn index(&self, index: usize) -> Path<'_> {
        Path {
            last: Some((self, Step::Index(index))),
        }
    }

    /// The refusal of what is here. The message must not quote the caller.
    // Out of line, once: a request has a hundred ways to be wrong, and none of them is hot.
    #[cold]
    #[inline(never)]
    #[must_use]
    pub fn invalid(&self, message: &str) -> Invalid {
        Invalid {
            path: self.to_string(),
            message: message.to_owned(),
        }
    }

    fn write(&self, out: &mut String) {
        let Some((parent, step)) = self.last else {
            out.push('$');
            return;
        };
        parent.write(out);
        if out.len() > MAX_PATH_BYTES {
            if !out.ends_with('…') {
                out.push('…');
            }
            return;
        }
        match step {
            Step::Index(index) => out.push_str(&format!("[{index}]")),
            Step::Field(name) => write_field(out, name),
        }
    }
}

impl fmt::Display for Path<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut out = String::new();
        self.write(&mut out);
        f.write_str(&out)
    }
}

fn write_field(out: &mut String, name: &str) {
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-');
    if !name.is_empty() && name.len() <= MAX_NAME_CHARS && name.chars().all(plain) {
        out.push('.');
        out.push_str(name);
        return;
    }
    out.push_str("[\"");
    let mut chars = name.chars();
    for c in chars.by_ref().take(MAX_NAME_CHARS) {
        match c {
            '"' | '\\' => out.extend(['\\', c]),
            ' ' => out.push(c),
            _ if c.is_control() || c.is_whitespace() => {
                out.push_str(&format!("\\u{:04x}", u32::from(c)));
            }
            _ => out.push(c),
        }
    }
    if chars.next().is_some() {
        out.push('…');
    }
    out.push_str("\"]");
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shows_fields_and_indices_in_dot_form() {
        let messages = Path::ROOT.field("messages");
        let third = messages.index(3);
        assert_eq!(third.field("role").to_string(), "$.messages[3].role");
        assert_eq!(Path::ROOT.to_string(), "$");
    }

    #[test]
    fn escapes_names_that_are_not_plain_words() {
        for (name, shown) in [
            ("a b", r#"$["a b"]"#),
            ("", r#"$[""]"#),
            ("a\"\n\\", r#"$["a\"\u000a\\"]"#),
            ("é", r#"$["é"]"#),
        ] {
            assert_eq!(Path::ROOT.field(name).to_string(), shown);
        }
    }

    #[test]
    fn caps_long_names_and_long_paths() {
        let long = "x".repeat(1000);
        let field = Path::ROOT.field(&long).to_string();
        assert_eq!(field.chars().count(), 1 + 2 + MAX_NAME_CHARS + 1 + 2);

        fn nest(path: &Path<'_>, depth: usize) -> String {
            if depth == 0 {
                path.to_string()
            } else {
                nest(&path.index(1_000_000), depth - 1)
            }
        }
        let deep = nest(&Path::ROOT, 200);
        assert!(
            deep.len() < MAX_PATH_BYTES + 100 && deep.ends_with('…'),
            "{deep}"
        );
    }
}
