//! What the deployment gives the Worker: one typed struct, read once per isolate.

use neureus_core::backend::{Deadlines, Setting, Settings};
use neureus_core::log_line::Level;
use neureus_core::provider_key::Masters;
use neureus_core::resilience::Policy;
use worker::Env;
use worker::js_sys::Reflect;
use worker::wasm_bindgen::JsValue;

/// How often monitors look unless the deployment says otherwise, in ms.
const INTERVAL_MS: u32 = 60_000;

/// Reads how often monitors look, in ms: from half a second to an hour.
#[must_use]
pub fn interval_ms(text: &str) -> u32 {
    let said = text.trim().parse::<u32>().ok();
    said.filter(|ms| (500..=3_600_000).contains(ms))
        .unwrap_or(INTERVAL_MS)
}

/// Bindings and settings. The secrets among them never show in `Debug`: there is none.
pub struct Bindings {
    /// KV: key records by hash.
    pub keys: JsValue,
    /// D1: lists and look-ups.
    pub database: JsValue,
    /// The namespace of the tenants' objects.
    pub tenants: JsValue,
    /// The namespace of the monitors.
    pub monitors: JsValue,
    /// The rate limit on look-ups of unknown keys.
    pub brake: JsValue,
    /// The rate limit on attempts to sign in, to join and to sign up.
    pub signin_brake: JsValue,
    /// The rate limit on wrong operator tokens.
    pub operator_brake: JsValue,
    /// Data points of requests.
    pub requests: JsValue,
    /// Data points of tokens.
    pub tokens: JsValue,
    /// Data points of authentication.
    pub auth: JsValue,
    /// Workers AI, where the deployment has it.
    pub ai: JsValue,
    /// Empty when the deployment has none: then `/operator/*` does not exist.
    pub operator_token: String,
    /// Whether anybody may sign up; otherwise an invitation is needed.
    pub signup_open: bool,
    /// The origin of the deployment's pages, where it is not the one that is asked.
    pub origin: String,
    /// Where model backends are, and their keys.
    pub backends: Settings,
    /// What opens tenants' own provider keys.
    pub masters: Masters,
    /// How long backends may take.
    pub deadlines: Deadlines,
    /// Where a larger plan can be had; empty where only the operator can be asked.
    pub upgrade_url: String,
    /// How hard to try when they fail.
    pub resilience: Policy,
    /// How often an isolate tells what it counted, in ms.
    pub tally_ms: u32,
    /// Which requests are logged.
    pub log: Level,
    /// What the deployment changes of the catalog, as JSON.
    pub catalog: String,
}

impl Bindings {
    /// Reads all of it.
    pub fn read(env: &Env) -> Self {
        let binding =
            |name: &str| Reflect::get(env, &JsValue::from_str(name)).unwrap_or(JsValue::UNDEFINED);
        let text = |name: &str| binding(name).as_string().unwrap_or_default();
        let setting = |name: &str| Setting::from(text(name));
        let ai = binding("AI");
        let masters = Masters::parse(
            &text("PROVIDER_MASTER_KEY"),
            &text("PROVIDER_MASTER_KEY_OLD"),
        );
        Self {
            keys: binding("KEYS"),
            database: binding("DB"),
            tenants: binding("TENANTS"),
            monitors: binding("MONITORS"),
            brake: binding("AUTH_BRAKE"),
            signin_brake: binding("SIGNIN_BRAKE"),
            operator_brake: binding("OPERATOR_BRAKE"),
            requests: binding("AE_REQUESTS"),
            tokens: binding("AE_TOKENS"),
            auth: binding("AE_AUTH"),
            operator_token: text("OPERATOR_TOKEN"),
            signup_open: text("SIGNUP") == "open",
            origin: text("ORIGIN"),
            backends: Settings {
                local: text("LOCAL") == "1",
                url: setting("MODEL_BACKEND_URL"),
                key: setting("MODEL_BACKEND_KEY"),
                model: setting("MODEL_BACKEND_MODEL"),
                openai_url: setting("OPENAI_BASE_URL"),
                openai_key: setting("OPENAI_API_KEY"),
                anthropic_url: setting("ANTHROPIC_BASE_URL"),
                anthropic_key: setting("ANTHROPIC_API_KEY"),
                sandbox_url: setting("SANDBOX_URL"),
                workers_ai: ai.is_object(),
            },
            masters: masters
                .inspect_err(|wrong| worker::console_error!("no provider key opens: {}", wrong))
                .unwrap_or_default(),
            upgrade_url: text("UPGRADE_URL"),
            tally_ms: (interval_ms(&text("MONITOR_INTERVAL_MS")) / 6).min(10_000),
            log: Level::parse(&text("LOG_LEVEL")),
            catalog: text("CATALOG"),
            deadlines: Deadlines::parse(&text("DEADLINES_MS")),
            resilience: Policy::parse(&text("RESILIENCE")),
            ai,
        }
    }
}
