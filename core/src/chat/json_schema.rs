//! Whether a schema that a caller gives is one: the keywords that models are told, of the right type, all the
//! way down.
//!
//! Out of scope: keywords that nobody here knows, what a provider leaves out of the standard, and references.
//!
//! Source: JSON Schema 2020-12, core and validation.

use super::Invalid;
use super::json::Json;
use super::path::Path;

const TYPES: [&str; 7] = [
    "array", "boolean", "integer", "null", "number", "object", "string",
];

/// Checks the schema of tool arguments or of an answer: an object, and what is in it.
///
/// # Errors
/// [`Invalid`] that names the keyword.
pub(super) fn check(schema: &Json<'_>, at: &Path<'_>) -> Result<(), Invalid> {
    let Json::Object(fields) = schema else {
        return Err(at.invalid("must be a JSON schema: an object"));
    };
    for (keyword, value) in fields {
        let at = at.field(keyword);
        match keyword.as_ref() {
            "type" => types(value, &at)?,
            "properties" | "patternProperties" | "$defs" | "definitions" => {
                let Json::Object(named) = value else {
                    return Err(at.invalid("must be an object of JSON schemas"));
                };
                for (name, schema) in named {
                    inner(schema, &at.field(name))?;
                }
            }
            "additionalProperties" | "not" => inner(value, &at)?,
            "items" if !matches!(value, Json::Array(_)) => inner(value, &at)?,
            "anyOf" | "oneOf" | "allOf" | "items" | "prefixItems" => match value {
                Json::Array(schemas) if !schemas.is_empty() => {
                    for (index, schema) in schemas.iter().enumerate() {
                        inner(schema, &at.index(index))?;
                    }
                }
                _ => return Err(at.invalid("must be an array of JSON schemas")),
            },
            "required" => match value {
                Json::Array(names) if names.iter().all(|it| it.as_str().is_some()) => {}
                _ => return Err(at.invalid("must be an array of strings")),
            },
            "enum" if !matches!(value, Json::Array(values) if !values.is_empty()) => {
                return Err(at.invalid("must be an array of values"));
            }
            "description" | "title" | "$ref" | "format" | "pattern" if value.as_str().is_none() => {
                return Err(at.invalid("must be a string"));
            }
            _ => {}
        }
    }
    Ok(())
}

/// A schema inside: an object, or one that takes everything or nothing.
fn inner(schema: &Json<'_>, at: &Path<'_>) -> Result<(), Invalid> {
    match schema {
        Json::Bool(_) => Ok(()),
        _ => check(schema, at),
    }
}

fn types(value: &Json<'_>, at: &Path<'_>) -> Result<(), Invalid> {
    let is_type = |it: &Json<'_>| it.as_str().is_some_and(|it| TYPES.contains(&it));
    let good = match value {
        Json::Array(types) => !types.is_empty() && types.iter().all(is_type),
        one => is_type(one),
    };
    if good {
        Ok(())
    } else {
        Err(at.invalid("must be a type of JSON, or an array of them"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(schema: &str) -> Json<'_> {
        Json::parse(schema.as_bytes()).unwrap()
    }

    fn refused(schema: &str) -> Option<String> {
        let json = parsed(schema);
        check(&json, &Path::ROOT).err().map(|it| it.path)
    }

    #[test]
    fn schemas_are_taken() {
        for schema in [
            "{}",
            r#"{"type":"object","properties":{"a":{"type":["string","null"],"description":"d"},"b":true},"required":["a"]}"#,
            r##"{"$defs":{"x":{"enum":[1,null]}},"anyOf":[{"$ref":"#/$defs/x"},{"type":"array","items":{"type":"integer"}}]}"##,
            r#"{"type":"object","additionalProperties":false,"x-own":[1]}"#,
            // Names of properties are no keywords.
            r#"{"properties":{"type":{"type":"string"},"required":{"type":"boolean"}}}"#,
        ] {
            assert_eq!(refused(schema), None, "{schema}");
        }
    }

    #[test]
    fn what_is_none_is_named() {
        for (schema, path) in [
            ("[]", "$"),
            ("\"string\"", "$"),
            (r#"{"type":"text"}"#, "$.type"),
            (r#"{"type":[]}"#, "$.type"),
            (r#"{"type":{"type":"object"}}"#, "$.type"),
            (r#"{"properties":["a"]}"#, "$.properties"),
            (r#"{"properties":{"a":"string"}}"#, "$.properties.a"),
            (
                r#"{"properties":{"a":{"type":"str"}}}"#,
                "$.properties.a.type",
            ),
            (r#"{"required":"a"}"#, "$.required"),
            (r#"{"required":[1]}"#, "$.required"),
            (r#"{"items":[{"type":"text"}]}"#, "$.items[0].type"),
            (r#"{"anyOf":[]}"#, "$.anyOf"),
            (r#"{"anyOf":[{"type":1}]}"#, "$.anyOf[0].type"),
            (r#"{"enum":"a"}"#, "$.enum"),
            (r#"{"description":1}"#, "$.description"),
        ] {
            assert_eq!(refused(schema).as_deref(), Some(path), "{schema}");
        }
    }
}
