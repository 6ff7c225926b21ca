"""Calling bots that make pictures, sounds and videos, and showing what they made.

rookery dev examples/guides/media_bot.py      then:  rookery chat MediaBot "picture of a fox" --param aspect=16:9
"""

from __future__ import annotations

from collections.abc import AsyncIterable

import fastapi_poe as fp

MAKERS = {"picture": "Picture", "sound": "Sound", "video": "Video"}


class MediaBot(fp.PoeBot):
    async def get_response(self, request: fp.QueryRequest) -> AsyncIterable[fp.PartialResponse]:
        message = request.query[-1]
        kind = next((kind for kind in MAKERS if kind in message.content.lower()), "picture")
        # Parameters of the person's message go along; the bot may add some of its own. Whoever made them up, they are
        # only wishes: the called bot decides which it knows.
        wishes = message.model_copy(update={"parameters": {"seed": 7, **message.parameters}})
        made = 0
        async for part in fp.stream_request(
            request.model_copy(update={"query": [wishes]}), MAKERS[kind], request.access_key
        ):
            if part.attachment is not None:
                made += 1
                # Yielding it shows it. To keep a copy of your own instead: await self.post_message_attachment(
                #     message_id=request.message_id, download_url=part.attachment.url)
            yield part
        yield fp.PartialResponse(text=f"\n\n{made} file(s) by {MAKERS[kind]}.")

    async def get_settings(self, setting: fp.SettingsRequest) -> fp.SettingsResponse:
        return fp.SettingsResponse(
            server_bot_dependencies=dict.fromkeys(MAKERS.values(), 1),
            introduction_message="Ask for a picture, a sound or a video.",
        )


app = fp.make_app(MediaBot(bot_name="MediaBot"))
