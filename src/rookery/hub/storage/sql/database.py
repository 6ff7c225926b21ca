"""One database: connections for reading, one writer for writing, migrations at the start.

    write(operation) ──► queue ──► writer task: BEGIN IMMEDIATE, every waiting operation in its savepoint, COMMIT
    read() ──► a connection of the pool

All writes of the process go through one queue. With SQLite there is only one writer anyhow, and operations that wait
together share one commit; an operation that fails is rolled back alone. What differs between databases stands here.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import Any, Generic, TypeVar

from alembic import command
from alembic.config import Config
from sqlalchemy import event
from sqlalchemy.engine import Connection, make_url
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine

from rookery.hub.errors import StorageFailed

logger = logging.getLogger("rookery.hub.storage")

MIGRATIONS = Path(__file__).parent / "migrations"
BUSY_TIMEOUT_MS = 5000
BATCH = 64
"""Operations that share one commit at most."""

T = TypeVar("T")
Operation = Callable[[AsyncConnection], Awaitable[T]]


class _Pending(Generic[T]):
    __slots__ = ("future", "operation")

    def __init__(self, operation: Operation[T], future: asyncio.Future[T]) -> None:
        self.operation = operation
        self.future = future


class Database:
    """The hub's records. `start` before use, `aclose` after; both from the same event loop."""

    def __init__(self, url: str) -> None:
        self._is_sqlite = make_url(url).get_backend_name() == "sqlite"
        self._readers = _make_engine(url, self._is_sqlite, writes=False)
        self._writer = _make_engine(url, self._is_sqlite, writes=True)
        self._queue: asyncio.Queue[_Pending[Any]] = asyncio.Queue()
        self._task: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Brings the schema up to date and starts the writer. Raises StorageFailed."""
        try:
            async with self._writer.begin() as connection:
                await connection.run_sync(_migrate)
        except (SQLAlchemyError, OSError) as error:
            raise _storage_failed(error) from error
        self._task = asyncio.create_task(self._write_forever(), name="database-writer")

    async def aclose(self) -> None:
        """Writes what is queued, then closes every connection. Further writes raise StorageFailed."""
        task, self._task = self._task, None
        if task is not None:
            await self._queue.join()
            task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await task
        await self._readers.dispose()
        await self._writer.dispose()

    @contextlib.asynccontextmanager
    async def read(self) -> AsyncIterator[AsyncConnection]:
        """Gives a connection that cannot write. Raises StorageFailed."""
        try:
            async with self._readers.connect() as connection:
                yield connection
        except (SQLAlchemyError, OSError) as error:
            raise _storage_failed(error) from error

    async def write(self, operation: Operation[T]) -> T:
        """Runs the operation in the writer's transaction; returns when it is committed.

        Raises StorageFailed for trouble of the database; the operation's own exceptions pass through.
        """
        if self._task is None:
            raise StorageFailed("storage_closed", "The hub's database is closed.")
        pending: _Pending[T] = _Pending(operation, asyncio.get_running_loop().create_future())
        self._queue.put_nowait(pending)
        return await pending.future

    async def _write_forever(self) -> None:
        while True:
            batch = [await self._queue.get()]
            while len(batch) < BATCH and not self._queue.empty():
                batch.append(self._queue.get_nowait())
            try:
                await self._write_batch(batch)
            finally:
                for _ in batch:
                    self._queue.task_done()

    async def _write_batch(self, batch: list[_Pending[Any]]) -> None:
        results: list[tuple[_Pending[Any], Any, BaseException | None]] = []
        try:
            async with self._writer.begin() as connection:
                for pending in batch:
                    results.append(await _run_one(connection, pending, alone=len(batch) == 1))
        except (SQLAlchemyError, OSError) as error:
            failure = _storage_failed(error)
            results = [(pending, None, failure) for pending in batch]
        except Exception as error:
            # An operation's own mistake goes back to whoever asked for it; the writer serves the others on.
            results = [(pending, None, error) for pending in batch]
        for pending, result, raised in results:
            if pending.future.cancelled():
                continue
            if raised is None:
                pending.future.set_result(result)
            else:
                pending.future.set_exception(raised)


async def _run_one(
    connection: AsyncConnection, pending: _Pending[Any], *, alone: bool
) -> tuple[_Pending[Any], Any, BaseException | None]:
    if alone:
        # Without company the transaction itself is the savepoint: a failure rolls it back.
        return pending, await pending.operation(connection), None
    try:
        async with connection.begin_nested():
            return pending, await pending.operation(connection), None
    except SQLAlchemyError as error:
        return pending, None, _storage_failed(error)


def _storage_failed(error: Exception) -> StorageFailed:
    cause = getattr(error, "orig", None) or error
    logger.error("storage:failed type=%s reason=%s", type(cause).__name__, cause)
    return StorageFailed(
        "storage_failed",
        f"The hub cannot use its database ({cause}).",
        "Is the disk full, or the data folder gone? What was answered before is kept.",
    )


def _make_engine(url: str, is_sqlite: bool, *, writes: bool) -> AsyncEngine:
    options: dict[str, Any] = {"pool_size": 1, "max_overflow": 0} if writes else {"pool_size": 4, "max_overflow": 4}
    engine = create_async_engine(url, **options)
    if is_sqlite:
        _prepare_sqlite(engine, writes=writes)
    return engine


def _prepare_sqlite(engine: AsyncEngine, *, writes: bool) -> None:
    # The driver's own idea of when a transaction begins is switched off; ours begins at once and takes the write lock,
    # so that two processes on one file wait for each other instead of failing in the middle.
    @event.listens_for(engine.sync_engine, "connect")
    def _on_connect(dbapi_connection: Any, _record: Any) -> None:
        dbapi_connection.isolation_level = None
        cursor = dbapi_connection.cursor()
        cursor.execute("PRAGMA journal_mode = WAL")
        cursor.execute("PRAGMA synchronous = NORMAL")
        cursor.execute(f"PRAGMA busy_timeout = {BUSY_TIMEOUT_MS}")
        cursor.execute("PRAGMA foreign_keys = ON")
        if not writes:
            cursor.execute("PRAGMA query_only = ON")
        cursor.close()

    @event.listens_for(engine.sync_engine, "begin")
    def _on_begin(connection: Connection) -> None:
        connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")


def _migrate(connection: Connection) -> None:
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    config.attributes["connection"] = connection
    command.upgrade(config, "head")
