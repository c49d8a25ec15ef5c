//! A tenant object that decides nothing: it takes the same text and gives a constant one of the same
//! length as an admission. Nothing of it ships.

use wasm_bindgen::prelude::*;

/// An admission without limits, as the tenant object gives it.
const REPLY: &str = "2A\nkey_0000000000000000\nn\no\n0\n1a205eabe80\n200\nabbc0";

/// The object.
#[wasm_bindgen]
#[derive(Default)]
pub struct Tenant;

#[wasm_bindgen]
impl Tenant {
    /// Called by the platform when the object wakes.
    #[wasm_bindgen(constructor)]
    #[must_use]
    pub fn new() -> Self {
        Self
    }

    /// Answers one message.
    ///
    /// # Errors
    /// Never; the type is the tenant object's.
    pub fn step(&self, message: &[u8]) -> Result<String, JsValue> {
        // The text has crossed; it is not looked at.
        core::hint::black_box(message);
        Ok(REPLY.to_owned())
    }
}

#[worker::event(start)]
fn start() {}
