"""Functions as tools: schema, docstrings, checks, running (protocol 5.1.4; 10.2 C16)."""

from __future__ import annotations

import asyncio
import enum
import functools
import threading
from collections.abc import Callable
from typing import Annotated, Any, Literal

import pytest
from pydantic import BaseModel, Field

import rookery as fp
from rookery.sdk.functions import InvalidArguments, build_tool, read_docstring

from .calling import call
from .serving import DONE, WAIT_S, ScriptedServer, event, serve, stream


class Unit(enum.Enum):
    CELSIUS = "c"
    FAHRENHEIT = "f"


class Place(BaseModel):
    town: str
    at: list[float] = []


def weather(
    place: Place,
    unit: Unit = Unit.CELSIUS,
    detail: Literal["short", "long"] = "short",
    days: Annotated[int, Field(ge=1, le=7, description="how far ahead")] = 1,
    extra: dict[str, float] | None = None,
    schema: Any = None,
    _note: str = "",
) -> dict[str, Any]:
    """Gives the weather.

    Of the whole world.

    Args:
        place (Place): where,
            in English
        days: not this text
        _note: kept

    Returns:
        a dictionary
    """
    return {"town": place.town, "unit": unit.value, "days": days, "schema": schema}


def shown(tool: fp.Tool) -> Any:
    return tool.definition.model_dump()["function"]


def test_a_definition_says_what_annotations_and_docstring_say() -> None:
    definition = fp.tool_from_function(weather)
    assert isinstance(definition, fp.ToolDefinition)
    function = definition.model_dump()["function"]
    assert (definition.type, function["name"]) == ("function", "weather")
    assert function["description"] == "Gives the weather.\n\nOf the whole world."
    parameters = function["parameters"]
    assert (parameters["type"], parameters["required"], parameters["additionalProperties"]) == (
        "object",
        ["place"],
        False,
    )
    assert parameters["properties"] == {
        "place": {"$ref": "#/$defs/Place", "description": "where, in English"},
        "unit": {"$ref": "#/$defs/Unit", "default": "c"},
        "detail": {"type": "string", "enum": ["short", "long"], "default": "short"},
        "days": {"type": "integer", "minimum": 1, "maximum": 7, "description": "how far ahead", "default": 1},
        "extra": {
            "anyOf": [{"type": "object", "additionalProperties": {"type": "number"}}, {"type": "null"}],
            "default": None,
        },
        "schema": {"default": None},
        "_note": {"type": "string", "default": "", "description": "kept"},
    }
    assert parameters["$defs"]["Place"]["properties"]["at"]["items"] == {"type": "number"}


async def test_arguments_reach_the_function_as_its_types() -> None:
    got = await build_tool(weather).call('{"place": {"town": "Oslo"}, "unit": "f", "days": "3", "schema": [1]}')
    assert got == {"town": "Oslo", "unit": "f", "days": 3, "schema": [1]}


@pytest.mark.parametrize(
    ("arguments", "faults"),
    [
        ("{", ["Invalid JSON"]),
        ("[1]", ["should be an object"]),
        ("", ["place: Field required"]),
        ('{"place": {"town": 3}, "days": 9, "zz": 1}', ["place.town: ", "days: ", "zz: Extra inputs"]),
    ],
)
async def test_wrong_arguments_are_named_before_the_function_runs(arguments: str, faults: list[str]) -> None:
    with pytest.raises(InvalidArguments) as caught:
        await build_tool(weather).call(arguments)
    assert str(caught.value).startswith("wrong arguments for 'weather': ")
    assert [fault for fault in faults if fault not in str(caught.value)] == []


async def test_plain_functions_run_in_a_thread_and_coroutines_in_the_loop() -> None:
    def plain() -> bool:
        return threading.current_thread() is threading.main_thread()

    async def later() -> bool:
        return threading.current_thread() is threading.main_thread()

    class Callable_:
        async def __call__(self) -> bool:
            return await later()

    assert await build_tool(plain).call("") is False
    assert await build_tool(later).call("{}") is True
    assert await build_tool(Callable_()).call("{}") is True
    assert await fp.tool(name="either")(lambda: later()).call("{}") is True


