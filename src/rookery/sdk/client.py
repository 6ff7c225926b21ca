"""Calling other bots: the functions authors use, with the signatures of `fastapi_poe` 0.0.83 (protocol 9.2, 9.7.5).

Each builds one `CallOptions` and hands over to `calls` or `toolcalls`. The functions that give a generator check
nothing and send nothing before it is iterated.
"""

from __future__ import annotations

import warnings
from collections.abc import AsyncGenerator, Sequence
from typing import TYPE_CHECKING, Any

from rookery.protocol.messages import ProtocolMessage
from rookery.protocol.requests import QueryRequest
from rookery.protocol.responses import MetaResponse, PartialResponse
from rookery.protocol.toolcalls import ToolCallDefinition, ToolDefinition, ToolResultDefinition
from rookery.protocol.version import PROTOCOL_VERSION
from rookery.sdk.addresses import POE_BOTS_URL
from rookery.sdk.calls import stream_call
from rookery.sdk.errors import BotError
from rookery.sdk.options import ErrorHandler, build_options, log_error
from rookery.sdk.toolcalls import ToolFunction, stream_with_tools

if TYPE_CHECKING:
    import httpx


def stream_request(
    request: QueryRequest,
    bot_name: str,
    api_key: str = "",
    *,
    tools: list[ToolDefinition] | None = None,
    tool_executables: Sequence[ToolFunction] | None = None,
    access_key: str = "",
    access_key_deprecation_warning_stacklevel: int = 2,
    session: httpx.AsyncClient | None = None,
    on_error: ErrorHandler = log_error,
    num_tries: int = 2,
    retry_sleep_time: float = 0.5,
    base_url: str = POE_BOTS_URL,
    extra_headers: dict[str, str] | None = None,
) -> AsyncGenerator[PartialResponse, None]:
    """Calls a bot and gives its answer piece by piece: PartialResponse, and MetaResponse for an early `meta` event.

        async for message in fp.stream_request(request, "Some-Bot", request.access_key):
            yield message

    `api_key` is the calling bot's access key, or a person's API key. With `tools`, see `toolcalls.stream_with_tools`.
    `retry_sleep_time` is in seconds. Raises BotError or BotErrorNoRetry while iterating. Close the generator (or
    just stop iterating) to stop the called bot. Source: protocol 9.7.5 with the mended traps of 10.2.
    """
    _warn_about_access_key(access_key, access_key_deprecation_warning_stacklevel + 1)
    query = request if tools is None else request.model_copy(update={"tools": tools})
    options = build_options(
        bot_name,
        api_key,
        base_url=base_url,
        session=session,
        on_error=on_error,
        num_tries=num_tries,
        retry_sleep_time=retry_sleep_time,
        extra_headers=extra_headers,
        has_tools=bool(query.tools),
    )
    return stream_call(query, options) if tools is None else stream_with_tools(query, options, tool_executables)


def stream_request_base(
    request: QueryRequest,
    bot_name: str,
    api_key: str = "",
    *,
    tools: list[ToolDefinition] | None = None,
    tool_calls: list[ToolCallDefinition] | None = None,
    tool_results: list[ToolResultDefinition] | None = None,
    access_key: str = "",
    access_key_deprecation_warning_stacklevel: int = 2,
    session: httpx.AsyncClient | None = None,
    on_error: ErrorHandler = log_error,
    num_tries: int = 2,
    retry_sleep_time: float = 0.5,
    base_url: str = POE_BOTS_URL,
    extra_headers: dict[str, str] | None = None,
) -> AsyncGenerator[PartialResponse, None]:
    """Calls a bot once, without running tools: objects of `json` events come as they are, in `data`.

    `tool_calls` and `tool_results` are handed back to the model (protocol 5.1.4). Otherwise like `stream_request`.
    """
    _warn_about_access_key(access_key, access_key_deprecation_warning_stacklevel + 1)
    given = {"tools": tools, "tool_calls": tool_calls, "tool_results": tool_results}
    query = request.model_copy(update={name: value for name, value in given.items() if value is not None})
    options = build_options(
        bot_name,
        api_key,
        base_url=base_url,
        session=session,
        on_error=on_error,
        num_tries=num_tries,
        retry_sleep_time=retry_sleep_time,
        extra_headers=extra_headers,
        has_tools=bool(query.tools),
    )
    return stream_call(query, options)


def get_bot_response(
    messages: list[ProtocolMessage],
    bot_name: str,
    api_key: str,
    *,
    tools: list[ToolDefinition] | None = None,
    tool_executables: Sequence[ToolFunction] | None = None,
    temperature: float | None = None,
    skip_system_prompt: bool | None = None,
    adopt_current_bot_name: bool | None = None,
    logit_bias: dict[str, float] | None = None,
    stop_sequences: list[str] | None = None,
    base_url: str = POE_BOTS_URL,
    session: httpx.AsyncClient | None = None,
) -> AsyncGenerator[PartialResponse, None]:
    """Calls a bot with messages and a person's API key; for programs that are no bots (protocol 7.17).

    Options that are None stay at the protocol's defaults. Otherwise like `stream_request`.
    """
    given: dict[str, Any] = {
        "temperature": temperature,
        "skip_system_prompt": skip_system_prompt,
        "adopt_current_bot_name": adopt_current_bot_name,
        "logit_bias": logit_bias,
        "stop_sequences": stop_sequences,
    }
    request = QueryRequest(
        version=PROTOCOL_VERSION,
        type="query",
        query=messages,
        user_id="",
        conversation_id="",
        message_id="",
        **{name: value for name, value in given.items() if value is not None},
    )
    return stream_request(
        request,
        bot_name,
        api_key,
        tools=tools,
        tool_executables=tool_executables,
        base_url=base_url,
        session=session,
    )


async def get_final_response(
    request: QueryRequest,
    bot_name: str,
    api_key: str = "",
    *,
    access_key: str = "",
    session: httpx.AsyncClient | None = None,
    on_error: ErrorHandler = log_error,
    num_tries: int = 2,
    retry_sleep_time: float = 0.5,
    base_url: str = POE_BOTS_URL,
) -> str:
    """Calls a bot and gives its whole text; replacements are honoured, suggested replies left out.

    An answer of files only gives an empty text. Raises BotError when the bot sent no message at all, and whatever
    `stream_request` raises.
    """
    _warn_about_access_key(access_key, 3)
    parts: list[str] = []
    has_message = False
    messages = stream_request(
        request,
        bot_name,
        api_key,
        session=session,
        on_error=on_error,
        num_tries=num_tries,
        retry_sleep_time=retry_sleep_time,
        base_url=base_url,
    )
    async for message in messages:
        if isinstance(message, MetaResponse) or message.is_suggested_reply:
            continue
        has_message = True
        if message.is_replace_response:
            parts.clear()
        parts.append(message.text)
    if not has_message:
        raise BotError(f"Bot {bot_name} sent no response", bot_name=bot_name)
    return "".join(parts)


def _warn_about_access_key(access_key: str, stacklevel: int) -> None:
    if access_key:
        warnings.warn(
            "the argument access_key is deprecated and ignored; pass the key as api_key",
            DeprecationWarning,
            stacklevel=stacklevel,
        )
