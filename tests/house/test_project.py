"""Small promises of the repository, held: one version, no machine's names, every setting documented."""

from __future__ import annotations

import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

import rookery
from rookery.cli.app import COMMANDS
from rookery.hub.settings import HubSettings
from rookery.version import __version__

ROOT = Path(__file__).parents[2]


def tracked_files() -> list[Path]:
    names = subprocess.run(
        ["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=True
    ).stdout.split("\0")
    return [ROOT / name for name in names if name and (ROOT / name).is_file()]


def test_the_version_is_the_same_everywhere() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    assert project["version"] == __version__
    assert f"## {__version__}" in (ROOT / "CHANGELOG.md").read_text()


def test_every_setting_of_the_hub_is_documented() -> None:
    page = (ROOT / "docs" / "reference" / "settings.md").read_text()
    missing = [name for name in HubSettings.model_fields if f"`ROOKERY_{name.upper()}`" not in page]
    assert missing == []


def test_every_exported_name_is_on_the_reference_page() -> None:
    page = (ROOT / "docs" / "reference" / "sdk.md").read_text()
    assert [name for name in rookery.__all__ if f"### `{name}`" not in page] == []


def test_every_command_is_on_the_reference_page() -> None:
    page = (ROOT / "docs" / "reference" / "cli.md").read_text()
    assert [command.name for command in COMMANDS if f"## rookery {command.name}\n" not in page] == []


@pytest.mark.skipif(sys.version_info[:2] != (3, 11), reason="other Pythons spell signatures differently")
def test_the_reference_pages_are_current() -> None:
    script = [sys.executable, str(ROOT / "scripts" / "reference.py"), "--check"]
    checked = subprocess.run(script, capture_output=True, text=True, check=False)
    assert checked.returncode == 0, checked.stderr


def test_the_code_in_the_guides_is_the_tested_code() -> None:
    script = [sys.executable, str(ROOT / "scripts" / "guides.py"), "--check"]
    checked = subprocess.run(script, capture_output=True, text=True, check=False)
    assert checked.returncode == 0, checked.stderr


def test_constraints_name_no_host_and_no_path() -> None:
    text = (ROOT / "constraints.txt").read_text()
    assert not re.search(r"://|@ |file:|^-", text, re.MULTILINE)


def test_nothing_leans_on_files_outside_the_repository() -> None:
    outside = re.compile(r"\.\./shared|/" + "work/|/" + "root/")
    offenders = [str(path) for path in tracked_files() if path.suffix != ".lock" and outside.search(_text(path))]
    assert offenders == []


def _text(path: Path) -> str:
    return path.read_text(errors="replace")


def test_every_decision_is_numbered_and_listed() -> None:
    folder = ROOT / "docs" / "decisions"
    pages = sorted(path.name for path in folder.glob("0*.md"))
    assert [int(name[:4]) for name in pages] == list(range(1, len(pages) + 1))
    index = (folder / "README.md").read_text()
    assert [name for name in pages if name not in index] == []
