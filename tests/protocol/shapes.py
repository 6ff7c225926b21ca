"""What a pydantic model asks of its input, found by asking the model; compared with the tables of the protocol."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ValidationError

FIXTURES = Path(__file__).parent / "fixtures"
Body = dict[str, Any]


def load_object(name: str) -> Body:
    """Gives an example object of the fixtures, fresh on every call."""
    body: Body = json.loads((FIXTURES / "objects" / f"{name}.json").read_text(encoding="utf-8"))
    return body


def accepts(model: type[BaseModel], body: Body) -> bool:
    """Tells whether the model takes this body."""
    try:
        model.model_validate(body)
    except ValidationError:
        return False
    return True


def required_fields(model: type[BaseModel]) -> set[str]:
    """Gives the fields that must be present."""
    return {name for name, field in model.model_fields.items() if field.is_required()}


def default_values(model: type[BaseModel]) -> Body:
    """Gives the value of every other field when it is absent."""
    return {
        name: field.get_default(call_default_factory=True)
        for name, field in model.model_fields.items()
        if not field.is_required()
    }


def nullable_fields(model: type[BaseModel], body: Body) -> set[str]:
    """Gives the fields for which null is taken; `body` holds valid values of the required ones."""
    return {name for name, field in model.model_fields.items() if accepts(model, {**body, field.alias or name: None})}
