//! What the ledger promises, through a whole object with a disk, and with crashes anywhere.

use super::*;
use crate::calendar::Day;
use crate::lease::Charge;
use crate::message::{Call, Refusal, Release, Reply, Settings, Settle, Span};
use crate::testing::{Object, SMALL, admit, lease, record, used};
use proptest::prelude::*;

/// 2026-11-30T23:59:50Z: ten seconds before a month ends.
const BEFORE_MONTH_END: u64 = 1_796_083_190_000;

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
fn a_lease_settles_once_however_often_it_is_told() {
    let mut object = Object::new(budget(1_000), &[record(1)]);
    let lease = object.admit(1, SMALL, 0).unwrap();
    for round in 0..4 {
        if round == 2 {
            object.crash(5);
        }
        assert_eq!(
            object.settle(&lease, used(7, 1 + round), 5),
            Reply::Settled(used(7, 1))
        );
        assert_eq!((object.charged(), usage(&mut object, 5).in_flight), (8, 0));
    }
    // An end that was told already stays: nothing comes back.
    object.release(&lease, 6);
    assert_eq!(object.charged(), 8);
    assert_eq!(usage(&mut object, 5 + LEASE_MS).reserved, NanoUsd::ZERO);
}

#[test]
fn a_lease_that_was_never_given_is_refused() {
    let mut object = Object::new(budget(1_000), &[record(1)]);
    let mut lease = object.admit(1, SMALL, 5).unwrap();
    lease.request = object.request();
    assert_eq!(
        object.settle(&lease, used(1, 1), 5),
        Reply::Refused(Refusal::NotFound)
    );
    assert_eq!(
        object.extend(&lease, used(1, 1), 5),
        Reply::Refused(Refusal::NotFound)
    );
    assert_eq!(object.release(&lease, 5), Reply::Done);
    assert_eq!((object.charged(), usage(&mut object, 5).in_flight), (0, 1));
}

#[test]
fn a_release_that_overtakes_its_admission_wins() {
    let mut object = Object::new(Settings::default(), &[record(1)]);
    let request = object.request();
    let release = Release {
        request: request.clone(),
        lease: None,
        repeat: None,
        went: None,
    };
    assert_eq!(object.call(Call::Release(release), 0), Reply::Done);
    assert_eq!(
        object.call(admit(1, request.clone(), SMALL), 1),
        Reply::Refused(Refusal::Conflict)
    );
    // Nor is the same request admitted twice.
    let again = object.request();
    assert!(matches!(
        object.call(admit(1, again.clone(), SMALL), 1),
        Reply::Admitted(_)
    ));
    assert_eq!(
        object.call(admit(1, again, SMALL), 1),
        Reply::Refused(Refusal::Conflict)
    );
}

#[test]
fn a_silent_lease_expires_with_its_last_word_or_all_of_it() {
    let mut object = Object::new(budget(1_000), &[record(1)]);
    let silent = object.admit(1, SMALL, 0).unwrap();
    let heard = object.admit(1, SMALL, 0).unwrap();
    object.extend(&heard, used(10, 3), 0);
    object.alarm(LEASE_MS - 1);
    assert_eq!((object.charged(), usage(&mut object, 0).in_flight), (0, 2));
    object.alarm(LEASE_MS);
    assert_eq!((object.charged(), usage(&mut object, 0).in_flight), (33, 0));
    let rows = usage(&mut object, 0).rows;
    assert_eq!((rows[0].requests, rows[0].estimated), (2, 2));

    // Its Worker was alive after all: what it says replaces the guess, up and down.
    object.settle(&silent, used(1, 1), LEASE_MS + 1);
    object.settle(&heard, used(10, 9), LEASE_MS + 1);
    assert_eq!(object.charged(), 21);
    assert_eq!(usage(&mut object, LEASE_MS + 1).spent, NanoUsd(21));
    assert_eq!(usage(&mut object, 0).rows[0].estimated, 0);
    // Once, and the expired lease does not come back to life.
    object.settle(&heard, used(0, 0), LEASE_MS + 2);
    assert_eq!(
        object.extend(&heard, used(1, 1), LEASE_MS + 2),
        Reply::Refused(Refusal::NotFound)
    );
    assert_eq!(object.charged(), 21);
}

