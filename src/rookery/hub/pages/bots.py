"""`/create_bot` and `/bots/{name}`: the form for a prompt bot, and what a bot is (protocol 7.10)."""

from __future__ import annotations

import shlex
from collections.abc import Mapping, Sequence
from html import escape
from typing import Any
from urllib.parse import quote

from starlette.responses import Response

from rookery.hub.accounts.model import Actor
from rookery.hub.bots.model import DESCRIPTION_CHARACTERS, NAME_CHARACTERS, PROMPT_CHARACTERS, Bot
from rookery.hub.errors import HubError
from rookery.hub.pages.layout import render_page
from rookery.hub.pages.parts import alarm
from rookery.protocol.controls import ParameterControls
from rookery.protocol.parameter_schema import parameters_schema
from rookery.protocol.settings import INTRODUCTION_CHARACTERS

FORM_BYTES = 2 * 1024 * 1024
"""Bytes of the form: the longest prompt, every character escaped."""
USERS = (("private", "Only me"), ("public", "Everybody on this hub"))
READERS = (("private", "Only me"), ("public", "Everybody who may use the bot"))


def create_bot_page(
    actor: Actor, bases: Sequence[Bot], values: Mapping[str, str], *, error: HubError | None = None
) -> Response:
    """Gives the form, filled with `values`: its own fields, or what a link brings along."""
    names = "".join(f'<option value="{escape(bot.name)}">' for bot in bases)
    visibility = values.get("visibility") or ("public" if actor.person.role == "owner" else "private")
    body = (
        f"{alarm(error) if error is not None else ''}"
        "<p>A prompt bot is another bot of this hub, the base, with your prompt before what people say.</p>"
        '<form class="card" method="post" action="/create_bot">'
        f"{_input('Name', 'name', values, NAME_CHARACTERS, is_required=True)}"
        f"{_input('Base bot', 'base_bot', values, NAME_CHARACTERS, is_required=True, extra=' list=bases')}"
        f'<datalist id="bases">{names}</datalist>'
        "<label>Prompt <small>what the base is told first; with <code>{user_prompt}</code> in it, the words around a "
        f"person's message</small>{_area('prompt', values, PROMPT_CHARACTERS, is_required=True)}</label>"
        f"{_select('Who may read the prompt', 'prompt_visibility', READERS, values.get('prompt_visibility'))}"
        f"<label>Introduction <small>first message of a new chat, Markdown</small>"
        f"{_area('introduction', values, INTRODUCTION_CHARACTERS, rows=3)}</label>"
        f"{_input('Description', 'description', values, DESCRIPTION_CHARACTERS)}"
        f"{_select('Who may use it', 'visibility', USERS, visibility)}"
        "<button>Create the bot</button></form>"
    )
    return render_page("Create a bot", body, actor, status=error.status if error is not None else 200)


def sign_in_first_page() -> Response:
    """Gives the page for a form that came when its sender was no longer signed in."""
    body = (
        '<p class="alarm" role="alert">You are no longer signed in, so nothing was made.</p>'
        '<p><a href="/sign-in" target="_blank">Sign in in a new tab</a>, then go back here and send the form again: '
        "your browser keeps what you wrote.</p>"
    )
    return render_page("Create a bot", body, None, status=401)


