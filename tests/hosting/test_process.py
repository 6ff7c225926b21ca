"""One child process: what it gets, what it gives, and that nothing of it is left."""

from __future__ import annotations

import asyncio
import os
import signal
import socket
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from rookery.hosting import BotFileError, BotLaunch, BotProcess, HostedBot

from .running import (
    KEY,
    NO_HUB,
    WAIT_S,
    OutputLog,
    ask,
    echo_bot,
    ended,
    reply_of,
    started,
    write_bot,
)

pytestmark = pytest.mark.slow

ENV_BOT = """
import os
for name in ("POE_ACCESS_KEY", "ROOKERY_URL", "ROOKERY_API_KEY"):
    print(f"{name}={os.environ.get(name)}")
"""

DEAF = """
    import fastapi_poe as fp, signal, time

    class Deaf(fp.PoeBot):
        async def get_response(self, request):
            print("deaf=yes")
            time.sleep(600)
            yield fp.PartialResponse(text="never")

    app = fp.make_app(Deaf())
"""


@asynccontextmanager
async def asking(url: str) -> AsyncIterator[None]:
    """A query is on its way while inside; nobody waits for its answer."""
    bot = HostedBot("Deaf", KEY, "/", url)
    query = asyncio.create_task(ask(bot))
    try:
        yield
    finally:
        query.cancel()
        await asyncio.gather(query, return_exceptions=True)


