"""The first words of a chat, and what to say next: suggested by the bot, or by the platform.

rookery dev examples/guides/introduction.py      then:  rookery chat GuideBot
"""

from __future__ import annotations

from collections.abc import AsyncIterable

import fastapi_poe as fp

PLACES = {
    "harbour": "Boats, gulls, fried fish. Go early.",
    "museum": "Closed on Mondays; the clocks are on the second floor.",
    "hill": "Forty minutes up, ten down.",
}


class GuideBot(fp.PoeBot):
    async def get_response(self, request: fp.QueryRequest) -> AsyncIterable[fp.PartialResponse]:
        asked = request.query[-1].content.lower()
        place = next((place for place in PLACES if place in asked), None)
        if place is None:
            # No ideas of our own: the platform makes some. A meta event counts only as the very first thing.
            yield fp.MetaResponse(text="", suggested_replies=True)
            yield fp.PartialResponse(text="I do not know that place. Ask me about another one.")
            return
        yield fp.PartialResponse(text=PLACES[place])
        # As soon as the bot suggests something itself, the platform adds nothing.
        for other in PLACES:
            if other != place:
                yield fp.PartialResponse(text=f"And the {other}?", is_suggested_reply=True)

    async def get_settings(self, setting: fp.SettingsRequest) -> fp.SettingsResponse:
        # Shown when a chat begins, as Markdown. It never comes back in `request.query`.
        return fp.SettingsResponse(introduction_message=f"I know **{', '.join(PLACES)}**. Where to?")


app = fp.make_app(GuideBot(bot_name="GuideBot"))
