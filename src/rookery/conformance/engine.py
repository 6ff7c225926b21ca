"""The engine: every rule in order, each on its own, the whole in bounded time.

A rule whose check fails by an error of ours, or takes too long, is `not_tried`; the others go on.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable

from rookery.conformance.bench import Bench, open_bench
from rookery.conformance.checks import CHECKS
from rookery.conformance.checks.access import NO_KEY
from rookery.conformance.exchange import Bounds
from rookery.conformance.rules import RULES, Rule
from rookery.conformance.verdicts import CannotJudge, Finding, Outcome, Report, Verdict, not_tried

DEFAULT_MESSAGE = "Hello"

OPEN_RULES = frozenset({"reachable", "page", "key-accepted", "settings-answered"})
"""Tried even where the server accepts no request."""

LATE_RULES = ("key-not-echoed", "keep-alive")
"""Judged by all that was received, so after all others."""

ANSWERS_PER_RULE = 4
"""A check waits for no more answers than these, one after the other."""

RuleHandler = Callable[[Rule, int], None]
"""Hears of each rule before it is tried, with the number of those tried before it."""


async def check_bot_server(
    url: str,
    *,
    access_key: str = "",
    message: str = DEFAULT_MESSAGE,
    bounds: Bounds | None = None,
    on_rule: RuleHandler | None = None,
) -> Report:
    """Tries every rule on the bot server at an address; `message` is the plain question.

    Sends some thirty queries, which cost money where a paid model answers. Raises nothing for what the server does.
    """
    bounds = bounds if bounds is not None else Bounds()
    begun_s = time.monotonic()
    found: dict[str, Verdict] = {}
    order = sorted(RULES, key=lambda rule: rule.id in LATE_RULES)  # stable
    async with open_bench(url, access_key, message, bounds) as bench:
        for rule in order:
            if on_rule is not None:
                on_rule(rule, len(found))
            found[rule.id] = await _try(bench, rule, bounds, found)
    return Report(url, tuple(found[rule.id] for rule in RULES), _elapsed_ms(begun_s))


async def _try(bench: Bench, rule: Rule, bounds: Bounds, found: dict[str, Verdict]) -> Verdict:
    begun_s = time.monotonic()
    try:
        # A second line behind the bounds of every single request.
        async with asyncio.timeout(ANSWERS_PER_RULE * (bounds.answer_s + bounds.first_byte_s)):
            await _need_entrance(bench, rule, found)
            finding = await CHECKS[rule.id](bench)
    except CannotJudge as reason:
        finding = not_tried(str(reason))
    except TimeoutError:
        finding = not_tried("The check took too long.")
    except Exception as error:
        # The border of a check: an error of ours in one must not cost the report the others.
        finding = not_tried(f"The check failed by an error of its own: {type(error).__name__}: {error}.")
    return Verdict(rule, _weigh(rule, finding), finding.detail, _elapsed_ms(begun_s))


async def _need_entrance(bench: Bench, rule: Rule, found: dict[str, Verdict]) -> None:
    if rule.id == "reachable":
        return
    if found["reachable"].outcome != "passed":
        raise CannotJudge("The server could not be reached.")
    if rule.id not in OPEN_RULES and (await bench.settings()).is_refused:
        if bench.access_key:
            raise CannotJudge("The server refuses the access key.")
        raise CannotJudge(f"The server refuses requests without its access key. {NO_KEY}")


def _weigh(rule: Rule, finding: Finding) -> Outcome:
    match finding.kind:
        case "broken":
            return "failed" if rule.severity == "must" else "warned"
        case kind:
            return kind


def _elapsed_ms(begun_s: float) -> int:
    return round((time.monotonic() - begun_s) * 1000)
