"""A thread that reads SQLite, with a bounded queue and a time limit."""

from __future__ import annotations

import asyncio
import math
import sqlite3
import threading
import time
from collections import Counter, deque
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import Any

from service.store.database import Rows
from service.store.errors import DatabaseUnavailable, ReadRejected
from service.store.sqlite.dialect import render

CACHE_KIB = 2000  # of pages; SQLite's own default
STEPS_BETWEEN_CHECKS = 10_000  # of SQLite's virtual machine, for the time limit: under a ms

Job = tuple["Future[Rows]", str, tuple[Any, ...], float]  # with SQL, parameters, when it was queued


class ReadThread:
    """Runs one query at a time, on a separate connection and thread.

    Clients take turns: many reads of one delay those of another by one query at most. `limit` is in
    seconds (None for no limit): a query that takes longer is stopped, and one that has waited
    longer is not begun. At most `max_waiting` reads wait or run at a time, at most a quarter of
    them for one client.
    """

    def __init__(
        self,
        path: Path,
        name: str,
        *,
        limit: float | None = None,
        max_waiting: int = 1000,
        cache_kib: int = CACHE_KIB,
    ) -> None:
        self._limit = limit
        self._max_waiting = max_waiting
        self._waiting: Counter[str] = Counter()  # by client, with the running one
        self._jobs: dict[str, deque[Job]] = {}  # by client, in the order of their turns
        self._lock = threading.Lock()  # around `_jobs`
        self._deadline = math.inf  # time.monotonic() when the running query is stopped
        self._closed = False
        self._executor = ThreadPoolExecutor(1, f"sqlite-{name}")
        self._connection = sqlite3.connect(
            f"{path.resolve().as_uri()}?mode=ro",
            uri=True,
            isolation_level=None,
            check_same_thread=False,
        )
        self._connection.execute(f"PRAGMA cache_size = -{cache_kib}")
        self._connection.set_progress_handler(self._is_to_stop, STEPS_BETWEEN_CHECKS)

    async def all(self, sql: str, *parameters: Any, client: str = "") -> Rows:
        """All rows of a query. Raises DatabaseUnavailable, ReadRejected.

        `client` identifies the caller for its turns and its share of the queue; "" has no share.
        """
        most = self._max_waiting // 4 if client else self._max_waiting
        if self._waiting[client] >= most or self._waiting.total() >= self._max_waiting:
            raise ReadRejected("Too many reads are waiting; try again later.")
        self._waiting[client] += 1
        future: Future[Rows] = Future()
        try:
            with self._lock:
                self._executor.submit(self._run_next)
                job = (future, sql, parameters, time.monotonic())
                self._jobs.setdefault(client, deque()).append(job)
            return await asyncio.wrap_future(future)
        except sqlite3.Error as error:
            raise DatabaseUnavailable(str(error)) from error
        finally:
            self._waiting[client] -= 1
            if not self._waiting[client]:
                del self._waiting[client]

    def _run_next(self) -> None:
        """Run the oldest read of the client whose turn it is."""
        with self._lock:
            client = next(iter(self._jobs))
            jobs = self._jobs.pop(client)
            future, sql, parameters, queued_at = jobs.popleft()
            if jobs:
                self._jobs[client] = jobs  # behind the other clients
        if not future.set_running_or_notify_cancel():
            return
        try:
            future.set_result(self._read(sql, parameters, queued_at))
        except BaseException as error:  # noqa: BLE001 - any error has to reach the caller
            future.set_exception(error)

    def _read(self, sql: str, parameters: tuple[Any, ...], queued_at: float) -> Rows:
        if self._limit is not None:
            now = time.monotonic()
            self._deadline = now + self._limit
            if now > queued_at + self._limit:
                raise ReadRejected("Other reads take too long; try again later.")
        try:
            return self._connection.execute(render(sql), parameters).fetchall()
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode != sqlite3.SQLITE_INTERRUPT:
                raise
            raise ReadRejected("Reading this takes too long; ask for less of it.") from error

    def _is_to_stop(self) -> bool:
        return self._closed or time.monotonic() > self._deadline

    async def close(self) -> None:
        """Stop the running query, and end the thread."""
        self._closed = True  # `interrupt` would miss a query that is about to begin
        await asyncio.to_thread(self._executor.shutdown)
        self._connection.close()
