//! Embeddings: texts in, vectors out, in OpenAI's form on every surface.
//!
//! In scope: the request, its bound, and what backends answer. Vectors are not looked into where the
//! backend gives them in the form that was asked for.
//!
//! Source: OpenAI API reference, "Create embeddings"; Cloudflare, Workers AI, text embeddings.

use crate::catalog::Dialect;
use crate::chat::Invalid;
use crate::chat::answer::{BadAnswer, Meta};
use crate::chat::bound::MAX_MODEL_CHARS;
use crate::chat::json::Json;
use crate::chat::path::Path;
use crate::chat::usage::Reported;
use crate::chat::write::{self, Array, Object};
use serde::Deserialize;
use serde_json::value::RawValue;

/// Most inputs of one request.
pub const MAX_INPUTS: usize = 2048;
/// Most dimensions that can be asked for.
const MAX_DIMENSIONS: u32 = 1 << 16;
/// Tokens that a model puts around each input.
const INPUT_TOKENS: u64 = 8;

/// What is to be embedded.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Input {
    Text(String),
    /// Numbers of a tokenizer's vocabulary, which only a backend of that model knows.
    Tokens(Vec<u64>),
}

/// A request for embeddings that fits the schema.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Request {
    /// The catalog id asked for; empty where the caller names none.
    pub model: String,
    inputs: Vec<Input>,
    /// Whether vectors come as base64 of 32-bit floats, little-endian.
    base64: bool,
    dimensions: Option<u32>,
}

impl Request {
    /// Reads a body that was read strictly as JSON.
    ///
    /// # Errors
    /// [`Invalid`] that names the first field found wrong. Fields that nobody knows are refused.
    pub fn from_json(body: Json<'_>) -> Result<Self, Invalid> {
        let root = Path::ROOT;
        let (mut model, mut inputs, mut base64, mut dimensions) = (None, None, false, None);
        for (field, value) in body.into_fields(&root)? {
            let at = root.field(&field);
            let Some(value) = value.given() else { continue };
            match field.as_ref() {
                "model" => model = Some(value.into_short_string(&at, MAX_MODEL_CHARS)?),
                "input" => inputs = Some(read_inputs(value, &at)?),
                "encoding_format" => {
                    base64 = value.into_one_of(&at, &[("float", false), ("base64", true)])?;
                }
                "dimensions" => dimensions = Some(value.into_count(&at, MAX_DIMENSIONS)?),
                // A label for the backend's owner.
                "user" => {}
                _ => return Err(at.invalid("unknown field")),
            }
        }
        Ok(Self {
            model: model.unwrap_or_default(),
            inputs: inputs.ok_or_else(|| root.field("input").invalid("is required"))?,
            base64,
            dimensions,
        })
    }

    /// A bound of the input tokens: at most one a byte, and what a model puts around each input.
    #[must_use]
    pub fn input_token_bound(&self) -> u32 {
        let many = u64::try_from(self.inputs.len()).unwrap_or(u64::MAX);
        let bound = self
            .size(|text| text)
            .saturating_add(many.saturating_mul(INPUT_TOKENS));
        u32::try_from(bound).unwrap_or(u32::MAX)
    }

    /// Input tokens where the backend reports none.
    #[must_use]
    pub fn input_estimate(&self) -> u64 {
        self.size(crate::chat::usage::estimate_tokens)
    }

    /// The sum over all inputs: of tokens as they are, of texts as this counts their bytes.
    fn size(&self, text: fn(u64) -> u64) -> u64 {
        let sizes = self.inputs.iter().map(|input| match input {
            Input::Text(it) => text(u64::try_from(it.len()).unwrap_or(u64::MAX)),
            Input::Tokens(it) => u64::try_from(it.len()).unwrap_or(u64::MAX),
        });
        sizes.fold(0, u64::saturating_add)
    }

