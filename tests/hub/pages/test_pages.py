"""The hub's own pages: they work without scripts, run no foreign one, and show nothing unescaped."""

from __future__ import annotations

import re
from base64 import b64encode
from hashlib import sha256
from html.parser import HTMLParser

import pytest

from rookery.hub.accounts.attempts import PER_ADDRESS
from rookery.hub.bots.drafts import BotDraft
from tests.support.browser import browser, signed_in
from tests.support.hub import RunningHub

EVIL = "<script>alert(1)</script>\"'"
PASSWORD = "correct horse battery"


class Tags(HTMLParser):
    """Checks that every tag is closed, and collects scripts."""

    VOID = frozenset({"meta", "link", "input", "br"})

    def __init__(self, page: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.scripts = 0
        self.feed(page)
        assert self.open == []

    def handle_starttag(self, tag: str, attrs: object) -> None:
        self.scripts += tag == "script"
        if tag not in self.VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


@pytest.mark.parametrize("path", ["/", "/sign-in", "/api_key"])
async def test_pages_are_whole_and_their_policy_lets_no_foreign_script_run(hub: RunningHub, path: str) -> None:
    async with signed_in(hub) as client:
        response = await client.get(path)
        assert response.status_code == 200
        tags = Tags(response.text)
        policy = response.headers["content-security-policy"]
        assert "default-src 'none'" in policy
        assert "unsafe" not in policy
        assert "frame-ancestors 'none'" in policy
        assert response.headers["cache-control"] == "no-store"
        assert response.headers["x-content-type-options"] == "nosniff"
        scripts = re.findall(r"<script>(.*?)</script>", response.text, re.DOTALL)
        assert len(scripts) == tags.scripts
        for script in scripts:
            assert f"'sha256-{b64encode(sha256(script.encode()).digest()).decode()}'" in policy
        style = re.search(r'href="(/style-[0-9a-f]+\.css)"', response.text)
        assert style is not None
        sheet = await client.get(style[1])
        assert (sheet.status_code, sheet.headers["content-type"]) == (200, "text/css; charset=utf-8")
        assert "prefers-color-scheme: dark" in sheet.text


async def test_the_first_page_leads_to_signing_in_and_tells_a_stranger_nothing(hub: RunningHub) -> None:
    await hub.stand_in("SecretBot")
    async with browser(hub) as client:
        page = (await client.get("/")).text
        assert 'href="/sign-in"' in page
        assert "SecretBot" not in page
        assert (await client.get("/api_key")).headers["location"] == "/sign-in?next=/api_key"


async def test_somebody_signed_in_sees_their_name_and_the_bots_escaped(hub: RunningHub) -> None:
    person = await hub.hub.people.create_person(f"Ada {EVIL}")
    await hub.hub.bots.create_bot(person.id, BotDraft(name="Echo", kind="stand-in", rule="echo", description=EVIL))
    async with signed_in(hub, person) as client:
        page = (await client.get("/")).text
        Tags(page)
        assert "<script" not in page
        assert "&lt;script&gt;alert(1)" in page
        assert 'href="/bots/Echo"' in page
        assert f"ROOKERY_URL={hub.url}" in page


async def test_looking_at_a_link_does_not_use_it_up_but_the_button_does(hub: RunningHub) -> None:
    token, _ = await hub.hub.sign_in.create_link(hub.hub.owner)
    async with browser(hub) as client:
        for _ in range(3):
            page = await client.get(f"/sign-in#{token}")
            assert page.status_code == 200
            assert token not in page.text
        signed = await client.post("/sign-in", data={"token": f" {token} "})
        assert (signed.status_code, signed.headers["location"]) == (303, "/")
        assert "Welcome, owner" in (await client.get("/")).text
        again = await client.post("/sign-in", data={"token": token})
        assert again.status_code == 401
        assert "unknown, used or expired" in again.text


async def test_name_and_password_sign_in_and_the_button_out(hub: RunningHub) -> None:
    async with signed_in(hub) as client:
        await client.put("/api/me/password", json={"password": PASSWORD})
    async with browser(hub) as client:
        wrong = await client.post("/sign-in", data={"name": EVIL, "password": "x"})
        assert (wrong.status_code, "do not fit" in wrong.text) == (401, True)
        Tags(wrong.text)
        right = await client.post("/sign-in", data={"name": "OWNER", "password": PASSWORD})
        assert right.status_code == 303
        out = await client.post("/sign-out", content="", headers={"Content-Type": "application/x-www-form-urlencoded"})
        assert (out.status_code, out.headers["location"]) == (303, "/sign-in")
        assert "Welcome" not in (await client.get("/")).text


async def test_too_many_failures_are_said_with_the_time_to_wait(hub: RunningHub) -> None:
    async with browser(hub) as client:
        for _ in range(PER_ADDRESS):
            await client.post("/sign-in", data={"token": "x"})
        refused = await client.post("/sign-in", data={"token": "x"})
        assert refused.status_code == 429
        assert int(refused.headers["retry-after"]) > 0


async def test_keys_are_made_shown_once_and_revoked(hub: RunningHub) -> None:
    await hub.stand_in("Echo")
    async with signed_in(hub) as client:
        made = await client.post("/api_key", data={"do": "create", "name": EVIL, "days": "30", "bot": "echo"})
        Tags(made.text)
        found = re.search(r"rk-[A-Za-z0-9]{43}", made.text)
        assert found is not None
        page = (await client.get("/api_key")).text
        assert found[0] not in page
        assert found[0][:9] in page
        assert "<script" not in page
        keys = (await client.get("/api/keys")).json()["keys"]
        key = next(key for key in keys if key["bot"] == "Echo")
        revoked = await client.post("/api_key", data={"do": "revoke", "id": key["id"]})
        assert (revoked.status_code, revoked.headers["location"]) == (303, "/api_key")
        assert await hub.hub.accounts.find_actor(found[0]) is None


@pytest.mark.parametrize(
    "form",
    [
        {"days": "0"},
        {"days": "-1"},
        {"days": "9" * 5000},
        {"days": "٣"},
        {"bot": "Nobody"},
        {"bot": "\x00"},
        {"name": "x" * 101},
        {"name": "a\x00b"},
        {"do": "revoke", "id": "nothing"},
    ],
)
async def test_a_form_that_makes_no_sense_is_a_sentence_on_the_page(hub: RunningHub, form: dict[str, str]) -> None:
    async with signed_in(hub) as client:
        response = await client.post("/api_key", data=form)
        assert 400 <= response.status_code < 500
        assert 'class="alarm"' in response.text
        Tags(response.text)


@pytest.mark.parametrize("path", ["/sign-in", "/sign-out", "/api_key"])
async def test_forms_of_other_sites_are_refused_on_a_page(hub: RunningHub, path: str) -> None:
    async with signed_in(hub) as client:
        for headers in ({"Origin": "https://evil.example"}, {"Sec-Fetch-Site": "cross-site"}, {"Origin": ""}):
            response = await client.post(path, data={"name": "x", "password": "y"}, headers=headers)
            assert response.status_code == 403
            assert "not begun on the hub" in response.text
            Tags(response.text)
        assert (await client.get("/api/me")).status_code == 200


async def test_a_form_is_bounded_and_urlencoded(hub: RunningHub) -> None:
    async with signed_in(hub) as client:
        assert (await client.post("/api_key", data={"name": "x" * 100_000})).status_code == 413
        assert (await client.post("/api_key", data={f"f{number}": "" for number in range(200)})).status_code == 400
        assert (await client.post("/api_key", json={"name": "x"})).status_code == 400


async def test_a_key_opens_no_page_of_keys(hub: RunningHub) -> None:
    async with browser(hub) as client:
        response = await client.get("/api_key", headers=hub.auth())
        assert response.status_code == 303