async def test_an_exception_that_no_future_can_hold_does_not_hang_the_caller() -> None:
    def first() -> int:
        return next(iter(list[int]()))

    async with asyncio.timeout(WAIT_S):
        with pytest.raises(RuntimeError, match="StopIteration"):
            await build_tool(first).call("")


def test_the_decorator_leaves_a_function_that_can_be_called() -> None:
    @fp.tool
    def double(x: int) -> int:
        """Doubles."""
        return 2 * x

    @fp.tool(name="thrice", description="Trebles.")
    def treble(x: int) -> int:
        return 3 * x

    assert (double(4), double.name, double.__name__, double.__doc__) == (8, "double", "double", "Doubles.")
    assert (treble(x=4), treble.name, shown(treble)["description"]) == (12, "thrice", "Trebles.")
    assert build_tool(double) is double
    renamed = build_tool(double, name="dup")
    assert (renamed.name, shown(renamed)["description"]) == ("dup", "Doubles.")


async def test_in_a_class_a_tool_is_a_method() -> None:
    class Shop:
        def __init__(self, stock: int) -> None:
            self.stock = stock

        @fp.tool
        def take(self, count: int) -> int:
            return self.stock - count

    shop = Shop(5)
    assert list(shown(Shop.take)["parameters"]["properties"]) == ["count"]
    assert (shop.take(count=2), await shop.take.call('{"count": 1}')) == (3, 4)
    assert await build_tool(shop.take).call('{"count": 2}') == 3


async def test_what_a_partial_filled_is_not_shown() -> None:
    def search(database: object, query: str, limit: int = 3) -> str:
        return f"{database} {query} {limit}"

    partial = build_tool(functools.partial(search, "db", limit=5))
    assert list(shown(partial)["parameters"]["properties"]) == ["query"]
    assert await partial.call('{"query": "q"}') == "db q 5"


class Opaque:
    pass


def test_what_no_schema_can_say_is_refused_with_the_functions_name() -> None:
    def star(*args: int) -> None: ...
    def only(x: int, /) -> None: ...
    def opaque(x: Opaque) -> None: ...
    def function(x: Callable[[], int]) -> None: ...
    def unknown(x: Nowhere) -> None: ...  # type: ignore[name-defined]  # noqa: F821

    for each in (star, only, opaque, function, unknown):
        with pytest.raises(TypeError, match=f"'{each.__name__}' cannot be a tool"):
            fp.tool_from_function(each)
    with pytest.raises(TypeError, match="give it another one"):
        fp.tool_from_function(lambda: 1)


def test_a_default_that_json_cannot_hold_stays_with_the_function() -> None:
    def keep(x: Any = Opaque()) -> None:  # noqa: B008
        """Keeps."""

    assert shown(build_tool(keep))["parameters"]["properties"] == {"x": {}}
    assert build_tool(keep).parse_arguments("{}") == {}


def test_docstrings_in_sphinx_form_are_read_too() -> None:
    text = "Adds.\n\n:param int a: one\n    more\n:param b: two\n:returns: a sum\n    of them"
    assert read_docstring(text) == ("Adds.", {"a": "one more", "b": "two"})
    assert read_docstring("") == ("", {})


async def test_a_tool_works_where_functions_worked_before() -> None:
    @fp.tool(name="plus")
    def add(a: int) -> int:
        return a + 1

    delta = {"tool_calls": [{"index": 0, "id": "i", "function": {"name": "plus", "arguments": '{"a": 1}'}}]}
    server = ScriptedServer(
        stream(event("json", {"choices": [{"delta": delta}]}), DONE), stream(event("text", {"text": "2"}), DONE)
    )
    async with serve(server) as url:
        outcome = await call(url, tools=[add.definition], tool_executables=[add])
    assert outcome.texts == ["2"]
    assert server.calls[1].json["tool_results"][0]["content"] == "2"
