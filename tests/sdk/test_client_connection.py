"""Connections of a calling bot: failures, tries, statuses, reuse, leaving early (protocol 9.7.5; 10.2 C1 to C4)."""

from __future__ import annotations

import asyncio
import gc

import httpx
import pytest

import rookery as fp
from rookery.sdk import calls

from .calling import a_request, call
from .serving import DONE, WAIT_S, Answer, ScriptedServer, event, free_address, reply_json, serve, stream

FINE = stream(event("text", {"text": "fine"}), DONE)


@pytest.mark.parametrize("with_httpx", [False, True])
async def test_an_unreachable_bot_is_a_bot_error_with_the_references_words_inside(with_httpx: bool) -> None:
    async with httpx.AsyncClient() as client:
        outcome = await call(free_address(), session=client if with_httpx else None)
    assert type(outcome.error) is fp.BotError
    assert str(outcome.error) == ("Bot 'X' could not be reached (connection refused). Error communicating with bot X")
    assert outcome.error.bot_name == "X"
    assert outcome.heard.messages == ["Bot request to X failed on try 0", "Bot request to X failed on try 1"]


@pytest.mark.parametrize(
    ("base_url", "part"),
    [
        ("localhost:1/bot/", "no valid URL"),
        ("http://no-such-host.invalid/bot/", "could not be resolved"),
    ],
)
async def test_a_bad_address_is_a_bot_error(base_url: str, part: str) -> None:
    outcome = await call("", base_url=base_url, num_tries=1)
    assert type(outcome.error) is fp.BotError
    assert part in str(outcome.error)


@pytest.mark.parametrize(
    ("answer", "kind", "part"),
    [
        (
            reply_json({"error": {"message": "Bad key", "type": "x"}}, 401),
            fp.BotErrorNoRetry,
            "HTTP 401 Unauthorized: Bad key",
        ),
        (reply_json({"detail": "Top up"}, 402), fp.BotErrorNoRetry, "HTTP 402 Payment Required: Top up"),
        (reply_json({"error": "gone"}, 404), fp.BotErrorNoRetry, "HTTP 404 Not Found: gone"),
        (reply_json({"message": "Slow down"}, 429), fp.BotError, "HTTP 429 Too Many Requests: Slow down"),
        (Answer([b"<html>"], 403, "text/html"), fp.BotErrorNoRetry, "HTTP 403 Forbidden."),
        (Answer([], 307, headers={"Location": "http://x/"}), fp.BotErrorNoRetry, "HTTP 307 Temporary Redirect."),
        (Answer([b"<html>"], 200, "text/html"), fp.BotErrorNoRetry, "content type: text/html"),
        (reply_json({"text": "hello"}, 200), fp.BotErrorNoRetry, "content type: application/json"),
    ],
)
@pytest.mark.parametrize("with_httpx", [False, True])
async def test_a_refusal_is_one_sentence_and_not_tried_again(
    answer: Answer, kind: type[fp.BotError], part: str, with_httpx: bool
) -> None:
    if answer.status == 307:
        answer = Answer([], 307, "text/plain", answer.headers)
    server = ScriptedServer(answer)
    async with serve(server) as url, httpx.AsyncClient() as client:
        outcome = await call(url, session=client if with_httpx else None)
    assert type(outcome.error) is kind
    assert "Bot 'X' " in str(outcome.error)
    assert part in str(outcome.error)
    assert outcome.error.http_status == answer.status
    assert outcome.error.raw == b"".join(piece for piece in answer.pieces if isinstance(piece, bytes)).decode()
    assert len(server.calls) == 1


async def test_a_failing_server_is_tried_again() -> None:
    server = ScriptedServer(Answer([b"oops"], 502, "text/plain"), FINE)
    async with serve(server) as url:
        outcome = await call(url)
    assert (outcome.texts, outcome.error) == (["fine"], None)
    assert [str(error) for error in outcome.heard.errors] == ["Bot 'X' answered with HTTP 502 Bad Gateway."]


