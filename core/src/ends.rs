//! The ends of a tenant's leases that its object is not yet known to have written.
//!
//! Nobody waits for them, so they go along with what the isolate asks the object next, or are told by themselves
//! a little later. The object answers at once and writes a little later still; whether it has is asked then. What
//! it has not written is told again, by itself. All of that is led by one of the requests whose ends these are,
//! one at a time, since the platform gives each request only so much time after its answer.
//!
//! In scope: which end is where, and what to do next. Out of scope: doing it.

use crate::message::along::Mark;

/// How long an end waits for something that it can go along with, in ms.
const LINGER_MS: u64 = 20;
/// After so long an object has written what it was told, if nothing went wrong, in ms.
const WRITTEN_MS: u64 = 60;
/// What was told so long ago and is still not known to be written is told by itself, in ms.
const PATIENCE_MS: u64 = 5_000;
/// How long one request leads if another could, in ms.
const TURN_MS: u64 = 10_000;
/// How lately the object has to have been asked for another request, for an end to wait for the next one, in ms.
const FLOW_MS: u64 = 100;
/// The most ends that go along with one message.
const ALONG_MAX: usize = 16;
/// The most ends that are told in one message of their own.
const ALONE_MAX: usize = 64;
/// The most ends that wait; more are told by themselves.
const WAITING_MAX: usize = 1_024;

/// How often whoever leads should ask what is next, in ms.
pub const TICK_MS: u32 = 20;

/// One tenant's.
#[derive(Debug, Default)]
pub struct Ends {
    waiting: Vec<Waiting>,
    told: Vec<Told>,
    /// Ends that something went wrong with.
    astray: Vec<String>,
    last: u64,
    leader: Option<Turn>,
    /// When the object was asked last, and before that.
    asked_ms: [Option<u64>; 2],
}

#[derive(Debug)]
struct Waiting {
    since_ms: u64,
    end: String,
}

/// Ends that were told in one message.
#[derive(Debug)]
struct Told {
    id: Message,
    at_ms: u64,
    ends: Vec<String>,
    /// When they will have been written, once that was answered.
    mark: Option<Mark>,
}

/// Which message ends were told in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Message(u64);

/// A request's time to lead.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Turn {
    id: u64,
    since_ms: u64,
}

/// What whoever leads has to do next.
#[derive(Debug, PartialEq, Eq)]
pub enum Next {
    /// To tell these ends in a message of their own, and [`Ends::heard`] of it.
    Tell(Message, Vec<String>),
    /// To ask whether this mark has been reached, and [`Ends::asked`] of it.
    Ask(Mark),
    /// To tell each of these ends by itself until it was heard: they are no longer known here.
    Insist(Vec<String>),
    /// Nothing now.
    Wait,
    /// Nothing more: another one leads, or everything was written.
    Over,
}

impl Ends {
    /// Whether an end should wait for something to go along with: the object was asked for another request a moment
    /// ago, and so will be again. One that stands alone is better told at once.
    #[must_use]
    pub fn flows(&self, now_ms: u64) -> bool {
        let [_, before] = self.asked_ms;
        before.is_some_and(|since_ms| is_young(since_ms, FLOW_MS, now_ms))
    }

    /// Adds the end of a lease. Who gets a turn has to lead.
    pub fn add(&mut self, end: String, now_ms: u64) -> Option<Turn> {
        if self.waiting.len() < WAITING_MAX {
            self.waiting.push(Waiting {
                since_ms: now_ms,
                end,
            });
        } else {
            self.astray.push(end);
        }
        let led = self
            .leader
            .is_some_and(|turn| is_young(turn.since_ms, TURN_MS, now_ms));
        if led {
            return None;
        }
        self.last += 1;
        self.leader = Some(Turn {
            id: self.last,
            since_ms: now_ms,
        });
        self.leader
    }

    /// The ends that go along with a message which is sent now, if there are any.
    pub fn take_along(&mut self, now_ms: u64) -> Option<(Message, &[String])> {
        let [last, _] = self.asked_ms;
        self.asked_ms = [Some(now_ms), last];
        let many = self.waiting.len().min(ALONG_MAX);
        self.tell(many, now_ms)
    }

    fn tell(&mut self, many: usize, now_ms: u64) -> Option<(Message, &[String])> {
        if many == 0 {
            return None;
        }
        self.last += 1;
        let id = Message(self.last);
        let ends = self.waiting.drain(..many).map(|it| it.end).collect();
        self.told.push(Told {
            id,
            at_ms: now_ms,
            ends,
            mark: None,
        });
        self.told.last().map(|told| (id, told.ends.as_slice()))
    }

    /// What was answered to a message with ends: when they will have been written. `None` where there was no
    /// answer, or one of an object that does not know of such messages.
    pub fn heard(&mut self, id: Message, mark: Option<Mark>) {
        if mark.is_none() {
            self.stray(|told| told.id == id);
        } else if let Some(told) = self.told.iter_mut().find(|told| told.id == id) {
            told.mark = mark;
        }
    }

    /// What was answered to a message of ends alone, which an object answers only once they were written.
    pub fn written(&mut self, id: Message) {
        self.told.retain(|told| told.id != id);
    }

    /// Whether a mark has been reached; `None` where nobody knows.
    pub fn asked(&mut self, mark: Mark, reached: Option<bool>) {
        match reached {
            Some(true) => self.told.retain(|told| {
                let it = told.mark;
                it.is_none_or(|it| it.memory != mark.memory || it.write > mark.write)
            }),
            Some(false) => self.stray(|told| told.mark.is_some_and(|it| it.memory == mark.memory)),
            None => {}
        }
    }

    /// What is to be done next by whoever has this turn.
    pub fn next(&mut self, turn: Turn, now_ms: u64) -> Next {
        if self.leader != Some(turn) {
            return Next::Over;
        }
        self.stray(|told| !is_young(told.at_ms, PATIENCE_MS, now_ms));
        if !self.astray.is_empty() {
            return Next::Insist(core::mem::take(&mut self.astray));
        }
        let waits = self.waiting.first();
        if waits.is_some_and(|it| !is_young(it.since_ms, LINGER_MS, now_ms)) {
            let many = self.waiting.len().min(ALONE_MAX);
            if let Some((id, ends)) = self.tell(many, now_ms) {
                return Next::Tell(id, ends.to_vec());
            }
        }
        let due = self.told.iter().rev();
        let mut due = due.filter(|told| !is_young(told.at_ms, WRITTEN_MS, now_ms));
        if let Some(mark) = due.find_map(|told| told.mark) {
            return Next::Ask(mark);
        }
        if self.is_empty() {
            self.leader = None;
            return Next::Over;
        }
        Next::Wait
    }

    /// Whether nothing is left to do.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.waiting.is_empty() && self.told.is_empty() && self.astray.is_empty()
    }

    fn stray(&mut self, is_lost: impl Fn(&Told) -> bool) {
        let lost = self.told.extract_if(.., |told| is_lost(told));
        self.astray.extend(lost.flat_map(|told| told.ends));
    }
}

/// Whether something is younger than this. A clock that went back makes nothing young for ever.
fn is_young(since_ms: u64, age_ms: u64, now_ms: u64) -> bool {
    (since_ms..since_ms.saturating_add(age_ms)).contains(&now_ms)
}

#[cfg(test)]
#[path = "ends_tests.rs"]
mod tests;
