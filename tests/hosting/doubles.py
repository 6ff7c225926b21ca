"""A hub that answers what bots ask for, on a real socket, and remembers what was asked."""

from __future__ import annotations

import asyncio
import json
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route


@dataclass(frozen=True, slots=True)
class Asked:
    method: str
    path: str
    host: str
    authorization: str


class HubDouble:
    """Queries are answered with one text, costs are granted, uploads accepted. `gate` holds back GET /gate."""

    def __init__(self) -> None:
        self.asked: list[Asked] = []
        self.gate = asyncio.Event()
        self.waiting_at_gate = asyncio.Event()
        self.url = ""
        self.netloc = ""

    @asynccontextmanager
    async def serving(self) -> AsyncIterator[HubDouble]:
        listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
        listener.bind(("127.0.0.1", 0))
        self.netloc = f"127.0.0.1:{listener.getsockname()[1]}"
        self.url = f"http://{self.netloc}"
        app = Starlette(routes=[Route("/{path:path}", self._answer, methods=["GET", "POST"])])
        server = uvicorn.Server(uvicorn.Config(app, log_level="warning", lifespan="off", ws="none"))
        listener.listen()
        task = asyncio.create_task(server.serve(sockets=[listener]))
        try:
            yield self
        finally:
            self.gate.set()
            server.should_exit = True
            await task

    def asked_paths(self) -> list[str]:
        return [f"{asked.method} {asked.path}" for asked in self.asked]

    async def _answer(self, request: Request) -> Response:
        path = request.url.path
        await request.body()
        headers = request.headers
        self.asked.append(Asked(request.method, path, headers.get("host", ""), headers.get("authorization", "")))
        if path == "/gate":
            self.waiting_at_gate.set()
            await self.gate.wait()
        if path.startswith("/bot/cost/"):
            return _events(("result", {"status": "success"}))
        if path.startswith("/poe_api/"):
            return JSONResponse({"attachment_url": f"{self.url}/files/1/a.txt", "mime_type": "text/plain"})
        if path.startswith("/bot/") and path.count("/") == 2:
            name = path.removeprefix("/bot/")
            return _events(("text", {"text": f"{name} says hi"}), ("done", {}))
        return JSONResponse({"path": path})


def _events(*events: tuple[str, object]) -> Response:
    body = "".join(f"event: {name}\r\ndata: {json.dumps(data)}\r\n\r\n" for name, data in events)
    return Response(body, media_type="text/event-stream")
