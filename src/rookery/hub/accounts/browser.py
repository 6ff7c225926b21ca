"""What a browser brings along: the session's cookie, and headers that tell where a request was begun.

A cookie travels with every request to the hub, also with one that another site has made up. So a request that
changes something must say that it was begun on the hub's own pages, or by the person directly.
"""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response

from rookery.hub.errors import NotAllowed

SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})
COOKIE_AGE_S = 400 * 24 * 3600
"""As long as browsers keep a cookie at all: it is the hub that ends a session, 30 days after its last use."""


def check_same_site(request: Request, *, allow_unsaid: bool = False) -> None:
    """Raises NotAllowed unless the request was begun on the hub's own pages.

    `allow_unsaid` lets in what says nothing about where it was begun: every browser says it with a POST, so it is no
    browser's request, and right for routes that do not go by the cookie.
    """
    site = request.headers.get("sec-fetch-site")
    if site is not None:
        if site in ("same-origin", "none"):
            return
    else:
        origin = request.headers.get("origin")
        if origin is None and allow_unsaid:
            return
        if origin is not None and _host_of(origin) == request.headers.get("host", "").lower():
            return
    raise NotAllowed(
        "cross_site",
        "This request was not begun on the hub's own pages.",
        "Open the page at the hub's own address; programs send 'Authorization: Bearer <API key>' instead of a cookie.",
    )


def _host_of(origin: str) -> str | None:
    scheme, separator, host = origin.lower().partition("://")
    return host if separator and scheme in ("http", "https") and host else None


def set_session_cookie(response: Response, name: str, token: str, request: Request) -> None:
    """Puts a session's token into the browser, out of reach of scripts and of other sites' forms."""
    response.set_cookie(
        name,
        token,
        max_age=COOKIE_AGE_S,
        path="/",
        httponly=True,
        samesite="lax",
        secure=request.url.scheme == "https",
    )


def drop_session_cookie(response: Response, name: str, request: Request) -> None:
    """Takes the cookie out of the browser."""
    response.delete_cookie(name, path="/", httponly=True, samesite="lax", secure=request.url.scheme == "https")


def describe_browser(request: Request) -> dict[str, str]:
    """Gives what a session remembers of where it began: `agent`, `address`."""
    return {
        "agent": request.headers.get("user-agent", ""),
        "address": request.client.host if request.client is not None else "",
    }
