//! The messages of a conversation.
//!
//! In scope: roles, text and image parts, tool calls and their results, and which role may hold
//! what. Out of scope: whether a tool result answers a call; backends judge that.

use super::Invalid;
use super::call::{MAX_ID_CHARS, ToolCall};
use super::json::Json;
use super::path::Path;
use super::rest::Rest;

/// Most messages in a request.
pub const MAX_MESSAGES: usize = 1024;

/// Who speaks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// The instructions.
    System,
    /// The person.
    User,
    /// The model.
    Assistant,
    /// The result of a tool call.
    Tool,
}

impl Role {
    /// The last one is OpenAI's newer word for the first.
    const WORDS: [(&'static str, Self); 5] = [
        ("system", Self::System),
        ("user", Self::User),
        ("assistant", Self::Assistant),
        ("tool", Self::Tool),
        ("developer", Self::System),
    ];

    /// The role's word on every wire.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::System => "system",
            Self::User => "user",
            Self::Assistant => "assistant",
            Self::Tool => "tool",
        }
    }
}

/// How closely a model should look at an image.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Detail {
    /// The backend decides.
    Auto,
    /// A thumbnail.
    Low,
    /// Tile by tile.
    High,
}

impl Detail {
    const WORDS: [(&'static str, Self); 3] = [
        ("auto", Self::Auto),
        ("low", Self::Low),
        ("high", Self::High),
    ];

    /// The word on the wire.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Auto => "auto",
            Self::Low => "low",
            Self::High => "high",
        }
    }
}

/// One part of a message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Part {
    /// `{"type":"text"}`.
    Text(String),
    /// `{"type":"image_url"}`, in messages of the user only.
    Image {
        /// An `https:` or `data:image/` URL.
        url: String,
        /// Absent: the backend decides.
        detail: Option<Detail>,
    },
}

/// What a message says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Content {
    /// Nothing: an assistant's message that only calls tools.
    None,
    /// A plain string.
    Text(String),
    /// At least one part.
    Parts(Vec<Part>),
}

/// One message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Message {
    /// Who speaks.
    pub role: Role,
    /// What is said.
    pub content: Content,
    /// Tells speakers of one role apart.
    pub name: Option<String>,
    /// Calls, in messages of the assistant only.
    pub tool_calls: Vec<ToolCall>,
    /// The call this answers: in every message of a tool, and in no other.
    pub tool_call_id: Option<String>,
}

impl Message {
    /// Reads `messages`: 1 to [`MAX_MESSAGES`].
    pub(super) fn list(
        value: Json<'_>,
        at: &Path<'_>,
        rest: &mut Rest,
    ) -> Result<Vec<Self>, Invalid> {
        let items = value.into_items(at)?;
        if items.is_empty() || items.len() > MAX_MESSAGES {
            return Err(at.invalid(&format!("must hold 1 to {MAX_MESSAGES} messages")));
        }
        let read = |(index, item)| Self::read(item, &at.index(index), rest);
        items.into_iter().enumerate().map(read).collect()
    }

    fn read(value: Json<'_>, at: &Path<'_>, rest: &mut Rest) -> Result<Self, Invalid> {
        let (mut role, mut name, mut tool_call_id) = (None, None, None);
        let (mut content, mut tool_calls) = (Content::None, Vec::new());
        for (field, value) in value.into_fields(at)? {
            let at = at.field(&field);
            let given = value.given();
            match field.as_ref() {
                "role" => {
                    role = Some(
                        given
                            .unwrap_or_default()
                            .into_one_of(&at, rest.roles(&Role::WORDS))?,
                    );
                }
                "content" => {
                    content = given.map_or(Ok(Content::None), |it| Content::read(it, &at, rest))?
                }
                "name" => {
                    name = given
                        .map(|it| it.into_short_string(&at, MAX_ID_CHARS))
                        .transpose()?
                }
                "tool_calls" => {
                    tool_calls =
                        given.map_or(Ok(Vec::new()), |it| ToolCall::list(it, &at, rest))?;
                }
                "tool_call_id" => {
                    tool_call_id = given
                        .map(|it| it.into_short_string(&at, MAX_ID_CHARS))
                        .transpose()?;
                }
                _ => rest.take(&given.unwrap_or_default(), &at)?,
            }
        }
        let role = role.ok_or_else(|| at.field("role").invalid("is required"))?;
        let message = Self {
            role,
            content,
            name,
            tool_calls,
            tool_call_id,
        };
        message.check(at)?;
        Ok(message)
    }

