//! Requests and answers that keep their dialect: passed on with what nobody here knows of them.
//!
//! Only what the gateway decides is changed: the model's name, the output cap, and that a stream tells
//! its usage.

use super::answer::Meta;
use super::encode::lower;
use super::json::Json;
use super::openai::Upstream;
use super::request::ChatRequest;
use super::write::{Object, string};
use core::fmt;
use serde::de::{MapAccess, Visitor};
use serde::{Deserialize, Deserializer};
use serde_json::value::RawValue;
use std::borrow::Cow;

/// OpenAI's words for the output cap.
const CAPS: [&str; 2] = ["max_tokens", "max_completion_tokens"];

/// The fields of an object, their values as they were written. It was read before, so that nothing in it is
/// doubtful, and all but a few of its fields go on as they came.
struct Fields<'a>(Vec<(Cow<'a, str>, &'a RawValue)>);

impl<'de> Deserialize<'de> for Fields<'de> {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        struct Reader;

        #[derive(Deserialize)]
        struct Name<'a>(#[serde(borrow)] Cow<'a, str>);

        impl<'de> Visitor<'de> for Reader {
            type Value = Fields<'de>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
                let mut fields = Vec::with_capacity(16);
                while let Some((Name(name), value)) = map.next_entry()? {
                    fields.push((name, value));
                }
                Ok(Fields(fields))
            }
        }

        from.deserialize_map(Reader)
    }
}

/// The body for a backend of the dialect that `body` is in. `request` is what was read of it.
///
/// `None` when it is not an object, which a body that was read is always.
#[must_use]
pub fn request(body: &[u8], request: &ChatRequest, upstream: &Upstream<'_>) -> Option<Vec<u8>> {
    let Fields(fields) = serde_json::from_slice(body).ok()?;
    let mut out = Vec::with_capacity(body.len().saturating_add(64));
    let mut object = Object::open(&mut out);
    object.string("model", upstream.model);
    if let Some(cap) = lower(upstream.max_tokens, request.max_tokens) {
        // The caller's own word for it, if there is one.
        let given = |name: &&&str| {
            fields
                .iter()
                .any(|(field, it)| field == *name && it.get() != "null")
        };
        let name = CAPS.iter().rev().find(given);
        object.integer(name.unwrap_or(&upstream.cap_field), u64::from(cap));
    }
    for (field, value) in &fields {
        match field.as_ref() {
            "model" | "stream_options" | "profile" => {}
            name if CAPS.contains(&name) => {}
            // The older word for it, which the backend takes only with a header of that time.
            "output_format" if request.anthropic_format => {
                let mut config = Object::open(object.field("output_config"));
                write(config.field("format"), value);
                config.close();
            }
            name => write(object.field(name), value),
        }
    }
    object.close();
    Some(out)
}

fn write(out: &mut Vec<u8>, value: &RawValue) {
    out.extend_from_slice(value.get().as_bytes());
}

