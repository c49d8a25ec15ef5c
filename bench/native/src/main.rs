//! What an admission, a settlement, its metrics and a translation cost in the core alone: time and allocations per call, as
//! JSON.

mod collection;
mod translation;

use neureus_core::journal::{Found, coalesce};
use neureus_core::message::wire::{self, Form};
use neureus_core::message::{Admit, Call, Charge, Lease, Reply, Settle};
use neureus_core::metrics::Went;
use neureus_core::tenant::Tenant;
use std::alloc::{GlobalAlloc, Layout, System};
use std::error::Error;
use std::hint::black_box;
use std::io::Write as _;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

/// Counts what is asked of the system's allocator.
struct Counting;

static ALLOCATIONS: AtomicU64 = AtomicU64::new(0);

// SAFETY: every call goes to the system's allocator as it came.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        ALLOCATIONS.fetch_add(1, Ordering::Relaxed);
        // SAFETY: the caller's promise is passed on.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        // SAFETY: as above.
        unsafe { System.dealloc(pointer, layout) }
    }

    unsafe fn realloc(&self, pointer: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        ALLOCATIONS.fetch_add(1, Ordering::Relaxed);
        // SAFETY: as above.
        unsafe { System.realloc(pointer, layout, size) }
    }
}

#[global_allocator]
static COUNTING: Counting = Counting;

/// 2026-11-23T01:00:00Z.
const START_MS: u64 = 1_795_395_600_000;
/// Requests in flight at once.
const IN_FLIGHT: usize = 64;
const ROUNDS: usize = 3_000;
const WARM_UP: usize = 300;

const HASH: &str = "0000000000000000000000000000000000000000000000000000000000000000";
const LIMITED: &str =
    r#""rpm":100000000,"tpm":100000000,"concurrency":1000000,"budget":1000000000000000"#;

/// Time and allocations of one kind of call.
#[derive(Default)]
struct Cost {
    calls: u64,
    took: Duration,
    allocations: u64,
}

impl Cost {
    fn of<T>(&mut self, calls: usize, work: impl FnOnce() -> T) -> T {
        let before = ALLOCATIONS.load(Ordering::Relaxed);
        let started = Instant::now();
        let done = black_box(work());
        self.took += started.elapsed();
        self.allocations += ALLOCATIONS.load(Ordering::Relaxed) - before;
        self.calls += calls as u64;
        done
    }

    fn json(&self) -> serde_json::Value {
        let calls = self.calls.max(1) as f64;
        serde_json::json!({
            "ns": self.took.as_nanos() as f64 / calls,
            "allocations": self.allocations as f64 / calls,
        })
    }
}

fn tenant(limits: &str) -> Result<Tenant, Box<dyn Error>> {
    let mut tenant = Tenant::default();
    let comma = if limits.is_empty() { "" } else { "," };
    for act in [
        format!(r#"{{"provision":{{{limits}}}}}"#),
        format!(
            r#"{{"make_key":{{"id":"key_0000000000000000","hash":"{HASH}","kind":"nru","role":"owner"{comma}{limits}}}}}"#
        ),
    ] {
        let text = format!(
            r#"{{"change":{{"tenant":"bench","by":"operator","request":"req_0000000000000000000000","act":{act}}}}}"#
        );
        let (reply, _) = tenant.step(serde_json::from_str(&text)?, Found::default(), START_MS);
        if !matches!(reply, Reply::Changed(_)) {
            return Err(format!("the tenant is not set up: {reply:?}").into());
        }
    }
    Ok(tenant)
}

fn ask(number: usize) -> Result<(String, Admit), Box<dyn Error>> {
    let text = format!(
        "2a\nreq_{number:022}\n{HASH}\nmeta-llm\n\n3e1\n200\n1000\n10cefa80\n314b04c0\n0\n0"
    );
    match wire::read_call(text.as_bytes())? {
        (Call::Admit(admit), _) => Ok((text, admit)),
        other => Err(format!("not an admission: {other:?}").into()),
    }
}

/// The end of a request that was admitted.
fn end(admit: &Admit, reply: &Reply) -> Result<Settle, Box<dyn Error>> {
    let Reply::Admitted(admission) = reply else {
        return Err(format!("not admitted: {reply:?}").into());
    };
    Ok(Settle {
        lease: Lease {
            request: admit.request.clone(),
            key: admission.principal.key.clone(),
            model: admit.ask.model.clone().unwrap_or_default(),
            admitted_ms: admission.granted.admitted_ms,
            input_tokens: admit.want.input_tokens,
            output_cap: admission.granted.output_cap,
            cost: admission.granted.cost,
            own: false,
        },
        charge: Charge {
            input_tokens: 220,
            output_tokens: 300,
            ..Charge::default()
        },
        keep: None,
        went: Some(Went {
            how: "complete".into(),
            ms: 1_200,
            first_ms: Some(300),
            note: "200 /ai/chat docs sandbox 2026-11-01 - 0 3 800".into(),
            texts: None,
        }),
    })
}

fn measure(limits: &str) -> Result<serde_json::Value, Box<dyn Error>> {
    let mut tenant = tenant(limits)?;
    let (mut admit, mut settle, mut text) = <(Cost, Cost, Cost)>::default();
    for round in 0..WARM_UP + ROUNDS {
        if round == WARM_UP {
            (admit, settle, text) = Default::default();
        }
        let now_ms = START_MS + round as u64 * 5;
        let asked: Vec<_> = (0..IN_FLIGHT)
            .map(|i| ask(round * IN_FLIGHT + i))
            .collect::<Result<_, _>>()?;
        let calls: Vec<_> = asked
            .iter()
            .map(|(_, it)| Call::Admit(it.clone()))
            .collect();
        let mut replies = Vec::with_capacity(IN_FLIGHT);
        admit.of(IN_FLIGHT, || {
            for call in calls {
                let (reply, writes) = tenant.step(call, Found::default(), now_ms);
                black_box(writes);
                replies.push(reply);
            }
        });
        // What the object does besides: the message read, the answer written.
        text.of(IN_FLIGHT, || {
            for ((message, _), reply) in asked.iter().zip(&replies) {
                black_box(wire::read_call(message.as_bytes()).is_ok());
                black_box(wire::write_reply(reply, Form::Short, "").is_ok());
            }
        });
        let ends = asked.iter().zip(&replies);
        let ends: Vec<_> = ends
            .map(|((_, it), reply)| end(it, reply).map(Call::Settle))
            .collect::<Result<_, _>>()?;
        settle.of(IN_FLIGHT, || {
            let mut writes = Vec::new();
            for call in ends {
                let (reply, more) = tenant.step(call, Found::default(), now_ms);
                black_box(reply);
                writes.extend(more);
            }
            // They are written together, with what was counted of them.
            tenant.gather(now_ms, &mut writes);
            black_box(coalesce(writes));
        });
        tenant.alarm(None, now_ms);
    }
    Ok(serde_json::json!({
        "admit": admit.json(),
        "settle": settle.json(),
        "text": text.json(),
    }))
}

fn main() -> Result<(), Box<dyn Error>> {
    let results = serde_json::json!({
        "free": measure("")?,
        "limited": measure(LIMITED)?,
        "collection": collection::measure()?,
        "translation": translation::measure()?,
    });
    writeln!(std::io::stdout(), "{results}")?;
    Ok(())
}
