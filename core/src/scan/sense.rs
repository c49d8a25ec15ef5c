//! What a label announces and what single words are, for [`super::words`] and all who ask.

/// What a label announces.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[repr(u8)]
pub(super) enum Sense {
    Nothing,
    Account,
    /// Announces an account only with a colon or the like: `account: 12345678`.
    AccountWeak,
    Address,
    Admin,
    Age,
    Born,
    Care,
    Cvv,
    Dea,
    Device,
    Dob,
    Ein,
    Email,
    Iban,
    Ip,
    Itin,
    License,
    /// Announces a licence only with a colon or the like: `DL: D1234567`.
    LicenseWeak,
    Mac,
    Mbi,
    Mrn,
    Name,
    NameWeak,
    /// One part of a name, among other things: `family`, `given`.
    NamePart,
    National,
    Nhs,
    Nino,
    Npi,
    Other,
    Passport,
    Phone,
    PhoneWeak,
    Plan,
    Plate,
    Role,
    Routing,
    SortCode,
    Ssn,
    TaxId,
    Title,
    Vin,
    Wallet,
    Zip,
}

/// Properties of single words.
pub(super) type Flags = u16;
/// May stand between a label and its value.
pub(super) const FILLER: Flags = 1;
/// Says that the value follows: is, was, equals.
pub(super) const IS: Flags = 1 << 1;
/// A common given name.
pub(super) const GIVEN: Flags = 1 << 2;
/// No person's name, though it may be written with a capital.
pub(super) const STOP: Flags = 1 << 3;
/// Street, avenue and the like.
pub(super) const STREET: Flags = 1 << 4;
/// Ends the name of an Internet host.
pub(super) const TLD: Flags = 1 << 5;
/// The name of a month.
pub(super) const MONTH: Flags = 1 << 6;
/// Somebody: man, patient, she.
pub(super) const SOMEBODY: Flags = 1 << 7;
/// Shows that people are talked about as patients, clients or parties.
pub(super) const CASE: Flags = 1 << 8;
/// A state of the United States, abbreviated.
pub(super) const STATE: Flags = 1 << 9;
/// A street word that often means something else: way, court, drive.
pub(super) const STREET_WEAK: Flags = 1 << 10;

/// A full stop, spelled out.
pub(super) const DOT: Flags = 1 << 11;
/// Says that what it stands by is a number: no, id, code.
pub(super) const NUMBER: Flags = 1 << 12;
/// A small word inside a name: van, de la.
pub(super) const PARTICLE: Flags = 1 << 13;
/// Apartment, suite, or a quarter of a town.
pub(super) const UNIT: Flags = 1 << 14;
/// After a number, makes it a duration, a range or a share.
pub(super) const SPAN: Flags = 1 << 15;

/// How a label and what follows it are linked.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Link {
    /// A colon, an equals sign, a hash or the like stands between, or "is".
    pub(super) explicit: bool,
    /// "Number", "no", "id" and the like stand between, or the label has more than one word or is an
    /// abbreviation: then it means an identifier.
    pub(super) sure: bool,
    /// Other words stand between.
    pub(super) far: bool,
}
