"""PyPI `litellm`: its provider for OpenAI's API, and for Anthropic's with Anthropic's models."""

import json
import os

os.environ["LITELLM_LOCAL_MODEL_COST_MAP"] = "True"  # It would fetch prices.

import litellm
from check import *
from pydantic import BaseModel

litellm.suppress_debug_info = True
litellm.telemetry = False


class Form(BaseModel):
    answer: str
    count: int


def ask(model, content, key=KEY, tag=None, **options):
    if isinstance(content, str):
        content = user(content)
    name, base = f"openai/{model}", f"{GATEWAY}/v1"
    if model.startswith("claude"):
        name, base = f"anthropic/{model}", GATEWAY
    return litellm.completion(
        model=name,
        api_base=base,
        api_key=key,
        messages=content,
        extra_headers=tagged(tag) if tag else None,
        **options,
    )


def chat(model):
    answer = ask(model, TEXT)
    is_sandbox(answer.choices[0].message.content)
    assert answer.usage.total_tokens > 0


def stream(model):
    chunks = list(ask(model, TEXT, stream=True))
    is_sandbox("".join(chunk.choices[0].delta.content or "" for chunk in chunks))


def tools(model):
    messages = user(ONE_TOOL)
    message = ask(model, messages, tools=TOOLS).choices[0].message
    call = message.tool_calls[0]
    assert call.function.name == "get_weather" and "city" in json.loads(call.function.arguments)
    result = {"role": "tool", "tool_call_id": call.id, "content": "17 degrees"}
    answer = ask(model, messages + [message.model_dump(), result], tools=TOOLS)
    is_sandbox(answer.choices[0].message.content)


def streamed_tools(model):
    chunks = list(ask(model, TWO_TOOLS, tools=TOOLS, stream=True))
    message = litellm.stream_chunk_builder(chunks).choices[0].message
    assert [call.function.name for call in message.tool_calls] == BOTH
    for call in message.tool_calls:
        json.loads(call.function.arguments)


def structured(model):
    answer = ask(model, TEXT, response_format=Form)
    Form.model_validate_json(answer.choices[0].message.content)


def embeddings(_):
    data = litellm.embedding(
        model="openai/bge-base-en", api_base=f"{GATEWAY}/v1", api_key=KEY, input=["a", "b"]
    ).data
    assert len(data) == 2 and len(data[1]["embedding"]) > 100


def errors(model):
    wrong = failure(lambda: ask(model, TEXT, key=WRONG_KEY))
    assert isinstance(wrong, litellm.AuthenticationError), repr(wrong)
    money = failure(lambda: ask(model, TEXT, key=POOR_KEY, tag="402"))
    assert money.status_code == 402, repr(money)
    limited = until_it_fails(lambda: ask(model, TEXT, key=FEW_KEY, max_retries=0))
    assert isinstance(limited, litellm.RateLimitError), repr(limited)
    # Without a strategy it would ask again at once.
    waiting = "exponential_backoff_retry"
    ask(model, TEXT, key=FEW_KEY, num_retries=4, retry_strategy=waiting)
    ask(model, fails_once(model), num_retries=2)


def abort(model):
    events = ask(model, endless(model), stream=True, max_tokens=4_000)
    for _, chunk in zip(range(3), events):
        assert chunk
    inner = events.completion_stream
    getattr(inner, "close", None) and inner.close()
    del events, inner


run(
    {
        "chat": chat,
        "stream": stream,
        "tools": tools,
        "streamed tools": streamed_tools,
        "structured": structured,
        "embeddings": embeddings,
        "errors": errors,
        "abort": abort,
    }
)
