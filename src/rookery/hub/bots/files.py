"""A person's files against what the bot they ask takes (protocol 4.1, 7.6).

Every query of a person passes `check_files`. Calls between bots do not: a bot hands on what it got, and what the
called one does not take is left out.
"""

from __future__ import annotations

from rookery.hub.bots.model import Bot
from rookery.hub.bots.parameters import usable_base_chain
from rookery.hub.bots.prompts import BaseFinder
from rookery.hub.errors import BadInput
from rookery.protocol.limits import MESSAGE_FILES
from rookery.protocol.requests import QueryRequest


def check_files(bot: Bot, query: QueryRequest, find_base: BaseFinder) -> None:
    """Raises BadInput when the message to be answered has files that the bot, or a prompt bot's base, does not take."""
    files = query.query[-1].attachments
    if not files:
        return
    reader = usable_base_chain(bot, find_base)[-1] if bot.kind == "prompt" else bot
    if not reader.resolved.allow_attachments:
        raise BadInput("files_not_taken", f"Bot '{bot.name}' takes no files; the message has {len(files)}.")
    if len(files) > MESSAGE_FILES:
        raise BadInput("too_many_files", f"The message has {len(files)} files; {MESSAGE_FILES} is the limit for one.")
    pictures = sum(file.content_type.startswith("image/") for file in files)
    if reader.resolved.enable_image_comprehension and pictures > 1:
        raise BadInput(
            "too_many_pictures",
            f"Bot '{bot.name}' has pictures described, and then 1 is the limit for a message; this one has {pictures}.",
            "Send them one after another.",
        )
