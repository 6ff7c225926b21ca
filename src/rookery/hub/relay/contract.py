"""The call contract: when may a bot call another (design 4). This is where undeclared calls are refused.

`CallContract.admit` is the whole decision, in order:

    1. the query that the call names runs, and is the caller's   → no_running_query
    2. the callee is declared, with calls left                   → undeclared_call, calls_used_up
    3. the callee exists, for the caller's owner or the person   → unknown_bot
    4. depth                                                     → too_deep
    5. calls of the whole tree                                   → total_calls_used_up

Before 2 refuses, the caller's settings are pulled once and looked at again. A refusal keeps Poe's wording first, for
programs that match on it, then says bot, callee, counts, age of the settings and the remedy.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass

from rookery.hub.accounts.model import Person
from rookery.hub.bots.model import Bot, name_key
from rookery.hub.clock import Clock
from rookery.hub.relay.model import NoteKind
from rookery.hub.relay.notes import Notebook
from rookery.hub.relay.ports import CallCounts, Usage
from rookery.hub.relay.sentences import describe_age
from rookery.hub.relay.tree import LiveQuery
from rookery.protocol.limits import Limits


class Refused(Exception):
    """A call that the contract does not allow; the text goes to the caller as an `error` event, without retry."""

    def __init__(self, code: str, text: str) -> None:
        super().__init__(text)
        self.code = code
        self.text = text


_CURED_BY_NEW_SETTINGS = frozenset({"undeclared_call", "calls_used_up"})


@dataclass(frozen=True, slots=True)
class CallContract:
    """Decides on calls between bots."""

    limits: Limits
    counts: CallCounts
    clock: Clock
    find_bot: Callable[[str], Bot | None]
    pull_settings: Callable[[Bot], Awaitable[Bot]]
    """Gives the bot with fresh settings, or with the old ones when it was asked less than a second ago."""
    notes: Notebook

    may_call: Callable[[Bot, Bot, Person], bool]
    """Whether a bot may call another in an answer to this person; else there is no such bot for it."""

    async def admit(self, query: LiveQuery, callee_name: str) -> Bot:
        """Takes one call of `query`'s bot to the named bot and gives the callee; raises Refused.

        The call is counted when this returns; `give_back` undoes it.
        """
        caller = self.find_bot(query.bot.name) or query.bot
        try:
            return await self._take(query, caller, callee_name)
        except Refused as refusal:
            if refusal.code not in _CURED_BY_NEW_SETTINGS:
                raise
        return await self._take(query, await self._pull(query, caller), callee_name)

    async def _pull(self, query: LiveQuery, caller: Bot) -> Bot:
        pulled = await self.pull_settings(caller)
        if pulled is not caller:
            text = f"The settings of bot '{pulled.name}' were read before a call was refused."
            if pulled.settings_error:
                text = f"The settings of bot '{pulled.name}' could not be read: {pulled.settings_error}"
            self.notes.add(query.id, NoteKind.SETTINGS, text, code="before_refusal", bot=pulled.name)
        return pulled

    async def give_back(self, query: LiveQuery, callee: Bot) -> None:
        """Returns a call that failed before its first event."""
        await self.counts.give_back(query.record.root_id, query.bot.id, callee.key)

    def check_depth(self, query: LiveQuery, callee: Bot) -> None:
        """Raises Refused when a query below this one would be too deep."""
        if query.record.depth + 1 > self.limits.call_depth:
            raise self._too_deep(query, query.bot, callee)

    async def _take(self, query: LiveQuery, caller: Bot, callee_name: str) -> Bot:
        declared = caller.declared_calls.get(name_key(callee_name), 0)
        if declared == 0:
            raise self._undeclared(query, caller, callee_name)
        callee = self.find_bot(callee_name)
        if callee is None or not self.may_call(caller, callee, query.tree.person):
            raise unknown_callee(caller, callee_name)
        self.check_depth(query, callee)
        usage = await self.counts.take(
            query.record.root_id, caller.id, callee.key, declared=declared, total=self.limits.bot_calls
        )
        if usage is not None:
            raise self._used_up(query, caller, callee_name, usage)
        return callee

    def _undeclared(self, query: LiveQuery, caller: Bot, callee_name: str) -> Refused:
        return Refused(
            "undeclared_call",
            f"{_poe_wording(query)} Bot '{caller.name}' called '{callee_name}' but does not declare it "
            f"(declared 0 calls, used 0; {self._read(caller)}). "
            f"Add \"{callee_name}\" to server_bot_dependencies in the get_settings of '{caller.name}'; "
            f"the hub reads it again by itself.{_settings_trouble(caller)}",
        )

    def _used_up(self, query: LiveQuery, caller: Bot, callee_name: str, usage: Usage) -> Refused:
        declared = caller.declared_calls.get(name_key(callee_name), 0)
        if usage.used >= declared:
            return Refused(
                "calls_used_up",
                f"{_poe_wording(query)} Bot '{caller.name}' has used up its calls to '{callee_name}' for this message "
                f"(declared {declared} calls, used {usage.used}; {self._read(caller)}). "
                f"Declare a higher count in server_bot_dependencies of '{caller.name}', or call less often."
                f"{_settings_trouble(caller)}",
            )
        return Refused(
            "total_calls_used_up",
            f"Message {query.record.message_id}: call count exceeded. Bot '{caller.name}' called '{callee_name}', but "
            f"this message has already led to {usage.total} calls between bots, and {self.limits.bot_calls} is the "
            f"limit for all bots together (declared {declared} calls, used {usage.used}; {self._read(caller)}). "
            "Call fewer bots per message, or let the hub's owner raise ROOKERY_MAX_BOT_CALLS.",
        )

    def _too_deep(self, query: LiveQuery, caller: Bot, callee: Bot) -> Refused:
        path = " → ".join([*call_path(query), callee.name])
        return Refused(
            "too_deep",
            f"Message {query.record.message_id}: call depth exceeded. Bot '{caller.name}' called '{callee.name}' at "
            f"depth {query.record.depth + 1}, and {self.limits.call_depth} is the limit ({path}). "
            "Shorten the chain of bots, or let the hub's owner raise ROOKERY_MAX_CALL_DEPTH.",
        )

    def _read(self, caller: Bot) -> str:
        return f"settings last read {describe_age(caller.settings_read_at, self.clock.now())}"


def _poe_wording(query: LiveQuery) -> str:
    return f"Message {query.record.message_id} called on bot that has 0 or undefined call count in settings."


def _settings_trouble(caller: Bot) -> str:
    return f" The last attempt to read its settings failed: {caller.settings_error}" if caller.settings_error else ""


def call_path(query: LiveQuery) -> list[str]:
    """Gives the names from the bot that the person talks to down to this query's bot."""
    above = call_path(query.parent) if query.parent is not None else []
    return [*above, query.bot.name]


