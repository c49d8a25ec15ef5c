//! A chat request in its one canonical form, and the body of `POST /ai/chat`.
//!
//! In scope: the native schema, exactly: what is not named here is refused, by JSON path; and what
//! OpenAI's form shares with it. Out of scope: what only OpenAI's form has
//! (`openai_request`), Anthropic's form ([`super::anthropic_request`]), whether the model exists, what the tenant may use, and the scan for personal data, which comes
//! first and works on the same [`Json`].
//!
//! `null` in an optional field means the same as leaving the field out.

use super::Invalid;
use super::bound::{MAX_MODEL_CHARS, MAX_OUTPUT_TOKENS};
use super::json::Json;
use super::message::{Content, Message, Part};
use super::openai_request::Extras;
use super::path::Path;
use super::rest::Rest;
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
pub const IMAGE_TOKENS: u64 = 48_169;

/// Most stop sequences.
pub const MAX_STOPS: usize = 4;

/// A chat request that fits the schema.
#[derive(Clone, Debug, PartialEq)]
pub struct ChatRequest {
    /// The conversation: 1 to 1024 messages, without the system prompt.
    pub messages: Vec<Message>,
    /// The catalog id asked for, at most 128 characters; empty where the caller names none.
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
    /// Whether it was asked for as Anthropic's backend takes it.
    pub anthropic_format: bool,
    /// A profile to apply besides those of the tenant and the key.
    pub profile: Option<Profile>,
    /// Whether several tools may be called at once.
    pub parallel_tool_calls: Option<bool>,
    /// Only the likeliest so many tokens are chosen from; at least 1.
    pub top_k: Option<u32>,
    /// Whether the caller of a stream in OpenAI's form wants its usage.
    pub include_usage: bool,
    /// Whether the backend is asked to write into its prompt cache.
    pub writes_cache: bool,
    /// What only a backend of the request's own dialect can take.
    pub rest: Rest,
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
        Self::read(body, Rest::strict())
    }

    /// Reads a request in OpenAI's form; what is not known of it is noted in `rest`.
    ///
    /// # Errors
    /// [`Invalid`] for what is wrong, and for what would change the price.
    pub fn from_openai(body: Json<'_>) -> Result<Self, Invalid> {
        Self::read(body, Rest::lenient())
    }

    fn read(body: Json<'_>, mut rest: Rest) -> Result<Self, Invalid> {
        let root = Path::ROOT;
        let native = !rest.is_lenient();
        let mut extras = Extras::default();
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
                "messages" => {
                    messages = Some(Message::list(given.unwrap_or_default(), &at, &mut rest)?)
                }
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
                "maxTokens" if native => {
                    camel_tokens = given
                        .map(|it| it.into_count(&at, MAX_OUTPUT_TOKENS))
                        .transpose()?;
                }
                "max_tokens" => {
                    snake_tokens = given
                        .map(|it| it.into_count(&at, MAX_OUTPUT_TOKENS))
                        .transpose()?;
                }
                "systemPrompt" if native => {
                    system_prompt = given.map(|it| it.into_string(&at)).transpose()?;
                }
                "tools" => {
                    tools = given.map_or(Ok(Vec::new()), |it| Tool::list(it, &at, &mut rest))?
                }
                "tool_choice" => {
                    tool_choice = given
                        .map(|it| ToolChoice::read(it, &at, &mut rest))
                        .transpose()?;
                }
                "stop" => stop = given.map_or(Ok(Vec::new()), |it| read_stops(it, &at))?,
                "response_format" => {
                    response_format = given
                        .map(|it| ResponseFormat::read(it, &at, &mut rest))
                        .transpose()?;
                }
                "profile" if native => {
                    profile = given.map(|it| it.into_one_of(&at, &profiles)).transpose()?
                }
                _ if native => rest.take(&given.unwrap_or_default(), &at)?,
                _ => extras.read(&field, given.unwrap_or_default(), &at, &mut rest)?,
            }
        }
        let other_name = if native {
            "maxTokens"
        } else {
            "max_completion_tokens"
        };
        let other_tokens = camel_tokens.or(extras.max_completion_tokens);
        if let (Some(other), Some(snake)) = (other_tokens, snake_tokens)
            && other != snake
        {
            return Err(root
                .field(other_name)
                .invalid("differs from max_tokens; give one of them"));
        }
        if let Some(choice) = &tool_choice {
            choice.check(&tools, &root.field("tool_choice"))?;
        }
        Ok(Self {
            messages: messages.ok_or_else(|| root.field("messages").invalid("is required"))?,
            model: model.unwrap_or_default(),
            stream,
            temperature,
            max_tokens: other_tokens.or(snake_tokens),
            system_prompt: system_prompt.filter(|prompt: &String| !prompt.is_empty()),
            tools,
            tool_choice,
            stop,
            top_p,
            response_format,
            anthropic_format: false,
            profile,
            parallel_tool_calls: extras.parallel_tool_calls,
            top_k: None,
            include_usage: extras.include_usage,
            writes_cache: false,
            rest,
        })
    }

    /// Bytes of all text that the model reads: messages, names, tool calls, tools, schemas, and what
    /// nobody here knows.
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
        bytes.fold(self.rest.bytes(), |sum, bytes| {
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

    /// About how many input tokens this is, for people: at a token for three bytes, and for images what
    /// Anthropic's largest come to. Nothing is charged by it.
    #[must_use]
    pub fn input_tokens(&self) -> u64 {
        const IMAGE: u64 = 1_600;
        let images = u64::try_from(self.images()).unwrap_or(u64::MAX);
        let text = self.input_bytes().div_ceil(3);
        text.saturating_add(images.saturating_mul(IMAGE))
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
            .saturating_add(self.rest.images())
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
mod tests;
