"""What a bot answered, as a test looks at it, and the reading that fails on breaches of the protocol."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from rookery.protocol.events import ErrorEvent, Event, FileEvent, MetaEvent
from rookery.protocol.limits import Limits
from rookery.protocol.messages import Attachment, ProtocolMessage
from rookery.protocol.reading import ReplyReader
from rookery.protocol.reduce import Reply
from rookery.protocol.requests import QueryRequest
from rookery.testing.asgi import Response
from rookery.testing.exchange import Exchange, RecordedCall, body_of

__all__ = ["BotReply", "Call", "Reading", "read_reply"]

_DRAIN_S = 1.0
"""How long an app may go on after `done`, in seconds."""


@dataclass(frozen=True, slots=True)
class Call:
    """One call that the bot made while it answered."""

    bot: str
    """The called bot, as the caller wrote it."""
    query: QueryRequest
    events: tuple[Event, ...]
    """What it was answered."""
    refusal: str | None = None
    """The sentence, when the call was not admitted."""

    def __repr__(self) -> str:
        asked = self.query.query[-1].content if self.query.query else ""
        return f"<Call of {self.bot} with {asked!r}{f', refused: {self.refusal}' if self.refusal else ''}>"


@dataclass(frozen=True, slots=True, repr=False)
class BotReply:
    """An answer that was read to its end."""

    _reply: Reply
    events: tuple[Event, ...]
    """The events that had an effect, in order, `done` or `error` included; pings and late ones are left out."""
    problems: tuple[str, ...]
    """Breaches of the protocol, as clauses that fit after the bot's name; empty unless the kit is not strict."""
    query: QueryRequest
    """What the bot was asked."""
    calls: tuple[Call, ...]
    """The calls that it made meanwhile, refused ones too, in the order in which they ended."""
    bot: str
    """The name of the bot."""

    @property
    def text(self) -> str:
        """The answer's text, replacements applied."""
        return self._reply.text

    @property
    def alternatives(self) -> Mapping[int, str]:
        """Further answers by their `index`."""
        return self._reply.alternatives

    @property
    def files(self) -> tuple[FileEvent, ...]:
        """Files of the answer: `url`, `content_type`, `file_name`, `inline_ref`."""
        return self._reply.files

    @property
    def suggested_replies(self) -> tuple[str, ...]:
        """At most ten, as the platform keeps."""
        return self._reply.suggested_replies

    @property
    def metadata(self) -> str | None:
        """What the bot stored with the answer by its last `data` event; None when nothing."""
        return self._reply.metadata

    @property
    def meta(self) -> MetaEvent:
        """How the answer is to be rendered."""
        return self._reply.meta

    @property
    def json(self) -> tuple[Mapping[str, Any], ...]:
        """Objects of `json` events, in order."""
        return self._reply.data

    @property
    def error(self) -> ErrorEvent | None:
        """The `error` event that ended the answer (`text`, `allow_retry`, `error_type`, `raw_response`), or None."""
        return self._reply.error

    @property
    def history(self) -> list[ProtocolMessage]:
        """The conversation with this answer at its end, for `ask(…, history=reply.history)`."""
        answer = ProtocolMessage(
            role="bot",
            content=self.text,
            content_type=self.meta.content_type,
            message_id=self.query.message_id,
            metadata=self.metadata,
            attachments=[
                Attachment(url=f.url, content_type=f.content_type, name=f.file_name, inline_ref=f.inline_ref)
                for f in self.files
            ],
        )
        return [*self.query.query, answer]

    @property
    def exchange(self) -> Exchange:
        """Everything that went over the wire, to be saved and replayed."""
        return Exchange(
            bot=self.bot,
            request=body_of(self.query),
            events=self.events,
            calls=tuple(RecordedCall(c.bot, body_of(c.query), c.events, c.refusal is not None) for c in self.calls),
        )

    def __repr__(self) -> str:
        parts = [f"text={self.text!r}"]
        if self.files:
            parts.append(f"files={[file.file_name for file in self.files]}")
        if self.error is not None:
            parts.append(f"error={self.error.text!r}")
            if self.error.raw_response:
                parts.append(f"raw_response={self.error.raw_response[:500]!r}")
        if self.calls:
            parts.append(f"calls={list(self.calls)}")
        if self.problems:
            parts.append(f"problems={list(self.problems)}")
        return f"<BotReply of {self.bot}: {', '.join(parts)}>"


@dataclass(slots=True)
class Reading:
    """What came out of one stream."""

    reply: Reply
    events: list[Event] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)


async def read_reply(response: Response, limits: Limits, clock: asyncio.Timeout, *, expects_text: bool) -> Reading:
    """Reads an answer by the platform's algorithm (protocol 3.12); all breaches go into `problems`.

    `clock` runs for the first byte when this begins; with that byte it is set to the limit of the whole answer.
    """
    reader = ReplyReader(limits)
    events: list[Event] = []
    end_at = asyncio.get_running_loop().time() + limits.reply_s
    while not reader.is_ended and (chunk := await response.chunk()) is not None:
        clock.reschedule(end_at)
        events += reader.feed(chunk)
    clock.reschedule(None)
    problems = [*reader.notices]
    if reader.fault is not None:
        problems.append(reader.fault.clause)
    elif not reader.builder.is_ended:
        problems.append("ended its answer without a 'done' event")
    elif reader.builder.is_done and reader.builder.is_empty and expects_text:
        problems.append("answered without any text")
    await _drain(response)
    return Reading(reader.builder.reply(), events, problems)


async def _drain(response: Response) -> None:
    # What the app does after `done` (its own clean-up) still belongs to the request.
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(_DRAIN_S):
            await response.read()
