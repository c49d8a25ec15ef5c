//! The border between Wasm and the platform's JavaScript: the functions of `glue/`, typed. Each is one crossing.
//!
//! Why by hand: a crossing through generic bindings makes a JavaScript object per header, promise and
//! stream chunk, which costs more than all that the Worker decides. There nothing is decided.
//!
//! Each file of `glue/` is named here, even if others import it: only those are part of a build. How a
//! settled promise is heard of is in [`crate::task`].

use worker::js_sys::{Array, Uint8Array};
use worker::wasm_bindgen::JsValue;
use worker::wasm_bindgen::prelude::*;
use worker::web_sys;

#[wasm_bindgen(
    module = "/src/glue/promise.js",
    js_sys = crate::task,
    wasm_bindgen_futures = crate::task
)]
extern "C" {
    /// A promise that is not settled yet, though its turn has passed.
    pub type Turns;

    /// The next turn: the value, or the same again.
    #[wasm_bindgen(method, catch)]
    pub async fn next(this: &Turns) -> Result<JsValue, JsValue>;
}

#[wasm_bindgen(
    module = "/src/glue/exchange.js",
    js_sys = crate::task,
    wasm_bindgen_futures = crate::task
)]
extern "C" {
    /// A request, and the way to answer it.
    pub type Exchange;

    /// Takes the request, its context, and the function that is given the response.
    #[wasm_bindgen(constructor)]
    pub fn new(request: web_sys::Request, context: JsValue, answer: JsValue) -> Exchange;

    /// Method, URL and headers, one per line; see [`crate::incoming`].
    #[wasm_bindgen(method)]
    pub fn head(this: &Exchange) -> String;

    /// Any other header; empty where there is none.
    #[wasm_bindgen(method)]
    pub fn header(this: &Exchange, name: &str) -> String;

    /// Has the answer set a cookie, whatever it will be.
    #[wasm_bindgen(method, js_name = setCookie)]
    pub fn set_cookie(this: &Exchange, value: &str);

    /// The body after decompression; null when it is longer than `limit` bytes.
    #[wasm_bindgen(method, catch)]
    pub async fn body(this: &Exchange, limit: usize, encoding: &str) -> Result<JsValue, JsValue>;

    /// Whether the caller has left.
    #[wasm_bindgen(method, getter)]
    pub fn left(this: &Exchange) -> bool;

    /// Tells the object of this name something that nobody waits for, until it has heard.
    #[wasm_bindgen(method)]
    pub fn tell(this: &Exchange, namespace: &JsValue, name: &str, message: &str);

    /// A message to the object of this name, and its answer as text. The platform waits with it.
    #[wasm_bindgen(method, catch)]
    pub async fn ask(
        this: &Exchange,
        namespace: &JsValue,
        name: &str,
        message: &str,
        deadline_ms: u32,
    ) -> Result<JsValue, JsValue>;

    /// Waits, unless the caller leaves.
    #[wasm_bindgen(method, js_name = waitHere)]
    pub async fn wait_here(this: &Exchange, ms: u32);

    /// Waits, and has the platform wait with it.
    #[wasm_bindgen(method, catch)]
    pub async fn pause(this: &Exchange, ms: u32) -> Result<JsValue, JsValue>;

    /// Answers, with headers from lines (name, value, name, value): those that many answers have, and this one's own.
    #[wasm_bindgen(method)]
    pub fn respond(this: &Exchange, status: u16, usual: &str, own: &str, content: &JsValue);
}

