//! Regulated profiles: which there are, and which apply.
//!
//! Out of scope: what they ask for ([`crate::scan`]).

use serde::{Deserialize, Serialize};

/// A profile of the tenant, a key or a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Profile {
    /// Not regulated: nothing is scanned.
    General,
    /// Health data (HIPAA Safe Harbor identifiers).
    Healthcare,
    /// Financial data (PCI DSS, GLBA).
    Finance,
    /// Legal data (federal redaction rules).
    Legal,
}

impl Profile {
    /// Every profile.
    pub const ALL: [Self; 4] = [Self::General, Self::Healthcare, Self::Finance, Self::Legal];

    /// The profile's name, as in JSON.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::General => "general",
            Self::Healthcare => "healthcare",
            Self::Finance => "finance",
            Self::Legal => "legal",
        }
    }

    /// Parses a profile's name.
    #[must_use]
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL
            .into_iter()
            .find(|profile| profile.as_str() == name)
    }

    fn bit(self) -> u8 {
        match self {
            Self::General => 0,
            Self::Healthcare => 1,
            Self::Finance => 2,
            Self::Legal => 4,
        }
    }
}

/// The regulated profiles that apply to a request: a union, so that nobody can loosen it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Profiles(u8);

impl Profiles {
    /// These profiles and one more.
    #[must_use]
    pub fn with(self, profile: Profile) -> Self {
        Self(self.0 | profile.bit())
    }

    /// These profiles and those.
    #[must_use]
    pub fn union(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    /// As one number: 1 healthcare, 2 finance, 4 legal, added up. It is stored.
    #[must_use]
    pub fn bits(self) -> u8 {
        self.0
    }

    /// From [`Self::bits`].
    #[must_use]
    pub fn of_bits(bits: u8) -> Self {
        Self(bits)
    }

    /// Whether any regulated profile applies.
    #[must_use]
    pub fn is_regulated(self) -> bool {
        self.0 != 0
    }

    /// Whether everything that `other` asks for is already asked for here.
    #[must_use]
    pub fn covers(self, other: Self) -> bool {
        self.0 | other.0 == self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_union_never_loosens() {
        let both = Profiles::default()
            .with(Profile::Healthcare)
            .with(Profile::Legal);
        for profile in Profile::ALL {
            assert!(both.with(profile).covers(both));
        }
        assert!(!Profiles::default().covers(both));
        assert!(both.with(Profile::General).is_regulated());
    }

    #[test]
    fn names_parse_back() {
        for profile in Profile::ALL {
            assert_eq!(Profile::parse(profile.as_str()), Some(profile));
        }
        assert_eq!(Profile::parse("military"), None);
    }
}
