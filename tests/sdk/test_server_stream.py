"""How a reply's pieces leave: together when they are ready together, never later; what a handler may rely on."""

from __future__ import annotations

import asyncio
import contextlib
import json
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextvars import ContextVar
from typing import Any

import pytest
from starlette.types import Message, Scope

import rookery as fp
from rookery.protocol.sse import SseDecoder
from rookery.sdk import eventstream
from rookery.sdk.eventstream import EventStream

from .serving import KEY, WAIT_S, query_body, serve
from .test_server_http import open_query

Handler = Callable[[fp.QueryRequest], AsyncIterator[Any]]

where: ContextVar[str] = ContextVar("where", default="nowhere")


class Bot(fp.PoeBot):
    """Answers with the given handler."""

    def __init__(self, handler: Handler) -> None:
        super().__init__(access_key=KEY)
        self.handler = handler

    async def get_response(self, request: fp.QueryRequest) -> AsyncIterator[Any]:
        async for item in self.handler(request):
            yield item


class Caller:
    """Calls an ASGI app in this loop and keeps each message it sends; may be slow, may leave."""

    def __init__(self, *, accepts: asyncio.Semaphore | None = None) -> None:
        self.messages: asyncio.Queue[Message] = asyncio.Queue()
        self.gone = asyncio.Event()
        self._accepts = accepts
        self._has_asked = False

    async def call(self, app: Any) -> None:
        body = query_body()
        scope: Scope = {
            "type": "http",
            "asgi": {"version": "3.0"},
            "http_version": "1.1",
            "method": "POST",
            "scheme": "http",
            "path": "/",
            "raw_path": b"/",
            "root_path": "",
            "query_string": b"",
            "headers": [(b"authorization", f"Bearer {KEY}".encode())],
            "client": ("127.0.0.1", 1),
            "server": ("127.0.0.1", 2),
        }

        async def receive() -> Message:
            if not self._has_asked:
                self._has_asked = True
                return {"type": "http.request", "body": json.dumps(body).encode(), "more_body": False}
            await self.gone.wait()
            return {"type": "http.disconnect"}

        async def send(message: Message) -> None:
            if self._accepts is not None and message["type"] == "http.response.body":
                await self._accepts.acquire()
            self.messages.put_nowait(message)

        await app(scope, receive, send)

    async def next(self) -> list[str]:
        """Gives the texts, or else names, of the events in the next body message."""
        while True:
            message = await asyncio.wait_for(self.messages.get(), WAIT_S)
            if message["type"] == "http.response.body":
                return texts(message["body"])

    def rest(self) -> list[list[str]]:
        """Gives those of all body messages that were sent and not read yet."""
        found = []
        while not self.messages.empty():
            message = self.messages.get_nowait()
            if message["type"] == "http.response.body":
                found.append(texts(message["body"]))
        return found


def texts(body: bytes) -> list[str]:
    frames = SseDecoder().feed(body)
    return [json.loads(frame.data).get("text", frame.name) if frame.name == "text" else frame.name for frame in frames]


@contextlib.asynccontextmanager
async def calling(handler: Handler, caller: Caller) -> AsyncIterator[asyncio.Task[None]]:
    app = fp.make_app(Bot(handler))
    task = asyncio.create_task(caller.call(app))
    try:
        yield task
    finally:
        caller.gone.set()
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def answer(handler: Handler) -> list[list[str]]:
    """Runs a handler to its end; gives the events of each body message that has any."""
    caller = Caller()
    async with calling(handler, caller) as task:
        await asyncio.wait_for(asyncio.shield(task), WAIT_S)
    return [events for events in caller.rest() if events]


def say(*words: str) -> list[fp.PartialResponse]:
    return [fp.PartialResponse(text=word) for word in words]


