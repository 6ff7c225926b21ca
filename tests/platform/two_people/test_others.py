"""What is one person's is nothing to another: not to read, list, find, change, renew or delete, by whatever id."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import aiohttp

from tests.platform.bad_input.doors import kept, request
from tests.platform.two_people.household import SECRET, Household

UNKNOWN = (403, 404)


async def everything(home: Household) -> dict[str, Any]:
    """What Ann has, as she sees it, without what is made anew for every answer."""
    chat = await home.anns("GET", f"/api/chats/{home.chat_id}")
    for message in chat["messages"]:
        for attachment in message["attachments"]:
            attachment.pop("url")
    return {
        "chat": chat,
        "file": (await home.anns("GET", f"/api/files/{home.file['id']}"))["name"],
        "bots": await home.anns("GET", "/api/bots"),
        "keys": await home.anns("GET", "/api/keys"),
        "query": (await home.anns("GET", f"/api/queries/{home.query_id}"))["text"],
        "sessions": [each["id"] for each in (await home.anns("GET", "/api/me/sessions"))["sessions"]],
    }


async def test_every_id_of_somebody_elses_is_unknown_and_nothing_changes(home: Household) -> None:
    before, rows = await everything(home), await kept(home.hub)
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
        ("GET", f"{chat}/export?format=markdown", None),
        ("GET", f"{chat}?before={home.answer_id}", None),
        ("GET", f"/api/chats?before={home.chat_id}", None),
        ("PATCH", chat, {"title": "mine"}),
        ("PATCH", chat, {"leaf_id": home.question_id}),
        ("POST", f"{chat}/clear", None),
        ("POST", f"{chat}/messages", {"content": "hello"}),
        ("POST", f"{chat}/people", {"name": "Mallory"}),
        ("DELETE", f"{chat}/people/{home.ann.id}", None),
        ("DELETE", chat, None),
        ("GET", answer, None),
        ("GET", f"/api/messages/{home.question_id}", None),
        ("POST", f"{answer}/regenerate", {}),
        ("POST", f"{answer}/regenerate", {"bot": "AnnsPrompt"}),
        ("PUT", f"{answer}/reactions/like", None),
        ("DELETE", f"{answer}/reactions/like", None),
        ("POST", f"{answer}/feedback", {"type": "like"}),
        ("DELETE", answer, None),
        ("GET", query, None),
        ("GET", f"{query}/events", None),
        ("GET", f"{query}/exchange", None),
        ("POST", f"{query}/stop", None),
        ("GET", f"/api/queries/{home.answer_id}", None),
        ("GET", "/api/bots/AnnsBot", None),
        ("GET", "/api/bots/AnnsBot/parameters", None),
        ("GET", "/api/bots/AnnsBot/settings/changes", None),
        ("POST", "/api/bots/AnnsBot/sync", None),
        ("PATCH", "/api/bots/AnnsBot", {"visibility": "public"}),
        ("DELETE", "/api/bots/AnnsBot", None),
        ("PATCH", "/api/bots/AnnsPrompt", {"prompt_visibility": "public"}),
        ("GET", "/api/bots/AnnsPrompt/settings/changes", None),
        ("DELETE", "/api/bots/AnnsPrompt", None),
        ("DELETE", f"/api/keys/{home.key_id}", None),
        ("DELETE", f"/api/me/sessions/{home.session_id}", None),
        ("GET", "/api/people", None),
        ("POST", "/api/people", {"name": "Eve"}),
        ("PATCH", f"/api/people/{home.ann.id}", {"name": "Eve"}),
        ("DELETE", f"/api/people/{home.ann.id}", None),
        ("POST", f"/api/people/{home.ann.id}/sign-in-link", None),
        ("POST", "/api/chats", {"bot": "AnnsBot"}),
        ("POST", "/api/queries", {"bot": "AnnsBot", "query": [{"role": "user", "content": "x"}]}),
        ("POST", "/api/keys", {"bot": "AnnsBot"}),
    ]
    for method, path, body in attempts:
        said = await home.try_it(method, path, body)
        assert said.status in UNKNOWN, (method, path, said)
    taken = {"name": "AnnsBot", "kind": "server", "url": "http://127.0.0.1:9/", "replace": True}
    assert (await home.try_it("POST", "/api/bots", taken)).status == 409
    base = {"name": "Mine", "kind": "prompt", "base_bot": "AnnsBot", "prompt": "Say the word."}
    assert (await home.try_it("POST", "/api/bots", base)).status == 404
    assert await everything(home) == before
    assert await kept(home.hub) == rows


async def test_lists_searches_and_pages_hold_nothing_of_somebody_elses(home: Household) -> None:
    for path in (
        "/api/chats", "/api/chats?archived=true", f"/api/search?q={SECRET}", "/api/search?q=word", "/api/queries",
        "/api/queries?bot=AnnsBot", "/api/bots", "/api/bots/AnnsPrompt", "/api/keys", "/api/me", "/api/me/sessions",
        "/", "/bots/AnnsPrompt", "/create_bot?base_bot=AnnsBot",
    ):  # fmt: skip
        said = await home.try_it("GET", path)
        assert home.chat_id not in said.text, path
        if path != "/create_bot?base_bot=AnnsBot":
            assert '"AnnsBot"' not in said.text.replace('"base_bot":"AnnsBot"', ""), path


async def test_another_persons_file_is_not_attached_by_its_id_nor_by_a_link_that_is_no_good(home: Household) -> None:
    await home.hub.stand_in("Echo")
    chat_id = (await request(home.hub, "POST", "/api/chats", {"bot": "Echo"}, key=home.key)).text.split('"')[5]
    before = await kept(home.hub)
    signer = home.hub.hub.files._signer
    expired = signer.build_link(home.hub.url, home.file["id"], "x", datetime.now(UTC) - timedelta(seconds=1))
    bare = f"{home.hub.url}/files/{home.file['id']}/x"
    for attachment, status in (({"file_id": home.file["id"]}, 404), ({"url": expired}, 403), ({"url": bare}, 403)):
        said = await home.try_it(
            "POST", f"/api/chats/{chat_id}/messages", {"content": "x", "attachments": [attachment]}
        )
        assert said.status == status, said
    for url in (expired, bare):
        assert (await home.try_it("POST", "/api/files", {"download_url": url})).status == 403
    assert await kept(home.hub) == before


async def test_people_of_a_chat_who_leave_or_are_removed_see_nothing_more(home: Household) -> None:
    chat = f"/api/chats/{home.chat_id}"
    await home.anns("POST", f"{chat}/people", {"name": "Mallory"})
    seen = await request(home.hub, "GET", chat, key=home.key)
    assert SECRET in seen.text
    await home.anns("DELETE", f"{chat}/people/{home.mallory.id}")
    for path in (chat, f"{chat}/export", f"/api/messages/{home.answer_id}", f"/api/search?q={SECRET}", "/api/chats"):
        await home.try_it("GET", path)


async def test_a_member_of_a_chat_does_not_delete_or_share_it_nor_use_its_owners_bot(home: Household) -> None:
    chat = f"/api/chats/{home.chat_id}"
    await home.anns("POST", f"{chat}/people", {"name": "Mallory"})
    for method, path, body in (
        ("DELETE", chat, None),
        ("POST", f"{chat}/people", {"name": "owner"}),
        ("DELETE", f"{chat}/people/{home.ann.id}", None),
        ("POST", f"{chat}/messages", {"content": "tell me"}),
        ("POST", f"/api/messages/{home.answer_id}/regenerate", {}),
        ("POST", f"/api/queries/{home.query_id}/stop", None),
        ("GET", f"/api/queries/{home.query_id}", None),
    ):
        said = await request(home.hub, method, path, body, key=home.key)
        assert said.status in UNKNOWN, (method, path, said)
    assert len(home.server.queries) == 1


async def test_a_session_is_of_no_use_to_another_site(home: Household) -> None:
    before, rows = await everything(home), await kept(home.hub)
    url = home.hub.url
    sites: tuple[dict[str, str], ...] = (
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site", "Origin": "http://127.0.0.1:1"},
        {},
    )
    attempts: list[tuple[str, str, dict[str, Any]]] = [
        ("POST", "/api/keys", {"json": {}}),
        ("POST", "/api/files", {"json": {"download_url": home.file["url"]}}),
        ("POST", f"/api/chats/{home.chat_id}/messages", {"json": {"content": "x"}}),
        ("DELETE", f"/api/chats/{home.chat_id}", {}),
        ("PUT", f"/api/messages/{home.answer_id}/reactions/like", {}),
        ("POST", "/api/queries", {"json": {"bot": "AnnsBot", "query": [{"role": "user", "content": "x"}]}}),
        ("PUT", "/api/me/password", {"json": {"password": "long enough for this"}}),
        ("POST", "/api/sign-out", {}),
        ("POST", "/api_key", {"data": {"name": "x"}}),
        ("POST", "/create_bot", {"data": {"name": "X", "base_bot": "AnnsPrompt", "prompt": "x"}}),
    ]
    async with aiohttp.ClientSession() as browser:
        for site in sites:
            for method, path, body in attempts:
                headers = {"Cookie": home.cookie, **site}
                async with browser.request(method, url + path, headers=headers, allow_redirects=False, **body) as got:
                    assert got.status == 403, (site, path, got.status, await got.text())
                    assert got.headers.get("Access-Control-Allow-Origin") is None
        for path in ("/api/me", f"/api/chats/{home.chat_id}", f"/files/{home.file['id']}/x"):
            headers = {"Cookie": home.cookie, "Origin": "https://evil.example"}
            async with browser.get(url + path, headers=headers) as got:
                assert got.headers.get("Access-Control-Allow-Origin") is None, path
                assert path.startswith("/api") or got.status == 403
    assert await everything(home) == before
    assert await kept(home.hub) == rows


async def test_bots_are_not_asked_by_cookie(home: Household) -> None:
    async with aiohttp.ClientSession() as browser:
        body = {"query": [{"role": "user", "content": "x"}]}
        async with browser.post(f"{home.hub.url}/bot/AnnsBot", json=body, headers={"Cookie": home.cookie}) as got:
            assert "Access denied" in await got.text()
    assert len(home.server.queries) == 1
