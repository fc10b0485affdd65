"""PostgreSQL: two lanes of writers that commit in groups, and readers.

Writes that arrive during a commit share the next one of their lane: results do not wait for what is
accepted, nor the other way round. Reads go to the same, writable host: a reader sees what it was
told before.
"""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AbstractAsyncContextManager
from typing import Any

from service.store.database import CLIENT_READ_SECONDS, Durability, Rows
from service.store.errors import DatabaseUnavailable, RowsRejected
from service.store.postgres.connection import Hosts
from service.store.postgres.lane import Lane, Outcomes
from service.store.postgres.migrations import migrate
from service.store.postgres.readers import Readers
from service.store.postgres.seat import PostgresSeat
from service.store.postgres.words import PostgresWords
from service.store.sql.statements import Write
from service.telemetry.metrics import QUICK_BUCKETS_SECONDS, ROW_BUCKETS, Histogram

ACCEPTING = "accept"  # how the names of writes begin for which a 202 waits
POINT_CONNECTIONS, OTHER_CONNECTIONS = 4, 2
MAX_WAITING_LISTS = 200
MAX_WAITING_SHORT_READS = 2000  # without Redis every feed is read here

_PROBE = Write("probe", "", ("SELECT pg_current_xact_id()",))
"""Changes nothing, but needs all that a commit needs: a host that can be written, its standbys."""
PROBED_SECONDS = 1.0  # after a commit, in which the database counts as writable
PROBE_TIMEOUT_SECONDS = 2.0  # that a readiness check waits for a probe at most


class Database:
    """The database: open it with `async with Database.open(url)`; closing commits everything."""

    def __init__(self, hosts: Hosts, engine: str, durability: Durability) -> None:
        self._hosts = hosts
        self.is_remote = True
        self.engine = engine
        self.durability: Durability | None = durability
        self.commits = self.rows = self.failures = 0
        self.batches = Histogram(ROW_BUCKETS)
        """Rows in a commit."""
        self.seconds = Histogram(QUICK_BUCKETS_SECONDS)
        """Durations of successful commits."""
        self._last_good_at = 0.0  # time.monotonic() of the last commit, unless one has failed since
        self._accepting, self._results = Lane(hosts, self._measure), Lane(hosts, self._measure)
        limit = CLIENT_READ_SECONDS
        self._points = Readers(hosts, POINT_CONNECTIONS)
        self.backlog = Readers(hosts, OTHER_CONNECTIONS)
        self.lists = Readers(hosts, OTHER_CONNECTIONS, limit=limit, max_waiting=MAX_WAITING_LISTS)
        self.short = Readers(
            hosts, OTHER_CONNECTIONS, limit=limit, max_waiting=MAX_WAITING_SHORT_READS
        )
        self.words = PostgresWords(self)

    @classmethod
    @contextlib.asynccontextmanager
    async def open(cls, url: str) -> AsyncIterator[Database]:
        """Open the database and migrate its schema. Raises DatabaseUnavailable."""
        hosts = Hosts(url)
        database = cls(hosts, *await migrate(hosts))
        try:
            yield database
        finally:
            await database._close()

    async def _close(self) -> None:
        await asyncio.gather(self._accepting.close(), self._results.close())
        for readers in (self._points, self.backlog, self.lists, self.short):
            await readers.close()

    def write(
        self,
        write: Write,
        rows: Sequence[Sequence[Any]],
        then: Callable[[list[Rows]], None] | None = None,
    ) -> asyncio.Future[list[Rows]]:
        """A future that is done when `rows` are committed. Raises as `service.store.database`."""
        lane = self._accepting if write.name.startswith(ACCEPTING) else self._results
        return lane.add(write, rows, then)

    def seat(
        self, names: Sequence[str], *, may_lead: bool, alone: bool
    ) -> AbstractAsyncContextManager[PostgresSeat]:
        """Hold the first free one of these names. Raises NodeRefused, DatabaseUnavailable."""
        del alone  # another node may come all the same
        return PostgresSeat.taken(self._hosts, names, may_lead=may_lead)

    def _measure(self, outcomes: Outcomes, seconds: float) -> None:
        self.commits += 1
        self.rows += sum(len(call.rows) for calls, _ in outcomes for call in calls)
        good = [calls for calls, outcome in outcomes if not isinstance(outcome, Exception)]
        if good:
            self.batches.observe(sum(len(call.rows) for calls in good for call in calls))
            self.seconds.observe(seconds)
        self.failures += len(good) < len(outcomes)
        self._last_good_at = time.monotonic() if good else 0.0

    async def check(self) -> None:
        """Check that the database can be read and written. Raises DatabaseUnavailable."""
        try:
            await self.get("SELECT 1 FROM requests LIMIT 1")
        except DatabaseUnavailable as error:
            raise DatabaseUnavailable("Cannot be read.") from error
        if time.monotonic() - self._last_good_at < PROBED_SECONDS:
            return
        try:
            async with asyncio.timeout(PROBE_TIMEOUT_SECONDS):
                await self.write(_PROBE, ())
        except (DatabaseUnavailable, RowsRejected, TimeoutError) as error:
            raise DatabaseUnavailable("Cannot be written.") from error

    async def size(self) -> int:
        """Size of the database in bytes. Raises DatabaseUnavailable."""
        [(size,)] = await self.backlog.all("SELECT pg_database_size(current_database())")
        return int(size)

    async def compact(self) -> None:
        """Autovacuum does it."""

    async def get(self, sql: str, *parameters: Any) -> tuple[Any, ...] | None:
        """One row by primary key. Raises DatabaseUnavailable."""
        rows = await self._points.all(sql, *parameters)
        return rows[0] if rows else None

    async def few(self, sql: str, *parameters: Any) -> Rows:
        """A few rows by primary key. Raises DatabaseUnavailable."""
        return await self._points.all(sql, *parameters)

    async def all(self, sql: str, *parameters: Any) -> Rows:
        """All rows of a query of background tasks. Raises DatabaseUnavailable."""
        return await self.backlog.all(sql, *parameters)
