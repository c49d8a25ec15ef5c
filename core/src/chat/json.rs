//! JSON as it came: strings borrowed from the body, fields in the caller's order.
//!
//! Purpose: one small reader for requests, answers and stream chunks. Requests are read strictly:
//! depth, number of values and duplicate fields are checked in the same single pass.
//!
//! Out of scope: meaning. What the fields must be is in [`super::schema`] and the types above it.
//!
//! Caveat: numbers beyond 64 bits lose digits, as in every common JSON reader.

mod read;

use super::path::Path;
use super::{Invalid, write};
use read::{Strict, read};
use std::borrow::Cow;

/// Deepest nesting of a request; the outermost object counts 1.
pub const MAX_DEPTH: usize = 64;
/// Most values in a request. A value takes at most 64 bytes next to its text, so the tree of the
/// worst body (`[[],[],…`) stays near 16 MB, of the 128 MB that an isolate has.
pub const MAX_VALUES: u32 = 1 << 17;

/// A JSON value.
#[derive(Clone, Debug, Default, PartialEq)]
pub enum Json<'a> {
    /// `null`; also what an absent field reads as.
    #[default]
    Null,
    /// `true` or `false`.
    Bool(bool),
    /// An integer ≥ 0, written without fraction or exponent.
    Unsigned(u64),
    /// An integer < 0, written without fraction or exponent.
    Negative(i64),
    /// Any other number.
    Float(f64),
    /// A string.
    Text(Cow<'a, str>),
    /// An array.
    Array(Vec<Json<'a>>),
    /// An object, in the order of its text.
    Object(Vec<(Cow<'a, str>, Json<'a>)>),
}

impl<'a> Json<'a> {
    /// Reads a request body.
    ///
    /// # Errors
    /// [`Invalid`] when it is not JSON (with line and column), nests deeper than [`MAX_DEPTH`],
    /// holds more than [`MAX_VALUES`] values, or an object names a field twice, at any depth.
    pub fn parse_request(body: &'a [u8]) -> Result<Self, Invalid> {
        let strict = Strict::default();
        read(body, Some(&strict)).map_err(|error| {
            strict.invalid.take().unwrap_or_else(|| {
                Path::ROOT.invalid(&format!(
                    "the body is not valid JSON (line {}, column {})",
                    error.line(),
                    error.column()
                ))
            })
        })
    }

    /// Reads what a backend sent; `None` when it is not JSON, or nests deeper than 128. A byte order
    /// mark before it is passed over (RFC 8259 §8.1 lets a parser ignore it).
    #[must_use]
    pub fn parse(bytes: &'a [u8]) -> Option<Self> {
        read(bytes.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(bytes), None).ok()
    }

    /// The field `name`, when this is an object that has one. The last one if there are several.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&Json<'a>> {
        match self {
            Self::Object(fields) => fields
                .iter()
                .rev()
                .find(|(key, _)| key == name)
                .map(|(_, value)| value),
            _ => None,
        }
    }

    /// The string, when this is one.
    #[must_use]
    pub fn as_str(&self) -> Option<&str> {
        match self {
            Self::Text(text) => Some(text),
            _ => None,
        }
    }

    /// The entries; none when this is not an array.
    #[must_use]
    pub fn items(&self) -> &[Json<'a>] {
        match self {
            Self::Array(items) => items,
            _ => &[],
        }
    }

    /// Whether this is `null`.
    #[must_use]
    pub fn is_null(&self) -> bool {
        matches!(self, Self::Null)
    }

    /// Appends this value as compact JSON, fields in their order.
    pub fn write(&self, out: &mut Vec<u8>) {
        match self {
            Self::Null => out.extend_from_slice(b"null"),
            Self::Bool(value) => write::boolean(out, *value),
            Self::Unsigned(value) => write::integer(out, *value),
            Self::Negative(value) => out.extend_from_slice(value.to_string().as_bytes()),
            Self::Float(value) => write::float(out, *value),
            Self::Text(text) => write::string(out, text),
            Self::Array(items) => {
                let mut array = write::Array::open(out);
                for item in items {
                    item.write(array.item());
                }
                array.close();
            }
            Self::Object(fields) => {
                let mut object = write::Object::open(out);
                for (name, value) in fields {
                    value.write(object.field(name));
                }
                object.close();
            }
        }
    }

    /// This value as compact JSON.
    #[must_use]
    pub fn to_text(&self) -> String {
        let mut out = Vec::new();
        self.write(&mut out);
        // Only whole strings and ASCII are written, so this is UTF-8 always.
        String::from_utf8(out).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refusal(body: &str) -> (String, String) {
        let invalid = Json::parse_request(body.as_bytes()).unwrap_err();
        (invalid.path, invalid.message)
    }

    #[test]
    fn keeps_the_order_of_fields_and_the_kind_of_numbers() {
        let text = r#"{"b":[1,-2,1.5,1.0,18446744073709551615],"a":{"":null},"é":"\"\n"}"#;
        assert_eq!(Json::parse(text.as_bytes()).unwrap().to_text(), text);
    }

    #[test]
    fn says_where_a_body_stops_being_json_and_nothing_of_what_it_said() {
        for body in [
            "",
            "secret",
            "{\"secret\"",
            "{} secret",
            "[1,]",
            "{\"a\":1e999}",
            "\"\\ud800\"",
        ] {
            let (path, message) = refusal(body);
            assert_eq!(path, "$");
            assert!(
                message.starts_with("the body is not valid JSON (line 1"),
                "{message}"
            );
        }
        assert_eq!(
            refusal("{\n  x").1,
            "the body is not valid JSON (line 2, column 3)"
        );
        assert!(Json::parse_request(b"\"\xFF\"").is_err());
    }

    #[test]
    fn refuses_a_field_given_twice_at_any_depth() {
        assert_eq!(refusal(r#"{"a":1,"a":1}"#).0, "$.a");
        assert_eq!(refusal(r#"{"a":1,"\u0061":1}"#).0, "$.a");
        assert_eq!(
            refusal(r#"{"m":[0,{"x":{"a":1,"b":2,"a":3}}]}"#).0,
            "$.m[1].x.a"
        );
        let many: Vec<String> = (0..50).chain([31]).map(|n| format!("\"k{n}\":0")).collect();
        assert_eq!(refusal(&format!("{{{}}}", many.join(","))).0, "$.k31");
        assert!(
            Json::parse(br#"{"a":1,"a":2}"#).is_some(),
            "backends are read leniently"
        );
    }

    #[test]
    fn refuses_nesting_beyond_the_limit() {
        let nested = |depth: usize| format!("{}{}", "[".repeat(depth), "]".repeat(depth));
        assert!(Json::parse_request(nested(MAX_DEPTH).as_bytes()).is_ok());
        assert!(refusal(&nested(MAX_DEPTH + 1)).1.contains("nested deeper"));
        assert!(refusal(&"[".repeat(1 << 20)).1.contains("nested deeper"));
        assert!(Json::parse("[".repeat(1 << 20).as_bytes()).is_none());
    }

    #[test]
    fn refuses_more_values_than_the_limit() {
        let body = format!("[{}0]", "0,".repeat(MAX_VALUES as usize));
        assert!(refusal(&body).1.contains("more than"));
    }

    #[test]
    fn borrows_strings_that_have_no_escapes() {
        let json = Json::parse(br#"["plain","esc\n"]"#).unwrap();
        assert!(matches!(
            json.items(),
            [
                Json::Text(Cow::Borrowed("plain")),
                Json::Text(Cow::Owned(_))
            ]
        ));
    }
}
