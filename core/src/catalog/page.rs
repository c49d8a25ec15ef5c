//! The catalog as callers are shown it: every model, with prices in USD per million tokens.

use super::Class;
use super::{Capability, Catalog, Kind, Model, Price};
use serde::Serialize;

/// The answer of `GET /ai/models` and `GET /api/models`.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Page<'a> {
    default: &'a str,
    default_embedding: &'a str,
    models: Vec<Row<'a>>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Row<'a> {
    id: &'a str,
    aliases: &'a [String],
    kind: Kind,
    context_window: u32,
    max_output: u32,
    capabilities: &'a [Capability],
    good_at: &'a [Class],
    price: &'a Price,
}

impl<'a> Page<'a> {
    /// The page of a catalog, and of the model that stands for the gateway's choice ([`Catalog::auto`]).
    #[must_use]
    pub fn of(catalog: &'a Catalog, auto: &'a Model) -> Self {
        Self {
            default: &catalog.default,
            default_embedding: &catalog.default_embedding,
            models: catalog.models.iter().chain([auto]).map(row).collect(),
        }
    }
}

fn row(model: &Model) -> Row<'_> {
    Row {
        id: &model.id,
        aliases: &model.aliases,
        kind: model.kind,
        context_window: model.context_window,
        max_output: model.max_output,
        capabilities: &model.capabilities,
        good_at: &model.good_at,
        price: &model.price,
    }
}
