"""`/sign-in`: the button that uses up a sign-in link, and the form for name and password."""

from __future__ import annotations

from html import escape

from starlette.responses import Response

from rookery.hub.accounts.model import Actor
from rookery.hub.errors import HubError, TooMany
from rookery.hub.pages.layout import render_page
from rookery.hub.pages.parts import alarm
from rookery.hub.pages.returning import HOME

# The token stands behind `#`, where only the browser sees it (accounts/links.py). Taking it out of the address keeps
# it out of the history too.
SCRIPT = """
const token = location.hash.slice(1);
if (token) {
  document.getElementById("token").value = token;
  document.getElementById("typed").hidden = true;
  document.getElementById("by-password").hidden = true;
  document.getElementById("invited").hidden = false;
  history.replaceState(null, "", location.pathname + location.search);
}
"""

BODY = """
<form class="card" method="post" action="/sign-in">{next}
<p id="invited" hidden>Your sign-in link works once. This button uses it.</p>
<div id="typed"><h2>With a sign-in link</h2><p>Open it, or type in what stands behind its <code>#</code>.</p>
<label>Code of the link <input id="token" name="token" required autocomplete="off" spellcheck="false"></label></div>
<button>Sign in with this link</button>
</form>
<form class="card" method="post" action="/sign-in" id="by-password">{next}
<h2>With a password</h2>
<label>Name <input name="name" required autocomplete="username" maxlength="200"></label>
<label>Password <input name="password" type="password" required autocomplete="current-password"></label>
<button>Sign in</button>
</form>
<p class="soft">No link and no password? The hub's owner makes a link with <code>rookery users link NAME</code>;
the owner's own first link is printed where the hub was started.</p>
"""


def sign_in_page(actor: Actor | None, error: HubError | None = None, *, wanted: str = HOME) -> Response:
    """Gives the page, with what went wrong at the last attempt. `wanted` is where to go from here (`safe_next`)."""
    head = alarm(error) if error else ""
    if actor is not None and actor.session is not None:
        head += (
            f'<p class="good">You are signed in as <strong>{escape(actor.person.name)}</strong>. '
            f'<a href="{escape(wanted)}">Go on</a>, or sign in as somebody else:</p>'
        )
    elif wanted != HOME:
        head += f"<p>Sign in to open <code>{escape(wanted.partition('?')[0])}</code>.</p>"
    field = f'<input type="hidden" name="next" value="{escape(wanted)}">' if wanted != HOME else ""
    status = error.status if error is not None else 200
    page = render_page("Sign in", head + BODY.replace("{next}", field), actor, status=status, script=SCRIPT)
    if isinstance(error, TooMany):
        page.headers["Retry-After"] = str(error.retry_after_s)
    return page
