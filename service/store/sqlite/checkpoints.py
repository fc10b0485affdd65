"""Checkpoints: a thread copies the write-ahead log into the database, beside the commits.

By default SQLite does this inside a commit, as soon as the log has 1,000 pages: once a second at a
hundred requests a second, and everything that waits for that commit waits for the disk three times.
"""

from __future__ import annotations

import contextlib
import sqlite3
import threading
from pathlib import Path

from service.store.sqlite.migrations import connect

CHECKPOINT_SECONDS = 1.0  # between two of them while there are commits
MAX_LOG_PAGES = 5_000  # 20 MB: with more, a commit does it, so that the log begins from its start


class Checkpoints:
    """The thread, with a connection of its own; it sleeps while nothing is written."""

    def __init__(self, path: Path, writer: sqlite3.Connection) -> None:
        writer.execute(f"PRAGMA wal_autocheckpoint = {MAX_LOG_PAGES}")
        self._connection = connect(path)
        self._written = threading.Event()
        self._closed = threading.Event()
        self._thread = threading.Thread(target=self._run, name="sqlite-checkpoints", daemon=True)
        self._thread.start()

    def written(self) -> None:
        """A commit has happened. Called by the thread that writes."""
        if not self._written.is_set():
            self._written.set()

    def close(self) -> None:
        """End the thread; SQLite makes the last checkpoint when the last connection closes."""
        self._closed.set()
        self._written.set()
        self._thread.join()
        self._connection.close()

    def _run(self) -> None:
        while self._written.wait() and not self._closed.wait(CHECKPOINT_SECONDS):
            self._written.clear()
            with contextlib.suppress(sqlite3.Error):  # a commit will show it
                # passive: it waits for no reader or writer, and none waits for it
                self._connection.execute("PRAGMA wal_checkpoint(PASSIVE)").fetchone()