async def test_a_server_that_asks_for_a_pause_is_given_it_or_the_call_ends(monkeypatch: pytest.MonkeyPatch) -> None:
    pauses: list[float] = []

    async def note(pause_s: float) -> None:
        pauses.append(pause_s)

    busy = [reply_json({}, 503, **{"Retry-After": seconds}) for seconds in ("7", "a date")]
    server = ScriptedServer(*busy, FINE, reply_json({}, 503, **{"Retry-After": "31"}), FINE)
    monkeypatch.setattr(calls, "asyncio", _Sleepless(note))
    async with serve(server) as url:
        outcome = await call(url, num_tries=3, retry_sleep_time=0.5)
        assert (outcome.texts, pauses) == (["fine"], [7.0, 1.0])
        outcome = await call(url, num_tries=3)
    assert isinstance(outcome.error, fp.BotError)
    assert outcome.error.retry_after_s == 31
    assert len(server.calls) == 4


@pytest.mark.parametrize("with_httpx", [False, True])
async def test_a_broken_stream_is_tried_again_and_nothing_is_heard_twice(with_httpx: bool) -> None:
    file = event("file", {"url": "u", "content_type": "c", "name": "n"})
    suggestion = event("suggested_reply", {"text": "s"})
    meta = event("meta", {"content_type": "text/plain"})
    broken = stream(
        meta, event("text", {"text": "Hel"}), event("text", {"text": "x", "index": 1}), file, suggestion, is_cut=True
    )
    whole = stream(
        meta,
        event("text", {"text": "Hello"}),
        file,
        suggestion,
        event("text", {"text": " you"}),
        event("text", {"text": "y", "index": 1}),
        event("text", {"text": "z", "index": 2}),
        DONE,
    )
    server = ScriptedServer(broken, whole)
    async with serve(server) as url, httpx.AsyncClient() as client:
        outcome = await call(url, session=client if with_httpx else None)
    assert outcome.error is None
    seen = [
        (message.text, message.is_replace_response, message.index)
        for message in outcome.messages
        if not (message.is_suggested_reply or message.attachment or isinstance(message, fp.MetaResponse))
    ]
    assert seen == [
        ("Hel", False, None),
        ("x", False, 1),
        ("Hello", True, None),
        (" you", False, None),
        ("y", True, 1),
        ("z", False, 2),
    ]
    assert sum(message.attachment is not None for message in outcome.messages) == 1
    assert sum(message.is_suggested_reply for message in outcome.messages) == 1
    assert sum(isinstance(message, fp.MetaResponse) for message in outcome.messages) == 1
    assert len(server.calls) == 2


async def test_a_stream_that_breaks_for_good_is_a_bot_error() -> None:
    broken = stream(event("text", {"text": "a"}), is_cut=True)
    server = ScriptedServer(broken, broken)
    async with serve(server) as url:
        outcome = await call(url)
    assert [(m.text, m.is_replace_response) for m in outcome.messages] == [("a", False), ("a", True)]
    assert str(outcome.error) == (
        "Bot 'X' broke off its answer (the connection was closed early). Error communicating with bot X"
    )


async def test_a_broken_stream_with_objects_is_not_tried_again() -> None:
    # Pieces of tool calls add up; a second try would double them.
    server = ScriptedServer(stream(event("json", {"a": 1}), is_cut=True), FINE)
    async with serve(server) as url:
        outcome = await call(url)
    assert isinstance(outcome.error, fp.BotError)
    assert len(server.calls) == 1


@pytest.mark.parametrize("tries", [1, 3])
async def test_the_number_of_tries_is_the_callers(tries: int) -> None:
    server = ScriptedServer(*[stream(event("error", {"allow_retry": True}))] * 4)
    async with serve(server) as url:
        await call(url, num_tries=tries)
    assert len(server.calls) == tries


async def test_calls_one_after_the_other_share_a_connection() -> None:
    server = ScriptedServer(FINE, FINE, FINE)
    async with serve(server) as url:
        for _ in range(3):
            assert (await call(url)).texts == ["fine"]
    assert len({seen.connection for seen in server.calls}) == 1


async def test_calls_at_the_same_time_do_not_wait_for_each_other() -> None:
    gate = asyncio.Event()
    server = ScriptedServer(*[stream(event("text", {"text": "a"}), gate, DONE)] * 5)
    async with serve(server) as url:
        running = [asyncio.create_task(call(url)) for _ in range(5)]
        async with asyncio.timeout(WAIT_S):
            while len(server.calls) < 5:
                server.arrived.clear()
                await server.arrived.wait()
            gate.set()
            assert [outcome.texts for outcome in await asyncio.gather(*running)] == [["a"]] * 5


