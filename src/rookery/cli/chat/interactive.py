"""The conversation loop: read a message, ask, show, until the person leaves."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from rookery.cli.chat.files import read_paths
from rookery.cli.chat.model import Answer
from rookery.cli.chat.prompt import Prompt
from rookery.cli.chat.session import ChatSession
from rookery.cli.errors import CommandError
from rookery.cli.output import describe_size, print_error, print_line, safe_line

HELP = '''/new        begin a new conversation
/retry      another answer to the last message
/file PATH  send a file with the next message
/quit       leave (or Ctrl-D)
1, 2 …      send that suggested reply
//text      send text that begins with a slash
@Name text  ask another bot in this conversation
A line that ends in \\ goes on in the next one; """ begins and ends a message of several lines.
Ctrl-C stops an answer; what came is kept.'''


def converse(session: ChatSession, bot: Mapping[str, Any], files: Sequence[Path] = ()) -> bool:
    """Runs the conversation until Ctrl-D or /quit. Trouble with an answer is told, and the conversation goes on.

    `files` go with the first message. Gives False when the messages came from a file or a pipe and an answer to one
    of them did not end well.
    """
    with Prompt() as prompt:
        is_terminal = prompt.is_terminal and sys.stdout.isatty()
        if is_terminal:
            _print_header(bot)
        conversation = Conversation(session, prompt, offers_suggestions=is_terminal)
        conversation.attach(files)
        all_well = conversation.run()
        return all_well or prompt.is_terminal


def _print_header(bot: Mapping[str, Any]) -> None:
    description = safe_line(bot.get("description") or "")
    print_line(f"{bot['name']} ({bot['kind']}){': ' if description else ''}{description}", "bold")
    if bot.get("introduction"):
        print_line(bot["introduction"])
    print_line("/help lists the commands, Ctrl-D leaves.", "dim")


class Conversation:
    """What the person types, acted upon."""

    def __init__(self, session: ChatSession, prompt: Prompt, *, offers_suggestions: bool) -> None:
        self._session = session
        self._prompt = prompt
        self._offers_suggestions = offers_suggestions
        self._suggestions: tuple[str, ...] = ()
        self._all_well = True

    def run(self) -> bool:
        """Acts until there is nothing more to read; gives whether every answer ended well."""
        while True:
            try:
                text = self._prompt.read()
                if text is None:
                    self._leave()
                    break
                if not self._act(text):
                    break
            except KeyboardInterrupt:
                if not self._prompt.is_terminal:
                    raise
                print_line("")  # the line that was begun is dropped
        return self._all_well

    def _leave(self) -> None:
        if self._offers_suggestions:
            print_line("")

    def _act(self, text: str) -> bool:
        """Gives False when the person wants to leave."""
        command = text.strip()
        if not command:
            return True
        if command == "/quit":
            return False
        if command.startswith("/") and not command.startswith("//") and "\n" not in command:
            self._run_command(command)
        else:
            self._ask(self._chosen(text.removeprefix("/") if command.startswith("//") else text))
        return True

    def _run_command(self, command: str) -> None:
        if command == "/help":
            print_line(HELP, "dim")
        elif command == "/new":
            self._session.forget()
            self._suggestions = ()
            print_line("A new conversation.", "dim")
        elif command == "/retry":
            self._show(self._session.ask_again)
        elif command.split()[0] == "/file":
            self._run_file(command.removeprefix("/file").strip())
        else:
            name = command.split()[0]
            print_error(f"There is no command {name}.", f"/help lists them; /{name} sends it to the bot.")

    def _chosen(self, text: str) -> str:
        number = text.strip()
        if number.isdecimal() and 1 <= int(number) <= len(self._suggestions):
            text = self._suggestions[int(number) - 1]
            print_line(f"> {safe_line(text)}", "dim")
        return text

    def _run_file(self, text: str) -> None:
        if not text:
            print_error("Which file?", "Write: /file PATH")
            return
        self.attach(read_paths(text))

    def attach(self, paths: Iterable[Path]) -> None:
        """Sends files at once, so that what is wrong with them is told before the message is written."""
        for path in paths:
            try:
                file = self._session.attach(path)
            except CommandError as error:
                self._tell(error)
                return
            size = describe_size(file["size"])
            told = f"{safe_line(file['name'])} ({file['content_type']}, {size}) goes with your next message."
            print_line(told, "dim", stderr=not self._offers_suggestions)

    def _ask(self, text: str) -> None:
        self._show(lambda: self._session.ask(text))

    def _tell(self, error: CommandError) -> None:
        if not self._prompt.is_terminal:
            raise error
        print_error(error.message, error.remedy)

    def _show(self, ask: Callable[[], Answer | None]) -> None:
        self._suggestions = ()
        try:
            answer = ask()
        except CommandError as error:
            self._tell(error)
            return
        if answer is None:
            print_line("There is nothing to send again yet.", "dim")
            return
        if self._offers_suggestions:
            self._suggestions = answer.reply.suggested_replies
        if answer.unsaved:
            self._all_well = False
        if answer.error is not None and not answer.is_stopped_here:
            self._all_well = False
            print_error(answer.error, answer.remedy)
        if self._offers_suggestions:
            print_line("")  # room before the next prompt
