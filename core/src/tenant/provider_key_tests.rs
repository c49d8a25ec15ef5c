//! What a tenant's own provider keys promise, sentence by sentence, and over crashes anywhere.

use crate::change::{Act, By, Change, Wrong};
use crate::id::{RequestId, TenantId};
use crate::message::{
    Admit, Call, Charge, Forbidden, Lease, OwnKeys, Refusal, Reply, Settings, Want,
};
use crate::money::NanoUsd;
use crate::outbox::{Item, Row};
use crate::provider_key::{Masters, Provider};
use crate::role::Role;
use crate::testing::{MASTER, Object, SMALL, admit, change, hash, lease, record, seal, used};
use crate::vault::{Listed, Resealed, Vault};
use proptest::prelude::*;
use std::collections::BTreeMap;

const TEXT: &str = "sk-proj-abcdefghijklmnopqrstuvwxyz";

fn object() -> Object {
    Object::new(Settings::default(), &[record(1)])
}

fn vault(object: &mut Object) -> Vault {
    match object.call(Call::Vault, 1) {
        Reply::Vault(vault) => *vault,
        other => panic!("{other:?}"),
    }
}

/// Sets a key as the control plane does; what is told of it.
fn set(object: &mut Object, provider: Provider, text: &str) -> Vec<Item> {
    let act = seal(&vault(object), provider, text);
    object.done(By::Key(hash(1)), act, 5)
}

fn refusal(object: &mut Object, act: Act) -> Refusal {
    match object.change(By::Key(hash(1)), act, 5) {
        Reply::Refused(refusal) => refusal,
        other => panic!("not refused: {other:?}"),
    }
}

fn resealed(act: Act) -> Resealed {
    match act {
        Act::SealProviderKeys(next) => *next,
        other => panic!("{other:?}"),
    }
}

/// What is kept, opened.
fn opened(vault: &Vault, tenant: &str) -> BTreeMap<Provider, Option<String>> {
    let tenant = TenantId::parse(tenant).unwrap();
    let masters = Masters::parse(MASTER, "").unwrap();
    let data = vault
        .data
        .as_ref()
        .and_then(|data| masters.unwrap(data, &tenant));
    let open = |sealed| data.as_ref()?.open(sealed, &tenant);
    vault
        .sealed()
        .map(|sealed| {
            (
                sealed.provider,
                open(sealed).map(|key| key.reveal().to_owned()),
            )
        })
        .collect()
}

fn listed(items: &[Item]) -> Vec<&Listed> {
    let rows = items.iter().filter_map(|item| match &item.row {
        Row::ProviderKey(listed) => Some(&**listed),
        _ => None,
    });
    rows.collect()
}

#[test]
fn a_key_that_is_set_can_be_opened_for_its_tenant_alone_also_after_a_crash() {
    let mut object = object();
    set(&mut object, Provider::Openai, TEXT);
    set(&mut object, Provider::Anthropic, "sk-ant-0123456789");
    object.crash(6);
    let kept = vault(&mut object);
    let mine = opened(&kept, "demo");
    assert_eq!(mine[&Provider::Openai].as_deref(), Some(TEXT));
    assert_eq!(
        mine[&Provider::Anthropic].as_deref(),
        Some("sk-ant-0123456789")
    );
    assert!(opened(&kept, "other").values().all(Option::is_none));
}

