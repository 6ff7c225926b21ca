"""Guide: settings that change."""

from __future__ import annotations

from typing import Any

from .running import Guide


async def read_changes(guide: Guide) -> list[dict[str, Any]]:
    changes: list[dict[str, Any]] = (await guide.api("GET", "/api/bots/SettingsBot/settings/changes"))["changes"]
    return changes


async def test_changed_settings_are_read_again_because_the_answer_asked_for_it(guide: Guide) -> None:
    before = (await guide.api("GET", "/api/bots/SettingsBot"))["bot"]
    assert before["dependencies"] == {"GPT-3.5-Turbo": 1}
    changing = await guide.ask("SettingsBot", "call 2")
    assert changing.reply.meta.refetch_settings
    assert changing.text == "From now on I call GPT-3.5-Turbo 2 times."
    await guide.prints("asked for my settings: 2 calls")
    await guide.api("POST", "/api/bots/SettingsBot/sync")  # joins that reading, or finds nothing new
    newest = (await read_changes(guide))[0]
    assert newest["source"] == "refetch"
    paths = {each["path"]: each["after"] for each in newest["differences"]}
    assert paths["server_bot_dependencies.GPT-3.5-Turbo"] == 2
    after = (await guide.api("GET", "/api/bots/SettingsBot"))["bot"]
    assert "2 times" in after["introduction"]
    answer = await guide.ask("SettingsBot", "I am a little tired")
    assert answer.called == ["GPT-3.5-Turbo"] * 2


async def test_a_change_that_the_hub_did_not_hear_of_is_found_before_a_call_is_refused(guide: Guide) -> None:
    await guide.ask("SettingsBot", "call 5")
    await guide.api("POST", "/api/bots/SettingsBot/sync")
    await guide.ask("SettingsBot", "call 6")  # the second wish within an hour is not heard
    assert (await guide.ask("SettingsBot", "I am a little tired")).called == ["GPT-3.5-Turbo"] * 6
    assert (await read_changes(guide))[0]["source"] == "refusal"


async def test_a_sync_reads_them_now_and_keeps_the_difference(guide: Guide) -> None:
    await guide.ask("SettingsBot", "call 4")
    await guide.api("POST", "/api/bots/SettingsBot/sync")
    newest = (await read_changes(guide))[0]
    assert ("server_bot_dependencies.GPT-3.5-Turbo", 4) in [(d["path"], d["after"]) for d in newest["differences"]]
