"""One transaction at a time on a connection, and what became of it when its answer is lost."""

from __future__ import annotations

import asyncio
import contextlib
import re
from collections.abc import Collection, Mapping, Sequence
from functools import lru_cache
from typing import Any, Protocol, TypeVar

import asyncpg

from service.store.database import Rows
from service.store.postgres.connection import ANSWER_SECONDS, HOST_SECONDS, Hosts, given_up
from service.store.postgres.dialect import render
from service.store.postgres.errors import AGAIN, passes
from service.store.sql.statements import Write, json_of

CANCELLED_WAIT = "canceling wait for synchronous replication"
SERIAL_LOCK = 0x4665_6564_0001  # "Feed"; from the stamp of what readers follow to its commit
ASK_PAUSE_SECONDS = 0.1  # between two questions what became of a transaction
_REQUESTS = re.compile(r"\b(UPDATE|FROM|JOIN) requests\b")  # new ones need no lock
_TIMELINE = "left(pg_walfile_name(pg_current_wal_insert_lsn()), 8)"
NUMBER = f"SELECT concat({_TIMELINE}, '/', pg_current_xact_id())"
"""Timeline and number of the transaction, for the case that the answer to its commit is lost."""
_LOCK = f"""
{NUMBER}, count(*) FROM (
  SELECT 1 FROM requests WHERE id IN (SELECT value FROM jsonb_array_elements_text($1::jsonb))
  ORDER BY id FOR UPDATE
) AS locked
"""
# A standby that was promoted gives the numbers that it never received to other transactions.
_STATUS = f"""
SELECT CASE WHEN {_TIMELINE} = $1
  THEN pg_xact_status(CAST(CAST($2 AS text) AS xid8)) ELSE 'promoted' END
"""


class Doubles(Exception):
    """Two rows of a write are about one row of a table."""

    def __init__(self, write: Write) -> None:
        super().__init__(f"{write.name} has two rows of one key")
        self.write = write


class NotCommitted(Exception):
    """The transaction did not commit, or nothing can say at the end of the program."""


class _HasRows(Protocol):
    @property
    def rows(self) -> Sequence[Sequence[Any]]: ...


C = TypeVar("C", bound=_HasRows)
Batch = Mapping[Write, Sequence[C]]
Done = list[tuple[Sequence[C], list[Rows]]]


class Transactions:
    """A connection, which is made again when it is lost."""

    def __init__(self, hosts: Hosts) -> None:
        self._hosts = hosts
        self._connection: asyncpg.Connection | None = None
        self._wait_was_cancelled = False
        self._closing = asyncio.Event()

    def decide_soon(self) -> None:
        """The program ends: wait no longer for a host that knows what became of a commit."""
        self._closing.set()

    async def close(self) -> None:
        """Close the connection."""
        connection, self._connection = self._connection, None
        if connection is not None and not connection.is_closed():
            with given_up(connection, 1), contextlib.suppress(Exception):
                await connection.close()

    async def run(self, batch: Batch[C], apart: Collection[Write]) -> Done[C]:
        """Commit the writes; those in `apart` with each row for itself.

        A connection that has been lost since its last use is no reason to fail. Raises Doubles,
        NotCommitted, or an error of asyncpg, after which nothing is committed.
        """
        fresh = self._connection is None or self._connection.is_closed()
        try:
            return await self._run(batch, apart)
        except Exception as error:
            if fresh or self._connection is not None or not passes(error):
                raise
        return await self._run(batch, apart)

    async def _run(self, batch: Batch[C], apart: Collection[Write]) -> Done[C]:
        if self._connection is None or self._connection.is_closed():
            self._connection = await self._hosts.connect()
            self._connection.add_log_listener(self._notice)
        connection, number = self._connection, ""
        try:
            with given_up(connection, ANSWER_SECONDS):
                await connection.execute("BEGIN")
                number = await take_locks(connection, batch)
                done: Done[C] = []
                for write, calls in batch.items():
                    done.append((calls, await _write(connection, write, calls, write in apart)))
        except BaseException as error:
            await self._roll_back(connection, error)
            raise
        self._wait_was_cancelled = False
        try:
            with given_up(connection, ANSWER_SECONDS):
                await connection.execute("COMMIT")
        except BaseException as error:
            self._drop(connection)
            if not passes(error) and not isinstance(error, asyncio.CancelledError):
                raise  # a deferred constraint: the server has said no
            await self._decide(number)
        else:
            if self._wait_was_cancelled:
                self._drop(connection)
                await self._decide(number)
        return done

    async def _roll_back(self, connection: asyncpg.Connection, error: BaseException) -> None:
        is_usable = isinstance(error, (Doubles, *AGAIN)) or not passes(error)
        if is_usable and not connection.is_closed():
            with contextlib.suppress(Exception), given_up(connection, HOST_SECONDS):
                await connection.execute("ROLLBACK")
                return
        self._drop(connection)

    def _drop(self, connection: asyncpg.Connection) -> None:
        connection.terminate()
        self._connection = None

    def _notice(self, _connection: Any, message: Any) -> None:
        if CANCELLED_WAIT in str(message):
            self._wait_was_cancelled = True

    async def _decide(self, number: str) -> None:
        """Ask what became of a transaction until a host knows. Raises NotCommitted."""
        while (status := await self._status_of(number)) in {"", "in progress"}:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(ASK_PAUSE_SECONDS):
                    await self._closing.wait()
                raise NotCommitted("Nothing can say what became of the commit.")
        if status != "committed":
            raise NotCommitted("The connection was lost before the commit.")

    async def _status_of(self, number: str) -> str:
        """As PostgreSQL names it; "" while no host answers."""
        try:
            connection = await self._hosts.connect()
            try:
                with given_up(connection, ANSWER_SECONDS):
                    status = await connection.fetchval(_STATUS, *number.split("/"))
            finally:
                connection.terminate()
        except Exception as error:
            if passes(error):
                return ""
            raise
        return str(status)


