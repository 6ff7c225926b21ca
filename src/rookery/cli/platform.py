"""The platform in one process: a hub on a socket, and bot files kept running beside it. `up` and `dev` start it.

Platform.run() ── hub (uvicorn in this loop) ── ready ──► credential saved, files hosted, banner
     SIGINT, SIGTERM ──► answers ended with a sentence, bot processes stopped, hub closed; a second signal: at once
"""

from __future__ import annotations

import asyncio
import contextlib
import gc
import signal
import socket
import time
from collections.abc import AsyncIterator, Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import uvicorn

from rookery.cli.credentials import find_credential, save_credential
from rookery.cli.errors import CommandError
from rookery.cli.registration import Registrar
from rookery.cli.report import Reporter
from rookery.hosting import BotFileError, Failed, HostedFile, HostEvent, Ready, Sdk
from rookery.hub.accounts.links import sign_in_link
from rookery.hub.app import Hub, create_app
from rookery.hub.data_folder import DataFolderInUse
from rookery.hub.errors import HubError
from rookery.hub.relay.tree import LiveQuery
from rookery.hub.settings import HubSettings
from rookery.hub.vault import new_access_key

GRACE_S = 4.0
"""Seconds for answers and bot processes to end after a signal: with the hub's own end well below 10 s in all."""
BACKLOG = 2048


@dataclass(frozen=True, slots=True)
class HostedPlan:
    """A bot file to keep running beside the hub."""

    file: Path
    sdk: Sdk | None = None
    reload: bool = False


class _Server(uvicorn.Server):
    """uvicorn without its own signal handling, and with an event for "accepts connections"."""

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self.is_up = asyncio.Event()

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets=sockets)
        self.is_up.set()


class Platform:
    """One run of the platform."""

    def __init__(
        self,
        settings: HubSettings,
        plans: list[HostedPlan],
        reporter: Reporter,
        sock: socket.socket,
        *,
        links_whenever_signed_out: bool = False,
    ) -> None:
        """`links_whenever_signed_out`: print a sign-in link whenever the owner has no session, not only until the
        first one.
        """
        self._settings = settings
        self._plans = plans
        self._reporter = reporter
        self._socket = sock
        self._links_whenever_signed_out = links_whenever_signed_out
        self._access_key = new_access_key()
        self._stop = asyncio.Event()

    @property
    def url(self) -> str:
        """Where people and programs on this machine reach the hub."""
        return hub_url(self._settings.host, self._socket.getsockname()[1])

    async def run(self) -> None:
        """Serves until a signal arrives. Raises CommandError when the hub cannot start."""
        app = _build_app(self._settings, (self._reporter.query_ended,))
        hub: Hub = app.state.hub
        hub.address.listens_at(self.url)
        server = _Server(
            uvicorn.Config(
                app,
                log_level="warning",
                access_log=False,  # paths of settings calls hold access keys (protocol 5.2)
                lifespan="on",
                timeout_graceful_shutdown=int(GRACE_S),
                ws="none",
            )
        )
        serving = asyncio.create_task(server.serve(sockets=[self._socket]), name="hub")
        with _signals(self._stop):
            await _first(server.is_up.wait(), serving)
            if not server.started:
                await _raise_start_failure(serving)
            await self._announce(hub)
            settle_memory()
            async with self._hosting(hub):
                await _first(self._stop.wait(), serving)
                self._reporter.stopping()
                await hub.relay.aclose()
        server.should_exit = True
        await serving

    async def _announce(self, hub: Hub) -> None:
        await _leave_credential(hub, self.url)
        bots = [bot.name for bot in hub.bots.list_bots()]
        self._reporter.hub_ready(
            self.url, self._settings.data_dir, bots, await self._make_link(hub), is_hosting=bool(self._plans)
        )

    async def _make_link(self, hub: Hub) -> str | None:
        if self._links_whenever_signed_out:
            is_needed = not await hub.sign_in.list_sessions(hub.owner)
        else:
            is_needed = not await hub.accounts.has_anybody_signed_in()
        if not is_needed:
            return None
        token, _ = await hub.sign_in.create_link(hub.owner)
        return sign_in_link(hub.address, token)

    @contextlib.asynccontextmanager
    async def _hosting(self, hub: Hub) -> AsyncIterator[None]:
        registrar = Registrar(hub)
        tasks = [
            asyncio.create_task(self._host(plan, registrar), name=f"host {plan.file.name}") for plan in self._plans
        ]
        try:
            yield
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    async def _host(self, plan: HostedPlan, registrar: Registrar) -> None:
        async def on_event(event: HostEvent) -> None:
            self._reporter.host_event(plan.file, event)
            if isinstance(event, Ready):
                self._reporter.registered(plan.file, event, await registrar.register(event.bots))

        hosted = HostedFile(
            plan.file,
            hub_url=self.url,
            access_key=self._access_key,
            on_event=on_event,
            sdk=plan.sdk,
            reload=plan.reload,
            grace_s=GRACE_S,
        )
        try:
            await hosted.run()
        except BotFileError as error:
            self._reporter.host_event(plan.file, Failed(error, still_serving=False))


