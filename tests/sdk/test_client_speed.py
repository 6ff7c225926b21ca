"""What makes the client fast may not be seen: messages made without validation, the short way, kept connections."""

from __future__ import annotations

import copy
import json
import pickle
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

import rookery as fp
from rookery.protocol.decoding import InvalidEvent, parse_event
from rookery.protocol.events import TextEvent
from rookery.protocol.limits import FRAME_BYTES
from rookery.sdk.messages import build_text, find_plain_text

from .calling import call
from .serving import DONE, ScriptedServer, event, serve, stream

RAW = '{"text": "hi"}'


def validated(**changes: Any) -> fp.PartialResponse:
    """Gives the message for RAW as the model itself makes it."""
    given: dict[str, Any] = {
        "text": "hi",
        "raw_response": {"type": "text", "text": RAW},
        "is_replace_response": False,
        "index": None,
    }
    return fp.PartialResponse(**{**given, **changes})


def built() -> fp.PartialResponse:
    """Gives the same message made without validation."""
    return build_text("text", RAW, "hi", None, is_replace=False)


def test_a_built_message_is_equal_to_a_validated_one_in_every_respect() -> None:
    ours, model = built(), validated()
    assert ours == model
    assert type(ours) is fp.PartialResponse
    assert repr(ours) == repr(model)
    assert list(ours.__dict__.items()) == list(model.__dict__.items())
    assert ours.model_fields_set == model.model_fields_set
    assert ours.model_extra == model.model_extra
    assert ours.__pydantic_private__ == model.__pydantic_private__
    assert ours.model_dump() == model.model_dump()
    assert ours.model_dump(exclude_unset=True) == model.model_dump(exclude_unset=True)
    assert ours.model_dump_json() == model.model_dump_json()
    assert fp.PartialResponse.model_validate(ours.model_dump()) == ours


def test_a_built_message_carries_index_and_replacement() -> None:
    ours = build_text("replace_response", RAW, "hi", 3, is_replace=True)
    raw_response = {"type": "replace_response", "text": RAW}
    assert ours == validated(raw_response=raw_response, is_replace_response=True, index=3)


@pytest.mark.parametrize(
    "again",
    [copy.copy, copy.deepcopy, lambda m: pickle.loads(pickle.dumps(m)), lambda m: m.model_copy(update={"text": "ho"})],
)
def test_a_built_message_can_be_copied_and_pickled(again: Any) -> None:
    ours, model = again(built()), again(validated())
    assert ours == model
    assert ours.model_fields_set == model.model_fields_set


def test_a_built_message_belongs_to_its_author() -> None:
    ours, other = built(), built()
    ours.text = "ho"
    ours.request_id = "r"
    ours.tool_calls.append(
        fp.ToolCallDefinitionDelta.model_validate({"index": 0, "function": {"name": "f", "arguments": ""}})
    )
    assert isinstance(ours.raw_response, dict)
    ours.raw_response["mine"] = 1
    assert ours.model_fields_set == {"text", "raw_response", "is_replace_response", "index", "request_id"}
    assert other == built() == validated()
    assert other.model_fields_set == {"text", "raw_response", "is_replace_response", "index"}
    with pytest.raises(ValueError, match="no field"):
        ours.mistyped = 1  # type: ignore[attr-defined]


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=6,
)
BODIES = st.one_of(
    st.builds(lambda text: json.dumps({"text": text}).encode(), st.text()),
    st.builds(lambda text: json.dumps({"text": text}, ensure_ascii=False).encode(), st.text()),
    st.builds(lambda value: json.dumps({"text": value}).encode(), VALUES),
    st.builds(lambda value: json.dumps(value).encode(), VALUES),
    st.builds(lambda text, index: json.dumps({"text": text, "index": index}).encode(), st.text(), VALUES),
    st.binary(max_size=40),
)


@given(BODIES)
def test_the_short_way_reads_plain_texts_as_the_long_way_does(data: bytes) -> None:
    message = find_plain_text(data)
    try:
        read: object = parse_event("text", data)
    except InvalidEvent:
        read = None
    if message is None:
        return  # the long way is taken
    assert read == TextEvent(message.text, None)
    assert message == validated(
        text=message.text, raw_response={"type": "text", "text": data.decode("utf-8", "replace")}
    )


async def test_many_calls_one_after_the_other_use_one_connection() -> None:
    fine = stream(event("text", {"text": "fine"}), DONE)
    server = ScriptedServer(*[fine] * 30)
    async with serve(server) as url:
        for _ in range(30):
            assert (await call(url)).texts == ["fine"]
    assert len({seen.connection for seen in server.calls}) == 1


@pytest.mark.parametrize("step", [1, 7, 4096])
async def test_a_reply_gives_the_same_messages_however_it_is_cut(step: int) -> None:
    whole = b"".join(
        [
            event("text", {"text": "a"}),
            event("text", {"text": "\u00fc", "index": 1}),
            event("text", '{"text": "b"}'),
            event("suggested_reply", {"text": "c"}),
            event("text", {"text": "d"}),
            event("replace_response", {"text": "e"}),
            event("text", {"text": "f"}),
            DONE,
        ]
    )
    server = ScriptedServer(stream(*[whole[at : at + step] for at in range(0, len(whole), step)]))
    async with serve(server) as url:
        outcome = await call(url)
    assert [(m.text, m.index, m.is_suggested_reply, m.is_replace_response) for m in outcome.messages] == [
        ("a", None, False, False),
        ("\u00fc", 1, False, False),
        ("b", None, False, False),
        ("c", None, True, False),
        ("d", None, False, False),
        ("e", None, False, True),
        ("f", None, False, False),
    ]


async def test_messages_before_an_event_that_is_too_long_are_given() -> None:
    too_long = b"event: text\ndata: " + b"x" * (FRAME_BYTES + 1) + b"\n\n"
    server = ScriptedServer(stream(event("text", {"text": "a"}) + too_long, DONE))
    async with serve(server) as url:
        outcome = await call(url)
    assert outcome.texts == ["a"]
    assert type(outcome.error) is fp.BotErrorNoRetry
    assert "broke the bot protocol" in str(outcome.error)
    assert len(server.calls) == 1


async def test_plain_text_of_a_broken_try_is_replaced_by_the_next() -> None:
    first = stream(event("text", {"text": "Hel"}), event("text", {"text": "lo"}), is_cut=True)
    second = stream(event("text", {"text": "Hello"}), event("text", {"text": "!"}), DONE)
    server = ScriptedServer(first, second)
    async with serve(server) as url:
        outcome = await call(url)
    assert [(m.text, m.is_replace_response) for m in outcome.messages] == [
        ("Hel", False),
        ("lo", False),
        ("Hello", True),
        ("!", False),
    ]
