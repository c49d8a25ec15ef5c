//! Messages between a Worker and a tenant's object.

use neureus_core::message::wire::{Form, read_call, read_reply, write_call, write_reply};

/// Seeds of [`messages`].
pub(crate) const MESSAGES: &[&[u8]] = &[
    b"2a\nreq_0123456789abcdefABCDEF\n0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f\nmeta-llm\n\n3e1\n\n1000\n10cefa80\n314b04c0\n0\n0",
    b"2A\nkey_0123456789abcdef\nn\no\n1\n1a205eabe80\n200\nabbc0\na\n3c\n3c\n3b\n0\n3e8\nh\n3c\n3c\n3b\n0\n3e8",
    b"{\"release\":{\"request\":\"req_0123456789abcdefABCDEF\"}}",
    b"{\"settled\":{\"input_tokens\":1,\"output_tokens\":2,\"cost\":3}}",
    b"\"done\"",
    b"?",
];

/// Both ways: what is read in the short form is written in the same letters, so that nothing in it goes
/// unseen; what is JSON is read again as the same.
pub fn messages(data: &[u8]) {
    if let Ok((call, form)) = read_call(data) {
        let text = write_call(&call).unwrap_or_default();
        match form {
            Form::Short => assert_eq!(text.as_bytes(), data, "the short form of a call"),
            Form::Json => {
                let again = read_call(text.as_bytes()).map(|(call, _)| call);
                assert_eq!(again.ok(), Some(call), "what was written of a call");
            }
        }
    }
    let Ok(text) = core::str::from_utf8(data) else {
        return;
    };
    if let Ok(reply) = read_reply(text) {
        let written = write_reply(&reply, Form::Short, "").unwrap_or_default();
        if text.starts_with('2') {
            assert_eq!(written, text, "the short form of an answer");
        } else {
            let again = read_reply(&written);
            assert_eq!(again.ok(), Some(reply), "what was written of an answer");
        }
    }
}
