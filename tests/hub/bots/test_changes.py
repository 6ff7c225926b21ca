"""The history of settings: what differs, and by which way each change came (protocol 4.2, 7.13)."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rookery.hub.bots.changes import (
    KEPT_CHANGES,
    KEPT_CHARACTERS,
    Difference,
    change_of_settings,
    settings_difference,
)
from rookery.protocol.settings import SettingsResponse
from tests.support.hub import RunningHub, running_hub
from tests.support.scripted_bot import Exchange, say, scripted_bot

from .api import CONTROLS, refusal, send

KEY = "s" * 32
NOW = datetime(2026, 1, 1, tzinfo=UTC)
some_settings = st.builds(
    SettingsResponse,
    introduction_message=st.none() | st.text(max_size=5),
    allow_attachments=st.none() | st.booleans(),
    server_bot_dependencies=st.dictionaries(st.text(max_size=3), st.integers(0, 3), max_size=3),
)


@given(some_settings, some_settings)
def test_a_difference_is_empty_exactly_for_equal_settings(old: SettingsResponse, new: SettingsResponse) -> None:
    assert (settings_difference(old, new) == []) is (old == new)


@given(some_settings, some_settings)
def test_a_difference_backwards_has_before_and_after_exchanged(old: SettingsResponse, new: SettingsResponse) -> None:
    back = {each.path: (each.after, each.before) for each in settings_difference(new, old)}
    assert {each.path: (each.before, each.after) for each in settings_difference(old, new)} == back


def test_a_difference_names_the_innermost_place() -> None:
    old = SettingsResponse.model_validate({"server_bot_dependencies": {"A": 1}, "parameter_controls": CONTROLS})
    new = old.model_copy(deep=True, update={"server_bot_dependencies": {"A": 2, "B": 1}})
    assert new.parameter_controls is not None
    new.parameter_controls.sections[0].name = "Look"
    assert settings_difference(old, new) == [
        Difference("server_bot_dependencies.A", 1, 2),
        Difference("server_bot_dependencies.B", None, 1),
        Difference("parameter_controls.sections.0.name", None, "Look"),
    ]


def test_long_values_and_long_lists_of_differences_are_bounded() -> None:
    new = SettingsResponse(
        introduction_message="x" * (KEPT_CHARACTERS + 1),
        server_bot_dependencies={f"b{number}": 1 for number in range(1000)},
    )
    change = change_of_settings("bot-1", NOW, "push", None, new)
    assert change is not None
    assert len(change.differences) == 201
    assert all(len(str(each.after)) < 100 for each in change.differences)
    assert change_of_settings("bot-1", NOW, "push", new, new) is None


async def history(hub: RunningHub, name: str = "Bot") -> list[dict[str, Any]]:
    status, body = await send(hub, "GET", f"/bots/{name}/settings/changes")
    assert status == 200
    changes: list[dict[str, Any]] = body["changes"]
    return changes


@pytest.fixture
async def hub(tmp_path: Path) -> AsyncIterator[RunningHub]:
    """A hub that reads a bot's settings before every refusal, however often that is."""
    async with running_hub(tmp_path / "data", settings_pull_interval_s=0) as running:
        yield running


