"""The hub's OpenAPI file is true: whatever is sent, no answer is a 5xx, and each is one that the file describes."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import requests
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from schemathesis.checks import not_a_server_error
from schemathesis.core.failures import FailureGroup
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from tests.support.hub import RunningHub
from tests.support.threads import hub_in_thread

SHARDS = 6
"""The operations are dealt out to that many tests, so that they run side by side."""

EXAMPLES = 12
CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
]
OPEN_ENDED = {"/api/queries/{query_id}/events"}
"""Streams; tests/hub/test_following.py reads them."""


@pytest.fixture(scope="module")
def hub(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningHub]:
    with hub_in_thread(tmp_path_factory.mktemp("hub") / "data") as running:
        yield running


@pytest.fixture(scope="module")
def schema(hub: RunningHub) -> Any:
    return schemathesis.openapi.from_url(f"{hub.url}/openapi.json")


def operations(schema: Any) -> list[Any]:
    found = [result.ok() for result in schema.get_all_operations()]
    return sorted((one for one in found if one.path not in OPEN_ENDED), key=lambda one: one.label)


@pytest.mark.slow
@pytest.mark.timeout(300)
@pytest.mark.parametrize("shard", range(SHARDS))
def test_every_answer_is_documented_and_none_is_a_crash(shard: int, schema: Any, hub: RunningHub) -> None:
    failures = []
    for operation in operations(schema)[shard::SHARDS]:
        try:
            try_operation(operation, hub)
        except (Exception, FailureGroup) as error:
            failures.append(f"{operation.label}: {error}")
    assert not failures, "\n\n".join(failures)


def try_operation(operation: Any, hub: RunningHub) -> None:
    session = requests.Session()
    for mode in (schemathesis.GenerationMode.POSITIVE, schemathesis.GenerationMode.NEGATIVE):

        @given(operation.as_strategy(generation_mode=mode))
        @settings(
            max_examples=EXAMPLES,
            deadline=None,
            database=None,
            derandomize=True,
            phases=[Phase.explicit, Phase.generate],
            suppress_health_check=list(HealthCheck),
        )
        def run(case: Any) -> None:
            case.call_and_validate(session=session, headers=hub.auth(), checks=CHECKS)

        run()


def test_every_route_of_the_api_names_its_refusals(schema: Any) -> None:
    raw = schema.raw_schema
    bare = [
        f"{method.upper()} {path}"
        for path, methods in raw["paths"].items()
        for method, operation in methods.items()
        if path.startswith("/api/") and not {"401", "503"} <= operation["responses"].keys()
    ]
    assert bare == []


def test_the_file_is_there_without_signing_in(hub: RunningHub) -> None:
    answer = requests.get(f"{hub.url}/openapi.json", timeout=10)
    assert answer.status_code == 200
    assert answer.json()["info"]["title"] == "Rookery hub"


def test_a_path_that_is_not_there_is_refused_in_the_same_shape(hub: RunningHub, tmp_path: Path) -> None:
    answer = requests.get(f"{hub.url}/api/nothing", timeout=10)
    assert answer.status_code == 404
    assert answer.json()["error"]["code"] == "http_error"
