"""Receiving one answer: events from the hub into a reply and onto the screen; Ctrl-C stops it and keeps what came."""

from __future__ import annotations

from collections.abc import Generator
from contextlib import closing

import orjson

from rookery.cli.chat.follow import follow_reply, frame_number
from rookery.cli.chat.interrupts import InterruptGate
from rookery.cli.chat.model import Answer
from rookery.cli.chat.screens import Screen
from rookery.cli.errors import CommandError
from rookery.cli.hub_client import HubClient, JsonObject
from rookery.protocol.decoding import InvalidEvent, parse_event
from rookery.protocol.events import ReplaceResponseEvent, TextEvent
from rookery.protocol.reduce import ReplyBuilder
from rookery.protocol.sse import Frame

NOTICE = "notice"
"""The hub's own event: {"text"}, a remark about something harmless."""


def receive_answer(hub: HubClient, query: JsonObject, screen: Screen) -> Answer:
    """Follows a query to its end and shows the answer as it comes; gives the answer.

    Trouble with hub or bot is in the answer, never raised. A second Ctrl-C, while the hub is stopping the answer,
    raises KeyboardInterrupt.
    """
    query_id = query["query_id"]
    reader = AnswerReader(screen)
    with InterruptGate() as gate:
        try:
            reader.read(gate, follow_reply(hub, query_id))
        except KeyboardInterrupt:
            return _stop(hub, query, reader, gate)
        except CommandError as trouble:
            return reader.answer(query, "running", trouble=trouble)
        return reader.answer(query, _ended_state(hub, query_id, reader))


def _stop(hub: HubClient, query: JsonObject, reader: AnswerReader, gate: InterruptGate) -> Answer:
    try:
        with gate.open():
            state = hub.stop_query(query["query_id"])["state"]
        # What the bot said until it was stopped is part of the answer, as it is in the hub's own record.
        reader.read(gate, follow_reply(hub, query["query_id"], reader.number))
    except CommandError as trouble:
        return reader.answer(query, "running", trouble=trouble, is_stopped_here=True)
    return reader.answer(query, state, is_stopped_here=state == "stopped")


def _ended_state(hub: HubClient, query_id: str, reader: AnswerReader) -> str:
    if reader.is_done:
        return "done"
    try:
        return str(hub.get_query(query_id)["state"])
    except CommandError:
        return "failed"


class AnswerReader:
    """Takes numbered events once each, builds the reply and feeds the screen."""

    def __init__(self, screen: Screen) -> None:
        self._screen = screen
        self._builder = ReplyBuilder()
        self._notices: list[str] = []
        self.number = 0
        """Number of the last event taken."""

    @property
    def is_done(self) -> bool:
        """True when the answer ended well."""
        return self._builder.is_done

    def read(self, gate: InterruptGate, pieces: Generator[list[Frame]]) -> None:
        """Takes pieces up to the end of the reply; Ctrl-C comes through only while waiting for one."""
        with closing(pieces):
            # Looked at first: once the end is there, Ctrl-C has nothing to stop any more.
            while not self._builder.is_ended:
                with gate.open():
                    frames = next(pieces, None)
                if frames is None:
                    return
                self._take(frames)

    def _take(self, frames: list[Frame]) -> None:
        # What arrived in one piece is shown in one step: of several replacements only the last is ever drawn.
        replacement: str | None = None
        added: list[str] = []
        for frame in frames:
            number = frame_number(frame)
            if number is not None:
                if number <= self.number:
                    continue
                self.number = number
            match self._apply(frame):
                case TextEvent(text=text):
                    added.append(text)
                case ReplaceResponseEvent(text=text):
                    replacement = text
                    added.clear()
        text = "".join(added)
        if replacement is not None:
            self._screen.replace(replacement + text)
        elif text:
            self._screen.append(text)

    def _apply(self, frame: Frame) -> TextEvent | ReplaceResponseEvent | None:
        """Takes one event; gives it when it changes the text of the (first) answer."""
        if frame.name == NOTICE:
            self._notices.append(_notice_text(frame))
            return None
        try:
            event = parse_event(frame.name, frame.data)
        except InvalidEvent:
            return None  # the hub has checked all events; this one is of a newer kind
        has_effect = self._builder.apply(event)
        if isinstance(event, TextEvent | ReplaceResponseEvent) and has_effect and not event.index:
            return event
        return None

    def answer(
        self, query: JsonObject, state: str, *, trouble: CommandError | None = None, is_stopped_here: bool = False
    ) -> Answer:
        """Gives the answer as it is now."""
        reply = self._builder.reply()
        if trouble is not None:
            error: str | None = trouble.message
        elif state == "done":
            error = None
        else:
            error = (reply.error.text if reply.error else None) or "The answer ended with an error."
        return Answer(
            query=query,
            state=state,
            reply=reply,
            notices=tuple(notice for notice in self._notices if notice and notice != error),
            error=error,
            remedy=trouble.remedy if trouble is not None else "",
            is_stopped_here=is_stopped_here,
        )


def _notice_text(frame: Frame) -> str:
    try:
        body = orjson.loads(frame.data)
    except orjson.JSONDecodeError:
        return ""
    return str(body.get("text") or "") if isinstance(body, dict) else ""