async def test_a_bot_that_lingers_after_done_delays_nobody() -> None:
    server = ScriptedServer(stream(event("text", {"text": "a"}), DONE, asyncio.Event()))
    async with serve(server) as url:
        outcome = await asyncio.wait_for(call(url), WAIT_S)
        assert outcome.texts == ["a"]
        assert not server.left.is_set()
        await asyncio.wait_for(server.left.wait(), WAIT_S)  # and is left alone in the end


@pytest.mark.parametrize("with_httpx", [False, True])
async def test_closing_the_answer_early_closes_the_connection(with_httpx: bool) -> None:
    server = ScriptedServer(stream(event("text", {"text": "a"}), asyncio.Event()))
    async with serve(server) as url, httpx.AsyncClient() as client:
        session = client if with_httpx else None
        answer = fp.stream_request(a_request(), "X", "K", session=session, base_url=f"{url}/bot/")
        assert (await anext(answer)).text == "a"
        await answer.aclose()
        await asyncio.wait_for(server.left.wait(), WAIT_S)
        assert not client.is_closed


async def test_just_stopping_to_iterate_closes_the_connection() -> None:
    server = ScriptedServer(stream(event("text", {"text": "a"}), asyncio.Event()))

    async def take_one(url: str) -> None:
        async for _ in fp.stream_request(a_request(), "X", "K", base_url=f"{url}/bot/"):
            break

    async with serve(server) as url:
        await take_one(url)
        gc.collect()
        await asyncio.wait_for(server.left.wait(), WAIT_S)


async def test_cancelling_the_caller_closes_the_connection() -> None:
    server = ScriptedServer(stream(event("text", {"text": "a"}), asyncio.Event()))
    async with serve(server) as url:
        running = asyncio.create_task(call(url))
        await asyncio.wait_for(server.arrived.wait(), WAIT_S)
        running.cancel()
        with pytest.raises(asyncio.CancelledError):
            await running
        await asyncio.wait_for(server.left.wait(), WAIT_S)


async def test_a_given_client_is_used_kept_open_and_reuses_its_connection() -> None:
    server = ScriptedServer(FINE, FINE)
    async with serve(server) as url, httpx.AsyncClient(headers={"X-Mine": "1"}) as client:
        for _ in range(2):
            assert (await call(url, session=client)).texts == ["fine"]
        assert not client.is_closed
    assert [seen.headers["x-mine"] for seen in server.calls] == ["1", "1"]
    assert len({seen.connection for seen in server.calls}) == 1


async def test_no_cookie_sticks_to_the_shared_pool() -> None:
    cookie = Answer(FINE.pieces, headers={"Set-Cookie": "a=b"})
    server = ScriptedServer(cookie, FINE)
    async with serve(server) as url:
        await call(url)
        await call(url)
    assert "cookie" not in server.calls[1].headers


class _Sleepless:
    """The part of asyncio that `calls` uses, with a clock that never waits."""

    def __init__(self, sleep: object) -> None:
        self.sleep = sleep


async def test_a_server_without_tls_is_said_to_fail_at_the_secure_connection() -> None:
    async with serve(ScriptedServer()) as url:
        outcome = await call("", base_url=f"{url.replace('http:', 'https:')}/bot/", num_tries=1)
    assert "the secure connection failed" in str(outcome.error)


async def test_the_environments_proxy_is_used_but_not_for_excepted_hosts(monkeypatch: pytest.MonkeyPatch) -> None:
    proxy, direct = ScriptedServer(FINE), ScriptedServer(FINE)
    async with serve(proxy) as proxy_url, serve(direct) as url:
        monkeypatch.setenv("http_proxy", proxy_url)
        monkeypatch.setenv("no_proxy", "127.0.0.1")
        assert (await call("http://bot.invalid")).texts == ["fine"]
        assert (await call(url)).texts == ["fine"]
    assert [seen.headers["host"] for seen in proxy.calls] == ["bot.invalid"]
    assert len(direct.calls) == 1
