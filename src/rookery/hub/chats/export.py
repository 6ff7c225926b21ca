"""A chat as a file: JSON with everything a person may see, Markdown to be read.

The JSON (`format: rookery.chat`, `version: 1`) is `{format, version, exported_at, chat, path, messages}`: `chat` and
`messages` as in the API (every branch, in the order of their making, without `siblings`), `path` the ids of the shown
branch. A reader must ignore keys that it does not know; a change that such a reader would misread raises the version.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from rookery.hub.chats.describing import chat_body, page_bodies
from rookery.hub.chats.files import link_to
from rookery.hub.chats.model import Chat, Message, MessageFile
from rookery.hub.chats.ports import ChatFiles
from rookery.hub.chats.service import Page

FORMAT = "rookery.chat"
VERSION = 1


def export_json(chat: Chat, page: Page, path: Sequence[str], files: ChatFiles, now: datetime) -> dict[str, Any]:
    """Gives the whole chat as plain data."""
    return {
        "format": FORMAT,
        "version": VERSION,
        "exported_at": now.isoformat(),
        "chat": chat_body(chat).model_dump(mode="json"),
        "path": list(path),
        "messages": [body.model_dump(mode="json", exclude={"siblings"}) for body in page_bodies(page, files)],
    }


def export_markdown(chat: Chat, page: Page, path: Sequence[str], files: ChatFiles) -> str:
    """Gives the shown branch as Markdown, files as links by name."""
    shown = {message.id: message for message in page.messages}
    parts = [f"# {_one_line(chat.shown_title)}"]
    context = 0
    for message_id in path:
        message = shown.get(message_id)
        if message is None:
            continue
        if message.context != context:
            parts.append("---\n\n*The context was cleared here.*")
            context = message.context
        parts.append(_message(message, page.names, files))
    return "\n\n".join(parts) + "\n"


def _message(message: Message, names: Mapping[str, str], files: ChatFiles) -> str:
    author = message.bot_name if message.role == "bot" else names.get(message.person_id or "", "Somebody")
    when = message.created_at.strftime("%Y-%m-%d %H:%M UTC")
    parts = [f"## {_one_line(author)} · {when}"]
    if message.content:
        parts.append(message.content.rstrip())
    if message.attachments:
        parts.append("\n".join(_attachment(file, files) for file in message.attachments))
    if message.error:
        parts.append(f"> {_one_line(message.error)}")
    return "\n\n".join(parts)


def _attachment(file: MessageFile, files: ChatFiles) -> str:
    name = _one_line(file.name).replace("[", "(").replace("]", ")")
    address = link_to(files, file).replace(" ", "%20").replace(">", "%3E").replace("<", "%3C")
    return f"- [{name}](<{address}>)"


def _one_line(text: str) -> str:
    return " ".join(text.split())
