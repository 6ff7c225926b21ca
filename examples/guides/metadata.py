"""Remembering something between answers without a database: the platform keeps it with the answer.

rookery dev examples/guides/metadata.py      then:  rookery chat MemoryBot "remember milk"
"""

from __future__ import annotations

import json
from collections.abc import AsyncIterable

import fastapi_poe as fp


class MemoryBot(fp.PoeBot):
    async def get_response(self, request: fp.QueryRequest) -> AsyncIterable[fp.PartialResponse | fp.DataResponse]:
        # What this bot left with its newest answer; other bots' answers in the chat come without theirs.
        kept = next((message.metadata for message in reversed(request.query) if message.metadata), None)
        things: list[str] = json.loads(kept) if kept else []
        word, _, thing = request.query[-1].content.partition(" ")
        if word == "remember" and thing:
            things.append(thing)
        yield fp.PartialResponse(text=f"I remember {len(things)}: {', '.join(things) or 'nothing'}.")
        # Any text; people never see it. Only the last one of an answer counts, so leave everything that is to last.
        yield fp.DataResponse(metadata=json.dumps(things))

    async def get_settings(self, setting: fp.SettingsRequest) -> fp.SettingsResponse:
        return fp.SettingsResponse(
            introduction_message="Say `remember` and a thing.",
            enable_multi_entity_prompting=False,  # or texts begin with "[User]: " once another bot is in the chat
        )


app = fp.make_app(MemoryBot(bot_name="MemoryBot"))
