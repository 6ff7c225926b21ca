"""Loads bot files in processes forked from one that has imported the hosting already: 0.1 s a file instead of 0.7.

Run by `loading.Loader`. One JSON object per line on standard input, `{"file": …, "sdk": …, "query": …}`; for each, one
line on the result descriptor. A forked process is as fresh as a new one for the file: neither the real SDK nor httpx
nor Modal is imported before; our own SDK is, as in every child of the hosting.
"""

from __future__ import annotations

import asyncio
import json
import os
import sys
import tempfile
from pathlib import Path
from typing import Any

import rookery.hosting.child  # noqa: F401  # for its imports
from rookery.hosting import BotFileError
from rookery.hosting.load import LoadedFile, load_bot_file


def main(results: int) -> None:
    for line in sys.stdin:
        wanted = json.loads(line)
        if pid := os.fork():
            os.waitpid(pid, 0)
        else:
            result = load(Path(wanted["file"]), wanted["sdk"], wanted["query"])
            os.write(results, json.dumps(result).encode() + b"\n")
            os._exit(0)


def load(file: Path, sdk: Any, query: dict[str, Any]) -> dict[str, Any]:
    with tempfile.TemporaryFile("w+") as output:
        for stream in (1, 2):
            os.dup2(output.fileno(), stream)
        result = load_and_ask(file, sdk, query)
        sys.stdout.flush()
        sys.stderr.flush()
        output.seek(0)
        return {**result, "output": output.read().splitlines()}


def load_and_ask(file: Path, sdk: Any, query: dict[str, Any]) -> dict[str, Any]:
    try:
        loaded = load_bot_file(file, sdk, hub_url=os.environ["ROOKERY_URL"])
    except BotFileError as error:
        return {"error": {**vars(error), "file": str(error.file)}}
    return {"bots": loaded.bots, "sdk": loaded.sdk, "replies": asyncio.run(ask_all(loaded, query))}


async def ask_all(loaded: LoadedFile, query: dict[str, Any]) -> list[str]:
    """The body of every bot's answer."""
    # Imported late: the file's own import of httpx must be the first one, as in a child.
    import httpx

    async with httpx.AsyncClient(transport=httpx.ASGITransport(loaded.app), base_url="http://bot") as client:
        responses = [
            await client.post(bot.path, json=query, headers={"Authorization": f"Bearer {bot.access_key}"})
            for bot in loaded.bots
        ]
        return [response.text for response in responses]


if __name__ == "__main__":
    main(int(sys.argv[1]))
