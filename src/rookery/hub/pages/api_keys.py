"""`/api_key`: a person's API keys."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from html import escape

from starlette.responses import Response

from rookery.hub.accounts.model import Actor, ApiKey
from rookery.hub.errors import HubError
from rookery.hub.pages.layout import render_page
from rookery.hub.pages.parts import alarm

FORM = """
<h2>Make a key</h2>
<form class="card" method="post" action="/api_key">
<input type="hidden" name="do" value="create">
<label>Name <small>what it is for</small> <input name="name" maxlength="100" placeholder="laptop"></label>
<label>Days until it expires <small>empty: never</small>
<input name="days" type="number" min="1" max="36500" inputmode="numeric"></label>
<label>Bot <small>the only one it reaches; empty: all</small> <input name="bot" maxlength="64"></label>
<button>Make the key</button>
</form>
"""


def api_key_page(
    actor: Actor, keys: Sequence[ApiKey], *, secret: str | None = None, error: HubError | None = None
) -> Response:
    """Gives the page. `secret` is a key just made: it is shown this once."""
    news = alarm(error) if error is not None else ""
    if secret is not None:
        news += (
            '<div class="good"><p>Your new API key. It is shown this once:</p>'
            f'<pre class="wrap">{escape(secret)}</pre>'
            f'<p>In a terminal:</p><pre class="wrap">export ROOKERY_API_KEY={escape(secret)}</pre></div>'
        )
    status = error.status if error is not None else 200
    return render_page("API keys", news + _table(keys, datetime.now(UTC)) + FORM, actor, status=status)


def _table(keys: Sequence[ApiKey], now: datetime) -> str:
    if not keys:
        return (
            "<p>You have no API keys yet. A program that has one acts for you: <code>rookery chat</code> on another "
            "machine, <code>fastapi_poe</code> with <code>base_url</code>, anything that speaks HTTP.</p>"
        )
    head = "<tr><th>Key</th><th>Bot</th><th>State</th><th></th></tr>"
    return f'<div class="scroll"><table>{head}{"".join(_row(key, now) for key in keys)}</table></div>'


def _row(key: ApiKey, now: datetime) -> str:
    is_valid = key.is_valid(now)
    end = (
        f'<form method="post" action="/api_key"><input type="hidden" name="do" value="revoke">'
        f'<input type="hidden" name="id" value="{escape(key.id)}"><button class="quiet">Revoke</button></form>'
        if is_valid
        else ""
    )
    cells = (
        f"{escape(key.name)}<br><small>begins with <code>{escape(key.shown_prefix)}</code></small>",
        escape(key.bot_name or "all"),
        f"{_state(key, is_valid)}<br><small>made {key.created_at:%Y-%m-%d}</small>",
    )
    return f"<tr{'' if is_valid else ' class=soft'}>{''.join(f'<td>{cell}</td>' for cell in cells)}<td>{end}</td></tr>"


def _state(key: ApiKey, is_valid: bool) -> str:
    if key.revoked_at is not None:
        return "revoked"
    if key.expires_at is None:
        return "valid"
    return f"{'until' if is_valid else 'expired'} {key.expires_at:%Y-%m-%d}"
