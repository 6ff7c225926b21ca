"""Sending: everything is checked, then question and empty answer are on disk, then the bot is asked."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from rookery.hub.accounts.model import Person
from rookery.hub.bots.model import Bot, name_key
from rookery.hub.chats.answers import AnswerKeeper
from rookery.hub.chats.checks import check_content, check_parameters
from rookery.hub.chats.files import FileDraft, find_files, held_ids, link_to
from rookery.hub.chats.history import Reader, build_history, current_context, wants_names
from rookery.hub.chats.mentions import find_mention
from rookery.hub.chats.model import AnswerResult, Chat, Message, MessageFile, conversation_id
from rookery.hub.chats.ports import ChatFiles, FindBot
from rookery.hub.chats.store import ChatStore, NewPair
from rookery.hub.chats.titles import make_title
from rookery.hub.clock import Clock
from rookery.hub.errors import BadInput, HubError, NotAllowed, NotFound, StorageFailed
from rookery.hub.relay.build import ChatUser, ChatView
from rookery.hub.relay.model import QueryState
from rookery.hub.relay.service import RelayService
from rookery.hub.vault import new_identifier
from rookery.protocol.messages import Attachment, ProtocolMessage
from rookery.protocol.requests import QueryRequest
from rookery.protocol.version import PROTOCOL_VERSION


@dataclass(frozen=True, slots=True)
class MessageDraft:
    """What somebody wants to send."""

    content: str
    files: Sequence[FileDraft] = ()
    parameters: Mapping[str, Any] = field(default_factory=dict)
    bot_name: str | None = None
    """Whom it is for; None: the bot mentioned at the beginning, else the chat's."""
    at_leaf: bool = True
    parent_id: str | None = None
    """Without `at_leaf`: what to hang it below; None makes another beginning of the chat."""
    reply_to: str | None = None


