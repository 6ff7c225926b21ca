"""Spans of answers and calls, headers between them, and log lines; against a provider made of the API's own classes."""

from __future__ import annotations

import inspect
import logging
import sys
from collections.abc import Iterator
from typing import Any

import pytest
from opentelemetry import trace
from opentelemetry.trace import NonRecordingSpan, SpanContext, SpanKind, StatusCode, TraceFlags

import rookery as fp
from rookery.sdk import client, dispatch, replies, tracing
from rookery.sdk.calls import stream_call
from rookery.sdk.tracing import log_event, trace_headers, traced_call, traced_reply

from .calling import a_request
from .serving import DONE, KEY, ScriptedServer, event, post, query_body, serve, stream

TRACE = "0af7651916cd43dd8448eb211c80319c"
PARENT = f"00-{TRACE}-b7ad6b7169203331-01"


class Span(NonRecordingSpan):
    def __init__(self, name: str, parent: SpanContext, number: int, kind: SpanKind, attributes: Any) -> None:
        trace_id = parent.trace_id if parent.is_valid else 0xABC
        super().__init__(SpanContext(trace_id, number, is_remote=False, trace_flags=TraceFlags(1)))
        self.name, self.parent, self.kind = name, parent, kind
        self.attributes: dict[str, Any] = dict(attributes or {})
        self.events: list[str] = []
        self.status: tuple[StatusCode, str | None] | None = None
        self.is_ended = False

    def set_attribute(self, key: str, value: Any) -> None:
        self.attributes[key] = value

    def add_event(self, name: str, *args: Any, **kwargs: Any) -> None:
        self.events.append(name)

    def set_status(self, status: Any, description: str | None = None) -> None:
        self.status = (status, description)

    def end(self, end_time: int | None = None) -> None:
        assert not self.is_ended
        self.is_ended = True


class Provider(trace.NoOpTracer, trace.TracerProvider):
    """Tracer and provider in one; keeps its spans."""

    def __init__(self) -> None:
        self.spans: list[Span] = []

    def get_tracer(self, name: str, *args: Any, **kwargs: Any) -> trace.Tracer:  # type: ignore[override]
        return self if name == tracing.TRACER else trace.NoOpTracer()

    def start_span(  # type: ignore[override]
        self, name: str, context: Any = None, kind: Any = None, attributes: Any = None, **rest: Any
    ) -> Span:
        parent = trace.get_current_span(context).get_span_context()
        span = Span(name, parent, len(self.spans) + 1, kind, attributes)
        self.spans.append(span)
        return span


@pytest.fixture(autouse=True)
def hooks(monkeypatch: pytest.MonkeyPatch) -> None:
    """Puts both hooks in their places, whether they are there already or not."""
    monkeypatch.setattr(client, "stream_call", traced_call(inspect.unwrap(stream_call)))
    monkeypatch.setattr(dispatch, "iter_reply", traced_reply(inspect.unwrap(replies.iter_reply)))


@pytest.fixture
def provider(monkeypatch: pytest.MonkeyPatch) -> Provider:
    made = Provider()
    monkeypatch.setattr(trace, "get_tracer_provider", lambda: made)
    return made


