"""From the relay's reply to the stored answer, so that nothing is lost.

send ──► question and empty answer on disk ──► relay.ask ──► events … journal
                                                 query ends ──► observe ──► the answer is written
killed before that ──► start: the answer is made from the journal, or says that it was interrupted
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Iterable, Sequence
from dataclasses import replace

import orjson

from rookery.hub.chats.files import held_ids, keep_files
from rookery.hub.chats.model import AnswerResult, Message
from rookery.hub.chats.ports import ChatFiles
from rookery.hub.chats.store import ChatStore
from rookery.hub.errors import StorageFailed
from rookery.hub.relay.follow import decode_entry
from rookery.hub.relay.log import LogEntry
from rookery.hub.relay.model import NOTICE, QueryState
from rookery.hub.relay.service import RelayService
from rookery.hub.relay.tree import LiveQuery
from rookery.protocol.reduce import Reply, reduce_events
from rookery.protocol.sse import SseDecoder

logger = logging.getLogger("rookery.hub.chats")

NEVER_ASKED = "The hub was restarted before it could ask the bot. Regenerate the answer to ask again."


class AnswerKeeper:
    """Writes down what answers come to."""

    def __init__(self, store: ChatStore, relay: RelayService, files: ChatFiles) -> None:
        self._store = store
        self._relay = relay
        self._files = files
        self._expected: set[str] = set()
        self._writing: dict[str, asyncio.Task[None]] = {}

    async def start(self) -> None:
        """Ends the answers that an earlier process left running; the relay has started before."""
        for message in await self._store.list_running():
            ended = await self._relay.find_ended(message.query_id or "")
            if ended is None:
                await self._store.finish_answer(message.id, AnswerResult(QueryState.INTERRUPTED, NEVER_ASKED))
                continue
            record, entries = ended
            await self._write(message.id, record.state, record.error, entries)

    async def aclose(self) -> None:
        """Waits until every answer that has ended is written."""
        while self._writing:
            await asyncio.gather(*self._writing.values(), return_exceptions=True)

    def expect(self, query_id: str) -> None:
        """Says that a query about to begin is for an answer in a chat."""
        self._expected.add(query_id)

    def forget(self, query_id: str) -> None:
        """Says that an expected query did not begin."""
        self._expected.discard(query_id)

    def observe(self, live: LiveQuery) -> None:
        """Observer of the relay: a query has ended."""
        if live.id not in self._expected:
            return
        self._expected.discard(live.id)
        message_id = live.record.message_id
        task = asyncio.get_running_loop().create_task(self._keep(live), name=f"answer {message_id}")
        self._writing[message_id] = task
        task.add_done_callback(lambda _: self._writing.pop(message_id, None))

    async def _keep(self, live: LiveQuery) -> None:
        assert live.result is not None
        try:
            await self._write(live.record.message_id, live.result.state, live.result.error, live.log.entries)
        except StorageFailed as failure:
            # It is marked as running on disk, so the next start makes it whole from the journal.
            logger.error("answer:not-kept message=%s reason=%s", live.record.message_id, failure.message)

    async def _write(self, message_id: str, state: QueryState, error: str | None, entries: Sequence[LogEntry]) -> None:
        reply, notices = await asyncio.to_thread(read_reply, entries)
        attachments = await keep_files(self._files, reply.files)
        held = held_ids(attachments)
        if held:
            await self._files.hold(message_id, held)
        kept = await self._store.finish_answer(
            message_id,
            AnswerResult(
                state=state,
                error=error,
                content=clean(reply.text),
                content_type=reply.meta.content_type,
                attachments=attachments,
                suggested_replies=tuple(clean(text) for text in reply.suggested_replies),
                alternatives={index: clean(text) for index, text in reply.alternatives.items()},
                notices=notices,
                metadata=None if reply.metadata is None else clean(reply.metadata),
            ),
        )
        if not kept and held and await self._store.find_message(message_id) is None:
            await self._files.let_go([message_id])

    async def as_of_now(self, message: Message) -> Message:
        """Gives a running answer with what has arrived so far; any other message as it is.

        Somebody who has just read the stream's end finds the whole answer, even while it is being written.
        """
        if not message.is_running:
            return message
        if (writing := self._writing.get(message.id)) is not None:
            await asyncio.wait([writing])
        live = self._relay.find_live(message.query_id or "")
        if live is None or writing is not None:
            return await self._store.find_message(message.id) or message
        reply, notices = await asyncio.to_thread(read_reply, list(live.log.entries))
        return replace(
            message,
            content=reply.text,
            content_type=reply.meta.content_type,
            suggested_replies=reply.suggested_replies,
            alternatives=reply.alternatives,
            notices=notices,
            metadata=reply.metadata,
            attachments=await keep_files(self._files, reply.files),
            state=live.result.state if live.result is not None else message.state,
            error=live.result.error if live.result is not None else None,
        )

    async def all_as_of_now(self, messages: Sequence[Message]) -> list[Message]:
        """Like `as_of_now`, for many."""
        return [await self.as_of_now(message) for message in messages]

    async def stop(self, message_ids: Iterable[str]) -> None:
        """Stops the queries of those answers among the messages that still run."""
        lives = [self._relay.find_answering(message_id) for message_id in message_ids]
        await asyncio.gather(*(self._relay.stop(live) for live in lives if live is not None))


def read_reply(entries: Sequence[LogEntry]) -> tuple[Reply, tuple[str, ...]]:
    """Gives what events amount to, and the hub's notices among them."""
    reply = reduce_events(decode_entry(entry) for entry in entries)
    notices = tuple(text for entry in entries if entry.name == NOTICE and (text := _notice_text(entry)))
    return reply, notices


def _notice_text(entry: LogEntry) -> str:
    body = orjson.loads(SseDecoder().feed(entry.encoded)[0].data)
    return str(body.get("text", ""))


def clean(text: str) -> str:
    """Gives a bot's text without what a database refuses: NUL, and halves of characters."""
    return text.replace("\0", "\ufffd").encode("utf-8", "replace").decode()
