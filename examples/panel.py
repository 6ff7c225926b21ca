"""Two bots on one server: `PanelBot` asks two others at once and joins their answers; `ShoutBot` is one of them.

`replace_response` shows progress first and the result in its place.  rookery chat PanelBot "Should I get a cat?"
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterable

import fastapi_poe as fp

PANEL = ("GPT-3.5-Turbo", "ShoutBot")


class PanelBot(fp.PoeBot):
    async def get_response(self, request: fp.QueryRequest) -> AsyncIterable[fp.PartialResponse]:
        yield fp.PartialResponse(text=f"Asking {' and '.join(PANEL)} …")
        answers = await asyncio.gather(
            *(fp.get_final_response(request, bot_name=name, api_key=request.access_key) for name in PANEL)
        )
        text = "\n\n".join(f"**{name}**: {answer}" for name, answer in zip(PANEL, answers, strict=True))
        yield fp.PartialResponse(text=text, is_replace_response=True)

    async def get_settings(self, setting: fp.SettingsRequest) -> fp.SettingsResponse:
        return fp.SettingsResponse(server_bot_dependencies=dict.fromkeys(PANEL, 1))


class ShoutBot(fp.PoeBot):
    async def get_response(self, request: fp.QueryRequest) -> AsyncIterable[fp.PartialResponse]:
        yield fp.PartialResponse(text=request.query[-1].content.upper() + "!")


if __name__ == "__main__":
    fp.run([PanelBot(path="/panel", bot_name="PanelBot"), ShoutBot(path="/shout", bot_name="ShoutBot")])