#[test]
fn a_correction_takes_no_more_than_is_left() {
    let mut object = Object::new(budget(20), &[record(1)]);
    let lease = object.admit(1, SMALL, 0).unwrap();
    object.extend(&lease, used(2, 0), 0);
    object.alarm(LEASE_MS);
    assert_eq!(object.charged(), 2);
    let ten = Want {
        input_tokens: 0,
        ..SMALL
    };
    assert!(object.admit(1, ten, LEASE_MS).is_ok());
    object.settle(&lease, used(10, 10), LEASE_MS);
    assert_eq!(object.charged(), 10);
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
fn a_new_month_has_a_new_budget_and_old_leases_are_charged_to_theirs() {
    let mut object = Object::new(budget(20), &[record(1)]);
    let late = object.admit(1, SMALL, BEFORE_MONTH_END).unwrap();
    let (_, wait_ms, _) = limited(object.admit(1, SMALL, BEFORE_MONTH_END));
    assert_eq!(wait_ms, 10_000);
    let after = BEFORE_MONTH_END + wait_ms;
    assert!(object.admit(1, SMALL, after - 1).is_err());
    let early = object.admit(1, SMALL, after).unwrap();
    // The clock goes back: the month does not.
    assert!(object.admit(1, SMALL, after - 5_000).is_err());
    object.settle(&late, used(10, 10), after + 1);
    object.settle(&early, used(5, 0), after + 1);
    assert_eq!(usage(&mut object, after).spent, NanoUsd(5));
    let days: Vec<_> = usage(&mut object, after)
        .rows
        .iter()
        .map(|row| (row.day.to_string(), row.cost.0))
        .collect();
    assert_eq!(
        days,
        [("2026-11-30".to_owned(), 20), ("2026-12-01".to_owned(), 5)]
    );
    object.crash(after + 2);
    assert_eq!(usage(&mut object, after + 2).spent, NanoUsd(5));
}

#[test]
fn a_limit_lowered_below_what_is_in_use_admits_nothing_and_loses_nothing() {
    let mut object = Object::new(budget(100), &[record(1)]);
    let leases: Vec<_> = (0..5).map(|_| object.admit(1, SMALL, 0).unwrap()).collect();
    object.provision(budget(30), 0);
    assert!(object.admit(1, SMALL, 0).is_err());
    for lease in &leases {
        object.settle(lease, used(10, 10), 1);
    }
    assert_eq!(object.charged(), 100);
    assert!(object.admit(1, SMALL, 1).is_err());
    object.provision(budget(120), 1);
    assert!(object.admit(1, SMALL, 1).is_ok());
}

#[test]
fn a_limit_of_zero_suspends() {
    let zero = [
        (
            Settings {
                rpm: Some(0),
                ..Settings::default()
            },
            LimitKind::Requests,
            true,
        ),
        (
            Settings {
                tpm: Some(0),
                ..Settings::default()
            },
            LimitKind::Tokens,
            true,
        ),
        (
            Settings {
                concurrency: Some(0),
                ..Settings::default()
            },
            LimitKind::Concurrency,
            true,
        ),
        (budget(0), LimitKind::Spend, false),
    ];
    for (settings, kind, never) in zero {
        let mut object = Object::new(settings, &[record(1)]);
        let free = Want {
            input_price: 0,
            output_price: 0,
            ..SMALL
        };
        let (broken, wait_ms, refused_for_ever) = limited(object.admit(1, free, 0));
        assert_eq!((broken.kind, refused_for_ever), (kind, never));
        assert!(wait_ms > 0);
    }
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

#[test]
fn numbers_at_the_end_of_their_range_do_not_overflow() {
    let huge = Want {
        input_tokens: u32::MAX,
        output_cap: Some(u32::MAX),
        output_most: u32::MAX,
        input_price: u64::MAX,
        output_price: u64::MAX,
        ..SMALL
    };
    let mut object = Object::new(budget(u64::MAX), &[record(1)]);
    let lease = object.admit(1, huge, u64::MAX / 2).unwrap();
    assert_eq!(lease.cost, NanoUsd(u64::MAX));
    assert!(object.admit(1, huge, u64::MAX / 2).is_err());
    object.release(&lease, u64::MAX / 2);
    let uncapped = Want {
        output_cap: None,
        input_price: 0,
        output_price: 0,
        ..huge
    };
    assert_eq!(object.admit(1, uncapped, 0).unwrap().output_cap, u32::MAX);
}

/// What a random run does.
#[derive(Clone, Debug)]
enum Act {
    Admit(u8, u32, Option<u32>),
    Settle(usize, u64),
    Extend(usize, u64),
    Release(usize),
    SettleAgain(usize),
    Flush,
    Alarm,
    Crash,
    Wait(u64),
}

fn act() -> impl Strategy<Value = Act> {
    prop_oneof![
        8 => (1_u8..3, 0_u32..50, prop::option::of(1_u32..80)).prop_map(|(k, i, c)| Act::Admit(k, i, c)),
        5 => (any::<usize>(), 0_u64..200).prop_map(|(at, n)| Act::Settle(at, n)),
        2 => (any::<usize>(), 0_u64..200).prop_map(|(at, n)| Act::Extend(at, n)),
        2 => any::<usize>().prop_map(Act::Release),
        2 => any::<usize>().prop_map(Act::SettleAgain),
        2 => Just(Act::Flush),
        2 => Just(Act::Alarm),
        1 => Just(Act::Crash),
        3 => (0_u64..30_000).prop_map(Act::Wait),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(512))]

    /// Over any interleaving with crashes anywhere: charged + reserved never passes a limit, not the
    /// tenant's and not the key's; slots never pass theirs; every lease ends once.
    #[test]
    fn charged_and_reserved_never_pass_the_limit(
        tenant_budget in 100_u64..2_000,
        key_budget in 50_u64..1_000,
        slots in 1_u32..8,
        acts in prop::collection::vec(act(), 1..200),
    ) {
        let settings = Settings { concurrency: Some(slots), ..budget(tenant_budget) };
        let own = crate::message::KeyRecord { budget: Some(NanoUsd(key_budget)), ..record(1) };
        let mut object = Object::new(settings, &[own.clone(), record(2)]);
        // Leases whose Worker is alive, and those that have ended with what they cost.
        let mut open: Vec<(Lease, u64)> = Vec::new();
        let mut ended: Vec<Lease> = Vec::new();
        // Ends that the object has heard and not acknowledged, since they are not written.
        let mut unheard: Vec<(Lease, Call)> = Vec::new();
        let mut now = 0_u64;
        for act in acts {
            match act {
                Act::Admit(key, input_tokens, output_cap) => {
                    let dearest_output = if input_tokens % 2 == 0 { 3_000_000 } else { 0 };
                    let want = Want { input_tokens, output_cap, output_most: 60, dearest_output, ..SMALL };
                    let request = object.request();
                    let (reply, _) = object.begin(admit(key, request.clone(), want), now);
                    if let Reply::Admitted(admission) = reply {
                        open.push((lease(request, &admission, want), now));
                    }
                }
                Act::Settle(at, tokens) if !open.is_empty() => {
                    let (lease, _) = open.swap_remove(at % open.len());
                    let charge = used(0, tokens);
                    let settle = Settle { lease: lease.clone(), charge, keep: None, went: None };
                    let (reply, _) = object.begin(Call::Settle(settle.clone()), now);
                    prop_assert!(matches!(reply, Reply::Settled(c) if c.cost <= lease.cost), "{reply:?}");
                    unheard.push((lease, Call::Settle(settle)));
                }
                Act::Flush => {
                    object.flush();
                    ended.extend(unheard.drain(..).filter_map(|(lease, call)| {
                        matches!(call, Call::Settle(_)).then_some(lease)
                    }));
                }
                Act::Extend(at, tokens) if !open.is_empty() => {
                    let at = at % open.len();
                    object.extend(&open[at].0.clone(), used(0, tokens), now);
                    open[at].1 = now;
                }
                Act::Release(at) if !open.is_empty() => {
                    let (lease, _) = open.swap_remove(at % open.len());
                    let release = Call::Release(Release {
                        request: lease.request.clone(), lease: Some(lease.clone()), repeat: None, went: None });
                    object.begin(release.clone(), now);
                    unheard.push((lease, release));
                }
                Act::SettleAgain(at) if !ended.is_empty() => {
                    object.flush();
                    let before = object.charged();
                    let lease = ended[at % ended.len()].clone();
                    object.settle(&lease, used(0, 1_000), now);
                    prop_assert_eq!(object.charged(), before);
                }
                Act::Alarm => drop(object.alarm(now)),
                Act::Crash => {
                    object.crash(now);
                    // Whoever was not acknowledged says it again, in another order.
                    for (_, call) in unheard.iter().rev() { object.begin(call.clone(), now); }
                }
                Act::Wait(ms) => {
                    now += ms;
                    // Workers that live say so every quarter of a minute; the others are dead.
                    open.retain(|(_, heard)| now - heard < LEASE_MS);
                }
                _ => {}
            }
            // What is charged and not written counts, whatever becomes of it.
            let waiting = object.waiting_charges();
            let charged = object.charged() + waiting.iter().map(|(_, cost)| cost).sum::<u64>();
            let by_key: u64 = object.disk.used.values()
                .filter(|used| used.key == own.id.as_str()).map(|used| used.cost.0)
                .chain(waiting.iter().filter(|(key, _)| key == own.id.as_str()).map(|(_, cost)| *cost))
                .sum();
            let live: u64 = open.iter().map(|(lease, _)| lease.cost.0).sum();
            let live_by_key: u64 = open.iter()
                .filter(|(lease, _)| lease.key == own.id).map(|(lease, _)| lease.cost.0).sum();
            prop_assert!(charged + live <= tenant_budget, "{charged} + {live} > {tenant_budget}");
            prop_assert!(by_key + live_by_key <= key_budget);
            prop_assert!(open.len() <= slots as usize);
            // Each charge is of one lease, and the sums are the sum of the charges.
            let charges: u64 = object.disk.charges.values().map(|row| row.charge.cost.0).sum();
            prop_assert_eq!(charges, object.charged());
        }
        // In the end nothing is left behind: neither money nor slots.
        for (lease, _) in open { object.settle(&lease, used(0, 1), now); }
        for round in 1..=5 { object.alarm(now + round * LEASE_MS); }
        let usage = usage(&mut object, now + 5 * LEASE_MS);
        prop_assert_eq!((usage.in_flight, usage.reserved), (0, NanoUsd::ZERO));
        prop_assert_eq!(usage.spent.0, object.charged());
        prop_assert!(object.disk.leases.is_empty());
    }

    /// What is on the disk says the same as what is in memory, once everything has ended: loading it
    /// gives the same sums.
    #[test]
    fn the_written_state_replays_to_the_same(acts in prop::collection::vec(act(), 1..120)) {
        let mut object = Object::new(budget(5_000), &[record(1), record(2)]);
        let (mut open, mut now) = (Vec::new(), 0_u64);
        for act in acts {
            match act {
                Act::Admit(key, input_tokens, output_cap) => {
                    let dearest_output = if input_tokens % 2 == 0 { 3_000_000 } else { 0 };
                    let want = Want { input_tokens, output_cap, output_most: 60, dearest_output, ..SMALL };
                    open.extend(object.admit(key, want, now).ok());
                }
                Act::Settle(at, tokens) if !open.is_empty() => {
                    let lease = open.swap_remove(at % open.len());
                    object.settle(&lease, used(tokens, 0), now);
                }
                Act::Alarm => drop(object.alarm(now)),
                Act::Wait(ms) => now += ms.min(1_000),
                _ => {}
            }
        }
        object.alarm(now);
        let before = usage(&mut object, now);
        object.crash(now);
        let after = usage(&mut object, now);
        prop_assert_eq!(&before.rows, &after.rows);
        prop_assert_eq!((before.spent, before.in_flight), (after.spent, after.in_flight));
        prop_assert!(after.reserved >= before.reserved);
    }
}
