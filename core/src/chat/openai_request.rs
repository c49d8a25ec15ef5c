//! What OpenAI's form of a request has beyond the native one.
//!
//! Fields that change the price are refused by name. Labels, and values that ask for nothing, need no
//! backend that knows them. Everything else is left to a backend of the same dialect.
//!
//! Source: OpenAI API reference, "Create chat completion".

use super::Invalid;
use super::bound::MAX_OUTPUT_TOKENS;
use super::json::Json;
use super::path::Path;
use super::rest::Rest;
use crate::profile::Profile;

/// What changes the price in ways that nothing is reserved for.
const PRICED: [&str; 4] = ["audio", "best_of", "prediction", "web_search_options"];
/// What tells the backend's owner something, and the model nothing.
const LABELS: [&str; 4] = ["metadata", "prompt_cache_key", "safety_identifier", "user"];

/// The fields that are read.
#[derive(Default)]
pub(super) struct Extras {
    pub(super) max_completion_tokens: Option<u32>,
    pub(super) parallel_tool_calls: Option<bool>,
    pub(super) include_usage: bool,
}

impl Extras {
    /// Reads a field that the native form does not have.
    pub(super) fn read(
        &mut self,
        field: &str,
        value: Json<'_>,
        at: &Path<'_>,
        rest: &mut Rest,
    ) -> Result<(), Invalid> {
        if value.is_null() {
            return Ok(());
        }
        match field {
            "max_completion_tokens" => {
                self.max_completion_tokens = Some(value.into_count(at, MAX_OUTPUT_TOKENS)?);
            }
            "parallel_tool_calls" => self.parallel_tool_calls = Some(value.into_bool(at)?),
            "stream_options" => self.read_stream_options(value, at)?,
            "n" if value == Json::Unsigned(1) => {}
            "n" => return Err(at.invalid("must be 1: more answers at once are not offered")),
            "service_tier" if matches!(value.as_str(), Some("auto" | "default")) => {}
            "service_tier" => {
                return Err(at.invalid("must be auto or default: other tiers have other prices"));
            }
            "modalities" if value.items().iter().all(|it| it.as_str() == Some("text")) => {}
            "modalities" => return Err(at.invalid("must be text only")),
            _ if PRICED.contains(&field) => {
                return Err(at.invalid("is not offered: it changes the price of an answer"));
            }
            _ if LABELS.contains(&field) => {}
            // This gateway's own; what it asks for was done before anything was read.
            "profile" => {
                value.into_one_of(at, &Profile::ALL.map(|it| (it.as_str(), ())))?;
            }
            _ if asks_for_nothing(field, &value) => {}
            _ => rest.take(&value, at)?,
        }
        Ok(())
    }

    fn read_stream_options(&mut self, value: Json<'_>, at: &Path<'_>) -> Result<(), Invalid> {
        for (field, value) in value.into_fields(at)? {
            let at = at.field(&field);
            match field.as_ref() {
                "include_usage" => {
                    self.include_usage = value.given().map_or(Ok(false), |it| it.into_bool(&at))?;
                }
                // Padding against eavesdroppers; the gateway's frames have none to begin with.
                "include_obfuscation" => {}
                _ => return Err(at.invalid("unknown field")),
            }
        }
        Ok(())
    }
}

