"""What nobody sends in good faith: bodies and names that could break a reader, a database or a client."""

from __future__ import annotations

import http.client
import json
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

import pytest
import requests

from tests.support.api_cases import schema_of
from tests.support.api_world import RealThings
from tests.support.hub import RunningHub
from tests.support.scripted_bot import say, scripted_bot
from tests.support.threads import hub_in_thread, in_thread

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]

HOSTILE_VALUES = {
    "a NUL": r'"a\u0000b"',
    "half of a character": r'"a\ud800b"',
    "a NUL in an object": r'{"k\u0000": "\u0000"}',
    "half of a character in an object": r'{"k\udc00": "\ud800"}',
    "an integer beyond 64 bits": "9" * 30,
    "an integer beyond all bits": "9" * 5000,
    "a float beyond all floats": "1e400",
    "not a number": "NaN",
    "deep nesting": "[" * 2000 + "]" * 2000,
    "deeper nesting": '{"a":' * 100_000 + "1" + "}" * 100_000,
    "a long text": json.dumps("ä" * 200_000),
    "messages": r'[{"role": "user", "content": "a\u0000b", "message_id": "\u0000", "parameters": {"\u0000": 1}}]',
    "attachments": r'[{"url": "https://127.0.0.1:1/\u0000", "name": "a\u0000b", "content_type": "a/\u0000"}]',
    "attachments without NUL": r'[{"url": "https://127.0.0.1:1/\uffff", "name": "\u202e/../", "content_type": "a/b"}]',
    "texts in a list": json.dumps(["\0", "x" * 5000] * 20),
}
HOSTILE_BODIES = [b"", b"{", b"null", b"[]", b'"text"', b"\xff\xfe{\x00}\x00", b'{"a": 1, "a": 2}', b"[" * 500_000]
HOSTILE_NAMES = [
    "%00",
    "a%00b",
    "..",
    "%2e%2e",
    "a%2Fb",
    "..%2F..%2Fetc",
    "%ED%A0%80",
    "%FF",
    "%F0%9F%98%80",
    "x" * 5000,
]
CHANGING = ("post", "put", "patch", "delete")
UNREAD = ("/bot/fetch_settings/", "/poe_api/file_attachment_3RD_PARTY_POST")
"""No body is read there; at the second one, not of somebody who is no bot."""


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


def operations(hub: RunningHub, *methods: str) -> list[tuple[str, str, dict[str, Any]]]:
    paths = schema_of(hub.url).raw_schema["paths"]
    return [(way, path, operation) for path in paths for way, operation in paths[path].items() if way in methods]


def fields_of(hub: RunningHub, operation: dict[str, Any]) -> list[str]:
    content = operation.get("requestBody", {}).get("content", {}).get("application/json")
    if content is None:
        return []
    schema = content["schema"]
    while "$ref" in schema:
        schema = schema_of(hub.url).raw_schema["components"]["schemas"][schema["$ref"].rpartition("/")[2]]
    return list(schema["properties"])


def test_no_field_of_any_body_breaks_the_hub(hub: RunningHub, things: RealThings) -> None:
    wrong = []
    with requests.Session() as session:
        session.headers.update(hub.auth() | {"Content-Type": "application/json"})
        for method, path, operation in operations(hub, *CHANGING):
            for field in fields_of(hub, operation):
                for what, value in HOSTILE_VALUES.items():
                    body = json.dumps(things.good_body(path) | {field: "HOSTILE"}).replace('"HOSTILE"', value)
                    url = hub.url + things.fill(path, deletes=False)
                    answer = session.request(method, url, data=body.encode(), timeout=30)
                    if str(answer.status_code) not in operation["responses"] or answer.status_code in (500, 503):
                        wrong.append(f"{method} {path} {field}: {what}: {answer.status_code} {answer.text[:200]}")
    assert not wrong, "\n".join(wrong)


def test_no_body_breaks_the_hub(hub: RunningHub, things: RealThings) -> None:
    wrong = []
    with requests.Session() as session:
        session.headers.update(hub.auth())
        for method, path, operation in operations(hub, "post", "put", "patch"):
            for body in HOSTILE_BODIES:
                for content_type in ("application/json", "text/plain", "application/json; charset=utf-16", "/", None):
                    url = hub.url + things.fill(path, deletes=False)
                    headers = {"Content-Type": content_type} if content_type else {}
                    answer = session.request(method, url, data=body, headers=headers, timeout=30)
                    if str(answer.status_code) not in operation["responses"] or answer.status_code in (500, 503):
                        wrong.append(f"{method} {path} {body[:20]!r} {content_type}: {answer.status_code}")
    assert not wrong, "\n".join(wrong)


