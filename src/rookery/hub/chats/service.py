"""Rules of chats: who may see and change what. Sending is in `sending`, opinions in `reacting`."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from rookery.hub.accounts.model import Actor, Person
from rookery.hub.bots.model import name_key
from rookery.hub.chats.answers import AnswerKeeper
from rookery.hub.chats.checks import check_text, search_words
from rookery.hub.chats.model import CHAT_PEOPLE, TITLE_CHARACTERS, Chat, Hit, Message, Twig
from rookery.hub.chats.ports import ChatFiles, FindBot, FindPerson
from rookery.hub.chats.reacting import Reactions
from rookery.hub.chats.sending import MessageDraft, Sender, check_scope
from rookery.hub.chats.snippets import Snippet, make_snippet
from rookery.hub.chats.store import ChatStore
from rookery.hub.chats.tree import latest_leaf, path_to, subtree
from rookery.hub.clock import Clock
from rookery.hub.errors import BadInput, NotAllowed, NotFound
from rookery.hub.relay.service import RelayService
from rookery.hub.tasks import Tasks
from rookery.hub.vault import new_identifier


@dataclass(frozen=True, slots=True)
class ChatChanges:
    """What to change of a chat; None leaves it."""

    title: str | None = None
    bot_name: str | None = None
    leaf_id: str | None = None
    is_pinned: bool | None = None
    is_archived: bool | None = None


@dataclass(frozen=True, slots=True)
class Page:
    """A piece of a chat's shown path."""

    messages: Sequence[Message]
    siblings: Mapping[str | None, Sequence[str]]
    """Parent (None: the roots) to the ids below it."""
    names: Mapping[str, str]
    """Person id to name of everybody that the messages speak of."""
    has_earlier: bool


