//! Passkey signatures, as the platform's `WebCrypto` checks them.

use neureus_core::webauthn::assertion::Question;
use neureus_core::webauthn::cose::PublicKey;
use worker::js_sys::Uint8Array;
use worker::wasm_bindgen::JsValue;

/// The Rust side of `webcrypto.js`.
mod glue {
    use neureus_shell::task;
    use worker::js_sys::Uint8Array;
    use worker::wasm_bindgen::JsValue;
    use worker::wasm_bindgen::prelude::*;

    #[wasm_bindgen(
        module = "/src/webcrypto.js",
        js_sys = task,
        wasm_bindgen_futures = task
    )]
    extern "C" {
        #[wasm_bindgen(catch, js_name = importKey)]
        pub(super) async fn import_key(algorithm: &str, jwk: &str) -> Result<JsValue, JsValue>;

        #[wasm_bindgen(catch)]
        pub(super) async fn verify(
            algorithm: &str,
            jwk: &str,
            signature: Uint8Array,
            signed: Uint8Array,
        ) -> Result<JsValue, JsValue>;
    }
}

/// Whether a key can verify anything at all.
pub(crate) async fn is_key(key: &PublicKey) -> bool {
    let algorithm = key.algorithm().as_str();
    glue::import_key(algorithm, &key.to_jwk()).await.is_ok()
}

/// Whether the signature is good. A key that cannot be used verifies nothing.
pub(crate) async fn is_good(question: &Question) -> bool {
    let answer = glue::verify(
        question.algorithm.as_str(),
        &question.jwk,
        Uint8Array::from(question.signature.as_slice()),
        Uint8Array::from(question.signed.as_slice()),
    );
    answer.await == Ok(JsValue::TRUE)
}
