"""`/sign-in`: the button that uses up a sign-in link, and the form for name and password."""

from __future__ import annotations

from starlette.responses import Response

from rookery.hub.accounts.model import Actor
from rookery.hub.errors import HubError, TooMany
from rookery.hub.pages.layout import render_page
from rookery.hub.pages.parts import alarm

# The token stands behind `#`, where only the browser sees it (accounts/links.py). Taking it out of the address keeps
# it out of the history too.
SCRIPT = """
const token = location.hash.slice(1);
if (token) {
  document.getElementById("token").value = token;
  document.getElementById("typed").hidden = true;
  document.getElementById("by-password").hidden = true;
  document.getElementById("invited").hidden = false;
  history.replaceState(null, "", location.pathname);
}
"""

BODY = """
<form class="card" method="post" action="/sign-in">
<p id="invited" hidden>Your sign-in link works once. This button uses it.</p>
<div id="typed"><p>With a sign-in link: open it, or type in what stands behind its <code>#</code>.</p>
<label>Code of the link <input id="token" name="token" required autocomplete="off" spellcheck="false"></label></div>
<button>Sign in with this link</button>
</form>
<form class="card" method="post" action="/sign-in" id="by-password">
<p>With a password:</p>
<label>Name <input name="name" required autocomplete="username" maxlength="200"></label>
<label>Password <input name="password" type="password" required autocomplete="current-password"></label>
<button>Sign in</button>
</form>
<p class="soft">No link and no password? The hub's owner makes a link with <code>rookery users link NAME</code>.</p>
"""


def sign_in_page(actor: Actor | None, error: HubError | None = None) -> Response:
    """Gives the page, with what went wrong at the last attempt."""
    status = error.status if error is not None else 200
    page = render_page("Sign in", (alarm(error) if error else "") + BODY, actor, status=status, script=SCRIPT)
    if isinstance(error, TooMany):
        page.headers["Retry-After"] = str(error.retry_after_s)
    return page
