"""Requests for Poe reach the hub."""

from __future__ import annotations

import importlib
from pathlib import Path

import httpx
import pytest

from rookery.hosting.redirect import Redirect

from .doubles import HubDouble
from .running import KEY, ask, started, write_bot


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("https://api.poe.com/bot/GPT-3.5-Turbo", "http://127.0.0.1:8080/bot/GPT-3.5-Turbo"),
        ("https://api.poe.com/bot/Gr%C3%BC%20e?a=b%20c", "http://127.0.0.1:8080/bot/Gr%C3%BC%20e?a=b%20c"),
        ("https://www.quora.com/poe_api/x", "http://127.0.0.1:8080/poe_api/x"),
        ("https://www.quora.com/about", "https://www.quora.com/about"),
        ("https://poe.com/create_bot", "https://poe.com/create_bot"),
        ("https://api.poe.com.example/bot/x", "https://api.poe.com.example/bot/x"),
    ],
)
def test_only_poes_own_addresses_are_changed(url: str, expected: str) -> None:
    request = httpx.Request("POST", url)
    Redirect("http://127.0.0.1:8080").readdress(request)
    assert str(request.url) == expected
    assert request.headers["Host"] == request.url.netloc.decode()


def test_a_hub_below_a_path_keeps_its_path() -> None:
    request = httpx.Request("GET", "https://api.poe.com/v1/models")
    Redirect("https://hub.example/rookery/").readdress(request)
    assert str(request.url) == "https://hub.example/rookery/v1/models"
    assert request.headers["Host"] == "hub.example"


def test_installing_twice_changes_the_methods_once(monkeypatch: pytest.MonkeyPatch) -> None:
    for client in (httpx.Client, httpx.AsyncClient):
        monkeypatch.setattr(client, "send", client.send)
    Redirect("http://127.0.0.1:1").install(httpx)
    methods = (httpx.Client.send, httpx.AsyncClient.send)
    Redirect("http://127.0.0.1:2").install(importlib.import_module("httpx"))
    assert (httpx.Client.send, httpx.AsyncClient.send) == methods


@pytest.mark.slow
async def test_every_call_of_the_real_package_reaches_the_hub(tmp_path: Path, hub: HubDouble) -> None:
    file = write_bot(
        tmp_path,
        """
        import fastapi_poe as fp
        import httpx

        class Caller(fp.PoeBot):
            async def get_response(self, request):
                async for part in fp.stream_request(request, "Other", request.access_key):
                    yield part
                await self.post_message_attachment(
                    message_id=request.message_id, file_data=b"abc", filename="a.txt"
                )
                await self.authorize_cost(request, fp.CostItem(amount_usd_milli_cents=1))
                # As old versions do it, which have the address inside a function.
                async with httpx.AsyncClient() as client:
                    await client.post("https://www.quora.com/poe_api/file_attachment_3RD_PARTY_POST")
                httpx.get("https://api.poe.com/v1/models")
                fp.sync_bot_settings("Caller", request.access_key)
                yield fp.PartialResponse(text="!")

        app = fp.make_app(Caller())
        fp.sync_bot_settings("Caller", "not while the file is loaded")
        """,
    )
    async with started(file, sdk="fastapi_poe", hub_url=hub.url) as (_, [bot]):
        events = await ask(bot)
    assert [data["text"] for name, data in events if name == "text"] == ["Other says hi", "!"]
    assert [data["url"] for name, data in events if name == "file"] == [f"{hub.url}/files/1/a.txt"]
    assert hub.asked_paths() == [
        "POST /bot/Other",
        "POST /poe_api/file_upload_3RD_PARTY_POST",
        "POST /bot/cost/q-1/authorize",
        "POST /poe_api/file_attachment_3RD_PARTY_POST",
        "GET /v1/models",
        f"POST /bot/fetch_settings/Caller/{KEY}/1.2",
    ]
    assert {asked.host for asked in hub.asked} == {hub.netloc}
    assert hub.asked[0].authorization == f"Bearer {KEY}"


@pytest.mark.slow
async def test_our_sdk_under_the_other_name_calls_the_hub(tmp_path: Path, hub: HubDouble) -> None:
    file = write_bot(
        tmp_path,
        """
        import fastapi_poe as fp
        from fastapi_poe.client import stream_request

        class Caller(fp.PoeBot):
            async def get_response(self, request):
                async for part in stream_request(request, "Other", request.access_key):
                    yield part

        app = fp.make_app(Caller())
        """,
    )
    async with started(file, sdk="rookery", hub_url=hub.url) as (process, [bot]):
        events = await ask(bot)
    assert process.sdk == "rookery"
    assert [data["text"] for name, data in events if name == "text"] == ["Other says hi"]
    assert hub.asked_paths() == ["POST /bot/Other"]