async def test_the_child_has_its_key_and_hub_and_not_the_owners_key(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ROOKERY_API_KEY", "the owner's")
    monkeypatch.setenv("ROOKERY_URL", "http://elsewhere")
    monkeypatch.setenv("POE_ACCESS_KEY", "another")
    log = OutputLog()
    async with started(write_bot(tmp_path, ENV_BOT + "import fastapi_poe as fp\nbot = fp.PoeBot()\n"), log=log):
        assert log.lines == [f"POE_ACCESS_KEY={KEY}", f"ROOKERY_URL={NO_HUB}", "ROOKERY_API_KEY=None"]


async def test_a_module_beside_the_file_cannot_disturb_the_hosting(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    write_bot(tmp_path, "raise RuntimeError('not yours')", "argparse.py")
    write_bot(tmp_path, "raise RuntimeError('not yours')", "uvicorn.py")
    write_bot(tmp_path, "raise RuntimeError('not yours')", "rookery/__init__.py")
    async with started(write_bot(tmp_path, echo_bot("fine"))) as (_, [bot]):
        assert await reply_of(bot) == "fine"


async def test_output_comes_line_by_line_from_both_streams(tmp_path: Path) -> None:
    log = OutputLog()
    source = (
        echo_bot("hi") + "    import sys; print('out=1'); print('err=2', file=sys.stderr); sys.stdout.write('rest=3')"
    )
    async with started(write_bot(tmp_path, source), log=log) as (process, _):
        assert await log.value_of("out") == "1"
        assert await log.value_of("err") == "2"
        await process.stop()
    assert "rest=3" in log.lines


async def test_a_stop_is_graceful_and_calm(tmp_path: Path) -> None:
    log = OutputLog()
    source = echo_bot("hi") + "    import atexit; atexit.register(print, 'bye')"
    async with started(write_bot(tmp_path, source), log=log) as (process, _):
        await process.stop()
        assert await process.wait() == 0
        assert not process.running
    assert log.lines == ["bye"]


async def test_a_bot_that_does_not_stop_is_killed(tmp_path: Path) -> None:
    log = OutputLog()
    async with started(write_bot(tmp_path, DEAF), log=log, grace_s=0.1) as (process, [bot]):
        async with asking(bot.url):
            await log.value_of("deaf")
            await process.stop()
        assert await process.wait() == -signal.SIGKILL


async def test_programs_that_the_bot_started_end_with_it(tmp_path: Path) -> None:
    log = OutputLog()
    source = (
        "    import os, signal, subprocess, time\n"
        "    sleeper = subprocess.Popen(['sleep', '600'])\n"
        "    print(f'sleeper={sleeper.pid}')\n"
        "    forked = os.fork()\n"
        "    if not forked:\n"
        "        signal.signal(signal.SIGTERM, signal.SIG_IGN)\n"
        "        time.sleep(600)\n"
        "    print(f'forked={forked}')\n"
    )
    async with started(write_bot(tmp_path, echo_bot("hi") + source), log=log) as (process, _):
        pids = [int(await log.value_of(name)) for name in ("sleeper", "forked")]
        await process.stop()
        for pid in pids:
            await ended(pid)


async def test_programs_that_a_crashed_bot_started_end_too(tmp_path: Path) -> None:
    log = OutputLog()
    source = '    import subprocess\n    print(f\'sleeper={subprocess.Popen(["sleep", "600"]).pid}\')\n'
    async with started(write_bot(tmp_path, echo_bot("hi") + source), log=log) as (process, _):
        pid = int(await log.value_of("sleeper"))
        os.kill(process.pid, signal.SIGKILL)
        assert await process.wait() == -signal.SIGKILL
        await ended(pid)


async def test_a_file_that_never_finishes_loading_is_given_up(tmp_path: Path) -> None:
    file = write_bot(tmp_path, "import time\ntime.sleep(600)\n")
    process = await BotProcess.start(BotLaunch(file, NO_HUB, KEY, sdk="rookery"), on_output=OutputLog())
    with pytest.raises(BotFileError, match=r"main\.py is still being loaded after 0\.5 seconds\."):
        await process.ready(timeout_s=0.5)
    assert not process.running


async def test_a_taken_port_is_said(tmp_path: Path) -> None:
    file = write_bot(tmp_path, echo_bot("hi"))
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        launch = BotLaunch(file, NO_HUB, KEY, sdk="rookery", port=port)
        process = await BotProcess.start(launch, on_output=OutputLog())
        with pytest.raises(BotFileError, match=rf"The address 127\.0\.0\.1:{port} for the bot cannot be used"):
            await process.ready(WAIT_S)


async def test_what_the_output_handler_raises_ends_the_process(tmp_path: Path) -> None:
    async def refuse(output: object) -> None:
        raise OSError("nowhere to print")

    source = echo_bot("hi") + "    print('something')"
    process = await BotProcess.start(BotLaunch(write_bot(tmp_path, source), NO_HUB, KEY), on_output=refuse)
    with pytest.raises(OSError, match="nowhere to print"):
        await process.wait()
    await process.stop()


PARENT = """
import asyncio, sys
from pathlib import Path
from rookery.hosting import HostedFile, Output, Ready

async def tell(event):
    if isinstance(event, Ready):
        print(f"{event.pid} {event.bots[0].url}", flush=True)
    elif isinstance(event, Output):
        print(event.line, flush=True)

hosted = HostedFile(
    Path(sys.argv[1]), hub_url="http://127.0.0.1:9", access_key="k" * 32, sdk="rookery", on_event=tell
)
asyncio.run(hosted.run())
"""


@asynccontextmanager
async def parent_of(file: Path) -> AsyncIterator[tuple[asyncio.subprocess.Process, asyncio.StreamReader]]:
    """Another process that hosts `file`, and its output; killed at the end."""
    command = (sys.executable, "-c", PARENT, str(file))
    parent = await asyncio.create_subprocess_exec(*command, stdout=asyncio.subprocess.PIPE)
    assert parent.stdout is not None
    try:
        async with asyncio.timeout(WAIT_S):
            yield parent, parent.stdout
    finally:
        if parent.returncode is None:
            parent.kill()
        await parent.wait()


SLEEPER = "    import subprocess\n    print(subprocess.Popen(['sleep', '600']).pid)\n"


async def test_a_killed_parent_leaves_nothing(tmp_path: Path) -> None:
    file = write_bot(tmp_path, echo_bot("hi") + SLEEPER)
    async with parent_of(file) as (parent, output):
        sleeper = int(await output.readline())
        pid, _ = (await output.readline()).split()
        parent.kill()
        await ended(int(pid))
        await ended(sleeper)


async def test_a_killed_parent_leaves_nothing_of_a_bot_that_blocks(tmp_path: Path) -> None:
    file = write_bot(tmp_path, DEAF + SLEEPER)
    async with parent_of(file) as (parent, output):
        sleeper = int(await output.readline())
        pid, url = (await output.readline()).split()
        async with asking(url.decode()):
            assert await output.readline() == b"deaf=yes\n"
            parent.kill()
            await ended(int(pid))
            await ended(sleeper)


async def test_a_parent_killed_while_the_file_is_loaded_leaves_nothing(tmp_path: Path) -> None:
    file = write_bot(
        tmp_path,
        "import os, time, subprocess\nprint(os.getpid(), subprocess.Popen(['sleep', '600']).pid)\ntime.sleep(600)\n",
    )
    async with parent_of(file) as (parent, output):
        pids = [int(pid) for pid in (await output.readline()).split()]
        parent.kill()
        for pid in pids:
            await ended(pid)
