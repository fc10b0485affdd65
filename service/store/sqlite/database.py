"""SQLite: one writer that commits in groups, point reads on the event loop, and four readers.

What arrives while a commit runs shares the next one, so durability costs one fsync a batch and
not one a request. Statements take their rows as one JSON parameter (`json_each(?)`): sqlite3 gives
the interpreter lock away at every step, and once a batch is much cheaper than once a row.
"""

from __future__ import annotations

import asyncio
import contextlib
import queue
import re
import sqlite3
import threading
import time
from collections import deque
from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgspec
import structlog

from service.metrics import QUICK_BUCKETS_SECONDS, ROW_BUCKETS, Histogram
from service.store.errors import DatabaseUnavailable, RowsRejected
from service.store.sql.migrations import connect, migrate
from service.store.sqlite.reader import Reader, Rows

__all__ = ["Database", "DatabaseUnavailable", "Rows", "RowsRejected", "Write"]

log = structlog.get_logger()

POINT_TIMEOUT_SECONDS = (
    0.05  # seconds; a point read happens on the event loop, which must not be held up
)
CLIENT_READ_SECONDS = 2.0  # what clients ask for takes some ms: every filter has its index
MOST_LISTS_WAITING = 200
MOST_SHORT_READS_WAITING = 2000  # without Redis every feed is read here

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
"""Errors that say nothing about the rows: the same write may succeed later."""


@dataclass(frozen=True, slots=True, eq=False)
class Write:
    """Statements that are carried out together over the same rows, given as `json_each(?)`.

    The same object called several times may be carried out once, over the rows of all callers.
    """

    name: str
    statements: tuple[str, ...]


class _Call(msgspec.Struct, frozen=True, eq=False):
    """The rows of one caller, who waits for them to be committed."""

    write: Write
    rows: Sequence[Sequence[Any]]
    future: asyncio.Future[list[Rows]]
    then: Callable[[list[Rows]], None] | None


_Outcomes = list[tuple[Sequence[_Call], list[Rows] | Exception]]

APPLICATION_ID = 0x4665_6564  # "Feed"; `file feedmill.db` shows it
_PROBE = Write("probe", (f"PRAGMA application_id = {APPLICATION_ID}",))
"""Changes nothing, and yet needs all that a commit needs: the lock, and room on the disk."""
PROBED_SECONDS = 1.0  # seconds for which a commit shows that the next one would succeed as well
PROBE_TIMEOUT_SECONDS = 2.0  # seconds a probe may take: who asks for readiness waits no longer


