//! Bodies under the profiles that apply: what holds personal data goes no further.

use neureus_core::chat::json::Json;
use neureus_core::error::{ApiError, Code};
use neureus_core::message::Principal;
use neureus_core::profile::{Profile, Profiles};
use neureus_core::scan::{Rules, stage};
use neureus_shell::incoming::Incoming;
use neureus_shell::trace::Trace;

/// Reads a body and scans it under the profiles of its tenant, its key and its own.
///
/// # Errors
/// 422 for what was found, 400 for what cannot be scanned or is not JSON.
pub(crate) fn read<'b>(
    incoming: &Incoming,
    body: &'b [u8],
    principal: &Principal,
) -> Result<(Json<'b>, Profiles), ApiError> {
    let (profiles, patterns) = (principal.profiles, principal.patterns.as_slice());
    scan_all(Rules { profiles, patterns }, incoming, body)?;
    let json = Json::parse_request(body)?;
    // A profile that the request asks for holds before anything else is said of its content.
    let asked = json
        .get("profile")
        .and_then(Json::as_str)
        .and_then(Profile::parse);
    let scanned = asked.map_or(profiles, |profile| profiles.with(profile));
    if scanned != profiles {
        let profiles = scanned;
        scan_all(Rules { profiles, patterns }, incoming, body)?;
    }
    Ok((json, scanned))
}

/// What was refused may be the tag, and the metrics keep that.
pub(crate) fn forget_tag(error: &ApiError, trace: &mut Trace) {
    if error.code == Code::ValidationError {
        trace.surface.clear();
    }
}

/// Scans the body, and the headers of the caller's own words that are stored or recorded.
pub(crate) fn scan_all(rules: Rules<'_>, incoming: &Incoming, body: &[u8]) -> Result<(), ApiError> {
    stage::check(rules, body)?;
    stage::check_text(rules, &incoming.idempotency_key)?;
    stage::check_text(rules, &incoming.surface)
}
