"""Prompt bots: a prompt before, or around, what a person says to a base bot (protocol 7.10).

    prompt "You are a pirate."             ──►  system message, then the history
    prompt "Draw {user_prompt}, in {{style}}"  ──►  the history, its last user message wrapped

Pure. A chain of prompt bots ends at a bot of another kind; `base_chain` refuses what does not.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Collection, Mapping
from typing import Any

from rookery.hub.bots.model import Bot
from rookery.protocol.messages import ProtocolMessage
from rookery.protocol.requests import QueryRequest

BaseFinder = Callable[[Bot], Bot | None]
"""Gives the base of a prompt bot; None when it is gone or its owner may not use it (any more)."""

_PLACEHOLDER = re.compile(r"\{\{([A-Za-z0-9_]+)\}\}|\{user_prompt\}")
USER_PROMPT = "user_prompt"


class BaseTrouble(Exception):
    """A prompt bot that cannot answer, because of what it stands on."""

    def __init__(self, code: str, clause: str, remedy: str) -> None:
        super().__init__(clause)
        self.code = code
        """`base_is_itself`, `base_cycle` or `base_gone`."""
        self.clause = clause
        """Fits after the bot's name; no full stop; never the prompt."""
        self.remedy = remedy


def base_chain(bot: Bot, find_base: BaseFinder) -> list[Bot]:
    """Gives what a bot stands on: its base, the base of that, and so on; empty for other kinds than prompt bots.

    Raises BaseTrouble.
    """
    chain: list[Bot] = []
    names = [bot.name]
    keys = {bot.key}
    current = bot
    while current.kind == "prompt":
        base = find_base(current)
        if base is None:
            whose = "stands" if current is bot else f"stands on the prompt bot '{current.name}', which stands"
            raise BaseTrouble(
                "base_gone",
                f"{whose} on the bot '{current.base_bot}', which is not on this hub or not for its owner",
                "Its owner can choose another base bot.",
            )
        names.append(base.name)
        if base.key == bot.key and current is bot:
            raise BaseTrouble("base_is_itself", "stands on itself", "Choose another bot as its base.")
        if base.key in keys:
            raise BaseTrouble(
                "base_cycle",
                f"stands on itself by way of others ({' → '.join(names)})",
                "Choose another bot as the base of one of them.",
            )
        keys.add(base.key)
        chain.append(base)
        current = base
    return chain


def render_prompt(bot: Bot, query: QueryRequest, *, own_parameters: Collection[str] = ()) -> QueryRequest:
    """Gives the query for the base of a prompt bot.

    `{user_prompt}` and `{{user_prompt}}` stand for the last user message, which the prompt then wraps; without them
    the prompt is a system message before the history. `{{name}}` is the value of a parameter of that message. Nothing
    else is interpreted, and nothing that a value or message holds. `own_parameters` are not passed on.
    """
    last = last_user_message(query)
    values = last.parameters if last is not None else {}
    text = _fill(bot.prompt, {**values, **({USER_PROMPT: last.content} if last is not None else {})})
    wraps = last is not None and any(match[1] in (None, USER_PROMPT) for match in _PLACEHOLDER.finditer(bot.prompt))
    messages = list(query.query)
    if last is not None:
        passed = {name: value for name, value in values.items() if name not in own_parameters}
        changes: dict[str, Any] = {"parameters": passed, **({"content": text} if wraps else {})}
        messages = [message.model_copy(update=changes) if message is last else message for message in messages]
    if not wraps and text:
        messages.insert(0, ProtocolMessage(role="system", content=text))
    return query.model_copy(update={"query": messages})


def last_user_message(query: QueryRequest) -> ProtocolMessage | None:
    """Gives the message to answer: the last one of a person; None in a query without any."""
    return next((message for message in reversed(query.query) if message.role == "user"), None)


def _fill(prompt: str, values: Mapping[str, Any]) -> str:
    # One pass: what was put in is not looked at again, so no value can bring in a placeholder of its own.
    def value(match: re.Match[str]) -> str:
        name = match[1] or USER_PROMPT
        return _text(values[name]) if name in values else match[0]

    return _PLACEHOLDER.sub(value, prompt)


def _text(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
