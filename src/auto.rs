//! `auto` in a deployment: which models there are backends for.

use neureus_core::auto::{self, NoChoice};
use neureus_core::backend::NoBackend;
use neureus_core::catalog::AUTO;
use neureus_core::catalog::Model;
use neureus_core::chat::fit;
use neureus_core::chat::request::ChatRequest;
use neureus_core::chat::surface::Surface;
use neureus_core::error::{ApiError, Code};
use neureus_core::provider_key::Provider;
use neureus_shell::gate::Gate;

/// Whether a chat that names this model, or none, leaves the choice to the gateway.
///
/// # Errors
/// 500 where the catalog is wrong.
pub(crate) fn is_asked(gate: &Gate, name: &str) -> Result<bool, ApiError> {
    Ok(name == AUTO || (name.is_empty() && gate.catalog()?.default == AUTO))
}

/// Chooses among the models that a key may call; none named is all. Gives it with the reason.
///
/// # Errors
/// 400 where none of them can do what is asked, 403 where there is none, 502 where none has a backend.
pub(crate) fn choose<'a>(
    gate: &'a Gate,
    api: Surface,
    request: &ChatRequest,
    (allowed, own): (&[String], &[Provider]),
) -> Result<(&'a Model, Option<String>), ApiError> {
    let backends = &gate.bindings.backends;
    let able = |model: &'a Model| {
        let target = backends.target(model, own).ok()?;
        let fits = || {
            if backends.is_described(&target) {
                fit::model(request, model)?;
            }
            fit::dialect(request, api, target.dialect)
        };
        Some(fits())
    };
    let may = |model: &Model| allowed.is_empty() || allowed.contains(&model.id);
    match auto::choose(gate.catalog()?, request, may, able) {
        Ok(choice) => Ok((choice.model, Some(choice.header()))),
        Err(NoChoice::Unable(invalid)) => Err(ApiError::invalid(invalid)),
        Err(NoChoice::NotAllowed) => Err(ApiError::new(
            Code::Forbidden,
            "This key may not call any chat model",
        )),
        Err(NoChoice::NoBackend) => Err(ApiError::new(
            Code::UpstreamError,
            NoBackend::NotConfigured.to_string(),
        )),
    }
}
