"""Following a reply by event numbers, over as many connections as it takes: nothing is lost, nothing comes twice."""

from __future__ import annotations

import time
from collections.abc import Generator

from rookery.cli.errors import HubUnreachable
from rookery.cli.hub_client import HubClient
from rookery.protocol.events import DoneEvent, ErrorEvent
from rookery.protocol.sse import Frame

PAUSES_S = (0.1, 0.3, 1.0, 2.0, 4.0)
"""Seconds before each new connection; long enough for a hub that is being restarted."""

_LAST_EVENTS = frozenset({DoneEvent.name, ErrorEvent.name})


def follow_reply(hub: HubClient, query_id: str, after: int = 0) -> Generator[list[Frame]]:
    """Yields the events above a number, in pieces as they arrive, up to the one that ends the reply.

    A broken connection is replaced by one that goes on after the last event. Raises HubUnreachable when several
    connections in a row brought nothing new, and HubRefusal when the hub no longer knows the query.
    """
    pauses = iter(PAUSES_S)
    while True:
        trouble: HubUnreachable | None = None
        try:
            for frames in hub.iter_events(query_id, after):
                fresh = [frame for frame in frames if frame_number(frame) is None or _is_above(frame, after)]
                if not fresh:
                    continue
                pauses = iter(PAUSES_S)
                after = max([after, *(frame_number(frame) or 0 for frame in fresh)])
                yield fresh
                if fresh[-1].name in _LAST_EVENTS:
                    return
        except HubUnreachable as error:
            trouble = error
        pause_s = next(pauses, None)
        if pause_s is None:
            raise _lost(hub, trouble)
        time.sleep(pause_s)


def frame_number(frame: Frame) -> int | None:
    """Gives an event's number; None for those that the hub sends outside the count (a reply cut off by a restart)."""
    return int(frame.id) if frame.id is not None and frame.id.isdecimal() else None


def _is_above(frame: Frame, after: int) -> bool:
    number = frame_number(frame)
    return number is not None and number > after


def _lost(hub: HubClient, trouble: HubUnreachable | None) -> HubUnreachable:
    remedy = trouble.remedy if trouble is not None else "See its log."
    return HubUnreachable(f"The connection to the hub at {hub.url} is lost; what had arrived is kept.", remedy)
