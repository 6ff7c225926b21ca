"""The HTTP side of a request, for the `..._with_context` methods (protocol 7.16)."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict
from starlette.requests import Request


class RequestContext(BaseModel):
    """What a bot may want to know about how it was asked: URL, query parameters, headers."""

    model_config = ConfigDict(arbitrary_types_allowed=True)

    http_request: Request


def startup_context(path: str) -> RequestContext:
    """Gives the context in which settings are asked for at start, when no HTTP request exists (10.1, S7)."""
    scope: dict[str, object] = {
        "type": "http",
        "http_version": "1.1",
        "method": "POST",
        "scheme": "http",
        "path": path,
        "raw_path": path.encode(),
        "root_path": "",
        "query_string": b"",
        "headers": [],
        "client": None,
        "server": None,
        "state": {},
    }
    return RequestContext(http_request=Request(scope))
