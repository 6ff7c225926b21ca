"""Ways around the door: a bot that hands on what it was given, an access key, a key made for one bot."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any

from rookery.protocol.reduce import reduce_events
from tests.hub.bots.api import create
from tests.hub.files.uploading import upload
from tests.platform.bad_input.doors import end_of, error_in, kept, new_chat, opened, request, send
from tests.platform.two_people.household import PROMPT, SECRET, Household
from tests.support.scripted_bot import Exchange, ScriptedBot, say, scripted_bot


def expired_link(home: Household) -> str:
    past = datetime.now(UTC) - timedelta(seconds=1)
    return home.hub.hub.files._signer.build_link(home.hub.url, home.file["id"], "x.txt", past)


def attachment(url: str) -> dict[str, str]:
    return {"url": url, "content_type": "text/plain", "name": "x.txt"}


async def register(home: Household, name: str, server: ScriptedBot, **draft: Any) -> str:
    """Makes a public bot of Mallory's; gives its access key."""
    body = {"name": name, "kind": "server", "url": server.url, "visibility": "public", **draft}
    key: str = (await opened(home.hub, "POST", "/api/bots", body, key=home.key))["access_key"]
    return key


async def test_an_expired_link_is_not_renewed_by_giving_it_back_to_its_owner(home: Household) -> None:
    """Mallory found an old link of Ann's; when Ann asks Mallory's bot, the bot says it, and hopes for a fresh one."""
    link = expired_link(home)

    async def script(exchange: Exchange) -> None:
        await exchange.event("file", attachment(link))
        await exchange.text("there")
        await exchange.done()

    async with scripted_bot(script, response_version=2) as server:
        await register(home, "Trap", server)
        chat_id = await new_chat(home.hub, "Trap", key=home.ann_key)
        for text in ("one", "two"):
            said = await send(home.hub, "chats", "Trap", {"content": text}, chat_id=chat_id, key=home.ann_key)
            await end_of(home.hub, said, key=home.ann_key)
        given = server.queries[-1]["query"][1]["attachments"]
        assert given == []
        assert SECRET not in json.dumps(server.queries)
        assert (await kept(home.hub))["file_holds"] == 1  # Ann's own message


async def test_an_expired_link_is_not_renewed_by_calling_another_bot_with_it(home: Household) -> None:
    link = expired_link(home)
    refusals: list[str] = []

    async def trap(exchange: Exchange) -> None:
        body = dict(exchange.body)
        message = {"role": "user", "content": "read", "attachments": [attachment(link)]}
        events = await home.hub.post("Helper", {**body, "query": [message]}, key)
        refusals.append(str(reduce_events(events).error))
        await exchange.text("done")
        await exchange.done()

    async with (
        scripted_bot(trap, response_version=2, server_bot_dependencies={"Helper": 2}) as server,
        scripted_bot(say("thanks"), response_version=2) as helper,
    ):
        await register(home, "Helper", helper)
        key = await register(home, "Trap", server)
        await home.hub.ask("Trap", "hello", home.ann_key)
        assert helper.queries == []
        assert "expired" in refusals[0]
        # A prompt bot in between changes nothing.
        await create(home.hub, home.key, name="Veil", kind="prompt", base_bot="Helper", prompt="x", visibility="public")
        server.settings = {"response_version": 2, "server_bot_dependencies": {"Helper": 2, "Veil": 2}}

        async def veiled(exchange: Exchange) -> None:
            message = {"role": "user", "content": "read", "attachments": [attachment(link)]}
            events = await home.hub.post("Veil", {**exchange.body, "query": [message]}, key)
            refusals.append(str(reduce_events(events).error))
            await exchange.text("done")
            await exchange.done()

        server.script = veiled
        await opened(home.hub, "POST", "/api/bots/Trap/sync", key=home.key)
        await home.hub.ask("Trap", "hello", home.ann_key)
        assert helper.queries == []
        assert "expired" in refusals[1]


async def test_what_a_person_attaches_reaches_the_bots_below_and_their_own_old_links_are_good(home: Household) -> None:
    async with scripted_bot(say("read it"), response_version=2) as server:
        await register(home, "Reader", server)
        veil = {"name": "Veil", "kind": "prompt", "base_bot": "Reader", "prompt": "x", "visibility": "public"}
        await create(home.hub, home.key, **veil)
        message = {"content": "read", "attachments": [attachment(expired_link(home))]}
        for bot in ("Reader", "Veil"):
            said = await send(home.hub, "bot", bot, message, key=home.ann_key)
            assert "read it" in said.text
            (got,) = server.queries[-1]["query"][-1]["attachments"]
            assert got["parsed_content"] == SECRET
            async with home.hub.http.get(got["url"]) as response:
                assert await response.text() == SECRET


