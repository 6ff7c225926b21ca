"""Several people and several bots in one chat: who said what, and two ways of being told.

rookery dev examples/guides/group_chat.py      then, in a chat:  @ScribeBot who said what?
"""

from __future__ import annotations

from collections.abc import AsyncIterable

import fastapi_poe as fp


class ScribeBot(fp.PoeBot):
    """Gets every message as it was said, and looks at `sender`, `users` and `reactions` itself."""

    async def get_response(self, request: fp.QueryRequest) -> AsyncIterable[fp.PartialResponse]:
        names = {user.id: user.name or "somebody" for user in request.users}
        for message in request.query:
            sender = message.sender or fp.Sender()
            # A bot's message carries the bot's name; a person's the pseudonym by which this bot knows the person.
            name = sender.name or names.get(sender.id or "", "somebody")
            reactions = "".join(f" [{reaction.reaction}]" for reaction in message.reactions)
            yield fp.PartialResponse(text=f"- {message.role} **{name}**: {message.content}{reactions}\n")
        yield fp.PartialResponse(text=f"\n{len(request.users)} of you are here.")

    async def get_settings(self, setting: fp.SettingsRequest) -> fp.SettingsResponse:
        return fp.SettingsResponse(enable_multi_entity_prompting=False)


class MinutesBot(fp.PoeBot):
    """Hands the chat to a language model; the platform has written into the text who said what."""

    async def get_response(self, request: fp.QueryRequest) -> AsyncIterable[fp.PartialResponse]:
        async for part in fp.stream_request(request, "GPT-3.5-Turbo", request.access_key):
            yield part

    async def get_settings(self, setting: fp.SettingsRequest) -> fp.SettingsResponse:
        return fp.SettingsResponse(
            server_bot_dependencies={"GPT-3.5-Turbo": 1},
            enable_multi_entity_prompting=True,
            enforce_author_role_alternation=True,  # neighbours of one role become one message; some models insist
        )


app = fp.make_app([ScribeBot(path="/scribe", bot_name="ScribeBot"), MinutesBot(path="/minutes", bot_name="MinutesBot")])
