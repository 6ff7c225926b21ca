"""The composition root: the only place that builds the hub's parts and wires them.

create_app(settings) ──► FastAPI app with `app.state.hub`; everything starts and ends with the app's lifespan

    Hub   ground ──► people ──► bots ──► files ──► relay ──► chats ──► doors      each step uses those before it
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from datetime import timedelta

from fastapi import APIRouter, FastAPI

from rookery.hub.accounts.model import Person
from rookery.hub.accounts.passwords import Passwords
from rookery.hub.accounts.people import PeopleService
from rookery.hub.accounts.people_routes import people_router
from rookery.hub.accounts.routes import accounts_router
from rookery.hub.accounts.service import AccountService
from rookery.hub.accounts.sign_in import SignInService
from rookery.hub.accounts.sign_in_routes import sign_in_router
from rookery.hub.address import PublicAddress
from rookery.hub.attachments.pictures import PictureDescriber
from rookery.hub.attachments.service import AttachmentPreparer
from rookery.hub.botapi.query import BotQueryApi, QueryDoor
from rookery.hub.botapi.settings import settings_router
from rookery.hub.botapi.uploads import UploadApi
from rookery.hub.bots.model import Bot, BotKind
from rookery.hub.bots.routes import bots_router
from rookery.hub.bots.service import BotService
from rookery.hub.bots.settings_sync import SettingsSync
from rookery.hub.chats.message_routes import messages_router
from rookery.hub.chats.routes import chats_router
from rookery.hub.chats.service import ChatService
from rookery.hub.clock import SystemClock
from rookery.hub.data_folder import DataFolderLock
from rookery.hub.files.links import LinkSigner
from rookery.hub.files.routes import files_router
from rookery.hub.files.service import FileService
from rookery.hub.http import install_error_handlers
from rookery.hub.openapi import describe_truly, operation_id
from rookery.hub.operations import operations_router
from rookery.hub.pages.bot_routes import bot_pages_router
from rookery.hub.pages.routes import pages_router
from rookery.hub.parsing.model import ParseLimits
from rookery.hub.parsing.service import FindingService, PictureReader, TextReader
from rookery.hub.relay.contract import CallContract
from rookery.hub.relay.counts import MemoryCallCounts
from rookery.hub.relay.helpers import HelperBots
from rookery.hub.relay.inspect import Inspector
from rookery.hub.relay.journal import Journal
from rookery.hub.relay.making import QueryMaker
from rookery.hub.relay.masking import Masker
from rookery.hub.relay.notes import Notebook
from rookery.hub.relay.ports import BotEndpoint
from rookery.hub.relay.reports import Reports
from rookery.hub.relay.retention import Retention
from rookery.hub.relay.routes import relay_router
from rookery.hub.relay.runner import QueryRunner
from rookery.hub.relay.running import QueryLives, QueryObserver
from rookery.hub.relay.service import RelayService
from rookery.hub.relay.tree import LiveQueries
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
from rookery.version import __version__


class Hub:
    """The hub's services, built once. `start` and `aclose` run inside the event loop."""

    chats: ChatService
    _helpers: HelperBots

    def __init__(self, settings: HubSettings, observers: tuple[QueryObserver, ...] = ()) -> None:
        self.settings = settings
        self._limits = settings.limits()
        self._owner: Person | None = None
        self._build_ground()
        self._build_people()
        self._build_bots()
        self._build_files()
        self._build_relay(observers)
        self._build_chats()
        self._build_doors()

    def _build_ground(self) -> None:
        settings = self.settings
        self._clock = SystemClock()
        self._tasks = Tasks()
        self.address = PublicAddress(settings.public_url)
        self._lock = DataFolderLock(settings.data_dir)
        self._vault = open_vault(settings.data_dir)
        self._database = Database(settings.sqlalchemy_url)
        self._pool = ConnectionPool(allow_private=settings.private_urls_allowed)

    def _build_people(self) -> None:
        store = SqlAccountStore(self._database)
        self.accounts = AccountService(store, self._vault, self._clock)
        self.sign_in = SignInService(SqlSignInStore(self._database), self._vault, self._clock, Passwords())
        self.people = PeopleService(store, self.accounts, self.sign_in, self._clock)

    def _build_bots(self) -> None:
        self._bot_servers = BotServerClient(self._pool)
        self.bots = BotService(
            SqlBotStore(self._database, self._vault),
            self._vault,
            self._clock,
            url_check(allow_private=self.settings.private_urls_allowed),
        )
        self.people.observe(self.bots)
        self.sync = SettingsSync(
            self.bots,
            self._bot_servers,
            self._clock,
            interval_s=self.settings.settings_pull_interval_s,
            stand_in_draft=stand_in_draft,
        )

    def _build_files(self) -> None:
        settings = self.settings
        self.findings = FindingService(
            SqlFindingStore(self._database),
            self._clock,
            settings.data_dir / "parsing",
            ParseLimits(time_s=settings.parse_s, memory_mb=settings.parse_memory_mb, workers=settings.parse_workers),
        )
        self.texts = TextReader(self.findings)
        self.pictures = PictureReader(self.findings)
        self.files = FileService(
            SqlFileStore(self._database),
            open_blob_store(settings.files_url, settings.data_dir / "files"),
            GuardedDownloader(self._pool),
            LinkSigner(self._vault.file_link_key),
            self.address,
            self._clock,
            incoming_folder=settings.data_dir / "incoming",
            max_bytes=settings.file_bytes,
            link_s=settings.file_link_s,
            grace_s=settings.file_grace_s,
            forget=self.findings.forget,
        )

    def _build_relay(self, observers: tuple[QueryObserver, ...]) -> None:
        # A bot is answered with the help of others: prompt bots, descriptions, suggestions ask through the relay that
        # they serve. What closes this circle is looked up when it is needed (`_endpoints`, `_helpers`).
        settings = self.settings
        store = SqlRelayStore(self._database)
        queries = LiveQueries()
        notes = Notebook(store, self._clock, self._tasks, self._masker)
        reports = Reports(store, notes, self._find_endpoint, queries.find_by_any_id)
        maker = QueryMaker(self._vault, self._clock, self._limits)
        contract = CallContract(
            self._limits,
            MemoryCallCounts(),
            self._clock,
            self.bots.find_bot,
            self.sync.pull_if_due,
            notes,
            self.bots.may_call,
        )
        describer = PictureDescriber(self.files, self.pictures, lambda: self._helpers)
        lives = QueryLives(
            queries,
            maker,
            store=store,
            journal=Journal(store, interval_s=settings.journal_interval_s),
            notes=notes,
            reports=reports,
            runner=QueryRunner(self._limits, self._tasks, notes, retry_pause_s=settings.retry_pause_s),
            contract=contract,
            find_endpoint=self._find_endpoint,
            preparer=AttachmentPreparer(self.files, self.texts, describer.describe),
            suggest=lambda live, answer: self._helpers.suggest(live, answer),
            refetch_settings=self.sync.refetch,
            clock=self._clock,
            tasks=self._tasks,
            observers=(*observers, lambda live: self.chats.answers.observe(live)),
        )
        self.relay = RelayService(
            queries,
            maker,
            lives,
            store=store,
            notes=notes,
            reports=reports,
            contract=contract,
            find_base=self.bots.find_base,
            limits=self._limits,
            keep_alive_s=settings.keep_alive_s,
        )
        self._helpers = HelperBots(
            self.relay,
            lambda: self._find_configured(settings.suggestion_bot),
            lambda: self._find_configured(settings.vision_bot),
        )
        self._build_endpoints()
        self.inspector = Inspector(store, self.relay, notes, self.bots.list_bots, self._masker, self.address)
        self.retention = Retention(
            SqlRetentionStore(self._database),
            self._clock,
            keep_for=timedelta(days=settings.query_days),
            keep_most=settings.query_keep_max,
        )

    def _build_endpoints(self) -> None:
        files = StandInFiles(self.files, self.pictures)
        self._models = ModelEndpoint()
        self._endpoints: dict[BotKind, BotEndpoint] = {
            "server": self._bot_servers,
            "model": self._models,
            "prompt": PromptEndpoint(self.bots.find_base, self.relay),
            "stand-in": StandInEndpoint(
                pause_s=self.settings.stand_in_pause_s, keep_file=files.keep, measure=files.measure
            ),
        }

    def _build_chats(self) -> None:
        self.chats = ChatService(
            SqlChatStore(self._database),
            self.relay,
            self.files,
            self.bots.get_usable,
            self.people.find_person,
            self._clock,
            self._tasks,
            history_messages=self._limits.history_messages,
        )
        self.people.observe(self.chats)
        self.people.observe(self.retention)

    def _build_doors(self) -> None:
        self.query_api = BotQueryApi(
            self.accounts,
            self.bots,
            self.relay,
            self._tasks,
            max_body_bytes=self.settings.max_body_bytes,
            keep_alive_s=self.settings.keep_alive_s,
        )
        self.uploads = UploadApi(self.accounts, self.bots, self.files, self.relay.attach_file)

    @property
    def owner(self) -> Person:
        """The hub's owner; known after `start`."""
        if self._owner is None:
            raise RuntimeError("the hub has not started")
        return self._owner

    def _find_configured(self, name: str | None) -> Bot | None:
        return self.bots.find_bot(name) if name else None

    def _masker(self) -> Masker:
        return Masker(bot.access_key for bot in self.bots.list_bots() if bot.access_key)

    def _find_endpoint(self, bot: Bot) -> BotEndpoint:
        return self._endpoints[bot.kind]

    def routers(self) -> Iterator[APIRouter]:
        """Gives the routes of every feature."""
        settings = self.settings
        # For bots, in Poe's shape.
        yield self.query_api.router()
        yield settings_router(self.bots, self.sync)
        yield self.uploads.router()
        # For people and their programs.
        yield files_router(self.files, self.accounts)
        yield relay_router(self.relay, self.inspector, self.bots, max_body_bytes=settings.max_body_bytes)
        yield chats_router(self.chats, self._clock)
        yield messages_router(self.chats)
        yield accounts_router(self.accounts, __version__, self.bots.get_usable)
        yield people_router(self.people, self.sign_in, self.address)
        yield sign_in_router(self.sign_in, self.people)
        yield pages_router(self.accounts, self.sign_in, self.bots, self.address)
        yield bot_pages_router(self.bots, self.address)
        yield bots_router(self.bots, self.sync, self.people, stand_in_draft)
        yield operations_router(self.accounts)

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
    for router in hub.routers():
        app.include_router(router)
    describe_truly(app)
    return app
