//! What a tenant promises, sentence by sentence.

use super::*;
use crate::change::{Act, By, NewTenant};
use crate::id::RequestId;
use crate::journal::Progress;
use crate::key::Kind;
use crate::ledger::REMEMBER_MS;
use crate::message::{Ask, BadKey, Broken, Forbidden, Repeat, Repeated};
use crate::message::{Keep, LimitKind, LimitSource, Release};
use crate::metrics::window::HOUR_MS;
use crate::profile::Profile;
use crate::profile::Profiles;
use crate::role::Permission;
use crate::role::Role;
use crate::testing::{Object, SMALL, admit, ask, hash, lease, record, used};
use crate::visitor::Visitor;
use proptest::prelude::*;

fn tenant(settings: Settings, records: &[KeyRecord]) -> Object {
    Object::new(settings, records)
}

/// A request for a lease, each with an id of its own.
fn try_admit(object: &mut Object, byte: u8, now_ms: u64) -> Reply {
    let request = object.request();
    object.call(admit(byte, request, SMALL), now_ms)
}

fn is_admitted(object: &mut Object, byte: u8, now_ms: u64) -> bool {
    matches!(try_admit(object, byte, now_ms), Reply::Admitted(_))
}

fn rpm(rpm: u32) -> Settings {
    Settings {
        rpm: Some(rpm),
        ..Settings::default()
    }
}

fn refusal(reply: Reply) -> Refusal {
    match reply {
        Reply::Refused(refusal) => refusal,
        other => panic!("not refused: {other:?}"),
    }
}

#[test]
fn an_unknown_key_and_an_unknown_tenant_are_refused_alike() {
    let unknown = Refusal::Key(BadKey::Unknown);
    let mut nobody = Object::default();
    assert_eq!(refusal(try_admit(&mut nobody, 1, 0)), unknown);
    let make = Act::MakeKey(Box::new(record(1)));
    let refused = nobody.change(By::Operator, make, 0);
    assert_eq!(refusal(refused), Refusal::NotFound);
    let mut someone = tenant(Settings::default(), &[record(2)]);
    assert_eq!(refusal(someone.step(Call::Confirm(ask(1)), 0).0), unknown);
}

#[test]
fn a_revoked_key_is_refused_at_once_and_for_ever() {
    let mut tenant = tenant(Settings::default(), &[record(1)]);
    assert!(is_admitted(&mut tenant, 1, 5));
    tenant.revoke(1, 6);
    assert_eq!(
        refusal(try_admit(&mut tenant, 1, 6)),
        Refusal::Key(BadKey::Revoked)
    );

    // Revoking twice keeps the first time; making the key again does not bring it back.
    tenant.revoke(1, 9);
    tenant.done(By::Operator, Act::MakeKey(Box::new(record(1))), 10);
    tenant.crash(11);
    assert_eq!(
        refusal(try_admit(&mut tenant, 1, 11)),
        Refusal::Key(BadKey::Revoked)
    );
    assert_eq!(tenant.disk.keys[&hash(1)].revoked_at_ms, Some(6));
}

#[test]
fn a_key_ends_at_its_very_millisecond() {
    let mut tenant = tenant(
        Settings::default(),
        &[KeyRecord {
            expires_at_ms: Some(100),
            ..record(1)
        }],
    );
    assert!(matches!(
        tenant.step(Call::Confirm(ask(1)), 99).0,
        Reply::Confirmed(_)
    ));
    assert_eq!(
        refusal(tenant.step(Call::Confirm(ask(1)), 100).0),
        Refusal::Key(BadKey::Expired)
    );
}

#[test]
fn making_a_known_tenant_again_loosens_nothing() {
    let mut tenant = tenant(rpm(1), &[record(1)]);
    let again = tenant.done(By::Operator, Act::MakeTenant(NewTenant::default()), 0);
    assert!(
        matches!(again.as_slice(), [Item { row: Row::Tenant(known), .. }] if known.rpm == Some(1))
    );
    assert!(is_admitted(&mut tenant, 1, 0));
    assert!(matches!(
        refusal(try_admit(&mut tenant, 1, 0)),
        Refusal::Limited { .. }
    ));
}

