"""Scripts for bot servers, chosen by what the person says."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable
from typing import Any

from tests.support.scripted_bot import Exchange

Scene = Callable[[Exchange], Awaitable[None]]


def last_text(exchange: Exchange) -> str:
    text: str = exchange.body["query"][-1]["content"]
    return text


async def describe(exchange: Exchange) -> None:
    """Says what was received, as JSON."""
    messages: list[dict[str, Any]] = exchange.body["query"]
    seen = {
        "texts": [f"{message['role']}: {message['content']}" for message in messages],
        "parameters": messages[-1]["parameters"],
        "conversation_id": exchange.body["conversation_id"],
    }
    await exchange.text(json.dumps(seen, ensure_ascii=False))
    await exchange.done()


async def in_pieces(exchange: Exchange) -> None:
    for i in range(40):
        await exchange.text(f"piece {i}, ")
    await exchange.text("end.")
    await exchange.done()


async def replaced(exchange: Exchange) -> None:
    await exchange.text("Thinking about it, in a line that is longer than the terminal is wide", " …\n\nand more")
    await exchange.event("replace_response", {"text": "The answer "})
    await exchange.text("is 42.")
    await exchange.done()


async def failing(exchange: Exchange) -> None:
    await exchange.text("I begin well,")
    await exchange.event("error", {"text": "the oven is broken", "allow_retry": False})


async def failing_at_once(exchange: Exchange) -> None:
    await exchange.event("error", {"text": "no", "allow_retry": False})


async def with_extras(exchange: Exchange) -> None:
    await exchange.event(
        "file", {"url": "https://example.com/a.png", "content_type": "image/png", "name": "a.png", "inline_ref": "r"}
    )
    await exchange.text("Pick one.")
    await exchange.event("suggested_reply", {"text": "Tell me more"})
    await exchange.event("suggested_reply", {"text": "Why\x1b[2J?"})
    await exchange.done()


async def with_two_answers(exchange: Exchange) -> None:
    await exchange.text("First.")
    await exchange.event("text", {"text": "Second.", "index": 1})
    await exchange.done()


async def noticed(exchange: Exchange) -> None:
    await exchange.text("Hm.")
    await exchange.event("sparkle", {})
    await exchange.done()


async def hostile(exchange: Exchange) -> None:
    await exchange.text("a\x1b]0;owned\x07b\x1b[31mc\n")
    await exchange.done()


SCENES: dict[str, Scene] = {
    "pieces": in_pieces,
    "replace": replaced,
    "fail": failing,
    "fail at once": failing_at_once,
    "extras": with_extras,
    "two": with_two_answers,
    "notice": noticed,
    "hostile": hostile,
}


async def actor(exchange: Exchange) -> None:
    """Plays the scene that is asked for; describes what it got otherwise."""
    await SCENES.get(last_text(exchange), describe)(exchange)


class Paused:
    """A script that says something, waits to be told, and goes on."""

    def __init__(self, before: str, after: str) -> None:
        self._before = before
        self._after = after
        self._go_on = asyncio.Event()

    async def __call__(self, exchange: Exchange) -> None:
        if self._before:
            await exchange.text(self._before)
        else:
            await exchange.raw(b": on my way\r\n\r\n")
        await self._go_on.wait()
        await exchange.text(self._after)
        await exchange.done()

    def go_on(self) -> None:
        """To be called in the loop."""
        self._go_on.set()


async def until_stopped(exchange: Exchange) -> None:
    """Says something and then nothing, until the hub gives up on it."""
    await exchange.text("It began ")
    await exchange.until_gone()
