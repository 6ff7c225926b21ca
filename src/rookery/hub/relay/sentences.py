"""What people and calling bots read when an answer fails: one sentence that names the hop, the cause, the remedy.

Pure. Bots' diagnostics (`raw_response`) never get in here.
"""

from __future__ import annotations

from datetime import datetime

from rookery.protocol.events import ErrorEvent

GENERIC_TEXTS = frozenset({"", "The bot encountered an unexpected issue."})
"""Error texts that say nothing: the second is what the reference SDK sends for every exception (9.7.3)."""

STOPPED = "The answer was stopped."


def explain_error(bot_name: str, event: ErrorEvent, call_trouble: str | None) -> str:
    """Gives the text for a bot's own `error` event.

    A text that says nothing is replaced by what happened to the bot's last call, when that is known: with the
    reference SDK this is nearly always the cause.
    """
    text = (event.text or "").strip()
    if text not in GENERIC_TEXTS:
        return text if bot_name in text else f"{bot_name}: {text}"
    if event.error_type == "insufficient_fund":
        return f"{bot_name}: there are not enough points for this answer."
    if call_trouble is not None:
        return f"{bot_name} could not finish, because one of its calls failed: {call_trouble}"
    if text:
        return f"{bot_name}: {text} Its author finds the reason in the bot's log."
    return f"{bot_name} reported an error without saying what it is. Its author finds the reason in the bot's log."


def late_first_byte(seconds: float) -> str:
    """Gives the clause for a bot that took too long to begin."""
    return f"did not begin to answer within {seconds:g} s"


def late_reply(seconds: float) -> str:
    """Gives the clause for an answer that took too long in all."""
    return f"did not finish within {seconds:g} s; what arrived is kept"


def describe_age(moment: datetime | None, now: datetime) -> str:
    """Gives how long ago settings were read, for sentences: `never`, `3 s ago`, `5 min ago`."""
    if moment is None:
        return "never"
    seconds = max(0, int((now - moment).total_seconds()))
    if seconds < 120:
        return f"{seconds} s ago"
    if seconds < 7200:
        return f"{seconds // 60} min ago"
    return f"{seconds // 3600} h ago"