@pytest.fixture
def _absent(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    tracing._load_api.cache_clear()
    for name in [name for name in sys.modules if name.partition(".")[0] == "opentelemetry"]:
        monkeypatch.setitem(sys.modules, name, None)
    yield
    tracing._load_api.cache_clear()


class Caller(fp.PoeBot):
    def __init__(self, url: str) -> None:
        super().__init__(access_key=KEY, bot_name="Caller")
        self.url = url

    async def get_response(self, request: fp.QueryRequest) -> Any:
        async for part in self.relay(request, "Below", base_url=f"{self.url}/bot/"):
            yield part


def hello() -> ScriptedServer:
    return ScriptedServer(stream(event("text", {"text": "hello"}), event("text", {"text": "!"}), DONE))


async def ask_caller(callee: ScriptedServer, monkeypatch: pytest.MonkeyPatch, **headers: str) -> list[tuple[str, Any]]:
    monkeypatch.setenv("ROOKERY_SYNC_SETTINGS", "off")
    async with serve(callee) as callee_url, serve(fp.make_app(Caller(callee_url))) as url:
        body = query_body(bot_query_id="bq-1")
        return (await post(url, body, Authorization=f"Bearer {KEY}", **headers)).events


async def test_an_answer_and_its_call_join_the_hubs_trace(provider: Provider, monkeypatch: pytest.MonkeyPatch) -> None:
    callee = hello()
    events = await ask_caller(callee, monkeypatch, **{"traceparent": PARENT, "X-Rookery-Depth": "2"})
    assert [name for name, _ in events] == ["text", "text", "done"]
    answer, call = provider.spans
    assert (answer.name, answer.kind) == ("answer Caller", SpanKind.SERVER)
    assert trace.format_trace_id(answer.get_span_context().trace_id) == TRACE
    assert trace.format_span_id(answer.parent.span_id) == "b7ad6b7169203331"
    assert answer.attributes == {"rookery.bot": "Caller", "rookery.query": "bq-1", "rookery.depth": 2}
    assert (call.name, call.kind, call.parent) == ("call Below", SpanKind.CLIENT, answer.get_span_context())
    assert call.attributes == {"rookery.bot": "Below", "rookery.query": "bq-1", "rookery.depth": 3}
    assert call.events == ["first message"]
    assert (answer.status, call.status, answer.is_ended, call.is_ended) == (None, None, True, True)
    assert callee.calls[0].headers["traceparent"] == f"00-{TRACE}-{call.get_span_context().span_id:016x}-01"
    assert trace.get_current_span() is trace.INVALID_SPAN


async def test_without_an_incoming_trace_one_is_begun(provider: Provider, monkeypatch: pytest.MonkeyPatch) -> None:
    await ask_caller(hello(), monkeypatch)
    answer, call = provider.spans
    assert not answer.parent.is_valid
    assert "rookery.depth" not in answer.attributes | call.attributes
    assert call.parent == answer.get_span_context()


async def test_failures_are_on_both_spans_without_the_key(provider: Provider, monkeypatch: pytest.MonkeyPatch) -> None:
    failing = {"text": f"no {KEY}", "allow_retry": False, "error_type": "insufficient_fund"}
    events = await ask_caller(ScriptedServer(stream(event("error", failing), DONE)), monkeypatch)
    assert [name for name, _ in events] == ["error", "done"]
    answer, call = provider.spans
    assert (call.attributes["error.type"], call.attributes["rookery.error_type"]) == (
        "BotErrorNoRetry",
        "insufficient_fund",
    )
    assert call.status == (StatusCode.ERROR, "BotErrorNoRetry('no ***')")
    assert answer.attributes["error.type"] == "insufficient_fund"
    assert answer.status is not None
    assert answer.status[0] is StatusCode.ERROR
    assert KEY not in str(answer.status)
    assert answer.is_ended


async def test_raw_errors_count_too_and_a_left_call_is_no_error(provider: Provider) -> None:
    class Raw(fp.PoeBot):
        async def get_response(self, request: fp.QueryRequest) -> Any:
            yield self.error_event("no")

    async with serve(fp.make_app(Raw(), allow_without_key=True)) as url:
        await post(url, query_body())
    assert provider.spans[0].name == "answer Raw"
    assert provider.spans[0].status == (StatusCode.ERROR, None)
    callee = hello()
    async with serve(callee) as url:
        answer = fp.stream_request(a_request(), "X", "K", base_url=f"{url}/bot/")
        await anext(answer)
        await answer.aclose()
    left = provider.spans[1]
    assert (left.attributes["rookery.stopped"], left.status, left.is_ended) == (True, None, True)


async def test_the_authors_own_header_is_left_alone(provider: Provider) -> None:
    callee = hello()
    async with serve(callee) as url:
        headers = {"traceparent": PARENT}
        messages = fp.stream_request(a_request(), "X", "K", base_url=f"{url}/bot/", extra_headers=headers)
        assert len([message async for message in messages]) == 2
    assert callee.calls[0].headers["traceparent"] == PARENT


async def test_spans_of_the_author_hang_below_the_answer(provider: Provider) -> None:
    class Own(fp.PoeBot):
        async def get_response(self, request: fp.QueryRequest) -> Any:
            provider.start_span("own")
            yield fp.PartialResponse(text=trace_headers()["traceparent"])

    async with serve(fp.make_app(Own(), allow_without_key=True)) as url:
        events = (await post(url, query_body())).events
    answer, own = provider.spans
    assert own.parent == answer.get_span_context()
    assert events[0][1]["text"].endswith(f"-{answer.get_span_context().span_id:016x}-01")


async def test_with_the_api_alone_an_incoming_trace_is_handed_on(monkeypatch: pytest.MonkeyPatch) -> None:
    callee = hello()
    await ask_caller(callee, monkeypatch, traceparent=PARENT, baggage="secret=1")
    assert callee.calls[0].headers["traceparent"] == PARENT
    assert "baggage" not in callee.calls[0].headers


async def test_without_a_provider_and_a_trace_nothing_happens(monkeypatch: pytest.MonkeyPatch) -> None:
    callee = hello()
    events = await ask_caller(callee, monkeypatch)
    assert [name for name, _ in events] == ["text", "text", "done"]
    assert "traceparent" not in callee.calls[0].headers
    assert trace_headers() == {}

    async def plain(*args: object) -> Any:
        yield args

    assert traced_call(plain)(1, 2).ag_code is plain.__code__


@pytest.mark.usefixtures("_absent")
async def test_without_the_api_nothing_happens(monkeypatch: pytest.MonkeyPatch) -> None:
    callee = hello()
    async with serve(callee) as url:
        messages = fp.stream_request(a_request(), "X", "K", base_url=f"{url}/bot/")
        assert len([message async for message in messages]) == 2
    assert "traceparent" not in callee.calls[0].headers
    assert tracing._find_api(is_wanted=True) is None
    log_event("tool:ran")


def test_a_log_line_names_subject_and_action(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    log_event("bot:asked", bot="GPT 4", count=2, note='a="b"', empty="", line="x\ny")
    log_event("bot:quiet", level=logging.DEBUG)
    (record,) = caplog.records
    assert record.getMessage() == r'bot:asked bot="GPT 4" count=2 note="a=\"b\"" empty="" line="x\ny"'
    assert (record.levelname, record.filename) == ("INFO", "test_tracing.py")
    assert vars(record)["event"] == "bot:asked"
    assert vars(record)["fields"]["count"] == 2


async def test_a_log_line_names_its_trace(provider: Provider, caplog: pytest.LogCaptureFixture) -> None:
    with trace.use_span(provider.start_span("s")):
        log_event("bot:failed", level=logging.ERROR, error=ValueError("x"))
    assert f"bot:failed trace={0xABC:032x}" in caplog.text
    assert "ValueError: x" in caplog.text
