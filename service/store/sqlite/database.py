"""SQLite: one writer that commits in groups, point reads on the event loop, and four readers.

Writes that arrive during a commit share the next one, so durability costs one fsync per batch, not
one per request. Statements take their rows as one JSON parameter: sqlite3 releases the interpreter
lock at every step, and once per batch is much cheaper than once per row.
"""

from __future__ import annotations

import asyncio
import contextlib
import queue
import sqlite3
import threading
import time
from collections import deque
from collections.abc import AsyncIterator, Callable, Sequence
from pathlib import Path
from typing import Any

import msgspec
import structlog

from service.store.database import CLIENT_READ_SECONDS, Durability, Rows
from service.store.errors import DatabaseUnavailable, RowsRejected
from service.store.sql.statements import Write, json_of
from service.store.sqlite.checkpoints import Checkpoints
from service.store.sqlite.dialect import render
from service.store.sqlite.migrations import connect, migrate
from service.store.sqlite.reader import ReadThread
from service.store.sqlite.words import SqliteWords
from service.telemetry.metrics import QUICK_BUCKETS_SECONDS, ROW_BUCKETS, Histogram

log = structlog.get_logger()

POINT_TIMEOUT_SECONDS = 0.05  # point reads run on the event loop, which they must not block
MAX_WAITING_LISTS = 200
SHORT_CACHE_KIB = 16 * 1024  # a ranked list looks up some 5,000 rows: a quarter less CPU time
MAX_WAITING_SHORT_READS = 2000  # without Redis every feed is read here

PASSING = {
    sqlite3.SQLITE_BUSY,
    sqlite3.SQLITE_LOCKED,
    sqlite3.SQLITE_NOMEM,
    sqlite3.SQLITE_READONLY,
    sqlite3.SQLITE_IOERR,
    sqlite3.SQLITE_FULL,
    sqlite3.SQLITE_CANTOPEN,
    sqlite3.SQLITE_PROTOCOL,
}
"""Errors that are not caused by the rows: the same write may succeed later."""


class _Call(msgspec.Struct, frozen=True, eq=False):
    """The rows of one caller, which waits for their commit."""

    write: Write
    rows: Sequence[Sequence[Any]]
    future: asyncio.Future[list[Rows]]
    then: Callable[[list[Rows]], None] | None


_Outcomes = list[tuple[Sequence[_Call], list[Rows] | Exception]]

APPLICATION_ID = 0x4665_6564  # "Feed"; `file feedmill.db` shows it
_PROBE = Write("probe", "", (f"PRAGMA application_id = {APPLICATION_ID}",))
"""Changes nothing, but needs all that a commit needs: the lock, and room on the disk."""
VACUUM_PAGES = 2000  # returned to the file system at a time
_VACUUM = Write("vacuum", "", (f"PRAGMA incremental_vacuum({VACUUM_PAGES})",))
PROBED_SECONDS = 1.0  # after a commit, in which the database counts as writable
PROBE_TIMEOUT_SECONDS = 2.0  # that a readiness check waits for a probe at most


class SqliteSeat:
    """The seat of a process of this machine. Several may lead, as all they do may be done twice."""

    def __init__(self, name: str, *, is_shared: bool, leads: bool) -> None:
        self.name = name
        self.is_shared = is_shared
        self.leads = leads
        self.on_lead: Callable[[], None] = lambda: None


