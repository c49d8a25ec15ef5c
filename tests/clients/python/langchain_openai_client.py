"""PyPI `langchain-openai`."""

from check import *
from langchain_core.messages import HumanMessage, ToolMessage
from langchain_openai import ChatOpenAI, OpenAIEmbeddings
from pydantic import BaseModel

BASE = f"{GATEWAY}/v1"


class Form(BaseModel):
    answer: str
    count: int


def chat_of(model, key=KEY, **options):
    return ChatOpenAI(model=model, api_key=key, base_url=BASE, stream_usage=True, **options)


def all_of(chunks):
    first, *others = chunks
    for chunk in others:
        first = first + chunk
    return first


def chat(model):
    message = chat_of(model).invoke(TEXT)
    is_sandbox(message.text)
    assert message.usage_metadata["total_tokens"] > 0


def stream(model):
    message = all_of(chat_of(model).stream(TEXT))
    is_sandbox(message.text)
    assert message.usage_metadata["output_tokens"] > 0


def tools(model):
    bound = chat_of(model).bind_tools(TOOLS)
    asked = HumanMessage(ONE_TOOL)
    first = bound.invoke([asked])
    (call,) = first.tool_calls
    assert call["name"] == "get_weather" and "city" in call["args"]
    result = ToolMessage("17 degrees", tool_call_id=call["id"])
    is_sandbox(bound.invoke([asked, first, result]).text)


def streamed_tools(model):
    message = all_of(chat_of(model).bind_tools(TOOLS).stream(TWO_TOOLS))
    assert [call["name"] for call in message.tool_calls] == BOTH


def structured(model):
    chat = chat_of(model).with_structured_output(Form, method="json_schema")
    assert isinstance(chat.invoke(TEXT), Form)


def embeddings(_):
    of = OpenAIEmbeddings(
        model="bge-base-en", api_key=KEY, base_url=BASE, check_embedding_ctx_length=False
    )
    vectors = of.embed_documents(["a", "b"])
    assert len(vectors) == 2 and len(vectors[1]) > 100


def errors(model):
    wrong = failure(lambda: chat_of(model, WRONG_KEY).invoke(TEXT))
    assert wrong.status_code == 401, repr(wrong)
    poor = chat_of(model, POOR_KEY, default_headers=tagged("402"))
    money = failure(lambda: poor.invoke(TEXT))
    assert money.status_code == 402, repr(money)
    few = chat_of(model, FEW_KEY, max_retries=0)
    limited = until_it_fails(lambda: few.invoke(TEXT))
    assert limited.status_code == 429, repr(limited)
    chat_of(model, FEW_KEY).invoke(TEXT)
    chat_of(model).invoke(fails_once(model))


def abort(model):
    chunks = chat_of(model).stream(endless(model))
    for _, chunk in zip(range(3), chunks):
        assert chunk
    chunks.close()


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
