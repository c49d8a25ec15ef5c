//! Answers on their way out.

use crate::glue::Exchange;
use neureus_core::chat::surface::Surface;
use neureus_core::error::ApiError;
use worker::js_sys::Uint8Array;
use worker::wasm_bindgen::JsValue;

/// A status, headers and a body.
pub struct Reply {
    /// The status.
    pub status: u16,
    /// The headers that many answers have: name, line end, value, line end. No value holds one: all are made here or
    /// by the core.
    usual: String,
    /// The others.
    headers: String,
    content: JsValue,
    /// Whether the body is still being made; then it records itself when it ends.
    pub streamed: bool,
}

impl Reply {
    /// A JSON answer.
    pub fn json(status: u16, body: &[u8]) -> Self {
        Self::of(status, Uint8Array::from(body).into(), "application/json")
    }

    /// A table to save under this name.
    pub fn csv(name: &str, text: &str) -> Self {
        Self::of(
            200,
            Uint8Array::from(text.as_bytes()).into(),
            "text/csv; charset=utf-8",
        )
        .header(
            "content-disposition",
            &format!("attachment; filename=\"{name}\""),
        )
    }

    /// An answer whose body is made while it is sent.
    pub fn events(content: JsValue) -> Self {
        Self {
            streamed: true,
            ..Self::of(200, content, "text/event-stream; charset=utf-8")
        }
    }

    /// An answer in some other media type, without a word on who may keep it.
    pub fn text(status: u16, body: &[u8], media: &str) -> Self {
        let content = Uint8Array::from(body).into();
        Self {
            status,
            usual: String::new(),
            headers: String::new(),
            content,
            streamed: false,
        }
        .usual("content-type", media)
    }

    /// An answer without a body.
    pub fn empty(status: u16) -> Self {
        Self {
            status,
            usual: String::new(),
            headers: String::new(),
            content: JsValue::NULL,
            streamed: false,
        }
        .usual("cache-control", "no-store")
    }

    /// An error in the shape of the caller's API.
    pub fn error(error: &ApiError, api: Surface) -> Self {
        let reply = Self::json(error.code.status(), api.error_body(error).as_bytes());
        let headers = error.headers.iter();
        let reply = headers.fold(reply, |reply, (name, value)| reply.header(name, value));
        if api.is_final(error) {
            reply.header("x-should-retry", "false")
        } else {
            reply
        }
    }

    fn of(status: u16, content: JsValue, media: &str) -> Self {
        let reply = Self {
            status,
            usual: String::new(),
            headers: String::new(),
            content,
            streamed: false,
        };
        // Answers belong to one caller: nothing on the way may keep them.
        reply
            .usual("content-type", media)
            .usual("cache-control", "no-store")
    }

    /// One more header. A line end in the value would begin another, so it is dropped.
    pub fn header(mut self, name: &str, value: &str) -> Self {
        add(&mut self.headers, name, value);
        self
    }

    /// One that many answers have, with the same value. The platform takes a set of those that it has met as a whole.
    pub fn usual(mut self, name: &str, value: &str) -> Self {
        add(&mut self.usual, name, value);
        self
    }

    /// The same answer without its body, for `HEAD`.
    pub fn without_body(self) -> Self {
        Self {
            content: JsValue::NULL,
            ..self
        }
    }

    /// Answers.
    pub fn send(self, exchange: &Exchange) {
        exchange.respond(self.status, &self.usual, &self.headers, &self.content);
    }
}

fn add(lines: &mut String, name: &str, value: &str) {
    lines.push_str(name);
    lines.push('\n');
    lines.extend(value.chars().filter(|c| *c != '\n'));
    lines.push('\n');
}
