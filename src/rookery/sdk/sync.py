"""Blocking forms of the client, for programs without an event loop (protocol 9.2).

Each runs a loop of its own and closes it. The thread's current loop is never touched (10.2, C14).
"""

from __future__ import annotations

import asyncio
import concurrent.futures
from collections.abc import Callable, Coroutine, Generator, Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, TypeVar

from rookery.protocol.messages import Attachment, ProtocolMessage
from rookery.protocol.responses import PartialResponse
from rookery.protocol.toolcalls import ToolDefinition
from rookery.sdk.addresses import POE_BOTS_URL, POE_UPLOADS_URL
from rookery.sdk.background import wait_for_background
from rookery.sdk.client import get_bot_response
from rookery.sdk.files import FileInput, upload_file
from rookery.sdk.options import ErrorHandler, log_error
from rookery.sdk.toolcalls import ToolFunction

if TYPE_CHECKING:
    import httpx

T = TypeVar("T")

BACKGROUND_S = 2.0
"""How long a loop's end waits for reports that are still under way, in seconds."""


def get_bot_response_sync(
    messages: list[ProtocolMessage],
    bot_name: str,
    api_key: str,
    *,
    tools: list[ToolDefinition] | None = None,
    tool_executables: Sequence[ToolFunction] | None = None,
    temperature: float | None = None,
    skip_system_prompt: bool | None = None,
    logit_bias: dict[str, float] | None = None,
    adopt_current_bot_name: bool | None = None,
    stop_sequences: list[str] | None = None,
    base_url: str = POE_BOTS_URL,
    session: httpx.AsyncClient | None = None,
) -> Generator[PartialResponse, None, None]:
    """Like `get_bot_response`, as a plain generator.

    Raises RuntimeError when iterated inside a running event loop: use `get_bot_response` there.
    """
    if _is_loop_running():
        raise RuntimeError("get_bot_response_sync cannot be used inside an event loop; use get_bot_response")
    answer = get_bot_response(
        messages,
        bot_name,
        api_key,
        tools=tools,
        tool_executables=tool_executables,
        temperature=temperature,
        skip_system_prompt=skip_system_prompt,
        logit_bias=logit_bias,
        adopt_current_bot_name=adopt_current_bot_name,
        stop_sequences=stop_sequences,
        base_url=base_url,
        session=session,
    )
    with _own_loop() as loop:
        try:
            while True:
                try:
                    message = loop.run_until_complete(anext(answer))
                except StopAsyncIteration:
                    return
                yield message
        finally:
            loop.run_until_complete(answer.aclose())


def upload_file_sync(
    file: FileInput | None = None,
    file_url: str | None = None,
    file_name: str | None = None,
    api_key: str = "",
    *,
    session: httpx.AsyncClient | None = None,
    on_error: ErrorHandler = log_error,
    num_tries: int = 2,
    retry_sleep_time: float = 0.5,
    base_url: str = POE_UPLOADS_URL,
    extra_headers: dict[str, str] | None = None,
) -> Attachment:
    """Like `upload_file`, blocking. Inside a running loop it works in a helper thread, without a `session`."""
    work = upload_file(
        file,
        file_url,
        file_name,
        api_key,
        session=session,
        on_error=on_error,
        num_tries=num_tries,
        retry_sleep_time=retry_sleep_time,
        base_url=base_url,
        extra_headers=extra_headers,
    )
    return run_sync(work, session=session)


def run_sync(
    coro: Coroutine[Any, Any, T],
    *,
    session: object | None = None,
    _executor_factory: Callable[[], concurrent.futures.Executor] | None = None,
) -> T:
    """Runs a coroutine to its end and gives its result, in a loop of its own.

    Inside a running loop that happens in a helper thread, and the running loop stands still meanwhile. A `session`
    belongs to the running loop and cannot follow there: ValueError.
    """
    if not _is_loop_running():
        return _run(coro)
    if session is not None:
        coro.close()
        raise ValueError(
            "a session of the running event loop cannot be used from a helper thread: leave the session out, or "
            "await the asynchronous function"
        )
    make_executor = _executor_factory or (lambda: concurrent.futures.ThreadPoolExecutor(max_workers=1))
    with make_executor() as executor:
        return executor.submit(_run, coro).result()


def _run(coro: Coroutine[Any, Any, T]) -> T:
    with _own_loop() as loop:
        return loop.run_until_complete(coro)


def _is_loop_running() -> bool:
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        return False
    return True


@contextmanager
def _own_loop() -> Iterator[asyncio.AbstractEventLoop]:
    # asyncio.run and asyncio.Runner would replace the thread's current loop, and leave it replaced.
    loop = asyncio.new_event_loop()
    try:
        yield loop
    finally:
        try:
            loop.run_until_complete(_wind_up(loop))
        finally:
            loop.close()


async def _wind_up(loop: asyncio.AbstractEventLoop) -> None:
    await wait_for_background(BACKGROUND_S)
    tasks = asyncio.all_tasks(loop) - {asyncio.current_task()}
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
    await loop.shutdown_asyncgens()
    await loop.shutdown_default_executor()
