//! What the scanner can find: kinds with stable names, and sets of them.
//!
//! In scope: names, and which kinds a profile asks for. Out of scope: how each is recognised.
//! Sources, evidence and what is not covered: `docs/privacy.md`.

use crate::profile::{Profile, Profiles};

macro_rules! kinds {
    ($($(#[$doc:meta])* $name:ident = $text:literal),+ $(,)?) => {
        /// A kind of personal data.
        ///
        /// The order is that of the names, so that iterating over a set gives sorted names.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[repr(u8)]
        pub enum Kind { $($(#[$doc])* $name),+ }

        impl Kind {
            /// Every kind, by name.
            pub const ALL: &'static [Self] = &[$(Self::$name),+];

            /// The stable name, as in `details.kinds`.
            #[must_use]
            pub fn as_str(self) -> &'static str {
                match self { $(Self::$name => $text),+ }
            }
        }
    };
}

kinds! {
    /// An age above 89 years.
    AgeOver89 = "age_over_89",
    /// An account at a bank or another financial institution.
    BankAccount = "bank_account",
    /// CVV, CVC, CID: the code printed on a payment card.
    CardSecurityCode = "card_security_code",
    /// Day of admission, discharge, treatment or death.
    CareDate = "care_date",
    /// An address or secret of a crypto-currency wallet.
    CryptoWallet = "crypto_wallet",
    /// A birthday.
    DateOfBirth = "date_of_birth",
    /// A registration with the US Drug Enforcement Administration.
    DeaNumber = "dea_number",
    /// A serial number of a device or implant, an IMEI, an advertising id.
    DeviceId = "device_id",
    /// A driver's licence, or another personal licence or certificate.
    DriverLicense = "driver_license",
    /// A US employer identification number.
    Ein = "ein",
    /// An e-mail address.
    Email = "email",
    /// A number of a claim, an authorisation, an encounter or a specimen.
    HealthAdminId = "health_admin_id",
    /// A member, subscriber or policy number of a health plan.
    HealthPlanId = "health_plan_id",
    /// An international bank account number.
    Iban = "iban",
    /// An address of a machine on the Internet.
    IpAddress = "ip_address",
    /// A US individual taxpayer identification number.
    Itin = "itin",
    /// A vehicle's registration plate.
    LicensePlate = "license_plate",
    /// The hardware address of a network interface.
    MacAddress = "mac_address",
    /// A US Medicare beneficiary identifier.
    MedicareMbi = "medicare_mbi",
    /// A medical record or patient number.
    Mrn = "mrn",
    /// A national identity, tax or health number of another country.
    NationalId = "national_id",
    /// A US national provider identifier.
    Npi = "npi",
    /// A passport number.
    Passport = "passport",
    /// A payment card number.
    PaymentCard = "payment_card",
    /// A person's name, by label or title.
    PersonName = "person_name",
    /// A telephone or fax number.
    Phone = "phone",
    /// A US bank routing number.
    RoutingNumber = "routing_number",
    /// A US social security number.
    Ssn = "ssn",
    /// A street address, or a labelled postal code.
    StreetAddress = "street_address",
    /// A UK National Health Service number.
    UkNhs = "uk_nhs",
    /// A UK national insurance number.
    UkNino = "uk_nino",
    /// A vehicle identification number.
    Vin = "vin",
}

impl Kind {
    /// Whether it is there only where somebody is: a name beside it is that person's.
    pub(super) fn is_a_persons(self) -> bool {
        !matches!(
            self,
            Self::PersonName
                | Self::CryptoWallet
                | Self::IpAddress
                | Self::MacAddress
                | Self::LicensePlate
                | Self::Vin
        )
    }
}

/// A set of kinds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Kinds(u64);

impl Kinds {
    /// None.
    pub const NONE: Self = Self(0);

    /// The set of one kind.
    #[must_use]
    pub const fn of(kind: Kind) -> Self {
        Self(1 << kind as u8)
    }

    /// The set of these kinds.
    #[must_use]
    pub const fn from_slice(mut kinds: &[Kind]) -> Self {
        let mut bits = 0;
        while let [first, rest @ ..] = kinds {
            bits |= 1 << *first as u8;
            kinds = rest;
        }
        Self(bits)
    }

    /// Whether there is none.
    #[must_use]
    pub const fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// Whether `kind` is one of them.
    #[must_use]
    pub const fn contains(self, kind: Kind) -> bool {
        self.0 & (1 << kind as u8) != 0
    }

    /// Adds one.
    pub fn insert(&mut self, kind: Kind) {
        self.0 |= 1 << kind as u8;
    }

    /// These and those.
    #[must_use]
    pub const fn union(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    /// Each of them, by name.
    pub fn iter(self) -> impl Iterator<Item = Kind> {
        Kind::ALL
            .iter()
            .copied()
            .filter(move |kind| self.contains(*kind))
    }

    /// Their names, sorted.
    #[must_use]
    pub fn names(self) -> Vec<&'static str> {
        self.iter().map(Kind::as_str).collect()
    }

    /// What these profiles ask to keep in.
    #[must_use]
    pub fn asked_by(profiles: Profiles) -> Self {
        Profile::ALL
            .into_iter()
            .filter(|profile| profiles.covers(Profiles::default().with(*profile)))
            .fold(Self::NONE, |all, profile| all.union(of_profile(profile)))
    }
}

impl Extend<Kind> for Kinds {
    fn extend<I: IntoIterator<Item = Kind>>(&mut self, kinds: I) {
        for kind in kinds {
            self.insert(kind);
        }
    }
}

/// HIPAA Safe Harbor, 45 CFR 164.514(b)(2)(i)(A)–(R): every kind there is.
const HEALTHCARE: Kinds = Kinds(u64::MAX >> (64 - Kind::ALL.len()));

/// PCI DSS account data, and nonpublic personal information under the GLBA (16 CFR 313.3).
const FINANCE: Kinds = Kinds::from_slice(&[
    Kind::BankAccount,
    Kind::CardSecurityCode,
    Kind::CryptoWallet,
    Kind::DateOfBirth,
    Kind::DriverLicense,
    Kind::Ein,
    Kind::Email,
    Kind::Iban,
    Kind::Itin,
    Kind::NationalId,
    Kind::Passport,
    Kind::PaymentCard,
    Kind::PersonName,
    Kind::Phone,
    Kind::RoutingNumber,
    Kind::Ssn,
    Kind::StreetAddress,
    Kind::UkNhs,
    Kind::UkNino,
]);

/// FRCP 5.2 and FRCrP 49.1: social-security and taxpayer numbers, birth dates, names, financial
/// accounts, home addresses; and what identifies a person as surely.
const LEGAL: Kinds = Kinds::from_slice(&[
    Kind::BankAccount,
    Kind::CardSecurityCode,
    Kind::CryptoWallet,
    Kind::DateOfBirth,
    Kind::DriverLicense,
    Kind::Ein,
    Kind::Email,
    Kind::Iban,
    Kind::Itin,
    Kind::LicensePlate,
    Kind::NationalId,
    Kind::Passport,
    Kind::PaymentCard,
    Kind::PersonName,
    Kind::Phone,
    Kind::RoutingNumber,
    Kind::Ssn,
    Kind::StreetAddress,
    Kind::UkNhs,
    Kind::UkNino,
    Kind::Vin,
]);

fn of_profile(profile: Profile) -> Kinds {
    match profile {
        Profile::General => Kinds::NONE,
        Profile::Healthcare => HEALTHCARE,
        Profile::Finance => FINANCE,
        Profile::Legal => LEGAL,
    }
}

/// Where personal data was found, for whoever redacts it.
pub(super) type Report<'r> = &'r mut dyn FnMut(Kind, usize, usize);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_sorted_and_unique() {
        let names: Vec<_> = Kind::ALL.iter().map(|kind| kind.as_str()).collect();
        assert!(names.is_sorted_by(|a, b| a < b));
        assert_eq!(HEALTHCARE.names(), names);
    }

    #[test]
    fn profiles_add_up() {
        let finance = Profiles::default().with(Profile::Finance);
        let both = finance.with(Profile::Legal);
        assert!(Kinds::asked_by(Profiles::default()).is_empty());
        assert!(Kinds::asked_by(finance).contains(Kind::PaymentCard));
        assert!(!Kinds::asked_by(finance).contains(Kind::Vin));
        assert_eq!(Kinds::asked_by(both), FINANCE.union(LEGAL));
    }
}
