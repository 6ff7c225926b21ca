"""The owner's way to the chats of a fresh hub, and databases of both kinds."""

from __future__ import annotations

import pytest

from tests.hub.chats.talking import Api
from tests.support.databases import *  # noqa: F403
from tests.support.hub import RunningHub


@pytest.fixture
def api(hub: RunningHub) -> Api:
    return Api(hub, hub.api_key)
