"""`BotUnderTest`: the one object that a test of a bot needs."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Iterable, Mapping
from contextlib import AsyncExitStack
from types import TracebackType
from typing import Any, Self

from rookery.protocol.events import DoneEvent, ErrorEvent, Event
from rookery.protocol.json_values import NotJson, dump_json, load_json
from rookery.protocol.limits import Limits
from rookery.protocol.messages import Attachment
from rookery.protocol.requests import QueryRequest
from rookery.protocol.settings import InvalidSettings, SettingsResponse, parse_settings
from rookery.testing.asgi import App, post, running
from rookery.testing.contract import CallContract, RunningQuery
from rookery.testing.costs import Costs
from rookery.testing.dependency import Answer, Dependency, name_key
from rookery.testing.errors import BotRefused, ExchangeDiffers, ProtocolBroken, WrongCalls
from rookery.testing.exchange import Exchange, Recording, describe_difference
from rookery.testing.files import Upload
from rookery.testing.loopback import loopback
from rookery.testing.platform import Platform
from rookery.testing.query import AttachmentLike, MessageLike, build_query, build_report, dump_query, new_id
from rookery.testing.reply import BotReply, Call, Reading, read_reply
from rookery.testing.target import ServedBot, Target, build_app, describe

__all__ = ["REPLY_S", "BotUnderTest", "run_ask"]

REPLY_S = 30.0
"""Longest time for one answer in a test, in seconds; a platform waits an hour (`limits` changes it)."""


class BotUnderTest:
    """A bot that runs in process, and the platform around it. Use it with `async with`.

    `target` is an instance of `PoeBot` (ours or that of `fastapi_poe`), a list of such, or an ASGI app; for an app,
    `name`, `path` and `access_key` (else `POE_ACCESS_KEY`) say what it serves. `dependencies` maps names of called
    bots to answers, as a short form of `dependency(name).replies(answer)`. With `strict=False` breaches of the
    protocol do not fail the test but are listed in `reply.problems`. Tests of one process may have several kits at
    the same time, also in several threads.
    """

    def __init__(
        self,
        target: Target,
        *,
        dependencies: Mapping[str, Answer] | None = None,
        name: str = "",
        path: str = "/",
        access_key: str = "",
        strict: bool = True,
        limits: Limits | None = None,
    ) -> None:
        self._target = target
        self._naming = {"name": name, "path": path, "access_key": access_key}
        self._strict = strict
        self._limits = limits if limits is not None else Limits(reply_s=REPLY_S)
        self._platform = Platform(CallContract(self._limits), self._run_called)
        self._user_id, self._conversation_id = new_id("u"), new_id("c")
        self._stack = AsyncExitStack()
        self._app: App | None = None
        for called, answer in (dependencies or {}).items():
            self.dependency(called).replies(answer)

    async def __aenter__(self) -> Self:
        async with AsyncExitStack() as stack:
            server = stack.enter_context(loopback(self._platform.handle))
            self._platform.files.base_url = server.url
            self._platform.bots = describe(self._target, **self._naming)
            app = await build_app(self._target)
            await stack.enter_async_context(running(app))
            self._app = app
            self._stack = stack.pop_all()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._app = None
        await self._stack.aclose()

    # Asking.

    async def ask(
        self,
        text: str,
        *,
        attachments: Iterable[AttachmentLike] = (),
        parameters: Mapping[str, Any] | None = None,
        history: Iterable[MessageLike] = (),
        metadata: str | None = None,
        user_id: str | None = None,
        to: str | None = None,
        **fields: Any,
    ) -> BotReply:
        """Sends a person's message and reads the answer to its end.

        `attachments` and `parameters` belong to this message; `history` are the messages before it, oldest first:
        ProtocolMessages, dicts, `(role, content)`, or `reply.history` of an earlier answer. `metadata` is given back
        to the bot with its newest answer in the history. `to` names one of several bots. Further fields of a query
        (`temperature`, `language_code`, `tools`, `conversation_id`, …) may be given by name.

        Raises ProtocolBroken for a breach of the protocol (unless not strict), BotRefused for another status than
        200, and whatever a stand-in's function raised. An `error` event is no breach: look at `reply.error`.
        """
        ids = {"user_id": user_id or self._user_id, "conversation_id": self._conversation_id}
        query = build_query(
            text,
            history=history,
            attachments=attachments,
            parameters=parameters,
            metadata=metadata,
            fields={**ids, **fields},
        )
        return await self._ask(self._served(to), query, None)

    async def replay(self, exchange: Exchange) -> BotReply:
        """Asks a recorded question again; the calls of the bot are answered from the recording.

        The call contract holds as in `ask`. Raises ExchangeDiffers with the difference when the answer or the calls
        are not the recorded ones; ids, times and the pieces that text is cut into do not count.
        """
        ids = {"message_id": new_id("m"), "bot_query_id": new_id("bq")}
        query = QueryRequest.model_validate({**exchange.request, **ids})
        known = {bot.name for bot in self._platform.bots}
        bot = self._served(exchange.bot if exchange.bot in known else None)
        reply = await self._ask(bot, query, Recording(exchange))
        difference = describe_difference(exchange, reply.exchange)
        if difference is not None:
            raise ExchangeDiffers(f"Bot '{bot.name}' did not repeat the recorded exchange:\n{difference}")
        return reply

    async def _ask(self, bot: ServedBot, query: QueryRequest, recording: Recording | None) -> BotReply:
        running_query = await self._open(bot, query, None)
        running_query.recording = recording
        reading = await self._read(bot, query, running_query)
        if running_query.failures:
            raise running_query.failures[0]
        if self._strict and reading.problems:
            raise ProtocolBroken(f"Bot '{bot.name}' {'; '.join(reading.problems)}.")
        return BotReply(
            reading.reply,
            tuple(reading.events),
            tuple(reading.problems),
            query,
            tuple(running_query.calls),
            bot.name,
        )

    async def _open(self, bot: ServedBot, query: QueryRequest, parent: RunningQuery | None) -> RunningQuery:
        settings = await self._settings(bot)
        declared = {name_key(name): count for name, count in settings.server_bot_dependencies.items()}
        opened = RunningQuery(bot, query.bot_query_id, query.message_id, declared, parent)
        self._platform.open(opened)
        return opened

    async def _read(self, bot: ServedBot, query: QueryRequest, opened: RunningQuery) -> Reading:
        body, limits = dump_json(dump_query(query)), self._limits
        first_s = min(limits.first_byte_s, limits.reply_s)
        clock = asyncio.timeout(first_s)
        first_at: float | None = None
        try:
            async with clock:
                first_at = clock.when()
                return await self._read_from_app(bot, body, clock, expects_text=not query.tools)
        except TimeoutError:
            if not clock.expired():
                raise
            what, limit_s = ("begin", first_s) if clock.when() == first_at else ("finish", limits.reply_s)
            raise ProtocolBroken(f"Bot '{bot.name}' did not {what} to answer within {limit_s:g} s.") from None
        finally:
            opened.is_running = False

    async def _read_from_app(
        self, bot: ServedBot, body: bytes, clock: asyncio.Timeout, *, expects_text: bool
    ) -> Reading:
        async with post(self._running_app(), bot.path, body, _headers(bot)) as response:
            if response.status != 200:
                raise _refused(bot, response.status, await response.read())
            return await read_reply(response, self._limits, clock, expects_text=expects_text)

    async def _run_called(self, bot: ServedBot, called: QueryRequest, parent: RunningQuery) -> list[Event]:
        # One bot under test calls another: a query of its own, with ids of its own, as the hub builds it.
        ids = {"message_id": new_id("m"), "bot_query_id": new_id("bq")}
        query = called.model_copy(update=ids, deep=True)
        opened = await self._open(bot, query, parent)
        reading = await self._read(bot, query, opened)
        if not reading.problems:
            return reading.events
        broken = ProtocolBroken(f"Bot '{bot.name}' {'; '.join(reading.problems)}.")
        if self._strict:
            opened.root.failures.append(broken)
        if isinstance(reading.events[-1] if reading.events else None, DoneEvent | ErrorEvent):
            return reading.events
        return [*reading.events, ErrorEvent(str(broken), allow_retry=False)]

    # Other requests.

    async def settings(self, *, to: str | None = None) -> SettingsResponse:
        """Gives the bot's settings, unset fields as None.

        Raises ProtocolBroken with every fault when a platform would refuse them, and what `get_settings` raises.
        """
        return await self._settings(self._served(to))

    async def _settings(self, bot: ServedBot) -> SettingsResponse:
        body = await self._post(bot, build_report("settings"))
        try:
            return parse_settings(load_json(body))
        except NotJson:
            raise ProtocolBroken(f"The settings of bot '{bot.name}' are no JSON: {body[:200]!r}") from None
        except InvalidSettings as error:
            raise ProtocolBroken(f"The settings of bot '{bot.name}' are not valid: {error}") from None

    async def react(self, reaction: str, *, reply: BotReply | None = None, to: str | None = None) -> None:
        """Tells the bot of a person's reaction (`like`, `heart`, any text) to an answer."""
        await self._report("report_reaction", reply, to, reaction=reaction)

    async def report_feedback(self, feedback: str, *, reply: BotReply | None = None, to: str | None = None) -> None:
        """Tells the bot of a `like` or `dislike`; deprecated by reactions."""
        await self._report("report_feedback", reply, to, feedback_type=feedback)

    async def report_error(
        self, message: str, metadata: Mapping[str, Any] | None = None, *, to: str | None = None
    ) -> None:
        """Tells the bot that it broke the protocol."""
        await self._post(self._served(to), build_report("report_error", message=message, metadata=dict(metadata or {})))

    async def _report(self, kind: str, reply: BotReply | None, to: str | None, **fields: object) -> None:
        ids = {
            "message_id": reply.query.message_id if reply else new_id("m"),
            "user_id": reply.query.user_id if reply else self._user_id,
            "conversation_id": reply.query.conversation_id if reply else self._conversation_id,
        }
        bot = self._served(to if to is not None or reply is None else reply.bot)
        await self._post(bot, build_report(kind, **ids, **fields))

    async def _post(self, bot: ServedBot, body: Mapping[str, Any]) -> bytes:
        async with post(self._running_app(), bot.path, dump_json(body), _headers(bot)) as response:
            answer = await response.read()
            if response.status != 200:
                raise _refused(bot, response.status, answer)
            return answer

    # The platform around the bot.

    def dependency(self, name: str) -> Dependency:
        """Gives the stand-in for a called bot, making it when needed; upper and lower case are the same.

        It takes the place of a bot under test of that name as soon as it has an answer.
        """
        return self._platform.dependencies.setdefault(name_key(name), Dependency(name))

    @property
    def calls(self) -> list[Call]:
        """All calls of all bots under test since the start, refused ones too, in the order in which they ended."""
        return list(self._platform.calls)

    def assert_calls(self, expected: Mapping[str, int]) -> None:
        """Checks how often each bot was called since the start; refused calls do not count. Raises WrongCalls.

        Bots that are not in `expected` must not have been called.
        """
        made = Counter(name_key(call.bot) for call in self._platform.calls if call.refusal is None)
        if made == Counter({name_key(name): count for name, count in expected.items() if count}):
            return
        shown = [f"  {call!r}" for call in self._platform.calls] or ["  none"]
        raise WrongCalls("\n".join([f"Expected calls {dict(expected)}, but these were made:", *shown]))

    @property
    def costs(self) -> Costs:
        """What was authorized and captured; `costs.refuse()` makes the platform refuse."""
        return self._platform.costs

    @property
    def uploads(self) -> list[Upload]:
        """Files that bots stored, oldest first."""
        return self._platform.files.uploads

    def attach(
        self, name: str, content: bytes | str, *, content_type: str | None = None, parsed_content: str | None = None
    ) -> Attachment:
        """Gives an attachment for `ask` whose URL the bot can download while it is under test.

        Texts carry their content as `parsed_content`, as they do when the platform expands attachments.
        """
        self._running_app()
        return self._platform.files.attachment(name, content, content_type, parsed_content)

    @property
    def name(self) -> str:
        """The name of the bot that is asked by default."""
        return self._served(None).name

    def _served(self, name: str | None) -> ServedBot:
        self._running_app()
        if name is None:
            return self._platform.bots[0]
        for bot in self._platform.bots:
            if name_key(bot.name) == name_key(name):
                return bot
        raise LookupError(f"no bot '{name}' is under test; there are {[bot.name for bot in self._platform.bots]}")

    def _running_app(self) -> App:
        if self._app is None:
            raise RuntimeError("the bot is not running: use `async with BotUnderTest(...) as bot:`")
        return self._app