/// Values that are the same as leaving the field out. Some clients send them with every request.
fn asks_for_nothing(field: &str, value: &Json<'_>) -> bool {
    match field {
        "frequency_penalty" | "presence_penalty" => {
            matches!(value, Json::Unsigned(0)) || matches!(value, Json::Float(it) if *it == 0.0)
        }
        "logprobs" | "store" => *value == Json::Bool(false),
        "top_logprobs" => *value == Json::Unsigned(0),
        "logit_bias" => matches!(value, Json::Object(fields) if fields.is_empty()),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use crate::chat::json::Json;
    use crate::chat::request::ChatRequest;

    fn read(fields: &str) -> Result<ChatRequest, (String, String)> {
        let body =
            format!(r#"{{"model":"m","messages":[{{"role":"user","content":"hi"}}]{fields}}}"#);
        let read = Json::parse_request(body.as_bytes()).and_then(ChatRequest::from_openai);
        read.map_err(|invalid| (invalid.path, invalid.message))
    }

    fn path(fields: &str) -> String {
        read(fields).unwrap_err().0
    }

    #[test]
    fn reads_openais_own_names() {
        let request = read(
            r#","max_completion_tokens":9,"stream":true,"stream_options":{"include_usage":true},"parallel_tool_calls":false"#,
        )
        .unwrap();
        assert_eq!(request.max_tokens, Some(9));
        assert!(request.include_usage);
        assert_eq!(request.parallel_tool_calls, Some(false));
        assert_eq!(request.rest.first(), None);
        assert_eq!(
            path(r#","max_completion_tokens":9,"max_tokens":8"#),
            "$.max_completion_tokens"
        );
    }

    #[test]
    fn what_changes_the_price_is_refused_by_name() {
        for (fields, at) in [
            (r#","n":2"#, "$.n"),
            (r#","n":1.0"#, "$.n"),
            (r#","service_tier":"priority""#, "$.service_tier"),
            (r#","service_tier":"flex""#, "$.service_tier"),
            (r#","modalities":["text","audio"]"#, "$.modalities"),
            (r#","audio":{"voice":"x"}"#, "$.audio"),
            (
                r#","prediction":{"type":"content","content":"x"}"#,
                "$.prediction",
            ),
            (r#","web_search_options":{}"#, "$.web_search_options"),
            (r#","tools":[{"type":"web_search"}]"#, "$.tools[0].type"),
        ] {
            assert_eq!(path(fields), at, "{fields}");
        }
        let audio =
            r#"{"messages":[{"role":"user","content":[{"type":"input_audio","input_audio":{}}]}]}"#;
        let json = Json::parse_request(audio.as_bytes()).unwrap();
        let refused = ChatRequest::from_openai(json).unwrap_err();
        assert_eq!(refused.path, "$.messages[0].content[0].type");
    }

    #[test]
    fn labels_and_values_that_ask_for_nothing_need_no_backend_that_knows_them() {
        let request = read(
            r#","n":1,"service_tier":"auto","user":"u","metadata":{"a":"b"},"frequency_penalty":0,"presence_penalty":0.0,
            "logprobs":false,"top_logprobs":0,"logit_bias":{},"store":false,"seed":null,"modalities":["text"]"#,
        )
        .unwrap();
        assert_eq!((request.rest.first(), request.rest.bytes()), (None, 0));
    }

    #[test]
    fn other_fields_are_noted_and_their_text_counted() {
        let plain = read("").unwrap();
        let request = read(r#","seed":7,"later":{"text":"abc"}"#).unwrap();
        assert_eq!(request.rest.first(), Some("$.seed"));
        assert_eq!(
            request.input_bytes(),
            plain.input_bytes() + 1 + r#"{"text":"abc"}"#.len() as u64
        );
        // The native form's own fields are nothing special here, but for the profile.
        assert_eq!(
            read(r#","maxTokens":1"#).unwrap().rest.first(),
            Some("$.maxTokens")
        );
        assert_eq!(read(r#","profile":"legal""#).unwrap().rest.first(), None);
        assert_eq!(path(r#","profile":"lax""#), "$.profile");
    }

    #[test]
    fn unknown_fields_are_noted_wherever_they_are() {
        for (body, at) in [
            (
                r#"{"messages":[{"role":"user","content":"x","more":1}]}"#,
                "$.messages[0].more",
            ),
            (
                r#"{"messages":[{"role":"user","content":[{"type":"text","text":"x","more":1}]}]}"#,
                "$.messages[0].content[0].more",
            ),
            (
                r#"{"messages":[{"role":"user","content":"x"}],"tools":[{"type":"function","function":{"name":"f"},"more":1}]}"#,
                "$.tools[0].more",
            ),
        ] {
            let json = || Json::parse_request(body.as_bytes()).unwrap();
            let request = ChatRequest::from_openai(json()).unwrap();
            assert_eq!(request.rest.first(), Some(at));
            assert_eq!(ChatRequest::from_json(json()).unwrap_err().path, at);
        }
    }

    #[test]
    fn the_developer_is_the_system_here_only() {
        let body = br#"{"messages":[{"role":"developer","content":"x"}]}"#;
        let json = || Json::parse_request(body).unwrap();
        let request = ChatRequest::from_openai(json()).unwrap();
        assert_eq!(request.messages[0].role.as_str(), "system");
        assert_eq!(
            ChatRequest::from_json(json()).unwrap_err().path,
            "$.messages[0].role"
        );
    }
}
