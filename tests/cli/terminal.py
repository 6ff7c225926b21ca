"""A pseudo-terminal for the command, and what a person sees in it.

`Screen` obeys the few control sequences that the command, Rich and readline send, the way xterm does.
"""

from __future__ import annotations

import fcntl
import os
import re
import signal
import struct
import subprocess
import sys
import termios
import threading
import time
from collections.abc import Callable, Mapping
from types import TracebackType
from typing import Self

from rich.cells import cell_len

START_S = 15.0
"""Bound of waits: they begin with the start of a process, which takes seconds on a busy machine."""

_TAKE_TERMINAL = (
    "import fcntl, os, sys, termios; fcntl.ioctl(0, termios.TIOCSCTTY, 0); os.execv(sys.argv[1], sys.argv[1:])"
)
_PIECE = re.compile(r"\x1b\[([?0-9;]*)([A-Za-z])|\x1b\][^\x07]*\x07|\x1b[=>(][B0]?|([\x00-\x1f])|([^\x00-\x1f\x1b]+)")
_BEGUN = re.compile(r"\x1b(?:\[[?0-9;]*|\][^\x07]*|[=>(])?\Z")


class Screen:
    """Lines of text with a cursor; lines that leave at the top stay at hand in `scrolled`."""

    def __init__(self, columns: int, rows: int) -> None:
        self.columns = columns
        self.rows = rows
        self.scrolled: list[str] = []
        self._lines: list[list[str]] = [[] for _ in range(rows)]
        self._row = 0
        self._column = 0
        self._rest = ""

    def feed(self, text: str) -> None:
        """Obeys what a program wrote; a sequence may come in two pieces."""
        text = self._rest + text
        self._rest = match[0] if (match := _BEGUN.search(text)) else ""
        text = text.removesuffix(self._rest)
        for parameters, command, control, printable in _PIECE.findall(text):
            if command:
                self._obey(command, int(parameters) if parameters.isdecimal() else 0, parameters)
            elif control:
                self._control(control)
            for character in printable:
                self._print(character)

    def _obey(self, command: str, number: int, parameters: str) -> None:
        if command == "A":
            self._row = max(0, self._row - max(number, 1))
        elif command == "C":
            self._column = min(self.columns - 1, self._column + max(number, 1))
        elif command == "D":
            self._column = max(0, min(self._column, self.columns - 1) - max(number, 1))
        elif command == "G":
            self._column = max(number, 1) - 1
        elif command == "K":
            keep = 0 if number == 2 else self._column
            self._lines[self._row] = self._lines[self._row][:keep]
        elif command == "J":
            self._lines[self._row] = self._lines[self._row][: self._column]
            self._lines[self._row + 1 :] = [[] for _ in self._lines[self._row + 1 :]]
        else:
            assert command in "mhl", f"a sequence that this screen does not know: {parameters}{command}"

    def _control(self, control: str) -> None:
        if control == "\r":
            self._column = 0
        elif control == "\n":
            self._line_feed()
        elif control == "\b":
            self._column = max(0, self._column - 1)
        else:
            assert control in "\x07", f"a control character: {control!r}"

    def _line_feed(self) -> None:
        self._row += 1
        if self._row == self.rows:
            self.scrolled.append("".join(self._lines.pop(0)).rstrip())
            self._lines.append([])
            self._row -= 1

    def _print(self, character: str) -> None:
        cells = cell_len(character)
        if self._column + cells > self.columns:  # as xterm: a full line wraps with the next character, not before
            self._column = 0
            self._line_feed()
        line = self._lines[self._row]
        line.extend(" " * (self._column - len(line)))
        line[self._column : self._column + cells] = [character] + [""] * (cells - 1)
        self._column += cells

    @property
    def text(self) -> str:
        """What is seen now."""
        return "\n".join("".join(line).rstrip() for line in self._lines).strip("\n")

    @property
    def position(self) -> tuple[int, int]:
        """Row and column of the cursor; the column equals the width after a full line."""
        return self._row, self._column

    @property
    def whole_text(self) -> str:
        """What is seen now, and what left at the top."""
        return "\n".join([*self.scrolled, self.text])


