"""The smallest useful bot: it answers, streams, and suggests what to say next.

Try it:  rookery dev examples/hello.py      then:  rookery chat HelloBot "Ada"
"""

from __future__ import annotations

from collections.abc import AsyncIterable

import fastapi_poe as fp


class HelloBot(fp.PoeBot):
    async def get_response(self, request: fp.QueryRequest) -> AsyncIterable[fp.PartialResponse]:
        name = request.query[-1].content.strip() or "stranger"
        for word in f"Hello, {name}! You have said {len(request.query)} things so far.".split(" "):
            yield fp.PartialResponse(text=word + " ")
        yield fp.PartialResponse(text="Tell me more", is_suggested_reply=True)
        yield fp.PartialResponse(text="Goodbye", is_suggested_reply=True)

    async def get_settings(self, setting: fp.SettingsRequest) -> fp.SettingsResponse:
        return fp.SettingsResponse(introduction_message="Tell me your name.")


if __name__ == "__main__":
    fp.run(HelloBot(bot_name="HelloBot"))
