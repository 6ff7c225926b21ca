"""Making queries: fresh ids, the pseudonyms that one bot sees, the complete body, the headers. Nothing runs here."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from datetime import datetime

from rookery.hub.accounts.model import Person
from rookery.hub.bots.model import Bot
from rookery.hub.clock import Clock, microseconds
from rookery.hub.relay.build import (
    ChatView,
    QueryIds,
    build_query,
    limit_headers,
    restore_people,
    trace_header,
)
from rookery.hub.relay.model import QueryRecord, QueryState
from rookery.hub.relay.ports import BotCall
from rookery.hub.relay.tree import LiveQuery, QueryTree
from rookery.hub.vault import Vault, new_identifier
from rookery.protocol.limits import Limits
from rookery.protocol.requests import QueryRequest


class QueryMaker:
    """Makes queries; `limits` are those of every query."""

    def __init__(self, vault: Vault, clock: Clock, limits: Limits) -> None:
        self._vault = vault
        self._clock = clock
        self.limits = limits

    def make_root(
        self,
        person: Person,
        bot: Bot,
        query: QueryRequest,
        *,
        query_id: str | None = None,
        message_id: str | None = None,
        conversation_id: str | None = None,
        chat: ChatView | None = None,
        wants_suggestions: bool = False,
        renews_links: bool = True,
    ) -> LiveQuery:
        """Gives a person's message as the root of a new tree; its deadline runs from now. Ids not given are new."""
        query_id = query_id or new_identifier("bq")
        deadline = asyncio.get_running_loop().time() + self.limits.reply_s
        owner_id = chat.owner_id if chat is not None and chat.owner_id is not None else person.id
        tree = QueryTree(
            query_id, person, deadline, owner_id, wants_suggestions=wants_suggestions, renews_links=renews_links
        )
        conversation_id = conversation_id or new_identifier("c")
        return self._make(query_id, message_id or new_identifier("m"), tree, bot, query, conversation_id, chat=chat)

    def make_below(self, parent: LiveQuery, bot: Bot, query: QueryRequest) -> LiveQuery:
        """Gives a call of a bot, below the query that makes it."""
        return self._make_below(parent, bot, query)

    def make_base(self, parent: LiveQuery, base: Bot, query: QueryRequest) -> LiveQuery:
        """Gives a query of the hub's own below another; it sees the chat, and counts as no call between bots."""
        made = self._make_below(parent, base, self._with_room(query), chat=parent.chat)
        made.is_counted = False
        return made

    def _make_below(
        self, parent: LiveQuery, bot: Bot, query: QueryRequest, *, chat: ChatView | None = None
    ) -> LiveQuery:
        ids = new_identifier("bq"), new_identifier("m")
        return self._make(*ids, parent.tree, bot, query, parent.record.conversation_id, parent=parent, chat=chat)

    def _make(
        self,
        query_id: str,
        message_id: str,
        tree: QueryTree,
        bot: Bot,
        query: QueryRequest,
        conversation_id: str,
        *,
        parent: LiveQuery | None = None,
        chat: ChatView | None = None,
    ) -> LiveQuery:
        now = self._clock.now()
        record = QueryRecord(
            id=query_id,
            root_id=tree.root_id,
            parent_id=parent.id if parent else None,
            depth=parent.record.depth + 1 if parent else 0,
            bot_id=bot.id,
            bot_name=bot.name,
            person_id=tree.person.id,
            conversation_id=conversation_id,
            message_id=message_id,
            request=build_query(
                query,
                self._ids(query_id, message_id, tree, bot, conversation_id, chat, now),
                history_messages=self.limits.history_messages,
                alternates_roles=bot.resolved.enforce_author_role_alternation,
            ),
            state=QueryState.RUNNING,
            started_at=now,
        )
        started_at = asyncio.get_running_loop().time()
        return LiveQuery(record, bot, tree, parent=parent, chat=chat, started_at=started_at)

    def _ids(
        self,
        query_id: str,
        message_id: str,
        tree: QueryTree,
        bot: Bot,
        conversation_id: str,
        chat: ChatView | None,
        now: datetime,
    ) -> QueryIds:
        return QueryIds(
            bot_query_id=query_id,
            message_id=message_id,
            user_id=self._user_id(tree.person.id, bot),
            conversation_id=self._conversation_id(tree.conversation_owner_id, conversation_id, bot),
            metadata=self._vault.pseudonym("d", query_id),
            created_at_us=microseconds(now),
            users={
                user.person_id: (self._user_id(user.person_id, bot), user.name) for user in (chat.users if chat else ())
            },
            is_from_chat=chat is not None,
        )

    def _user_id(self, person_id: str, bot: Bot) -> str:
        return self._vault.pseudonym("u", person_id, bot.id)

    def _conversation_id(self, owner_id: str, conversation_id: str, bot: Bot) -> str:
        return self._vault.pseudonym("c", owner_id, conversation_id, bot.id)

    def ids_for(self, bot: Bot, *, person_id: str, owner_id: str, conversation_id: str) -> Mapping[str, str]:
        """Gives person and conversation as this bot knows them, for a report; `owner_id` is whose chat it is."""
        return {
            "user_id": self._user_id(person_id, bot),
            "conversation_id": self._conversation_id(owner_id, conversation_id, bot),
        }

    def as_received(self, live: LiveQuery) -> QueryRequest:
        """Gives a query as it came to the hub: the people under their own ids, not the pseudonyms for its bot.

        From it a query to another bot can be made, which sees pseudonyms of its own.
        """
        received = QueryRequest.model_validate(live.record.request)
        users = live.chat.users if live.chat is not None else ()
        return restore_people(received, {self._user_id(user.person_id, live.bot): user.person_id for user in users})

    def _with_room(self, query: QueryRequest) -> QueryRequest:
        # The oldest messages give way to a prompt before them, not the prompt.
        limit = self.limits.history_messages
        if len(query.query) <= limit or limit < 2:
            return query
        return query.model_copy(update={"query": [query.query[0], *query.query[1 - limit :]]})

    def make_call(self, live: LiveQuery) -> BotCall:
        """Gives what is sent: the body as it is now, and headers with what is left of the limits."""
        remaining_s = live.tree.deadline - asyncio.get_running_loop().time()
        trace = trace_header(self._vault.pseudonym("t", live.record.root_id), self._vault.pseudonym("t", live.id))
        return BotCall(live.bot, live.record.request, {**limit_headers(live.record.depth, remaining_s), **trace})
