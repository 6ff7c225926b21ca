"""Where answers are shown: in a terminal as they come, in a pipe as the final text, or as one JSON object.

A screen is used once per answer:  begin ──► append, replace … ──► end(answer) ──► close   (close always)
"""

from __future__ import annotations

import sys
from contextlib import ExitStack
from typing import Protocol

from rookery.cli.chat.cursor import AnswerCursor
from rookery.cli.chat.model import Answer
from rookery.cli.chat.terminal import Waiting, muted_keyboard, terminal_size
from rookery.cli.output import console, print_error, print_json, print_line, safe_line, safe_text
from rookery.protocol.events import FileEvent

REPLACED = "the bot replaced its answer"


class Screen(Protocol):
    """Shows one answer after another."""

    def begin(self, bot: str, kind: str | None) -> None:
        """A bot has been asked; the kind is None when nobody looked it up."""
        ...

    def append(self, text: str) -> None:
        """More text came."""
        ...

    def replace(self, text: str) -> None:
        """This text takes the place of all that came before."""
        ...

    def end(self, answer: Answer) -> None:
        """The answer is complete, or as complete as it will get. Its error is left to the caller."""
        ...

    def close(self) -> None:
        """Puts the terminal back; also without `end`, and more than once."""
        ...


class JsonScreen:
    """One JSON object at the end."""

    def begin(self, bot: str, kind: str | None) -> None: ...

    def append(self, text: str) -> None: ...

    def replace(self, text: str) -> None: ...

    def end(self, answer: Answer) -> None:
        print_json(answer.as_json())
        for trouble in answer.unsaved:
            print_error(trouble.message, trouble.remedy)

    def close(self) -> None: ...


class PipeScreen:
    """Text for programs, as the bot wrote it: the final text, or pieces as they come when `streams` is set."""

    def __init__(self, *, streams: bool) -> None:
        self._streams = streams
        self._last = ""
        """The last character written."""

    def begin(self, bot: str, kind: str | None) -> None:
        self._last = ""

    def append(self, text: str) -> None:
        if self._streams:
            self._write(text)

    def replace(self, text: str) -> None:
        # What is in a pipe cannot be taken back.
        if self._streams:
            self._end_line()
            self._write(f"--- {REPLACED} ---\n{text}" if self._last else text)

    def end(self, answer: Answer) -> None:
        if not self._streams:
            self._write(answer.reply.text)
        self._end_line()
        for text in answer.reply.alternatives.values():
            self._write(f"\n{text}")
            self._end_line()
        for file in answer.reply.files:
            print_line(_file_line(file), stderr=True, is_whole=True)
        show_remarks(answer)

    def _write(self, text: str) -> None:
        sys.stdout.write(text)
        sys.stdout.flush()
        self._last = text[-1:] or self._last

    def _end_line(self) -> None:
        if self._last not in ("", "\n"):
            self._write("\n")

    def close(self) -> None: ...


class TerminalScreen:
    """Text for a person, as it comes unless `streams` is off, then files and suggested replies.

    A replaced answer is drawn over while its beginning is still on the screen. When it is not, the new text follows
    below a line, and only once something comes after it: a bot that replaces a long answer ten times a second would
    otherwise fill the terminal with copies.
    """

    def __init__(self, *, streams: bool) -> None:
        self._streams = streams
        self._shown: list[str] = []
        self._held: str | None = None
        self._cursor = AnswerCursor(terminal_size().columns)
        self._size = terminal_size()
        self._waiting: Waiting | None = None
        self._terminal = ExitStack()

    def begin(self, bot: str, kind: str | None) -> None:
        print_line(safe_line(bot) + (f" · {kind}" if kind == "stand-in" else ""), "dim")
        self._begin_text()
        self._terminal.enter_context(muted_keyboard())
        self._waiting = Waiting(f"waiting for {safe_line(bot)}")
        self._waiting.start()

    def _begin_text(self) -> None:
        self._shown = []
        self._held = None
        self._size = terminal_size()
        self._cursor = AnswerCursor(self._size.columns)

    def append(self, text: str) -> None:
        if self._streams:
            self._draw_held()
            self._write(text)

    def replace(self, text: str) -> None:
        if not self._streams:
            return
        shown = "".join(self._shown)
        if text.startswith(shown) and self._held is None:
            self._write(text[len(shown) :])
        elif self._can_draw_over:
            self._clear()
            self._write(text)
        else:
            self._held = text

    @property
    def _can_draw_over(self) -> bool:
        has_beginning_on_screen = self._cursor.row < self._size.lines
        is_same_size = self._size == terminal_size()
        return self._cursor.is_certain and has_beginning_on_screen and is_same_size and not console().is_dumb_terminal

    def _clear(self) -> None:
        self._stop_waiting()
        up = f"\x1b[{self._cursor.row}A" if self._cursor.row else ""
        sys.stdout.write(f"\r{up}\x1b[J")
        self._begin_text()

    def _draw_held(self) -> None:
        if self._held is None:
            return
        held = self._held
        self._end_line()
        console().rule(f"[dim]{REPLACED}[/dim]", style="dim", align="left")
        self._begin_text()
        self._write(held)

    def _write(self, text: str) -> None:
        if not text:
            return
        self._stop_waiting()
        self._shown.append(text)
        if (size := terminal_size()) != self._size:
            # Narrower or wider, the terminal has wrapped the earlier lines anew: the way back is lost.
            self._size = size
            self._cursor.width = size.columns
            self._cursor.is_certain = False
        sys.stdout.write(self._cursor.advance(safe_text(text)))
        sys.stdout.flush()

    def _stop_waiting(self) -> None:
        if self._waiting is not None:
            self._waiting.stop()
            self._waiting = None

    def _end_line(self) -> None:
        if self._cursor.column:
            sys.stdout.write("\n")
            sys.stdout.flush()
            self._cursor.column = 0

    def end(self, answer: Answer) -> None:
        if self._streams:
            self._draw_held()
        else:
            self._write(answer.reply.text)
        self.close()
        for number, text in answer.reply.alternatives.items():
            print_line(f"answer {number + 1}", "dim")
            print_line(text)
        for file in answer.reply.files:
            print_line(_file_line(file), is_whole=True)
        for number, reply in enumerate(answer.reply.suggested_replies, start=1):
            print_line(f"{number}  {safe_line(reply)}", "dim")
        show_remarks(answer)

    def close(self) -> None:
        self._stop_waiting()
        self._terminal.close()
        self._end_line()


def show_remarks(answer: Answer) -> None:
    """Prints what is about an answer and not part of it, on standard error."""
    for path in answer.saved or ():
        print_line(f"saved as {path}", "dim", stderr=True, is_whole=True)
    for trouble in answer.unsaved:
        print_error(trouble.message, trouble.remedy)
    for notice in answer.notices:
        print_line(safe_line(notice), "dim", stderr=True)
    if answer.is_stopped_here:
        print_line("(stopped)", "dim", stderr=True)


def _file_line(file: FileEvent) -> str:
    return "  ".join(map(safe_line, (file.file_name, file.content_type, file.url)))
