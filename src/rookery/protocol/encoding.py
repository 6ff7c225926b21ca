"""From events to bytes (protocol 3.9)."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

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
from rookery.protocol.sse import encode_frame


def event_body(event: Event) -> dict[str, Any]:
    """Gives the JSON object of an event; keys that are None are left out, except a file's `inline_ref`."""
    body: dict[str, Any]
    match event:
        case TextEvent() | ReplaceResponseEvent() | SuggestedReplyEvent():
            body = {"text": event.text}
        case FileEvent():
            body = {
                "url": event.url,
                "content_type": event.content_type,
                "name": event.file_name,
                "inline_ref": event.inline_ref,
            }
        case DataEvent():
            body = {"metadata": event.metadata}
        case JsonEvent():
            body = dict(event.data)
        case MetaEvent():
            return {
                "content_type": event.content_type,
                "suggested_replies": event.suggested_replies,
                "linkify": event.linkify,
                "refetch_settings": event.refetch_settings,
            }
        case ErrorEvent():
            optional = {
                "text": event.text,
                "raw_response": event.raw_response,
                "error_type": event.error_type,
            }
            return {
                "allow_retry": event.allow_retry,
                **{key: value for key, value in optional.items() if value is not None},
            }
        case _:
            return {}
    if event.index is not None:
        body["index"] = event.index
    return body


def encode_event(event: Event) -> bytes:
    """Gives the bytes of one event on the wire. Raises TypeError for an object that JSON cannot hold."""
    if type(event) is TextEvent and event.index is None:
        return b"event: text\r\ndata: %b\r\n\r\n" % dump_json({"text": event.text})
    return encode_frame(event.name, dump_json(event_body(event)))


def encode_events(events: Iterable[Event]) -> bytes:
    """Gives the bytes of several events, to be written in one piece."""
    return b"".join([encode_event(event) for event in events])
