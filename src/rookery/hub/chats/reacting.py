"""What people think of answers: stored, sent with later history, and reported to the bot (protocol 3.6, 3.7).

A like or dislike goes to the bot twice, as `report_reaction` and as the deprecated `report_feedback`, because bots on
old SDKs know only the latter. Taking a reaction back is not reported: the protocol has no word for it.
"""

from __future__ import annotations

from typing import cast

from rookery.hub.accounts.model import Person
from rookery.hub.bots.model import Bot
from rookery.hub.chats.checks import check_reaction, check_text
from rookery.hub.chats.model import Chat, Feedback, Message, Reaction, conversation_id
from rookery.hub.chats.ports import FindBot
from rookery.hub.chats.store import ChatStore
from rookery.hub.clock import Clock
from rookery.hub.errors import BadInput, HubError
from rookery.hub.relay.service import RelayService
from rookery.hub.tasks import Tasks
from rookery.protocol.messages import FEEDBACK_TYPES, FeedbackType

REACTIONS_PER_PERSON = 20
"""Different reactions of one person to one answer."""


class Reactions:
    """Reactions and feedback."""

    def __init__(self, store: ChatStore, relay: RelayService, find_bot: FindBot, clock: Clock, tasks: Tasks) -> None:
        self._store = store
        self._relay = relay
        self._find_bot = find_bot
        self._clock = clock
        self._tasks = tasks

    async def add(self, person: Person, chat: Chat, message: Message, reaction: str) -> None:
        """Adds a reaction; like and dislike replace each other. Raises BadInput."""
        _require_answer(message)
        check_reaction(reaction)
        mine = [given.reaction for given in message.reactions if given.person_id == person.id]
        if reaction in mine:
            return
        if len(mine) >= REACTIONS_PER_PERSON:
            raise BadInput(
                "too_many_reactions", f"One person gives an answer at most {REACTIONS_PER_PERSON} reactions."
            )
        replaces = sorted(FEEDBACK_TYPES - {reaction}) if reaction in FEEDBACK_TYPES else []
        await self._store.add_reaction(message.id, Reaction(person.id, reaction), replaces, self._clock.now())
        self._report(person, chat, message, {"type": "report_reaction", "reaction": reaction})
        if reaction in FEEDBACK_TYPES:
            self._report(person, chat, message, {"type": "report_feedback", "feedback_type": reaction})

    async def remove(self, person: Person, message: Message, reaction: str) -> None:
        """Takes a reaction back; no effect when there is none."""
        check_reaction(reaction)
        await self._store.remove_reaction(message.id, Reaction(person.id, reaction))

    async def give_feedback(self, person: Person, chat: Chat, message: Message, kind: str, reason: str | None) -> None:
        """Keeps a like or dislike with its reason, in place of an earlier one. Raises BadInput."""
        _require_answer(message)
        if reason is not None:
            check_text(reason, "The reason")
        feedback = Feedback(person.id, cast("FeedbackType", kind), reason)
        await self._store.set_feedback(message.id, feedback, self._clock.now())
        self._report(person, chat, message, {"type": "report_feedback", "feedback_type": kind})

    def _report(self, person: Person, chat: Chat, message: Message, body: dict[str, str]) -> None:
        bot = self._find_author(person, message)
        if bot is None:
            return
        about = self._relay.report_about(
            bot,
            body,
            person_id=person.id,
            owner_id=chat.owner_id,
            conversation_id=conversation_id(chat.id, message.context),
            message_id=message.id,
        )
        self._tasks.spawn(about, f"report {message.id}")

    def _find_author(self, person: Person, message: Message) -> Bot | None:
        try:
            bot = self._find_bot(person, message.bot_name)
        except HubError:
            return None
        # Another bot may have taken the name.
        return bot if bot.id == message.bot_id else None


def _require_answer(message: Message) -> None:
    if message.role != "bot" or message.kind != "message":
        raise BadInput("no_answer", "Reactions and feedback are for answers of bots.")