#[test]
fn one_id_has_one_hash() {
    let mut tenant = tenant(Settings::default(), &[record(1), record(2)]);
    let mixed = KeyRecord {
        hash: hash(2),
        ..record(1)
    };
    let refused = tenant.change(By::Operator, Act::MakeKey(Box::new(mixed)), 0);
    assert_eq!(refusal(refused), Refusal::Conflict);
    let moved = KeyRecord {
        hash: hash(3),
        ..record(1)
    };
    let refused = tenant.change(By::Operator, Act::MakeKey(Box::new(moved)), 0);
    assert_eq!(refusal(refused), Refusal::Conflict);
}

#[test]
fn a_role_too_low_is_told_which_it_needs_and_charged_nothing() {
    let viewer = KeyRecord {
        role: Role::Viewer,
        rpm: Some(5),
        ..record(1)
    };
    let mut tenant = tenant(Settings::default(), &[viewer]);
    let request = tenant.request();
    let (reply, writes) = tenant.step(admit(1, request, SMALL), 0);
    assert_eq!(
        refusal(reply),
        Refusal::Forbidden(Forbidden::Role(Role::Developer))
    );
    assert!(writes.iter().all(|write| !write.is_row()));
}

#[test]
fn a_widget_key_only_chats_and_only_from_its_origins() {
    let widget = KeyRecord {
        kind: Kind::Widget,
        origins: vec!["https://shop.example".into()],
        ..record(1)
    };
    let mut tenant = tenant(Settings::default(), &[widget]);
    let from = |origin: Option<&str>, needs| {
        Call::Confirm(Ask {
            needs,
            origin: origin.map(Into::into),
            ..ask(1)
        })
    };
    let chat = Permission::CallModels;
    assert!(matches!(
        tenant.step(from(Some("https://shop.example"), chat), 0).0,
        Reply::Confirmed(_)
    ));
    for origin in [None, Some("null"), Some("https://evil.example")] {
        assert_eq!(
            refusal(tenant.step(from(origin, chat), 0).0),
            Refusal::Forbidden(Forbidden::Origin)
        );
    }
    assert_eq!(
        refusal(
            tenant
                .step(from(Some("https://shop.example"), Permission::Read), 0)
                .0
        ),
        Refusal::Forbidden(Forbidden::WidgetKey)
    );
}

/// A chat with a widget key, by somebody at this address.
fn visited(tenant: &mut Object, byte: u8, address: &str, now_ms: u64) -> Reply {
    let Call::Admit(mut call) = admit(byte, tenant.request(), SMALL) else {
        panic!("no admission");
    };
    call.visitor = Some(Visitor::of(&hash(byte), address));
    tenant.step(Call::Admit(call), now_ms).0
}

fn widget(byte: u8) -> KeyRecord {
    KeyRecord {
        kind: Kind::Widget,
        origins: vec!["*".into()],
        ..record(byte)
    }
}

#[test]
fn each_visitor_of_a_widget_key_has_a_limit_and_a_refusal_takes_nothing() {
    let key = KeyRecord {
        rpm: Some(60),
        visitor_rpm: Some(2),
        ..widget(1)
    };
    let mut tenant = tenant(Settings::default(), &[key]);
    for address in ["192.0.2.1", "192.0.2.2"] {
        for _ in 0..2 {
            assert!(matches!(
                visited(&mut tenant, 1, address, 0),
                Reply::Admitted(_)
            ));
        }
        for _ in 0..5 {
            let Refusal::Limited {
                limits,
                broken,
                wait_ms,
                never,
            } = refusal(visited(&mut tenant, 1, address, 0))
            else {
                panic!("another refusal");
            };
            assert_eq!(
                (broken.as_str(), wait_ms, never),
                ("visitor-requests", 30_000, false)
            );
            let left: Vec<_> = limits.iter().map(|it| (it.source, it.remaining)).collect();
            let keys = if address.ends_with('1') { 58 } else { 56 };
            assert_eq!(left, [(LimitSource::Key, keys), (LimitSource::Visitor, 0)]);
        }
    }
}

