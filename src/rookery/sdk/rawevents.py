"""`sse_starlette.ServerSentEvent`, the raw form in which an author may yield an event (protocol 9.3).

The class is part of the contract, but importing its package imports all of uvicorn, so that happens with the first
raw event, not with `import rookery`.
"""

from __future__ import annotations

import sys
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from rookery.protocol.encoding import event_body
from rookery.protocol.events import Event
from rookery.protocol.json_values import dump_json

if TYPE_CHECKING:
    from sse_starlette import ServerSentEvent
    from typing_extensions import TypeIs


def raw_event(name: str, body: Mapping[str, Any]) -> ServerSentEvent:
    """Gives an event with this name and JSON object."""
    from sse_starlette import ServerSentEvent  # noqa: PLC0415 - see the module's docstring

    return ServerSentEvent(data=dump_json(body).decode(), event=name)


def raw_from_event(event: Event | ServerSentEvent) -> ServerSentEvent:
    """Gives the raw form of an event; a raw one comes back as it is."""
    return event if is_raw_event(event) else raw_event(event.name, event_body(event))


def is_raw_event(item: object) -> TypeIs[ServerSentEvent]:
    """Tells whether an author yielded a raw event; nobody can have made one while the package is not imported."""
    package = sys.modules.get("sse_starlette")
    return package is not None and isinstance(item, package.ServerSentEvent)
