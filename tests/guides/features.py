"""Which features of the hub the guides need that it does not have yet: the one switch for all of their tests.

A test says `@needs("files")`. Once the hub has a feature, its name is taken out of `MISSING` and the test must pass.
"""

from __future__ import annotations

from typing import Literal

import pytest

Feature = Literal["files", "parsing", "chats", "prompt bots", "parameters", "media", "tools"]

MISSING: frozenset[Feature] = frozenset({"files", "parsing", "chats", "prompt bots", "parameters", "media", "tools"})


def needs(*features: Feature) -> pytest.MarkDecorator:
    """Expects the test to fail while one of the features is missing."""
    missing = sorted(MISSING.intersection(features))
    return pytest.mark.xfail(bool(missing), reason=f"the hub has no {', '.join(missing)} yet", strict=False)
