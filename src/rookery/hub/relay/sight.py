"""Who may see what of a query (decision 0007). Pure.

the person asked, and it is the root           the exchange
… and it is below, made by a bot of theirs     the exchange: the call was written by their own bot
… and it is below, made by somebody's bot      the summary: the request may hold that bot's private prompt
somebody else asked                            nothing: as if there were no such query
"""

from __future__ import annotations

from enum import IntEnum

from rookery.hub.relay.model import QueryRecord


class Sight(IntEnum):
    """How much of a query somebody sees; each level holds those before."""

    NOTHING = 0
    SUMMARY = 1
    """Bot, times, state, error."""
    EXCHANGE = 2
    """Request, events, text, notes in words."""
    AUTHOR = 3
    """What the bot says for its author only: diagnostics, its own error text, bodies of refused calls, of reports."""


def sight(person_id: str, query: QueryRecord, *, bot_owner_id: str | None, caller_owner_id: str | None) -> Sight:
    """Tells how much a person sees of a query.

    `bot_owner_id` owns the bot that was asked, `caller_owner_id` the one that made the call; None when that bot is
    gone, or when there is none above.
    """
    if query.person_id != person_id:
        return Sight.NOTHING
    if query.parent_id is not None and caller_owner_id != person_id:
        return Sight.SUMMARY
    return Sight.AUTHOR if bot_owner_id == person_id else Sight.EXCHANGE
