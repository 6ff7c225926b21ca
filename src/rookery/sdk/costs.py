"""Charging for a bot's own work: authorize before, capture after (protocol 5.3, 8.4)."""

from __future__ import annotations

import json
from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing
from http import HTTPStatus
from typing import Any, Literal

from rookery.protocol.costs import CostItem
from rookery.protocol.requests import QueryRequest
from rookery.protocol.sse import Frame, FrameTooLarge, SseDecoder
from rookery.sdk.addresses import costs_url, path_part
from rookery.sdk.errors import CostRequestError, InsufficientFundError, InvalidParameterError
from rookery.sdk.sending import post
from rookery.sdk.statuses import find_explanation, phrase
from rookery.sdk.transport import Answer, Outgoing, TransportError, read_start

COST_IDLE_S = 300.0
"""Longest wait for the answer, in seconds: authorizing may need a decision by the person (protocol 5.3)."""


async def request_cost(
    step: Literal["authorize", "capture"],
    request: QueryRequest,
    amounts: Sequence[CostItem] | CostItem,
    *,
    access_key: str | None,
    base_url: str,
) -> None:
    """Authorizes or captures amounts for the query that is being answered; returns when that succeeded.

    Raises InsufficientFundError when the person has not enough points, InvalidParameterError for a query without
    `bot_query_id`, CostRequestError for a bot without a key and for every other failure.
    """
    if not access_key:
        raise CostRequestError(f"Cannot {step} a cost: the bot has no access key (pass it to make_app or run).")
    if not request.bot_query_id:
        raise InvalidParameterError(f"Cannot {step} a cost: the query has no bot_query_id.")
    items = [amounts] if isinstance(amounts, CostItem) else list(amounts)
    body = {"amounts": [item.model_dump() for item in items], "access_key": access_key}
    outgoing = Outgoing(
        f"{costs_url(base_url)}bot/cost/{path_part(request.bot_query_id)}/{step}",
        {"Accept": "text/event-stream", "Cache-Control": "no-store", "Content-Type": "application/json"},
        json.dumps(body).encode(),
        idle_s=COST_IDLE_S,
    )
    try:
        answer = await post(outgoing)
        try:
            await _read_result(answer, step)
            await answer.finish()
        finally:
            await answer.close()
    except TransportError as error:
        raise CostRequestError(f"Cannot {step} a cost: the platform could not be reached ({error}).") from error


async def _read_result(answer: Answer, step: str) -> None:
    head = f"{answer.status} {answer.reason or phrase(answer.status)}"
    if not answer.content_type.lower().startswith("text/event-stream"):
        body = await read_start(answer)
        explanation = find_explanation(body) or "the answer was no event stream"
        raise CostRequestError(f"{head}: {explanation}")
    messages: list[str] = []
    async with aclosing(_frames(answer)) as frames:
        async for frame in frames:
            data = _load(frame)
            if answer.status != HTTPStatus.OK:
                messages.append(str(data.get("message", "")))
            elif frame.name == "result":
                if data.get("status") == "success":
                    return
                raise InsufficientFundError(f"Cannot {step} a cost: {data.get('status') or 'refused'}")
    if answer.status != HTTPStatus.OK:
        raise CostRequestError(f"{head}: {' '.join(message for message in messages if message)}")
    # As in the reference; protocol 5.3.
    raise InsufficientFundError(f"Cannot {step} a cost: the platform gave no result")


async def _frames(answer: Answer) -> AsyncGenerator[Frame, None]:
    decoder = SseDecoder()
    try:
        async with aclosing(answer.pieces()) as pieces:
            async for piece in pieces:
                for frame in decoder.feed(piece):
                    yield frame
    except FrameTooLarge as error:
        raise CostRequestError(str(error)) from None


def _load(frame: Frame) -> dict[str, Any]:
    try:
        value = json.loads(frame.data)
    except ValueError:
        return {"message": frame.data.decode("utf-8", "replace")}
    return value if isinstance(value, dict) else {}