    /// The body for a backend of this dialect.
    ///
    /// # Errors
    /// [`Invalid`] for what it cannot be told.
    pub fn encode(&self, dialect: Dialect, model: &str) -> Result<Vec<u8>, Invalid> {
        let root = Path::ROOT;
        let mut out = Vec::with_capacity(self.inputs.len().saturating_mul(64));
        let mut body = Object::open(&mut out);
        match dialect {
            Dialect::Openai => {
                body.string("model", model);
                let mut inputs = Array::open(body.field("input"));
                for input in &self.inputs {
                    match input {
                        Input::Text(text) => write::string(inputs.item(), text),
                        Input::Tokens(tokens) => {
                            let mut array = Array::open(inputs.item());
                            for token in tokens {
                                write::integer(array.item(), *token);
                            }
                            array.close();
                        }
                    }
                }
                inputs.close();
                let format = if self.base64 { "base64" } else { "float" };
                body.string("encoding_format", format);
                if let Some(dimensions) = self.dimensions {
                    body.integer("dimensions", u64::from(dimensions));
                }
            }
            Dialect::WorkersAi => {
                if self.dimensions.is_some() {
                    let at = root.field("dimensions");
                    return Err(at.invalid("this model has vectors of one length only"));
                }
                let mut texts = Array::open(body.field("text"));
                for (index, input) in self.inputs.iter().enumerate() {
                    let Input::Text(text) = input else {
                        let at = root.field("input");
                        return Err(at.index(index).invalid("this model takes texts only"));
                    };
                    write::string(texts.item(), text);
                }
                texts.close();
            }
            Dialect::Anthropic => return Err(root.field("model").invalid("has no embeddings")),
        }
        body.close();
        Ok(out)
    }
}

fn read_inputs(value: Json<'_>, at: &Path<'_>) -> Result<Vec<Input>, Invalid> {
    let whole = "must be a string, an array of strings, or one or more arrays of token numbers";
    let items = match value {
        Json::Text(_) => return Ok(vec![read_input(value, at)?]),
        Json::Array(items) => items,
        _ => return Err(at.invalid(whole)),
    };
    if matches!(items.first(), Some(Json::Unsigned(_))) {
        return Ok(vec![read_input(Json::Array(items), at)?]);
    }
    if items.is_empty() || items.len() > MAX_INPUTS {
        return Err(at.invalid(&format!("must hold 1 to {MAX_INPUTS} inputs")));
    }
    let read = |(index, item)| read_input(item, &at.index(index));
    items.into_iter().enumerate().map(read).collect()
}

fn read_input(value: Json<'_>, at: &Path<'_>) -> Result<Input, Invalid> {
    match value {
        Json::Text(text) if !text.is_empty() => Ok(Input::Text(text.into_owned())),
        Json::Array(items) if !items.is_empty() => {
            let token = |item: &Json<'_>| match item {
                Json::Unsigned(token) => Some(*token),
                _ => None,
            };
            let tokens: Option<Vec<u64>> = items.iter().map(token).collect();
            tokens
                .map(Input::Tokens)
                .ok_or_else(|| at.invalid("must hold token numbers"))
        }
        _ => Err(at.invalid("must be a string that is not empty, or an array of token numbers")),
    }
}

/// The entries of `data`, one for each input.
#[derive(Debug)]
enum Entries<'a> {
    /// As the backend wrote them.
    Given(Vec<&'a RawValue>),
    /// The whole array as JSON text, made here.
    Made(String),
}

/// Vectors that a backend gave.
#[derive(Debug)]
pub struct Vectors<'a> {
    data: Entries<'a>,
    /// The backend's count, as far as it gave one.
    pub usage: Reported,
}

/// OpenAI's answer; the vectors stay text.
#[derive(Deserialize)]
struct Listed<'a> {
    #[serde(borrow)]
    data: Vec<&'a RawValue>,
    #[serde(borrow, default)]
    usage: Json<'a>,
}

/// Workers AI's answer.
#[derive(Deserialize)]
struct Rows<'a> {
    data: Vec<Vec<f32>>,
    #[serde(borrow, default)]
    usage: Json<'a>,
}

