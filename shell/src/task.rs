//! Futures that are driven by the platform's promises, without anything between.
//!
//! A promise that settles calls the one closure made here, which polls the task that waits for it at
//! once. Generic bindings make two closures a promise and one more promise to wake a task, which costs
//! more than all that a request's futures do.
//!
//! A task may wait for nothing but a [`JsFuture`]: nobody else wakes it. Clock and Wasm memory are as
//! they were when the promise settled; see [`crate::clock`].

use crate::clock;
use std::cell::RefCell;
use std::collections::BTreeMap;
use std::pin::Pin;
use std::task::{Context, Poll, Waker};
use worker::wasm_bindgen::prelude::*;

// `#[wasm_bindgen]` looks for these here, in one place or the other as it was compiled.
pub use futures::JsFuture;
pub use js_sys::Promise;
pub use worker::js_sys;

/// See [`JsFuture`].
pub mod futures {
    /// A promise as a future.
    pub struct JsFuture(pub(super) u32);
}

#[wasm_bindgen(module = "/src/glue/promise.js")]
extern "C" {
    /// Takes the closure that is told of promises that have settled: which, whether it was fulfilled,
    /// and its value or error.
    fn install(settle: &JsValue);

    /// Has the closure told when this promise settles.
    fn wait(promise: &Promise, id: u32);
}

type Task = Pin<Box<dyn Future<Output = ()>>>;
type Settled = Result<JsValue, JsValue>;

/// A promise that a task waits for.
struct Wait {
    task: u32,
    settled: Option<Settled>,
}

/// What is under way in this isolate.
#[derive(Default)]
struct Tasks {
    last: u32,
    running: u32,
    tasks: BTreeMap<u32, Task>,
    waits: BTreeMap<u32, Wait>,
}

thread_local! {
    static TASKS: RefCell<Tasks> = {
        let settle = Closure::<dyn FnMut(u32, bool, JsValue)>::new(settle);
        install(&settle.into_js_value());
        RefCell::default()
    };
}

fn with<T>(section: impl FnOnce(&mut Tasks) -> T) -> T {
    TASKS.with(|tasks| section(&mut tasks.borrow_mut()))
}

impl Tasks {
    fn next(&mut self) -> u32 {
        self.last = self.last.wrapping_add(1);
        self.last
    }
}

/// Begins a task and runs it as far as it goes.
pub fn spawn(future: impl Future<Output = ()> + 'static) {
    let id = with(Tasks::next);
    run(id, Box::pin(future));
}

fn run(id: u32, mut task: Task) {
    let outer = with(|tasks| core::mem::replace(&mut tasks.running, id));
    let mut context = Context::from_waker(Waker::noop());
    let poll = task.as_mut().poll(&mut context);
    with(|tasks| {
        tasks.running = outer;
        if poll.is_pending() {
            tasks.tasks.insert(id, task);
        }
    });
}

/// Called when a promise has settled.
fn settle(id: u32, fulfilled: bool, value: JsValue) {
    clock::advance();
    let woken = with(|tasks| {
        let wait = tasks.waits.get_mut(&id)?;
        wait.settled = Some(if fulfilled { Ok(value) } else { Err(value) });
        tasks.tasks.remove_entry(&wait.task)
    });
    if let Some((id, task)) = woken {
        run(id, task);
    }
}

impl From<Promise> for JsFuture {
    fn from(promise: Promise) -> Self {
        let id = with(|tasks| {
            let (id, task) = (tasks.next(), tasks.running);
            let wait = Wait {
                task,
                settled: None,
            };
            tasks.waits.insert(id, wait);
            id
        });
        wait(&promise, id);
        Self(id)
    }
}

impl Future for JsFuture {
    type Output = Settled;

    fn poll(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Settled> {
        let settled = with(|tasks| tasks.waits.get_mut(&self.0)?.settled.take());
        settled.map_or(Poll::Pending, Poll::Ready)
    }
}

impl Drop for JsFuture {
    fn drop(&mut self) {
        with(|tasks| tasks.waits.remove(&self.0));
    }
}
