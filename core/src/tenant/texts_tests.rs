//! What was asked and answered is kept for whom it should be, and for nobody else.

use crate::change::{Act, By, Wrong};
use crate::id::KeyId;
use crate::journal::Write;
use crate::member::Creator;
use crate::message::{Call, Charge, KeyRecord, LogPage, Refusal, Release, Reply, Settings, Settle};
use crate::metrics::log::Went;
use crate::privacy::Privacy;
use crate::profile::Profile;
use crate::role::Role;
use crate::testing::{Object, SMALL, admit, hash, person, record};
use crate::texts::{Excerpt, KEPT_MS, Texts};

const NOW_MS: u64 = 1_795_395_600_000;
const SAID: &str = "said";

fn privacy(texts: bool, profile: Option<Profile>) -> Act {
    Act::Privacy(Privacy {
        profile,
        texts,
        ..Privacy::default()
    })
}

/// A tenant that keeps texts. Key 1 is the operator's; key 2 adds a regulated profile.
fn keeping() -> Object {
    let regulated = KeyRecord {
        profile: Some(Profile::Legal),
        ..record(2)
    };
    let mut object = Object::new(Settings::default(), &[record(1), regulated]);
    object.done(By::Key(hash(1)), privacy(true, None), NOW_MS);
    object
}

fn went() -> Option<Went> {
    let excerpt = |text: &str| Excerpt {
        text: text.to_owned(),
        cut: false,
    };
    Some(Went {
        how: "complete".to_owned(),
        texts: Some(Box::new(Texts {
            prompt: excerpt(SAID),
            answer: Some(excerpt("answered")),
        })),
        ..Went::default()
    })
}

/// Whether the request's answer is asked for when it is admitted.
fn is_asked_for(object: &mut Object, key: u8, now_ms: u64) -> bool {
    let request = object.request();
    match object.call(admit(key, request, SMALL), now_ms) {
        Reply::Admitted(admission) => admission.principal.texts,
        other => panic!("not admitted: {other:?}"),
    }
}

fn settle(lease: crate::message::Lease) -> Call {
    Call::Settle(Settle {
        lease,
        charge: Charge::default(),
        keep: None,
        went: went(),
    })
}

/// A request with this key that tells its texts, whatever it was told itself.
fn told(object: &mut Object, key: u8, now_ms: u64) {
    let lease = object.admit(key, SMALL, now_ms).unwrap();
    object.call(settle(lease), now_ms);
}

fn stored(object: &Object) -> usize {
    let rows = object.disk.log.values();
    rows.filter(|row| row.went.texts.is_some()).count()
}

/// What a reader gets of the last request.
fn read(object: &mut Object, reader: Option<By>, now_ms: u64) -> Option<Box<Texts>> {
    let page = LogPage {
        to_ms: u64::MAX,
        limit: 1,
        reader,
        ..LogPage::default()
    };
    match object.call(Call::Log(page), now_ms) {
        Reply::Log(rows) => rows.first().and_then(|row| row.went.texts.clone()),
        other => panic!("no log: {other:?}"),
    }
}

#[test]
fn nothing_is_kept_unless_the_tenant_wants_it() {
    let mut object = Object::new(Settings::default(), &[record(1)]);
    assert!(!is_asked_for(&mut object, 1, NOW_MS));
    told(&mut object, 1, NOW_MS);
    assert_eq!(stored(&object), 0);
    object.done(By::Key(hash(1)), privacy(true, None), NOW_MS);
    assert!(is_asked_for(&mut object, 1, NOW_MS));
    told(&mut object, 1, NOW_MS);
    assert_eq!(stored(&object), 1);
    object.crash(NOW_MS);
    assert!(is_asked_for(&mut object, 1, NOW_MS));
    let texts = read(&mut object, Some(By::Key(hash(1))), NOW_MS).unwrap();
    assert_eq!(texts.prompt.text, SAID);
}

#[test]
fn what_failed_is_kept_without_an_answer_too() {
    let mut object = keeping();
    let lease = object.admit(1, SMALL, NOW_MS).unwrap();
    let release = Release {
        request: lease.request.clone(),
        lease: Some(lease),
        repeat: None,
        went: went(),
    };
    object.call(Call::Release(release), NOW_MS);
    assert_eq!(stored(&object), 1);
}

#[test]
fn a_regulated_key_keeps_nothing() {
    let mut object = keeping();
    assert!(!is_asked_for(&mut object, 2, NOW_MS));
    told(&mut object, 2, NOW_MS);
    assert_eq!(stored(&object), 0);
}

