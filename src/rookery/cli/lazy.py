"""Commands that are imported only when they run: `rookery --help` needs a name and one line, not the code."""

from __future__ import annotations

from importlib import import_module
from typing import Any

from typer.core import TyperCommand
from typer.main import get_command


class LazyCommand(TyperCommand):
    """Stands for the Typer object called `app` of a module, until the command is used.

    `help` is the line in the program's own list; the command's `--help` comes from its module.
    """

    def __init__(self, name: str, module: str, help: str) -> None:
        super().__init__(name, help=help)
        self.module = module

    def load(self) -> Any:
        """Imports the module and gives the real command or group."""
        command = get_command(import_module(self.module).app)
        command.name = self.name
        return command

    def make_context(self, *args: Any, **kwargs: Any) -> Any:
        """Gives the real command's context: running it, its `--help` and its completion all begin here."""
        return self.load().make_context(*args, **kwargs)
