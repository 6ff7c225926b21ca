"""Prompt bots as an endpoint: the prompt goes to the base bot, whose events become the answer.

    query of the prompt bot ──► query of its base, below it in the tree ──► the same events

The base is asked by the relay, as any bot is: its limits, costs, calls and records are its own.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from typing import Any

from rookery.hub.bots.model import Bot
from rookery.hub.bots.parameters import own_parameters
from rookery.hub.bots.prompts import BaseFinder, BaseTrouble, base_chain, render_prompt
from rookery.hub.failures import BotFailure
from rookery.hub.relay.contract import Refused
from rookery.hub.relay.follow import decode_entry
from rookery.hub.relay.log import LogEntry
from rookery.hub.relay.model import NOTICE
from rookery.hub.relay.ports import BaseCaller, BotCall
from rookery.hub.relay.tree import LiveQuery
from rookery.protocol.encoding import encode_event
from rookery.protocol.events import ErrorEvent, MetaEvent
from rookery.protocol.sse import encode_comment

WAIT_S = 60.0
"""Seconds after which a silent base is looked at again; nothing depends on it."""
GONE = "The prompt bot's answer has ended."


class PromptEndpoint:
    """Adapter of `relay.ports.BotEndpoint` for bots of kind `prompt`."""

    def __init__(self, find_base: BaseFinder, relay: BaseCaller) -> None:
        self._find_base = find_base
        self._relay = relay

    async def stream(self, call: BotCall) -> AsyncIterator[bytes]:
        yield encode_comment("prompt bot")
        bot = call.bot
        try:
            base = base_chain(bot, self._find_base)[0]
            own = own_parameters(bot, self._find_base)
            child = self._relay.call_base(
                str(call.body["bot_query_id"]),
                base,
                lambda query: render_prompt(bot, query, own_parameters=own),
            )
        except BaseTrouble as trouble:
            raise BotFailure(trouble.code, trouble.clause, remedy=trouble.remedy) from None
        except Refused as refusal:
            yield encode_event(ErrorEvent(text=refusal.text, allow_retry=False))
            return
        try:
            async for piece in _follow(child, bot):
                yield piece
        finally:
            if child.is_running:
                await child.stop(GONE)

    async def send_report(self, bot: Bot, body: Mapping[str, Any]) -> None:
        """A prompt has no use for reports, and the base did not see the message they are about."""


async def _follow(child: LiveQuery, bot: Bot) -> AsyncIterator[bytes]:
    seen = 0
    while True:
        ready = child.log.entries[seen:]
        if ready:
            pieces = [_translate(entry, bot) for entry in ready]
            if seen == 0 and ready[0].name != MetaEvent.name and bot.suggests_replies:
                pieces.insert(0, encode_event(MetaEvent(suggested_replies=True)))
            seen += len(ready)
            yield b"".join(pieces)
        elif child.log.is_ended:
            return
        else:
            await child.log.wait(seen, WAIT_S)


def _translate(entry: LogEntry, bot: Bot) -> bytes:
    if entry.name == NOTICE:
        return b""  # a remark on the base, for whoever asks that
    if entry.name == MetaEvent.name:
        event = decode_entry(entry)
        if isinstance(event, MetaEvent):
            # Its settings are read for the base's own query already.
            return encode_event(
                MetaEvent(
                    content_type=event.content_type, linkify=event.linkify, suggested_replies=bot.suggests_replies
                )
            )
    return entry.encoded
