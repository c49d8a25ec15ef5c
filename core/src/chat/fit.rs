//! Whether a model, and the backend it is called at, can do what a request asks for.
//!
//! What they cannot is refused by name: nothing is dropped without a word.

use super::Invalid;
use super::message::Role;
use super::path::Path;
use super::request::ChatRequest;
use super::surface::Surface;
use super::tool::ResponseFormat;
use crate::catalog::{Capability, Dialect, Model};

/// What a model has to be able to do for a request.
pub fn needs(request: &ChatRequest) -> impl Iterator<Item = Capability> {
    [
        (!request.tools.is_empty(), Capability::Tools),
        (request.images() > 0, Capability::Vision),
        (is_formed(request), Capability::JsonSchema),
        (request.stream, Capability::Streaming),
    ]
    .into_iter()
    .filter_map(|(asked, capability)| asked.then_some(capability))
}

fn is_formed(request: &ChatRequest) -> bool {
    matches!(
        request.response_format,
        Some(ResponseFormat::JsonObject | ResponseFormat::JsonSchema { .. })
    )
}

/// Checks a request against the catalog's word on the model.
///
/// # Errors
/// [`Invalid`] that names the field which asks for too much.
pub fn model(request: &ChatRequest, model: &Model) -> Result<(), Invalid> {
    for need in needs(request) {
        if !model.can(need) {
            let (field, what) = match need {
                Capability::Tools => ("tools", "call tools"),
                Capability::Vision => ("messages", "look at images"),
                Capability::JsonSchema => ("response_format", "answer in JSON of a given form"),
                Capability::Streaming => ("stream", "answer as a stream"),
                Capability::Reasoning => continue,
            };
            return Err(refuse(field, &format!("this model cannot {what}")));
        }
    }
    if request.writes_cache
        && model.dialect == Dialect::Anthropic
        && model.price.cache_write.is_none()
    {
        let message = "cache_control has no price for this model";
        return Err(Path::ROOT.invalid(message));
    }
    Ok(())
}

/// Checks a request against what a backend of this dialect can be told.
///
/// # Errors
/// [`Invalid`] that names the field which it cannot.
pub fn dialect(request: &ChatRequest, surface: Surface, dialect: Dialect) -> Result<(), Invalid> {
    if surface.speaks(dialect) {
        return Ok(());
    }
    if let Some(path) = request.rest.first() {
        return Err(Invalid {
            path: path.to_owned(),
            message: "this field is not known to the backend of this model".to_owned(),
        });
    }
    let sequential = request.parallel_tool_calls == Some(false) && !request.tools.is_empty();
    match dialect {
        Dialect::Openai if request.top_k.is_some() => {
            Err(refuse("top_k", "is not known to the backend of this model"))
        }
        Dialect::WorkersAi if sequential => Err(refuse(
            "parallel_tool_calls",
            "is not known to the backend of this model",
        )),
        Dialect::Anthropic => anthropic(request),
        Dialect::Openai | Dialect::WorkersAi => Ok(()),
    }
}

/// What Anthropic's form of a request has no place for.
fn anthropic(request: &ChatRequest) -> Result<(), Invalid> {
    if request.temperature.is_some_and(|it| it > 1.0) {
        return Err(refuse(
            "temperature",
            "must be a number from 0 to 1 for this model",
        ));
    }
    if is_formed(request) && !request.tools.is_empty() {
        let message = "this model takes either tools or a form of the answer, not both";
        return Err(refuse("response_format", message));
    }
    // Of a tool's message the name says nothing that the call does not.
    let named =
        |message: &super::message::Message| message.name.is_some() && message.role != Role::Tool;
    if let Some(index) = request.messages.iter().position(named) {
        let messages = Path::ROOT.field("messages");
        let at = messages.index(index);
        return Err(at
            .field("name")
            .invalid("this model cannot be told names of speakers"));
    }
    Ok(())
}

