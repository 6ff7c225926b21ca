"""Answers that are more than text: a picture, HTML in three forms, a sound, a video.

rookery dev examples/guides/rich_answers.py      then:  rookery chat RichBot picture
"""

from __future__ import annotations

import io
import math
import struct
import wave
from collections.abc import AsyncIterable

import fastapi_poe as fp

PICTURE = "![a duck on the water](https://upload.example.org/duck.jpg)"  # any address that a browser can load

BLOCK = """```html
<html>
  <body>
    <h1>Hello</h1>

    <p>People see this code, and beside it the page that it makes.</p>
  </body>
</html>
```"""

# Without the fence only the page is shown. It must not hold an empty line: Markdown would end the HTML there.
INLINE = """<html>
<body style="font-family: sans-serif">
<button onclick="this.textContent = Number(this.textContent) + 1">0</button>
</body>
</html>"""

IFRAME = '<iframe src="https://www.example.org/" height="400"></iframe>'

ANSWERS = {"picture": PICTURE, "block": BLOCK, "inline": INLINE, "iframe": IFRAME}


class RichBot(fp.PoeBot):
    async def get_response(self, request: fp.QueryRequest) -> AsyncIterable[fp.PartialResponse]:
        wanted = request.query[-1].content.strip().lower()
        if wanted == "sound":
            # The content type decides what people see: audio/wav gets a player.
            await self.post_message_attachment(message_id=request.message_id, file_data=beep(), filename="beep.wav")
            yield fp.PartialResponse(text="A concert pitch:")
        elif wanted == "video":
            async for part in fp.stream_request(request, "Video", request.access_key):
                yield part
        else:
            yield fp.PartialResponse(text=ANSWERS.get(wanted, "Say one of the words below."))
        for word in (*ANSWERS, "sound", "video"):
            yield fp.PartialResponse(text=word, is_suggested_reply=True)

    async def get_settings(self, setting: fp.SettingsRequest) -> fp.SettingsResponse:
        return fp.SettingsResponse(server_bot_dependencies={"Video": 1})


def beep(seconds: float = 0.5, hertz: int = 440, rate: int = 8000) -> bytes:
    """A WAV file."""
    file = io.BytesIO()
    with wave.open(file, "wb") as sound:
        sound.setnchannels(1)
        sound.setsampwidth(2)
        sound.setframerate(rate)
        for number in range(int(seconds * rate)):
            sound.writeframes(struct.pack("<h", int(8000 * math.sin(2 * math.pi * hertz * number / rate))))
    return file.getvalue()


app = fp.make_app(RichBot(bot_name="RichBot"))
