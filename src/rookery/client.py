"""Calling bots, under the module name of `fastapi_poe.client`."""

from rookery.protocol.version import PROTOCOL_VERSION
from rookery.sdk.asking import Reply, ask
from rookery.sdk.client import get_bot_response, get_final_response, stream_request, stream_request_base
from rookery.sdk.errors import AttachmentUploadError, BotError, BotErrorNoRetry, InvalidBotSettings
from rookery.sdk.files import upload_file
from rookery.sdk.functions import Tool, tool, tool_from_function
from rookery.sdk.legacy import IDENTIFIER_LENGTH, MAX_EVENT_COUNT, MESSAGE_LENGTH_LIMIT, BotMessage, MetaMessage
from rookery.sdk.options import ErrorHandler
from rookery.sdk.settings_sync import sync_bot_settings
from rookery.sdk.sync import get_bot_response_sync, upload_file_sync
from rookery.sdk.toolloop import ToolLoopLimit, run_tools

__all__ = [
    "IDENTIFIER_LENGTH",
    "MAX_EVENT_COUNT",
    "MESSAGE_LENGTH_LIMIT",
    "PROTOCOL_VERSION",
    "AttachmentUploadError",
    "BotError",
    "BotErrorNoRetry",
    "BotMessage",
    "ErrorHandler",
    "InvalidBotSettings",
    "MetaMessage",
    "Reply",
    "Tool",
    "ToolLoopLimit",
    "ask",
    "get_bot_response",
    "get_bot_response_sync",
    "get_final_response",
    "run_tools",
    "stream_request",
    "stream_request_base",
    "sync_bot_settings",
    "tool",
    "tool_from_function",
    "upload_file",
    "upload_file_sync",
]
