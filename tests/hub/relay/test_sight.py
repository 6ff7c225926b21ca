"""Who may see what of a query: the table of decision 0007."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from rookery.hub.relay.model import QueryRecord, QueryState
from rookery.hub.relay.sight import Sight, sight


def query(parent_id: str | None) -> QueryRecord:
    return QueryRecord(
        id="bq-1",
        root_id="bq-0" if parent_id else "bq-1",
        parent_id=parent_id,
        depth=1 if parent_id else 0,
        bot_id="bot-1",
        bot_name="Bot",
        person_id="p-me",
        conversation_id="c",
        message_id="m",
        request={},
        state=QueryState.DONE,
        started_at=datetime(2026, 11, 23, tzinfo=UTC),
    )


@pytest.mark.parametrize(
    ("person", "parent", "bot_owner", "caller_owner", "seen"),
    [
        ("p-me", None, "p-me", None, Sight.AUTHOR),
        ("p-me", None, "p-other", None, Sight.EXCHANGE),
        ("p-me", None, None, None, Sight.EXCHANGE),
        ("p-me", "bq-0", "p-other", "p-me", Sight.EXCHANGE),
        ("p-me", "bq-0", "p-me", "p-me", Sight.AUTHOR),
        ("p-me", "bq-0", "p-me", "p-other", Sight.SUMMARY),
        ("p-me", "bq-0", "p-me", None, Sight.SUMMARY),
        ("p-other", None, "p-other", None, Sight.NOTHING),
        ("p-other", "bq-0", "p-other", "p-other", Sight.NOTHING),
    ],
)
def test_what_is_seen(
    person: str, parent: str | None, bot_owner: str | None, caller_owner: str | None, seen: Sight
) -> None:
    assert sight(person, query(parent), bot_owner_id=bot_owner, caller_owner_id=caller_owner) is seen
