//! What changes of a tenant promise, sentence by sentence, and over crashes anywhere.

use crate::change::{Act, Billing, By, Change, Fresh, KeyEdit, Note, Wrong};
use crate::id::{KeyId, LinkId, UserId};
use crate::key::Kind;
use crate::limits::{Limits, LimitsEdit, Plan};
use crate::member::{Creator, Member};
use crate::message::{BadKey, Call, Forbidden, KeyRecord, LimitKind, Refusal, Reply, Settings};
use crate::outbox::{CHECK_MS, Item, Row};
use crate::privacy::{Answers, Privacy};
use crate::profile::{Profile, Profiles};
use crate::provider_key::Provider;
use crate::role::{Permission, Role};
use crate::testing::{Object, SMALL, ask, change, hash, person, record, seal};
use crate::vault::Vault;
use proptest::prelude::*;
use std::collections::{BTreeMap, BTreeSet};

const OWNER: u8 = 101;
const ADMIN: u8 = 102;
const DEVELOPER: u8 = 103;
const VIEWER: u8 = 104;

/// A tenant with one member of each role.
fn team(settings: Settings) -> Object {
    let mut object = Object::new(settings, &[]);
    for (byte, role) in [
        (OWNER, Role::Owner),
        (ADMIN, Role::Admin),
        (DEVELOPER, Role::Developer),
        (VIEWER, Role::Viewer),
    ] {
        join(&mut object, byte, role);
    }
    object
}

fn join(object: &mut Object, byte: u8, role: Role) {
    let act = Act::Join {
        role,
        invited_by: None,
    };
    object.done(By::Guest(person(byte)), act, 1);
}

fn member(byte: u8) -> By {
    By::Member(person(byte))
}

fn refused(reply: Reply) -> Refusal {
    match reply {
        Reply::Refused(refusal) => refusal,
        other => panic!("not refused: {other:?}"),
    }
}

fn needs(role: Role) -> Refusal {
    Refusal::Forbidden(Forbidden::Role(role))
}

fn make(byte: u8, role: Role) -> Act {
    Act::MakeKey(Box::new(KeyRecord {
        role,
        ..record(byte)
    }))
}

fn actions(items: &[Item]) -> Vec<&str> {
    items
        .iter()
        .filter_map(|item| match &item.row {
            Row::Event(event) => Some(event.action.as_str()),
            _ => None,
        })
        .collect()
}

