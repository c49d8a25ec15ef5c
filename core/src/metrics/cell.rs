//! What one window counts of one key and one model.
//!
//! Caveat: numbers are signed, since the end of a request may be corrected once its Worker is heard of
//! after all; the correction may lie in a row of its own.

use crate::metrics::histogram::Histogram;
use serde::{Deserialize, Serialize};

/// The name under which everything beyond a bound is counted together.
pub const OTHER: &str = "other";
/// The most names that one set of counts tells apart. All names are the gateway's own, so there are fewer.
const NAMES_MAX: usize = 32;

/// Counts by name.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Counts(Vec<(String, i64)>);

impl Counts {
    /// Adds to a name's count.
    pub fn add(&mut self, name: &str, count: i64) {
        let known = self.0.iter().position(|(known, _)| known == name);
        let place = match known {
            Some(place) => place,
            None if self.0.len() >= NAMES_MAX && name != OTHER => return self.add(OTHER, count),
            None => {
                self.0.push((name.to_owned(), 0));
                self.0.len() - 1
            }
        };
        if let Some((_, sum)) = self.0.get_mut(place) {
            *sum = sum.saturating_add(count);
        }
    }

    /// A name's count.
    #[must_use]
    pub fn get(&self, name: &str) -> i64 {
        let found = self.0.iter().find(|(known, _)| known == name);
        found.map_or(0, |(_, count)| *count)
    }

    /// Every name that was counted.
    pub fn iter(&self) -> impl Iterator<Item = (&str, i64)> {
        self.0.iter().map(|(name, count)| (name.as_str(), *count))
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Adds all that another one counted.
    pub fn merge(&mut self, other: &Self) {
        for (name, count) in other.iter() {
            self.add(name, count);
        }
    }
}

fn is_zero(number: &i64) -> bool {
    *number == 0
}

/// Counts of one window, key and model. Stored with short names: never change one.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Cell {
    /// Requests that were admitted and have ended.
    #[serde(rename = "n", skip_serializing_if = "is_zero")]
    pub requests: i64,
    /// Of these, how many were charged.
    #[serde(rename = "c", skip_serializing_if = "is_zero")]
    pub charged: i64,
    /// Of these, how many with an estimate in it.
    #[serde(rename = "e", skip_serializing_if = "is_zero")]
    pub estimated: i64,
    /// Input tokens, cached ones included.
    #[serde(rename = "i", skip_serializing_if = "is_zero")]
    pub input_tokens: i64,
    /// Input tokens that backends had cached.
    #[serde(rename = "k", skip_serializing_if = "is_zero")]
    pub cached_tokens: i64,
    /// Output tokens.
    #[serde(rename = "o", skip_serializing_if = "is_zero")]
    pub output_tokens: i64,
    /// Nano-USD charged.
    #[serde(rename = "u", skip_serializing_if = "is_zero")]
    pub cost: i64,
    /// How requests ended that did not end well, admitted or not: an error's code, `cancelled`, `expired`.
    #[serde(rename = "x", skip_serializing_if = "Counts::is_empty")]
    pub ends: Counts,
    /// Limits that refused a request, or would have.
    #[serde(rename = "q", skip_serializing_if = "Counts::is_empty")]
    pub limited: Counts,
    /// How authentication ended, where no request was admitted.
    #[serde(rename = "a", skip_serializing_if = "Counts::is_empty")]
    pub auth: Counts,
    /// From arrival to the end of the answer, of admitted requests.
    #[serde(rename = "l", skip_serializing_if = "Histogram::is_empty")]
    pub latency: Histogram,
    /// From arrival to the first content of a stream.
    #[serde(rename = "f", skip_serializing_if = "Histogram::is_empty")]
    pub first_token: Histogram,
}

impl Cell {
    /// Adds all that another one counted.
    pub fn merge(&mut self, other: &Self) {
        for (sum, more) in [
            (&mut self.requests, other.requests),
            (&mut self.charged, other.charged),
            (&mut self.estimated, other.estimated),
            (&mut self.input_tokens, other.input_tokens),
            (&mut self.cached_tokens, other.cached_tokens),
            (&mut self.output_tokens, other.output_tokens),
            (&mut self.cost, other.cost),
        ] {
            *sum = sum.saturating_add(more);
        }
        self.ends.merge(&other.ends);
        self.limited.merge(&other.limited);
        self.auth.merge(&other.auth);
        self.latency.merge(&other.latency);
        self.first_token.merge(&other.first_token);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Stored in every object: a change needs a migration.
    #[test]
    fn the_stored_form_is_pinned() {
        let mut cell = Cell {
            requests: 3,
            charged: 2,
            estimated: 1,
            input_tokens: 10,
            cached_tokens: 4,
            output_tokens: 7,
            cost: 500,
            ..Cell::default()
        };
        cell.ends.add("UPSTREAM_ERROR", 1);
        cell.limited.add("key-spend", 2);
        cell.auth.add("revoked", 3);
        cell.latency.record(20);
        cell.first_token.record(5);
        let json = r#"{"n":3,"c":2,"e":1,"i":10,"k":4,"o":7,"u":500,"x":[["UPSTREAM_ERROR",1]],"q":[["key-spend",2]],"a":[["revoked",3]],"l":[20,19,1],"f":[5,4,1]}"#;
        assert_eq!(serde_json::to_string(&cell).unwrap(), json);
        assert_eq!(serde_json::from_str::<Cell>(json).unwrap(), cell);
        assert_eq!(serde_json::from_str::<Cell>("{}").unwrap(), Cell::default());
        let mut twice = cell.clone();
        twice.merge(&cell);
        assert_eq!(twice.requests, 6);
        assert_eq!(twice.ends.get("UPSTREAM_ERROR"), 2);
        assert_eq!(twice.latency.count(), 2);
    }

    #[test]
    fn names_beyond_the_bound_are_counted_together() {
        let mut counts = Counts::default();
        for name in 0..100 {
            counts.add(&format!("name-{name}"), 1);
        }
        assert_eq!(counts.iter().count(), NAMES_MAX + 1);
        assert_eq!(counts.get(OTHER), 100 - NAMES_MAX as i64);
        assert_eq!(counts.iter().map(|(_, n)| n).sum::<i64>(), 100);
    }
}
