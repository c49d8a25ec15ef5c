//! Streamed answers: the backend's events in, events of the caller's API out, one end.
//!
//! Until something is there to send, a failure is still a status. After that it is an event. How an
//! answer ended is recorded exactly once: complete, failed, or left by the caller.

use crate::call;
use crate::lease::Hold;
use neureus_core::catalog::{Dialect, Model};
use neureus_core::chat::answer::Meta;
use neureus_core::chat::end::{End, Outcome};
use neureus_core::chat::stream::{self, Failure, Plan, Status, Transcoder};
use neureus_core::chat::surface::Surface;
use neureus_core::chat::usage::{Usage, UsageSource};
use neureus_core::error::{ApiError, Code};
use neureus_core::message::Charge;
use neureus_core::scan::guard;
use neureus_shell::clock::{self, now_ms};
use neureus_shell::gate::Gate;
use neureus_shell::glue::{self, Upstream};
use neureus_shell::reply::Reply;
use neureus_shell::tally;
use neureus_shell::trace::Trace;
use std::cell::RefCell;
use std::rc::Rc;
use worker::js_sys::Uint8Array;
use worker::wasm_bindgen::prelude::*;

/// What an answer's form and its price depend on.
pub(crate) struct Stream {
    pub(crate) model: Model,
    /// What the backend speaks.
    pub(crate) dialect: Dialect,
    /// What the caller speaks.
    pub(crate) api: Surface,
    /// Whether an OpenAI client wants to be told the usage.
    pub(crate) include_usage: bool,
    /// Whether the answer comes as the arguments of a tool.
    pub(crate) by_tool: bool,
    /// Input tokens, should the backend report none.
    pub(crate) input_estimate: u64,
    /// Images in the request.
    pub(crate) images: u32,
    /// Whether the caller may see money.
    pub(crate) shows_money: bool,
    /// What the answer goes through under a regulated profile.
    pub(crate) guard: Option<guard::Guard>,
}

/// What `glue.js` says has happened; the numbers are its own.
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

/// Reads until there is something to send, then hands the rest over to the platform's stream.
///
/// # Errors
/// 502 and 504 as long as nothing was sent.
pub(crate) async fn start(
    gate: &Rc<Gate>,
    upstream: &Upstream,
    mut stream: Stream,
    hold: &mut Hold,
    since_ms: u64,
    trace: &mut Trace,
) -> Result<Reply, ApiError> {
    let deadlines = gate.bindings.deadlines;
    if !upstream
        .header("content-type")
        .starts_with("text/event-stream")
    {
        upstream.stop();
        return Err(ApiError::new(
            Code::UpstreamError,
            "The model backend did not answer with a stream",
        ));
    }
    let plan = Plan {
        dialect: stream.dialect,
        surface: stream.api,
        log_id: &trace.request,
        model: &stream.model.id,
        created_s: trace.arrived_ms / 1_000,
        include_usage: stream.include_usage,
        by_tool: stream.by_tool,
        input_estimate: stream.input_estimate,
    };
    let cap = hold.lease.output_cap;
    let transcoder = Transcoder::new(stream::MAX_EVENT_BYTES, cap, &plan);
    let mut transcoder = transcoder.guarded(stream.guard.take());
    let mut head = Vec::new();
    let status = loop {
        let spent_ms = u32::try_from(now_ms().saturating_sub(since_ms)).unwrap_or(u32::MAX);
        let left_ms = deadlines.total.saturating_sub(spent_ms);
        if left_ms == 0 {
            upstream.stop();
            return Err(call::overdue());
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
    trace.timed("upstream", since_ms);
    trace.first_token_ms = now_ms().saturating_sub(trace.arrived_ms);
    // What was withheld was produced, and is charged: it ends as a stream does.
    let withheld = matches!(status, Status::Failed(Failure::Withheld(_)));
    if let (Status::Failed(failure), true, false) = (status, head.is_empty(), withheld) {
        upstream.stop();
        return Err(failure.into());
    }
    let mut relay = Relay::new(gate, transcoder, stream, hold.hand_over(), trace);
    // The relay tells how it went.
    trace.told.set(true);
    if status != Status::Open {
        // All of it came at once: nothing is left to wait for.
        relay.close(status, &mut head);
        upstream.stop();
        return Ok(Reply::events(Uint8Array::from(head.as_slice()).into()));
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
    let body = upstream.stream(head, sink.into_js_value(), deadlines.idle, deadlines.total);
    Ok(Reply::events(body))
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
            recorded.borrow().write(&gate, 200, outcome);
            tally::await_interval(&gate, &exchange);
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
            event::BROKEN => self.fail(&Failure::Truncated.into(), &mut out),
            event::IDLE | event::OVERDUE => self.fail(&call::overdue(), &mut out),
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
            Status::Failed(failure) => self.fail(&failure.into(), out),
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
        let reserved = self.hold.lease.cost;
        let mut trace = self.trace.borrow_mut();
        trace.charge(
            &self.stream.model,
            usage,
            source,
            self.stream.images,
            reserved,
        )
    }

    /// Fixes what the answer cost, settles and records it; the first outcome is the one.
    fn settle(&mut self, outcome: Outcome) {
        let charge = self.charge();
        self.trace.borrow_mut().found = self.transcoder.found().names().join(",");
        let went = self.trace.borrow().went(200, outcome);
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
