"""The frame of every page: head, navigation, stylesheet, and the headers that keep a page safe.

    render_page("My bots", f"<p>{escape(text)}</p>", actor) ──► HTMLResponse

Bodies are HTML written by us; whatever comes from people or bots goes through `html.escape` first.
"""

from __future__ import annotations

import hashlib
from base64 import b64encode
from html import escape
from pathlib import Path

from starlette.responses import HTMLResponse, Response

from rookery.hub.accounts.model import Actor

STYLE = (Path(__file__).parent / "style.css").read_text(encoding="utf-8")
STYLE_PATH = f"/style-{hashlib.sha256(STYLE.encode()).hexdigest()[:12]}.css"
"""Changes with its content, so that browsers may keep it for ever."""

ICON = (
    "data:image/svg+xml,%3Csvg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 16 16'%3E%3Cpath fill='%232f8d70' "
    "d='M3 1h2v2h2V1h2v2h2V1h2v5l-2 2v4l2 2v1H3v-1l2-2V8L3 6z'/%3E%3C/svg%3E"
)
"""A rook."""


def render_page(title: str, body: str, actor: Actor | None, *, status: int = 200, script: str = "") -> HTMLResponse:
    """Gives a whole page.

    `title` is plain text, `body` is HTML whose foreign parts are escaped already, `actor` is who looks (None: nobody
    is signed in). `script` is a small script of ours: the page's policy runs this text and no other.
    """
    scripts = f"<script>{script}</script>" if script else ""
    page = (
        '<!doctype html><html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f'<title>{escape(title)} · Rookery</title><link rel="icon" href="{ICON}">'
        f'<link rel="stylesheet" href="{STYLE_PATH}"></head>'
        f"<body><header>{_navigation(actor)}</header><main><h1>{escape(title)}</h1>{body}</main>{scripts}</body></html>"
    )
    return HTMLResponse(page, status_code=status, headers=_headers(script))


def _navigation(actor: Actor | None) -> str:
    home = '<a class="name" href="/">Rookery</a>'
    if actor is None:
        return f'{home}<nav><a href="/sign-in">Sign in</a></nav>'
    return (
        f'{home}<nav><a href="/create_bot">Create a bot</a><a href="/api_key">API keys</a>'
        f'<span class="soft">{escape(actor.person.name)}</span>'
        '<form method="post" action="/sign-out"><button class="quiet">Sign out</button></form></nav>'
    )


def _headers(script: str) -> dict[str, str]:
    # A page's text is a person's own: no cache may keep it, no other site may frame it or learn its address.
    allowed = f"'sha256-{b64encode(hashlib.sha256(script.encode()).digest()).decode()}'" if script else "'none'"
    policy = (
        f"default-src 'none'; style-src 'self'; img-src 'self' data:; script-src {allowed}; "
        "form-action 'self'; frame-ancestors 'none'; base-uri 'none'"
    )
    return {
        "Content-Security-Policy": policy,
        "X-Content-Type-Options": "nosniff",
        "X-Frame-Options": "DENY",
        # Not "no-referrer": browsers would then send forms with `Origin: null`, which the hub has to refuse.
        "Referrer-Policy": "same-origin",
        "Cache-Control": "no-store",
    }


def style_response() -> Response:
    """Gives the stylesheet, for `STYLE_PATH`."""
    return Response(
        STYLE,
        media_type="text/css",
        headers={"Cache-Control": "public, max-age=31536000, immutable", "X-Content-Type-Options": "nosniff"},
    )
