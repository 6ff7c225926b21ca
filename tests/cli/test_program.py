"""The program as a whole: what it imports, how it fails, what it prints without a hub."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from rookery.cli.app import COMMANDS
from rookery.version import __version__
from tests.cli.proxies import no_hub
from tests.cli.running import PROCESS_S, ROOKERY, Cli
from tests.cli.scripts import actor, until_stopped
from tests.cli.world import WAIT_S, Home, World
from tests.support.serving import free_port, serve

HUB_ONLY = {"sqlalchemy", "alembic", "aiohttp", "uvicorn", "fastapi", "starlette", "rookery.hub", "rookery.hosting"}
"""What client commands must not load: it would make every one of them slow."""

LOADED = """
import json, sys
from rookery.cli import app
for command in app.COMMANDS:
    if command.name not in ("up", "dev"):
        command.load()
print(json.dumps(sorted(sys.modules)))
"""


def test_the_version_is_printed(cli: Cli) -> None:
    outcome = cli.run("--version")
    assert (outcome.code, outcome.out) == (0, f"rookery {__version__}\n")


def test_help_lists_every_command_without_loading_it(cli: Cli) -> None:
    outcome = cli.run("--help")
    assert outcome.code == 0
    for command in COMMANDS:
        assert f" {command.name} " in outcome.out
    assert "ROOKERY_API_KEY" in outcome.out


@pytest.mark.parametrize("arguments", [["chat"], ["bots"], ["bots", "create"], ["keys", "create"]])
def test_every_client_command_has_help(cli: Cli, arguments: list[str]) -> None:
    outcome = cli.run(*arguments, "-h")
    assert outcome.code == 0
    assert f"Usage: rookery {' '.join(arguments)} " in outcome.out


@pytest.mark.slow
def test_client_commands_load_nothing_of_the_hub(cli: Cli) -> None:
    done = subprocess.run(
        [sys.executable, "-c", LOADED], env=cli.environment(), capture_output=True, timeout=PROCESS_S, check=True
    )
    loaded = json.loads(done.stdout)
    assert "rookery.cli.hub_client" in loaded
    assert [name for name in loaded if any(name == heavy or name.startswith(f"{heavy}.") for heavy in HUB_ONLY)] == []


def test_unknown_commands_are_usage_errors_with_a_suggestion(cli: Cli) -> None:
    outcome = cli.run("bot", "list")
    assert outcome.code == 2
    assert "Did you mean 'bots'?" in outcome.err


def test_no_hub_is_one_sentence_with_a_remedy(cli: Cli) -> None:
    url = f"http://127.0.0.1:{free_port()}"
    for command in (["bots", "list"], ["keys", "list", "--json"], ["chat", "b", "hi"], ["chat", "b", "hi", "--json"]):
        outcome = cli.run(*command, "--hub", url)
        assert (outcome.code, outcome.out) == (1, "")
        assert outcome.err == f"No hub answers at {url}. Start one with: rookery up (or: rookery dev main.py)\n"


def test_the_option_goes_before_the_variable_and_that_before_the_default(cli: Cli) -> None:
    urls = [f"http://127.0.0.1:{free_port()}" for _ in range(2)]
    assert urls[0] in cli.run("bots", "list", "--hub", urls[0], ROOKERY_URL=urls[1]).err
    assert urls[1] in cli.run("bots", "list", ROOKERY_URL=urls[1]).err
    assert "[default: http://127.0.0.1:8080]" in cli.run("bots", "list", "--help").out


def test_an_address_that_is_none_is_a_usage_error(cli: Cli) -> None:
    outcome = cli.run("bots", "list", "--hub", "localhost:8080")
    assert outcome.code == 2
    assert "'localhost:8080' is not" in outcome.err


@pytest.mark.parametrize(
    ("path", "sentence"),
    [
        ("page", "is not a Rookery hub. Name the hub's address with --hub or ROOKERY_URL."),
        ("broken", "failed (HTTP status 502). See its log."),
        ("moved", "sends on to https://elsewhere.example/api/bots."),
        ("missing", "is not a Rookery hub."),
    ],
)
def test_what_is_no_hub_is_told_apart(world: World, cli: Cli, path: str, sentence: str) -> None:
    url = f"{world.enter(serve(no_hub()))}/{path}"
    outcome = cli.run("bots", "list", "--hub", url)
    assert outcome.code == 1
    assert url in outcome.err
    assert sentence in outcome.err
    assert outcome.err.count("\n") == 1


def test_an_error_of_our_own_is_a_sentence_and_a_file(
    cli: Cli, config_dir: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail() -> None:
        raise RuntimeError("two\nlines")

    bots = next(command for command in COMMANDS if command.name == "bots")
    monkeypatch.setattr(bots, "load", fail)
    outcome = cli.run("bots", "list")
    path = config_dir / "last-crash.txt"
    assert (outcome.code, outcome.out) == (1, "")
    assert outcome.err == (
        "rookery failed by an error of its own: RuntimeError: two lines. "
        f"Please report it with the contents of {path}\n"
    )
    assert "Traceback" in path.read_text()


@pytest.mark.slow
def test_the_installed_command_runs(home: Home, cli: Cli) -> None:
    home.add_bot("installed", actor)
    outcome = cli.run_process("chat", "installed", "-", input=b"replace\n")
    assert (outcome.code, outcome.out, outcome.err) == (0, "The answer is 42.\n", "")


@pytest.mark.slow
def test_an_unknown_bot_ends_the_process_with_one_line(cli: Cli) -> None:
    outcome = cli.run_process("bots", "show", "nobody", "--json")
    assert (outcome.code, outcome.out) == (1, "")
    assert outcome.err == "There is no bot 'nobody' on this hub. See: rookery bots list\n"


@pytest.mark.slow
def test_a_reader_that_leaves_is_no_reason_to_complain(home: Home, cli: Cli) -> None:
    home.add_bot("unread", actor)
    for arguments in (["bots", "list"], ["chat", "unread", "pieces", "--stream"]):
        reading, writing = os.pipe()
        os.close(reading)
        with cli.process(*arguments, stdout=writing) as process:
            os.close(writing)
            _, err = process.communicate(timeout=PROCESS_S)
        assert (process.returncode, err) == (1, b"")


@pytest.mark.slow
def test_a_terminal_without_unicode_gets_question_marks(home: Home, cli: Cli) -> None:
    home.add_bot("foreign", actor)
    outcome = cli.run_process("chat", "foreign", "漢字", PYTHONIOENCODING="ascii", PYTHONUTF8="0")
    assert (outcome.code, outcome.err) == (0, "")
    assert "user: ??" in outcome.out


@pytest.mark.slow
def test_an_interrupt_stops_the_answer_and_keeps_what_came(home: Home, cli: Cli) -> None:
    bot = home.add_bot("interrupted", until_stopped)
    with cli.process("chat", "interrupted", "go", "--stream") as process:
        assert process.stdout is not None
        assert process.stdout.read(9) == b"It began "
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=PROCESS_S)
    assert (process.returncode, out, err) == (130, b"\n", b"(stopped)\n")
    home.world.run(asyncio.wait_for(bot.all_closed.wait(), WAIT_S))  # the bot was told


@pytest.mark.slow
def test_an_interrupt_before_any_answer_is_quiet(world: World, cli: Cli) -> None:
    """The hub here takes connections and says nothing."""
    with socket.create_server(("127.0.0.1", 0)) as silent:
        url = f"http://127.0.0.1:{silent.getsockname()[1]}"
        with cli.process("bots", "list", "--hub", url) as process:
            silent.settimeout(PROCESS_S)
            connection, _ = silent.accept()
            with connection:
                process.send_signal(signal.SIGINT)
                out, err = process.communicate(timeout=PROCESS_S)
    assert (process.returncode, out, err) == (130, b"", b"")


@pytest.mark.slow
def test_the_command_is_where_people_look_for_it() -> None:
    assert os.access(ROOKERY, os.X_OK)
