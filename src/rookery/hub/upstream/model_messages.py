"""A query in the words of pydantic-ai: history to messages, hints to settings. Pure.

system, user ──► parts of a ModelRequest        bot ──► ModelResponse        tool, tool calls ──► left out
"""

from __future__ import annotations

from collections.abc import Set
from typing import cast

from pydantic_ai.messages import (
    ModelMessage,
    ModelRequest,
    ModelRequestPart,
    ModelResponse,
    SystemPromptPart,
    TextPart,
    UserPromptPart,
)
from pydantic_ai.settings import ModelSettings

from rookery.hub.failures import BotFailure
from rookery.protocol.messages import ProtocolMessage
from rookery.protocol.requests import QueryRequest

_HIGHEST_TEMPERATURE = {"anthropic": 1.0}
"""Where it is less than 2: a hint of the caller (3.2) must not make the provider refuse the query."""


def build_messages(query: QueryRequest) -> list[ModelMessage]:
    """Gives the history, oldest first; neighbours of one side share a message.

    Left out are messages without text, which providers refuse, and calls of tools with their results, which mean
    nothing without the tools. Raises BotFailure when nothing is left.
    """
    messages: list[ModelMessage] = []
    parts: list[ModelRequestPart] = []
    for message in query.query:
        if message.role == "tool" or message.message_type == "function_call" or not message.content.strip():
            continue
        if message.role == "bot":
            _close_request(messages, parts)
            messages.append(ModelResponse(parts=[TextPart(message.content)]))
        else:
            parts.append(_build_part(message))
    _close_request(messages, parts)
    if not messages:
        raise BotFailure("model_no_text", "was asked without any text, and it reads nothing else")
    return messages


def _build_part(message: ProtocolMessage) -> ModelRequestPart:
    return SystemPromptPart(message.content) if message.role == "system" else UserPromptPart(message.content)


def _close_request(messages: list[ModelMessage], parts: list[ModelRequestPart]) -> None:
    if parts:
        messages.append(ModelRequest(parts=parts.copy()))
        parts.clear()


def build_settings(query: QueryRequest, provider: str, unsupported: Set[str], *, silence_s: float) -> ModelSettings:
    """Gives the hints of the query that the provider knows; the others it never sees."""
    # The relay alone repeats a query; a second layer below it would multiply attempts and hide rate limits.
    wanted: ModelSettings = {"timeout": silence_s, "max_retries": 0}
    if query.temperature is not None:
        wanted["temperature"] = min(query.temperature, _HIGHEST_TEMPERATURE.get(provider, query.temperature))
    if query.stop_sequences:
        wanted["stop_sequences"] = query.stop_sequences
    if query.logit_bias:
        wanted["logit_bias"] = {token: round(bias) for token, bias in query.logit_bias.items()}
    return cast("ModelSettings", {name: value for name, value in wanted.items() if name not in unsupported})
