"""The platform's side of one kit: calls between bots, costs, settings sync, uploads and files (protocol 5).

Requests come in threads of the loopback server. What must run in the test's event loop (bots under test, async
functions of stand-ins) is handed over to it; everything else is answered at once, so that bots may block.
"""

from __future__ import annotations

import asyncio
import inspect
from collections.abc import Awaitable, Callable
from typing import Any
from urllib.parse import unquote

from pydantic import ValidationError

from rookery.protocol.costs import CostItem
from rookery.protocol.encoding import encode_events
from rookery.protocol.events import DataEvent, DoneEvent, ErrorEvent, Event, MetaEvent
from rookery.protocol.json_values import NotJson, dump_json, load_json
from rookery.protocol.messages import ProtocolMessage
from rookery.protocol.requests import QueryRequest, describe_fault
from rookery.protocol.sse import encode_frame
from rookery.protocol.version import PROTOCOL_VERSION
from rookery.testing.contract import CallContract, Refused, RunningQuery, ended_query, no_running_query
from rookery.testing.costs import Costs, Step
from rookery.testing.dependency import Answer, Dependency, events_of, name_key
from rookery.testing.files import FILES_PATH, Files, parse_upload
from rookery.testing.loopback import EVENT_STREAM, Incoming, Outgoing
from rookery.testing.reply import Call
from rookery.testing.target import ServedBot

__all__ = ["Platform"]

UPLOAD_PATH = "/poe_api/file_upload_3RD_PARTY_POST"

RunBot = Callable[[ServedBot, QueryRequest, RunningQuery], Awaitable[list[Event]]]
"""Asks a bot under test on behalf of another; runs in the test's loop."""


