"""Checking a served app within the test's loop."""

from __future__ import annotations

from typing import Any

from rookery.conformance.engine import check_bot_server
from rookery.conformance.exchange import Bounds
from rookery.conformance.verdicts import Outcome, Report
from tests.sdk.serving import serve

PATIENT = Bounds(refusal_s=10.0)
"""For servers that answer: no bound is ever met, however busy the machine is."""


async def check_app(app: Any, access_key: str, bounds: Bounds = PATIENT) -> Report:
    """Serves the app and checks it."""
    async with serve(app) as url:
        return await check_bot_server(f"{url}/", access_key=access_key, bounds=bounds)


def broken_rules(report: Report) -> dict[str, Outcome]:
    """Gives the rules that did not hold."""
    return {v.rule.id: v.outcome for v in report.verdicts if v.outcome in ("failed", "warned")}


def rules_not_tried(report: Report) -> dict[str, str]:
    """Gives the rules that were not tried, each with the reason."""
    return {v.rule.id: v.detail for v in report.verdicts if v.outcome == "not_tried"}


def detail(report: Report, rule: str) -> str:
    """Gives what was seen for a rule."""
    return next(v.detail for v in report.verdicts if v.rule.id == rule)
