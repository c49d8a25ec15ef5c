//! Checked reads: from a [`Json`] value to the type a field must have, or the refusal that names it.
//!
//! Messages say what is expected and never what was sent.

use super::Invalid;
use super::json::Json;
use super::json_schema;
use super::path::Path;
use std::borrow::Cow;

/// The fields of an object, in order.
pub type Fields<'a> = Vec<(Cow<'a, str>, Json<'a>)>;

impl<'a> Json<'a> {
    /// `None` for `null`, which in an optional field means the same as leaving it out.
    #[must_use]
    pub fn given(self) -> Option<Self> {
        if self.is_null() { None } else { Some(self) }
    }

    /// The fields of an object.
    ///
    /// # Errors
    /// [`Invalid`] for anything else.
    pub fn into_fields(self, at: &Path<'_>) -> Result<Fields<'a>, Invalid> {
        match self {
            Self::Object(fields) => Ok(fields),
            _ => Err(at.invalid("must be an object")),
        }
    }

    /// The entries of an array.
    ///
    /// # Errors
    /// [`Invalid`] for anything else.
    pub fn into_items(self, at: &Path<'_>) -> Result<Vec<Self>, Invalid> {
        match self {
            Self::Array(items) => Ok(items),
            _ => Err(at.invalid("must be an array")),
        }
    }

    /// A string.
    ///
    /// # Errors
    /// [`Invalid`] for anything else.
    pub fn into_string(self, at: &Path<'_>) -> Result<String, Invalid> {
        match self {
            Self::Text(text) => Ok(text.into_owned()),
            _ => Err(at.invalid("must be a string")),
        }
    }

    /// A string of 1 to `max` characters.
    ///
    /// # Errors
    /// [`Invalid`] for anything else.
    pub fn into_short_string(self, at: &Path<'_>, max: usize) -> Result<String, Invalid> {
        let text = self.into_string(at)?;
        if text.is_empty() || text.chars().nth(max).is_some() {
            return Err(at.invalid(&format!("must be a string of 1 to {max} characters")));
        }
        Ok(text)
    }

    /// A name of 1 to 64 letters, digits, `_` and `-`.
    ///
    /// # Errors
    /// [`Invalid`] for anything else.
    pub fn into_name(self, at: &Path<'_>) -> Result<String, Invalid> {
        let name = self.into_string(at)?;
        let plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-');
        if (1..=64).contains(&name.len()) && name.bytes().all(plain) {
            Ok(name)
        } else {
            Err(at.invalid("must be 1 to 64 letters, digits, '_' or '-'"))
        }
    }

    /// One of a few words.
    ///
    /// # Errors
    /// [`Invalid`] that lists the words, for anything else.
    pub fn into_one_of<T: Copy>(
        self,
        at: &Path<'_>,
        choices: &[(&'static str, T)],
    ) -> Result<T, Invalid> {
        let text = self.as_str();
        let choice = choices.iter().find(|(word, _)| text == Some(*word));
        choice.map(|(_, value)| *value).ok_or_else(|| {
            let words: Vec<&str> = choices.iter().map(|(word, _)| *word).collect();
            at.invalid(&format!("must be one of: {}", words.join(", ")))
        })
    }

    /// An object, as compact JSON text with its fields in order.
    ///
    /// # Errors
    /// [`Invalid`] for anything else.
    pub fn into_object_text(self, at: &Path<'_>) -> Result<String, Invalid> {
        match self {
            Self::Object(_) => Ok(self.to_text()),
            _ => Err(at.invalid("must be an object")),
        }
    }

    /// A JSON schema, as [`Json::into_object_text`] gives it.
    ///
    /// # Errors
    /// [`Invalid`] for anything else, also deep inside.
    pub fn into_schema_text(self, at: &Path<'_>) -> Result<String, Invalid> {
        json_schema::check(&self, at)?;
        Ok(self.to_text())
    }

    /// `true` or `false`.
    ///
    /// # Errors
    /// [`Invalid`] for anything else.
    pub fn into_bool(self, at: &Path<'_>) -> Result<bool, Invalid> {
        match self {
            Self::Bool(value) => Ok(value),
            _ => Err(at.invalid("must be true or false")),
        }
    }

    /// A number from 0 to `max`.
    ///
    /// # Errors
    /// [`Invalid`] for anything else.
    pub fn into_number(self, at: &Path<'_>, max: u32) -> Result<f64, Invalid> {
        let number = match self {
            Self::Float(value) => value,
            Self::Unsigned(value) => u32::try_from(value).map_or(f64::INFINITY, f64::from),
            _ => -1.0,
        };
        if (0.0..=f64::from(max)).contains(&number) {
            // Turns -0.0 into 0.0.
            Ok(number.abs())
        } else {
            Err(at.invalid(&format!("must be a number from 0 to {max}")))
        }
    }

    /// An integer from 1 to `max`, written as one: `1.0` and `1e3` are refused.
    ///
    /// # Errors
    /// [`Invalid`] for anything else.
    pub fn into_count(self, at: &Path<'_>, max: u32) -> Result<u32, Invalid> {
        let message = match self {
            Self::Unsigned(value) => match u32::try_from(value) {
                Ok(count) if (1..=max).contains(&count) => return Ok(count),
                _ => format!("must be an integer from 1 to {max}"),
            },
            Self::Float(_) => "must be an integer, without fraction or exponent".to_owned(),
            _ => format!("must be an integer from 1 to {max}"),
        };
        Err(at.invalid(&message))
    }
}
