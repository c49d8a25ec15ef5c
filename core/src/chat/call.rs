//! A call of a tool, as requests and answers hold it.

use super::Invalid;
use super::json::Json;
use super::path::Path;
use super::rest::Rest;
use super::write::{Array, Object};

/// Longest id of a tool call, and longest name of a speaker.
pub(super) const MAX_ID_CHARS: usize = 256;

/// A call of a function by the model, in requests and in answers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ToolCall {
    /// Ties the result to the call.
    pub id: String,
    /// The function.
    pub name: String,
    /// Its arguments as the model wrote them: JSON text by intention, but models err.
    pub arguments: String,
}

impl ToolCall {
    /// Reads `tool_calls` of a message of the assistant.
    pub(super) fn list(
        value: Json<'_>,
        at: &Path<'_>,
        rest: &mut Rest,
    ) -> Result<Vec<Self>, Invalid> {
        let read = |(index, item)| Self::read(item, &at.index(index), rest);
        value
            .into_items(at)?
            .into_iter()
            .enumerate()
            .map(read)
            .collect()
    }

    fn read(value: Json<'_>, at: &Path<'_>, rest: &mut Rest) -> Result<Self, Invalid> {
        let (mut id, mut function, mut is_function) = (None, None, false);
        for (field, value) in value.into_fields(at)? {
            let at = at.field(&field);
            match field.as_ref() {
                "id" => id = Some(value.into_short_string(&at, MAX_ID_CHARS)?),
                "type" => is_function = value.into_one_of(&at, &[("function", true)])?,
                "function" => function = Some(Self::read_function(value, &at, rest)?),
                _ => rest.take(&value, &at)?,
            }
        }
        if !is_function {
            return Err(at.field("type").invalid("is required"));
        }
        let id = id.ok_or_else(|| at.field("id").invalid("is required"))?;
        let (name, arguments) =
            function.ok_or_else(|| at.field("function").invalid("is required"))?;
        Ok(Self {
            id,
            name,
            arguments,
        })
    }

    fn read_function(
        value: Json<'_>,
        at: &Path<'_>,
        rest: &mut Rest,
    ) -> Result<(String, String), Invalid> {
        let (mut name, mut arguments) = (None, None);
        for (field, value) in value.into_fields(at)? {
            let at = at.field(&field);
            match field.as_ref() {
                "name" => name = Some(value.into_name(&at)?),
                "arguments" => arguments = Some(value.into_string(&at)?),
                _ => rest.take(&value, &at)?,
            }
        }
        let name = name.ok_or_else(|| at.field("name").invalid("is required"))?;
        let arguments = arguments.ok_or_else(|| at.field("arguments").invalid("is required"))?;
        Ok((name, arguments))
    }
}

/// Appends tool calls in OpenAI's form, which requests take too.
pub(super) fn write_calls(out: &mut Vec<u8>, calls: &[ToolCall]) {
    let mut array = Array::open(out);
    for call in calls {
        let mut object = Object::open(array.item());
        object.string("id", &call.id);
        object.string("type", "function");
        let mut function = Object::open(object.field("function"));
        function.string("name", &call.name);
        function.string("arguments", &call.arguments);
        function.close();
        object.close();
    }
    array.close();
}