async def test_an_access_key_opens_nothing_but_its_bots_own_door(home: Household) -> None:
    async with scripted_bot(say("ok")) as server:
        key = await register(home, "Mine", server)
    rows = await kept(home.hub)
    for path in ("/api/me", "/api/chats", f"/api/files/{home.file['id']}", "/api/queries", "/api/bots"):
        assert (await request(home.hub, "GET", path, key=key)).status == 401, path
    settings = await request(home.hub, "POST", "/bot/AnnsBot", {"type": "settings"}, key=key)
    assert "There is no bot 'AnnsBot'" in error_in(settings.text)
    assert (await request(home.hub, "POST", f"/bot/fetch_settings/AnnsBot/{key}")).status == 401
    pushed = {"response_version": 2, "introduction_message": "mine now"}
    assert (await request(home.hub, "POST", f"/bot/update_settings/AnnsBot/{key}/1", pushed)).status == 401
    for reference in (home.query_id, home.answer_id):
        call = {"query": [{"role": "user", "content": "x"}], "bot_query_id": reference, "message_id": reference}
        assert "no" in error_in((await request(home.hub, "POST", "/bot/AnnsBot", call, key=key)).text).lower()
        old = "/poe_api/file_attachment_3RD_PARTY_POST"
        headers = {"Authorization": key}
        form = {"message_id": reference, "download_url": home.file["url"]}
        async with home.hub.http.post(home.hub.url + old, data=form, headers=headers) as response:
            assert response.status == 404, await response.text()
    assert len(home.server.queries) == 1
    assert await kept(home.hub) == rows


async def test_a_key_for_one_bot_reaches_nothing_else_of_its_owners(home: Household) -> None:
    await home.hub.stand_in("Echo")
    narrow = (await home.anns("POST", "/api/keys", {"name": "narrow", "bot": "Echo"}))["key"]
    rows = await kept(home.hub)
    chat, answer, query = (
        f"/api/chats/{home.chat_id}",
        f"/api/messages/{home.answer_id}",
        f"/api/queries/{home.query_id}",
    )
    attempts: list[tuple[str, str, Any]] = [
        ("GET", f"/api/files/{home.file['id']}", None),
        ("GET", f"/files/{home.file['id']}/x.txt", None),
        ("GET", chat, None),
        ("GET", f"{chat}/export", None),
        ("PATCH", chat, {"title": "x"}),
        ("PATCH", chat, {"bot": "Echo"}),
        ("POST", f"{chat}/messages", {"content": "x", "bot": "Echo"}),
        ("POST", f"{chat}/people", {"name": "Mallory"}),
        ("DELETE", chat, None),
        ("GET", answer, None),
        ("POST", f"{answer}/regenerate", {"bot": "Echo"}),
        ("PUT", f"{answer}/reactions/like", None),
        ("POST", f"{answer}/feedback", {"type": "like"}),
        ("DELETE", answer, None),
        ("GET", query, None),
        ("GET", f"{query}/events", None),
        ("GET", f"{query}/exchange", None),
        ("POST", f"{query}/stop", None),
        ("GET", "/api/queries?bot=AnnsBot", None),
        ("POST", "/api/queries", {"bot": "AnnsBot", "query": [{"role": "user", "content": "x"}]}),
        ("POST", "/api/chats", {"bot": "AnnsBot"}),
        ("GET", "/api/bots/AnnsBot", None),
        ("GET", "/api/bots/AnnsPrompt", None),
        ("GET", "/api/bots/AnnsPrompt/parameters", None),
        ("PATCH", "/api/bots/AnnsBot", {"visibility": "public"}),
        ("PATCH", "/api/bots/Echo", {"description": "x"}),
        ("DELETE", "/api/bots/AnnsBot", None),
        ("POST", "/api/bots", {"name": "New", "kind": "prompt", "base_bot": "AnnsBot", "prompt": "x"}),
        ("POST", "/api/keys", {}),
        ("GET", "/api/keys", None),
        ("DELETE", f"/api/keys/{home.key_id}", None),
        ("GET", "/api/me/sessions", None),
        ("DELETE", f"/api/me/sessions/{home.session_id}", None),
        ("PUT", "/api/me/password", {"password": "long enough for this"}),
        ("GET", "/api/people", None),
    ]
    for method, path, body in attempts:
        said = await request(home.hub, method, path, body, key=narrow)
        assert said.status in (403, 404), (method, path, said)
        assert SECRET not in said.text
    assert "reaches the bot 'Echo' only" in error_in(
        (
            await request(home.hub, "POST", "/bot/AnnsBot", {"query": [{"role": "user", "content": "x"}]}, key=narrow)
        ).text
    )
    for path in ("/api/chats", f"/api/search?q={SECRET}", "/api/queries", "/api/bots", "/bots/AnnsPrompt", "/"):
        said = await request(home.hub, "GET", path, key=narrow)
        assert SECRET not in said.text, path
        assert PROMPT not in said.text, path
        assert "AnnsBot" not in said.text, (path, said)
    link = expired_link(home)
    assert (await request(home.hub, "POST", "/api/files", {"download_url": link}, key=narrow)).status == 403
    poe = f"{home.hub.url}/poe_api/file_upload_3RD_PARTY_POST"
    async with home.hub.http.post(poe, data={"download_url": link}, headers={"Authorization": narrow}) as response:
        assert response.status == 403
    assert await kept(home.hub) == rows
    mine = await upload(home.hub, b"for echo", key=narrow)
    chat_id = await new_chat(home.hub, "Echo", key=narrow)
    for attached, status in (({"file_id": home.file["id"]}, 403), ({"url": link}, 403), ({"url": mine["url"]}, 202)):
        body = {"content": "x", "attachments": [attached]}
        said = await request(home.hub, "POST", f"/api/chats/{chat_id}/messages", body, key=narrow)
        assert said.status == status, said
    message = {"content": "x", "attachments": [attachment(mine["url"])]}
    assert "Echo" in (await send(home.hub, "queries", "Echo", message, key=narrow)).text