async def test_every_way_by_which_settings_come_is_noted(hub: RunningHub) -> None:
    async def script(exchange: Exchange) -> None:
        bot.settings["cost_label"] = "refetched"
        await exchange.event("meta", {"refetch_settings": True})
        await say("ok")(exchange)

    async with scripted_bot(script, cost_label="first", response_version=2) as bot:
        draft = {"name": "Bot", "url": bot.url, "access_key": KEY}
        await send(hub, "POST", "/bots", draft)
        pushed = {"cost_label": "pushed", "response_version": 2}
        async with hub.http.post(f"{hub.url}/bot/update_settings/Bot/{KEY}/1.2", json=pushed) as response:
            assert response.status == 200
        bot.settings["cost_label"] = "pulled"
        async with hub.http.post(f"{hub.url}/bot/fetch_settings/Bot/{KEY}/1.2") as response:
            assert response.status == 200
        bot.settings["cost_label"] = "synced"
        await send(hub, "POST", "/bots/Bot/sync")
        asked = bot.settings_requests
        await hub.ask("Bot")
        await bot.until_settings_requests(asked + 1)
        await hub.hub.sync.pull(hub.hub.bots.get_bot("Bot"))  # waits for it; otherwise nothing is new
        bot.settings["cost_label"] = "refused"
        await hub.hub.sync.pull_if_due(hub.hub.bots.get_bot("Bot"))
    changes = await history(hub)
    noted = [(c["source"], d["after"]) for c in changes for d in c["differences"] if d["path"] == "cost_label"]
    assert noted == [
        ("refusal", "refused"),
        ("refetch", "refetched"),
        ("pull", "synced"),
        ("pull", "pulled"),
        ("push", "pushed"),
        ("registration", "first"),
    ]
    assert changes[0]["differences"] == [{"path": "cost_label", "before": "refetched", "after": "refused"}]
    assert datetime.fromisoformat(changes[0]["changed_at"]).tzinfo is not None


async def test_a_call_about_to_be_refused_notes_what_the_pull_brought(hub: RunningHub) -> None:
    async def script(exchange: Exchange) -> None:
        caller.settings["server_bot_dependencies"] = {"Echo": 1}
        called = await hub.call(exchange.body, "Echo", key, query=[{"role": "user", "content": "x"}])
        await say(called.text)(exchange)

    await hub.stand_in("Echo")
    async with scripted_bot(script) as caller:
        key = (await hub.register("Bot", caller.url)).access_key or ""
        assert (await hub.ask("Bot")).text == "x"
    assert (await history(hub))[0]["source"] == "refusal"


async def test_settings_that_stay_the_same_or_are_invalid_are_no_change(hub: RunningHub) -> None:
    async with scripted_bot(say("x"), cost_label="5") as bot:
        await hub.register("Bot", bot.url)
        await hub.hub.sync.pull(hub.hub.bots.get_bot("Bot"))
        bot.settings["parameter_controls"] = {"sections": [{"controls": [{"control": "dropdown"}]}], "x": 1}
        refused = await refusal(hub, "POST", "/bots/Bot/sync")
    assert "parameter_controls.sections.0.controls.0" in refused
    assert "parameter_controls.x" in refused
    assert len(await history(hub)) == 1


async def test_faults_of_controls_are_all_named_with_their_paths(hub: RunningHub) -> None:
    condition = {"comparator": "eq", "left": {"parameter_name": "ghost"}, "right": {"literal": 1}}
    reserved = {"control": "text_field", "label": "L", "parameter_name": "poe_x"}
    controls = {
        "sections": [{"controls": [reserved, {"control": "condition", "condition": condition, "controls": []}]}]
    }
    async with scripted_bot(say("x"), response_version=2, parameter_controls=controls) as bot:
        _, created = await send(hub, "POST", "/bots", {"name": "Bot", "url": bot.url})
    assert "parameter_controls.sections.0.controls.0.parameter_name: 'poe_x'" in created["settings_error"]
    assert "no control declares the parameter 'ghost'" in created["settings_error"]


async def test_the_history_is_bounded_and_goes_with_the_bot(hub: RunningHub) -> None:
    async with scripted_bot(say("x")) as server:
        bot = await hub.register("Bot", server.url)
    for number in range(KEPT_CHANGES + 5):
        changed = replace(bot, settings=SettingsResponse(cost_label=str(number)))
        await hub.hub.bots.store_settings(changed, "push")
    changes = await history(hub)
    assert len(changes) == KEPT_CHANGES
    assert changes[0]["differences"][0]["after"] == str(KEPT_CHANGES + 4)
    assert len((await send(hub, "GET", "/bots/Bot/settings/changes?limit=3"))[1]["changes"]) == 3
    await send(hub, "DELETE", "/bots/Bot")
    assert await hub.hub.bots._store.list_changes(bot.id, 10) == []
