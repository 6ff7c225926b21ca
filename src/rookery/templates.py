"""The templates for attachments, under the module name of `fastapi_poe.templates`."""

from rookery.sdk.attachments import (
    IMAGE_VISION_ATTACHMENT_TEMPLATE,
    TEXT_ATTACHMENT_TEMPLATE,
    URL_ATTACHMENT_TEMPLATE,
)

__all__ = ["IMAGE_VISION_ATTACHMENT_TEMPLATE", "TEXT_ATTACHMENT_TEMPLATE", "URL_ATTACHMENT_TEMPLATE"]