class Platform:
    """Answers what the bots of one kit send."""

    def __init__(self, contract: CallContract, run_bot: RunBot) -> None:
        self.costs = Costs()
        self.files = Files()
        self.calls: list[Call] = []
        self.dependencies: dict[str, Dependency] = {}
        self.bots: list[ServedBot] = []
        self._contract = contract
        self._run_bot = run_bot
        self._queries: dict[str, RunningQuery] = {}
        self._loop: asyncio.AbstractEventLoop | None = None

    def open(self, query: RunningQuery) -> None:
        """Makes a query known, by both of its ids. Call in the loop where the bots run."""
        self._loop = asyncio.get_running_loop()
        self._queries[query.bot_query_id] = self._queries[query.message_id] = query

    def handle(self, incoming: Incoming) -> Outgoing | None:
        """Answers a request; None when it is of no bot of this kit."""
        path = incoming.path
        if incoming.method == "GET":
            file = self.files.find(path) if path.startswith(FILES_PATH) else None
            return None if file is None else Outgoing(*file)
        if path == UPLOAD_PATH:
            return self._store_file(incoming)
        match [unquote(part) for part in path.split("/")[1:]]:
            case ["bot", "cost", query_id, "authorize" | "capture" as step]:
                return self._charge(query_id, step, incoming)
            case ["bot", "update_settings" | "fetch_settings", _, key, *_]:
                return Outgoing(b'{"status": "success"}') if self._bots_of(key) else None
            case ["bot", name]:
                return self._take_call(name, incoming)
        return None

    def _bots_of(self, key: str) -> list[ServedBot]:
        return [bot for bot in self.bots if bot.access_key == key]

    # Files and costs.

    def _store_file(self, incoming: Incoming) -> Outgoing | None:
        if not self._bots_of(incoming.headers.get("authorization", "").strip()):
            return None
        form = parse_upload(incoming.headers.get("content-type", ""), incoming.body)
        if form is None:
            return Outgoing(b'{"detail": "give a part \'file\' with a file name, or download_url"}', status=400)
        upload = self.files.store(form)
        return Outgoing(dump_json({"attachment_url": upload.url, "mime_type": upload.content_type}))

    def _charge(self, query_id: str, step: Step, incoming: Incoming) -> Outgoing | None:
        query = self._queries.get(query_id)
        if query is None:
            return None
        try:
            body: Any = load_json(incoming.body)
            items = [CostItem.model_validate(item) for item in body["amounts"]]
            key = body["access_key"]
        except (NotJson, ValidationError, KeyError, TypeError) as error:
            return _cost_failure(400, f"The request is not valid: {type(error).__name__}")
        if key != query.bot.access_key:
            return _cost_failure(401, "The access key is not that of the bot which answers this query.")
        if not query.is_running:
            return _cost_failure(400, "The query has ended; costs are possible only while the bot answers.")
        status = self.costs.take(step, items)
        return Outgoing(encode_frame("result", dump_json({"status": status})), EVENT_STREAM)

    # Calls.

    def _take_call(self, name: str, incoming: Incoming) -> Outgoing | None:
        callers = self._bots_of(incoming.headers.get("authorization", "").partition(" ")[2].strip())
        if not callers:
            return None
        try:
            body: Any = load_json(incoming.body)
            if body.get("type", "query") != "query":
                return Outgoing(b"{}")  # reports; nobody reads the answer
            called = _parse_call(body)
        except (NotJson, AttributeError):
            return _stream([_error("The body must be a JSON object.")])
        except ValidationError as error:
            return _stream([_error(f"The query is not valid: {describe_fault(error)}.")])
        reference = called.bot_query_id or called.message_id
        query = self._queries.get(reference)
        if query is None or query.bot not in callers:
            return _stream([_error(str(no_running_query(callers[0], reference)))])
        if not query.is_running:
            return _stream([_error(str(ended_query(query.bot, reference)))])
        return _stream(self._answer(query, name, called))

    def _answer(self, query: RunningQuery, name: str, called: QueryRequest) -> list[Event]:
        try:
            self._contract.admit(query, name, is_known=self._is_known(query, name))
        except Refused as refusal:
            refused: list[Event] = [_error(str(refusal))]
            self._note(query, Call(name, called, tuple(refused), str(refusal)))
            return refused
        try:
            events = self._find_answer(query, name, called)
        except BaseException as error:
            # The test's own code failed: the question that led here raises it (see `BotUnderTest.ask`).
            query.root.failures.append(error)
            events = [_error(f"The stand-in for '{name}' failed: {error!r}")]
        # What a bot stores for itself is never shown to its callers (protocol 5.1.5).
        events = [event for event in events if not isinstance(event, DataEvent)]
        if _has_failed_at_once(events):
            self._contract.give_back(query, name)
        self._note(query, Call(name, called, tuple(events)))
        return events

    def _is_known(self, query: RunningQuery, name: str) -> bool:
        if query.recording is not None:
            return query.recording.has(name)
        dependency = self.dependencies.get(name_key(name))
        return (dependency is not None and dependency.is_scripted) or self._find_bot(name) is not None

    def _find_bot(self, name: str) -> ServedBot | None:
        return next((bot for bot in self.bots if name_key(bot.name) == name_key(name)), None)

    def _find_answer(self, query: RunningQuery, name: str, called: QueryRequest) -> list[Event]:
        if query.recording is not None:
            recorded = query.recording.take(name, called)
            return [_error(f"The recording has no further answer of '{name}'.")] if recorded is None else [*recorded]
        dependency = self.dependencies.get(name_key(name))
        if dependency is not None and dependency.is_scripted:
            answer = dependency.take_answer(called)
            if _needs_loop(answer):
                return self._in_loop(events_of(answer, called))
            return asyncio.run(events_of(answer, called))
        bot = self._find_bot(name)
        assert bot is not None, name  # the contract has looked
        return self._in_loop(self._run_bot(bot, called, query))

    def _in_loop(self, work: Awaitable[list[Event]]) -> list[Event]:
        assert self._loop is not None

        async def run() -> list[Event]:
            return await work

        return asyncio.run_coroutine_threadsafe(run(), self._loop).result()

    def _note(self, query: RunningQuery, call: Call) -> None:
        query.calls.append(call)
        self.calls.append(call)


def _needs_loop(answer: Answer) -> bool:
    return inspect.iscoroutinefunction(answer) or inspect.isasyncgenfunction(answer)


def _parse_call(body: dict[str, Any]) -> QueryRequest:
    # As the hub reads it: null is absent, and ids may be missing.
    given = {key: value for key, value in body.items() if value is not None}
    ids = dict.fromkeys(("user_id", "conversation_id", "message_id"), "")
    query = QueryRequest.model_validate({"version": PROTOCOL_VERSION, "type": "query", **ids, **given})
    for message in query.query:
        _forget_metadata(message)
    return query


def _forget_metadata(message: ProtocolMessage) -> None:
    # What one bot stored with its answer is never shown to another (protocol 3.9.6, 5.1.6).
    message.metadata = None
    if message.referenced_message is not None:
        _forget_metadata(message.referenced_message)


def _has_failed_at_once(events: list[Event]) -> bool:
    is_done = bool(events) and isinstance(events[-1], DoneEvent)
    return not is_done and all(isinstance(event, MetaEvent | ErrorEvent) for event in events)


def _error(text: str) -> ErrorEvent:
    return ErrorEvent(text, allow_retry=False)


def _stream(events: list[Event] | list[ErrorEvent]) -> Outgoing:
    return Outgoing(encode_events(events), EVENT_STREAM)


def _cost_failure(status: int, message: str) -> Outgoing:
    return Outgoing(encode_frame("error", dump_json({"message": message})), EVENT_STREAM, status)
