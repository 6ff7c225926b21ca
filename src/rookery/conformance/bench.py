"""Where checks ask a bot server: requests with and without the key, and the two answers that many rules share.

Each request has a connection of its own, so that what one check breaks is not met by the next.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from ipaddress import ip_address
from typing import Any
from urllib.parse import urlsplit

import httpx

from rookery.conformance.answers import AnswerFault, find_answer_faults, is_readable, read_reply, shown
from rookery.conformance.bodies import build_message, build_query, build_request, encode_body
from rookery.conformance.exchange import Bounds, Exchange, exchange
from rookery.conformance.verdicts import CannotJudge
from rookery.protocol.events import ErrorEvent

ANY_KEY = "0" * 32
"""Sent where no key is known: servers without a key may still want the header (protocol 3.1)."""


class Bench:
    """One run's means; see `open_bench`."""

    def __init__(self, client: httpx.AsyncClient, url: str, access_key: str, message: str, bounds: Bounds) -> None:
        self.url = url
        self.access_key = access_key
        self.message = message
        self.bounds = bounds
        self.echoes: list[str] = []
        """Where the access key was seen."""
        self.answers = 0
        """How many were received."""
        self.most_comments = 0
        """In one stream; a single one may just have opened it."""
        self.longest_silence_s = 0.0
        """Of all streams."""
        self._client = client
        self._page: Exchange | None = None
        self._settings: Exchange | None = None
        self._plain: Exchange | None = None

    @property
    def authorization(self) -> str:
        """The header of a platform that knows the key."""
        return f"Bearer {self.access_key or ANY_KEY}"

    async def page(self) -> Exchange:
        """Asks as a browser does, once."""
        if self._page is None:
            request = self._client.build_request("GET", self.url)
            self._page = await self._send(request, self.bounds.first_byte_s, "GET")
        return self._page

    async def settings(self) -> Exchange:
        """Asks for the settings, once."""
        if self._settings is None:
            self._settings = await self.post(build_request("settings"), self.bounds.answer_s)
        return self._settings

    async def plain(self) -> Exchange:
        """Asks the plain question, once."""
        if self._plain is None:
            self._plain = await self.query()
        return self._plain

    async def plain_events(self) -> Exchange:
        """Gives the answer to the plain question; raises CannotJudge when it holds no events."""
        answer = await self.plain()
        if not is_readable(answer):
            raise CannotJudge("The plain query was not answered with events, so this could not be judged.")
        return answer

    async def plain_error(self) -> ErrorEvent | None:
        """Gives the error with which the bot answers even the plain question."""
        return read_reply(await self.plain()).error

    async def query(
        self,
        content: str | None = None,
        /,
        *,
        history: tuple[dict[str, Any], ...] = (),
        fields: dict[str, Any] | None = None,
        leaves_early: bool = False,
        **message: Any,
    ) -> Exchange:
        """Asks a question. `fields`: of the query; `message`: of its last message."""
        last = build_message(self.message if content is None else content, number=len(history) + 1, **message)
        body = build_query(*history, last, **(fields or {}))
        answer = await self.post(body, self.bounds.answer_s, leaves_early=leaves_early)
        if answer.status == 200:
            self.most_comments = max(self.most_comments, answer.comments)
            self.longest_silence_s = max(self.longest_silence_s, answer.longest_silence_s)
        return answer

    async def new_faults(self, answer: Exchange) -> list[AnswerFault]:
        """Gives the faults of an answer that the answer to the plain question does not have as well."""
        known = {fault.rule for fault in find_answer_faults(await self.plain(), self.bounds)}
        return [fault for fault in find_answer_faults(answer, self.bounds) if fault.rule not in known]

    async def post(
        self,
        body: object,
        limit_s: float | None = None,
        *,
        authorization: str | None = "",
        leaves_early: bool = False,
    ) -> Exchange:
        """Posts a body: bytes as they are, anything else as JSON. `authorization`: empty for ours, None for none."""
        headers = {"content-type": "application/json"}
        if authorization is not None:
            headers["authorization"] = authorization or self.authorization
        content = body if isinstance(body, bytes) else encode_body(body)
        request = self._client.build_request("POST", self.url, content=content, headers=headers)
        what = str(body.get("type", "POST")) if isinstance(body, dict) else "POST"
        limit_s = self.bounds.first_byte_s if limit_s is None else limit_s
        return await self._send(request, limit_s, what, leaves_early=leaves_early)

    async def _send(self, request: httpx.Request, limit_s: float, what: str, *, leaves_early: bool = False) -> Exchange:
        answer = await exchange(self._client, request, self.bounds, limit_s, leaves_early=leaves_early)
        if answer.status is not None:
            self.answers += 1
            self._look_for_key(answer, what)
        return answer

    def _look_for_key(self, answer: Exchange, what: str) -> None:
        if not self.access_key:
            return
        places = [f"the header '{shown(name)}'" for name, value in answer.headers.items() if self.access_key in value]
        if self.access_key.encode() in answer.body:
            places.append("the body")
        self.echoes += [f"{place} of the answer to '{shown(what)}' ({answer.status})" for place in places]
        if places:
            answer.hide(self.access_key)  # what is seen here ends up in reports, and those in logs


@asynccontextmanager
async def open_bench(url: str, access_key: str, message: str, bounds: Bounds) -> AsyncIterator[Bench]:
    """Gives a bench for one run."""
    async with httpx.AsyncClient(
        timeout=None,
        limits=httpx.Limits(max_keepalive_connections=0),
        headers={"user-agent": "rookery-check", "accept-encoding": "identity"},
        # Loading certificates takes longer than most checks; redirects are not followed, so http stays http.
        verify=urlsplit(url).scheme == "https",
        trust_env=not _is_this_machine(url),  # a proxy of the environment does not lead to this machine
    ) as client:
        yield Bench(client, url, access_key, message, bounds)


def _is_this_machine(url: str) -> bool:
    host = urlsplit(url).hostname or ""
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost" or host.endswith(".localhost")


async def open_socket(url: str, limit_s: float) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    """Opens a bare connection to the server of an address. Raises OSError, TimeoutError."""
    parts = urlsplit(url)
    is_secure = parts.scheme == "https"
    async with asyncio.timeout(limit_s):
        return await asyncio.open_connection(
            parts.hostname, parts.port or (443 if is_secure else 80), ssl=True if is_secure else None
        )
