"""What came of the rules: findings of checks, verdicts of the engine, the report."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

from rookery.conformance.rules import Rule

Outcome = Literal["passed", "failed", "warned", "not_tried"]
"""`failed`: a must-rule is broken. `warned`: a should-rule is, or a must-rule in a way that does no harm."""

OUTCOMES: tuple[Outcome, ...] = ("passed", "warned", "failed", "not_tried")


@dataclass(frozen=True, slots=True)
class Finding:
    """What a check saw; how much it weighs is the rule's matter."""

    kind: Literal["passed", "broken", "warned", "not_tried"]
    detail: str
    """A sentence."""


def passed(detail: str) -> Finding:
    """The rule holds."""
    return Finding("passed", detail)


def broken(detail: str) -> Finding:
    """The rule does not hold."""
    return Finding("broken", detail)


def warned(detail: str) -> Finding:
    """The rule does not hold to the letter, without harm."""
    return Finding("warned", detail)


def not_tried(reason: str) -> Finding:
    """The rule could not be judged."""
    return Finding("not_tried", reason)


class CannotJudge(Exception):
    """Ends a check whose precondition is missing; the text is the reason, a sentence."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """One rule and what came of it."""

    rule: Rule
    outcome: Outcome
    detail: str
    """A sentence: what was seen, or why nothing was tried."""
    duration_ms: int
    """Time that the check took; checks share requests, so it may be 0."""


@dataclass(frozen=True, slots=True)
class Report:
    """Every rule's verdict, in the order of the rules."""

    url: str
    verdicts: tuple[Verdict, ...]
    duration_ms: int

    @property
    def is_conforming(self) -> bool:
        """True when no must-rule failed."""
        return not self.count("failed")

    def count(self, outcome: Outcome) -> int:
        """Gives how many rules came out so."""
        return sum(verdict.outcome == outcome for verdict in self.verdicts)

    def as_json(self) -> dict[str, Any]:
        """Gives the report as an object for programs."""
        return {
            "url": self.url,
            "verdicts": [
                {
                    "rule": verdict.rule.id,
                    "title": verdict.rule.title,
                    "section": verdict.rule.section,
                    "severity": verdict.rule.severity,
                    "outcome": verdict.outcome,
                    "detail": verdict.detail,
                    "remedy": verdict.rule.remedy,
                    "duration_ms": verdict.duration_ms,
                }
                for verdict in self.verdicts
            ],
            "summary": {
                "is_conforming": self.is_conforming,
                "rules": len(self.verdicts),
                **{outcome: self.count(outcome) for outcome in OUTCOMES},
                "duration_ms": self.duration_ms,
            },
        }
