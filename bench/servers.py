"""The processes of the measurements: a bot server and a hub, each pinned to a core if possible."""

from __future__ import annotations

import asyncio
import contextlib
import os
import sys
import tempfile
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import uvicorn

from rookery.cli.platform import settle_memory
from rookery.hub.app import Hub, create_app
from rookery.hub.bots.drafts import BotDraft
from rookery.hub.settings import HubSettings
from rookery.protocol.encoding import encode_event, encode_events
from rookery.protocol.events import DoneEvent, TextEvent

PIECE = 16
"""Events per write of the bench's bot server: what a busy connection carries at once."""


@dataclass(frozen=True)
class Process:
    """A running server process."""

    pid: int
    address: str

    def cpu_s(self) -> float:
        """CPU seconds used so far (Linux)."""
        fields = Path(f"/proc/{self.pid}/stat").read_text().rsplit(")", 1)[1].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def resident_bytes(self) -> int:
        """Resident memory (Linux)."""
        return int(Path(f"/proc/{self.pid}/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")


@contextlib.asynccontextmanager
async def process(role: str, core: int, *arguments: str) -> AsyncIterator[Process]:
    """Starts `python -m bench.servers ROLE …`, which prints its address once it listens."""
    child = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "bench.servers", role, str(core), *arguments, stdout=asyncio.subprocess.PIPE
    )
    assert child.stdout is not None
    try:
        yield Process(child.pid, (await child.stdout.readline()).decode().strip())
    finally:
        child.terminate()
        await child.wait()


async def bot_app(scope: Any, receive: Any, send: Any) -> None:
    """A bot server on plain ASGI: the number of events stands in the path (`/200`); `/idle` says one and waits."""
    if scope["type"] != "http":
        return
    body = b""
    while True:
        message = await receive()
        body += message.get("body", b"")
        if not message.get("more_body"):
            break
    if b'"settings"' in body[:200]:
        await _send_whole(send, b"application/json", b"{}")
        return
    await send({"type": "http.response.start", "status": 200, "headers": [(b"content-type", b"text/event-stream")]})
    if scope["path"] == "/idle":
        await send({"type": "http.response.body", "body": encode_event(TextEvent("x")), "more_body": True})
        while (await receive())["type"] != "http.disconnect":
            pass
        return
    left = int(scope["path"].strip("/"))
    piece = encode_events([TextEvent("word ")] * PIECE)
    while left > PIECE:
        await send({"type": "http.response.body", "body": piece, "more_body": True})
        await asyncio.sleep(0)
        left -= PIECE
    last = encode_events([*[TextEvent("word ")] * left, DoneEvent()])
    await send({"type": "http.response.body", "body": last, "more_body": False})


async def _send_whole(send: Any, content_type: bytes, body: bytes) -> None:
    headers = [(b"content-type", content_type), (b"content-length", b"%d" % len(body))]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": body})


def _hub_app(bot_address: str, folder: str | None = None) -> Any:
    app = create_app(HubSettings(data_dir=Path(folder or tempfile.mkdtemp(prefix="rookery-bench-"))))

    async def ready() -> None:
        hub: Hub = app.state.hub
        for name in ("1", "200", "2000", "idle"):
            draft = BotDraft(name=f"Bench{name}", kind="server", url=f"{bot_address}/{name}")
            await hub.sync.pull(await hub.bots.create_bot(hub.owner.id, draft))
        _, key = await hub.accounts.create_key(hub.owner, "bench")
        settle_memory()
        print(key, flush=True)

    app.state.ready = ready
    return app


class _Server(uvicorn.Server):
    async def startup(self, sockets: Any = None) -> None:
        await super().startup(sockets=sockets)
        port = self.servers[0].sockets[0].getsockname()[1]
        address = f"http://127.0.0.1:{port}"
        ready = getattr(getattr(self.config.app, "state", None), "ready", None)
        if ready is None:
            print(address, flush=True)
        else:
            print(address, end=" ", flush=True)
            await ready()


def main() -> None:
    """Entry of a server process."""
    role, core, *rest = sys.argv[1:]
    if hasattr(os, "sched_setaffinity") and (os.cpu_count() or 1) > 1:
        os.sched_setaffinity(0, {int(core)})
    app = bot_app if role == "bot" else _hub_app(*rest)
    _Server(uvicorn.Config(app, port=0, log_level="warning", access_log=False, ws="none")).run()


if __name__ == "__main__":
    main()
