"""Authorizing and capturing costs (protocol 5.3; 10.2 C18)."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from typing import Any

import pytest

import rookery as fp

from .calling import a_request
from .serving import KEY, Answer, ScriptedServer, ask, event, free_address, reply_json, serve, stream

SUCCESS = stream(event("result", {"status": "success"}))
ITEM = fp.CostItem(amount_usd_milli_cents=3, description="work")
REQUEST = a_request(bot_query_id="bq-1")


async def test_amounts_are_posted_with_the_key_in_the_body() -> None:
    platform = ScriptedServer(stream(event("wait", {}), event("result", {"status": "success"})), SUCCESS)
    bot = fp.PoeBot(access_key=KEY)
    async with serve(platform) as url:
        assert await bot.authorize_cost(REQUEST, [ITEM, ITEM], base_url=f"{url}/") is None  # type: ignore[func-returns-value]
        await bot.capture_cost(REQUEST, ITEM, base_url=f"{url}/")
    first, second = platform.calls
    assert (first.path, second.path) == ("/bot/cost/bq-1/authorize", "/bot/cost/bq-1/capture")
    assert first.headers["accept"] == "text/event-stream"
    assert "authorization" not in first.headers
    item = {"amount_usd_milli_cents": 3, "description": "work"}
    assert first.json == {"amounts": [item, item], "access_key": KEY}
    assert second.json == {"amounts": [item], "access_key": KEY}


@pytest.mark.parametrize(
    ("answer", "kind", "part"),
    [
        (stream(event("result", {"status": "insufficient funds"})), fp.InsufficientFundError, "insufficient funds"),
        (stream(event("result", {})), fp.InsufficientFundError, "refused"),
        (stream(event("result", "nonsense")), fp.InsufficientFundError, "refused"),
        (stream(event("other", {})), fp.InsufficientFundError, "no result"),
        (
            stream(event("error", {"message": "no"}), event("x", {"message": "way"}), status=403),
            fp.CostRequestError,
            "^403 Forbidden: no way$",
        ),
        (stream(event("error", "plain words"), status=500), fp.CostRequestError, "^500 .*: plain words$"),
        (Answer([b"oops"], 500, "text/plain"), fp.CostRequestError, "^500 Internal Server Error: .*no event stream"),
        (reply_json({"detail": "bad key"}, 401), fp.CostRequestError, "^401 Unauthorized: bad key$"),
        (stream(is_cut=True), fp.CostRequestError, "closed early"),
    ],
)
async def test_failures_are_told_apart(answer: Answer, kind: type[Exception], part: str) -> None:
    async with serve(ScriptedServer(answer)) as url:
        with pytest.raises(kind, match=part):
            await fp.PoeBot(access_key=KEY).authorize_cost(REQUEST, ITEM, base_url=url)


async def test_an_unreachable_platform_is_a_cost_request_error() -> None:
    with pytest.raises(fp.CostRequestError, match="connection refused"):
        await fp.PoeBot(access_key=KEY).capture_cost(REQUEST, ITEM, base_url=free_address())


async def test_incomplete_calls_are_refused() -> None:
    with pytest.raises(fp.CostRequestError, match="no access key"):
        await fp.PoeBot().authorize_cost(REQUEST, ITEM)
    with pytest.raises(fp.InvalidParameterError, match="bot_query_id"):
        await fp.PoeBot(access_key=KEY).authorize_cost(a_request(), ITEM)


async def test_a_handler_that_runs_out_of_points_at_the_hub_ends_with_the_fund_error(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    class Dear(fp.PoeBot):
        async def get_response(self, request: fp.QueryRequest) -> AsyncIterator[Any]:
            await self.authorize_cost(request, ITEM)
            yield fp.PartialResponse(text="never")

    hub = ScriptedServer(stream(event("result", {"status": "insufficient funds"})))
    async with serve(hub) as hub_url, serve(fp.make_app(Dear(access_key=KEY))) as url:
        monkeypatch.setenv("ROOKERY_URL", hub_url)
        got = await ask(url, bot_query_id="bq/1")
    body = {"allow_retry": True, "text": "", "error_type": "insufficient_fund"}
    assert got.events == [("error", body), ("done", {})]
    assert hub.calls[0].path == "/bot/cost/bq/1/authorize"
    assert json.loads(hub.calls[0].body)["access_key"] == KEY
