"""Running the command: in this process, in one of its own, or in a pseudo-terminal."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from typer.testing import CliRunner

from rookery.cli.app import app
from tests.cli.world import Home

ROOKERY = str(Path(sys.executable).with_name("rookery"))
PROCESS_S = 20.0
"""A bound, not an expectation: starting Python on a busy machine may take seconds."""


@dataclass(frozen=True)
class Outcome:
    """How a run of the command ended."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        """The one object on standard output; its being one is part of the test."""
        assert self.out.count("\n") == 1, self.out
        return json.loads(self.out)


@dataclass(frozen=True)
class Cli:
    """The command, pointed at a hub by the environment that a person would set."""

    variables: Mapping[str, str]

    def run(self, *arguments: str, input: str | bytes = "", **variables: str) -> Outcome:
        """Runs the command in this process. `variables`: further environment."""
        unset: dict[str, str | None] = dict.fromkeys(name for name in os.environ if name.startswith("ROOKERY_"))
        result = CliRunner().invoke(
            app, arguments, prog_name="rookery", input=input, env={**unset, **self.variables, **variables}
        )
        return Outcome(result.exit_code, result.stdout, result.stderr)

    def environment(self, **variables: str) -> dict[str, str]:
        """The environment of a process that runs the command."""
        # COLUMNS and LINES would tell Rich another size than the terminal has.
        ours = ("ROOKERY_", "COLUMNS", "LINES")
        kept = {name: value for name, value in os.environ.items() if not name.startswith(ours)}
        return {**kept, "LC_ALL": "C.UTF-8", **self.variables, **variables}

    def process(self, *arguments: str, **options: Any) -> subprocess.Popen[bytes]:
        """Starts the command as a process with pipes."""
        pipes = {"stdin": subprocess.DEVNULL, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
        return subprocess.Popen([ROOKERY, *arguments], env=self.environment(), **{**pipes, **options})

    def run_process(self, *arguments: str, input: bytes = b"", **variables: str) -> Outcome:
        """Runs the command as a process of its own."""
        done = subprocess.run(
            [ROOKERY, *arguments],
            env=self.environment(**variables),
            input=input,
            capture_output=True,
            timeout=PROCESS_S,
            check=False,
        )
        return Outcome(done.returncode, done.stdout.decode(), done.stderr.decode())


def cli_for(home: Home, config_dir: Path, *, signed_in: bool = True) -> Cli:
    """Gives the command for a hub, with the owner's API key in the environment."""
    variables = {"ROOKERY_URL": home.url, "ROOKERY_CONFIG_DIR": str(config_dir)}
    return Cli({**variables, "ROOKERY_API_KEY": home.api_key} if signed_in else variables)
