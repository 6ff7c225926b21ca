"""Functions as tools: a Python function in, a `ToolDefinition` and checked arguments out (protocol 5.1.4, 10.2 C16).

    def weather(city: str, unit: Literal["C", "F"] = "C") -> float: "Gives …"
        │ signature, annotations, docstring
        ▼
    Tool ── definition ──► the model          Tool.call('{"city": "Oslo"}') ──► weather(city="Oslo")

The schema and the checks come from one pydantic model, so what a model is told is what its arguments are held to.
"""

from __future__ import annotations

import asyncio
import functools
import inspect
import re
import typing
from collections.abc import Callable
from dataclasses import dataclass, replace
from types import MethodType
from typing import Annotated, Any, overload

from pydantic import BaseModel, ConfigDict, Field, ValidationError, create_model
from pydantic.errors import PydanticUserError
from pydantic.fields import FieldInfo
from pydantic.json_schema import GenerateJsonSchema, JsonSchemaWarningKind

from rookery.protocol.toolcalls import FunctionDefinition, ParametersDefinition, ToolDefinition

_NAME = re.compile(r"[A-Za-z0-9_-]{1,64}")  # what models' APIs take
_SECTION = re.compile(
    r"^(args|arguments|parameters|params|returns?|yields?|raises?|examples?|notes?)\s*:?\s*$", re.IGNORECASE
)
_PARAMETERS = frozenset({"args", "arguments", "parameters", "params"})
_GOOGLE_LINE = re.compile(r"^\*{0,2}(\w+)\s*(?:\([^)]*\))?\s*:\s*(.*)$")
_SPHINX_LINE = re.compile(r"^:param\s+(?:[^:]*\s)?(\w+)\s*:\s*(.*)$")


class InvalidArguments(ValueError):
    """Arguments that a model made up; the text names each fault, for the model to read."""


@dataclass(eq=False)
class Tool:
    """A function that a model may call. `tool` makes one; it can be called like the function itself.

    In a class it binds like a method: `self.weather` is a Tool whose function has its `self`.
    """

    function: Callable[..., Any]
    definition: ToolDefinition
    """What the model is told."""
    arguments: type[BaseModel]
    """What the model's arguments are held to."""

    def __post_init__(self) -> None:
        functools.update_wrapper(self, self.function)
        self.__name__ = self.name  # by which `tool_executables` of `stream_request` finds it

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        return self.function(*args, **kwargs)

    def __get__(self, instance: object, owner: type | None = None) -> Tool:
        return self if instance is None else replace(self, function=MethodType(self.function, instance))

    @property
    def name(self) -> str:
        """The name by which the model calls it."""
        return self.definition.function.name

    async def call(self, arguments: str) -> Any:
        """Runs the function with arguments as a JSON text and gives its result; plain functions run in a thread.

        Raises InvalidArguments, before the function is run, and whatever the function raises.
        """
        given = self.parse_arguments(arguments)
        if _is_coroutine_function(self.function):
            return await self.function(**given)
        result = await asyncio.to_thread(_run, self.function, given)
        return await result if inspect.isawaitable(result) else result

    def parse_arguments(self, arguments: str) -> dict[str, Any]:
        """Gives keyword arguments for the function; those left out by the model are left to the function's defaults.

        An empty text counts as no arguments, as models send it. Raises InvalidArguments.
        """
        try:
            checked = self.arguments.model_validate_json(arguments.strip() or "{}")
        except ValidationError as error:
            raise InvalidArguments(f"wrong arguments for {self.name!r}: {_describe(error)}") from None
        names = {field: info.alias or field for field, info in self.arguments.model_fields.items()}
        return {names[field]: getattr(checked, field) for field in sorted(checked.model_fields_set)}


@overload
def tool(function: Callable[..., Any], /) -> Tool: ...
@overload
def tool(*, name: str | None = None, description: str | None = None) -> Callable[[Callable[..., Any]], Tool]: ...
def tool(
    function: Callable[..., Any] | None = None, /, *, name: str | None = None, description: str | None = None
) -> Tool | Callable[[Callable[..., Any]], Tool]:
    """Makes a function a tool; a decorator, with or without arguments.

        @fp.tool
        async def weather(city: str, unit: Literal["C", "F"] = "C") -> float:
            \"\"\"Gives the temperature.

            Args:
                city: the town's name, in English
            \"\"\"

    Types come from annotations (anything pydantic knows: Literal, Enum, Optional, models, lists, dicts; none means
    any value), descriptions from the docstring (`Args:` or `:param x:`) or from `Annotated[int, Field(...)]`. A
    parameter that a `functools.partial` filled, and a leading `self`, are not shown to the model. Raises TypeError
    for what cannot be said in a schema.
    """
    if function is None:
        return lambda each: build_tool(each, name=name, description=description)
    return build_tool(function, name=name, description=description)


def tool_from_function(
    function: Callable[..., Any], *, name: str | None = None, description: str | None = None
) -> ToolDefinition:
    """Gives the definition of a function as `tool` reads it, for `stream_request(tools=[…])`; raises TypeError."""
    return build_tool(function, name=name, description=description).definition