class Terminal:
    """A process in a pseudo-terminal of its own."""

    def __init__(self, arguments: list[str], environment: Mapping[str, str], columns: int = 80, rows: int = 24) -> None:
        self.screen = Screen(columns, rows)
        self.raw = ""
        """All that was written."""
        self._master, slave = os.openpty()
        self.resize(columns, rows)
        self.process = subprocess.Popen(
            # The child makes the terminal its own: then Ctrl-C reaches it as from a keyboard.
            [sys.executable, "-S", "-c", _TAKE_TERMINAL, *arguments],
            stdin=slave,
            stdout=slave,
            stderr=slave,
            start_new_session=True,
            env={**environment, "TERM": "xterm-256color"},
        )
        os.close(slave)
        self._changed = threading.Condition()
        self._has_ended = False
        self._reader = threading.Thread(target=self._read, name="terminal")
        self._reader.start()

    def _read(self) -> None:
        decoder = _Utf8()
        while data := self._read_some():
            with self._changed:
                text = decoder.decode(data)
                self.raw += text
                self.screen.feed(text)
                self._changed.notify_all()
        with self._changed:
            self._has_ended = True
            self._changed.notify_all()

    def _read_some(self) -> bytes:
        try:
            return os.read(self._master, 65536)
        except OSError:  # how Linux says that nobody has the other side open any more
            return b""

    def resize(self, columns: int, rows: int) -> None:
        """Gives the terminal another size."""
        fcntl.ioctl(self._master, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))

    def press(self, text: str) -> None:
        """Presses keys; `\\x03` is Ctrl-C, `\\x04` Ctrl-D."""
        os.write(self._master, text.encode())

    def enter(self, text: str) -> None:
        """Types a line and presses Enter."""
        self.press(text + "\r")

    def wait_for(self, text: str) -> str:
        """Waits until a text is on the screen; gives the screen."""
        return self._wait_until(lambda: text in self.screen.text, text)

    def wait_for_prompt(self) -> str:
        """Waits until the last line is an empty prompt; gives the screen."""
        return self._wait_until(self._is_at_prompt, "prompt")

    def clear_line(self) -> None:
        """Presses Ctrl-C at the prompt, again until it is heard.

        Python's readline looks for signals only while it waits for a key, so one that comes while it is still
        drawing the last key is not noticed before the next.
        """
        for _ in range(int(START_S)):
            self.press("\x03")
            with self._changed:
                if self._changed.wait_for(self._is_at_prompt, 1.0):
                    return
        raise AssertionError(f"Ctrl-C has no effect in:\n{self.screen.whole_text}")

    def _is_at_prompt(self) -> bool:
        return self.screen.text.split("\n")[-1] == ">"

    def _wait_until(self, is_so: Callable[[], bool], what: str) -> str:
        deadline = time.monotonic() + START_S
        with self._changed:
            while not is_so():
                left_s = deadline - time.monotonic()
                assert not self._has_ended, f"the process ended without {what!r}:\n{self.screen.whole_text}"
                assert left_s > 0, f"no {what!r} in:\n{self.screen.whole_text}"
                self._changed.wait(left_s)
            return self.screen.text

    def wait(self) -> int:
        """Waits for the end of the process; gives its exit code."""
        code = self.process.wait(START_S)
        self._reader.join(START_S)
        return code

    def echoes(self) -> bool:
        """Whether the terminal shows what is typed."""
        flags: int = termios.tcgetattr(self._master)[3]
        return bool(flags & termios.ECHO)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGKILL)
            self.process.wait(START_S)
        self._reader.join(START_S)
        os.close(self._master)


class _Utf8:
    """Decodes characters that may be cut between two pieces."""

    def __init__(self) -> None:
        self._rest = b""

    def decode(self, data: bytes) -> str:
        data = self._rest + data
        for cut in range(4):
            try:
                text = data[: len(data) - cut].decode()
            except UnicodeDecodeError:
                continue
            self._rest = data[len(data) - cut :]
            return text
        return data.decode("utf-8", "replace")