async def test_what_is_ready_together_goes_out_in_one_message_in_order(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(eventstream, "TURN_S", 60.0)

    async def handler(request: fp.QueryRequest) -> AsyncIterator[Any]:
        for item in say(*map(str, range(100))):
            yield item

    assert await answer(handler) == [[*map(str, range(100)), "done"]]


async def test_a_word_is_sent_before_the_next_wait_ends(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(eventstream, "TURN_S", 60.0)
    gates = [asyncio.Event(), asyncio.Event()]

    async def handler(request: fp.QueryRequest) -> AsyncIterator[Any]:
        for item in say("a", "b"):
            yield item
        await gates[0].wait()
        for item in say("c", "d", "e"):
            yield item
        await gates[1].wait()
        yield fp.PartialResponse(text="f")

    caller = Caller()
    async with calling(handler, caller) as task:
        assert await caller.next() == ["a", "b"]
        gates[0].set()
        assert await caller.next() == ["c", "d", "e"]
        gates[1].set()
        assert await caller.next() == ["f", "done"]
        await asyncio.wait_for(asyncio.shield(task), WAIT_S)


async def test_a_word_does_not_wait_for_the_next_one_of_a_handler_that_blocks_the_loop() -> None:
    caller = Caller()
    seen: list[list[list[str]]] = []

    async def handler(request: fp.QueryRequest) -> AsyncIterator[Any]:
        for item in say("a", "b"):
            time.sleep(0.01)  # longer than a turn
            yield item
            seen.append(caller.rest())

    async with calling(handler, caller) as task:
        await asyncio.wait_for(asyncio.shield(task), WAIT_S)
    assert seen == [[["a"]], [["b"]]]


async def test_a_handler_that_never_awaits_leaves_the_loop_to_others(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(eventstream, "TURN_S", 60.0)
    stop = False

    async def handler(request: fp.QueryRequest) -> AsyncIterator[Any]:
        while not stop:
            yield fp.PartialResponse(text="x")

    caller = Caller()
    async with calling(handler, caller) as task:
        assert len(await caller.next()) < eventstream.FRAMES_PER_TURN  # the opening comment counts, too
        stop = True
        await asyncio.wait_for(asyncio.shield(task), WAIT_S)


async def test_a_slow_caller_holds_the_handler_back_and_loses_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(eventstream, "TURN_S", 60.0)
    monkeypatch.setattr(eventstream, "FRAMES_PER_TURN", 2)
    accepts = asyncio.Semaphore(0)
    said = 0

    async def handler(request: fp.QueryRequest) -> AsyncIterator[Any]:
        nonlocal said
        for item in say(*map(str, range(10))):
            said += 1
            yield item
            if said % 3 == 0:
                await asyncio.sleep(0)

    caller = Caller(accepts=accepts)
    async with calling(handler, caller) as task:
        for _ in range(20):
            await asyncio.sleep(0)
        assert said <= 3
        for _ in range(20):
            accepts.release()
        await asyncio.wait_for(asyncio.shield(task), WAIT_S)
    assert [word for message in caller.rest() for word in message] == [*map(str, range(10)), "done"]


async def test_context_variables_of_a_handler_live_as_long_as_it() -> None:
    async def handler(request: fp.QueryRequest) -> AsyncIterator[Any]:
        where.set("inside")
        yield fp.PartialResponse(text=where.get())
        await asyncio.sleep(0)
        yield fp.PartialResponse(text=await asyncio.create_task(read()))
        where.set("further")
        yield fp.PartialResponse(text=where.get())

    async def read() -> str:
        return where.get()

    messages = await answer(handler)
    assert [word for message in messages for word in message] == ["inside", "inside", "further", "done"]
    assert where.get() == "nowhere"


async def test_a_timeout_inside_a_handler_ends_only_what_it_surrounds() -> None:
    async def handler(request: fp.QueryRequest) -> AsyncIterator[Any]:
        yield fp.PartialResponse(text="before")
        try:
            async with asyncio.timeout(0.01):
                await asyncio.Event().wait()
        except TimeoutError:
            yield fp.PartialResponse(text="late")
        async with asyncio.timeout(WAIT_S):
            yield fp.PartialResponse(text="in time")
            await asyncio.sleep(0)
        yield fp.PartialResponse(text="after")

    messages = await answer(handler)
    assert [word for message in messages for word in message] == ["before", "late", "in time", "after", "done"]


async def test_a_timeout_strikes_while_the_caller_is_slow_and_nothing_is_lost() -> None:
    accepts = asyncio.Semaphore(0)
    struck = asyncio.Event()

    async def handler(request: fp.QueryRequest) -> AsyncIterator[Any]:
        yield fp.PartialResponse(text="before")
        try:
            async with asyncio.timeout(0.01):
                await asyncio.Event().wait()
        except TimeoutError:
            struck.set()
        yield fp.PartialResponse(text="late")

    caller = Caller(accepts=accepts)
    async with calling(handler, caller) as task:
        await asyncio.wait_for(struck.wait(), WAIT_S)
        for _ in range(9):
            accepts.release()
        await asyncio.wait_for(asyncio.shield(task), WAIT_S)
    assert [word for message in caller.rest() for word in message] == ["before", "late", "done"]


async def test_a_task_group_inside_a_handler_works() -> None:
    async def handler(request: fp.QueryRequest) -> AsyncIterator[Any]:
        words: asyncio.Queue[str] = asyncio.Queue()

        async def speak(word: str, rounds: int) -> None:
            for _ in range(rounds):
                await asyncio.sleep(0)
            await words.put(word)

        async with asyncio.TaskGroup() as group:
            for rounds, word in enumerate(["a", "b", "c"]):
                group.create_task(speak(word, 3 * rounds))
            for _ in range(3):
                yield fp.PartialResponse(text=await words.get())

    messages = await answer(handler)
    assert [word for message in messages for word in message] == ["a", "b", "c", "done"]


async def fail() -> None:
    await asyncio.sleep(0)
    raise RuntimeError("in the group")


async def test_a_failing_task_group_is_a_failure_of_the_handler() -> None:
    async def handler(request: fp.QueryRequest) -> AsyncIterator[Any]:
        yield fp.PartialResponse(text="a")
        async with asyncio.TaskGroup() as group:
            group.create_task(fail())
            await asyncio.Event().wait()

    messages = await answer(handler)
    assert [word for message in messages for word in message] == ["a", "error", "done"]


@pytest.mark.parametrize("awaits", [0, 1])
@pytest.mark.parametrize("words", [0, 1, 2])
async def test_an_exception_anywhere_comes_after_what_was_said(awaits: int, words: int) -> None:
    async def handler(request: fp.QueryRequest) -> AsyncIterator[Any]:
        for item in say("a", "b")[:words]:
            yield item
        for _ in range(awaits):
            await asyncio.sleep(0.001)
        raise RuntimeError

    messages = await answer(handler)
    assert [word for message in messages for word in message] == [*["a", "b"][:words], "error", "done"]


@pytest.mark.parametrize("words", [0, 1])
async def test_a_handler_is_cancelled_where_it_waits_and_cleans_up(words: int) -> None:
    waits = asyncio.Event()
    ended: list[str] = []

    async def handler(request: fp.QueryRequest) -> AsyncIterator[Any]:
        where.set("inside")
        try:
            for item in say("a")[:words]:
                yield item
            waits.set()
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            ended.append("cancelled")
            raise
        finally:
            await asyncio.sleep(0)  # cleaning up may take its time
            ended.append(where.get())

    caller = Caller()
    async with calling(handler, caller) as task:
        await asyncio.wait_for(waits.wait(), WAIT_S)
        caller.gone.set()
        await asyncio.wait_for(asyncio.shield(task), WAIT_S)
        assert not task.cancelled()
        assert task.cancelling() == 0
    assert ended == ["cancelled", "inside"]


async def test_a_cancellation_from_outside_goes_through_the_handler_and_on() -> None:
    waits = asyncio.Event()
    ended: list[str] = []

    async def handler(request: fp.QueryRequest) -> AsyncIterator[Any]:
        try:
            yield fp.PartialResponse(text="a")
            waits.set()
            await asyncio.Event().wait()
        finally:
            ended.append("finally")

    async with calling(handler, Caller()) as task:
        await asyncio.wait_for(waits.wait(), WAIT_S)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
    assert ended == ["finally"]


@pytest.mark.parametrize("count", [1, 10_000])
async def test_a_connection_that_cannot_be_written_stops_the_handler_and_is_told(count: int) -> None:
    ended: list[str] = []

    async def reply() -> AsyncIterator[bytes]:
        try:
            for _ in range(count):
                yield b"x"
            await asyncio.Event().wait()
        finally:
            ended.append("finally")

    async def receive() -> Message:
        await asyncio.Event().wait()
        raise AssertionError

    async def send(message: Message) -> None:
        if message["type"] == "http.response.body":
            raise OSError("broken")

    stream: Callable[..., Awaitable[None]] = EventStream(reply())  # type: ignore[arg-type]
    with pytest.raises(OSError, match="broken"):
        await asyncio.wait_for(stream({"type": "http"}, receive, send), WAIT_S)
    assert ended == ["finally"]


async def test_nothing_is_left_running_when_a_reply_has_ended() -> None:
    gate = asyncio.Event()

    async def handler(request: fp.QueryRequest) -> AsyncIterator[Any]:
        yield fp.PartialResponse(text="a")
        await gate.wait()
        yield fp.PartialResponse(text="b")

    before = asyncio.all_tasks()
    caller = Caller()
    async with calling(handler, caller) as task:
        await caller.next()
        gate.set()
        await asyncio.wait_for(asyncio.shield(task), WAIT_S)
    assert asyncio.all_tasks() == before


async def test_pings_do_not_part_the_events(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(eventstream, "PING_S", 0.001)

    async def handler(request: fp.QueryRequest) -> AsyncIterator[Any]:
        for word in "abc":
            await asyncio.sleep(0.005)
            yield fp.PartialResponse(text=word)

    messages = await answer(handler)
    assert [word for message in messages for word in message] == ["a", "b", "c", "done"]


async def test_several_words_reach_a_real_caller_while_the_handler_waits() -> None:
    gate = asyncio.Event()

    async def handler(request: fp.QueryRequest) -> AsyncIterator[Any]:
        for item in say("first", "second"):
            yield item
        await gate.wait()

    async with serve(fp.make_app(Bot(handler))) as url, open_query(url) as response:
        got = b""
        while b"second" not in got:
            got += await asyncio.wait_for(response.content.readany(), WAIT_S)
        gate.set()
        assert (await response.read()).endswith(b"event: done\r\ndata: {}\r\n\r\n")
