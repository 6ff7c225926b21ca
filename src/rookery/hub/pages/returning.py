"""Back to the page that somebody wanted, once they have signed in: `/sign-in?next=/create_bot%3Fprompt=…`."""

from __future__ import annotations

from urllib.parse import quote

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

HOME = "/"
NEXT_CHARACTERS = 8000
"""Longer addresses are more than proxies let through."""
_NEVER = frozenset({"/sign-in", "/sign-out"})


def safe_next(wanted: str | None) -> str:
    """Gives the path of this hub to go to, `/` for anything else: a link must not lead to another site from here.

    Browsers read a backslash as a slash and drop tabs and line ends, so that neither may be part of it.
    """
    if not wanted or len(wanted) > NEXT_CHARACTERS or not wanted.startswith("/"):
        return HOME
    path = wanted.partition("?")[0]
    is_elsewhere = path.startswith("//") or "\\" in path
    if is_elsewhere or path in _NEVER or not (wanted.isascii() and wanted.isprintable()):
        return HOME
    return wanted


def to_sign_in(request: Request) -> Response:
    """Leads to the page for signing in, and from there back to the page that was asked for."""
    raw_path = request.scope.get("raw_path") or request.url.path.encode()
    query = request.url.query
    wanted = safe_next(raw_path.decode("ascii", "replace").partition("?")[0] + (f"?{query}" if query else ""))
    way_back = "" if wanted == HOME else f"?next={quote(wanted, safe='/')}"
    return RedirectResponse(f"/sign-in{way_back}", status_code=303)
