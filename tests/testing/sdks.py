"""The two SDKs, ours and the real one, by the name under which a bot file would import them."""

from __future__ import annotations

from typing import Any

import fastapi_poe
import pytest

import rookery

SDKS: dict[str, Any] = {"rookery": rookery, "fastapi_poe": fastapi_poe}

both_sdks = pytest.mark.parametrize("fp", SDKS.values(), ids=SDKS.keys())
"""Gives the test the module `fp`, once for each SDK."""
