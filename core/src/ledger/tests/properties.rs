//! What holds over any run: admissions, words, ends, sweeps and crashes in any order.

use super::*;
use crate::testing::lease;
use proptest::prelude::*;

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