impl<'a> Vectors<'a> {
    /// Reads what a backend of this dialect answered to a request.
    ///
    /// # Errors
    /// [`BadAnswer`] when it is no answer, or not one vector for each input.
    pub fn parse(body: &'a [u8], dialect: Dialect, request: &Request) -> Result<Self, BadAnswer> {
        let bad = |_| match Json::parse(body) {
            None => BadAnswer::NotJson,
            Some(json) if json.get("error").is_some() => BadAnswer::Error,
            Some(_) => BadAnswer::NoAnswer,
        };
        let (data, many, usage) = if dialect == Dialect::WorkersAi {
            let Rows { data, usage } = serde_json::from_slice(body).map_err(bad)?;
            let text = rows_text(&data, request.base64);
            (Entries::Made(text), data.len(), Reported::read(&usage))
        } else {
            let Listed { data, usage } = serde_json::from_slice(body).map_err(bad)?;
            let many = data.len();
            (Entries::Given(data), many, Reported::read(&usage))
        };
        if many != request.inputs.len() {
            return Err(BadAnswer::NoAnswer);
        }
        Ok(Self { data, usage })
    }

    /// The answer.
    #[must_use]
    pub fn render(&self, meta: &Meta<'_>, native: bool) -> Vec<u8> {
        let size = match &self.data {
            Entries::Made(text) => text.len(),
            Entries::Given(entries) => entries.iter().map(|it| it.get().len() + 1).sum(),
        };
        let mut out = Vec::with_capacity(size.saturating_add(256));
        let mut body = Object::open(&mut out);
        body.string("object", "list");
        match &self.data {
            Entries::Made(text) => body.json("data", text),
            Entries::Given(entries) => {
                let mut data = Array::open(body.field("data"));
                for entry in entries {
                    data.item().extend_from_slice(entry.get().as_bytes());
                }
                data.close();
            }
        }
        body.string("model", meta.model);
        let mut usage = Object::open(body.field("usage"));
        usage.integer("prompt_tokens", meta.usage.input_tokens);
        usage.integer("total_tokens", meta.usage.input_tokens);
        usage.close();
        if native {
            body.string("logId", meta.log_id);
            meta.write_cost(&mut body);
        }
        body.close();
        out
    }
}

fn rows_text(rows: &[Vec<f32>], in_base64: bool) -> String {
    let mut out = Vec::new();
    let mut data = Array::open(&mut out);
    for (index, row) in (0..).zip(rows) {
        let mut entry = Object::open(data.item());
        entry.string("object", "embedding");
        entry.integer("index", index);
        let vector = entry.field("embedding");
        if in_base64 {
            vector.push(b'"');
            write_base64(row, vector);
            vector.push(b'"');
        } else {
            let mut numbers = Array::open(vector);
            for number in row {
                // In the shortest form of its own type: as 64 bits it would have twice the digits.
                if serde_json::to_writer(numbers.item(), number).is_err() {
                    break;
                }
            }
            numbers.close();
        }
        entry.close();
    }
    data.close();
    // Only ASCII is written.
    String::from_utf8(out).unwrap_or_default()
}

/// Base64 (RFC 4648 §4) of 32-bit floats, little-endian.
fn write_base64(row: &[f32], out: &mut Vec<u8>) {
    const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let bytes: Vec<u8> = row.iter().flat_map(|number| number.to_le_bytes()).collect();
    for three in bytes.chunks(3) {
        let at = |index: usize| u32::from(three.get(index).copied().unwrap_or_default());
        let bits = at(0) << 16 | at(1) << 8 | at(2);
        for place in 0..4_usize {
            let sextet = usize::try_from(bits >> (18 - 6 * place) & 63).unwrap_or_default();
            let letter = ALPHABET.get(sextet).copied().unwrap_or(b'A');
            out.push(if place > three.len() { b'=' } else { letter });
        }
    }
}

#[cfg(test)]
mod tests;
