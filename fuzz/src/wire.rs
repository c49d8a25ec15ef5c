//! Messages between a Worker and a tenant's object.

use neureus_core::message::along::{self, Asked};
use neureus_core::message::wire::{
    Form, end_as_json, read_call, read_reply, write_call, write_end, write_reply,
};

/// Seeds of [`messages`].
pub(crate) const MESSAGES: &[&[u8]] = &[
    b"2a\nreq_0123456789abcdefABCDEF\n0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f\nmeta-llm\n\n3e1\n\n1000\n10cefa80\n314b04c0\n0\n0",
    b"2A\nkey_0123456789abcdef\nn\no\n1\n1a205eabe80\n200\nabbc0\na\n3c\n3c\n3b\n0\n3e8\nh\n3c\n3c\n3b\n0\n3e8",
    b"{\"release\":{\"request\":\"req_0123456789abcdefABCDEF\"}}",
    b"{\"settled\":{\"input_tokens\":1,\"output_tokens\":2,\"cost\":3}}",
    b"\"done\"",
    b"?",
    b"2f\n{\"release\":{\"request\":\"req_0123456789abcdefABCDEF\"}}\n\n{\"windows\":[1,2]}",
    b"2f\ns\nreq_0123456789abcdefABCDEF\nkey_0123456789abcdef\nmeta-llm\n1a205eabe80\n3e1\n200\nabbc0\n10\n0\n20\n30\n2\ncomplete\n11\n\n200 /ai/chat - main",
    b"2w\n1f.3",
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
    match along::read(data) {
        Ok(Asked::Message(ends, message)) if !ends.is_empty() => {
            let texts = ends.iter().map(|end| write_end(end).unwrap_or_default());
            let texts: Vec<_> = texts.collect();
            for (end, text) in ends.iter().zip(&texts) {
                let json = read_call(end_as_json(text.clone()).as_bytes());
                assert!(
                    matches!(json, Ok((it, Form::Json)) if it == *end),
                    "an end as JSON"
                );
            }
            let message = String::from_utf8_lossy(message);
            let written = along::write(texts.iter().map(String::as_str), &message);
            let again = along::read(written.as_bytes());
            let same = matches!(again, Ok(Asked::Message(it, rest)) if it == ends && rest == message.as_bytes());
            assert!(same, "what was written of ends");
        }
        Ok(Asked::Written(mark)) => {
            let written = along::ask(mark);
            let again = along::read(written.as_bytes());
            let same = matches!(again, Ok(Asked::Written(it)) if it == mark);
            assert!(same, "what was written of a mark");
        }
        _ => {}
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
