"""Signing in over HTTP: cookies, requests of other sites, bodies that cannot be."""

from __future__ import annotations

from http.cookies import SimpleCookie
from pathlib import Path

import httpx
import pytest

from rookery.hub.accounts.attempts import PER_NAME
from tests.support.browser import browser, signed_in
from tests.support.hub import RunningHub, running_hub

PASSWORD = "correct horse battery"


def code_of(response: httpx.Response) -> str:
    code: str = response.json()["error"]["code"]
    return code


async def test_a_link_gives_a_cookie_out_of_reach_of_scripts_and_other_sites(hub: RunningHub) -> None:
    token, _ = await hub.hub.sign_in.create_link(hub.hub.owner)
    async with browser(hub) as client:
        response = await client.post("/api/sign-in", json={"token": token})
        assert response.json()["person"]["role"] == "owner"
        (cookie,) = SimpleCookie(response.headers["set-cookie"]).values()
        assert (cookie["path"], cookie["samesite"], cookie["httponly"], cookie["secure"]) == ("/", "lax", True, "")
        assert cookie["domain"] == ""
        assert cookie.value not in response.text
        me = (await client.get("/api/me")).json()
        assert (me["person"]["name"], me["session"]["began_by"], me["key"]) == ("owner", "link", None)
        again = await client.post("/api/sign-in", json={"token": token})
        assert (again.status_code, code_of(again)) == (401, "link_not_accepted")


async def test_behind_https_the_cookie_is_secure(hub: RunningHub) -> None:
    token, _ = await hub.hub.sign_in.create_link(hub.hub.owner)
    async with browser(hub) as client:
        headers = {"X-Forwarded-Proto": "https", "Origin": hub.url.replace("http:", "https:")}
        response = await client.post("/api/sign-in", json={"token": token}, headers=headers)
        assert response.status_code == 200
        assert "; Secure" in response.headers["set-cookie"]


async def test_two_hubs_on_one_machine_do_not_take_each_others_cookie(hub: RunningHub, tmp_path: Path) -> None:
    async with running_hub(tmp_path / "other") as other, signed_in(hub) as client:
        assert other.hub.sign_in.cookie_name != hub.hub.sign_in.cookie_name
        assert (await client.get(f"{other.url}/api/me")).status_code == 401


async def test_a_session_survives_a_restart_of_the_hub(tmp_path: Path) -> None:
    async with running_hub(tmp_path / "data") as hub, signed_in(hub) as client:
        cookies = dict(client.cookies)
    async with running_hub(tmp_path / "data") as hub, browser(hub) as client:
        client.cookies.update(cookies)
        assert (await client.get("/api/me")).status_code == 200


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"Origin": "SELF"}, 201),
        ({"Sec-Fetch-Site": "same-origin"}, 201),
        ({"Sec-Fetch-Site": "none"}, 201),
        ({"Sec-Fetch-Site": "same-origin", "Origin": "null"}, 201),
        ({}, 403),
        ({"Origin": "null"}, 403),
        ({"Origin": "https://evil.example"}, 403),
        ({"Origin": "http://127.0.0.1:1"}, 403),
        ({"Origin": "file://"}, 403),
        ({"Sec-Fetch-Site": "cross-site", "Origin": "SELF"}, 403),
        ({"Sec-Fetch-Site": "same-site", "Origin": "SELF"}, 403),
        ({"Sec-Fetch-Site": ""}, 403),
        ({"Referer": "SELF"}, 403),
    ],
)
async def test_a_cookie_is_good_for_requests_of_the_hubs_own_pages_only(
    hub: RunningHub, headers: dict[str, str], status: int
) -> None:
    headers = {name: hub.url if value == "SELF" else value for name, value in headers.items()}
    async with signed_in(hub) as client:
        del client.headers["Origin"]
        response = await client.post("/api/keys", json={"name": "k"}, headers=headers)
        assert response.status_code == status
        if status == 403:
            assert code_of(response) == "cross_site"
        # Reading changes nothing, so links from elsewhere work.
        assert (await client.get("/api/keys", headers=headers)).status_code == 200


async def test_a_key_goes_before_the_cookie_and_needs_no_origin(hub: RunningHub) -> None:
    member = await hub.hub.people.create_person("Ada")
    _, key = await hub.hub.accounts.create_key(member, "k")
    async with signed_in(hub) as client:
        del client.headers["Origin"]
        auth = {"Authorization": f"Bearer {key}"}
        assert (await client.get("/api/me", headers=auth)).json()["person"]["name"] == "Ada"
        assert (await client.post("/api/keys", json={}, headers=auth)).status_code == 201
        wrong = await client.get("/api/me", headers={"Authorization": "Bearer nonsense"})
        assert wrong.status_code == 401


