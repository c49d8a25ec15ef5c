"""PyPI `openai`."""

import json

import openai
from check import *
from pydantic import BaseModel


class Form(BaseModel):
    answer: str
    count: int


def client_of(key, **options):
    return openai.OpenAI(base_url=f"{GATEWAY}/v1", api_key=key, **options)


client = client_of(KEY)


def chat(model):
    answer = client.chat.completions.create(model=model, messages=user(TEXT))
    is_sandbox(answer.choices[0].message.content)
    assert answer.model == model and answer.usage.total_tokens > 0


def stream(model):
    text, usage = "", None
    for chunk in client.chat.completions.create(
        model=model, messages=user(TEXT), stream=True, stream_options={"include_usage": True}
    ):
        usage = chunk.usage or usage
        text += "".join(choice.delta.content or "" for choice in chunk.choices)
    is_sandbox(text)
    assert usage.completion_tokens > 0


def tools(model):
    messages = user(ONE_TOOL)
    first = client.chat.completions.create(model=model, messages=messages, tools=TOOLS)
    call = first.choices[0].message.tool_calls[0]
    assert call.function.name == "get_weather" and "city" in json.loads(call.function.arguments)
    result = {"role": "tool", "tool_call_id": call.id, "content": "17 degrees"}
    messages += [first.choices[0].message, result]
    second = client.chat.completions.create(model=model, messages=messages, tools=TOOLS)
    is_sandbox(second.choices[0].message.content)


def streamed_tools(model):
    with client.chat.completions.stream(
        model=model, messages=user(TWO_TOOLS), tools=TOOLS
    ) as events:
        for _ in events:
            pass
        message = events.get_final_completion().choices[0].message
    assert [call.function.name for call in message.tool_calls] == BOTH
    for call in message.tool_calls:
        json.loads(call.function.arguments)


def structured(model):
    answer = client.chat.completions.parse(
        model=model, messages=user(TEXT), response_format=Form
    )
    assert isinstance(answer.choices[0].message.parsed, Form)


def embeddings(_):
    data = client.embeddings.create(model="bge-base-en", input=["a", "b"]).data
    assert len(data) == 2 and len(data[1].embedding) > 100


def models(model):
    ids = [it.id for it in client.models.list()]
    assert model in ids and "auto" in ids
    assert client.models.retrieve(model).id == model


def errors(model):
    def call(by, content=TEXT, name=model):
        return by.chat.completions.create(model=name, messages=user(content))

    wrong = failure(lambda: call(client_of(WRONG_KEY)))
    assert isinstance(wrong, openai.AuthenticationError), repr(wrong)
    unknown = failure(lambda: call(client, TEXT, "gpt-4x"))
    assert isinstance(unknown, openai.BadRequestError) and unknown.param == "model", repr(unknown)
    money = failure(lambda: call(client_of(POOR_KEY, default_headers=tagged("402"))))
    assert money.status_code == 402 and money.code == "insufficient_quota", repr(money)
    limited = until_it_fails(lambda: call(client_of(FEW_KEY, max_retries=0)))
    assert isinstance(limited, openai.RateLimitError), repr(limited)
    call(client_of(FEW_KEY))
    call(client, fails_once(model))


def abort(model):
    events = client.chat.completions.create(
        model=model, messages=user(endless(model)), stream=True
    )
    for _, chunk in zip(range(3), events):
        assert chunk
    events.close()


run(
    {
        "chat": chat,
        "stream": stream,
        "tools": tools,
        "streamed tools": streamed_tools,
        "structured": structured,
        "embeddings": embeddings,
        "models": models,
        "errors": errors,
        "abort": abort,
    }
)
