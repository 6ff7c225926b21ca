"""The process of one bot file: `python -P -m rookery.hosting.child FILE --hub-url URL --control-fd N`.

Loads the file, serves it on loopback, and reports to its parent once (see `control`). Started by `process`; the
environment is made by `environment`. Exit status: 0 after a SIGTERM, 1 when the file cannot be served.
"""

from __future__ import annotations

import argparse
import contextlib
import gc
import signal
import socket
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from types import FrameType

import uvicorn
from starlette.types import ASGIApp, Receive, Scope, Send

from rookery.hosting.control import encode_failure, encode_ready
from rookery.hosting.faults import explain
from rookery.hosting.lifeline import Lifeline
from rookery.hosting.load import LoadedFile, load_bot_file
from rookery.hosting.model import BotFileError
from rookery.hosting.sdk_choice import choose_sdk

__all__ = ["main"]

KEEP_ALIVE_S = 75
"""Longer than HTTP clients keep an unused connection, so that no client sends on one which is just being closed."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run until SIGTERM, or until the parent is gone. Gives the exit status."""
    options = parse_arguments(arguments)
    lifeline = Lifeline(socket.socket(fileno=options.control_fd))
    lifeline.watch()
    try:
        loaded = load_bot_file(options.file, choose_sdk(options.sdk), hub_url=options.hub_url)
        with listen(options.host, options.port) as listener:
            serve(loaded, listener, lifeline, file=options.file, grace_s=options.grace_s)
    except BotFileError as error:
        lifeline.send(encode_failure(error))
        return 1
    finally:
        lifeline.end()
    return 0


def parse_arguments(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="rookery.hosting.child")
    parser.add_argument("file", type=Path)
    parser.add_argument("--hub-url", required=True)
    parser.add_argument("--control-fd", type=int, required=True)
    parser.add_argument("--sdk", choices=["rookery", "fastapi_poe"])
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=0, help="0: any free port")
    parser.add_argument("--grace-s", type=float, default=5.0, help="for replies in progress, after SIGTERM")
    return parser.parse_args(arguments)


def listen(host: str, port: int) -> socket.socket:
    """A bound socket; connections are accepted once uvicorn listens on it."""
    # Named as TCP, because asyncio switches Nagle's algorithm off only then; small pieces would wait 40 ms otherwise.
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((host, port))
    except OSError as error:
        listener.close()
        raise BotFileError(
            f"The address {host}:{port} for the bot cannot be used ({error.strerror}).",
            remedy="Give another port, or 0 for any free one.",
        ) from error
    return listener


def serve(loaded: LoadedFile, listener: socket.socket, lifeline: Lifeline, *, file: Path, grace_s: float) -> None:
    """Serve until SIGTERM; report `ready` on the way. Raises `BotFileError` when the app does not start."""
    watched = WatchedStart(loaded.app)
    port = listener.getsockname()[1]
    config = uvicorn.Config(
        watched,
        access_log=False,
        log_level="warning",
        # "auto" runs the start-up of every app that has one; "on" would refuse plain ASGI apps, which have none.
        lifespan="auto",
        timeout_keep_alive=KEEP_ALIVE_S,
        timeout_graceful_shutdown=grace_s,  # type: ignore[arg-type]  # annotated int, used as a timeout
    )
    server = AnnouncingServer(config, lambda: lifeline.send(encode_ready(port, loaded.sdk, loaded.bots)))
    # Everything loaded so far lives as long as the process; the collector need not look at it with every reply.
    gc.freeze()
    # uvicorn stops gracefully on SIGTERM and then raises the signal again, for whoever was there before.
    signal.signal(signal.SIGTERM, _exit_calmly)
    lifeline.begin_serving()
    with contextlib.suppress(SystemExit):
        server.run(sockets=[listener])
    if not server.started and watched.error is not None:
        raise explain(watched.error, file.resolve()) from watched.error


class AnnouncingServer(uvicorn.Server):
    """Says when it accepts connections."""

    def __init__(self, config: uvicorn.Config, announce: Callable[[], None]) -> None:
        super().__init__(config)
        self._announce = announce

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets=sockets)
        self._announce()


class WatchedStart:
    """The app, keeping what its start-up raises: uvicorn would only log it."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app
        self.error: BaseException | None = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "lifespan":
            await self._app(scope, receive, send)
            return
        try:
            await self._app(scope, receive, send)
        except BaseException as error:
            self.error = error
            raise


def _exit_calmly(number: int, frame: FrameType | None) -> None:
    sys.exit(0)


if __name__ == "__main__":
    sys.exit(main())
