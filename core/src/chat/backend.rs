//! Lenient reads of what backends send: text and tool calls, in the forms that exist in the wild.

use super::json::Json;
use super::write::{self, Array, Object};
use std::borrow::Cow;

/// The text in a field that should hold a string.
///
/// Arrays of parts give the text of their parts. Anything else gives its JSON: Workers AI answers
/// with an object in JSON mode, and streams a token such as `42` as a number.
pub(super) fn text<'j>(value: &'j Json<'_>) -> Cow<'j, str> {
    match value {
        Json::Null => Cow::Borrowed(""),
        Json::Text(text) => Cow::Borrowed(text),
        Json::Array(parts) if parts.iter().any(|part| part.get("type").is_some()) => {
            let texts = parts
                .iter()
                .filter_map(|part| part.get("text").and_then(Json::as_str));
            Cow::Owned(texts.collect())
        }
        other => Cow::Owned(other.to_text()),
    }
}

/// A call of a tool, whole or a piece of one.
#[derive(Debug)]
pub(super) struct Call<'j> {
    /// Which call of the answer.
    pub(super) index: u64,
    pub(super) id: Option<Cow<'j, str>>,
    pub(super) name: Option<&'j str>,
    /// JSON text by intention; Workers AI sends an object, which becomes its text.
    pub(super) arguments: Option<Cow<'j, str>>,
}

impl<'j> Call<'j> {
    /// Reads OpenAI's form (`function` inside) or Workers AI's (`name` and `arguments` side by
    /// side). `position` is the index where the backend gives none.
    pub(super) fn read(call: &'j Json<'_>, position: u64) -> Self {
        let function = call.get("function").unwrap_or(call);
        Self {
            index: match call.get("index") {
                Some(Json::Unsigned(index)) => *index,
                _ => position,
            },
            id: call.get("id").and_then(Json::as_str).map(Cow::Borrowed),
            name: function.get("name").and_then(Json::as_str),
            arguments: function
                .get("arguments")
                .filter(|it| !it.is_null())
                .map(text),
        }
    }

    /// Gives a whole call the id that the backend left out.
    pub(super) fn with_id(mut self) -> Self {
        self.id = self
            .id
            .filter(|id| !id.is_empty())
            .or_else(|| Some(Cow::Owned(format!("call_{}", self.index))));
        self
    }

    /// Bytes of output that the model wrote for this.
    pub(super) fn bytes(&self) -> usize {
        let arguments = self.arguments.as_ref().map_or(0, |text| text.len());
        self.name.map_or(0, str::len).saturating_add(arguments)
    }

    /// Appends this as an entry of OpenAI's `delta.tool_calls`.
    pub(super) fn write(&self, out: &mut Vec<u8>) {
        let mut call = Object::open(out);
        call.integer("index", self.index);
        if let Some(id) = &self.id {
            call.string("id", id);
            call.string("type", "function");
        }
        let mut function = Object::open(call.field("function"));
        if let Some(name) = self.name {
            function.string("name", name);
        }
        if let Some(arguments) = &self.arguments {
            write::string(function.field("arguments"), arguments);
        }
        function.close();
        call.close();
    }
}

/// What a dialect calls the parts of a delta that go by different names.
pub(super) struct DeltaNames {
    pub(super) reasoning: &'static str,
    pub(super) calls: &'static str,
}

/// Writes the parts of a delta that are there: text, reasoning, and calls of tools.
pub(super) fn write_delta(
    delta: &mut Object<'_>,
    names: &DeltaNames,
    [content, reasoning]: [&str; 2],
    calls: &mut dyn Iterator<Item = Call<'_>>,
) {
    if !content.is_empty() {
        delta.string("content", content);
    }
    if !reasoning.is_empty() {
        delta.string(names.reasoning, reasoning);
    }
    let mut calls = calls.peekable();
    if calls.peek().is_some() {
        let mut array = Array::open(delta.field(names.calls));
        for call in calls {
            call.write(array.item());
        }
        array.close();
    }
}
