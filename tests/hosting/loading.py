"""Loading a bot file in a fresh process without serving it: what was found, or what was wrong."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from rookery.hosting import BotFileError, Sdk
from rookery.hosting.control import LoadedBot
from rookery.hosting.environment import build_environment

from .running import KEY, NO_HUB, parse_events, query


@dataclass(frozen=True, slots=True)
class Loaded:
    """A loaded file."""

    bots: list[LoadedBot]
    replies: list[str]
    """The text which each bot answers to "hello"."""
    sdk: str
    output: list[str] = field(default_factory=list)
    """Lines that the file printed."""

    def names_and_paths(self) -> list[tuple[str, str]]:
        return [(bot.name, bot.path) for bot in self.bots]


class Loader:
    """Runs `zygote.py`."""

    def __init__(self) -> None:
        self._results, theirs = os.pipe()
        self._process = subprocess.Popen(
            [sys.executable, "-P", str(Path(__file__).with_name("zygote.py")), str(theirs)],
            stdin=subprocess.PIPE,
            text=True,
            pass_fds=(theirs,),
            env=build_environment(os.environ, hub_url=NO_HUB, access_key=KEY),
        )
        os.close(theirs)
        self._lines = os.fdopen(self._results)

    def close(self) -> None:
        self._process.communicate()
        self._lines.close()

    def load(self, file: Path, sdk: Sdk = "fastapi_poe") -> Loaded:
        """What the file holds. Raises the `BotFileError` it ends with."""
        result = self._ask(file, sdk)
        if "error" in result:
            error = result["error"]
            raise BotFileError(error.pop("sentence"), **{**error, "file": Path(error["file"])})
        replies = [
            "".join(data["text"] for name, data in parse_events(body) if name == "text") for body in result["replies"]
        ]
        return Loaded([LoadedBot(*bot) for bot in result["bots"]], replies, result["sdk"], result["output"])

    def error(self, file: Path, sdk: Sdk = "fastapi_poe") -> BotFileError:
        """The `BotFileError` that loading the file ends with."""
        try:
            loaded = self.load(file, sdk)
        except BotFileError as error:
            return error
        raise AssertionError(f"{file.name} was loaded: {loaded}")

    def _ask(self, file: Path, sdk: Sdk) -> dict[str, Any]:
        assert self._process.stdin is not None
        self._process.stdin.write(json.dumps({"file": str(file), "sdk": sdk, "query": query("hello")}) + "\n")
        self._process.stdin.flush()
        line = self._lines.readline()
        assert line, "the forked process ended without a result"
        result: dict[str, Any] = json.loads(line)
        return result
