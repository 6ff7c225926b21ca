"""Each guide has a bot file, a test and a page; none of them is started by `rookery up`."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from typer.testing import CliRunner

from rookery.cli.app import app
from rookery.cli.up import example_files

from .running import GUIDES

PAGES = Path(__file__).parents[2] / "docs" / "guides"
NAMES = sorted({path.stem for path in GUIDES.iterdir() if path.suffix in (".py", ".json")})


COMMAND = re.compile(r"rookery ([a-z][a-z-]*)(?: ([a-z][a-z-]*))?")


def test_there_is_a_test_for_every_guide() -> None:
    assert [name for name in NAMES if not Path(__file__).with_name(f"test_{name}.py").exists()] == []


def test_there_is_a_page_for_every_guide_and_the_index_lists_it() -> None:
    index = (PAGES / "README.md").read_text()
    pages = [f"{name.replace('_', '-')}.md" for name in NAMES]
    assert [page for page in pages if not (PAGES / page).exists() or f"({page})" not in index] == []


def test_every_page_is_in_the_index() -> None:
    index = (PAGES / "README.md").read_text()
    assert [
        path.name for path in PAGES.glob("*.md") if path.name != "README.md" and f"({path.name})" not in index
    ] == []


def commands_on(page: Path) -> Iterator[tuple[str, str | None]]:
    """What stands behind `rookery` in code."""
    for code in re.findall(r"^(?: {4}|\$ )?rookery .*$|`[^`\n]*rookery [^`\n]*`", page.read_text(), re.MULTILINE):
        yield from ((match[1], match[2]) for match in COMMAND.finditer(code))


def test_the_commands_that_pages_name_exist() -> None:
    named = {command for page in PAGES.glob("*.md") for command in commands_on(page)}
    assert ("bots", "create") in named
    groups = ("bots", "keys", "users")
    asked = {(name, below) if name in groups and below else (name,) for name, below in named}
    missing = [asks for asks in sorted(asked) if CliRunner().invoke(app, [*asks, "--help"]).exit_code != 0]
    assert missing == []


def test_every_guide_can_be_printed_on_a_page() -> None:
    assert [
        name for name in NAMES for file in GUIDES.glob(f"{name}.*") if len(file.read_text().splitlines()) > 100
    ] == []


def test_up_runs_the_examples_and_leaves_the_guides_alone() -> None:
    files = example_files()
    assert "hello.py" in [file.name for file in files]
    assert [file for file in files if file.parent.name != files[0].parent.name or file.parent.name == "guides"] == []
