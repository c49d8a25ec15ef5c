use super::*;

const NEW: &str = "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f";
const OLD: &str = "ff0102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f";
const TEXT: &str = "sk-proj-abcdefghijklmnopqrstuvwxyz";

fn tenant(name: &str) -> TenantId {
    TenantId::parse(name).unwrap()
}

fn masters(present: &str, old: &str) -> Masters {
    Masters::parse(present, old).unwrap()
}

fn sealed(provider: Provider, version: u64) -> (DataKey, Sealed) {
    let data = DataKey::new([7; KEY_BYTES]);
    let key = ProviderKey::parse(TEXT).unwrap();
    let sealed = data.seal(
        &key,
        &tenant("acme"),
        (provider, version, 1),
        [9; NONCE_BYTES],
    );
    (data.clone(), sealed.unwrap())
}

#[test]
fn a_key_opens_for_its_tenant_provider_and_version_alone() {
    let (data, sealed) = sealed(Provider::Openai, 3);
    let opened = data.open(&sealed, &tenant("acme")).unwrap();
    assert_eq!(opened.reveal(), TEXT);
    assert!(!sealed.sealed.contains(&hex::encode(TEXT)));
    assert_eq!(data.open(&sealed, &tenant("other")), None);
    for moved in [
        Sealed {
            provider: Provider::Anthropic,
            ..sealed.clone()
        },
        Sealed {
            version: 2,
            ..sealed.clone()
        },
    ] {
        assert_eq!(data.open(&moved, &tenant("acme")), None);
    }
    let other = DataKey::new([8; KEY_BYTES]);
    assert_eq!(other.open(&sealed, &tenant("acme")), None);
}

#[test]
fn what_was_changed_does_not_open() {
    let (data, sealed) = sealed(Provider::Openai, 1);
    let bytes = hex::decode(&sealed.sealed).unwrap();
    let open = |bytes: &[u8]| {
        let forged = Sealed {
            sealed: hex::encode(bytes),
            ..sealed.clone()
        };
        data.open(&forged, &tenant("acme"))
    };
    for at in 0..bytes.len() {
        let mut forged = bytes.clone();
        forged[at] ^= 1;
        assert_eq!(open(&forged), None, "{at}");
        assert_eq!(open(&bytes[..at]), None, "{at}");
    }
    assert!(open(&bytes).is_some());
}

#[test]
fn a_data_key_opens_under_either_master_key_while_one_replaces_the_other() {
    let (data, acme) = (DataKey::new([7; KEY_BYTES]), tenant("acme"));
    let before = masters(OLD, "")
        .wrap(&data, &acme, 1, [1; NONCE_BYTES])
        .unwrap();
    let both = masters(NEW, OLD);
    assert_eq!(both.unwrap(&before, &acme), Some(data.clone()));
    let after = both.wrap(&data, &acme, 2, [2; NONCE_BYTES]).unwrap();
    let alone = masters(NEW, "");
    assert_eq!(alone.unwrap(&after, &acme), Some(data));
    assert_eq!(alone.unwrap(&before, &acme), None);
    assert_eq!(both.unwrap(&after, &tenant("other")), None);
    let older = Wrapped {
        version: 1,
        ..after
    };
    assert_eq!(both.unwrap(&older, &acme), None);
    assert!(!Masters::default().is_set() && alone.is_set());
}

#[test]
fn a_master_key_is_32_bytes_in_hex() {
    for wrong in ["x", "00", &format!("{NEW}0"), &format!("{NEW}00")] {
        assert_eq!(
            Masters::parse(wrong, "").unwrap_err(),
            BadMaster("PROVIDER_MASTER_KEY")
        );
    }
    let bad = Masters::parse(NEW, "zz").unwrap_err();
    assert!(bad.to_string().starts_with("PROVIDER_MASTER_KEY_OLD has"));
}

#[test]
fn nothing_shows_a_key() {
    let (data, _) = sealed(Provider::Openai, 1);
    let key = ProviderKey::parse(TEXT).unwrap();
    let shown = format!("{key:?} {data:?} {:?}", masters(NEW, OLD));
    assert!(!shown.contains("sk-") && !shown.contains("7, 7") && !shown.contains("0102"));
    assert_eq!(key.preview(), "sk-…wxyz");
    assert_eq!(ProviderKey::parse("sk-short-1").unwrap().preview(), "…");
}

#[test]
fn a_provider_key_fits_into_a_header() {
    assert!(ProviderKey::parse(" sk-12345 ").is_ok());
    for wrong in [
        "",
        "short",
        "has space",
        "line\nend-of",
        "ümläut-key",
        &"x".repeat(513),
    ] {
        let refused = ProviderKey::parse(wrong).unwrap_err();
        assert_eq!(refused.path, "$.key");
        assert!(wrong.is_empty() || !refused.message.contains(wrong));
    }
}

/// Stored in every object that has keys: a change needs a migration.
#[test]
fn the_stored_form_is_pinned() {
    let (data, sealed) = sealed(Provider::Anthropic, 2);
    let wrapped = masters(NEW, "").wrap(&data, &tenant("acme"), 1, [1; NONCE_BYTES]);
    let json = serde_json::to_string(&(wrapped.unwrap(), sealed)).unwrap();
    let (wrapped, sealed): (Wrapped, Sealed) = serde_json::from_str(&json).unwrap();
    assert!(json.contains(r#""provider":"anthropic","version":2,"data_version":1,"sealed":"01"#));
    let opened = masters(NEW, "").unwrap(&wrapped, &tenant("acme")).unwrap();
    assert!(opened.open(&sealed, &tenant("acme")).is_some());
}

#[test]
fn providers_are_those_of_the_catalog_that_take_keys() {
    for provider in Provider::ALL {
        assert_eq!(Provider::parse(provider.as_str()), Some(provider));
    }
    assert_eq!(Provider::parse("workers_ai"), None);
    assert_eq!(Provider::of(Backend::WorkersAi), None);
    assert_eq!(Provider::of(Backend::Openai), Some(Provider::Openai));
}
