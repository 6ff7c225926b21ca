"""A hosted file: restarted when it fails, replaced when it is saved, gone when it is cancelled."""

from __future__ import annotations

import asyncio
import os
from pathlib import Path
from typing import Any

import httpx
import pytest
import uvloop

from rookery.hosting import Backoff, BotFileError, Changed, Exited, Failed, HostedFile, HostEvent, Output, Ready

from .doubles import HubDouble
from .running import (
    KEY,
    NO_HUB,
    WAIT_S,
    EventLog,
    ask,
    authorization,
    echo_bot,
    ended,
    hosted,
    parse_events,
    query,
    reply_of,
    write_bot,
)

pytestmark = pytest.mark.slow


def host(file: Path, log: Any, **options: Any) -> HostedFile:
    return HostedFile(file, **{"hub_url": NO_HUB, "access_key": KEY, "on_event": log, "sdk": "rookery", **options})


async def test_a_save_replaces_the_process_and_the_old_one_answers_until_then(tmp_path: Path) -> None:
    file = write_bot(tmp_path, echo_bot("one"))
    log = EventLog()
    answers_meanwhile: list[str] = []

    async def on_event(event: HostEvent) -> None:
        if isinstance(event, Ready) and log.pids():
            answers_meanwhile.append(await reply_of(first.bots[0]))
        await log(event)

    async with hosted(host(file, on_event, reload=True)):
        first = await log.next(Ready)
        assert (first.sdk, first.bots[0].name) == ("rookery", "Echo")
        assert first.duration_ms > 0
        write_bot(tmp_path, echo_bot("two"))
        changed = await log.next(Changed)
        assert changed.paths == (file,)
        second = await log.next(Ready)
        assert await reply_of(second.bots[0]) == "two"
        assert answers_meanwhile == ["one"]
        await ended(first.pid)
        assert log.kinds() == ["Starting", "Ready", "Changed", "Starting", "Ready"]
    await ended(second.pid)


async def test_a_reply_in_progress_is_finished_by_the_old_process(tmp_path: Path, hub: HubDouble) -> None:
    source = """
        import fastapi_poe as fp
        import httpx

        class Slow(fp.PoeBot):
            async def get_response(self, request):
                yield fp.PartialResponse(text="begun ")
                async with httpx.AsyncClient(timeout=60) as client:
                    await client.get("{hub}/gate")
                yield fp.PartialResponse(text="and finished")
    """.replace("{hub}", hub.url)
    file = write_bot(tmp_path, source)
    log = EventLog()
    async with hosted(host(file, log, reload=True)):
        first = await log.next(Ready)
        reply = asyncio.create_task(reply_of(first.bots[0]))
        await hub.waiting_at_gate.wait()
        write_bot(tmp_path, echo_bot("new"))
        second = await log.next(Ready)
        assert await reply_of(second.bots[0]) == "new"
        hub.gate.set()
        assert await reply == "begun and finished"
        await ended(first.pid)


async def test_no_message_is_refused_while_files_are_replaced(tmp_path: Path) -> None:
    file = write_bot(tmp_path, echo_bot("1"))
    log = EventLog()
    async with hosted(host(file, log, reload=True)):
        current = await log.next(Ready)
        replies: list[str] = []

        async def ask_until_the_last() -> None:
            async with httpx.AsyncClient() as client:
                while replies[-1:] != ["3"]:
                    bot = current.bots[0]
                    response = await client.post(bot.url, json=query("hi"), headers=authorization(bot))
                    replies.extend(data["text"] for name, data in parse_events(response.text) if name == "text")

        asking = asyncio.create_task(ask_until_the_last())
        for version in ("2", "3"):
            write_bot(tmp_path, echo_bot(version))
            current = await log.next(Ready)
        await asyncio.wait_for(asking, WAIT_S)
        assert replies == sorted(replies)
        assert set(replies) == {"1", "2", "3"}


async def test_a_broken_save_leaves_the_old_process_serving(tmp_path: Path) -> None:
    file = write_bot(tmp_path, echo_bot("good"))
    log = EventLog()
    async with hosted(host(file, log, reload=True)):
        first = await log.next(Ready)
        write_bot(tmp_path, "import fastapi_poe as fp\nbots = [\n")
        failed = await log.next(Failed)
        assert failed.still_serving
        assert failed.error.sentence == "main.py, line 2, is not valid Python: '[' was never closed."
        assert await reply_of(first.bots[0]) == "good"
        write_bot(tmp_path, echo_bot("good again"))
        second = await log.next(Ready)
        assert await reply_of(second.bots[0]) == "good again"
        await ended(first.pid)


async def test_a_file_that_is_broken_from_the_start_is_waited_for(tmp_path: Path) -> None:
    file = write_bot(tmp_path, "answer = 42\n")
    log = EventLog()
    async with hosted(host(file, log, reload=True)):
        failed = await log.next(Failed)
        assert not failed.still_serving
        write_bot(tmp_path, echo_bot("mended"))
        ready = await log.next(Ready)
        assert await reply_of(ready.bots[0]) == "mended"


async def test_without_reload_a_broken_file_is_an_error(tmp_path: Path) -> None:
    log = EventLog()
    with pytest.raises(BotFileError, match=r"main\.py holds no bot"):
        await host(write_bot(tmp_path, "answer = 42\n"), log).run()
    assert log.kinds() == ["Starting"]


