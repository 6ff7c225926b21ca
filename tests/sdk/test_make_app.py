"""Building an app: keys, names, paths, refusals; running it (protocol 9.7.1, 9.7.2; 10.1 S6, S8)."""

from __future__ import annotations

import asyncio
import sys
from typing import Any

import pytest
import uvicorn
from fastapi import FastAPI

import rookery as fp

from .serving import KEY, ask, serve

OTHER_KEY = "o" * 32


class Teller(fp.PoeBot):
    async def get_response(self, request: fp.QueryRequest) -> Any:
        yield fp.PartialResponse(text=f"{self.path} {request.access_key}")


def test_a_key_is_put_on_the_bot_from_argument_then_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    bot = fp.PoeBot()
    fp.make_app(bot, KEY)
    assert bot.access_key == KEY
    monkeypatch.setenv("POE_ACCESS_KEY", OTHER_KEY)
    bot = fp.PoeBot()
    fp.make_app(bot, KEY)
    assert bot.access_key == KEY
    for bot in (fp.PoeBot(), fp.PoeBot(access_key="")):
        fp.make_app(bot)
        assert bot.access_key == OTHER_KEY
    bot = fp.PoeBot(access_key=KEY)
    fp.make_app(bot)
    assert bot.access_key == KEY


def test_the_old_argument_and_variable_warn(monkeypatch: pytest.MonkeyPatch) -> None:
    bot = fp.PoeBot()
    with pytest.warns(DeprecationWarning, match="api_key") as caught:
        fp.make_app(bot, api_key=KEY)
    assert caught[0].filename == __file__
    assert bot.access_key == KEY
    monkeypatch.setenv("POE_API_KEY", OTHER_KEY)
    bot = fp.PoeBot()
    with pytest.warns(DeprecationWarning, match="POE_API_KEY"):
        fp.make_app(bot)
    assert bot.access_key == OTHER_KEY


def test_a_key_of_wrong_length_is_refused_by_its_length_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    secret = "abcdefg"
    monkeypatch.setenv("POE_ACCESS_KEY", secret)
    attempts: list[tuple[fp.PoeBot | list[fp.PoeBot], str]] = [
        (fp.PoeBot(), ""),
        (fp.PoeBot(), secret),
        (fp.PoeBot(access_key=secret), ""),
        ([fp.PoeBot(access_key=secret)], ""),
    ]
    for bot, key in attempts:
        with pytest.raises(ValueError, match="has 7 characters; an access key has 32") as caught:
            fp.make_app(bot, key)
        assert secret not in str(caught.value)


def test_a_bot_without_a_key_needs_leave() -> None:
    with pytest.raises(ValueError, match="POE_ACCESS_KEY"):
        fp.make_app(fp.PoeBot())
    with pytest.raises(ValueError, match="/b"):
        fp.make_app([fp.PoeBot(path="/a", access_key=KEY), fp.PoeBot(path="/b")])
    fp.make_app(fp.PoeBot(), allow_without_key=True)


def test_the_environment_gives_no_key_to_several_bots(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("POE_ACCESS_KEY", KEY)
    with pytest.raises(ValueError, match="no access key"):
        fp.make_app([fp.PoeBot(path="/a"), fp.PoeBot(path="/b")])


@pytest.mark.parametrize(
    ("bot", "given", "part"),
    [
        (fp.PoeBot(access_key=KEY), {"access_key": KEY}, "already has an access key"),
        (fp.PoeBot(access_key=KEY), {"api_key": KEY}, "already has an access key"),
        (fp.PoeBot(access_key=KEY, bot_name="A"), {"bot_name": "B"}, "already has a name"),
        (fp.PoeBot(access_key=KEY, path="x"), {}, "starts with '/'"),
        ([fp.PoeBot(access_key=KEY)], {"access_key": KEY}, "several bots"),
        ([fp.PoeBot(access_key=KEY)], {"api_key": KEY}, "several bots"),
        ([fp.PoeBot(access_key=KEY)], {"bot_name": "B"}, "several bots"),
        ([fp.PoeBot(access_key=KEY), fp.PoeBot(access_key=OTHER_KEY)], {}, "same path '/'"),
        ([fp.PoeBot(access_key=KEY)] * 2, {}, "same path '/'"),
    ],
)
def test_contradictions_are_refused_without_showing_keys(bot: Any, given: dict[str, Any], part: str) -> None:
    with pytest.raises(ValueError, match=part) as caught:
        fp.make_app(bot, **given)
    assert KEY not in str(caught.value)


def test_no_key_shows_in_a_bots_repr() -> None:
    assert repr(fp.PoeBot(access_key=KEY, bot_name="B")) == (
        "PoeBot(path='/', bot_name='B', should_insert_attachment_messages=True, concat_attachments_to_message=False)"
    )


def test_the_name_is_put_on_the_bot(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ROOKERY_SYNC_SETTINGS", "off")
    bot = fp.PoeBot(access_key=KEY)
    fp.make_app(bot, bot_name="N")
    assert bot.bot_name == "N"


def test_a_bot_without_a_name_is_mentioned_because_it_will_not_be_synced(
    caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    fp.make_app(fp.PoeBot(access_key=KEY))
    assert "no name" in caplog.text
    assert KEY not in caplog.text
    caplog.clear()
    monkeypatch.setenv("ROOKERY_SYNC_SETTINGS", "off")
    fp.make_app(fp.PoeBot(access_key=KEY))
    assert caplog.text == ""


async def test_several_bots_live_in_one_app_each_with_its_key() -> None:
    app = fp.make_app([Teller(path="/a", access_key=KEY), Teller(path="/b", access_key=OTHER_KEY)])
    async with serve(app) as url:
        assert (await ask(f"{url}/a", KEY)).events[0][1]["text"] == f"/a {KEY}"
        assert (await ask(f"{url}/b", OTHER_KEY)).events[0][1]["text"] == f"/b {OTHER_KEY}"
        assert (await ask(f"{url}/a", OTHER_KEY)).status == 401
        assert (await ask(f"{url}/c", KEY)).status == 404


async def test_an_app_can_be_made_inside_a_running_loop() -> None:
    assert asyncio.get_running_loop().is_running()
    async with serve(fp.make_app(Teller(access_key=KEY))) as url:
        assert (await ask(url)).status == 200


class Served(Exception):
    pass


def test_run_serves_on_all_interfaces_at_the_port_of_the_command_line(monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[tuple[Any, dict[str, Any]]] = []
    monkeypatch.setattr(uvicorn, "run", lambda app, **given: seen.append((app, given)))
    for arguments, port in ([], 8080), (["-p", "81"], 81), (["--port", "82"], 82):
        monkeypatch.setattr(sys, "argv", ["main.py", *arguments])
        fp.run(fp.PoeBot(access_key=KEY))
        app, given = seen.pop()
        assert isinstance(app, FastAPI)
        assert given == {"host": "0.0.0.0", "port": port}


def test_run_explains_a_missing_key_and_ends_the_process(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "argv", ["main.py"])
    with pytest.raises(SystemExit) as caught:
        fp.run(fp.PoeBot())
    assert caught.value.code == 1
    assert "POE_ACCESS_KEY" in capsys.readouterr().err
