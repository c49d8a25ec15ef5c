"""What all programs share: the gateway to call, and how a check is told. See js/check.js."""

import json
import os
import re
import traceback

GATEWAY = os.environ["GATEWAY"]
KEY = os.environ["KEY"]
POOR_KEY = os.environ["POOR_KEY"]
FEW_KEY = os.environ["FEW_KEY"]
WRONG_KEY = os.environ["WRONG_KEY"]
CLIENT = os.environ["CLIENT"]
MODELS = os.environ["MODELS"].split(",")

TEXT = "Say something."
ONE_TOOL = "Use get_weather for Graz."
TWO_TOOLS = "Use get_weather and get_time for Graz."
CITY = {
    "type": "object",
    "properties": {"city": {"type": "string"}},
    "required": ["city"],
    "additionalProperties": False,
}
TOOLS = [
    {
        "type": "function",
        "function": {"name": name, "description": "Of a city.", "parameters": CITY},
    }
    for name in ("get_weather", "get_time")
]
BOTH = ["get_weather", "get_time"]


def tagged(what):
    return {"x-neureus-surface": f"{CLIENT}/{what}"}


def fails_once(model):
    return f"Hi. [[sandbox: status=500 once={CLIENT}-{model}]]"


def endless(model):
    return f"Go on, {CLIENT}-{model}-left. [[sandbox: tokens=5000 gap=20]]"


def user(content):
    return [{"role": "user", "content": content}]


def is_sandbox(text):
    assert re.search("sandbox", text or "", re.I), f"the text of an answer: {text!r}"


def failure(call):
    """The error that a call fails with."""
    try:
        call()
    except Exception as error:  # Which one is for the caller to say.
        return error
    raise AssertionError("the call did not fail")


def until_it_fails(call):
    for _ in range(200):
        try:
            call()
        except Exception as error:
            return error
    raise AssertionError("200 calls, and no limit")


def run(checks):
    for check, body in checks.items():
        error = None
        for model in MODELS:
            try:
                body(model)
            except Exception:
                error = f"{model}: {traceback.format_exc(limit=-4)}"
                break
        print(json.dumps({"check": check, "error": error}), flush=True)
