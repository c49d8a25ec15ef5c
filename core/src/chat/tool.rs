//! What shapes an answer besides the messages: tools, which of them to call, and the format.

use super::Invalid;
use super::json::Json;
use super::path::Path;
use super::rest::Rest;

/// Most tools in a request.
pub const MAX_TOOLS: usize = 128;

/// A function that the model may call.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tool {
    /// 1 to 64 letters, digits, `_` and `-`.
    pub name: String,
    /// What it does, for the model.
    pub description: Option<String>,
    /// JSON Schema of the arguments: the text of an object, fields in the caller's order.
    pub parameters: Option<String>,
    /// Whether the arguments must fit the schema exactly.
    pub strict: Option<bool>,
}

impl Tool {
    /// Reads `tools`: at most [`MAX_TOOLS`], of type `function`, no two of one name.
    pub(super) fn list(
        value: Json<'_>,
        at: &Path<'_>,
        rest: &mut Rest,
    ) -> Result<Vec<Self>, Invalid> {
        let items = value.into_items(at)?;
        if items.len() > MAX_TOOLS {
            return Err(at.invalid(&format!("must hold at most {MAX_TOOLS} tools")));
        }
        let mut tools: Vec<Self> = Vec::with_capacity(items.len());
        for (index, item) in items.into_iter().enumerate() {
            let at = at.index(index);
            let tool = Self::read(item, &at, rest)?;
            if tools.iter().any(|other| other.name == tool.name) {
                let function = at.field("function");
                return Err(function.field("name").invalid("another tool has this name"));
            }
            tools.push(tool);
        }
        Ok(tools)
    }

    fn read(value: Json<'_>, at: &Path<'_>, rest: &mut Rest) -> Result<Self, Invalid> {
        let function = of_type_function(value, at, rest)?;
        let at = at.field("function");
        let (mut name, mut description, mut parameters, mut strict) = (None, None, None, None);
        for (field, value) in function.into_fields(&at)? {
            let at = at.field(&field);
            let given = value.given();
            match field.as_ref() {
                "name" => name = Some(given.unwrap_or_default().into_name(&at)?),
                "description" => description = given.map(|it| it.into_string(&at)).transpose()?,
                "parameters" => {
                    parameters = given.map(|it| it.into_schema_text(&at)).transpose()?
                }
                "strict" => strict = given.map(|it| it.into_bool(&at)).transpose()?,
                _ => rest.take(&given.unwrap_or_default(), &at)?,
            }
        }
        let name = name.ok_or_else(|| at.field("name").invalid("is required"))?;
        Ok(Self {
            name,
            description,
            parameters,
            strict,
        })
    }
}

/// Reads `{"type":"function","function":…}` and gives the latter.
fn of_type_function<'a>(
    value: Json<'a>,
    at: &Path<'_>,
    rest: &mut Rest,
) -> Result<Json<'a>, Invalid> {
    let (mut is_function, mut function) = (false, None);
    for (field, value) in value.into_fields(at)? {
        let at = at.field(&field);
        match field.as_ref() {
            "type" => is_function = value.into_one_of(&at, &[("function", true)])?,
            "function" => function = Some(value),
            _ => rest.take(&value, &at)?,
        }
    }
    if !is_function {
        return Err(at.field("type").invalid("is required"));
    }
    function.ok_or_else(|| at.field("function").invalid("is required"))
}

/// Which tools the model should call.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ToolChoice {
    /// None of them.
    None,
    /// As it sees fit.
    Auto,
    /// At least one.
    Required,
    /// This one, which is among the request's tools.
    Function(String),
}

impl ToolChoice {
    pub(super) fn read(value: Json<'_>, at: &Path<'_>, rest: &mut Rest) -> Result<Self, Invalid> {
        const WORDS: [(&str, u8); 3] = [("none", 0), ("auto", 1), ("required", 2)];
        if !matches!(value, Json::Object(_)) {
            return match value.into_one_of(at, &WORDS) {
                Ok(0) => Ok(Self::None),
                Ok(1) => Ok(Self::Auto),
                Ok(_) => Ok(Self::Required),
                Err(_) => Err(
                    at.invalid("must be none, auto, required, or an object that names a function")
                ),
            };
        }
        let function = of_type_function(value, at, rest)?;
        let at = at.field("function");
        let mut name = None;
        for (field, value) in function.into_fields(&at)? {
            let at = at.field(&field);
            match field.as_ref() {
                "name" => name = Some(value.into_name(&at)?),
                _ => rest.take(&value, &at)?,
            }
        }
        name.map(Self::Function)
            .ok_or_else(|| at.field("name").invalid("is required"))
    }

