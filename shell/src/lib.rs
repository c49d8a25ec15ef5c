//! What both of the Worker's modules are made on.
//!
//! In scope: the border to JavaScript (`glue/`), futures, the clock, requests and replies, who is
//! calling. Out of scope: what a route does (`src/`, `control/`), and every decision (`core/`).

pub mod auth;
pub mod bindings;
pub mod clock;
mod ends;
pub mod gate;
pub mod glue;
pub mod incoming;
pub mod object;
pub mod reply;
pub mod server;
pub mod tally;
pub mod task;
pub mod trace;

/// Called once, when a module's instance is made.
pub fn start() {
    console_error_panic_hook::set_once();
}