/// The same for OpenAI's streams, which tell their usage only if asked.
#[must_use]
pub fn openai_request(body: &[u8], read: &ChatRequest, upstream: &Upstream<'_>) -> Option<Vec<u8>> {
    let mut out = request(body, read, upstream)?;
    if read.stream && out.pop() == Some(b'}') {
        out.extend_from_slice(br#","stream_options":{"include_usage":true}}"#);
    }
    Some(out)
}

/// A backend's whole answer with the catalog's name of the model, and with the usage that was settled
/// where the backend told none. `usage` writes it. `None` when the answer is not an object.
pub(super) fn answer(
    whole: &[u8],
    meta: &Meta<'_>,
    usage: impl FnOnce(&mut Vec<u8>),
) -> Option<Vec<u8>> {
    let Json::Object(fields) = Json::parse(whole)? else {
        return None;
    };
    let mut out = Vec::with_capacity(whole.len().saturating_add(64));
    let mut object = Object::open(&mut out);
    let mut told = false;
    for (field, value) in &fields {
        match field.as_ref() {
            "model" => object.string("model", meta.model),
            "usage" if meta.estimated || value.is_null() => {}
            name => {
                told |= name == "usage";
                value.write(object.field(name));
            }
        }
    }
    if !told {
        usage(object.field("usage"));
    }
    object.close();
    Some(out)
}

/// Appends an event of OpenAI's stream with the catalog's name of the model, without usage.
pub(super) fn chunk(data: &str, model: &str, out: &mut Vec<u8>) {
    let Some(Json::Object(fields)) = Json::parse(data.as_bytes()) else {
        return;
    };
    out.extend_from_slice(b"data: ");
    let mut object = Object::open(out);
    for (field, value) in &fields {
        match field.as_ref() {
            "usage" => {}
            "model" => object.string("model", model),
            name => value.write(object.field(name)),
        }
    }
    object.close();
    out.extend_from_slice(b"\n\n");
}

/// Appends an event of Anthropic's stream; the message in it gets the catalog's name of the model.
pub(super) fn event(kind: &str, event: &Json<'_>, model: &str, out: &mut Vec<u8>) {
    out.extend_from_slice(b"event: ");
    // Not as it came: a line end in it would begin something else.
    out.extend(kind.bytes().filter(|b| b.is_ascii_graphic()));
    out.extend_from_slice(b"\ndata: ");
    match (kind, event) {
        ("message_start", Json::Object(fields)) => {
            let mut object = Object::open(out);
            for (field, value) in fields {
                match value {
                    Json::Object(message) if field == "message" => {
                        let mut named = Object::open(object.field("message"));
                        for (field, value) in message {
                            match field.as_ref() {
                                "model" => string(named.field("model"), model),
                                name => value.write(named.field(name)),
                            }
                        }
                        named.close();
                    }
                    _ => value.write(object.field(field)),
                }
            }
            object.close();
        }
        _ => event.write(out),
    }
    out.extend_from_slice(b"\n\n");
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::chat::anthropic_request;

    fn passed(body: &str, cap_field: &'static str) -> String {
        let json = Json::parse_request(body.as_bytes()).unwrap();
        let read = ChatRequest::from_openai(json).unwrap();
        let upstream = Upstream {
            model: "u",
            max_tokens: Some(7),
            cap_field,
        };
        String::from_utf8(openai_request(body.as_bytes(), &read, &upstream).unwrap()).unwrap()
    }

    #[test]
    fn unknown_fields_of_a_request_are_kept_in_place() {
        assert_eq!(
            passed(
                r#"{"model":"m","seed":7,"messages":[{"role":"user","content":"x","later":[1.5,{}]}],"stream":true,"stream_options":{"include_usage":false}}"#,
                "max_completion_tokens"
            ),
            r#"{"model":"u","max_completion_tokens":7,"seed":7,"messages":[{"role":"user","content":"x","later":[1.5,{}]}],"stream":true,"stream_options":{"include_usage":true}}"#
        );
    }

    #[test]
    fn the_cap_keeps_the_callers_word_and_is_the_lower_one() {
        let hi = r#""messages":[{"role":"user","content":"x"}]"#;
        for (fields, sent) in [
            (r#""max_tokens":9"#, r#""max_tokens":7"#),
            (
                r#""max_completion_tokens":3"#,
                r#""max_completion_tokens":3"#,
            ),
            (
                r#""max_tokens":3,"max_completion_tokens":3"#,
                r#""max_completion_tokens":3"#,
            ),
            (r#""max_tokens":null"#, r#""max_completion_tokens":7"#),
        ] {
            let body = passed(&format!("{{{fields},{hi}}}"), "max_completion_tokens");
            assert_eq!(body, format!(r#"{{"model":"u",{sent},{hi}}}"#));
        }
    }

    #[test]
    fn anthropics_requests_keep_their_thoughts_and_caches() {
        let body = r#"{"model":"m","max_tokens":9,"system":[{"type":"text","text":"s","cache_control":{"type":"ephemeral"}}],"messages":[{"role":"assistant","content":[{"type":"thinking","thinking":"t","signature":"s"}]}],"stream":true}"#;
        let json = Json::parse_request(body.as_bytes()).unwrap();
        let read = anthropic_request::from_json(json).unwrap();
        let upstream = Upstream {
            model: "u",
            max_tokens: Some(7),
            cap_field: "max_tokens",
        };
        let sent = request(body.as_bytes(), &read, &upstream).unwrap();
        assert_eq!(
            String::from_utf8(sent).unwrap(),
            body.replace(r#""m","max_tokens":9"#, r#""u","max_tokens":7"#)
        );
    }
}