    /// Refuses a choice that the tools cannot meet.
    pub(super) fn check(&self, tools: &[Tool], at: &Path<'_>) -> Result<(), Invalid> {
        match self {
            Self::None | Self::Auto => Ok(()),
            Self::Required if tools.is_empty() => Err(at.invalid("needs tools")),
            Self::Required => Ok(()),
            Self::Function(name) if tools.iter().any(|tool| tool.name == *name) => Ok(()),
            Self::Function(_) => {
                let function = at.field("function");
                Err(function.field("name").invalid("is not among the tools"))
            }
        }
    }
}

/// The form an answer must have.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ResponseFormat {
    /// Free text.
    Text,
    /// Any JSON object.
    JsonObject,
    /// JSON that fits a schema.
    JsonSchema {
        /// 1 to 64 letters, digits, `_` and `-`.
        name: String,
        /// What it is for, for the model.
        description: Option<String>,
        /// The JSON Schema: the text of an object, fields in the caller's order.
        schema: Option<String>,
        /// Whether the answer must fit exactly.
        strict: Option<bool>,
    },
}

impl ResponseFormat {
    pub(super) fn read(value: Json<'_>, at: &Path<'_>, rest: &mut Rest) -> Result<Self, Invalid> {
        const WORDS: [(&str, u8); 3] = [("text", 0), ("json_object", 1), ("json_schema", 2)];
        let (mut kind, mut schema) = (None, None);
        for (field, value) in value.into_fields(at)? {
            let at = at.field(&field);
            match field.as_ref() {
                "type" => kind = Some(value.into_one_of(&at, &WORDS)?),
                "json_schema" => {
                    schema = value
                        .given()
                        .map(|it| Self::read_schema(it, &at, rest))
                        .transpose()?
                }
                _ => rest.take(&value, &at)?,
            }
        }
        match (kind, schema) {
            (None, _) => Err(at.field("type").invalid("is required")),
            (Some(0), None) => Ok(Self::Text),
            (Some(1), None) => Ok(Self::JsonObject),
            (Some(0 | 1), Some(_)) => Err(at
                .field("json_schema")
                .invalid("only belongs in the type json_schema")),
            (Some(_), Some(schema)) => Ok(schema),
            (Some(_), None) => Err(at.field("json_schema").invalid("is required")),
        }
    }

