"""Requests that no platform sends, or not yet: they are refused with the right status and harm nothing."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Awaitable, Callable, Mapping
from urllib.parse import urlsplit

from rookery.conformance.answers import describe_status
from rookery.conformance.bench import Bench, open_socket
from rookery.conformance.bodies import build_message, build_query, build_request
from rookery.conformance.exchange import Exchange
from rookery.conformance.verdicts import Finding, broken, not_tried, passed

ANNOUNCED_BYTES = 1024**3

_STATUS = re.compile(rb"HTTP/1\.[01] (\d{3})")


async def check_type_unknown(bench: Bench) -> Finding:
    seen = await bench.post(build_request("rookery_check_of_unknown_types"))
    if seen.status is None:
        return broken(f"The server {seen.failure}.")
    return passed("It answered 501.") if seen.status == 501 else broken(f"It answered {describe_status(seen)}.")


async def check_not_json(bench: Bench) -> Finding:
    return await _refuses(bench, {"Half an object": b'{"version": "1.2", "type": ', "An empty body": b""})


async def check_type_missing(bench: Bench) -> Finding:
    return await _refuses(bench, {"An object without 'type'": {"version": "1.2"}})


async def check_fields_missing(bench: Bench) -> Finding:
    body = build_query()
    del body["query"]
    message = build_message(bench.message)
    del message["role"]
    return await _refuses(bench, {"A query without 'query'": body, "A message without 'role'": build_query(message)})


async def check_types_wrong(bench: Bench) -> Finding:
    return await _refuses(
        bench,
        {
            "A list as the body": [],
            "A text as 'query'": build_query() | {"query": bench.message},
            "A number as 'content'": build_query(build_message(bench.message, content=7)),
        },
    )


async def _refuses(bench: Bench, bodies: Mapping[str, object]) -> Finding:
    faults: list[str] = []
    statuses: list[str] = []
    for name, body in bodies.items():
        seen = await bench.post(body)
        statuses.append(str(seen.status))
        if fault := _find_fault(seen):
            faults.append(f"{name}: {fault}")
    if faults:
        return broken("; ".join(faults) + ".")
    return passed(f"{', '.join(bodies)}: answered {', '.join(statuses)}.")


def _find_fault(seen: Exchange) -> str | None:
    if seen.status is None:
        return f"the server {seen.failure}"
    return None if 400 <= seen.status < 500 else f"answered with {describe_status(seen)}"


async def check_body_limit(bench: Bench) -> Finding:
    parts = urlsplit(bench.url)
    path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    head = (
        f"POST {path} HTTP/1.1\r\nHost: {parts.netloc}\r\nAuthorization: {bench.authorization}\r\n"
        f"Content-Type: application/json\r\nContent-Length: {ANNOUNCED_BYTES}\r\n\r\n{{"
    )
    try:
        reader, writer = await open_socket(bench.url, bench.bounds.first_byte_s)
    except (OSError, TimeoutError) as error:
        return not_tried(f"No connection of its own could be made ({error}).")
    try:
        writer.write(head.encode())
        async with asyncio.timeout(bench.bounds.refusal_s):
            line = await reader.readline()
    except TimeoutError:
        return broken("The server goes on reading; how much it would read was not tried.")
    except OSError:
        return passed("The server closed the connection.")
    finally:
        writer.transport.abort()  # the announced body will never come
    status = _STATUS.match(line)
    if status is None:
        return passed("The server closed the connection.")
    code = int(status[1])
    return passed(f"It answered {code}.") if 400 <= code < 500 else broken(f"It answered {code}.")


CHECKS: Mapping[str, Callable[[Bench], Awaitable[Finding]]] = {
    "type-unknown": check_type_unknown,
    "body-not-json": check_not_json,
    "type-missing": check_type_missing,
    "fields-missing": check_fields_missing,
    "types-wrong": check_types_wrong,
    "body-limit": check_body_limit,
}