fn refuse(field: &str, message: &str) -> Invalid {
    Path::ROOT.field(field).invalid(message)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalog::{Catalog, SHIPPED};
    use crate::chat::json::Json;

    fn request(fields: &str) -> ChatRequest {
        let body = format!(r#"{{"messages":[{{"role":"user","content":"hi"}}]{fields}}}"#);
        ChatRequest::from_openai(Json::parse_request(body.as_bytes()).unwrap()).unwrap()
    }

    const TOOLS: &str = r#","tools":[{"type":"function","function":{"name":"f"}}]"#;
    const FORMAT: &str = r#","response_format":{"type":"json_object"}"#;

    #[test]
    fn a_model_is_asked_for_no_more_than_it_can() {
        let catalog = Catalog::parse(SHIPPED).unwrap();
        let mut able = catalog.find("gpt-4o").unwrap().clone();
        let image = r#"{"messages":[{"role":"user","content":[{"type":"image_url","image_url":{"url":"https://x/"}}]}]}"#;
        let image = ChatRequest::parse(image.as_bytes()).unwrap();
        let asks = [
            (request(TOOLS), Capability::Tools, "$.tools"),
            (image, Capability::Vision, "$.messages"),
            (request(FORMAT), Capability::JsonSchema, "$.response_format"),
            (
                request(r#","stream":true"#),
                Capability::Streaming,
                "$.stream",
            ),
        ];
        for (asked, capability, path) in asks {
            assert_eq!(model(&asked, &able), Ok(()));
            let all = able.capabilities.clone();
            able.capabilities.retain(|it| *it != capability);
            assert_eq!(model(&asked, &able).unwrap_err().path, path);
            able.capabilities = all;
        }
    }

    #[test]
    fn caches_are_written_only_at_a_price() {
        let catalog = Catalog::parse(SHIPPED).unwrap();
        let mut claude = catalog.find("claude-haiku-4-5").unwrap().clone();
        let mut asked = request("");
        asked.writes_cache = true;
        assert_eq!(model(&asked, &claude), Ok(()));
        claude.price.cache_write = None;
        assert!(model(&asked, &claude).is_err());
    }

    #[test]
    fn what_a_backend_cannot_be_told_is_refused_by_name() {
        let path =
            |fields: &str, to| dialect(&request(fields), Surface::OpenAi, to).map_err(|it| it.path);
        let seed = r#","seed":7"#;
        assert_eq!(path(seed, Dialect::Openai), Ok(()));
        assert_eq!(path(seed, Dialect::Anthropic), Err("$.seed".into()));
        assert_eq!(path(seed, Dialect::WorkersAi), Err("$.seed".into()));
        let one = format!(r#"{TOOLS},"parallel_tool_calls":false"#);
        assert_eq!(path(&one, Dialect::Anthropic), Ok(()));
        assert_eq!(
            path(&one, Dialect::WorkersAi),
            Err("$.parallel_tool_calls".into())
        );
        let hot = r#","temperature":1.5"#;
        assert_eq!(path(hot, Dialect::WorkersAi), Ok(()));
        assert_eq!(path(hot, Dialect::Anthropic), Err("$.temperature".into()));
        let both = format!("{TOOLS}{FORMAT}");
        assert_eq!(
            path(&both, Dialect::Anthropic),
            Err("$.response_format".into())
        );
        let mut named = request("");
        named.messages[0].name = Some("ann".into());
        let refused = dialect(&named, Surface::OpenAi, Dialect::Anthropic).unwrap_err();
        assert_eq!(refused.path, "$.messages[0].name");
        let mut few = request("");
        few.top_k = Some(5);
        assert_eq!(
            dialect(&few, Surface::Anthropic, Dialect::Anthropic),
            Ok(())
        );
        let refused = dialect(&few, Surface::Anthropic, Dialect::Openai).unwrap_err();
        assert_eq!(refused.path, "$.top_k");
    }
}
