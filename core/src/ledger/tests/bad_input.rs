//! What should not come, and comes: ends told twice, too late or of leases that nobody gave, limits that were
//! lowered or are zero, clocks that go back, months that end, and numbers at the end of their range.
//!
//! Caps that callers send wrong are refused where they are read (`core/src/chat/request/tests.rs`); leap
//! seconds are the [`calendar`](crate::calendar)'s.

use super::*;
use crate::journal::MOST;

/// 2026-11-30T23:59:50Z: ten seconds before a month ends.
const BEFORE_MONTH_END: u64 = 1_796_083_190_000;

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

#[test]
fn what_passes_2_to_the_53_saturates_and_every_request_still_ends() {
    let dear = Want {
        input_tokens: u32::MAX,
        output_cap: Some(u32::MAX),
        output_most: u32::MAX,
        input_price: 10_000_000_000_000,
        output_price: 10_000_000_000_000,
        ..SMALL
    };
    // In shadow mode a budget is pledged for and holds nothing back.
    let settings = Settings {
        shadow: true,
        ..budget(1)
    };
    let mut object = Object::new(settings, &[record(1)]);
    let [one, other, silent] = [0; 3].map(|now_ms| object.admit(1, dear, now_ms).unwrap());
    assert!(one.cost.0 > MOST);
    // Two ends that are written together.
    for lease in [&one, &other] {
        let settle = Settle {
            lease: lease.clone(),
            charge: Charge {
                input_tokens: u64::MAX,
                output_tokens: u64::MAX,
                cost: NanoUsd(u64::MAX),
                ..Charge::default()
            },
            keep: None,
            went: None,
        };
        let (reply, _) = object.begin(Call::Settle(settle), 1);
        let Reply::Settled(charge) = reply else {
            panic!("{reply:?}")
        };
        assert_eq!((charge.cost, charge.output_tokens), (NanoUsd(MOST), MOST));
    }
    object.flush();
    object.alarm(LEASE_MS);
    assert_eq!(object.disk.charges.len(), 3);
    assert_eq!(usage(&mut object, LEASE_MS).in_flight, 0);
    // What was charged stays charged, and nothing is there again after a restart.
    object.crash(LEASE_MS + 1);
    assert!(usage(&mut object, LEASE_MS + 1).spent.0 >= MOST);
    object.settle(&silent, used(1, 1), LEASE_MS + 2);
    object.provision(budget(1_000_000_000_000_000), LEASE_MS + 2);
    let refused = limited(object.admit(1, SMALL, LEASE_MS + 2)).0;
    assert_eq!(refused.kind, LimitKind::Spend);
}

#[test]
fn a_clock_that_goes_back_ends_no_lease_and_loses_none() {
    let mut object = Object::new(budget(100), &[record(1)]);
    let now_ms = 10 * LEASE_MS;
    let early = object.admit(1, SMALL, now_ms).unwrap();
    // An hour back, as after a wrong clock was set right.
    let late = object.admit(1, SMALL, now_ms - 9 * LEASE_MS).unwrap();
    assert_eq!(late.admitted_ms, now_ms);
    object.alarm(now_ms - 9 * LEASE_MS + 1);
    assert_eq!(usage(&mut object, now_ms - 9 * LEASE_MS + 1).in_flight, 2);
    object.crash(now_ms - 9 * LEASE_MS + 2);
    for lease in [&early, &late] {
        let back = object.settle(lease, used(10, 10), now_ms - 9 * LEASE_MS + 3);
        assert_eq!(back, Reply::Settled(used(10, 10)));
    }
    let usage = usage(&mut object, now_ms - 9 * LEASE_MS + 4);
    assert_eq!((usage.spent, usage.in_flight), (NanoUsd(40), 0));
    object.alarm(now_ms + 9 * LEASE_MS);
    assert_eq!(object.charged(), 40);
}