async def _first(*waits: Any) -> None:
    """Waits for the first of several things; the others go on."""
    tasks = [wait if isinstance(wait, asyncio.Task) else asyncio.create_task(wait) for wait in waits]
    await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    for task, wait in zip(tasks, waits, strict=True):
        if task is not wait and not task.done():
            task.cancel()


async def _raise_start_failure(serving: asyncio.Task[None]) -> None:
    try:
        await serving
    except HubError as error:
        raise CommandError(error.message, error.remedy) from None
    except SystemExit:
        pass
    raise CommandError("The hub could not start.", "The lines above say why.")


async def _leave_credential(hub: Hub, url: str) -> None:
    """Puts the owner's credential where the commands on this machine find it, unless a good one is there already."""
    existing = find_credential(url)
    actor = await hub.accounts.find_actor(existing) if existing else None
    if actor is not None and actor.person.id == hub.owner.id:
        return
    _, api_key = await hub.accounts.create_key(hub.owner, f"command line {time.strftime('%Y-%m-%d %H:%M:%S')}")
    save_credential(url, api_key)


def _build_app(settings: HubSettings, observers: tuple[Callable[[LiveQuery], None], ...]) -> Any:
    try:
        return create_app(settings, observers)
    except DataFolderInUse as error:
        raise CommandError(
            f"Cannot start: {error.args[0]}.", "Stop the other one, or choose another folder with --data-dir."
        ) from None
    except (OSError, ValueError) as error:
        raise CommandError(
            f"The data folder {settings.data_dir} cannot be used: {error}.", "Choose another with --data-dir."
        ) from None


@contextlib.contextmanager
def _signals(stop: asyncio.Event) -> Iterator[None]:
    loop = asyncio.get_running_loop()

    def on_signal(number: signal.Signals) -> None:
        if stop.is_set():
            # Asked twice: do not wait for anybody any more. Bot processes end by themselves when this one is gone.
            signal.signal(number, signal.SIG_DFL)
            signal.raise_signal(number)
        stop.set()

    handled = (signal.SIGINT, signal.SIGTERM)
    for number in handled:
        loop.add_signal_handler(number, on_signal, number)
    try:
        yield
    finally:
        for number in handled:
            loop.remove_signal_handler(number)


def settle_memory() -> None:
    """Takes everything loaded so far out of the garbage collector's rounds.

    Modules and schemas live as long as the process; walking them again and again is a good part of a short reply's
    time, and all of its worst cases (docs/performance.md).
    """
    gc.collect()
    gc.freeze()


def hub_url(host: str, port: int) -> str:
    """Gives the address for this machine; a hub on all interfaces is reached through loopback."""
    if host in ("0.0.0.0", "::", ""):
        host = "127.0.0.1"
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


def open_socket(host: str, port: int, *, tries: int = 1) -> socket.socket:
    """Listens on the port, or on one of the next `tries - 1` when it is taken. Raises CommandError."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    last: OSError | None = None
    for candidate in range(port, port + tries) if port else [0]:
        # The protocol is named, because asyncio switches Nagle's algorithm off only for sockets that say they are TCP:
        # without it every small piece of an answer may wait 40 ms for an acknowledgement.
        sock = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            sock.bind((host, candidate))
            sock.listen(BACKLOG)
        except OSError as error:
            sock.close()
            last = error
        else:
            return sock
    raise CommandError(
        f"Cannot listen on {hub_url(host, port)}: {last.strerror if last else 'no port'}.",
        "Is another hub running there? Choose another port with --port.",
    )
