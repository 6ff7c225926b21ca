"""One database: a pool for reading, one writer for writing, migrations at the start.

    write(operation) ──► queue ──► writer: BEGIN IMMEDIATE, every waiting operation in its savepoint, COMMIT
    read() ──► a connection of the pool, which cannot write

All writes of the process go through one queue. With SQLite there is only one writer anyhow, and operations that wait
together share one commit; an operation that fails is rolled back alone. What differs between databases stands here and
in `readers.py`: SQLite's writer runs a whole batch in a thread of its own, because an asynchronous driver hands every
single step of a statement to a thread and back (sixteen times for one insert, measured: decision 0003).
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import AsyncIterator, Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, Generic, Protocol, TypeVar

import orjson
from alembic import command
from alembic.config import Config
from sqlalchemy import create_engine, event
from sqlalchemy.engine import Connection, Engine, NestedTransaction, make_url
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

from rookery.hub.errors import StorageFailed
from rookery.hub.storage.sql.readers import CONNECTIONS, AsyncReaders, Reader, Readers, ThreadReaders

logger = logging.getLogger("rookery.hub.storage")

MIGRATIONS = Path(__file__).parent / "migrations"
BUSY_TIMEOUT_MS = 5000
BATCH = 64
"""Operations that share one commit at most."""

T = TypeVar("T")
Operation = Callable[[Connection], T]


class _Pending(Generic[T]):
    __slots__ = ("future", "operation")

    def __init__(self, operation: Operation[T], future: asyncio.Future[T]) -> None:
        self.operation = operation
        self.future = future


class _Outcome:
    """What became of one operation: its result, or what it raised."""

    __slots__ = ("raised", "result")

    def __init__(self, result: Any = None, raised: Exception | None = None) -> None:
        self.result = result
        self.raised = raised


class Database:
    """The hub's records. `start` before use, `aclose` after; both from the same event loop."""

    def __init__(self, url: str) -> None:
        is_sqlite = make_url(url).get_backend_name() == "sqlite"
        self._readers: Readers = _sqlite_readers(url) if is_sqlite else _async_readers(url)
        self._writer: _Writer = _SqliteWriter(url) if is_sqlite else _AsyncWriter(url)
        self._queue: asyncio.Queue[_Pending[Any]] = asyncio.Queue()
        self._task: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Brings the schema up to date and starts the writer. Raises StorageFailed."""
        for outcome in await self._writer.run([_migrate]):
            if outcome.raised is not None:
                raise outcome.raised
        self._task = asyncio.create_task(self._write_forever(), name="database-writer")

    async def aclose(self) -> None:
        """Writes what is queued, then closes every connection. Further writes raise StorageFailed."""
        task, self._task = self._task, None
        if task is not None:
            await self._queue.join()
            task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await task
        await self._readers.aclose()
        await self._writer.aclose()

    @contextlib.asynccontextmanager
    async def read(self) -> AsyncIterator[Reader]:
        """Gives a connection that cannot write. Raises StorageFailed."""
        try:
            async with self._readers.connect() as connection:
                yield connection
        except (SQLAlchemyError, OSError) as error:
            raise _storage_failed(error) from error

    async def write(self, operation: Operation[T]) -> T:
        """Runs the operation in the writer's transaction, off the event loop; returns when it is committed.

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
            outcomes = await self._writer.run([pending.operation for pending in batch])
            for pending, outcome in zip(batch, outcomes, strict=True):
                self._queue.task_done()
                if pending.future.cancelled():
                    continue
                if outcome.raised is None:
                    pending.future.set_result(outcome.result)
                else:
                    pending.future.set_exception(outcome.raised)


class _Writer(Protocol):
    """Runs a batch of operations in one transaction; gives an outcome for each and never raises."""

    async def run(self, operations: Sequence[Operation[Any]]) -> list[_Outcome]: ...

    async def aclose(self) -> None: ...


class _SqliteWriter:
    """One connection in one thread."""

    def __init__(self, url: str) -> None:
        self._engine = create_engine(
            make_url(url).set(drivername="sqlite"), pool_size=1, max_overflow=0, json_serializer=_to_json
        )
        _prepare_sqlite(self._engine, writes=True)
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="database-writer")

    async def run(self, operations: Sequence[Operation[Any]]) -> list[_Outcome]:
        return await asyncio.get_running_loop().run_in_executor(self._thread, self._run, operations)

    def _run(self, operations: Sequence[Operation[Any]]) -> list[_Outcome]:
        try:
            with self._engine.connect() as connection:
                return _run_batch(connection, operations)
        except (SQLAlchemyError, OSError) as error:
            return [_Outcome(raised=_storage_failed(error)) for _ in operations]

    async def aclose(self) -> None:
        await asyncio.get_running_loop().run_in_executor(self._thread, self._engine.dispose)
        self._thread.shutdown()


