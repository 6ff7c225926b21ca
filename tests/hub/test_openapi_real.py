"""The same as tests/hub/test_openapi.py with ids of things that exist, so that requests reach what is behind 404."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.support.api_cases import check_operation, failures_of
from tests.support.api_world import RealThings
from tests.support.hub import RunningHub
from tests.support.scripted_bot import say, scripted_bot
from tests.support.threads import hub_in_thread, in_thread

SHARDS = 4
EXAMPLES = 6


@pytest.fixture(scope="module")
def hub(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningHub]:
    with hub_in_thread(tmp_path_factory.mktemp("hub") / "data") as running:
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
    failures = failures_of(
        shard, SHARDS, hub, lambda operation: check_operation(operation, hub, EXAMPLES, things.put_into)
    )
    assert not failures, "\n\n".join(failures)
