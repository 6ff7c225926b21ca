"""Writes the reference pages from the code: `python scripts/reference.py` (or `make docs`); a test holds them current.

docs/reference/sdk.md   every exported name of `rookery`: signature, fields, docstring
docs/reference/cli.md   every command's help
"""

from __future__ import annotations

import dataclasses
import inspect
import os
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from pydantic import BaseModel
from typer.testing import CliRunner

import rookery
from rookery.cli.app import COMMANDS, app

FOLDER = Path(__file__).parents[1] / "docs" / "reference"
WIDTH = 110
HEAD = "<!-- made by scripts/reference.py: change the code, then run `make docs` -->\n\n"


def sdk_page() -> str:
    """Gives the page of the SDK."""
    groups: dict[str, list[str]] = {"Functions": [], "Classes": [], "Models": [], "Exceptions": [], "Unions": []}
    for name in sorted(rookery.__all__, key=str.lower):
        item = getattr(rookery, name)
        groups[_group(item)].append(f"### `{name}`\n\n" + "\n\n".join(_describe(name, item)) + "\n")
    parts = [f"## {title}\n\n" + "\n".join(entries) for title, entries in groups.items() if entries]
    intro = (
        "# SDK reference\n\n`import rookery as fp`. What differs from `fastapi_poe`: "
        "[compatibility](../compatibility.md).\n\n"
    )
    return HEAD + intro + "\n".join(parts)


def _group(item: Any) -> str:
    if not inspect.isclass(item):
        return "Functions" if callable(item) and hasattr(item, "__name__") else "Unions"
    if issubclass(item, BaseException):
        return "Exceptions"
    return "Models" if issubclass(item, BaseModel) else "Classes"


def _describe(name: str, item: Any) -> Iterator[str]:
    if inspect.isclass(item) and issubclass(item, BaseModel):
        yield _docstring(item)
        yield "\n".join(_fields(item)) or "No fields."
        return
    if inspect.isclass(item) and issubclass(item, BaseException):
        yield f"Bases: {', '.join(f'`{base.__name__}`' for base in item.__bases__)}"
        yield _docstring(item)
        return
    if _group(item) == "Unions":
        yield f"`{_tidy(str(item))}`"
        return
    if dataclasses.is_dataclass(item) or not inspect.isclass(item):
        yield f"```python\n{_signature(name, item)}\n```"
    yield _docstring(item)
    if inspect.isclass(item):
        for method, function in inspect.getmembers(item, inspect.isfunction):
            if not method.startswith("_"):
                yield f"#### `{method}`\n\n```python\n{_signature(method, function)}\n```\n\n{_docstring(function)}"


def _fields(model: type[BaseModel]) -> Iterator[str]:
    if model.model_fields:
        yield "| Field | Type | Default |\n|---|---|---|"
    for name, field in model.model_fields.items():
        default = "required" if field.is_required() else f"`{field.get_default(call_default_factory=True)!r}`"
        annotation = _tidy(inspect.formatannotation(field.annotation)).replace("|", "\\|")
        yield f"| `{name}` | `{annotation}` | {default} |"


def _signature(name: str, item: Any) -> str:
    try:
        signature = inspect.signature(item, eval_str=True)
    except NameError:  # an annotation that exists for type checkers only
        signature = inspect.signature(item)
    text = _tidy(f"{name}{signature}")
    if len(text) <= WIDTH:
        return text
    parameters = [_tidy(str(parameter)) for parameter in signature.parameters.values()]
    kinds = [parameter.kind for parameter in signature.parameters.values()]
    if inspect.Parameter.KEYWORD_ONLY in kinds:
        parameters.insert(kinds.index(inspect.Parameter.KEYWORD_ONLY), "*")
    end = text[text.rindex(")") :]
    return f"{name}(\n" + "".join(f"    {parameter},\n" for parameter in parameters) + end


def _tidy(text: str) -> str:
    text = re.sub(r"\b(?:rookery|typing|collections\.abc|starlette|fastapi|httpx)(?:\.\w+)*\.(\w+)", r"\1", text)
    text = re.sub(r"<(?:function|object|class)[^>]*?([\w.]+)(?: at 0x[0-9a-f]+)?[^>]*>", r"\1", text)
    return re.sub(r"(: |-> )'([^']*)'", r"\1\2", text)  # annotations that could not be evaluated are texts


def _docstring(item: Any) -> str:
    text = inspect.getdoc(item) or ""
    return re.sub(r"^(Shapes|Raises|Returns|Args):", r"**\1:**", text, flags=re.MULTILINE)


def cli_page() -> str:
    """Gives the page of the command line."""
    parts = [HEAD, "# Command line\n"]
    for command in COMMANDS:
        parts.append(f"\n## rookery {command.name}\n\n{_help(command.name or '')}")
        loaded = command.load()
        for name in getattr(loaded, "commands", {}):
            parts.append(f"\n### rookery {command.name} {name}\n\n{_help(command.name or '', name)}")
    return "".join(parts)


def _help(*arguments: str) -> str:
    environment = {"COLUMNS": "100", "TERM": "dumb", "NO_COLOR": "1", "_TYPER_FORCE_DISABLE_TERMINAL": "1"}
    kept = {name: None for name in os.environ if name.startswith("ROOKERY_")}
    result = CliRunner().invoke(app, [*arguments, "--help"], prog_name="rookery", env={**kept, **environment})
    lines = [line.rstrip() for line in result.stdout.strip().splitlines()]
    return "```text\n" + "\n".join(lines) + "\n```\n"


PAGES = {"sdk.md": sdk_page, "cli.md": cli_page}


def main() -> None:
    """Writes every page that is not current; with `--check`, fails instead."""
    stale = [name for name, make in PAGES.items() if _read(FOLDER / name) != make()]
    if "--check" in sys.argv:
        sys.exit(f"not current: {', '.join(stale)}; run: make docs" if stale else 0)
    for name in stale:
        (FOLDER / name).write_text(PAGES[name]())
        print(f"wrote docs/reference/{name}")


def _read(path: Path) -> str:
    return path.read_text() if path.exists() else ""


if __name__ == "__main__":
    main()