class ChatService:
    """Chats and everything in them. Another person's chat does not exist for anybody else."""

    def __init__(
        self,
        store: ChatStore,
        relay: RelayService,
        files: ChatFiles,
        find_bot: FindBot,
        find_person: FindPerson,
        clock: Clock,
        tasks: Tasks,
        *,
        history_messages: int,
    ) -> None:
        self._store = store
        self.files = files
        self._find_bot = find_bot
        self._find_person = find_person
        self._clock = clock
        self.answers = AnswerKeeper(store, relay, files)
        self._sender = Sender(store, relay, self.answers, files, find_bot, clock, history_messages=history_messages)
        self._reactions = Reactions(store, relay, find_bot, clock, tasks)

    async def start(self) -> None:
        """Completes what an earlier process left; after the relay has started."""
        await self.answers.start()
        await self.files.let_go(await self._store.list_lost_holders())

    async def aclose(self) -> None:
        """Writes the last answers; after the relay has stopped, before the database closes."""
        await self.answers.aclose()

    # --- chats -----------------------------------------------------------------------------------------------------

    async def create_chat(self, actor: Actor, bot_name: str, title: str) -> Chat:
        """Makes a chat with a bot, with its introduction if it has one. Raises NotFound, NotAllowed, BadInput."""
        bot = self._find_bot(actor.person, bot_name)
        check_scope(bot, actor.scope)
        now = self._clock.now()
        chat_id = new_identifier("c")
        introduction = bot.resolved.introduction_message
        first = None
        if introduction:
            first = Message(
                id=new_identifier("m"),
                chat_id=chat_id,
                parent_id=None,
                role="bot",
                kind="introduction",
                context=0,
                created_at=now,
                bot_id=bot.id,
                bot_name=bot.name,
                content=introduction.replace("\0", ""),
            )
        leaf_id = first.id if first is not None else None
        chat = Chat(chat_id, actor.person.id, _check_title(title), bot.name, leaf_id, 0, now, now)
        await self._store.add_chat(chat, bot.key, first)
        return await self.get_chat(actor, chat_id)

    async def list_chats(self, actor: Actor, *, archived: bool, before: str | None, limit: int) -> list[Chat]:
        """Gives the person's chats, pinned first, then the last used first, from below `before` on."""
        return await self._store.list_chats(
            actor.person.id, archived=archived, before=before, limit=limit, scope=_scope_key(actor)
        )

    async def get_chat(self, actor: Actor, chat_id: str) -> Chat:
        """Gives a chat that the person is in; raises NotFound for any other, and for one out of the key's reach."""
        chat = await self._store.find_chat(chat_id, actor.person.id)
        scope = _scope_key(actor)
        if chat is None or (scope is not None and any(name_key(bot) != scope for bot in chat.bots)):
            raise NotFound("unknown_chat", f"There is no chat '{chat_id[:60]}' of yours on this hub.")
        return chat

    async def open_page(self, chat: Chat, before: str | None, limit: int) -> Page:
        """Gives the last messages of the shown path, or those above the message `before`. Raises NotFound."""
        leaf_id = chat.leaf_id
        if before is not None:
            found = await self._store.find_messages(chat.id, [before])
            if not found:
                raise NotFound("unknown_message", "'before' names no message of this chat.")
            leaf_id = found[0].parent_id
        path = await self._store.read_path(chat.id, leaf_id, limit) if leaf_id is not None else []
        return await self._page(chat, path)

    async def _page(self, chat: Chat, messages: Sequence[Message]) -> Page:
        siblings = await self._store.read_siblings(chat.id, list({m.parent_id for m in messages})) if messages else {}
        current = await self.answers.all_as_of_now(messages)
        names = await self._sender.name_people(chat, current)
        return Page(current, siblings, names, bool(messages) and messages[0].parent_id is not None)

    async def change_chat(self, actor: Actor, chat: Chat, changes: ChatChanges) -> Chat:
        """Renames, pins, archives, shows another branch, chooses another bot. Raises BadInput, NotFound, NotAllowed."""
        title = _check_title(changes.title) if changes.title is not None else None
        bot = None
        if changes.bot_name is not None:
            found = self._find_bot(actor.person, changes.bot_name)
            check_scope(found, actor.scope)
            bot = (found.key, found.name)
        leaf = None
        if changes.leaf_id is not None:
            twigs = await self._store.read_twigs(chat.id)
            contexts = {twig.id: twig.context for twig in twigs}
            if changes.leaf_id not in contexts:
                raise NotFound("unknown_message", "'leaf_id' names no message of this chat.")
            leaf_id = latest_leaf(twigs, changes.leaf_id) or changes.leaf_id
            leaf = (leaf_id, contexts[leaf_id])
        await self._store.change_chat(
            chat,
            actor.person.id,
            title=title,
            bot=bot,
            leaf=leaf,
            is_pinned=changes.is_pinned,
            is_archived=changes.is_archived,
        )
        return await self.get_chat(actor, chat.id)

    async def clear_context(self, actor: Actor, chat: Chat) -> Chat:
        """Lets the bot forget what was said so far; the messages stay."""
        await self._store.begin_context(chat.id)
        return await self.get_chat(actor, chat.id)

    async def delete_chat(self, actor: Actor, chat: Chat) -> None:
        """Stops what runs, then removes the chat; its files go when nobody else holds them.

        Raises NotAllowed for somebody else's chat.
        """
        _require_owner(actor.person, chat, "delete it")
        await self._delete(chat)

    async def person_removed(self, person: Person, heir: Person) -> None:
        """Deletes what a removed person has begun; chats of others keep what they wrote there."""
        for chat_id in await self._store.list_owned(person.id):
            chat = await self._store.find_chat(chat_id, person.id)
            if chat is not None:
                await self._delete(chat)

    async def _delete(self, chat: Chat) -> None:
        await self.answers.stop([message.id for message in await self._running_in(chat)])
        await self._forget(await self._store.delete_chat(chat.id))

    async def _running_in(self, chat: Chat) -> list[Message]:
        return [message for message in await self._store.list_running() if message.chat_id == chat.id]

    async def _forget(self, gone: Sequence[str]) -> None:
        # Some may have begun while the others were being stopped.
        await self.answers.stop(gone)
        await self.files.let_go(gone)

    async def add_person(self, actor: Actor, chat: Chat, reference: str) -> Chat:
        """Lets another person of the hub read and write. Raises NotFound, NotAllowed, BadInput."""
        _require_owner(actor.person, chat, "add people")
        person = await self._find_person(reference)
        if person is None:
            raise NotFound("unknown_person", f"There is nobody called '{reference[:100]}' on this hub.")
        if len(chat.people) >= CHAT_PEOPLE:
            raise BadInput("too_many_people", f"The chat has {len(chat.people)} people; the limit is {CHAT_PEOPLE}.")
        await self._store.add_person(chat.id, person.id, self._clock.now())
        return await self.get_chat(actor, chat.id)

    async def remove_person(self, actor: Actor, chat: Chat, person_id: str) -> None:
        """Takes a person out of the chat; everybody may leave. Raises NotFound, NotAllowed, BadInput."""
        if person_id != actor.person.id:
            _require_owner(actor.person, chat, "remove people")
        if person_id == chat.owner_id:
            raise BadInput("owner_stays", "Whoever made a chat cannot leave it.", "Delete the chat instead.")
        if not await self._store.remove_person(chat.id, person_id):
            raise NotFound("unknown_person", f"There is nobody '{person_id[:60]}' in this chat.")

    async def search(self, actor: Actor, query: str, limit: int) -> list[tuple[Hit, Snippet]]:
        """Gives where all words of the query are found (as beginnings of words), newest first."""
        words = search_words(query)
        if not words:
            return []
        hits = await self._store.search(actor.person.id, words, limit=limit, scope=_scope_key(actor))
        # Messages may be long: looking through fifty of them is no work for the event loop.
        snippets = await asyncio.to_thread(lambda: [make_snippet(hit.text, words) for hit in hits])
        return list(zip(hits, snippets, strict=True))

    async def read_whole(self, chat: Chat) -> tuple[Page, list[str]]:
        """Gives every message of a chat, in the order of their making, and the ids of the shown path."""
        messages = await self._store.read_all(chat.id)
        current = await self.answers.all_as_of_now(messages)
        names = await self._sender.name_people(chat, current)
        path = path_to([Twig(m.id, m.parent_id, m.context) for m in messages], chat.leaf_id)
        return Page(current, {}, names, has_earlier=False), path

    # --- messages --------------------------------------------------------------------------------------------------

    async def send(self, actor: Actor, chat: Chat, draft: MessageDraft) -> tuple[Page, Message, Message]:
        """Gives the stored message and the answer that has begun, with a page that holds both."""
        question, answer = await self._sender.send(actor.person, chat, draft, actor.scope)
        return await self._page(chat, [question, answer]), question, answer

    async def regenerate(
        self, actor: Actor, message_id: str, *, bot_name: str | None, parameters: Mapping[str, Any] | None
    ) -> tuple[Chat, Page, Message]:
        """Gives another answer, which has begun. Raises NotFound, BadInput, NotAllowed."""
        chat, message = await self.get_message(actor, message_id)
        answer = await self._sender.regenerate(
            actor.person, chat, message, actor.scope, bot_name=bot_name, parameters=parameters
        )
        return chat, await self._page(chat, [answer]), answer

    async def get_message(self, actor: Actor, message_id: str) -> tuple[Chat, Message]:
        """Gives a message of a chat that the person is in; raises NotFound."""
        message = await self._store.find_message(message_id)
        if message is None:
            raise unknown_message(message_id)
        try:
            chat = await self.get_chat(actor, message.chat_id)
        except NotFound:
            raise unknown_message(message_id) from None
        return chat, message

    async def open_message(self, actor: Actor, message_id: str) -> tuple[Chat, Page]:
        """Gives a page with this message only. Raises NotFound."""
        chat, message = await self.get_message(actor, message_id)
        return chat, await self._page(chat, [message])

    async def delete_message(self, actor: Actor, message_id: str) -> Chat:
        """Removes a message and everything below it, after stopping what runs there. Raises NotFound."""
        chat, message = await self.get_message(actor, message_id)
        lost = subtree(await self._store.read_twigs(chat.id), message.id)
        await self.answers.stop(lost)
        await self._forget(await self._store.delete_subtree(chat.id, message.id))
        return await self.get_chat(actor, chat.id)

    async def react(self, actor: Actor, message_id: str, reaction: str) -> tuple[Chat, Page]:
        """Adds a reaction to an answer. Raises NotFound, BadInput."""
        chat, message = await self.get_message(actor, message_id)
        await self._reactions.add(actor.person, chat, message, reaction)
        return await self.open_message(actor, message_id)

    async def take_back(self, actor: Actor, message_id: str, reaction: str) -> tuple[Chat, Page]:
        """Removes a reaction. Raises NotFound, BadInput."""
        _, message = await self.get_message(actor, message_id)
        await self._reactions.remove(actor.person, message, reaction)
        return await self.open_message(actor, message_id)

    async def give_feedback(self, actor: Actor, message_id: str, kind: str, reason: str | None) -> tuple[Chat, Page]:
        """Keeps a like or dislike of an answer. Raises NotFound, BadInput."""
        chat, message = await self.get_message(actor, message_id)
        await self._reactions.give_feedback(actor.person, chat, message, kind, reason)
        return await self.open_message(actor, message_id)


def unknown_message(message_id: str) -> NotFound:
    """Builds the refusal for a message that is not in a chat of this person."""
    return NotFound("unknown_message", f"There is no message '{message_id[:60]}' of yours on this hub.")


def _scope_key(actor: Actor) -> str | None:
    return name_key(actor.scope) if actor.scope is not None else None


def _require_owner(person: Person, chat: Chat, what: str) -> None:
    if chat.owner_id != person.id:
        raise NotAllowed("not_your_chat", f"Only whoever made this chat may {what}.")


def _check_title(title: str) -> str:
    check_text(title, "The title")
    if len(title) > TITLE_CHARACTERS:
        raise BadInput("title_too_long", f"The title has {len(title)} characters; the limit is {TITLE_CHARACTERS}.")
    return " ".join(title.split())
