"""Typed access to what a person set in a bot's controls (protocol 4.4, 4.5).

The values come with the last message as one flat object, and they are untrusted: any type, missing, never declared.
So the default here is to take what fits and to leave the rest at the author's defaults.
"""

from __future__ import annotations

import functools
import logging
from collections.abc import Mapping
from typing import Any, TypeVar, overload

from pydantic import TypeAdapter, ValidationError

from rookery.protocol.requests import QueryRequest
from rookery.sdk.errors import InvalidParameterError
from rookery.sdk.tracing import log_event

T = TypeVar("T")
D = TypeVar("D")


def parameters(request: QueryRequest, model: type[T], *, strict: bool = False) -> T:
    """Gives the values of the last message's parameters as a pydantic model, dataclass or TypedDict.

        class Options(BaseModel):
            style: Literal["photo", "draw"] = "photo"
            steps: Annotated[int, Field(ge=1, le=50)] = 30

        options = fp.parameters(request, Options)

    Text is turned into numbers and truth values where it says such ("30", "true"). Names that the model does not have
    are ignored. What does not fit is left at its default; give every field one. With `strict=True` it is refused.

    Raises InvalidParameterError, naming parameters and never their values: with `strict`, or where a field without
    default is missing or wrong. Source: protocol 4.5.
    """
    adapter: TypeAdapter[T] = _adapter(model)
    given = _given(request)
    while True:
        try:
            return adapter.validate_python(given)
        except ValidationError as error:
            wrong = _names_at_fault(error, given)
            if strict or not wrong:
                raise InvalidParameterError(_describe(error)) from None
            log_event("parameter:ignored", level=logging.DEBUG, names=",".join(sorted(wrong)))
            given = {name: value for name, value in given.items() if name not in wrong}


@overload
def parameter(request: QueryRequest, name: str, kind: type[T], default: T, *, strict: bool = False) -> T: ...
@overload
def parameter(
    request: QueryRequest, name: str, kind: type[T], default: D | None = None, *, strict: bool = False
) -> T | D | None: ...
@overload
def parameter(request: QueryRequest, name: str, kind: Any, default: Any = None, *, strict: bool = False) -> Any: ...
def parameter(request: QueryRequest, name: str, kind: Any, default: Any = None, *, strict: bool = False) -> Any:
    """Gives one parameter of the last message as an `int`, a `Literal[...]`, an `Annotated[int, Field(ge=1)]` …

        steps = fp.parameter(request, "steps", int, default=30)

    A missing value gives `default`, which is not checked; a wrong one too, or with `strict=True` an
    InvalidParameterError that names the parameter. Source: protocol 4.5.
    """
    given = _given(request)
    if name not in given:
        return default
    try:
        return _adapter(kind).validate_python(given[name])
    except ValidationError as error:
        if strict:
            raise InvalidParameterError(_describe(error, name)) from None
        log_event("parameter:ignored", level=logging.DEBUG, names=name)
        return default


def _given(request: QueryRequest) -> dict[str, Any]:
    return request.query[-1].parameters if request.query else {}


def _adapter(kind: Any) -> TypeAdapter[Any]:
    try:
        return _kept_adapter(kind)
    except TypeError:  # `Annotated[int, Field(...)]` has no hash
        return TypeAdapter(kind)


@functools.lru_cache(maxsize=256)
def _kept_adapter(kind: Any) -> TypeAdapter[Any]:
    return TypeAdapter(kind)  # for a dataclass, making one costs more than a hundred uses


def _names_at_fault(error: ValidationError, given: Mapping[str, Any]) -> set[str]:
    faults = error.errors(include_url=False, include_input=False)
    names = {str(fault["loc"][0]) for fault in faults if fault["loc"]} & given.keys()
    # A fault of no single value (a rule over the whole model) speaks against all of them.
    return names or (set(given) if any(not fault["loc"] for fault in faults) else set())


def _describe(error: ValidationError, name: str = "") -> str:
    faults = error.errors(include_url=False, include_input=False, include_context=False)
    sentences = [
        f"{'.'.join(str(part) for part in (name, *fault['loc']) if part != '') or 'parameters'}: {fault['msg']}"
        for fault in faults[:10]
    ]
    return f"the message's parameters do not fit: {'; '.join(sentences)}"
