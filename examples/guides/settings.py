"""Settings that change while the bot runs, and how the platform learns of it.

rookery dev examples/guides/settings.py      then:  rookery chat SettingsBot "call 2"
"""

from __future__ import annotations

from collections.abc import AsyncIterable

import fastapi_poe as fp

MODEL = "GPT-3.5-Turbo"


class SettingsBot(fp.PoeBot):
    calls = 1

    async def get_response(self, request: fp.QueryRequest) -> AsyncIterable[fp.PartialResponse]:
        word, _, number = request.query[-1].content.partition(" ")
        if word == "call" and number.isdigit():
            type(self).calls = int(number)
            # Asks the platform to read the settings again: soon, and not every time if that happens often.
            # A meta event counts only as the very first thing of an answer.
            yield fp.MetaResponse(text="", refetch_settings=True, suggested_replies=False)
            yield fp.PartialResponse(text=f"From now on I call {MODEL} {number} times.")
            return
        for _ in range(self.calls):
            async for part in fp.stream_request(request, MODEL, request.access_key):
                yield part
            yield fp.PartialResponse(text="\n\n")

    async def get_settings(self, setting: fp.SettingsRequest) -> fp.SettingsResponse:
        # Called when the platform asks: at deployment, after refetch_settings, by "sync", and before it refuses a call.
        print(f"asked for my settings: {self.calls} calls")
        return fp.SettingsResponse(
            server_bot_dependencies={MODEL: self.calls},
            introduction_message=f"I call {MODEL} {self.calls} times. Say `call 2` to change that.",
        )


# With a bot_name and an access key, make_app also pushes the settings when the bot starts.
app = fp.make_app(SettingsBot(bot_name="SettingsBot"))
