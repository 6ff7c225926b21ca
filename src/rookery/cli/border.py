"""The border of the command: whatever happens inside, the person reads one sentence and never a traceback.

CommandError        sentence and remedy on standard error     its exit code, 1 as a rule
anything else       the same; the details go into a file      1
Ctrl-C              nothing                                   130 (by Typer)
reader has left     nothing                                   1 (by Typer, or here at the last flush)
usage errors        Typer's own explanation                   2 (by Typer)
"""

from __future__ import annotations

import os
import sys
import traceback
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from io import TextIOWrapper

from rookery.cli.errors import CommandError
from rookery.cli.output import print_error
from rookery.cli.private_files import config_folder, write_private

CRASH_FILE = "last-crash.txt"
"""In the configuration folder; holds the traceback of the last failure that is our own fault."""


@contextmanager
def command_border() -> Iterator[None]:
    """Turns failures of the code inside into a sentence on standard error and an exit code (as SystemExit)."""
    _tolerate_encodings()
    try:
        try:
            yield
        finally:
            # Here and not when Python ends: there, a reader that has left would be complained about.
            sys.stdout.flush()
    except CommandError as error:
        print_error(error.message, error.remedy)
        sys.exit(error.exit_code)
    except BrokenPipeError:
        _forget_unwritten_output()
        sys.exit(1)
    except Exception as error:
        # The border of a command (style 4.7): an error of ours, which must not bury the person under a traceback.
        print_error(_describe_crash(error), _keep_traceback())
        sys.exit(1)


def _tolerate_encodings() -> None:
    # A terminal that is not set to UTF-8 must not turn a bot's emoji into a crash, nor odd bytes that are read.
    for stream in (sys.stdin, sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):
            stream.reconfigure(errors="replace")


def _forget_unwritten_output() -> None:
    with suppress(OSError, ValueError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _describe_crash(error: Exception) -> str:
    detail = " ".join(str(error).split())
    return f"rookery failed by an error of its own: {type(error).__name__}{': ' if detail else ''}{detail}."


def _keep_traceback() -> str:
    path = config_folder() / CRASH_FILE
    try:
        write_private(path, traceback.format_exc())
    except OSError:
        return "Please report it with the command that you ran."
    return f"Please report it with the contents of {path}"
