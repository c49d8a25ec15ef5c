//! What the ledger promises, through a whole object with a disk, and with crashes anywhere.

use super::*;
use crate::calendar::Day;
use crate::lease::{Charge, Want};
use crate::limit_state::{Broken, LimitKind, LimitSource};
use crate::limits::Limits;
use crate::message::{Call, Refusal, Release, Reply, Settings, Settle, Span};
use crate::testing::{Object, SMALL, admit, record, used};

mod bad_input;
mod properties;

fn budget(nanos: u64) -> Settings {
    Settings {
        budget: Some(NanoUsd(nanos)),
        ..Settings::default()
    }
}

fn limited(refused: Result<Lease, Refusal>) -> (Broken, u64, bool) {
    match refused {
        Err(Refusal::Limited {
            broken,
            wait_ms,
            never,
            ..
        }) => (broken, wait_ms, never),
        other => panic!("not limited: {other:?}"),
    }
}

fn usage(object: &mut Object, now_ms: u64) -> Usage {
    let all = Span {
        from: Day(0),
        to: Day(u32::MAX),
    };
    match object.call(Call::Usage(all), now_ms) {
        Reply::Usage(usage) => usage,
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_budget_for_ten_admits_ten_at_once_and_not_one_more() {
    let mut object = Object::new(budget(10 * 20), &[record(1)]);
    let leases: Vec<_> = (0..200)
        .filter_map(|_| object.admit(1, SMALL, 0).ok())
        .collect();
    assert_eq!(leases.len(), 10);
    let (broken, wait_ms, never) = limited(object.admit(1, SMALL, 0));
    assert_eq!(broken.kind, LimitKind::Spend);
    assert_eq!(broken.source, LimitSource::Tenant);
    assert_eq!((wait_ms, never), (31 * 86_400_000, false));
    // What nine did not use is there for others, and the tenth's failure costs nothing.
    for lease in leases.iter().take(9) {
        assert_eq!(
            object.settle(lease, used(10, 0), 1),
            Reply::Settled(used(10, 0))
        );
    }
    object.release(&leases[9], 1);
    assert_eq!(object.charged(), 90);
    assert_eq!(
        (0..9).filter(|_| object.admit(1, SMALL, 2).is_ok()).count(),
        5
    );
}

#[test]
fn a_charge_is_never_above_its_reservation_and_a_zero_stays_zero() {
    let mut object = Object::new(budget(1_000), &[record(1)]);
    let lease = object.admit(1, SMALL, 0).unwrap();
    let Reply::Settled(charge) = object.settle(&lease, used(5_000, 5_000), 1) else {
        panic!("not settled")
    };
    assert_eq!((charge.cost, charge.output_tokens), (NanoUsd(20), 5_000));
    let lease = object.admit(1, SMALL, 0).unwrap();
    object.settle(&lease, used(0, 0), 1);
    assert_eq!(object.charged(), 20);
    let rows = usage(&mut object, 2).rows;
    assert_eq!((rows.len(), rows[0].requests), (1, 2));
}

#[test]
fn an_uncapped_request_gets_what_the_budget_and_the_model_allow() {
    let uncapped = Want {
        output_cap: None,
        output_most: 500,
        ..SMALL
    };
    let mut object = Object::new(budget(600), &[record(1)]);
    assert_eq!(object.admit(1, uncapped, 0).unwrap().output_cap, 500);
    assert_eq!(object.admit(1, uncapped, 0).unwrap().output_cap, 80);
    assert_eq!(
        limited(object.admit(1, uncapped, 0)).0.kind,
        LimitKind::Spend
    );

    // A cap above the model's is the model's; none is ever zero.
    let mut free = Object::new(Settings::default(), &[record(1)]);
    for (asked, cap) in [(Some(9_999), 500), (Some(0), 1), (None, 500)] {
        let want = Want {
            output_cap: asked,
            ..uncapped
        };
        assert_eq!(free.admit(1, want, 0).unwrap().output_cap, cap);
    }
}

#[test]
fn what_a_fallback_may_cost_more_is_set_aside_where_as_much_again_is_left() {
    let dear = Want {
        dearest_input: 1_000_000,
        dearest_output: 4_000_000,
        ..SMALL
    };
    let mut object = Object::new(budget(110), &[record(1)]);
    // 20 by itself, 50 with the fallback; 80 have to be free for that.
    assert_eq!(object.admit(1, dear, 0).unwrap().cost, NanoUsd(50));
    // 60 are left: it is admitted all the same, at its own price, as often as without a fallback.
    for _ in 0..3 {
        assert_eq!(object.admit(1, dear, 0).unwrap().cost, NanoUsd(20));
    }
    assert_eq!(limited(object.admit(1, dear, 0)).0.kind, LimitKind::Spend);
    // The cap of an uncapped one is what its own price allows.
    let uncapped = Want {
        output_cap: None,
        output_most: 500,
        ..dear
    };
    let mut object = Object::new(budget(110), &[record(1)]);
    let lease = object.admit(1, uncapped, 0).unwrap();
    assert_eq!((lease.output_cap, lease.cost), (100, NanoUsd(110)));
}

#[test]
fn a_request_is_charged_to_the_model_that_answered() {
    let mut object = Object::new(Settings::default(), &[record(1)]);
    let mut lease = object.admit(1, SMALL, 0).unwrap();
    lease.model = "other".to_owned();
    object.settle(&lease, used(1, 1), 1);
    let mut expired = object.admit(1, SMALL, 1).unwrap();
    expired.model = "third".to_owned();
    object.extend(&expired, Charge::default(), 1);
    object.alarm(1 + LEASE_MS);
    let models: Vec<_> = object.disk.used.keys().map(|(_, _, model)| model).collect();
    assert_eq!(models, ["other", "third"]);
}

#[test]
fn an_uncapped_request_leaves_room_in_a_token_limit_for_others() {
    let settings = Settings {
        tpm: Some(20_000),
        ..Settings::default()
    };
    let mut object = Object::new(settings, &[record(1)]);
    let uncapped = Want {
        input_tokens: 1_000,
        output_cap: None,
        output_most: 100_000,
        ..SMALL
    };
    assert_eq!(object.admit(1, uncapped, 0).unwrap().output_cap, 5_000);
    let lease = object.admit(1, uncapped, 0).unwrap();
    object.admit(1, uncapped, 0).unwrap();
    let (broken, wait_ms, never) = limited(object.admit(1, uncapped, 0));
    assert_eq!(broken.kind, LimitKind::Tokens);
    // 6,000 are needed, 2,000 are left, and 20,000 come a minute.
    assert_eq!((wait_ms, never), (12_000, false));
    object.settle(&lease, used(500, 1_500), 0);
    assert!(object.admit(1, uncapped, 0).is_ok());
    // More than the limit ever allows: waiting will not help.
    let huge = Want {
        input_tokens: 20_000,
        ..uncapped
    };
    assert_eq!(limited(object.admit(1, huge, 0)).1, 60_000);
    assert!(limited(object.admit(1, huge, 0)).2);
}

#[test]
fn a_slot_is_free_as_soon_as_its_lease_ends_and_held_over_a_restart() {
    let settings = Settings {
        concurrency: Some(2),
        ..Settings::default()
    };
    let mut object = Object::new(settings, &[record(1)]);
    let one = object.admit(1, SMALL, 0).unwrap();
    let two = object.admit(1, SMALL, 0).unwrap();
    assert_eq!(
        limited(object.admit(1, SMALL, 0)).0.kind,
        LimitKind::Concurrency
    );
    object.settle(&one, used(1, 1), 1);
    let three = object.admit(1, SMALL, 1).unwrap();
    object.crash(2);
    assert_eq!(limited(object.admit(1, SMALL, 2)).1, 1_000);
    object.settle(&two, used(1, 1), 3);
    object.settle(&three, used(1, 1), 3);
    assert!(object.admit(1, SMALL, 3).is_ok() && object.admit(1, SMALL, 3).is_ok());
    assert!(object.admit(1, SMALL, 3).is_err());
}

#[test]
fn what_is_in_doubt_after_a_crash_counts_as_reserved_until_nobody_can_claim_it() {
    let mut object = Object::new(budget(100), &[record(1)]);
    let leases: Vec<_> = (0..5).map(|_| object.admit(1, SMALL, 0).unwrap()).collect();
    object.disk.leases.clear();
    object.crash(1);
    assert_eq!(usage(&mut object, 1).reserved, NanoUsd(100));
    assert!(object.admit(1, SMALL, 1).is_err());
    // One Worker is still there.
    object.settle(&leases[0], used(10, 0), 2);
    assert_eq!(object.charged(), 10);
    object.extend(&leases[1], used(10, 1), 3);
    assert_eq!(usage(&mut object, 3).in_flight, 1);
    assert!(
        object
            .admit(
                1,
                Want {
                    output_cap: Some(1),
                    ..SMALL
                },
                3
            )
            .is_err()
    );
    // A minute later the other three are known to be gone.
    assert_eq!(usage(&mut object, 1 + LEASE_MS).reserved, NanoUsd(20));
    assert_eq!(
        (0..9)
            .filter(|_| object.admit(1, SMALL, 1 + LEASE_MS).is_ok())
            .count(),
        3
    );
}

#[test]
fn a_burst_is_pledged_by_one_write_and_its_leases_are_left_to_the_sweep() {
    let limits = Limits {
        budget: Some(NanoUsd(1_000_000)),
        concurrency: Some(16_000),
        ..Limits::default()
    };
    let bounds = Bounds {
        tenant: limits,
        key: limits,
        shadow: false,
    };
    let (mut ledger, mut writes) = (Ledger::default(), Vec::new());
    for n in 0..700 {
        let bid = Bid {
            request: RequestId::try_from(format!("req_{n:022}")).unwrap(),
            key: record(1).id,
            model: String::new(),
            want: SMALL,
            own: false,
            visitor_wait_ms: 0,
        };
        assert!(ledger.admit(bid, &bounds, 0, &mut writes).is_ok());
    }
    let pledge = |write: &Write| match write {
        Write::Pledge(_, pledge) => (pledge.cost, pledge.slots),
        other => panic!("{other:?}"),
    };
    // A sixty-fourth of the rest and a sixteenth of the slots ahead of the first one; no more is in doubt
    // after a crash.
    let once = (NanoUsd(20 + 999_980 / 64), 1_001);
    assert_eq!(writes.iter().map(pledge).collect::<Vec<_>>(), [once, once]);
    writes.clear();
    ledger.sweep(0, &mut writes);
    let leases = writes.iter().filter(|it| matches!(it, Write::Lease(_)));
    assert_eq!(leases.count(), 700);
}

#[test]
fn a_word_after_the_doubt_has_ended_takes_no_more_than_is_left() {
    let mut object = Object::new(budget(50), &[record(1)]);
    let late = object.admit(1, SMALL, 0).unwrap();
    object.disk.leases.clear();
    object.crash(1);
    let after = 1 + LEASE_MS;
    let others: Vec<_> = (0..9)
        .filter_map(|_| object.admit(1, SMALL, after).ok())
        .collect();
    assert_eq!(others.len(), 2);
    object.settle(&late, used(10, 10), after);
    assert_eq!(object.charged(), 10);
    for lease in &others {
        object.settle(lease, used(10, 10), after);
    }
    assert_eq!(object.charged(), 50);
}

#[test]
fn in_shadow_mode_everything_is_counted_and_nothing_refused() {
    let settings = Settings {
        rpm: Some(1),
        concurrency: Some(1),
        shadow: true,
        ..budget(20)
    };
    let mut object = Object::new(settings, &[record(1)]);
    let mut shadowed = Vec::new();
    for _ in 0..3 {
        let request = object.request();
        let Reply::Admitted(admission) = object.call(admit(1, request, SMALL), 0) else {
            panic!("refused")
        };
        assert_eq!(admission.limits.len(), 3);
        shadowed.push(admission.shadowed.map(|broken| broken.kind));
    }
    assert_eq!(
        shadowed,
        [None, Some(LimitKind::Spend), Some(LimitKind::Spend)]
    );
    assert_eq!(usage(&mut object, 0).reserved, NanoUsd(60));
}
