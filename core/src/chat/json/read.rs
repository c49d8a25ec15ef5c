//! The reader behind [`Json`]: one visitor, strict for requests and lenient for backends.

use super::{Json, MAX_DEPTH, MAX_VALUES};
use crate::chat::Invalid;
use crate::chat::path::Path;
use serde::Deserialize;
use serde::de::{self, DeserializeSeed, Deserializer, MapAccess, SeqAccess, Visitor};
use std::borrow::Cow;
use std::cell::{Cell, RefCell};
use std::collections::BTreeSet;
use std::fmt;

impl<'de: 'a, 'a> Deserialize<'de> for Json<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Builder {
            path: &Path::ROOT,
            depth: 0,
            strict: None,
        }
        .deserialize(deserializer)
    }
}

pub(super) fn read<'a>(
    bytes: &'a [u8],
    strict: Option<&Strict>,
) -> Result<Json<'a>, serde_json::Error> {
    let mut deserializer = serde_json::Deserializer::from_slice(bytes);
    let json = Builder {
        path: &Path::ROOT,
        depth: 0,
        strict,
    }
    .deserialize(&mut deserializer)?;
    deserializer.end()?;
    Ok(json)
}

/// What a strict reading counts, and why it stopped.
#[derive(Default)]
pub(super) struct Strict {
    pub(super) invalid: RefCell<Option<Invalid>>,
    values: Cell<u32>,
}

#[derive(Clone, Copy)]
struct Builder<'p> {
    path: &'p Path<'p>,
    depth: usize,
    strict: Option<&'p Strict>,
}

impl Builder<'_> {
    /// Notes the refusal aside, since the reader's own error type has no place for a path.
    fn refuse<E: de::Error>(strict: &Strict, invalid: Invalid) -> E {
        strict.invalid.replace(Some(invalid));
        E::custom("refused")
    }

    fn count<E: de::Error>(&self) -> Result<(), E> {
        let Some(strict) = self.strict else {
            return Ok(());
        };
        let values = strict.values.get().saturating_add(1);
        strict.values.set(values);
        if values > MAX_VALUES {
            let message = format!("the body holds more than {MAX_VALUES} values");
            return Err(Self::refuse(strict, Path::ROOT.invalid(&message)));
        }
        Ok(())
    }

    fn descend<E: de::Error>(&self) -> Result<usize, E> {
        match self.strict {
            Some(strict) if self.depth >= MAX_DEPTH => {
                let message = format!("nested deeper than {MAX_DEPTH} levels");
                Err(Self::refuse(strict, self.path.invalid(&message)))
            }
            _ => Ok(self.depth.saturating_add(1)),
        }
    }
}

impl<'de> DeserializeSeed<'de> for Builder<'_> {
    type Value = Json<'de>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Json<'de>, D::Error> {
        self.count()?;
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Builder<'_> {
    type Value = Json<'de>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON value")
    }

    fn visit_unit<E>(self) -> Result<Json<'de>, E> {
        Ok(Json::Null)
    }

    fn visit_bool<E>(self, value: bool) -> Result<Json<'de>, E> {
        Ok(Json::Bool(value))
    }

    fn visit_u64<E>(self, value: u64) -> Result<Json<'de>, E> {
        Ok(Json::Unsigned(value))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Json<'de>, E> {
        Ok(u64::try_from(value).map_or(Json::Negative(value), Json::Unsigned))
    }

    fn visit_f64<E>(self, value: f64) -> Result<Json<'de>, E> {
        Ok(Json::Float(value))
    }

    fn visit_borrowed_str<E>(self, value: &'de str) -> Result<Json<'de>, E> {
        Ok(Json::Text(Cow::Borrowed(value)))
    }

    fn visit_str<E>(self, value: &str) -> Result<Json<'de>, E> {
        Ok(Json::Text(Cow::Owned(value.to_owned())))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Json<'de>, A::Error> {
        let depth = self.descend()?;
        let mut items = Vec::new();
        loop {
            let path = self.path.index(items.len());
            match seq.next_element_seed(Builder {
                path: &path,
                depth,
                strict: self.strict,
            })? {
                Some(item) => items.push(item),
                None => return Ok(Json::Array(items)),
            }
        }
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Json<'de>, A::Error> {
        let depth = self.descend()?;
        let mut fields: Vec<(Cow<'de, str>, Json<'de>)> = Vec::new();
        while let Some(name) = map.next_key_seed(Name)? {
            let path = self.path.field(&name);
            let value = Builder {
                path: &path,
                depth,
                strict: self.strict,
            };
            let value = map.next_value_seed(value)?;
            fields.push((name, value));
        }
        if let Some(strict) = self.strict
            && let Some(name) = repeated(&fields)
        {
            let invalid = self.path.field(name).invalid("the field is given twice");
            return Err(Self::refuse(strict, invalid));
        }
        Ok(Json::Object(fields))
    }
}

/// A field name that the object has already, if any: n log n, so no body can make it slow.
fn repeated<'f>(fields: &'f [(Cow<'_, str>, Json<'_>)]) -> Option<&'f str> {
    /// Objects this small are compared pair by pair, without an allocation.
    const SMALL: usize = 12;
    if fields.len() <= SMALL {
        let earlier = |at: usize| fields.get(..at).unwrap_or_default();
        return fields
            .iter()
            .enumerate()
            .find(|(at, (name, _))| earlier(*at).iter().any(|(other, _)| other == name))
            .map(|(_, (name, _))| name.as_ref());
    }
    let mut names = BTreeSet::new();
    let mut all = fields.iter().map(|(name, _)| name.as_ref());
    all.find(|name| !names.insert(*name))
}

/// Reads a field name, borrowed where it has no escapes.
struct Name;

impl<'de> DeserializeSeed<'de> for Name {
    type Value = Cow<'de, str>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        deserializer.deserialize_str(self)
    }
}

impl<'de> Visitor<'de> for Name {
    type Value = Cow<'de, str>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a field name")
    }

    fn visit_borrowed_str<E>(self, value: &'de str) -> Result<Self::Value, E> {
        Ok(Cow::Borrowed(value))
    }

    fn visit_str<E>(self, value: &str) -> Result<Self::Value, E> {
        Ok(Cow::Owned(value.to_owned()))
    }
}
