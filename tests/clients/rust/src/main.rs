//! crate `async-openai`. See js/check.js.

use async_openai::Client;
use async_openai::config::OpenAIConfig;
use async_openai::error::OpenAIError;
use async_openai::types::chat::{
    CreateChatCompletionRequest, CreateChatCompletionResponse, CreateChatCompletionStreamResponse,
};
use async_openai::types::embeddings::CreateEmbeddingRequestArgs;
use futures::StreamExt;
use serde_json::{Value, json};
use std::error::Error;

type Outcome = Result<(), Box<dyn Error>>;

fn env(name: &str) -> String {
    std::env::var(name).unwrap_or_default()
}

fn client(key: &str, tag: Option<&str>) -> Result<Client<OpenAIConfig>, Box<dyn Error>> {
    let base = format!("{}/v1", env("GATEWAY"));
    let mut config = OpenAIConfig::new().with_api_base(base).with_api_key(env(key));
    if let Some(tag) = tag {
        config = config.with_header("x-neureus-surface", format!("{}/{tag}", env("CLIENT")))?;
    }
    Ok(Client::with_config(config))
}

fn ensure(truth: bool, what: impl Into<String>) -> Outcome {
    if truth { Ok(()) } else { Err(what.into().into()) }
}

fn request(
    model: &str,
    messages: Value,
    more: Value,
) -> Result<CreateChatCompletionRequest, Box<dyn Error>> {
    let mut body = json!({ "model": model, "messages": messages });
    if let (Some(body), Value::Object(more)) = (body.as_object_mut(), more) {
        body.extend(more);
    }
    Ok(serde_json::from_value(body)?)
}

fn user(text: &str) -> Value {
    json!([{ "role": "user", "content": text }])
}

fn tools() -> Value {
    let tool = |name: &str| {
        json!({ "type": "function", "function": { "name": name, "description": "Of a city.",
            "parameters": { "type": "object", "properties": { "city": { "type": "string" } }, "required": ["city"] } } })
    };
    json!({ "tools": [tool("get_weather"), tool("get_time")] })
}

async fn ask(
    key: &str,
    model: &str,
    text: &str,
    more: Value,
) -> Result<CreateChatCompletionResponse, Box<dyn Error>> {
    let request = request(model, user(text), more)?;
    Ok(client(key, None)?.chat().create(request).await?)
}

fn says_sandbox(text: Option<&str>) -> Outcome {
    let text = text.unwrap_or_default();
    ensure(text.to_lowercase().contains("sandbox"), format!("the text of an answer: {text:?}"))
}

fn text_of(answer: &CreateChatCompletionResponse) -> Option<&str> {
    answer.choices.first()?.message.content.as_deref()
}

async fn chat(model: &str) -> Outcome {
    let answer = ask("KEY", model, "Say something.", json!({})).await?;
    says_sandbox(text_of(&answer))?;
    let counted = answer.usage.is_some_and(|usage| usage.total_tokens > 0);
    ensure(answer.model == model && counted, "model and usage")
}

async fn chunks(
    model: &str,
    text: &str,
    more: Value,
) -> Result<Vec<CreateChatCompletionStreamResponse>, Box<dyn Error>> {
    let request = request(model, user(text), more)?;
    let stream = client("KEY", None)?.chat().create_stream(request).await?;
    let all: Vec<Result<_, OpenAIError>> = stream.collect().await;
    Ok(all.into_iter().collect::<Result<_, _>>()?)
}

async fn stream(model: &str) -> Outcome {
    let usage = json!({ "stream": true, "stream_options": { "include_usage": true } });
    let chunks = chunks(model, "Say something.", usage).await?;
    let deltas = chunks.iter().flat_map(|chunk| &chunk.choices);
    let text: String = deltas.filter_map(|it| it.delta.content.clone()).collect();
    says_sandbox(Some(&text))?;
    let counted = chunks.iter().filter_map(|chunk| chunk.usage.as_ref());
    ensure(counted.last().is_some_and(|it| it.completion_tokens > 0), "usage")
}

async fn tool(model: &str) -> Outcome {
    let asked = "Use get_weather for Graz.";
    let answer = ask("KEY", model, asked, tools()).await?;
    let message = serde_json::to_value(&answer.choices.first().ok_or("no choice")?.message)?;
    let call = &message["tool_calls"][0];
    ensure(call["function"]["name"] == "get_weather", format!("the tool: {message}"))?;
    serde_json::from_str::<Value>(call["function"]["arguments"].as_str().unwrap_or_default())?;
    let result = json!({ "role": "tool", "tool_call_id": call["id"], "content": "17 degrees" });
    let messages = json!([user(asked)[0], message, result]);
    let second = client("KEY", None)?.chat().create(request(model, messages, tools())?).await?;
    says_sandbox(text_of(&second))
}

