"""Attachments into messages (protocol 9.7.4): what a platform parsed becomes user messages a model can read.

Only the last message counts, and only attachments with `parsed_content`. File contents reach the model verbatim, so
treat them as text by strangers (10.1, S18).
"""

from __future__ import annotations

from rookery.protocol.messages import Attachment, ProtocolMessage, Sender
from rookery.protocol.requests import QueryRequest

TEXT_ATTACHMENT_TEMPLATE = "Content of the file {attachment_name}:\n\n{attachment_parsed_content}"
"""For `text/...` and `application/pdf`."""

URL_ATTACHMENT_TEMPLATE = (
    "You can read the web page {attachment_name}. This is what it says; use it to answer:\n\n{content}"
)
"""For `text/html`."""

IMAGE_VISION_ATTACHMENT_TEMPLATE = (
    "I attached the picture {filename}; take it that you see it. This is what it shows:\n\n"
    "<image_analysis>{parsed_image_description}</image_analysis>\n\n"
    "Draw on it where it helps, but do not mention it. Answer in the language of the message that follows."
)
"""For images."""

IMAGE_SEPARATOR = "***"
"""Stands between file name and description in an image's `parsed_content` (protocol 3.3)."""


def insert_attachment_messages(request: QueryRequest) -> QueryRequest:
    """Gives the query with one user message per parsed attachment before the last message; texts before images.

    A query without messages or without parsed attachments comes back as it is; the given one is never changed.
    """
    if not request.query:
        return request
    *earlier, last = request.query
    texts: list[ProtocolMessage] = []
    images: list[ProtocolMessage] = []
    for attachment in last.attachments:
        if attachment.parsed_content:
            text = render_attachment(attachment)
            if text is not None:
                group = images if _is_image(attachment) else texts
                group.append(ProtocolMessage(role="user", sender=Sender(), content=text))
    if not (texts or images):
        return request
    return request.model_copy(update={"query": [*earlier, *texts, *images, last]})


def render_attachment(attachment: Attachment) -> str | None:
    """Gives the message text for a parsed attachment; None for types a text model cannot use (video, audio, …)."""
    content = attachment.parsed_content or ""
    kind = attachment.content_type
    if kind == "text/html":
        return URL_ATTACHMENT_TEMPLATE.format(attachment_name=attachment.name, content=content)
    if kind.startswith("text/") or kind == "application/pdf":
        return TEXT_ATTACHMENT_TEMPLATE.format(attachment_name=attachment.name, attachment_parsed_content=content)
    if _is_image(attachment):
        name, separator, description = content.partition(IMAGE_SEPARATOR)
        if not separator:
            name, description = attachment.name, content
        return IMAGE_VISION_ATTACHMENT_TEMPLATE.format(filename=name, parsed_image_description=description)
    return None


def _is_image(attachment: Attachment) -> bool:
    kind = attachment.content_type
    return "image" in kind and not kind.startswith("text/")


def concat_attachments(request: QueryRequest) -> QueryRequest:
    """Gives the query with the parsed attachments appended to the last message's text (deprecated way)."""
    if not request.query:
        return request
    *earlier, last = request.query
    texts = [render_attachment(attachment) for attachment in last.attachments if attachment.parsed_content]
    content = "\n\n".join([last.content, *(text for text in texts if text is not None)])
    return request.model_copy(update={"query": [*earlier, last.model_copy(update={"content": content})]})