    /// Which role may hold what.
    fn check(&self, at: &Path<'_>) -> Result<(), Invalid> {
        let refuse = |field: &str, message: &str| Err(at.field(field).invalid(message));
        if !self.tool_calls.is_empty() && self.role != Role::Assistant {
            return refuse("tool_calls", "only messages of the assistant call tools");
        }
        match (self.role, &self.tool_call_id) {
            (Role::Tool, None) => return refuse("tool_call_id", "is required in a tool's message"),
            (Role::Tool, Some(_)) | (_, None) => {}
            _ => return refuse("tool_call_id", "only belongs in a tool's message"),
        }
        match &self.content {
            Content::None if self.tool_calls.is_empty() => refuse("content", "is required"),
            Content::Parts(parts) if self.role != Role::User => {
                match parts
                    .iter()
                    .position(|part| matches!(part, Part::Image { .. }))
                {
                    Some(image) => Err(at
                        .field("content")
                        .index(image)
                        .field("type")
                        .invalid("images only belong in messages of the user")),
                    None => Ok(()),
                }
            }
            _ => Ok(()),
        }
    }
}

impl Content {
    fn read(value: Json<'_>, at: &Path<'_>, rest: &mut Rest) -> Result<Self, Invalid> {
        match value {
            Json::Text(text) => Ok(Self::Text(text.into_owned())),
            Json::Array(items) if items.is_empty() => Err(at.invalid("must hold a part")),
            Json::Array(items) => {
                let read = |(index, item)| Part::read(item, &at.index(index), rest);
                items
                    .into_iter()
                    .enumerate()
                    .map(read)
                    .collect::<Result<_, _>>()
                    .map(Self::Parts)
            }
            _ => Err(at.invalid("must be a string or an array of parts")),
        }
    }
}

impl Part {
    fn read(value: Json<'_>, at: &Path<'_>, rest: &mut Rest) -> Result<Self, Invalid> {
        let (mut is_image, mut text, mut image) = (None, None, None);
        for (field, value) in value.into_fields(at)? {
            let at = at.field(&field);
            match field.as_ref() {
                "type" => {
                    is_image =
                        Some(value.into_one_of(&at, &[("text", false), ("image_url", true)])?);
                }
                "text" => text = Some(value.into_string(&at)?),
                "image_url" => image = Some(Self::read_image(value, &at, rest)?),
                _ => rest.take(&value, &at)?,
            }
        }
        match (is_image, text, image) {
            (Some(false), Some(text), None) => Ok(Self::Text(text)),
            (Some(true), None, Some(image)) => Ok(image),
            (None, ..) => Err(at.field("type").invalid("is required")),
            (Some(false), None, _) => Err(at.field("text").invalid("is required")),
            (Some(false), ..) => Err(at
                .field("image_url")
                .invalid("does not belong in a text part")),
            (Some(true), _, None) => Err(at.field("image_url").invalid("is required")),
            (Some(true), ..) => Err(at.field("text").invalid("does not belong in an image part")),
        }
    }

    fn read_image(value: Json<'_>, at: &Path<'_>, rest: &mut Rest) -> Result<Self, Invalid> {
        let (mut url, mut detail) = (None, None);
        for (field, value) in value.into_fields(at)? {
            let at = at.field(&field);
            match field.as_ref() {
                "url" => {
                    url = Some(image_url(value, &at)?);
                }
                "detail" => {
                    detail = value
                        .given()
                        .map(|it| it.into_one_of(&at, &Detail::WORDS))
                        .transpose()?;
                }
                _ => rest.take(&value, &at)?,
            }
        }
        let url = url.ok_or_else(|| at.field("url").invalid("is required"))?;
        Ok(Self::Image { url, detail })
    }
}

/// The URL of an image.
pub(super) fn image_url(value: Json<'_>, at: &Path<'_>) -> Result<String, Invalid> {
    let text = value.into_string(at)?;
    if !text.starts_with("https://") && !text.starts_with("data:image/") {
        return Err(at.invalid("must be an https: or data:image/ URL"));
    }
    Ok(text)
}

#[cfg(test)]
mod tests;
