"""What a handler does and what goes over the wire: the vectors of protocol A.1 and the order of 9.7.3."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator
from typing import Any

import fastapi_poe
import pytest
from sse_starlette import ServerSentEvent

import rookery as fp

from .serving import KEY, ask, post, query_body, serve

UNEXPECTED = "The bot encountered an unexpected issue."


class Bot(fp.PoeBot):
    """Yields the given items; an exception among them is raised."""

    def __init__(self, *items: Any) -> None:
        super().__init__(access_key=KEY)
        self.items = items
        self.went_on = False

    async def get_response(self, request: fp.QueryRequest) -> AsyncIterator[Any]:
        for item in self.items:
            if isinstance(item, BaseException):
                raise item
            yield item
        self.went_on = True


async def events_of(bot: fp.PoeBot, **changes: Any) -> list[tuple[str, Any]]:
    async with serve(fp.make_app(bot)) as url:
        return (await ask(url, **changes)).events


async def test_text_is_sent_as_json_and_done_follows() -> None:
    async with serve(fp.make_app(Bot(fp.PartialResponse(text="hé\nllo")))) as url:
        got = await ask(url)
    assert got.status == 200
    assert got.events == [("text", {"text": "hé\nllo"}), ("done", {})]


async def test_the_default_bot_says_hello() -> None:
    assert await events_of(fp.PoeBot(access_key=KEY)) == [("text", {"text": "hello"}), ("done", {})]


async def test_meta_has_the_defaults_of_the_response_class() -> None:
    body = {
        "content_type": "text/markdown",
        "refetch_settings": False,
        "linkify": True,
        "suggested_replies": True,
    }
    assert await events_of(Bot(fp.MetaResponse(text=""))) == [("meta", body), ("done", {})]


@pytest.mark.parametrize(
    ("item", "expected"),
    [
        (fp.PartialResponse(text="x", is_suggested_reply=True, is_replace_response=True), "suggested_reply"),
        (fp.PartialResponse(text="x", is_suggested_reply=True), "suggested_reply"),
        (fp.PartialResponse(text="x", is_replace_response=True), "replace_response"),
        (fp.PartialResponse(text=""), "text"),
    ],
)
async def test_flags_choose_the_event(item: fp.PartialResponse, expected: str) -> None:
    assert await events_of(Bot(item)) == [(expected, {"text": item.text}), ("done", {})]


async def test_data_is_sent_as_metadata() -> None:
    assert await events_of(Bot(fp.DataResponse(metadata="m"))) == [("data", {"metadata": "m"}), ("done", {})]


async def test_an_error_stops_the_handler_and_done_follows() -> None:
    # The reference goes on and sends "after" as well (A.1); 10.1 S13 says to stop.
    bot = Bot(fp.ErrorResponse(text="bad", error_type="user_caused_error"), fp.PartialResponse(text="after"))
    body = {"allow_retry": True, "text": "bad", "error_type": "user_caused_error"}
    assert await events_of(bot) == [("error", body), ("done", {})]
    assert not bot.went_on


async def test_a_raw_error_event_stops_the_handler_too() -> None:
    bot = Bot(fp.PoeBot.error_event("bad", allow_retry=False), fp.PartialResponse(text="after"))
    assert await events_of(bot) == [("error", {"allow_retry": False, "text": "bad"}), ("done", {})]
    assert not bot.went_on


async def test_an_exception_becomes_a_fixed_sentence_with_its_repr_for_the_author() -> None:
    body = {"allow_retry": False, "text": UNEXPECTED, "raw_response": "RuntimeError('boom')"}
    assert await events_of(Bot(RuntimeError("boom"))) == [("error", body), ("done", {})]


async def test_what_was_said_before_an_exception_arrives() -> None:
    events = await events_of(Bot(fp.PartialResponse(text="so far"), RuntimeError("boom")))
    assert [name for name, _ in events] == ["text", "error", "done"]


async def test_no_secret_leaves_in_an_exceptions_text(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("POE_ACCESS_KEY", "e" * 32)
    events = await events_of(Bot(RuntimeError(f"GET /{KEY}/x {'e' * 32}")))
    assert events[0][1]["raw_response"] == "RuntimeError('GET /***/x ***')"


async def test_a_huge_exception_is_cut() -> None:
    events = await events_of(Bot(RuntimeError("x" * 10_000)))
    assert len(events[0][1]["raw_response"]) == 2_000


class Unprintable(Exception):
    def __repr__(self) -> str:
        raise ValueError


async def test_an_exception_without_a_working_repr_is_still_named() -> None:
    events = await events_of(Bot(Unprintable()))
    assert events[0][1]["raw_response"] == "Unprintable(...)"


async def test_too_few_points_have_their_own_error_type() -> None:
    body = {"allow_retry": True, "text": "", "error_type": "insufficient_fund"}
    assert await events_of(Bot(fp.InsufficientFundError("x"))) == [("error", body), ("done", {})]


async def test_too_few_points_are_told_when_the_context_method_is_overridden() -> None:
    class WithContext(fp.PoeBot):
        async def get_response_with_context(
            self, request: fp.QueryRequest, context: fp.RequestContext
        ) -> AsyncIterator[Any]:
            yield fp.PartialResponse(text=context.http_request.headers["x-test"])
            raise fp.InsufficientFundError

    async with serve(fp.make_app(WithContext(access_key=KEY))) as url:
        got = await post(url, query_body(), **{"Authorization": f"Bearer {KEY}", "X-Test": "seen"})
    assert [name for name, _ in got.events] == ["text", "error", "done"]
    assert got.events[0][1] == {"text": "seen"}
    assert got.events[1][1]["error_type"] == "insufficient_fund"


async def test_data_tool_calls_and_index_are_sent_on() -> None:
    # The reference drops all three and sends an empty text (A.1); 10.1 S14 says to emit them.
    call = {"index": 0, "id": "i", "type": "function", "function": {"name": "f", "arguments": ""}}
    deltas = [fp.ToolCallDefinitionDelta.model_validate(call)]
    events = await events_of(Bot(fp.PartialResponse(text="", data={"a": 1}, tool_calls=deltas, index=3)))
    chunk = {
        "object": "chat.completion.chunk",
        "choices": [{"index": 0, "delta": {"tool_calls": [call]}, "finish_reason": None}],
        "index": 3,
    }
    assert events == [("json", {"a": 1, "index": 3}), ("json", chunk), ("done", {})]


async def test_later_deltas_carry_no_null_fields() -> None:
    deltas = [fp.ToolCallDefinitionDelta.model_validate({"index": 1, "function": {"arguments": "{}"}})]
    events = await events_of(Bot(fp.PartialResponse(text="t", tool_calls=deltas, index=None)))
    assert events[0] == ("text", {"text": "t"})
    assert events[1][1]["choices"][0]["delta"]["tool_calls"] == [{"index": 1, "function": {"arguments": "{}"}}]


async def test_index_travels_with_text_replacement_and_suggestion() -> None:
    events = await events_of(
        Bot(
            fp.PartialResponse(text="a", index=1),
            fp.PartialResponse(text="b", index=2, is_replace_response=True),
            fp.PartialResponse(text="c", index=0, is_suggested_reply=True),
        )
    )
    assert [body.get("index") for _, body in events] == [1, 2, 0, None]


async def test_an_attachment_goes_before_its_text() -> None:
    attachment = fp.Attachment(url="u", content_type="image/png", name="n.png", inline_ref="r")
    events = await events_of(Bot(fp.PartialResponse(text="see", attachment=attachment)))
    file = {"url": "u", "content_type": "image/png", "name": "n.png", "inline_ref": "r"}
    assert events == [("file", file), ("text", {"text": "see"}), ("done", {})]


async def test_raw_events_pass_as_they_are() -> None:
    events = await events_of(
        Bot(
            ServerSentEvent(data='{"a": 1}', event="json"),
            fp.PoeBot.meta_event(),
            fp.PoeBot.text_event("t"),
            fp.PoeBot.replace_response_event("r"),
            fp.PoeBot.suggested_reply_event("s"),
            fp.PoeBot.data_event("d"),
            fp.PoeBot.file_event("u", "c", "n"),
        )
    )
    meta = {"content_type": "text/markdown", "refetch_settings": False, "linkify": True, "suggested_replies": False}
    assert events == [
        ("json", {"a": 1}),
        ("meta", meta),
        ("text", {"text": "t"}),
        ("replace_response", {"text": "r"}),
        ("suggested_reply", {"text": "s"}),
        ("data", {"metadata": "d"}),
        ("file", {"url": "u", "content_type": "c", "name": "n", "inline_ref": None}),
        ("done", {}),
    ]


async def test_a_raw_done_is_not_doubled_and_the_handler_goes_on() -> None:
    bot = Bot(fp.PartialResponse(text="t"), fp.PoeBot.done_event())
    assert await events_of(bot) == [("text", {"text": "t"}), ("done", {})]
    assert bot.went_on


@pytest.mark.parametrize(
    ("item", "what"),
    [
        ("text", "'text', a value of type str"),
        (None, "None"),
        ({"text": "t"}, "{'text': 't'}, a value of type dict"),
        (b"x", "b'x', a value of type bytes"),
        (b"x" * 500, "b'" + "x" * 75 + "..., a value of type bytes"),
        (fastapi_poe.PartialResponse(text="t"), "a value of type fastapi_poe.types.PartialResponse"),
    ],
)
async def test_a_wrong_item_is_named_with_method_value_and_allowed_types(
    item: object, what: str, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.ERROR):
        events = await events_of(Bot(item))
    assert [name for name, _ in events] == ["error", "done"]
    assert events[0][1]["text"] == UNEXPECTED
    for text in (events[0][1]["raw_response"], caplog.text):
        assert "Bot.get_response yielded " in text
        assert what in text
        assert "PartialResponse" in text
        assert "ServerSentEvent" in text


async def test_a_handler_without_yield_is_explained() -> None:
    class Forgetful(fp.PoeBot):
        async def get_response(self, request: fp.QueryRequest) -> Any:  # type: ignore[override]
            return fp.PartialResponse(text="t")

    events = await events_of(Forgetful(access_key=KEY))
    assert "Forgetful.get_response must be an async generator" in events[0][1]["raw_response"]


async def test_a_plain_generator_is_explained() -> None:
    class Plain(fp.PoeBot):
        def get_response(self, request: fp.QueryRequest) -> Any:
            yield fp.PartialResponse(text="t")

    events = await events_of(Plain(access_key=KEY))
    assert "Plain.get_response must be an async generator" in events[0][1]["raw_response"]


async def test_an_object_that_json_cannot_hold_is_a_failure_of_the_handler() -> None:
    events = await events_of(Bot(fp.PartialResponse(text="", data={"x": object()})))
    assert [name for name, _ in events] == ["error", "done"]


async def test_half_a_surrogate_pair_does_not_end_the_answer() -> None:
    async with serve(fp.make_app(Bot(fp.PartialResponse(text="a\ud83d")))) as url:
        got = await ask(url)
    assert got.events == [("text", {"text": "a\ufffd"}), ("done", {})]


async def test_the_cancellation_of_something_awaited_is_an_error_not_an_end() -> None:
    class Awaiting(fp.PoeBot):
        async def get_response(self, request: fp.QueryRequest) -> AsyncIterator[Any]:
            task = asyncio.create_task(asyncio.Event().wait())
            task.cancel()
            await task
            yield fp.PartialResponse(text="never")

    events = await events_of(Awaiting(access_key=KEY))
    assert [name for name, _ in events] == ["error", "done"]
    assert events[0][1]["raw_response"] == "CancelledError()"


async def test_a_handler_that_yields_while_being_stopped_does_no_harm() -> None:
    class Stubborn(fp.PoeBot):
        async def get_response(self, request: fp.QueryRequest) -> AsyncIterator[Any]:
            try:
                yield fp.ErrorResponse(text="bad")
            finally:
                yield fp.PartialResponse(text="more")

    assert [name for name, _ in await events_of(Stubborn(access_key=KEY))] == ["error", "done"]


class KeyTeller(fp.PoeBot):
    async def get_response(self, request: fp.QueryRequest) -> AsyncIterator[Any]:
        yield fp.PartialResponse(text=f"{request.access_key} {request.api_key}")


async def test_the_handler_sees_the_bots_own_key_never_the_one_sent() -> None:
    bot = KeyTeller(access_key=KEY)
    async with serve(fp.make_app(bot)) as url:
        got = await ask(url, access_key="EVIL", api_key="EVIL")
    assert got.events[0][1]["text"] == f"{KEY} {KEY}"


async def test_without_a_key_the_handler_sees_the_word_missing() -> None:
    async with serve(fp.make_app(KeyTeller(), allow_without_key=True)) as url:
        got = await ask(url, key=None, access_key="EVIL")
    assert got.events[0][1]["text"] == "<missing> <missing>"


async def test_settings_of_a_default_bot_have_all_fields() -> None:
    async with serve(fp.make_app(fp.PoeBot(access_key=KEY))) as url:
        got = await post(url, {"version": "1.2", "type": "settings"}, Authorization=f"Bearer {KEY}")
    expected = dict.fromkeys(fp.SettingsResponse.model_fields)
    assert len(expected) == 15
    assert got.json == {**expected, "response_version": 2, "server_bot_dependencies": {}}


async def test_a_bot_that_wraps_handle_query_sees_raw_events() -> None:
    class Wrapping(Bot):
        async def handle_query(
            self, request: fp.QueryRequest, context: fp.RequestContext
        ) -> AsyncIterator[ServerSentEvent]:
            async for event in super().handle_query(request, context):
                if event.event == "done":
                    yield self.suggested_reply_event("again?")
                yield event

    events = await events_of(Wrapping(fp.PartialResponse(text="t")))
    assert [name for name, _ in events] == ["text", "suggested_reply", "done"]


async def test_a_subclass_with_its_own_init_needs_no_base_call() -> None:
    class Careless(fp.PoeBot):
        def __init__(self) -> None:
            self.word = "w"

        async def get_response(self, request: fp.QueryRequest) -> AsyncIterator[Any]:
            yield fp.PartialResponse(text=self.word)

    async with serve(fp.make_app(Careless(), access_key=KEY)) as url:
        assert (await ask(url)).events[0] == ("text", {"text": "w"})


async def test_keys_are_masked_and_long_texts_cut_in_what_the_author_is_shown() -> None:
    events = await events_of(Bot(RuntimeError(f"bad key {KEY} " + "x" * 5000)))
    shown = events[0][1]["raw_response"]
    assert KEY not in shown
    assert "bad key" in shown
    assert len(shown) <= 2000
