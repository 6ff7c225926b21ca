"""`/`: what this is, which bots there are, and how to talk to them from a terminal."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from urllib.parse import quote

from starlette.responses import Response

from rookery.hub.accounts.model import Actor
from rookery.hub.bots.model import Bot
from rookery.hub.pages.layout import render_page

PEOPLE = """<h2>People</h2><p>You own this hub. <code>rookery users create NAME</code> lets somebody in: it gives a
sign-in link to pass on. <code>rookery users set-password</code> sets your own password.</p>"""


def home_page(actor: Actor | None, bots: Sequence[Bot], base_url: str) -> Response:
    """Gives the page. `bots` are those that the actor may see."""
    if actor is None:
        body = (
            "<p>This is a hub for server bots.</p>"
            '<p><a href="/sign-in">Sign in</a> to see its bots. The link for the first time is printed where the hub '
            "was started, and by <code>rookery users link owner</code>.</p>"
        )
        return render_page("Rookery is running", body + _programs(base_url), None)
    welcome = f"<p>Welcome, {escape(actor.person.name)}.</p>"
    people = PEOPLE if actor.person.role == "owner" else ""
    return render_page("Rookery is running", welcome + _bots(bots) + _programs(base_url) + people, actor)


def _bots(bots: Sequence[Bot]) -> str:
    if not bots:
        return (
            '<h2>Bots</h2><p>None yet. <a href="/create_bot">Create one</a>, or: <code>rookery dev main.py</code></p>'
        )
    return f'<h2>Bots</h2><ul class="list card">{"".join(map(_bot, bots))}</ul>'


def _bot(bot: Bot) -> str:
    description = f'<br><span class="soft">{escape(bot.description[:300])}</span>' if bot.description else ""
    return (
        f'<li><a href="/bots/{quote(bot.name, safe="")}">{escape(bot.name)}</a> '
        f'<span class="kind">{escape(bot.kind)}</span>{description}</li>'
    )


def _programs(base_url: str) -> str:
    return (
        "<h2>From a terminal</h2>"
        f'<pre>export ROOKERY_URL={escape(base_url)}\nrookery bots list\nrookery chat BOT "hello"</pre>'
        "<p>Elsewhere than on the hub's own machine, set <code>ROOKERY_API_KEY</code> to one of your "
        '<a href="/api_key">API keys</a>. Programs use <code>POST /bot/{name}</code>; the HTTP API is described at '
        '<a href="/openapi.json">/openapi.json</a>.</p>'
    )
