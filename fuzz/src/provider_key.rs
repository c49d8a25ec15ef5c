//! What a tenant's sealed provider keys come from and are kept as.

use neureus_core::id::TenantId;
use neureus_core::provider_key::{Masters, Provider, ProviderKey, Sealed, Wrapped};
use neureus_core::vault::{Lent, Vault};

/// A master key, in hex; that of the seeds is another.
const MASTER: &str = "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f";

/// Keys as people send them, sealed texts, and what an object keeps.
pub(crate) const KEYS: &[&[u8]] = &[
    b"",
    b"sk-proj-abcdefghijklmnopqrstuvwxyz",
    b" sk-12345678\r\n",
    b"\xC3\xBCml\xC3\xA4ut-key",
    b"010909090909090909090909090a0b0c0d0e0f",
    b"02ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
    b"{\"data\":{\"version\":1,\"sealed\":\"0102\"},\"data_version\":1,\"kept\":[{\"listed\":{\"provider\":\"openai\",\"version\":1,\"preview\":\"x\",\"at_ms\":5,\"by\":{\"kind\":\"operator\"},\"seq\":3},\"sealed\":{\"provider\":\"openai\",\"version\":1,\"data_version\":1,\"sealed\":\"01\"}}]}",
];

/// No text panics; one that is taken as a key fits into a header and shows nowhere; what nobody sealed opens
/// nowhere, and what is read as kept is written back the same.
pub fn provider_key(data: &[u8]) {
    let Ok(text) = core::str::from_utf8(data) else {
        return;
    };
    if let Ok(key) = ProviderKey::parse(text) {
        assert_eq!(key.reveal(), text.trim());
        assert!(key.reveal().bytes().all(|byte| byte.is_ascii_graphic()));
        assert!(key.preview().chars().count() <= 8);
        assert_eq!(format!("{key:?}"), "ProviderKey(hidden)");
    }
    let (Ok(masters), Ok(tenant)) = (Masters::parse(MASTER, text), TenantId::parse("demo")) else {
        return opened_nowhere(text);
    };
    assert!(masters.is_set() && !format!("{masters:?}").contains("0102"));
    assert!(masters.unwrap(&wrapped(text), &tenant).is_none());
}

fn wrapped(text: &str) -> Wrapped {
    Wrapped {
        version: 1,
        sealed: text.to_owned(),
    }
}

fn opened_nowhere(text: &str) {
    let (Ok(masters), Ok(tenant)) = (Masters::parse(MASTER, ""), TenantId::parse("demo")) else {
        return;
    };
    let sealed = Sealed {
        provider: Provider::Openai,
        version: 1,
        data_version: 1,
        sealed: text.to_owned(),
    };
    let lent = Lent {
        data: wrapped(text),
        keys: vec![sealed],
    };
    assert!(lent.open(&masters, &tenant).is_empty());
    if let Ok(vault) = serde_json::from_str::<Vault>(text) {
        let again = serde_json::to_string(&vault).map(|json| serde_json::from_str(&json));
        assert!(matches!(again, Ok(Ok(again)) if vault == again));
        let wanted: Vec<Provider> = vault.providers().collect();
        if let Some(lent) = vault.lend(&wanted) {
            assert!(lent.open(&masters, &tenant).is_empty());
        }
    }
}
