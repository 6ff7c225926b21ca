"""The composition root: the only place that builds the hub's parts and wires them.

create_app(settings) ──► FastAPI app with `app.state.hub`; everything starts and ends with the app's lifespan
"""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Literal

from fastapi import FastAPI
from pydantic import BaseModel

from rookery.hub.accounts.model import Person
from rookery.hub.accounts.passwords import Passwords
from rookery.hub.accounts.people import PeopleService
from rookery.hub.accounts.people_routes import people_router
from rookery.hub.accounts.routes import accounts_router
from rookery.hub.accounts.service import AccountService
from rookery.hub.accounts.sign_in import SignInService
from rookery.hub.accounts.sign_in_routes import sign_in_router
from rookery.hub.address import PublicAddress
from rookery.hub.attachments.service import AttachmentPreparer
from rookery.hub.botapi.query import BotQueryApi, QueryDoor
from rookery.hub.botapi.settings import settings_router
from rookery.hub.botapi.uploads import UploadApi
from rookery.hub.bots.model import Bot
from rookery.hub.bots.routes import bots_router
from rookery.hub.bots.service import BotService
from rookery.hub.bots.settings_sync import SettingsSync
from rookery.hub.chats.message_routes import messages_router
from rookery.hub.chats.routes import chats_router
from rookery.hub.chats.service import ChatService
from rookery.hub.clock import SystemClock
from rookery.hub.data_folder import DataFolderLock
from rookery.hub.errors import StorageFailed
from rookery.hub.files.links import LinkSigner
from rookery.hub.files.model import StoredFile
from rookery.hub.files.routes import files_router
from rookery.hub.files.service import FileService
from rookery.hub.http import install_error_handlers, refusals
from rookery.hub.openapi import describe_truly, operation_id
from rookery.hub.pages.bot_routes import bot_pages_router
from rookery.hub.pages.routes import pages_router
from rookery.hub.parsing.model import ParseLimits, ReadText
from rookery.hub.parsing.service import FindingService, PictureReader, TextReader
from rookery.hub.relay.contract import CallContract
from rookery.hub.relay.counts import MemoryCallCounts
from rookery.hub.relay.inspect import Inspector
from rookery.hub.relay.journal import Journal
from rookery.hub.relay.masking import Masker
from rookery.hub.relay.notes import Notebook
from rookery.hub.relay.ports import BotEndpoint
from rookery.hub.relay.retention import Retention
from rookery.hub.relay.routes import relay_router
from rookery.hub.relay.runner import QueryRunner
from rookery.hub.relay.service import QueryObserver, RelayService
from rookery.hub.relay.tree import LiveQuery
from rookery.hub.settings import HubSettings
from rookery.hub.standins.registration import stand_in_draft
from rookery.hub.storage.blobs import open_blob_store
from rookery.hub.storage.sql.accounts import SqlAccountStore
from rookery.hub.storage.sql.bots import SqlBotStore
from rookery.hub.storage.sql.chats import SqlChatStore
from rookery.hub.storage.sql.database import Database
from rookery.hub.storage.sql.files import SqlFileStore
from rookery.hub.storage.sql.parsing import SqlFindingStore
from rookery.hub.storage.sql.relay import SqlRelayStore
from rookery.hub.storage.sql.retention import SqlRetentionStore
from rookery.hub.storage.sql.sign_in import SqlSignInStore
from rookery.hub.tasks import Tasks
from rookery.hub.upstream.bot_server import BotServerClient
from rookery.hub.upstream.downloads import GuardedDownloader
from rookery.hub.upstream.model import ModelEndpoint
from rookery.hub.upstream.outbound import ConnectionPool, url_check
from rookery.hub.upstream.prompt import PromptEndpoint
from rookery.hub.upstream.stand_in import StandInEndpoint
from rookery.hub.upstream.stand_in_files import StandInFiles
from rookery.hub.vault import open_vault
from rookery.protocol.events import FileEvent
from rookery.protocol.messages import Attachment
from rookery.version import __version__

logger = logging.getLogger("rookery.hub")


