//! The body of `POST /ai/chat`.
//!
//! In scope: the schema, exactly: what is not named here is refused, by JSON path. Out of scope:
//! whether the model exists, what the tenant may use, and the scan for personal data, which comes
//! first and works on the same [`Json`].
//!
//! `null` in an optional field means the same as leaving the field out.

use super::Invalid;
use super::json::Json;
use super::message::{Content, Message, Part};
use super::path::Path;
use super::tool::{ResponseFormat, Tool, ToolChoice};
use crate::profile::Profile;

/// Tokens that a template puts around a whole chat, around a message, around tools at all (Anthropic's
/// system prompt for them has some 500), around each tool, and for a response format.
const FRAME_TOKENS: u64 = 64;
const MESSAGE_TOKENS: u64 = 16;
const TOOLS_TOKENS: u64 = 1_024;
const TOOL_TOKENS: u64 = 64;
const FORMAT_TOKENS: u64 = 256;
/// The dearest image there is: eight tiles of gpt-4o-mini at 5,667 tokens, and 2,833 for the whole.
const IMAGE_TOKENS: u64 = 48_169;

/// The model when the caller names none.
pub const DEFAULT_MODEL: &str = "meta-llm";
/// Longest model id, in characters.
pub const MAX_MODEL_CHARS: usize = 128;
/// Highest output cap that a caller can ask for, in tokens.
pub const MAX_OUTPUT_TOKENS: u32 = 1 << 31;
/// Most stop sequences.
pub const MAX_STOPS: usize = 4;

/// A chat request that fits the schema.
#[derive(Clone, Debug, PartialEq)]
pub struct ChatRequest {
    /// The conversation: 1 to 1024 messages, without the system prompt.
    pub messages: Vec<Message>,
    /// The catalog id asked for: 1 to 128 characters.
    pub model: String,
    /// Whether the answer comes as events.
    pub stream: bool,
    /// 0 to 2.
    pub temperature: Option<f64>,
    /// Output cap in tokens, at least 1: `maxTokens` or `max_tokens`.
    pub max_tokens: Option<u32>,
    /// Goes before the messages as a system message; never empty.
    pub system_prompt: Option<String>,
    /// Functions that the model may call.
    pub tools: Vec<Tool>,
    /// Which of them it should.
    pub tool_choice: Option<ToolChoice>,
    /// At most four non-empty strings that end the answer.
    pub stop: Vec<String>,
    /// 0 to 1.
    pub top_p: Option<f64>,
    /// The form of the answer.
    pub response_format: Option<ResponseFormat>,
    /// A profile to apply besides those of the tenant and the key.
    pub profile: Option<Profile>,
}

impl ChatRequest {
    /// Reads a request body.
    ///
    /// # Errors
    /// [`Invalid`] that names the first field found wrong, without quoting its value.
    pub fn parse(body: &[u8]) -> Result<Self, Invalid> {
        Self::from_json(Json::parse_request(body)?)
    }

