//! The control plane's module: what operators and tenants manage.
//!
//! It is a Wasm module of its own, which an isolate instantiates on its first request for it: a chat pays
//! neither for its bytes nor for its start, and what traps here takes no chat with it.

mod access;
mod audit;
mod billing;
mod body;
mod brake;
mod ceremony;
mod change;
mod database;
mod deed;
mod drift;
mod errand;
mod invitation;
mod join;
mod key;
mod link;
mod me;
mod member;
mod monitor;
mod monitoring;
mod operator;
mod operator_link;
mod operator_token;
mod passkey;
mod people;
mod person;
mod privacy;
mod projection;
mod provider;
mod recovery;
mod rewrap;
mod session;
mod signed;
mod signin;
mod signup;
mod table;
mod tenant;
mod upgrade;
mod usage;
mod version;
mod visitor;
mod webcrypto;

pub use monitoring::object::{monitor, probes};

use neureus_core::error::ApiError;
use neureus_core::outbox::Errand;
use neureus_core::route::{CONTROL, Endpoint};
use neureus_shell::gate::Gate;
use neureus_shell::reply::Reply;
use neureus_shell::server::{self, Asked};
use neureus_shell::trace::Trace;
use neureus_shell::{clock, task};
use worker::js_sys::Function;
use worker::wasm_bindgen::prelude::*;
use worker::{Env, event, web_sys};

#[event(start)]
fn start() {
    neureus_shell::start();
}

/// Begins to answer a request; `answer` is called with the response. Called by `entry.js`.
#[wasm_bindgen]
pub fn handle(request: web_sys::Request, env: &Env, context: JsValue, answer: JsValue) {
    server::handle(request, env, context, answer, CONTROL, dispatch);
}

/// Begins to do what an object's alarm asks for; `done` is called when it is over. Called by `entry.js`.
#[wasm_bindgen]
pub fn errand(errand: &str, env: &Env, done: JsValue) {
    clock::advance();
    let errand = serde_json::from_str::<Errand>(errand);
    let gate = Gate::of(env);
    task::spawn(async move {
        match (gate, errand) {
            (Ok(gate), Ok(errand)) => errand::run(&gate, errand).await,
            (gate, errand) => worker::console_error!("{:?}, {:?}", gate.err(), errand.err()),
        }
        if let Ok(done) = done.dyn_into::<Function>() {
            // Nobody is told of an errand's failure: the object asks again.
            let _told = done.call0(&JsValue::UNDEFINED);
        }
    });
}

async fn dispatch(asked: &Asked<'_>, trace: &mut Trace) -> Result<Reply, ApiError> {
    match (asked.route.endpoint, asked.params.as_slice()) {
        (Endpoint::People(what), _) => people::dispatch(what, asked, trace).await,
        (Endpoint::Manage(what), _) => tenant::dispatch(what, asked, trace).await,
        (Endpoint::Usage, _) => usage::own(asked, trace).await,
        (
            Endpoint::Status
            | Endpoint::Metrics
            | Endpoint::Alerts
            | Endpoint::AlertRules
            | Endpoint::PutAlertRules
            | Endpoint::Webhooks
            | Endpoint::AddWebhook
            | Endpoint::DropWebhook
            | Endpoint::TestWebhook
            | Endpoint::Logs
            | Endpoint::Log,
            _,
        ) => monitoring::dispatch(asked, trace).await,
        (operators, params) => {
            operator_token::require(asked, trace).await?;
            match (operators, params) {
                (Endpoint::OperatorMakeKey, _) => operator::make_key(asked).await,
                (Endpoint::OperatorPutTenant, [tenant]) => {
                    operator::put_tenant(asked, tenant).await
                }
                (Endpoint::OperatorTenants, _) => operator::tenants(asked).await,
                (Endpoint::OperatorTenant, [tenant]) => operator::tenant(asked.gate, tenant).await,
                (Endpoint::OperatorDelete, [tenant]) => operator::delete(asked, tenant).await,
                (Endpoint::OperatorSuspend, [tenant]) => operator::suspend(asked, tenant).await,
                (Endpoint::OperatorCheck, [tenant]) => operator::check(asked.gate, tenant).await,
                (Endpoint::OperatorRewrap, _) => rewrap::handle(asked).await,
                (Endpoint::OperatorAudit, [tenant]) => {
                    audit::list(asked, &operator::named(tenant)?).await
                }
                (Endpoint::OperatorUsage, [tenant]) => usage::of_tenant(asked, tenant).await,
                (Endpoint::OperatorRevokeKey, [tenant, key]) => {
                    operator::revoke_key(asked, tenant, key).await
                }
                (Endpoint::OperatorNote, [incident]) => {
                    monitoring::status::note(asked, incident).await
                }
                _ => Err(server::no_such_path()),
            }
        }
    }
}
