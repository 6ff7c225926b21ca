"""`rookery check` as a process: the report for people and for programs, exit codes, usage."""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

import rookery
from rookery.cli.app import app
from rookery.conformance.rules import RULES
from tests.cli.terminal import Terminal
from tests.conformance.faulty import KEY, BotServer
from tests.sdk.serving import free_address, serve

ROOKERY = str(Path(sys.executable).with_name("rookery"))
PROCESS_S = 30.0


@dataclass(frozen=True)
class Run:
    code: int
    out: str
    err: str

    @property
    def verdicts(self) -> dict[str, dict[str, Any]]:
        return {verdict["rule"]: verdict for verdict in json.loads(self.out)["verdicts"]}


def environment(**variables: str) -> dict[str, str]:
    ours = ("ROOKERY_", "POE_", "COLUMNS", "LINES")
    kept = {name: value for name, value in os.environ.items() if not name.startswith(ours)}
    return {**kept, "LC_ALL": "C.UTF-8", **variables}


async def run(*arguments: str, **variables: str) -> Run:
    process = await asyncio.create_subprocess_exec(
        ROOKERY,
        "check",
        *arguments,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env=environment(**variables),
    )
    async with asyncio.timeout(PROCESS_S):
        out, err = await process.communicate()
    assert process.returncode is not None
    return Run(process.returncode, out.decode(), err.decode())


class Echo(rookery.PoeBot):
    async def get_response(self, request: rookery.QueryRequest) -> Any:
        yield rookery.PartialResponse(text=request.query[-1].content or "nothing")


async def test_a_sound_server_gives_a_report_for_people_and_ends_with_zero() -> None:
    async with serve(rookery.make_app(Echo(), access_key=KEY)) as url:
        done = await run(url, POE_ACCESS_KEY=KEY)
    assert (done.code, done.err) == (0, "")
    lines = done.out.splitlines()
    assert "Answer to a query" in lines
    assert "  ✓  A query is answered with 200" in lines
    assert "  –  A file comes before the text that refers to it  not tried: The answer held no file." in lines
    assert lines[-1].startswith(f"{url} keeps the protocol: {len(RULES)} rules, ")
    assert "0 failed" in lines[-1]


async def test_a_broken_rule_is_shown_with_what_was_seen_and_what_to_do_and_ends_with_one() -> None:
    async with serve(BotServer("fails on no JSON")) as url:
        done = await run(url, "--access-key", KEY)
    assert (done.code, done.err) == (1, "")
    lines = done.out.splitlines()
    place = lines.index("  ✗  A body that is not JSON is answered with 4xx  (must, body-not-json, section 3.1)")
    assert lines[place + 1].startswith("      Seen  Half an object: answered with 500")
    assert lines[place + 2].startswith("      Do    Check the body before using it")
    assert "breaks the protocol" in lines[-1]


async def test_programs_get_one_object() -> None:
    async with serve(BotServer("no page")) as url:
        done = await run(url, "--access-key", KEY, "--json", "--message", "Guten Tag")
    assert (done.code, done.err, done.out.count("\n")) == (0, "", 1)
    report = json.loads(done.out)
    assert report["url"] == url
    assert [verdict["rule"] for verdict in report["verdicts"]] == [rule.id for rule in RULES]
    assert done.verdicts["page"] == {
        "rule": "page",
        "title": "A browser sees a page (GET answered with 200)",
        "section": "3.1",
        "severity": "should",
        "outcome": "warned",
        "detail": 'GET was answered with 405 ({"detail": "no"}).',
        "remedy": "Answer GET at the bot's path with a small page that says that the server runs.",
        "duration_ms": done.verdicts["page"]["duration_ms"],
    }
    counts = report["summary"]
    assert counts["is_conforming"] is True
    assert (counts["failed"], counts["warned"], counts["not_tried"]) == (0, 1, 1)
    assert counts["passed"] == counts["rules"] - 2
    # The file's reference, "![bird][b1]", stands behind the message.
    assert done.verdicts["answer-not-empty"]["detail"] == f"It held {len('Guten Tag ![bird][b1]')} characters of text."


async def test_a_server_that_is_not_there_ends_with_one() -> None:
    done = await run(free_address(), "--json")
    assert done.code == 1
    assert done.verdicts["reachable"]["outcome"] == "failed"


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["bot.example"], "is not the address of a bot server"),
        (["ftp://bot.example/"], "is not the address of a bot server"),
        (["https://a:b@bot.example/"], "holds no name or password"),
        (["https://bot.example/", "--timeout", "0"], "a timeout is above 0"),
        (["https://bot.example/", "--timeout", "nan"], "a timeout is above 0"),
        (["https://bot.example/", "--access-key", "schlüssel"], "printable ASCII"),
        (["http://[bot/"], "is not the address of a bot server"),
        ([], "Missing argument"),
    ],
)
def test_wrong_usage_ends_with_two_and_says_why(arguments: list[str], sentence: str) -> None:
    done = CliRunner().invoke(app, ["check", *arguments], prog_name="rookery", env={"POE_ACCESS_KEY": None})
    assert (done.exit_code, done.stdout) == (2, "")
    assert sentence in " ".join(done.stderr.replace("│", " ").split())


async def test_wrong_usage_of_the_process_ends_with_two() -> None:
    done = await run("bot.example")
    assert (done.code, done.out) == (2, "")
    assert "is not the address of a bot server" in done.err


async def test_what_a_server_sends_cannot_steer_the_terminal() -> None:
    async with serve(BotServer("sends control characters")) as url:
        done = await run(url, "--access-key", KEY)
    assert "evil" in done.out
    assert "\x1b" not in done.out


async def test_a_terminal_sees_progress_that_goes_away() -> None:
    async with serve(BotServer()) as url:
        with Terminal([ROOKERY, "check", url, "--access-key", KEY], environment(), columns=140, rows=100) as terminal:
            assert await asyncio.to_thread(terminal.wait) == 0
    assert f" of {len(RULES)}  " in terminal.raw
    assert f" of {len(RULES)}  " not in terminal.screen.whole_text
    assert "keeps the protocol" in terminal.screen.whole_text


async def test_the_command_loads_no_hub() -> None:
    code = (
        "import sys, rookery.cli.check; print([n for n in sys.modules if n.startswith(('rookery.hub', 'sqlalchemy'))])"
    )
    process = await asyncio.create_subprocess_exec(sys.executable, "-c", code, stdout=subprocess.PIPE)
    out, _ = await process.communicate()
    assert out.decode().strip() == "[]"
