"""Our models beside the reference's (`fastapi_poe.types` 0.0.83), field by field: a drop-in has the same shape.

Every difference is one line of `DIFFERENCES` with its reason; one that is not listed fails, and so does one that is
listed and no longer there.
"""

from __future__ import annotations

import importlib.metadata
import json
import warnings
from collections.abc import Iterator, Mapping
from types import ModuleType, UnionType
from typing import Annotated, Any, Union, get_args, get_origin

import pytest
from pydantic import BaseModel
from pydantic.fields import FieldInfo

from rookery.protocol import controls, costs, identifiers, messages, requests, responses, settings, toolcalls

from .shapes import Body, load_object

with warnings.catch_warnings():
    warnings.simplefilter("ignore")  # the reference still uses pydantic's old way to configure a model
    import fastapi_poe.types as reference

OURS: tuple[ModuleType, ...] = (messages, requests, responses, settings, controls, costs, toolcalls)
ELSEWHERE = {
    "RequestContext": "holds a Starlette request, so it lives in the SDK",
    "AttachmentHttpResponse": "the body of an upload's answer; the SDK's own, never exported",
}
"""Models of the reference that the protocol package does not have."""

DIFFERENCES: dict[str, str] = {
    "BaseRequest.type: annotation": "plain text, so that subclasses may widen it; `parse_request` knows the types",
    "MessageFeedback.reason: required": "absent is read as null: senders leave the key out (10.1, S4)",
    "ToolDefinition: extra": "kept, so that a schema reaches the model as its author wrote it (10.2, C16)",
    "FunctionDefinition: extra": "kept, as above",
    "ParametersDefinition: extra": "kept, as above",
}
"""Known differences: `Model.field: aspect` or `Model: aspect`, and why."""


def find_models(*modules: ModuleType) -> dict[str, type[BaseModel]]:
    return {
        name: value
        for module in modules
        for name, value in vars(module).items()
        if isinstance(value, type)
        and issubclass(value, BaseModel)
        and value.__module__ == module.__name__
        and not name.startswith("_")
    }


OUR_MODELS = find_models(*OURS)
THEIR_MODELS = find_models(reference)
SHARED = sorted(set(OUR_MODELS) & set(THEIR_MODELS))


def describe_type(annotation: Any) -> Any:
    """A type as nested plain values, so that equal types of two packages compare equal."""
    origin = get_origin(annotation)
    if origin in (Union, UnionType):
        return ("union", frozenset(describe_type(part) for part in get_args(annotation)))
    if origin is Annotated:  # how we tell controls apart; the values are the same
        return describe_type(get_args(annotation)[0])
    if origin is Mapping:  # takes every dict that the reference takes
        origin = dict
    if origin is not None:
        return (str(origin), tuple(describe_type(part) for part in get_args(annotation)))
    return annotation.__name__ if isinstance(annotation, type) else annotation


def describe_field(field: FieldInfo) -> Body:
    return {
        "annotation": describe_type(field.annotation),
        "required": field.is_required(),
        "default": None if field.is_required() else field.get_default(call_default_factory=True),
        "alias": field.alias,
    }


def find_differences(name: str) -> Iterator[str]:
    ours, theirs = OUR_MODELS[name], THEIR_MODELS[name]
    if set(ours.model_fields) != set(theirs.model_fields):
        yield f"{name}: fields"
    for aspect in ("extra", "populate_by_name"):
        if ours.model_config.get(aspect) != theirs.model_config.get(aspect):
            yield f"{name}: {aspect}"
    for key in ours.model_fields.keys() & theirs.model_fields.keys():
        here, there = describe_field(ours.model_fields[key]), describe_field(theirs.model_fields[key])
        # A difference of an inherited field is told once, at the class that declares it.
        if any(key in OUR_MODELS[base.__name__].model_fields for base in ours.__bases__ if base.__name__ in OUR_MODELS):
            continue
        yield from (f"{name}.{key}: {aspect}" for aspect in here if here[aspect] != there[aspect])


def test_the_reference_is_the_version_that_is_compared_with() -> None:
    assert importlib.metadata.version("fastapi_poe") == "0.0.83"


def test_every_model_of_the_reference_has_a_twin() -> None:
    assert set(THEIR_MODELS) - set(OUR_MODELS) == set(ELSEWHERE)


def test_there_is_no_model_that_the_reference_lacks() -> None:
    assert set(OUR_MODELS) - set(THEIR_MODELS) == set()


def test_the_known_differences_are_all_there_are() -> None:
    found = {difference for name in SHARED for difference in find_differences(name)}
    assert found == set(DIFFERENCES)


@pytest.mark.parametrize("name", SHARED)
def test_the_bases_are_the_references(name: str) -> None:
    def bases(model: type[BaseModel]) -> list[str]:
        return [base.__name__ for base in model.__mro__[1:] if base.__name__ in THEIR_MODELS]

    assert bases(OUR_MODELS[name]) == bases(THEIR_MODELS[name])


@pytest.mark.parametrize("alias", ["FeedbackType", "ContentType", "MessageType", "ErrorType"])
def test_the_lists_of_words_are_the_references(alias: str) -> None:
    module = responses if alias == "ErrorType" else messages
    assert get_args(getattr(module, alias)) == get_args(getattr(reference, alias))


def test_the_other_type_aliases_are_the_references() -> None:
    assert identifiers.Identifier is reference.Identifier is str
    for alias in ("Number", "BaseControl", "FullControls"):
        ours, theirs = getattr(controls, alias), getattr(reference, alias)
        assert [part.__name__ for part in get_args(ours)] == [part.__name__ for part in get_args(theirs)]


@pytest.mark.parametrize(("name", "example"), [("QueryRequest", "query"), ("SettingsResponse", "settings")])
def test_an_example_is_written_as_the_reference_writes_it(name: str, example: str) -> None:
    body = load_object(example)
    ours, theirs = OUR_MODELS[name].model_validate(body), THEIR_MODELS[name].model_validate(body)
    assert json.loads(ours.model_dump_json()) == json.loads(theirs.model_dump_json())


@pytest.mark.parametrize("name", ["PartialResponse", "ErrorResponse", "MetaResponse"])
def test_a_response_with_defaults_is_written_as_the_reference_writes_it(name: str) -> None:
    assert OUR_MODELS[name](text="a").model_dump_json() == THEIR_MODELS[name](text="a").model_dump_json()