class Hub:
    """The hub's services, built once. `start` and `aclose` run inside the event loop."""

    def __init__(self, settings: HubSettings, observers: tuple[QueryObserver, ...] = ()) -> None:
        self.settings = settings
        clock = SystemClock()
        self.address = PublicAddress(settings.public_url)
        self._lock = DataFolderLock(settings.data_dir)
        vault = open_vault(settings.data_dir)
        self._tasks = Tasks()
        self._database = Database(settings.sqlalchemy_url)
        self._pool = ConnectionPool(allow_private=settings.private_urls_allowed)
        self._bot_servers = BotServerClient(self._pool)
        self._models = ModelEndpoint()
        limits = settings.limits()

        account_store = SqlAccountStore(self._database)
        self.accounts = AccountService(account_store, vault, clock)
        self.sign_in = SignInService(SqlSignInStore(self._database), vault, clock, Passwords())
        self.people = PeopleService(account_store, self.accounts, self.sign_in, clock)
        self.bots = BotService(
            SqlBotStore(self._database, vault), vault, clock, url_check(allow_private=settings.private_urls_allowed)
        )
        self.people.observe(self.bots)
        self.sync = SettingsSync(
            self.bots,
            self._bot_servers,
            clock,
            interval_s=settings.settings_pull_interval_s,
            stand_in_draft=stand_in_draft,
        )
        self.files = FileService(
            SqlFileStore(self._database),
            open_blob_store(settings.files_url, settings.data_dir / "files"),
            GuardedDownloader(self._pool),
            LinkSigner(vault.file_link_key),
            self.address,
            clock,
            incoming_folder=settings.data_dir / "incoming",
            max_bytes=settings.file_bytes,
            link_s=settings.file_link_s,
            grace_s=settings.file_grace_s,
            forget=self._forget_findings,
        )
        stand_in_files = StandInFiles(self.files)
        self._stand_ins = StandInEndpoint(
            pause_s=settings.stand_in_pause_s, keep_file=stand_in_files.keep, open_file=stand_in_files.open
        )

        self.findings = FindingService(
            SqlFindingStore(self._database),
            clock,
            settings.data_dir / "parsing",
            ParseLimits(time_s=settings.parse_s, memory_mb=settings.parse_memory_mb, workers=settings.parse_workers),
        )
        self.texts = TextReader(self.findings)
        self.pictures = PictureReader(self.findings)
        store = SqlRelayStore(self._database)
        notes = Notebook(store, clock, self._tasks, self._masker)
        self.relay = RelayService(
            store=store,
            journal=Journal(store, interval_s=settings.journal_interval_s),
            notes=notes,
            runner=QueryRunner(limits, self._tasks, notes, retry_pause_s=settings.retry_pause_s),
            contract=CallContract(
                limits, MemoryCallCounts(), clock, self.bots.find_bot, self.sync.pull_if_due, notes, self.bots.may_call
            ),
            find_endpoint=self._find_endpoint,
            preparer=AttachmentPreparer(self.files, self.texts, self._describe_picture),
            find_base=self.bots.find_base,
            refetch_settings=self.sync.refetch,
            find_suggester=lambda: self._find_configured(settings.suggestion_bot),
            find_describer=lambda: self._find_configured(settings.vision_bot),
            vault=vault,
            clock=clock,
            tasks=self._tasks,
            limits=limits,
            keep_alive_s=settings.keep_alive_s,
            observers=(*observers, lambda live: self.chats.answers.observe(live)),
        )
        chat_store = SqlChatStore(self._database)
        self.chats = ChatService(
            chat_store,
            self.relay,
            self.files,
            self.bots.get_usable,
            self.people.find_person,
            clock,
            self._tasks,
            history_messages=limits.history_messages,
        )
        self.people.observe(self.chats)
        self._prompts = PromptEndpoint(self.bots.find_base, self.relay)
        self.inspector = Inspector(store, self.relay, notes, self.bots.list_bots, self._masker, self.address)
        self.retention = Retention(
            SqlRetentionStore(self._database),
            clock,
            keep_for=timedelta(days=settings.query_days),
            keep_most=settings.query_keep_max,
        )
        self.people.observe(self.retention)
        self.query_api = BotQueryApi(
            self.accounts,
            self.bots,
            self.relay,
            self._tasks,
            max_body_bytes=settings.max_body_bytes,
            keep_alive_s=settings.keep_alive_s,
        )
        self.uploads = UploadApi(self.accounts, self.bots, self.files, self._attach_file)
        self._owner: Person | None = None

    @property
    def owner(self) -> Person:
        """The hub's owner; known after `start`."""
        if self._owner is None:
            raise RuntimeError("the hub has not started")
        return self._owner

    async def _describe_picture(self, live: LiveQuery, file: StoredFile) -> ReadText:
        if self.relay.helpers.describes(live):
            picture = Attachment(url=self.files.link(file), content_type=file.content_type, name=file.name)
            text = await self.relay.helpers.describe(live, picture)
            return ReadText(text or None, None if text else f"'{file.name}' was not described: no answer came.")
        read = await self.pictures.read(file, self.files.open)
        return ReadText(read.text, read.reason)

    async def _forget_findings(self, digest: str) -> None:
        await self.findings.forget([digest])

    def _find_configured(self, name: str | None) -> Bot | None:
        return self.bots.find_bot(name) if name else None

    def _masker(self) -> Masker:
        return Masker(bot.access_key for bot in self.bots.list_bots() if bot.access_key)

    def _find_endpoint(self, bot: Bot) -> BotEndpoint:
        match bot.kind:
            case "stand-in":
                return self._stand_ins
            case "model":
                return self._models
            case "prompt":
                return self._prompts
            case _:
                return self._bot_servers

    async def _attach_file(
        self, message_id: str, callers: Sequence[Bot], file: StoredFile, url: str, inline_ref: str | None
    ) -> None:
        await self.relay.attach_file(
            callers, message_id, FileEvent(url, file.content_type, file.name, inline_ref=inline_ref)
        )

    async def start(self) -> None:
        """Opens the database, loads the registry, makes the owner's account on the first start."""
        await self._database.start()
        self._owner = await self.accounts.ensure_owner()
        await self.files.start()
        self._tasks.spawn(self.files.clean_forever(), "clean files")
        await self.findings.start()
        await self.sign_in.start()
        await self.bots.start(self._owner.id)
        await self.relay.start()
        self._tasks.spawn(self.retention.run(), "retention")
        await self.chats.start()

    async def aclose(self) -> None:
        """Ends running queries, then everything else, in the order that loses nothing."""
        await self.relay.aclose()
        await self.chats.aclose()
        await self._tasks.aclose()
        await self.findings.aclose()
        await self._models.aclose()
        await self._pool.aclose()
        await self.sign_in.aclose()
        await self._database.aclose()
        self._lock.release()


