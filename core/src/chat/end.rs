//! The end of an answer, told exactly once.
//!
//! Purpose: whatever must happen when an answer ends (settle, record, stop the backend) hangs on
//! this guard. It runs on the first of: complete, failed, or dropped, which means that the caller
//! left.

use crate::error::Code;
use std::fmt;

/// How an answer ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// The backend's own terminator came.
    Complete,
    /// Something failed, with the code that the caller was told.
    Failed(Code),
    /// Nobody waits for the answer any more.
    Cancelled,
}

/// Calls a function with the first outcome, and never again.
pub struct End<F: FnOnce(Outcome)> {
    then: Option<F>,
}

impl<F: FnOnce(Outcome)> End<F> {
    /// A guard that has not fired. Dropping it means [`Outcome::Cancelled`].
    pub fn new(then: F) -> Self {
        Self { then: Some(then) }
    }

    /// Ends the answer; whether this was the first end.
    pub fn settle(&mut self, outcome: Outcome) -> bool {
        self.then.take().map(|then| then(outcome)).is_some()
    }

    /// Whether the answer is still going on.
    #[must_use]
    pub fn is_open(&self) -> bool {
        self.then.is_some()
    }
}

impl<F: FnOnce(Outcome)> Drop for End<F> {
    fn drop(&mut self) {
        self.settle(Outcome::Cancelled);
    }
}

impl<F: FnOnce(Outcome)> fmt::Debug for End<F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("End")
            .field("open", &self.is_open())
            .finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::cell::RefCell;

    fn outcomes(use_it: impl FnOnce(&mut dyn FnMut(Outcome) -> bool)) -> Vec<Outcome> {
        let seen = RefCell::new(Vec::new());
        let mut end = End::new(|outcome| seen.borrow_mut().push(outcome));
        use_it(&mut |outcome| end.settle(outcome));
        drop(end);
        seen.into_inner()
    }

    #[test]
    fn the_first_outcome_wins() {
        let seen = outcomes(|settle| {
            assert!(settle(Outcome::Failed(Code::UpstreamError)));
            assert!(!settle(Outcome::Complete));
        });
        assert_eq!(seen, [Outcome::Failed(Code::UpstreamError)]);
    }

    #[test]
    fn dropped_before_its_end_means_cancelled() {
        assert_eq!(outcomes(|_| {}), [Outcome::Cancelled]);
    }
}
