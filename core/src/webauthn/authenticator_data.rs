//! Authenticator data: what the authenticator signs (WebAuthn Level 3, § 6.1).
//!
//! In scope: its layout, to the last byte. Out of scope: whether what it says is enough, which the
//! ceremonies decide.

use super::Refused;
use super::cbor::Reader;

/// The parts of authenticator data.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AuthenticatorData<'a> {
    /// SHA-256 of the relying party's id.
    pub rp_id_hash: &'a [u8; 32],
    /// What the authenticator did and is.
    pub flags: Flags,
    /// How often the credential signed; 0 where the authenticator does not count.
    pub counter: u32,
    /// The new credential, at registration.
    pub credential: Option<Credential<'a>>,
}

/// The flags byte (§ 6.1, figure 5).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Flags(u8);

impl Flags {
    /// UP: somebody was there.
    #[must_use]
    pub fn user_present(self) -> bool {
        self.0 & 0x01 != 0
    }

    /// UV: it was the authenticator's user, by PIN or body.
    #[must_use]
    pub fn user_verified(self) -> bool {
        self.0 & 0x04 != 0
    }

    /// BE: the credential may be kept in several places.
    #[must_use]
    pub fn backup_eligible(self) -> bool {
        self.0 & 0x08 != 0
    }

    /// BS: it is.
    #[must_use]
    pub fn backed_up(self) -> bool {
        self.0 & 0x10 != 0
    }

    fn has_credential(self) -> bool {
        self.0 & 0x40 != 0
    }

    fn has_extensions(self) -> bool {
        self.0 & 0x80 != 0
    }
}

/// Attested credential data (§ 6.5.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Credential<'a> {
    /// The authenticator's model, or zeros.
    pub aaguid: &'a [u8; 16],
    /// The authenticator's name for the credential, 1 to 1023 bytes.
    pub id: &'a [u8],
    /// The `COSE_Key` as it came.
    pub public_key: &'a [u8],
}

/// The longest credential id (§ 5.8.3).
pub const CREDENTIAL_ID_MAX: usize = 1023;

impl<'a> AuthenticatorData<'a> {
    /// Reads all of the bytes.
    ///
    /// # Errors
    /// When anything is missing, or left over.
    pub fn parse(bytes: &'a [u8]) -> Result<Self, Refused> {
        let malformed = Refused::AuthenticatorData;
        let (rp_id_hash, rest) = bytes.split_first_chunk().ok_or(malformed)?;
        let ([flags], rest) = rest.split_first_chunk().ok_or(malformed)?;
        let (counter, mut rest) = rest.split_first_chunk().ok_or(malformed)?;
        let flags = Flags(*flags);
        let mut credential = None;
        if flags.has_credential() {
            let (found, after) = Credential::parse(rest).ok_or(malformed)?;
            credential = Some(found);
            rest = after;
        }
        if flags.has_extensions() {
            let mut reader = Reader::new(rest);
            // A map, whose entries nobody asked for.
            Reader::new(rest).map().map_err(|_| malformed)?;
            reader.skip().map_err(|_| malformed)?;
            rest = reader.rest();
        }
        rest.is_empty()
            .then_some(Self {
                rp_id_hash,
                flags,
                counter: u32::from_be_bytes(*counter),
                credential,
            })
            .ok_or(malformed)
    }
}

impl<'a> Credential<'a> {
    /// The credential data, and what follows it.
    fn parse(bytes: &'a [u8]) -> Option<(Self, &'a [u8])> {
        let (aaguid, rest) = bytes.split_first_chunk()?;
        let (length, rest) = rest.split_first_chunk()?;
        let length = usize::from(u16::from_be_bytes(*length));
        if !(1..=CREDENTIAL_ID_MAX).contains(&length) {
            return None;
        }
        let (id, rest) = rest.split_at_checked(length)?;
        let mut reader = Reader::new(rest);
        reader.skip().ok()?;
        let public_key = rest.get(..rest.len() - reader.rest().len())?;
        let credential = Self {
            aaguid,
            id,
            public_key,
        };
        Some((credential, reader.rest()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// RP id hash, flags, counter.
    fn data(flags: u8, rest: &[u8]) -> Vec<u8> {
        [&[7; 32][..], &[flags], &[0, 0, 1, 2], rest].concat()
    }

    const CREDENTIAL: &[u8] = &[
        1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, // AAGUID
        0, 2, 9, 9, // id
        0xA1, 1, 2, // key
    ];

    #[test]
    fn each_flag_means_one_thing() {
        let flags = |bits| AuthenticatorData::parse(&data(bits, &[])).unwrap().flags;
        assert!(flags(0x01).user_present() && !flags(0xFE & !0xC0).user_present());
        assert!(flags(0x04).user_verified() && !flags(0x3B).user_verified());
        assert!(flags(0x08).backup_eligible() && !flags(0x37).backup_eligible());
        assert!(flags(0x10).backed_up() && !flags(0x2F).backed_up());
    }

    #[test]
    fn a_credential_and_extensions_are_told_apart() {
        let whole = [CREDENTIAL, &[0xA1, 0x61, b'x', 0xF5]].concat();
        let bytes = data(0xC5, &whole);
        let parsed = AuthenticatorData::parse(&bytes).unwrap();
        assert_eq!(parsed.counter, 258);
        let credential = parsed.credential.unwrap();
        assert_eq!(credential.aaguid, &[1; 16]);
        assert_eq!(credential.id, [9, 9]);
        assert_eq!(credential.public_key, [0xA1, 1, 2]);
    }

    #[test]
    fn what_is_missing_or_left_over_is_refused() {
        let mut empty_id = CREDENTIAL.to_vec();
        empty_id.splice(16..20, [0, 0]);
        let mut long_id = CREDENTIAL[..16].to_vec();
        long_id.extend([4, 0]);
        long_id.extend([9; 1024]);
        long_id.extend([0xA0]);
        for (bytes, why) in [
            (data(1, &[])[..36].to_vec(), "a counter cut short"),
            (data(1, &[0]), "a byte too many"),
            (data(0x41, &[]), "a flag without its credential"),
            (data(0x41, &CREDENTIAL[..22]), "a key cut short"),
            (data(0x01, CREDENTIAL), "a credential without its flag"),
            (data(0x41, &empty_id), "a credential without an id"),
            (data(0x41, &long_id), "a credential with too long an id"),
            (data(0x81, &[]), "a flag without its extensions"),
            (data(0x81, &[0x80]), "extensions that are a list"),
            (data(0x81, &[0xA0, 0]), "a byte after the extensions"),
        ] {
            let parsed = AuthenticatorData::parse(&bytes);
            assert_eq!(parsed, Err(Refused::AuthenticatorData), "{why}");
        }
    }

    proptest! {
        #[test]
        fn no_bytes_panic(bytes in proptest::collection::vec(any::<u8>(), 0..120)) {
            let _parsed = AuthenticatorData::parse(&bytes);
            let _longer = AuthenticatorData::parse(&data(0xC5, &bytes));
        }
    }
}
