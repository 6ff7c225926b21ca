"""Reports of a platform to a bot; what the bot makes of them is its own matter."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from rookery.conformance.answers import describe_status
from rookery.conformance.bench import Bench
from rookery.conformance.bodies import ANSWER_ID, build_report, build_request
from rookery.conformance.verdicts import Finding, broken, passed


async def check_reaction(bench: Bench) -> Finding:
    return await _takes(bench, build_report("report_reaction", reaction="heart"))


async def check_feedback(bench: Bench) -> Finding:
    return await _takes(bench, build_report("report_feedback", feedback_type="like"))


async def check_error(bench: Bench) -> Finding:
    metadata = {"message_id": ANSWER_ID}
    return await _takes(bench, build_request("report_error", message="Sent by rookery check", metadata=metadata))


async def _takes(bench: Bench, body: dict[str, Any]) -> Finding:
    seen = await bench.post(body)
    if seen.status is None:
        return broken(f"The server {seen.failure}.")
    if not 200 <= seen.status < 300:
        return broken(f"It was answered with {describe_status(seen)}.")
    return passed(f"It was answered with {seen.status}.")


CHECKS: Mapping[str, Callable[[Bench], Awaitable[Finding]]] = {
    "report-reaction": check_reaction,
    "report-feedback": check_feedback,
    "report-error": check_error,
}