def test_no_name_in_a_path_breaks_the_hub(hub: RunningHub) -> None:
    wrong = []
    for method, path, _ in operations(hub, "get", *CHANGING):
        if "{" not in path:
            continue
        for name in HOSTILE_NAMES:
            filled = "/".join(name if part.startswith("{") else part for part in path.split("/"))
            status, body = send_raw(hub, method.upper(), filled, {})
            if status >= 500 or (status >= 400 and path.startswith("/api/") and "error" not in json.loads(body)):
                wrong.append(f"{method} {path} {name[:20]}: {status} {body[:200]!r}")
    assert not wrong, "\n".join(wrong)


def test_no_query_parameter_breaks_the_hub(hub: RunningHub, things: RealThings) -> None:
    wrong = []
    for method, path, operation in operations(hub, "get", *CHANGING):
        for parameter in operation.get("parameters", []):
            for value in HOSTILE_NAMES if parameter["in"] == "query" else []:
                target = f"{things.fill(path, deletes=False)}?{parameter['name']}={value}"
                status, body = send_raw(hub, method.upper(), target, {})
                if str(status) not in operation["responses"] or status >= 500:
                    wrong.append(f"{method} {path} {parameter['name']}={value[:20]}: {status} {body[:200]!r}")
    assert not wrong, "\n".join(wrong)


def send_raw(hub: RunningHub, method: str, path: str, headers: dict[str, str], start: bytes = b"") -> tuple[int, bytes]:
    # `requests` would tidy the path up, and send the whole body before it reads.
    connection = http.client.HTTPConnection(urlsplit(hub.url).netloc, timeout=30)
    try:
        connection.putrequest(method, path)
        for name, value in (hub.auth() | headers).items():
            connection.putheader(name, value)
        connection.endheaders()
        if start:
            connection.send(start)
        answer = connection.getresponse()
        return answer.status, answer.read()
    finally:
        connection.close()


def test_a_body_of_100_megabytes_is_refused_before_it_has_arrived(hub: RunningHub, things: RealThings) -> None:
    wrong = []
    for method, path, _ in operations(hub, *CHANGING):
        if path.startswith(UNREAD):
            continue
        headers = {"Content-Length": str(100 * 1024 * 1024), "Content-Type": "application/json"}
        status, body = send_raw(hub, method.upper(), things.fill(path, deletes=False), headers, b'{"a": "')
        if status != 413 and not (path == "/bot/{name}" and b"larger than" in body):
            wrong.append(f"{method} {path}: {status} {body[:200]!r}")
    assert not wrong, "\n".join(wrong)


def test_a_body_of_unknown_length_is_refused_when_it_is_too_long(hub: RunningHub) -> None:
    piece = b"%x\r\n%b\r\n" % (128 * 1024, b" " * 128 * 1024)
    headers = {"Transfer-Encoding": "chunked", "Content-Type": "application/json"}
    status, body = send_raw(hub, "POST", "/api/keys", headers, piece)
    assert (status, json.loads(body)["error"]["code"]) == (413, "body_too_large")


def test_methods_that_a_path_does_not_have_are_refused_with_those_it_has(hub: RunningHub, things: RealThings) -> None:
    wrong = []
    for path, methods in schema_of(hub.url).raw_schema["paths"].items():
        known = {method.upper() for method in methods}
        for method in {"GET", "PUT", "POST", "PATCH", "DELETE", "TRACE", "OPTIONS"} - known:
            answer = requests.request(
                method, hub.url + things.fill(path, deletes=False), headers=hub.auth(), timeout=30
            )
            allowed = set(answer.headers.get("Allow", "").split(", "))
            if answer.status_code != 405 or not known <= allowed or method in allowed:
                wrong.append(f"{method} {path}: {answer.status_code} allows {allowed}, documents {known}")
    assert not wrong, "\n".join(wrong)


def test_every_refusal_of_the_api_has_its_headers(hub: RunningHub, things: RealThings) -> None:
    for method, path, operation in operations(hub, "get", *CHANGING):
        if not operation.get("security") or {} in operation["security"] or path == "/bot/{name}":
            continue
        answer = requests.request(method, hub.url + things.fill(path, deletes=False), json={}, timeout=30)
        if path.startswith("/api/"):
            assert answer.status_code == 401, (method, path)
            assert answer.json()["error"]["request_id"] == answer.headers["X-Request-Id"]
        assert answer.headers["X-Request-Id"]
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert answer.headers["WWW-Authenticate"] == "Bearer", (method, path)


def test_a_path_that_is_not_there_is_refused_in_the_same_shape(hub: RunningHub) -> None:
    answer = requests.get(f"{hub.url}/api/nothing", timeout=10)
    assert answer.status_code == 404
    assert answer.json()["error"]["code"] == "http_error"
    assert answer.headers["X-Request-Id"] == answer.json()["error"]["request_id"]