    /// Reads a request from JSON that was read strictly, for whoever looks at the JSON first.
    ///
    /// # Errors
    /// As for [`ChatRequest::parse`].
    pub fn from_json(body: Json<'_>) -> Result<Self, Invalid> {
        let root = Path::ROOT;
        let profiles = Profile::ALL.map(|profile| (profile.as_str(), profile));
        let (mut messages, mut model, mut stream) = (None, None, false);
        let (mut temperature, mut top_p, mut stop) = (None, None, Vec::new());
        let (mut camel_tokens, mut snake_tokens) = (None, None);
        let (mut system_prompt, mut profile) = (None, None);
        let (mut tools, mut tool_choice, mut response_format) = (Vec::new(), None, None);
        for (field, value) in body.into_fields(&root)? {
            let at = root.field(&field);
            let given = value.given();
            match field.as_ref() {
                "messages" => messages = Some(Message::list(given.unwrap_or_default(), &at)?),
                "model" => {
                    model = given
                        .map(|it| it.into_short_string(&at, MAX_MODEL_CHARS))
                        .transpose()?;
                }
                "stream" => stream = given.map_or(Ok(false), |it| it.into_bool(&at))?,
                "temperature" => {
                    temperature = given.map(|it| it.into_number(&at, 2)).transpose()?
                }
                "top_p" => top_p = given.map(|it| it.into_number(&at, 1)).transpose()?,
                "maxTokens" => {
                    camel_tokens = given
                        .map(|it| it.into_count(&at, MAX_OUTPUT_TOKENS))
                        .transpose()?;
                }
                "max_tokens" => {
                    snake_tokens = given
                        .map(|it| it.into_count(&at, MAX_OUTPUT_TOKENS))
                        .transpose()?;
                }
                "systemPrompt" => {
                    system_prompt = given.map(|it| it.into_string(&at)).transpose()?;
                }
                "tools" => tools = given.map_or(Ok(Vec::new()), |it| Tool::list(it, &at))?,
                "tool_choice" => {
                    tool_choice = given.map(|it| ToolChoice::read(it, &at)).transpose()?;
                }
                "stop" => stop = given.map_or(Ok(Vec::new()), |it| read_stops(it, &at))?,
                "response_format" => {
                    response_format = given.map(|it| ResponseFormat::read(it, &at)).transpose()?;
                }
                "profile" => {
                    profile = given.map(|it| it.into_one_of(&at, &profiles)).transpose()?
                }
                _ => return Err(at.invalid("unknown field")),
            }
        }
        if let (Some(camel), Some(snake)) = (camel_tokens, snake_tokens)
            && camel != snake
        {
            return Err(root
                .field("maxTokens")
                .invalid("differs from max_tokens; give one of them"));
        }
        if let Some(choice) = &tool_choice {
            choice.check(&tools, &root.field("tool_choice"))?;
        }
        Ok(Self {
            messages: messages.ok_or_else(|| root.field("messages").invalid("is required"))?,
            model: model.unwrap_or_else(|| DEFAULT_MODEL.to_owned()),
            stream,
            temperature,
            max_tokens: camel_tokens.or(snake_tokens),
            system_prompt: system_prompt.filter(|prompt: &String| !prompt.is_empty()),
            tools,
            tool_choice,
            stop,
            top_p,
            response_format,
            profile,
        })
    }

    /// Bytes of all text that the model reads: messages, names, tool calls, tools and schemas.
    /// Images are not counted; [`ChatRequest::images`] says how many there are.
    #[must_use]
    pub fn input_bytes(&self) -> u64 {
        let optional = |text: &Option<String>| text.as_ref().map_or(0, String::len);
        let messages = self.messages.iter().map(|message| {
            let content = match &message.content {
                Content::None => 0,
                Content::Text(text) => text.len(),
                Content::Parts(parts) => parts.iter().map(part_bytes).sum(),
            };
            let calls = message.tool_calls.iter();
            content
                .saturating_add(
                    calls
                        .map(|call| call.id.len() + call.name.len() + call.arguments.len())
                        .sum(),
                )
                .saturating_add(optional(&message.name))
                .saturating_add(optional(&message.tool_call_id))
        });
        let tools = self
            .tools
            .iter()
            .map(|tool| tool.name.len() + optional(&tool.description) + optional(&tool.parameters));
        let format = match &self.response_format {
            Some(ResponseFormat::JsonSchema {
                name,
                description,
                schema,
                ..
            }) => name.len() + optional(description) + optional(schema),
            _ => 0,
        };
        let bytes = messages
            .chain(tools)
            .chain([format, optional(&self.system_prompt)]);
        bytes.fold(0u64, |sum, bytes| {
            sum.saturating_add(u64::try_from(bytes).unwrap_or(u64::MAX))
        })
    }

