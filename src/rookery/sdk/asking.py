"""Asking a bot and having the whole answer in one value.

    reply = await fp.ask(request, "GPT-4o-mini", text="Summarise: …")      in a bot: await self.call(request, …)
    reply.text, reply.files, reply.suggested_replies, reply.data

Where `get_final_response` gives text only, this keeps what else the bot gave; the rules are those of the reducer
(`protocol/reduce.py`), for messages instead of events.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from rookery.protocol.messages import Attachment, ContentType, ProtocolMessage
from rookery.protocol.requests import MISSING_KEY, QueryRequest
from rookery.protocol.responses import MetaResponse, PartialResponse
from rookery.sdk.addresses import POE_BOTS_URL
from rookery.sdk.client import stream_request_base
from rookery.sdk.errors import BotError
from rookery.sdk.options import ErrorHandler, log_error

if TYPE_CHECKING:
    import httpx


@dataclass(frozen=True, slots=True)
class Reply:
    """A whole answer. `str(reply)` is its text."""

    bot_name: str
    text: str = ""
    """The answer: index 0, or no index; replacements are honoured."""
    alternatives: Mapping[int, str] = field(default_factory=dict)
    """Further answers by index (3.9.10)."""
    files: tuple[Attachment, ...] = ()
    suggested_replies: tuple[str, ...] = ()
    data: tuple[Mapping[str, Any], ...] = ()
    """Objects of `json` events, in order."""
    content_type: ContentType = "text/markdown"

    def __str__(self) -> str:
        return self.text

    def json(self) -> Any:
        """Gives the text read as JSON, with or without a code fence around it.

        Raises BotError, naming the bot, when it is none: models are not always obedient.
        """
        text = self.text.strip()
        if text.startswith("```") and text.endswith("```"):
            text = text[3:-3].partition("\n")[2]
        try:
            return json.loads(text)
        except ValueError as error:
            raise BotError(
                f"Bot '{self.bot_name}' was to answer in JSON and did not", bot_name=self.bot_name
            ) from error


class ReplyCollector:
    """Takes the messages of one answer as they come."""

    def __init__(self, bot_name: str) -> None:
        self._bot_name = bot_name
        self._texts: dict[int, list[str]] = {}
        self._files: list[Attachment] = []
        self._suggested_replies: list[str] = []
        self._data: list[Mapping[str, Any]] = []
        self._content_type: ContentType = "text/markdown"
        self._has_message = False

    def add(self, message: PartialResponse) -> None:
        """Takes one message, as `stream_request` gives it."""
        if isinstance(message, MetaResponse):
            self._content_type = message.content_type
        elif message.is_suggested_reply:
            self._suggested_replies.append(message.text)
        else:
            self._has_message = True
            parts = self._texts.setdefault(message.index or 0, [])
            if message.is_replace_response:
                parts.clear()
            parts.append(message.text)
            if message.attachment is not None:
                self._files.append(message.attachment)
            if message.data is not None:
                self._data.append(message.data)

    def reply(self) -> Reply:
        """Gives the answer so far; raises BotError when there was none, suggested replies aside."""
        if not self._has_message:
            raise BotError(f"Bot {self._bot_name} sent no response", bot_name=self._bot_name)
        texts = {index: "".join(parts) for index, parts in self._texts.items()}
        return Reply(
            self._bot_name,
            texts.pop(0, ""),
            {index: text for index, text in sorted(texts.items()) if text},
            tuple(self._files),
            tuple(self._suggested_replies),
            tuple(self._data),
            self._content_type,
        )


async def ask(
    request: QueryRequest,
    bot_name: str,
    api_key: str = "",
    *,
    text: str | None = None,
    history: bool = False,
    files: Sequence[Attachment] = (),
    parameters: Mapping[str, Any] | None = None,
    session: httpx.AsyncClient | None = None,
    on_error: ErrorHandler = log_error,
    num_tries: int = 2,
    retry_sleep_time: float = 0.5,
    base_url: str = POE_BOTS_URL,
    extra_headers: dict[str, str] | None = None,
) -> Reply:
    """Calls a bot and gives its whole answer.

        reply = await fp.ask(request, "GPT-4o-mini", text=f"Summarise: {article}")

    What is sent:

    | | `history=False` | `history=True` |
    |---|---|---|
    | without `text` | the last message | the whole conversation |
    | with `text` | a new message of the user | the conversation, then the new message |

    `files` and `parameters` (values of the called bot's controls, 4.5) belong to the new message; without `text` they
    are added to the last one.

    `api_key` left empty is the request's own access key. Raises BotError as `stream_request` does, and when the bot
    gave neither text, file nor object. Source: protocol 9.7.5, 5.1.5.
    """
    question = build_question(request, text, history=history, files=files, parameters=parameters)
    messages = stream_request_base(
        question,
        bot_name,
        find_key(request, api_key),
        session=session,
        on_error=on_error,
        num_tries=num_tries,
        retry_sleep_time=retry_sleep_time,
        base_url=base_url,
        extra_headers=extra_headers,
    )
    collector = ReplyCollector(bot_name)
    async for message in messages:
        collector.add(message)
    return collector.reply()


def build_question(
    request: QueryRequest,
    text: str | None = None,
    *,
    history: bool = False,
    files: Sequence[Attachment] = (),
    parameters: Mapping[str, Any] | None = None,
) -> QueryRequest:
    """Gives the query that `ask` sends; `request` is not changed."""
    earlier = request.query if history else []
    if text is not None or not request.query:
        message = ProtocolMessage(
            role="user", content=text or "", attachments=list(files), parameters=dict(parameters or {})
        )
        return request.model_copy(update={"query": [*earlier, message]})
    last = request.query[-1]
    if files or parameters:
        changes = {"attachments": [*last.attachments, *files], "parameters": {**last.parameters, **(parameters or {})}}
        last = last.model_copy(update=changes)
    return request.model_copy(update={"query": [*earlier[:-1], last]})


def find_key(request: QueryRequest, api_key: str = "") -> str:
    """Gives the key if there is one, else the access key that the SDK put into the request, else an empty text."""
    return api_key or ("" if request.access_key == MISSING_KEY else request.access_key)
