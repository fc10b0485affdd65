"""Connections to SQLite as they must be, and the schema, version by version."""

from __future__ import annotations

import contextlib
import sqlite3
import time
from pathlib import Path

OLDEST_SQLITE = (3, 38, 0)  # the first with -> and ->> for JSON
BUSY_TIMEOUT = 5.0  # seconds another process may hold the write lock
MIGRATIONS = [Path(__file__).with_name("schema.sql")]
"""File n brings the database from version n to n + 1. Never edit one that was released."""


class DatabaseAway(Exception):  # noqa: N818 - reads as the fact it is
    """SQLite cannot be used just now (locked, full, read-only); nothing of a write is stored."""


def connect(path: Path, *, timeout: float | None = None) -> sqlite3.Connection:
    """A connection on which a commit is durable. Raises sqlite3.Error.

    It waits `timeout` seconds, or BUSY_TIMEOUT, for a lock that another process holds.
    """
    connection = sqlite3.connect(
        path, isolation_level=None, timeout=BUSY_TIMEOUT, check_same_thread=False
    )
    if connection.execute("PRAGMA page_count").fetchone() == (0,):
        # counts only before the first page; later it does nothing but wait for the write lock
        connection.execute("PRAGMA auto_vacuum = INCREMENTAL")
    _use_wal(connection)
    connection.execute("PRAGMA synchronous = FULL")  # 202 means durable, also without power
    if timeout is not None:  # not before: what follows a crash of another process takes a moment
        connection.execute(f"PRAGMA busy_timeout = {int(timeout * 1000)}")
    return connection


def _use_wal(connection: sqlite3.Connection) -> None:
    """Two connections that switch a new database to WAL meet without SQLite's own waiting."""
    deadline = time.monotonic() + BUSY_TIMEOUT
    while True:
        try:
            connection.execute("PRAGMA journal_mode = WAL")
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode != sqlite3.SQLITE_BUSY or time.monotonic() > deadline:
                raise
            time.sleep(0.005)
        else:
            return


def migrate(path: Path) -> None:
    """Bring the schema to this program's version. Raises DatabaseAway."""
    if sqlite3.sqlite_version_info < OLDEST_SQLITE:
        raise DatabaseAway(
            f"SQLite 3.38 or newer is needed; this Python has {sqlite3.sqlite_version}."
        )
    try:
        with contextlib.closing(connect(path)) as connection:
            _migrate(connection)
    except sqlite3.Error as error:
        raise DatabaseAway(f"The database {path} cannot be used ({error}).") from error


def _migrate(connection: sqlite3.Connection) -> None:
    version = _version(connection)
    if version > len(MIGRATIONS):
        raise DatabaseAway(
            f"The database is of version {version}, newer than this program's {len(MIGRATIONS)}: "
            "start the newer program."
        )
    for number, file in enumerate(MIGRATIONS[version:], version + 1):
        # one transaction a version: a crash in the middle leaves the one before
        script = f"BEGIN IMMEDIATE;\n{file.read_text()}\nPRAGMA user_version = {number};\nCOMMIT;"
        try:
            connection.executescript(script)
        except sqlite3.Error:
            if connection.in_transaction:
                connection.execute("ROLLBACK")
            if _version(connection) < number:  # else another process has just done it
                raise


def _version(connection: sqlite3.Connection) -> int:
    [version] = connection.execute("PRAGMA user_version").fetchone()
    return int(version)