async def take_locks(connection: asyncpg.Connection, batch: Batch[C]) -> str:
    """Lock what the writes are about, in one order, so that no two of them wait for each other.

    Returns the number of the transaction.
    """
    if any(write.is_serial for write in batch):
        await connection.execute(f"SELECT pg_advisory_xact_lock({SERIAL_LOCK})")
    ids = {
        row[place]
        for write, calls in batch.items()
        if (place := _place_of_id(write)) is not None
        for call in calls
        for row in call.rows
    }
    if not ids:
        return str(await connection.fetchval(NUMBER))
    return str(await connection.fetchval(_LOCK, json_of([sorted(ids)])[1:-1]))


@lru_cache(maxsize=256)
def _place_of_id(write: Write) -> int | None:
    """The column with the ids of the requests that a write changes; None if it changes none."""
    if not any(map(_REQUESTS.search, write.statements)):
        return None
    names = [column.split()[0] for column in write.rows.split(",")] if write.rows else []
    return next((names.index(name) for name in ("id", "request_id") if name in names), None)


async def _write(
    connection: asyncpg.Connection, write: Write, calls: Sequence[C], apart: bool
) -> list[Rows]:
    """Run the statements; with `apart`, for each row alone: the first of a key counts."""
    all_rows = [row for call in calls for row in call.rows]
    returned: list[Rows] = [[] for _ in write.statements]
    try:
        for rows in [[row] for row in all_rows] if apart else [all_rows]:
            encoded = json_of(_with_texts(write.rows, rows))
            for place, statement in enumerate(write.statements):
                returned[place] += await _fetch(connection, statement, write.rows, encoded)
    except asyncpg.CardinalityViolationError as error:
        raise Doubles(write) from error
    if (also := write.consequence) and (more := also.of(all_rows, returned)):
        await _fetch(connection, also.statement, also.rows, json_of(more))
    return returned


@lru_cache(maxsize=256)
def _places_of_json(columns: str) -> tuple[int, ...]:
    kinds = [column.split()[1] for column in columns.split(",")] if columns else []
    return tuple(place for place, kind in enumerate(kinds) if kind == "json")


def _with_texts(columns: str, rows: Sequence[Sequence[Any]]) -> Sequence[Sequence[Any]]:
    """Rows with the texts of their JSON values: jsonb would write these in its own way."""
    places = _places_of_json(columns)
    if not places:
        return rows
    changed = [[*row] for row in rows]
    for row in changed:
        for place in places:
            if row[place] is not None and not isinstance(row[place], str):
                row[place] = json_of(row[place])
    return changed


async def _fetch(connection: asyncpg.Connection, sql: str, columns: str, rows: str) -> Rows:
    rendered = render(sql, columns)
    found = await connection.fetch(rendered, *((rows,) if "$1" in rendered else ()))
    return [tuple(row) for row in found]
