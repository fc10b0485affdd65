"""Reads on a few connections, with turns for clients and a time limit."""

from __future__ import annotations

import asyncio
from collections import Counter, deque
from collections.abc import Sequence
from typing import Any

import asyncpg

from service.store.database import Rows
from service.store.errors import DatabaseUnavailable, ReadRejected
from service.store.postgres.connection import ANSWER_SECONDS, Hosts, given_up
from service.store.postgres.dialect import render_query
from service.store.postgres.errors import passes
from service.store.sql.statements import without_nuls

MAX_WAITING_READS = 10_000


class _Slot:
    """Room for one query; its connection is made when it is needed."""

    connection: asyncpg.Connection | None = None


class Readers:
    """Runs as many queries at a time as it has connections.

    Clients take turns: many reads of one delay those of another by one query at most. `limit` is in
    seconds (None for no limit): a query that takes longer is stopped, and one that has waited
    longer is not begun. At most `max_waiting` reads wait or run at a time, at most a quarter of
    them for one client.
    """

    def __init__(
        self,
        hosts: Hosts,
        connections: int,
        *,
        limit: float | None = None,
        max_waiting: int = MAX_WAITING_READS,
    ) -> None:
        self._hosts = hosts
        self._limit = limit
        self._max_waiting = max_waiting
        self._settings = {"statement_timeout": str(int(limit * 1000))} if limit else {}
        self._free = [_Slot() for _ in range(connections)]  # the last used is used next
        self._reading: Counter[str] = Counter()  # by client, with the running ones
        self._turns: dict[str, deque[asyncio.Future[_Slot]]] = {}  # by client, in order of turns

    async def all(self, sql: str, *parameters: Any, client: str = "") -> Rows:
        """All rows of a query. Raises DatabaseUnavailable, ReadRejected."""
        most = self._max_waiting // 4 if client else self._max_waiting
        if self._reading[client] >= most or self._reading.total() >= self._max_waiting:
            raise ReadRejected("Too many reads are waiting; try again later.")
        self._reading[client] += 1
        try:
            slot = self._free.pop() if self._free else await self._turn(client)
            try:
                rendered, used = render_query(sql)
                values = [_value(parameters[place]) for place in used]
                return await self._read(slot, rendered, values)
            finally:
                self._release(slot)
        finally:
            self._reading[client] -= 1
            if not self._reading[client]:
                del self._reading[client]

    async def close(self) -> None:
        """End the connections; what they read is not needed any more."""
        for slot in self._free:
            if slot.connection is not None:
                slot.connection.terminate()

    async def _turn(self, client: str) -> _Slot:
        turn: asyncio.Future[_Slot] = asyncio.get_running_loop().create_future()
        self._turns.setdefault(client, deque()).append(turn)
        try:
            async with asyncio.timeout(self._limit):
                try:
                    return await turn
                except asyncio.CancelledError:
                    if turn.done() and not turn.cancelled():
                        self._release(turn.result())
                    raise
        except TimeoutError:
            raise ReadRejected("Other reads take too long; try again later.") from None

    def _release(self, slot: _Slot) -> None:
        """Give the slot to the oldest read of the client whose turn it is."""
        while self._turns:
            client = next(iter(self._turns))
            turns = self._turns.pop(client)
            turn = turns.popleft()
            if turns:
                self._turns[client] = turns  # behind the other clients
            if not turn.done():
                turn.set_result(slot)
                return
        self._free.append(slot)

    async def _read(self, slot: _Slot, sql: str, parameters: Sequence[Any]) -> Rows:
        """The rows; a connection that was lost since its last use is no reason to fail."""
        if slot.connection is not None and not slot.connection.is_closed():
            try:
                return await self._fetch(slot.connection, sql, parameters)
            except DatabaseUnavailable as error:
                if isinstance(error, ReadRejected):
                    raise
        try:
            slot.connection = await self._hosts.connect(self._settings)
        except Exception as error:
            if passes(error):
                raise DatabaseUnavailable(str(error)) from error
            raise
        return await self._fetch(slot.connection, sql, parameters)

    async def _fetch(
        self, connection: asyncpg.Connection, sql: str, parameters: Sequence[Any]
    ) -> Rows:
        try:
            with given_up(connection, ANSWER_SECONDS):
                return [tuple(row) for row in await connection.fetch(sql, *parameters)]
        except asyncpg.QueryCanceledError as error:
            raise ReadRejected("Reading this takes too long; ask for less of it.") from error
        except BaseException as error:
            connection.terminate()
            if passes(error):
                raise DatabaseUnavailable(str(error) or "No answer.") from error
            raise


def _value(parameter: Any) -> Any:
    """A parameter as it may be sent: PostgreSQL refuses a NUL, where SQLite finds nothing."""
    return without_nuls(parameter) if isinstance(parameter, str) else parameter
