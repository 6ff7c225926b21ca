"""The same as tests/hub/test_openapi.py with ids of things that exist, so that requests reach what is behind 404."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from tests.support.api_cases import check_operation, failures_of
from tests.support.api_world import RealThings
from tests.support.hub import RunningHub
from tests.support.scripted_bot import say, scripted_bot
from tests.support.threads import hub_in_thread, in_thread

SHARDS = 4
EXAMPLES = 6


NEED_A_RUNNING_ANSWER = {"/poe_api/file_attachment_3RD_PARTY_POST"}
"""Tried with what it needs in tests/hub/files/test_poe_uploads.py."""


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def hub(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningHub]:
    settings = {}
    if request.param == "postgresql":
        settings["database_url"] = request.getfixturevalue("new_postgresql_url")()
    with hub_in_thread(tmp_path_factory.mktemp("hub") / "data", **settings) as running:
        yield running


@pytest.fixture(scope="module")
def things(hub: RunningHub) -> Iterator[RealThings]:
    with in_thread(lambda: scripted_bot(say("hello"))) as bot:
        made = RealThings(hub, bot.url)
        yield made
        made.close()


@pytest.mark.slow
@pytest.mark.timeout(300)
@pytest.mark.parametrize("shard", range(SHARDS))
def test_answers_about_things_that_exist_are_documented(shard: int, hub: RunningHub, things: RealThings) -> None:
    def check(operation: Any) -> None:
        answers = check_operation(operation, hub, EXAMPLES, things.put_into)
        has_worked = any(status < 400 for status in answers)
        assert has_worked or operation.path in NEED_A_RUNNING_ANSWER, f"nothing worked: {dict(answers)}"

    failures = failures_of(shard, SHARDS, hub, check)
    assert not failures, "\n\n".join(failures)
