"""A stand-in for a vision model: tells the plain facts of the attached pictures, and that it cannot see more."""

from __future__ import annotations

from collections.abc import AsyncGenerator

from rookery.hub.standins.model import LocalRule, MadeFile, MeasurePicture, last_user_message
from rookery.hub.standins.words import say
from rookery.protocol.events import Event
from rookery.protocol.messages import Attachment
from rookery.protocol.requests import QueryRequest
from rookery.protocol.settings import SettingsResponse

PICTURES = 5
"""Pictures of one message that are looked at."""

NO_PICTURE = "There is no picture with your message. Attach one, and I tell its format, size and dominant colours."
NO_MODEL = "I am a stand-in and no vision model: I measure pictures, but do not know what they show."


class VisionStandIn(LocalRule):
    """Measures pictures."""

    rule = "vision"
    description = "A rule-based stand-in that tells format, size and colours of pictures. Not a language model."
    introduction = (
        "I am **Vision**, a rule-based stand-in and not a language model, nor a vision model: attach a picture, and I "
        "tell its format, its size and its dominant colours."
    )
    settings = SettingsResponse(allow_attachments=True, expand_text_attachments=False)

    async def make(self, query: QueryRequest, measure: MeasurePicture) -> AsyncGenerator[Event | MadeFile, None]:
        """Gives one sentence for each picture."""
        attached = last_user_message(query).attachments
        lines = [await _tell(attachment, measure) for attachment in attached[:PICTURES]]
        if len(attached) > PICTURES:
            lines.append(f"I look at {PICTURES} pictures of a message; {len(attached) - PICTURES} more were left out.")
        for event in say(" ".join([*lines, NO_MODEL] if lines else [NO_PICTURE, NO_MODEL])):
            yield event


async def _tell(attachment: Attachment, measure: MeasurePicture) -> str:
    name = f"'{attachment.name[:100]}'"
    # What the sender says about the type is only a hint, but a hint of text or sound is not worth a download.
    if attachment.content_type.partition("/")[0] in ("text", "audio", "video"):
        return f"{name} is no picture but {attachment.content_type[:60]}."
    return await measure(attachment.url) or f"{name} could not be opened."
