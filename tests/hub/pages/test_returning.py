"""Signing in leads back to the page that was asked for, and to no other site."""

from __future__ import annotations

from html import unescape
from urllib.parse import parse_qs, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rookery.hub.pages.returning import safe_next
from tests.support.browser import browser, signed_in
from tests.support.hub import RunningHub

WANTED = "/create_bot?prompt=Say+%26+%22sing%22&base_bot=Echo"
ELSEWHERE = [
    "https://evil.example/",
    "//evil.example/",
    "///evil.example",
    "/\\evil.example/",
    "/x/\\evil",
    "/\t/evil.example",
    "/\n/evil.example",
    "javascript:alert(1)",
    "bots/Echo",
    "/bots/Ä",
    "/" + "x" * 10_000,
    "/sign-out",
    "/sign-in?next=/sign-in",
    "",
]


async def test_a_link_to_a_page_leads_through_signing_in_and_back(hub: RunningHub) -> None:
    await hub.stand_in("Echo")
    token, _ = await hub.hub.sign_in.create_link(hub.hub.owner)
    async with browser(hub) as client:
        sent_on = await client.get(WANTED)
        assert sent_on.status_code == 303
        page = await client.get(sent_on.headers["location"])
        assert "Sign in to open <code>/create_bot</code>" in page.text
        assert page.text.count('name="next"') == 2
        wanted = parse_qs(urlsplit(sent_on.headers["location"]).query)["next"][0]
        assert wanted in unescape(page.text)
        wrong = await client.post("/sign-in", data={"token": "wrong", "next": wanted})
        assert (wrong.status_code, wrong.text.count('name="next"')) == (401, 2)
        back = await client.post("/sign-in", data={"token": token, "next": wanted})
        assert (back.status_code, back.headers["location"]) == (303, WANTED)
        form = await client.get(back.headers["location"])
        assert 'Say & "sing"</textarea>' in unescape(form.text)


@pytest.mark.parametrize("path", ["/api_key", "/create_bot", "/bots/Echo"])
async def test_every_page_of_ones_own_leads_back(hub: RunningHub, path: str) -> None:
    async with browser(hub) as client:
        assert (await client.get(path)).headers["location"] == f"/sign-in?next={path}"


@pytest.mark.parametrize("wanted", ELSEWHERE)
async def test_signing_in_leads_to_no_other_site(hub: RunningHub, wanted: str) -> None:
    token, _ = await hub.hub.sign_in.create_link(hub.hub.owner)
    async with browser(hub) as client:
        assert 'name="next"' not in (await client.get("/sign-in", params={"next": wanted})).text
        signed = await client.post("/sign-in", data={"token": token, "next": wanted})
        assert (signed.status_code, signed.headers["location"]) == (303, "/")


async def test_somebody_signed_in_is_told_so_and_may_go_on(hub: RunningHub) -> None:
    async with signed_in(hub) as client:
        page = (await client.get("/sign-in", params={"next": "/bots/Echo"})).text
        assert "You are signed in as <strong>owner</strong>" in page
        assert '<a href="/bots/Echo">Go on</a>' in page


@given(st.text(alphabet=st.sampled_from("/\\.:?#@ab\t\r\n %\u2044"), max_size=20))
def test_a_way_back_is_always_a_path_of_this_hub(wanted: str) -> None:
    found = safe_next(wanted)
    assert found.startswith("/")
    assert not found.startswith(("//", "/\\"))
    assert urlsplit(found).netloc == ""
