"""Every seeded fault is found by its rule, and by no other."""

from __future__ import annotations

import dataclasses

import pytest

from rookery.conformance.exchange import Bounds
from rookery.conformance.verdicts import Outcome
from tests.conformance.checking import PATIENT, broken_rules, check_app, detail, rules_not_tried
from tests.conformance.faulty import KEY, BotServer

HASTY = dataclasses.replace(PATIENT, first_byte_s=0.8, answer_s=1.0, refusal_s=0.3)
"""For servers that hang: their bounds are met each time."""

FAULTS: dict[str, dict[str, Outcome]] = {
    "no page": {"page": "warned"},
    "checks no key": {"key-missing": "failed", "key-wrong": "failed"},
    "compares eight characters": {"key-wrong": "failed"},
    "refuses with 403": {"key-missing": "warned", "key-wrong": "warned"},
    "reads Bearer only": {"key-scheme": "failed"},
    "echoes the key": {"key-not-echoed": "failed"},
    "refuses everybody": {"key-accepted": "failed", "settings-answered": "failed"},
    "settings are a list": {"settings-object": "failed"},
    "settings are not JSON": {"settings-object": "failed"},
    "settings are wrong in two places": {"settings-valid": "failed"},
    "settings are odd": {"settings-sensible": "warned"},
    "takes unknown types": {"type-unknown": "failed"},
    "fails on no JSON": {"body-not-json": "failed"},
    "fails on missing fields": {"fields-missing": "failed"},
    "fails on wrong types": {"types-wrong": "failed"},
    "knows its fields only": {"keys-unknown": "failed", "message-keys-unknown": "failed"},
    "knows its roles only": {"roles-unknown": "warned"},
    "knows its content types only": {"content-types-unknown": "warned"},
    "knows its feedback only": {"feedback-unknown": "warned"},
    "queries fail": {"query-answered": "failed"},
    "answers JSON": {"event-stream": "failed"},
    "calls it text/plain": {"event-stream": "failed"},
    "sends plain text": {"events-objects": "failed", "meta-first": "failed"},
    "done is empty": {"events-objects": "failed"},
    "sends unknown events": {"events-known": "failed"},
    "sends a number as text": {"events-fields": "failed", "meta-first": "failed"},
    "meta comes late": {"meta-first": "failed"},
    "refers to files early": {"file-before-reference": "failed", "meta-first": "failed"},
    "talks on": {"one-terminator": "failed"},
    "never says done": {"done": "failed"},
    "says too much": {"answer-in-limits": "failed"},
    "breaks off": {"done": "failed"},
    "small bodies only": {"text-long": "failed"},
    "reads Latin-1": {"text-non-latin": "failed"},
    "writes U+2028 raw": {"text-line-separators": "warned"},
    "ten messages only": {"history": "failed"},
    "fails for parameters": {"parameters": "failed"},
    "fails on attachments": {"attachments": "failed"},
    "takes no reactions": {"report-reaction": "failed"},
    "one at a time": {"queries-at-once": "failed"},
    "dies of leavers": {"disconnect": "failed"},
}

HANGS: dict[str, dict[str, Outcome]] = {
    "settings hang": {"settings-answered": "failed", "settings-in-time": "failed"},
    "settings fail": {"settings-answered": "failed"},
    "hangs without a type": {"type-missing": "failed"},
    "reads any body": {"body-limit": "warned"},
}


@pytest.mark.parametrize("fault", FAULTS)
async def test_a_fault_is_found_by_its_rule_only(fault: str) -> None:
    assert broken_rules(await check_app(BotServer(fault), KEY)) == FAULTS[fault]


@pytest.mark.parametrize("fault", HANGS)
async def test_a_server_that_hangs_holds_nobody_and_is_found_by_its_rule_only(fault: str) -> None:
    assert broken_rules(await check_app(BotServer(fault), KEY, HASTY)) == HANGS[fault]


async def test_a_sound_server_of_no_sdk_passes_every_rule_that_can_be_tried() -> None:
    report = await check_app(BotServer(), KEY)
    assert broken_rules(report) == {}
    assert set(rules_not_tried(report)) == {"keep-alive"}
    assert report.is_conforming


async def test_a_report_never_shows_the_key_that_a_server_gives_away() -> None:
    report = await check_app(BotServer("complains with the key"), KEY)
    assert broken_rules(report)["key-not-echoed"] == "failed"
    assert detail(report, "type-unknown") == 'It answered 400 ({"detail": "[access key] may not do that"}).'
    assert KEY not in str(report.as_json())


async def test_every_fault_of_the_settings_is_named_with_its_path() -> None:
    seen = detail(await check_app(BotServer("settings are wrong in two places"), KEY), "settings-valid")
    assert "allow_attachments: " in seen
    assert "colour: " in seen


async def test_what_depends_on_an_answer_that_never_came_is_not_tried() -> None:
    report = await check_app(BotServer("never begins"), KEY, HASTY)
    assert broken_rules(report) == {"first-byte": "failed"}
    assert detail(report, "history").startswith("The plain query was not answered with events")
    assert detail(report, "first-byte") == "The server answered 200, but no byte of the body within 1 s."


async def test_a_server_that_refuses_the_key_is_asked_no_more_than_that() -> None:
    reasons = rules_not_tried(await check_app(BotServer("refuses everybody"), KEY))
    assert reasons["history"] == "The server refuses the access key."


async def test_without_a_key_the_rules_about_it_are_not_tried_and_the_report_says_what_is_missing() -> None:
    report = await check_app(BotServer(), "")
    assert broken_rules(report) == {"settings-answered": "failed"}
    assert "--access-key or POE_ACCESS_KEY" in detail(report, "settings-answered")
    assert "--access-key or POE_ACCESS_KEY" in detail(report, "key-wrong")
    assert detail(report, "history") == detail(report, "key-wrong")


async def test_an_answer_without_bound_is_read_only_so_far() -> None:
    report = await check_app(BotServer(), KEY, dataclasses.replace(PATIENT, answer_bytes=100))
    assert report.count("failed") == 0
    assert "sent more than" in detail(report, "done")


def test_the_bounds_are_those_of_the_protocol() -> None:
    assert Bounds().first_byte_s == 5.0
