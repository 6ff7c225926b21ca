"""The requests that are sent: complete as a platform sends them (protocol 3.4), with fixed, well-formed ids."""

from __future__ import annotations

import json
from typing import Any

from rookery.protocol.version import PROTOCOL_VERSION

USER_ID = "u-" + "c" * 32
CONVERSATION_ID = "c-" + "0" * 32
ANSWER_ID = "m-" + "a" * 32
MOMENT_US = 1_764_000_000_000_000


def build_request(kind: str, **fields: object) -> dict[str, Any]:
    """Gives a request of a type."""
    return {"version": PROTOCOL_VERSION, "type": kind, **fields}


def build_message(content: str, /, *, role: str = "user", number: int = 1, **changes: Any) -> dict[str, Any]:
    """Gives one message; `number` makes id and time."""
    return {
        "role": role,
        "content": content,
        "content_type": "text/markdown",
        "timestamp": MOMENT_US + number,
        "message_id": f"m-{number:032d}",
        "feedback": [],
        "attachments": [],
        "parameters": {},
        "metadata": None,
        "sender": {"id": USER_ID, "name": None} if role == "user" else None,
        "sender_id": USER_ID if role == "user" else None,
        "message_type": None,
        "referenced_message": None,
        "reactions": [],
        **changes,
    }


def build_query(*messages: dict[str, Any], **changes: object) -> dict[str, Any]:
    """Gives a query with this history."""
    query = build_request(
        "query",
        query=list(messages),
        message_id=ANSWER_ID,
        user_id=USER_ID,
        conversation_id=CONVERSATION_ID,
        metadata="d-" + "0" * 32,
        bot_query_id="bq-" + "0" * 32,
        language_code="en",
        temperature=None,
        skip_system_prompt=False,
        stop_sequences=[],
        logit_bias={},
        adopt_current_bot_name=None,
        users=[{"id": USER_ID, "name": None}],
        query_creation_time=MOMENT_US,
        extra_params=None,
        tools=None,
        tool_calls=None,
        tool_results=None,
    )
    return {**query, **changes}


def build_report(kind: str, **fields: object) -> dict[str, Any]:
    """Gives a report about the answer."""
    ids = {"message_id": ANSWER_ID, "user_id": USER_ID, "conversation_id": CONVERSATION_ID}
    return build_request(kind, **ids, **fields)


def encode_body(body: object) -> bytes:
    """Gives the bytes of a request; characters beyond ASCII go out as themselves, as platforms may send them."""
    return json.dumps(body, ensure_ascii=False).encode()