    /// A bound of the input tokens: no tokenizer makes more of this request.
    ///
    /// Byte-level BPE (OpenAI, Llama 3, Qwen) and SentencePiece with byte fallback (Llama 2, Mistral,
    /// Gemma) give at most one token a byte; Anthropic's tokenizer is not published and taken to be
    /// of that kind. What templates add around messages and tools comes on top, generously.
    #[must_use]
    pub fn input_token_bound(&self) -> u32 {
        let many = |count: usize, each: u64| {
            u64::try_from(count)
                .unwrap_or(u64::MAX)
                .saturating_mul(each)
        };
        let tools = if self.tools.is_empty() {
            0
        } else {
            TOOLS_TOKENS.saturating_add(many(self.tools.len(), TOOL_TOKENS))
        };
        let bound = [
            self.input_bytes(),
            FRAME_TOKENS,
            many(self.message_count(), MESSAGE_TOKENS),
            many(usize::from(self.response_format.is_some()), FORMAT_TOKENS),
            tools,
            many(self.images(), IMAGE_TOKENS),
        ]
        .into_iter()
        .fold(0, u64::saturating_add);
        u32::try_from(bound).unwrap_or(u32::MAX)
    }

    /// Number of messages that the backend gets, the system prompt included.
    #[must_use]
    pub fn message_count(&self) -> usize {
        self.messages
            .len()
            .saturating_add(usize::from(self.system_prompt.is_some()))
    }

    /// Number of image parts.
    #[must_use]
    pub fn images(&self) -> usize {
        let parts = self.messages.iter().map(|message| match &message.content {
            Content::Parts(parts) => parts.as_slice(),
            Content::None | Content::Text(_) => &[],
        });
        parts
            .flatten()
            .filter(|part| matches!(part, Part::Image { .. }))
            .count()
    }
}

fn part_bytes(part: &Part) -> usize {
    match part {
        Part::Text(text) => text.len(),
        Part::Image { .. } => 0,
    }
}

