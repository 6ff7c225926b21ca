"""Names of `fastapi_poe`'s modules that some bots import although Rookery has no use for them (protocol 9.1)."""

from __future__ import annotations

from rookery.protocol.responses import MetaResponse, PartialResponse

MESSAGE_LENGTH_LIMIT = 10_000
IDENTIFIER_LENGTH = 32
MAX_EVENT_COUNT = 1000
"""Limits that were never enforced; the real ones are in `rookery.protocol.limits`."""

MetaMessage = MetaResponse
BotMessage = PartialResponse
"""Names of the response models in old versions."""
