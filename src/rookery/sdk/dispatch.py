"""From an HTTP request to a bot's method: key, body, type, answer (protocol 3.1, 10.1 S1 to S4)."""

from __future__ import annotations

from collections.abc import AsyncGenerator, AsyncIterable
from typing import TYPE_CHECKING

import orjson
from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, Response

from rookery.protocol.messages import FEEDBACK_TYPES
from rookery.protocol.requests import (
    MISSING_KEY,
    BaseRequest,
    InvalidRequest,
    QueryRequest,
    ReportErrorRequest,
    ReportFeedbackRequest,
    ReportReactionRequest,
    SettingsRequest,
    UnknownRequestType,
    parse_request,
)
from rookery.sdk.bot import PoeBot
from rookery.sdk.context import RequestContext
from rookery.sdk.eventstream import EventStream
from rookery.sdk.items import encode_outgoing
from rookery.sdk.keys import is_same_key, read_bearer
from rookery.sdk.replies import close_quietly, iter_reply

if TYPE_CHECKING:
    from sse_starlette import ServerSentEvent

BODY_BYTES = 64 * 1024 * 1024
"""Largest request body, in bytes: 1 000 messages with parsed attachments stay far below."""


async def take_request(bot: PoeBot, http_request: Request) -> BaseRequest | Response:
    """Reads a POST to a bot's path: gives its request, or the answer that it gets already (400, 401, 413, 501)."""
    refusal = check_key(bot, http_request)
    if refusal is not None:
        return refusal
    try:
        body = await _read_body(http_request)
    except ClientDisconnect:
        return _problem(400, "the caller left before the body's end")  # which nobody reads
    if body is None:
        return _problem(413, f"The body is larger than {BODY_BYTES} bytes")
    try:
        fields = orjson.loads(body)
    except orjson.JSONDecodeError:
        return _problem(400, "the body is not JSON")
    if _is_unknown_feedback(fields):
        return JSONResponse({})
    try:
        return parse_request(fields)
    except UnknownRequestType:
        return _problem(501, "Unsupported request type")
    except InvalidRequest as error:
        return _problem(400, str(error))


def check_key(bot: PoeBot, http_request: Request) -> Response | None:
    """Gives the refusal for a caller without the bot's key; None when it may pass. A bot without a key takes all."""
    if not bot.access_key:
        return None
    given = read_bearer(http_request.headers.get("authorization", ""))
    if given is None:
        return _problem(401, "Not authenticated")
    return None if is_same_key(given, bot.access_key) else _problem(401, "Invalid access key")


async def answer(bot: PoeBot, request: BaseRequest, http_request: Request) -> Response:
    """Hands a request to the bot's method for it. Exceptions of the author's methods rise."""
    context = RequestContext(http_request=http_request)
    match request:
        case QueryRequest():
            return stream_reply(bot, request, http_request)
        case SettingsRequest():
            return await bot.handle_settings(request, context)
        case ReportFeedbackRequest():
            return await bot.handle_report_feedback(request, context)
        case ReportReactionRequest():
            return await bot.handle_report_reaction(request, context)
        case ReportErrorRequest():
            return await bot.handle_report_error(request, context)
    return _problem(501, "Unsupported request type")


def stream_reply(bot: PoeBot, request: QueryRequest, http_request: Request) -> Response:
    """Gives the answer to a query. The handler starts when it is sent."""
    request.access_key = request.api_key = bot.access_key or MISSING_KEY
    return EventStream(_reply(bot, request, RequestContext(http_request=http_request)))


def _reply(bot: PoeBot, request: QueryRequest, context: RequestContext) -> AsyncGenerator[bytes, None]:
    if type(bot).handle_query is PoeBot.handle_query:
        return iter_reply(bot, request, context, encode_outgoing)
    return _encoded(bot.handle_query(request, context))


async def _encoded(events: AsyncIterable[ServerSentEvent]) -> AsyncGenerator[bytes, None]:
    # A bot that wraps `handle_query` sees raw events, and gives such.
    try:
        async for event in events:
            yield encode_outgoing(event)
    finally:
        await close_quietly(events, "handle_query")


async def _read_body(http_request: Request) -> bytes | bytearray | None:
    # None: too large. The announced length is looked at first, so that nothing has to be read to refuse.
    announced = http_request.headers.get("content-length", "")
    if announced.isdecimal() and int(announced) > BODY_BYTES:
        return None
    body: bytes | bytearray = b""
    async for piece in http_request.stream():
        if not body:
            body = piece  # usually the whole
        else:
            body = body if isinstance(body, bytearray) else bytearray(body)
            body += piece
        if len(body) > BODY_BYTES:
            return None
    return body


def _is_unknown_feedback(fields: object) -> bool:
    # Bots are asked to skip feedback they do not know (protocol 3.6), not to fail.
    if not isinstance(fields, dict) or fields.get("type") != "report_feedback":
        return False
    kind = fields.get("feedback_type")
    return isinstance(kind, str) and kind not in FEEDBACK_TYPES


def _problem(status: int, detail: str) -> JSONResponse:
    headers = {"WWW-Authenticate": "Bearer"} if status == 401 else None
    return JSONResponse({"detail": detail}, status, headers)
