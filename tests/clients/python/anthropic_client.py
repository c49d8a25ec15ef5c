"""PyPI `anthropic`."""

import json

import anthropic
from check import *

FORM = {
    "type": "object",
    "properties": {"answer": {"type": "string"}, "count": {"type": "integer"}},
    "required": ["answer", "count"],
    "additionalProperties": False,
}
OWN_TOOLS = [
    {"name": name, "description": "Of a city.", "input_schema": CITY} for name in BOTH
]


def client_of(key, **options):
    return anthropic.Anthropic(base_url=GATEWAY, api_key=key, **options)


client = client_of(KEY)


def text_of(message):
    return "".join(block.text for block in message.content if block.type == "text")


def calls_of(message):
    return [block for block in message.content if block.type == "tool_use"]


def chat(model):
    message = client.messages.create(model=model, max_tokens=500, messages=user(TEXT))
    is_sandbox(text_of(message))
    assert message.model == model and message.usage.output_tokens > 0
    assert client.messages.count_tokens(model=model, messages=user(TEXT)).input_tokens > 0


def stream(model):
    with client.messages.stream(model=model, max_tokens=500, messages=user(TEXT)) as events:
        text = "".join(events.text_stream)
        message = events.get_final_message()
    is_sandbox(text)
    assert text == text_of(message) and message.usage.output_tokens > 0


def tools(model):
    asked = {"model": model, "max_tokens": 500, "tools": OWN_TOOLS}
    messages = user(ONE_TOOL)
    first = client.messages.create(messages=messages, **asked)
    (call,) = calls_of(first)
    assert call.name == "get_weather" and "city" in call.input
    result = {"type": "tool_result", "tool_use_id": call.id, "content": "17 degrees"}
    messages += [{"role": "assistant", "content": first.content}] + user([result])
    is_sandbox(text_of(client.messages.create(messages=messages, **asked)))


def streamed_tools(model):
    with client.messages.stream(
        model=model, max_tokens=500, messages=user(TWO_TOOLS), tools=OWN_TOOLS
    ) as events:
        message = events.get_final_message()
    assert [call.name for call in calls_of(message)] == BOTH
    assert all("city" in call.input for call in calls_of(message))


def structured(model):
    message = client.messages.create(
        model=model,
        max_tokens=500,
        messages=user(TEXT),
        output_config={"format": {"type": "json_schema", "schema": FORM}},
    )
    assert set(json.loads(text_of(message))) == {"answer", "count"}


def models(model):
    ids = [it.id for it in client.models.list()]
    assert model in ids and "auto" in ids
    assert client.models.retrieve(model).id == model


def errors(model):
    def call(by, content=TEXT, name=model):
        return by.messages.create(model=name, max_tokens=50, messages=user(content))

    wrong = failure(lambda: call(client_of(WRONG_KEY)))
    assert isinstance(wrong, anthropic.AuthenticationError), repr(wrong)
    unknown = failure(lambda: call(client, TEXT, "claude-x"))
    assert isinstance(unknown, anthropic.BadRequestError), repr(unknown)
    money = failure(lambda: call(client_of(POOR_KEY, default_headers=tagged("402"))))
    assert money.status_code == 402, repr(money)
    limited = until_it_fails(lambda: call(client_of(FEW_KEY, max_retries=0)))
    assert isinstance(limited, anthropic.RateLimitError), repr(limited)
    call(client_of(FEW_KEY))
    call(client, fails_once(model))


def abort(model):
    events = client.messages.create(
        model=model, max_tokens=10_000, messages=user(endless(model)), stream=True
    )
    for _, event in zip(range(5), events):
        assert event
    events.close()


run(
    {
        "chat": chat,
        "stream": stream,
        "tools": tools,
        "streamed tools": streamed_tools,
        "structured": structured,
        "models": models,
        "errors": errors,
        "abort": abort,
    }
)
