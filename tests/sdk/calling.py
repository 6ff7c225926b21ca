"""Short forms for tests that call bots."""

from __future__ import annotations

from typing import Any

import rookery as fp

from .serving import query_body


def a_request(**changes: Any) -> fp.QueryRequest:
    """Gives a query as a handler gets it."""
    return fp.QueryRequest.model_validate(query_body(**changes))


class Heard:
    """An `on_error` that keeps what it is told."""

    def __init__(self) -> None:
        self.messages: list[str] = []
        self.errors: list[Exception] = []

    def __call__(self, error: Exception, message: str) -> None:
        self.errors.append(error)
        self.messages.append(message)


class Outcome:
    """What a call gave: messages, then perhaps an exception."""

    def __init__(self) -> None:
        self.messages: list[fp.PartialResponse] = []
        self.error: Exception | None = None
        self.heard = Heard()

    @property
    def texts(self) -> list[str]:
        return [message.text for message in self.messages]


async def call(url: str, request: fp.QueryRequest | None = None, **given: Any) -> Outcome:
    """Calls the bot X at this address to the end, without pauses between tries."""
    outcome = Outcome()
    given = {"retry_sleep_time": 0, "on_error": outcome.heard, "base_url": f"{url}/bot/", **given}
    try:
        async for message in fp.stream_request(request or a_request(), "X", "K", **given):
            outcome.messages.append(message)
    except Exception as error:
        outcome.error = error
    return outcome
