"""What an author yields, as events of the protocol and as bytes (9.7.3, 10.1 S14)."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

from rookery.protocol.decoding import cut
from rookery.protocol.encoding import encode_event
from rookery.protocol.events import (
    DataEvent,
    ErrorEvent,
    Event,
    FileEvent,
    JsonEvent,
    MetaEvent,
    ReplaceResponseEvent,
    SuggestedReplyEvent,
    TextEvent,
)
from rookery.protocol.json_values import dump_json
from rookery.protocol.responses import DataResponse, ErrorResponse, MetaResponse, PartialResponse
from rookery.protocol.toolcalls import ToolCallDefinitionDelta
from rookery.sdk.rawevents import is_raw_event

if TYPE_CHECKING:
    from sse_starlette import ServerSentEvent
    from typing_extensions import TypeIs

OutgoingEvent: TypeAlias = "Event | ServerSentEvent"
"""An event on its way out: ours, or one that the author made."""

_TEXT_ONLY = {"text"}

SHOWN_CHARACTERS = 80
"""How much of a wrongly yielded value its author is shown."""
ALLOWED = "PartialResponse, MetaResponse, ErrorResponse, DataResponse or ServerSentEvent"


def is_only_text(item: object) -> TypeIs[PartialResponse]:
    """Tells whether an item is nothing but text, as nearly all are. A hot path."""
    return type(item) is PartialResponse and item.__pydantic_fields_set__ == _TEXT_ONLY


def events_for(item: object, method: str) -> list[OutgoingEvent]:
    """Gives the events for one yielded item, in order, at least one. Raises TypeError, naming `method`, for others."""
    if isinstance(item, PartialResponse):
        events: list[OutgoingEvent] = []
        if item.attachment is not None:
            file = item.attachment
            events.append(FileEvent(file.url, file.content_type, file.name, file.inline_ref, item.index))
        events += _main_events(item)
        return events
    if isinstance(item, DataResponse):
        return [DataEvent(item.metadata)]
    if is_raw_event(item):
        return [item]
    kind = type(item)
    name = kind.__qualname__ if kind.__module__ == "builtins" else f"{kind.__module__}.{kind.__qualname__}"
    what = "None" if item is None else f"{cut(repr(item), SHOWN_CHARACTERS)}, a value of type {name}"
    hint = " Did you mean PartialResponse(text=...)?" if isinstance(item, str) else ""
    raise TypeError(f"{method} yielded {what}; it may yield {ALLOWED}.{hint}")


def _main_events(item: PartialResponse) -> list[Event]:
    if isinstance(item, ErrorResponse):
        raw = None if item.raw_response is None else repr(item.raw_response)
        return [ErrorEvent(item.text, item.allow_retry, item.error_type, raw)]
    if isinstance(item, MetaResponse):
        return [MetaEvent(item.content_type, item.suggested_replies, item.linkify, item.refetch_settings)]
    if item.is_suggested_reply:
        return [SuggestedReplyEvent(item.text, item.index)]
    if item.is_replace_response:
        return [ReplaceResponseEvent(item.text, item.index)]
    objects: list[Event] = []
    if item.data is not None:
        objects.append(JsonEvent(item.data, item.index))
    if item.tool_calls:
        objects.append(JsonEvent(chunk_for(item.tool_calls), item.index))
    if objects and not item.text:
        return objects
    return [TextEvent(item.text, item.index), *objects]


def chunk_for(deltas: list[ToolCallDefinitionDelta]) -> dict[str, object]:
    """Gives tool-call deltas as an OpenAI chat-completion chunk with everything a reader needs (protocol 5.1.4)."""
    choice = {
        "index": 0,
        "delta": {"tool_calls": [delta.model_dump(exclude_none=True) for delta in deltas]},
        "finish_reason": None,
    }
    return {"object": "chat.completion.chunk", "choices": [choice]}


def event_name(event: OutgoingEvent) -> str | None:
    """Gives an event's name on the wire; None for a raw one without a name."""
    return event.event if is_raw_event(event) else event.name


def encode_outgoing(event: OutgoingEvent) -> bytes:
    """Gives an event's bytes. Raises TypeError for an object that JSON cannot hold."""
    return event.encode() if is_raw_event(event) else encode_event(event)


def encode_text(text: str) -> bytes:
    """Gives the bytes of a text event; the same as `encode_outgoing(TextEvent(text))`, without the event."""
    return b"event: text\r\ndata: %b\r\n\r\n" % dump_json({"text": text})
