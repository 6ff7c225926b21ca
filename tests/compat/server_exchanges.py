"""What a bot does and what is asked of it: run against the real package's server and ours (protocol A.1, 3.1).

An exchange is data: a bot written once for either package, and a request. `differs` names the row of
docs/compatibility.md that explains a difference, and `ours` is then what our server answers.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from types import ModuleType
from typing import Any

KEY = "k" * 32
Handler = Callable[[ModuleType, Any, Any], AsyncIterator[Any]]
"""Takes the package, the bot and the request; yields what `get_response` yields."""


@dataclass(frozen=True)
class Answer:
    """What a server answered, as far as the protocol speaks of it."""

    status: int
    content_type: str
    events: tuple[tuple[str, Any], ...] = ()
    """Name and data of each event; for other answers one pair of the name `body` and the decoded body."""


@dataclass(frozen=True)
class ServerExchange:
    """One request to one bot."""

    name: str
    handler: Handler
    body: Any = None
    """None: an ordinary query. Bytes are sent as they are."""
    headers: dict[str, str] = field(default_factory=lambda: {"authorization": f"Bearer {KEY}"})
    method: str = "POST"
    has_key: bool = True
    """False: served with `allow_without_key` and no key."""
    differs: str | None = None
    ours: Answer | None = None


def query(**changes: Any) -> dict[str, Any]:
    """Gives a complete query."""
    return {
        "version": "1.2",
        "type": "query",
        "query": [{"role": "user", "content": "hi"}],
        "user_id": "u-1",
        "conversation_id": "c-1",
        "message_id": "m-1",
        **changes,
    }


STREAM = "text/event-stream; charset=utf-8"
JSON = "application/json"
DONE: tuple[str, Any] = ("done", {})


async def says(fp: ModuleType, bot: Any, request: Any) -> AsyncIterator[Any]:
    yield fp.PartialResponse(text="ok")


def yields(*make: Callable[[ModuleType], Any]) -> Handler:
    """Gives a handler that yields what the functions make."""

    async def handler(fp: ModuleType, bot: Any, request: Any) -> AsyncIterator[Any]:
        for item in make:
            yield item(fp)

    return handler


async def raises(fp: ModuleType, bot: Any, request: Any) -> AsyncIterator[Any]:
    yield fp.PartialResponse(text="so far")
    raise RuntimeError("boom")


async def is_poor(fp: ModuleType, bot: Any, request: Any) -> AsyncIterator[Any]:
    if request.query:
        raise fp.InsufficientFundError
    yield None


async def shows_key(fp: ModuleType, bot: Any, request: Any) -> AsyncIterator[Any]:
    yield fp.PartialResponse(text=f"{request.access_key} {request.api_key}")


async def shows_query(fp: ModuleType, bot: Any, request: Any) -> AsyncIterator[Any]:
    yield fp.PartialResponse(text=repr([(m.role, m.content) for m in request.query]))


async def raw_events(fp: ModuleType, bot: Any, request: Any) -> AsyncIterator[Any]:
    yield bot.meta_event(content_type="text/plain")
    yield bot.text_event("a")
    yield bot.replace_response_event("b")
    yield bot.suggested_reply_event("c")
    yield bot.data_event("d")
    yield bot.file_event(url="u", content_type="t", name="n")


def attachment(fp: ModuleType, url: str) -> Any:
    return fp.Attachment(url=url, content_type="image/png", name="n")


def tool_call(fp: ModuleType) -> Any:
    delta = {"index": 0, "id": "t", "type": "function", "function": {"name": "f", "arguments": "{}"}}
    return fp.types.ToolCallDefinitionDelta.model_validate(delta)


TOOL_CHUNK: dict[str, Any] = {
    "object": "chat.completion.chunk",
    "choices": [
        {
            "index": 0,
            "delta": {
                "tool_calls": [
                    {"index": 0, "id": "t", "type": "function", "function": {"name": "f", "arguments": "{}"}}
                ]
            },
            "finish_reason": None,
        }
    ],
}

SERVER_EXCHANGES = [
    ServerExchange("text", yields(lambda fp: fp.PartialResponse(text="hé\nllo"))),
    ServerExchange("empty text", yields(lambda fp: fp.PartialResponse(text=""))),
    ServerExchange("nothing", yields()),
    ServerExchange(
        "a suggested reply wins over a replacement",
        yields(lambda fp: fp.PartialResponse(text="x", is_suggested_reply=True, is_replace_response=True)),
    ),
    ServerExchange("replace", yields(lambda fp: fp.PartialResponse(text="x", is_replace_response=True))),
    ServerExchange("meta", yields(lambda fp: fp.MetaResponse(text=""), lambda fp: fp.PartialResponse(text="x"))),
    ServerExchange("data", yields(lambda fp: fp.DataResponse(metadata="m"), lambda fp: fp.PartialResponse(text="x"))),
    ServerExchange("raw events", raw_events),
    ServerExchange(
        "a file before the text that has it",
        yields(
            lambda fp: fp.PartialResponse(text="A"),
            lambda fp: fp.PartialResponse(text="B", attachment=attachment(fp, "u3")),
        ),
    ),
    ServerExchange("an error", yields(lambda fp: fp.ErrorResponse(text="bad", error_type="user_caused_error"))),
    ServerExchange(
        "text after an error",
        yields(lambda fp: fp.ErrorResponse(text="bad"), lambda fp: fp.PartialResponse(text="after")),
        differs="the handler stops at its first error",
        ours=Answer(200, STREAM, (("error", {"allow_retry": True, "text": "bad"}), DONE)),
    ),
    ServerExchange("an exception", raises),
    ServerExchange("not enough points", is_poor),
    ServerExchange("a forged key in the body", shows_key, query(access_key="EVIL", api_key="EVIL")),
    ServerExchange("a bot without a key", shows_key, query(access_key="EVIL", api_key="EVIL"), has_key=False),
    ServerExchange("unknown keys in the body", says, query(colour="red")),
    ServerExchange("the history reaches the handler", shows_query, query(
        query=[{"role": "user", "content": "first"}, {"role": "user", "content": "hi", "attachments": []}]
    )),
    ServerExchange(
        "data, tool calls and index of an item",
        yields(lambda fp: fp.PartialResponse(text="", data={"a": 1}, index=3)),
        differs="`data`, `tool_calls`, `index` of a yielded item are sent",
        ours=Answer(200, STREAM, (("json", {"a": 1, "index": 3}), DONE)),
    ),
    ServerExchange(
        "tool calls of an item",
        yields(lambda fp: fp.PartialResponse(text="", tool_calls=[tool_call(fp)])),
        differs="`data`, `tool_calls`, `index` of a yielded item are sent",
        ours=Answer(200, STREAM, (("json", TOOL_CHUNK), DONE)),
    ),
    ServerExchange("settings", says, {"version": "1.2", "type": "settings"}),
    ServerExchange(
        "a reaction", says,
        {"version": "1.2", "type": "report_reaction", "message_id": "m", "user_id": "u", "conversation_id": "c",
         "reaction": "heart"},
    ),
    ServerExchange(
        "feedback", says,
        {"version": "1.2", "type": "report_feedback", "message_id": "m", "user_id": "u", "conversation_id": "c",
         "feedback_type": "like"},
    ),
    ServerExchange(
        "an error report", says, {"version": "1.2", "type": "report_error", "message": "x", "metadata": {}}
    ),
    ServerExchange("an unknown type", says, {"version": "1.2", "type": "dance"}),
    ServerExchange("a wrong key", says, headers={"authorization": f"Bearer {'w' * 32}"}),
    ServerExchange("no key", says, headers={}),
    ServerExchange("another scheme", says, headers={"authorization": "Basic abc"}),
    ServerExchange(
        "a scheme in lower case", says, headers={"authorization": f"bearer {KEY}"},
        differs="any case of `Bearer`",
        ours=Answer(200, STREAM, (("text", {"text": "ok"}), DONE)),
    ),
    ServerExchange("the page", says, method="GET"),
    ServerExchange(
        "no JSON", says, b"{nonsense", differs="malformed bodies are answered 400",
        ours=Answer(400, JSON, (("body", {"detail": "the body is not JSON"}),)),
    ),
    ServerExchange(
        "no type", says, {"version": "1.2"}, differs="malformed bodies are answered 400",
        ours=Answer(400, JSON, (("body", {"detail": "the body needs a text field 'type'"}),)),
    ),
    ServerExchange(
        "an unknown role", shows_query,
        query(query=[{"role": "wizard", "content": "x"}, {"role": "user", "content": "hi"}]),
        differs="unknown roles, content types and feedback types are skipped",
        ours=Answer(200, STREAM, (("text", {"text": "[('user', 'hi')]"}), DONE)),
    ),
    ServerExchange(
        "feedback without a reason", says,
        query(query=[{"role": "user", "content": "hi", "feedback": [{"type": "like"}]}]),
        differs="`reason` may be absent",
        ours=Answer(200, STREAM, (("text", {"text": "ok"}), DONE)),
    ),
]  # fmt: skip
