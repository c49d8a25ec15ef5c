//! Streamed answers: the backend's events in, events of the caller's API out, one end.
//!
//! Until something is there to send, a failure is still a status. After that it is an event. How an
//! answer ended is recorded exactly once: complete, failed, or left by the caller.

use crate::call;
use crate::lease::Hold;
use neureus_core::backend::Deadlines;
use neureus_core::catalog::Model;
use neureus_core::chat::answer::Meta;
use neureus_core::chat::end::{End, Outcome};
use neureus_core::chat::stream::{self, Plan, Status, Transcoder};
use neureus_core::chat::surface::Surface;
use neureus_core::chat::usage::{Usage, UsageSource};
use neureus_core::error::ApiError;
use neureus_core::message::Charge;
use neureus_core::money::NanoUsd;
use neureus_core::resilience::failure::{self, Failure};
use neureus_core::scan::guard;
use neureus_shell::clock::{self, now_ms};
use neureus_shell::gate::Gate;
use neureus_shell::glue::{self, Upstream};
use neureus_shell::reply::Reply;
use neureus_shell::trace::Trace;
use std::cell::RefCell;
use std::rc::Rc;
use worker::js_sys::Uint8Array;
use worker::wasm_bindgen::prelude::*;

/// What an answer's form and its price depend on.
pub(crate) struct Stream {
    pub(crate) model: Model,
    /// What the caller speaks.
    pub(crate) api: Surface,
    /// Input tokens, should the backend report none.
    pub(crate) input_estimate: u64,
    /// Images in the request.
    pub(crate) images: u32,
    /// What it may be charged at most.
    pub(crate) most: NanoUsd,
    /// Whether the caller may see money.
    pub(crate) shows_money: bool,
}

/// What `glue/upstream.js` says has happened; the numbers are its own.
mod event {
    pub(super) const BYTES: u32 = 0;
    pub(super) const ENDED: u32 = 1;
    pub(super) const BROKEN: u32 = 2;
    pub(super) const IDLE: u32 = 3;
    pub(super) const OVERDUE: u32 = 4;
    pub(super) const BEAT: u32 = 6;
}

/// First byte of what the sink gives back: whether more may come.
const OPEN: u8 = 0;
const CLOSED: u8 = 1;

type Guard = End<Box<dyn FnOnce(Outcome)>>;

/// An answer on its way.
struct Relay {
    transcoder: Transcoder,
    stream: Stream,
    trace: Rc<RefCell<Trace>>,
    hold: Hold,
    end: Guard,
}

/// A stream that has something to send.
pub(crate) struct Opened {
    transcoder: Transcoder,
    head: Vec<u8>,
    status: Status,
}

/// Reads until there is something to send, for `left_ms` at most.
///
/// # Errors
/// Why there is nothing.
pub(crate) async fn open(
    upstream: &Upstream,
    plan: &Plan<'_>,
    (cap, guard): (u32, Option<guard::Guard>),
    deadlines: Deadlines,
    hold: &Hold,
    left_ms: u32,
) -> Result<Opened, Failure> {
    let begun_ms = now_ms();
    if !upstream
        .header("content-type")
        .starts_with("text/event-stream")
    {
        upstream.stop();
        return Err(call::no_answer(
            "The model backend did not answer with a stream",
        ));
    }
    let transcoder = Transcoder::new(stream::MAX_EVENT_BYTES, cap, plan);
    let mut transcoder = transcoder.guarded(guard).keeping(hold.keeps_texts());
    let mut head = Vec::new();
    let status = loop {
        let spent_ms = u32::try_from(now_ms().saturating_sub(begun_ms)).unwrap_or(u32::MAX);
        let left_ms = left_ms.saturating_sub(spent_ms);
        if left_ms == 0 {
            upstream.stop();
            return Err(Failure::Overdue);
        }
        let next = upstream.next(deadlines.first.min(left_ms)).await;
        let chunk = call::held(next, hold).await?;
        let status = match glue::bytes_of(chunk) {
            Some(bytes) => transcoder.push(&bytes, &mut head),
            None => transcoder.end(&mut head),
        };
        if status != Status::Open || !head.is_empty() {
            break status;
        }
    };
    // What was withheld was produced, and is charged: it ends as a stream does.
    let withheld = matches!(status, Status::Failed(stream::Failure::Withheld));
    if let (Status::Failed(failure), true, false) = (status, head.is_empty(), withheld) {
        upstream.stop();
        return Err(Failure::NoAnswer(failure.into()));
    }
    Ok(Opened {
        transcoder,
        head,
        status,
    })
}