#[test]
fn ever_new_visitors_do_not_pass_the_keys_own_limit() {
    let key = KeyRecord {
        rpm: Some(60),
        ..widget(1)
    };
    let mut tenant = tenant(Settings::default(), &[key]);
    let admitted = (0..500)
        .filter(|number| {
            let address = format!("10.0.{}.{}", number / 250, number % 250);
            matches!(visited(&mut tenant, 1, &address, 0), Reply::Admitted(_))
        })
        .count();
    assert_eq!(admitted, 60);
}

#[test]
fn a_visitor_is_remembered_over_a_restart_and_a_standard_key_has_none() {
    let mut tenant = tenant(Settings::default(), &[widget(1), record(2)]);
    let admitted = |tenant: &mut Object, byte, now_ms| {
        (0..50)
            .filter(|_| matches!(visited(tenant, byte, "::1", now_ms), Reply::Admitted(_)))
            .count()
    };
    assert_eq!(admitted(&mut tenant, 1, 0), 20);
    assert_eq!(admitted(&mut tenant, 2, 0), 50);
    tenant.alarm(5_000);
    tenant.crash(6_000);
    // What refills in six seconds.
    assert_eq!(admitted(&mut tenant, 1, 6_000), 2);
    assert_eq!(tenant.disk.visitors.len(), 1);
}

#[test]
fn a_visitors_limit_is_counted_and_not_enforced_in_shadow_mode() {
    let key = KeyRecord {
        visitor_rpm: Some(1),
        ..widget(1)
    };
    let settings = Settings {
        shadow: true,
        ..Settings::default()
    };
    let mut tenant = tenant(settings, &[key]);
    for broken in [None, Some("visitor-requests")] {
        let Reply::Admitted(admission) = visited(&mut tenant, 1, "::1", 0) else {
            panic!("refused");
        };
        assert_eq!(admission.shadowed.map(Broken::as_str), broken);
    }
}

#[test]
fn a_model_off_the_list_is_forbidden() {
    let narrow = KeyRecord {
        models: vec!["meta-llm".into()],
        ..record(1)
    };
    let mut tenant = tenant(Settings::default(), &[narrow]);
    let with = |model: &str| {
        Call::Confirm(Ask {
            model: Some(model.into()),
            ..ask(1)
        })
    };
    assert!(matches!(
        tenant.step(with("meta-llm"), 0).0,
        Reply::Confirmed(_)
    ));
    assert_eq!(
        refusal(tenant.step(with("gpt-4o"), 0).0),
        Refusal::Forbidden(Forbidden::Model)
    );
}

#[test]
fn the_profiles_are_the_union_of_tenant_and_key() {
    let settings = Settings {
        profile: Some(Profile::Finance),
        ..Settings::default()
    };
    let key = KeyRecord {
        profile: Some(Profile::Healthcare),
        ..record(1)
    };
    let mut tenant = tenant(settings, &[key]);
    let Reply::Confirmed(principal) = tenant.step(Call::Confirm(ask(1)), 0).0 else {
        panic!("refused")
    };
    let both = Profiles::default()
        .with(Profile::Finance)
        .with(Profile::Healthcare);
    assert_eq!(principal.profiles, both);
}

#[test]
fn a_refusal_by_one_limit_charges_no_other() {
    let settings = rpm(10);
    let mut tenant = tenant(
        settings,
        &[
            KeyRecord {
                rpm: Some(2),
                ..record(1)
            },
            record(2),
        ],
    );
    for _ in 0..2 {
        assert!(is_admitted(&mut tenant, 1, 0));
    }
    for _ in 0..50 {
        let Refusal::Limited {
            broken,
            wait_ms,
            limits,
            never: false,
        } = refusal(try_admit(&mut tenant, 1, 0))
        else {
            panic!("not limited")
        };
        assert_eq!((broken.source, wait_ms), (LimitSource::Key, 30_000));
        assert_eq!(broken.kind, LimitKind::Requests);
        assert_eq!(
            limits.iter().map(|l| l.remaining).collect::<Vec<_>>(),
            [8, 0]
        );
    }
    // The other key still has all eight that the tenant has left.
    let admitted = (0..20).filter(|_| is_admitted(&mut tenant, 2, 0)).count();
    assert_eq!(admitted, 8);
}