def create_app(settings: HubSettings, observers: tuple[QueryObserver, ...] = ()) -> FastAPI:
    """Builds the whole hub as one ASGI app; nothing runs before its lifespan begins.

    Raises ValueError or OSError when the data folder cannot be used, DataFolderInUse when another hub serves it.
    """
    hub = Hub(settings, observers)

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        await hub.start()
        try:
            yield
        finally:
            await hub.aclose()

    app = FastAPI(
        title="Rookery hub",
        version=__version__,
        lifespan=lifespan,
        docs_url=None,
        redoc_url=None,
        generate_unique_id_function=operation_id,
    )
    app.state.hub = hub
    install_error_handlers(app)
    app.add_middleware(QueryDoor, api=hub.query_api)
    app.include_router(hub.query_api.router())
    app.include_router(settings_router(hub.bots, hub.sync))
    app.include_router(hub.uploads.router())
    app.include_router(files_router(hub.files, hub.accounts))
    app.include_router(relay_router(hub.relay, hub.inspector, hub.bots, max_body_bytes=settings.max_body_bytes))
    app.include_router(chats_router(hub.chats, SystemClock()))
    app.include_router(messages_router(hub.chats))
    app.include_router(accounts_router(hub.accounts, __version__, hub.bots.get_usable))
    app.include_router(people_router(hub.people, hub.sign_in, hub.address))
    app.include_router(sign_in_router(hub.sign_in, hub.people))
    app.include_router(pages_router(hub.accounts, hub.sign_in, hub.bots, hub.address))
    app.include_router(bot_pages_router(hub.bots, hub.address))
    app.include_router(bots_router(hub.bots, hub.sync, hub.people, stand_in_draft))
    _add_operations(app, hub)
    describe_truly(app)
    return app


class HealthBody(BaseModel):
    """Answer of `/healthz` and `/readyz`."""

    status: Literal["ok", "ready"]
    version: str


def _add_operations(app: FastAPI, hub: Hub) -> None:
    @app.get("/healthz", tags=["operations"], summary="Is the process alive?")
    async def healthz() -> HealthBody:
        return HealthBody(status="ok", version=__version__)

    @app.get(
        "/readyz",
        tags=["operations"],
        summary="Can it serve? (reads the database)",
        responses={503: refusals()[503]},
    )
    async def readyz() -> HealthBody:
        if await hub.accounts.find_owner() is None:
            raise StorageFailed("not_ready", "The hub has no owner yet.")
        return HealthBody(status="ready", version=__version__)
