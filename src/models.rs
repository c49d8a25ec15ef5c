//! `GET /ai/models`: the catalog with prices. `GET /v1/models`: the same as OpenAI lists it.

use neureus_core::catalog::page::Page;
use neureus_core::catalog::{Backend, Model};
use neureus_core::error::{ApiError, Code};
use neureus_core::role::Permission;
use neureus_shell::auth;
use neureus_shell::gate::Gate;
use neureus_shell::incoming::Incoming;
use neureus_shell::reply::Reply;
use neureus_shell::trace::Trace;
use serde::Serialize;

/// OpenAI's model object. It has no place for prices.
#[derive(Serialize)]
struct Entry<'a> {
    id: &'a str,
    object: &'static str,
    created: u32,
    owned_by: &'static str,
}

#[derive(Serialize)]
struct List<'a> {
    object: &'static str,
    data: Vec<Entry<'a>>,
}

/// When the models came to be, in seconds since 1970: nobody asks, but clients want a number.
const CREATED_S: u32 = 1_795_305_600;

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
    reply(&Page::of(gate.catalog()?))
}

/// Lists the models, each under its id and all its aliases.
///
/// 1. Authenticate and confirm the key (401, 403, 503).
/// 2. 200 with the list.
pub(crate) async fn list(
    gate: &Gate,
    incoming: &Incoming,
    trace: &mut Trace,
) -> Result<Reply, ApiError> {
    confirm(gate, incoming, trace).await?;
    let models = gate.catalog()?.models.iter();
    let names = models.flat_map(|model| model.names().map(|name| entry(name, model)));
    reply(&List {
        object: "list",
        data: names.collect(),
    })
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
    let name = segments.join("/").replace("%2F", "/").replace("%2f", "/");
    let catalog = gate.catalog()?;
    let model = catalog.models.iter().find_map(|model| {
        let name = model.names().find(|it| *it == name)?;
        Some(entry(name, model))
    });
    let missing = || ApiError::new(Code::NotFound, "There is no such model");
    reply(&model.ok_or_else(missing)?)
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

fn entry<'a>(name: &'a str, model: &Model) -> Entry<'a> {
    Entry {
        id: name,
        object: "model",
        created: CREATED_S,
        owned_by: match model.backend {
            Backend::WorkersAi => "workers-ai",
            Backend::Openai => "openai",
            Backend::Anthropic => "anthropic",
        },
    }
}
