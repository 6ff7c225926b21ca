"""A kept exchange as a test: the format `rookery.exchange/1` that `rookery.testing` replays. Pure.

What differs from run to run is settled: links to files of this hub lose host, id, expiry and signature and become
`http://127.0.0.1:0/files/any/NAME`, which the test kit takes for any file of that name at its own platform.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any

from rookery.hub.relay.masking import Masker
from rookery.hub.relay.model import NOTICE, NoteKind, QueryNote
from rookery.hub.relay.views import EventView, RecordedCallView
from rookery.protocol.requests import QueryRequest

FORMAT = "rookery.exchange/1"
_KEYS = {"access_key", "api_key"}
_PRIVATE = {NOTICE, "data"}


def plain_body(query: QueryRequest) -> dict[str, Any]:
    """Gives a query without keys and without what is empty."""
    return query.model_dump(mode="json", exclude=_KEYS, exclude_defaults=True)


def settle_links(value: Any, hub_url: str) -> Any:
    """Gives a JSON value in which links to files of the hub are the same in each run and open nothing."""
    link = re.compile(
        re.escape(hub_url) + r"/files/[^/?\s\"'<>()\[\]]+/(?P<name>[^/?\s\"'<>()\[\]]+)(?:\?[^\s\"'<>()\[\]]*)?"
    )
    return _settle(value, link)


def _settle(value: Any, link: re.Pattern[str]) -> Any:
    if isinstance(value, str):
        return link.sub(r"http://127.0.0.1:0/files/any/\g<name>", value)
    if isinstance(value, list):
        return [_settle(item, link) for item in value]
    if isinstance(value, dict):
        return {key: _settle(item, link) for key, item in value.items()}
    return value


def recorded_request(request: Mapping[str, Any], masker: Masker, hub_url: str) -> dict[str, Any]:
    """Gives the body of a query for a recorded exchange."""
    body = masker.value(settle_links(plain_body(QueryRequest.model_validate(request)), hub_url))
    assert isinstance(body, dict)
    return body


def recorded_events(
    events: Iterable[EventView], hub_url: str, *, for_caller: bool, bot_error: QueryNote | None = None
) -> list[dict[str, Any]]:
    """Gives masked events for a recorded exchange: as the bot sent them, or as the bot that called saw them.

    `bot_error` has the bot's own words, which the hub's last event wraps in a sentence.
    """
    hidden = _PRIVATE if for_caller else {NOTICE}
    recorded = []
    for event in events:
        if event.name in hidden:
            continue
        data = settle_links(event.data, hub_url)
        if event.name == "error" and bot_error is not None and not for_caller:
            data = {**data, "text": settle_links(bot_error.text, hub_url)}
        recorded.append({"event": event.name, "data": data})
    return recorded


def refused_call(note: QueryNote, hub_url: str) -> RecordedCallView | None:
    """Gives a refused call for a recorded exchange; None for another note, or when the call was too large to keep."""
    if note.kind is not NoteKind.REFUSAL or note.detail is None:
        return None
    error = {"event": "error", "data": {"text": note.text, "allow_retry": False}}
    return RecordedCallView(
        bot=note.bot or "", refused=True, request=settle_links(note.detail, hub_url), events=[error]
    )
