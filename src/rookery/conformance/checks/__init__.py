"""One function per rule: asks what it needs and gives a finding. `CHECKS` finds it by the rule's id."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping

from rookery.conformance.bench import Bench
from rookery.conformance.checks import access, answer, messages, reports, settings, wrong
from rookery.conformance.verdicts import Finding

Check = Callable[[Bench], Awaitable[Finding]]

CHECKS: Mapping[str, Check] = {
    **access.CHECKS,
    **settings.CHECKS,
    **wrong.CHECKS,
    **answer.CHECKS,
    **messages.CHECKS,
    **reports.CHECKS,
}