#[test]
fn what_is_told_of_a_key_is_its_ends() {
    let mut object = object();
    let told = set(&mut object, Provider::Openai, TEXT);
    let json = serde_json::to_string(&told).unwrap();
    let sealed = vault(&mut object).sealed().next().unwrap().sealed.clone();
    assert!(
        !json.contains("abcdef") && !json.contains(&sealed),
        "{json}"
    );
    assert!(json.contains(r#""preview":"sk-…wxyz""#));
    let [one] = listed(&told)[..] else { panic!() };
    assert_eq!((one.version, one.deleted, one.at_ms), (1, false, 5));
    let debug = format!("{:?} {:?}", object.machine, object.disk.vault);
    assert!(!debug.contains("abcdef"));
}

#[test]
fn a_version_never_goes_back_and_a_deleted_key_is_gone() {
    let mut object = object();
    set(&mut object, Provider::Openai, TEXT);
    set(&mut object, Provider::Openai, "sk-second-00000");
    let told = object.done(By::Key(hash(1)), Act::DropProviderKey(Provider::Openai), 6);
    let [gone] = listed(&told)[..] else { panic!() };
    assert_eq!(
        (gone.version, gone.deleted, gone.preview.as_str()),
        (2, true, "")
    );
    let kept = vault(&mut object);
    assert_eq!((kept.data.is_none(), kept.sealed().count()), (true, 0));
    assert_eq!(
        refusal(&mut object, Act::DropProviderKey(Provider::Openai)),
        Refusal::NotFound
    );
    object.crash(7);
    let told = set(&mut object, Provider::Openai, TEXT);
    assert_eq!(listed(&told)[0].version, 3);
    assert_eq!(vault(&mut object).data_version, 3);
}

#[test]
fn keys_that_were_sealed_from_another_state_are_not_taken() {
    let mut object = object();
    set(&mut object, Provider::Openai, TEXT);
    let before = vault(&mut object);
    let mine = seal(&before, Provider::Anthropic, "sk-ant-mine-0000");
    set(&mut object, Provider::Anthropic, "sk-ant-theirs-00");
    let overtaken = Refusal::Change(Wrong::Overtaken);
    assert_eq!(refusal(&mut object, mine), overtaken);
    // Neither is one that leaves a key out, or has one that is not there.
    let now = vault(&mut object);
    let good = resealed(seal(&now, Provider::Openai, TEXT));
    let mut less = good.clone();
    less.keys.pop();
    let mut older = good.clone();
    older.keys[0].version = 1;
    let mut other = good.clone();
    other.keys[0].data_version = 1;
    let again = Resealed {
        data: now.data.clone().unwrap(),
        ..good.clone()
    };
    for forged in [less, older, other, again] {
        let act = Act::SealProviderKeys(Box::new(forged));
        assert_eq!(refusal(&mut object, act), overtaken);
    }
    assert_eq!(vault(&mut object), now);
    let act = Act::SealProviderKeys(Box::new(good));
    assert!(matches!(
        object.change(By::Operator, act, 5),
        Reply::Changed(_)
    ));
}

#[test]
fn a_rotation_needs_a_key_and_of_two_who_change_one_the_second_is_told() {
    let mut object = object();
    let rotation = |object: &mut Object| Resealed {
        replaces: true,
        ..resealed(seal(&vault(object), Provider::Openai, TEXT))
    };
    let act = Act::SealProviderKeys(Box::new(rotation(&mut object)));
    let missing = Refusal::Change(Wrong::NoProviderKey);
    assert_eq!(refusal(&mut object, act), missing);
    let whole = Resealed {
        provider: None,
        preview: None,
        ..rotation(&mut object)
    };
    let act = Act::SealProviderKeys(Box::new(whole));
    assert_eq!(refusal(&mut object, act), missing);
    set(&mut object, Provider::Openai, TEXT);
    let act = Act::SealProviderKeys(Box::new(rotation(&mut object)));
    for (version, wanted) in [(0, false), (7, false), (1, true)] {
        let Call::Change(made) = change(By::Key(hash(1)), object.request(), act.clone()) else {
            panic!("no change")
        };
        let made = Change {
            version: Some(version),
            ..*made
        };
        let reply = object.call(Call::Change(Box::new(made)), 9);
        let stale = Reply::Refused(Refusal::Change(Wrong::Stale(1)));
        assert_eq!(reply == stale, !wanted, "{version}");
    }
    assert_eq!(vault(&mut object).version(Provider::Openai), 2);
}

#[test]
fn sealing_anew_changes_the_data_key_and_no_version() {
    let mut object = object();
    set(&mut object, Provider::Openai, TEXT);
    let before = vault(&mut object);
    let masters = Masters::parse(MASTER, "").unwrap();
    let tenant = TenantId::parse("demo").unwrap();
    let (data, keys) = before
        .seal(None, &masters, &tenant, &mut |bytes| bytes.fill(9))
        .unwrap();
    let next = Resealed {
        provider: None,
        preview: None,
        replaces: false,
        data,
        keys,
    };
    let told = object.done(By::Operator, Act::SealProviderKeys(Box::new(next)), 6);
    assert!(listed(&told).is_empty());
    let after = vault(&mut object);
    assert_eq!(
        (after.data_version, after.version(Provider::Openai)),
        (2, 1)
    );
    assert_ne!(after.data, before.data);
    assert_eq!(opened(&after, "demo"), opened(&before, "demo"));
}

#[test]
fn a_developer_may_neither_set_nor_delete_and_a_suspended_tenant_may_delete() {
    let mut object = object();
    let mut developer = record(2);
    developer.role = Role::Developer;
    object.done(By::Operator, Act::MakeKey(Box::new(developer)), 1);
    set(&mut object, Provider::Openai, TEXT);
    let put = seal(&vault(&mut object), Provider::Openai, TEXT);
    for act in [put.clone(), Act::DropProviderKey(Provider::Openai)] {
        let Reply::Refused(refused) = object.change(By::Key(hash(2)), act, 5) else {
            panic!("let in")
        };
        assert_eq!(refused, Refusal::Forbidden(Forbidden::Role(Role::Admin)));
    }
    object.done(By::Operator, Act::Suspend(true), 6);
    assert_eq!(
        refusal(&mut object, put),
        Refusal::Forbidden(Forbidden::Suspended)
    );
    object.done(By::Key(hash(1)), Act::DropProviderKey(Provider::Openai), 7);
}

#[test]
fn deleting_the_tenant_leaves_nothing_sealed() {
    let mut object = object();
    set(&mut object, Provider::Openai, TEXT);
    object.done(By::Operator, Act::DeleteTenant, 8);
    assert_eq!(object.disk.vault, Vault::default());
    object.crash(9);
    assert_eq!(vault(&mut object), Vault::default());
}

/// A chat of ten tokens in and ten out, with nothing but a fallback to pay for.
const FREE: Want = Want {
    input_price: 0,
    output_price: 0,
    dearest_input: 1_000_000,
    dearest_output: 1_000_000,
    ..SMALL
};

fn ask_with(object: &mut Object, known: &[Provider], want: Want) -> (RequestId, Reply) {
    let request = object.request();
    let Call::Admit(admit) = admit(1, request.clone(), want) else {
        panic!("not an admission")
    };
    let own = OwnKeys {
        known: known.to_vec(),
        needed: known.to_vec(),
        pays: true,
    };
    let admit = Admit {
        own: (!known.is_empty()).then_some(own),
        ..admit
    };
    (request, object.call(Call::Admit(admit), 1_000))
}

#[test]
fn an_admission_brings_the_keys_that_are_needed_and_asks_for_nothing_else() {
    let mut object = object();
    let (_, plain) = ask_with(&mut object, &[], SMALL);
    let json = serde_json::to_string(&plain).unwrap();
    assert!(
        matches!(plain, Reply::Admitted(_)) && !json.contains(r#""own""#),
        "{json}"
    );
    set(&mut object, Provider::Openai, TEXT);
    set(&mut object, Provider::Anthropic, "sk-ant-0123456789");
    let charged = |object: &mut Object| object.disk.clone().leases.len();
    let before = charged(&mut object);
    for outdated in [&[][..], &[Provider::Openai], &[Provider::Anthropic]] {
        let (_, reply) = ask_with(&mut object, outdated, SMALL);
        assert_eq!(reply, Reply::Refused(Refusal::OwnKeys));
    }
    assert_eq!(charged(&mut object), before);
    let (_, reply) = ask_with(&mut object, &Provider::ALL, FREE);
    let Reply::Admitted(admission) = reply else {
        panic!("{reply:?}")
    };
    assert_eq!(admission.principal.own, Provider::ALL);
    let masters = Masters::parse(MASTER, "").unwrap();
    let open = |tenant| {
        let lent = admission.own.as_ref().unwrap();
        lent.open(&masters, &TenantId::parse(tenant).unwrap())
    };
    let texts: Vec<_> = open("demo")
        .into_iter()
        .map(|(_, key)| key.reveal().to_owned())
        .collect();
    assert_eq!(texts, [TEXT, "sk-ant-0123456789"]);
    assert!(open("other").is_empty());
}

#[test]
fn a_key_of_ones_own_costs_nothing_whatever_becomes_of_the_call() {
    let mut object = object();
    set(&mut object, Provider::Openai, TEXT);
    let lease_of = |object: &mut Object, own| {
        let (request, reply) = ask_with(object, &[Provider::Openai], FREE);
        let Reply::Admitted(admission) = reply else {
            panic!("{reply:?}")
        };
        // A fallback is set aside.
        assert_eq!(admission.granted.cost, NanoUsd(20));
        Lease {
            own,
            ..lease(request, &admission, FREE)
        }
    };
    // Nobody says how it ended: a fallback that was not asked costs nothing, one that was does.
    let forgotten = lease_of(&mut object, true);
    let fallen = lease_of(&mut object, false);
    assert_eq!(
        object.extend(&fallen, Charge::default(), 1_001),
        Reply::Done
    );
    let settled = lease_of(&mut object, true);
    let free = Charge {
        cost: NanoUsd::ZERO,
        ..used(7, 3)
    };
    assert_eq!(object.settle(&settled, free, 1_002), Reply::Settled(free));
    object.alarm(2_000);
    object.crash(3_000);
    object.alarm(120_000);
    assert_eq!(object.charged(), 20);
    let charges = |lease: &Lease| {
        let place = (lease.admitted_ms, lease.request.clone());
        object.disk.charges[&place].charge.cost
    };
    assert_eq!(
        (charges(&forgotten), charges(&fallen)),
        (NanoUsd::ZERO, NanoUsd(20))
    );
    let rows: Vec<_> = object.disk.used.values().collect();
    assert_eq!(rows.len(), 1);
    assert_eq!((rows[0].requests, rows[0].own_key), (3, 2));
}

#[test]
fn a_budget_that_is_spent_does_not_stop_a_key_of_ones_own() {
    let settings = Settings {
        budget: Some(NanoUsd::ZERO),
        ..Settings::default()
    };
    let mut object = Object::new(settings, &[record(1)]);
    set(&mut object, Provider::Openai, TEXT);
    let (_, reply) = ask_with(&mut object, &[Provider::Openai], FREE);
    let Reply::Admitted(admission) = reply else {
        panic!("{reply:?}")
    };
    assert_eq!(admission.granted.cost, NanoUsd::ZERO);
    let Call::Admit(paid) = admit(1, object.request(), SMALL) else {
        panic!("not an admission")
    };
    let own = OwnKeys {
        known: vec![Provider::Openai],
        ..OwnKeys::default()
    };
    let paid = Admit {
        own: Some(own),
        ..paid
    };
    let reply = object.call(Call::Admit(paid), 1_000);
    assert!(
        matches!(reply, Reply::Refused(Refusal::Limited { .. })),
        "{reply:?}"
    );
}

#[derive(Clone, Debug)]
enum Step {
    /// Somebody looks, seals, and asks so much later.
    Seal(bool, u8),
    Send,
    Drop(bool),
    Carry(bool),
    Late(usize),
    Crash,
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        4 => (any::<bool>(), any::<u8>()).prop_map(|(one, text)| Step::Seal(one, text)),
        4 => Just(Step::Send),
        1 => any::<bool>().prop_map(Step::Drop),
        2 => any::<bool>().prop_map(Step::Carry),
        1 => (0_usize..40).prop_map(Step::Late),
        1 => Just(Step::Crash),
    ]
}

proptest! {
    /// Changes that overtake each other, carriers that die, tellings that come late or twice, and crashes: what is
    /// kept always opens to the last key that was taken, and D1's rows come to say what the object says.
    #[test]
    fn what_is_kept_is_the_last_key_that_was_taken(steps in prop::collection::vec(step(), 1..60)) {
        let mut object = object();
        let mut wanted: BTreeMap<Provider, String> = BTreeMap::new();
        let mut rows: BTreeMap<Provider, Listed> = BTreeMap::new();
        let mut take = |item: &Item| {
            if let Row::ProviderKey(listed) = &item.row {
                let row = rows.entry(listed.provider).or_insert_with(|| (**listed).clone());
                if row.seq <= item.seq {
                    *row = (**listed).clone();
                }
            }
        };
        let mut on_their_way: Vec<(Provider, String, Act)> = Vec::new();
        let (mut told, mut last, mut data_version): (Vec<Item>, Vec<Item>, u64) = Default::default();
        let which = |one| if one { Provider::Openai } else { Provider::Anthropic };
        for step in steps {
            match step {
                Step::Seal(one, text) => {
                    let text = format!("sk-number-{text:03}");
                    let act = seal(&vault(&mut object), which(one), &text);
                    on_their_way.push((which(one), text, act));
                }
                Step::Send => {
                    let Some((provider, text, act)) = on_their_way.pop() else { continue };
                    if let Reply::Changed(items) = object.change(By::Operator, act, 5) {
                        wanted.insert(provider, text);
                        told.extend(items.iter().cloned());
                        last = items;
                    }
                }
                Step::Drop(one) => {
                    let act = Act::DropProviderKey(which(one));
                    let reply = object.change(By::Operator, act, 5);
                    let known = wanted.remove(&which(one)).is_some();
                    prop_assert_eq!(matches!(&reply, Reply::Changed(_)), known);
                    if let Reply::Changed(items) = reply {
                        told.extend(items.iter().cloned());
                        last = items;
                    }
                }
                Step::Carry(whole) => {
                    let most = if whole { last.len() } else { last.len() / 2 };
                    last.iter().take(most).for_each(&mut take);
                    if let (true, Some(first), Some(end)) = (whole, last.first(), last.last()) {
                        object.call(Call::Projected(first.seq, end.seq), 6);
                    }
                }
                Step::Late(at) => told.get(at).into_iter().for_each(&mut take),
                Step::Crash => object.crash(7),
            }
            let kept = vault(&mut object);
            prop_assert!(kept.data_version >= data_version);
            data_version = kept.data_version;
            let opened: BTreeMap<_, _> = opened(&kept, "demo")
                .into_iter()
                .map(|(provider, text)| (provider, text.unwrap_or_default()))
                .collect();
            prop_assert_eq!(&opened, &wanted);
        }
        object.crash(8);
        while let Reply::Items(items) = object.call(Call::Outbox, 9) {
            let (Some(first), Some(end)) = (items.first(), items.last()) else { break };
            let (first, end) = (first.seq, end.seq);
            items.iter().for_each(&mut take);
            object.call(Call::Projected(first, end), 9);
        }
        told.iter().for_each(&mut take);
        let kept: BTreeMap<_, _> = vault(&mut object)
            .kept
            .into_iter()
            .map(|kept| (kept.listed.provider, kept.listed))
            .collect();
        prop_assert_eq!(rows, kept);
    }
}
