//! The gateway's module: what a request for a model passes.
//!
//! A request finds its route in the core's table and its handler here. What the control plane answers is
//! in `control/`, the object that admits it in `durable_objects/`: modules of their own.

mod admission;
mod attempts;
mod auto;
mod call;
mod chat;
mod embeddings;
mod job;
mod lease;
mod models;
mod prepared;
mod relay;
mod scanned;
mod tokens;
mod way;

use neureus_core::catalog::Kind;
use neureus_core::error::ApiError;
use neureus_core::route::{Endpoint, GATEWAY};
use neureus_shell::reply::Reply;
use neureus_shell::server::{self, Asked};
use neureus_shell::trace::Trace;
use worker::wasm_bindgen::prelude::*;
use worker::{Env, event, web_sys};

/// `GET /health`, to the letter.
const HEALTH: &[u8] = br#"{"status":"ok","product":"neureus"}"#;

#[event(start)]
fn start() {
    neureus_shell::start();
}

/// Begins to answer a request; `answer` is called with the response. Called by `entry.js`.
#[wasm_bindgen]
pub fn handle(request: web_sys::Request, env: &Env, context: JsValue, answer: JsValue) {
    server::handle(request, env, context, answer, GATEWAY, dispatch);
}

async fn dispatch(asked: &Asked<'_>, trace: &mut Trace) -> Result<Reply, ApiError> {
    let (gate, incoming, limit) = (asked.gate, asked.incoming, asked.route.body_limit);
    match asked.route.endpoint {
        Endpoint::Health => Ok(Reply::json(200, HEALTH)),
        Endpoint::Chat => way::handle(gate, incoming, limit, Kind::Chat, trace).await,
        Endpoint::Embeddings => way::handle(gate, incoming, limit, Kind::Embedding, trace).await,
        Endpoint::CountTokens => tokens::count(gate, incoming, limit, trace).await,
        Endpoint::Models => models::handle(gate, incoming, trace).await,
        Endpoint::OpenAiModels => models::list(gate, incoming, trace).await,
        Endpoint::OpenAiModel => models::one(gate, incoming, &asked.params, trace).await,
        _ => Err(server::no_such_path()),
    }
}
