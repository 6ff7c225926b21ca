"""The hub's OpenAPI file is true: whatever is sent, no answer is a 5xx, and each is one that the file describes."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import requests

from tests.support.api_cases import check_operation, failures_of, schema_of
from tests.support.hub import RunningHub
from tests.support.threads import hub_in_thread

SHARDS = 6
"""The operations are dealt out to that many tests, so that they run side by side."""

EXAMPLES = 10


@pytest.fixture(scope="module")
def hub(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningHub]:
    with hub_in_thread(tmp_path_factory.mktemp("hub") / "data") as running:
        yield running


@pytest.mark.slow
@pytest.mark.timeout(300)
@pytest.mark.parametrize("shard", range(SHARDS))
def test_every_answer_is_documented_and_none_is_a_crash(shard: int, hub: RunningHub) -> None:
    failures = failures_of(shard, SHARDS, hub, lambda operation: check_operation(operation, hub, EXAMPLES))
    assert not failures, "\n\n".join(failures)


def test_every_route_of_the_api_names_its_refusals(hub: RunningHub) -> None:
    raw = schema_of(hub.url).raw_schema
    bare = [
        f"{method.upper()} {path}"
        for path, methods in raw["paths"].items()
        for method, operation in methods.items()
        if path.startswith("/api/") and not {"401", "503"} <= operation["responses"].keys()
    ]
    assert bare == []


def test_every_operation_has_a_name_of_its_own_and_a_summary(hub: RunningHub) -> None:
    found = [operation for methods in schema_of(hub.url).raw_schema["paths"].values() for operation in methods.values()]
    assert len({operation["operationId"] for operation in found}) == len(found)
    assert [one["operationId"] for one in found if not one.get("summary") or not one.get("tags")] == []


def test_the_file_is_there_without_signing_in(hub: RunningHub) -> None:
    answer = requests.get(f"{hub.url}/openapi.json", timeout=10)
    assert answer.status_code == 200
    assert answer.json()["info"]["title"] == "Rookery hub"
