"""The process that parses: `python -m rookery.hub.parsing.worker TIME_S MEMORY_MB`. It is trusted with nothing.

    in    one JSON object a line   {"path": …, "form": …}
    out   {"ready": true}, then for each line {"text", "facts", "trouble", "cause"}

It ends with its input. Memory and time are bounded twice: here by the system, and by the hub, which kills it.
"""

from __future__ import annotations

import contextlib
import ctypes
import json
import os
import resource
import signal
import sys
from pathlib import Path
from typing import Any, BinaryIO

from rookery.hub.parsing import documents, pictures
from rookery.hub.parsing.forms import HTML, PICTURE, PLAIN
from rookery.hub.parsing.htmltext import visible_text
from rookery.hub.parsing.model import Finding, failed
from rookery.hub.parsing.plain import NEEDED_BYTES, cut, decode, tidied

HTML_BYTES = 16 * 1024 * 1024
"""Bytes of a web page that are looked at; what comes after is nobody's text."""

WRITTEN_BYTES = 64 * 1024 * 1024
"""Bytes of the largest file that a parser may write; none is known to write any."""

PR_SET_PDEATHSIG = 1
CLONE_NEWUSER = 0x10000000
CLONE_NEWNET = 0x40000000
"""Flags of Linux's `unshare` (linux/sched.h)."""

BINARY = failed("file", "it is said to be text, but holds binary data")


def read(path: Path, form: str) -> Finding:
    """What is in the file, read as this form."""
    if form == PICTURE:
        return pictures.look_at(path)
    if form not in (PLAIN, HTML):
        return documents.read_document(path, form)
    with path.open("rb") as file:
        text = decode(file.read(HTML_BYTES if form == HTML else NEEDED_BYTES))
    if text is None:
        return BINARY
    return Finding(text=cut(tidied(visible_text(text) if form == HTML else text)))


def serve(tasks: BinaryIO, answers: BinaryIO, time_s: float) -> None:
    """Answers every line until the input ends."""
    _answer(answers, {"ready": True})
    for line in tasks:
        task: dict[str, Any] = json.loads(line)
        _allow_processor_time(time_s)
        try:
            found = read(Path(task["path"]), task["form"])
        except MemoryError:
            found = Finding(cause="memory")
        except RecursionError:
            found = failed("file", "it is nested too deeply")
        _answer(answers, {"text": found.text, "facts": found.facts, "trouble": found.trouble, "cause": found.cause})


def _answer(answers: BinaryIO, value: dict[str, Any]) -> None:
    answers.write(json.dumps(value, ensure_ascii=False).encode() + b"\n")
    answers.flush()


def _end_with_the_hub() -> None:
    """Has the system end this process with the one that started it: a killed hub closes no pipe in time.

    The end of the pipe says so everywhere, but only between two files.
    """
    if sys.platform.startswith("linux"):
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)


def _leave_the_network() -> None:
    """Gives the process a network of its own, without any connection, where the system allows that.

    Nothing here uses the network; should a file find a way to make a parser do so, it gets nowhere.
    """
    if not sys.platform.startswith("linux"):
        return
    unshare = getattr(ctypes.CDLL(None), "unshare", None)
    # The first needs a privilege, the second makes one of its own; containers mostly refuse both.
    if unshare is not None and unshare(CLONE_NEWNET) != 0:
        unshare(CLONE_NEWUSER | CLONE_NEWNET)


def _bound_memory(memory_mb: int) -> None:
    # Address space, because it is what every system can bound: on top of what the process already has mapped.
    limit = _mapped_bytes() + memory_mb * 1024 * 1024
    with contextlib.suppress(ValueError, OSError):
        resource.setrlimit(resource.RLIMIT_AS, (limit, limit))
    with contextlib.suppress(ValueError, OSError):
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    with contextlib.suppress(ValueError, OSError):
        resource.setrlimit(resource.RLIMIT_FSIZE, (WRITTEN_BYTES, WRITTEN_BYTES))


def _mapped_bytes() -> int:
    try:
        return int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()
    except (OSError, ValueError, IndexError):
        return 512 * 1024 * 1024


def _allow_processor_time(time_s: float) -> None:
    """So that a worker whose hub is gone does not parse on for ever."""
    usage = resource.getrusage(resource.RUSAGE_SELF)
    _, most = resource.getrlimit(resource.RLIMIT_CPU)
    with contextlib.suppress(ValueError, OSError):
        resource.setrlimit(resource.RLIMIT_CPU, (int(usage.ru_utime + usage.ru_stime + time_s) + 2, most))


def main(arguments: list[str]) -> None:
    """Serves standard input. What libraries print goes to standard error, never among the answers."""
    time_s, memory_mb = float(arguments[0]), int(arguments[1])
    answers = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    _end_with_the_hub()
    _leave_the_network()
    if documents.is_installed():
        with contextlib.suppress(ImportError, OSError):
            documents.load()
    _bound_memory(memory_mb)
    serve(sys.stdin.buffer, answers, time_s)


if __name__ == "__main__":
    main(sys.argv[1:])
