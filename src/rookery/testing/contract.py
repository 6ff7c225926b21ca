"""Which calls a platform admits: the hub's rules and its sentences (docs/architecture.md, "The call contract").

The counting is done under one lock, because calls arrive in several threads. The sentences are held equal to the
hub's by tests.
"""

from __future__ import annotations

import threading
from collections import Counter
from dataclasses import dataclass, field

from rookery.protocol.limits import Limits
from rookery.testing.dependency import name_key
from rookery.testing.exchange import Recording
from rookery.testing.reply import Call
from rookery.testing.target import ServedBot

__all__ = ["CallContract", "Refused", "RunningQuery", "ended_query", "no_running_query"]


class Refused(Exception):
    """A call that is not allowed; the text goes to the caller as an `error` event without retry."""


@dataclass(eq=False)
class RunningQuery:
    """A query that a bot of this kit answers now, or has answered."""

    bot: ServedBot
    bot_query_id: str
    message_id: str
    declared: dict[str, int]
    """Calls that the bot's settings allow, by `name_key`."""
    parent: RunningQuery | None = None
    is_running: bool = True
    recording: Recording | None = None
    """In a replay: where called bots' answers come from."""
    calls: list[Call] = field(default_factory=list)
    """The bot's own calls."""
    failures: list[BaseException] = field(default_factory=list)
    """What went wrong in the test's own code while calls were answered, and breaches of other bots under test."""
    used: Counter[str] = field(default_factory=Counter)
    """Calls below the root, by bot and callee; only the root's is used."""

    @property
    def root(self) -> RunningQuery:
        """The person's message."""
        return self if self.parent is None else self.parent.root

    @property
    def depth(self) -> int:
        """0 for the root."""
        return 0 if self.parent is None else self.parent.depth + 1

    @property
    def path(self) -> list[str]:
        """Names from the bot that was asked down to this one."""
        return [*(self.parent.path if self.parent is not None else []), self.bot.name]


class CallContract:
    """Decides on calls and counts them."""

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        self._lock = threading.Lock()

    def admit(self, query: RunningQuery, callee: str, *, is_known: bool) -> None:
        """Counts one call; raises Refused."""
        declared = query.declared.get(name_key(callee), 0)
        if declared == 0:
            raise Refused(
                f"{_poe_wording(query)} Bot '{query.bot.name}' called '{callee}' but does not declare it "
                f"(declared 0 calls, used 0; {_READ}). "
                f"Add \"{callee}\" to server_bot_dependencies in the get_settings of '{query.bot.name}'; "
                "the hub reads it again by itself."
            )
        if not is_known:
            raise Refused(
                f"Bot '{query.bot.name}' called '{callee[:100]}', but there is no bot of that name in this test. "
                f'Script it (bot.dependency("{callee[:100]}").replies(…)) or correct the name.'
            )
        if query.depth + 1 > self._limits.call_depth:
            raise Refused(
                f"Message {query.message_id}: call depth exceeded. Bot '{query.bot.name}' called '{callee}' at "
                f"depth {query.depth + 1}, and {self._limits.call_depth} is the limit "
                f"({' → '.join([*query.path, callee])}). "
                "Shorten the chain of bots, or let the hub's owner raise ROOKERY_MAX_CALL_DEPTH."
            )
        with self._lock:
            self._take(query, callee, declared)

    def _take(self, query: RunningQuery, callee: str, declared: int) -> None:
        counts, key = query.root.used, _count_key(query, callee)
        used = counts[key]
        if used >= declared:
            raise Refused(
                f"{_poe_wording(query)} Bot '{query.bot.name}' has used up its calls to '{callee}' for this message "
                f"(declared {declared} calls, used {used}; {_READ}). "
                f"Declare a higher count in server_bot_dependencies of '{query.bot.name}', or call less often."
            )
        if counts.total() >= self._limits.bot_calls:
            raise Refused(
                f"Message {query.message_id}: call count exceeded. Bot '{query.bot.name}' called '{callee}', but "
                f"this message has already led to {counts.total()} calls between bots, and {self._limits.bot_calls} "
                f"is the limit for all bots together (declared {declared} calls, used {used}; {_READ}). "
                "Call fewer bots per message, or let the hub's owner raise ROOKERY_MAX_BOT_CALLS."
            )
        counts[key] += 1

    def give_back(self, query: RunningQuery, callee: str) -> None:
        """Returns a call that failed before it gave anything."""
        with self._lock:
            query.root.used[_count_key(query, callee)] -= 1


_READ = "settings last read 0 s ago"


def _count_key(query: RunningQuery, callee: str) -> str:
    return f"{query.bot.path}\n{name_key(callee)}"


def _poe_wording(query: RunningQuery) -> str:
    return f"Message {query.message_id} called on bot that has 0 or undefined call count in settings."


def no_running_query(bot: ServedBot, reference: str) -> Refused:
    """Builds the refusal for a call outside of any query of that bot."""
    what = (
        f"'{reference[:60]}' is no query that bot '{bot.name}' is answering now"
        if reference
        else f"the call of bot '{bot.name}' names no query"
    )
    return Refused(
        f"Access denied: {what}. A bot may call others only while it answers a message, with that message's "
        "bot_query_id or message_id: pass the request itself to stream_request(request, ...)."
    )


def ended_query(bot: ServedBot, reference: str) -> Refused:
    """Builds the refusal for a query of this bot that is over."""
    return Refused(
        f"Access denied: the query '{reference[:60]}' of bot '{bot.name}' has ended. Calls are possible only until "
        "get_response returns; do not call bots from background tasks."
    )
