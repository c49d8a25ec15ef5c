//! What is asked of whoever wants to sign in, join or sign up, before anything else.

use crate::{body, brake};
use neureus_core::client;
use neureus_core::error::{ApiError, Code};
use neureus_core::same_origin;
use neureus_core::webauthn::relying_party::RelyingParty;
use neureus_shell::gate::Gate;
use neureus_shell::incoming::Incoming;
use serde::de::DeserializeOwned;

/// What one client may ask in a minute, as in `wrangler.toml`.
const PER_MINUTE: u32 = 60;
const PERIOD_MS: u64 = 60_000;

/// The origin of the deployment's pages: the one it names, or the one that was asked.
pub(crate) fn own_origin<'a>(gate: &'a Gate, incoming: &'a Incoming) -> &'a str {
    let named = gate.bindings.origin.trim_end_matches('/');
    if named.is_empty() {
        &incoming.own_origin
    } else {
        named
    }
}

/// Whom passkeys are for.
///
/// # Errors
/// 400 at an address where browsers offer none.
pub(crate) fn party(gate: &Gate, incoming: &Incoming) -> Result<RelyingParty, ApiError> {
    let local = gate.bindings.backends.local;
    RelyingParty::of(own_origin(gate, incoming), local).ok_or_else(|| {
        ApiError::new(
            Code::BadRequest,
            "Passkeys work at a name with https, and in local mode at http://localhost",
        )
    })
}

/// Lets calls of our own pages through.
///
/// # Errors
/// 403 for those of other sites, and of what is no page.
pub(crate) fn require_same_origin(gate: &Gate, incoming: &Incoming) -> Result<(), ApiError> {
    let site = incoming.exchange.header("sec-fetch-site");
    if same_origin::is_same(&site, &incoming.origin, own_origin(gate, incoming)) {
        return Ok(());
    }
    Err(ApiError::new(
        Code::Forbidden,
        "This call has to come from a page of this service",
    ))
}

/// What a visitor asks who may try once more.
///
/// # Errors
/// As [`admit`]; 400 when the body has another form.
pub(crate) async fn asks<T: DeserializeOwned>(
    gate: &Gate,
    incoming: &Incoming,
    limit: usize,
) -> Result<T, ApiError> {
    admit(gate, incoming).await?;
    body::of(incoming, limit).await
}

/// Lets a visitor try once more: a page of ours, and not too often.
///
/// # Errors
/// 403 for another page, 429 after too many tries, 503 when nobody counts.
async fn admit(gate: &Gate, incoming: &Incoming) -> Result<(), ApiError> {
    require_same_origin(gate, incoming)?;
    let network = client::network(&incoming.client);
    let failed = "Nobody can sign in right now";
    if brake::passes(&gate.bindings.signin_brake, &network, failed).await? {
        return Ok(());
    }
    Err(brake::too_many(PER_MINUTE, PERIOD_MS))
}
