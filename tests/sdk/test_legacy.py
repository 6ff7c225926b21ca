"""The names kept for old bots still do what they say (protocol 9.1)."""

from __future__ import annotations

import logging

import aiohttp
import pytest
from fastapi import FastAPI

import rookery as fp
from rookery.base import LoggingMiddleware, http_exception_handler

from .serving import KEY, ask, serve


async def test_the_logging_middleware_names_requests_without_keys_and_lets_streams_pass(
    caplog: pytest.LogCaptureFixture,
) -> None:
    app = FastAPI()
    app.add_middleware(LoggingMiddleware)
    fp.make_app(fp.PoeBot(path="/bot", access_key=KEY), app=app)
    with caplog.at_level(logging.INFO, "uvicorn.default"):
        async with serve(app) as url:
            got = await ask(f"{url}/bot")
    assert [name for name, _ in got.events] == ["text", "done"]
    ours = [record.getMessage() for record in caplog.records if record.name == "uvicorn.default"]
    assert "POST /bot 200" in ours
    assert KEY not in " ".join(ours)


async def test_the_exception_handler_gives_a_plain_500(caplog: pytest.LogCaptureFixture) -> None:
    app = FastAPI(exception_handlers={LookupError: http_exception_handler})

    @app.get("/fail")
    def fail() -> None:
        raise LookupError("lost")

    async with serve(app) as url, aiohttp.ClientSession() as session, session.get(f"{url}/fail") as answer:
        assert (answer.status, await answer.text()) == (500, "Internal Server Error")
    assert "lost" in caplog.text
