"""Which pools an operator has paused, in SQLite: for all processes, and over restarts."""

from __future__ import annotations

from collections.abc import Callable

from service import clock
from service.store.database import Database
from service.store.sql.shared_look import SharedLook
from service.store.sql.statements import Write

_PAUSE = Write(
    "pause pool",
    "pool text, now real",
    (
        """
        INSERT INTO pool_pauses (pool, paused_at)
        SELECT pool, now FROM rows WHERE true
        ON CONFLICT (pool) DO NOTHING
        """,
    ),
)
_RESUME = Write(
    "resume pool",
    "pool text",
    ("DELETE FROM pool_pauses WHERE pool IN (SELECT pool FROM rows)",),
)
_PAUSED_AT = "SELECT paused_at FROM pool_pauses WHERE pool = ?"


class PoolPauses:
    """The pauses of pools, by the name of the pool. Every change is idempotent."""

    def __init__(self, database: Database, shared: SharedLook | None = None) -> None:
        """`shared` has the pauses that other processes have changed."""
        self._database = database
        self._shared = shared
        self.announce: Callable[[], None] | None = None
        """Tells other nodes of a change, if there are any."""

    async def pause(self, pool: str) -> None:
        """Pause a pool; an earlier pause keeps its time. Raises DatabaseUnavailable."""
        await self._database.write(_PAUSE, [(pool, clock.now())])
        self._forget()

    async def resume(self, pool: str) -> None:
        """End the pause of a pool. Raises DatabaseUnavailable."""
        await self._database.write(_RESUME, [(pool,)])
        self._forget()

    async def paused_at(self, pool: str) -> float | None:
        """When a pool was paused; None if it is not. Raises DatabaseUnavailable."""
        if self._shared is not None:
            return (await self._shared.now()).pauses.get(pool)
        row = await self._database.get(_PAUSED_AT, pool)
        return None if row is None else float(row[0])

    def _forget(self) -> None:
        if self._shared is not None:
            self._shared.forget()
        if self.announce is not None:
            self.announce()
