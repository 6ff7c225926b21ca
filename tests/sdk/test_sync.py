"""The blocking forms (protocol 9.2; 10.2 C14)."""

from __future__ import annotations

import asyncio
import concurrent.futures
import threading
import warnings
from collections.abc import AsyncIterator, Iterator
from typing import Any

import pytest

import rookery as fp
from rookery.sync_utils import run_sync

from .serving import DONE, WAIT_S, ScriptedServer, event, reply_json, serve, stream

FINE = stream(event("text", {"text": "a"}), event("text", {"text": "b"}), DONE)
MESSAGES = [fp.ProtocolMessage(role="user", content="hi")]


class Served:
    """A server in a loop of its own, in a thread."""

    def __init__(self, app: ScriptedServer) -> None:
        self.app = app
        self.url = ""
        self._ready = threading.Event()
        self._loop = asyncio.new_event_loop()
        self._stop: asyncio.Event | None = None
        self._thread = threading.Thread(target=self._run)

    def _run(self) -> None:
        self._loop.run_until_complete(self._serve())
        self._loop.close()

    async def _serve(self) -> None:
        self._stop = asyncio.Event()
        async with serve(self.app) as self.url:
            self._ready.set()
            await self._stop.wait()

    def __enter__(self) -> Served:
        self._thread.start()
        assert self._ready.wait(WAIT_S)
        return self

    def __exit__(self, *details: object) -> None:
        assert self._stop is not None
        self._loop.call_soon_threadsafe(self._stop.set)
        self._thread.join(WAIT_S)


@pytest.fixture
def served() -> Iterator[Served]:
    with Served(ScriptedServer()) as running:
        yield running


def test_messages_come_one_by_one(served: Served) -> None:
    served.app.answers.append(FINE)
    answer = fp.get_bot_response_sync(MESSAGES, "X", "K", base_url=f"{served.url}/bot/", temperature=0.5)
    assert [message.text for message in answer] == ["a", "b"]
    assert served.app.calls[0].json["temperature"] == 0.5


def test_the_threads_current_loop_is_left_alone(served: Served) -> None:
    served.app.answers.extend([FINE, FINE])
    base_url = f"{served.url}/bot/"
    mine = asyncio.new_event_loop()
    asyncio.set_event_loop(mine)
    try:
        list(fp.get_bot_response_sync(MESSAGES, "X", "K", base_url=base_url))
        assert next(fp.get_bot_response_sync(MESSAGES, "X", "K", base_url=base_url)).text == "a"
        run_sync(asyncio.sleep(0))
        assert asyncio.get_event_loop() is mine
        assert not mine.is_closed()
    finally:
        asyncio.set_event_loop(None)
        mine.close()


def test_stopping_early_closes_the_connection(served: Served) -> None:
    gate = asyncio.Event()
    served.app.answers.append(stream(event("text", {"text": "a"}), gate))
    answer = fp.get_bot_response_sync(MESSAGES, "X", "K", base_url=f"{served.url}/bot/")
    assert next(answer).text == "a"
    answer.close()
    left = asyncio.run_coroutine_threadsafe(served.app.left.wait(), served._loop)
    assert left.result(WAIT_S)


def test_errors_are_raised_where_the_generator_is_read(served: Served) -> None:
    served.app.answers.append(stream(event("error", {"text": "no", "allow_retry": False})))
    with pytest.raises(fp.BotErrorNoRetry, match="no"):
        list(fp.get_bot_response_sync(MESSAGES, "X", "K", base_url=f"{served.url}/bot/"))


def test_reports_are_sent_before_the_loop_ends(served: Served) -> None:
    served.app.answers.append(stream(DONE))
    assert list(fp.get_bot_response_sync(MESSAGES, "X", "K", base_url=f"{served.url}/bot/")) == []
    assert served.app.reports.qsize() == 1


def test_a_file_is_stored(served: Served) -> None:
    stored = reply_json({"attachment_url": "u", "mime_type": "c"})
    served.app.answers.append(stored)
    assert fp.upload_file_sync(b"x", file_name="n", api_key="K", base_url=served.url).url == "u"

    async def inside() -> fp.Attachment:
        return fp.upload_file_sync(b"x", file_name="n", api_key="K", base_url=served.url)

    served.app.answers.append(stored)
    assert asyncio.run(inside()).url == "u"


async def test_inside_a_loop_the_generator_says_what_to_use() -> None:
    with pytest.raises(RuntimeError, match="use get_bot_response"):
        next(fp.get_bot_response_sync(MESSAGES, "X", "K"))


async def test_inside_a_loop_work_runs_in_a_thread() -> None:
    async def where() -> str:
        return threading.current_thread().name

    made: list[concurrent.futures.Executor] = []

    def factory() -> concurrent.futures.Executor:
        made.append(concurrent.futures.ThreadPoolExecutor(1, "mine"))
        return made[0]

    assert run_sync(where()) != threading.current_thread().name
    assert run_sync(where(), _executor_factory=factory).startswith("mine")


async def test_inside_a_loop_a_session_is_refused() -> None:
    async def work() -> None: ...

    with warnings.catch_warnings():
        warnings.simplefilter("error")
        with pytest.raises(ValueError, match="session"):
            run_sync(work(), session=object())


def test_without_a_loop_results_and_exceptions_come_back() -> None:
    async def good() -> int:
        return 5

    async def bad() -> int:
        raise KeyError("k")

    assert run_sync(good(), session=object()) == 5
    with pytest.raises(KeyError):
        run_sync(bad())


def test_what_a_coroutine_leaves_behind_is_ended_with_its_loop() -> None:
    ended: list[str] = []

    async def numbers() -> AsyncIterator[int]:
        try:
            yield 1
        finally:
            ended.append("generator")

    async def forever() -> None:
        try:
            await asyncio.Event().wait()
        finally:
            ended.append("task")

    kept: list[Any] = []

    async def work() -> None:
        kept.append(numbers())
        await anext(kept[0])
        kept.append(asyncio.create_task(forever()))
        await asyncio.sleep(0)

    run_sync(work())
    assert sorted(ended) == ["generator", "task"]