def run_ask(target: Target, text: str, *, dependencies: Mapping[str, Answer] | None = None, **options: Any) -> BotReply:
    """Asks a bot once, from a test that is not async; `options` are those of `BotUnderTest.ask`.

    Raises what `ask` raises, and RuntimeError inside a running event loop.
    """

    async def ask() -> BotReply:
        async with BotUnderTest(target, dependencies=dependencies) as bot:
            return await bot.ask(text, **options)

    try:
        asyncio.get_running_loop()
    except RuntimeError:
        return asyncio.run(ask())
    raise RuntimeError("run_ask cannot be used in async code: use `async with BotUnderTest(...)`")


def _headers(bot: ServedBot) -> dict[str, str]:
    return {
        "Host": "bot.test",
        "Authorization": f"Bearer {bot.access_key}",
        "Content-Type": "application/json",
        "Accept": "text/event-stream",
    }


def _refused(bot: ServedBot, status: int, body: bytes) -> BotRefused:
    said = body.decode("utf-8", "replace")[:500]
    remedy = {
        401: " Pass the key with which the app was made: BotUnderTest(app, access_key=…).",
        403: " Pass the key with which the app was made: BotUnderTest(app, access_key=…).",
        404: f" Nothing is served at {bot.path}: pass BotUnderTest(app, path=…).",
        405: f" No bot is served at {bot.path}: pass BotUnderTest(app, path=…).",
    }.get(status, "")
    return BotRefused(f"Bot '{bot.name}' answered {status}: {said}.{remedy}", status, body)