async def test_another_site_cannot_sign_somebody_in(hub: RunningHub) -> None:
    token, _ = await hub.hub.sign_in.create_link(hub.hub.owner)
    async with browser(hub) as client:
        refused = await client.post("/api/sign-in", json={"token": token}, headers={"Origin": "https://evil.example"})
        assert (refused.status_code, code_of(refused)) == (403, "cross_site")
        del client.headers["Origin"]  # a program, which has no pages
        assert (await client.post("/api/sign-in", json={"token": token})).status_code == 200


async def test_signing_out_ends_the_session_and_takes_the_cookie(hub: RunningHub) -> None:
    async with signed_in(hub) as client:
        stolen = dict(client.cookies)
        assert (await client.post("/api/sign-out", headers={"Origin": "https://evil.example"})).status_code == 403
        assert (await client.post("/api/sign-out")).status_code == 204
        assert dict(client.cookies) == {}
        client.cookies.update(stolen)
        assert (await client.get("/api/me")).status_code == 401
        assert (await client.post("/api/sign-out")).status_code == 204


async def test_sessions_are_listed_and_ended_one_by_one(hub: RunningHub) -> None:
    async with signed_in(hub) as here, signed_in(hub) as there:
        listed = (await here.get("/api/me/sessions")).json()["sessions"]
        assert sorted(session["is_current"] for session in listed) == [False, True]
        other = next(session["id"] for session in listed if not session["is_current"])
        assert (await here.delete(f"/api/me/sessions/{other}")).status_code == 204
        assert (await there.get("/api/me")).status_code == 401
        assert (await here.get("/api/me")).status_code == 200
        assert (await here.delete(f"/api/me/sessions/{other}")).status_code == 404
        assert (await here.delete("/api/me/sessions/%00")).status_code == 400


async def test_a_password_is_set_and_signs_in(hub: RunningHub) -> None:
    async with signed_in(hub) as here, signed_in(hub) as there, browser(hub) as new:
        assert (await here.put("/api/me/password", json={"password": PASSWORD})).status_code == 204
        assert (await here.get("/api/me")).json()["person"]["has_password"] is True
        assert (await there.get("/api/me")).status_code == 401
        response = await new.post("/api/sign-in", json={"name": "Owner", "password": PASSWORD})
        assert response.json()["person"]["name"] == "owner"
        wrong = await new.put("/api/me/password", json={"password": "another one", "current_password": "no"})
        assert (wrong.status_code, code_of(wrong)) == (403, "wrong_password")


async def test_many_wrong_passwords_are_too_many(hub: RunningHub) -> None:
    async with browser(hub) as client:
        for _ in range(PER_NAME):
            wrong = await client.post("/api/sign-in", json={"name": "nobody", "password": "x"})
            assert (wrong.status_code, code_of(wrong)) == (401, "not_accepted")
        refused = await client.post("/api/sign-in", json={"name": "Nobody", "password": "x"})
        assert (refused.status_code, code_of(refused)) == (429, "too_many_attempts")
        assert 0 < int(refused.headers["retry-after"]) <= 600


@pytest.mark.parametrize(
    "body",
    [
        "{}",
        '{"token": null}',
        '{"token": "x", "name": "owner", "password": "y"}',
        '{"name": "owner"}',
        '{"token": 7}',
        '{"token": "\\ud800"}',
        '{"name": "\\ud800", "password": "\\ud800"}',
        '{"name": "owner", "password": "' + "x" * 2000 + '"}',
        "[1]",
        "nonsense",
        "",
    ],
)
async def test_a_sign_in_that_makes_no_sense_is_a_sentence(hub: RunningHub, body: str) -> None:
    async with browser(hub) as client:
        response = await client.post("/api/sign-in", content=body, headers={"Content-Type": "application/json"})
        assert response.status_code == 400, response.text
        assert response.json()["error"]["message"]


@pytest.mark.parametrize("path", ["/api/sign-in", "/api/me/password", "/api/people"])
async def test_a_megabyte_is_refused_before_it_is_read(hub: RunningHub, path: str) -> None:
    async with signed_in(hub) as client:
        body = {"name": "owner", "password": "x" * 1_000_000}
        response = await client.request("PUT" if "me" in path else "POST", path, json=body)
        assert (response.status_code, code_of(response)) == (413, "body_too_large")
