//! The query of a URL: names and values, decoded.

use crate::chat::Invalid;

/// The value of a parameter, decoded (`+` and `%XX`, WHATWG URL standard §5.1). `None` where it is absent or
/// empty. Other parameters are passed over.
///
/// # Errors
/// [`Invalid`] with the parameter's name when it is given twice or is not UTF-8.
pub fn value(query: &str, name: &str) -> Result<Option<String>, Invalid> {
    let mut values = query
        .split('&')
        .map(|pair| pair.split_once('=').unwrap_or((pair, "")))
        .filter(|(key, _)| *key == name)
        .map(|(_, value)| value);
    let Some(value) = values.next() else {
        return Ok(None);
    };
    let wrong = |message: &str| Invalid {
        path: name.to_owned(),
        message: message.to_owned(),
    };
    if values.next().is_some() {
        return Err(wrong("This parameter is named twice"));
    }
    let text = decode(value).ok_or_else(|| wrong("This parameter is not text"))?;
    Ok(Some(text).filter(|text| !text.is_empty()))
}

/// A place in a list that is in the order of time: what was there last, and when.
#[must_use]
pub fn place(at_ms: u64, id: &str) -> String {
    format!("{at_ms}.{id}")
}

/// The place that `cursor` names.
///
/// # Errors
/// [`Invalid`] for another text than [`place`] gives.
pub fn cursor(query: &str) -> Result<Option<(u64, String)>, Invalid> {
    let Some(cursor) = value(query, "cursor")? else {
        return Ok(None);
    };
    let place = cursor.split_once('.').and_then(|(at_ms, id)| {
        let at_ms: u64 = at_ms.parse().ok()?;
        Some((at_ms, id.to_owned()))
    });
    place.map(Some).ok_or_else(|| Invalid {
        path: "cursor".to_owned(),
        message: "This is no cursor of this list".to_owned(),
    })
}

fn decode(text: &str) -> Option<String> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    loop {
        match rest {
            [] => return String::from_utf8(bytes).ok(),
            [b'%', high, low, tail @ ..] => {
                let digit = |byte: u8| char::from(byte).to_digit(16);
                let byte = digit(*high)? * 16 + digit(*low)?;
                bytes.push(u8::try_from(byte).ok()?);
                rest = tail;
            }
            [b'%', ..] => return None,
            [b'+', tail @ ..] => {
                bytes.push(b' ');
                rest = tail;
            }
            [byte, tail @ ..] => {
                bytes.push(*byte);
                rest = tail;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cursor_is_read_as_it_was_given() {
        let query = format!("cursor={}", place(7, "aud_x"));
        assert_eq!(cursor(&query).unwrap(), Some((7, "aud_x".to_owned())));
        assert_eq!(cursor("a=1").unwrap(), None);
        for bad in ["cursor=7", "cursor=x.aud_x", "cursor=-1.aud_x"] {
            assert_eq!(cursor(bad).unwrap_err().path, "cursor");
        }
    }

    #[test]
    fn a_value_is_decoded_and_named_once() {
        let query = "a=1&b=x%20y+z&c=&d=%C3%A4";
        assert_eq!(value(query, "b").unwrap().as_deref(), Some("x y z"));
        assert_eq!(value(query, "d").unwrap().as_deref(), Some("ä"));
        assert_eq!(value(query, "c").unwrap(), None);
        assert_eq!(value(query, "e").unwrap(), None);
        for bad in ["a=1&a=2", "a=%", "a=%zz", "a=%ff"] {
            assert_eq!(value(bad, "a").unwrap_err().path, "a");
        }
    }
}
