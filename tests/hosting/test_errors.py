"""What is wrong with a file is said in one sentence with its place, and with a remedy."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import pytest

from .loading import Loader
from .running import OutputLog, hide_package, load_error, write_bot

BOT = "import fastapi_poe as fp\nclass Echo(fp.PoeBot): ...\n"


@dataclass(frozen=True, slots=True)
class Wrong:
    """A file, and what should be said about it."""

    source: str
    sentence: str
    line: int | None
    remedy: str
    """A part of it."""
    name: str = "main.py"


WRONG = {
    "no bot at all": Wrong(
        "answer = 42\n",
        "main.py holds no bot: it makes no app with make_app, calls no run, and defines no class derived from PoeBot.",
        None,
        "app = fp.make_app(MyBot())",
    ),
    "not Python": Wrong(
        "bots = [\n", "main.py, line 1, is not valid Python: '[' was never closed.", 1, "Correct that line"
    ),
    "missing package": Wrong(
        "import asyncio\nimport no_such_thing.part\n",
        "main.py, line 2, imports 'no_such_thing', which is not installed.",
        2,
        "pip install no_such_thing",
    ),
    "missing part of a package": Wrong(
        "from httpx.nowhere import x\n",
        "main.py, line 1, imports 'httpx.nowhere', which the installed 'httpx' does not have.",
        1,
        "a version of 'httpx'",
    ),
    "relative import": Wrong(
        "from .parts import x\n",
        "main.py, line 1, uses a relative import, but a bot file is not part of a package.",
        1,
        "plain name",
    ),
    "hides the package it wants": Wrong(
        "from modal import App\n",
        "modal.py, line 1, imports 'modal', but gets itself: the file has the name of that package.",
        1,
        "Rename modal.py",
        name="modal.py",
    ),
    "an attribute of the hidden package": Wrong(
        "import redis\nclient = redis.Redis()\n",
        "redis.py, line 2, imports 'redis', but gets itself: the file has the name of that package.",
        2,
        "Rename redis.py",
        name="redis.py",
    ),
    "exception": Wrong(
        "def work():\n    return 1 / 0\nwork()\n",
        "main.py, line 2, raised ZeroDivisionError: division by zero.",
        2,
        "Correct line 2 of main.py",
    ),
    "missing environment variable": Wrong(
        "import os\nKEY = os.environ['NO_SUCH_KEY']\n",
        "main.py, line 2, needs the environment variable NO_SUCH_KEY, which is not set.",
        2,
        "export NO_SUCH_KEY=…",
    ),
    "exit": Wrong(
        "import sys\nsys.exit('no luck today')\n",
        "main.py, line 2, ended the program (no luck today) while it was being loaded.",
        2,
        "what it printed before",
    ),
    "exit under the guard": Wrong(
        "import argparse\nif __name__ == '__main__':\n"
        "    parser = argparse.ArgumentParser()\n    parser.add_argument('file')\n    parser.parse_args()\n",
        "main.py, line 5, ended the program (exit status 2) while it was being loaded.",
        5,
        "go on to make a bot",
    ),
    "two bots on one path": Wrong(
        BOT + "app = fp.make_app([Echo(), Echo()])\n",
        "main.py, line 3, puts two bots on the path '/': Echo and Echo.",
        3,
        "Echo(path='/Echo')",
    ),
    "two bots of one name": Wrong(
        BOT + "app = fp.make_app([Echo(bot_name='A'), Echo(path='/b', bot_name='A')])\n",
        "main.py names 2 bots 'A'.",
        None,
        "bot_name of its own",
    ),
    "two apps": Wrong(
        BOT + "one = fp.make_app(Echo())\ntwo = fp.make_app(Echo())\n",
        "main.py makes 2 apps, and one process serves one: Echo and Echo-2.",
        None,
        "make_app([…])",
    ),
    "a class for a bot": Wrong(
        BOT + "app = fp.make_app(Echo)\n",
        "main.py, line 3, gives the class Echo where a bot is needed.",
        3,
        "Write Echo().",
    ),
    "short access key": Wrong(
        BOT + "app = fp.make_app(Echo(), access_key='<YOUR_ACCESS_KEY>')\n",
        "main.py, line 3, gives an access key of 17 characters; a key has 32.",
        3,
        "Leave access_key out",
    ),
    "a class that needs arguments": Wrong(
        BOT + "class Greeter(Echo):\n    def __init__(self, greeting): ...\n",
        "main.py defines Greeter, which cannot be made without arguments (missing a required argument: 'greeting').",
        None,
        "fp.make_app(Greeter(…))",
    ),
}


@pytest.mark.parametrize("case", WRONG)
def test_the_sentence_says_what_and_where_and_the_remedy_what_to_do(case: str, tmp_path: Path, loader: Loader) -> None:
    wrong = WRONG[case]
    error = loader.error(write_bot(tmp_path, wrong.source, wrong.name))
    assert error.sentence == wrong.sentence
    assert (error.file, error.line) == (tmp_path / wrong.name, wrong.line)
    assert wrong.remedy in error.remedy


def test_details_show_only_the_authors_frames(tmp_path: Path, loader: Loader) -> None:
    error = loader.error(write_bot(tmp_path, "import json\ndef read():\n    json.loads('{')\nread()\n"))
    assert error.details.count('  File "') == error.details.count("main.py") == 2
    assert "JSONDecodeError: Expecting property name" in error.details


@pytest.mark.slow
async def test_a_process_that_ends_while_loading_shows_its_last_lines(tmp_path: Path) -> None:
    file = write_bot(tmp_path, "import os, sys\nprint('the reason', file=sys.stderr)\nos._exit(3)\n")
    error = await load_error(file)
    assert error.sentence == "main.py ended its process while it was being loaded (exit status 3)."
    assert error.details == "the reason"


@pytest.mark.slow
async def test_a_start_up_that_fails_has_its_line(tmp_path: Path) -> None:
    file = write_bot(
        tmp_path,
        BOT + "from contextlib import asynccontextmanager\nfrom fastapi import FastAPI\n"
        "@asynccontextmanager\nasync def lifespan(app):\n    raise RuntimeError('no database')\n    yield\n"
        "app = fp.make_app(Echo(), app=FastAPI(lifespan=lifespan))\n",
    )
    error = await load_error(file)
    assert error.sentence == "main.py, line 7, raised RuntimeError: no database."


def test_the_place_is_the_deepest_line_in_the_authors_own_folder(tmp_path: Path, loader: Loader) -> None:
    write_bot(tmp_path, "import json\ndef read():\n    return json.loads('{')\n", "parts/reading.py")
    write_bot(tmp_path, "", ".venv/lib/site-packages/x.py")
    error = loader.error(write_bot(tmp_path, "from parts.reading import read\nread()\n"))
    assert error.sentence.startswith("parts/reading.py, line 3, raised JSONDecodeError: Expecting property name")
    assert (error.file, error.line) == (tmp_path / "parts/reading.py", 3)


def test_a_file_that_is_not_there(tmp_path: Path, loader: Loader) -> None:
    error = loader.error(tmp_path / "nowhere.py")
    assert error.sentence == "nowhere.py does not exist."


@pytest.mark.slow
async def test_asking_for_an_sdk_that_is_not_installed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYTHONPATH", str(hide_package("fastapi_poe", tmp_path / "hiding")))
    error = await load_error(write_bot(tmp_path / "bot", "import fastapi_poe\n"), sdk="fastapi_poe")
    assert error.sentence == "main.py is to run with fastapi_poe, which is not installed."
    assert "pip install fastapi-poe" in error.remedy


@pytest.mark.slow
async def test_what_the_file_printed_comes_before_the_error(tmp_path: Path) -> None:
    log = OutputLog()
    await load_error(write_bot(tmp_path, "print('on my way')\nraise SystemExit\n"), log=log)
    assert log.lines == ["on my way"]