class Sender:
    """Sends messages and asks for other answers."""

    def __init__(
        self,
        store: ChatStore,
        relay: RelayService,
        answers: AnswerKeeper,
        files: ChatFiles,
        find_bot: FindBot,
        clock: Clock,
        *,
        history_messages: int,
    ) -> None:
        self._store = store
        self._relay = relay
        self._answers = answers
        self._files = files
        self._find_bot = find_bot
        self._clock = clock
        self._history_messages = history_messages

    async def send(self, person: Person, chat: Chat, draft: MessageDraft, scope: str | None) -> tuple[Message, Message]:
        """Gives the stored message and its answer, which has begun.

        Raises BadInput, TooLarge, NotFound or NotAllowed before anything is stored, StorageFailed after.
        """
        check_content(draft.content, len(draft.files))
        check_parameters(draft.parameters)
        bot = self._choose_bot(person, chat, draft)
        check_scope(bot, scope)
        parent = await self._get_in_chat(chat, draft.parent_id) if draft.parent_id is not None else None
        if draft.reply_to is not None:
            await self._get_in_chat(chat, draft.reply_to)
        attachments = await find_files(self._files, person.id, draft.files, scope=scope)
        now = self._clock.now()
        question = Message(
            id=new_identifier("m"),
            chat_id=chat.id,
            parent_id=draft.parent_id,
            role="user",
            context=parent.context if parent is not None else 0,
            created_at=now,
            person_id=person.id,
            bot_id=bot.id,
            bot_name=bot.name,
            content=draft.content,
            attachments=attachments,
            parameters=draft.parameters,
            reply_to=draft.reply_to,
        )
        self._check(bot, question, question.parameters)
        pair = NewPair(
            answer=self._answer(question, bot),
            question=question,
            bot_key=bot.key,
            at_leaf=draft.at_leaf,
            title=_title(draft.content, attachments),
        )
        stored, answer = await self._begin(person, chat, bot, pair)
        assert stored is not None
        return stored, answer

    async def regenerate(
        self,
        person: Person,
        chat: Chat,
        message: Message,
        scope: str | None,
        *,
        bot_name: str | None = None,
        parameters: Mapping[str, Any] | None = None,
    ) -> Message:
        """Gives another answer, which has begun, beside an old one (or below a person's message).

        Raises like `send`.
        """
        check_parameters(parameters or {})
        question_id = message.id if message.role == "user" else message.parent_id
        question = await self._store.find_message(question_id) if question_id is not None else None
        if message.kind == "introduction" or question is None or question.role != "user":
            raise BadInput("no_question", "This message answers nothing, so it cannot be made again.")
        bot = self._find_bot(person, bot_name or message.bot_name)
        check_scope(bot, scope)
        self._check(bot, question, question.parameters if parameters is None else parameters)
        answer = replace(self._answer(question, bot), parameters=parameters or {})
        pair = NewPair(answer=answer, question=None, bot_key=bot.key, at_leaf=False, title="")
        _, stored = await self._begin(person, chat, bot, pair, parameters)
        return stored

    def _check(self, bot: Bot, question: Message, parameters: Mapping[str, Any]) -> None:
        # Before anything is stored: taking a message back would leave its title, its bot and another shown branch.
        files = [Attachment(url="", content_type=file.content_type, name=file.name) for file in question.attachments]
        message = ProtocolMessage(role="user", content="", parameters=dict(parameters), attachments=files)
        self._relay.check(bot, _query([message]))

    def _choose_bot(self, person: Person, chat: Chat, draft: MessageDraft) -> Bot:
        if draft.bot_name is not None:
            return self._find_bot(person, draft.bot_name)
        mentioned = find_mention(draft.content)
        if mentioned is not None:
            try:
                return self._find_bot(person, mentioned)
            except (NotFound, NotAllowed):
                pass  # an address, a code word: text like any other
        return self._find_bot(person, chat.bot_name)

    async def _get_in_chat(self, chat: Chat, message_id: str) -> Message:
        found = await self._store.find_messages(chat.id, [message_id])
        if not found:
            raise NotFound("unknown_message", f"There is no message '{message_id[:60]}' in this chat.")
        return found[0]

    def _answer(self, question: Message, bot: Bot) -> Message:
        return Message(
            id=new_identifier("m"),
            chat_id=question.chat_id,
            parent_id=question.id,
            role="bot",
            context=question.context,
            created_at=self._clock.now(),
            bot_id=bot.id,
            bot_name=bot.name,
            state=QueryState.RUNNING,
            query_id=new_identifier("bq"),
        )

    async def _begin(
        self, person: Person, chat: Chat, bot: Bot, pair: NewPair, parameters: Mapping[str, Any] | None = None
    ) -> tuple[Message | None, Message]:
        held = held_ids(pair.question.attachments) if pair.question is not None else []
        if pair.question is not None and held:
            # Before the message is there: a file that nobody holds may be cleaned away between the two.
            await self._files.hold(pair.question.id, held)
        try:
            question, answer = await self._store.add_pair(chat.id, pair)
        except HubError:
            await self._let_go(pair)
            raise
        assert answer.query_id is not None
        self._answers.expect(answer.query_id)
        try:
            await self._ask(person, chat, bot, answer, parameters)
        except StorageFailed as failure:
            self._answers.forget(answer.query_id)
            await self._store.finish_answer(answer.id, AnswerResult(QueryState.FAILED, failure.message))
            raise
        except HubError:
            # The bot has changed since it was looked at: nothing of the message stays.
            self._answers.forget(answer.query_id)
            await self._store.remove_pair(chat.id, pair)
            await self._let_go(pair)
            raise
        return question, answer

    async def _let_go(self, pair: NewPair) -> None:
        if pair.question is not None and pair.question.attachments:
            await self._files.let_go([pair.question.id])

    async def _ask(
        self, person: Person, chat: Chat, bot: Bot, answer: Message, parameters: Mapping[str, Any] | None
    ) -> None:
        assert answer.parent_id is not None
        whole = await self._store.read_path(chat.id, answer.parent_id, self._history_messages)
        if not whole:
            raise _deleted()
        path = current_context(whole)
        path = await self._answers.all_as_of_now(path)
        if parameters is not None:
            path[-1] = replace(path[-1], parameters=parameters)
        referenced = await self._store.find_messages(chat.id, [m.reply_to for m in path if m.reply_to is not None])
        people = await self.name_people(chat, path)
        reader = Reader(
            bot_id=bot.id,
            bot_name=bot.name,
            wants_names=wants_names(bot),
            people=people,
            referenced={message.id: message for message in referenced},
        )
        history = build_history(path, reader, lambda file: link_to(self._files, file), most=self._history_messages)
        users = tuple(ChatUser(person_id, name) for person_id, name in people.items()) if len(people) > 1 else ()
        live = await self._relay.ask(
            person,
            bot,
            _query(history),
            conversation_id=conversation_id(chat.id, answer.context),
            query_id=answer.query_id,
            message_id=answer.id,
            chat=ChatView(users=users, owner_id=chat.owner_id),
            wants_suggestions=True,
        )
        if await self._store.find_message(answer.id) is None:
            await live.stop()
            raise _deleted()

    async def name_people(self, chat: Chat, messages: Sequence[Message]) -> dict[str, str]:
        """Gives the names of a chat's people, and of those who have left but wrote one of the messages."""
        names = {person.id: person.name for person in chat.people}
        for person_id in {m.person_id for m in messages if m.person_id is not None} - names.keys():
            person = await self._store.find_person(person_id)
            names[person_id] = person.name if person is not None else "Somebody"
        return names


def _deleted() -> NotFound:
    return NotFound("unknown_message", "The message or its chat has been deleted meanwhile.")


def _query(messages: list[ProtocolMessage]) -> QueryRequest:
    return QueryRequest(
        version=PROTOCOL_VERSION, type="query", query=messages, user_id="", conversation_id="", message_id=""
    )


def check_scope(bot: Bot, scope: str | None) -> None:
    """Raises NotAllowed when an API key is for another bot only."""
    if scope is not None and name_key(scope) != bot.key:
        raise NotAllowed("key_scope", f"This API key reaches the bot '{scope}' only.")


def _title(content: str, attachments: Sequence[MessageFile]) -> str:
    return make_title(content) or (attachments[0].name[:60] if attachments else "")
