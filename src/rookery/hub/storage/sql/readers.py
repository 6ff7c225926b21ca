"""Connections for reading, which cannot write.

SQLite's are used in threads, a whole statement with all its rows at a time: the asynchronous driver hands every step
of a statement to a thread and back, which cost a third of the messages a second (measured: docs/performance.md).
"""

from __future__ import annotations

import asyncio
import contextlib
import threading
from collections.abc import AsyncIterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Protocol

from sqlalchemy import Executable
from sqlalchemy.engine import Connection, Dialect, Engine, Result
from sqlalchemy.ext.asyncio import AsyncEngine

CONNECTIONS = 8
THREADS = 4


Rows = Result[Any]


class Reader(Protocol):
    """One connection, for one reading; all its statements see the same state of the database."""

    @property
    def dialect(self) -> Dialect:
        """Which database it is."""
        ...

    async def execute(self, statement: Executable, /) -> Rows:
        """Gives all rows, already fetched. Raises SQLAlchemyError."""
        ...


class Readers(Protocol):
    """Gives connections for reading."""

    def connect(self) -> contextlib.AbstractAsyncContextManager[Reader]: ...

    async def aclose(self) -> None:
        """Closes every connection."""
        ...


class AsyncReaders:
    """Connections of an asynchronous driver."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine

    @contextlib.asynccontextmanager
    async def connect(self) -> AsyncIterator[Reader]:
        async with self._engine.connect() as connection:
            yield connection

    async def aclose(self) -> None:
        await self._engine.dispose()


class ThreadReaders:
    """Connections used in threads; `engine` holds at least `CONNECTIONS`, and they may change threads."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._threads = ThreadPoolExecutor(max_workers=THREADS, thread_name_prefix="database-reader")
        # Whoever waits for a connection waits here, not in a thread that those who have one need to go on.
        self._places = asyncio.Semaphore(CONNECTIONS)

    @contextlib.asynccontextmanager
    async def connect(self) -> AsyncIterator[Reader]:
        async with self._places:
            reader = _ThreadReader(self._engine, self._threads)
            try:
                yield reader
            finally:
                reader.close()

    async def aclose(self) -> None:
        await asyncio.to_thread(self._threads.shutdown)
        self._engine.dispose()


class _ThreadReader:
    def __init__(self, engine: Engine, threads: ThreadPoolExecutor) -> None:
        self._engine = engine
        self._threads = threads
        self._connection: Connection | None = None
        self._is_used = threading.Lock()

    @property
    def dialect(self) -> Dialect:
        return self._engine.dialect

    async def execute(self, statement: Executable, /) -> Rows:
        return await asyncio.get_running_loop().run_in_executor(self._threads, self._execute, statement)

    def _execute(self, statement: Executable) -> Rows:
        with self._is_used:
            if self._connection is None:
                self._connection = self._engine.connect()
            return self._connection.execute(statement).freeze()()

    def close(self) -> None:
        """Gives the connection back: at once, since that does no input or output, or after the running statement."""
        if self._is_used.acquire(blocking=False):
            try:
                self._close()
            finally:
                self._is_used.release()
        else:
            # Who asked has been cancelled in the middle of a statement.
            self._threads.submit(self._close_when_free)

    def _close_when_free(self) -> None:
        with self._is_used:
            self._close()

    def _close(self) -> None:
        connection, self._connection = self._connection, None
        if connection is not None:
            connection.close()