def build_tool(function: Callable[..., Any], *, name: str | None = None, description: str | None = None) -> Tool:
    """Gives a Tool for a function; one that is a Tool already is taken as it is when nothing is changed."""
    if isinstance(function, Tool):
        if name is None and description is None:
            return function
        definition = function.definition.function
        name, description, function = name or definition.name, description or definition.description, function.function
    inner = _unwrap(function)
    name = name or str(getattr(inner, "__name__", type(inner).__name__))
    if not _NAME.fullmatch(name):
        raise TypeError(f"the function {name!r} cannot be a tool under this name: give it another one with name=")
    summary, texts = read_docstring(inspect.getdoc(inner) or "")
    try:
        model = create_model("Arguments", __config__=ConfigDict(extra="forbid"), **_fields(function, name, texts))
        schema = model.model_json_schema(schema_generator=_Schema)
    except (PydanticUserError, NameError) as error:
        reason = str(error).partition("\n")[0]
        raise TypeError(f"the function {name!r} cannot be a tool: {reason}") from error
    schema.pop("title", None)
    parameters = ParametersDefinition.model_validate({"properties": {}, "required": [], **schema})
    shown = FunctionDefinition(name=name, description=description or summary, parameters=parameters)
    return Tool(function, ToolDefinition(type="function", function=shown), model)


def read_docstring(text: str) -> tuple[str, dict[str, str]]:
    """Gives what a docstring says of a function, and of each of its parameters; sections are left out of the first."""
    summary: list[str] = []
    texts: dict[str, list[str]] = {}
    section = ""
    current: list[str] = summary
    for line in text.splitlines():
        stripped = line.strip()
        if heading := _SECTION.match(stripped):
            section, current = heading[1].lower(), []
        elif found := _SPHINX_LINE.match(stripped):
            current = texts.setdefault(found[1], [found[2]])
        elif stripped.startswith(":"):
            current = []  # `:returns:`, `:raises X:`
        elif section in _PARAMETERS and stripped and (found := _GOOGLE_LINE.match(stripped)):
            current = texts.setdefault(found[1], [found[2]])
        elif not section or stripped:
            current.append(stripped)
    return "\n".join(summary).strip(), {each: " ".join(part for part in parts if part) for each, parts in texts.items()}


class _Schema(GenerateJsonSchema):
    # Titles repeat the names and cost tokens; a default that JSON cannot hold is the function's own affair.
    ignored_warning_kinds: set[JsonSchemaWarningKind] = {"skipped-choice", "non-serializable-default"}  # noqa: RUF012

    def field_title_should_be_set(self, schema: Any) -> bool:
        return False


def _fields(function: Callable[..., Any], name: str, texts: dict[str, str]) -> dict[str, Any]:
    # The model's own field names are numbers: a parameter may be called `schema`, `copy` or `_x`.
    hints = _hints(function)
    filled = set(function.keywords) if isinstance(function, functools.partial) else set()
    fields: dict[str, Any] = {}
    for place, parameter in enumerate(inspect.signature(function).parameters.values()):
        is_open = parameter.kind in (parameter.VAR_POSITIONAL, parameter.VAR_KEYWORD, parameter.POSITIONAL_ONLY)
        if parameter.name in filled or (place == 0 and parameter.name == "self" and not is_open):
            continue
        if is_open:
            raise TypeError(
                f"the function {name!r} cannot be a tool: its parameter {str(parameter)!r} cannot be given by name"
            )
        hint = hints.get(parameter.name, Any)
        described: dict[str, Any] = {"alias": parameter.name}
        if (text := texts.get(parameter.name)) and not _is_described(hint):
            described["description"] = text
        if parameter.default is not parameter.empty:
            described["default"] = parameter.default
        described.setdefault("default", ...)
        fields[f"p{place:03}"] = Annotated[hint, Field(**described)]
    return fields


def _hints(function: Callable[..., Any]) -> dict[str, Any]:
    inner = _unwrap(function)
    return typing.get_type_hints(inner if inspect.isroutine(inner) else type(inner).__call__, include_extras=True)


def _unwrap(function: Callable[..., Any]) -> Callable[..., Any]:
    while isinstance(function, functools.partial):
        function = function.func
    return function


def _is_described(hint: Any) -> bool:
    return any(isinstance(each, FieldInfo) and each.description for each in getattr(hint, "__metadata__", ()))


def _is_coroutine_function(function: Callable[..., Any]) -> bool:
    return inspect.iscoroutinefunction(function) or inspect.iscoroutinefunction(type(function).__call__)


def _run(function: Callable[..., Any], given: dict[str, Any]) -> Any:
    try:
        return function(**given)
    except StopIteration as error:  # `next(…)` of an empty iterator; no future can hold it, so the caller would hang
        raise RuntimeError("the function raised StopIteration") from error


def _describe(error: ValidationError) -> str:
    faults = error.errors(include_url=False, include_context=False, include_input=False)
    return "; ".join(f"{'.'.join(map(str, fault['loc'])) or 'arguments'}: {fault['msg']}" for fault in faults[:10])
