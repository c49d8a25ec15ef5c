//! More than a year of requests through an object that crashes, sleeps and makes its windows longer: what is shown at
//! its end is what happened.

use crate::calendar::{DAY_MS, Month};
use crate::limits::Plan;
use crate::message::{Call, Charge, LogPage, Reply, Settings, Settle, Want, Windows};
use crate::metrics::histogram::RELATIVE_ERROR;
use crate::metrics::log::Went;
use crate::metrics::window::HOUR_MS;
use crate::money::NanoUsd;
use crate::monitoring::query::Query;
use crate::monitoring::summary::Summary;
use crate::testing::{Object, record};

/// 2028-01-31T12:00:00Z: behind lie a leap day to come, months of every length, and both changes of clocks.
const BEGIN_MS: u64 = 1_832_932_800_000;
const STEP_MS: u64 = 7 * HOUR_MS + 1_000;

/// One request.
struct Done {
    at_ms: u64,
    took_ms: u64,
    cost: u64,
}

fn run(plan: Option<Plan>, step_ms: u64, until_ms: u64) -> (Object, Vec<Done>) {
    let settings = Settings {
        plan,
        // None of the limits of the plan is to be met.
        rpm: Some(100_000),
        tpm: Some(100_000_000),
        concurrency: Some(10_000),
        budget: Some(NanoUsd(1 << 50)),
        ..Settings::default()
    };
    let mut object = Object::new(settings, &[record(1)]);
    let mut done = Vec::new();
    let (mut at_ms, mut n) = (BEGIN_MS, 0_u64);
    while at_ms < until_ms {
        n += 1;
        let want = Want {
            input_tokens: 100,
            output_most: 100,
            input_price: 1_000_000_000,
            output_price: 1_000_000_000,
            ..Want::default()
        };
        let lease = object.admit(1, want, at_ms).unwrap();
        let (took_ms, cost) = (n * 7_919 % 60_000, n % 13);
        let settle = Settle {
            lease,
            charge: Charge {
                input_tokens: n % 97,
                output_tokens: n % 89,
                cost: NanoUsd(cost),
                ..Charge::default()
            },
            keep: None,
            went: Some(Went {
                how: "complete".into(),
                ms: took_ms,
                ..Went::default()
            }),
        };
        let reply = object.call(Call::Settle(settle), at_ms + 2_000);
        let Reply::Settled(charge) = reply else {
            panic!("not settled: {reply:?}");
        };
        done.push(Done {
            at_ms,
            took_ms,
            cost: charge.cost.0,
        });
        // The sweep, which also makes old windows longer; then the object is evicted, now and then in between.
        object.alarm(at_ms + 6_000);
        if n.is_multiple_of(3) {
            object.crash(at_ms + 7_000);
        }
        at_ms += step_ms;
    }
    (object, done)
}

fn shown(object: &mut Object, text: &str, now_ms: u64) -> (Query, Summary) {
    let query = Query::parse(text, now_ms).unwrap();
    let mut summary = Summary::default();
    for stretch in query.slices() {
        match object.call(Call::Windows(stretch), now_ms) {
            Reply::Windows(Windows { rows, .. }) => summary.add(&rows, &query),
            other => panic!("no windows: {other:?}"),
        }
    }
    (query, summary)
}

#[test]
fn thirteen_months_are_shown_day_by_day_as_they_were() {
    // A little less than what is kept.
    let now_ms = BEGIN_MS + 398 * DAY_MS;
    let (mut object, done) = run(None, STEP_MS, now_ms);
    for (text, days) in [("window=13mo", 396), ("window=90d", 90), ("window=30d", 30)] {
        let (query, summary) = shown(&mut object, text, now_ms);
        assert_eq!(query.steps().count(), days);
        for begins_ms in query.steps() {
            let within = |it: &&Done| (begins_ms..begins_ms + DAY_MS).contains(&it.at_ms);
            let (mut requests, mut cost) = (0, 0);
            for it in done.iter().filter(within) {
                requests += 1;
                cost += it.cost;
            }
            let cell = summary.steps.get(&begins_ms).cloned().unwrap_or_default();
            assert_eq!((cell.requests, cell.charged), (requests, requests));
            assert_eq!(cell.cost, i64::try_from(cost).unwrap());
        }
        let mut durations: Vec<_> = done
            .iter()
            .filter(|it| it.at_ms >= query.from_ms)
            .map(|it| it.took_ms)
            .collect();
        durations.sort_unstable();
        assert_eq!(summary.total.latency.count(), durations.len() as u64);
        for per_mille in [500, 950, 990] {
            let rank = (durations.len() * per_mille).div_ceil(1_000);
            let exact = durations[rank - 1];
            let told = summary.total.latency.percentile_ms(per_mille as u64);
            let off = told.unwrap().abs_diff(exact) as f64;
            assert!(
                off <= exact as f64 * RELATIVE_ERROR + 0.5,
                "{off} of {exact}"
            );
        }
    }
}

#[test]
fn a_month_is_as_long_as_the_calendar_says() {
    let (mut object, done) = run(None, STEP_MS, BEGIN_MS + 70 * DAY_MS);
    // February of a leap year, and March with its change of clocks.
    for (begins_ms, days) in [(BEGIN_MS + DAY_MS, 29), (BEGIN_MS + 30 * DAY_MS, 31)] {
        let month = Month::of(begins_ms);
        let first_ms = month.first_day().begins_ms();
        assert_eq!(month.ends_ms() - first_ms, days * DAY_MS);
        let (_, summary) = shown(&mut object, "window=90d", BEGIN_MS + 70 * DAY_MS);
        let counted: i64 = summary
            .steps
            .range(first_ms..month.ends_ms())
            .map(|(_, cell)| cell.requests)
            .sum();
        let within = |it: &&Done| (first_ms..month.ends_ms()).contains(&it.at_ms);
        assert_eq!(counted, done.iter().filter(within).count() as i64);
    }
}

/// When the logged requests were, the oldest first, after old ones were looked for.
fn logged(object: &mut Object, now_ms: u64) -> Vec<u64> {
    object.alarm(now_ms);
    let page = LogPage {
        to_ms: now_ms,
        limit: u32::MAX,
        ..LogPage::default()
    };
    match object.call(Call::Log(page), now_ms) {
        Reply::Log(rows) => rows.iter().rev().map(|row| row.at_ms).collect(),
        other => panic!("no log: {other:?}"),
    }
}

#[test]
fn the_log_goes_back_as_far_as_the_plan_says() {
    let now_ms = BEGIN_MS + 120 * DAY_MS;
    for (plan, days) in [
        (Some(Plan::Free), 7),
        (Some(Plan::Pro), 30),
        (None, 30),
        (Some(Plan::Scale), 90),
        (Some(Plan::Enterprise), 90),
    ] {
        let (mut object, done) = run(plan, STEP_MS, now_ms);
        let kept: Vec<_> = done
            .iter()
            .map(|it| it.at_ms)
            .filter(|at_ms| *at_ms >= now_ms - days * DAY_MS)
            .collect();
        assert_eq!(logged(&mut object, now_ms), kept, "{plan:?}");
    }
}

#[test]
fn the_log_of_a_busy_tenant_keeps_the_newest() {
    let now_ms = BEGIN_MS + 2_600 * 10_000;
    let (mut object, done) = run(Some(Plan::Free), 10_000, now_ms);
    let kept = logged(&mut object, now_ms + DAY_MS);
    assert_eq!((done.len(), kept.len()), (2_600, 2_000));
    assert_eq!(kept.last(), done.last().map(|it| &it.at_ms));
}
