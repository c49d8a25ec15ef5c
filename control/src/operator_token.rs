//! Whether somebody shows the operator token, and the brake on guessing it.
//!
//! A rate limit counts the wrong tokens that a network shows. Once there are too many, the isolate holds the
//! network: whatever it shows, the right token included, is not looked at, so that guessing on tells nothing. What has
//! the form of a key counts as no guess.

use crate::brake;
use neureus_core::client;
use neureus_core::error::ApiError;
use neureus_core::held::{HOLD_MS, Held};
use neureus_core::key::{ApiKey, secrets_match};
use neureus_shell::auth;
use neureus_shell::gate::Gate;
use neureus_shell::incoming::Incoming;
use neureus_shell::server::{self, Asked};
use neureus_shell::trace::Trace;
use std::cell::RefCell;

/// How many wrong ones a network may show in a minute, as in `wrangler.toml`.
const PER_MINUTE: u32 = 30;

thread_local! {
    static HELD: RefCell<Held> = RefCell::default();
}

/// What somebody shows.
pub(crate) enum Shown {
    /// The operator token.
    Token,
    /// Anything else, or nothing.
    Other,
    /// It was not looked at: the network is held for so many ms more.
    Held(u64),
}

/// Looks at what is shown.
///
/// # Errors
/// 503 when it is wrong and nobody counts.
pub(crate) async fn shown(gate: &Gate, incoming: &Incoming) -> Result<Shown, ApiError> {
    let token = &gate.bindings.operator_token;
    let presented = auth::bearer(&incoming.authorization).unwrap_or_default();
    if token.is_empty() || presented.is_empty() {
        return Ok(Shown::Other);
    }
    let is_right = secrets_match(presented, token);
    if !is_right && ApiKey::parse(presented).is_some() {
        return Ok(Shown::Other);
    }
    let network = client::network(&incoming.client);
    let left = HELD.with_borrow(|held| held.left_ms(&network, incoming.arrived_ms));
    if let Some(left_ms) = left {
        return Ok(Shown::Held(left_ms));
    }
    if is_right {
        return Ok(Shown::Token);
    }
    let counter = &gate.bindings.operator_brake;
    let failed = "Tokens cannot be looked at right now";
    if brake::passes(counter, &network, failed).await? {
        return Ok(Shown::Other);
    }
    worker::console_warn!(
        "too many wrong operator tokens from {}: it is held",
        network
    );
    HELD.with_borrow_mut(|held| held.hold(network, incoming.arrived_ms));
    Ok(Shown::Held(HOLD_MS))
}

/// Lets the bearer of the operator token through.
///
/// # Errors
/// 404 where the deployment has no token, as if there were no such path; 401 for a wrong one; 429 after too many.
/// 503 when nobody counts them.
pub(crate) async fn require(asked: &Asked<'_>, trace: &mut Trace) -> Result<(), ApiError> {
    if asked.gate.bindings.operator_token.is_empty() {
        return Err(server::no_such_path());
    }
    trace.auth = "unknown";
    match shown(asked.gate, asked.incoming).await? {
        Shown::Token => {
            trace.auth = "operator";
            Ok(())
        }
        Shown::Other => Err(ApiError::unauthorized()),
        Shown::Held(left_ms) => Err(brake::too_many(PER_MINUTE, left_ms)),
    }
}
