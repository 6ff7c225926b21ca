"""Reading the hub's own forms."""

from __future__ import annotations

from urllib.parse import parse_qsl

from fastapi import Request

from rookery.hub.accounts.browser import check_same_site
from rookery.hub.errors import BadInput
from rookery.hub.http import read_body

FORM_BYTES = 64 * 1024
FORM_FIELDS = 100


async def read_form(request: Request, max_bytes: int = FORM_BYTES) -> dict[str, str]:
    """Gives the fields of a urlencoded form; of a repeated one the last.

    Raises NotAllowed when the form was not sent from the hub's own pages, TooLarge above `max_bytes`, BadInput when it
    is no such form.
    """
    check_same_site(request)
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind != "application/x-www-form-urlencoded":
        raise BadInput("invalid_form", "The page's forms are sent as application/x-www-form-urlencoded.")
    body = (await read_body(request, max_bytes)).decode("ascii", "replace")
    try:
        return dict(parse_qsl(body, keep_blank_values=True, max_num_fields=FORM_FIELDS))
    except ValueError:
        raise BadInput("invalid_form", f"A form has at most {FORM_FIELDS} fields.") from None
