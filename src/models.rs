//! `GET /ai/models`: the catalog with prices. `GET /v1/models`: the same as OpenAI and Anthropic list it.

use neureus_core::catalog::page::Page;
use neureus_core::catalog::{AUTO, Backend, Kind, Model};
use neureus_core::chat::surface::Surface;
use neureus_core::error::{ApiError, Code};
use neureus_core::role::Permission;
use neureus_shell::auth;
use neureus_shell::gate::Gate;
use neureus_shell::incoming::Incoming;
use neureus_shell::reply::Reply;
use neureus_shell::trace::Trace;
use serde::Serialize;

/// When the models came to be: nobody asks, but clients want a time. 2026-11-22T00:00:00Z.
const CREATED_S: u32 = 1_795_305_600;
const CREATED_AT: &str = "2026-11-22T00:00:00Z";

/// A name that a model can be called by, and who owns it.
type Name<'a> = (&'a str, &'static str);

/// Lists the models.
///
/// 1. Authenticate and confirm the key (401, 403, 503).
/// 2. 200 with every model of the catalog, prices in USD per million tokens.
pub(crate) async fn handle(
    gate: &Gate,
    incoming: &Incoming,
    trace: &mut Trace,
) -> Result<Reply, ApiError> {
    confirm(gate, incoming, trace).await?;
    let catalog = gate.catalog()?;
    let auto = catalog.auto();
    reply(&Page::of(catalog, &auto))
}

/// Lists the models, each under its id and all its aliases.
///
/// 1. Authenticate and confirm the key (401, 403, 503).
/// 2. 200 with the list, in one page.
pub(crate) async fn list(
    gate: &Gate,
    incoming: &Incoming,
    trace: &mut Trace,
) -> Result<Reply, ApiError> {
    confirm(gate, incoming, trace).await?;
    let names = names(gate, incoming.api)?;
    let rows: Vec<String> = names.iter().map(|name| entry(incoming.api, name)).collect();
    let data = rows.join(",");
    let (first, last) = (names.first(), names.last());
    let id = |name: Option<&Name<'_>>| name.map_or_else(String::new, |(id, _)| (*id).to_owned());
    let page = match incoming.api {
        Surface::Anthropic => format!(
            r#"{{"data":[{data}],"has_more":false,"first_id":"{}","last_id":"{}"}}"#,
            id(first),
            id(last)
        ),
        _ => format!(r#"{{"object":"list","data":[{data}]}}"#),
    };
    Ok(Reply::json(200, page.as_bytes()))
}

/// One model, by its id or an alias.
///
/// 1. Authenticate and confirm the key (401, 403, 503).
/// 2. 200 with the model (404).
pub(crate) async fn one(
    gate: &Gate,
    incoming: &Incoming,
    segments: &[&str],
    trace: &mut Trace,
) -> Result<Reply, ApiError> {
    confirm(gate, incoming, trace).await?;
    // Ids hold no other characters that clients escape.
    let asked = segments.join("/").replace("%2F", "/").replace("%2f", "/");
    let names = names(gate, incoming.api)?;
    let found = names.iter().find(|(name, _)| *name == asked);
    let found = found.ok_or_else(|| ApiError::new(Code::NotFound, "There is no such model"))?;
    Ok(Reply::json(200, entry(incoming.api, found).as_bytes()))
}

async fn confirm(gate: &Gate, incoming: &Incoming, trace: &mut Trace) -> Result<(), ApiError> {
    let caller = auth::identify(gate, incoming, trace).await?;
    let ask = caller.ask(Permission::Read, incoming, None);
    caller.confirm(gate, ask, trace).await.map(drop)
}

fn reply(page: &impl Serialize) -> Result<Reply, ApiError> {
    let json = serde_json::to_vec(page).map_err(|_| ApiError::internal())?;
    Ok(Reply::json(200, &json))
}

/// The names of all models that can be called through this API. Anthropic's has no embeddings.
fn names(gate: &Gate, api: Surface) -> Result<Vec<Name<'_>>, ApiError> {
    let models = gate.catalog()?.models.iter();
    let callable = models.filter(|it| api != Surface::Anthropic || it.kind == Kind::Chat);
    let named = callable.flat_map(|model| model.names().map(|name| (name, owner(model))));
    Ok(named.chain([(AUTO, "neureus")]).collect())
}

fn owner(model: &Model) -> &'static str {
    match model.backend {
        Backend::WorkersAi => "workers-ai",
        Backend::Openai => "openai",
        Backend::Anthropic => "anthropic",
    }
}

/// A model object. Names hold no characters that JSON would escape; there is no place for prices.
fn entry(api: Surface, (name, owner): &Name<'_>) -> String {
    match api {
        Surface::Anthropic => format!(
            r#"{{"type":"model","id":"{name}","display_name":"{name}","created_at":"{CREATED_AT}"}}"#
        ),
        _ => format!(
            r#"{{"id":"{name}","object":"model","created":{CREATED_S},"owned_by":"{owner}"}}"#
        ),
    }
}
