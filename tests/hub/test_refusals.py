"""What the doors refuse, and in which shape: SSE `error` events on `/bot/…`, one JSON body on `/api/…`."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from rookery.protocol.reduce import reduce_events
from tests.support.hub import RunningHub, error_text, running_hub
from tests.support.scripted_bot import say, scripted_bot

QUERY = {"query": [{"role": "user", "content": "hi"}]}


async def refusal(hub: RunningHub, name: str, body: object, key: str | None = None) -> str:
    reply = reduce_events(await hub.post(name, body, key))
    assert reply.error is not None
    assert reply.error.allow_retry is False
    return error_text(reply)


async def test_an_unknown_bot(hub: RunningHub) -> None:
    assert "There is no bot 'Nobody' on this hub" in await refusal(hub, "Nobody", QUERY)


@pytest.mark.parametrize("key", ["", "rk-wrong", "x" * 32])
async def test_a_wrong_key(hub: RunningHub, key: str) -> None:
    await hub.stand_in("Echo")
    assert (await refusal(hub, "Echo", QUERY, key)).startswith("Access denied")


async def test_no_authorization_header(hub: RunningHub) -> None:
    async with hub.http.post(f"{hub.url}/bot/Echo", json=QUERY) as response:
        assert response.status == 200
        assert response.content_type == "text/event-stream"
        assert b"Access denied" in await response.read()


async def test_an_expired_and_a_revoked_key(hub: RunningHub) -> None:
    await hub.stand_in("Echo")
    accounts, owner = hub.hub.accounts, hub.hub.owner
    _, short = await accounts.create_key(owner, "short", lifetime=timedelta(microseconds=1))
    assert (await refusal(hub, "Echo", QUERY, short)).startswith("Access denied")
    record, revoked = await accounts.create_key(owner, "revoked")
    assert (await hub.ask("Echo", key=revoked)).is_done
    await accounts.revoke_key(owner, record.id)
    assert (await refusal(hub, "Echo", QUERY, revoked)).startswith("Access denied")


async def test_a_key_for_one_bot_reaches_no_other(hub: RunningHub) -> None:
    await hub.stand_in("Echo")
    await hub.stand_in("Other")
    _, key = await hub.hub.accounts.create_key(hub.hub.owner, "scoped", bot_name="Echo")
    assert (await hub.ask("echo", key=key)).is_done
    assert "reaches the bot 'Echo' only" in await refusal(hub, "Other", QUERY, key)


@pytest.mark.parametrize(
    ("body", "says"),
    [
        ([], "The body must be a JSON object"),
        ({}, "field 'query'"),
        ({"query": []}, "holds no message"),
        ({"query": [{"role": "wizard", "content": "hi"}]}, "holds no message"),
        ({"query": [{"role": "user"}]}, "field 'query.0.content'"),
        ({"query": [{"role": "user", "content": 7}]}, "field 'query.0.content'"),
        ({"query": "hello"}, "field 'query'"),
    ],
)
async def test_a_body_that_is_no_query(hub: RunningHub, body: Any, says: str) -> None:
    await hub.stand_in("Echo")
    assert says in await refusal(hub, "Echo", body)


async def test_a_body_that_is_not_json(hub: RunningHub) -> None:
    async with hub.http.post(f"{hub.url}/bot/Echo", data=b"{nonsense", headers=hub.auth()) as response:
        assert response.content_type == "text/event-stream"
        assert b"The body is not JSON" in await response.read()


async def test_an_oversized_body(tmp_path: Path) -> None:
    async with running_hub(tmp_path, max_body_bytes=1000) as hub:
        await hub.stand_in("Echo")
        body = {"query": [{"role": "user", "content": "x" * 2000}]}
        assert "larger than 1000 bytes" in await refusal(hub, "Echo", body)
        assert (await hub.ask("Echo")).is_done


async def test_reports_are_passed_on_and_answered(hub: RunningHub) -> None:
    report = {
        "version": "1.2", "type": "report_reaction", "message_id": "m", "user_id": "u", "conversation_id": "c",
        "reaction": "heart",
    }  # fmt: skip
    async with scripted_bot(say("ok")) as bot:
        await hub.register("Listener", bot.url)
        async with hub.http.post(f"{hub.url}/bot/Listener", json=report, headers=hub.auth()) as response:
            assert response.status == 200
        received = await bot.reports.get()
    assert received["type"] == "report_reaction"
    assert received["reaction"] == "heart"


async def test_an_unknown_request_type_is_refused_in_the_shape_that_clients_read(hub: RunningHub) -> None:
    await hub.stand_in("Echo")
    reply = reduce_events(await hub.post("Echo", {"type": "dance"}))
    assert "There is no request of type 'dance'." in error_text(reply)


@pytest.mark.parametrize(
    ("method", "path", "status", "code"),
    [
        ("GET", "/api/bots/Nobody", 404, "unknown_bot"),
        ("DELETE", "/api/bots/Nobody", 404, "unknown_bot"),
        ("GET", "/api/queries/bq-unknown", 404, "unknown_query"),
        ("POST", "/api/queries", 400, "invalid_json"),
        ("POST", "/api/keys", 400, "invalid_body"),
        ("DELETE", "/api/keys/none", 404, "unknown_key"),
        ("GET", "/nowhere", 404, "http_error"),
        ("PUT", "/api/bots", 405, "http_error"),
    ],
)
async def test_every_refusal_of_the_api_has_one_shape(
    hub: RunningHub, method: str, path: str, status: int, code: str
) -> None:
    async with hub.http.request(method, hub.url + path, data=b"{", headers=hub.auth()) as response:
        body = await response.json()
        assert response.status == status, body
    assert set(body) == {"error"}
    assert set(body["error"]) == {"code", "message", "remedy", "request_id"}
    assert body["error"]["code"] == code
    assert body["error"]["message"].endswith(".")


@pytest.mark.parametrize("path", ["/api/hub", "/api/bots", "/api/keys", "/api/queries/x", "/api/queries/x/events"])
async def test_the_api_asks_for_a_key(hub: RunningHub, path: str) -> None:
    async with hub.http.get(hub.url + path) as response:
        assert response.status == 401
        assert response.headers["www-authenticate"] == "Bearer"
        assert (await response.json())["error"]["code"] == "not_signed_in"


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"name": "no spaces"}, "invalid_name"),
        ({"name": "fetch_settings"}, "invalid_name"),
        ({"name": "x" * 65}, "invalid_name"),
        ({"name": "Echo"}, "name_taken"),
        ({"url": None}, "missing_url"),
        ({"url": "ftp://x"}, "invalid_url"),
        ({"url": "http://user:pw@host/"}, "invalid_url"),
        ({"access_key": "short"}, "invalid_access_key"),
        ({"access_key": "ä" * 32}, "invalid_access_key"),
        ({"kind": "wizard"}, "invalid_body"),
        ({"kind": "stand-in", "rule": "nonsense"}, "unknown_rule"),
    ],
)
async def test_a_bot_that_cannot_be_created(hub: RunningHub, changes: dict[str, Any], code: str) -> None:
    async with scripted_bot(say("x")) as bot:
        await hub.register("Echo", bot.url)
        body = {"name": "New", "url": bot.url, **changes}
        async with hub.http.post(f"{hub.url}/api/bots", json=body, headers=hub.auth()) as response:
            answer = await response.json()
    assert response.status in (400, 409)
    assert answer["error"]["code"] == code


@pytest.mark.parametrize(
    "url",
    [
        "http://127.0.0.1:1/", "http://localhost/", "http://10.0.0.1/", "http://192.168.1.1/", "http://169.254.169.254/",
        "http://[::1]/", "http://[::ffff:127.0.0.1]/", "http://2130706433/", "http://0x7f000001/", "http://127.1/",
        "http://100.64.0.1/", "http://0.0.0.0/",
    ],
)  # fmt: skip
async def test_a_hub_open_to_others_calls_no_private_addresses(tmp_path: Path, url: str) -> None:
    async with running_hub(tmp_path, allow_private_urls=False) as hub:
        body = {"name": "New", "url": url}
        async with hub.http.post(f"{hub.url}/api/bots", json=body, headers=hub.auth()) as response:
            assert (await response.json())["error"]["code"] == "private_url"


async def test_a_name_that_leads_to_a_private_address_is_not_called(tmp_path: Path) -> None:
    async with scripted_bot(say("secret")) as bot:
        port = bot.url.split(":")[2]
        async with running_hub(tmp_path) as hub:
            await hub.register("Inside", bot.url)
        async with running_hub(tmp_path, allow_private_urls=False) as hub:
            text = await refusal(hub, "Inside", QUERY)
            assert "lives at a private address" in text
            assert port not in text
    assert bot.queries == []


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("POST", "/api/keys", {}),
        ("GET", "/api/keys", None),
        ("DELETE", "/api/keys/test", None),
        ("POST", "/api/bots", {"name": "New", "kind": "stand-in"}),
        ("POST", "/api/bots/Echo/sync", None),
        ("DELETE", "/api/bots/Echo", None),
    ],
)
async def test_a_key_for_one_bot_manages_nothing(hub: RunningHub, method: str, path: str, body: Any) -> None:
    await hub.stand_in("Echo")
    _, key = await hub.hub.accounts.create_key(hub.hub.owner, "scoped", bot_name="Echo")
    async with hub.http.request(method, hub.url + path, json=body, headers=hub.auth(key)) as response:
        assert response.status == 403
        assert (await response.json())["error"]["code"] == "key_scope"
    async with hub.http.get(f"{hub.url}/api/bots/Echo", headers=hub.auth(key)) as response:
        assert response.status == 200


@pytest.mark.parametrize(
    ("draft", "status", "code"),
    [
        ({"expires_s": 10**18}, 400, "invalid_body"),
        ({"expires_s": 0}, 400, "invalid_body"),
        ({"bot": "Nobody"}, 404, "unknown_bot"),
        ({"name": "x" * 101}, 400, "invalid_name"),
    ],
)
async def test_a_key_that_cannot_be_made(hub: RunningHub, draft: dict[str, Any], status: int, code: str) -> None:
    async with hub.http.post(f"{hub.url}/api/keys", json=draft, headers=hub.auth()) as response:
        assert response.status == status
        assert (await response.json())["error"]["code"] == code


async def test_a_key_with_a_slash_in_its_name_can_be_revoked(hub: RunningHub) -> None:
    async with hub.http.post(f"{hub.url}/api/keys", json={"name": "a/b"}, headers=hub.auth()) as response:
        assert response.status == 201
    async with hub.http.delete(f"{hub.url}/api/keys/a/b", headers=hub.auth()) as response:
        assert response.status == 200


async def test_a_model_bot_is_registered_by_its_provider_and_model(hub: RunningHub) -> None:
    for model, status in (("openai:gpt-4o-mini", 201), ("gpt-4o-mini", 400), (None, 400)):
        body = {"name": "GPT", "kind": "model", "model": model, "replace": True}
        async with hub.http.post(f"{hub.url}/api/bots", json=body, headers=hub.auth()) as response:
            assert response.status == status, await response.text()
    assert hub.hub.bots.get_bot("GPT").model == "openai:gpt-4o-mini"
