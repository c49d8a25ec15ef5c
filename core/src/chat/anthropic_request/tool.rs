//! Tools, the choice among them, and the form of the answer.

use super::Reader;
use crate::chat::Invalid;
use crate::chat::json::Json;
use crate::chat::path::Path;
use crate::chat::tool::{MAX_TOOLS, ResponseFormat, Tool, ToolChoice};

/// A choice of tools, and whether several may be called at once.
type Choice = (Option<ToolChoice>, Option<bool>);

impl Reader {
    pub(super) fn tools(&mut self, value: Json<'_>, at: &Path<'_>) -> Result<Vec<Tool>, Invalid> {
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

    pub(super) fn choice(&mut self, value: Json<'_>, at: &Path<'_>) -> Result<Choice, Invalid> {
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

    /// How the answer should be; of this, its form is known to other backends, too.
    pub(super) fn output_config(
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

    pub(super) fn format(
        &mut self,
        value: Json<'_>,
        at: &Path<'_>,
    ) -> Result<ResponseFormat, Invalid> {
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
}
