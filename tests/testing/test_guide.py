"""The guide's code runs as it stands: its blocks make one test file."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

GUIDE = Path(__file__).parents[2] / "docs" / "guides" / "testing-bots.md"


@pytest.mark.slow
@pytest.mark.parametrize("sdk", ["rookery", "fastapi_poe"])
def test_every_block_of_the_guide_runs(tmp_path: Path, sdk: str) -> None:
    blocks = re.findall(r"^```python\n(.*?)^```$", GUIDE.read_text(), re.DOTALL | re.MULTILINE)
    code = "\n\n".join(blocks)
    (tmp_path / "test_guide.py").write_text(code.replace("import rookery as fp", f"import {sdk} as fp"))
    options = ["-p", "no:rookery", "-p", "rookery.testing.pytest_plugin", "-p", "no:cacheprovider"]
    options += ["-o", "asyncio_mode=auto", "-o", "asyncio_default_fixture_loop_scope=function"]
    result = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "--rootdir", str(tmp_path), *options, tmp_path],
        capture_output=True,
        text=True,
        cwd=tmp_path,
        timeout=55,
    )
    tests = len(re.findall(r"^(?:async )?def test_", code, re.MULTILINE))
    assert f"{tests} passed" in result.stdout, result.stdout + result.stderr
