//! The body of `POST /v1/messages`, read into the canonical form.
//!
//! Whatever a backend of another dialect could not be told is noted in `rest`. Documents, server tools
//! and the like have prices of their own and are refused by name.
//!
//! In the canonical form the results in a message of the user become messages of the tool before it,
//! and thoughts of earlier answers are left out. A backend of the same dialect gets the body itself.
//!
//! Source: Anthropic API reference, "Create a Message".

use super::Invalid;
use super::bound::{MAX_MODEL_CHARS, MAX_OUTPUT_TOKENS};
use super::call::{MAX_ID_CHARS, ToolCall};
use super::json::Json;
use super::message::{Content, MAX_MESSAGES, Message, Part, Role, image_url};
use super::path::Path;
use super::request::ChatRequest;
use super::rest::Rest;
use super::tool::{MAX_TOOLS, ResponseFormat, Tool, ToolChoice};
use crate::profile::Profile;

/// What changes the price in ways that nothing is reserved for.
const PRICED: [&str; 4] = ["container", "inference_geo", "mcp_servers", "speed"];

/// Reads a body that was read strictly as JSON.
///
/// # Errors
/// [`Invalid`] for what is wrong, and for what would change the price.
pub fn from_json(body: Json<'_>) -> Result<ChatRequest, Invalid> {
    let request = to_count(body)?;
    match request.max_tokens {
        Some(_) => Ok(request),
        None => Err(Path::ROOT.field("max_tokens").invalid("is required")),
    }
}

/// Reads one whose input is to be counted: `max_tokens` may be missing.
///
/// # Errors
/// As for [`from_json`].
pub fn to_count(body: Json<'_>) -> Result<ChatRequest, Invalid> {
    let root = Path::ROOT;
    let mut reader = Reader::default();
    let (mut messages, mut model, mut max_tokens) = (None, None, None);
    let (mut system, mut stream, mut stop) = (None, false, Vec::new());
    let (mut temperature, mut top_p, mut top_k) = (None, None, None);
    let (mut tools, mut choice) = (Vec::new(), None);
    let (mut format, mut configured) = (None, false);
    for (field, value) in body.into_fields(&root)? {
        let at = root.field(&field);
        let Some(value) = value.given() else { continue };
        match field.as_ref() {
            "messages" => messages = Some(reader.messages(value, &at)?),
            "model" => model = Some(value.into_short_string(&at, MAX_MODEL_CHARS)?),
            "max_tokens" => max_tokens = Some(value.into_count(&at, MAX_OUTPUT_TOKENS)?),
            "system" => system = Some(reader.text(value, &at, "\n")?),
            "stream" => stream = value.into_bool(&at)?,
            "stop_sequences" => {
                for (index, one) in value.into_items(&at)?.into_iter().enumerate() {
                    stop.push(one.into_string(&at.index(index))?);
                }
            }
            "temperature" => temperature = Some(value.into_number(&at, 1)?),
            "top_p" => top_p = Some(value.into_number(&at, 1)?),
            "top_k" => top_k = Some(value.into_count(&at, MAX_OUTPUT_TOKENS)?),
            "tools" => tools = reader.tools(value, &at)?,
            "tool_choice" => choice = Some(reader.choice(value, &at)?),
            "output_config" | "output_format" if configured => {
                return Err(at.invalid("give one of output_config and output_format"));
            }
            "output_config" => {
                configured = true;
                format = reader.output_config(value, &at)?;
            }
            "output_format" => {
                configured = true;
                format = Some(reader.format(value, &at)?);
            }
            "cache_control" => reader.cache_control(&value, &at)?,
            "metadata" => {}
            // This gateway's own; what it asks for was done before anything was read.
            "profile" => {
                value.into_one_of(&at, &Profile::ALL.map(|it| (it.as_str(), ())))?;
            }
            "thinking" if value.get("type").and_then(Json::as_str) == Some("disabled") => {}
            "service_tier" if matches!(value.as_str(), Some("auto" | "standard_only")) => {}
            "service_tier" => return Err(at.invalid("must be auto or standard_only")),
            name if PRICED.contains(&name) => {
                return Err(at.invalid("is not offered: it changes the price of an answer"));
            }
            _ => reader.rest.take(&value, &at)?,
        }
    }
    let required = |field: &str| root.field(field).invalid("is required");
    let (tool_choice, parallel_tool_calls) = choice.unwrap_or_default();
    if let Some(choice) = &tool_choice {
        choice.check(&tools, &root.field("tool_choice"))?;
    }
    Ok(ChatRequest {
        messages: messages.ok_or_else(|| required("messages"))?,
        model: model.ok_or_else(|| required("model"))?,
        stream,
        temperature,
        max_tokens,
        system_prompt: system.filter(|text: &String| !text.is_empty()),
        tools,
        tool_choice,
        stop,
        top_p,
        anthropic_format: format.is_some(),
        response_format: format,
        profile: None,
        parallel_tool_calls,
        top_k,
        include_usage: true,
        writes_cache: reader.writes_cache,
        rest: reader.rest,
    })
}

/// A choice of tools, and whether several may be called at once.
type Choice = (Option<ToolChoice>, Option<bool>);

struct Reader {
    rest: Rest,
    writes_cache: bool,
}

impl Default for Reader {
    fn default() -> Self {
        Self {
            rest: Rest::lenient(),
            writes_cache: false,
        }
    }
}

