"""Names, modules, signatures and weight of the package (protocol 9.1 to 9.3)."""

from __future__ import annotations

import inspect
import json
import pickle
import subprocess
import sys
from dataclasses import fields
from string import Formatter
from types import ModuleType
from typing import Any

import fastapi_poe
import fastapi_poe.base
import fastapi_poe.client
import fastapi_poe.sync_utils
import fastapi_poe.templates
import fastapi_poe.types
import pytest

import rookery
import rookery as fp

ADDED = {
    "AttachmentUploadError",
    "FunctionCallDefinition",
    "FunctionDefinition",
    "InvalidParameterError",
    "ParametersDefinition",
    "ToolCallDefinitionDelta",
}

NEW = {
    "Reply",
    "Tool",
    "ToolLoopLimit",
    "ask",
    "parameter",
    "parameters",
    "run_tools",
    "tool",
    "tool_from_function",
}
"""What the reference lacks; a bot that uses one of these names is no longer a bot of `fastapi_poe`."""

MODULES = {
    "base": """PoeBot make_app run CostRequestError InsufficientFundError InvalidParameterError LoggingMiddleware
        http_exception_handler http_bearer generate_inline_ref get_filename_from_url POE_API_WEBSERVER_BASE_URL
        logger""",
    "client": """stream_request stream_request_base get_bot_response get_bot_response_sync get_final_response
        sync_bot_settings upload_file upload_file_sync BotError BotErrorNoRetry AttachmentUploadError
        InvalidBotSettings ErrorHandler PROTOCOL_VERSION MESSAGE_LENGTH_LIMIT IDENTIFIER_LENGTH MAX_EVENT_COUNT
        MetaMessage BotMessage""",
    "types": """Identifier FeedbackType ContentType MessageType ErrorType Number QueryRequest SettingsRequest
        ReportFeedbackRequest ReportReactionRequest ReportErrorRequest ProtocolMessage Sender User MessageReaction
        MessageFeedback Attachment RequestContext SettingsResponse PartialResponse ErrorResponse MetaResponse
        DataResponse AttachmentUploadResponse CostItem ToolDefinition FunctionDefinition ParametersDefinition
        ToolCallDefinition FunctionCallDefinition ToolCallDefinitionDelta FunctionCallDefinitionDelta
        ToolResultDefinition CustomToolDefinition CustomCallDefinition ParameterControls Section Tab Divider
        TextField TextArea DropDown ValueNamePair ToggleSwitch Slider AspectRatio AspectRatioOption
        ConditionallyRenderControls ComparatorCondition LiteralValue ParameterValue BaseControl FullControls
        AttachmentHttpResponse""",
    "templates": "TEXT_ATTACHMENT_TEMPLATE URL_ATTACHMENT_TEMPLATE IMAGE_VISION_ATTACHMENT_TEMPLATE",
    "sync_utils": "run_sync",
}


def test_all_names_of_the_reference_are_exported_and_more() -> None:
    assert len(fastapi_poe.__all__) == 55
    assert set(rookery.__all__) == set(fastapi_poe.__all__) | ADDED | NEW
    assert not NEW & set(dir(fastapi_poe))
    assert rookery.__all__ == sorted(rookery.__all__)
    for name in rookery.__all__:
        assert getattr(rookery, name) is not None


@pytest.mark.parametrize("name", MODULES)
def test_each_module_has_its_names(name: str) -> None:
    module: ModuleType = getattr(rookery, name)
    reference: ModuleType = getattr(fastapi_poe, name)
    names = set(MODULES[name].split())
    assert names <= set(module.__all__)
    assert {each for each in names if not hasattr(reference, each)} == set()


FUNCTIONS = [
    (module, name)
    for module, names in {
        "base": ["make_app", "run", "generate_inline_ref", "get_filename_from_url"],
        "client": [
            "stream_request",
            "stream_request_base",
            "get_bot_response",
            "get_bot_response_sync",
            "get_final_response",
            "sync_bot_settings",
            "upload_file",
            "upload_file_sync",
        ],
        "sync_utils": ["run_sync"],
    }.items()
    for name in names
]


def shape(function: Any) -> list[tuple[str, Any, Any]]:
    """Gives names, kinds and defaults of parameters; functions as defaults count as equal."""
    parameters = list(inspect.signature(function).parameters.values())
    defaults = {p.name: p.default for p in parameters}
    defaults = {name: "function" if inspect.isfunction(value) else value for name, value in defaults.items()}
    return [(p.name, p.kind, defaults[p.name]) for p in parameters]


@pytest.mark.parametrize(("module", "name"), FUNCTIONS)
def test_functions_take_what_the_reference_takes(module: str, name: str) -> None:
    ours, theirs = getattr(getattr(rookery, module), name), getattr(getattr(fastapi_poe, module), name)
    assert shape(ours) == shape(theirs)