#[wasm_bindgen(
    module = "/src/glue/binding.js",
    js_sys = crate::task,
    wasm_bindgen_futures = crate::task
)]
extern "C" {
    /// A message to the object of this name, and its answer as text.
    #[wasm_bindgen(catch)]
    pub async fn call(
        namespace: &JsValue,
        name: &str,
        message: &str,
        deadline_ms: u32,
    ) -> Result<JsValue, JsValue>;

    /// A value of KV as text, or null.
    #[wasm_bindgen(catch, js_name = kvGet)]
    pub async fn kv_get(
        namespace: &JsValue,
        key: &str,
        deadline_ms: u32,
    ) -> Result<JsValue, JsValue>;

    /// Writes a value of KV.
    #[wasm_bindgen(catch, js_name = kvPut)]
    pub async fn kv_put(
        namespace: &JsValue,
        key: &str,
        value: &str,
        deadline_ms: u32,
    ) -> Result<JsValue, JsValue>;

    /// The first row of a query as JSON text, or null.
    #[wasm_bindgen(catch, js_name = d1First)]
    pub async fn d1_first(
        database: &JsValue,
        sql: &str,
        values: &Array,
        deadline_ms: u32,
    ) -> Result<JsValue, JsValue>;

    /// Runs statements, all or none: `[[sql, value, …], …]` as JSON. The rows of each, as JSON.
    #[wasm_bindgen(catch, js_name = d1Batch)]
    pub async fn d1_batch(
        database: &JsValue,
        statements: &str,
        deadline_ms: u32,
    ) -> Result<JsValue, JsValue>;

    /// Deletes a value of KV.
    #[wasm_bindgen(catch, js_name = kvDelete)]
    pub async fn kv_delete(
        namespace: &JsValue,
        key: &str,
        deadline_ms: u32,
    ) -> Result<JsValue, JsValue>;

    /// Whether the brake lets this key through.
    #[wasm_bindgen(catch)]
    pub async fn brake(limiter: &JsValue, key: &str, deadline_ms: u32) -> Result<JsValue, JsValue>;

    /// Writes the data points of one request.
    #[wasm_bindgen(catch, js_name = writePoints)]
    pub fn write_points(
        requests: &JsValue,
        tokens: &JsValue,
        auth: &JsValue,
        json: &str,
    ) -> Result<(), JsValue>;

    /// Writes one line to the log.
    #[wasm_bindgen(js_name = logLine)]
    pub fn log_line(line: &str);
}

#[wasm_bindgen(
    module = "/src/glue/upstream.js",
    js_sys = crate::task,
    wasm_bindgen_futures = crate::task
)]
extern "C" {
    /// An answer of a model backend whose headers are here.
    pub type Upstream;

    /// Calls a server, with headers from lines, which are kept for the next call unless they are secret: an [`Upstream`],
    /// or the whole body of a success where `limit` is not 0.
    #[wasm_bindgen(catch, static_method_of = Upstream)]
    pub async fn fetch(
        url: &str,
        headers: &str,
        secret: bool,
        content: Uint8Array,
        exchange: &Exchange,
        limit: usize,
        ms: u32,
    ) -> Result<JsValue, JsValue>;

    /// Calls Workers AI; gives the same.
    #[wasm_bindgen(catch, static_method_of = Upstream)]
    pub async fn run(
        ai: &JsValue,
        model: &str,
        inputs: &str,
        exchange: &Exchange,
        limit: usize,
        ms: u32,
    ) -> Result<JsValue, JsValue>;

    /// Its status.
    #[wasm_bindgen(method, getter)]
    pub fn status(this: &Upstream) -> u16;

    /// One of its headers; empty where there is none.
    #[wasm_bindgen(method)]
    pub fn header(this: &Upstream, name: &str) -> String;

    /// Bytes, null at the end, or [`Turns`].
    #[wasm_bindgen(method, catch)]
    pub async fn next(this: &Upstream, ms: u32) -> Result<JsValue, JsValue>;

    /// The rest of the answer, as the sink makes it; see `upstream.js`.
    #[wasm_bindgen(method)]
    pub fn stream(
        this: &Upstream,
        head: Vec<u8>,
        sink: JsValue,
        idle_ms: u32,
        total_ms: u32,
    ) -> JsValue;

    /// Stops it: nothing more is read.
    #[wasm_bindgen(method)]
    pub fn stop(this: &Upstream);
}

/// Bytes that the glue gave; `None` for null.
pub fn bytes_of(value: JsValue) -> Option<Vec<u8>> {
    value
        .dyn_into::<Uint8Array>()
        .ok()
        .map(|bytes| bytes.to_vec())
}

impl Exchange {
    /// The same, for somebody else as well.
    #[must_use]
    pub fn share(&self) -> Self {
        let value: &JsValue = self.as_ref();
        value.clone().unchecked_into()
    }
}
