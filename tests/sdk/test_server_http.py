"""The HTTP side of a served bot: keys, bodies, headers, pages (protocol 3.1, 3.9; 10.1 S1 to S4, S19)."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from typing import Any

import aiohttp
import pytest
from fastapi import FastAPI

import rookery as fp
from rookery.sdk import dispatch, eventstream

from .serving import KEY, WAIT_S, Got, ask, post, query_body, serve

AUTHORIZED = {"Authorization": f"Bearer {KEY}"}
SETTINGS = {"version": "1.2", "type": "settings"}


class Recorder(fp.PoeBot):
    """Keeps the reports it gets."""

    def __init__(self) -> None:
        super().__init__(access_key=KEY)
        self.heard: list[Any] = []

    async def on_feedback(self, feedback_request: fp.ReportFeedbackRequest) -> None:
        self.heard.append(feedback_request)

    async def on_reaction(self, reaction_request: fp.ReportReactionRequest) -> None:
        self.heard.append(reaction_request)

    async def on_error(self, error_request: fp.ReportErrorRequest) -> None:
        self.heard.append(error_request)


@pytest.mark.parametrize(
    ("header", "status", "detail"),
    [
        (None, 401, "Not authenticated"),
        ("", 401, "Not authenticated"),
        ("Basic abc", 401, "Not authenticated"),
        (KEY, 401, "Not authenticated"),
        ("Bearer ", 401, "Invalid access key"),
        ("Bearer wrong", 401, "Invalid access key"),
        (f"Bearer {KEY}x", 401, "Invalid access key"),
        ("Bearer \u00e9\u00e9", 401, "Invalid access key"),
        (f"Bearer {KEY}", 200, None),
        (f"bearer {KEY}", 200, None),
        (f"BEARER  {KEY}", 200, None),
    ],
)
async def test_the_key_is_checked(header: str | None, status: int, detail: str | None) -> None:
    async with serve(fp.make_app(fp.PoeBot(access_key=KEY))) as url:
        got = await post(url, SETTINGS, **({} if header is None else {"Authorization": header}))
    assert got.status == status
    if detail is not None:
        assert got.json == {"detail": detail}
        assert got.headers["www-authenticate"] == "Bearer"


@pytest.mark.parametrize("header", [None, "Bearer anything", "Basic abc"])
async def test_a_bot_without_a_key_takes_every_caller(header: str | None) -> None:
    async with serve(fp.make_app(fp.PoeBot(), allow_without_key=True)) as url:
        got = await post(url, SETTINGS, **({} if header is None else {"Authorization": header}))
    assert got.status == 200


async def test_a_key_is_enforced_even_where_none_was_demanded() -> None:
    async with serve(fp.make_app(fp.PoeBot(access_key=KEY), allow_without_key=True)) as url:
        assert (await post(url, SETTINGS)).status == 401


@pytest.mark.parametrize(
    ("body", "part"),
    [
        (b"", "not JSON"),
        (b"{", "not JSON"),
        (b"\xff\xfe", "not JSON"),
        (b"[]", "must be a JSON object"),
        (b"{}", "'type'"),
        (b'{"type": 5}', "'type'"),
        (b'{"version": "1.2", "type": "query"}', "field 'query'"),
        (b'{"version": "1.2", "type": "report_error", "message": 5, "metadata": {}}', "field 'message'"),
    ],
)
async def test_a_malformed_body_is_a_400_that_says_what_is_wrong(body: bytes, part: str) -> None:
    async with serve(fp.make_app(fp.PoeBot(access_key=KEY))) as url:
        got = await post(url, body, **AUTHORIZED)
    assert got.status == 400
    assert set(got.json) == {"detail"}
    assert part in got.json["detail"]


async def test_an_unknown_type_is_a_501() -> None:
    async with serve(fp.make_app(fp.PoeBot(access_key=KEY))) as url:
        got = await post(url, {"version": "9.9", "type": "dance"}, **AUTHORIZED)
    assert (got.status, got.json) == (501, {"detail": "Unsupported request type"})


async def test_the_body_is_not_read_before_the_key_is_checked() -> None:
    async with serve(fp.make_app(fp.PoeBot(access_key=KEY))) as url:
        assert (await post(url, b"not json")).status == 401


async def test_a_body_above_the_bound_is_a_413(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(dispatch, "BODY_BYTES", 1000)
    async with serve(fp.make_app(fp.PoeBot(access_key=KEY))) as url:
        got = await post(url, b" " * 1001, **AUTHORIZED)
        assert got.status == 413
        assert "1000 bytes" in got.json["detail"]
        assert (await post_in_pieces(url, [b" " * 600, b" " * 600])).status == 413
        assert (await ask(url)).status == 200


async def post_in_pieces(url: str, pieces: list[bytes]) -> Got:
    async def body() -> AsyncIterator[bytes]:
        for piece in pieces:
            yield piece

    async with aiohttp.ClientSession() as session, session.post(url, data=body(), headers=AUTHORIZED) as answer:
        return Got(answer.status, {}, await answer.read())


async def test_reports_reach_the_bot_and_are_answered_with_an_empty_object() -> None:
    bot = Recorder()
    ids = {"version": "1.2", "message_id": "m", "user_id": "u", "conversation_id": "c"}
    reports = [
        {**ids, "type": "report_feedback", "feedback_type": "like"},
        {**ids, "type": "report_reaction", "reaction": "heart"},
        {"version": "1.2", "type": "report_error", "message": "bad", "metadata": {"a": 1}},
    ]
    async with serve(fp.make_app(bot)) as url:
        answers = [await post(url, report, **AUTHORIZED) for report in reports]
    assert [(answer.status, answer.json) for answer in answers] == [(200, {})] * 3
    feedback, reaction, error = bot.heard
    assert (feedback.feedback_type, reaction.reaction, error.message) == ("like", "heart", "bad")


async def test_unknown_feedback_is_skipped() -> None:
    bot = Recorder()
    ids = {"version": "1.2", "message_id": "m", "user_id": "u", "conversation_id": "c"}
    async with serve(fp.make_app(bot)) as url:
        got = await post(url, {**ids, "type": "report_feedback", "feedback_type": "sparkle"}, **AUTHORIZED)
    assert (got.status, got.json, bot.heard) == (200, {}, [])


async def test_unknown_roles_and_types_of_a_newer_platform_do_not_fail_a_query() -> None:
    message = {"role": "user", "content": "hi", "content_type": "text/x-new", "feedback": [{"type": "like"}]}
    history = [{"role": "robot", "content": "?"}, message]
    async with serve(fp.make_app(fp.PoeBot(access_key=KEY))) as url:
        got = await ask(url, query=history, new_field={"a": 1})
    assert [name for name, _ in got.events] == ["text", "done"]


async def test_a_stream_has_the_headers_of_the_protocol() -> None:
    async with serve(fp.make_app(fp.PoeBot(access_key=KEY))) as url:
        got = await ask(url)
    assert got.headers["content-type"] == "text/event-stream; charset=utf-8"
    assert got.headers["cache-control"] == "no-store"
    assert got.headers["x-accel-buffering"] == "no"
    assert got.headers["connection"] == "keep-alive"
    assert "content-length" not in got.headers


async def test_the_page_says_that_the_bot_runs(monkeypatch: pytest.MonkeyPatch) -> None:
    bot = fp.PoeBot(path="/b", access_key=KEY, bot_name="<Bot>")
    monkeypatch.setenv("ROOKERY_SYNC_SETTINGS", "off")
    async with serve(fp.make_app(bot)) as url, aiohttp.ClientSession() as session:
        async with session.get(f"{url}/b") as answer:
            page = await answer.text()
            assert answer.status == 200
            assert answer.content_type == "text/html"
        assert "&lt;Bot&gt; is running" in page
        assert "https://poe.com/create_bot?server=1" in page
        assert KEY not in page
        monkeypatch.setenv("ROOKERY_URL", "http://hub.example/")
        async with session.get(f"{url}/b") as answer:
            assert "http://hub.example/create_bot?server=1" in await answer.text()


@pytest.mark.parametrize("path", ["/docs", "/redoc", "/openapi.json"])
async def test_an_app_of_ours_has_no_pages_of_its_own(path: str) -> None:
    app = fp.make_app(fp.PoeBot(path="/bot", access_key=KEY))
    async with serve(app) as url, aiohttp.ClientSession() as session, session.get(url + path) as answer:
        assert answer.status == 404


async def test_routes_join_a_given_app_and_leave_it_as_it_is() -> None:
    app = FastAPI()

    @app.get("/own")
    def own() -> dict[str, int]:
        return {"a": 1}

    assert fp.make_app(fp.PoeBot(path="/bot", access_key=KEY), app=app) is app
    async with serve(app) as url, aiohttp.ClientSession() as session:
        async with session.get(f"{url}/own") as answer:
            assert await answer.json() == {"a": 1}
        async with session.get(f"{url}/openapi.json") as answer:
            assert list((await answer.json())["paths"]) == ["/own"]
        assert (await ask(f"{url}/bot")).status == 200


class Gated(fp.PoeBot):
    """Answers in two parts, with a gate between them."""

    def __init__(self) -> None:
        super().__init__(access_key=KEY)
        self.gate = asyncio.Event()
        self.started = asyncio.Event()
        self.ended: asyncio.Queue[str] = asyncio.Queue()

    async def get_response(self, request: fp.QueryRequest) -> AsyncIterator[Any]:
        self.started.set()
        try:
            if request.language_code != "silent":
                yield fp.PartialResponse(text="first")
            await self.gate.wait()
            yield fp.PartialResponse(text="second")
        except BaseException as error:
            self.ended.put_nowait(type(error).__name__)
            raise
        self.ended.put_nowait("finished")


@contextlib.asynccontextmanager
async def open_query(url: str, language: str = "en") -> AsyncIterator[aiohttp.ClientResponse]:
    """Asks a bot and leaves at the block's end, whatever is still to come."""
    body = query_body(language_code=language)
    async with aiohttp.ClientSession() as session, session.post(url, json=body, headers=AUTHORIZED) as answer:
        yield answer


