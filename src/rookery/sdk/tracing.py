"""OpenTelemetry spans for answers and calls, and log lines by the same names.

    hub ── traceparent ──► answer MyBot ──┬── call GPT-4o ── traceparent ──► hub ──► …
                                          └── call Web-Search ── …

Two hooks, both decorators: `traced_reply` on `replies.iter_reply`, `traced_call` on `calls.stream_call`. While
`opentelemetry-api` is not there, or nobody configured a tracer provider, they do nothing and cost a dictionary look-up;
a trace that comes in is then still handed on with the calls. Only `traceparent` and `tracestate` are read and written
(W3C Trace Context): baggage may hold what other bots must not see. No texts of messages, no keys.
"""

from __future__ import annotations

import asyncio
import functools
import json
import logging
import sys
from collections.abc import AsyncGenerator, Callable, Mapping
from contextlib import aclosing, contextmanager
from dataclasses import replace
from typing import TYPE_CHECKING, Any, NamedTuple, TypeVar, cast

from rookery.protocol.decoding import cut
from rookery.protocol.events import ErrorEvent
from rookery.sdk.errors import BotError, describe_exception
from rookery.sdk.log import logger

if TYPE_CHECKING:
    from collections.abc import Iterator

    from opentelemetry.context import Context
    from opentelemetry.trace import Span

    from rookery.protocol.requests import QueryRequest
    from rookery.protocol.responses import PartialResponse
    from rookery.sdk.botlike import BotLike
    from rookery.sdk.context import RequestContext
    from rookery.sdk.options import CallOptions

F = TypeVar("F", bound=Callable[..., Any])

TRACER = "rookery"
TRACE_HEADER = "traceparent"
DEPTH_HEADER = "X-Rookery-Depth"
"""How many calls lie above this answer, as the hub says."""
_DEPTH_KEY = "rookery-depth"
_SHOWN_CHARACTERS = 200


class _Api(NamedTuple):
    context: Any
    trace: Any
    propagator: Any
    idle_providers: tuple[type, ...]
    """Those that stand there while nobody configured one."""


def traced_reply(iter_reply: F) -> F:
    """Puts a span `answer {bot}` around each reply; for functions with the parameters of `replies.iter_reply`.

    It hangs below the current span (an ASGI instrumentation's), else below the request's `traceparent`, and is current
    while the author's handler runs. Attributes: `rookery.bot`, `rookery.query`, `rookery.depth`, `rookery.stopped` when
    the caller left, `error.type`.
    """

    @functools.wraps(iter_reply)
    def traced(
        bot: BotLike, request: QueryRequest, context: RequestContext, encode: Callable[[Any], Any], *more: Any
    ) -> object:
        api = _find_api(is_wanted=TRACE_HEADER in context.http_request.headers)
        if api is None:
            return iter_reply(bot, request, context, encode, *more)
        return _trace_reply(api, iter_reply, bot, request, context, encode, *more)

    return cast("F", traced)


def traced_call(stream_call: F) -> F:
    """Puts a span `call {bot}` around each call and its headers into it; for functions like `calls.stream_call`.

    It lasts from the first iteration to the end of the answer, tries included. Attributes: `rookery.bot`,
    `rookery.query`, `rookery.depth` (of the called bot), `rookery.stopped`, `error.type`, `rookery.error_type`. A
    `traceparent` in the author's `extra_headers` is left as it is.
    """

    @functools.wraps(stream_call)
    def traced(request: QueryRequest, options: CallOptions) -> object:
        api = _find_api()
        if api is None:
            return stream_call(request, options)
        return _trace_call(api, stream_call, request, options)

    return cast("F", traced)


def trace_headers() -> dict[str, str]:
    """Gives `traceparent` (and `tracestate`) of the current span, for an author's own HTTP calls; else nothing."""
    headers: dict[str, str] = {}
    if (api := _find_api()) is not None:
        api.propagator.inject(headers)
    return headers


def log_event(
    event: str, /, *, level: int = logging.INFO, error: BaseException | None = None, **fields: object
) -> None:
    """Writes one line `subject:action key=value …`, with the trace's id when there is one; `error` adds its traceback.

    Name and fields are also on the record, as `event` and `fields`, for handlers that write JSON.
    """
    if not logger.isEnabledFor(level):
        return
    if trace_id := _trace_id():
        fields["trace"] = trace_id
    line = " ".join([event, *(f"{name}={_field(value)}" for name, value in fields.items())])
    logger.log(level, "%s", line, exc_info=error, extra={"event": event, "fields": fields}, stacklevel=2)


