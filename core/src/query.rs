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
