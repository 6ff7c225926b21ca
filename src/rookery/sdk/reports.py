"""`report_error` to a called bot that broke the protocol (protocol 3.8): fire and forget (10.2, C6)."""

from __future__ import annotations

import json

from rookery.protocol.decoding import Problem
from rookery.protocol.version import PROTOCOL_VERSION
from rookery.sdk.background import spawn
from rookery.sdk.errors import BotError
from rookery.sdk.log import logger
from rookery.sdk.options import CallOptions
from rookery.sdk.sending import post
from rookery.sdk.transport import Outgoing, TransportError

REPORT_S = 10.0
"""Longest time for one report, in seconds."""


def report_problem(options: CallOptions, problem: Problem, message_id: str) -> None:
    """Tells `on_error` at once and the bot in the background. Never raises, never waits."""
    metadata = {**problem.metadata, "message_id": message_id}
    message = f"Bot {options.bot_name} broke the protocol: {problem.message} ({metadata}), called at {options.url}"
    options.on_error(BotError(problem.message, bot_name=options.bot_name), message)
    body = {
        "version": PROTOCOL_VERSION,
        "type": "report_error",
        "message": problem.message,
        "metadata": metadata,
    }
    spawn(_send(options, json.dumps(body, default=str).encode()), f"report to {options.bot_name}")


async def _send(options: CallOptions, body: bytes) -> None:
    outgoing = Outgoing(options.url, options.headers, body, idle_s=REPORT_S, total_s=REPORT_S)
    try:
        answer = await post(outgoing, options.session)
    except TransportError as error:
        logger.debug("report:failed bot=%s reason=%s", options.bot_name, error)
        return
    await answer.finish()
    await answer.close()