/// Hands the rest of a stream, which has to be over after `left_ms`, to the platform's.
pub(crate) fn start(
    gate: &Rc<Gate>,
    upstream: &Upstream,
    opened: Opened,
    stream: Stream,
    hold: &mut Hold,
    left_ms: u32,
    trace: &mut Trace,
) -> Reply {
    let Opened {
        transcoder,
        mut head,
        status,
    } = opened;
    let mut relay = Relay::new(gate, transcoder, stream, hold.hand_over(), trace);
    // The relay tells how it went.
    trace.told.set(true);
    if status != Status::Open {
        // All of it came at once: nothing is left to wait for.
        relay.close(status, &mut head);
        upstream.stop();
        return Reply::events(Uint8Array::from(head.as_slice()).into());
    }
    // JavaScript frees the closure when it likes; what it holds is freed at the end of the answer.
    let mut relay = Some(relay);
    let sink = Closure::<dyn FnMut(u32, Vec<u8>) -> Vec<u8>>::new(move |event, bytes: Vec<u8>| {
        clock::advance();
        let Some(open) = relay.as_mut() else {
            return vec![CLOSED];
        };
        let out = open.on(event, &bytes);
        if out.first() == Some(&CLOSED) {
            relay = None;
        }
        out
    });
    let idle_ms = gate.bindings.deadlines.idle;
    let body = upstream.stream(head, sink.into_js_value(), idle_ms, left_ms);
    Reply::events(body)
}

impl Relay {
    fn new(
        gate: &Rc<Gate>,
        transcoder: Transcoder,
        stream: Stream,
        hold: Hold,
        trace: &mut Trace,
    ) -> Self {
        let shared = Rc::new(RefCell::new(trace.clone()));
        let (gate, recorded) = (Rc::clone(gate), Rc::clone(&shared));
        let exchange = hold.exchange().share();
        let record = move |outcome| {
            gate.ended(&recorded.borrow(), 200, outcome);
            gate.await_interval(&exchange);
        };
        Self {
            transcoder,
            stream,
            trace: shared,
            hold,
            end: End::new(Box::new(record)),
        }
    }

    /// What to send for an event of the stream, after the byte that says whether it was the last.
    fn on(&mut self, event: u32, bytes: &[u8]) -> Vec<u8> {
        let mut out = Vec::with_capacity(bytes.len() + 64);
        out.push(OPEN);
        match event {
            event::BYTES => {
                let status = self.transcoder.push(bytes, &mut out);
                self.close(status, &mut out);
            }
            event::ENDED => {
                let status = self.transcoder.end(&mut out);
                self.close(status, &mut out);
            }
            event::BROKEN => self.fail(&stream::Failure::Truncated.into(), &mut out),
            event::IDLE | event::OVERDUE => self.fail(&failure::overdue(), &mut out),
            event::BEAT => {
                let so_far = self.charge();
                self.hold.extend(so_far);
            }
            // The caller has left: charged for what was produced, told nothing.
            _ => self.settle(Outcome::Cancelled),
        }
        if !self.end.is_open()
            && let Some(flag) = out.first_mut()
        {
            *flag = CLOSED;
        }
        out
    }

    /// Ends the answer if the backend has.
    fn close(&mut self, status: Status, out: &mut Vec<u8>) {
        match status {
            Status::Open => {}
            Status::Failed(failure) => self.fail(&self.transcoder.error(failure), out),
            Status::Complete => {
                let (usage, source) = self.usage();
                self.settle(Outcome::Complete);
                let trace = self.trace.borrow();
                let meta = Meta {
                    log_id: &trace.request,
                    model: &trace.model,
                    created_s: trace.arrived_ms / 1_000,
                    usage,
                    estimated: source == UsageSource::Estimated,
                    cached: false,
                    cost: self.stream.shows_money.then_some(trace.cost),
                };
                self.transcoder.write_done(&meta, out);
            }
        }
    }

    fn fail(&mut self, error: &ApiError, out: &mut Vec<u8>) {
        self.stream.api.write_stream_error(error, out);
        self.settle(Outcome::Failed(error.code));
    }

    fn usage(&self) -> (Usage, UsageSource) {
        let produced_bytes = self.transcoder.produced_bytes();
        let (usage, source) = self
            .transcoder
            .usage()
            .or_estimate(self.stream.input_estimate, produced_bytes);
        if self.transcoder.is_overrun() {
            return (usage, UsageSource::Estimated);
        }
        (usage, source)
    }

    /// What the answer has cost so far.
    fn charge(&mut self) -> Charge {
        let (usage, source) = self.usage();
        let Stream {
            model,
            images,
            most,
            ..
        } = &self.stream;
        let mut trace = self.trace.borrow_mut();
        trace.charge(model, usage, source, *images, *most)
    }

    /// Fixes what the answer cost, settles and records it; the first outcome is the one.
    fn settle(&mut self, outcome: Outcome) {
        let charge = self.charge();
        self.trace.borrow_mut().found = self.transcoder.found().join(",");
        let went = self.trace.borrow().went(200, outcome);
        if let Some(texts) = self.hold.texts() {
            texts.answer = self.transcoder.take_kept();
        }
        self.hold.settle(charge, None, went);
        self.end.settle(outcome);
    }
}

impl Drop for Relay {
    /// A stream that was not ended is not unused.
    fn drop(&mut self) {
        if self.end.is_open() {
            self.hold.abandon();
        }
    }
}