def test_bots_are_made_of_the_same_fields_in_the_same_order() -> None:
    ours = [(field.name, field.default) for field in fields(fp.PoeBot)]
    assert ours == [(field.name, field.default) for field in fields(fastapi_poe.PoeBot)]


METHODS = [
    name
    for name, value in inspect.getmembers(fastapi_poe.PoeBot, callable)
    if not name.startswith("_") or name == "_upload_file"
]


@pytest.mark.parametrize("name", METHODS)
def test_methods_take_what_the_reference_takes(name: str) -> None:
    ours, theirs = getattr(fp.PoeBot, name), getattr(fastapi_poe.PoeBot, name)
    assert shape(ours) == shape(theirs)
    assert inspect.isasyncgenfunction(ours) == inspect.isasyncgenfunction(theirs)
    assert inspect.iscoroutinefunction(ours) == inspect.iscoroutinefunction(theirs)
    static = inspect.getattr_static(fp.PoeBot, name)
    assert isinstance(static, staticmethod) == isinstance(
        inspect.getattr_static(fastapi_poe.PoeBot, name), staticmethod
    )


def test_a_reaction_without_context_can_be_heard() -> None:
    assert inspect.iscoroutinefunction(fp.PoeBot.on_reaction)


RAW_EVENTS = ["text", "replace_response", "suggested_reply", "data", "done", "file", "meta", "error"]


@pytest.mark.parametrize("name", RAW_EVENTS)
def test_raw_events_say_the_same_as_the_references(name: str) -> None:
    arguments: dict[str, list[Any]] = {
        "done": [[]],
        "file": [["u", "c", "n"], ["u", "c", "n", "r"]],
        "meta": [[]],
        "error": [[], ["t"]],
    }
    for given in arguments.get(name, [["h\u00e9\n"]]):
        ours = getattr(fp.PoeBot, f"{name}_event")(*given)
        theirs = getattr(fastapi_poe.PoeBot, f"{name}_event")(*given)
        assert type(ours) is type(theirs)
        assert ours.event == theirs.event
        assert loads(ours.data) == loads(theirs.data)
    full: dict[str, Any] = {"raw_response": {"a": 1}, "allow_retry": False, "error_type": "user_caused_error"}
    assert loads(fp.PoeBot.error_event("t", **full).data) == loads(fastapi_poe.PoeBot.error_event("t", **full).data)


def loads(text: Any) -> Any:
    return json.loads(text)


MODELS = [name for name in MODULES["types"].split() if hasattr(getattr(fastapi_poe.types, name), "model_fields")]


@pytest.mark.parametrize("name", MODELS)
def test_models_have_the_same_fields_and_defaults(name: str) -> None:
    def facts(model: Any) -> dict[str, Any]:
        return {
            field: (info.is_required(), None if info.is_required() else info.get_default(call_default_factory=True))
            for field, info in model.model_fields.items()
        }

    ours, theirs = facts(getattr(rookery.types, name)), facts(getattr(fastapi_poe.types, name))
    if name == "MessageFeedback":
        theirs["reason"] = (False, None)  # the reference demands a key that the specs leave optional (protocol 3.3)
    assert ours == theirs


def test_attachment_templates_take_the_same_places() -> None:
    for name in MODULES["templates"].split():
        ours, theirs = (
            {place for _, place, _, _ in Formatter().parse(getattr(module.templates, name)) if place}
            for module in (rookery, fastapi_poe)
        )
        assert ours == theirs


def test_bot_errors_survive_pickling_and_plain_construction() -> None:
    error = fp.BotErrorNoRetry("no", text="t", bot_name="B", raw="{}")
    copy = pickle.loads(pickle.dumps(error))
    assert (str(copy), copy.text, copy.bot_name, copy.raw, copy.allow_retry) == ("no", "t", "B", "{}", False)
    assert (str(fp.BotError("x")), fp.BotError("x").allow_retry, str(fp.BotError())) == ("x", True, "")
    assert issubclass(fp.BotErrorNoRetry, fp.BotError)


def test_importing_the_package_brings_nothing_heavy_along() -> None:
    heavy = (
        "aiohttp alembic httpx rich sqlalchemy typer uvicorn rookery.cli rookery.hosting rookery.hub rookery.testing"
    )
    program = f"import sys, rookery; print([name for name in {heavy.split()!r} if name in sys.modules])"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_making_an_app_brings_nothing_heavy_along() -> None:
    program = (
        "import sys, rookery as fp; fp.make_app(fp.PoeBot(access_key='k' * 32, bot_name='B'));"
        "print([name for name in ('aiohttp', 'httpx', 'uvicorn') if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