def bot_page(actor: Actor, bot: Bot, controls: ParameterControls | None, address: str) -> Response:
    """Gives what a person may see of a bot. `address` is the page's own, to pass on."""
    settings = bot.resolved
    prompt = bot.prompt if bot.shows_prompt_to(actor.person) else ""
    calls = ", ".join(f"{_bot_link(name)} ×{count}" for name, count in settings.server_bot_dependencies.items())
    who = {"private": "its owner", "shared": "its owner and some people", "public": "everybody on this hub"}
    facts = [
        ("Kind", escape(bot.kind)),
        ("Base bot", _bot_link(bot.base_bot) if bot.base_bot else ""),
        ("For", who[bot.visibility]),
        ("May call", calls),
        ("Price", escape(settings.cost_label or "")),
        ("Link", escape(address)),
    ]
    body = f"<p>{escape(bot.description)}</p>" if bot.description else ""
    rows = "".join(f"<tr><th>{name}</th><td>{value}</td></tr>" for name, value in facts if value)
    body += f'<table class="facts">{rows}</table>'
    body += _section("Introduction", settings.introduction_message)
    body += _section("Prompt", prompt)
    body += _parameters(controls)
    body += _section("Rates", settings.rate_card or "")
    body += f"<h2>Talk to it</h2><pre>rookery chat {escape(shlex.quote(bot.name))}</pre>"
    if bot.kind != "prompt" or prompt:
        base = bot.name if bot.kind != "prompt" else bot.base_bot or ""
        link = f"/create_bot?base_bot={quote(base, safe='')}" + (
            f"&prompt={quote(prompt[:2000], safe='')}" if prompt else ""
        )
        words = "Make a prompt bot like it" if bot.kind == "prompt" else "Make a prompt bot on it"
        body += f'<p><a href="{escape(link)}">{words}</a></p>'
    return render_page(bot.name, body, actor)


def _bot_link(name: str) -> str:
    return f'<a href="/bots/{quote(name, safe="")}">{escape(name)}</a>'


def _section(title: str, text: str) -> str:
    return f'<h2>{title}</h2><div class="card said">{escape(text)}</div>' if text else ""


def _parameters(controls: ParameterControls | None) -> str:
    if controls is None:
        return ""
    properties: dict[str, dict[str, Any]] = parameters_schema(controls)["properties"]
    rows = "".join(
        f"<tr><td>{escape(schema['title'])} <code>{escape(name)}</code>{_small(schema.get('description', ''))}</td>"
        f"<td>{escape(_takes(schema))}</td><td>{escape(_default(schema))}</td></tr>"
        for name, schema in properties.items()
    )
    head = "<tr><th>Parameter</th><th>Takes</th><th>Default</th></tr>"
    return f'<h2>Parameters</h2><div class="scroll"><table>{head}{rows}</table></div>'


def _small(text: str) -> str:
    return f"<br><small>{escape(text)}</small>" if text else ""


def _default(schema: Mapping[str, Any]) -> str:
    value = schema["default"]
    return ("yes" if value else "no") if isinstance(value, bool) else str(value)


def _takes(schema: Mapping[str, Any]) -> str:
    if "anyOf" in schema:
        return " or ".join(dict.fromkeys(_takes(each) for each in schema["anyOf"]))
    if "enum" in schema:
        return ", ".join(schema["enum"])
    if "minimum" in schema:
        return f"{schema['minimum']} to {schema['maximum']}"
    return "yes or no" if schema["type"] == "boolean" else "text"


def _input(
    label: str, name: str, values: Mapping[str, str], limit: int, *, is_required: bool = False, extra: str = ""
) -> str:
    required = " required" if is_required else ""
    value = escape(values.get(name, "")[: limit * 2])
    return f'<label>{label} <input name="{name}" maxlength="{limit}" value="{value}"{required}{extra}></label>'


def _area(name: str, values: Mapping[str, str], limit: int, *, is_required: bool = False, rows: int = 7) -> str:
    # A line break right after the tag is dropped by browsers; this one, instead of the text's own.
    required = " required" if is_required else ""
    text = escape(values.get(name, ""))
    return f'<textarea name="{name}" rows="{rows}" maxlength="{limit}"{required}>\n{text}</textarea>'


def _select(label: str, name: str, options: Sequence[tuple[str, str]], chosen: str | None) -> str:
    items = "".join(
        f'<option value="{value}"{" selected" if value == chosen else ""}>{text}</option>' for value, text in options
    )
    return f'<label>{label} <select name="{name}">{items}</select></label>'
