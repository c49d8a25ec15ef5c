//! The time, asked for once in each turn of the event loop.
//!
//! In production the platform's clock stands still between I/O, so asking again would tell the same.

use std::cell::Cell;
use worker::js_sys;

thread_local! {
    static NOW_MS: Cell<Option<u64>> = const { Cell::new(None) };
}

/// Called when the platform calls: time may have passed.
pub fn advance() {
    NOW_MS.set(None);
}

/// Milliseconds since the Unix epoch.
pub fn now_ms() -> u64 {
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "the platform's clock is a whole number of milliseconds after 1970"
    )]
    NOW_MS.get().unwrap_or_else(|| {
        let now_ms = js_sys::Date::now() as u64;
        NOW_MS.set(Some(now_ms));
        now_ms
    })
}
