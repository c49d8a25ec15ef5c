//! JSON written straight into a caller's buffer: no tree, no intermediate strings.
//!
//! Caveat: a duplicate name is the writer's mistake and is not noticed.

/// Appends a JSON string (RFC 8259 § 7), quotes included.
///
/// Line ends and all other control characters are escaped, so the result is one line: safe inside
/// a `data:` line of an event stream.
pub fn string(out: &mut Vec<u8>, text: &str) {
    const HEX: &[u8; 16] = b"0123456789abcdef";
    out.push(b'"');
    let mut rest = text.as_bytes();
    while let Some(at) = rest
        .iter()
        .position(|&byte| matches!(byte, 0..=0x1F | b'"' | b'\\'))
    {
        let (plain, tail) = rest.split_at(at);
        out.extend_from_slice(plain);
        let Some((&byte, tail)) = tail.split_first() else {
            break;
        };
        match byte {
            b'"' | b'\\' => out.extend_from_slice(&[b'\\', byte]),
            b'\n' => out.extend_from_slice(b"\\n"),
            b'\r' => out.extend_from_slice(b"\\r"),
            b'\t' => out.extend_from_slice(b"\\t"),
            _ => {
                let digit = |nibble: u8| HEX.get(usize::from(nibble)).copied().unwrap_or(b'0');
                out.extend_from_slice(&[
                    b'\\',
                    b'u',
                    b'0',
                    b'0',
                    digit(byte >> 4),
                    digit(byte & 15),
                ]);
            }
        }
        rest = tail;
    }
    out.extend_from_slice(rest);
    out.push(b'"');
}

/// Appends an integer.
pub fn integer(out: &mut Vec<u8>, value: u64) {
    out.extend_from_slice(value.to_string().as_bytes());
}

/// Appends a floating-point number in its shortest form, or `null` when it is not finite.
pub fn float(out: &mut Vec<u8>, value: f64) {
    let start = out.len();
    // Writing a float into a `Vec` cannot fail; if it ever does, the document stays valid.
    if serde_json::to_writer(&mut *out, &value).is_err() {
        out.truncate(start);
        out.extend_from_slice(b"null");
    }
}

/// Appends `true` or `false`.
pub fn boolean(out: &mut Vec<u8>, value: bool) {
    out.extend_from_slice(if value { b"true" } else { b"false" });
}

/// An object being written; [`Object::close`] ends it.
#[must_use]
#[derive(Debug)]
pub struct Object<'o> {
    out: &'o mut Vec<u8>,
    empty: bool,
}

impl<'o> Object<'o> {
    /// Begins an object.
    pub fn open(out: &'o mut Vec<u8>) -> Self {
        out.push(b'{');
        Self { out, empty: true }
    }

    /// Writes a name; the caller appends exactly one value to what this returns.
    pub fn field(&mut self, name: &str) -> &mut Vec<u8> {
        if !std::mem::take(&mut self.empty) {
            self.out.push(b',');
        }
        string(self.out, name);
        self.out.push(b':');
        self.out
    }

    /// A string field.
    pub fn string(&mut self, name: &str, value: &str) {
        string(self.field(name), value);
    }

    /// An integer field.
    pub fn integer(&mut self, name: &str, value: u64) {
        integer(self.field(name), value);
    }

    /// A floating-point field.
    pub fn float(&mut self, name: &str, value: f64) {
        float(self.field(name), value);
    }

    /// A boolean field.
    pub fn boolean(&mut self, name: &str, value: bool) {
        boolean(self.field(name), value);
    }

    /// A field whose value is JSON text already.
    pub fn json(&mut self, name: &str, text: &str) {
        self.field(name).extend_from_slice(text.as_bytes());
    }

    /// Ends the object.
    pub fn close(self) {
        self.out.push(b'}');
    }
}

/// An array being written; [`Array::close`] ends it.
#[must_use]
#[derive(Debug)]
pub struct Array<'o> {
    out: &'o mut Vec<u8>,
    empty: bool,
}

impl<'o> Array<'o> {
    /// Begins an array.
    pub fn open(out: &'o mut Vec<u8>) -> Self {
        out.push(b'[');
        Self { out, empty: true }
    }

    /// Begins an entry; the caller appends exactly one value to what this returns.
    pub fn item(&mut self) -> &mut Vec<u8> {
        if !std::mem::take(&mut self.empty) {
            self.out.push(b',');
        }
        self.out
    }

    /// Ends the array.
    pub fn close(self) {
        self.out.push(b']');
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn written(write: impl FnOnce(&mut Vec<u8>)) -> String {
        let mut out = Vec::new();
        write(&mut out);
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn separates_fields_and_items() {
        let text = written(|out| {
            let mut object = Object::open(out);
            object.string("a", "x");
            let mut array = Array::open(object.field("b"));
            integer(array.item(), 1);
            float(array.item(), 0.5);
            float(array.item(), f64::NAN);
            array.close();
            object.boolean("c", true);
            object.json("d", "{}");
            object.close();
        });
        assert_eq!(text, r#"{"a":"x","b":[1,0.5,null],"c":true,"d":{}}"#);
    }

    proptest! {
        #[test]
        fn a_string_reads_back_as_itself_on_one_line(text in any::<String>(), low in 0u8..0x30) {
            let text = format!("{text}{}\"\\", char::from(low));
            let json = written(|out| string(out, &text));
            prop_assert!(json.bytes().all(|byte| byte >= 0x20));
            prop_assert_eq!(serde_json::from_str::<String>(&json).unwrap(), text);
        }
    }
}
