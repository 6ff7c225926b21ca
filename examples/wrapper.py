"""A bot that lets another bot answer: it declares the bot it calls, and adds a line of its own.

Without a model of that name on the hub, a stand-in answers.  rookery chat WrapperBot "I am a little tired"
"""

from __future__ import annotations

from collections.abc import AsyncIterable

import fastapi_poe as fp

MODEL = "GPT-3.5-Turbo"


class WrapperBot(fp.PoeBot):
    async def get_response(self, request: fp.QueryRequest) -> AsyncIterable[fp.PartialResponse]:
        async for message in fp.stream_request(request, MODEL, request.access_key):
            yield message
        yield fp.PartialResponse(text=f"\n\n(answered by {MODEL})")

    async def get_settings(self, setting: fp.SettingsRequest) -> fp.SettingsResponse:
        return fp.SettingsResponse(server_bot_dependencies={MODEL: 1})


if __name__ == "__main__":
    fp.run(WrapperBot(bot_name="WrapperBot"))
