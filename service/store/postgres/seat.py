"""The seat of a node: a connection whose locks hold its name, and make one node the leader.

Locks end with the connection: after kill -9 at once, and when the host of the node vanishes as soon
as PostgreSQL misses its keepalives, after 4 s.
"""

from __future__ import annotations

import asyncio
import contextlib
import time
import zlib
from collections.abc import AsyncIterator, Callable, Sequence
from typing import Any

import asyncpg
import structlog

from service import clock
from service.store.errors import DatabaseUnavailable, NodeRefused
from service.store.postgres.connection import Hosts, given_up
from service.store.postgres.errors import passes

log = structlog.get_logger()

PULSE_SECONDS = 2.0  # between two looks who leads, and at the clock of the database
ANSWER_SECONDS = 3.0  # for one; then the seat is lost, and another node may lead
NAME_SECONDS = 10.0  # that a start waits for its name: the locks of a host that vanished last 4 s
FREE_NAME_SECONDS = 1.0  # the same where another name will do
RETRY_SECONDS = 0.25
NAMES, LEADER = 0x4665_6501, 0x4665_6502  # "Fee": classes of advisory locks

TAKEN = (
    "Another node has the name {name}: stop it, or give this one another name with "
    "--set service.node=NAME."
)
_LOCK_NAME = f"SELECT pg_try_advisory_lock({NAMES}, $1)"
_PULSE = f"""
SELECT CAST(extract(epoch FROM clock_timestamp()) AS double precision),
  CASE WHEN $1 THEN pg_try_advisory_lock({LEADER}, 0) ELSE $2 END
"""


class PostgresSeat:
    """The name of a node, whether it leads, and the clock of the database."""

    is_shared = True

    def __init__(self, hosts: Hosts, *, may_lead: bool) -> None:
        self._hosts = hosts
        self._may_lead = may_lead
        self._connection: asyncpg.Connection | None = None
        self.name = ""
        self._has_name = self._is_refused = False
        self.leads = False
        self.on_lead: Callable[[], None] = lambda: None

    @classmethod
    @contextlib.asynccontextmanager
    async def taken(
        cls, hosts: Hosts, names: Sequence[str], *, may_lead: bool
    ) -> AsyncIterator[PostgresSeat]:
        """Hold the first free one of these names. Raises NodeRefused, DatabaseUnavailable."""
        seat = cls(hosts, may_lead=may_lead)
        await seat._take(names)
        keeping = asyncio.create_task(seat._keep(), name="seat")
        try:
            yield seat
        finally:
            keeping.cancel()
            await asyncio.wait({keeping})
            seat._lose()
            clock.follow(None)

    async def _take(self, names: Sequence[str]) -> None:
        try:
            connection = await self._connect()
            await self._wait_for(connection, names)
            await self._pulse(connection)
        except Exception as error:
            self._lose()
            if passes(error):
                raise DatabaseUnavailable(str(error)) from error
            raise

    async def _wait_for(self, connection: asyncpg.Connection, names: Sequence[str]) -> None:
        """Take the first name, which a process that has just died may hold, or another.

        Raises NodeRefused.
        """
        until = time.monotonic() + (FREE_NAME_SECONDS if names[1:] else NAME_SECONDS)
        while time.monotonic() < until:
            if await self._lock(connection, names[0]):
                return
            await asyncio.sleep(RETRY_SECONDS)
        for name in names[1:]:
            if await self._lock(connection, name):
                return
        raise NodeRefused(TAKEN.format(name=names[0]))

    async def _connect(self) -> asyncpg.Connection:
        self._connection = connection = await self._hosts.connect()
        connection.add_termination_listener(self._lost)
        return connection

    async def _lock(self, connection: asyncpg.Connection, name: str) -> bool:
        number = zlib.crc32(name.encode()) - 2**31  # as many as integers of PostgreSQL
        with given_up(connection, ANSWER_SECONDS):
            is_free = bool(await connection.fetchval(_LOCK_NAME, number))
        if is_free:
            self.name, self._has_name = name, True
        return is_free

    async def _keep(self) -> None:
        is_away = False
        while True:
            await asyncio.sleep(PULSE_SECONDS)
            try:
                connection = self._connection
                if connection is None or connection.is_closed():
                    connection = await self._connect()
                await self._keep_name(connection)
                await self._pulse(connection)
                is_away = False
            except Exception as error:
                self._lose()
                if not passes(error):
                    log.exception("seat lost")
                elif not is_away:
                    is_away = True
                    log.warning("waiting", actor="seat", reason=str(error) or "no answer")

    async def _keep_name(self, connection: asyncpg.Connection) -> None:
        """Take the name again on another connection: the server may still miss the one before."""
        if self._has_name:
            return
        if await self._lock(connection, self.name):
            self._is_refused = False
        elif not self._is_refused:
            self._is_refused = True
            log.error("another node has this name", node=self.name)

    async def _pulse(self, connection: asyncpg.Connection) -> None:
        began = time.monotonic()
        tries = self._may_lead and not self.leads
        with given_up(connection, ANSWER_SECONDS):
            now, leads = await connection.fetchrow(_PULSE, tries, self.leads)
        clock.follow(now - (began + time.monotonic()) / 2)
        if leads and not self.leads:
            self.leads = True
            log.info("leads", node=self.name)
            self.on_lead()

    def _lost(self, connection: Any) -> None:
        if connection is self._connection:
            self.leads = self._has_name = False

    def _lose(self) -> None:
        self.leads = self._has_name = False
        connection, self._connection = self._connection, None
        if connection is not None:
            connection.terminate()
