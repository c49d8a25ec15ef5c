//! The monitor's part in Wasm: what `durable_objects/monitor.js` calls around its state.

use neureus_core::monitoring::monitor::{self, Context, Message};
use neureus_core::monitoring::{CANARY, PLATFORM};
use neureus_core::provider_key::Masters;
use neureus_shell::bindings::{Bindings, interval_ms};
use serde_json::{Value, json};
use worker::Env;
use worker::js_sys::{Date, Reflect};
use worker::wasm_bindgen::prelude::*;

/// What seals the secrets of webhooks. A setting that is no key is none, and the log says so.
pub(crate) fn masters(env: &Env) -> Masters {
    let [present, old] =
        ["PROVIDER_MASTER_KEY", "PROVIDER_MASTER_KEY_OLD"].map(|name| text(env, name));
    Masters::parse(&present, &old).unwrap_or_else(|bad| {
        worker::console_error!("{}", bad);
        Masters::default()
    })
}

fn text(env: &Env, name: &str) -> String {
    Reflect::get(env, &JsValue::from_str(name))
        .ok()
        .and_then(|value| value.as_string())
        .unwrap_or_default()
}

/// Takes one message of the monitor of this name, in this state, both as JSON. See
/// [`neureus_core::monitoring::monitor::Output`] for what it gives.
///
/// # Errors
/// When the message cannot be read.
#[wasm_bindgen]
pub fn monitor(env: &Env, name: &str, state: &str, message: &str) -> Result<String, JsError> {
    let message: Message = serde_json::from_str(message)?;
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "the platform's clock is a whole number of milliseconds after 1970"
    )]
    let now_ms = Date::now() as u64;
    let context = Context {
        name,
        now_ms,
        interval_ms: u64::from(interval_ms(&text(env, "MONITOR_INTERVAL_MS"))),
        masters: &masters(env),
    };
    Ok(serde_json::to_string(&monitor::step(
        state, message, &context,
    ))?)
}

/// The requests that tell whether components answer, as JSON: of the whole deployment's monitor only. A
/// host named `gateway` is the gateway itself.
#[wasm_bindgen]
#[must_use]
pub fn probes(env: &Env, name: &str) -> String {
    if name != PLATFORM {
        return "[]".to_owned();
    }
    let setting = text(env, "PROBES");
    let mut probes = Vec::new();
    if setting != "off" {
        for probe in Bindings::read(env).backends.probes(setting == "all") {
            let lines: Vec<&str> = probe.header_lines.split('\n').collect();
            let headers: Vec<Value> = lines.chunks_exact(2).map(|pair| json!(pair)).collect();
            probes.push(json!({
                "name": probe.name, "url": probe.url, "method": "GET", "headers": headers,
            }));
        }
    }
    let canary = text(env, "CANARY_KEY");
    if !canary.is_empty() {
        let mut body = json!({
            "messages": [{ "role": "user", "content": "Say ok." }],
            "maxTokens": 8,
        });
        let model = text(env, "CANARY_MODEL");
        if let (Some(fields), false) = (body.as_object_mut(), model.is_empty()) {
            fields.insert("model".to_owned(), json!(model));
        }
        probes.push(json!({
            "name": CANARY,
            "url": "https://gateway/ai/chat",
            "method": "POST",
            "headers": [
                ["authorization", format!("Bearer {canary}")],
                ["content-type", "application/json"],
                ["x-neureus-surface", "canary"],
            ],
            "body": body.to_string(),
        }));
    }
    Value::Array(probes).to_string()
}
