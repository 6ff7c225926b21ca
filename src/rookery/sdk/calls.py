"""Calling a bot, with its tries (protocol 9.7.5, 10.2 C1 to C4).

A call is tried again after an unreachable bot, a broken-off stream, a 5xx, or an `error` event that allows it; not
after a 4xx, a breach of the protocol, or an `error` event when something was already handed to the caller.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from http import HTTPStatus

from pydantic_core import PydanticSerializationError

from rookery.protocol.json_values import dump_json
from rookery.protocol.requests import QueryRequest
from rookery.protocol.responses import PartialResponse
from rookery.sdk.answers import AnswerReader, Progress
from rookery.sdk.errors import BotError, BotErrorNoRetry
from rookery.sdk.options import QUERY_IDLE_S, CallOptions
from rookery.sdk.sending import post
from rookery.sdk.statuses import status_error
from rookery.sdk.tracing import traced_call
from rookery.sdk.transport import Answer, Outgoing, TransportError

_OWN_FIELDS = {"access_key", "api_key"}

RETRY_AFTER_S = 30.0
"""Longest `Retry-After` that is waited for, in seconds; a longer one ends the call."""


@traced_call
async def stream_call(request: QueryRequest, options: CallOptions) -> AsyncGenerator[PartialResponse, None]:
    """Gives the messages of a called bot's answer; raises BotError or BotErrorNoRetry.

    Closing the generator, or cancelling its task, closes the HTTP answer, which the called side sees.
    """
    outgoing = Outgoing(options.url, options.headers, encode_query(request), idle_s=QUERY_IDLE_S)
    progress = Progress()
    for number in range(options.num_tries):
        answer: Answer | None = None
        try:
            answer = await post(outgoing, options.session)
            # An event stream is read whatever its status says: its own `error` event knows more (Appendix A.2).
            if not answer.content_type.lower().startswith("text/event-stream"):
                raise await status_error(answer, options.bot_name)
            progress.start_try()
            reader = AnswerReader(options, request.message_id, progress)
            while piece := await answer.next_piece():
                for frame in reader.split(piece):
                    message = reader.read(frame)
                    if message is not None:
                        yield message
                    elif reader.is_done:
                        await answer.finish()
                        return
                if reader.fault is not None:
                    raise reader.fault
            reader.end_early()
            return
        except BotErrorNoRetry:
            raise
        except (BotError, TransportError) as error:
            options.on_error(error, f"Bot request to {options.bot_name} failed on try {number}")
            pause_s = _pause_before_retry(error, number, options, progress)
            if pause_s is None:
                if isinstance(error, BotError):
                    raise
                raise _unreachable(error, options.bot_name) from error
        finally:
            if answer is not None:
                await answer.close()
        await asyncio.sleep(pause_s)


def encode_query(request: QueryRequest) -> bytes:
    """Gives the body of a query: the whole request, without the keys that only this side may know (10.1, S9)."""
    try:
        return request.model_dump_json(exclude=_OWN_FIELDS).encode()
    except PydanticSerializationError:  # text cut inside a character, which has no UTF-8
        return dump_json(request.model_dump(exclude=_OWN_FIELDS))


def _pause_before_retry(
    error: BotError | TransportError, number: int, options: CallOptions, progress: Progress
) -> float | None:
    # None: give up.
    if number + 1 >= options.num_tries or progress.has_data:
        return None
    pause_s: float = options.retry_sleep_time * 2**number
    if isinstance(error, TransportError):
        return pause_s if error.is_mid_body or not progress.has_messages else None
    is_refused = error.http_status is not None and error.http_status < HTTPStatus.INTERNAL_SERVER_ERROR
    pause_s = max(pause_s, error.retry_after_s or 0.0)
    return None if is_refused or progress.has_messages or pause_s > RETRY_AFTER_S else pause_s


def _unreachable(error: TransportError, bot_name: str) -> BotError:
    # The second sentence is the reference's wording, which programs match on.
    what = "broke off its answer" if error.is_mid_body else "could not be reached"
    return BotError(f"Bot '{bot_name}' {what} ({error}). Error communicating with bot {bot_name}", bot_name=bot_name)