async def _trace_reply(
    api: _Api,
    iter_reply: Callable[..., AsyncGenerator[Any, None]],
    bot: BotLike,
    request: QueryRequest,
    context: RequestContext,
    encode: Callable[[Any], Any],
    *more: Any,
) -> AsyncGenerator[Any, None]:
    outer: Context = api.context.get_current()
    headers = context.http_request.headers
    above = api.trace.get_current_span(outer).get_span_context()
    parent = outer if above.is_valid else api.propagator.extract(headers, outer)
    is_inside = above.is_valid and not above.is_remote  # the HTTP request has a span of its own
    kind = api.trace.SpanKind.INTERNAL if is_inside else api.trace.SpanKind.SERVER
    name, depth = bot.bot_name or type(bot).__name__, _read_depth(headers)
    span = _start(api, f"answer {name}", kind, parent, name, request, depth)

    def watched(event: object) -> object:
        if isinstance(event, ErrorEvent):
            _mark(api, span, event.error_type or "error", event.raw_response or "")
        elif getattr(event, "event", None) == "error":
            _mark(api, span, "error", "")
        return encode(event)

    own = api.trace.set_span_in_context(span, parent)
    api.context.attach(own if depth is None else api.context.set_value(_DEPTH_KEY, depth, own))
    with _ending(api, span):
        try:
            async with aclosing(iter_reply(bot, request, context, watched, *more)) as events:
                async for event in events:
                    yield event
        finally:
            api.context.attach(outer)  # not detach(token): an abandoned reply may be closed from another context


async def _trace_call(
    api: _Api,
    stream_call: Callable[..., AsyncGenerator[PartialResponse, None]],
    request: QueryRequest,
    options: CallOptions,
) -> AsyncGenerator[PartialResponse, None]:
    # The span is never current: the caller's code runs between two messages, and its spans are no part of the call.
    parent: Context = api.context.get_current()
    depth = api.context.get_value(_DEPTH_KEY, parent)
    below = depth + 1 if isinstance(depth, int) else None
    name = options.bot_name
    span = _start(api, f"call {name}", api.trace.SpanKind.CLIENT, parent, name, request, below)
    headers: dict[str, str] = {}
    api.propagator.inject(headers, api.trace.set_span_in_context(span, parent))
    key = options.headers.get("Authorization", "").removeprefix("Bearer ")
    is_first = True
    with _ending(api, span, key):
        traced = replace(options, headers={**headers, **options.headers})
        async with aclosing(stream_call(request, traced)) as messages:
            async for message in messages:
                if is_first:
                    is_first = False
                    span.add_event("first message")
                yield message


def _start(
    api: _Api, title: str, kind: object, parent: Context, bot_name: str, request: QueryRequest, depth: int | None
) -> Span:
    attributes: dict[str, str | int] = {"rookery.bot": bot_name, "rookery.query": request.bot_query_id}
    if depth is not None:
        attributes["rookery.depth"] = depth
    span: Span = api.trace.get_tracer(TRACER).start_span(title, parent, kind, attributes)
    return span


@contextmanager
def _ending(api: _Api, span: Span, key: str = "") -> Iterator[None]:
    try:
        yield
    except (GeneratorExit, asyncio.CancelledError):
        span.set_attribute("rookery.stopped", True)
        raise
    except Exception as error:
        _mark(api, span, type(error).__qualname__, describe_exception(error, [key]))
        if isinstance(error, BotError) and error.error_type:
            span.set_attribute("rookery.error_type", error.error_type)
        raise
    finally:
        span.end()


def _mark(api: _Api, span: Span, kind: str, text: str) -> None:
    span.set_attribute("error.type", kind)
    span.set_status(api.trace.StatusCode.ERROR, cut(text, _SHOWN_CHARACTERS) or None)


def _find_api(*, is_wanted: bool = False) -> _Api | None:
    # None: nothing to do. What nobody has imported, nobody has configured; a trace that comes in is worth importing it.
    if not is_wanted and "opentelemetry.trace" not in sys.modules:
        return None
    api = _load_api()
    if api is None or is_wanted or api.trace.get_current_span().get_span_context().is_valid:
        return api
    return None if isinstance(api.trace.get_tracer_provider(), api.idle_providers) else api


@functools.cache
def _load_api() -> _Api | None:
    try:
        from opentelemetry import context, trace  # noqa: PLC0415 - may be absent, and is needed by few
        from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator  # noqa: PLC0415
    except ImportError:
        return None
    idle = (trace.ProxyTracerProvider, trace.NoOpTracerProvider)
    return _Api(context, trace, TraceContextTextMapPropagator(), idle)


def _trace_id() -> str:
    api = _find_api()
    if api is None:
        return ""
    found = api.trace.get_current_span().get_span_context()
    return api.trace.format_trace_id(found.trace_id) if found.is_valid else ""


def _read_depth(headers: Mapping[str, str]) -> int | None:
    text = headers.get(DEPTH_HEADER, "")
    return int(text) if text.isdecimal() and len(text) < 4 else None


def _field(value: object) -> str:
    text = str(value)
    return text if text and not any(each.isspace() or each in '"=' for each in text) else json.dumps(text)
