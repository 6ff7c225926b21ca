"""Messages of a conversation as a list: bringing it into the form that a bot asked for (protocol 4.1, 9.7.4)."""

from __future__ import annotations

from collections.abc import Sequence

from rookery.protocol.messages import ProtocolMessage


def alternate_roles(messages: Sequence[ProtocolMessage]) -> list[ProtocolMessage]:
    """Merges neighbours with the same role, for models that want user and bot to alternate.

    Texts are joined by a blank line; attachments are merged by URL, those of the later message first; all else comes
    from the earlier message. The given messages are never changed.
    """
    merged: list[ProtocolMessage] = []
    for message in messages:
        if merged and _may_merge(merged[-1], message):
            merged[-1] = _merge(merged[-1], message)
        else:
            merged.append(message)
    return merged


def _may_merge(earlier: ProtocolMessage, later: ProtocolMessage) -> bool:
    # The content of a `function_call` is a list of calls, which has no neighbours to be joined with (5.1.4).
    return earlier.role == later.role and earlier.message_type is None and later.message_type is None


def _merge(earlier: ProtocolMessage, later: ProtocolMessage) -> ProtocolMessage:
    known = {attachment.url for attachment in later.attachments}
    attachments = [*later.attachments, *(a for a in earlier.attachments if a.url not in known)]
    content = f"{earlier.content}\n\n{later.content}"
    return earlier.model_copy(update={"content": content, "attachments": attachments})
