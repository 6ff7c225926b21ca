"""`--param k=v`: values of a bot's parameter controls."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Any, NoReturn

from pydantic import ValidationError

from rookery.protocol.controls import ParameterControls
from rookery.protocol.parameters import declared_parameters, parse_parameter_texts


def split_parameters(options: Iterable[str]) -> dict[str, str]:
    """Gives the texts of `name=value` options by name.

    A name given twice keeps its last value. Raises ValueError with a sentence for people.
    """
    texts = {}
    for option in options:
        name, equals, value = option.partition("=")
        if not equals or not name.strip():
            raise ValueError(f"'{option}' is no parameter; write name=value")
        texts[name.strip()] = value
    return texts


def read_parameters(texts: Mapping[str, str], controls: object = None) -> dict[str, Any]:
    """Gives the parameters that texts mean to a bot with these controls, as the hub's JSON has them (None: none).

    What a control takes is read as that; else JSON where the value is JSON, text where it is not.
    """
    form = _read_form(controls)
    declared = declared_parameters(form) if form is not None else {}
    known = parse_parameter_texts(form, {name: text for name, text in texts.items() if name in declared})
    return {name: known[name] if name in known else _parse_value(text) for name, text in texts.items()}


def _read_form(controls: object) -> ParameterControls | None:
    if controls is None:
        return None
    try:
        return ParameterControls.model_validate(controls)
    except ValidationError:
        return None  # of a newer hub; it says itself what does not fit


def _parse_value(text: str) -> Any:
    try:
        return json.loads(text, parse_constant=_refuse)
    except (ValueError, RecursionError):
        return text


def _refuse(constant: str) -> NoReturn:
    # Python reads NaN and Infinity as numbers, but they are no JSON and could not be sent.
    raise ValueError(constant)
