//! Messages and their blocks: text, images, calls of tools and their results.

use super::Reader;
use crate::chat::Invalid;
use crate::chat::call::{MAX_ID_CHARS, ToolCall};
use crate::chat::json::Json;
use crate::chat::message::{Content, MAX_MESSAGES, Message, Part, Role, image_url};
use crate::chat::path::Path;

enum Block {
    Part(Part),
    Call(ToolCall),
    Result(Message),
    Thought,
}

impl Reader {
    pub(super) fn messages(
        &mut self,
        value: Json<'_>,
        at: &Path<'_>,
    ) -> Result<Vec<Message>, Invalid> {
        let items = value.into_items(at)?;
        if items.is_empty() || items.len() > MAX_MESSAGES {
            return Err(at.invalid(&format!("must hold 1 to {MAX_MESSAGES} messages")));
        }
        let mut messages = Vec::with_capacity(items.len());
        for (index, item) in items.into_iter().enumerate() {
            self.message(item, &at.index(index), &mut messages)?;
        }
        Ok(messages)
    }

    fn message(
        &mut self,
        value: Json<'_>,
        at: &Path<'_>,
        messages: &mut Vec<Message>,
    ) -> Result<(), Invalid> {
        const ROLES: [(&str, Role); 2] = [("user", Role::User), ("assistant", Role::Assistant)];
        let (mut role, mut content) = (None, None);
        for (field, value) in value.into_fields(at)? {
            let at = at.field(&field);
            match field.as_ref() {
                "role" => role = Some(value.into_one_of(&at, &ROLES)?),
                "content" => content = Some(value),
                _ => self.rest.take(&value, &at)?,
            }
        }
        let role = role.ok_or_else(|| at.field("role").invalid("is required"))?;
        let at = at.field("content");
        let mut said = message(role, Content::None);
        match content {
            Some(Json::Text(text)) => said.content = Content::Text(text.into_owned()),
            Some(Json::Array(blocks)) => {
                let mut parts = Vec::new();
                for (index, block) in blocks.into_iter().enumerate() {
                    match self.block(block, role, &at.index(index))? {
                        Block::Part(part) => parts.push(part),
                        Block::Call(call) => said.tool_calls.push(call),
                        Block::Result(result) => messages.push(result),
                        Block::Thought => {}
                    }
                }
                if !parts.is_empty() {
                    said.content = Content::Parts(parts);
                }
            }
            Some(_) => return Err(at.invalid("must be a string or an array of blocks")),
            None => return Err(at.invalid("is required")),
        }
        // Nothing is left of a message that held only results, or only thoughts.
        if said.content != Content::None || !said.tool_calls.is_empty() {
            messages.push(said);
        }
        Ok(())
    }

    fn block(&mut self, value: Json<'_>, role: Role, at: &Path<'_>) -> Result<Block, Invalid> {
        let kind = value.get("type").and_then(Json::as_str).unwrap_or_default();
        match (kind, role) {
            ("text", _) => Ok(Block::Part(Part::Text(self.text_block(value, at)?))),
            ("image", Role::User) => Ok(Block::Part(self.image(value, at)?)),
            ("tool_use", Role::Assistant) => self.call(value, at),
            ("tool_result", Role::User) => self.result(value, at),
            ("thinking" | "redacted_thinking", Role::Assistant) => {
                self.rest.read(&value);
                Ok(Block::Thought)
            }
            _ => Err(at.field("type").invalid(
                "must be text, image or tool_result of the user, or text, tool_use or thinking of the assistant",
            )),
        }
    }

    /// A string, or text blocks joined by `between`.
    pub(super) fn text(
        &mut self,
        value: Json<'_>,
        at: &Path<'_>,
        between: &str,
    ) -> Result<String, Invalid> {
        match value {
            Json::Text(text) => Ok(text.into_owned()),
            Json::Array(blocks) => {
                let mut texts = Vec::with_capacity(blocks.len());
                for (index, block) in blocks.into_iter().enumerate() {
                    let at = at.index(index);
                    if block.get("type").and_then(Json::as_str) != Some("text") {
                        return Err(at.field("type").invalid("must be text"));
                    }
                    texts.push(self.text_block(block, &at)?);
                }
                Ok(texts.join(between))
            }
            _ => Err(at.invalid("must be a string or an array of text blocks")),
        }
    }

    fn text_block(&mut self, value: Json<'_>, at: &Path<'_>) -> Result<String, Invalid> {
        let mut text = None;
        for (field, value) in value.into_fields(at)? {
            let at = at.field(&field);
            match field.as_ref() {
                "type" => {}
                "text" => text = Some(value.into_string(&at)?),
                _ => self.other(&field, &value, &at)?,
            }
        }
        text.ok_or_else(|| at.field("text").invalid("is required"))
    }