#[test]
fn without_limits_an_admission_writes_nothing_that_it_would_wait_for() {
    let mut tenant = tenant(Settings::default(), &[record(1)]);
    let request = tenant.request();
    let (reply, writes) = tenant.step(admit(1, request, SMALL), 0);
    assert!(matches!(reply, Reply::Admitted(admission) if admission.limits.is_empty()));
    assert_eq!(writes, [Write::Alarm(Purpose::Sweep, SWEEP_MS)]);
    let request = tenant.request();
    assert_eq!(tenant.step(admit(1, request, SMALL), 1).1, []);
}

#[test]
fn a_lowered_limit_holds_at_once_and_a_raised_one_gives_no_free_burst() {
    let mut tenant = tenant(rpm(100), &[record(1)]);
    for _ in 0..90 {
        assert!(is_admitted(&mut tenant, 1, 0));
    }
    let count = |tenant: &mut Object| (0..300).filter(|_| is_admitted(tenant, 1, 0)).count();
    tenant.provision(rpm(5), 0);
    assert_eq!(count(&mut tenant), 5);
    tenant.provision(rpm(200), 0);
    assert_eq!(count(&mut tenant), 0);
}

#[test]
fn the_alarm_writes_the_exact_state_so_that_quiet_tenants_forfeit_nothing() {
    let mut first = tenant(rpm(100), &[record(1)]);
    let lease = first.admit(1, SMALL, 0).unwrap();
    assert_eq!(first.machine.wake_at_ms(), Some(SWEEP_MS));
    first.settle(&lease, used(1, 1), 1);
    let writes = first.alarm(SWEEP_MS);
    let [Write::Bucket(scope, rate, stored)] = writes.as_slice() else {
        panic!("{writes:?}")
    };
    assert_eq!(
        (scope.as_str(), rate.as_str(), stored.owed),
        ("", "requests", 0)
    );
    // Nothing but the daily check is left to do.
    assert_eq!(first.machine.wake_at_ms(), Some(CHECK_MS));
}

/// A request with an idempotency key.
fn repeatable(request: RequestId, body: &str) -> Call {
    Call::Admit(Admit {
        ask: ask(1),
        request,
        want: SMALL,
        repeat: Some(Repeat {
            id: "id".into(),
            body: body.into(),
        }),
        own: None,
        visitor: None,
    })
}

fn repeated(reply: Reply) -> Repeated {
    match reply {
        Reply::Repeated(_, repeated) => repeated,
        other => panic!("not repeated: {other:?}"),
    }
}

#[test]
fn a_repeat_neither_reserves_nor_charges_again() {
    for sealed in [None, Some("sealed".to_owned())] {
        let mut tenant = tenant(rpm(1), &[record(1)]);
        let first = tenant.request();
        let Reply::Admitted(admission) = tenant.call(repeatable(first.clone(), "a"), 0) else {
            panic!("refused")
        };
        let again = tenant.request();
        let running = repeated(tenant.call(repeatable(again.clone(), "a"), 1));
        assert_eq!(running, Repeated::Running);
        tenant.crash(2);
        let running = repeated(tenant.call(repeatable(again.clone(), "a"), 2));
        assert_eq!(running, Repeated::Running);
        let settle = Settle {
            lease: lease(first.clone(), &admission, SMALL),
            charge: used(1, 1),
            keep: Some(Keep {
                id: "id".into(),
                sealed: sealed.clone(),
            }),
            went: None,
        };
        assert_eq!(
            tenant.call(Call::Settle(settle), 3),
            Reply::Settled(used(1, 1))
        );
        let after = repeated(tenant.call(repeatable(again.clone(), "a"), 4));
        match sealed {
            Some(sealed) => assert_eq!(after, Repeated::Answer(sealed)),
            None => assert_eq!(after, Repeated::NotKept(first)),
        }
        assert_eq!(
            repeated(tenant.call(repeatable(again.clone(), "b"), 5)),
            Repeated::OtherBody
        );
        // A day later it is another request.
        assert!(matches!(
            tenant.call(repeatable(again, "b"), REMEMBER_MS),
            Reply::Admitted(_)
        ));
        assert_eq!(tenant.charged(), 2);
    }
}

