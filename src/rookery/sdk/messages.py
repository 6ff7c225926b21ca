"""Text messages for callers, made without validation: a long answer has thousands of them.

What is given is a `PartialResponse` like any other, equal to a validated one with the same fields set; that saves three
quarters of the time of making one. Only for values whose types were checked already.
"""

from __future__ import annotations

import orjson
from pydantic import BaseModel

from rookery.protocol.responses import PartialResponse

_DEFAULTS = PartialResponse(text="").__dict__
_FIELDS_SET = {"text", "raw_response", "is_replace_response", "index"}

# The four slots that make a model's state, as `BaseModel.model_construct` fills them.
_set_values = BaseModel.__dict__["__dict__"].__set__
_set_fields_set = BaseModel.__dict__["__pydantic_fields_set__"].__set__
_set_extra = BaseModel.__dict__["__pydantic_extra__"].__set__
_set_private = BaseModel.__dict__["__pydantic_private__"].__set__


def build_text(name: str, data: str, text: str, index: int | None, *, is_replace: bool) -> PartialResponse:
    """Gives the message for a `text` or `replace_response` event; `name` and `data` are the event's as they came."""
    values = _DEFAULTS.copy()
    values["text"] = text
    values["raw_response"] = {"type": name, "text": data}
    values["is_replace_response"] = is_replace
    values["index"] = index
    values["tool_calls"] = []  # the author may fill it
    message = PartialResponse.__new__(PartialResponse)
    _set_values(message, values)
    _set_fields_set(message, _FIELDS_SET.copy())
    _set_extra(message, None)
    _set_private(message, None)
    return message


def find_plain_text(data: bytes) -> PartialResponse | None:
    """Gives the message for a `text` event that holds a text and nothing else.

    None for any other data, whether it is faulty or merely has an index: that is for `decoding.parse_event`, which
    gives the same text for what is accepted here.
    """
    try:
        body = orjson.loads(data)
    except orjson.JSONDecodeError:
        return None
    if type(body) is not dict or len(body) != 1:
        return None
    text = body.get("text")
    if type(text) is not str:
        return None
    return build_text("text", data.decode(), text, None, is_replace=False)