    fn image(&mut self, value: Json<'_>, at: &Path<'_>) -> Result<Part, Invalid> {
        let mut url = None;
        for (field, value) in value.into_fields(at)? {
            let at = at.field(&field);
            match field.as_ref() {
                "type" => {}
                "source" => url = Some(source(value, &at)?),
                _ => self.other(&field, &value, &at)?,
            }
        }
        let url = url.ok_or_else(|| at.field("source").invalid("is required"))?;
        Ok(Part::Image { url, detail: None })
    }

    fn call(&mut self, value: Json<'_>, at: &Path<'_>) -> Result<Block, Invalid> {
        let (mut id, mut name, mut arguments) = (None, None, None);
        for (field, value) in value.into_fields(at)? {
            let at = at.field(&field);
            match field.as_ref() {
                "type" => {}
                "id" => id = Some(value.into_short_string(&at, MAX_ID_CHARS)?),
                "name" => name = Some(value.into_name(&at)?),
                "input" => arguments = Some(value.into_object_text(&at)?),
                _ => self.other(&field, &value, &at)?,
            }
        }
        let required = |field: &str| at.field(field).invalid("is required");
        Ok(Block::Call(ToolCall {
            id: id.ok_or_else(|| required("id"))?,
            name: name.ok_or_else(|| required("name"))?,
            arguments: arguments.ok_or_else(|| required("input"))?,
        }))
    }

    /// A result is text; that it is an error is left to its words.
    fn result(&mut self, value: Json<'_>, at: &Path<'_>) -> Result<Block, Invalid> {
        let (mut id, mut text) = (None, String::new());
        for (field, value) in value.into_fields(at)? {
            let at = at.field(&field);
            match field.as_ref() {
                "type" | "is_error" => {}
                "tool_use_id" => id = Some(value.into_short_string(&at, MAX_ID_CHARS)?),
                "content" => {
                    if let Some(content) = value.given() {
                        text = self.result_text(content, &at)?;
                    }
                }
                _ => self.other(&field, &value, &at)?,
            }
        }
        let id = id.ok_or_else(|| at.field("tool_use_id").invalid("is required"))?;
        let mut result = message(Role::Tool, Content::Text(text));
        result.tool_call_id = Some(id);
        Ok(Block::Result(result))
    }

    /// The text of a result. Its images are for a backend of the same dialect only.
    fn result_text(&mut self, value: Json<'_>, at: &Path<'_>) -> Result<String, Invalid> {
        let Json::Array(blocks) = value else {
            return self.text(value, at, "\n");
        };
        let mut texts = Vec::with_capacity(blocks.len());
        for (index, block) in blocks.into_iter().enumerate() {
            let at = at.index(index);
            match block.get("type").and_then(Json::as_str) {
                Some("text") => texts.push(self.text_block(block, &at)?),
                Some("image") => {
                    self.image(block, &at)?;
                    self.rest.image(&at);
                }
                _ => return Err(at.field("type").invalid("must be text or image")),
            }
        }
        Ok(texts.join("\n"))
    }
}

fn message(role: Role, content: Content) -> Message {
    Message {
        role,
        content,
        name: None,
        tool_calls: Vec::new(),
        tool_call_id: None,
    }
}

/// The source of an image, as a URL.
fn source(value: Json<'_>, at: &Path<'_>) -> Result<String, Invalid> {
    const KINDS: [(&str, bool); 2] = [("base64", false), ("url", true)];
    const MEDIA: [(&str, &str); 4] = [
        ("image/jpeg", "image/jpeg"),
        ("image/png", "image/png"),
        ("image/gif", "image/gif"),
        ("image/webp", "image/webp"),
    ];
    let (mut is_url, mut media, mut data, mut url) = (None, None, None, None);
    for (field, value) in value.into_fields(at)? {
        let at = at.field(&field);
        match field.as_ref() {
            "type" => is_url = Some(value.into_one_of(&at, &KINDS)?),
            "media_type" => media = Some(value.into_one_of(&at, &MEDIA)?),
            "data" => data = Some(value.into_string(&at)?),
            "url" => url = Some(image_url(value, &at)?),
            _ => return Err(at.invalid("unknown field")),
        }
    }
    let required = |field: &str| at.field(field).invalid("is required");
    if is_url.ok_or_else(|| required("type"))? {
        return url.ok_or_else(|| required("url"));
    }
    let media = media.ok_or_else(|| required("media_type"))?;
    let data = data.ok_or_else(|| required("data"))?;
    Ok(format!("data:{media};base64,{data}"))
}
