"""Answers that are no event stream: an HTTP status and a body become a `BotError` with a sentence (10.2, C2)."""

from __future__ import annotations

import json
from http import HTTPStatus

from rookery.protocol.decoding import cut
from rookery.sdk.errors import BotError, BotErrorNoRetry
from rookery.sdk.transport import Answer, read_start

SHOWN_CHARACTERS = 300
"""How much of the body's explanation goes into the exception's text, in characters."""


async def status_error(answer: Answer, bot_name: str) -> BotError:
    """Reads the body's start and gives the exception to raise.

    A BotError for 429 and 5xx, where waiting may help; a BotErrorNoRetry for all else. `raw` holds the body's start.
    """
    body = await read_start(answer)
    error_class: type[BotError] = BotErrorNoRetry
    if answer.status == HTTPStatus.OK:
        kind = answer.content_type.partition(";")[0].strip() or "none"
        text = f"Bot '{bot_name}' did not answer with an event stream (content type: {cut(kind, 60)})."
    else:
        text = f"Bot '{bot_name}' answered with HTTP {answer.status} {answer.reason or phrase(answer.status)}".rstrip()
        explanation = find_explanation(body)
        text = f"{text}: {cut(explanation, SHOWN_CHARACTERS)}" if explanation else f"{text}."
        if answer.status == HTTPStatus.TOO_MANY_REQUESTS or answer.status >= HTTPStatus.INTERNAL_SERVER_ERROR:
            error_class = BotError
    error = error_class(text, bot_name=bot_name, raw=body.decode("utf-8", "replace"), http_status=answer.status)
    error.retry_after_s = _seconds(answer.retry_after)
    return error


def phrase(status: int) -> str:
    """Gives the standard words for a status, or nothing for one that has none."""
    try:
        return HTTPStatus(status).phrase
    except ValueError:
        return ""


def find_explanation(body: bytes) -> str | None:
    """Gives the sentence in a JSON error body of the usual shapes (OpenAI, FastAPI, plain); None when there is none."""
    try:
        value: object = json.loads(body)
    except ValueError:
        return None
    if not isinstance(value, dict):
        return None
    for key in ("error", "detail", "message", "text"):
        found = value.get(key)
        if isinstance(found, dict):
            found = found.get("message") or found.get("text")
        if isinstance(found, str) and found:
            return found
    return None


def _seconds(retry_after: str | None) -> float | None:
    try:
        return max(0.0, float(retry_after)) if retry_after else None
    except ValueError:
        return None  # a date; the ordinary pause will do
