"""What a bot charges: the platform's side of `authorize_cost` and `capture_cost` (protocol 5.3)."""

from __future__ import annotations

from typing import Literal

from rookery.protocol.costs import CostItem

__all__ = ["Costs", "Step"]

Step = Literal["authorize", "capture"]


class Costs:
    """Keeps what was authorized and captured; refuses when told to. Amounts are milli-cents of a US dollar."""

    def __init__(self) -> None:
        self.authorized: list[CostItem] = []
        """Items of successful authorizations, oldest first."""
        self.captured: list[CostItem] = []
        """Items of successful captures, oldest first."""
        self.refused: list[CostItem] = []
        """Items that were refused in either step."""
        self._refusals: dict[Step, str] = {}

    @property
    def authorized_milli_cents(self) -> int:
        """Sum of what was authorized."""
        return sum(item.amount_usd_milli_cents for item in self.authorized)

    @property
    def captured_milli_cents(self) -> int:
        """Sum of what was captured."""
        return sum(item.amount_usd_milli_cents for item in self.captured)

    def refuse(self, status: str = "insufficient funds", *, step: Step | None = None) -> None:
        """From now on refuses one step, or both; the bot's call raises `InsufficientFundError`."""
        for each in ("authorize", "capture") if step is None else (step,):
            self._refusals[each] = status

    def allow(self) -> None:
        """Ends all refusals."""
        self._refusals.clear()

    def take(self, step: Step, items: list[CostItem]) -> str:
        """Notes one request and gives its status: `success`, or the word of the refusal (for the kit)."""
        status = self._refusals.get(step)
        if status is not None:
            self.refused += items
            return status
        kept = self.authorized if step == "authorize" else self.captured
        kept += items
        return "success"
