"""Which attachments a bot gets, and with what (protocol 4.1, 7.6). Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from rookery.protocol.settings import BotSettings

PARSED_CHARACTERS = 2_000_000
"""Characters of parsed content in one query, all messages together; the newest messages come first."""

Message = dict[str, Any]


def messages_with_files(body: Mapping[str, Any]) -> list[Message]:
    """Gives the messages that have files, newest first, with those they refer to."""
    return [message for message in reversed(list(_with_references(body["query"]))) if message["attachments"]]


def _with_references(messages: list[Message]) -> Iterator[Message]:
    for message in messages:
        if message.get("referenced_message"):
            yield from _with_references([message["referenced_message"]])
        yield message


def wants_text(settings: BotSettings, content_type: str) -> bool:
    """Tells whether the hub reads a file's text for this bot."""
    return settings.expand_text_attachments and not is_picture(content_type)


def wants_description(settings: BotSettings, content_type: str) -> bool:
    """Tells whether the hub describes a picture for this bot."""
    return settings.enable_image_comprehension and is_picture(content_type)


def is_picture(content_type: str) -> bool:
    """True for pixel pictures; an SVG is a text."""
    return content_type.startswith("image/") and content_type != "image/svg+xml"


def picture_content(name: str, description: str) -> str:
    """Gives the `parsed_content` of a picture: file name and description (protocol 3.3)."""
    return f"{name}***{description}"
