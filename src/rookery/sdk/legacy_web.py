"""Names of `fastapi_poe.base` that need FastAPI and hardly a bot uses; imported when asked for (protocol 9.1)."""

from __future__ import annotations

from fastapi.security import HTTPBearer
from starlette.middleware.base import BaseHTTPMiddleware, RequestResponseEndpoint
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response

from rookery.sdk.log import logger

http_bearer = HTTPBearer()


async def http_exception_handler(request: Request, ex: Exception) -> Response:
    """Logs an exception and gives a plain 500."""
    logger.error("%s %s failed", request.method, request.url.path, exc_info=ex)
    return PlainTextResponse("Internal Server Error", status_code=500)


class LoggingMiddleware(BaseHTTPMiddleware):
    """Logs method, path and status of each request; no headers and no bodies, which hold keys and messages."""

    async def dispatch(self, request: Request, call_next: RequestResponseEndpoint) -> Response:
        response = await call_next(request)
        logger.info("%s %s %d", request.method, request.url.path, response.status_code)
        return response
