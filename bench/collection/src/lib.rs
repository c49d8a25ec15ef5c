//! Admissions and settlements of the ledger, with and without what the metrics count of them. Shipped with nothing.
//!
//! With them is all that an object does in memory to count and log a request: the window's cell, the log's row, and
//! the text of the cells once for each write, as the object writes the ends of requests together.

use neureus_core::id::{KeyId, RequestId};
use neureus_core::journal::Write;
use neureus_core::ledger::{Bid, Bounds, Ledger};
use neureus_core::message::{Charge, Lease, Settle, Want};
use neureus_core::metrics::{Collector, Went};
use neureus_core::money::NanoUsd;
use std::cell::RefCell;
use std::hint::black_box;

/// Requests whose ends are written together.
pub const TOGETHER: u32 = 16;
/// 2026-11-23T01:00:00Z.
const START_MS: u64 = 1_795_395_600_000;

/// A ledger, and a collector beside it.
#[derive(Default)]
pub struct Work {
    ledger: Ledger,
    collector: Collector,
    rounds: u64,
}

impl Work {
    /// [`TOGETHER`] requests, admitted, ended and made ready to be written; `None` if one was refused.
    pub fn round(&mut self, counted: bool) -> Option<usize> {
        let now_ms = START_MS + self.rounds * 5;
        let bounds = Bounds::default();
        let key = KeyId::parse("key_0000000000000000").ok()?;
        let mut writes = Vec::new();
        for n in 0..u64::from(TOGETHER) {
            let number = self.rounds * u64::from(TOGETHER) + n;
            let request = RequestId::try_from(format!("req_{number:022}")).ok()?;
            let want = Want {
                input_tokens: 993,
                output_cap: Some(512),
                output_most: 4_096,
                input_price: 282_000_000,
                output_price: 827_000_000,
                ..Want::default()
            };
            let bid = Bid {
                request: request.clone(),
                key: key.clone(),
                model: "meta-llm".to_owned(),
                want,
                visitor_wait_ms: 0,
                own: false,
            };
            let opened = self.ledger.admit(bid, &bounds, now_ms, &mut writes).ok()?;
            let settle = Settle {
                lease: Lease {
                    request,
                    key: key.clone(),
                    model: "meta-llm".to_owned(),
                    admitted_ms: opened.granted.admitted_ms,
                    input_tokens: want.input_tokens,
                    output_cap: opened.granted.output_cap,
                    cost: opened.granted.cost,
                    own: false,
                },
                charge: Charge {
                    input_tokens: 220,
                    output_tokens: 300,
                    cost: NanoUsd(310_140),
                    ..Charge::default()
                },
                keep: None,
                went: None,
            };
            let known = writes.len();
            self.ledger
                .settle(settle, None, &bounds, now_ms, &mut writes)?;
            if counted {
                let went = Went {
                    how: "complete".to_owned(),
                    ms: 1_200 + number % 977,
                    first_ms: Some(300 + number % 53),
                    note: "200 /ai/chat docs sandbox 2026-11-01 - 0 3 800".to_owned(),
                    texts: None,
                };
                let new = writes.get(known..).unwrap_or_default();
                self.collector.account(new, Some(&went));
            }
        }
        if counted {
            self.collector.gather(now_ms, &mut writes);
            for write in &writes {
                if let Write::Window(row) = write {
                    black_box(serde_json::to_string(&row.cell).is_ok());
                }
            }
        }
        self.rounds += 1;
        self.ledger.sweep(now_ms, &mut writes);
        self.ledger.written();
        Some(black_box(&writes).len())
    }
}

thread_local! {
    static WORK: RefCell<Work> = RefCell::default();
}

/// So many rounds, with metrics if `counted` is not 0. The number of writes, 0 if a request was refused.
#[unsafe(no_mangle)]
pub extern "C" fn rounds(count: u32, counted: u32) -> u32 {
    WORK.with_borrow_mut(|work| {
        let mut writes = 0_usize;
        for _ in 0..count {
            match work.round(counted != 0) {
                Some(more) => writes += more,
                None => return 0,
            }
        }
        u32::try_from(writes).unwrap_or(u32::MAX)
    })
}
