"""What a bot can know beside the messages: the HTTP request, reactions, feedback, and its own errors.

rookery dev examples/guides/request_info.py      then:  rookery chat InfoBot hello
"""

from __future__ import annotations

from collections.abc import AsyncIterable

import fastapi_poe as fp


class InfoBot(fp.PoeBot):
    async def get_response_with_context(
        self, request: fp.QueryRequest, context: fp.RequestContext
    ) -> AsyncIterable[fp.PartialResponse]:
        http = context.http_request  # a Starlette request
        # The query string of the server URL tells variants of one bot apart: https://my.server/?mood=grumpy
        mood = http.query_params.get("mood", "cheerful")
        if request.query[-1].content == "break the rules":
            return  # an answer without any text: the platform tells the bot by report_error
        yield fp.PartialResponse(text=f"A {mood} hello from {http.url.path}, called by {http.headers['user-agent']}.")

    async def on_reaction_with_context(
        self, reaction_request: fp.ReportReactionRequest, context: fp.RequestContext
    ) -> None:
        # message_id is the `request.message_id` of the answer that somebody reacted to.
        print(f"reaction {reaction_request.reaction} to {reaction_request.message_id}")

    async def on_feedback(self, feedback_request: fp.ReportFeedbackRequest) -> None:
        print(f"feedback {feedback_request.feedback_type} on {feedback_request.message_id}")

    async def on_error(self, error_request: fp.ReportErrorRequest) -> None:
        print(f"error: {error_request.message}")

    async def get_settings(self, setting: fp.SettingsRequest) -> fp.SettingsResponse:
        return fp.SettingsResponse(introduction_message="Say `break the rules` and look at my log.")


app = fp.make_app(InfoBot(bot_name="InfoBot"))
