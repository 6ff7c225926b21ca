"""`/api/people`: for the owner only."""

from __future__ import annotations

import httpx
import pytest

from rookery.hub.bots.drafts import BotDraft
from tests.support.browser import browser, signed_in
from tests.support.hub import RunningHub


async def test_the_owner_lets_somebody_in_renames_and_removes_them(hub: RunningHub) -> None:
    async with signed_in(hub) as owner, browser(hub) as guest:
        created = await owner.post("/api/people", json={"name": "Zoë"})
        assert created.status_code == 201
        person, link = created.json()["person"], created.json()["link"]
        assert (person["name"], person["role"], person["signed_in_at"]) == ("Zoë", "member", None)
        assert link["url"] == f"{hub.url}/sign-in#{link['token']}"
        assert (await guest.post("/api/sign-in", json={"token": link["token"]})).status_code == 200
        renamed = await owner.patch(f"/api/people/{person['id']}", json={"name": "Zoe"})
        assert renamed.json()["person"]["name"] == "Zoe"
        assert (await guest.get("/api/me")).json()["person"]["name"] == "Zoe"
        again = await owner.post(f"/api/people/{person['id']}/sign-in-link")
        assert again.status_code == 201
        listed = (await owner.get("/api/people")).json()["people"]
        assert [each["name"] for each in listed] == ["owner", "Zoe"]
        assert listed[1]["signed_in_at"] is not None
        assert (await owner.delete(f"/api/people/{person['id']}")).status_code == 204
        assert (await guest.get("/api/me")).status_code == 401
        assert (await owner.delete(f"/api/people/{person['id']}")).status_code == 404


async def test_members_and_keys_for_one_bot_manage_nobody(hub: RunningHub) -> None:
    member = await hub.hub.people.create_person("Ada")
    await hub.stand_in("Echo")
    _, scoped = await hub.hub.accounts.create_key(hub.hub.owner, "scoped", bot_name="Echo")
    calls = [
        ("GET", "/api/people"),
        ("POST", "/api/people"),
        ("PATCH", f"/api/people/{member.id}"),
        ("DELETE", f"/api/people/{member.id}"),
        ("POST", f"/api/people/{member.id}/sign-in-link"),
    ]
    async with signed_in(hub, member) as client, httpx.AsyncClient(base_url=hub.url, headers=hub.auth(scoped)) as key:
        for method, path in calls:
            refused = await client.request(method, path, json={"name": "x"})
            assert (refused.status_code, refused.json()["error"]["code"]) == (403, "owner_only"), path
            refused = await key.request(method, path, json={"name": "x"})
            assert (refused.status_code, refused.json()["error"]["code"]) == (403, "key_scope"), path


async def test_a_removed_persons_bots_become_the_owners(hub: RunningHub) -> None:
    member = await hub.hub.people.create_person("Ada")
    draft = BotDraft(name="AdasBot", kind="stand-in", rule="echo")
    await hub.hub.bots.create_bot(member.id, draft)
    _, key = await hub.hub.accounts.create_key(member, "k")
    assert (await hub.ask("AdasBot", "hello", key)).error is None
    async with signed_in(hub) as owner:
        assert (await owner.delete(f"/api/people/{member.id}")).status_code == 204
    bot = hub.hub.bots.get_bot("AdasBot")
    assert bot.owner_id == hub.hub.owner.id
    assert (await hub.ask("AdasBot", "hello")).error is None
    async with hub.http.get(f"{hub.url}/api/me", headers=hub.auth(key)) as response:
        assert response.status == 401


@pytest.mark.parametrize(
    ("method", "path", "body", "status"),
    [
        ("POST", "", {"name": ""}, 400),
        ("POST", "", {"name": "a\x00"}, 400),
        ("POST", "", {"name": "OWNER"}, 409),
        ("POST", "", {"name": "x" * 300}, 400),
        ("POST", "", {}, 400),
        ("PATCH", "/p-00", {"name": "x"}, 404),
        ("DELETE", "/p-00", None, 404),
        ("DELETE", "/%00", None, 400),
        ("DELETE", "/owner", None, 404),
        ("POST", "/p-00/sign-in-link", None, 404),
    ],
)
async def test_what_cannot_be_is_refused(
    hub: RunningHub, method: str, path: str, body: dict[str, str] | None, status: int
) -> None:
    async with signed_in(hub) as owner:
        response = await owner.request(method, f"/api/people{path}", json=body)
        assert response.status_code == status, response.text
        owner_id = hub.hub.owner.id
        assert (await owner.delete(f"/api/people/{owner_id}")).status_code == 403
