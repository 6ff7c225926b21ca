"""The rules as data, and the engine's promises."""

from __future__ import annotations

import re
from itertools import groupby
from pathlib import Path

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rookery.conformance.answers import find_answer_faults, read_reply
from rookery.conformance.bench import Bench
from rookery.conformance.checks import CHECKS
from rookery.conformance.engine import LATE_RULES, OPEN_RULES, check_bot_server
from rookery.conformance.exchange import Bounds, Exchange
from rookery.conformance.rules import RULES, RULES_BY_ID, Rule
from rookery.conformance.verdicts import Finding
from rookery.protocol.sse import SseDecoder
from tests.conformance.checking import check_app, detail
from tests.conformance.faulty import KEY, BotServer
from tests.sdk.serving import free_address

GUIDE = Path(__file__).parents[2] / "docs" / "guides" / "checking-a-bot-server.md"


def rules_table() -> str:
    """Gives the guide's table of rules."""
    lines = ["| Rule | Holds when | Severity | Protocol |", "|---|---|---|---|"]
    for group, rules in groupby(RULES, key=lambda rule: rule.group):
        lines.append(f"| **{group}** | | | |")
        lines += [f"| `{rule.id}` | {rule.title} | {rule.severity} | {rule.section} |" for rule in rules]
    return "\n".join(lines)


def test_every_rule_has_a_check_and_every_check_a_rule() -> None:
    assert sorted(CHECKS) == sorted(RULES_BY_ID)
    assert len(RULES_BY_ID) == len(RULES)
    assert RULES_BY_ID.keys() >= OPEN_RULES | set(LATE_RULES)


def test_the_rules_of_a_group_stand_together() -> None:
    groups = [group for group, _ in groupby(RULES, key=lambda rule: rule.group)]
    assert len(groups) == len(set(groups))


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.id)
def test_a_rule_says_what_holds_where_it_stands_and_what_to_do(rule: Rule) -> None:
    assert re.fullmatch(r"[a-z]+(-[a-z]+)*", rule.id)
    assert re.fullmatch(r"\d+(\.\d+){1,2}", rule.section)
    assert not rule.title.endswith(".")
    assert rule.remedy.endswith(".")


def test_the_guide_lists_every_rule() -> None:
    assert rules_table() in GUIDE.read_text(encoding="utf-8"), (
        f"the table of {GUIDE.name} is not that of the rules:\n{rules_table()}"
    )


async def test_a_server_that_is_not_there_is_one_fault_and_the_rest_is_not_tried() -> None:
    report = await check_bot_server(free_address())
    assert [v.rule.id for v in report.verdicts if v.outcome == "failed"] == ["reachable"]
    assert report.count("not_tried") == len(RULES) - 1
    assert detail(report, "reachable") == "The server cannot be reached: nobody answers at the address."


async def test_a_host_name_that_cannot_exist_is_told_in_a_sentence() -> None:
    report = await check_bot_server("http://bot..example/")
    assert [v.rule.id for v in report.verdicts if v.outcome == "failed"] == ["reachable"]
    assert detail(report, "reachable").startswith("The server cannot be found")


async def test_a_check_that_fails_by_itself_costs_its_own_rule_only(monkeypatch: pytest.MonkeyPatch) -> None:
    async def fail(_: Bench) -> Finding:
        raise RuntimeError("a slip")

    monkeypatch.setitem(CHECKS, "history", fail)
    report = await check_app(BotServer(), KEY)
    assert detail(report, "history") == "The check failed by an error of its own: RuntimeError: a slip."
    assert report.count("passed") == len(RULES) - 2


@pytest.mark.parametrize(
    ("stream", "faults"),
    [
        (b"event: error\ndata: {}\n\nevent: done\ndata: {}\n\n", []),  # as the reference SDK writes it
        (b"event: error\ndata: {}\n\nevent: ping\ndata: {}\n\n", ["one-terminator"]),
        (b'event: text\ndata: {"text": "a"}\n\nevent: done\ndata: {}\n', ["done"]),
        (b"event: ping\ndata: {}\n\nevent: meta\ndata: {}\n\nevent: error\ndata: {}\n\n", ["meta-first"]),
        (b'event: text\ndata: {"text": "a"}\n\nevent: done\ndata: []\n\n', ["events-objects"]),
        (b'data: {"text": "a"}\n\nevent: error\ndata: {}\n\n', ["events-known"]),
        (b": open\n\n", ["answer-not-empty"]),
    ],
)
def test_a_stream_has_the_faults_that_it_has(stream: bytes, faults: list[str]) -> None:
    assert [fault.rule for fault in find_answer_faults(_read(stream), Bounds())] == faults


def _read(body: bytes) -> Exchange:
    frames = SseDecoder().feed(body)
    has_end = any(frame.name in ("done", "error") for frame in frames)
    headers = httpx.Headers({"content-type": "text/event-stream"})
    return Exchange(status=200, headers=headers, body=body, frames=frames, has_terminator=has_end, first_byte_s=0.1)


async def test_verdicts_come_in_the_order_of_the_rules_and_each_is_announced() -> None:
    heard: list[tuple[str, int]] = []
    report = await check_bot_server(free_address(), on_rule=lambda rule, tried: heard.append((rule.id, tried)))
    assert [v.rule for v in report.verdicts] == list(RULES)
    assert sorted(rule for rule, _ in heard) == sorted(RULES_BY_ID)
    assert [tried for _, tried in heard] == list(range(len(RULES)))


@given(st.lists(st.sampled_from([b"event: text\n", b"event: done\n", b"data: {}\n", b"\n", b'data: {"text":"a"}\n'])
                | st.binary(max_size=20), max_size=20).map(b"".join))  # fmt: skip
def test_whatever_a_stream_holds_its_faults_are_found_without_a_failure(body: bytes) -> None:
    answer = _read(body)
    assert {fault.rule for fault in find_answer_faults(answer, Bounds())} <= set(RULES_BY_ID)
    read_reply(answer)
