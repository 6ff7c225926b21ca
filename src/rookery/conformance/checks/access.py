"""Reaching the server, and its access key."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping

import httpx

from rookery.conformance.answers import describe_seconds, describe_status
from rookery.conformance.bench import Bench
from rookery.conformance.bodies import build_request
from rookery.conformance.exchange import Exchange
from rookery.conformance.verdicts import CannotJudge, Finding, broken, not_tried, passed, warned

NO_KEY = "No access key was given (--access-key or POE_ACCESS_KEY)."


async def check_reachable(bench: Bench) -> Finding:
    try:
        seen = await bench.page()
    except httpx.InvalidURL as error:
        return broken(f"The address is not valid ({error}).")
    if seen.status is None and seen.end != "unreachable":
        seen = await bench.settings()  # platforms never send GET
    if seen.status is None:
        return broken(f"The server {seen.failure}.")
    return passed(f"It answered after {describe_seconds(seen.total_s)}.")


async def check_page(bench: Bench) -> Finding:
    seen = await bench.page()
    if seen.status is None:
        return broken(f"The server {seen.failure}.")
    if seen.status != 200:
        return broken(f"GET was answered with {describe_status(seen)}.")
    return passed("GET was answered with 200.")


async def check_key_accepted(bench: Bench) -> Finding:
    _need_key(bench)
    seen = await bench.settings()
    if seen.status is None:
        return not_tried(f"The server {seen.failure}.")
    if seen.is_refused:
        return broken(f"A settings request with the given key was answered with {describe_status(seen)}.")
    return passed(f"A settings request with it was answered with {seen.status}.")


async def check_key_missing(bench: Bench) -> Finding:
    _need_key(bench)
    return _judge_refusal("Without a key", await bench.post(build_request("settings"), authorization=None))


async def check_key_wrong(bench: Bench) -> Finding:
    _need_key(bench)
    wrong = bench.access_key[:-1] + ("A" if bench.access_key[-1] != "A" else "B")
    for scheme in ("Bearer", "bearer"):
        seen = await bench.post(build_request("settings"), authorization=f"{scheme} {wrong}")
        finding = _judge_refusal(f"With a wrong key after '{scheme}'", seen)
        if finding.kind != "passed":
            return finding
    return passed("With a wrong key it answered 401.")


async def check_key_scheme(bench: Bench) -> Finding:
    _need_key(bench)
    if (usual := await bench.settings()).status is None:
        return not_tried(f"Asked with 'Bearer', the server {usual.failure}.")
    for scheme in ("bearer", "BEARER"):
        seen = await bench.post(build_request("settings"), authorization=f"{scheme} {bench.access_key}")
        if seen.status is None:
            return broken(f"Asked with '{scheme}', the server {seen.failure}.")
        if seen.is_refused:
            return broken(f"The right key after '{scheme}' was answered with {describe_status(seen)}.")
    return passed("'bearer' and 'BEARER' are accepted like 'Bearer'.")


async def check_key_not_echoed(bench: Bench) -> Finding:
    _need_key(bench)
    if bench.echoes:
        more = f", and {len(bench.echoes) - 1} more" if len(bench.echoes) > 1 else ""
        return broken(f"The access key was seen in {bench.echoes[0]}{more}.")
    return passed(f"It was looked for in {bench.answers} answers.")


def _need_key(bench: Bench) -> None:
    if not bench.access_key:
        raise CannotJudge(NO_KEY)


def _judge_refusal(how: str, seen: Exchange) -> Finding:
    if seen.status is None:
        return broken(f"{how}, the server {seen.failure}.")
    if seen.status == 401:
        return passed(f"{how} it answered 401.")
    if seen.status == 403:
        return warned(f"{how} it answered 403, which refuses as well; the protocol's status is 401.")
    return broken(f"{how} it answered {describe_status(seen)}.")


CHECKS: Mapping[str, Callable[[Bench], Awaitable[Finding]]] = {
    "reachable": check_reachable,
    "page": check_page,
    "key-accepted": check_key_accepted,
    "key-missing": check_key_missing,
    "key-wrong": check_key_wrong,
    "key-scheme": check_key_scheme,
    "key-not-echoed": check_key_not_echoed,
}