class Database:
    """Open it with `async with Database.open(path)`; it ends with everything committed."""

    def __init__(self, path: Path) -> None:
        self._loop = asyncio.get_running_loop()
        self._waiting: deque[_Call] = deque()  # the loop puts in, the writer takes out
        self._committing = False
        self._closed = False
        self._away = False  # the last commit failed for a reason that passes
        self._quiet = asyncio.Event()
        self._quiet.set()
        self._wake: queue.SimpleQueue[bool] = queue.SimpleQueue()  # False: it is to end
        self._writer = connect(path)
        self._point = connect(path, timeout=POINT_TIMEOUT_SECONDS)
        self._own = Reader(path, "own")
        self.backlog = Reader(path, "backlog")
        """For looks at all that waits: with 200,000 requests they take up to a second."""
        limit = CLIENT_READ_SECONDS
        self.lists = Reader(path, "lists", limit=limit, most_waiting=MOST_LISTS_WAITING)
        """For pages that clients ask for; many of them delay nothing but each other."""
        self.short = Reader(path, "short", limit=limit, most_waiting=MOST_SHORT_READS_WAITING)
        """For what clients ask for and is read in an instant: feeds."""
        self._thread = threading.Thread(target=self._commit_loop, name="sqlite-writer", daemon=True)
        self._thread.start()
        self._path = path
        self._good = 0.0  # time.monotonic() of the last commit, unless one has failed since
        self.commits = 0
        self.rows = 0
        self.failures = 0
        self.batches = Histogram(ROW_BUCKETS)
        """Rows in a commit."""
        self.seconds = Histogram(QUICK_BUCKETS_SECONDS)
        """What a commit takes, of those that succeed."""

    @classmethod
    @contextlib.asynccontextmanager
    async def open(cls, path: Path) -> AsyncIterator[Database]:
        """Open, and bring the schema to this version. Raises DatabaseUnavailable."""
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
        self._writer.close()
        self._point.close()
        for reader in (self._own, self.backlog, self.lists, self.short):
            await reader.close()

    # ------------------------------------------------------------------ writing
    def write(
        self,
        write: Write,
        rows: Sequence[Sequence[Any]],
        then: Callable[[list[Rows]], None] | None = None,
    ) -> asyncio.Future[list[Rows]]:
        """A future, done when `rows` are committed. Fails with DatabaseUnavailable, RowsRejected.

        Its result has, per statement, what RETURNING gave for the whole commit: other callers'
        rows are among it, so look for your own keys. `then` is called with it before anybody goes
        on who waits for a row of the same commit, also when its own caller has left.
        """
        future: asyncio.Future[list[Rows]] = self._loop.create_future()
        if self._closed:
            future.set_exception(DatabaseUnavailable("The database is closed."))
            return future
        self._waiting.append(_Call(write, rows, future, then))
        if not self._committing:
            self._committing = True
            self._quiet.clear()
            # not before the other requests of this turn of the loop have joined
            self._loop.call_soon(self._wake.put, True)
        return future

    def _commit_loop(self) -> None:
        batch: list[_Call] = []
        while batch or self._wake.get():
            batch = batch or self._take()
            began = time.perf_counter()
            outcomes = self._commit(batch)
            took = time.perf_counter() - began
            batch = self._take()  # at once: the loop may be busy for longer than a commit takes
            with contextlib.suppress(RuntimeError):  # the loop is gone: nobody waits any more
                self._loop.call_soon_threadsafe(self._committed, outcomes, took, bool(batch))

    def _take(self) -> list[_Call]:
        """All that waits by now; only this thread takes, so there is at least so much."""
        return [self._waiting.popleft() for _ in range(len(self._waiting))]

    def _commit(self, batch: Sequence[_Call]) -> _Outcomes:
        try:
            return self._transaction(batch)
        except Exception as error:  # noqa: BLE001 - whatever it is, somebody waits for an answer
            with contextlib.suppress(sqlite3.Error):
                if self._writer.in_transaction:
                    self._writer.execute("ROLLBACK")
            if _passes(error) or len(batch) == 1:
                return [(batch, error)]
        # rows that cannot be stored must not take their neighbours with them
        half = len(batch) // 2
        return self._commit(batch[:half]) + self._commit(batch[half:])

    def _transaction(self, batch: Sequence[_Call]) -> _Outcomes:
        calls: dict[Write, list[_Call]] = {}
        for call in batch:
            calls.setdefault(call.write, []).append(call)
        self._writer.execute("BEGIN IMMEDIATE")
        done: _Outcomes = []
        for write, together in calls.items():
            rows = _json([row for call in together for row in call.rows])
            returned = [
                self._writer.execute(statement, (rows,) if "?" in statement else ()).fetchall()
                for statement in write.statements
            ]
            done.append((together, returned))
        self._writer.execute("COMMIT")
        return done

    def _committed(self, outcomes: _Outcomes, took: float, goes_on: bool) -> None:
        """Tell who waited; `goes_on` if the writer is at the next commit already."""
        self.commits += 1
        self._measure(outcomes, took)
        for calls, outcome in outcomes:
            self._tell(calls, outcome)
            for call in calls:
                self.rows += len(call.rows)
                if call.then is not None and not isinstance(outcome, Exception):
                    self._follow(call, call.then, outcome)
                if call.future.done():  # its caller has left
                    continue
                if isinstance(outcome, Exception):
                    kind = DatabaseUnavailable if _passes(outcome) else RowsRejected
                    call.future.set_exception(kind(f"{call.write.name}: {outcome}"))
                else:
                    call.future.set_result(outcome)
        if goes_on:
            return
        if self._waiting:
            self._wake.put(True)
        else:
            self._committing = False
            self._quiet.set()

    def _follow(self, call: _Call, then: Callable[[list[Rows]], None], outcome: list[Rows]) -> None:
        try:
            then(outcome)
        except Exception:  # a defect: who else waits must not suffer for it
            log.exception("handler failed", write=call.write.name)

    def _tell(self, calls: Sequence[_Call], outcome: list[Rows] | Exception) -> None:
        """What passes is worth one line when it begins and one when it is over."""
        if not isinstance(outcome, Exception):
            if self._away:
                log.info("commits go on")
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
        self._good = 0.0 if any(map(_passes, errors)) else time.monotonic()

    async def check(self) -> None:
        """Raises DatabaseUnavailable, with the reason, if it cannot be read or written."""
        try:
            self.get("SELECT 1 FROM requests LIMIT 1")
        except DatabaseUnavailable as error:
            raise DatabaseUnavailable("Cannot be read.") from error
        if time.monotonic() - self._good < PROBED_SECONDS:
            return
        try:
            async with asyncio.timeout(PROBE_TIMEOUT_SECONDS):
                await self.write(_PROBE, ())
        except (DatabaseUnavailable, RowsRejected, TimeoutError) as error:
            raise DatabaseUnavailable("Cannot be written.") from error

    @property
    def folder(self) -> Path:
        """Where its file is: the data folder."""
        return self._path.parent

    def size(self) -> int:
        """Bytes of its files."""
        files = self._path.parent.glob(f"{self._path.name}*")  # with its log
        return sum(file.stat().st_size for file in files)

    # ------------------------------------------------------------------ reading
    def get(self, sql: str, *parameters: Any) -> tuple[Any, ...] | None:
        """One row by primary key, at once. Raises DatabaseUnavailable."""
        rows = self.few(sql, *parameters)
        return rows[0] if rows else None

    def few(self, sql: str, *parameters: Any) -> Rows:
        """Some rows by primary key, at once. Raises DatabaseUnavailable.

        On the event loop on purpose: a look-up in a page cache takes some 10 µs and WAL readers
        never wait, while a trip to another thread costs ten times that under load.
        """
        try:
            return self._point.execute(sql, parameters).fetchall()
        except sqlite3.Error as error:
            raise DatabaseUnavailable(str(error)) from error

    async def all(self, sql: str, *parameters: Any) -> Rows:
        """All rows of a query of the service's own clockwork; runs beside the event loop.

        Deadlines, the relay, retention: what clients ask for is read by `lists` and `short`.
        Raises DatabaseUnavailable.
        """
        return await self._own.all(sql, *parameters)


def _passes(error: Exception) -> bool:
    code = getattr(error, "sqlite_errorcode", None)
    return code is not None and code & 0xFF in PASSING


_NUL = re.compile(r"(?<!\\)((?:\\\\)*)\\u0000")


def _json(rows: Sequence[Sequence[Any]]) -> str:
    """Rows as JSON. SQLite ends a text at a NUL, so one is stored as the replacement character."""
    text = msgspec.json.encode(rows).decode()
    return _NUL.sub(r"\1\\ufffd", text) if r"\u0000" in text else text
