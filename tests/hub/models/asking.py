"""Asking a model bot: a conversation as the relay hands it over, and the answer as events."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import aclosing
from datetime import UTC, datetime
from typing import Any, cast

from rookery.hub.bots.model import Bot
from rookery.hub.relay.ports import BotCall
from rookery.hub.upstream.model import ModelEndpoint
from rookery.protocol.decoding import parse_event
from rookery.protocol.events import Event
from rookery.protocol.reduce import Reply, reduce_events
from rookery.protocol.sse import SseDecoder


def message(role: str, content: str, **fields: Any) -> dict[str, Any]:
    return {"role": role, "content": content, **fields}


def model_bot(model: str | None) -> Bot:
    created_at = datetime(2026, 1, 1, tzinfo=UTC)
    return Bot(id="b-1", name="Clever", kind="model", owner_id="u-1", created_at=created_at, model=model)


def call(*messages: dict[str, Any] | str, model: str | None = "openai:gpt-4o-mini", **hints: Any) -> BotCall:
    """A query with these messages; a plain text is one of the person."""
    history = [message("user", item) if isinstance(item, str) else item for item in messages]
    ids = {"user_id": "u-1", "conversation_id": "c-1", "message_id": "m-1"}
    body = {"version": "1.2", "type": "query", "query": history, **ids, **hints}
    return BotCall(model_bot(model), body, {})


def stream(endpoint: ModelEndpoint, asked: BotCall) -> AsyncGenerator[bytes, None]:
    """The answer's bytes, as something that can be closed."""
    return cast("AsyncGenerator[bytes, None]", endpoint.stream(asked))


async def next_events(answer: AsyncGenerator[bytes, None]) -> list[Event]:
    """The events of the next bytes."""
    return [parse_event(frame.name, frame.data) for frame in SseDecoder().feed(await anext(answer))]


async def ask(endpoint: ModelEndpoint, asked: BotCall) -> Reply:
    """The whole answer. Raises BotFailure."""
    decoder = SseDecoder()
    async with aclosing(stream(endpoint, asked)) as answer:
        frames = [frame async for chunk in answer for frame in decoder.feed(chunk)]
    return reduce_events(parse_event(frame.name, frame.data) for frame in frames)
