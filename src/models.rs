//! `GET /ai/models`: the catalog with prices.

use crate::auth;
use crate::gate::Gate;
use crate::incoming::Incoming;
use crate::reply::Reply;
use crate::trace::Trace;
use neureus_core::catalog::{Kind, Model, Price};
use neureus_core::error::ApiError;
use neureus_core::role::Permission;
use serde::Serialize;

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Row<'a> {
    id: &'a str,
    aliases: &'a [String],
    kind: Kind,
    context_window: u32,
    max_output: u32,
    price: &'a Price,
}

#[derive(Serialize)]
struct Page<'a> {
    default: &'a str,
    models: Vec<Row<'a>>,
}

/// Lists the models.
///
/// 1. Authenticate and confirm the key (401, 403, 503).
/// 2. 200 with every model of the catalog, prices in USD per million tokens.
pub(crate) async fn handle(
    gate: &Gate,
    incoming: &Incoming,
    trace: &mut Trace,
) -> Result<Reply, ApiError> {
    let caller = auth::identify(gate, incoming, trace).await?;
    caller
        .confirm(gate, caller.ask(Permission::Read, incoming, None), trace)
        .await?;
    let page = Page {
        default: &gate.catalog.default,
        models: gate.catalog.models.iter().map(row).collect(),
    };
    let json = serde_json::to_vec(&page).map_err(|_| ApiError::internal())?;
    Ok(Reply::json(200, &json))
}

fn row(model: &Model) -> Row<'_> {
    Row {
        id: &model.id,
        aliases: &model.aliases,
        kind: model.kind,
        context_window: model.context_window,
        max_output: model.max_output,
        price: &model.price,
    }
}
