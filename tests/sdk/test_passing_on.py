"""A bot that calls a bot: what the person sees of the called bot's words, files and failures."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import aiohttp
import pytest

import rookery as fp

from .serving import (
    DONE,
    KEY,
    WAIT_S,
    Answer,
    ScriptedServer,
    ask,
    event,
    query_body,
    reply_json,
    serve,
    stream,
)


class Wrapper(fp.PoeBot):
    """Hands on all that another bot says."""

    async def get_response(self, request: fp.QueryRequest) -> AsyncIterator[Any]:
        async for message in fp.stream_request(request, "Inner", request.access_key, retry_sleep_time=0):
            yield message


async def wrapped(*answers: Answer) -> list[tuple[str, Any]]:
    async with serve(ScriptedServer(*answers)) as hub, serve(fp.make_app(Wrapper(access_key=KEY))) as url:
        with pytest.MonkeyPatch.context() as patch:
            patch.setenv("ROOKERY_URL", hub)
            return (await ask(url)).events


async def test_everything_but_private_data_is_handed_on() -> None:
    meta = {"content_type": "text/plain", "suggested_replies": True, "linkify": False, "refetch_settings": False}
    said = [
        ("meta", meta),
        ("text", {"text": "a"}),
        ("file", {"url": "u", "content_type": "c", "name": "n", "inline_ref": None}),
        ("text", {"text": ""}),
        ("json", {"choices": []}),
        ("replace_response", {"text": "b", "index": 1}),
        ("suggested_reply", {"text": "s"}),
        ("done", {}),
    ]
    sent = [event(name, body) for name, body in said if body != {"text": ""}]
    assert await wrapped(stream(event("meta", meta), event("data", {"metadata": "private"}), *sent[1:])) == said


@pytest.mark.parametrize(
    "body",
    [
        {"text": "Message m-1 called on bot that has 0 call count", "allow_retry": False},
        {"text": "too long", "allow_retry": False, "error_type": "user_message_too_long"},
        {"text": "later", "allow_retry": True, "error_type": "insufficient_fund"},
    ],
)
async def test_a_called_bots_error_reaches_the_person_as_what_it_is(body: dict[str, Any]) -> None:
    events = await wrapped(*[stream(event("text", {"text": "so far"}), event("error", body))] * 2)
    assert [name for name, _ in events] == ["text", "error", "done"]
    error = events[1][1]
    raw = error.pop("raw_response")
    assert error == body
    assert body["text"] in raw


async def test_an_http_refusal_reaches_the_person_as_a_sentence_without_the_key() -> None:
    events = await wrapped(reply_json({"detail": f"key {KEY} is unknown"}, 401))
    assert events[0] == (
        "error",
        {
            "allow_retry": False,
            "text": "Bot 'Inner' answered with HTTP 401 Unauthorized: key *** is unknown",
            "raw_response": '{"detail": "key *** is unknown"}',
        },
    )


async def test_an_unreachable_bot_reaches_the_person_as_a_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ROOKERY_URL", "http://127.0.0.1:9")
    async with serve(fp.make_app(Wrapper(access_key=KEY))) as url:
        events = (await ask(url)).events
    text = "Bot 'Inner' could not be reached (connection refused). Error communicating with bot Inner"
    assert events == [("error", {"allow_retry": True, "text": text}), ("done", {})]


async def test_an_author_may_catch_and_answer_otherwise() -> None:
    class Careful(fp.PoeBot):
        async def get_response(self, request: fp.QueryRequest) -> AsyncIterator[Any]:
            try:
                yield fp.PartialResponse(text=await fp.get_final_response(request, "Inner", request.access_key))
            except fp.BotErrorNoRetry as error:
                yield fp.PartialResponse(text=f"caught: {error}")

    refused = stream(event("error", {"text": "no", "allow_retry": False}))
    async with serve(ScriptedServer(refused)) as hub, serve(fp.make_app(Careful(access_key=KEY))) as url:
        with pytest.MonkeyPatch.context() as patch:
            patch.setenv("ROOKERY_URL", hub)
            events = (await ask(url)).events
    assert events == [("text", {"text": "caught: no"}), ("done", {})]


async def test_leaving_the_outer_bot_stops_the_inner_one(monkeypatch: pytest.MonkeyPatch) -> None:
    inner = ScriptedServer(stream(event("text", {"text": "a"}), asyncio.Event(), DONE))
    async with serve(inner) as hub, serve(fp.make_app(Wrapper(access_key=KEY))) as url:
        monkeypatch.setenv("ROOKERY_URL", hub)
        headers = {"Authorization": f"Bearer {KEY}"}
        async with aiohttp.ClientSession() as session, session.post(url, json=query_body(), headers=headers) as answer:
            got = b""
            while b"event: text" not in got:
                got += await asyncio.wait_for(answer.content.readany(), WAIT_S)
        await asyncio.wait_for(inner.left.wait(), WAIT_S)


@pytest.mark.parametrize(
    ("extra", "text"), [([], "no"), ([KeyError("bug")], "The bot encountered an unexpected issue.")]
)
async def test_failures_of_parallel_calls_are_told_unless_a_bug_is_among_them(
    extra: list[Exception], text: str
) -> None:
    class Parallel(fp.PoeBot):
        async def get_response(self, request: fp.QueryRequest) -> AsyncIterator[Any]:
            yield fp.PartialResponse(text="t")
            inner = ExceptionGroup("inner", [fp.BotErrorNoRetry("no"), *extra])
            raise ExceptionGroup("outer", [inner, fp.BotError("also")])

    async with serve(fp.make_app(Parallel(access_key=KEY))) as url:
        events = (await ask(url)).events
    assert events[1][0] == "error"
    assert (events[1][1]["text"], events[1][1]["allow_retry"]) == (text, False)