async fn streamed_tools(model: &str) -> Outcome {
    let mut more = tools();
    more["stream"] = true.into();
    let chunks = chunks(model, "Use get_weather and get_time for Graz.", more).await?;
    let mut calls = vec![(String::new(), String::new()); 2];
    let deltas = chunks.iter().flat_map(|chunk| &chunk.choices);
    for piece in deltas.flat_map(|it| it.delta.tool_calls.iter().flatten()) {
        let call = calls.get_mut(piece.index as usize).ok_or("a third call")?;
        if let Some(function) = &piece.function {
            call.0 += function.name.as_deref().unwrap_or_default();
            call.1 += function.arguments.as_deref().unwrap_or_default();
        }
    }
    for (name, (called, arguments)) in ["get_weather", "get_time"].iter().zip(&calls) {
        ensure(name == called, format!("{name} was {called}"))?;
        serde_json::from_str::<Value>(arguments)?;
    }
    Ok(())
}

async fn structured(model: &str) -> Outcome {
    let schema = json!({ "type": "object", "properties": { "answer": { "type": "string" } },
        "required": ["answer"], "additionalProperties": false });
    let format = json!({ "response_format": { "type": "json_schema",
        "json_schema": { "name": "form", "strict": true, "schema": schema } } });
    let answer = ask("KEY", model, "Say something.", format).await?;
    let form: Value = serde_json::from_str(text_of(&answer).unwrap_or_default())?;
    ensure(form["answer"].is_string(), "the form")
}

async fn embeddings() -> Outcome {
    let mut asked = CreateEmbeddingRequestArgs::default();
    let asked = asked.model("bge-base-en").input(["a", "b"]).build()?;
    let data = client("KEY", None)?.embeddings().create(asked).await?.data;
    ensure(data.len() == 2 && data.iter().all(|it| it.embedding.len() > 100), "vectors")
}

async fn models(model: &str) -> Outcome {
    let client = client("KEY", None)?;
    let ids: Vec<String> = client.models().list().await?.data.into_iter().map(|it| it.id).collect();
    ensure(ids.iter().any(|id| id == model) && ids.iter().any(|id| id == "auto"), "the list")?;
    ensure(client.models().retrieve(model).await?.id == model, "one model")
}

/// The code of the error that a call fails with.
fn code(failed: Result<CreateChatCompletionResponse, OpenAIError>) -> Result<String, Box<dyn Error>> {
    match failed {
        Err(OpenAIError::ApiError(error)) => Ok(format!("{error:?}")),
        Err(other) => Err(other.into()),
        Ok(_) => Err("the call did not fail".into()),
    }
}

async fn errors(model: &str) -> Outcome {
    let hi = || request(model, user("Say something."), json!({}));
    let wrong = code(client("WRONG_KEY", None)?.chat().create(hi()?).await)?;
    ensure(wrong.contains("invalid_api_key"), wrong)?;
    let poor = code(client("POOR_KEY", Some("402"))?.chat().create(hi()?).await)?;
    ensure(poor.contains("insufficient_quota"), poor)?;
    // This client waits by itself for limits to end.
    for _ in 0..35 {
        client("FEW_KEY", None)?.chat().create(hi()?).await?;
    }
    let once = format!("Hi. [[sandbox: status=500 once={}-{model}]]", env("CLIENT"));
    ask("KEY", model, &once, json!({})).await.map(drop)
}

async fn abort(model: &str) -> Outcome {
    let text = format!(
        "Go on, {}-{model}-left. [[sandbox: tokens=5000 gap=20]]",
        env("CLIENT")
    );
    let request = request(model, user(&text), json!({ "stream": true }))?;
    let mut stream = client("KEY", None)?.chat().create_stream(request).await?;
    for _ in 0..3 {
        stream.next().await.ok_or("ended")??;
    }
    Ok(())
}

async fn check(name: &str, model: &str) -> Outcome {
    match name {
        "chat" => chat(model).await,
        "stream" => stream(model).await,
        "tools" => tool(model).await,
        "streamed tools" => streamed_tools(model).await,
        "structured" => structured(model).await,
        "embeddings" => embeddings().await,
        "models" => models(model).await,
        "errors" => errors(model).await,
        _ => abort(model).await,
    }
}

#[tokio::main]
async fn main() {
    let models = env("MODELS");
    for name in [
        "chat", "stream", "tools", "streamed tools", "structured", "embeddings", "models", "errors",
        "abort",
    ] {
        let mut error = None;
        for model in models.split(',') {
            if let Err(cause) = check(name, model).await {
                error = Some(format!("{model}: {cause}"));
                break;
            }
        }
        println!("{}", json!({ "check": name, "error": error }));
    }
}
