"""Group commits to SQLite: all writes that arrive during a commit share the next one."""

from __future__ import annotations

import asyncio
import queue
import sqlite3
import threading
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import msgspec

Batch = dict[str, list[Sequence[Any]]]
"""Rows by the statement that takes them."""


def connect(path: Path, synchronous: str) -> sqlite3.Connection:
    """A connection in WAL mode."""
    database = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
    database.execute("PRAGMA journal_mode = WAL")
    database.execute(f"PRAGMA synchronous = {synchronous}")
    return database


class GroupCommit:
    """Commits in a separate thread; each statement takes its rows as one JSON parameter."""

    def __init__(self, database: sqlite3.Connection) -> None:
        self._database = database
        self._loop = asyncio.get_running_loop()
        self._rows: Batch = {}
        self._waiting: list[asyncio.Future[None]] = []
        self._busy = False
        self._jobs: queue.SimpleQueue[tuple[Batch, list[asyncio.Future[None]]]] = (
            queue.SimpleQueue()
        )
        threading.Thread(target=self._run, daemon=True).start()

    def write(self, statement: str, rows: Sequence[Sequence[Any]]) -> asyncio.Future[None]:
        """A future that is done when the rows are committed."""
        self._rows.setdefault(statement, []).extend(rows)
        done: asyncio.Future[None] = self._loop.create_future()
        self._waiting.append(done)
        if not self._busy:
            self._busy = True
            self._loop.call_soon(self._hand_over)
        return done

    def _hand_over(self) -> None:
        self._jobs.put((self._rows, self._waiting))
        self._rows, self._waiting = {}, []

    def _run(self) -> None:
        while True:
            batch, waiting = self._jobs.get()
            self._database.execute("BEGIN IMMEDIATE")
            for statement, rows in batch.items():
                self._database.execute(statement, (msgspec.json.encode(rows).decode(),))
            self._database.execute("COMMIT")
            self._loop.call_soon_threadsafe(self._committed, waiting)

    def _committed(self, waiting: Sequence[asyncio.Future[None]]) -> None:
        for done in waiting:
            if not done.done():
                done.set_result(None)
        if self._waiting:
            self._hand_over()
        else:
            self._busy = False
