"""SQLite: brings the schema to this program's version; connections with the right pragmas."""

from __future__ import annotations

import contextlib
import sqlite3
import time
from collections.abc import Iterator
from pathlib import Path

import structlog

from service.store.errors import DatabaseUnavailable
from service.store.sql.migrations import MIGRATIONS

__all__ = ["MIGRATIONS", "connect", "migrate"]

log = structlog.get_logger()

MIN_SQLITE_VERSION = (3, 38, 0)  # the first with -> and ->> for JSON
BUSY_TIMEOUT_SECONDS = 5.0  # for the write lock of another process
MIGRATION_LOCK_SECONDS = 60.0  # another process may hold it while it migrates


def connect(path: Path, *, timeout: float | None = None) -> sqlite3.Connection:
    """A connection with durable commits. Raises sqlite3.Error.

    It waits `timeout` (or BUSY_TIMEOUT_SECONDS) for a lock that another process holds.
    """
    connection = sqlite3.connect(
        path, isolation_level=None, timeout=BUSY_TIMEOUT_SECONDS, check_same_thread=False
    )
    try:
        _set_pragmas(connection, timeout)
    except BaseException:
        connection.close()
        raise
    return connection


def _set_pragmas(connection: sqlite3.Connection, timeout: float | None) -> None:
    if connection.execute("PRAGMA page_count").fetchone() == (0,):
        # has an effect only before the first page; later it would only wait for the write lock
        connection.execute("PRAGMA auto_vacuum = INCREMENTAL")
    _use_wal(connection)
    connection.execute("PRAGMA synchronous = FULL")  # 202 means durable, also without power
    if timeout is not None:  # last: recovery after a crash of another process takes a moment
        connection.execute(f"PRAGMA busy_timeout = {int(timeout * 1000)}")


def _use_wal(connection: sqlite3.Connection) -> None:
    """Switch to WAL; retries, since SQLite's busy timeout does not apply to this."""
    deadline = time.monotonic() + BUSY_TIMEOUT_SECONDS
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
    """Bring the schema to this program's version. Raises DatabaseUnavailable."""
    if sqlite3.sqlite_version_info < MIN_SQLITE_VERSION:
        raise DatabaseUnavailable(
            f"SQLite 3.38 or newer is needed; this Python has {sqlite3.sqlite_version}."
        )
    try:
        with contextlib.closing(connect(path)) as connection:
            _migrate(connection)
    except sqlite3.Error as error:
        raise DatabaseUnavailable(f"The database {path} cannot be used ({error}).") from error


def _migrate(connection: sqlite3.Connection) -> None:
    version = _version(connection)
    if version > len(MIGRATIONS):
        raise DatabaseUnavailable(
            f"The database is of version {version}, newer than this program's {len(MIGRATIONS)}: "
            "start the newer program, or restore the backup from before its first start."
        )
    if 0 < version < len(MIGRATIONS):  # an index over a million rows takes ten seconds
        log.info("migrating the database", from_version=version, to_version=len(MIGRATIONS))
        # another process of the folder may be migrating a million rows
        connection.execute(f"PRAGMA busy_timeout = {int(MIGRATION_LOCK_SECONDS * 1000)}")
    if version == 0:  # empty, so all of it takes one moment, and one commit
        _apply(connection, 0, len(MIGRATIONS))
    for number in range(version, len(MIGRATIONS)):
        _apply(connection, number, number + 1)
    if 0 < version < len(MIGRATIONS):
        log.info("database migrated", from_version=version, to_version=len(MIGRATIONS))


def _apply(connection: sqlite3.Connection, first: int, last: int) -> None:
    """Bring the database from one version to another, unless another process did.

    It is one transaction, and changes nothing that is there already.
    """
    connection.execute("BEGIN IMMEDIATE")
    try:
        for number in range(max(first, _version(connection)), last):
            for statement in _statements(MIGRATIONS[number].read_text(encoding="utf-8")):
                connection.execute(statement)
            connection.execute(f"PRAGMA user_version = {number + 1}")
        connection.execute("COMMIT")
    except BaseException:
        if connection.in_transaction:
            connection.execute("ROLLBACK")
        raise


def _statements(script: str) -> Iterator[str]:
    """Split a script: `executescript` would commit first."""
    statement = ""
    for piece in script.split(";"):
        statement += piece
        if sqlite3.complete_statement(statement + ";"):
            yield statement
            statement = ""
        else:  # the semicolon is inside a text, a comment or a trigger
            statement += ";"
    yield statement.removesuffix(";")


def _version(connection: sqlite3.Connection) -> int:
    [version] = connection.execute("PRAGMA user_version").fetchone()
    return int(version)
