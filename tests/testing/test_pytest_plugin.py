"""The pytest plugin, run as a person runs it: pytest in a process of its own, over a file of tests."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

import rookery.testing

TESTS = """
import rookery as fp
from rookery.testing import BotReply, BotUnderTest, run_ask

class Wrapper(fp.PoeBot):
    async def get_response(self, request):
        async for part in fp.stream_request(request, "Inner", request.access_key):
            yield part

    async def get_settings(self, setting):
        return fp.SettingsResponse(server_bot_dependencies={"Inner": 1})

MARK
async def test_factory(bot_under_test):
    one = await bot_under_test(Wrapper())
    two = await bot_under_test(Wrapper(), dependencies={"Inner": "two"})
    one.dependency("Inner").replies("one")
    assert (await one.ask("hi")).text == "one"
    assert (await two.ask("hi")).text == "two"

MARK
async def test_one_question(ask_bot):
    reply = await ask_bot(Wrapper(), "hi", dependencies={"Inner": "Hello"}, user_id="u-1")
    assert reply.text == "Hello"

def test_without_async():
    assert run_ask(Wrapper(), "hi", dependencies={"Inner": "Hello"}).text == "Hello"
"""


@pytest.mark.slow
@pytest.mark.parametrize("mode", ["auto", "strict"])
def test_the_fixtures_work_in_both_modes_of_pytest_asyncio(tmp_path: Path, mode: str) -> None:
    mark = "import pytest\n@pytest.mark.asyncio" if mode == "strict" else ""
    (tmp_path / "test_mine.py").write_text(TESTS.replace("MARK", mark))
    # `no:rookery` leaves out the installed entry point, which would name the same module a second time.
    options = ["-p", "no:rookery", "-p", "rookery.testing.pytest_plugin", "-p", "no:cacheprovider", "-W", "error"]
    options += ["-o", "asyncio_default_fixture_loop_scope=function"]
    result = subprocess.run(
        [
            sys.executable,
            "-m",
            "pytest",
            "-q",
            f"--asyncio-mode={mode}",
            "--rootdir",
            str(tmp_path),
            *options,
            tmp_path,
        ],
        capture_output=True,
        text=True,
        cwd=tmp_path,
        timeout=50,
    )
    assert "3 passed" in result.stdout, result.stdout + result.stderr
    assert "warning" not in result.stdout


def test_loading_the_plugin_loads_neither_kit_nor_sdk() -> None:
    code = (
        "import sys, rookery.testing.pytest_plugin; "
        "print([m for m in ('fastapi', 'httpx', 'rookery.sdk', 'rookery.testing.bot') if m in sys.modules])"
    )
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert result.stdout.strip() == "[]"


def test_every_public_name_is_there_and_documented() -> None:
    missing = [name for name in rookery.testing.__all__ if getattr(rookery.testing, name).__doc__ is None]
    assert missing == []
    assert sorted(rookery.testing.__all__) == rookery.testing.__all__
    with pytest.raises(AttributeError, match="no attribute 'nothing'"):
        _ = rookery.testing.nothing  # type: ignore[attr-defined]