/// Whether a key is let in, and with which role.
fn role_of(object: &mut Object, byte: u8, now_ms: u64) -> Result<Role, Refusal> {
    let mut ask = ask(byte);
    ask.needs = Permission::Read;
    match object.call(Call::Confirm(ask), now_ms) {
        Reply::Confirmed(principal) => Ok(principal.role),
        Reply::Refused(refusal) => Err(refusal),
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_key_may_do_no_more_than_its_creator_may_now() {
    let mut team = team(Settings::default());
    team.done(member(ADMIN), make(1, Role::Admin), 2);
    assert_eq!(
        refused(team.change(member(ADMIN), make(2, Role::Owner), 2)),
        Refusal::Forbidden(Forbidden::AboveOwn)
    );
    assert_eq!(role_of(&mut team, 1, 3), Ok(Role::Admin));
    team.done(member(OWNER), Act::SetRole(person(ADMIN), Role::Viewer), 4);
    assert_eq!(role_of(&mut team, 1, 5), Ok(Role::Viewer));
    assert!(team.admit(1, SMALL, 5).is_err());
    // And up again, but never above its own.
    team.done(member(OWNER), Act::SetRole(person(ADMIN), Role::Owner), 6);
    assert_eq!(role_of(&mut team, 1, 7), Ok(Role::Admin));
    team.crash(8);
    assert_eq!(role_of(&mut team, 1, 8), Ok(Role::Admin));
}

#[test]
fn removing_a_member_takes_their_keys_in_the_same_step() {
    let mut team = team(Settings::default());
    team.done(member(DEVELOPER), make(1, Role::Developer), 2);
    // A key of theirs makes another, which is theirs as well.
    team.done(By::Key(hash(1)), make(2, Role::Viewer), 3);
    team.done(member(ADMIN), make(3, Role::Developer), 3);
    let told = team.done(member(ADMIN), Act::RemoveMember(person(DEVELOPER)), 4);
    assert_eq!(
        actions(&told),
        ["member.removed", "key.revoked", "key.revoked"]
    );
    for byte in [1, 2] {
        assert_eq!(
            role_of(&mut team, byte, 4),
            Err(Refusal::Key(BadKey::Revoked))
        );
    }
    assert_eq!(role_of(&mut team, 3, 4), Ok(Role::Developer));
    // Coming back does not bring them back.
    join(&mut team, DEVELOPER, Role::Owner);
    team.crash(5);
    assert_eq!(role_of(&mut team, 1, 5), Err(Refusal::Key(BadKey::Revoked)));
}

#[test]
fn a_tenant_that_has_an_owner_keeps_one() {
    let mut team = team(Settings::default());
    let last = Refusal::Change(Wrong::LastOwner);
    for by in [member(OWNER), By::Operator] {
        for act in [
            Act::RemoveMember(person(OWNER)),
            Act::SetRole(person(OWNER), Role::Viewer),
        ] {
            assert_eq!(refused(team.change(by.clone(), act, 2)), last);
        }
    }
    team.done(member(OWNER), Act::SetRole(person(ADMIN), Role::Owner), 3);
    team.done(member(OWNER), Act::RemoveMember(person(OWNER)), 4);
    let act = Act::SetRole(person(ADMIN), Role::Admin);
    assert_eq!(refused(team.change(member(ADMIN), act, 5)), last);
}

/// Everything there is to do, and the role that may.
fn everything() -> Vec<(Act, Result<Role, Forbidden>)> {
    let link = LinkId::generate(&mut |bytes| bytes.fill(3));
    let own = |role| Ok(role);
    let note = |needs| {
        Act::Note(Note {
            needs,
            action: "alert.updated".into(),
            target: None,
            details: None,
        })
    };
    let widget = KeyRecord {
        kind: Kind::Widget,
        role: Role::Developer,
        ..record(7)
    };
    let fresh = Fresh {
        id: record(9).id,
        hash: hash(9),
        preview: String::new(),
        grace_s: 0,
    };
    vec![
        (Act::Rename("x".into()), own(Role::Admin)),
        (Act::Billing(Billing::default()), own(Role::Admin)),
        (Act::Privacy(Privacy::default()), own(Role::Admin)),
        (make(6, Role::Viewer), own(Role::Developer)),
        (Act::MakeKey(Box::new(widget)), own(Role::Admin)),
        (
            Act::EditKey(record(5).id, KeyEdit::default()),
            own(Role::Admin),
        ),
        (Act::RevokeKey(record(5).id), own(Role::Admin)),
        (Act::RotateKey(record(5).id, fresh), own(Role::Admin)),
        (
            Act::SetRole(person(VIEWER), Role::Developer),
            own(Role::Admin),
        ),
        (Act::SetRole(person(VIEWER), Role::Admin), own(Role::Owner)),
        (Act::SetRole(person(105), Role::Viewer), own(Role::Owner)),
        (Act::RemoveMember(person(106)), own(Role::Admin)),
        (Act::RemoveMember(person(105)), own(Role::Owner)),
        (Act::Invite(link.clone(), Role::Developer), own(Role::Admin)),
        (Act::Invite(link.clone(), Role::Owner), own(Role::Owner)),
        (Act::Uninvite(link), own(Role::Admin)),
        (Act::Recover(person(106)), own(Role::Admin)),
        (Act::Recover(person(105)), own(Role::Owner)),
        (
            seal(&Vault::default(), Provider::Openai, "sk-1234567"),
            own(Role::Admin),
        ),
        (note(Permission::AlertRules), own(Role::Admin)),
        (note(Permission::Read), own(Role::Viewer)),
        (Act::DeleteTenant, own(Role::Owner)),
        (
            Act::Provision(Settings::default()),
            Err(Forbidden::Operator),
        ),
        (Act::Suspend(true), Err(Forbidden::Operator)),
        (
            Act::Join {
                role: Role::Owner,
                invited_by: None,
            },
            Err(Forbidden::Person),
        ),
    ]
}

/// A team with somebody's key, another admin and another developer.
fn crowd() -> Object {
    let mut team = team(Settings::default());
    join(&mut team, 105, Role::Admin);
    join(&mut team, 106, Role::Developer);
    team.done(member(106), make(5, Role::Viewer), 2);
    team
}

#[test]
fn every_role_may_do_what_the_table_says_and_nothing_else() {
    for (act, least) in everything() {
        for (byte, role) in [
            (OWNER, Role::Owner),
            (ADMIN, Role::Admin),
            (DEVELOPER, Role::Developer),
            (VIEWER, Role::Viewer),
        ] {
            // By hand, and with a key of that role.
            let mut by_key = crowd();
            by_key.done(By::Operator, make(8, role), 2);
            for (mut team, by) in [(crowd(), member(byte)), (by_key, By::Key(hash(8)))] {
                let before = team.disk.clone();
                let reply = team.change(by.clone(), act.clone(), 3);
                match least {
                    Ok(least) if role >= least => {
                        assert!(
                            matches!(reply, Reply::Changed(_)),
                            "{role:?} {act:?} {reply:?}"
                        );
                    }
                    least => {
                        let why = least.map_or_else(|why| why, Forbidden::Role);
                        let refusal = refused(reply);
                        assert!(
                            matches!(refusal, Refusal::Forbidden(Forbidden::Role(_)))
                                && least.is_ok()
                                || refusal == Refusal::Forbidden(why),
                            "{by:?} {act:?} {refusal:?}"
                        );
                        assert_eq!(team.disk.outbox, before.outbox, "{act:?}");
                        assert_eq!(team.disk.keys, before.keys, "{act:?}");
                        assert_eq!(team.disk.members, before.members, "{act:?}");
                    }
                }
            }
        }
    }
}

#[test]
fn a_stranger_a_guest_and_a_removed_member_find_nothing() {
    for (act, least) in everything() {
        if least.is_err() {
            continue;
        }
        let mut team = crowd();
        assert_eq!(
            refused(team.change(member(99), act.clone(), 3)),
            Refusal::NotFound
        );
        assert_eq!(
            refused(team.change(By::Guest(person(99)), act.clone(), 3)),
            Refusal::NotFound
        );
        assert_eq!(
            refused(team.change(By::Key(hash(99)), act, 3)),
            Refusal::Key(BadKey::Unknown)
        );
    }
}

#[test]
fn one_may_touch_ones_own_keys_but_none_that_may_do_more() {
    let mut team = crowd();
    team.done(member(DEVELOPER), make(1, Role::Developer), 2);
    for act in [
        Act::EditKey(record(1).id, KeyEdit::default()),
        Act::RevokeKey(record(1).id),
    ] {
        team.done(member(DEVELOPER), act, 3);
    }
    // An owner's developer key is the owner's, and still no owner.
    team.done(member(OWNER), make(2, Role::Owner), 3);
    team.done(member(OWNER), make(3, Role::Developer), 3);
    let act = || Act::RevokeKey(record(2).id);
    assert_eq!(
        refused(team.change(By::Key(hash(3)), act(), 4)),
        needs(Role::Owner)
    );
    // An admin may end it, but not take it over.
    let fresh = Fresh {
        id: record(9).id,
        hash: hash(9),
        preview: String::new(),
        grace_s: 60,
    };
    assert_eq!(
        refused(team.change(member(ADMIN), Act::RotateKey(record(2).id, fresh), 4)),
        Refusal::Forbidden(Forbidden::AboveOwn)
    );
    team.done(member(ADMIN), act(), 5);
    // A key that the operator made has its own: itself, and what it makes.
    team.done(By::Operator, make(10, Role::Developer), 5);
    team.done(By::Operator, make(11, Role::Developer), 5);
    team.done(By::Key(hash(10)), make(12, Role::Viewer), 6);
    assert_eq!(
        refused(team.change(By::Key(hash(10)), Act::RevokeKey(record(11).id), 6)),
        needs(Role::Admin)
    );
    for byte in [12, 10] {
        team.done(By::Key(hash(10)), Act::RevokeKey(record(byte).id), 7);
    }
}

#[test]
fn a_rotated_key_goes_on_for_its_grace_and_no_longer() {
    let mut team = team(Settings::default());
    team.done(
        member(DEVELOPER),
        Act::MakeKey(Box::new(KeyRecord {
            role: Role::Developer,
            models: vec!["meta-llm".into()],
            rpm: Some(7),
            name: "ci".into(),
            ..record(1)
        })),
        2,
    );
    let fresh = |byte: u8, grace_s| Fresh {
        id: record(byte).id,
        hash: hash(byte),
        preview: "nru_ab…wxyz".into(),
        grace_s,
    };
    let told = team.done(
        member(DEVELOPER),
        Act::RotateKey(record(1).id, fresh(2, 60)),
        1_000,
    );
    assert_eq!(actions(&told), ["key.rotated"]);
    let new = &team.disk.keys[&hash(2)];
    assert_eq!(
        (new.rpm, new.name.as_str(), new.creator.clone()),
        (Some(7), "ci", Some(Creator::Member(person(DEVELOPER))))
    );
    assert_eq!(role_of(&mut team, 1, 60_999), Ok(Role::Developer));
    assert_eq!(
        role_of(&mut team, 1, 61_000),
        Err(Refusal::Key(BadKey::Expired))
    );
    assert_eq!(role_of(&mut team, 2, 61_000), Ok(Role::Developer));
    // It is rotated once: whoever does it again rotates the new one.
    let again = Act::RotateKey(record(1).id, fresh(3, 60));
    assert_eq!(
        refused(team.change(member(DEVELOPER), again, 2_000)),
        Refusal::Change(Wrong::Ended)
    );
    let at_once = Act::RotateKey(record(2).id, fresh(3, 0));
    team.done(member(DEVELOPER), at_once, 3_000);
    assert_eq!(
        role_of(&mut team, 2, 3_000),
        Err(Refusal::Key(BadKey::Revoked))
    );
    assert_eq!(role_of(&mut team, 3, 3_000), Ok(Role::Developer));
}

fn with_version(by: By, version: u64, act: Act, object: &mut Object) -> Reply {
    let Call::Change(made) = change(by, object.request(), act) else {
        panic!("no change")
    };
    let made = Change {
        version: Some(version),
        ..*made
    };
    object.call(Call::Change(Box::new(made)), 9)
}

#[test]
fn of_two_who_change_the_same_the_second_is_told() {
    let mut team = team(Settings::default());
    team.done(member(ADMIN), make(1, Role::Developer), 2);
    let acts: [(u64, Act); 4] = [
        (
            team.disk.settings.as_ref().unwrap().version,
            Act::Rename("a".into()),
        ),
        (
            team.disk.keys[&hash(1)].version,
            Act::EditKey(record(1).id, KeyEdit::default()),
        ),
        (
            team.disk.members[&person(VIEWER)].version,
            Act::SetRole(person(VIEWER), Role::Developer),
        ),
        (
            // Whatever the first one has made of it.
            0,
            Act::Billing(Billing::default()),
        ),
    ];
    for (version, act) in acts {
        if version > 0 {
            let first = with_version(member(OWNER), version, act.clone(), &mut team);
            assert!(matches!(first, Reply::Changed(_)), "{act:?} {first:?}");
        }
        let second = refused(with_version(member(ADMIN), version, act, &mut team));
        assert!(matches!(second, Refusal::Change(Wrong::Stale(now)) if now > version));
    }
}

#[test]
fn a_tenant_lowers_its_limits_and_never_raises_them() {
    let mut team = team(Settings {
        plan: Some(Plan::Free),
        rpm: Some(100),
        max_plan: Some(Plan::Pro),
        ..Settings::default()
    });
    let set = |limits| {
        Act::Billing(Billing {
            plan: None,
            limits: Some(LimitsEdit {
                set: limits,
                clear: vec![],
            }),
        })
    };
    let rpm = |rpm| Limits {
        rpm: Some(rpm),
        ..Limits::default()
    };
    team.done(member(ADMIN), set(rpm(100)), 2);
    team.done(member(ADMIN), set(rpm(7)), 3);
    assert_eq!(team.disk.settings.as_ref().unwrap().limits().rpm, Some(7));
    assert_eq!(
        refused(team.change(member(OWNER), set(rpm(101)), 3)),
        Refusal::Forbidden(Forbidden::Limit(LimitKind::Requests))
    );
    let above = Limits {
        concurrency: Some(6),
        ..Limits::default()
    };
    assert_eq!(
        refused(team.change(member(OWNER), set(above), 3)),
        Refusal::Forbidden(Forbidden::Limit(LimitKind::Concurrency))
    );
    let choose = |plan| {
        Act::Billing(Billing {
            plan: Some(plan),
            limits: None,
        })
    };
    assert_eq!(
        refused(team.change(member(OWNER), choose(Plan::Scale), 4)),
        Refusal::Forbidden(Forbidden::Plan)
    );
    team.done(member(OWNER), choose(Plan::Pro), 4);
    let limits = team.disk.settings.as_ref().unwrap().limits();
    // The operator's override and the tenant's own stay over the plan's.
    assert_eq!(limits.rpm, Some(7));
    assert_eq!(limits.tpm, Plan::Pro.limits().tpm);
    // What the operator sets next replaces its own part, and the choice stays as long as it may.
    team.provision(
        Settings {
            plan: Some(Plan::Free),
            ..Settings::default()
        },
        5,
    );
    let settings = team.disk.settings.clone().unwrap();
    assert_eq!(
        (settings.plan(), settings.own.rpm),
        (Some(Plan::Free), Some(7))
    );
}

#[test]
fn profiles_of_operator_and_tenant_both_hold() {
    let mut team = team(Settings {
        profile: Some(Profile::Finance),
        ..Settings::default()
    });
    let privacy = |profile| {
        Act::Privacy(Privacy {
            profile,
            answers: Answers::Redact,
            patterns: vec![],
            texts: false,
        })
    };
    team.done(member(ADMIN), privacy(Some(Profile::Legal)), 2);
    let both = Profiles::default()
        .with(Profile::Finance)
        .with(Profile::Legal);
    assert_eq!(team.disk.settings.as_ref().unwrap().profiles(), both);
    team.done(member(ADMIN), privacy(Some(Profile::General)), 3);
    let settings = team.disk.settings.clone().unwrap();
    assert_eq!(
        settings.profiles(),
        Profiles::default().with(Profile::Finance)
    );
}

#[test]
fn a_suspended_tenant_calls_no_model_and_changes_nothing_but_what_takes_away() {
    let mut team = team(Settings::default());
    team.done(member(DEVELOPER), make(1, Role::Developer), 2);
    team.done(By::Operator, Act::Suspend(true), 3);
    assert_eq!(
        team.admit(1, SMALL, 4).unwrap_err(),
        Refusal::Forbidden(Forbidden::Suspended)
    );
    assert_eq!(role_of(&mut team, 1, 4), Ok(Role::Developer));
    let refusal = Refusal::Forbidden(Forbidden::Suspended);
    assert_eq!(
        refused(team.change(member(OWNER), make(2, Role::Viewer), 4)),
        refusal
    );
    team.done(member(DEVELOPER), Act::RevokeKey(record(1).id), 5);
    team.done(By::Operator, Act::Suspend(false), 6);
    team.done(member(OWNER), make(2, Role::Viewer), 7);
}

#[test]
fn a_link_counts_as_much_as_its_maker_does_now() {
    let mut team = team(Settings::default());
    let invited = |role, byte| Act::Join {
        role,
        invited_by: Some(Creator::Member(person(byte))),
    };
    let guest = |byte| By::Guest(person(byte));
    team.done(guest(50), invited(Role::Developer, ADMIN), 2);
    assert_eq!(
        refused(team.change(guest(51), invited(Role::Admin, ADMIN), 2)),
        needs(Role::Owner)
    );
    // Again changes nothing, whatever the second link says.
    let again = team.done(guest(50), invited(Role::Admin, OWNER), 3);
    assert_eq!(actions(&again), Vec::<&str>::new());
    assert_eq!(team.disk.members[&person(50)].role, Role::Developer);
    team.done(member(OWNER), Act::RemoveMember(person(ADMIN)), 4);
    assert_eq!(
        refused(team.change(guest(51), invited(Role::Viewer, ADMIN), 5)),
        needs(Role::Admin)
    );
}

#[test]
fn a_deleted_tenant_is_empty_and_nothing_brings_it_back() {
    let mut team = crowd();
    team.done(By::Operator, make(1, Role::Owner), 2);
    let lease = team.admit(1, SMALL, 3).unwrap();
    let told = team.done(member(OWNER), Act::DeleteTenant, 4);
    assert_eq!(actions(&told), ["tenant.deleted"]);
    let gone: usize = told
        .iter()
        .map(|item| match &item.row {
            Row::Gone { keys, .. } => keys.len(),
            _ => 0,
        })
        .sum();
    assert_eq!(gone, 2);
    for crash in [false, true] {
        if crash {
            team.crash(5);
        }
        assert!(team.disk.keys.is_empty() && team.disk.members.is_empty());
        assert!(team.disk.used.is_empty() && team.disk.leases.is_empty());
        assert_eq!(team.disk.outbox.len(), told.len());
        assert_eq!(role_of(&mut team, 1, 5), Err(Refusal::Key(BadKey::Unknown)));
        let refusal = refused(team.settle(&lease, crate::testing::used(1, 1), 5));
        assert_eq!(refusal, Refusal::NotFound);
        for act in [
            Act::Provision(Settings::default()),
            Act::MakeTenant(crate::change::NewTenant::default()),
            make(1, Role::Owner),
        ] {
            assert_eq!(
                refused(team.change(By::Operator, act, 5)),
                Refusal::Change(Wrong::Deleted)
            );
        }
        assert_eq!(
            refused(team.change(member(OWNER), Act::Rename("x".into()), 5)),
            Refusal::NotFound
        );
        let join = Act::Join {
            role: Role::Owner,
            invited_by: None,
        };
        assert_eq!(
            refused(team.change(By::Guest(person(50)), join, 5)),
            Refusal::Change(Wrong::Deleted)
        );
        team.alarm(6);
    }
    assert!(team.disk.used.is_empty() && team.disk.charges.is_empty());
}

#[test]
fn the_last_use_of_a_key_is_told_at_once_and_then_every_ten_minutes() {
    let mut team = team(Settings::default());
    team.done(member(DEVELOPER), make(1, Role::Developer), 1_000);
    let last = *team.disk.outbox.keys().last().unwrap();
    team.call(Call::Projected(0, last), 1_000);
    let mut told = Vec::new();
    for now_ms in (2_000..1_500_000).step_by(60_000) {
        team.admit(1, SMALL, now_ms).unwrap();
        let (_, errand) = team.alarm_and_errand(now_ms + 5_000);
        let seen: Vec<u64> = team
            .disk
            .outbox
            .values()
            .filter_map(|item| match item.row {
                Row::Seen(_, at_ms) => Some(at_ms),
                _ => None,
            })
            .collect();
        if let Some(at_ms) = seen.last() {
            assert_eq!(errand.unwrap().tenant, "demo");
            told.push(*at_ms);
            let last = *team.disk.outbox.keys().last().unwrap();
            team.call(Call::Projected(0, last), now_ms);
        }
        team.crash(now_ms + 10_000);
    }
    assert_eq!(told, [2_000, 602_000, 1_202_000]);
}

#[test]
fn keys_that_ended_long_ago_are_forgotten_and_stay_refused() {
    let mut team = team(Settings::default());
    team.done(member(DEVELOPER), make(1, Role::Developer), 2);
    team.done(member(DEVELOPER), make(2, Role::Developer), 2);
    team.done(member(DEVELOPER), Act::RevokeKey(record(1).id), 3);
    let mut now_ms = 3;
    for _ in 0..31 {
        now_ms += CHECK_MS;
        let (_, errand) = team.alarm_and_errand(now_ms);
        assert!(errand.unwrap().check);
    }
    assert_eq!(team.disk.keys.len(), 1);
    assert_eq!(
        role_of(&mut team, 1, now_ms),
        Err(Refusal::Key(BadKey::Unknown))
    );
}

/// KV and D1, as they take what is carried: the same guards as the statements have.
#[derive(Default)]
struct Stores {
    tenant: Option<(u64, Settings)>,
    keys: BTreeMap<KeyId, (u64, KeyRecord)>,
    members: BTreeMap<UserId, (u64, Member)>,
    events: BTreeMap<u64, String>,
    pointers: BTreeSet<crate::key::KeyHash>,
}

impl Stores {
    fn take(&mut self, item: &Item) {
        let seq = item.seq;
        let gone = self
            .tenant
            .as_ref()
            .is_some_and(|(_, settings)| settings.deleted_at_ms.is_some());
        match &item.row {
            Row::Tenant(settings) => {
                if gone || self.tenant.as_ref().is_some_and(|(known, _)| *known > seq) {
                    return;
                }
                self.tenant = Some((seq, (**settings).clone()));
                if settings.deleted_at_ms.is_some() {
                    self.keys.clear();
                    self.members.clear();
                    self.events.retain(|known, _| *known > seq);
                }
            }
            Row::Event(event) if !gone || event.action == "tenant.deleted" => {
                self.events.insert(seq, event.action.clone());
            }
            Row::Gone { keys, .. } => self.pointers.retain(|hash| !keys.contains(hash)),
            _ if gone => {}
            Row::Key(key) => {
                self.pointers.insert(key.hash);
                let place = self.keys.entry(key.id.clone());
                let place = place.or_insert_with(|| (seq, (**key).clone()));
                if place.0 <= seq {
                    let revoked = place.1.revoked_at_ms.or(key.revoked_at_ms);
                    *place = (seq, (**key).clone());
                    place.1.revoked_at_ms = revoked;
                }
            }
            Row::Member(member) => {
                let known = self.members.get(&member.id).map(|(known, _)| *known);
                if known.is_none_or(|known| known <= seq) {
                    self.members
                        .insert(member.id.clone(), (seq, member.clone()));
                }
            }
            // tests of its own: provider_key_tests.rs
            Row::ProviderKey(_) | Row::Event(_) | Row::Seen(..) => {}
        }
    }
}

/// One thing that happens.
#[derive(Clone, Debug)]
enum Step {
    Change(u8, u8, u8),
    /// What the last change told is carried, to its end or not.
    Carry(bool),
    /// An old telling arrives late.
    Late(usize),
    Alarm,
    Crash,
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        6 => (0_u8..8, 0_u8..9, 0_u8..4).prop_map(|(who, what, role)| Step::Change(who, what, role)),
        3 => any::<bool>().prop_map(Step::Carry),
        1 => (0_usize..40).prop_map(Step::Late),
        1 => Just(Step::Alarm),
        1 => Just(Step::Crash),
    ]
}

fn act_of(what: u8, role: u8, next: &mut u8) -> Act {
    let role = Role::ALL[usize::from(role)];
    let key = 1 + *next % 5;
    let fresh = |byte: u8| Fresh {
        id: record(byte).id,
        hash: hash(byte),
        preview: String::new(),
        grace_s: 0,
    };
    *next = next.wrapping_add(1);
    match what {
        0 | 1 => make(key, role),
        2 => Act::RevokeKey(record(key).id),
        3 => Act::SetRole(person(OWNER + *next % 4), role),
        4 => Act::RemoveMember(person(OWNER + *next % 4)),
        5 => Act::RotateKey(record(key).id, fresh(20 + *next % 40)),
        6 => Act::EditKey(record(key).id, KeyEdit::default()),
        7 => Act::Rename(format!("name {next}")),
        _ => Act::Join {
            role,
            invited_by: None,
        },
    }
}

proptest! {
    /// Changes, carriers that die, tellings that come late or twice, crashes and alarms in any order: the
    /// other stores come to hold what the object holds, no event is lost, and no key that was revoked is
    /// ever let in again.
    #[test]
    fn the_stores_agree_in_the_end(
        steps in prop::collection::vec(step(), 1..80),
        delete in any::<bool>(),
    ) {
        let mut object = team(Settings::default());
        let mut stores = Stores::default();
        if let Reply::Items(items) = object.call(Call::Snapshot(None), 2) {
            items.iter().for_each(|item| stores.take(item));
        }
        let mut told: Vec<Item> = object.disk.outbox.values().cloned().collect();
        let mut last = told.clone();
        let mut revoked = BTreeSet::new();
        let (mut now_ms, mut next) = (10, 0);
        for step in steps {
            now_ms += 1_000;
            match step {
                Step::Change(who, what, role) => {
                    let by = match who {
                        0..=3 => member(OWNER + who),
                        4 => By::Operator,
                        _ => By::Key(hash(who - 4)),
                    };
                    let act = act_of(what, role, &mut next);
                    let by = if matches!(act, Act::Join { .. }) {
                        By::Guest(person(OWNER + who % 4))
                    } else {
                        by
                    };
                    if let Reply::Changed(items) = object.change(by, act, now_ms) {
                        told.extend(items.iter().cloned());
                        last = items;
                    }
                }
                Step::Carry(whole) => {
                    let most = if whole { last.len() } else { last.len() / 2 };
                    last.iter().take(most).for_each(|item| stores.take(item));
                    if let (true, Some(first), Some(end)) = (whole, last.first(), last.last()) {
                        object.call(Call::Projected(first.seq, end.seq), now_ms);
                    }
                }
                Step::Late(at) => told.get(at).into_iter().for_each(|item| stores.take(item)),
                Step::Alarm => drop(object.alarm(now_ms)),
                Step::Crash => object.crash(now_ms),
            }
            let ended = object.disk.keys.values().filter(|key| key.revoked_at_ms.is_some());
            revoked.extend(ended.map(|key| key.hash));
            for byte in 1..64 {
                if revoked.contains(&hash(byte)) {
                    prop_assert!(role_of(&mut object, byte, now_ms).is_err());
                }
            }
            let owners = object.disk.members.values().filter(|it| it.role == Role::Owner);
            prop_assert!(owners.count() > 0);
        }
        if delete {
            object.done(By::Operator, Act::DeleteTenant, now_ms);
        }
        // The alarm has the rest carried.
        object.crash(now_ms);
        while let Reply::Items(items) = object.call(Call::Outbox, now_ms) {
            let (Some(first), Some(end)) = (items.first(), items.last()) else { break };
            let (first, end) = (first.seq, end.seq);
            items.iter().for_each(|item| stores.take(item));
            object.call(Call::Projected(first, end), now_ms);
        }
        prop_assert!(object.disk.outbox.is_empty());
        // And what is still on its way changes nothing any more.
        told.iter().for_each(|item| stores.take(item));

        let settings = stores.tenant.as_ref().map(|(_, settings)| settings);
        prop_assert_eq!(settings, object.disk.settings.as_ref());
        let keys: BTreeMap<_, _> = stores.keys.values().map(|(_, key)| (key.hash, key.clone())).collect();
        prop_assert_eq!(&keys, &object.disk.keys);
        let members: BTreeMap<_, _> = stores
            .members
            .values()
            .filter(|(_, it)| it.removed_at_ms.is_none())
            .map(|(_, it)| (it.id.clone(), it.clone()))
            .collect();
        prop_assert_eq!(&members, &object.disk.members);
        if delete {
            prop_assert_eq!(stores.events.values().collect::<Vec<_>>(), ["tenant.deleted"]);
            prop_assert!(stores.keys.is_empty());
        } else {
            let events = told.iter().filter(|item| matches!(item.row, Row::Event(_))).count();
            prop_assert_eq!(stores.events.len(), events);
        }
    }
}