async def test_a_save_during_a_slow_start_starts_anew_at_once(tmp_path: Path) -> None:
    file = write_bot(tmp_path, "print('loading')\nimport time\ntime.sleep(600)\n")
    log = EventLog()
    async with hosted(host(file, log, reload=True)):
        assert (await log.next(Output)).line == "loading"
        write_bot(tmp_path, echo_bot("quick"))
        ready = await log.next(Ready)
        assert await reply_of(ready.bots[0]) == "quick"
        assert log.kinds() == ["Starting", "Changed", "Starting", "Ready"]


async def test_saves_of_other_files_count_by_what_they_are(tmp_path: Path) -> None:
    file = write_bot(tmp_path, SPLIT)
    write_bot(tmp_path, "TEXT = 'one'\n", "parts/text.py")
    log = EventLog()
    async with hosted(host(file, log, reload=True)):
        assert await reply_of((await log.next(Ready)).bots[0]) == "one"
        # None of these is the author's source; the last one is, and must be the only one reported.
        write_bot(tmp_path, "x", ".venv/lib/x.py")
        write_bot(tmp_path, "x", ".rookery/x.py")
        write_bot(tmp_path, "x", "data.csv")
        write_bot(tmp_path, "x", "bot.log.txt")
        write_bot(tmp_path, "x", "notes.md")
        write_bot(tmp_path, "x", "parts/notes.txt")
        write_bot(tmp_path, "TEXT = 'two'\n", "parts/text.py")
        assert (await log.next(Changed)).paths == (tmp_path / "parts/text.py",)
        assert await reply_of((await log.next(Ready)).bots[0]) == "two"
        write_bot(tmp_path, "KEY=1", ".env")
        assert (await log.next(Changed)).paths == (tmp_path / ".env",)
        await log.next(Ready)


SPLIT = """
    import fastapi_poe as fp
    from parts.text import TEXT

    class Echo(fp.PoeBot):
        async def get_response(self, request):
            yield fp.PartialResponse(text=TEXT)
"""

CRASHING = """
    import os
    import fastapi_poe as fp

    class Crash(fp.PoeBot):
        async def get_response(self, request):
            if request.query[-1].content == "crash":
                os._exit(3)
            yield fp.PartialResponse(text="alive")
"""


async def crash(ready: Ready) -> None:
    with pytest.raises(httpx.RemoteProtocolError):
        await ask(ready.bots[0], "crash")


async def test_a_process_that_ends_by_itself_is_started_again_after_a_growing_pause(tmp_path: Path) -> None:
    log = EventLog()
    async with hosted(host(write_bot(tmp_path, CRASHING), log, backoff=Backoff(first_s=0.1))):
        for pause_s in (0.1, 0.2):
            await crash(await log.next(Ready))
            assert await log.next(Exited) == Exited(3, pause_s)
        assert await reply_of((await log.next(Ready)).bots[0]) == "alive"


async def test_a_restart_that_fails_is_tried_again(tmp_path: Path) -> None:
    file = write_bot(tmp_path, CRASHING)
    log = EventLog()
    async with hosted(host(file, log, backoff=Backoff(first_s=0.1))):
        ready = await log.next(Ready)
        write_bot(tmp_path, "raise RuntimeError('not now')\n")
        await crash(ready)
        assert await log.next(Exited) == Exited(3, 0.1)
        failed = await log.next(Failed)
        assert (failed.error.sentence, failed.still_serving) == (
            "main.py, line 1, raised RuntimeError: not now.",
            False,
        )
        write_bot(tmp_path, CRASHING)
        assert await log.next(Exited) == Exited(1, 0.2)
        assert await reply_of((await log.next(Ready)).bots[0]) == "alive"


async def test_a_save_ends_the_pause_after_a_crash(tmp_path: Path) -> None:
    file = write_bot(tmp_path, CRASHING)
    log = EventLog()
    async with hosted(host(file, log, reload=True)):
        await crash(await log.next(Ready))
        await log.next(Exited)
        write_bot(tmp_path, echo_bot("mended"))
        assert (await log.next(Changed)).paths == (file,)
        assert await reply_of((await log.next(Ready)).bots[0]) == "mended"


async def test_what_the_event_handler_raises_ends_the_run_and_the_process(tmp_path: Path) -> None:
    pids: list[int] = []

    async def refuse(event: HostEvent) -> None:
        if isinstance(event, Ready):
            pids.append(event.pid)
            raise OSError("the hub is gone")

    with pytest.raises(OSError, match="the hub is gone"):
        await host(write_bot(tmp_path, echo_bot("hi")), refuse).run()
    with pytest.raises(ProcessLookupError):
        os.kill(pids[0], 0)


async def test_a_second_cancellation_kills(tmp_path: Path) -> None:
    source = echo_bot("hi").replace("yield", "print('busy'); __import__('time').sleep(600); yield")
    log = EventLog()
    async with hosted(host(write_bot(tmp_path, source), log, grace_s=60.0)) as task:
        ready = await log.next(Ready)
        asking = asyncio.create_task(ask(ready.bots[0]))
        assert (await log.next(Output)).line == "busy"
        task.cancel()
        await asyncio.wait({task}, timeout=0.2)
        assert not task.done()
        task.cancel()
        await asyncio.wait({task}, timeout=WAIT_S)
        with pytest.raises(ProcessLookupError):
            os.kill(ready.pid, 0)
        with pytest.raises(httpx.HTTPError):
            await asking


def test_it_runs_on_uvloop_as_well(tmp_path: Path) -> None:
    async def run() -> None:
        log = EventLog()
        async with hosted(host(write_bot(tmp_path, echo_bot("hi")), log, reload=True)):
            ready = await log.next(Ready)
            assert await reply_of(ready.bots[0]) == "hi"
        await ended(ready.pid)

    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(run())