#[test]
fn answers_are_kept_as_long_as_there_is_room() {
    let mut tenant = tenant(Settings::default(), &[record(1)]);
    let big = "x".repeat(100 << 20);
    let mut keep = |now_ms| {
        let request = tenant.request();
        let Reply::Admitted(admission) = tenant.call(repeatable(request.clone(), "a"), now_ms)
        else {
            panic!("refused")
        };
        let settle = Settle {
            lease: lease(request, &admission, SMALL),
            charge: used(1, 1),
            keep: Some(Keep {
                id: "id".into(),
                sealed: Some(big.clone()),
            }),
            went: None,
        };
        let (_, writes) = tenant.step(Call::Settle(settle), now_ms);
        // The next one is another request.
        tenant.disk.forget_repeats();
        writes
            .iter()
            .any(|write| matches!(write, Write::RepeatEnded(_, _, Progress::Kept(_))))
    };
    assert_eq!([0, 1, 2].map(&mut keep), [true, true, false]);
    assert!(keep(REMEMBER_MS + 2 * HOUR_MS));
}

#[test]
fn a_request_that_failed_before_its_answer_runs_anew() {
    let mut tenant = tenant(Settings::default(), &[record(1)]);
    let first = tenant.request();
    assert!(matches!(
        tenant.call(repeatable(first.clone(), "a"), 0),
        Reply::Admitted(_)
    ));
    let release = Release {
        request: first,
        lease: None,
        repeat: Some("id".into()),
        went: None,
    };
    tenant.call(Call::Release(release.clone()), 1);
    let second = tenant.request();
    assert!(matches!(
        tenant.call(repeatable(second, "b"), 2),
        Reply::Admitted(_)
    ));
    // The first one's word, said again, does not free the second's place.
    tenant.call(Call::Release(release), 3);
    let third = tenant.request();
    assert_eq!(
        repeated(tenant.call(repeatable(third, "b"), 3)),
        Repeated::Running
    );
}

#[test]
fn a_repeat_of_one_that_fell_silent_is_told_so_once_it_was_charged() {
    let mut tenant = tenant(Settings::default(), &[record(1)]);
    let first = tenant.request();
    tenant.call(repeatable(first.clone(), "a"), 0);
    tenant.alarm(60_000);
    let again = tenant.request();
    assert_eq!(
        repeated(tenant.call(repeatable(again, "a"), 60_000)),
        Repeated::NotKept(first)
    );
    assert_eq!(tenant.charged(), 20);
}

#[test]
fn a_repeat_with_a_revoked_key_is_refused_like_any_request() {
    let mut tenant = tenant(Settings::default(), &[record(1)]);
    let first = tenant.request();
    tenant.call(repeatable(first, "a"), 0);
    tenant.revoke(1, 1);
    let again = tenant.request();
    assert_eq!(
        refusal(tenant.call(repeatable(again, "a"), 1)),
        Refusal::Key(BadKey::Revoked)
    );
}

proptest! {
    /// Whatever the interleaving of crashes, alarms and admissions: never one more than the limit
    /// and what refills.
    #[test]
    fn a_restarted_object_never_admits_one_more(
        limit in 1_u32..60,
        steps in prop::collection::vec((0_u64..2_000, 0_u8..10), 1..300),
    ) {
        let mut object = tenant(rpm(limit), &[record(1)]);
        let (mut now, mut admitted) = (0_u64, 0_u64);
        for (gap, action) in steps {
            match action {
                8 => object.crash(now),
                9 => { now += gap; object.alarm(now); }
                _ => admitted += u64::from(is_admitted(&mut object, 1, now)),
            }
            prop_assert!(admitted <= u64::from(limit) + now * u64::from(limit) / 60_000);
        }
    }
}
