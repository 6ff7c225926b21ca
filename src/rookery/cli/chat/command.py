"""The arguments of `rookery chat`, and what they lead to: one message, or a conversation."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import typer

from rookery.cli.addresses import DEFAULT_HUB
from rookery.cli.chat.files import check_files
from rookery.cli.chat.interactive import converse
from rookery.cli.chat.parameters import read_parameters, split_parameters
from rookery.cli.chat.screens import JsonScreen, PipeScreen, Screen, TerminalScreen
from rookery.cli.chat.session import BotLabel, ChatSession
from rookery.cli.errors import AnswerFailed
from rookery.cli.options import HubOption, JsonOption, open_hub

INTERRUPTED = 130
"""Exit code after Ctrl-C, as shells have it."""

app = typer.Typer(add_completion=False)


@app.command(
    "chat",
    epilog="Into a file or a pipe goes the final text of the answer, and nothing else. When an answer ends with an "
    "error, what came is printed all the same, and the exit code is 1.",
)
def chat(
    bot: Annotated[str, typer.Argument(help="Name of the bot.")],
    message: Annotated[
        str | None,
        typer.Argument(help="What to say; '-' reads standard input; nothing: a conversation."),
    ] = None,
    param: Annotated[
        list[str] | None,
        typer.Option("--param", "-p", metavar="NAME=VALUE", help="A parameter of the bot; may be repeated."),
    ] = None,
    file: Annotated[
        list[Path] | None,
        typer.Option("--file", "-f", metavar="PATH", help="A file to send with the message; may be repeated."),
    ] = None,
    save: Annotated[
        Path | None,
        typer.Option("--save", metavar="DIR", help="Save the files of answers in this folder.", file_okay=False),
    ] = None,
    stream: Annotated[
        bool | None,
        typer.Option("--stream/--no-stream", help="Show text as it comes. Default: in a terminal only."),
    ] = None,
    hub: HubOption = DEFAULT_HUB,
    as_json: JsonOption = False,
) -> None:
    """Talk to a bot: send one message and print the answer, or have a conversation."""
    parameters = _split_parameters(param or [])
    if message is None:
        if as_json:
            raise typer.BadParameter("--json needs a MESSAGE, or '-' for standard input.")
        job = Job(bot, parameters, file or [], save, _choose_screen(stream, as_json=False))
        _converse(hub, job)
    else:
        text = _read_text(message, may_be_empty=bool(file))
        _send_one(hub, text, Job(bot, parameters, file or [], save, _choose_screen(stream, as_json=as_json)))


@dataclass(frozen=True, slots=True)
class Job:
    """What the arguments ask for, read."""

    bot: str
    parameters: dict[str, str]
    files: list[Path]
    save: Path | None
    screen: Screen


def _split_parameters(options: list[str]) -> dict[str, str]:
    try:
        return split_parameters(options)
    except ValueError as error:
        raise typer.BadParameter(f"{error}.") from None


def _read_text(message: str, *, may_be_empty: bool) -> str:
    if message == "-":
        text = sys.stdin.buffer.read().decode("utf-8", "replace").removesuffix("\n")
    else:
        # Bytes of the command line that are no UTF-8 come as halves of surrogate pairs, which JSON cannot hold.
        text = message.encode("utf-8", "surrogateescape").decode("utf-8", "replace")
    if not text.strip() and not may_be_empty:
        raise typer.BadParameter("the message is empty.")
    return text


def _choose_screen(stream: bool | None, *, as_json: bool) -> Screen:
    if as_json:
        return JsonScreen()
    if sys.stdout.isatty():
        return TerminalScreen(streams=stream is not False)
    return PipeScreen(streams=stream is True)


def _send_one(hub_url: str, text: str, job: Job) -> None:
    check_files(job.files)
    with open_hub(hub_url) as hub:
        label = BotLabel(job.bot)
        controls = None
        if job.parameters or isinstance(job.screen, TerminalScreen):
            known = hub.get_bot(job.bot)
            controls = known.get("parameter_controls")
            if isinstance(job.screen, TerminalScreen):
                label = BotLabel(known["name"], known["kind"])
        session = ChatSession(hub, label, job.screen, read_parameters(job.parameters, controls), job.save)
        for path in job.files:
            session.attach(path)
        answer = session.ask(text)
    if answer.is_stopped_here:
        raise typer.Exit(INTERRUPTED)
    if answer.error is not None:
        raise AnswerFailed(answer.error, answer.remedy)
    if answer.unsaved:
        raise typer.Exit(1)


def _converse(hub_url: str, job: Job) -> None:
    check_files(job.files)
    with open_hub(hub_url) as hub:
        known = hub.get_bot(job.bot)
        values = read_parameters(job.parameters, known.get("parameter_controls"))
        session = ChatSession(hub, BotLabel(known["name"], known["kind"]), job.screen, values, job.save)
        if not converse(session, known, job.files):
            raise typer.Exit(1)