async def test_the_first_byte_is_sent_at_once_even_by_a_silent_bot() -> None:
    bot = Gated()
    async with serve(fp.make_app(bot)) as url, open_query(url, "silent") as answer:
        assert await asyncio.wait_for(answer.content.readany(), WAIT_S) == b": open\r\n\r\n"
        bot.gate.set()
        assert (await answer.read()).endswith(b"event: done\r\ndata: {}\r\n\r\n")


async def test_text_arrives_while_the_handler_still_works() -> None:
    bot = Gated()
    async with serve(fp.make_app(bot)) as url, open_query(url) as answer:
        got = b""
        while b"first" not in got:
            got += await asyncio.wait_for(answer.content.readany(), WAIT_S)
        bot.gate.set()
        assert b"second" in await answer.read()


async def test_a_silent_stream_is_kept_open_by_comments(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(eventstream, "PING_S", 0.02)
    bot = Gated()
    async with serve(fp.make_app(bot)) as url, open_query(url) as answer:
        got = b""
        while got.count(b": ping - 2") < 2:
            got += await asyncio.wait_for(answer.content.readany(), WAIT_S)
        bot.gate.set()
        got += await answer.read()
    assert [name for name, _ in Got(200, {}, got).events] == ["text", "text", "done"]


@pytest.mark.parametrize("language", ["en", "silent"])
async def test_a_handler_is_cancelled_when_its_caller_leaves(language: str) -> None:
    bot = Gated()
    async with serve(fp.make_app(bot)) as url:
        async with (
            aiohttp.ClientSession() as session,
            session.post(url, json=query_body(language_code=language), headers=AUTHORIZED),
        ):
            await asyncio.wait_for(bot.started.wait(), WAIT_S)
        assert await asyncio.wait_for(bot.ended.get(), WAIT_S) == "CancelledError"


async def test_a_handler_that_waits_in_the_middle_of_a_yield_is_closed_when_its_caller_leaves() -> None:
    class Flood(Gated):
        async def get_response(self, request: fp.QueryRequest) -> AsyncIterator[Any]:
            try:
                self.started.set()
                while True:
                    yield fp.PartialResponse(text="x" * 100_000)
            finally:
                self.ended.put_nowait("closed")

    bot = Flood()
    async with serve(fp.make_app(bot)) as url:
        async with open_query(url):
            # Nothing is read, so the server must wait in the end.
            await asyncio.wait_for(bot.started.wait(), WAIT_S)
        assert await asyncio.wait_for(bot.ended.get(), WAIT_S) == "closed"


async def test_a_handler_that_swallows_its_cancellation_is_closed_at_its_next_word() -> None:
    class Deaf(Gated):
        async def get_response(self, request: fp.QueryRequest) -> AsyncIterator[Any]:
            try:
                yield fp.PartialResponse(text="first")
                self.started.set()
                with contextlib.suppress(asyncio.CancelledError):
                    await self.gate.wait()
                while True:
                    yield fp.PartialResponse(text="more")
            finally:
                self.ended.put_nowait("closed")

    bot = Deaf()
    async with serve(fp.make_app(bot)) as url:
        async with open_query(url):
            await asyncio.wait_for(bot.started.wait(), WAIT_S)
        assert await asyncio.wait_for(bot.ended.get(), WAIT_S) == "closed"
