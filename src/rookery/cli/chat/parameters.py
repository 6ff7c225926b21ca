"""`--param k=v`: values of a bot's parameter controls."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any, NoReturn


def parse_parameters(options: Iterable[str]) -> dict[str, Any]:
    """Gives the parameters of `name=value` options: JSON where the value is JSON, text where it is not.

    A name given twice keeps its last value. Raises ValueError with a sentence for people.
    """
    parameters = {}
    for option in options:
        name, equals, value = option.partition("=")
        if not equals or not name.strip():
            raise ValueError(f"'{option}' is no parameter; write name=value")
        parameters[name.strip()] = _parse_value(value)
    return parameters


def _parse_value(text: str) -> Any:
    try:
        return json.loads(text, parse_constant=_refuse)
    except (ValueError, RecursionError):
        return text


def _refuse(constant: str) -> NoReturn:
    # Python reads NaN and Infinity as numbers, but they are no JSON and could not be sent.
    raise ValueError(constant)
