"""Queries are answered before the framework's routing; nothing else about an app changes by that."""

from __future__ import annotations

from typing import Any

import pytest
from fastapi import Depends, FastAPI, HTTPException, Request
from fastapi.responses import JSONResponse
from fastapi.routing import APIRoute
from starlette.types import ASGIApp, Message, Receive, Scope, Send

import rookery as fp
from rookery.sdk import door

from .serving import KEY, Got, ask, post, serve

AUTHORIZED = {"Authorization": f"Bearer {KEY}"}


class Bot(fp.PoeBot):
    """Says how it was asked; fails on settings."""

    async def get_response_with_context(self, request: fp.QueryRequest, context: fp.RequestContext) -> Any:
        http = context.http_request
        yield fp.PartialResponse(text=f"{http.url.path} {http.headers.get('x-by', '-')} {type(http.app).__name__}")

    async def get_settings(self, setting: fp.SettingsRequest) -> fp.SettingsResponse:
        raise HTTPException(418, "no settings today")


def text_of(got: Got) -> str:
    name, data = got.events[0]
    assert name == "text"
    return str(data["text"])


class Stamp:
    """Middleware that marks requests on their way in and answers on their way out."""

    def __init__(self, app: ASGIApp, name: str) -> None:
        self._app = app
        self._name = name.encode()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def stamped(message: Message) -> None:
            if message["type"] == "http.response.start":
                message["headers"] = [*message["headers"], (b"x-out", self._name)]
            await send(message)

        if scope["type"] == "http":
            scope["headers"] = [*scope["headers"], (b"x-by", self._name)]
        await self._app(scope, receive, stamped)


@pytest.mark.parametrize("is_early", [True, False])
async def test_an_apps_middleware_is_around_its_bots(is_early: bool) -> None:
    app = FastAPI()
    if is_early:
        app.add_middleware(Stamp, name="stamp")
    fp.make_app(Bot(access_key=KEY), app=app)
    if not is_early:
        app.add_middleware(Stamp, name="stamp")
    async with serve(app) as url:
        got = await ask(url)
    assert text_of(got) == "/ stamp FastAPI"
    assert got.headers["x-out"] == "stamp"


async def test_dependencies_of_an_app_hold_for_its_bots() -> None:
    async def refuse(request: Request) -> None:
        raise HTTPException(403, "not today")

    app = fp.make_app(Bot(access_key=KEY), app=FastAPI(dependencies=[Depends(refuse)]))
    async with serve(app) as url:
        assert (await ask(url)).status == 403


async def test_a_route_that_was_there_before_keeps_its_requests() -> None:
    app = FastAPI()

    @app.post("/{anything}")
    async def own(anything: str) -> dict[str, str]:
        return {"own": anything}

    fp.make_app([Bot(path="/a", access_key=KEY), Bot(path="/b/c", access_key=KEY)], app=app)
    async with serve(app) as url:
        assert (await ask(f"{url}/a")).json == {"own": "a"}
        assert text_of(await ask(f"{url}/b/c")) == "/b/c - FastAPI"


async def test_an_apps_own_class_of_routes_is_used() -> None:
    class Refusing(APIRoute):
        def get_route_handler(self) -> Any:
            async def handle(request: Request) -> JSONResponse:
                return JSONResponse({}, 403)

            return handle

    app = FastAPI()
    app.router.route_class = Refusing
    async with serve(fp.make_app(Bot(access_key=KEY), app=app)) as url:
        assert (await ask(url)).status == 403


async def test_exceptions_of_other_methods_reach_the_apps_handlers() -> None:
    async with serve(fp.make_app(Bot(access_key=KEY))) as url:
        got = await post(url, {"version": "1.2", "type": "settings"}, **AUTHORIZED)
    assert (got.status, got.json) == (418, {"detail": "no settings today"})


class Limit:
    """Middleware whose `receive` refuses."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def refuse() -> Message:
            raise HTTPException(413, "too much")

        await self._app(scope, refuse if scope["type"] == "http" else receive, send)


async def test_exceptions_of_a_middleware_reach_the_apps_handlers() -> None:
    app = fp.make_app(Bot(access_key=KEY))
    app.add_middleware(Limit)
    async with serve(app) as url:
        got = await ask(url)
    assert (got.status, got.json) == (413, {"detail": "too much"})


async def test_a_bot_answers_below_the_path_where_its_app_is_mounted() -> None:
    outer = FastAPI()
    outer.mount("/sub", fp.make_app(Bot(path="/bot", access_key=KEY)))
    async with serve(outer) as url:
        assert text_of(await ask(f"{url}/sub/bot")) == "/sub/bot - FastAPI"
        assert (await ask(f"{url}/bot")).status == 404


async def test_an_app_that_has_started_can_still_be_given() -> None:
    app = FastAPI()
    async with serve(app) as url:
        assert (await ask(f"{url}/bot")).status == 404
        fp.make_app(Bot(path="/bot", access_key=KEY), app=app)
        assert text_of(await ask(f"{url}/bot")) == "/bot - FastAPI"


async def test_a_path_with_parameters_is_left_to_the_routes() -> None:
    async with serve(fp.make_app(Bot(path="/bots/{name}", access_key=KEY))) as url:
        assert text_of(await ask(f"{url}/bots/x")) == "/bots/x - FastAPI"


async def test_queries_do_not_reach_the_routes(monkeypatch: pytest.MonkeyPatch) -> None:
    async def fail(*given: Any) -> None:
        raise AssertionError

    app = fp.make_app(Bot(access_key=KEY))
    monkeypatch.setattr(door, "answer_post", fail)
    monkeypatch.setattr("rookery.sdk.app.answer_post", fail)
    async with serve(app) as url:
        assert (await ask(url)).status == 200
        assert (await ask(url, None)).status == 401
