"""Rookery's SDK: `import rookery as fp` in place of `import fastapi_poe as fp` (protocol 9).

Every name is imported when it is first used: the hub and the command line live below this package too, and must not
load the SDK (and FastAPI with it) for being imported. Type checkers see ordinary imports.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rookery import base as base
    from rookery import client as client
    from rookery import sync_utils as sync_utils
    from rookery import templates as templates
    from rookery import types as types
    from rookery.base import (
        CostRequestError,
        InsufficientFundError,
        InvalidParameterError,
        PoeBot,
        make_app,
        parameter,
        parameters,
        run,
    )
    from rookery.client import (
        AttachmentUploadError,
        BotError,
        BotErrorNoRetry,
        Reply,
        Tool,
        ToolLoopLimit,
        ask,
        get_bot_response,
        get_bot_response_sync,
        get_final_response,
        run_tools,
        stream_request,
        sync_bot_settings,
        tool,
        tool_from_function,
        upload_file,
        upload_file_sync,
    )
    from rookery.types import (
        AspectRatio,
        AspectRatioOption,
        Attachment,
        AttachmentUploadResponse,
        BaseControl,
        ComparatorCondition,
        ConditionallyRenderControls,
        CostItem,
        DataResponse,
        Divider,
        DropDown,
        ErrorResponse,
        FullControls,
        FunctionCallDefinition,
        FunctionDefinition,
        LiteralValue,
        MessageFeedback,
        MessageReaction,
        MetaResponse,
        Number,
        ParameterControls,
        ParametersDefinition,
        ParameterValue,
        PartialResponse,
        ProtocolMessage,
        QueryRequest,
        ReportErrorRequest,
        ReportFeedbackRequest,
        ReportReactionRequest,
        RequestContext,
        Section,
        Sender,
        SettingsRequest,
        SettingsResponse,
        Slider,
        Tab,
        TextArea,
        TextField,
        ToggleSwitch,
        ToolCallDefinition,
        ToolCallDefinitionDelta,
        ToolDefinition,
        ToolResultDefinition,
        User,
        ValueNamePair,
    )

__all__ = [
    "AspectRatio",
    "AspectRatioOption",
    "Attachment",
    "AttachmentUploadError",
    "AttachmentUploadResponse",
    "BaseControl",
    "BotError",
    "BotErrorNoRetry",
    "ComparatorCondition",
    "ConditionallyRenderControls",
    "CostItem",
    "CostRequestError",
    "DataResponse",
    "Divider",
    "DropDown",
    "ErrorResponse",
    "FullControls",
    "FunctionCallDefinition",
    "FunctionDefinition",
    "InsufficientFundError",
    "InvalidParameterError",
    "LiteralValue",
    "MessageFeedback",
    "MessageReaction",
    "MetaResponse",
    "Number",
    "ParameterControls",
    "ParameterValue",
    "ParametersDefinition",
    "PartialResponse",
    "PoeBot",
    "ProtocolMessage",
    "QueryRequest",
    "Reply",
    "ReportErrorRequest",
    "ReportFeedbackRequest",
    "ReportReactionRequest",
    "RequestContext",
    "Section",
    "Sender",
    "SettingsRequest",
    "SettingsResponse",
    "Slider",
    "Tab",
    "TextArea",
    "TextField",
    "ToggleSwitch",
    "Tool",
    "ToolCallDefinition",
    "ToolCallDefinitionDelta",
    "ToolDefinition",
    "ToolLoopLimit",
    "ToolResultDefinition",
    "User",
    "ValueNamePair",
    "ask",
    "get_bot_response",
    "get_bot_response_sync",
    "get_final_response",
    "make_app",
    "parameter",
    "parameters",
    "run",
    "run_tools",
    "stream_request",
    "sync_bot_settings",
    "tool",
    "tool_from_function",
    "upload_file",
    "upload_file_sync",
]

_DOORS = ("types", "client", "base")
"""Where the exported names live; the lightest first."""
_SUBMODULES = frozenset({*_DOORS, "templates", "sync_utils"})

if not TYPE_CHECKING:

    def __getattr__(name: str) -> object:
        if name in _SUBMODULES:
            return import_module(f"{__name__}.{name}")
        if name in __all__:
            for door in _DOORS:
                module = import_module(f"{__name__}.{door}")
                if hasattr(module, name):
                    value = globals()[name] = getattr(module, name)
                    return value
        raise AttributeError(f"module '{__name__}' has no attribute '{name}'")

    def __dir__() -> list[str]:
        return sorted({*globals(), *__all__, *_SUBMODULES})
