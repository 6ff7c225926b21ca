"""A program, not a bot: asks any bot with an API key, files included.

POE_API_KEY=… ROOKERY_URL=http://127.0.0.1:8080 python programmatic_access.py MediaBot "a fox" [FILE …]
"""

from __future__ import annotations

import asyncio
import os
import sys
from pathlib import Path
from typing import Any

import fastapi_poe as fp

API_KEY = os.environ["POE_API_KEY"]  # on a hub: rookery keys create; on Poe: poe.com/api/keys
HUB = os.environ.get("ROOKERY_URL")  # without it, both calls go to Poe
QUERIES: dict[str, Any] = {"base_url": f"{HUB}/bot/"} if HUB else {}
UPLOADS: dict[str, Any] = {"base_url": f"{HUB}/poe_api/"} if HUB else {}


async def main(bot: str, text: str, paths: list[str]) -> None:
    # Files first: an upload gives the attachment that goes with the message.
    files = [await fp.upload_file(data, file_name=name, api_key=API_KEY, **UPLOADS) for name, data in read_files(paths)]
    message = fp.ProtocolMessage(role="user", content=text, attachments=files, parameters={"aspect": "16:9"})
    try:
        async for part in fp.get_bot_response(messages=[message], bot_name=bot, api_key=API_KEY, **QUERIES):
            if part.attachment is not None:
                print(f"[{part.attachment.name}] {part.attachment.url}")
            elif part.is_suggested_reply:
                print(f"\n> {part.text}")
            elif part.is_replace_response:
                print(f"\n\n{part.text}", end="")
            else:
                print(part.text, end="", flush=True)
    except fp.BotError as error:
        sys.exit(f"{bot} did not answer: {error}")
    print()


def read_files(paths: list[str]) -> list[tuple[str, bytes]]:
    return [(Path(path).name, Path(path).read_bytes()) for path in paths]


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], sys.argv[2], sys.argv[3:]))
