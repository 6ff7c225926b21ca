"""Following a reply over broken connections: every event comes once, and an end that never comes is told."""

from __future__ import annotations

import pytest

from rookery.cli.chat import follow
from tests.cli.proxies import BreakingLine, OddHub, breaking_line, numbered
from tests.cli.running import Cli
from tests.cli.scripts import actor
from tests.cli.world import Home, World
from tests.support.serving import serve

TEXT = "".join(f"piece {i}, " for i in range(40)) + "end."


@pytest.fixture(scope="module", autouse=True)
def bot(home: Home) -> None:
    home.add_bot("followed", actor)


@pytest.fixture
def line(world: World, home: Home) -> BreakingLine:
    line: BreakingLine = world.enter(breaking_line(home.url))
    return line


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """The only patch in these tests: waiting for a hub that does not come back takes seconds otherwise."""
    monkeypatch.setattr(follow, "PAUSES_S", (0.0, 0.0))


@pytest.mark.parametrize("cuts", [[1], [60], [500, 7, 333], [49, 49, 49]])
def test_an_answer_over_broken_connections_is_complete_and_comes_once(
    cli: Cli, line: BreakingLine, cuts: list[int]
) -> None:
    line.cuts = list(cuts)
    outcome = cli.run("chat", "followed", "pieces", "--hub", line.url)
    assert (outcome.code, outcome.out, outcome.err) == (0, TEXT + "\n", "")
    assert line.broken == len(cuts)


def test_streamed_text_over_broken_connections_comes_once(cli: Cli, line: BreakingLine) -> None:
    line.cuts = [300, 300]
    assert cli.run("chat", "followed", "pieces", "--stream", "--hub", line.url).out == TEXT + "\n"


@pytest.mark.usefixtures("impatient")
def test_a_hub_that_does_not_come_back_is_told_and_what_came_is_kept(cli: Cli, line: BreakingLine) -> None:
    line.cuts = [400, 0, 0, 0]
    outcome = cli.run("chat", "followed", "pieces", "--hub", line.url)
    assert outcome.code == 1
    assert outcome.out.startswith("piece 0, ")
    assert TEXT.startswith(outcome.out.removesuffix("\n"))
    assert outcome.err == (
        f"The connection to the hub at {line.url} is lost; what had arrived is kept. Try again, or look at its log.\n"
    )


def serve_odd(world: World, hub: OddHub) -> str:
    return world.enter(serve(hub.app()))


def test_an_answer_cut_off_by_a_restart_ends_with_its_reason(world: World, cli: Cli) -> None:
    hub = OddHub(
        numbered(1, "text", {"text": "so far"}),
        numbered(None, "error", {"text": "The hub was restarted.", "allow_retry": False}),
    )
    outcome = cli.run("chat", "b", "hi", "--json", "--hub", serve_odd(world, hub))
    assert outcome.code == 1
    assert outcome.json["text"] == "so far"
    assert (outcome.json["state"], outcome.json["error"]) == ("interrupted", "The hub was restarted.")
    assert hub.asked_after == ["0", "1"]


def test_events_that_come_again_are_taken_once(world: World, cli: Cli) -> None:
    first, second = numbered(1, "text", {"text": "one "}), numbered(2, "text", {"text": "two"})
    hub = OddHub(first, first + second + numbered(3, "done", {}))
    assert cli.run("chat", "b", "hi", "--hub", serve_odd(world, hub)).out == "one two\n"


def test_a_query_that_the_hub_forgot_is_told(world: World, cli: Cli) -> None:
    hub = OddHub(numbered(1, "text", {"text": "so far"}))
    outcome = cli.run("chat", "b", "hi", "--hub", serve_odd(world, hub))
    assert (outcome.code, outcome.out) == (1, "so far\n")
    assert outcome.err == "There is no query 'q1' of yours on this hub.\n"


def test_events_of_a_newer_hub_are_skipped(world: World, cli: Cli) -> None:
    events = [
        numbered(1, "confetti", {"n": 1}),
        numbered(2, "text", {"wrong": 1}),
        numbered(3, "notice", []),
        numbered(4, "text", {"text": "fine"}),
        numbered(5, "done", {}),
    ]
    outcome = cli.run("chat", "b", "hi", "--hub", serve_odd(world, OddHub("".join(events))))
    assert (outcome.code, outcome.out, outcome.err) == (0, "fine\n", "")
