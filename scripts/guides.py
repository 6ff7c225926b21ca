"""Writes the code blocks of the guides' pages from the tested files: `python scripts/guides.py` (or `make docs`).

In a page, everything between these two lines is made:

    <!-- code: examples/guides/metadata.py -->
    <!-- end -->

`<!-- code: examples/guides/settings.py SettingsBot -->` takes one class or function only. A test holds them current.
"""

from __future__ import annotations

import ast
import re
import sys
from pathlib import Path

ROOT = Path(__file__).parents[1]
PAGES = ROOT / "docs" / "guides"
BLOCK = re.compile(r"^<!-- code: (?P<file>\S+)(?: (?P<name>\w+))? -->\n.*?^<!-- end -->$", re.MULTILINE | re.DOTALL)
LANGUAGES = {".py": "python", ".json": "json"}


def fill(page: str) -> str:
    """Gives the page with its blocks as they should be. Raises LookupError for a name that the file does not define."""
    return BLOCK.sub(_fill_block, page)


def _fill_block(block: re.Match[str]) -> str:
    path = ROOT / block["file"]
    code = path.read_text()
    if block["name"]:
        code = _definition(code, block["name"])
    head = block[0].partition("\n")[0]
    # Four backticks, because a bot may have three in its code.
    return f"{head}\n````{LANGUAGES[path.suffix]}\n{code.strip()}\n````\n<!-- end -->"


def _definition(code: str, name: str) -> str:
    for statement in ast.parse(code).body:
        if isinstance(statement, ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef) and statement.name == name:
            return "\n".join(code.splitlines()[statement.lineno - 1 : statement.end_lineno])
    raise LookupError(f"no class or function {name}")


def main() -> None:
    """Writes every page that is not current; with `--check`, fails instead."""
    stale = [path for path in sorted(PAGES.glob("*.md")) if path.read_text() != fill(path.read_text())]
    if "--check" in sys.argv:
        sys.exit(f"not current: {', '.join(path.name for path in stale)}; run: make docs" if stale else 0)
    for path in stale:
        path.write_text(fill(path.read_text()))
        print(f"wrote docs/guides/{path.name}")


if __name__ == "__main__":
    main()