class Database:
    """The database: open it with `async with Database.open(path)`; closing commits everything."""

    def __init__(self, path: Path) -> None:
        self._loop = asyncio.get_running_loop()
        self._waiting: deque[_Call] = deque()  # the loop appends, the writer takes
        self._committing = False
        self._closed = False
        self._away = False  # the last commit failed for a temporary reason
        self._quiet = asyncio.Event()
        self._quiet.set()
        self._wake: queue.SimpleQueue[bool] = queue.SimpleQueue()  # False: end the writer
        self._writer = connect(path)
        self._writer.create_function("decode", 2, lambda digits, _: bytes.fromhex(digits))
        self._checkpoints = Checkpoints(path, self._writer)
        self._point = connect(path, timeout=POINT_TIMEOUT_SECONDS)
        self._own = ReadThread(path, "own")
        self.backlog = ReadThread(path, "backlog")
        """For reads over all waiting requests: with 200,000 of them they take up to a second."""
        limit = CLIENT_READ_SECONDS
        self.lists = ReadThread(path, "lists", limit=limit, max_waiting=MAX_WAITING_LISTS)
        """For pages of lists for clients; many of them delay only each other."""
        self.short = ReadThread(
            path,
            "short",
            limit=limit,
            max_waiting=MAX_WAITING_SHORT_READS,
            cache_kib=SHORT_CACHE_KIB,
        )
        """For quick reads for clients: feeds."""
        self._thread = threading.Thread(target=self._commit_loop, name="sqlite-writer", daemon=True)
        self._thread.start()
        self._path = path
        self.words = SqliteWords(self)
        self.engine = f"SQLite {sqlite3.sqlite_version}"
        self.is_remote = False
        self.durability: Durability | None = None
        self._last_good_at = 0.0  # time.monotonic() of the last commit, unless one has failed since
        self.commits = 0
        self.rows = 0
        self.failures = 0
        self.batches = Histogram(ROW_BUCKETS)
        """Rows in a commit."""
        self.seconds = Histogram(QUICK_BUCKETS_SECONDS)
        """Durations of successful commits."""

    @classmethod
    @contextlib.asynccontextmanager
    async def open(cls, path: Path) -> AsyncIterator[Database]:
        """Open the database and migrate its schema. Raises DatabaseUnavailable."""
        try:
            path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        except OSError as error:
            raise DatabaseUnavailable(
                f"{path.parent} cannot be written ({error.strerror})."
            ) from error
        await asyncio.to_thread(migrate, path)
        try:
            database = cls(path)
        except sqlite3.Error as error:
            raise DatabaseUnavailable(f"The database {path} cannot be used ({error}).") from error
        try:
            yield database
        finally:
            await database._close()

    async def _close(self) -> None:
        self._closed = True
        await self._quiet.wait()
        self._wake.put(False)
        await asyncio.to_thread(self._thread.join)
        await asyncio.to_thread(self._checkpoints.close)
        self._writer.close()
        self._point.close()
        for reader in (self._own, self.backlog, self.lists, self.short):
            await reader.close()

    @contextlib.asynccontextmanager
    async def seat(
        self, names: Sequence[str], *, may_lead: bool, alone: bool
    ) -> AsyncIterator[SqliteSeat]:
        """The first name, which a lock in the data folder holds."""
        yield SqliteSeat(names[0], is_shared=not alone, leads=may_lead)

    # ------------------------------------------------------------------ writing
    def write(
        self,
        write: Write,
        rows: Sequence[Sequence[Any]],
        then: Callable[[list[Rows]], None] | None = None,
    ) -> asyncio.Future[list[Rows]]:
        """A future that is done when `rows` are committed.

        Fails with DatabaseUnavailable or RowsRejected. The result has the rows of RETURNING per
        statement, for the whole commit: filter by your own keys, since other callers' rows are
        included. `then` is called with the result before any caller of the same commit continues,
        even if its own caller was cancelled.
        """
        future: asyncio.Future[list[Rows]] = self._loop.create_future()
        if self._closed:
            future.set_exception(DatabaseUnavailable("The database is closed."))
            return future
        self._waiting.append(_Call(write, rows, future, then))
        if not self._committing:
            self._committing = True
            self._quiet.clear()
            # after the other requests of this turn of the event loop have joined
            self._loop.call_soon(self._wake.put, True)
        return future

    def _commit_loop(self) -> None:
        batch: list[_Call] = []
        while batch or self._wake.get():
            batch = batch or self._take_calls()
            began = time.perf_counter()
            outcomes = self._commit(batch)
            took = time.perf_counter() - began
            batch = (
                self._take_calls()
            )  # at once: the loop may be busy for longer than a commit takes
            with contextlib.suppress(RuntimeError):  # the loop is closed: no caller waits
                self._loop.call_soon_threadsafe(self._committed, outcomes, took, bool(batch))

    def _take_calls(self) -> list[_Call]:
        """All waiting calls; only this thread removes any, so at least `len` are there."""
        return [self._waiting.popleft() for _ in range(len(self._waiting))]

    def _commit(self, batch: Sequence[_Call]) -> _Outcomes:
        try:
            return self._transaction(batch)
        except Exception as error:  # noqa: BLE001 - any error has to reach the callers
            with contextlib.suppress(sqlite3.Error):
                if self._writer.in_transaction:
                    self._writer.execute("ROLLBACK")
            if _passes(error) or len(batch) == 1:
                return [(batch, error)]
        # rows that cannot be stored must not fail the others of the batch
        half = len(batch) // 2
        return self._commit(batch[:half]) + self._commit(batch[half:])

    def _transaction(self, batch: Sequence[_Call]) -> _Outcomes:
        calls: dict[Write, list[_Call]] = {}
        for call in batch:
            calls.setdefault(call.write, []).append(call)
        self._writer.execute("BEGIN IMMEDIATE")
        done: _Outcomes = []
        for write, together in calls.items():
            all_rows = [row for call in together for row in call.rows]
            rows = json_of(all_rows)
            statements = [render(statement, write.rows) for statement in write.statements]
            returned = [
                self._writer.execute(statement, (rows,) if "?" in statement else ()).fetchall()
                for statement in statements
            ]
            if (also := write.consequence) and (more := also.of(all_rows, returned)):
                self._writer.execute(render(also.statement, also.rows), (json_of(more),))
            done.append((together, returned))
        self._writer.execute("COMMIT")
        self._checkpoints.written()
        return done

    def _committed(self, outcomes: _Outcomes, took: float, continues: bool) -> None:
        """Resolve the callers' futures; `continues` if the writer has begun the next commit."""
        self.commits += 1
        self._measure(outcomes, took)
        for calls, outcome in outcomes:
            self._log_outcome(calls, outcome)
            for call in calls:
                self.rows += len(call.rows)
                if call.then is not None and not isinstance(outcome, Exception):
                    self._call_then(call, call.then, outcome)
                if call.future.done():  # its caller was cancelled
                    continue
                if isinstance(outcome, Exception):
                    kind = DatabaseUnavailable if _passes(outcome) else RowsRejected
                    call.future.set_exception(kind(f"{call.write.name}: {outcome}"))
                else:
                    call.future.set_result(outcome)
        if continues:
            return
        if self._waiting:
            self._wake.put(True)
        else:
            self._committing = False
            self._quiet.set()

    def _call_then(
        self, call: _Call, then: Callable[[list[Rows]], None], outcome: list[Rows]
    ) -> None:
        try:
            then(outcome)
        except Exception:  # a defect, which must not affect other callers
            log.exception("handler failed", write=call.write.name)

    def _log_outcome(self, calls: Sequence[_Call], outcome: list[Rows] | Exception) -> None:
        """Log a failure; a temporary one once at its beginning and once at its end."""
        if not isinstance(outcome, Exception):
            if self._away:
                log.info("commits succeed again")
            self._away = False
        elif not (self._away and _passes(outcome)):
            self._away = _passes(outcome)
            names = sorted({call.write.name for call in calls})
            log.error("commit failed", writes=names, reason=str(outcome))

    def _measure(self, outcomes: _Outcomes, took: float) -> None:
        good = [calls for calls, outcome in outcomes if not isinstance(outcome, Exception)]
        if good:
            self.batches.observe(sum(len(call.rows) for calls in good for call in calls))
            self.seconds.observe(took)
        errors = [outcome for _, outcome in outcomes if isinstance(outcome, Exception)]
        self.failures += bool(errors)
        self._last_good_at = 0.0 if any(map(_passes, errors)) else time.monotonic()

    async def check(self) -> None:
        """Check that the database can be read and written.

        Raises DatabaseUnavailable with a sentence that says which of them fails.
        """
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
        """Size of its files in bytes."""
        return await asyncio.to_thread(self._size)

    def _size(self) -> int:
        files = self._path.parent.glob(f"{self._path.name}*")  # including the write-ahead log
        return sum(file.stat().st_size for file in files)

    async def compact(self) -> None:
        """Return free pages to the file system. Raises DatabaseUnavailable."""
        await self.write(_VACUUM, [])

    # ------------------------------------------------------------------ reading
    async def get(self, sql: str, *parameters: Any) -> tuple[Any, ...] | None:
        """One row by primary key. Raises DatabaseUnavailable."""
        rows = await self.few(sql, *parameters)
        return rows[0] if rows else None

    async def few(self, sql: str, *parameters: Any) -> Rows:
        """A few rows by primary key. Raises DatabaseUnavailable.

        SQLite reads them at once, on the event loop, without ever suspending the caller: a look-up
        in the page cache takes some 10 µs and WAL readers never wait, while a hop to another
        thread costs ten times as much under load.
        """
        try:
            return self._point.execute(render(sql), parameters).fetchall()
        except sqlite3.Error as error:
            raise DatabaseUnavailable(str(error)) from error

    async def all(self, sql: str, *parameters: Any) -> Rows:
        """All rows of a query of background tasks; runs in a thread.

        For deadlines, the relay, retention: queries of clients use `lists` and `short`. Raises
        DatabaseUnavailable.
        """
        return await self._own.all(sql, *parameters)


def _passes(error: Exception) -> bool:
    code = getattr(error, "sqlite_errorcode", None)
    return code is not None and code & 0xFF in PASSING
