"""Settings pulled and pushed, with an unmodified SDK's addresses (protocol 5.2)."""

from __future__ import annotations

from collections.abc import Awaitable
from typing import Any

from rookery.hub.bots.settings_sync import SettingsSync
from rookery.hub.standins.registration import stand_in_draft
from rookery.hub.upstream.bot_server import BotServerClient
from rookery.hub.upstream.outbound import ConnectionPool
from tests.hub.accounts.world import ManualClock
from tests.support.hub import RunningHub
from tests.support.scripted_bot import Exchange, say, scripted_bot
from tests.support.serving import free_port

KEY = "s" * 32


async def post(hub: RunningHub, path: str, body: object = None) -> tuple[int, dict[str, Any]]:
    async with hub.http.post(f"{hub.url}/bot/{path}", json=body) as response:
        return response.status, await response.json()


async def test_settings_are_pulled_when_a_bot_is_created(hub: RunningHub) -> None:
    async with scripted_bot(say("x"), introduction_message="Hello!", server_bot_dependencies={"GPT": 2}) as bot:
        body = {"name": "New", "url": bot.url}
        async with hub.http.post(f"{hub.url}/api/bots", json=body, headers=hub.auth()) as response:
            answer = await response.json()
    assert response.status == 201
    assert len(answer["access_key"]) == 32
    assert answer["bot"]["introduction"] == "Hello!"
    assert answer["bot"]["dependencies"] == {"GPT": 2}
    assert answer["settings_error"] is None


async def test_a_bot_that_is_down_is_created_all_the_same_and_says_what_to_do(hub: RunningHub) -> None:
    body = {"name": "New", "url": f"http://127.0.0.1:{free_port()}/"}
    async with hub.http.post(f"{hub.url}/api/bots", json=body, headers=hub.auth()) as response:
        answer = await response.json()
    assert response.status == 201
    assert "Bot 'New' cannot be reached" in answer["settings_error"]


async def test_fetch_settings_pulls_with_and_without_a_version(hub: RunningHub) -> None:
    async with scripted_bot(say("x")) as bot:
        await hub.register("Bot", bot.url, access_key=KEY)
        bot.settings = {"introduction_message": "New", "response_version": 2}
        status, body = await post(hub, f"fetch_settings/Bot/{KEY}/1.2")
        assert (status, body["status"], body["is_changed"]) == (200, "success", True)
        assert body["settings"]["introduction_message"] == "New"
        status, body = await post(hub, f"fetch_settings/Bot/{KEY}")
        assert (status, body["is_changed"]) == (200, False)


async def test_update_settings_replaces_the_whole_object(hub: RunningHub) -> None:
    async with scripted_bot(say("x"), introduction_message="Old", cost_label="5") as bot:
        await hub.register("Bot", bot.url, access_key=KEY)
        status, _ = await post(
            hub, f"update_settings/Bot/{KEY}/1.2", {"introduction_message": "New", "rate_card": None}
        )
    assert status == 200
    settings = hub.hub.bots.get_bot("Bot").resolved
    assert (settings.introduction_message, settings.cost_label) == ("New", None)


async def test_wrong_key_unknown_bot_and_silent_server_have_their_own_statuses(hub: RunningHub) -> None:
    async with scripted_bot(say("x")) as bot:
        await hub.register("Bot", bot.url, access_key=KEY)
        assert (await post(hub, f"fetch_settings/Bot/{'w' * 32}/1.2"))[0] == 401
        assert (await post(hub, f"update_settings/Bot/{'w' * 32}/1.2", {}))[0] == 401
        assert (await post(hub, f"fetch_settings/Nobody/{KEY}/1.2"))[0] == 404
    status, body = await post(hub, f"fetch_settings/Bot/{KEY}/1.2")
    assert status == 502
    assert "Bot 'Bot'" in body["message"]


async def test_invalid_settings_are_refused_with_every_fault_and_the_old_ones_stay(hub: RunningHub) -> None:
    async with scripted_bot(say("x"), introduction_message="Old") as bot:
        await hub.register("Bot", bot.url, access_key=KEY)
        faulty = {"colour": "red", "server_bot_dependencies": {"X": "many"}}
        status, body = await post(hub, f"update_settings/Bot/{KEY}/1.2", faulty)
        assert status == 400
        assert "colour" in body["message"]
        assert "server_bot_dependencies.X" in body["message"]
        bot.settings = faulty
        assert (await post(hub, f"fetch_settings/Bot/{KEY}/1.2"))[0] == 400
    kept = hub.hub.bots.get_bot("Bot")
    assert kept.resolved.introduction_message == "Old"
    assert kept.settings_error is not None


async def test_parameter_controls_below_version_2_give_a_warning(hub: RunningHub) -> None:
    controls = {"sections": [{"controls": [{"control": "divider"}]}]}
    async with scripted_bot(say("x")) as bot:
        await hub.register("Bot", bot.url, access_key=KEY)
        settings = {"response_version": 1, "parameter_controls": controls}
        status, body = await post(hub, f"update_settings/Bot/{KEY}/1.2", settings)
    assert status == 200
    assert "response_version 2" in body["warnings"][0]


