"""Copies a SQLite database that no service uses into an empty PostgreSQL database.

All of it is one transaction: every table is read back and compared before the commit. The index of
the search is not copied; the service makes it again.
"""

from __future__ import annotations

import contextlib
import hashlib
import sqlite3
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import asyncpg
import msgspec

from service.store.errors import DatabaseUnavailable
from service.store.postgres.connection import Hosts
from service.store.postgres.errors import CannotConnect
from service.store.postgres.migrations import migrate
from service.store.sql.statements import without_nuls

BATCH_ROWS = 5000
NOT_COPIED = ("schema_version", "search_mark", "unindexed_requests", "request_words")
"""The version is the same, and the others are of the index of the search."""

_TABLES = """
SELECT tablename FROM pg_tables WHERE schemaname = current_schema() AND tablename <> ALL ($1)
ORDER BY tablename
"""
_COLUMNS = """
SELECT column_name, data_type, is_identity FROM information_schema.columns
WHERE table_schema = current_schema() AND table_name = $1 ORDER BY ordinal_position
"""
_KEY = """
SELECT attname FROM pg_index JOIN pg_attribute ON attrelid = indrelid AND attnum = ANY (indkey)
WHERE indrelid = CAST($1 AS regclass) AND indisprimary ORDER BY array_position(indkey, attnum)
"""

_CONVERSIONS: Mapping[str, Callable[[Any], Any]] = {
    "bigint": int,
    "double precision": float,
    "text": lambda value: without_nuls(str(value)),
    "bytea": bytes,
}


class DifferentRows(Exception):
    """A table has rows that were not copied; the message is the beginning of a sentence."""


@dataclass(frozen=True, slots=True)
class _Table:
    name: str
    types: Mapping[str, str]
    key: tuple[str, ...]
    identity: str | None
    """A column whose numbers are never used again."""

    @property
    def query(self) -> str:
        columns = ", ".join(f'"{name}"' for name in self.types)
        order = ", ".join(f'"{name}"' for name in self.key or self.types)
        return f'SELECT {columns} FROM "{self.name}" ORDER BY {order}'


async def copy(file: Path, url: str) -> dict[str, int]:
    """Copy everything from a database of this version; returns the number of rows of each table.

    Raises DifferentRows, DatabaseUnavailable.
    """
    hosts = Hosts(url)
    await migrate(hosts)
    try:
        connection = await hosts.connect({"idle_in_transaction_session_timeout": "0"})
    except CannotConnect as error:
        raise DatabaseUnavailable(str(error)) from error
    try:
        uri = f"{file.resolve().as_uri()}?mode=ro"
        with contextlib.closing(sqlite3.connect(uri, uri=True)) as source:
            async with connection.transaction():
                counts = await _copy_all(source, connection)
        await connection.execute("ANALYZE")
    except sqlite3.Error as error:
        raise DatabaseUnavailable(f"The database {file} cannot be read ({error}).") from error
    except (asyncpg.PostgresError, asyncpg.InterfaceError, OSError) as error:
        raise DatabaseUnavailable(f"Nothing was copied ({error}).") from error
    finally:
        connection.terminate()
    return counts


async def _copy_all(source: sqlite3.Connection, target: asyncpg.Connection) -> dict[str, int]:
    tables = [await _table(target, name) for (name,) in await target.fetch(_TABLES, NOT_COPIED)]
    for table in tables:
        if await target.fetchval(f'SELECT EXISTS (SELECT 1 FROM "{table.name}")'):
            raise DifferentRows(f"The PostgreSQL database is not empty ({table.name} has rows)")
    # one after the other, since triggers would add rows to other tables
    for table in tables:
        await target.execute(f'ALTER TABLE "{table.name}" DISABLE TRIGGER USER')
    counts = {table.name: await _copy_table(source, target, table) for table in tables}
    for table in tables:
        await target.execute(f'ALTER TABLE "{table.name}" ENABLE TRIGGER USER')
    return counts


async def _table(target: asyncpg.Connection, name: str) -> _Table:
    columns = await target.fetch(_COLUMNS, name)
    identity = [column for column, _, is_identity in columns if is_identity == "YES"]
    return _Table(
        name,
        {column: kind for column, kind, _ in columns},
        tuple(column for (column,) in await target.fetch(_KEY, f'"{name}"')),
        identity[0] if identity else None,
    )


async def _copy_table(source: sqlite3.Connection, target: asyncpg.Connection, table: _Table) -> int:
    read, count = hashlib.sha256(), 0
    for rows in _batches(source, table):
        for row in rows:
            read.update(msgspec.json.encode(row))
        await target.copy_records_to_table(table.name, records=rows, columns=[*table.types])
        count += len(rows)
    if table.identity is not None:
        last = source.execute("SELECT seq FROM sqlite_sequence WHERE name = ?", (table.name,))
        sequence = "SELECT setval(pg_get_serial_sequence($1, $2), $3)"
        if found := last.fetchone():
            await target.execute(sequence, table.name, table.identity, found[0])
    written, there = hashlib.sha256(), 0
    async for record in target.cursor(table.query, prefetch=BATCH_ROWS):
        written.update(msgspec.json.encode(tuple(record)))
        there += 1
    if (there, written.digest()) != (count, read.digest()):
        raise DifferentRows(
            f"{table.name} has other rows in PostgreSQL ({there}) than in SQLite ({count})"
        )
    return count


def _batches(source: sqlite3.Connection, table: _Table) -> Iterator[list[tuple[Any, ...]]]:
    """The rows of a table as PostgreSQL has them: SQLite lets a column have values of any type."""
    convert = [_CONVERSIONS[kind] for kind in table.types.values()]
    cursor = source.execute(table.query)
    while rows := cursor.fetchmany(BATCH_ROWS):
        yield [
            tuple(
                None if value is None else to(value) for value, to in zip(row, convert, strict=True)
            )
            for row in rows
        ]
