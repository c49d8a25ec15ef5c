//! `Idempotency-Key`: telling repeats apart, and keeping an answer so that only its caller can read it.
//!
//! A repeat is the same key (the API key's and the caller's), route and effective profile. The body is
//! compared by its digest. An answer is kept under AES-256-GCM with a key that is made from the API
//! key's text, which is stored nowhere: what is in storage opens only for whoever shows that key again.

use crate::chat::Invalid;
use crate::id::TenantId;
use crate::message::Repeat;
use crate::profile::Profiles;
use aes_gcm::aead::{Aead, KeyInit, Payload};
use aes_gcm::{Aes256Gcm, Key, Nonce};
use sha2::{Digest, Sha256};

/// The longest idempotency key, in characters.
pub const KEY_MAX: usize = 255;
/// The longest answer that is kept, in bytes.
pub const ANSWER_MAX: usize = 256 << 10;

/// The first byte of a sealed answer: how it was sealed.
const VERSION: u8 = 1;
const NONCE_BYTES: usize = 12;

/// The value of an `Idempotency-Key` header; empty is none.
///
/// # Errors
/// [`Invalid`] for one that is too long or has other characters than visible ASCII.
pub fn parse_key(header: &str) -> Result<Option<&str>, Invalid> {
    let fits = header.len() <= KEY_MAX && header.bytes().all(|b| (0x21..0x7f).contains(&b));
    if !fits {
        return Err(Invalid {
            path: "Idempotency-Key".to_owned(),
            message: "An idempotency key has 1 to 255 visible ASCII characters".to_owned(),
        });
    }
    Ok(Some(header).filter(|key| !key.is_empty()))
}

/// What makes two requests the same, and whether they are.
#[must_use]
pub fn identify(
    api_key: &str,
    route: &str,
    profiles: Profiles,
    idempotency_key: &str,
    body: &[u8],
) -> Repeat {
    // As the ids have it that are stored.
    let profiles = format!("Profiles({})", profiles.bits());
    Repeat {
        id: hex::encode(digest(
            "neureus repeat",
            &[api_key, route, &profiles, idempotency_key],
        )),
        body: hex::encode(Sha256::digest(body)),
    }
}

/// A digest of several texts. Each goes with its length, so that no two lists are the same.
fn digest(purpose: &str, texts: &[&str]) -> [u8; 32] {
    let mut hash = Sha256::new();
    for text in core::iter::once(&purpose).chain(texts) {
        hash.update(u64::try_from(text.len()).unwrap_or(u64::MAX).to_be_bytes());
        hash.update(text.as_bytes());
    }
    hash.finalize().into()
}

fn cipher(api_key: &str, id: &str) -> Aes256Gcm {
    let key = digest("neureus answer", &[api_key, id]);
    Aes256Gcm::new(&Key::<Aes256Gcm>::from(key))
}

fn bound_to(tenant: &TenantId, id: &str) -> String {
    format!("{tenant}/{id}")
}

/// Seals an answer. `nonce` has to be random and fresh. `None` for one that is too long.
#[must_use]
pub fn seal(
    answer: &[u8],
    api_key: &str,
    tenant: &TenantId,
    id: &str,
    nonce: [u8; NONCE_BYTES],
) -> Option<String> {
    if answer.len() > ANSWER_MAX {
        return None;
    }
    let place = bound_to(tenant, id);
    let payload = Payload {
        msg: answer,
        aad: place.as_bytes(),
    };
    let sealed = cipher(api_key, id)
        .encrypt(&Nonce::from(nonce), payload)
        .ok()?;
    let mut bytes = Vec::with_capacity(1 + NONCE_BYTES + sealed.len());
    bytes.push(VERSION);
    bytes.extend_from_slice(&nonce);
    bytes.extend_from_slice(&sealed);
    Some(hex::encode(bytes))
}

