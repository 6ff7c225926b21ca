"""Sending files with an answer: made here, copied from an address, and a picture in the middle of the text.

rookery dev examples/guides/files_out.py      then:  rookery chat FilesOutBot "3 1 4 1 5"
"""

from __future__ import annotations

import re
import struct
import zlib
from collections.abc import AsyncIterable

import fastapi_poe as fp


class FilesOutBot(fp.PoeBot):
    async def get_response(self, request: fp.QueryRequest) -> AsyncIterable[fp.PartialResponse]:
        message = request.query[-1]
        numbers = [min(int(text), 50) for text in re.findall(r"\d{1,3}", message.content)][:20] or [1, 2, 3]

        # By content: a file below the answer. The data must be bytes (or an open file), not a str.
        await self.post_message_attachment(
            message_id=request.message_id, file_data="\n".join(map(str, numbers)).encode(), filename="numbers.txt"
        )
        # By address: the platform fetches it. Here: a copy of each file that the person sent.
        for file in message.attachments:
            await self.post_message_attachment(
                message_id=request.message_id, download_url=file.url, download_filename=f"copy of {file.name}"
            )
        # In the text: is_inline gives a reference, and the picture stands where the text names it.
        chart = await self.post_message_attachment(
            message_id=request.message_id, file_data=bar_chart(numbers), filename="chart.png", is_inline=True
        )
        yield fp.PartialResponse(text=f"Your numbers:\n\n![chart][{chart.inline_ref}]\n\nand as a file below.")

    async def get_settings(self, setting: fp.SettingsRequest) -> fp.SettingsResponse:
        return fp.SettingsResponse(allow_attachments=True, introduction_message="Send me some numbers.")


def bar_chart(numbers: list[int]) -> bytes:
    """A PNG with a bar for each number; drawn by hand so that the guide needs no library."""
    height = max(numbers) * 4 or 1
    bars = [number * 4 for number in numbers for _ in range(10)]
    rows = b"".join(b"\0" + bytes(40 if height - y <= bar else 240 for bar in bars) for y in range(height))

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    head = struct.pack(">IIBBBBB", len(bars), height, 8, 0, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")


app = fp.make_app(FilesOutBot(bot_name="FilesOutBot"))
