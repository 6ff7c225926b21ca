"""Reading the files that people attach: the text which the platform has read out of them, and the bytes themselves.

rookery dev examples/guides/files_in.py      then:  rookery chat FilesInBot "what is this?" --file notes.pdf
"""

from __future__ import annotations

import csv
import io
from collections.abc import AsyncIterable

import fastapi_poe as fp
import httpx


class FilesInBot(fp.PoeBot):
    async def get_response(self, request: fp.QueryRequest) -> AsyncIterable[fp.PartialResponse]:
        # The last message that has files; the person may have asked something else since.
        files = next((message.attachments for message in reversed(request.query) if message.attachments), [])
        if not files:
            yield fp.PartialResponse(text="Please attach a file.")
        for file in files:
            yield fp.PartialResponse(text=f"- **{file.name}** ({file.content_type}): {await describe(file)}\n")

    async def get_settings(self, setting: fp.SettingsRequest) -> fp.SettingsResponse:
        return fp.SettingsResponse(
            allow_attachments=True,
            expand_text_attachments=True,  # text, PDF and office files arrive with `parsed_content`
            enable_image_comprehension=True,  # pictures arrive with a description in `parsed_content`
        )


async def describe(file: fp.Attachment) -> str:
    if file.content_type == "text/csv":
        # Your own parsing. Download at once: the address needs no credential, and lives for minutes only.
        async with httpx.AsyncClient(timeout=30) as client:
            response = await client.get(file.url)
            response.raise_for_status()
        rows = list(csv.reader(io.StringIO(response.text)))
        return f"{len(rows)} rows, columns {', '.join(rows[0])}" if rows else "an empty table"
    if not file.parsed_content:
        return "I cannot read that."
    if file.content_type.startswith("image/"):
        return file.parsed_content.split("***", 1)[-1]  # "file name***description"
    return f"{len(file.parsed_content.split())} words, beginning “{file.parsed_content[:40].strip()}”"


# Otherwise the SDK would put each text before the question as a message of its own, which is meant for language models.
app = fp.make_app(FilesInBot(bot_name="FilesInBot", should_insert_attachment_messages=False))
