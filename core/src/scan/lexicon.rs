//! Words and labels that mean something, in two tables that the compiler builds.
//!
//! Only hashes are kept, so the tables are small: a text meets a word that is not in them by
//! accident about once in ten million words.

use super::words::{LABELS, WORDS};

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

/// The hash of no letters.
pub(super) const SEED: u32 = 0x811c_9dc5;

/// The hash with one more letter (FNV-1a), whatever its case.
pub(super) const fn step(hash: u32, byte: u8) -> u32 {
    (hash ^ byte.to_ascii_lowercase() as u32).wrapping_mul(0x0100_0193)
}

const WORD_SLOTS: usize = 2048;
const LABEL_SLOTS: usize = 4096;

static WORD_TABLE: [(u32, Flags); WORD_SLOTS] = word_table();
static LABEL_TABLE: [(u32, Sense); LABEL_SLOTS] = label_table();
/// Which hashes may start a label.
static FIRST: [u64; 128] = first_words();

const fn slot(hash: u32, slots: usize) -> usize {
    (hash ^ (hash >> 15)) as usize & (slots - 1)
}

#[expect(
    clippy::indexing_slicing,
    reason = "evaluated by the compiler, which refuses a slot out of range"
)]
const fn word_table() -> [(u32, Flags); WORD_SLOTS] {
    let mut table = [(0, 0); WORD_SLOTS];
    let mut group = 0;
    while group < WORDS.len() {
        let (flag, words) = WORDS[group];
        let bytes = words.as_bytes();
        let (mut at, mut hash, mut letters) = (0, SEED, 0);
        while at <= bytes.len() {
            if at < bytes.len() && bytes[at] > b' ' {
                hash = step(hash, bytes[at]);
                letters += 1;
            } else if letters > 0 {
                let mut place = slot(hash, WORD_SLOTS);
                while table[place].0 != 0 && table[place].0 != hash {
                    place = (place + 1) & (WORD_SLOTS - 1);
                }
                table[place] = (hash, table[place].1 | flag);
                hash = SEED;
                letters = 0;
            }
            at += 1;
        }
        group += 1;
    }
    table
}

#[expect(
    clippy::indexing_slicing,
    reason = "evaluated by the compiler, which refuses a slot out of range"
)]
const fn label_table() -> [(u32, Sense); LABEL_SLOTS] {
    let mut table = [(0, Sense::Nothing); LABEL_SLOTS];
    let mut group = 0;
    while group < LABELS.len() {
        let (sense, labels) = LABELS[group];
        let bytes = labels.as_bytes();
        let (mut at, mut hash, mut letters) = (0, SEED, 0);
        while at <= bytes.len() {
            if at < bytes.len() && bytes[at] != b',' && bytes[at] != b'\n' {
                // Blanks before a label are layout; `,` ends it.
                if letters > 0 || bytes[at] != b' ' {
                    hash = step(hash, bytes[at]);
                    letters += 1;
                }
            } else if letters > 0 {
                let mut place = slot(hash, LABEL_SLOTS);
                while table[place].0 != 0 && table[place].0 != hash {
                    place = (place + 1) & (LABEL_SLOTS - 1);
                }
                if table[place].0 == 0 {
                    table[place] = (hash, sense);
                }
                hash = SEED;
                letters = 0;
            }
            at += 1;
        }
        group += 1;
    }
    table
}

#[expect(
    clippy::indexing_slicing,
    reason = "evaluated by the compiler, within 0..128"
)]
const fn first_words() -> [u64; 128] {
    let mut bits = [0; 128];
    let mut group = 0;
    while group < LABELS.len() {
        let bytes = LABELS[group].1.as_bytes();
        let (mut at, mut hash, mut open) = (0, SEED, false);
        let mut first = true;
        while at <= bytes.len() {
            let byte = if at < bytes.len() { bytes[at] } else { b',' };
            if byte > b' ' && byte != b',' {
                hash = step(hash, byte);
                open = true;
            } else {
                if open && first {
                    let bit = (hash >> 7) as usize & 8191;
                    bits[bit / 64] |= 1 << (bit % 64);
                    first = false;
                }
                if byte == b',' || byte == b'\n' {
                    first = true;
                }
                hash = SEED;
                open = false;
            }
            at += 1;
        }
        group += 1;
    }
    bits
}

/// Whether a label may start with the word of this hash.
pub(super) fn may_start(hash: u32) -> bool {
    let bit = (hash >> 7) as usize & 8191;
    FIRST
        .get(bit / 64)
        .is_some_and(|bits| bits >> (bit % 64) & 1 == 1)
}

/// The properties of the word of this hash.
pub(super) fn flags(hash: u32) -> Flags {
    let mut place = slot(hash, WORD_SLOTS);
    loop {
        match WORD_TABLE.get(place) {
            Some((found, flags)) if *found == hash => return *flags,
            Some((0, _)) | None => return 0,
            Some(_) => place = (place + 1) & (WORD_SLOTS - 1),
        }
    }
}

/// What the label of this hash announces.
pub(super) fn sense(hash: u32) -> Sense {
    let mut place = slot(hash, LABEL_SLOTS);
    loop {
        match LABEL_TABLE.get(place) {
            Some((found, sense)) if *found == hash => return *sense,
            Some((0, _)) | None => return Sense::Nothing,
            Some(_) => place = (place + 1) & (LABEL_SLOTS - 1),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hash(text: &str) -> u32 {
        text.bytes().fold(SEED, step)
    }

    #[test]
    fn the_tables_are_half_empty() {
        let words = WORD_TABLE.iter().filter(|slot| slot.0 != 0).count();
        let labels = LABEL_TABLE.iter().filter(|slot| slot.0 != 0).count();
        assert!(words < WORD_SLOTS * 2 / 3, "{words}");
        assert!(labels < LABEL_SLOTS * 2 / 3, "{labels}");
    }

    #[test]
    fn finds_words_and_labels_whatever_their_case() {
        assert_eq!(sense(hash("Social Security Number")), Sense::Ssn);
        assert_eq!(sense(hash("nonsense")), Sense::Nothing);
        assert!(may_start(hash("social")) && may_start(hash("dob")));
        assert_ne!(flags(hash("John")) & GIVEN, 0);
        assert_eq!(flags(hash("xyzzy")), 0);
    }
}
