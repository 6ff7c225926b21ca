"""Guide: settings that change."""

from __future__ import annotations

from .running import Guide


async def test_changed_settings_are_read_again_because_the_answer_asked_for_it(guide: Guide) -> None:
    before = (await guide.api("GET", "/api/bots/SettingsBot"))["bot"]
    assert before["dependencies"] == {"GPT-3.5-Turbo": 1}
    guide.hub.hub.sync._pulled_at.clear()  # as if the last reading was an hour ago
    changing = await guide.ask("SettingsBot", "call 2")
    assert changing.reply.meta.refetch_settings
    assert changing.text == "From now on I call GPT-3.5-Turbo 2 times."
    answer = await guide.ask("SettingsBot", "I am a little tired")
    assert answer.called == ["GPT-3.5-Turbo"] * 2
    after = (await guide.api("GET", "/api/bots/SettingsBot"))["bot"]
    assert after["dependencies"] == {"GPT-3.5-Turbo": 2}
    assert "2 times" in after["introduction"]


async def test_the_change_is_kept_as_a_difference(guide: Guide) -> None:
    await guide.ask("SettingsBot", "call 3")
    await guide.api("POST", "/api/bots/SettingsBot/sync")
    changes = await guide.api("GET", "/api/bots/SettingsBot/settings/changes")
    assert "3 times" in str(changes)
