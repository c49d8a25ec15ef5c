//! A tenant's privacy settings.

use crate::access::{self, Entered};
use crate::body::{present, read, reply};
use crate::change;
use crate::version;
use neureus_core::change::Act;
use neureus_core::error::ApiError;
use neureus_core::message::Settings;
use neureus_core::privacy::Privacy;
use neureus_core::profile::Profile;
use neureus_core::scan::trial::Trial;
use neureus_shell::reply::Reply;
use neureus_shell::server::Asked;
use serde_json::json;

/// `GET /api/privacy`: 200 with the settings.
pub(crate) async fn look(asked: &Asked<'_>, entered: &Entered) -> Result<Reply, ApiError> {
    let settings = access::settings(asked.gate, &entered.tenant).await?;
    show(&settings)
}

/// `PUT /api/privacy`: replaces them. What the operator asks for holds all the same.
///
/// 1. The body (400) and the version that was seen.
/// 2. The object (403, 409). The next request feels it.
/// 3. 200 with the settings.
pub(crate) async fn set(asked: &Asked<'_>, entered: &Entered) -> Result<Reply, ApiError> {
    let privacy: Privacy = read(asked).await?;
    privacy.validate()?;
    let changed = change::entered(asked, entered, Act::Privacy(privacy)).await?;
    show(changed.settings()?)
}

/// `POST /api/privacy/scan`: tries a text against the settings as they stand. It is in no log, record or count.
///
/// 1. The body (400, 413, 415).
/// 2. The settings, from the object (404, 503).
/// 3. 200 with the kinds found and whether such a request is refused.
pub(crate) async fn scan(asked: &Asked<'_>, entered: &Entered) -> Result<Reply, ApiError> {
    let trial: Trial = read(asked).await?;
    let settings = access::settings(asked.gate, &entered.tenant).await?;
    reply(200, &trial.run(&settings)?)
}

fn show(settings: &Settings) -> Result<Reply, ApiError> {
    let privacy = &settings.privacy;
    let profile = privacy.profile.or(settings.profile);
    let body = present(json!({
        "profile": profile.unwrap_or(Profile::General),
        "operatorProfile": settings.profile.filter(|profile| *profile != Profile::General),
        "answers": privacy.answers,
        "patterns": privacy.patterns,
        "texts": privacy.texts,
        "version": settings.version,
    }));
    version::reply(200, settings.version, &body)
}