def unknown_callee(caller: Bot, callee_name: str) -> Refused:
    """Builds the refusal for a declared bot that the hub does not have."""
    return Refused(
        "unknown_bot",
        f"Bot '{caller.name}' called '{callee_name[:100]}', but there is no bot of that name on this hub. "
        f"Create it (rookery bots create {callee_name[:100]} …) or correct the name.",
    )


def access_denied() -> Refused:
    """Builds the refusal for a key that is neither a person's nor a bot's."""
    return Refused(
        "access_denied",
        "Access denied. The key is neither an API key of a person nor the access key of a bot on this hub. "
        "Make one with: rookery keys create",
    )


def no_running_query(callers: Sequence[Bot], reference: str) -> Refused:
    """Builds the refusal for a call outside of any query of that bot (O4); the same for foreign and unknown ids."""
    names = " or ".join(f"'{bot.name}'" for bot in callers[:3])
    what = (
        f"'{reference[:60]}' is no query that bot {names} is answering now"
        if reference
        else (f"the call of bot {names} names no query")
    )
    return Refused(
        "no_running_query",
        f"Access denied: {what}. A bot may call others only while it answers a message, with that message's "
        "bot_query_id or message_id: pass the request itself to stream_request(request, ...).",
    )


def ended_query(bot: Bot, reference: str) -> Refused:
    """Builds the refusal for a query of this bot that is over."""
    return Refused(
        "query_ended",
        f"Access denied: the query '{reference[:60]}' of bot '{bot.name}' has ended. Calls are possible only until "
        "get_response returns; do not call bots from background tasks.",
    )
