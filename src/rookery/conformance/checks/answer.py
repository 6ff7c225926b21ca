"""The answer to the plain question, rule by rule; other questions are compared with it (`checks.messages`)."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from functools import partial

from rookery.conformance.answers import (
    describe_cut,
    describe_error,
    describe_seconds,
    find_answer_faults,
    is_readable,
    looks_like_failed_call,
    read_reply,
)
from rookery.conformance.bench import Bench
from rookery.conformance.checks.settings import find_dependencies
from rookery.conformance.exchange import Exchange
from rookery.conformance.verdicts import Finding, broken, not_tried, passed, warned
from rookery.protocol.events import ErrorEvent

PING_S = 15.0
"""Silence after which a comment is due (protocol 3.9)."""

SILENCE_S = PING_S + 2.0
"""Silence that is too long for certain."""

FAULTS_SHOWN = 3


async def check_answered(bench: Bench) -> Finding:
    answer = await bench.plain()
    if answer.status is None and answer.end == "late":
        return not_tried(f"The server {answer.failure}.")
    return await _find_faults(bench, "query-answered") or passed("It was answered with 200.")


async def check_event_stream(bench: Bench) -> Finding:
    answer = await bench.plain()
    if answer.status != 200:
        return not_tried("The query was not answered with 200.")
    return await _find_faults(bench, "event-stream") or passed(f"It is {answer.headers.get('content-type', '')}.")


async def check_first_byte(bench: Bench) -> Finding:
    answer = await bench.plain()
    if finding := await _find_faults(bench, "first-byte"):
        return finding
    if answer.first_byte_s is None:
        return not_tried("The query brought no answer to measure.")
    if answer.first_event_s is None:
        return passed(f"The first byte came after {describe_seconds(answer.first_byte_s)}, no event at all.")
    first_byte, first_event = describe_seconds(answer.first_byte_s), describe_seconds(answer.first_event_s)
    return passed(f"The first byte came after {first_byte}, the first event after {first_event}.")


async def _check_events(rule: str, words: Callable[[Exchange], str], bench: Bench) -> Finding:
    answer = await bench.plain_events()
    return await _find_faults(bench, rule) or passed(words(answer))


async def check_meta_first(bench: Bench) -> Finding:
    answer = await bench.plain_events()
    if finding := await _find_faults(bench, "meta-first"):
        return finding
    is_there = answer.frames[0].name == "meta"
    return passed("It did." if is_there else "There was none, so the defaults hold.")


async def check_file_before_reference(bench: Bench) -> Finding:
    answer = await bench.plain_events()
    if finding := await _find_faults(bench, "file-before-reference"):
        return finding
    files = read_reply(answer).files
    return passed(f"{len(files)} files came in time.") if files else not_tried("The answer held no file.")


async def check_done(bench: Bench) -> Finding:
    if finding := await _find_faults(bench, "done"):
        return finding
    answer = await bench.plain_events()
    if answer.is_cut:
        return not_tried(describe_cut(answer))
    error = await bench.plain_error()
    return not_tried(await could_not_be_judged(bench, error)) if error else passed("It did.")


async def check_not_empty(bench: Bench) -> Finding:
    answer = await bench.plain()
    if finding := await _find_faults(bench, "answer-not-empty"):
        return finding
    if not is_readable(answer):
        return not_tried("The plain query was not answered with events.")
    reply = read_reply(answer)
    if reply.error is not None:
        if await is_failed_call(bench, reply.error):
            return not_tried(await could_not_be_judged(bench, reply.error))
        return warned(f"The bot answered the plain query with an error: {describe_error(reply.error)}.")
    if reply.is_empty:
        return not_tried(f"The server {answer.failure}.")
    return passed(f"It held {len(reply.text)} characters of text.")


async def check_keep_alive(bench: Bench) -> Finding:
    await bench.plain_events()
    silence = describe_seconds(bench.longest_silence_s)
    if bench.longest_silence_s > SILENCE_S:
        return broken(f"An answer was silent for {silence}.")
    if bench.most_comments > 1:
        return passed(f"Up to {bench.most_comments} comments came in an answer; the longest silence was {silence}.")
    opening = " A comment opened the stream." if bench.most_comments else ""
    return not_tried(f"No answer was silent for {PING_S:g} s; the longest silence was {silence}.{opening}")


async def is_failed_call(bench: Bench, error: ErrorEvent) -> bool:
    """Tells whether the bot failed because it calls bots, which nobody lets it do here."""
    return looks_like_failed_call(error) or bool(await find_dependencies(bench))


async def could_not_be_judged(bench: Bench, error: ErrorEvent) -> str:
    """Gives the reason why an answer that is an error says nothing about the rule."""
    words = describe_error(error)
    if not await is_failed_call(bench, error):
        return f"Could not be judged: the bot answered with an error: {words}."
    names = ", ".join(await find_dependencies(bench)) or "bots that it does not declare"
    return (
        f"Could not be judged: the bot calls others ({names}), which only a hub that asked it can let it do, and "
        f"answered with an error: {words}. Try it in a hub: rookery dev or rookery chat."
    )


async def _find_faults(bench: Bench, rule: str) -> Finding | None:
    faults = [fault for fault in find_answer_faults(await bench.plain(), bench.bounds) if fault.rule == rule]
    if not faults:
        return None
    sentences = "; ".join(fault.sentence for fault in faults[:FAULTS_SHOWN])
    more = f"; and {len(faults) - FAULTS_SHOWN} more" if len(faults) > FAULTS_SHOWN else ""
    return broken(f"{sentences[0].upper()}{sentences[1:]}{more}.")


def _count(answer: Exchange) -> str:
    return f"{len(answer.frames)} events, each with an object."


def _name(answer: Exchange) -> str:
    return f"It held {', '.join(dict.fromkeys(frame.name for frame in answer.frames))}."


def _end(answer: Exchange) -> str:
    return f"'{answer.frames[-1].name}' was the last event."


def _measure(answer: Exchange) -> str:
    return f"It held {len(answer.frames)} events and {len(read_reply(answer).text)} characters."


CHECKS: Mapping[str, Callable[[Bench], Awaitable[Finding]]] = {
    "query-answered": check_answered,
    "event-stream": check_event_stream,
    "first-byte": check_first_byte,
    "events-objects": partial(_check_events, "events-objects", _count),
    "events-known": partial(_check_events, "events-known", _name),
    "events-fields": partial(_check_events, "events-fields", lambda _: "Every field was there."),
    "meta-first": check_meta_first,
    "file-before-reference": check_file_before_reference,
    "one-terminator": partial(_check_events, "one-terminator", _end),
    "done": check_done,
    "answer-not-empty": check_not_empty,
    "answer-in-limits": partial(_check_events, "answer-in-limits", _measure),
    "keep-alive": check_keep_alive,
}