    fn read_schema(value: Json<'_>, at: &Path<'_>, rest: &mut Rest) -> Result<Self, Invalid> {
        let (mut name, mut description, mut schema, mut strict) = (None, None, None, None);
        for (field, value) in value.into_fields(at)? {
            let at = at.field(&field);
            let given = value.given();
            match field.as_ref() {
                "name" => name = Some(given.unwrap_or_default().into_name(&at)?),
                "description" => description = given.map(|it| it.into_string(&at)).transpose()?,
                "schema" => schema = given.map(|it| it.into_schema_text(&at)).transpose()?,
                "strict" => strict = given.map(|it| it.into_bool(&at)).transpose()?,
                _ => rest.take(&given.unwrap_or_default(), &at)?,
            }
        }
        let name = name.ok_or_else(|| at.field("name").invalid("is required"))?;
        Ok(Self::JsonSchema {
            name,
            description,
            schema,
            strict,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn json(text: &str) -> Json<'_> {
        Json::parse(text.as_bytes()).unwrap()
    }

    fn refused<T: std::fmt::Debug>(read: Result<T, Invalid>) -> String {
        read.unwrap_err().path
    }

    #[test]
    fn keeps_the_order_of_a_tools_schema() {
        let tools = Tool::list(
            json(
                r#"[{"type":"function","function":{"name":"f","description":null,"strict":true,
                "parameters":{"z": 1, "a": [1.50]}}}]"#,
            ),
            &Path::ROOT,
            &mut Rest::strict(),
        );
        let tool = &tools.unwrap()[0];
        assert_eq!(tool.parameters.as_deref(), Some(r#"{"z":1,"a":[1.5]}"#));
        assert_eq!(
            (tool.description.as_deref(), tool.strict),
            (None, Some(true))
        );
    }

    #[test]
    fn names_what_is_wrong_with_a_tool() {
        let long = "x".repeat(65);
        let named =
            |name: &str| format!(r#"[{{"type":"function","function":{{"name":"{name}"}}}}]"#);
        for (tools, path) in [
            ("{}".to_owned(), "$"),
            ("[1]".to_owned(), "$[0]"),
            (r#"[{"type":"web_search"}]"#.to_owned(), "$[0].type"),
            (r#"[{"function":{"name":"f"}}]"#.to_owned(), "$[0].type"),
            (r#"[{"type":"function"}]"#.to_owned(), "$[0].function"),
            (
                r#"[{"type":"function","function":{}}]"#.to_owned(),
                "$[0].function.name",
            ),
            (
                r#"[{"type":"function","function":{"name":"f","parameters":[]}}]"#.to_owned(),
                "$[0].function.parameters",
            ),
            (
                r#"[{"type":"function","function":{"name":"f","x":[]}}]"#.to_owned(),
                "$[0].function.x",
            ),
            (named(""), "$[0].function.name"),
            (named("a b"), "$[0].function.name"),
            (named("é"), "$[0].function.name"),
            (named(&long), "$[0].function.name"),
            (
                named("f").replace(']', ",") + &named("f").replace('[', ""),
                "$[1].function.name",
            ),
        ] {
            assert_eq!(
                refused(Tool::list(json(&tools), &Path::ROOT, &mut Rest::strict())),
                path,
                "{tools}"
            );
        }
        let many = vec!["1"; MAX_TOOLS + 1].join(",");
        assert_eq!(
            refused(Tool::list(
                json(&format!("[{many}]")),
                &Path::ROOT,
                &mut Rest::strict()
            )),
            "$"
        );
    }

    #[test]
    fn reads_every_tool_choice() {
        let read = |text| ToolChoice::read(json(text), &Path::ROOT, &mut Rest::strict());
        assert_eq!(read("\"none\""), Ok(ToolChoice::None));
        assert_eq!(read("\"auto\""), Ok(ToolChoice::Auto));
        assert_eq!(read("\"required\""), Ok(ToolChoice::Required));
        assert_eq!(
            read(r#"{"type":"function","function":{"name":"f"}}"#),
            Ok(ToolChoice::Function("f".to_owned()))
        );
        assert_eq!(refused(read("\"any\"")), "$");
        assert_eq!(
            refused(read(r#"{"type":"function","function":{"name":""}}"#)),
            "$.function.name"
        );
    }

    #[test]
    fn a_choice_must_be_among_the_tools() {
        let tool = Tool {
            name: "f".to_owned(),
            description: None,
            parameters: None,
            strict: None,
        };
        let f = ToolChoice::Function("f".to_owned());
        assert!(f.check(std::slice::from_ref(&tool), &Path::ROOT).is_ok());
        assert_eq!(refused(f.check(&[], &Path::ROOT)), "$.function.name");
        assert_eq!(refused(ToolChoice::Required.check(&[], &Path::ROOT)), "$");
        assert!(ToolChoice::Auto.check(&[], &Path::ROOT).is_ok());
    }

    #[test]
    fn reads_every_response_format() {
        let read = |text| ResponseFormat::read(json(text), &Path::ROOT, &mut Rest::strict());
        assert_eq!(read(r#"{"type":"text"}"#), Ok(ResponseFormat::Text));
        assert_eq!(
            read(r#"{"type":"json_object"}"#),
            Ok(ResponseFormat::JsonObject)
        );
        assert!(matches!(
            read(r#"{"type":"json_schema","json_schema":{"name":"n","schema":{"b":1,"a":2},"strict":true}}"#),
            Ok(ResponseFormat::JsonSchema { schema: Some(schema), strict: Some(true), .. }) if schema == r#"{"b":1,"a":2}"#
        ));
        for (text, path) in [
            ("{}", "$.type"),
            (r#"{"type":"xml"}"#, "$.type"),
            (r#"{"type":"json_schema"}"#, "$.json_schema"),
            (
                r#"{"type":"json_schema","json_schema":{}}"#,
                "$.json_schema.name",
            ),
            (
                r#"{"type":"text","json_schema":{"name":"n"}}"#,
                "$.json_schema",
            ),
            (r#"{"type":"text","x":1}"#, "$.x"),
        ] {
            assert_eq!(refused(read(text)), path, "{text}");
        }
    }
}
