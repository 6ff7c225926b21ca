"""Requests made from the hub's OpenAPI file, by Schemathesis, and what must hold for the answers."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable
from functools import lru_cache
from typing import Any

import requests
import schemathesis
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis.errors import Unsatisfiable
from schemathesis.checks import not_a_server_error
from schemathesis.core.failures import FailureGroup
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from tests.support.hub import RunningHub

CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
]
MADE_TO_FAIL = (502, 504)
"""Documented answers above 500: a bot server that does not answer is no crash of the hub."""
FRAMING = {"connection", "content-length", "expect", "host", "te", "trailer", "transfer-encoding", "upgrade"}
HEADER_NAME = re.compile(r"[A-Za-z0-9!#$%&'*+.^_`|~-]+")
URL_FIELDS = {"url", "download_url"}

Prepare = Callable[[Any], None]


@lru_cache(maxsize=1)
def schema_of(hub_url: str) -> Any:
    """Gives the hub's OpenAPI file as Schemathesis reads it."""
    return schemathesis.openapi.from_url(f"{hub_url}/openapi.json")


def operations(hub: RunningHub) -> list[Any]:
    """Gives all operations, in a fixed order."""
    found = [result.ok() for result in schema_of(hub.url).get_all_operations()]
    return sorted(found, key=lambda one: one.label)


def check_operation(operation: Any, hub: RunningHub, examples: int, prepare: Prepare | None = None) -> Counter[int]:
    """Sends that many well-formed and that many malformed requests at most; gives the statuses of the answers.

    `prepare` may change a request before it is sent. Raises what Schemathesis found.
    """
    answers = Counter[int]()
    for mode in (schemathesis.GenerationMode.POSITIVE, schemathesis.GenerationMode.NEGATIVE):
        answers += _check_mode(operation, hub, mode, examples, prepare)
    return answers


def _check_mode(operation: Any, hub: RunningHub, mode: Any, examples: int, prepare: Prepare | None) -> Counter[int]:
    answers = Counter[int]()
    with requests.Session() as session:

        @seed(0)
        @given(operation.as_strategy(generation_mode=mode))
        @settings(
            max_examples=examples,
            deadline=None,
            database=None,
            phases=[Phase.explicit, Phase.generate],
            suppress_health_check=list(HealthCheck),
        )
        def run(case: Any) -> None:
            drop_framing(case.headers)
            keep_at_home(case.body, hub.url)
            if prepare is not None:
                prepare(case)
            response = case.call(session=session, headers=hub.auth(), timeout=30)
            documented = str(response.status_code) in operation.definition.raw["responses"]
            is_upstream = response.status_code in MADE_TO_FAIL and documented
            case.validate_response(response, checks=CHECKS[is_upstream:])
            if operation.path.startswith("/api/"):
                assert response.headers.get("x-content-type-options") == ["nosniff"]
            answers[response.status_code] += 1

        try:
            run()
        except Unsatisfiable:
            # An operation without parameters takes nothing that could be malformed.
            assert mode is schemathesis.GenerationMode.NEGATIVE, operation.label
    return answers


def drop_framing(headers: Any) -> None:
    """Takes out headers that frame a request: a wrong length is refused by the HTTP server, before the hub sees it."""
    for name in [name for name in headers or {} if name.lower() in FRAMING or not HEADER_NAME.fullmatch(name)]:
        del headers[name]


def keep_at_home(body: Any, hub_url: str) -> None:
    """Points addresses that the hub would fetch to the hub itself: tests reach nothing else."""
    if isinstance(body, dict):
        for name, value in body.items():
            if name in URL_FIELDS and isinstance(value, str) and value.lower().startswith("http"):
                body[name] = f"{hub_url}/healthz"
            else:
                keep_at_home(value, hub_url)
    elif isinstance(body, list):
        for item in body:
            keep_at_home(item, hub_url)


def failures_of(shard: int, shards: int, hub: RunningHub, check: Callable[[Any], object]) -> list[str]:
    """Checks every `shards`th operation; gives what was found."""
    found = []
    for operation in operations(hub)[shard::shards]:
        try:
            check(operation)
        except (Exception, FailureGroup) as error:
            found.append(f"{operation.label}: {error}")
    return found
