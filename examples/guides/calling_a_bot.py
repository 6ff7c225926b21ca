"""Calling other bots: one, two at once, and a bot that calls a bot that calls a bot.

rookery dev examples/guides/calling_a_bot.py      then:  rookery chat RelayBot "I am a little tired"
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterable

import fastapi_poe as fp

MODEL = "GPT-3.5-Turbo"
CRITIC = "Claude-3-Haiku"


class RelayBot(fp.PoeBot):
    """Lets one bot answer, and shows the answer while it is written."""

    async def get_response(self, request: fp.QueryRequest) -> AsyncIterable[fp.PartialResponse]:
        async for part in fp.stream_request(request, MODEL, request.access_key):
            yield part

    async def get_settings(self, setting: fp.SettingsRequest) -> fp.SettingsResponse:
        # Every bot that is called must be declared, with how often it may be called for one message.
        return fp.SettingsResponse(server_bot_dependencies={MODEL: 1})


class CompareBot(fp.PoeBot):
    """Asks two bots at the same time and shows both answers as they grow."""

    async def get_response(self, request: fp.QueryRequest) -> AsyncIterable[fp.PartialResponse]:
        answers = {MODEL: "", CRITIC: ""}
        parts: asyncio.Queue[tuple[str, str] | None] = asyncio.Queue()

        async def ask(name: str) -> None:
            try:
                async for part in fp.stream_request(request, name, request.access_key):
                    if not part.is_suggested_reply:
                        await parts.put((name, part.text))
            except fp.BotError:
                await parts.put((name, "(no answer)"))  # the other one still counts
            finally:
                await parts.put(None)

        tasks = [asyncio.create_task(ask(name)) for name in answers]
        while tasks:
            part = await parts.get()
            if part is None:
                await tasks.pop()
                continue
            answers[part[0]] += part[1]
            text = "\n\n".join(f"**{name}** {answer}" for name, answer in answers.items())
            yield fp.PartialResponse(text=text, is_replace_response=True)

    async def get_settings(self, setting: fp.SettingsRequest) -> fp.SettingsResponse:
        return fp.SettingsResponse(server_bot_dependencies={MODEL: 1, CRITIC: 1})


class EditorBot(fp.PoeBot):
    """Calls RelayBot, which calls the model: each bot declares only what it calls itself."""

    async def get_response(self, request: fp.QueryRequest) -> AsyncIterable[fp.PartialResponse]:
        draft = await fp.get_final_response(request, "RelayBot", request.access_key)
        # To ask something else, change a copy: the request itself still holds what the person said.
        question = fp.ProtocolMessage(role="user", content=f"What could be better in this answer? {draft}")
        changed = request.model_copy(update={"query": [question]})
        yield fp.PartialResponse(text=f"{draft}\n\nAnd {CRITIC} says: ")
        async for part in fp.stream_request(changed, CRITIC, request.access_key):
            yield part

    async def get_settings(self, setting: fp.SettingsRequest) -> fp.SettingsResponse:
        return fp.SettingsResponse(server_bot_dependencies={"RelayBot": 1, CRITIC: 1})


app = fp.make_app(
    [
        RelayBot(path="/relay", bot_name="RelayBot"),
        CompareBot(path="/compare", bot_name="CompareBot"),
        EditorBot(path="/editor", bot_name="EditorBot"),
    ]
)
