//! What it takes to put a chat of 10 KB into another dialect, and to choose a model for it.

use crate::Cost;
use neureus_core::auto;
use neureus_core::catalog::{Catalog, SHIPPED};
use neureus_core::chat::json::Json;
use neureus_core::chat::openai::{self, Upstream};
use neureus_core::chat::request::ChatRequest;
use neureus_core::chat::surface::Surface;
use neureus_core::chat::{anthropic, fit, pass, workers_ai};
use serde_json::{Value, json};
use std::error::Error;
use std::hint::black_box;

const BYTES: usize = 10 << 10;
const ROUNDS: usize = 4_000;
const WARM_UP: usize = 400;

/// A conversation of ten messages and two tools, with escapes and other scripts in it.
fn body(anthropic: bool) -> Result<Vec<u8>, Box<dyn Error>> {
    const TEXT: &str = "He said: \"Größe matters\",\n\tand wrote `f(x) -> y` – then 3 % more. ";
    let schema = json!({ "type": "object", "properties": { "city": { "type": "string" } } });
    let tools: Vec<Value> = ["weather", "time"]
        .map(|name| match anthropic {
            true => json!({ "name": name, "description": "Of a city", "input_schema": schema }),
            false => {
                json!({ "type": "function", "function": { "name": name, "parameters": schema } })
            }
        })
        .to_vec();
    let role = |at: usize| {
        if at.is_multiple_of(2) {
            "user"
        } else {
            "assistant"
        }
    };
    let with = |text: &str| -> Value {
        let messages: Vec<Value> = (0..9)
            .map(|at| json!({ "role": role(at), "content": text }))
            .collect();
        json!({ "model": "auto", "max_tokens": 500, "temperature": 0.5, "messages": messages, "tools": tools })
    };
    let mut text = String::new();
    while serde_json::to_vec(&with(&text))?.len() < BYTES {
        text.push_str(TEXT);
    }
    Ok(serde_json::to_vec(&with(&text))?)
}

fn read(surface: Surface, body: &[u8]) -> Result<ChatRequest, Box<dyn Error>> {
    let json = Json::parse_request(body).map_err(|invalid| invalid.message)?;
    Ok(surface.read(json).map_err(|invalid| invalid.message)?)
}

/// Reads, translates and writes, each as often as it takes.
pub(crate) fn measure() -> Result<Value, Box<dyn Error>> {
    let catalog = Catalog::parse(SHIPPED)?;
    let (ours, theirs) = (body(false)?, body(true)?);
    let upstream = Upstream {
        model: "m",
        max_tokens: Some(500),
        cap_field: "max_tokens",
    };
    let (mut to_anthropic, mut to_openai, mut to_workers_ai, mut as_it_is, mut choice) =
        <(Cost, Cost, Cost, Cost, Cost)>::default();
    for round in 0..WARM_UP + ROUNDS {
        if round == WARM_UP {
            (to_anthropic, to_openai, to_workers_ai, as_it_is, choice) = Default::default();
        }
        let asked = to_anthropic.of(1, || {
            let request = read(Surface::OpenAi, &ours)?;
            let body = anthropic::encode(&request, "m", 500).map_err(|it| it.message)?;
            black_box(body);
            Ok::<_, Box<dyn Error>>(request)
        })?;
        to_openai.of(1, || {
            let request = read(Surface::Anthropic, &theirs)?;
            black_box(openai::encode(&request, &upstream));
            Ok::<_, Box<dyn Error>>(())
        })?;
        to_workers_ai.of(1, || {
            let request = read(Surface::OpenAi, &ours)?;
            black_box(workers_ai::encode(&request, Some(500)));
            Ok::<_, Box<dyn Error>>(())
        })?;
        as_it_is.of(1, || {
            let request = read(Surface::OpenAi, &ours)?;
            black_box(pass::openai_request(&ours, &request, &upstream));
            Ok::<_, Box<dyn Error>>(())
        })?;
        choice.of(1, || {
            let able = |model| Some(fit::model(&asked, model));
            black_box(auto::choose(&catalog, &asked, |_| true, able).is_ok())
        });
    }
    Ok(json!({
        "bytes": [ours.len(), theirs.len()],
        "openai to anthropic": to_anthropic.json(),
        "anthropic to openai": to_openai.json(),
        "openai to workers ai": to_workers_ai.json(),
        "openai to openai": as_it_is.json(),
        "auto": choice.json(),
    }))
}