async def test_declared_dependencies_get_stand_ins_when_the_bot_wants_them(hub: RunningHub) -> None:
    async with scripted_bot(say("x"), server_bot_dependencies={"GPT-3.5-Turbo": 1}) as bot:
        await hub.register("Wrapper", bot.url, wants_stand_ins=True)
    stand_in = hub.hub.bots.get_bot("gpt-3.5-turbo")
    assert stand_in.kind == "stand-in"
    assert "not a language model" in stand_in.description.lower()


async def test_a_dependency_that_sounds_like_a_media_model_gets_a_stand_in_that_makes_such_media(
    hub: RunningHub,
) -> None:
    calls = {"Imagen-4": 1, "Veo-3": 1, "ElevenLabs": 1, "GPT-4-Vision": 1, "Claude": 1}
    async with scripted_bot(say("x"), server_bot_dependencies=calls) as bot:
        await hub.register("Wrapper", bot.url, wants_stand_ins=True)
    rules = {name: hub.hub.bots.get_bot(name).rule for name in calls}
    assert list(rules.values()) == ["picture", "video", "sound", "vision", "eliza"]


async def test_a_stand_in_made_over_http_declares_the_parameters_of_its_rule(hub: RunningHub) -> None:
    body = {"name": "Painter", "kind": "stand-in", "rule": "picture"}
    async with hub.http.post(f"{hub.url}/api/bots", json=body, headers=hub.auth()) as response:
        answer = await response.json()
    assert response.status == 201
    (section,) = answer["bot"]["settings"]["parameter_controls"]["sections"]
    assert [control["parameter_name"] for control in section["controls"]] == ["size", "aspect", "style", "seed"]
    assert answer["bot"]["settings"]["allow_attachments"] is False
    assert "No model is connected as Painter" in answer["bot"]["introduction"]


async def test_a_stand_in_gives_way_to_a_real_bot_and_no_real_bot_to_a_stand_in(hub: RunningHub) -> None:
    await hub.stand_in("GPT")
    async with scripted_bot(say("real")) as bot:
        await hub.register("GPT", bot.url)
        async with scripted_bot(say("x"), server_bot_dependencies={"GPT": 1}) as wrapper:
            await hub.register("Wrapper", wrapper.url, wants_stand_ins=True)
        assert (await hub.ask("GPT")).text == "real"
    assert hub.hub.bots.get_bot("GPT").kind == "server"


async def refetch_on_every_answer(exchange: Exchange) -> None:
    await exchange.event("meta", {"refetch_settings": True})
    await say("ok")(exchange)


async def test_meta_refetch_settings_reads_them_again_right_after_registration(hub: RunningHub) -> None:
    async with scripted_bot(refetch_on_every_answer) as bot:
        await hub.register("Bot", bot.url)
        asked = bot.settings_requests
        bot.settings = {"introduction_message": "New"}
        await hub.ask("Bot")
        await bot.until_settings_requests(asked + 1)
        changes = await hub.hub.sync.pull(hub.hub.bots.get_bot("Bot"))  # joins it, or finds nothing new
        assert changes.bot.resolved.introduction_message == "New"


async def test_refetches_have_a_throttle_of_their_own_for_each_bot(hub: RunningHub) -> None:
    clock, pool = ManualClock(), ConnectionPool(allow_private=True)
    async with scripted_bot(say("ok")) as server, scripted_bot(say("ok")) as other_server:
        bot, other = await hub.register("Bot", server.url), await hub.register("Other", other_server.url)
        source = BotServerClient(pool)
        sync = SettingsSync(hub.hub.bots, source, clock, interval_s=1, stand_in_draft=stand_in_draft)

        async def requests_of(work: Awaitable[object]) -> int:
            before = server.settings_requests
            await work
            return server.settings_requests - before

        assert await requests_of(sync.pull(bot)) == 1
        assert await requests_of(sync.refetch(bot)) == 1  # although the last pull was just now
        assert await requests_of(sync.refetch(bot)) == 0
        clock.move(seconds=3599)
        assert await requests_of(sync.pull_if_due(bot)) == 1  # and neither counts for the other
        assert await requests_of(sync.refetch(bot)) == 0
        clock.move(seconds=1)
        assert await requests_of(sync.refetch(bot)) == 1
        await sync.refetch(other)
        assert other_server.settings_requests == 2
        await pool.aclose()


async def test_settings_survive_a_restart(hub: RunningHub) -> None:
    async with scripted_bot(say("x"), server_bot_dependencies={"A": 3}) as bot:
        await hub.register("Bot", bot.url, access_key=KEY)
    stored = {b.name: b for b in await hub.hub.bots._store.list_bots()}["Bot"]
    assert stored == hub.hub.bots.get_bot("Bot")
    assert stored.access_key == KEY
