"""Filling a tool's arguments from a message, by the tool's JSON schema. Pure; required arguments are always filled.

"Convert 12.5 km to miles", {amount: number, unit: enum[km, miles]} ──► {"amount": 12.5, "unit": "km"}
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, cast

from rookery.hub.standins.reading import Message, identifier_words, read_message, stem

DEPTH = 5
"""Objects in objects that are filled; below it values are empty."""
PROPERTIES = 50
TEXT_CHARACTERS = 200
_FREE_TEXT = frozenset("content expression input message prompt query question text body".split())  # noqa: SIM905
_OFF = frozenset("not no without off disable never false don".split())  # noqa: SIM905


class Supply:
    """What a message has to offer; each number, quoted text and name is used once, in order."""

    def __init__(self, message: Message, tool_words: frozenset[str]) -> None:
        self.message = message
        self.numbers = list(message.numbers)
        self.texts = sorted([*message.quoted, *message.names], key=message.text.find)
        self._quoted = list(message.quoted)
        self._tool_words = tool_words

    def take_quoted(self) -> str | None:
        """Gives the next quoted text."""
        if not self._quoted:
            return None
        text = self._quoted.pop(0)
        self.texts.remove(text)
        return text

    def take_text(self) -> str | None:
        """Gives the next quoted text or name."""
        if not self.texts:
            return None
        text = self.texts.pop(0)
        if text in self._quoted:
            self._quoted.remove(text)
        return text

    def rest(self) -> str:
        """Gives the message without the words at its beginning that only ask for the tool."""
        words = self.message.text.split()
        while len(words) > 1 and _is_asking(words[0], self._tool_words):
            words.pop(0)
        return " ".join(words).strip(" .?!,;:")[:TEXT_CHARACTERS] or self.message.text[:TEXT_CHARACTERS]


def _is_asking(word: str, tool_words: frozenset[str]) -> bool:
    plain = word.strip(" .?!,;:'\"").casefold()
    return stem(plain) in tool_words or not read_message(plain).words


def fill_arguments(parameters: Mapping[str, Any], supply: Supply) -> dict[str, Any]:
    """Gives arguments for the object schema of a tool: all required ones, and others where the message has a value."""
    value = _fill_object(parameters, supply, parameters, 0, is_required=True)
    return value if value is not None else {}


def _fill(schema: object, name: str, supply: Supply, root: Mapping[str, Any], depth: int, is_required: bool) -> Any:
    schema = _resolve(schema, root)
    if "const" in schema:
        return schema["const"]
    if isinstance(schema.get("enum"), list) and schema["enum"]:
        return _choose(schema["enum"], name, supply, schema.get("default"), is_required)
    match _type_of(schema):
        case "boolean":
            return _fill_boolean(schema, name, supply, is_required)
        case "integer" | "number" as kind:
            return _fill_number(schema, supply, kind == "integer", is_required)
        case "array":
            return _fill_array(schema, name, supply, root, depth, is_required)
        case "object":
            return _fill_object(schema, supply, root, depth, is_required)
        case "null":
            return None
        case _:
            return _fill_text(schema, name, supply, is_required)


def _resolve(schema: object, root: Mapping[str, Any]) -> dict[str, Any]:
    for _ in range(DEPTH):
        if not isinstance(schema, Mapping):
            return {}
        choices = next((schema[key] for key in ("anyOf", "oneOf", "allOf") if isinstance(schema.get(key), list)), None)
        reference = schema.get("$ref")
        if isinstance(reference, str) and reference.startswith("#/"):
            schema = _look_up(root, reference)
        elif choices:
            real = [choice for choice in choices if isinstance(choice, Mapping) and choice.get("type") != "null"]
            schema = real[0] if real else {}
        else:
            return cast("dict[str, Any]", dict(schema))
    return {}


def _look_up(root: Mapping[str, Any], reference: str) -> object:
    place: object = root
    for key in reference[2:].split("/"):
        place = place.get(key) if isinstance(place, Mapping) else None
    return place


def _type_of(schema: Mapping[str, Any]) -> str:
    kind = schema.get("type")
    if isinstance(kind, list):
        kind = next((one for one in kind if one != "null"), "null")
    if not isinstance(kind, str):
        return "object" if isinstance(schema.get("properties"), Mapping) else "string"
    return kind


def _choose(options: list[Any], name: str, supply: Supply, default: Any, is_required: bool) -> Any:
    text = supply.message.text.casefold()
    words = set(supply.message.words)
    for option in options:
        parts = set(identifier_words(str(option)[:TEXT_CHARACTERS]))
        if str(option).casefold() in text.split() or (parts and parts <= words):
            return option
    return (default if default in options else options[0]) if is_required else None


def _fill_boolean(schema: Mapping[str, Any], name: str, supply: Supply, is_required: bool) -> bool | None:
    words = set(supply.message.words)
    if set(identifier_words(name)) & words:
        return not _OFF & set(supply.message.text.casefold().replace("'", " ").split())
    return bool(schema.get("default", False)) if is_required else None


def _fill_number(schema: Mapping[str, Any], supply: Supply, is_whole: bool, is_required: bool) -> float | None:
    low, high = _as_number(schema.get("minimum")), _as_number(schema.get("maximum"))
    if supply.numbers:
        value = supply.numbers.pop(0)
    elif is_required:
        value = _as_number(schema.get("default")) or low or 1.0
    else:
        return None
    value = max(value, low) if low is not None else value
    value = min(value, high) if high is not None else value
    return int(value) if is_whole or value.is_integer() else value


def _as_number(value: object) -> float | None:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    return float(value) if abs(value) < 1e15 else None


def _fill_text(schema: Mapping[str, Any], name: str, supply: Supply, is_required: bool) -> str | None:
    # What is free text wants a quotation or all the words; anything else is more likely a name.
    is_free = bool(_FREE_TEXT & {word.casefold() for word in name.split("_")})
    found = supply.take_quoted() if is_free else supply.take_text()
    if found is not None:
        return found
    default = schema.get("default")
    if not is_required:
        return None
    return default if isinstance(default, str) else supply.rest()


def _fill_array(
    schema: Mapping[str, Any], name: str, supply: Supply, root: Mapping[str, Any], depth: int, is_required: bool
) -> list[Any] | None:
    items = _resolve(schema.get("items"), root)
    values: list[Any] = []
    match _type_of(items):
        case "integer" | "number" as kind:
            values = [int(number) if kind == "integer" or number.is_integer() else number for number in supply.numbers]
            supply.numbers.clear()
        case "string" if "enum" not in items:
            while (text := supply.take_text()) is not None:
                values.append(text)
    if not values and is_required and depth < DEPTH:
        values = [_fill(items, name, supply, root, depth + 1, is_required=True)]
    return values or ([] if is_required else None)


def _fill_object(
    schema: Mapping[str, Any], supply: Supply, root: Mapping[str, Any], depth: int, is_required: bool
) -> dict[str, Any] | None:
    properties = schema.get("properties")
    if not isinstance(properties, Mapping) or depth >= DEPTH or not is_required:
        return {} if is_required else None
    listed = schema.get("required")
    required = [name for name in listed if isinstance(name, str)] if isinstance(listed, list) else []
    known = [name for name in properties if isinstance(name, str)][:PROPERTIES]
    values = {}
    # Required ones first: they get the numbers and names before the others may.
    for name in sorted(known, key=lambda name: name not in required):
        value = _fill(properties[name], name, supply, root, depth + 1, name in required)
        if value is not None or name in required:
            values[name] = value
    return {name: values[name] for name in known if name in values}
