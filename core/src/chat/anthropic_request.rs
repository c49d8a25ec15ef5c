//! The body of `POST /v1/messages`, read into the canonical form.
//!
//! Whatever a backend of another dialect could not be told is noted in `rest`. Documents, server tools
//! and the like have prices of their own and are refused by name.
//!
//! In the canonical form the results in a message of the user become messages of the tool before it,
//! and thoughts of earlier answers are left out. A backend of the same dialect gets the body itself.
//!
//! Source: Anthropic API reference, "Create a Message".

mod message;
mod tool;

use super::Invalid;
use super::bound::{MAX_MODEL_CHARS, MAX_OUTPUT_TOKENS};
use super::json::Json;
use super::path::Path;
use super::request::ChatRequest;
use super::rest::Rest;
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

/// Reads a body, and notes what the canonical form lacks.
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
    /// A field of a block that is none of its own.
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

#[cfg(test)]
mod tests;