class _AsyncWriter:
    """One connection of an asynchronous driver."""

    def __init__(self, url: str) -> None:
        # Asked before use: a database server that was started again has closed the connection.
        self._engine: AsyncEngine = create_async_engine(
            url, pool_size=1, max_overflow=0, pool_pre_ping=True, json_serializer=_to_json
        )

    async def run(self, operations: Sequence[Operation[Any]]) -> list[_Outcome]:
        try:
            async with self._engine.connect() as connection:
                return await connection.run_sync(_run_batch, operations)
        except (SQLAlchemyError, OSError) as error:
            return [_Outcome(raised=_storage_failed(error)) for _ in operations]

    async def aclose(self) -> None:
        await self._engine.dispose()


def _to_json(value: Any) -> str:
    return orjson.dumps(value).decode()


def _run_batch(connection: Connection, operations: Sequence[Operation[Any]]) -> list[_Outcome]:
    """Runs the operations in one transaction. Raises when the transaction as a whole fails."""
    if len(operations) == 1:
        return [_run_alone(connection, operations[0])]
    with connection.begin():
        return [_run_one(connection, operation) for operation in operations]


def _run_alone(connection: Connection, operation: Operation[Any]) -> _Outcome:
    # The usual case: without company the transaction needs no savepoint, which would be a third of its time.
    try:
        with connection.begin():
            return _Outcome(operation(connection))
    except (SQLAlchemyError, OSError):
        raise
    except Exception as error:
        return _Outcome(raised=error)


def _run_one(connection: Connection, operation: Operation[Any]) -> _Outcome:
    savepoint = connection.begin_nested()
    try:
        result = operation(connection)
        savepoint.commit()
    except SQLAlchemyError as error:
        _roll_back(savepoint, error)
        return _Outcome(raised=_storage_failed(error))
    except Exception as error:
        # An operation's own mistake goes back to whoever asked for it; the others are written all the same.
        savepoint.rollback()
        return _Outcome(raised=error)
    return _Outcome(result)


def _roll_back(savepoint: NestedTransaction, cause: SQLAlchemyError) -> None:
    # A full disk makes SQLite roll back the whole transaction by itself. Nothing of the batch is kept then, and
    # committing would report success: the cause has to fail everybody.
    try:
        savepoint.rollback()
    except SQLAlchemyError:
        raise cause from None


def _storage_failed(error: Exception) -> StorageFailed:
    cause = getattr(error, "orig", None) or error
    logger.error("storage:failed type=%s reason=%s", type(cause).__name__, cause)
    return StorageFailed(
        "storage_failed",
        f"The hub cannot use its database ({cause}).",
        "Is the disk full, or the data folder gone? What was answered before is kept.",
    )


def _read_only_arguments(url: str) -> dict[str, Any]:
    if make_url(url).drivername != "postgresql+asyncpg":
        return {}
    return {"server_settings": {"default_transaction_read_only": "on"}}


def _sqlite_readers(url: str) -> Readers:
    engine = create_engine(
        make_url(url).set(drivername="sqlite"),
        pool_size=CONNECTIONS,
        max_overflow=CONNECTIONS,
        connect_args={"check_same_thread": False},
    )
    _prepare_sqlite(engine, writes=False)
    return ThreadReaders(engine)


def _async_readers(url: str) -> Readers:
    return AsyncReaders(
        create_async_engine(
            url, pool_size=4, max_overflow=4, pool_pre_ping=True, connect_args=_read_only_arguments(url)
        )
    )


def _prepare_sqlite(engine: Engine, *, writes: bool) -> None:
    # The driver's own idea of when a transaction begins is switched off; ours begins at once and takes the write lock,
    # so that two processes on one file wait for each other instead of failing in the middle.
    @event.listens_for(engine, "connect")
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

    @event.listens_for(engine, "begin")
    def _on_begin(connection: Connection) -> None:
        connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")


def _migrate(connection: Connection) -> None:
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    config.attributes["connection"] = connection
    command.upgrade(config, "head")
