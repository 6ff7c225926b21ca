"""Cost items: what a bot charges for its own work (protocol 5.3, 8.1).

Amounts are integers in milli-cents of a US dollar: 100 000 are one dollar.
"""

from __future__ import annotations

import math

from pydantic import BaseModel, field_validator


class CostItem(BaseModel):
    """One amount with a description that the payer can read. Unknown keys are ignored."""

    amount_usd_milli_cents: int
    """Thousandths of a US cent; a float is rounded up, any other type is refused (protocol 8.1)."""
    description: str | None = None

    @field_validator("amount_usd_milli_cents", mode="before")
    @classmethod
    def _round_up(cls, value: object) -> object:
        if isinstance(value, bool):
            return int(value)
        if isinstance(value, float):
            if not math.isfinite(value):
                raise ValueError("an amount must be a finite number")
            return math.ceil(value)
        if isinstance(value, int):
            return value
        raise ValueError(f"an amount must be a number, not {type(value).__name__}")