/// Opens a sealed answer; `None` if it is not the one that was sealed for this.
#[must_use]
pub fn open(sealed: &str, api_key: &str, tenant: &TenantId, id: &str) -> Option<Vec<u8>> {
    let bytes = hex::decode(sealed).ok()?;
    let (version, rest) = bytes.split_first()?;
    let (nonce, sealed) = rest.split_first_chunk::<NONCE_BYTES>()?;
    let place = bound_to(tenant, id);
    let payload = Payload {
        msg: sealed,
        aad: place.as_bytes(),
    };
    let answer = cipher(api_key, id).decrypt(&Nonce::from(*nonce), payload);
    answer.ok().filter(|_| *version == VERSION)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::profile::Profile;

    fn tenant(name: &str) -> TenantId {
        TenantId::parse(name).unwrap()
    }

    #[test]
    fn requests_are_the_same_only_if_everything_is() {
        let one = identify("nru_a", "/ai/chat", Profiles::default(), "k", b"{}");
        assert_eq!(
            one,
            identify("nru_a", "/ai/chat", Profiles::default(), "k", b"{}")
        );
        let finance = Profiles::default().with(Profile::Finance);
        for other in [
            identify("nru_b", "/ai/chat", Profiles::default(), "k", b"{}"),
            identify("nru_a", "/v1/chat", Profiles::default(), "k", b"{}"),
            identify("nru_a", "/ai/chat", finance, "k", b"{}"),
            identify("nru_a", "/ai/chat", Profiles::default(), "l", b"{}"),
            identify("nru_a/", "ai/chat", Profiles::default(), "k", b"{}"),
        ] {
            assert_ne!(one.id, other.id);
        }
        let both = Profiles::default()
            .with(Profile::Healthcare)
            .with(Profile::Finance);
        let pinned = identify("nru_a", "/ai/chat", both, "k", b"{}").id;
        let text = "Profiles(3)";
        let digest = digest("neureus repeat", &["nru_a", "/ai/chat", text, "k"]);
        assert_eq!(pinned, hex::encode(digest));
        let body = identify("nru_a", "/ai/chat", Profiles::default(), "k", b"[]");
        assert!(one.id == body.id && one.body != body.body);
    }

    #[test]
    fn an_answer_opens_only_with_the_key_tenant_and_request_it_was_sealed_for() {
        let acme = tenant("acme");
        let sealed = seal(b"answer", "nru_a", &acme, "id", [7; 12]).unwrap();
        assert!(!sealed.contains(&hex::encode("answer")));
        assert_eq!(
            open(&sealed, "nru_a", &acme, "id").as_deref(),
            Some(&b"answer"[..])
        );
        assert_eq!(open(&sealed, "nru_b", &acme, "id"), None);
        assert_eq!(open(&sealed, "nru_a", &tenant("other"), "id"), None);
        assert_eq!(open(&sealed, "nru_a", &acme, "ie"), None);
        let bytes = hex::decode(&sealed).unwrap();
        for at in 0..bytes.len() {
            let mut forged = bytes.clone();
            forged[at] ^= 1;
            assert_eq!(
                open(&hex::encode(forged), "nru_a", &acme, "id"),
                None,
                "{at}"
            );
        }
        for cut in [0, 1, 13, bytes.len() - 1] {
            assert_eq!(
                open(&hex::encode(&bytes[..cut]), "nru_a", &acme, "id"),
                None
            );
        }
        assert_eq!(
            seal(&vec![0; ANSWER_MAX + 1], "nru_a", &acme, "id", [0; 12]),
            None
        );
    }

    #[test]
    fn a_key_is_visible_ascii_of_some_length() {
        assert_eq!(parse_key(""), Ok(None));
        assert_eq!(parse_key("a-1"), Ok(Some("a-1")));
        assert!(parse_key(&"x".repeat(KEY_MAX)).is_ok());
        for wrong in ["a b", "ä", "a\tb", &"x".repeat(KEY_MAX + 1)] {
            assert_eq!(parse_key(wrong).unwrap_err().path, "Idempotency-Key");
        }
    }
}
