"""The form that makes a prompt bot, and the page of a bot (protocol 7.10)."""

from __future__ import annotations

from html import unescape

from tests.hub.bots.api import CONTROLS, create
from tests.support.browser import browser, signed_in
from tests.support.hub import RunningHub
from tests.support.scripted_bot import say, scripted_bot

from .test_pages import EVIL, Tags

FORM = {"name": "Pirate", "base_bot": "Echo", "prompt": "Be a\r\npirate.", "visibility": "public"}


async def test_a_link_fills_the_form_and_the_form_makes_the_bot(hub: RunningHub) -> None:
    await hub.stand_in("Echo")
    async with signed_in(hub) as client:
        page = await client.get("/create_bot", params={"prompt": f"Draw {{user_prompt}} {EVIL}", "base_bot": "Echo"})
        assert page.status_code == 200
        Tags(page.text.replace("<input", "<input ").replace("<option", "<br").replace("</option>", ""))
        assert EVIL not in page.text
        assert f"Draw {{user_prompt}} {EVIL}</textarea>" in unescape(page.text)
        assert 'value="Echo"' in page.text
        made = await client.post("/create_bot", data=FORM)
        assert (made.status_code, made.headers["location"]) == (303, "/bots/Pirate")
        assert "Pirate" in (await client.get("/bots/Pirate")).text
    bot = hub.hub.bots.get_bot("Pirate")
    assert (bot.prompt, bot.prompt_visibility, bot.visibility) == ("Be a\npirate.", "private", "public")
    assert (await hub.ask("Pirate", "ahoy")).text == "ahoy"


async def test_what_is_wrong_with_the_form_is_said_in_the_form(hub: RunningHub) -> None:
    await hub.stand_in("Echo")
    async with signed_in(hub) as client:
        for change, status, words in (
            ({"name": "Echo", "base_bot": "Echo"}, 400, "cannot stand on itself"),
            ({"base_bot": EVIL}, 404, "There is no bot"),
            ({"prompt": "x" * 100_001}, 400, "100001 characters; 100000 is the limit"),
            ({"introduction": "x" * 10_001}, 400, "10001 characters; 10000 is the limit"),
            ({"visibility": "x"}, 400, "private or public"),
            ({"name": EVIL}, 400, "cannot be a bot"),
        ):
            response = await client.post("/create_bot", data={**FORM, **change})
            assert response.status_code == status
            assert words in unescape(response.text)
            assert EVIL not in response.text
            assert "pirate.</textarea>" in response.text or "prompt" in change
    assert hub.hub.bots.find_bot("Pirate") is None


async def test_nobody_makes_bots_without_signing_in_or_from_another_site(hub: RunningHub) -> None:
    await hub.stand_in("Echo")
    async with browser(hub) as client:
        assert (await client.get("/create_bot?prompt=x")).headers["location"].startswith("/sign-in?next=")
        assert (await client.post("/create_bot", data=FORM)).status_code == 401
        assert (await client.get("/bots/Echo")).status_code == 303
    async with signed_in(hub) as client:
        forged = await client.post("/create_bot", data=FORM, headers={"Sec-Fetch-Site": "cross-site"})
        assert forged.status_code == 403
    assert hub.hub.bots.find_bot("Pirate") is None


async def test_the_page_of_a_bot_shows_what_it_is_and_escapes_it(hub: RunningHub) -> None:
    settings = {"response_version": 2, "parameter_controls": CONTROLS, "introduction_message": EVIL, "rate_card": EVIL}
    async with scripted_bot(say("x"), **settings, server_bot_dependencies={"GPT": 2}) as bot:
        await hub.register("Painter", bot.url, description=EVIL)
    async with signed_in(hub) as client:
        page = (await client.get("/bots/painter")).text
    assert EVIL not in page
    assert unescape(page).count(EVIL) == 3
    for words in ("GPT</a> ×2", "photo, draw", "1 to 9", "/bots/Painter", "everybody on this hub"):
        assert words in page


async def test_the_page_shows_a_public_prompt_and_hides_a_private_one(hub: RunningHub) -> None:
    _, anna = await hub.add_member("Anna")
    await hub.stand_in("Echo")
    kind = {"kind": "prompt", "base_bot": "Echo", "visibility": "public"}
    await create(hub, anna, name="Open", prompt="open words", prompt_visibility="public", **kind)
    await create(hub, anna, name="Closed", prompt="closed words", **kind)
    await create(hub, anna, name="Hidden", prompt="closed words", **{**kind, "visibility": "private"})
    async with signed_in(hub) as client:
        assert "open words" in (await client.get("/bots/Open")).text
        assert "closed words" not in (await client.get("/bots/Closed")).text
        assert (await client.get("/bots/Nobody")).status_code == 404
        assert "closed words" not in (await client.get("/bots/Hidden")).text