#[test]
fn a_regulated_tenant_keeps_nothing_whoever_asks_for_the_profile() {
    let by = || By::Key(hash(1));
    let mut object = Object::new(Settings::default(), &[record(1)]);
    object.provision(
        Settings {
            profile: Some(Profile::Finance),
            ..Settings::default()
        },
        NOW_MS,
    );
    let refused = object.change(by(), privacy(true, None), NOW_MS);
    assert_eq!(refused, Reply::Refused(Refusal::Change(Wrong::Regulated)));
    let refused = object.change(by(), privacy(true, Some(Profile::Legal)), NOW_MS);
    assert_eq!(refused, Reply::Refused(Refusal::Change(Wrong::Regulated)));
    told(&mut object, 1, NOW_MS);
    assert_eq!(stored(&object), 0);
}

#[test]
fn what_is_kept_goes_at_once_with_the_setting() {
    let regulated = || Settings {
        profile: Some(Profile::Healthcare),
        ..Settings::default()
    };
    let ends = [
        (By::Key(hash(1)), privacy(false, None)),
        (By::Key(hash(1)), privacy(false, Some(Profile::Legal))),
        (By::Operator, Act::Provision(regulated())),
    ];
    for (by, act) in ends {
        let mut object = keeping();
        told(&mut object, 1, NOW_MS);
        // Its row is in memory only, and that of another is still to come.
        let waits = object.admit(1, SMALL, NOW_MS).unwrap();
        object.begin(settle(waits), NOW_MS);
        let late = object.admit(1, SMALL, NOW_MS).unwrap();
        object.done(by, act, NOW_MS);
        assert_eq!(stored(&object), 0);
        object.call(settle(late), NOW_MS);
        assert_eq!((stored(&object), object.disk.log.len()), (0, 3));
        // Nor does it come back by itself.
        object.provision(Settings::default(), NOW_MS);
        assert!(!is_asked_for(&mut object, 1, NOW_MS));
    }
}

#[test]
fn another_change_of_settings_erases_nothing() {
    let mut object = keeping();
    told(&mut object, 1, NOW_MS);
    let (_, writes) = object.step(
        crate::testing::change(
            By::Key(hash(1)),
            crate::id::RequestId::try_from("req_0123456789abcdefABCDEF".to_owned()).unwrap(),
            Act::Rename("another".into()),
        ),
        NOW_MS,
    );
    assert!(!writes.contains(&Write::TextsGone));
    assert_eq!(stored(&object), 1);
}

#[test]
fn it_is_read_by_whoever_may_manage_the_key() {
    let mut object = keeping();
    let join = |role| Act::Join {
        role,
        invited_by: None,
    };
    for (byte, role) in [
        (1, Role::Owner),
        (2, Role::Admin),
        (3, Role::Developer),
        (4, Role::Developer),
        (5, Role::Viewer),
    ] {
        object.done(By::Guest(person(byte)), join(role), NOW_MS);
    }
    let key = KeyRecord {
        id: KeyId::generate(&mut |bytes| bytes.fill(9)),
        role: Role::Developer,
        ..record(9)
    };
    object.done(By::Member(person(3)), Act::MakeKey(Box::new(key)), NOW_MS);
    told(&mut object, 9, NOW_MS);
    let of = object.disk.keys.values().find(|key| key.hash == hash(9));
    assert_eq!(of.unwrap().creator, Some(Creator::Member(person(3))));
    for (reader, reads) in [
        (Some(By::Member(person(1))), true),
        (Some(By::Member(person(2))), true),
        (Some(By::Member(person(3))), true),
        (Some(By::Member(person(4))), false),
        (Some(By::Member(person(5))), false),
        (Some(By::Key(hash(9))), true),
        (Some(By::Key(hash(7))), false),
        (Some(By::Operator), false),
        (Some(By::System), false),
        (None, false),
    ] {
        let texts = read(&mut object, reader.clone(), NOW_MS);
        assert_eq!(texts.is_some(), reads, "{reader:?}");
    }
}

#[test]
fn it_is_kept_for_a_week() {
    let mut object = keeping();
    told(&mut object, 1, NOW_MS);
    let reader = || Some(By::Key(hash(1)));
    assert!(read(&mut object, reader(), NOW_MS + KEPT_MS - 1).is_some());
    assert!(read(&mut object, reader(), NOW_MS + KEPT_MS).is_none());
    object.alarm(NOW_MS + KEPT_MS - 1);
    assert_eq!(stored(&object), 1);
    object.alarm(NOW_MS + KEPT_MS + 600_000);
    assert_eq!((stored(&object), object.disk.log.len()), (0, 1));
}
