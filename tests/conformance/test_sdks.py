"""Our SDK's server keeps every rule; the real fastapi_poe breaks exactly the rows that it is known to break."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import fastapi_poe
import pytest

import rookery
from rookery.conformance.verdicts import Outcome
from tests.conformance.checking import PATIENT, broken_rules, check_app, detail, rules_not_tried
from tests.sdk.serving import free_address

KEY = "k" * 32


class OurBot(rookery.PoeBot):
    """Sends one of each kind, in order."""

    async def get_response(self, request: rookery.QueryRequest) -> AsyncIterator[Any]:
        yield rookery.MetaResponse(text="", content_type="text/markdown")
        file = rookery.Attachment(
            url="https://files.example/b", content_type="image/png", name="bird.png", inline_ref="b1"
        )
        yield rookery.PartialResponse(text="![bird][b1]", attachment=file)
        yield rookery.PartialResponse(text=request.query[-1].content)
        yield rookery.PartialResponse(text="And then?", is_suggested_reply=True)
        yield rookery.DataResponse(metadata="kept")


class RealBot(fastapi_poe.PoeBot):
    """Answers with what it was asked."""

    async def get_response(self, request: fastapi_poe.QueryRequest) -> AsyncIterator[Any]:
        yield fastapi_poe.MetaResponse(text="", content_type="text/markdown")
        yield fastapi_poe.PartialResponse(text=request.query[-1].content or "nothing")


class CallingBot(rookery.PoeBot):
    """Calls a bot at a hub that is not there."""

    hub = ""
    dependencies: dict[str, int] = {}  # noqa: RUF012 - set for each test

    async def get_response(self, request: rookery.QueryRequest) -> AsyncIterator[Any]:
        async for part in rookery.stream_request(
            request, "GPT-3.5-Turbo", request.access_key, base_url=self.hub, num_tries=1
        ):
            yield part

    async def get_settings(self, setting: rookery.SettingsRequest) -> rookery.SettingsResponse:
        return rookery.SettingsResponse(server_bot_dependencies=self.dependencies)


REFERENCE_BREAKS: dict[str, Outcome] = {
    "key-scheme": "failed",  # 10.1, S1
    "body-not-json": "failed",  # S3
    "type-missing": "failed",
    "fields-missing": "failed",
    "types-wrong": "failed",
    "body-limit": "warned",  # S12
    "roles-unknown": "warned",  # S4
    "content-types-unknown": "warned",
    "feedback-unknown": "warned",
}
"""fastapi_poe 0.0.83, with the weaknesses of protocol 10.1."""


async def make_reference_app() -> Any:
    # In a thread: it runs an event loop of its own.
    return await asyncio.to_thread(fastapi_poe.make_app, RealBot(), access_key=KEY)


async def test_our_server_keeps_every_rule() -> None:
    report = await check_app(rookery.make_app(OurBot(), access_key=KEY), KEY)
    assert broken_rules(report) == {}
    assert set(rules_not_tried(report)) == {"keep-alive"}


async def test_our_server_without_a_key_keeps_every_rule_that_is_not_about_keys() -> None:
    report = await check_app(rookery.make_app(OurBot(), allow_without_key=True), "")
    assert broken_rules(report) == {}
    about_keys = {v.rule.id for v in report.verdicts if v.rule.group == "Access key"}
    assert set(rules_not_tried(report)) == about_keys | {"keep-alive"}
    assert {detail(report, rule) for rule in about_keys} == {
        "No access key was given (--access-key or POE_ACCESS_KEY)."
    }


async def test_the_reference_server_breaks_exactly_what_it_is_known_to_break() -> None:
    bounds = type(PATIENT)(refusal_s=0.3)
    assert broken_rules(await check_app(await make_reference_app(), KEY, bounds)) == REFERENCE_BREAKS


@pytest.mark.parametrize("dependencies", [{"GPT-3.5-Turbo": 1}, {}])
async def test_a_bot_that_calls_others_could_not_be_judged_and_is_not_blamed(dependencies: dict[str, int]) -> None:
    bot = CallingBot()
    bot.hub, bot.dependencies = f"{free_address()}/bot/", dependencies
    report = await check_app(rookery.make_app(bot, access_key=KEY), KEY)
    assert broken_rules(report) == {}
    reason = rules_not_tried(report)["answer-not-empty"]
    assert reason.startswith("Could not be judged: the bot calls others")
    assert ("GPT-3.5-Turbo" in reason.partition(")")[0]) == bool(dependencies)
    assert rules_not_tried(report)["history"].startswith("Could not be judged: ")
    assert detail(report, "event-stream").startswith("It is text/event-stream")