impl Reader {
    fn messages(&mut self, value: Json<'_>, at: &Path<'_>) -> Result<Vec<Message>, Invalid> {
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
    fn text(&mut self, value: Json<'_>, at: &Path<'_>, between: &str) -> Result<String, Invalid> {
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

    fn tools(&mut self, value: Json<'_>, at: &Path<'_>) -> Result<Vec<Tool>, Invalid> {
        let items = value.into_items(at)?;
        if items.len() > MAX_TOOLS {
            return Err(at.invalid(&format!("must hold at most {MAX_TOOLS} tools")));
        }
        let mut tools: Vec<Tool> = Vec::with_capacity(items.len());
        for (index, item) in items.into_iter().enumerate() {
            let at = at.index(index);
            let tool = self.tool(item, &at)?;
            if tools.iter().any(|other| other.name == tool.name) {
                return Err(at.field("name").invalid("another tool has this name"));
            }
            tools.push(tool);
        }
        Ok(tools)
    }

    fn tool(&mut self, value: Json<'_>, at: &Path<'_>) -> Result<Tool, Invalid> {
        let (mut name, mut description, mut parameters, mut strict) = (None, None, None, None);
        for (field, value) in value.into_fields(at)? {
            let at = at.field(&field);
            let Some(value) = value.given() else { continue };
            match field.as_ref() {
                "type" if value.as_str() == Some("custom") => {}
                "type" => {
                    return Err(
                        at.invalid("must be custom: the provider's own tools are not offered")
                    );
                }
                "name" => name = Some(value.into_name(&at)?),
                "description" => description = Some(value.into_string(&at)?),
                "input_schema" => parameters = Some(value.into_schema_text(&at)?),
                "strict" => strict = Some(value.into_bool(&at)?),
                // A wish for how a stream is cut into pieces: whoever does not know it answers the same.
                "eager_input_streaming" => value.into_bool(&at).map(drop)?,
                _ => self.other(&field, &value, &at)?,
            }
        }
        let required = |field: &str| at.field(field).invalid("is required");
        Ok(Tool {
            name: name.ok_or_else(|| required("name"))?,
            description,
            parameters: Some(parameters.ok_or_else(|| required("input_schema"))?),
            strict,
        })
    }

    fn choice(&mut self, value: Json<'_>, at: &Path<'_>) -> Result<Choice, Invalid> {
        const KINDS: [(&str, u8); 4] = [("auto", 0), ("any", 1), ("none", 2), ("tool", 3)];
        let (mut kind, mut name, mut parallel) = (None, None, None);
        for (field, value) in value.into_fields(at)? {
            let at = at.field(&field);
            let Some(value) = value.given() else { continue };
            match field.as_ref() {
                "type" => kind = Some(value.into_one_of(&at, &KINDS)?),
                "name" => name = Some(value.into_name(&at)?),
                "disable_parallel_tool_use" => parallel = Some(!value.into_bool(&at)?),
                _ => self.rest.take(&value, &at)?,
            }
        }
        let choice = match kind.ok_or_else(|| at.field("type").invalid("is required"))? {
            0 => ToolChoice::Auto,
            1 => ToolChoice::Required,
            2 => ToolChoice::None,
            _ => ToolChoice::Function(name.ok_or_else(|| at.field("name").invalid("is required"))?),
        };
        Ok((Some(choice), parallel))
    }

    /// A field that any block may have, or none.
    /// How the answer should be; of this, its form is known to other backends, too.
    fn output_config(
        &mut self,
        value: Json<'_>,
        at: &Path<'_>,
    ) -> Result<Option<ResponseFormat>, Invalid> {
        let mut format = None;
        for (field, value) in value.into_fields(at)? {
            let at = at.field(&field);
            match (field.as_ref(), value.given()) {
                (_, None) => {}
                ("format", Some(value)) => format = Some(self.format(value, &at)?),
                (_, Some(value)) => self.rest.take(&value, &at)?,
            }
        }
        Ok(format)
    }

    fn format(&mut self, value: Json<'_>, at: &Path<'_>) -> Result<ResponseFormat, Invalid> {
        let (mut known, mut schema) = (false, None);
        for (field, value) in value.into_fields(at)? {
            let at = at.field(&field);
            match field.as_ref() {
                "type" => known = value.into_one_of(&at, &[("json_schema", true)])?,
                "schema" => schema = Some(value.into_schema_text(&at)?),
                _ => self.rest.take(&value, &at)?,
            }
        }
        if !known {
            return Err(at.field("type").invalid("is required"));
        }
        let schema = schema.ok_or_else(|| at.field("schema").invalid("is required"))?;
        Ok(ResponseFormat::JsonSchema {
            name: "answer".to_owned(),
            description: None,
            schema: Some(schema),
            strict: Some(true),
        })
    }

    fn other(&mut self, field: &str, value: &Json<'_>, at: &Path<'_>) -> Result<(), Invalid> {
        if field == "cache_control" {
            return self.cache_control(value, at);
        }
        self.rest.take(value, at)
    }

    /// A hint: who cannot take it answers the same.
    fn cache_control(&mut self, value: &Json<'_>, at: &Path<'_>) -> Result<(), Invalid> {
        if value.is_null() {
            return Ok(());
        }
        match value.get("ttl").map(Json::as_str) {
            None | Some(Some("5m")) => self.writes_cache = true,
            Some(_) => {
                return Err(at.field("ttl").invalid("must be 5m: only that is priced"));
            }
        }
        Ok(())
    }
}

enum Block {
    Part(Part),
    Call(ToolCall),
    Result(Message),
    Thought,
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

#[cfg(test)]
mod tests;
