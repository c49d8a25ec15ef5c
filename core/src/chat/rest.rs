//! Fields that the gateway does not know.
//!
//! The native form refuses them, so that a typing error cannot change what is asked. The forms of
//! other APIs keep growing: there they are noted, and passed on to a backend that speaks the same.

use super::Invalid;
use super::json::Json;
use super::path::Path;

/// What becomes of unknown fields, and what was met of them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Rest {
    lenient: bool,
    /// Where the first one is that only a backend of the same dialect can take.
    first: Option<String>,
    bytes: u64,
    images: usize,
}

impl Rest {
    /// Unknown fields are refused.
    pub(super) fn strict() -> Self {
        Self::default()
    }

    /// Unknown fields are noted.
    pub(super) fn lenient() -> Self {
        Self {
            lenient: true,
            ..Self::default()
        }
    }

    /// Where the first field is that only a backend of the request's own dialect can take.
    #[must_use]
    pub fn first(&self) -> Option<&str> {
        self.first.as_deref()
    }

    /// Bytes of text in unknown fields: a model may come to read them.
    #[must_use]
    pub fn bytes(&self) -> u64 {
        self.bytes
    }

    /// Images where the canonical form has no place for them.
    #[must_use]
    pub fn images(&self) -> usize {
        self.images
    }

    /// Meets an image that has no place in the canonical form.
    pub(super) fn image(&mut self, at: &Path<'_>) {
        self.first.get_or_insert_with(|| at.to_string());
        self.images = self.images.saturating_add(1);
    }

    /// Whether this form of request has unknown fields at all.
    pub(super) fn is_lenient(&self) -> bool {
        self.lenient
    }

    /// Meets a field that is not known; `null` is none.
    pub(super) fn take(&mut self, value: &Json<'_>, at: &Path<'_>) -> Result<(), Invalid> {
        if !self.lenient {
            return Err(at.invalid("unknown field"));
        }
        if !value.is_null() {
            self.first.get_or_insert_with(|| at.to_string());
            self.read(value);
        }
        Ok(())
    }

    /// Meets something that the model reads, and that has no place in the canonical form.
    pub(super) fn read(&mut self, value: &Json<'_>) {
        let bytes = u64::try_from(value.to_text().len()).unwrap_or(u64::MAX);
        self.bytes = self.bytes.saturating_add(bytes);
    }

    /// The roles that a message may have: the last of all is not native.
    pub(super) fn roles<'r, T>(&self, all: &'r [T]) -> &'r [T] {
        match all.split_last() {
            Some((_, native)) if !self.lenient => native,
            _ => all,
        }
    }
}
