"""One reply on the bot's side: the author's handler in, events out, in the order of protocol 9.7.3.

    query ─ attachments ─► handler ── item ──► [waiting files] [its own file] [the item's events] … ──► done
                              └─ raises ──► error, done          └─ an error ──► stop the handler, done

Whatever the handler does, the reply ends with exactly one `done`, unless it is cancelled because the caller left.
"""

from __future__ import annotations

import asyncio
import inspect
import os
from collections.abc import AsyncGenerator, AsyncIterable, Callable
from typing import TypeVar, cast

from rookery.protocol.decoding import cut
from rookery.protocol.events import DoneEvent, ErrorEvent, TextEvent
from rookery.protocol.requests import QueryRequest
from rookery.sdk.botlike import BotLike
from rookery.sdk.context import RequestContext
from rookery.sdk.errors import (
    SHOWN_CHARACTERS,
    BotError,
    InsufficientFundError,
    describe_exception,
    mask_secrets,
)
from rookery.sdk.items import OutgoingEvent, encode_outgoing, encode_text, event_name, events_for, is_only_text
from rookery.sdk.keys import KEY_VARIABLE, OLD_KEY_VARIABLE
from rookery.sdk.log import logger
from rookery.sdk.pending import collect_files
from rookery.sdk.tracing import traced_reply

T = TypeVar("T")

UNEXPECTED = "The bot encountered an unexpected issue."
"""What the person reads when a handler fails; observed behaviour (Appendix A.1)."""


@traced_reply
async def iter_reply(
    bot: BotLike, request: QueryRequest, context: RequestContext, encode: Callable[[OutgoingEvent], T]
) -> AsyncGenerator[T, None]:
    """Gives the encoded events of a bot's reply. Close it, or cancel its task, to stop the author's handler.

    An event that cannot be encoded counts as a failure of the handler.
    """
    is_done = False
    say = _text_encoder(encode)
    with collect_files(request.message_id) as files:
        try:
            handler, method = bot._start_handler(_with_attachments(bot, request), context)
            items = _iterable(handler, method)
            try:
                async for item in items:
                    if is_only_text(item) and not files.is_waiting:
                        yield say(item.text)
                        continue
                    events = [*files.take(), *events_for(item, method)]
                    for event in events:
                        yield encode(event)
                    last = event_name(events[-1])
                    is_done = is_done or last == "done"
                    if last == "error":
                        break  # consumers ignore all that follows, so the handler need not go on (10.1, S13)
                else:
                    for file in files.take():
                        yield encode(file)
            finally:
                await close_quietly(items, method)
        except asyncio.CancelledError as error:
            if _is_task_cancelled():
                raise
            yield encode(error_event_for(error, bot))  # something the handler awaited was cancelled, not the reply
        except Exception as error:
            yield encode(error_event_for(error, bot))
        if not is_done:
            yield encode(DoneEvent())


def _text_encoder(encode: Callable[[OutgoingEvent], T]) -> Callable[[str], T]:
    # Bytes of a text are made without an event in between: a hot path.
    if encode is encode_outgoing:
        return cast("Callable[[str], T]", encode_text)
    return lambda text: encode(TextEvent(text))


def error_event_for(error: BaseException, bot: BotLike) -> ErrorEvent:
    """Gives the event for an exception that a handler let go, and logs it.

    Too few points and failures of called bots reach the person as what they are; anything else becomes a fixed
    sentence, with class and message of the exception, secrets masked, for the author only (10.1, S5).
    """
    secrets = (bot.access_key, os.environ.get(KEY_VARIABLE), os.environ.get(OLD_KEY_VARIABLE))
    error = _unwrap(error)
    if isinstance(error, InsufficientFundError):
        return ErrorEvent(text="", allow_retry=True, error_type="insufficient_fund")
    if isinstance(error, BotError):
        logger.warning("%s let a failed call through: %s", type(bot).__name__, mask_secrets(str(error), secrets))
        return ErrorEvent(
            text=mask_secrets(str(error), secrets) or UNEXPECTED,
            allow_retry=error.allow_retry,
            error_type=error.error_type,
            raw_response=None if error.raw is None else cut(mask_secrets(error.raw, secrets), SHOWN_CHARACTERS),
        )
    logger.error("%s failed to answer", type(bot).__name__, exc_info=error)
    return ErrorEvent(text=UNEXPECTED, allow_retry=False, raw_response=describe_exception(error, secrets))


def _unwrap(error: BaseException) -> BaseException:
    # A handler that calls several bots in a TaskGroup gets their failures as a group.
    if isinstance(error, BaseExceptionGroup):
        told, other = error.split((BotError, InsufficientFundError))
        if told is not None and other is None:
            first: BaseException = told
            while isinstance(first, BaseExceptionGroup):
                first = first.exceptions[0]
            return first
    return error


def _with_attachments(bot: BotLike, request: QueryRequest) -> QueryRequest:
    if bot.should_insert_attachment_messages:
        return bot.insert_attachment_messages(request)
    if bot.concat_attachments_to_message:
        return bot.concat_attachment_content_to_message_body(request)
    return request


def _iterable(handler: object, method: str) -> AsyncIterable[object]:
    if isinstance(handler, AsyncIterable):
        return handler
    if inspect.iscoroutine(handler):
        handler.close()
        raise TypeError(f"{method} must be an async generator, but it never yields")
    raise TypeError(f"{method} must be an async generator (async def with yield), not {type(handler).__name__}")


async def close_quietly(items: AsyncIterable[object], method: str) -> None:
    """Closes an author's generator; what is no generator needs no closing."""
    aclose = getattr(items, "aclose", None)
    if aclose is None:
        return
    try:
        await aclose()
    except RuntimeError as error:
        # "async generator ignored GeneratorExit": it yielded while being stopped. There is nobody to yield to.
        logger.warning("%s did not end cleanly: %s", method, error)


def _is_task_cancelled() -> bool:
    task = asyncio.current_task()
    return task is None or task.cancelling() > 0