fn read_stops(value: Json<'_>, at: &Path<'_>) -> Result<Vec<String>, Invalid> {
    let one = |value: Json<'_>, at: &Path<'_>| match value.into_string(at) {
        Ok(text) if text.is_empty() => Err(at.invalid("must not be empty")),
        read => read,
    };
    match value {
        Json::Array(items) if items.len() > MAX_STOPS => {
            Err(at.invalid(&format!("must hold at most {MAX_STOPS} strings")))
        }
        Json::Array(items) => {
            let read = |(index, item)| one(item, &at.index(index));
            items.into_iter().enumerate().map(read).collect()
        }
        Json::Text(_) => Ok(vec![one(value, at)?]),
        _ => Err(at.invalid("must be a string or an array of strings")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::chat::message::Role;
    use proptest::prelude::*;

    /// A body with one user message and these further fields.
    fn body(fields: &str) -> String {
        format!(r#"{{"messages":[{{"role":"user","content":"hello"}}]{fields}}}"#)
    }

    fn parse(fields: &str) -> Result<ChatRequest, Invalid> {
        ChatRequest::parse(body(fields).as_bytes())
    }

    #[test]
    fn the_least_request_has_the_documented_defaults() {
        let request = parse("").unwrap();
        assert_eq!(request.model, DEFAULT_MODEL);
        assert!(!request.stream);
        assert_eq!(request.max_tokens, None);
        assert_eq!(request.messages[0].role, Role::User);
        assert_eq!(
            (
                request.input_bytes(),
                request.images(),
                request.message_count()
            ),
            (5, 0, 1)
        );
    }

    #[test]
    fn reads_every_field() {
        let request = parse(
            r#","model":"auto","stream":true,"temperature":0.5,"maxTokens":7,"max_tokens":7,
               "systemPrompt":"be brief","stop":["a","b"],"top_p":1,"profile":"healthcare",
               "tools":[{"type":"function","function":{"name":"f"}}],"tool_choice":"required",
               "response_format":{"type":"json_object"}"#,
        )
        .unwrap();
        assert_eq!(request.temperature, Some(0.5));
        assert_eq!(request.max_tokens, Some(7));
        assert_eq!(request.system_prompt.as_deref(), Some("be brief"));
        assert_eq!(request.stop, ["a", "b"]);
        assert_eq!(request.top_p, Some(1.0));
        assert_eq!(request.profile, Some(Profile::Healthcare));
        assert_eq!(request.tool_choice, Some(ToolChoice::Required));
        assert_eq!(request.response_format, Some(ResponseFormat::JsonObject));
        assert!(request.stream && request.model == "auto" && request.tools.len() == 1);
    }

    #[test]
    fn null_is_the_same_as_left_out() {
        let nulls = [
            "model",
            "stream",
            "temperature",
            "maxTokens",
            "max_tokens",
            "systemPrompt",
            "tools",
            "tool_choice",
            "stop",
            "top_p",
            "response_format",
            "profile",
        ]
        .map(|name| format!(",\"{name}\":null"))
        .concat();
        assert_eq!(parse(&nulls), parse(""));
        assert_eq!(
            ChatRequest::parse(br#"{"messages":null}"#)
                .unwrap_err()
                .path,
            "$.messages"
        );
    }

    #[test]
    fn names_what_is_wrong_by_path() {
        let long = format!(r#","model":"{}""#, "é".repeat(129));
        for (fields, path) in [
            (r#","foo":1"#, "$.foo"),
            (r#","foo":null"#, "$.foo"),
            (r#","stream":true,"stream":false"#, "$.stream"),
            (r#","model":"""#, "$.model"),
            (&long, "$.model"),
            (r#","stream":"true""#, "$.stream"),
            (r#","temperature":2.01"#, "$.temperature"),
            (r#","temperature":-0.1"#, "$.temperature"),
            (r#","temperature":"1""#, "$.temperature"),
            (r#","temperature":99999999999"#, "$.temperature"),
            (r#","top_p":1.5"#, "$.top_p"),
            (r#","maxTokens":0"#, "$.maxTokens"),
            (r#","maxTokens":-1"#, "$.maxTokens"),
            (r#","max_tokens":1.0"#, "$.max_tokens"),
            (r#","max_tokens":1e2"#, "$.max_tokens"),
            (r#","max_tokens":2147483649"#, "$.max_tokens"),
            (r#","max_tokens":99999999999999999999"#, "$.max_tokens"),
            (r#","maxTokens":1,"max_tokens":2"#, "$.maxTokens"),
            (r#","systemPrompt":[]"#, "$.systemPrompt"),
            (r#","stop":["a","b","c","d","e"]"#, "$.stop"),
            (r#","stop":["a",""]"#, "$.stop[1]"),
            (r#","stop":"""#, "$.stop"),
            (r#","stop":7"#, "$.stop"),
            (r#","profile":"military""#, "$.profile"),
            (r#","tool_choice":"required""#, "$.tool_choice"),
            (
                r#","tools":[{"type":"function","function":{"name":"f","parameters":{"a":1,"a":2}}}]"#,
                "$.tools[0].function.parameters.a",
            ),
        ] {
            assert_eq!(parse(fields).unwrap_err().path, path, "{fields}");
        }
        assert_eq!(ChatRequest::parse(b"[]").unwrap_err().path, "$");
        assert_eq!(ChatRequest::parse(b"{}").unwrap_err().path, "$.messages");
        assert_eq!(
            parse(r#","maxTokens":2147483648"#).unwrap().max_tokens,
            Some(1 << 31)
        );
    }

    #[test]
    fn a_refusal_never_quotes_a_value() {
        for fields in [
            r#","model":7,"x":"SECRET""#,
            r#","profile":"SECRET""#,
            r#","stop":["SECRET",7]"#,
            r#","temperature":"SECRET""#,
            r#","tool_choice":"SECRET""#,
            r#","a":"SECRET" oops"#,
        ] {
            let invalid = parse(fields).unwrap_err();
            assert!(!format!("{invalid:?}").contains("SECRET"), "{invalid:?}");
        }
    }

    #[test]
    fn counts_the_text_and_the_images_of_the_input() {
        let request = ChatRequest::parse(
            br#"{"systemPrompt":"12","messages":[{"role":"user","name":"n","content":[
                {"type":"text","text":"123"},
                {"type":"image_url","image_url":{"url":"https://example.com/long"}}]}]}"#,
        )
        .unwrap();
        assert_eq!(
            (
                request.input_bytes(),
                request.images(),
                request.message_count()
            ),
            (6, 1, 2)
        );
    }

    proptest! {
        #[test]
        fn no_body_makes_it_panic(body in proptest::collection::vec(any::<u8>(), 0..200)) {
            prop_assert!(ChatRequest::parse(&body).is_err());
        }
    }
}
